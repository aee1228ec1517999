/* The real lists, where they lie beside the project: all are read without a fault, imported, and
 * known the second time. */
#include "services/vocabulary/import.h"

#include "common/base/buffer.h"
#include "common/base/str.h"
#include "tests/services/vocabulary/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"esco/occupations_da_v1.0.8.csv",
                                    "esco/occupations_en_v1.2.0.csv",
                                    "esco/ISCOGroups_da_v1.0.8.csv",
                                    "esco/skillGroups_en_v1.2.0.csv",
                                    "esco/skillsHierarchy_en_v1.2.0.csv",
                                    "esco/skillSkillRelations_en_v1.2.0.csv",
                                    "esco/broaderRelationsOccPillar_en_v1.2.0.csv",
                                    "esco/occupation_skills_en_v1.2.0.tsv.gz",
                                    "reference/construction_trades_da.csv",
                                    "cpv/cpv_2008_da_en.csv"};
#define COUNT (sizeof names / sizeof names[0])

struct lists {
    char paths[COUNT][512];
    struct buffer bytes[COUNT];
    struct import_file files[COUNT];
};

static void read_file(struct lists *lists, size_t at)
{
    static char chunk[65536];
    FILE *file = fopen(lists->paths[at], "rb");
    size_t got;

    assert_non_null(file);
    buffer_init(&lists->bytes[at], IMPORT_FILE_CAP);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_append(&lists->bytes[at], chunk, got);
    fclose(file);
    lists->files[at] = (struct import_file){.path = lists->paths[at],
                                            .bytes = lists->bytes[at].data,
                                            .length = lists->bytes[at].length,
                                            .named = true};
}

static json_t *import(struct scene *scene, struct lists *lists)
{
    const struct import_options options = {.release = NULL};
    struct session *session;
    struct error_detail detail = {{0}, {0}};
    json_t *report;

    assert_int_equal(session_open(scene->conninfo, NULL, &session, NULL), 0);
    const int error = import_lists(session, lists->files, COUNT, &options, &report, &detail);
    session_close(&session);
    if (report == NULL)
        fail_msg("%s", detail.private_text);
    if (error != 0)
        fail_msg("%s", json_dumps(json_object_get(report, "faults"), 0));
    return report;
}

/* "list added/rows" of each. */
static void expect_lists(const json_t *report)
{
    static const char expected[] =
        "cpv 9454/9454, esco-broader-occupations 0/3652, esco-occupation-skills 13492/129004, "
        "esco-occupations-da 2942/2942, esco-occupations-en 3039/3039, esco-skill-groups-en "
        "640/640, "
        "esco-skill-hierarchy 0/640, esco-skill-skills 0/5818, isco-groups-da 619/619, star-trades "
        "34/261";
    char text[1024] = "";
    size_t index, length = 0;
    const json_t *list;

    json_array_foreach(json_object_get(report, "lists"), index, list) length +=
        (size_t)snprintf(text + length, sizeof text - length, "%s%s %zu/%lld",
                         index > 0 ? ", " : "", json_string_value(json_object_get(list, "list")),
                         json_array_size(json_object_get(list, "added")),
                         (long long)json_integer_value(json_object_get(list, "rows")));
    assert_string_equal(text, expected);
}

static void the_real_lists_are_imported_once(void **state)
{
    struct scene *scene = *state;
    static struct lists lists;

    for (size_t i = 0; i < COUNT; i++) {
        snprintf(lists.paths[i], sizeof lists.paths[i], "%s/%s", SHARED, names[i]);
        FILE *file = fopen(lists.paths[i], "rb");
        if (file == NULL) {
            print_message("skipped: %s is not there\n", lists.paths[i]);
            skip();
        }
        fclose(file);
    }
    for (size_t i = 0; i < COUNT; i++)
        read_file(&lists, i);
    json_t *report = import(scene, &lists);
    expect_lists(report);
    json_decref(report);
    report = import(scene, &lists);
    assert_false(json_is_true(json_object_get(report, "changed")));
    json_decref(report);
    scene_expect(scene, "SELECT vocabulary_current()", "2");
    scene_expect(scene, "SELECT count(*) FROM trade", "87");
    scene_expect(scene,
                 "SELECT min(weight) || ' ' || max(weight) FROM vocabulary_labels WHERE code = "
                 "'7114.1' AND lower(label) IN"
                 " ('betonmager', 'betonarbejder')",
                 "70 100");
    for (size_t i = 0; i < COUNT; i++)
        buffer_deinit(&lists.bytes[i]);
}

static int setup(void **state)
{
    static struct scene scene;

    scene_open(&scene, "vocabulary_shared");
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    scene_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_real_lists_are_imported_once)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
