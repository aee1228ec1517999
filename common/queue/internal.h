/* What a runner and its jobs know of each other; nobody else includes it. */
#pragma once

#include "common/base/arena.h"
#include "common/queue/job.h"

#include <sys/queue.h>

struct runner_kind {
    struct job_kind kind;
    void *room;
};

struct job {
    LIST_ENTRY(job) entry;
    struct job_runner *runner;
    const struct runner_kind *kind;
    struct arena *arena;
    json_t *payload;
    int64_t id;
    int64_t attempts;
    const char *token;

    /* Set when the handler has finished with it. */
    const char *outcome; /* "done", "retry", "dead"; NULL while it runs */
    const char *reason;
    int64_t wait;
    unsigned tellings; /* how often we tried to tell the database */
    struct loop_timer *again;
    bool pausing; /* before it tells again */
};

/* A job whose row was claimed; owned by the runner until job_runner_forget. */
struct job *job_create(struct job_runner *runner, const struct runner_kind *kind, int64_t id,
                       int64_t attempts, const char *token, const char *payload);
void job_destroy(struct job **job);

struct loop *job_runner_loop(const struct job_runner *runner);
struct pg_pool *job_runner_pg(const struct job_runner *runner);
/* True once the runner was destroyed: its jobs end without a word and their leases run out. */
bool job_runner_gone(const struct job_runner *runner);
/* The job's end has been told, or cannot be; `again_in` is when it is due again, or negative. */
void job_runner_forget(struct job_runner *runner, struct job *job, int64_t again_in);
