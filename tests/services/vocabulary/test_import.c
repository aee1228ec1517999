/* Lists imported into a real database: new, again, newer, broken, and tried only. */
#include "services/vocabulary/import.h"

#include "common/base/str.h"
#include "tests/services/vocabulary/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_SIZE 16384
#define OCCUPATION "http://data.europa.eu/esco/occupation/"
#define SKILL "http://data.europa.eu/esco/skill/"
#define STAR_HEADING "star_code,disco4,star_label_da,relation,esco_uri\n"

static int setup(void **state)
{
    static struct scene scene;

    scene_open(&scene, "vocabulary_import");
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    scene_close(*state);
    return 0;
}

/* The STAR list of the trades that the pool has, but those in `without` (a pattern of LIKE), with
 * further rows. */
static const char *star_list(struct scene *scene, const char *without, const char *more)
{
    static char text[TEXT_SIZE];
    char query[512];
    const struct pg_result *result;

    snprintf(query, sizeof query,
             "SELECT string_agg(format('%%s,%%s,\"%%s\",exactMatch,%s%%s', code, disco4, title_da, "
             "code),"
             " E'\\n' ORDER BY code) FROM trade WHERE code NOT LIKE '%s'",
             OCCUPATION, without);
    assert_int_equal(session_query(scene->owner, query, NULL, 0, &result, NULL), 0);
    snprintf(text, sizeof text, STAR_HEADING "%s\n%s", pg_text(result, 0, 0), more);
    return text;
}

static int import(struct scene *scene, const char *const *files, bool dry_run, json_t **report)
{
    struct import_file items[4];
    size_t count = 0;
    const struct import_options options = {.dry_run = dry_run};
    struct session *session;
    struct error_detail detail = {{0}, {0}};

    for (; files[2 * count] != NULL; count++)
        items[count] = (struct import_file){.path = files[2 * count],
                                            .bytes = files[2 * count + 1],
                                            .length = strlen(files[2 * count + 1]),
                                            .named = true};
    assert_int_equal(session_open(scene->conninfo, NULL, &session, NULL), 0);
    const int error = import_lists(session, items, count, &options, report, &detail);
    session_close(&session);
    if (*report == NULL)
        fail_msg("%s", detail.private_text);
    return error;
}

static json_t *import_one(struct scene *scene, const char *path, const char *text)
{
    const char *const files[] = {path, text, NULL};
    json_t *report;

    if (import(scene, files, false, &report) != 0)
        fail_msg("%s", json_dumps(json_object_get(report, "faults"), 0));
    return report;
}

/* The codes under a name of the first list, joined by spaces; ends the report. */
static const char *codes_of(json_t *report, const char *name)
{
    static char codes[1024];
    const json_t *list = json_array_get(json_object_get(report, "lists"), 0);
    size_t index, length = 0;
    const json_t *item;

    codes[0] = '\0';
    json_array_foreach(json_object_get(list, name), index, item) length +=
        (size_t)snprintf(codes + length, sizeof codes - length, "%s%s", index > 0 ? " " : "",
                         json_string_value(json_object_get(item, "code")));
    return codes;
}

static bool changed(const json_t *report)
{
    return json_is_true(json_object_get(report, "changed"));
}

static const char *digest_of_first_version(struct scene *scene)
{
    return scene_value(scene,
                       "SELECT md5((SELECT string_agg(w::text, '' ) FROM vocabulary_words(1) w) ||"
                       " (SELECT string_agg(r::text, '') FROM vocabulary_relations(1) r))");
}

static void a_list_adds_trades_that_may_be_named_at_once(void **state)
{
    struct scene *scene = *state;
    const char *before = digest_of_first_version(scene);
    const char *list =
        star_list(scene, "", "7119.77,7119,Pælekapper,exactMatch," OCCUPATION "77\n");
    json_t *report = import_one(scene, "trades_v1.csv", list);

    assert_true(changed(report));
    assert_string_equal(codes_of(report, "added"), "7119.77");
    assert_string_equal(codes_of(report, "relabelled"), "");
    json_decref(report);
    scene_expect(scene, "SELECT vocabulary_current()", "2");
    scene_expect(scene, "SELECT disco4 || ' ' || esco_uri FROM trade WHERE code = '7119.77'",
                 "7119 " OCCUPATION "77");
    scene_expect(scene, "SELECT reference_known('occupation', '7119.77')", "t");
    scene_expect(scene, "SELECT count(*) FROM vocabulary_words(1) WHERE code = '7119.77'", "0");
    scene_expect(scene, "SELECT label FROM vocabulary_words(2) WHERE code = '7119.77'",
                 "Pælekapper");
    scene_expect(scene,
                 "SELECT string_agg(related, ' ') FROM vocabulary_relations(2)"
                 " WHERE code = '7119.77' AND relation = 'unit'",
                 "7119.1 7119.2 7119.99");
    assert_string_equal(digest_of_first_version(scene), before);
}

static void the_same_list_again_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const char *list = star_list(scene, "", "");
    const char *version;

    json_decref(import_one(scene, "trades_v1.csv", list));
    version = scene_value(scene, "SELECT vocabulary_current()");
    json_t *report = import_one(scene, "trades_v1.csv", list);
    assert_false(changed(report));
    assert_int_equal(json_array_size(json_object_get(report, "lists")), 0);
    json_decref(report);
    /* Other bytes, the same rows. */
    char *longer = malloc(strlen(list) + 2);
    assert_non_null(longer);
    snprintf(longer, strlen(list) + 2, "%s\n", list);
    report = import_one(scene, "trades_v1.csv", longer);
    assert_false(changed(report));
    json_decref(report);
    free(longer);
    scene_expect(scene, "SELECT vocabulary_current()", version);
}

/* Takes the first row that begins so out of the list. */
static void cut_row(char *list, const char *beginning)
{
    char *row = strstr(list, beginning);

    assert_non_null(row);
    const char *next = strchr(row, '\n') + 1;
    memmove(row, next, strlen(next) + 1);
}

/* 7112.99.1 is named by rules for CPV codes, 7133.3 by nobody. */
static void a_newer_release_keeps_what_is_in_use(void **state)
{
    struct scene *scene = *state;

    json_decref(import_one(scene, "trades_v1.csv", star_list(scene, "", "")));
    const char *before = scene_value(scene, "SELECT vocabulary_current()");
    static char newer[TEXT_SIZE];
    snprintf(newer, sizeof newer, "%s",
             star_list(scene, "71%3.3",
                       "7119.78,7119,Ny,exactMatch," OCCUPATION "78\n"
                       "7119.1,7119,Stilladsmand,exactMatch," OCCUPATION "1\n"));
    cut_row(newer, "7112.99.1,");
    cut_row(newer, "7119.1,");
    json_t *report = import_one(scene, "trades_v2.0.csv", newer);
    assert_string_equal(codes_of(report, "added"), "7119.78");
    assert_string_equal(codes_of(report, "relabelled"), "7119.1");
    assert_string_equal(codes_of(report, "gone_in_use"), "7112.99.1");
    assert_string_equal(codes_of(report, "gone"), "7133.3");
    const json_t *list = json_array_get(json_object_get(report, "lists"), 0);
    const json_t *kept = json_array_get(json_object_get(list, "gone_in_use"), 0);
    const json_t *use = json_array_get(json_object_get(kept, "used"), 0);
    assert_string_equal(json_string_value(json_object_get(use, "what")), "cpv");
    json_decref(report);
    scene_expect(scene, "SELECT obsolete_since FROM trade WHERE code = '7112.99.1'", "2.0");
    scene_expect(scene, "SELECT title_da FROM trade WHERE code = '7119.1'", "Stilladsmand");
    scene_expect(scene, "SELECT count(*) FROM trade WHERE code = '7133.3'", "0");
    scene_expect(
        scene, "SELECT count(*) FROM vocabulary_words(vocabulary_current()) WHERE code = '7133.3'",
        "0");
    /* The version before is as it was, its words and its relations. */
    char query[256];
    snprintf(query, sizeof query, "SELECT label FROM vocabulary_words(%s) WHERE code = '7133.3'",
             before);
    scene_expect(scene, query, "Skorstensfejer");
    snprintf(query, sizeof query, "SELECT label FROM vocabulary_words(%s) WHERE code = '7119.1'",
             before);
    scene_expect(scene, query, "Stilladsmontør");
    scene_expect(scene,
                 "SELECT vocabulary_retired_faults('[{\"kind\": \"occupation\", \"code\": "
                 "\"7112.99.1\"}]', '[]', '/facts/%/code')"
                 " #>> '{0,code}'",
                 "RETIRED");
    /* What was said once is no news: the same list with other bytes. */
    strcat(newer, "\n");
    report = import_one(scene, "trades_v2.1.csv", newer);
    assert_false(changed(report));
    assert_string_equal(codes_of(report, "gone_in_use"), "");
    json_decref(report);
}

static void what_comes_back_is_in_use_again(void **state)
{
    struct scene *scene = *state;
    json_t *report = import_one(scene, "trades_v3.csv", star_list(scene, "", ""));

    json_decref(report);
    scene_expect(scene, "SELECT count(*) FROM trade WHERE obsolete_since IS NOT NULL", "0");
    scene_expect(scene, "SELECT count(*) FROM vocabulary_concept WHERE obsolete_since IS NOT NULL",
                 "0");
}

static void nothing_of_a_set_with_a_fault_is_imported(void **state)
{
    struct scene *scene = *state;
    const char *const files[] = {
        "cpv_2008_da_en.csv",
        "code,code_with_check,title_da,title_en\n45000000,45000000-7,Bygge,Build\n", "trades.csv",
        STAR_HEADING "7114.1,7114,Betonmager,exactMatch,nowhere\n", NULL};
    const char *const twice[] = {"cpv_2008_da_en.csv", files[1], "cpv_2009_da_en.csv", files[1],
                                 NULL};
    const char *const none[] = {"other.csv", "a,b\n1,2\n", NULL};
    const char *version = scene_value(scene, "SELECT vocabulary_current()");
    json_t *report;

    assert_int_equal(import(scene, files, false, &report), ERROR_INVALID);
    const json_t *fault = json_array_get(json_object_get(report, "faults"), 0);
    assert_int_equal(json_array_size(json_object_get(report, "faults")), 1);
    assert_string_equal(json_string_value(json_object_get(fault, "file")), "trades.csv");
    assert_int_equal(json_integer_value(json_object_get(fault, "line")), 2);
    assert_string_equal(json_string_value(json_object_get(fault, "column")), "esco_uri");
    json_decref(report);
    assert_int_equal(import(scene, twice, false, &report), ERROR_INVALID);
    json_decref(report);
    assert_int_equal(import(scene, none, false, &report), ERROR_INVALID);
    json_decref(report);
    scene_expect(scene, "SELECT count(*) FROM vocabulary_concept WHERE kind = 'cpv'", "0");
    scene_expect(scene, "SELECT vocabulary_current()", version);
}

static void a_try_says_all_and_stores_nothing(void **state)
{
    struct scene *scene = *state;
    const char *const files[] = {
        "cpv_2008_da_en.csv",
        "code,code_with_check,title_da,title_en\n45000000,45000000-7,Bygge,Build\n", NULL};
    const char *version = scene_value(scene, "SELECT vocabulary_current()");
    json_t *report;

    assert_int_equal(import(scene, files, true, &report), 0);
    assert_true(changed(report));
    assert_string_equal(codes_of(report, "added"), "45000000");
    json_decref(report);
    scene_expect(scene, "SELECT count(*) FROM vocabulary_concept WHERE kind = 'cpv'", "0");
    scene_expect(scene, "SELECT vocabulary_current()", version);
}

/* Two competences linked to skills of one group, and two essential to one occupation. */
static void skills_relate_the_competences_that_are_linked_to_them(void **state)
{
    struct scene *scene = *state;
    const char *const by_label[] = {"occupation_skills_en_v1.tsv",
                                    "occupation_uri\trelation\tskill_label_en\n" OCCUPATION
                                    "9\tessential\tpour concrete\n" OCCUPATION
                                    "9\tessential\tlay bricks\n",
                                    NULL};
    const char *const skills[] = {
        by_label[0],
        by_label[1],
        "skills_en_v1.csv",
        "conceptType,conceptUri,skillType,preferredLabel,altLabels,hiddenLabels\n"
        "KnowledgeSkillCompetence," SKILL "1,x,pour concrete,,\nKnowledgeSkillCompetence," SKILL
        "2,x,climb,,\n",
        "broaderRelationsSkillPillar_v1.csv",
        "conceptType,conceptUri,broaderType,broaderUri\nKnowledgeSkillCompetence," SKILL
        "1,SkillGroup," SKILL "S\nKnowledgeSkillCompetence," SKILL "2,SkillGroup," SKILL "S\n",
        NULL};
    json_t *report;

    assert_int_equal(import(scene, by_label, false, &report), 0);
    json_decref(report);
    assert_int_equal(
        session_exec(
            scene->owner,
            "UPDATE competence SET esco_uri = 'skill-label:pour%20concrete' WHERE key = "
            "'concrete-pouring';"
            "UPDATE competence SET esco_uri = 'skill-label:lay%20bricks' WHERE key = 'bricklaying';"
            "UPDATE competence SET esco_uri = '" SKILL "2' WHERE key = 'fall-protection'",
            NULL),
        0);
    assert_int_equal(import(scene, skills, false, &report), 0);
    json_decref(report);
    /* The label is now the skill's. */
    scene_expect(scene, "SELECT esco_uri FROM competence WHERE key = 'concrete-pouring'",
                 SKILL "1");
    scene_expect(
        scene, "SELECT count(*) FROM vocabulary_concept WHERE code = 'skill-label:pour%20concrete'",
        "0");
    scene_expect(scene,
                 "SELECT relation FROM vocabulary_relations(vocabulary_current())"
                 " WHERE code = 'concrete-pouring' AND related = 'bricklaying'",
                 "occupation");
    scene_expect(scene,
                 "SELECT relation FROM vocabulary_relations(vocabulary_current())"
                 " WHERE code = 'fall-protection' AND related = 'concrete-pouring'",
                 "group");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_adds_trades_that_may_be_named_at_once),
        cmocka_unit_test(the_same_list_again_changes_nothing),
        cmocka_unit_test(a_newer_release_keeps_what_is_in_use),
        cmocka_unit_test(what_comes_back_is_in_use_again),
        cmocka_unit_test(nothing_of_a_set_with_a_fault_is_imported),
        cmocka_unit_test(a_try_says_all_and_stores_nothing),
        cmocka_unit_test(skills_relate_the_competences_that_are_linked_to_them),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
