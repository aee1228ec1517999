/* A job that kills its process reaches its cap of attempts and is dead, not eternal (C3). */
#include "common/queue/job.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/common/pg/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTEMPTS 3

static void crash(struct job *job)
{
    (void)job;
    abort();
}

static void must_not_run(struct job *job)
{
    (void)job;
    fail_msg("a fourth attempt");
}

static void start(struct loop *loop, struct pg_pool *pool, job_handler *handler,
                  struct job_runner **runner)
{
    const struct job_kind kind = {"poison", "front", CLOCK_MINUTE, ATTEMPTS, handler};

    *runner = job_runner_create(loop, pool, 1);
    job_runner_add(*runner, &kind, NULL);
    job_runner_start(*runner);
}

/* One attempt in a process of its own. */
static void attempt(const char *conninfo)
{
    pid_t child = fork();

    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        const struct pg_options options = {.conninfo = conninfo, .user = "emnebank_match"};
        struct loop *loop = loop_create();
        struct job_runner *runner = NULL;
        alarm(120);
        signal(SIGABRT, SIG_DFL);
        start(loop, pg_pool_create(loop, &options), crash, &runner);
        loop_run(loop);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static bool is_dead(void *argument)
{
    return harness_look(argument, "SELECT count(*) FROM emnebank.job WHERE state = 'dead'"
                                  " AND reason = 'lease-expired' AND attempts = 3") == 1;
}

static void a_poisonous_job_dies(void **state)
{
    struct harness harness;
    struct job_runner *runner = NULL;
    (void)state;

    harness_start(&harness, "poison", (struct pg_options){.user = "emnebank_match"});
    harness_do(&harness, "SELECT emnebank.job_enqueue('poison', '{}')");
    for (int i = 1; i <= ATTEMPTS; i++) {
        attempt(harness.conninfo);
        assert_int_equal(harness_look(&harness, "SELECT attempts FROM emnebank.job"), i);
        /* The lease runs out: the clock is the database's, so it is turned there. */
        harness_do(&harness, "UPDATE emnebank.job SET run_at = now(), lease_until = now()");
    }
    start(harness.loop, harness.pool, must_not_run, &runner);
    harness_until(&harness, is_dead, &harness);
    job_runner_destroy(&runner);
    harness_stop(&harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_poisonous_job_dies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
