/* The team's edits: two at once, a word that goes while an order takes it, words out of use, and
 * the versions that each edit leaves behind. */
#include "common/base/str.h"
#include "tests/services/vocabulary/scene.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORD(label_)                                                                               \
    "'{\"label\": \"" label_                                                                       \
    "\", \"field\": \"Jord\", \"retired\": false, \"synonyms\": [], \"relations\": []}'"
#define PUT(code_, version_, label_)                                                               \
    "SELECT status FROM vocabulary_put('competence', '" code_ "', " version_ ", " WORD(label_) ")"

static int setup(void **state)
{
    static struct scene scene;

    scene_open(&scene, "vocabulary_edit");
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    scene_close(*state);
    return 0;
}

/* A statement that waits for another session, on a thread of its own. */
struct waiting {
    struct session *front;
    const char *statement;
    const char *answer;
    atomic_bool answered;
    pthread_t thread;
};

static void *ask(void *argument)
{
    struct waiting *waiting = argument;

    waiting->answer = scene_ask(waiting->front, waiting->statement);
    atomic_store(&waiting->answered, true);
    return NULL;
}

/* Starts it, and returns once the database says that it waits for a lock. */
static void start(struct scene *scene, struct waiting *waiting)
{
    static const char blocked[] =
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = 'emnebank_front' AND wait_event_type = 'Lock')";
    const struct pg_result *result;
    bool waits = false;

    assert_int_equal(pthread_create(&waiting->thread, NULL, ask, waiting), 0);
    while (!waits && !atomic_load(&waiting->answered)) {
        assert_int_equal(session_query(scene->owner, blocked, NULL, 0, &result, NULL), 0);
        waits = pg_bool(result, 0, 0);
    }
    assert_true(waits); /* it was not just answered */
}

static void finish(struct waiting *waiting)
{
    assert_int_equal(pthread_join(waiting->thread, NULL), 0);
    session_close(&waiting->front);
}

/* Both have read version 1; the second is told so, and its word is not written. */
static void of_two_edits_at_once_the_second_is_refused(void **state)
{
    struct scene *scene = *state;
    struct waiting second = {.front = scene_front(scene),
                             .statement = PUT("dewatering", "1", "Den anden")};
    const struct pg_result *result;

    scene_begin(scene->front);
    assert_int_equal(
        session_query(scene->front, PUT("dewatering", "1", "Den ene"), NULL, 0, &result, NULL), 0);
    start(scene, &second);
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    finish(&second);
    assert_string_equal(second.answer, "EB412");
    scene_expect(scene, "SELECT label_da FROM competence WHERE key = 'dewatering'", "Den ene");
    scene_expect(scene, "SELECT count(*) FROM vocabulary_change WHERE code = 'dewatering'", "1");
}

/* Two edits of two words make two versions, in the order of their commits. */
static void edits_of_two_words_make_two_versions(void **state)
{
    struct scene *scene = *state;
    struct waiting second = {.front = scene_front(scene),
                             .statement = PUT("gabions", "0", "Kurve")};
    const struct pg_result *result;
    const char *before = scene_value(scene, "SELECT vocabulary_current()");
    char query[128];

    scene_begin(scene->front);
    assert_int_equal(
        session_query(scene->front, PUT("fencing", "0", "Hegning"), NULL, 0, &result, NULL), 0);
    start(scene, &second);
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    finish(&second);
    assert_string_equal(second.answer, "200");
    snprintf(
        query, sizeof query,
        "SELECT string_agg(code, ' ' ORDER BY version) FROM vocabulary_change WHERE version > %s",
        before);
    scene_expect(scene, query, "fencing gabions");
}

static void set_the_scene_of_an_order(struct scene *scene)
{
    assert_int_equal(
        session_exec(
            scene->owner,
            "INSERT INTO competence (key, label_da, field) VALUES ('short-lived', 'Kortlivet', "
            "'Jord');"
            "SELECT vocabulary_settle(vocabulary_advance());"
            "INSERT INTO organisation (id, kind, name, cvr) VALUES"
            " ('00000000-0000-4000-8000-0000000000ee', 'employer', 'Firma (fiktiv)', '99300019')"
            " ON CONFLICT DO NOTHING",
            NULL),
        0);
}

#define ORDER                                                                                      \
    "INSERT INTO job_order (id, organisation_id, employer_id, title, state, posts, minimum, "      \
    "occupations, postcode, start_date, kinds, pool_version) VALUES ('00000000-0000-4000-8000-"    \
    "000000000001', '" SCENE_TEAM                                                                  \
    "', '00000000-0000-4000-8000-0000000000ee', 'x', 'draft', 1, 4, '{}', '8000', '2027-01-01', "  \
    "'{permanent}', 0) ON CONFLICT DO NOTHING;"
#define REQUIREMENT                                                                                \
    "INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight) VALUES "      \
    "('00000000-0000-4000-8000-000000000001', 1, 'competence', 'short-lived', 'nice', 1)"

/* Whoever comes first wins: the order is refused once the word is gone… */
static void an_order_that_names_a_word_while_it_goes_is_refused(void **state)
{
    struct scene *scene = *state;
    const struct pg_result *result;

    set_the_scene_of_an_order(scene);
    assert_int_equal(session_exec(scene->owner, ORDER, NULL), 0);
    struct waiting order = {.front = scene_front(scene), .statement = REQUIREMENT};
    scene_begin(scene->front);
    assert_int_equal(session_query(scene->front,
                                   "SELECT status FROM vocabulary_remove('short-lived', 0)", NULL,
                                   0, &result, NULL),
                     0);
    start(scene, &order);
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    finish(&order);
    assert_string_equal(order.answer, "EB409");
}

/* … and the word is kept once an order has it. */
static void a_word_that_an_order_just_took_is_kept(void **state)
{
    struct scene *scene = *state;

    set_the_scene_of_an_order(scene);
    struct waiting removal = {.front = scene_front(scene),
                              .statement =
                                  "SELECT status FROM vocabulary_remove('short-lived', 0)"};
    scene_begin(scene->front);
    assert_int_equal(session_exec(scene->front, REQUIREMENT, NULL), 0);
    start(scene, &removal);
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    finish(&removal);
    assert_string_equal(removal.answer, "EB409");
    scene_expect(scene, "SELECT count(*) FROM competence WHERE key = 'short-lived'", "1");
}

static void an_order_keeps_a_word_that_is_out_of_use(void **state)
{
    static const char faults[] =
        "SELECT coalesce(order_faults('{\"requirements\": [{\"kind\": \"competence\","
        " \"code\": \"short-lived\"}]}'::jsonb || '%s') #>> '{0,code}', 'none')";
    struct scene *scene = *state;
    char query[512];

    assert_int_equal(session_exec(scene->owner,
                                  "UPDATE competence SET retired = true WHERE key = 'short-lived'",
                                  NULL),
                     0);
    snprintf(query, sizeof query, faults, "{}");
    scene_expect(scene, query, "RETIRED");
    snprintf(query, sizeof query, faults, "{\"id\": \"00000000-0000-4000-8000-000000000001\"}");
    scene_expect(scene, query, "none");
}

static void every_version_stays_as_it_was(void **state)
{
    struct scene *scene = *state;
    const char *first = "SELECT md5(string_agg(r::text, '')) FROM vocabulary_relations(1) r";
    const char *before = scene_value(scene, first);

    assert_string_equal(scene_ask(scene->front,
                                  "SELECT status FROM vocabulary_put('competence', 'formwork', 0, "
                                  "'{\"label\": \"Form\", \"field\": \"Nyt\","
                                  " \"retired\": false, \"synonyms\": [\"Doka\"], \"relations\": "
                                  "[{\"code\": \"carpentry\","
                                  " \"relation\": \"close\"}]}')"),
                        "200");
    assert_string_equal(scene_value(scene, first), before);
    scene_expect(scene, "SELECT label FROM vocabulary_words(1) WHERE code = 'formwork'",
                 "Forskalling, traditionel");
    scene_expect(scene,
                 "SELECT label FROM vocabulary_words(vocabulary_current()) WHERE code = 'formwork'",
                 "Form");
    scene_expect(scene,
                 "SELECT string_agg(related || ' ' || relation, ', ') FROM "
                 "vocabulary_relations(vocabulary_current())"
                 " WHERE code = 'formwork'",
                 "carpentry close");
    scene_expect(scene,
                 "SELECT count(*) FROM vocabulary_labels WHERE code = 'formwork' AND label = "
                 "'Doka' AND weight = 95",
                 "1");
    scene_expect(
        scene,
        "SELECT count(*) FROM vocabulary_labels WHERE code = 'formwork' AND label = 'forskaller'",
        "0");
    scene_expect(
        scene,
        "SELECT vocabulary_document('competence', 'formwork', 1) #>> '{synonyms,0}' IS NOT NULL",
        "t");
}

/* An edit looks at what it touches alone; looking at everything finds nothing that it missed. */
static void an_edit_misses_nothing_that_it_touches(void **state)
{
    struct scene *scene = *state;
    static const char *const edits[] = {"{\"label\": \"A\", \"field\": \"Beton\", \"retired\": "
                                        "false, \"synonyms\": [], \"relations\": "
                                        "[{\"code\": \"plumbing\", \"relation\": \"broader\"}, "
                                        "{\"code\": \"carpentry\", \"relation\": \"occupation\"}]}",
                                        "{\"label\": \"A\", \"field\": \"Tag\", \"retired\": true, "
                                        "\"synonyms\": [], \"relations\": "
                                        "[{\"code\": \"plumbing\", \"relation\": \"narrower\"}]}",
                                        ("{\"label\": \"A\", \"field\": \"Helt nyt\", \"retired\": "
                                         "false, \"synonyms\": [], \"relations\": []}")};

    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        char query[1024];
        snprintf(query, sizeof query,
                 "SELECT status FROM vocabulary_put('competence', 'demolition', 0, '%s')",
                 edits[i]);
        assert_string_equal(scene_ask(scene->front, query), "200");
        const char *rows = scene_value(scene, "SELECT count(*) FROM vocabulary_relation");
        assert_int_equal(
            session_exec(scene->owner, "SELECT vocabulary_settle(vocabulary_advance())", NULL), 0);
        scene_expect(scene, "SELECT count(*) FROM vocabulary_relation", rows);
    }
}

/* What ranking relies on: the strongest reason alone, both ways, no more than 64, none to itself.
 */
static void relations_are_as_ranking_expects(void **state)
{
    struct scene *scene = *state;

    scene_expect(scene, "SELECT count(*) FROM vocabulary_relations(1) WHERE code = related", "0");
    scene_expect(
        scene,
        "SELECT count(*) - count(DISTINCT (kind, code, related)) FROM vocabulary_relations(1)",
        "0");
    scene_expect(scene,
                 "SELECT string_agg(related, ' ') FROM vocabulary_relations(1) WHERE kind = "
                 "'licence' AND code = 'B'",
                 "BE C C1 CE D");
    scene_expect(
        scene,
        "SELECT count(*) FROM vocabulary_relations(1) WHERE kind = 'licence' AND code = 'CE'", "0");
    scene_expect(scene,
                 "SELECT relation FROM vocabulary_relations(1) WHERE code = 'formwork' AND related "
                 "= 'formwork-system'",
                 "narrower");
    scene_expect(scene,
                 "SELECT relation FROM vocabulary_relations(1) WHERE code = 'formwork-system' AND "
                 "related = 'formwork'",
                 "broader");
    assert_int_equal(
        session_exec(
            scene->owner,
            "INSERT INTO competence (key, label_da, field)"
            " SELECT 'many-' || n, 'Ord ' || n, 'Mange' FROM generate_series(1, 100) AS g (n);"
            "SELECT vocabulary_settle(vocabulary_advance())",
            NULL),
        0);
    scene_expect(
        scene,
        "SELECT max(count) FROM (SELECT count(*) FROM vocabulary_relations(vocabulary_current())"
        " GROUP BY kind, code) AS counts",
        "64");
}

/* A municipality has the scope but not the right. */
static void only_the_team_edits(void **state)
{
    struct scene *scene = *state;
    const struct pg_context context = {
        .tenant = SCENE_AARHUS, .actor = "", .request = "", .purpose = ""};
    const struct pg_result *result;

    assert_int_equal(session_exec(scene->front, "BEGIN", NULL), 0);
    assert_int_equal(session_context(scene->front, &context, NULL), 0);
    assert_int_equal(
        session_query(scene->front, PUT("fencing", "0", "Hegn"), NULL, 0, &result, NULL),
        ERROR_DENIED);
    assert_int_equal(session_exec(scene->front, "ROLLBACK", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_edits_at_once_the_second_is_refused),
        cmocka_unit_test(edits_of_two_words_make_two_versions),
        cmocka_unit_test(an_order_that_names_a_word_while_it_goes_is_refused),
        cmocka_unit_test(a_word_that_an_order_just_took_is_kept),
        cmocka_unit_test(an_order_keeps_a_word_that_is_out_of_use),
        cmocka_unit_test(every_version_stays_as_it_was),
        cmocka_unit_test(an_edit_misses_nothing_that_it_touches),
        cmocka_unit_test(relations_are_as_ranking_expects),
        cmocka_unit_test(only_the_team_edits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
