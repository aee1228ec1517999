/* One connection: bytes in, guard, body, handler, answer; and its deadlines. */
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/http/internal.h"
#include "common/obs/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LINGER (2 * INT64_C(1000000))
#define IMPORT_DEADLINE (600 * INT64_C(1000000))
#define READ_STEP 16384
#define WRITE_STEP ((size_t)1 << 20) /* an answer in one call, not in pieces of 16 KiB */

/* The one function that moves a connection, and what must hold when it does. */
static void move(struct connection *connection, enum connection_state state)
{
    static const unsigned allowed[] __attribute__((unused)) = {
        /* by the assert alone */
        [CONNECTION_HEAD] = 1U << CONNECTION_BODY | 1U << CONNECTION_REFUSED,
        [CONNECTION_BODY] = 1U << CONNECTION_HANDLING | 1U << CONNECTION_REFUSED,
        [CONNECTION_HANDLING] = 1U << CONNECTION_WRITING,
        [CONNECTION_WRITING] = 1U << CONNECTION_HEAD,
        [CONNECTION_REFUSED] = 0,
    };
    assert(allowed[connection->state] & 1U << state);
    connection->state = state;
}

/* Frees the connection through evhttp, which calls `closed`. */
static void drop(struct connection *connection)
{
    evhttp_connection_free(connection->evcon);
}

/* --- refusing --- */

static void refused_written(struct bufferevent *bev, void *argument)
{
    struct connection *connection = argument;
    (void)connection;
    bufferevent_disable(bev, EV_WRITE);
    shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void refused_ended(struct bufferevent *bev, short what, void *argument)
{
    (void)bev;
    (void)what;
    drop(argument);
}

/*
 * Answers in evhttp's place and takes the connection from it. What the client still sends is read
 * and dropped until it has read our answer and closes, or LINGER is over: closing at once would
 * reset the connection and the answer would be lost.
 */
static void refuse(struct connection *connection, int status, const char *slug, const char *reason)
{
    log_event(LOG_INFO, "http.refused", LOG_INT("status", status), LOG_TEXT("reason", reason));
    server_refused();
    if (connection->request != NULL) {
        request_destroy(&connection->request);
        server_flight(connection->server, -1);
    }
    move(connection, CONNECTION_REFUSED);
    evbuffer_drain(connection->hold, evbuffer_get_length(connection->hold));
    bufferevent_setcb(connection->bev, NULL, refused_written, refused_ended, connection);
    refusal_write(bufferevent_get_output(connection->bev), status, slug);
    bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
    loop_timer_arm(connection->deadline, LINGER);
}

/* A client that does not read its answer would hold the kernel's buffers for minutes after a plain
 * close: it is reset. */
static void drop_unread(struct connection *connection)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(bufferevent_getfd(connection->bev), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    drop(connection);
}

static void deadline_passed(void *argument)
{
    struct connection *connection = argument;
    const bool asked = connection->state == CONNECTION_BODY ||
                       (connection->state == CONNECTION_HEAD && connection->head_started);
    if (asked)
        refuse(connection, 408, "request-timeout", "deadline passed");
    else if (connection->state == CONNECTION_WRITING)
        drop_unread(connection);
    else
        drop(connection);
}

/* --- from the body to the handler --- */

static void nothing(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    (void)argument;
}

struct event *connection_watch(struct event_base *base)
{
    struct event *watch = event_new(base, -1, EV_READ, nothing, NULL);
    if (watch == NULL)
        abort();
    return watch;
}

/*
 * evhttp stops reading while a request is handled, and reads again when it is answered. Where that
 * is at once the kernel need not hear of it, which costs two calls: while another event wants to
 * read from the socket, libevent leaves the kernel's list as it is. Where the answer comes later
 * the kernel hears when the watch ends.
 */
static void watch_begin(struct connection *connection)
{
    struct event *watch = connection->server->watch;
    if (event_assign(watch, event_get_base(watch), bufferevent_getfd(connection->bev), EV_READ,
                     nothing, NULL) != 0 ||
        event_add(watch, NULL) != 0)
        abort();
}

/* evhttp reads a head of ours: what it must know is whether the answer has a body. */
static void dispatch(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct evbuffer *input = bufferevent_get_input(connection->bev);
    const char *head = connection->request->method == HTTP_HEAD
                           ? "HEAD / HTTP/1.1\r\nHost: guarded\r\n\r\n"
                           : "GET / HTTP/1.1\r\nHost: guarded\r\n\r\n";
    move(connection, CONNECTION_HANDLING);
    loop_timer_disarm(connection->deadline);
    connection->feeding = true;
    server->feeding = connection;
    evbuffer_unfreeze(input, 0);
    evbuffer_add(input, head, strlen(head));
    evbuffer_freeze(input, 0);
    watch_begin(connection);
    bufferevent_trigger(connection->bev, EV_READ, 0);
    event_del(server->watch);
    /* evhttp took the head and called connection_dispatched: the handler may have answered, and
     * nothing of the connection is touched any more. */
    assert(server->feeding == NULL);
}

void connection_dispatched(struct evhttp_request *evhttp, void *argument)
{
    struct http_server *server = argument;
    struct connection *connection = server->feeding;
    assert(connection != NULL && connection->state == CONNECTION_HANDLING);
    struct http_request *request = connection->request;
    server->feeding = NULL;
    connection->feeding = false;
    request->server = server;
    request->connection = connection;
    request->evhttp = evhttp;
    LIST_INSERT_HEAD(&server->pending, request, next);
    server->handler(request, server->argument);
}

static void take_body(struct connection *connection)
{
    struct http_request *request = connection->request;
    if (request_fill(request, connection->hold, connection->server->options.spool_folder) != 0)
        refuse(connection, 503, "temporarily-unavailable", "spool");
    else if (request->filled == request->length)
        dispatch(connection);
}

/* The client waits for this before it sends a body. The socket is idle, so it takes 25 bytes. */
static bool say_continue(struct connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const size_t length = sizeof text - 1;
    return send(bufferevent_getfd(connection->bev), text, length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           (ssize_t)length;
}

static void begin(struct connection *connection, const char *head)
{
    struct http_server *server = connection->server;
    const struct guard *guard = &connection->guard;
    struct http_request *request = request_create(guard, head);
    const size_t cap = server->body_cap != NULL
                           ? server->body_cap(request->method, request->path, server->argument)
                           : HTTP_BODY_CAP;
    connection->request = request;
    server_flight(server, 1);
    evbuffer_drain(connection->hold, guard->head_length);
    if (guard->content_length > cap) {
        refuse(connection, 413, "body-too-large", "body too large");
        return;
    }
    if (!request_reserve(request, server)) {
        refuse(connection, 503, "temporarily-unavailable", "spool full");
        return;
    }
    move(connection, CONNECTION_BODY);
    const bool import = cap > HTTP_BODY_CAP;
    loop_timer_arm(connection->deadline,
                   import ? IMPORT_DEADLINE : server->options.request_deadline);
    if (guard->expects_continue && request->length > 0 &&
        evbuffer_get_length(connection->hold) == 0 && !say_continue(connection)) {
        drop(connection);
        return;
    }
    take_body(connection);
}

static void take_head(struct connection *connection)
{
    const size_t have = evbuffer_get_length(connection->hold);
    const size_t length = have < GUARD_HEAD_CAP ? have : GUARD_HEAD_CAP;
    if (have == 0) {
        loop_timer_arm(connection->deadline, connection->served
                                                 ? connection->server->options.request_deadline
                                                 : connection->server->options.head_deadline);
        return;
    }
    if (!connection->head_started) {
        connection->head_started = true;
        loop_timer_arm(connection->deadline, connection->server->options.head_deadline);
    }
    const char *head = (const char *)evbuffer_pullup(connection->hold, (ev_ssize_t)length);
    struct guard *guard = &connection->guard;
    switch (guard_scan(guard, head, length)) {
    case GUARD_MORE:
        break;
    case GUARD_REFUSED:
        refuse(connection, guard->status, guard->slug, guard->reason);
        break;
    case GUARD_PASSED:
        begin(connection, head);
        break;
    }
}

/* --- the answer --- */

/* evhttp wrote the last byte. It closes the connection, or waits for the next head. */
static void answered(struct evhttp_request *evhttp, void *argument)
{
    struct connection *connection = argument;
    (void)evhttp;
    move(connection, CONNECTION_HEAD);
    connection->served = true;
    connection->head_started = false;
    guard_init(&connection->guard);
    server_flight(connection->server, -1);
    event_active(connection->turn, EV_TIMEOUT, 0);
}

/*
 * The socket is idle and as a rule takes the whole answer: nobody needs to ask the loop for its
 * leave. It is written when all requests that came together are handled: their clients are woken
 * together, which is cheaper than one by one.
 */
static void write_answer(struct connection *connection)
{
    struct evbuffer *output = bufferevent_get_output(connection->bev);
    evbuffer_unfreeze(output, 1);
    evbuffer_write_atmost(output, bufferevent_getfd(connection->bev), (ev_ssize_t)WRITE_STEP);
    evbuffer_freeze(output, 1);
    if (evbuffer_get_length(output) == 0) {
        bufferevent_trigger(connection->bev, EV_WRITE, 0); /* evhttp calls `answered` */
        return;
    }
    /* The rest, or the failure, is evhttp's. It reads on to notice a close, and would drop the
     * answer of a client that only closed its own half, and would read pipelined requests without
     * a bound. It reads again after. */
    bufferevent_enable(connection->bev, EV_WRITE);
    bufferevent_disable(connection->bev, EV_READ);
    loop_timer_arm(connection->deadline, connection->server->options.request_deadline);
}

void connection_answer(struct connection *connection, int status, struct evbuffer *body)
{
    struct http_request *request = connection->request;
    struct evhttp_request *evhttp = request->evhttp;
    request_unwatch(request); /* before evhttp reads from the socket again */
    connection->request = NULL;
    LIST_REMOVE(request, next);
    move(connection, CONNECTION_WRITING);
    request_destroy(&request);
    evhttp_request_set_on_complete_cb(evhttp, answered, connection);
    evhttp_send_reply(evhttp, status, http_phrase(status), body);
    bufferevent_disable(connection->bev, EV_WRITE);
    event_active(connection->turn, EV_TIMEOUT, 0); /* before the loop reads anything */
}

/* --- birth, turns and death --- */

static void bytes_came(struct evbuffer *input, const struct evbuffer_cb_info *info, void *argument)
{
    struct connection *connection = argument;
    char bytes[READ_STEP];
    if (connection->feeding || info->n_added == 0)
        return;
    if (connection->state == CONNECTION_REFUSED) {
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    /* Copied, not moved: a client that sends one byte at a time would make a chain of each. */
    for (int got; (got = evbuffer_remove(input, bytes, sizeof bytes)) > 0;)
        if (evbuffer_add(connection->hold, bytes, (size_t)got) != 0)
            abort();
    event_active(connection->turn, EV_TIMEOUT, 0);
}

static void forget(struct connection *connection)
{
    server_left(connection->server, connection);
    event_free(connection->turn);
    loop_timer_destroy(&connection->deadline);
    evbuffer_free(connection->hold);
    mem_free(connection);
}

/* evhttp is about to free the connection and, unless it was taken off, its request. */
static void closed(struct evhttp_connection *evcon, void *argument)
{
    struct connection *connection = argument;
    struct http_request *request = connection->request;
    (void)evcon;
    evbuffer_remove_cb(bufferevent_get_input(connection->bev), bytes_came, connection);
    if (connection->state == CONNECTION_HANDLING) {
        request_unwatch(request);
        request->connection = NULL;
        if (request->evhttp != NULL && evhttp_request_get_connection(request->evhttp) != NULL)
            request->evhttp = NULL;
    } else if (connection->state == CONNECTION_BODY) {
        request_destroy(&connection->request);
        server_flight(connection->server, -1);
    } else if (connection->state == CONNECTION_WRITING) {
        server_flight(connection->server, -1);
    }
    forget(connection);
}

static bool too_many_from(const struct http_server *server, const struct connection *connection)
{
    size_t count = 0;
    const struct connection *other;
    if (server->options.connections_per_address == 0 || connection->peer[0] == '\0')
        return false;
    LIST_FOREACH(other, &server->connections, next)
    if (strcmp(other->peer, connection->peer) == 0)
        count++;
    return count > server->options.connections_per_address;
}

/*
 * evhttp makes its connection after it asked us for the bufferevent, and has no call that gives it
 * before the first request; the bufferevent's callbacks carry it. False when evhttp gave up on it.
 */
static bool meet(struct connection *connection)
{
    bufferevent_data_cb reader = NULL;
    void *context = NULL;
    char *peer = NULL;
    ev_uint16_t port = 0;
    bufferevent_getcb(connection->bev, &reader, NULL, NULL, &context);
    if (reader == NULL || context == NULL) {
        bufferevent_decref(connection->bev);
        forget(connection);
        return false;
    }
    connection->evcon = context;
    if (evhttp_connection_get_bufferevent(connection->evcon) != connection->bev)
        abort(); /* another libevent than the one we know */
    bufferevent_decref(connection->bev);
    evhttp_connection_set_closecb(connection->evcon, closed, connection);
    evhttp_connection_get_peer(connection->evcon, &peer, &port);
    if (peer != NULL && strcmp(peer, "localhost") != 0) /* so evhttp calls a unix socket's peer */
        snprintf(connection->peer, sizeof connection->peer, "%s", peer);
    if (too_many_from(connection->server, connection)) {
        refuse(connection, 503, "temporarily-unavailable", "too many connections from one address");
        return false;
    }
    return true;
}

static void take_turn(evutil_socket_t fd, short what, void *argument)
{
    struct connection *connection = argument;
    (void)fd;
    (void)what;
    if (connection->evcon == NULL && !meet(connection))
        return;
    if (connection->state == CONNECTION_HEAD && connection->server->draining)
        drop(connection);
    else if (connection->state == CONNECTION_HEAD)
        take_head(connection);
    else if (connection->state == CONNECTION_BODY)
        take_body(connection);
    else if (connection->state == CONNECTION_WRITING)
        write_answer(connection);
}

struct bufferevent *connection_accept(struct event_base *base, void *argument)
{
    struct http_server *server = argument;
    struct connection *connection = mem_zalloc(sizeof *connection);
    connection->server = server;
    connection->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    connection->hold = evbuffer_new();
    connection->turn = event_new(base, -1, 0, take_turn, connection);
    connection->deadline = loop_timer_create(server->loop, deadline_passed, connection);
    if (connection->bev == NULL || connection->hold == NULL || connection->turn == NULL)
        abort();
    bufferevent_set_max_single_write(connection->bev, WRITE_STEP);
    guard_init(&connection->guard);
    evbuffer_add_cb(bufferevent_get_input(connection->bev), bytes_came, connection);
    bufferevent_incref(connection->bev); /* until the two have met */
    server_joined(server, connection);
    event_active(connection->turn, EV_TIMEOUT, 0);
    return connection->bev;
}

void connection_close_idle(struct http_server *server)
{
    struct connection *connection;
    LIST_FOREACH(connection, &server->connections, next)
    if (connection->state == CONNECTION_HEAD)
        event_active(connection->turn, EV_TIMEOUT, 0);
}
