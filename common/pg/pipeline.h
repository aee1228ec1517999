/*
 * What is in flight on one connection: statements sent in pipeline mode and the answers that are
 * still to come, in order, and which statements this connection has prepared. Private to this room;
 * pure bookkeeping over a PGconn, it knows no loop and no pool.
 */
#pragma once

#include "common/pg/batch.h"

struct pg_item;
struct pg_prepared;

struct pg_pipeline {
    PGconn *handle;
    struct pg_item *items;
    size_t item_count;
    size_t item_space;
    size_t cursor; /* the item whose answer comes next */
    bool answered; /* and whether its result has been seen: NULL ends it */
    struct pg_prepared *prepared;
    size_t prepared_count;
    bool doubtful; /* the connection must not be used again */
};

void pg_pipeline_init(struct pg_pipeline *pipeline, PGconn *handle);
void pg_pipeline_deinit(struct pg_pipeline *pipeline);

/* BEGIN; set_config …; the steps; COMMIT; sync. False: libpq refused; batch->commit_sent tells
 * whether the server may have got as far as COMMIT. */
MUST_CHECK bool pg_pipeline_send_batch(struct pg_pipeline *pipeline, struct pg_batch *batch);
/* ROLLBACK if a transaction is open, in debug builds the question for a tenant, sync. `*nothing`:
 * there was no need. */
MUST_CHECK bool pg_pipeline_send_cleaning(struct pg_pipeline *pipeline, bool *nothing);

enum pg_reading {
    PG_READING_MORE,     /* the server still owes answers */
    PG_READING_COMPLETE, /* all are in */
    PG_READING_BROKEN,   /* the connection is of no use any more */
};

/* Takes every answer that has arrived; `batch` is NULL while cleaning. */
enum pg_reading pg_pipeline_read(struct pg_pipeline *pipeline, struct pg_batch *batch);
