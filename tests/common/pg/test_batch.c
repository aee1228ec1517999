/* What a batch is: one transaction, in one pipeline, as one tenant. */
#include "tests/common/pg/harness.h"

#include "common/base/mem.h"

#include <stdio.h>
#include <string.h>

#define TENANT "11111111-1111-1111-1111-111111111111"

static const struct sql_statement insert = {"t_insert", "INSERT INTO thing (name) VALUES ($1)"};
static const struct sql_statement count = {"t_count", "SELECT count(*) FROM thing"};
static const struct sql_statement divide = {"t_divide", "SELECT 1/0"};
static const struct sql_statement backend = {"t_backend", "SELECT pg_backend_pid()"};
static const struct sql_statement read_tenant = {
    "t_read_tenant", "SELECT concat_ws('|', current_setting('app.tenant', true),"
                     " current_setting('app.actor', true), current_setting('app.request', true),"
                     " current_setting('app.purpose', true))"};

static int setup_with(void **state, size_t connections)
{
    struct harness *harness = mem_zalloc(sizeof *harness);

    harness_start(harness, "batch", (struct pg_options){.connections = connections});
    harness_do(harness,
               "CREATE TABLE public.thing (name text UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    *state = harness;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, 2);
}

static int setup_single(void **state)
{
    return setup_with(state, 1);
}

static int teardown(void **state)
{
    harness_stop(*state);
    mem_free(*state);
    return 0;
}

static struct answer insert_and(struct harness *harness, const char *name,
                                const struct sql_statement *then)
{
    const struct pg_parameter parameter = PG_TEXT(name);
    const struct pg_step steps[] = {{&insert, &parameter, 1}, {then, NULL, 0}};
    struct answer answer;

    harness_begin(harness, NULL, steps, 2, &answer);
    harness_await(harness);
    return answer;
}

static void commits_all_steps(void **state)
{
    struct answer answer = insert_and(*state, "a", &count);

    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.first, "1");
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM public.thing"), 1);
}

static void an_error_rolls_back_and_keeps_the_connection(void **state)
{
    struct answer before = harness_run(*state, &backend);
    struct answer answer = insert_and(*state, "a", &divide);

    assert_int_equal(answer.error, ERROR_INVALID);
    assert_string_equal(answer.sqlstate, "22012");
    assert_int_equal(answer.count, 0);
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM public.thing"), 0);
    struct answer after = harness_run(*state, &backend);
    assert_int_equal(after.error, 0);
    assert_string_equal(after.first, before.first);
}

static void an_error_at_commit_is_an_error(void **state)
{
    assert_int_equal(insert_and(*state, "same", &count).error, 0);
    struct answer answer = insert_and(*state, "same", &count); /* the constraint is deferred */
    assert_int_equal(answer.error, ERROR_INVALID);
    assert_string_equal(answer.sqlstate, "23505");
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM public.thing"), 1);
}

static void our_own_errors_are_sorted(void **state)
{
    static const struct sql_statement raise = {"t_raise",
                                               "SELECT emnebank.raise_problem($1, $2, $3)"};
    static const struct {
        const char *sqlstate;
        int error;
    } cases[] = {
        {"EB404", ERROR_NOT_FOUND}, {"EB403", ERROR_DENIED},   {"EB409", ERROR_CONFLICT},
        {"EB412", ERROR_CONFLICT},  {"EB400", ERROR_INVALID},  {"EB422", ERROR_INVALID},
        {"EB428", ERROR_INVALID},   {"EB999", ERROR_INTERNAL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pg_parameter parameters[] = {PG_TEXT(cases[i].sqlstate),
                                                  PG_TEXT("candidate-not-found"),
                                                  PG_TEXT("Kandidaten findes ikke.")};
        const struct pg_step step = {&raise, parameters, 3};
        struct answer answer;
        harness_begin(*state, NULL, &step, 1, &answer);
        harness_await(*state);
        assert_int_equal(answer.error, cases[i].error);
        assert_string_equal(answer.sqlstate, cases[i].sqlstate);
        assert_string_equal(answer.message, "candidate-not-found");
        assert_string_equal(answer.detail, "Kandidaten findes ikke.");
    }
}

static void the_tenant_is_set_inside_and_gone_after(void **state)
{
    const struct pg_context context = {TENANT, "key-1", "request-1", "purpose-1"};
    const struct pg_step step = {.statement = &read_tenant};
    struct answer inside;

    harness_begin(*state, &context, &step, 1, &inside);
    harness_await(*state);
    assert_string_equal(inside.first, TENANT "|key-1|request-1|purpose-1");
    assert_string_equal(harness_run(*state, &read_tenant).first, "|||");
}

static void the_callers_memory_may_go(void **state)
{
    char text[] = "lives on";
    struct pg_parameter *parameter = mem_alloc(sizeof *parameter);
    struct pg_step *step = mem_alloc(sizeof *step);
    struct answer answer;

    *parameter = PG_TEXT(text);
    *step = (struct pg_step){&insert, parameter, 1};
    harness_begin(*state, NULL, step, 1, &answer);
    memset(text, 'x', sizeof text);
    mem_free(parameter);
    mem_free(step);
    harness_await(*state);
    assert_int_equal(answer.error, 0);
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM thing WHERE name = 'lives on'"), 1);
}

static void a_statement_that_failed_to_prepare_is_prepared_later(void **state)
{
    static const struct sql_statement later = {"t_later", "SELECT count(*) FROM later"};
    static const struct sql_statement good = {"t_good", "SELECT 7"};
    const struct pg_step steps[] = {{&divide, NULL, 0}, {&good, NULL, 0}};
    struct answer answer;

    assert_int_equal(harness_run(*state, &later).error, ERROR_INTERNAL);
    harness_do(*state, "CREATE TABLE public.later (id int)");
    assert_int_equal(harness_run(*state, &later).error, 0);

    /* And one that was skipped because an earlier step failed. */
    harness_begin(*state, NULL, steps, 2, &answer);
    harness_await(*state);
    assert_int_equal(answer.error, ERROR_INVALID);
    assert_string_equal(harness_run(*state, &good).first, "7");
}

static void a_changed_table_is_survived(void **state)
{
    static const struct sql_statement all = {"t_all", "SELECT * FROM thing"};

    assert_int_equal(harness_run(*state, &all).error, 0);
    harness_do(*state, "ALTER TABLE public.thing ADD COLUMN more int");
    assert_int_equal(harness_run(*state, &all).error, 0);
}

/* Fails with the given SQLSTATE the first `failures` times that it is called; a sequence is not
 * rolled back. */
static void make_flaky(struct harness *harness, int failures)
{
    char script[512];

    snprintf(script, sizeof script,
             "CREATE SEQUENCE public.tries;"
             "CREATE FUNCTION public.flaky(state text) RETURNS bigint LANGUAGE plpgsql AS $$"
             " BEGIN IF nextval('public.tries') <= %d THEN RAISE EXCEPTION USING ERRCODE = state;"
             " END IF; RETURN currval('public.tries'); END $$",
             failures);
    harness_do(harness, script);
}

static const struct sql_statement serialization = {"t_flaky", "SELECT public.flaky('40001')"};

static void serialization_failures_are_retried(void **state)
{
    make_flaky(*state, 3);
    struct answer answer = insert_and(*state, "once", &serialization);

    assert_int_equal(answer.error, 0);
    assert_string_equal(answer.first, "4");
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM public.thing"), 1);
}

static void retries_end(void **state)
{
    make_flaky(*state, 100);
    struct answer answer = insert_and(*state, "never", &serialization);

    assert_int_equal(answer.error, ERROR_UNAVAILABLE);
    assert_string_equal(answer.sqlstate, "40001");
    assert_int_equal(harness_look(*state, "SELECT last_value FROM public.tries"), 4);
    assert_int_equal(harness_look(*state, "SELECT count(*) FROM public.thing"), 0);
}

static void a_deadlock_is_resolved(void **state)
{
    static const struct sql_statement one = {
        "t_one", "UPDATE pair SET n = n + 1 WHERE id = 1 RETURNING pg_sleep(0.1)"};
    static const struct sql_statement two = {
        "t_two", "UPDATE pair SET n = n + 1 WHERE id = 2 RETURNING pg_sleep(0.1)"};
    static const struct sql_statement soon = {"t_soon", "SET LOCAL deadlock_timeout = '50ms'"};
    const struct pg_step up[] = {{&soon, NULL, 0}, {&one, NULL, 0}, {&two, NULL, 0}};
    const struct pg_step down[] = {{&soon, NULL, 0}, {&two, NULL, 0}, {&one, NULL, 0}};
    struct answer answers[2];

    harness_do(*state, "CREATE TABLE public.pair (id int PRIMARY KEY, n int NOT NULL);"
                       "INSERT INTO public.pair VALUES (1, 0), (2, 0)");
    /* Both connections are open first, so that the two really meet. */
    harness_begin(*state, NULL, up, 1, &answers[0]);
    harness_begin(*state, NULL, up, 1, &answers[1]);
    harness_await(*state);
    harness_begin(*state, NULL, up, 3, &answers[0]);
    harness_begin(*state, NULL, down, 3, &answers[1]);
    harness_await(*state);
    assert_int_equal(answers[0].error, 0);
    assert_int_equal(answers[1].error, 0);
    assert_int_equal(harness_look(*state, "SELECT sum(n) FROM public.pair"), 4);
}

/* Megabytes in both directions at once: whoever only writes while the server writes never ends. */
static void a_large_pipeline_does_not_deadlock(void **state)
{
    enum { STEPS = 200, SIZE = 100000 };
    static const struct sql_statement echo = {"t_echo", "SELECT length($1), $1"};
    char *text = mem_alloc(SIZE + 1);
    struct pg_step *steps = mem_array(STEPS, sizeof *steps);
    const struct pg_parameter parameter = PG_TEXT(text);
    struct answer answer;

    memset(text, 'e', SIZE);
    text[SIZE] = '\0';
    for (size_t i = 0; i < STEPS; i++) {
        steps[i] = (struct pg_step){&echo, &parameter, 1};
    }
    harness_begin(*state, NULL, steps, STEPS, &answer);
    harness_await(*state);
    assert_int_equal(answer.error, 0);
    assert_int_equal(answer.count, STEPS);
    assert_string_equal(answer.first, "100000");
    mem_free(steps);
    mem_free(text);
}

static void an_impossible_batch_fails_alone(void **state)
{
    enum { TOO_MANY = 70000 };
    struct pg_parameter *parameters = mem_array(TOO_MANY, sizeof *parameters);
    const struct pg_step step = {&count, parameters, TOO_MANY};
    struct answer answer;

    harness_begin(*state, NULL, &step, 1, &answer);
    harness_await(*state);
    assert_int_equal(answer.error, ERROR_INTERNAL);
    assert_int_equal(harness_run(*state, &count).error, 0);
    mem_free(parameters);
}

static const char *said_of_lines(struct harness *harness, const char *lines, size_t number)
{
    static const struct sql_statement describe = {
        "t_lines", "SELECT concat_ws('/', cardinality($1::text[]), array_to_string($1::text[], "
                   "'|', '-'))"};
    static struct answer answer;
    struct arena *arena = arena_create(0);
    const struct pg_parameter array = pg_lines(arena, lines, strlen(lines), number);
    const struct pg_step step = {&describe, &array, 1};

    harness_begin(harness, NULL, &step, 1, &answer);
    harness_await(harness);
    arena_destroy(&arena);
    assert_int_equal(answer.error, 0);
    return answer.first;
}

static void lines_arrive_as_an_array(void **state)
{
    assert_string_equal(said_of_lines(*state, "", 0), "0/");
    assert_string_equal(said_of_lines(*state, "", 1), "1/");
    assert_string_equal(said_of_lines(*state, "[{\"a\": 1}]", 1), "1/[{\"a\": 1}]");
    assert_string_equal(said_of_lines(*state, "æ\n\n\\\"{,}\n", 4), "4/æ||\\\"{,}|");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)
#define SINGLE(name_) cmocka_unit_test_setup_teardown(name_, setup_single, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commits_all_steps),
        TEST(lines_arrive_as_an_array),
        SINGLE(an_error_rolls_back_and_keeps_the_connection),
        TEST(an_error_at_commit_is_an_error),
        TEST(our_own_errors_are_sorted),
        TEST(the_tenant_is_set_inside_and_gone_after),
        TEST(the_callers_memory_may_go),
        TEST(a_statement_that_failed_to_prepare_is_prepared_later),
        TEST(a_changed_table_is_survived),
        TEST(serialization_failures_are_retried),
        TEST(retries_end),
        TEST(a_deadlock_is_resolved),
        TEST(a_large_pipeline_does_not_deadlock),
        TEST(an_impossible_batch_fails_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
