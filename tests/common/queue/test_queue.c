/* Jobs on a real database, as one of the daemon's roles. */
#include "common/queue/job.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "tests/common/pg/harness.h"

#include <stdio.h>
#include <string.h>

#define JOBS 300
#define LONG_LEASE CLOCK_MINUTE
#define HELD_CAP 8

struct scene {
    struct harness harness;
    int runs[JOBS + 1]; /* by the payload's number */
    int total;
    struct job *held[HELD_CAP]; /* by handlers that do not finish */
    size_t held_count;
    bool drained;
    struct job_runner *wakes;
};

static int setup_with(void **state, size_t connections)
{
    struct scene *scene = mem_zalloc(sizeof *scene);

    log_set_level(LOG_ERROR);
    harness_start(&scene->harness, "queue",
                  (struct pg_options){.user = "emnebank_match", .connections = connections});
    harness_do(&scene->harness, "SET search_path TO emnebank");
    *state = scene;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, 3);
}

/* With one connection what was asked before is answered before; see `settle`. */
static int setup_in_order(void **state)
{
    return setup_with(state, 1);
}

/* Until no claim is under way and none follows: from here on only a poll or a wake finds a job. */
static void settle(struct scene *scene)
{
    static const struct sql_statement nothing = {"t_nothing", "SELECT 1"};

    for (int i = 0; i < 3; i++) {
        harness_run(&scene->harness, &nothing);
    }
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    harness_stop(&scene->harness);
    mem_free(scene);
    return 0;
}

static struct job_runner *start_narrow_runner(struct scene *scene, size_t concurrency,
                                              const struct job_kind *kind)
{
    struct job_runner *runner =
        job_runner_create(scene->harness.loop, scene->harness.pool, concurrency);

    job_runner_add(runner, kind, scene);
    job_runner_start(runner);
    return runner;
}

static struct job_runner *start_runner(struct scene *scene, const char *name, int64_t lease,
                                       int attempts, job_handler *handler)
{
    const struct job_kind kind = {name, "front", lease, attempts, handler};

    return start_narrow_runner(scene, 8, &kind);
}

static void count_and_finish(struct job *job)
{
    struct scene *scene = job_room(job);
    json_int_t number = json_integer_value(json_object_get(job_payload(job), "number"));

    scene->runs[number]++;
    scene->total++;
    job_done(job);
}

static void hold(struct job *job)
{
    struct scene *scene = job_room(job);

    assert_true(scene->held_count < HELD_CAP);
    scene->held[scene->held_count++] = job;
}

static bool all_done(void *argument)
{
    struct scene *scene = argument;
    return harness_look(&scene->harness, "SELECT count(*) FROM job WHERE state <> 'done'") == 0;
}

static bool one_held(void *argument)
{
    const struct scene *scene = argument;
    return scene->held_count == 1;
}

static void enqueue(struct scene *scene, const char *kind, int from, int to)
{
    char script[256];

    snprintf(script, sizeof script,
             "SELECT job_enqueue('%s', jsonb_build_object('number', n))"
             " FROM generate_series(%d, %d) AS n",
             kind, from, to);
    harness_do(&scene->harness, script);
}

static void two_runners_never_claim_the_same(void **state)
{
    struct scene *scene = *state;

    enqueue(scene, "count", 1, JOBS);
    struct job_runner *left = start_runner(scene, "count", LONG_LEASE, 3, count_and_finish);
    struct job_runner *right = start_runner(scene, "count", LONG_LEASE, 3, count_and_finish);
    harness_until(&scene->harness, all_done, scene);
    assert_int_equal(scene->total, JOBS);
    for (int i = 1; i <= JOBS; i++) {
        assert_int_equal(scene->runs[i], 1);
    }
    assert_int_equal(harness_look(&scene->harness, "SELECT max(attempts) FROM job"), 1);
    job_runner_destroy(&left);
    job_runner_destroy(&right);
}

static bool second_ran(void *argument)
{
    const struct scene *scene = argument;
    return scene->runs[2] == 1;
}

/* Whoever holds a job's row holds nobody else up. */
static void a_locked_job_is_passed_over(void **state)
{
    struct scene *scene = *state;

    enqueue(scene, "count", 1, 2);
    harness_do(&scene->harness,
               "BEGIN; SELECT 1 FROM job WHERE payload->>'number' = '1' FOR UPDATE");
    struct job_runner *runner = start_runner(scene, "count", LONG_LEASE, 3, count_and_finish);
    harness_until(&scene->harness, second_ran, scene);
    assert_int_equal(scene->runs[1], 0);
    harness_do(&scene->harness, "COMMIT");
    harness_until(&scene->harness, all_done, scene);
    job_runner_destroy(&runner);
}

static bool two_held(void *argument)
{
    struct scene *scene = argument;

    job_runner_wake(scene->wakes);
    return scene->held_count == 2;
}

static bool runner_is_idle(void *argument)
{
    struct scene *scene = argument;
    return scene->drained;
}

static void set_drained(void *argument)
{
    struct scene *scene = argument;
    scene->drained = true;
}

/* A worker that was paused for longer than its lease wakes up and is refused. */
static void a_stale_token_is_refused(void **state)
{
    struct scene *scene = *state;
    const struct job_kind brief = {"slow", "front", 200 * CLOCK_MILLISECOND, 5, hold};
    /* With the one job it is full, so that it does not claim the same again. */
    struct job_runner *paused = start_narrow_runner(scene, 1, &brief);

    enqueue(scene, "slow", 1, 1);
    job_runner_wake(paused);
    harness_until(&scene->harness, one_held, scene);

    struct job_runner *other = start_runner(scene, "slow", LONG_LEASE, 5, hold);
    scene->wakes = other;
    harness_until(&scene->harness, two_held, scene);
    assert_int_equal(job_id(scene->held[0]), job_id(scene->held[1]));
    assert_string_not_equal(job_token(scene->held[0]), job_token(scene->held[1]));

    /* What it would make true is fenced … */
    static const struct sql_statement fence = {"t_fence", "SELECT emnebank.job_fence($1, $2)"};
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)job_id(scene->held[0]));
    for (size_t i = 0; i < 2; i++) {
        const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(job_token(scene->held[i]))};
        const struct pg_step step = {&fence, parameters, 2};
        struct answer answer;
        harness_begin(&scene->harness, NULL, &step, 1, &answer);
        harness_await(&scene->harness);
        assert_int_equal(answer.error, i == 0 ? ERROR_CONFLICT : 0);
    }

    /* … and its end changes nothing. */
    job_dead(scene->held[0], "too-late");
    job_runner_drain(paused, set_drained, scene);
    harness_until(&scene->harness, runner_is_idle, scene);
    assert_int_equal(
        harness_look(&scene->harness,
                     "SELECT count(*) FROM job WHERE state = 'leased' AND attempts = 2"),
        1);
    job_done(scene->held[1]);
    harness_until(&scene->harness, all_done, scene);
    job_runner_destroy(&paused);
    job_runner_destroy(&other);
}

static void retry_soon(struct job *job)
{
    struct scene *scene = job_room(job);

    scene->total++;
    job_retry(job, 20 * CLOCK_MILLISECOND, "not-yet");
}

static bool one_dead(void *argument)
{
    struct scene *scene = argument;
    return harness_look(&scene->harness, "SELECT count(*) FROM job WHERE state = 'dead'") == 1;
}

static void retries_end_dead(void **state)
{
    struct scene *scene = *state;

    enqueue(scene, "again", 1, 1);
    struct job_runner *runner = start_runner(scene, "again", LONG_LEASE, 3, retry_soon);
    harness_until(&scene->harness, one_dead, scene);
    assert_int_equal(scene->total, 3);
    assert_int_equal(
        harness_look(&scene->harness, "SELECT count(*) FROM job WHERE reason = 'not-yet'"), 1);
    job_runner_destroy(&runner);
}

static void retry_late(struct job *job)
{
    job_retry(job, CLOCK_HOUR, "busy");
}

static bool waits_an_hour(void *argument)
{
    struct scene *scene = argument;
    return harness_look(
               &scene->harness,
               "SELECT count(*) FROM job WHERE state = 'waiting' AND reason = 'busy'"
               " AND run_at BETWEEN now() + interval '59 min' AND now() + interval '1 h'") == 1;
}

static void a_retry_waits(void **state)
{
    struct scene *scene = *state;

    enqueue(scene, "later", 1, 1);
    struct job_runner *runner = start_runner(scene, "later", LONG_LEASE, 3, retry_late);
    harness_until(&scene->harness, waits_an_hour, scene);
    job_runner_destroy(&runner);
}

static void found_without_notify(void **state)
{
    struct scene *scene = *state;
    struct job_runner *runner = start_runner(scene, "count", LONG_LEASE, 3, count_and_finish);

    enqueue(scene, "count", 1, 1);
    harness_until(&scene->harness, all_done, scene); /* the first poll */
    settle(scene);
    int64_t begun = clock_monotonic();
    enqueue(scene, "count", 2, 2);
    harness_until(&scene->harness, all_done, scene);
    assert_true(clock_monotonic() - begun < CLOCK_MINUTE); /* nobody listens here: by a poll */
    assert_int_equal(scene->total, 2);
    job_runner_destroy(&runner);
}

static void wake(const char *channel, const char *payload, void *argument)
{
    struct scene *scene = argument;
    (void)payload;

    assert_string_equal(channel, "emnebank_job");
    job_runner_wake(scene->wakes);
}

static bool waker_ran(void *argument)
{
    const struct scene *scene = argument;
    return scene->total >= 1;
}

static void notify_wakes(void **state)
{
    static const char *const channels[] = {"emnebank_job"};
    struct scene *scene = *state;
    const struct pg_options options = {.conninfo = scene->harness.conninfo,
                                       .user = "emnebank_match"};
    struct job_runner *runner = start_runner(scene, "count", LONG_LEASE, 3, count_and_finish);

    scene->wakes = runner;
    struct pg_listener *listener =
        pg_listener_create(scene->harness.loop, &options, channels, 1, wake, scene);
    enqueue(scene, "count", 1, 1);
    harness_until(&scene->harness, waker_ran, scene);
    harness_until(&scene->harness, all_done, scene);

    /* The first poll and the listener's own first call are over: from here on it is the notice.
     * Polls alone would take 50 s. */
    int64_t begun = clock_monotonic();
    for (int i = 2; i < 12; i++) {
        enqueue(scene, "count", i, i);
        harness_until(&scene->harness, all_done, scene);
    }
    assert_true(clock_monotonic() - begun < 25 * CLOCK_SECOND);
    pg_listener_destroy(&listener);
    job_runner_destroy(&runner);
}

static void draining_waits_for_the_running(void **state)
{
    struct scene *scene = *state;
    struct job_runner *runner = start_runner(scene, "slow", LONG_LEASE, 3, hold);

    enqueue(scene, "slow", 1, 1);
    job_runner_wake(runner);
    harness_until(&scene->harness, one_held, scene);
    settle(scene);
    job_runner_drain(runner, set_drained, scene);
    assert_false(scene->drained);
    enqueue(scene, "slow", 2, 2);
    job_runner_wake(runner);
    job_done(scene->held[0]);
    harness_until(&scene->harness, runner_is_idle, scene);
    assert_int_equal(
        harness_look(&scene->harness, "SELECT count(*) FROM job WHERE state = 'waiting'"), 1);
    assert_int_equal(scene->held_count, 1);
    job_runner_destroy(&runner);
}

static void finish_after_destroy(void **state)
{
    struct scene *scene = *state;
    struct job_runner *runner = start_runner(scene, "slow", LONG_LEASE, 3, hold);

    enqueue(scene, "slow", 1, 1);
    job_runner_wake(runner);
    harness_until(&scene->harness, one_held, scene);
    job_runner_destroy(&runner);
    job_done(scene->held[0]); /* without a word: its lease runs out */
    assert_int_equal(
        harness_look(&scene->harness, "SELECT count(*) FROM job WHERE state = 'leased'"), 1);
}

static void what_was_done_long_ago_is_swept(void **state)
{
    struct scene *scene = *state;

    enqueue(scene, "old", 1, 5);
    harness_do(&scene->harness,
               "UPDATE job SET state = 'done', finished_at = now() - interval '8 days'"
               " WHERE (payload->>'number')::int <= 3;"
               "UPDATE job SET state = 'done', finished_at = now() WHERE state = 'waiting'"
               " AND (payload->>'number')::int = 4");
    assert_int_equal(harness_look(&scene->harness, "SELECT job_sweep('7 days', 2)"), 2);
    assert_int_equal(harness_look(&scene->harness, "SELECT job_sweep('7 days', 2)"), 1);
    assert_int_equal(harness_look(&scene->harness, "SELECT count(*) FROM job"), 2);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)
#define ORDERED(name_) cmocka_unit_test_setup_teardown(name_, setup_in_order, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_runners_never_claim_the_same),
        TEST(a_locked_job_is_passed_over),
        TEST(a_stale_token_is_refused),
        TEST(retries_end_dead),
        TEST(a_retry_waits),
        ORDERED(found_without_notify),
        TEST(notify_wakes),
        ORDERED(draining_waits_for_the_running),
        TEST(finish_after_destroy),
        TEST(what_was_done_long_ago_is_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
