/* One request: its head in an arena, its body in memory or in an unlinked file, its answer. */
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/http/internal.h"
#include "common/obs/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char *part(struct arena *arena, const char *head, struct guard_span span)
{
    return arena_strndup(arena, head + span.at, span.length);
}

struct http_request *request_create(const struct guard *guard, const char *head)
{
    struct http_request *request = mem_zalloc(sizeof *request);
    struct arena *arena = arena_create(0);
    request->arena = arena;
    request->spool = -1;
    request->method = guard->method;
    request->method_text = part(arena, head, guard->method_text);
    char *target = part(arena, head, guard->target);
    char *mark = strchr(target, '?');
    request->path = target;
    request->query = "";
    if (mark != NULL) {
        *mark = '\0';
        request->query = mark + 1;
    }
    request->fields = arena_array(arena, guard->count, sizeof *request->fields);
    request->field_count = guard->count;
    for (size_t i = 0; i < guard->count; i++) {
        request->fields[i].name = part(arena, head, guard->field[i].name);
        request->fields[i].value = part(arena, head, guard->field[i].value);
    }
    request->keep_alive = guard->keep_alive;
    request->length = (size_t)guard->content_length;
    return request;
}

void request_destroy(struct http_request **request)
{
    struct http_request *gone = *request;
    if (gone == NULL)
        return;
    *request = NULL;
    request_unwatch(gone);
    if (gone->spool >= 0)
        close(gone->spool);
    if (gone->spooled != NULL)
        *gone->spooled -= gone->length;
    arena_destroy(&gone->arena);
    mem_free(gone);
}

/* --- the body comes in --- */

bool request_reserve(struct http_request *request, struct http_server *server)
{
    if (request->length <= HTTP_BODY_CAP)
        return true;
    if (request->length > server->options.spool_bytes - server->spooled)
        return false;
    server->spooled += request->length;
    request->spooled = &server->spooled;
    return true;
}

/* A file without a name: it is gone with its descriptor, also after a crash. */
static int spool_open(const char *folder)
{
    const int spool = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return spool;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/emnebank-XXXXXX", folder) >= (int)sizeof path)
        return -1;
    const int named = mkostemp(path, O_CLOEXEC);
    if (named >= 0)
        unlink(path);
    return named;
}

static int spool_fill(struct http_request *request, struct evbuffer *hold, const char *folder)
{
    if (request->spool < 0)
        request->spool = spool_open(folder);
    if (request->spool < 0)
        return ERROR_IO;
    while (request->filled < request->length && evbuffer_get_length(hold) > 0) {
        const size_t rest = request->length - request->filled;
        const size_t have = evbuffer_get_length(hold);
        const int wrote =
            evbuffer_write_atmost(hold, request->spool, (ev_ssize_t)(have < rest ? have : rest));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return ERROR_IO;
        request->filled += (size_t)wrote;
    }
    return 0;
}

int request_fill(struct http_request *request, struct evbuffer *hold, const char *spool_folder)
{
    if (request->length > HTTP_BODY_CAP)
        return spool_fill(request, hold, spool_folder);
    if (request->bytes == NULL && evbuffer_get_length(hold) >= request->length) {
        request->bytes = arena_alloc(request->arena, request->length + 1);
        evbuffer_remove(hold, request->bytes, request->length);
        request->filled = request->length;
    }
    return 0;
}

/* --- what a handler sees --- */

enum http_method http_request_method(const struct http_request *request)
{
    return request->method;
}

const char *http_request_method_text(const struct http_request *request)
{
    return request->method_text;
}

const char *http_request_path(const struct http_request *request)
{
    return request->path;
}

const char *http_request_query(const struct http_request *request)
{
    return request->query;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++)
        if (strcasecmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    return NULL;
}

struct arena *http_request_arena(struct http_request *request)
{
    return request->arena;
}

size_t http_request_length(const struct http_request *request)
{
    return request->length;
}

const char *http_request_body(struct http_request *request)
{
    return request->bytes;
}

ssize_t http_request_read(struct http_request *request, void *bytes, size_t size)
{
    const size_t rest = request->length - request->at;
    const size_t wanted = size < rest ? size : rest;
    if (wanted == 0)
        return 0;
    if (request->spool < 0) {
        memcpy(bytes, request->bytes + request->at, wanted);
        request->at += wanted;
        return (ssize_t)wanted;
    }
    ssize_t got;
    do
        got = pread(request->spool, bytes, wanted, (off_t)request->at);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return ERROR_IO;
    request->at += (size_t)got;
    return got;
}

/* --- whether the client is still there --- */

static void heard(evutil_socket_t fd, short what, void *argument)
{
    struct http_request *request = argument;
    char byte;
    (void)what;
    const ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        event_add(request->watch, NULL);
        return;
    }
    /* More of the client stands in the socket and would wake us for ever: it is not watched. */
    request_unwatch(request);
    if (got <= 0)
        request->gone(request->gone_argument);
}

void http_request_watch(struct http_request *request, loop_task *gone, void *argument)
{
    struct connection *connection = request->connection;
    assert(request->watch == NULL);
    if (connection == NULL || request->server == NULL)
        return;
    request->gone = gone;
    request->gone_argument = argument;
    request->watch = event_new(loop_base(request->server->loop), bufferevent_getfd(connection->bev),
                               EV_READ, heard, request);
    if (request->watch == NULL || event_add(request->watch, NULL) != 0)
        abort();
}

void request_unwatch(struct http_request *request)
{
    if (request->watch != NULL)
        event_free(request->watch);
    request->watch = NULL;
}

/* --- the answer --- */

void http_respond_header(struct http_request *request, const char *name, const char *value)
{
    if (request->evhttp == NULL)
        return;
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request->evhttp);
    if (evhttp_add_header(headers, name, value) != 0)
        log_event(LOG_ERROR, "http.bad_answer_header", LOG_TEXT("name", name));
}

static void default_header(struct evkeyvalq *headers, const char *name, const char *value)
{
    if (evhttp_find_header(headers, name) == NULL)
        evhttp_add_header(headers, name, value);
}

static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void answer_headers(const struct http_request *request, int status, const char *content_type,
                           size_t length)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request->evhttp);
    default_header(headers, "X-Content-Type-Options", "nosniff");
    default_header(headers, "Cache-Control", "no-store");
    if (status_has_body(status)) {
        char text[24];
        snprintf(text, sizeof text, "%zu", length);
        default_header(headers, "Content-Length", text);
        default_header(headers, "Content-Type",
                       content_type != NULL ? content_type : "application/octet-stream");
    }
    if (!request->keep_alive || request->server->draining)
        evhttp_add_header(headers, "Connection", "close");
}

/* The client is gone, or the whole server: nobody hears the answer. */
static void answer_nobody(struct http_request *request)
{
    if (request->server != NULL) {
        LIST_REMOVE(request, next);
        server_flight(request->server, -1);
    }
    if (request->evhttp != NULL)
        evhttp_request_free(request->evhttp);
    request_destroy(&request);
}

/* Whether the answer's body goes out; else nobody hears it, or only how long it is. */
static bool body_is_sent(const struct http_request *request, int status, size_t length)
{
    return request->connection != NULL && length > 0 && status_has_body(status) &&
           request->method != HTTP_HEAD;
}

static struct evbuffer *new_body(void)
{
    struct evbuffer *body = evbuffer_new();
    if (body == NULL)
        abort();
    return body;
}

/* `body` is NULL where none is sent. */
static void respond(struct http_request *request, int status, const char *content_type,
                    struct evbuffer *body, size_t length)
{
    struct connection *connection = request->connection;
    if (connection == NULL) {
        answer_nobody(request);
        return;
    }
    assert(connection->request == request && connection->state == CONNECTION_HANDLING);
    answer_headers(request, status, content_type, length);
    connection_answer(connection, status, body);
    if (body != NULL)
        evbuffer_free(body);
}

void http_respond(struct http_request *request, int status, const char *content_type,
                  const void *body, size_t length)
{
    struct evbuffer *bytes = NULL;
    if (body_is_sent(request, status, length)) {
        bytes = new_body();
        if (evbuffer_add(bytes, body, length) != 0)
            abort();
    }
    respond(request, status, content_type, bytes, length);
}

void http_respond_buffer(struct http_request *request, int status, const char *content_type,
                         struct buffer *body)
{
    struct evbuffer *bytes = NULL;
    const size_t length = body->length;
    if (body_is_sent(request, status, length)) {
        bytes = new_body();
        spares_send(request->server->spares, body, bytes);
    } else {
        buffer_clear(body);
    }
    respond(request, status, content_type, bytes, length);
}
