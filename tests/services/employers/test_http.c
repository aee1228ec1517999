/* Employers over their routes: who may change what, versions, units, agreements, history. */
#include "tests/services/shortlists/server.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OWN "/v1/employers/" EMPLOYER_CVR
#define OTHER_CVR "20000007"
#define OTHER "/v1/employers/" OTHER_CVR
#define ANY "If-Match: *\r\n"
#define UNIT(number_)                                                                              \
    "{\"p_number\": \"" number_ "\", \"name\": \"Plads (fiktiv)\", \"postcode\": \"8400\"}"
#define AGREEMENT(state_, ends_)                                                                   \
    "{\"state\": \"" state_ "\", \"starts_on\": \"2020-01-01\", \"ends_on\": " ends_               \
    ", \"points\":"                                                                                \
    " [{\"kind\": \"trainee_posts\", \"posts\": 3}]}"

static struct answer put(struct world *world, enum actor actor, const char *target,
                         const char *headers, const char *body)
{
    return server_ask(world->server, actor, "PUT", target, headers, body);
}

static struct answer get(struct world *world, enum actor actor, const char *target)
{
    return server_ask(world->server, actor, "GET", target, NULL, NULL);
}

static const json_t *member(const struct answer *answer, const char *object, const char *name)
{
    return json_object_get(json_object_get(answer->json, object), name);
}

static void one_is_made_and_renamed(void **state)
{
    struct world *world = *state;
    struct answer answer = put(world, TEAM, OTHER, ANY, "{\"name\": \"Sten (fiktiv)\"}");

    assert_answer(&answer, 412, "version-stale");
    answer = get(world, TEAM, OTHER);
    assert_answer(&answer, 404, "not-found");
    answer = put(world, AARHUS, OTHER, NULL, "{\"name\": \"Sten (fiktiv)\"}");
    assert_answer(&answer, 201, NULL);
    assert_string_equal(server_header(world->server, &answer, "Location"), OTHER);
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v1\"");
    answer = put(world, HORSENS, OTHER, NULL, "{\"name\": \"Sten (fiktiv)\"}");
    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "version"), 1);
    answer = put(world, HORSENS, OTHER, "If-Match: \"v1\"\r\n", "{\"name\": \"Grus (fiktiv)\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "name"), "Grus (fiktiv)");
    answer = put(world, HORSENS, OTHER, "If-Match: \"v1\"\r\n", "{\"name\": \"Sand (fiktiv)\"}");
    assert_answer(&answer, 412, "version-stale");
    answer = put(world, TEAM, "/v1/employers/12345678", NULL, "{\"name\": \"Sten (fiktiv)\"}");
    assert_answer(&answer, 404, "not-found");
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT string_agg(a.action, ' ' ORDER BY a.at) FROM audit a JOIN"
                   " employer e ON e.id::text = a.subject_id WHERE e.cvr = '" OTHER_CVR "'"),
        "employer.created employer.changed");
}

static void an_employer_sees_itself_alone_and_changes_nothing(void **state)
{
    struct world *world = *state;
    struct answer answer = get(world, EMPLOYER, OWN);

    assert_answer(&answer, 200, NULL);
    assert_true(json_is_null(member(&answer, "counts", "leads")));
    answer = get(world, EMPLOYER, OTHER);
    assert_answer(&answer, 404, "not-found");
    answer = get(world, EMPLOYER, OTHER "/history");
    assert_answer(&answer, 404, "not-found");
    answer = put(world, EMPLOYER, OWN, NULL, "{\"name\": \"Guld (fiktiv)\"}");
    assert_answer(&answer, 403, "forbidden");
    answer = put(world, EMPLOYER, OWN "/units", ANY, "{\"units\": []}");
    assert_answer(&answer, 403, "forbidden");
    answer = put(world, EMPLOYER, OTHER "/units", ANY, "{\"units\": []}");
    assert_answer(&answer, 404, "not-found");
    answer = put(world, EMPLOYER, OWN "/agreement", ANY, AGREEMENT("active", "null"));
    assert_answer(&answer, 403, "forbidden");
    /* The database says the same, whatever function is called. */
    assert_string_equal(scene_get(world->scene, EMPLOYER, "SELECT count(*)::text FROM employer"),
                        "1");
    assert_string_equal(scene_get(world->scene, NOBODY, "SELECT count(*)::text FROM employer"),
                        "0");
    scene_refused(world->scene, EMPLOYER, "forbidden",
                  "SELECT employer_rename('" EMPLOYER_ID "', 'x')");
    scene_refused(world->scene, EMPLOYER, "the database refused (42501",
                  "INSERT INTO employer_unit VALUES ('1000000009', '" EMPLOYER_ID
                  "', 'x', '8000')");
    scene_refused(world->scene, AARHUS, "the database refused (42501",
                  "INSERT INTO employer_agreement (employer_id, number, state, starts_on, points)"
                  " VALUES ('" EMPLOYER_ID "', 9, 'active', '2026-01-01', '[]')");
}

static void the_contact_is_a_person_of_the_team(void **state)
{
    struct world *world = *state;
    static const char body[] =
        "{\"name\": \"Beton A/S (fiktiv)\", \"contact\": \"Tea Teamsen (fiktiv)\"}";
    struct answer answer = put(world, AARHUS_PERSON, OWN, NULL, body);

    assert_answer(&answer, 403, "forbidden");
    answer = put(world, TEAM, OWN, NULL,
                 "{\"name\": \"Beton A/S (fiktiv)\", \"contact\": \"Aage Aagaard (fiktiv)\"}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/contact UNKNOWN\n");
    answer = put(world, TEAM, OWN, NULL, body);
    assert_answer(&answer, 200, NULL);
    assert_true(json_is_true(member(&answer, "contact", "active")));
    /* Said as it is, or not at all, it is no change, and anybody's to say. */
    answer = put(world, AARHUS, OWN, NULL, body);
    assert_answer(&answer, 200, NULL);
    answer = put(world, AARHUS, OWN, NULL, "{\"name\": \"Beton A/S (fiktiv)\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(json_string_value(member(&answer, "contact", "person")),
                        "Tea Teamsen (fiktiv)");
    /* The employer is told whom to call; when that key has ended, that nobody has followed yet. */
    scene_root(world->scene,
               "UPDATE api_key SET revoked_at = now() WHERE person = 'Tea Teamsen (fiktiv)'");
    answer = get(world, EMPLOYER, OWN);
    assert_true(json_is_false(member(&answer, "contact", "active")));
    scene_root(world->scene,
               "UPDATE api_key SET revoked_at = NULL WHERE person = 'Tea Teamsen (fiktiv)'");
    answer = put(world, TEAM_MACHINE, OWN, NULL,
                 "{\"name\": \"Beton A/S (fiktiv)\", \"contact\": null}");
    assert_answer(&answer, 200, NULL);
    assert_true(json_is_null(json_object_get(answer.json, "contact")));
}

static void a_unit_stands_with_one_employer(void **state)
{
    struct world *world = *state;
    struct answer answer = put(world, TEAM, OWN "/units", NULL, "{\"units\": []}");

    assert_answer(&answer, 428, "if-match-required");
    answer = put(world, AARHUS, OWN "/units", ANY,
                 "{\"units\": [" UNIT("1000000002") ", " UNIT("1000000001") "]}");
    assert_answer(&answer, 200, NULL);
    const int64_t version = answer_integer(&answer, "version");
    const json_t *units = json_object_get(answer.json, "units");
    assert_int_equal(json_array_size(units), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(units, 0), "p_number")),
                        "1000000001");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(units, 0), "municipality")), "0706");
    answer = put(world, AARHUS, OWN "/units", ANY,
                 "{\"units\": [" UNIT("1000000001") ", " UNIT("1000000002") "]}");
    assert_int_equal(answer_integer(&answer, "version"), version);
    /* All faults at once, the database's beside the form's. */
    answer = put(world, TEAM, OTHER "/units", ANY,
                 "{\"units\": [" UNIT("1000000001") ", {\"p_number\": \"1\", \"name\": \"x\","
                                                    " \"postcode\": \"9999\"}]}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(
        answer_errors(world->server, &answer),
        "/units/0/p_number TAKEN\n/units/1/p_number FORMAT\n/units/1/postcode UNKNOWN\n");
    answer = put(world, TEAM, OWN "/units", ANY, "{\"units\": []}");
    assert_answer(&answer, 200, NULL);
    answer = put(world, TEAM, OTHER "/units", ANY, "{\"units\": [" UNIT("1000000001") "]}");
    assert_answer(&answer, 200, NULL);
}

static const char *agreement(struct world *world, const struct answer *answer)
{
    return arena_printf(world->scene->arena, "%d %s %s",
                        (int)json_integer_value(member(answer, "agreement", "number")),
                        json_string_value(member(answer, "agreement", "state")),
                        json_is_true(member(answer, "agreement", "in_force")) ? "in force" : "not");
}

static void an_agreement_is_proposed_made_and_ended(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *body, *expected;
    } steps[] = {
        {AGREEMENT("proposed", "null"), "1 proposed not"},
        {AGREEMENT("active", "null"), "1 active in force"},
        {AGREEMENT("active", "\"2020-12-31\""), "1 active not"},
        {AGREEMENT("active", "\"2999-12-31\""), "1 active in force"},
        {AGREEMENT("proposed", "null"), NULL},
        {AGREEMENT("ended", "\"2021-01-01\""), "1 ended not"},
        {AGREEMENT("ended", "\"2021-01-02\""), "1 ended not"},
        {AGREEMENT("active", "null"), "2 active in force"},
    };

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct answer answer = put(world, TEAM, OWN "/agreement", ANY, steps[i].body);
        assert_answer(&answer, steps[i].expected ? 200 : 409,
                      steps[i].expected ? NULL : "state-conflict");
        if (steps[i].expected)
            assert_string_equal(agreement(world, &answer), steps[i].expected);
    }
    struct answer answer = put(world, AARHUS, OWN "/agreement", ANY, AGREEMENT("ended", "null"));
    assert_answer(&answer, 403, "forbidden");
    answer = get(world, AARHUS, OWN);
    const int64_t version = answer_integer(&answer, "version");
    answer = put(world, TEAM, OWN "/agreement", ANY, AGREEMENT("active", "null"));
    assert_int_equal(answer_integer(&answer, "version"), version);
    answer = get(world, EMPLOYER, OWN "/history?kind=agreement");
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
}

static const char *kinds(struct world *world, enum actor actor, const char *query)
{
    struct answer answer =
        get(world, actor, arena_printf(world->scene->arena, OWN "/history%s", query));
    const json_t *items = json_object_get(answer.json, "items");
    const char *text = "";

    assert_answer(&answer, 200, NULL);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        text = arena_printf(world->scene->arena, "%s%s%s %s", text, i ? ", " : "",
                            json_string_value(json_object_get(item, "kind")),
                            json_string_value(json_object_get(item, "state")));
    }
    return text;
}

static void history_tells_leads_orders_and_hires(void **state)
{
    struct world *world = *state;

    scene_root(
        world->scene,
        "INSERT INTO lead (data, state, stage, created_at) VALUES (jsonb_build_object('winner',"
        " jsonb_build_object('cvr', '" EMPLOYER_CVR "', 'name', 'Beton'), 'title', 'Bro'),"
        " 'contacted', 'awarded', '2026-01-01')");
    const char *entry = scene_entry_in(world->scene, 7, "released");
    scene_get(world->scene, EMPLOYER,
              "SELECT status FROM entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')", entry);
    assert_string_equal(kinds(world, AARHUS, "?kind=lead"), "lead contacted");
    assert_string_equal(kinds(world, EMPLOYER, "?kind=lead"), "");
    assert_string_equal(kinds(world, HORSENS, "?kind=hire"), "hire open");
    assert_string_equal(kinds(world, EMPLOYER, "?kind=hire"), "hire open");
    struct answer answer = get(world, EMPLOYER, OWN);
    assert_int_equal(json_integer_value(member(&answer, "counts", "hires")), 1);
    assert_int_equal(json_integer_value(member(&answer, "counts", "orders")), 1);
    answer = get(world, TEAM, OWN);
    assert_int_equal(json_integer_value(member(&answer, "counts", "leads")), 1);
    assert_null(strstr(get(world, TEAM, OWN "/history").body, scene_candidate(world->scene, 7)));
    /* What was merged into another lead is told there alone; a draft is nothing to its employer. */
    scene_root(world->scene,
               "INSERT INTO lead (data, merged_into) SELECT data, id FROM lead LIMIT 1");
    assert_string_equal(kinds(world, AARHUS, "?kind=lead"), "lead contacted");
    scene_root(world->scene,
               "INSERT INTO job_order SELECT (jsonb_populate_record(o, jsonb_build_object('id',"
               " gen_random_uuid(), 'state', 'draft', 'received_at', '2020-01-01'))).*"
               " FROM job_order o LIMIT 1");
    assert_string_equal(kinds(world, AARHUS, "?kind=order"), "order open, order draft");
    assert_string_equal(kinds(world, EMPLOYER, "?kind=order"), "order open");

    /* Page by page it is the same as at once, each line once. */
    answer = get(world, TEAM, OWN "/history");
    const size_t all = json_array_size(json_object_get(answer.json, "items"));
    size_t seen = 0;
    for (const char *query = "?limit=1"; query != NULL;) {
        answer = get(world, TEAM, arena_printf(world->scene->arena, OWN "/history%s", query));
        assert_answer(&answer, 200, NULL);
        seen += json_array_size(json_object_get(answer.json, "items"));
        const char *next = answer_text(&answer, "next");
        query = *next ? arena_printf(world->scene->arena, "?limit=1&cursor=%s", next) : NULL;
        assert_in_range(seen, 1, all);
    }
    assert_int_equal(seen, all);
}

/* In a search, what came of each: drafts are no orders yet, one that is over is not open, one that
 * was not hired is no hire, and of agreements it is the newest that is told. */
static void a_search_tells_what_came_of_each(void **state)
{
    struct world *world = *state;

    scene_root(world->scene,
               "INSERT INTO job_order SELECT (jsonb_populate_record(o, jsonb_build_object('id',"
               " gen_random_uuid(), 'state', 'closed'))).* FROM job_order o,"
               " generate_series(1, 2) WHERE state = 'open'");
    struct answer answer = get(world, TEAM, "/v1/employers?q=beton");
    assert_answer(&answer, 200, NULL);
    const json_t *one = json_array_get(json_object_get(answer.json, "items"), 0);
    assert_int_equal(json_integer_value(json_object_get(one, "orders")), 3);
    assert_int_equal(json_integer_value(json_object_get(one, "orders_open")), 1);
    assert_int_equal(json_integer_value(json_object_get(one, "hires")), 1);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(one, "agreement"), "state")), "active");
}

static int setup(void **state)
{
    return world_open(state, "employers_http");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_made_and_renamed),
        cmocka_unit_test(an_employer_sees_itself_alone_and_changes_nothing),
        cmocka_unit_test(the_contact_is_a_person_of_the_team),
        cmocka_unit_test(a_unit_stands_with_one_employer),
        cmocka_unit_test(an_agreement_is_proposed_made_and_ended),
        cmocka_unit_test(history_tells_leads_orders_and_hires),
        cmocka_unit_test(a_search_tells_what_came_of_each),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
