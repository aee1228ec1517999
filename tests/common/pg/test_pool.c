/* The pool: caps, deadlines, and the end. */
#include "tests/common/pg/harness.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "tests/support/pg_cluster.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sql_statement one = {"t_one", "SELECT 1"};
static const struct sql_statement backend = {"t_backend", "SELECT pg_backend_pid()"};
static const struct sql_statement slow = {"t_slow", "SELECT pg_sleep(60)"};
static const struct sql_statement brief = {"t_brief", "SELECT pg_sleep(0.2), 1"};

#define MANY 20
/* Of this a tenth is the way of the server's last word, on a machine that has much else to do. */
#define SHORT (4 * CLOCK_SECOND)
#define MUCH_LONGER (40 * CLOCK_SECOND)

static void begin(struct harness *harness, const struct sql_statement *statement,
                  struct answer *answer)
{
    const struct pg_step step = {.statement = statement};
    harness_begin(harness, NULL, &step, 1, answer);
}

static void a_full_queue_refuses_at_once(void **state)
{
    struct harness harness;
    struct answer answers[MANY];
    int refused = 0;
    (void)state;

    harness_start(&harness, "pool_queue", (struct pg_options){.connections = 1, .queue = 5});
    for (size_t i = 0; i < MANY; i++) {
        begin(&harness, &brief, &answers[i]);
    }
    harness.awaited -= 5; /* those that are accepted take their time */
    harness_await(&harness);
    for (size_t i = 0; i < 5; i++) {
        assert_false(answers[i].told); /* the others did not wait for them */
    }
    harness.awaited += 5;
    harness_await(&harness);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(answers[i].error, i < 5 ? 0 : ERROR_UNAVAILABLE);
        refused += answers[i].error != 0;
    }
    assert_int_equal(refused, MANY - 5);
    harness_stop(&harness);
}

static void connections_are_capped_and_shared(void **state)
{
    struct harness harness;
    struct answer answers[MANY];
    (void)state;

    harness_start(&harness, "pool_cap", (struct pg_options){.connections = 3});
    for (size_t i = 0; i < MANY; i++) {
        begin(&harness, &one, &answers[i]);
    }
    harness_await(&harness);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(answers[i].error, 0);
    }
    int64_t count = harness_look(&harness, "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                           " current_database() AND backend_type = 'client backend'"
                                           " AND pid <> pg_backend_pid()");
    assert_true(count >= 1 && count <= 3);
    harness_stop(&harness);
}

static void a_statement_that_takes_too_long_is_known_to_have_failed(void **state)
{
    struct harness harness;
    (void)state;

    harness_start(&harness, "pool_deadline",
                  (struct pg_options){.connections = 1, .deadline = SHORT});
    struct answer before = harness_run(&harness, &backend);
    int64_t begun = clock_monotonic();
    struct answer answer = harness_run(&harness, &slow);
    assert_int_equal(answer.error, ERROR_TIMEOUT);
    assert_string_equal(answer.sqlstate, "57014");
    assert_true(clock_monotonic() - begun < MUCH_LONGER);
    /* The connection is as good as before, and the time limit was the transaction's alone. */
    assert_string_equal(harness_run(&harness, &backend).first, before.first);
    harness_stop(&harness);
}

static void waiting_counts(void **state)
{
    struct harness harness;
    struct answer first;
    struct answer second;
    (void)state;

    harness_start(&harness, "pool_wait", (struct pg_options){.connections = 1, .deadline = SHORT});
    harness_run(&harness, &one);
    int64_t begun = clock_monotonic();
    begin(&harness, &slow, &first);
    begin(&harness, &slow, &second);
    harness_await(&harness);
    assert_int_equal(first.error, ERROR_TIMEOUT);
    /* It began when little was left: its end may come before the server's word. */
    assert_true(second.error == ERROR_TIMEOUT || second.error == ERROR_UNCERTAIN);
    assert_true(clock_monotonic() - begun < MUCH_LONGER);
    harness_stop(&harness);
}

static void no_server_is_unavailable(void **state)
{
    struct harness harness;
    (void)state;

    harness_start(&harness, "pool_nobody",
                  (struct pg_options){.conninfo = "host=/nonexistent user=nobody dbname=nothing",
                                      .deadline = 300 * CLOCK_MILLISECOND});
    struct answer answer = harness_run(&harness, &one);
    assert_int_equal(answer.error, ERROR_UNAVAILABLE);
    assert_string_equal(answer.sqlstate, "");
    harness_stop(&harness);
}

/* C12: while the database is away nobody waits for a deadline, and it is found when it is back. */
static void a_database_that_is_away_is_said_to_be_and_found_again(void **state)
{
    struct harness harness;
    char folder[] = "/tmp/emnebank-away-XXXXXX", link[64], target[256], conninfo[512];
    (void)state;

    const char *real = pg_cluster_database("pool_away");
    assert_int_equal(sscanf(strstr(real, "host=") + 5, "%255s", target), 1);
    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof link, "%s/s", folder);
    snprintf(conninfo, sizeof conninfo, "%s host=%s", real, link); /* the last one counts */
    harness_start(&harness, "pool_away",
                  (struct pg_options){.conninfo = conninfo, .deadline = 2 * MUCH_LONGER});
    assert_int_equal(harness_run(&harness, &one).error, ERROR_UNAVAILABLE);
    int64_t begun = clock_monotonic();
    assert_int_equal(harness_run(&harness, &one).error, ERROR_UNAVAILABLE);
    assert_true(clock_monotonic() - begun < MUCH_LONGER);

    assert_int_equal(symlink(target, link), 0);
    while (harness_run(&harness, &one).error != 0) {
        assert_true(clock_monotonic() - begun < 2 * MUCH_LONGER);
    }
    harness_stop(&harness);
    unlink(link);
    rmdir(folder);
}

static void a_malformed_conninfo_is_unavailable(void **state)
{
    struct harness harness;
    (void)state;

    harness_start(&harness, "pool_malformed",
                  (struct pg_options){.conninfo = "host='", .deadline = 200 * CLOCK_MILLISECOND});
    assert_int_equal(harness_run(&harness, &one).error, ERROR_UNAVAILABLE);
    harness_stop(&harness);
}

static void the_second_host_is_found(void **state)
{
    struct harness harness;
    char conninfo[512];
    const char *real = pg_cluster_database("pool_hosts");
    (void)state;

    snprintf(conninfo, sizeof conninfo, "host=/nonexistent,%s", strstr(real, "host=") + 5);
    harness_start(&harness, "pool_hosts", (struct pg_options){.conninfo = conninfo});
    assert_int_equal(harness_run(&harness, &one).error, 0);
    harness_stop(&harness);
}

static void acts_as_the_role(void **state)
{
    static const struct sql_statement who = {"t_who", "SELECT current_user"};
    struct harness harness;
    (void)state;

    harness_start(&harness, "pool_role", (struct pg_options){.user = "emnebank_front"});
    assert_string_equal(harness_run(&harness, &who).first, "emnebank_front");
    harness_stop(&harness);
}

static bool one_sleeps(void *argument)
{
    return harness_look(argument,
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                        " AND datname = current_database()") == 1;
}

static void destroying_tells_everybody(void **state)
{
    struct harness harness;
    struct answer answers[MANY];
    (void)state;

    harness_start(&harness, "pool_destroy", (struct pg_options){.connections = 1});
    begin(&harness, &slow, &answers[0]);
    harness_until(&harness, one_sleeps, &harness);
    for (size_t i = 1; i < MANY; i++) {
        begin(&harness, &one, &answers[i]);
    }
    pg_pool_destroy(&harness.pool);
    assert_int_equal(harness.awaited, 0);
    assert_int_equal(answers[0].error, ERROR_UNCERTAIN); /* its COMMIT was on the way */
    for (size_t i = 1; i < MANY; i++) {
        assert_int_equal(answers[i].error, ERROR_UNAVAILABLE);
    }
    harness_stop(&harness);
}

struct destroyer {
    struct pg_pool **pool;
    int told;
};

static void destroy_from_done(const struct pg_outcome *outcome, void *argument)
{
    struct destroyer *destroyer = argument;

    (void)outcome;
    destroyer->told++;
    if (*destroyer->pool != NULL) {
        const struct pg_step step = {.statement = &one};
        pg_run(*destroyer->pool, NULL, &step, 1, destroy_from_done, destroyer);
        pg_pool_destroy(destroyer->pool);
    }
}

static bool told_thrice(void *argument)
{
    const struct destroyer *destroyer = argument;
    return destroyer->told == 3;
}

static void a_callback_may_destroy_its_pool(void **state)
{
    const struct pg_step step = {.statement = &one};
    struct harness harness;
    (void)state;

    harness_start(&harness, "pool_callback", (struct pg_options){.connections = 1});
    struct destroyer destroyer = {&harness.pool, 0};
    pg_run(harness.pool, NULL, &step, 1, destroy_from_done, &destroyer);
    pg_run(harness.pool, NULL, &step, 1, destroy_from_done, &destroyer);
    harness_until(&harness, told_thrice, &destroyer);
    harness_stop(&harness);
}

#ifndef NDEBUG
static void run_and_leave_tenant(const char *conninfo)
{
    static const struct sql_statement leave = {
        "t_leave",
        "SELECT set_config('app.tenant', '11111111-1111-1111-1111-111111111111', false)"};
    const struct rlimit no_core = {0, 0};
    const struct pg_options options = {.conninfo = conninfo};
    const struct pg_step step = {.statement = &leave};
    struct harness harness = {.loop = loop_create()};
    struct answer answer;

    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGABRT, SIG_DFL);
    alarm(120);
    harness.pool = pg_pool_create(harness.loop, &options);
    harness_begin(&harness, NULL, &step, 1, &answer);
    loop_run(harness.loop);
}

static void a_tenant_left_behind_is_a_crash(void **state)
{
    const char *conninfo = pg_cluster_database("pool_tenant");
    (void)state;

    pid_t child = fork();
    if (child == 0) {
        run_and_leave_tenant(conninfo);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_refuses_at_once),
        cmocka_unit_test(connections_are_capped_and_shared),
        cmocka_unit_test(a_statement_that_takes_too_long_is_known_to_have_failed),
        cmocka_unit_test(waiting_counts),
        cmocka_unit_test(no_server_is_unavailable),
        cmocka_unit_test(a_database_that_is_away_is_said_to_be_and_found_again),
        cmocka_unit_test(a_malformed_conninfo_is_unavailable),
        cmocka_unit_test(the_second_host_is_found),
        cmocka_unit_test(acts_as_the_role),
        cmocka_unit_test(destroying_tells_everybody),
        cmocka_unit_test(a_callback_may_destroy_its_pool),
#ifndef NDEBUG
        cmocka_unit_test(a_tenant_left_behind_is_a_crash),
#endif
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
