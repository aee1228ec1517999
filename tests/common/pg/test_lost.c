/* Connections that go away: what is known of the batch, and how soon work goes on. */
#include "tests/common/pg/harness.h"
#include "tests/common/pg/proxy.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "tests/support/pg_cluster.h"

#include <stdio.h>
#include <string.h>

static const struct sql_statement one = {"t_one", "SELECT 1"};
static const struct sql_statement insert = {"t_insert", "INSERT INTO thing DEFAULT VALUES"};

/* Not autovacuum's workers, which come and go as they like. */
#define KILL_OTHERS                                                                                \
    "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity"                         \
    " WHERE datname = current_database() AND backend_type = 'client backend'"                      \
    " AND pid <> pg_backend_pid()"

static void start(struct harness *harness, struct pg_options options)
{
    harness_start(harness, "lost", options);
    harness_do(harness, "CREATE TABLE public.thing (id int GENERATED ALWAYS AS IDENTITY)");
}

static int64_t things(struct harness *harness)
{
    return harness_look(harness, "SELECT count(*) FROM public.thing");
}

static void an_idle_connection_that_died_is_replaced(void **state)
{
    struct harness harness;
    (void)state;

    start(&harness, (struct pg_options){.connections = 2});
    for (int64_t i = 1; i <= 10; i++) {
        assert_int_equal(harness_run(&harness, &insert).error, 0);
        assert_int_equal(things(&harness), i); /* none lost, none twice */
        assert_true(harness_look(&harness, KILL_OTHERS) >= 1);
    }
    harness_stop(&harness);
}

static bool somebody_sleeps(void *argument)
{
    return harness_look(argument,
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                        " AND datname = current_database()") == 1;
}

/* Killed in the middle, before COMMIT: nothing happened, so it is done again elsewhere. */
static void a_running_batch_that_was_killed_is_retried(void **state)
{
    static const struct sql_statement sleep_once = {"t_sleep_once", "SELECT public.sleep_once()"};
    const struct pg_step steps[] = {{&insert, NULL, 0}, {&sleep_once, NULL, 0}};
    struct harness harness;
    struct answer answer;
    (void)state;

    start(&harness, (struct pg_options){.connections = 1});
    harness_do(&harness, "CREATE SEQUENCE public.slept;"
                         "CREATE FUNCTION public.sleep_once() RETURNS bigint LANGUAGE plpgsql AS $$"
                         " BEGIN IF nextval('public.slept') = 1 THEN PERFORM pg_sleep(30); END IF;"
                         " RETURN currval('public.slept'); END $$");
    harness_begin(&harness, NULL, steps, 2, &answer);
    harness_until(&harness, somebody_sleeps, &harness);
    assert_int_equal(harness_look(&harness, KILL_OTHERS), 1);
    harness_await(&harness);
    assert_int_equal(answer.error, 0);
    assert_string_equal(answer.first, "2");
    assert_int_equal(things(&harness), 1);
    harness_stop(&harness);
}

static void lose_at_commit(enum proxy_trick trick, int64_t deadline, int64_t rows)
{
    struct harness harness;
    const char *conninfo = pg_cluster_database("lost_commit");
    struct proxy *proxy = proxy_start(conninfo, trick);

    harness_start(&harness, "lost_commit",
                  (struct pg_options){
                      .conninfo = proxy_conninfo(proxy), .connections = 1, .deadline = deadline});
    session_close(&harness.session);
    assert_int_equal(session_open(conninfo, NULL, &harness.session, NULL), 0);
    harness_do(&harness, "CREATE TABLE public.thing (id int GENERATED ALWAYS AS IDENTITY)");

    struct answer answer = harness_run(&harness, &insert);
    assert_int_equal(answer.error, ERROR_UNCERTAIN);
    assert_int_equal(things(&harness), rows);
    /* And work goes on over another connection. */
    assert_int_equal(harness_run(&harness, &insert).error, 0);
    assert_int_equal(things(&harness), rows + 1);
    harness_stop(&harness);
    proxy_stop(&proxy);
}

static void cut_after_commit_is_uncertain(void **state)
{
    (void)state;
    lose_at_commit(PROXY_CUT_AFTER, 0, 1);
}

static void cut_before_commit_is_uncertain_too(void **state)
{
    (void)state;
    lose_at_commit(PROXY_CUT_BEFORE, 0, 0);
}

static void a_server_that_does_not_answer_is_uncertain(void **state)
{
    (void)state;
    lose_at_commit(PROXY_SWALLOW_ANSWERS, 4 * CLOCK_SECOND, 1);
}

struct ears {
    int woken;
    char channel[32];
    char payload[32];
    struct pg_listener **destroy;
};

static void hear(const char *channel, const char *payload, void *argument)
{
    struct ears *ears = argument;

    ears->woken++;
    snprintf(ears->channel, sizeof ears->channel, "%s", channel);
    snprintf(ears->payload, sizeof ears->payload, "%s", payload);
    if (ears->destroy != NULL) {
        pg_listener_destroy(ears->destroy);
    }
}

static bool heard_something(void *argument)
{
    const struct ears *ears = argument;
    return ears->woken > 0;
}

static void the_listener_comes_back(void **state)
{
    static const char *const channels[] = {"emnebank_a", "emnebank_b"};
    struct harness harness;
    struct ears ears = {0};
    (void)state;

    start(&harness, (struct pg_options){0});
    const struct pg_options options = {.conninfo = harness.conninfo, .user = "emnebank_front"};
    struct pg_listener *listener =
        pg_listener_create(harness.loop, &options, channels, 2, hear, &ears);
    for (int round = 0; round < 3; round++) {
        harness_until(&harness, heard_something, &ears); /* connected, again: each channel once */
        assert_int_equal(ears.woken, 2);
        assert_string_equal(ears.payload, "");

        ears.woken = 0;
        harness_do(&harness, "NOTIFY emnebank_b, 'hello'");
        harness_until(&harness, heard_something, &ears);
        assert_int_equal(ears.woken, 1);
        assert_string_equal(ears.channel, "emnebank_b");
        assert_string_equal(ears.payload, "hello");

        ears.woken = 0;
        int64_t begun = clock_monotonic();
        assert_int_equal(harness_look(&harness, KILL_OTHERS), 1);
        harness_until(&harness, heard_something, &ears);
        assert_true(clock_monotonic() - begun < 60 * CLOCK_SECOND);
    }
    pg_listener_destroy(&listener);
    harness_stop(&harness);
}

static void a_listener_may_be_destroyed_by_its_call(void **state)
{
    static const char *const channels[] = {"emnebank_a", "emnebank_b"};
    struct harness harness;
    struct pg_listener *listener = NULL;
    struct ears ears = {.destroy = &listener};
    (void)state;

    start(&harness, (struct pg_options){0});
    const struct pg_options options = {.conninfo = harness.conninfo};
    listener = pg_listener_create(harness.loop, &options, channels, 2, hear, &ears);
    harness_until(&harness, heard_something, &ears);
    assert_int_equal(ears.woken, 1);
    assert_null(listener);
    harness_stop(&harness);
}

/* The way to the server is gone for a while; what waits is done when it is back. */
static void what_waits_is_done_after_an_outage(void **state)
{
    struct harness harness;
    const char *conninfo = pg_cluster_database("lost_way");
    struct proxy *proxy = proxy_start(conninfo, PROXY_NONE);
    char path[512];
    struct answer answer;
    const struct pg_step step = {.statement = &one};
    (void)state;

    snprintf(path, sizeof path, "%s", proxy_conninfo(proxy));
    harness_start(&harness, "lost_way", (struct pg_options){.conninfo = path, .connections = 1});
    assert_int_equal(harness_run(&harness, &one).error, 0);
    proxy_stop(&proxy);
    harness_begin(&harness, NULL, &step, 1, &answer);
    for (int i = 0; i < 3; i++) {
        event_base_loop(loop_base(harness.loop), EVLOOP_ONCE); /* it fails to connect */
    }
    assert_false(answer.told);
    proxy = proxy_start_at(path, conninfo);
    harness_await(&harness);
    assert_int_equal(answer.error, 0);
    harness_stop(&harness);
    proxy_stop(&proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_connection_that_died_is_replaced),
        cmocka_unit_test(a_running_batch_that_was_killed_is_retried),
        cmocka_unit_test(cut_after_commit_is_uncertain),
        cmocka_unit_test(cut_before_commit_is_uncertain_too),
        cmocka_unit_test(a_server_that_does_not_answer_is_uncertain),
        cmocka_unit_test(the_listener_comes_back),
        cmocka_unit_test(a_listener_may_be_destroyed_by_its_call),
        cmocka_unit_test(what_waits_is_done_after_an_outage),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
