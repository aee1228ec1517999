/*
 * One connection of a pool: it runs one batch at a time as one pipeline and keeps the statements
 * that it has prepared. Private to this room.
 *
 *     CONNECTING → IDLE → RUNNING → CLEANING → IDLE; from anywhere: lost, and then it is gone
 */
#pragma once

#include "common/pg/batch.h"

struct pg_connection;

/* What it tells its pool. */
struct pg_connection_owner {
    void (*usable)(void *pool, struct pg_connection *connection); /* IDLE was reached */
    void (*concluded)(void *pool, struct pg_batch *batch); /* the batch is the pool's again */
    /* It cannot be used any more: the pool destroys it. `before_use`: it never came to IDLE. */
    void (*lost)(void *pool, struct pg_connection *connection, bool before_use);
};

struct pg_connection *pg_connection_create(struct loop *loop, const char *conninfo,
                                           const char *user, size_t attempt,
                                           const struct pg_connection_owner *calls, void *pool);
/* A batch that runs is handed back first, with what is known of it. */
void pg_connection_destroy(struct pg_connection **connection);

bool pg_connection_idle(const struct pg_connection *connection);
bool pg_connection_connecting(const struct pg_connection *connection);
/* False: the connection is dead and took nothing; destroy it. */
MUST_CHECK bool pg_connection_run(struct pg_connection *connection, struct pg_batch *batch);
