/*
 * The API's habits, over common/http: routes with scopes, strict JSON in, problem+json (RFC 9457)
 * out, ETag and If-Match (RFC 9110), Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header-06), signed cursors, one SQL batch per call. A room
 * exports one `struct rest_table`; the composition root adds them to a router with the room's
 * state.
 *
 * Life of a call: the router matches, authenticates, checks scope, reads the body, then runs the
 * handler on the loop's thread. The handler answers now, or calls rest_batch and answers in its
 * callback. Exactly one answer per call; the call and everything in its arena end with it.
 */
#pragma once

#include "common/crypto/crypto.h"
#include "common/http/http.h"
#include "common/json/json.h"
#include "common/obs/metric.h"
#include "common/pg/pg.h"

struct lobby;
struct rest_call;
struct rest_router;

typedef void rest_handler(struct rest_call *call);

enum rest_flag {
    REST_PUBLIC = 1,     /* no key needed */
    REST_JSON = 2,       /* the body must be application/json and parse (415, 400) */
    REST_IDEMPOTENT = 4, /* Idempotency-Key required (400 when missing) */
    REST_IF_MATCH = 8,   /* If-Match required (428 when missing) */
    REST_IMPORT = 16,    /* a body of up to 64 MiB, read by the handler */
    REST_CSV = 32,       /* answers text/csv too, to those who ask for it (rest_wants_csv) */
    REST_HTML = 64,      /* answers text/html too, to those who ask for it (rest_wants_html) */
    REST_PDF = 128,      /* answers application/pdf too, to those who ask for it (rest_wants_pdf) */
};

struct rest_route {
    enum http_method method; /* GET answers HEAD too */
    const char *pattern;     /* "/v1/candidates/{municipality}/{external_ref}" */
    const char *scope;       /* from proto/scopes.md; NULL with REST_PUBLIC */
    unsigned flags;
    const char *purpose; /* default of app.purpose, Danish: what the data is used for */
    rest_handler *handler;
};

struct rest_table {
    const struct rest_route *routes;
    size_t count;
};

/* Who calls. From the API key; see services/access. */
struct rest_principal {
    char organisation[37];      /* uuid */
    char organisation_kind[16]; /* "municipality", "team", "employer" */
    char municipality[5];       /* "0751" or "" */
    char key[37];               /* uuid of the key */
    char person[128];           /* the named person who holds the key, or "" for a machine's */
    char scopes[512];           /* space-separated */
};

/* Finds the principal for an Authorization header's value (may be NULL) and calls `done` once,
 * later or at once: error 0, ERROR_DENIED (401), or ERROR_UNAVAILABLE (503). */
typedef void rest_authenticated(int error, const struct rest_principal *principal, void *argument);
typedef void rest_authenticate(struct pg_pool *pg, const char *authorization, void *state,
                               rest_authenticated *done, void *argument);

struct rest_options {
    struct loop *loop;
    struct pg_pool *pg; /* as the role `emnebank_front` */
    rest_authenticate *authenticate;
    void *authenticate_state;
    struct crypto_key cursor_key;
    struct lobby *lobby; /* for calls that wait (common/rest/lobby.h); NULL: none does */
    struct http_options http;
};

struct rest_router *rest_router_create(const struct rest_options *options);
void rest_router_add(struct rest_router *router, const struct rest_table *table, void *room);
struct http_server *rest_router_server(struct rest_router *router);
void rest_router_destroy(struct rest_router **router);

/* --- what a handler sees --- */
struct arena *rest_arena(struct rest_call *call);
void *rest_room(struct rest_call *call);
struct loop *rest_loop(struct rest_call *call);
const struct rest_principal *rest_principal(const struct rest_call *call);
struct http_request *rest_http(struct rest_call *call);
/* A path parameter, percent-decoded, valid UTF-8, non-empty. */
const char *rest_parameter(struct rest_call *call, const char *name);
/* The path parameter `id`; NULL, and a 404 with the text `missing` sent, when it is no UUID:
 * nothing has such an id. */
const char *rest_path_id(struct rest_call *call, const char *missing);
/* A query parameter, decoded, or NULL. A repeated or unknown one was answered with 400 by
 * rest_query_only. */
const char *rest_query(struct rest_call *call, const char *name);
/* Answers 400 and returns false when the query has names not in the list (NULL-terminated) or one
 * twice. */
bool rest_query_only(struct rest_call *call, const char *const *names);
/* limit=1..200, default 50; 0 and an answer sent when wrong. */
size_t rest_limit(struct rest_call *call);
/* With REST_JSON: the parsed body (an object). */
const json_t *rest_body(struct rest_call *call);
/* The version in If-Match: "v7" → 7. -1 for anything else (which never matches: 412). `*` → 0, and
 * so is none where REST_IF_MATCH does not demand one. */
int64_t rest_if_match(const struct rest_call *call);
/* The same as a parameter of a statement; in the call's arena. */
struct pg_parameter rest_version_seen(struct rest_call *call);
const char *rest_idempotency_key(const struct rest_call *call);
/* SHA-256 (hex) over method, path and the canonical body. */
const char *rest_fingerprint(struct rest_call *call);
/* Whether Accept prefers text/csv to application/json, and to whatever else the route answers;
 * false without one. For REST_CSV. */
bool rest_wants_csv(const struct rest_call *call);
/* The same of text/html. For REST_HTML. */
bool rest_wants_html(const struct rest_call *call);
/* The same of application/pdf. For REST_PDF. */
bool rest_wants_pdf(const struct rest_call *call);
/* The body of a page's form (application/x-www-form-urlencoded), for routes that answer a page
 * whatever came: false when it is of another type, broken, above HTTP_BODY_CAP, or names a field
 * twice. Then rest_form_field has nothing. */
bool rest_form_read(struct rest_call *call);
/* A field, decoded: UTF-8 without control characters. NULL when there is none. */
const char *rest_form_field(struct rest_call *call, const char *name);
/* A value any handler hangs on its call for its callbacks. */
void rest_set_state(struct rest_call *call, void *state);
void *rest_state(struct rest_call *call);

/* --- cursors: opaque, MACed, bound to caller and route (A6) --- */
const char *rest_cursor_write(struct rest_call *call, const char *position);
/* The position inside ?cursor=, "" when absent; NULL and a 400 sent when forged or foreign. */
const char *rest_cursor_read(struct rest_call *call);

/* --- waiting (common/rest/lobby.h) --- */
/* Reads wait=0..30 (seconds, 0 when absent); false and an answer sent when wrong. */
bool rest_wait(struct rest_call *call);
/* Where the caller's feed has nothing after `position`: true, and later, on the loop, exactly one
 * of the two runs: `news` when there is something, which may linger again; `over` when the time is
 * over, the daemon stops or the client has left, which answers as if nobody had waited. False, and
 * nothing happens: the call did not ask to wait, has waited, or too many wait already. */
bool rest_linger(struct rest_call *call, const char *position, rest_handler *news,
                 rest_handler *over);

/* --- the database --- */
typedef void rest_rows(struct rest_call *call, const struct pg_outcome *outcome);
/* Runs a batch as the caller (tenant, key, request id, purpose) and calls `rows` when it succeeded;
 * any error is answered by the router as a problem (EB errors by their message and detail, the rest
 * as 500 or 503). */
void rest_batch(struct rest_call *call, const struct pg_step *steps, size_t count, rest_rows *rows);
/* The same, for calls that need to see errors themselves. */
void rest_batch_raw(struct rest_call *call, const struct pg_step *steps, size_t count,
                    rest_rows *rows);
/* Most calls: one statement whose one row is the answer (rest_reply_row). */
void rest_run(struct rest_call *call, const struct sql_statement *statement,
              const struct pg_parameter *parameters, size_t count);
/* Answers as rest_batch would for this failed outcome. */
void rest_failed(struct rest_call *call, const struct pg_outcome *outcome);

/* --- answers --- */
/* Most operations are one SQL function returning (status int, body text, etag bigint or NULL,
 * location text or NULL, replayed bool): this answers with its one row. Body text NULL with 404 is
 * refused as a fault of ours. */
void rest_reply_row(struct rest_call *call, const struct pg_outcome *outcome, size_t step);
void rest_header(struct rest_call *call, const char *name, const char *value);
void rest_etag(struct rest_call *call, int64_t version);    /* ETag: "v7" */
void rest_next(struct rest_call *call, const char *cursor); /* Link: <…>; rel="next" */
void rest_reply(struct rest_call *call, int status, const json_t *body); /* steals nothing */
void rest_reply_text(struct rest_call *call, int status, const char *content_type, const char *body,
                     size_t length);
/* The same of a large answer, without a copy: the bytes are taken out of `body` (common/http). */
void rest_reply_buffer(struct rest_call *call, int status, const char *content_type,
                       struct buffer *body);
/* 200 with a table (common/base/sheet.h) that a browser stores as the file `name`, which is of
 * letters, digits, - and dots. Takes the bytes out of `body`, as rest_reply_buffer. */
void rest_reply_csv(struct rest_call *call, const char *name, struct buffer *body);
/* `type` is a slug from common/rest/problem.h's table, which holds status, Danish and English
 * titles. */
void rest_problem(struct rest_call *call, const char *type, const char *detail);
/* 422 invalid-body with every error of the check and what one statement finds besides (one row:
 * [{"pointer", "code", "detail"}] as text), so that all is named at once. `check` is in the call's
 * arena and becomes its state. */
void rest_problem_faults(struct rest_call *call, struct json_check *check,
                         const struct sql_statement *statement,
                         const struct pg_parameter *parameters, size_t count);
/* 422 invalid-body with every error of the check. */
void rest_problem_check(struct rest_call *call, const struct json_check *check);

/* Requests by class of status, their time, and how many are open; for /metrics. */
extern struct metric *const rest_metrics[];
extern const size_t rest_metrics_count;
