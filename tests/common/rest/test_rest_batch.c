/* The router over a socket and a real PostgreSQL: context, the one row, functions that say no. */
#include "tests/common/rest/harness.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct harness harness;

static const struct sql_statement context = {
    "test_context", "SELECT current_setting('app.tenant'), current_setting('app.actor'),"
                    " current_setting('app.request'), current_setting('app.purpose')"};
/* Answers with what the query says, so that one statement makes every row. */
static const struct sql_statement row = {
    "test_row", "SELECT $1::int, $2::text, $3::bigint, $4::text, $5::bool"};
static const struct sql_statement no_row = {
    "test_no_row", "SELECT 200, '{}'::text, NULL::bigint, NULL::text, false WHERE false"};
static const struct sql_statement say_no = {
    "test_say_no", "SELECT emnebank.raise_problem($1::text, $2::text, $3::text)"};
static const struct sql_statement divide = {"test_divide", "SELECT 1 / $1::int"};

static void context_came(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "tenant", pg_text(result, 0, 0), "actor",
                             pg_text(result, 0, 1), "request", pg_text(result, 0, 2), "purpose",
                             pg_text(result, 0, 3));
    rest_reply(call, 200, body);
    json_decref(body);
}

static void get_context(struct rest_call *call)
{
    const struct pg_step step = {.statement = &context};
    rest_batch(call, &step, 1, context_came);
}

static void reply(struct rest_call *call, const struct pg_outcome *outcome)
{
    rest_reply_row(call, outcome, 0);
}

static void get_row(struct rest_call *call)
{
    const struct pg_parameter parameters[] = {
        PG_TEXT(rest_query(call, "status")), PG_TEXT(rest_query(call, "body")),
        PG_TEXT(rest_query(call, "etag")), PG_TEXT(rest_query(call, "location")),
        PG_TEXT(rest_query(call, "replayed"))};
    const struct pg_step step = {&row, parameters, 5};
    rest_batch(call, &step, 1, reply);
}

static void get_no_row(struct rest_call *call)
{
    const struct pg_step step = {.statement = &no_row};
    rest_batch(call, &step, 1, reply);
}

static void get_no(struct rest_call *call)
{
    const struct pg_parameter parameters[] = {PG_TEXT(rest_query(call, "state")),
                                              PG_TEXT(rest_query(call, "slug")),
                                              PG_TEXT(rest_query(call, "detail"))};
    const struct pg_step step = {&say_no, parameters, 3};
    rest_batch(call, &step, 1, reply);
}

static void divided(struct rest_call *call, const struct pg_outcome *outcome)
{
    if (outcome->error != 0)
        rest_failed(call, outcome);
    else
        rest_reply(call, 204, NULL);
}

static void get_raw(struct rest_call *call)
{
    const struct pg_parameter parameter = PG_TEXT(rest_query(call, "by"));
    const struct pg_step step = {&divide, &parameter, 1};
    rest_batch_raw(call, &step, 1, divided);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/context", "read", 0, "Rangering", get_context},
    {HTTP_GET, "/public", NULL, REST_PUBLIC, "Helbred", get_context},
    {HTTP_GET, "/row", "read", 0, NULL, get_row},
    {HTTP_GET, "/no-row", "read", 0, NULL, get_no_row},
    {HTTP_GET, "/no", "read", 0, NULL, get_no},
    {HTTP_GET, "/raw", "read", 0, NULL, get_raw},
};

static const struct rest_table table = {routes, sizeof routes / sizeof routes[0]};

static int start(void **state)
{
    (void)state;
    harness_start(&harness, &table, NULL, pg_cluster_database("rest_batch"));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    harness_stop(&harness);
    return 0;
}

static const char *ask(const char *target, const char *head)
{
    return harness_ask_team(&harness, "GET", target, head, NULL);
}

static void a_batch_runs_as_the_caller(void **state)
{
    (void)state;
    const char *answer = ask("/context", "X-Request-Id: r1\r\n");
    assert_status(answer, 200);
    assert_string_equal(body_of(answer), "{\"tenant\":\"" HARNESS_TEAM "\",\"actor\":\"" HARNESS_KEY
                                         "\",\"request\":\"r1\",\"purpose\":\"Rangering\"}");
    answer = ask("/context", "X-Request-Id: r2\r\nX-Purpose: Opf\xc3\xb8lgning\r\n");
    assert_non_null(strstr(answer, "\"purpose\":\"Opf\xc3\xb8lgning\""));
    answer = harness_ask(&harness, "GET", "/public", "X-Request-Id: r3\r\n", NULL);
    assert_string_equal(
        body_of(answer),
        "{\"tenant\":\"\",\"actor\":\"\",\"request\":\"r3\",\"purpose\":\"Helbred\"}");
}

static void the_one_row_is_the_answer(void **state)
{
    (void)state;
    const char *answer =
        ask("/row?status=201&body=%7B%7D&etag=3&location=/v1/x&replayed=true", NULL);
    assert_status(answer, 201);
    assert_string_equal(header_of(answer, "Content-Type"), "application/json");
    assert_string_equal(header_of(answer, "ETag"), "\"v3\"");
    assert_string_equal(header_of(answer, "Location"), "/v1/x");
    assert_string_equal(header_of(answer, "Idempotency-Replayed"), "true");
    assert_string_equal(body_of(answer), "{}");
    answer = ask("/row?status=204&replayed=false", NULL);
    assert_status(answer, 204);
    assert_null(header_of(answer, "ETag"));
    assert_null(header_of(answer, "Location"));
    assert_null(header_of(answer, "Idempotency-Replayed"));
    answer = ask("/row?status=200&body=%7B%7D&etag=3", "If-None-Match: \"v3\"\r\n");
    assert_status(answer, 304);
    assert_string_equal(body_of(answer), "");
}

static void a_row_that_is_no_answer_is_our_fault(void **state)
{
    (void)state;
    assert_problem(ask("/row?status=404", NULL), 500, "internal-error");
    assert_problem(ask("/row?status=200", NULL), 500, "internal-error");
    assert_problem(ask("/row?body=%7B%7D", NULL), 500, "internal-error");
    assert_problem(ask("/row?status=20&body=%7B%7D", NULL), 500, "internal-error");
    assert_problem(ask("/no-row", NULL), 500, "internal-error");
}

static void a_function_may_say_no(void **state)
{
    (void)state;
    const char *body = assert_problem(
        ask("/no?state=EB404&slug=not-found&detail=Jobordren%20findes%20ikke.", NULL), 404,
        "not-found");
    assert_non_null(strstr(body, "\"detail\":\"Jobordren findes ikke.\""));
    assert_problem(ask("/no?state=EB412&slug=version-stale&detail=", NULL), 412, "version-stale");
    assert_problem(ask("/no?state=EB403&slug=named-person-required&detail=", NULL), 403,
                   "named-person-required");
    body = assert_problem(
        ask("/no?state=EB422&slug=invalid-body&detail=%5B%7B%22pointer%22:%22/a%22%7D%5D", NULL),
        422, "invalid-body");
    assert_non_null(strstr(body, "\"errors\":[{\"pointer\":\"/a\"}]"));
}

static void failures_keep_what_postgresql_said_to_themselves(void **state)
{
    (void)state;
    assert_status(ask("/raw?by=1", NULL), 204);
    const char *answer = ask("/raw?by=0", NULL);
    assert_null(strstr(answer, "division"));
    assert_problem(answer, 400, "malformed-request");
    answer = ask("/raw?by=canary", NULL);
    assert_null(strstr(answer, "canary"));
    assert_problem(answer, 400, "malformed-request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_runs_as_the_caller),
        cmocka_unit_test(the_one_row_is_the_answer),
        cmocka_unit_test(a_row_that_is_no_answer_is_our_fault),
        cmocka_unit_test(a_function_may_say_no),
        cmocka_unit_test(failures_keep_what_postgresql_said_to_themselves),
    };
    return cmocka_run_group_tests_name("common/rest with a database", tests, start, stop);
}
