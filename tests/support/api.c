#include "tests/support/api.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER_CAP ((size_t)8 << 20)
#define CONNECTIONS 512
#define PATIENCE_SECONDS 120

struct api {
    struct loop *loop;
    struct pg_pool *pg;
    struct rest_router *router;
    struct lobby *lobby;       /* NULL: nobody waits */
    struct pg_listener *hints; /* of the lobby */
    int listener;
    char address[64];
    uint16_t port;
    pthread_t thread;
};

static void woken(const char *channel, const char *payload, void *argument)
{
    const struct api *api = argument;
    (void)channel;
    (void)payload;
    lobby_wake(api->lobby);
}

struct api *api_create(const char *conninfo, rest_authenticate *authenticate, void *state)
{
    return api_create_waiting(conninfo, authenticate, state, NULL);
}

struct api *api_create_waiting(const char *conninfo, rest_authenticate *authenticate, void *state,
                               const struct lobby_options *lobby)
{
    static const char *const channels[] = {"emnebank_delivery"};
    struct api *api = mem_zalloc(sizeof *api);
    const struct pg_options pg = {.conninfo = conninfo,
                                  .user = "emnebank_front",
                                  .deadline = PATIENCE_SECONDS * CLOCK_SECOND};
    struct rest_options options = {
        .authenticate = authenticate,
        .authenticate_state = state,
        .http = {.connections = CONNECTIONS, .connections_per_address = CONNECTIONS}};

    assert_int_equal(crypto_init(), 0);
    crypto_key_random(&options.cursor_key);
    options.loop = api->loop = loop_create();
    options.pg = api->pg = pg_pool_create(api->loop, &pg);
    if (lobby != NULL) {
        struct lobby_options made = *lobby;
        made.loop = api->loop;
        made.pg = api->pg;
        options.lobby = api->lobby = lobby_create(&made);
        api->hints = pg_listener_create(api->loop, &pg, channels, 1, woken, api);
    }
    api->router = rest_router_create(&options);
    return api;
}

void api_add(struct api *api, const struct rest_table *routes, void *room)
{
    rest_router_add(api->router, routes, room);
}

static void *serve(void *argument)
{
    const struct api *api = argument;

    loop_run(api->loop);
    return NULL;
}

void api_start(struct api *api)
{
    assert_int_equal(http_listen("127.0.0.1:0", &api->listener, NULL), 0);
    assert_int_equal(http_address(api->listener, api->address, sizeof api->address), 0);
    api->port = (uint16_t)strtoul(strrchr(api->address, ':') + 1, NULL, 10);
    assert_int_equal(http_server_accept(rest_router_server(api->router), api->listener), 0);
    assert_int_equal(pthread_create(&api->thread, NULL, serve, api), 0);
}

static void drain(void *argument)
{
    const struct api *api = argument;
    lobby_drain(api->lobby);
}

void api_drain(struct api *api)
{
    loop_post(api->loop, drain, api);
}

void api_stop(struct api **api)
{
    struct api *stopped = *api;

    loop_stop(stopped->loop);
    pthread_join(stopped->thread, NULL);
    pg_listener_destroy(&stopped->hints);
    if (stopped->lobby != NULL)
        lobby_drain(stopped->lobby);
    rest_router_destroy(&stopped->router);
    pg_pool_destroy(&stopped->pg);
    lobby_destroy(&stopped->lobby);
    loop_destroy(&stopped->loop);
    close(stopped->listener);
    mem_free(stopped);
    *api = NULL;
}

const char *api_address(const struct api *api)
{
    return api->address;
}

static int connect_to(uint16_t port)
{
    const struct timeval limit = {.tv_sec = PATIENCE_SECONDS};
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static void send_all(int client, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t sent = send(client, bytes, length, MSG_NOSIGNAL);
        assert_true(sent > 0);
        bytes += sent;
        length -= (size_t)sent;
    }
}

int api_connect(const struct api *api)
{
    return connect_to(api->port);
}

int api_send(const struct api *api, const char *line, const char *headers, const char *body,
             size_t length)
{
    const int client = connect_to(api->port);
    struct buffer head;

    buffer_init(&head, (size_t)1 << 20);
    buffer_printf(&head, "%s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s", line, headers);
    if (body != NULL)
        buffer_printf(&head, "Content-Length: %zu\r\n", length);
    buffer_text(&head, "\r\n");
    send_all(client, head.data, head.length);
    if (body != NULL)
        send_all(client, body, length);
    buffer_deinit(&head);
    return client;
}

struct api_answer api_receive(int socket, struct arena *arena)
{
    struct api_answer answer = {0};
    struct buffer text;
    char bytes[65536];
    ssize_t count;

    buffer_init(&text, ANSWER_CAP);
    while ((count = recv(socket, bytes, sizeof bytes, 0)) > 0 || (count < 0 && errno == EINTR))
        buffer_append(&text, bytes, count > 0 ? (size_t)count : 0); /* a helper's end interrupts */
    assert_int_equal(count, 0);
    close(socket);
    assert_true(text.length > 0);
    char *head = arena_alloc(arena, text.length + 1); /* a body may be no text */
    memcpy(head, text.data, text.length);
    char *end = strstr(head, "\r\n\r\n");
    if (strncmp(head, "HTTP/1.1 ", 9) != 0 || end == NULL)
        fail_msg("no answer: %s", head);
    *end = '\0';
    answer.head = head;
    answer.body = end + 4;
    answer.length = text.length - (size_t)(answer.body - head);
    answer.status = atoi(head + strlen("HTTP/1.1 "));
    buffer_deinit(&text);
    return answer;
}
