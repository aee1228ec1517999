#include "services/daemon/ranking.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/queue/job.h"
#include "services/daemon/database.h"
#include "services/match/match.h"
#include "services/orders/watch.h"

#define RANKING_CONCURRENCY 4

struct ranking {
    const struct conf *conf;
    struct thread *thread;
    struct pg_pool *pg;
    struct pg_listener *listener;
    struct match *match;
    struct job_runner *runner;
    struct watch *watch;
};

static void woken(const char *channel, const char *payload, void *argument)
{
    struct ranking *ranking = argument;

    (void)payload;
    /* A job that needs a newer pool asks for it itself. */
    if (str_equal(channel, "emnebank_job"))
        job_runner_wake(ranking->runner);
    else if (str_equal(channel, "emnebank_order"))
        watch_wake(ranking->watch);
    else
        match_wake(ranking->match);
}

static int start(struct loop *loop, void *state, struct error_detail *detail)
{
    static const char *const channels[] = {"emnebank_job", "emnebank_pool", "emnebank_order"};
    struct ranking *ranking = state;
    const struct pg_options options = database_options(ranking->conf, "emnebank_match");
    const struct match_options match = {
        .loop = loop,
        .pg = options,
        .threads = (size_t)conf_integer(ranking->conf, "match", "threads"),
        .what_if_step = (size_t)conf_integer(ranking->conf, "match", "what_if_step"),
        .ruleset = (int)conf_integer(ranking->conf, "match", "ruleset"),
        .memory_limit = (size_t)conf_integer(ranking->conf, "match", "memory_limit") << 20,
        .snapshot_file = conf_text(ranking->conf, "match", "snapshot_file")};

    (void)detail;
    ranking->pg = pg_pool_create(loop, &options);
    ranking->match = match_create(&match);
    ranking->runner = job_runner_create(loop, ranking->pg, RANKING_CONCURRENCY);
    for (size_t i = 0; i < match_jobs.count; i++)
        job_runner_add(ranking->runner, &match_jobs.kinds[i], ranking->match);
    ranking->watch = watch_create(loop, ranking->pg, ranking->conf);
    ranking->listener = pg_listener_create(loop, &options, channels, 3, woken, ranking);
    job_runner_start(ranking->runner);
    watch_start(ranking->watch);
    return 0;
}

static void drained(void *argument)
{
    struct ranking *ranking = argument;

    thread_finished(ranking->thread);
}

static void drain(void *state)
{
    struct ranking *ranking = state;

    pg_listener_destroy(&ranking->listener);
    watch_destroy(&ranking->watch);
    job_runner_drain(ranking->runner, drained, ranking);
}

static void stop(void *state)
{
    struct ranking *ranking = state;

    pg_listener_destroy(&ranking->listener);
    watch_destroy(&ranking->watch);
    match_destroy(&ranking->match);
    job_runner_destroy(&ranking->runner);
    pg_pool_destroy(&ranking->pg);
}

static const struct thread_tasks tasks = {.start = start, .drain = drain, .stop = stop};

int ranking_start(const struct conf *conf, struct ranking **ranking, struct error_detail *detail)
{
    struct ranking *made = mem_zalloc(sizeof *made);

    made->conf = conf;
    const int error = thread_start("ranking", &tasks, made, &made->thread, detail);
    if (error != 0) {
        mem_free(made);
        return error;
    }
    *ranking = made;
    return 0;
}

struct match *ranking_match(struct ranking *ranking)
{
    return ranking->match;
}

void ranking_drain(struct ranking *ranking)
{
    thread_drain(ranking->thread);
}

void ranking_join(struct ranking **ranking, int64_t deadline)
{
    if (*ranking == NULL)
        return;
    thread_join(&(*ranking)->thread, deadline);
    mem_free(*ranking);
    *ranking = NULL;
}
