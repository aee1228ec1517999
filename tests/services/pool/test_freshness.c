/*
 * What expires is confirmed: tasks by the clock, confirmations one at a time and many, over the
 * socket. The clock is the test's own (clock_hands).
 */
#include "tests/services/pool/scene.h"

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BODY_CAP ((size_t)1 << 18)

static struct arena *arena;

static void turn(struct scene *scene, const char *moment)
{
    scene_exec(scene, arena_printf(arena,
                                   "INSERT INTO clock_hands VALUES (true, '%s')"
                                   " ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at",
                                   moment));
}

static int64_t tick_as(struct session *match)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(match, "SELECT fresh_tick()", NULL, 0, &result, &detail) != 0)
        fail_msg("%s", detail.private_text);
    return pg_int64(result, 0, 0);
}

/* Until there is no more to do; how many tasks were opened or closed. */
static int64_t tick(struct scene *scene)
{
    static const char steps[] = "SELECT count(*) + count(done_at) FROM candidate_task";
    struct session *match = scene_role(scene, "emnebank_match");
    int64_t before = scene_number(scene, steps);

    while (tick_as(match) > 0)
        continue;
    session_close(&match);
    return scene_number(scene, steps) - before;
}

static void expect(const struct answer *answer, int status)
{
    if (answer->status != status)
        fail_msg("expected %d, got %d: %s", status, answer->status, answer->body);
}

/* A candidate screened until that day, with an epoxy certificate until the other and formwork. */
static const char *body_of(const char *until, const char *certified)
{
    return arena_printf(
        arena,
        "{\"person\":{\"name\":\"Ida Prøve (fiktiv)\"},\"postcode\":\"8000\",\"max_travel_km\":50,"
        "\"available_from\":\"2026-12-01\",\"kinds\":[\"permanent\"],\"protection\":\"none\","
        "\"screening\":{\"by\":\"MK\",\"on\":\"2026-06-01\",\"until\":\"%s\"},\"facts\":["
        "{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":\"%s\","
        "\"stated_on\":\"2026-06-01\",\"source\":\"certificate_seen\"},{\"kind\":\"competence\","
        "\"code\":\"formwork\",\"level\":3,\"years\":5,\"stated_on\":\"2026-06-01\",\"source\":"
        "\"interview\"}]}",
        until, certified);
}

static void put(struct scene *scene, enum caller caller, const char *reference, const char *until,
                const char *certified)
{
    struct answer answer = scene_json(scene, caller,
                                      arena_printf(arena, "PUT /v1/candidates/%s/%s",
                                                   caller == AARHUS ? "0751" : "0730", reference),
                                      "", body_of(until, certified));

    if (answer.status != 200)
        expect(&answer, 201);
}

static struct answer confirm(struct scene *scene, const char *reference, const char *headers,
                             const char *body)
{
    return scene_json(scene, AARHUS,
                      arena_printf(arena, "POST /v1/candidates/0751/%s/confirmation", reference),
                      headers, body);
}

/* "reference kind state due_on expired, …" of the caller's tasks. */
static const char *tasks(struct scene *scene, enum caller caller, const char *query)
{
    struct answer answer = scene_json(
        scene, caller, arena_printf(arena, "GET /v1/candidate-tasks%s", query), "", NULL);
    const json_t *items = json_object_get(answer.json, "items");
    struct buffer text;

    expect(&answer, 200);
    buffer_init(&text, BODY_CAP);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *candidate = json_object_get(item, "candidate");
        buffer_printf(&text, "%s%s %s %s %s%s", i > 0 ? ", " : "",
                      json_string_value(json_object_get(candidate, "external_ref")),
                      json_string_value(json_object_get(item, "kind")),
                      json_string_value(json_object_get(item, "state")),
                      json_string_value(json_object_get(item, "due_on")),
                      json_is_true(json_object_get(item, "expired")) ? " expired" : "");
    }
    const char *found = text.length > 0 ? arena_strdup(arena, text.data) : "";
    buffer_deinit(&text);
    return found;
}

static const char *error_code(const struct answer *answer)
{
    const json_t *error = json_array_get(json_object_get(answer->json, "errors"), 0);

    return json_string_value(json_object_get(error, "code"));
}

/* Fourteen days before, on Copenhagen's calendar; once; and closed by whatever moves the date. */
static void a_task_comes_before_the_day(void **state)
{
    struct scene *scene = *state;

    put(scene, AARHUS, "T-1", "2026-12-10", "2029-01-01");
    turn(scene, "2026-11-25 22:30Z"); /* 23:30 in Copenhagen, fifteen days before */
    assert_int_equal(tick(scene), 0);
    assert_string_equal(tasks(scene, AARHUS, ""), "");
    turn(scene, "2026-11-25 23:00Z"); /* midnight */
    assert_int_equal(tick(scene), 1);
    assert_int_equal(tick(scene), 0);
    assert_string_equal(tasks(scene, AARHUS, ""), "T-1 confirm_screening open 2026-12-10");
    turn(scene, "2026-12-10 22:59Z"); /* the last day itself is good */
    assert_int_equal(tick(scene), 0);
    assert_string_equal(tasks(scene, AARHUS, ""), "T-1 confirm_screening open 2026-12-10");
    turn(scene, "2026-12-10 23:00Z");
    assert_int_equal(tick(scene), 0);
    assert_string_equal(tasks(scene, AARHUS, ""), "T-1 confirm_screening open 2026-12-10 expired");

    struct answer moved =
        scene_json(scene, AARHUS, "PUT /v1/candidates/0751/T-1/screening", "If-Match: *\r\n",
                   "{\"by\":\"BO\",\"on\":\"2026-12-11\",\"until\":\"2027-06-11\"}");
    expect(&moved, 200);
    assert_int_equal(tick(scene), 1);
    assert_string_equal(tasks(scene, AARHUS, ""), "");
    assert_string_equal(tasks(scene, AARHUS, "?state=done"),
                        "T-1 confirm_screening done 2026-12-10 expired");
    scene_json(scene, AARHUS, "POST /v1/candidates/0751/T-1/withdrawal", "If-Match: *\r\n",
               "{\"reason\":\"moved\"}");
}

static void each_home_is_told_once_and_sees_its_own(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    scene_exec(scene, "DELETE FROM change; DELETE FROM delivery; DELETE FROM outbox");
    put(scene, AARHUS, "E-1", "2026-11-30", "2026-11-20");
    put(scene, AARHUS, "E-2", "2026-12-01", "2029-01-01");
    put(scene, RANDERS, "E-3", "2026-11-01", "2029-01-01");
    assert_int_equal(tick(scene), 4);
    assert_string_equal(tasks(scene, AARHUS, ""), "E-1 confirm_fact open 2026-11-20 expired, "
                                                  "E-1 confirm_screening open 2026-11-30, "
                                                  "E-2 confirm_screening open 2026-12-01");
    assert_string_equal(tasks(scene, RANDERS, ""), "E-3 confirm_screening open 2026-11-01 expired");
    assert_string_equal(tasks(scene, AARHUS, "?kind=confirm_fact"),
                        "E-1 confirm_fact open 2026-11-20 expired");
    assert_string_equal(tasks(scene, AARHUS, "?due_before=2026-12-01&kind=confirm_screening"),
                        "E-1 confirm_screening open 2026-11-30");
    assert_string_equal(
        scene_text(scene,
                   "SELECT string_agg(o.municipality_code || ' ' || b.payload::text, ', ' ORDER BY"
                   " o.municipality_code) FROM outbox b JOIN organisation o ON o.id ="
                   " b.organisation_id WHERE b.kind = 'candidate.expiring'"),
        "0730 {\"confirm_fact\": 0, \"first_due_on\": \"2026-11-01\", \"confirm_screening\": 1}, "
        "0751 {\"confirm_fact\": 1, \"first_due_on\": \"2026-11-20\", \"confirm_screening\": 2}");
    struct answer employer = scene_json(scene, EMPLOYER, "GET /v1/candidate-tasks", "", NULL);
    expect(&employer, 403);
    /* The fact is taken off the record, so nothing is left to confirm. */
    struct answer removed =
        scene_json(scene, AARHUS, "PATCH /v1/candidates/0751/E-1/facts", "If-Match: *\r\n",
                   "{\"remove\":[{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\"}]}");
    expect(&removed, 200);
    assert_int_equal(tick(scene), 1);
    assert_string_equal(tasks(scene, AARHUS, "?state=obsolete&kind=confirm_fact"),
                        "E-1 confirm_fact obsolete 2026-11-20 expired");
}

static void tasks_come_in_pages(void **state)
{
    struct scene *scene = *state;
    struct answer first = scene_json(scene, AARHUS, "GET /v1/candidate-tasks?limit=1", "", NULL);
    const char *next = json_string_value(json_object_get(first.json, "next"));

    expect(&first, 200);
    assert_non_null(next);
    assert_string_equal(tasks(scene, AARHUS, arena_printf(arena, "?limit=1&cursor=%s", next)),
                        "E-2 confirm_screening open 2026-12-01");
    static const char *const wrong[] = {"?state=late", "?kind=none", "?due_before=2026-02-30",
                                        "?limit=0",    "?cursor=x",  "?colour=red"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer = scene_json(
            scene, AARHUS, arena_printf(arena, "GET /v1/candidate-tasks%s", wrong[i]), "", NULL);
        expect(&answer, 400);
    }
}

/* The day is corrected to an earlier one: the task's day with it, and nobody is told again. */
static void a_day_moved_forward_moves_its_task(void **state)
{
    struct scene *scene = *state;
    static const char told[] = "SELECT count(*) FROM outbox WHERE kind = 'candidate.expiring'";

    put(scene, AARHUS, "F-1", "2026-12-05", "2029-01-01");
    assert_int_equal(tick(scene), 1);
    int64_t before = scene_number(scene, told);
    struct answer moved =
        scene_json(scene, AARHUS, "PUT /v1/candidates/0751/F-1/screening", "If-Match: *\r\n",
                   "{\"by\":\"BO\",\"on\":\"2026-06-02\",\"until\":\"2026-11-24\"}");
    expect(&moved, 200);
    assert_int_equal(tick(scene), 0);
    assert_string_equal(tasks(scene, AARHUS, "?due_before=2026-11-25&kind=confirm_screening"),
                        "F-1 confirm_screening open 2026-11-24");
    assert_int_equal(scene_number(scene, told), before);
}

/* Two watches at once: one works, the other has nothing to do, and nothing is done twice. */
static void two_ticks_at_once_do_nothing_twice(void **state)
{
    struct scene *scene = *state;
    struct session *one = scene_role(scene, "emnebank_match");
    struct session *other = scene_role(scene, "emnebank_match");

    tick(scene);
    put(scene, AARHUS, "W-1", "2026-11-29", "2029-01-01");
    assert_int_equal(session_exec(one, "BEGIN", NULL), 0);
    assert_true(tick_as(one) > 0);
    assert_int_equal(tick_as(other), 0);
    assert_int_equal(session_exec(one, "COMMIT", NULL), 0);
    assert_int_equal(tick_as(other), 0);
    session_close(&one);
    session_close(&other);
    assert_int_equal(scene_number(scene,
                                  "SELECT count(*) FROM candidate_task t JOIN candidate c ON c.id ="
                                  " t.candidate_id WHERE c.external_ref = 'W-1'"),
                     1);
}

static const char *facts_of(struct scene *scene, const char *reference)
{
    return scene_text(
        scene, arena_printf(arena,
                            "SELECT string_agg(concat_ws(' ', f.code, f.level, f.years, f.source,"
                            " f.stated_on, f.valid_until), ', ' ORDER BY f.code) FROM"
                            " candidate_fact f JOIN candidate c ON c.id = f.candidate_id WHERE"
                            " c.external_ref = '%s' AND f.to_version IS NULL",
                            reference));
}

/* Dates alone; history by pool version; the tasks are done at once, by whom. A repeat is none. */
static void a_confirmation_moves_dates_alone(void **state)
{
    struct scene *scene = *state;
    static const char body[] =
        "{\"screening\":{\"by\":\"BO\",\"on\":\"2026-11-23\",\"until\":\"2027-05-23\"},\"facts\":["
        "{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":\"2029-11-01\"},"
        "{\"kind\":\"competence\",\"code\":\"formwork\",\"stated_on\":\"2026-11-20\"}]}";

    put(scene, AARHUS, "C-1", "2026-11-25", "2026-11-22");
    assert_int_equal(tick(scene), 2);
    int64_t version = scene_number(scene, "SELECT pool_current()");
    struct answer answer = confirm(scene, "C-1", "If-Match: \"v1\"\r\n", body);
    expect(&answer, 200);
    assert_true(json_is_true(json_object_get(answer.json, "changed")));
    assert_non_null(strstr(answer.head, "ETag: \"v2\""));
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version + 1);
    assert_string_equal(facts_of(scene, "C-1"),
                        "epoxy-isocyanate certificate_seen 2026-11-23 2029-11-01, "
                        "formwork 3 5 interview 2026-11-20");
    assert_string_equal(
        scene_text(scene, "SELECT concat_ws(' ', screened_by, screened_on, screening_until, (SELECT"
                          " s.screening_until FROM candidate_state s WHERE s.candidate_id = c.id"
                          " AND s.to_version IS NULL)) FROM candidate c WHERE external_ref ="
                          " 'C-1'"),
        "BO 2026-11-23 2027-05-23 2027-05-23");
    assert_int_equal(scene_number(scene,
                                  "SELECT count(*) FROM candidate_fact f JOIN candidate c ON c.id ="
                                  " f.candidate_id WHERE c.external_ref = 'C-1'"),
                     4);
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM candidate_task t JOIN candidate c ON c.id ="
                            " t.candidate_id WHERE c.external_ref = 'C-1' AND t.state = 'done' AND"
                            " t.done_at = app_now()"),
        2);
    assert_int_equal(tick(scene), 0);

    struct answer again = confirm(scene, "C-1", "", body);
    expect(&again, 200);
    assert_false(json_is_true(json_object_get(again.json, "changed")));
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version + 1);
    struct answer stale = confirm(scene, "C-1", "If-Match: \"v1\"\r\n", body);
    expect(&stale, 412);
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM audit WHERE action = 'candidate.confirmed'"), 1);
}

static void what_is_no_confirmation_is_refused(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *body, *code;
    } rows[] = {
        {"{}", "REQUIRED"},
        {"{\"facts\":[]}", "REQUIRED"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\",\"level\":5}]}",
         "UNKNOWN_MEMBER"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\",\"years\":9}]}",
         "UNKNOWN_MEMBER"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"reinforcement\"}]}", "UNKNOWN"},
        {"{\"facts\":[{\"kind\":\"licence\",\"code\":\"B\"}]}", "UNKNOWN"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\",\"valid_until\":"
         "\"2030-01-01\"}]}",
         "NOT_ALLOWED"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\",\"stated_on\":"
         "\"2026-11-24\"}]}",
         "RANGE"},
        {"{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\"},{\"kind\":\"competence\","
         "\"code\":\"formwork\"}]}",
         "DUPLICATE"},
        /* Expired, and nobody says until when it holds now. */
        {"{\"facts\":[{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\"}]}", "RANGE"},
        {"{\"facts\":[{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":"
         "\"2026-11-01\"}]}",
         "RANGE"},
        {"{\"screening\":{\"by\":\"BO\",\"on\":\"2026-11-24\",\"until\":\"2027-05-23\"}}", "RANGE"},
        {"{\"screening\":{\"by\":\"BO\",\"on\":\"2026-11-01\",\"until\":\"2026-11-22\"}}", "RANGE"},
    };

    put(scene, AARHUS, "N-1", "2027-01-25", "2026-11-22");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer answer = confirm(scene, "N-1", "", rows[i].body);
        expect(&answer, 422);
        if (!str_equal(error_code(&answer), rows[i].code))
            fail_msg("row %zu: %s", i, answer.body);
    }
    assert_int_equal(
        scene_number(scene, "SELECT version FROM candidate WHERE external_ref = 'N-1'"), 1);
    put(scene, AARHUS, "N-2", "2027-01-25", "2029-01-01");
    struct answer shorter = confirm(scene, "N-2", "",
                                    "{\"facts\":[{\"kind\":\"certificate\",\"code\":"
                                    "\"epoxy-isocyanate\",\"valid_until\":\"2028-01-01\"}]}");
    expect(&shorter, 422);
    assert_string_equal(error_code(&shorter), "RANGE");
    struct answer nobody =
        confirm(scene, "NONE", "", "{\"facts\":[{\"kind\":\"licence\",\"code\":\"B\"}]}");
    expect(&nobody, 404);
    struct answer stranger =
        scene_json(scene, RANDERS, "POST /v1/candidates/0751/N-1/confirmation", "",
                   "{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\"}]}");
    expect(&stranger, 404);
}

/* RANKING.md R13: what was stated more than five years ago, with no last use, counts half. To
 * confirm it would make it worth more, so it has to be stated anew. */
static void a_statement_of_long_ago_is_not_revived(void **state)
{
    struct scene *scene = *state;
    static const char body[] = "{\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\"}]}";

    put(scene, AARHUS, "R-1", "2027-01-25", "2029-01-01");
    scene_exec(scene, "UPDATE candidate_fact SET stated_on = date '2026-11-23' - 1827 WHERE code ="
                      " 'formwork' AND candidate_id = (SELECT id FROM candidate WHERE external_ref"
                      " = 'R-1')");
    struct answer refused = confirm(scene, "R-1", "", body);
    expect(&refused, 422);
    assert_string_equal(error_code(&refused), "NOT_ALLOWED");
    scene_exec(scene, "UPDATE candidate_fact SET stated_on = date '2026-11-23' - 1826 WHERE code ="
                      " 'formwork' AND candidate_id = (SELECT id FROM candidate WHERE external_ref"
                      " = 'R-1')");
    struct answer confirmed = confirm(scene, "R-1", "", body);
    expect(&confirmed, 200);
}

/* Each its own result; those that fail keep no other out; one version of the pool. */
static void many_are_confirmed_in_one_call(void **state)
{
    struct scene *scene = *state;
    static const char body[] =
        "{\"items\":["
        "{\"external_ref\":\"M-1\",\"screening\":{\"by\":\"BO\",\"on\":\"2026-11-23\",\"until\":"
        "\"2027-05-23\"}},"
        "{\"external_ref\":\"M-9\",\"screening\":{\"by\":\"BO\",\"on\":\"2026-11-23\",\"until\":"
        "\"2027-05-23\"}},"
        "{\"external_ref\":\"M-2\",\"version\":7,\"facts\":[{\"kind\":\"competence\",\"code\":"
        "\"formwork\"}]},"
        "{\"external_ref\":\"010190-1234\",\"facts\":[{\"kind\":\"competence\",\"code\":"
        "\"formwork\"}]},"
        "{\"external_ref\":\"M-2\",\"facts\":[{\"kind\":\"licence\",\"code\":\"CE\"}]},"
        "{\"external_ref\":\"M-3\",\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\"}]},"
        "{\"external_ref\":\"M-2\",\"version\":1,\"facts\":[{\"kind\":\"competence\",\"code\":"
        "\"formwork\"}]},"
        "7]}";
    static const struct {
        int status;
        const char *type, *pointer;
    } expected[] = {
        {200, NULL, NULL},
        {404, "/problems/not-found", NULL},
        {412, "/problems/version-stale", NULL},
        {422, "/problems/invalid-body", "/items/3/external_ref"},
        {422, "/problems/invalid-body", "/items/4/facts/0/code"},
        {409, "/problems/candidate-withdrawn", NULL},
        {200, NULL, NULL},
        {422, "/problems/invalid-body", "/items/7"},
    };

    for (int i = 1; i <= 3; i++)
        put(scene, AARHUS, arena_printf(arena, "M-%d", i), "2027-01-25", "2029-01-01");
    scene_json(scene, AARHUS, "POST /v1/candidates/0751/M-3/withdrawal", "If-Match: *\r\n",
               "{\"reason\":\"moved\"}");
    int64_t version = scene_number(scene, "SELECT pool_current()");
    struct answer answer = scene_json(scene, AARHUS, "POST /v1/candidates/confirmations", "", body);
    expect(&answer, 200);
    const json_t *results = json_object_get(answer.json, "results");
    assert_int_equal(json_array_size(results), 8);
    for (size_t i = 0; i < 8; i++) {
        const json_t *result = json_array_get(results, i);
        const json_t *problem = json_object_get(result, "problem");
        const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
        if (json_integer_value(json_object_get(result, "status")) != expected[i].status ||
            !str_equal(json_string_value(json_object_get(problem, "type")), expected[i].type) ||
            !str_equal(json_string_value(json_object_get(error, "pointer")), expected[i].pointer))
            fail_msg("item %zu: %s", i, json_text(arena, result));
    }
    assert_int_equal(json_integer_value(json_object_get(answer.json, "changed")), 2);
    assert_null(strstr(answer.body, "010190"));
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version + 1);
    assert_int_equal(scene_number(scene, "SELECT max(cardinality(candidates)) FROM audit WHERE"
                                         " action = 'candidate.confirmed'"),
                     2);
    struct answer team = scene_json(scene, TEAM, "POST /v1/candidates/confirmations", "", body);
    expect(&team, 403);
}

/* Lists hold their people by id; whoever confirms many does too, whatever order they are named in.
 * With the first held by somebody else, the other is not held yet: its row bears no new mark. */
static void many_are_held_by_id(void **state)
{
    struct scene *scene = *state;
    static const char pair[] = "SELECT external_ref FROM candidate WHERE external_ref IN"
                               " ('L-1', 'L-2') ORDER BY id LIMIT 1 OFFSET %d";
    struct session *front = scene_role(scene, "emnebank_front");

    put(scene, AARHUS, "L-1", "2027-01-25", "2029-01-01");
    put(scene, AARHUS, "L-2", "2027-01-25", "2029-01-01");
    const char *first = scene_text(scene, arena_printf(arena, pair, 0));
    const char *other = scene_text(scene, arena_printf(arena, pair, 1));
    const char *mark =
        arena_printf(arena, "SELECT xmax FROM candidate WHERE external_ref = '%s'", other);
    const char *before = scene_text(scene, mark);
    scene_exec(scene, "BEGIN");
    scene_text(scene,
               arena_printf(arena, "SELECT id FROM candidate WHERE external_ref = '%s' FOR UPDATE",
                            first));
    assert_int_not_equal(
        session_exec(front,
                     arena_printf(arena,
                                  "BEGIN; SET LOCAL lock_timeout = '50ms'; SET LOCAL app.tenant ="
                                  " '%s'; SELECT candidate_confirm_many('[{\"external_ref\":"
                                  " \"%s\"}, {\"external_ref\": \"%s\"}]')",
                                  scene_organisation(scene, AARHUS), other, first),
                     NULL),
        0);
    assert_string_equal(session_sqlstate(front), "55P03");
    scene_exec(scene, "COMMIT");
    session_close(&front);
    assert_string_equal(scene_text(scene, mark), before);
}

/* Another home's tasks are none of the caller's, nor is the name that a task is closed in. */
static void a_home_closes_its_own_tasks(void **state)
{
    struct scene *scene = *state;
    struct session *front = scene_role(scene, "emnebank_front");
    static const char open_tasks[] =
        "SELECT count(*) FROM candidate_task t JOIN candidate c ON c.id ="
        " t.candidate_id WHERE c.external_ref = 'OWN-1' AND t.state = 'open'";

    put(scene, AARHUS, "OWN-1", "2026-11-29", "2029-01-01");
    tick(scene);
    assert_int_equal(scene_number(scene, open_tasks), 1);
    scene_exec(scene,
               "UPDATE candidate SET screening_until = '2027-11-29' WHERE external_ref = 'OWN-1'");
    const char *who = scene_text(scene, "SELECT id FROM candidate WHERE external_ref = 'OWN-1'");
    static const enum caller callers[] = {RANDERS, AARHUS};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            session_exec(front,
                         arena_printf(arena,
                                      "BEGIN; SELECT set_config('app.tenant', '%s', true); SELECT"
                                      " candidate_tasks_close(ARRAY['%s'::uuid]); COMMIT",
                                      scene_organisation(scene, callers[i]), who),
                         NULL),
            0);
        assert_int_equal(scene_number(scene, open_tasks), callers[i] == AARHUS ? 0 : 1);
    }
    session_close(&front);
}

static void a_thousand_at_once(void **state)
{
    struct scene *scene = *state;
    struct buffer body;

    tick(scene);
    scene_exec(scene,
               "INSERT INTO candidate (organisation_id, external_ref, changed_version, postcode,"
               " max_travel_km, available_from, kinds, content_mac, screened_on, screening_until)"
               " SELECT o.id, 'K-' || n, pool_current() + 1, '8000', 50, '2026-01-01', "
               "'{permanent}', '\\x00',"
               " '2026-06-01', '2026-11-30' FROM organisation o, generate_series(1, 1001) n"
               " WHERE o.municipality_code = '0751'");
    scene_exec(scene, "SELECT pool_advance()");
    assert_int_equal(tick(scene), 1001);
    buffer_init(&body, BODY_CAP);
    buffer_text(&body, "{\"items\":[");
    for (int i = 1; i <= 1000; i++)
        buffer_printf(&body,
                      "%s{\"external_ref\":\"K-%d\",\"screening\":{\"by\":\"BO\",\"on\":"
                      "\"2026-11-23\",\"until\":\"2027-05-23\"}}",
                      i > 1 ? "," : "", i);
    buffer_text(&body, "]}");
    struct answer answer =
        scene_json(scene, AARHUS, "POST /v1/candidates/confirmations", "", body.data);
    expect(&answer, 200);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "changed")), 1000);
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate_task t JOIN candidate c ON"
                                         " c.id = t.candidate_id WHERE c.external_ref LIKE 'K-%'"
                                         " AND t.state = 'open'"),
                     1);
    assert_int_equal(tick(scene), 0);
    buffer_deinit(&body);
}

static int set_up(void **state)
{
    arena = arena_create(0);
    return scene_open(state);
}

static int tear_down(void **state)
{
    arena_destroy(&arena);
    return scene_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_comes_before_the_day),
        cmocka_unit_test(each_home_is_told_once_and_sees_its_own),
        cmocka_unit_test(tasks_come_in_pages),
        cmocka_unit_test(a_day_moved_forward_moves_its_task),
        cmocka_unit_test(two_ticks_at_once_do_nothing_twice),
        cmocka_unit_test(a_confirmation_moves_dates_alone),
        cmocka_unit_test(what_is_no_confirmation_is_refused),
        cmocka_unit_test(a_statement_of_long_ago_is_not_revived),
        cmocka_unit_test(many_are_confirmed_in_one_call),
        cmocka_unit_test(many_are_held_by_id),
        cmocka_unit_test(a_home_closes_its_own_tasks),
        cmocka_unit_test(a_thousand_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
