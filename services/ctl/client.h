/* The API as the command line uses it: one call, its JSON answer, and a problem printed for people.
 */
#pragma once

#include "common/fetch/fetch.h"
#include "services/ctl/command.h"

struct client_call {
    const char *method;
    const char *path;
    const char *content_type; /* NULL: no body */
    const char *body;
    size_t length;
    const char *if_match;     /* an ETag; NULL: none */
    const char *accept;       /* NULL: application/json */
    fetch_progress *progress; /* NULL: none */
    const char **refusal; /* NULL, or where a problem's first fault goes: in the context's arena */
    bool idempotent; /* sends an Idempotency-Key made from the body, so that a repeat is the same
                        request */
};

/* 2xx: EXIT_DONE, and `*answer` (may be NULL for an empty body) is the caller's to json_decref.
 * Otherwise the problem is printed on stderr and the exit code returned. */
MUST_CHECK int client_do(struct context *context, const struct client_call *call, json_t **answer);
/* The same of an answer that is no JSON: its bytes, in the context's arena. */
MUST_CHECK int client_read(struct context *context, const struct client_call *call,
                           const char **bytes, size_t *length);
/* A text as a value in a path's query. */
const char *client_escape(struct arena *arena, const char *text);
/* The answer as it is, one line. */
void client_print_json(struct context *context, const json_t *answer);
