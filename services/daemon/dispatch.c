#include "services/daemon/dispatch.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/queue/job.h"
#include "services/daemon/database.h"
#include "services/deliver/deliver.h"

#define JOBS_AT_A_TIME 1 /* mails: rare, and each takes a worker's thread */

struct dispatch {
    const struct conf *conf;
    const struct keyring *keyring;
    struct thread *thread;
    struct pg_pool *pg;
    struct pg_listener *listener;
    struct deliver *deliver;
    struct sender *sender;
    struct job_runner *runner;
    size_t draining; /* parts that have something under way */
};

/* Most jobs are of others. */
static bool is_ours(const char *kind)
{
    for (size_t i = 0; i < deliver_jobs.count; i++) {
        if (str_equal(deliver_jobs.kinds[i].name, kind))
            return true;
    }
    return false;
}

static void woken(const char *channel, const char *payload, void *argument)
{
    struct dispatch *dispatch = argument;

    if (str_equal(channel, "emnebank_delivery"))
        sender_wake(dispatch->sender);
    else if (str_equal(channel, "emnebank_withdrawn"))
        sender_withdraw(dispatch->sender, payload);
    else if (is_ours(payload))
        job_runner_wake(dispatch->runner);
}

static int start(struct loop *loop, void *state, struct error_detail *detail)
{
    static const char *const channels[] = {"emnebank_delivery", "emnebank_withdrawn",
                                           "emnebank_job"};
    struct dispatch *dispatch = state;
    const struct pg_options options = database_options(dispatch->conf, "emnebank_deliver");

    (void)detail;
    dispatch->pg = pg_pool_create(loop, &options);
    dispatch->deliver = deliver_create(dispatch->conf, dispatch->keyring);
    dispatch->sender = sender_create(loop, dispatch->pg, dispatch->deliver);
    dispatch->runner = job_runner_create(loop, dispatch->pg, JOBS_AT_A_TIME);
    for (size_t i = 0; i < deliver_jobs.count; i++)
        job_runner_add(dispatch->runner, &deliver_jobs.kinds[i], dispatch->deliver);
    dispatch->listener = pg_listener_create(loop, &options, channels, 3, woken, dispatch);
    sender_start(dispatch->sender);
    job_runner_start(dispatch->runner);
    return 0;
}

static void drained(void *argument)
{
    struct dispatch *dispatch = argument;

    if (--dispatch->draining == 0)
        thread_finished(dispatch->thread);
}

static void drain(void *state)
{
    struct dispatch *dispatch = state;

    pg_listener_destroy(&dispatch->listener);
    dispatch->draining = 2;
    sender_drain(dispatch->sender, drained, dispatch);
    job_runner_drain(dispatch->runner, drained, dispatch);
}

static void stop(void *state)
{
    struct dispatch *dispatch = state;

    pg_listener_destroy(&dispatch->listener);
    sender_destroy(&dispatch->sender);
    deliver_destroy(&dispatch->deliver); /* ends its workers, which hold jobs of the runner */
    job_runner_destroy(&dispatch->runner);
    pg_pool_destroy(&dispatch->pg);
}

static const struct thread_tasks tasks = {.start = start, .drain = drain, .stop = stop};

int dispatch_start(const struct conf *conf, const struct keyring *keyring,
                   struct dispatch **dispatch, struct error_detail *detail)
{
    struct dispatch *made = mem_zalloc(sizeof *made);

    made->conf = conf;
    made->keyring = keyring;
    const int error = thread_start("deliver", &tasks, made, &made->thread, detail);
    if (error != 0) {
        mem_free(made);
        return error;
    }
    *dispatch = made;
    return 0;
}

void dispatch_drain(struct dispatch *dispatch)
{
    thread_drain(dispatch->thread);
}

void dispatch_join(struct dispatch **dispatch, int64_t deadline)
{
    if (*dispatch == NULL)
        return;
    thread_join(&(*dispatch)->thread, deadline);
    mem_free(*dispatch);
    *dispatch = NULL;
}
