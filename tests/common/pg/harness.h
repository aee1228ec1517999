/* For the tests of common/pg: a loop, a pool, and a batch that is waited for. */
#pragma once

#include "common/pg/pg.h"
#include "common/pg/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ANSWER_SIZE 256

/* What one batch came to, copied out of the callback. */
struct answer {
    struct harness *harness;
    bool told;
    int error;
    char sqlstate[6];
    char message[ANSWER_SIZE];
    char detail[ANSWER_SIZE];
    char first[ANSWER_SIZE]; /* row 0, column 0 of the last step */
    size_t count;
};

struct harness {
    const char *conninfo;
    struct loop *loop;
    struct pg_pool *pool;
    struct session *session; /* superuser, for looking and interfering */
    size_t awaited;
};

/* Zeroed members of `options` stay the defaults, but the deadline, which then is as long as the
 * harness waits; conninfo NULL is a fresh database. */
void harness_start(struct harness *harness, const char *test_name, struct pg_options options);
void harness_stop(struct harness *harness);

/* Starts a batch; `answer` must live until it is told. */
void harness_begin(struct harness *harness, const struct pg_context *context,
                   const struct pg_step *steps, size_t count, struct answer *answer);
/* Turns the loop until everything begun has been told; fails the test after two minutes. */
void harness_await(struct harness *harness);
/* Turns the loop until `condition` is true. */
void harness_until(struct harness *harness, bool (*condition)(void *), void *argument);

/* One statement without parameters, from start to answer. */
struct answer harness_run(struct harness *harness, const struct sql_statement *statement);
/* The first column of the first row, asked blocking as superuser. */
int64_t harness_look(struct harness *harness, const char *query);
void harness_do(struct harness *harness, const char *script);
