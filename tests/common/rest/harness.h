/*
 * A router on a loop of its own thread, behind a real socket, with keys that are easy to read:
 * "Bearer team" (scopes read and write), "Bearer other" (another organisation, the same scopes),
 * "Bearer reader" (scope read), "Bearer late" (as team, but found later), "Bearer away" (nobody
 * can say). All others are denied.
 */
#pragma once

#include "common/rest/rest.h"
#include "tests/common/http/fixture.h"

#define HARNESS_TEAM "11111111-1111-4111-8111-111111111111"
#define HARNESS_OTHER "22222222-2222-4222-8222-222222222222"
#define HARNESS_KEY "33333333-3333-4333-8333-333333333333"

struct harness {
    struct fixture net; /* only its socket is used */
    struct loop *loop;
    struct pg_pool *pg;
    struct rest_router *router;
    pthread_t thread;
};

/* `conninfo` NULL: no database. */
void harness_start(struct harness *harness, const struct rest_table *table, void *room,
                   const char *conninfo);
void harness_stop(struct harness *harness);

/* Sends a whole request with Connection: close and returns the answer, until the next call. `head`
 * are more header lines, each with its CRLF; `body` NULL for none. */
const char *harness_ask(struct harness *harness, const char *method, const char *target,
                        const char *head, const char *body);
/* As harness_ask with "Bearer team". */
const char *harness_ask_team(struct harness *harness, const char *method, const char *target,
                             const char *head, const char *body);
void assert_status(const char *answer, int status);
/* Status, problem+json and type; every member that a problem owes. Returns the body. */
const char *assert_problem(const char *answer, int status, const char *slug);
/* The header's value, in a static buffer; NULL when absent. */
const char *header_of(const char *answer, const char *name);
const char *body_of(const char *answer);
