/*
 * The servers of G8, on 127.0.0.1, one thread each, and what is measured without a server:
 *
 *     bench_http_server ours|tree --size N     a whole order in, twenty explained entries out: the
 * product's front with its guard, reading, engine and writer; "tree" builds jansson's tree
 *     bench_http_server hello                  evhttp alone, which answers "hello": the limit
 *     bench_http_server bodies --size N        no server: prints the orders that find twenty, a
 * line each
 *     bench_http_server entries --size N       no server: prints what explaining and writing the
 * answer to one of these orders takes, in microseconds, whenever stdin says for how long to measure
 * (entries.h)
 *
 * A server prints "ready PORT" and runs until stdin ends.
 */
#include "common/ev/loop.h"
#include "common/http/http.h"
#include "tests/bench/http/entries.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_CAP ((size_t)4 << 20)

struct server {
    struct shop *shop;
    struct answer_writer writer;
    struct buffer answer;
    bool as_tree;
    struct loop *loop;
};

static void respond(struct server *server, struct http_request *request,
                    const struct shop_ranked *ranked)
{
    if (server->as_tree) {
        json_t *tree = answer_tree(&server->writer, server->shop, ranked);
        char *text = json_dumps(tree, JSON_COMPACT);
        json_decref(tree);
        http_respond(request, 200, "application/json", text, strlen(text));
        free(text);
        return;
    }
    buffer_clear(&server->answer);
    answer_write(&server->writer, server->shop, ranked, &server->answer);
    http_respond_buffer(request, 200, "application/json", &server->answer);
}

static void handle(struct http_request *request, void *argument)
{
    struct server *server = argument;
    struct shop_ranked ranked;
    const char *body = http_request_body(request);
    if (body == NULL || shop_rank(server->shop, http_request_arena(request), body,
                                  http_request_length(request), &ranked) != 0) {
        http_respond(request, 422, "text/plain", "no", 2);
        return;
    }
    respond(server, request, &ranked);
}

static void stdin_ended(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    loop_stop(argument);
}

static struct event *stop_with_stdin(struct loop *loop)
{
    struct event *event = event_new(loop_base(loop), STDIN_FILENO, EV_READ, stdin_ended, loop);
    if (event == NULL || event_add(event, NULL) != 0) {
        abort();
    }
    return event;
}

static void say_ready(const char *address)
{
    printf("ready %s\n", strrchr(address, ':') + 1);
    fflush(stdout);
}

static int listen_anywhere(char *address, size_t size)
{
    struct error_detail detail;
    int socket = -1;
    if (http_listen("127.0.0.1:0", &socket, &detail) != 0 ||
        http_address(socket, address, size) != 0) {
        abort();
    }
    return socket;
}

static int serve(struct server *server)
{
    const struct http_options options = {.connections_per_address = 0};
    char address[64];
    const int socket = listen_anywhere(address, sizeof address);
    server->loop = loop_create();
    struct http_server *http = http_server_create(server->loop, &options, handle, NULL, server);
    struct event *end = stop_with_stdin(server->loop);
    if (http_server_accept(http, socket) != 0) {
        abort();
    }
    say_ready(address);
    loop_run(server->loop);
    event_free(end);
    http_server_destroy(&http);
    loop_destroy(&server->loop);
    close(socket);
    return EXIT_SUCCESS;
}

static void hello(struct evhttp_request *request, void *argument)
{
    struct evbuffer *body = evbuffer_new();
    (void)argument;
    if (body == NULL || evbuffer_add(body, "hello", 5) != 0) {
        abort();
    }
    evhttp_send_reply(request, 200, "OK", body);
    evbuffer_free(body);
}

static int serve_hello(void)
{
    char address[64];
    const int socket = listen_anywhere(address, sizeof address);
    struct loop *loop = loop_create();
    struct evhttp *http = evhttp_new(loop_base(loop));
    struct event *end = stop_with_stdin(loop);
    if (http == NULL || evhttp_accept_socket(http, socket) != 0) {
        abort();
    }
    evhttp_set_gencb(http, hello, NULL);
    say_ready(address);
    loop_run(loop);
    event_free(end);
    evhttp_free(http); /* closes the socket */
    loop_destroy(&loop);
    return EXIT_SUCCESS;
}

static int print_bodies(struct shop *shop)
{
    struct arena *arena = arena_create(0);
    struct buffer body;
    buffer_init(&body, ANSWER_CAP);
    for (uint32_t number = 0; shop_next_body(shop, arena, &number, &body);) {
        puts(body.data);
    }
    buffer_deinit(&body);
    arena_destroy(&arena);
    return EXIT_SUCCESS;
}

static int print_entries(struct server *server)
{
    const int error = entries_measure(server->shop, &server->writer);
    if (error != 0) {
        fprintf(stderr, "entries: %s\n", error_name(error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "hello") == 0) {
        return serve_hello();
    }
    if (count != 4 || strcmp(arguments[2], "--size") != 0) {
        fputs("bench_http_server ours|tree|bodies|entries --size N, or hello\n", stderr);
        return 2;
    }
    struct server server = {.shop = shop_create(strtoull(arguments[3], NULL, 10)),
                            .as_tree = strcmp(what, "tree") == 0};
    int code = EXIT_FAILURE;
    if (server.shop != NULL) {
        answer_writer_init(&server.writer);
        buffer_init(&server.answer, ANSWER_CAP);
        code = strcmp(what, "bodies") == 0    ? print_bodies(server.shop)
               : strcmp(what, "entries") == 0 ? print_entries(&server)
                                              : serve(&server);
        buffer_deinit(&server.answer);
        answer_writer_deinit(&server.writer);
    }
    shop_destroy(&server.shop);
    return code;
}
