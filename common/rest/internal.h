/* Between the files of common/rest: the router, and what a call holds. */
#pragma once

#include "common/rest/problem.h"
#include "common/rest/rest.h"

#define REST_PARAMETERS 8
#define REST_QUERIES 32
#define REST_ANSWER_CAP ((size_t)67108864)
#define REST_PROBLEM_CAP ((size_t)262144)
#define REST_ID_SIZE 65
#define REST_TRACE_SIZE 33

enum rest_language { REST_DANISH, REST_ENGLISH };

struct rest_pair {
    const char *name;
    const char *value;
};

struct rest_entry {
    const struct rest_route *route;
    void *room;
};

struct rest_router {
    struct rest_options options;
    struct http_server *server;
    struct rest_entry *entries;
    size_t count;
    size_t references; /* the owner's and one per call */
};

struct rest_call {
    struct rest_router *router;
    const struct rest_route *route; /* NULL until matched */
    void *room;
    struct http_request *http;
    struct arena *arena;
    int64_t begun;
    char id[REST_ID_SIZE];
    char trace[REST_TRACE_SIZE];
    enum rest_language language;
    struct rest_pair parameters[REST_PARAMETERS];
    size_t parameter_count;
    struct rest_pair query[REST_QUERIES];
    size_t query_count;
    struct rest_pair *form; /* rest_form_read's */
    size_t form_count;
    bool known; /* `principal` is filled */
    struct rest_principal principal;
    const char *purpose;
    const char *idempotency_key;
    int64_t if_match;
    int64_t etag;       /* -1: none */
    const json_t *body; /* in the arena */
    rest_rows *rows;
    bool raw; /* `rows` sees errors too */
    void *state;
    struct seat *seat;  /* in the lobby; NULL: does not wait */
    int64_t wait_until; /* monotonic */
    int64_t waited;     /* in the lobby, all in all */
    bool watched;       /* whether the client is still there */
    bool unheard;       /* it is not */
};

/* match.c: "/v1/job-orders/{id}" against a path as sent. True when it fits. */
bool match_pattern(const char *pattern, const char *path);
/* Which of two patterns that fit the same path is the closer one: > 0 when `left`. */
int match_compare(const char *left, const char *right);
/* The parameters of a pattern that fits, decoded; false when one is empty or not UTF-8. */
bool match_parameters(struct arena *arena, const char *pattern, const char *path,
                      struct rest_pair *pairs, size_t *count);
/* Percent-decoding, and + as space where `form`. NULL unless the result is UTF-8 without control
 * characters. */
char *match_decode(struct arena *arena, const char *text, size_t length, bool form);
/* The query's pairs, decoded; false when it is broken or has too many. */
bool match_query(struct arena *arena, const char *query, struct rest_pair *pairs, size_t *count);

/* accept.c: pure readings of request headers. */
/* The quality, 0-1000, that an Accept header gives a media type; 1000 for NULL. */
int accept_quality(const char *accept, const char *type);
enum rest_language accept_language(const char *header);
/* True for "application/json", with parameters or not. */
bool accept_is_json(const char *content_type);
/* The same of "application/x-www-form-urlencoded". */
bool accept_is_form(const char *content_type);
/* RFC 8941 string in quotes, or a bare token: 1-255 visible characters. NULL when malformed. */
const char *accept_idempotency_key(struct arena *arena, const char *header);
/* "v7" in quotes → 7, * → 0, anything else → -1. */
int64_t accept_if_match(const char *header);
/* Is "vN" in an If-None-Match list, or is it "*"? */
bool accept_if_none_match(const char *header, int64_t version);
/* The trace id of a W3C traceparent; false when there is none that is valid. */
bool accept_trace(const char *header, char trace[REST_TRACE_SIZE]);
bool accept_request_id(const char *header);

/* check.c: what must hold before a handler runs. Answers a problem and returns false. */
bool check_before_key(struct rest_call *call);
bool check_after_key(struct rest_call *call);

/* answer.c: what routes may answer beside JSON, the first of equals first; ends with a NULL. */
struct answer_media {
    unsigned flag;
    const char *type;
};
extern const struct answer_media answer_media[];

/* answer.c: sends and ends the call. */
void answer_send(struct rest_call *call, int status, const char *content_type, const void *body,
                 size_t length);

/* page.c */
extern const struct rest_table page_routes;

/* call.c */
void call_end(struct rest_call *call);

/* router.c */
void router_hold(struct rest_router *router);
void router_release(struct rest_router *router);
void router_count(int status, int64_t duration);
