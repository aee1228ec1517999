/*
 * A batch on its way: a copy of what the caller asked for, and what it came to. Private to this
 * room. Memory: one block, freed when `done` has run.
 */
#pragma once

#include "common/pg/internal.h"

#include <sys/queue.h>

#define PG_CONTEXT_COUNT 4

struct pg_batch {
    STAILQ_ENTRY(pg_batch) next;
    pg_done *done;
    void *argument;
    int64_t deadline; /* clock_monotonic */
    unsigned retries;
    struct loop_timer *pause; /* before a retry */
    struct pg_pool *pool;

    const char *context[PG_CONTEXT_COUNT]; /* tenant, actor, request, purpose; never NULL */
    struct pg_step *steps;
    size_t count;

    bool commit_sent; /* from here on a lost connection is uncertain */
    bool committed;   /* the server said so */
    int error;        /* the first; 0 while all is well */
    char sqlstate[6];
    PGresult *failure; /* that the server sent, or NULL */
    struct pg_result *results;
};

STAILQ_HEAD(pg_batches, pg_batch);

struct pg_batch *pg_batch_create(const struct pg_context *context, const struct pg_step *steps,
                                 size_t count, pg_done *done, void *argument);
/* Forgets what it came to, for another try. */
void pg_batch_reset(struct pg_batch *batch);
/* Only the first failure counts: what follows in the pipeline are its consequences. */
void pg_batch_fail(struct pg_batch *batch, int error);
void pg_batch_fail_with(struct pg_batch *batch, PGresult *failure); /* takes the result */
/* True for failures that left nothing behind and may go away by themselves. */
bool pg_batch_may_retry(const struct pg_batch *batch);
/* Tells the caller, then frees the batch. */
void pg_batch_finish(struct pg_batch *batch);
