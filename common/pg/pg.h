/*
 * PostgreSQL over asynchronous libpq in pipeline mode, the only place that includes it. A pool
 * belongs to one loop and one thread. The unit of work is a *batch*: one transaction of a few
 * statements that travels as one pipeline,
 *
 *     BEGIN; set_config(app.tenant …, true); your statements; COMMIT
 *
 * so a request costs one round trip and no transaction is ever open while anything else is waited
 * for. Decisions between statements belong in a function in sql/ (DESIGN 4). Serialization failures
 * and deadlocks (40001, 40P01) are retried with jitter, at most three times; the whole batch is
 * copied, so the caller's memory may go.
 *
 * Errors are sorted by what a caller can do: ERROR_UNAVAILABLE (no connection, queue full: nothing
 * happened), ERROR_TIMEOUT (deadline passed; connection closed; before COMMIT was sent nothing
 * happened), ERROR_UNCERTAIN (lost after COMMIT was sent), and errors of the statement: a SQLSTATE
 * of class EB that our functions raise is mapped to ERROR_NOT_FOUND (EB404), ERROR_DENIED (EB403),
 * ERROR_CONFLICT (EB409, EB412), ERROR_INVALID (EB400, EB422, EB428, and classes 22 and 23), else
 * ERROR_INTERNAL.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/ev/loop.h"
#include "common/pg/statement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg_pool;

struct pg_options {
    const char
        *conninfo;      /* libpq's, multi-host allowed; target_session_attrs=read-write is added */
    const char *user;   /* the role to connect as; NULL: as conninfo says */
    size_t connections; /* cap, opened as needed; default 4 */
    size_t queue;       /* batches that may wait; default 256; beyond: ERROR_UNAVAILABLE at once */
    int64_t deadline;   /* microseconds for a batch, waiting included; default 10 s */
};

struct pg_pool *pg_pool_create(struct loop *loop, const struct pg_options *options);
/* Waiting batches fail with ERROR_UNAVAILABLE; `done`s run before it returns. */
void pg_pool_destroy(struct pg_pool **pool);

/* Who acts, set with set_config(…, true) inside the transaction; nothing set, nothing seen. NULLs
 * become ''. */
struct pg_context {
    const char *tenant;  /* app.tenant: organisation id (uuid text) */
    const char *actor;   /* app.actor: key id */
    const char *request; /* app.request: request id */
    const char *purpose; /* app.purpose */
};

struct pg_parameter {
    const char *value; /* NULL is SQL NULL */
    int length;        /* of binary values */
    bool binary;       /* bytea */
};

#define PG_TEXT(value_) ((struct pg_parameter){.value = (value_)})
#define PG_BYTES(value_, length_)                                                                  \
    ((struct pg_parameter){                                                                        \
        .value = (const char *)(value_), .length = (int)(length_), .binary = true})
#define PG_NULL ((struct pg_parameter){.value = NULL})

/* A text[] of `count` lines, in the binary form, which the server copies where it would read every
 * byte of an array's text. No line break stands within a line; without lines the array is empty.
 * Lives in the arena. */
struct pg_parameter pg_lines(struct arena *arena, const char *lines, size_t length, size_t count);

struct pg_step {
    const struct sql_statement *statement;
    const struct pg_parameter *parameters;
    size_t count;
};

/* What a batch came to. Valid during the `done` callback only. */
struct pg_outcome {
    int error;           /* 0 or as above */
    char sqlstate[6];    /* "" when the server said nothing */
    const char *message; /* of an EB error: the problem type's slug, such as "candidate-not-found";
                            else private */
    const char *detail;  /* of an EB error: public JSON or text, may be NULL; else private */
    const struct pg_result *results; /* one per step, in order */
    size_t count;
};

typedef void pg_done(const struct pg_outcome *outcome, void *argument);

/* `done` runs exactly once, later, on the pool's loop, never from within this call. */
void pg_run(struct pg_pool *pool, const struct pg_context *context, const struct pg_step *steps,
            size_t count, pg_done *done, void *argument);

/* Results. Columns count from 0. All values arrive as text, bytea as pg_bytes. */
struct pg_result;
const struct pg_result *pg_outcome_result(const struct pg_outcome *outcome, size_t step);
size_t pg_rows(const struct pg_result *result);
bool pg_is_null(const struct pg_result *result, size_t row, size_t column);
const char *pg_text(const struct pg_result *result, size_t row, size_t column); /* "" for NULL */
int64_t pg_int64(const struct pg_result *result, size_t row, size_t column);    /* 0 for NULL */
bool pg_bool(const struct pg_result *result, size_t row, size_t column);
/* A bytea decoded into the arena. NULL for NULL. */
uint8_t *pg_bytes(struct arena *arena, const struct pg_result *result, size_t row, size_t column,
                  size_t *length);

/* LISTEN on a connection of its own; NOTIFY is a hint only (C7): `woken` also runs after every
 * reconnect, and callers poll at least every 5 s regardless. */
struct pg_listener;
typedef void pg_woken(const char *channel, const char *payload, void *argument);
struct pg_listener *pg_listener_create(struct loop *loop, const struct pg_options *options,
                                       const char *const *channels, size_t count, pg_woken *woken,
                                       void *argument);
void pg_listener_destroy(struct pg_listener **listener);
