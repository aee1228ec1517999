/*
 * The HTTP/1.1 server: evhttp behind a guard that refuses what evhttp lets through (RFC 9112; the
 * attack table is a test, tests/common/http). One server per loop; several servers share one
 * listening socket. Caps: connections per server and per address, head 16 KiB (431), target 4 KiB
 * (414), body 256 KiB (413) or what the route allows, head within 10 s and whole request within 30
 * s (a total deadline, not inactivity). Refusals are problem+json and close the connection.
 *
 * A request is held until it is answered: http_request stays valid until http_respond, even when
 * the client has gone (then the answer goes nowhere). Bodies above 256 KiB never stand in memory
 * whole: they are spooled to an unlinked file and read with http_request_read.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/ev/loop.h"
#include "common/obs/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_BODY_CAP ((size_t)262144)
#define HTTP_IMPORT_CAP ((size_t)67108864)

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct http_server;
struct http_request;

typedef void http_handler(struct http_request *request, void *argument);
/* How large a body this request may have, asked when its head is in: HTTP_BODY_CAP, HTTP_IMPORT_CAP
 * or less. */
typedef size_t http_body_cap(enum http_method method, const char *path, void *argument);

struct http_options {
    size_t connections; /* per server; default 512; beyond: not accepted until one leaves */
    size_t connections_per_address; /* default 64; 0: no cap */
    int64_t head_deadline;          /* default 10 s */
    int64_t request_deadline;       /* default 30 s; 10 min where the body cap is HTTP_IMPORT_CAP */
    const char *spool_folder;       /* default /tmp */
    size_t spool_bytes; /* in its files at once, per server; default 256 MiB; beyond: 503 */
};

/* A listening socket on "host:port" (port 0: any free one) or "unix:/path"; non-blocking,
 * close-on-exec. */
MUST_CHECK int http_listen(const char *address, int *socket, struct error_detail *detail);
/* "127.0.0.1:43211" of a listening socket. */
MUST_CHECK int http_address(int socket, char *text, size_t size);

struct http_server *http_server_create(struct loop *loop, const struct http_options *options,
                                       http_handler *handler, http_body_cap *body_cap,
                                       void *argument);
/* Takes its own duplicate of the socket. */
MUST_CHECK int http_server_accept(struct http_server *server, int socket);
/* Stops accepting, answers with Connection: close from here on; `drained` runs when no request is
 * in flight. */
void http_server_drain(struct http_server *server, loop_task *drained, void *argument);
void http_server_destroy(struct http_server **server);

enum http_method http_request_method(const struct http_request *request);
const char *http_request_method_text(const struct http_request *request);
const char *
http_request_path(const struct http_request *request); /* as sent, without the query; not decoded */
const char *http_request_query(const struct http_request *request); /* "" when none */
const char *http_request_header(const struct http_request *request,
                                const char *name);              /* NULL when absent */
struct arena *http_request_arena(struct http_request *request); /* lives until the answer is sent */
size_t http_request_length(const struct http_request *request);
/* The whole body, in the request's arena, NUL-terminated; NULL when it is longer than
 * HTTP_BODY_CAP. */
const char *http_request_body(struct http_request *request);
/* The next bytes of the body; 0 at its end; negative error. */
ssize_t http_request_read(struct http_request *request, void *bytes, size_t size);
/* While the handler keeps the request waiting nothing is read, so a client that left is not seen.
 * With this, `gone` runs once when it has left or closed its half; the request must be answered all
 * the same, and whoever closed only its half gets that. Not after http_respond, and not for a
 * client that has sent more on this connection: that can wait, too. Once per request. */
void http_request_watch(struct http_request *request, loop_task *gone, void *argument);

/* Headers of the answer; set before http_respond. Content-Type and Content-Length are set from what
 * is given. */
void http_respond_header(struct http_request *request, const char *name, const char *value);
void http_respond(struct http_request *request, int status, const char *content_type,
                  const void *body, size_t length);
/* The same without a copy: takes the bytes of `body`, which is empty after it and stands in other
 * memory, as large as an earlier answer's where there is such. The caller's own, as before: it
 * writes its next answer into it, or calls buffer_deinit. For what is larger than a few kB. */
void http_respond_buffer(struct http_request *request, int status, const char *content_type,
                         struct buffer *body);

/* Connections and refusals, for /metrics. */
extern struct metric *const http_metrics[];
extern const size_t http_metrics_count;
