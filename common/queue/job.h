/*
 * Jobs in PostgreSQL: a row that is claimed with FOR UPDATE SKIP LOCKED, a lease in database time
 * and a random fencing token; attempts count at the claim (a job that kills its process still
 * reaches its cap and is then `dead`). Roles meet here: whoever enqueues does so in SQL (function
 * job_enqueue) in the transaction that makes the work true.
 *
 * A runner polls at least every 5 s and is woken by NOTIFY emnebank_job. A handler finishes with
 * job_done, job_retry or job_dead exactly once; a lease that ran out makes that a no-op (the token
 * no longer matches) and is logged.
 */
#pragma once

#include "common/ev/loop.h"
#include "common/json/json.h"
#include "common/pg/pg.h"

struct job;
struct job_runner;

typedef void job_handler(struct job *job);

struct job_kind {
    const char *name; /* "rank" */
    const char *role; /* the daemon role that runs it: "front", "deliver", "ingest" */
    int64_t lease;    /* microseconds; longer than the handler's own deadlines (C4) */
    int attempts;
    job_handler *handler;
};

struct job_table {
    const struct job_kind *kinds;
    size_t count;
};

struct job_runner *job_runner_create(struct loop *loop, struct pg_pool *pg, size_t concurrency);
void job_runner_add(struct job_runner *runner, const struct job_kind *kind, void *room);
void job_runner_start(struct job_runner *runner);
void job_runner_wake(struct job_runner *runner);
/* Claims no more; `drained` runs when none is running. */
void job_runner_drain(struct job_runner *runner, loop_task *drained, void *argument);
void job_runner_destroy(struct job_runner **runner);

struct arena *job_arena(struct job *job);
const json_t *job_payload(const struct job *job);
void *job_room(const struct job *job);
struct pg_pool *job_pg(const struct job *job);
struct loop *job_loop(const struct job *job);
int64_t job_id(const struct job *job);
const char *job_token(const struct job *job); /* uuid: pass to SQL that must be fenced */

void job_done(struct job *job);
void job_retry(struct job *job, int64_t delay,
               const char *reason); /* reason: a code, no personal data */
void job_dead(struct job *job, const char *reason);
