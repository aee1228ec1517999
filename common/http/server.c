/* Listening, caps, draining. */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/http/internal.h"
#include "common/obs/log.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

static struct metric connections_open =
    METRIC_GAUGE("emnebank_http_connections_open", "Connections that are open.");
static struct metric connections_total =
    METRIC_COUNTER("emnebank_http_connections_total", "Connections that were accepted.");
static struct metric times_full = METRIC_COUNTER(
    "emnebank_http_full_total", "Times that a server stopped accepting at its cap of connections.");
static struct metric requests_refused =
    METRIC_COUNTER("emnebank_http_refused_total", "Requests that the guard refused, or late ones.");

struct metric *const http_metrics[] = {&connections_open, &connections_total, &times_full,
                                       &requests_refused};
const size_t http_metrics_count = sizeof http_metrics / sizeof http_metrics[0];

/* --- the socket --- */

static int failed(struct error_detail *detail, int socket, const char *what)
{
    const int error = errno;
    if (socket >= 0)
        close(socket);
    error_detail_set(detail, what, "%s: %s", what, strerror(error));
    return ERROR_IO;
}

static int listen_unix(const char *path, int *result, struct error_detail *detail)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) == 0 || strlen(path) >= sizeof address.sun_path) {
        error_detail_set(detail, path, "the path of the unix socket is empty or too long");
        return ERROR_INVALID;
    }
    memcpy(address.sun_path, path, strlen(path));
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
        return failed(detail, -1, "socket");
    /* A socket that nobody answers on is left from a process that was killed. */
    if (connect(made, (const struct sockaddr *)&address, sizeof address) != 0 &&
        errno == ECONNREFUSED)
        unlink(path);
    close(made);
    const int fresh = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fresh < 0 || bind(fresh, (const struct sockaddr *)&address, sizeof address) != 0)
        return failed(detail, fresh, "bind");
    if (listen(fresh, BACKLOG) != 0)
        return failed(detail, fresh, "listen");
    *result = fresh;
    return 0;
}

static int listen_on(const struct addrinfo *info, int *result, struct error_detail *detail)
{
    const int yes = 1;
    const int made = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
        return failed(detail, -1, "socket");
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(made, info->ai_addr, info->ai_addrlen) != 0)
        return failed(detail, made, "bind");
    if (listen(made, BACKLOG) != 0)
        return failed(detail, made, "listen");
    *result = made;
    return 0;
}

/* "127.0.0.1:8080" or "[::1]:8080" in its two parts. */
static bool split_address(const char *address, char *host, size_t size, const char **port)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == '\0')
        return false;
    size_t length = (size_t)(colon - address);
    if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
        address++;
        length -= 2;
    }
    if (length == 0 || length >= size)
        return false;
    memcpy(host, address, length);
    host[length] = '\0';
    *port = colon + 1;
    return true;
}

int http_listen(const char *address, int *socket, struct error_detail *detail)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char host[256];
    const char *port;
    int64_t number;
    if (str_starts(address, "unix:"))
        return listen_unix(address + 5, socket, detail);
    if (!split_address(address, host, sizeof host, &port) ||
        str_int64(port, 0, 65535, &number) != 0 || getaddrinfo(host, port, &hints, &found) != 0) {
        error_detail_set(detail, address, "not an address to listen on: host:port or unix:/path");
        return ERROR_INVALID;
    }
    const int error = listen_on(found, socket, detail);
    freeaddrinfo(found);
    return error;
}

int http_address(int socket, char *text, size_t size)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN];
    char port[8];
    int wrote;
    if (getsockname(socket, (struct sockaddr *)&address, &length) != 0)
        return ERROR_IO;
    if (address.ss_family == AF_UNIX) {
        wrote = snprintf(text, size, "unix:%s", ((struct sockaddr_un *)&address)->sun_path);
    } else {
        if (getnameinfo((const struct sockaddr *)&address, length, host, sizeof host, port,
                        sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
            return ERROR_IO;
        wrote =
            snprintf(text, size, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    }
    return wrote > 0 && (size_t)wrote < size ? 0 : ERROR_LIMIT;
}

/* --- caps: a connection beyond them is never accepted --- */

static void set_accepting(struct http_server *server, bool accepting)
{
    for (size_t i = 0; i < server->bound_count; i++) {
        struct evconnlistener *listener = evhttp_bound_socket_get_listener(server->bound[i]);
        if (accepting)
            evconnlistener_enable(listener);
        else
            evconnlistener_disable(listener);
    }
    server->paused = !accepting;
}

static void resume(void *argument)
{
    struct http_server *server = argument;
    if (server->paused && !server->draining && server->count < server->options.connections)
        set_accepting(server, true);
}

/* Out of descriptors, mostly: a level-triggered listener would spin until one is free. */
static void accept_failed(struct evconnlistener *listener, void *argument)
{
    struct http_server *server = argument;
    (void)listener;
    log_event(LOG_ERROR, "http.accept_failed", LOG_INT("errno", errno));
    set_accepting(server, false);
    loop_timer_arm(server->retry, 100 * CLOCK_MILLISECOND);
}

void server_joined(struct http_server *server, struct connection *connection)
{
    LIST_INSERT_HEAD(&server->connections, connection, next);
    metric_add(&connections_open, 1);
    metric_add(&connections_total, 1);
    if (++server->count >= server->options.connections) {
        metric_add(&times_full, 1);
        set_accepting(server, false);
    }
}

void server_left(struct http_server *server, struct connection *connection)
{
    LIST_REMOVE(connection, next);
    server->count--;
    metric_add(&connections_open, -1);
    resume(server);
}

void server_flight(struct http_server *server, int step)
{
    assert(step > 0 || server->in_flight > 0);
    server->in_flight += (size_t)step;
    if (server->in_flight == 0 && server->draining && server->drained != NULL) {
        loop_post(server->loop, server->drained, server->drained_argument);
        server->drained = NULL;
    }
}

void server_refused(void)
{
    metric_add(&requests_refused, 1);
}

/* --- the server --- */

static struct http_options with_defaults(const struct http_options *options)
{
    struct http_options all = {.connections_per_address = 64};
    if (options != NULL)
        all = *options;
    if (all.connections == 0)
        all.connections = 512;
    if (all.head_deadline == 0)
        all.head_deadline = 10 * CLOCK_SECOND;
    if (all.request_deadline == 0)
        all.request_deadline = 30 * CLOCK_SECOND;
    if (all.spool_folder == NULL)
        all.spool_folder = "/tmp";
    if (all.spool_bytes == 0)
        all.spool_bytes = (size_t)256 << 20;
    return all;
}

struct http_server *http_server_create(struct loop *loop, const struct http_options *options,
                                       http_handler *handler, http_body_cap *body_cap,
                                       void *argument)
{
    struct http_server *server = mem_zalloc(sizeof *server);
    server->loop = loop;
    server->options = with_defaults(options);
    server->handler = handler;
    server->body_cap = body_cap;
    server->argument = argument;
    server->http = evhttp_new(loop_base(loop));
    if (server->http == NULL)
        abort();
    evhttp_set_bevcb(server->http, connection_accept, server);
    evhttp_set_gencb(server->http, connection_dispatched, server);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    server->retry = loop_timer_create(loop, resume, server);
    server->spares = spares_create();
    server->watch = connection_watch(loop_base(loop));
    LIST_INIT(&server->connections);
    LIST_INIT(&server->pending);
    return server;
}

int http_server_accept(struct http_server *server, int socket)
{
    if (server->bound_count == HTTP_LISTENERS)
        return ERROR_LIMIT;
    const int copy = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return ERROR_IO;
    struct evconnlistener *listener =
        evconnlistener_new(loop_base(server->loop), NULL, NULL,
                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, copy);
    if (listener == NULL) {
        close(copy);
        return ERROR_IO;
    }
    struct evhttp_bound_socket *bound = evhttp_bind_listener(server->http, listener);
    if (bound == NULL) {
        evconnlistener_free(listener);
        return ERROR_IO;
    }
    server->bound[server->bound_count++] = bound;
    evconnlistener_set_error_cb(listener, accept_failed);
    return 0;
}

void http_server_drain(struct http_server *server, loop_task *drained, void *argument)
{
    server->draining = true;
    server->drained = drained;
    server->drained_argument = argument;
    for (size_t i = 0; i < server->bound_count; i++)
        evhttp_del_accept_socket(server->http, server->bound[i]);
    server->bound_count = 0;
    connection_close_idle(server);
    if (server->in_flight == 0 && drained != NULL) {
        loop_post(server->loop, drained, argument);
        server->drained = NULL;
    }
}

void http_server_destroy(struct http_server **server)
{
    struct http_server *gone = *server;
    if (gone == NULL)
        return;
    *server = NULL;
    gone->draining = true; /* who leaves now makes no room */
    gone->drained = NULL;
    gone->bound_count = 0;
    evhttp_free(gone->http);
    struct http_request *request;
    LIST_FOREACH(request, &gone->pending, next)
    {
        request->server = NULL;
        request->spooled = NULL;
    }
    spares_destroy(&gone->spares); /* answers under way may outlive the server */
    loop_timer_destroy(&gone->retry);
    event_free(gone->watch);
    mem_free(gone);
}
