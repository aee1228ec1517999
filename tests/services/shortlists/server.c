#include "tests/services/shortlists/server.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/rest/rest.h"
#include "services/orders/orders.h"
#include "services/shortlists/shortlists.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER_CAP ((size_t)4 << 20)
#define ANSWERS_CAP 4096
#define CONNECTIONS 512

struct server {
    struct scene *scene;
    struct loop *loop;
    struct pg_pool *pg;
    struct conf *conf;
    struct orders *orders;
    struct rest_router *router;
    pthread_t thread;
    int listener;
    char address[64];
    json_t *answers[ANSWERS_CAP];
    size_t count;
};

static const char *scopes_of(enum actor actor)
{
    switch (actor) {
    case TEAM:
    case TEAM_MACHINE:
        return "orders:read orders:write shortlists:read shortlists:approve changes:read";
    case EMPLOYER:
        return "orders:read orders:write changes:read";
    case NOBODY:
        return "";
    default:
        return "orders:read orders:write shortlists:read shortlists:answer shortlists:approve"
               " changes:read";
    }
}

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.organisation_kind = ""};
    int64_t actor;

    (void)pg;
    (void)state;
    if (!authorization || strncmp(authorization, "Bearer ", 7) != 0 ||
        str_int64(authorization + 7, 0, NOBODY - 1, &actor) != 0) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    enum actor who = (enum actor)actor;
    snprintf(principal.organisation, sizeof principal.organisation, "%s", scene_organisation(who));
    snprintf(principal.key, sizeof principal.key, "%s", scene_key(who));
    snprintf(principal.scopes, sizeof principal.scopes, "%s", scopes_of(who));
    done(0, &principal, argument);
}

static void *serve(void *argument)
{
    struct server *server = argument;

    loop_run(server->loop);
    return NULL;
}

struct server *server_start(struct scene *scene)
{
    struct server *server = mem_zalloc(sizeof *server);
    const struct conf_table *const tables[] = {&orders_conf};
    struct buffer faults;

    assert_int_equal(crypto_init(), 0);
    buffer_init(&faults, 4096);
    assert_int_equal(conf_load(NULL, tables, 1, &server->conf, &faults), 0);
    buffer_deinit(&faults);
    server->scene = scene;
    server->loop = loop_create();
    const struct pg_options pg = {.conninfo = scene->conninfo, .user = "emnebank_front"};
    server->pg = pg_pool_create(server->loop, &pg);
    struct rest_options options = {
        .loop = server->loop,
        .pg = server->pg,
        .authenticate = authenticate,
        .http = {.connections = CONNECTIONS, .connections_per_address = CONNECTIONS}};
    crypto_key_random(&options.cursor_key);
    server->router = rest_router_create(&options);
    server->orders = orders_create(server->conf);
    rest_router_add(server->router, &orders_routes, server->orders);
    rest_router_add(server->router, &shortlists_routes, NULL);
    assert_int_equal(http_listen("127.0.0.1:0", &server->listener, NULL), 0);
    assert_int_equal(http_address(server->listener, server->address, sizeof server->address), 0);
    assert_int_equal(http_server_accept(rest_router_server(server->router), server->listener), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    return server;
}

void server_stop(struct server **server)
{
    struct server *stopped = *server;

    loop_stop(stopped->loop);
    pthread_join(stopped->thread, NULL);
    rest_router_destroy(&stopped->router);
    pg_pool_destroy(&stopped->pg);
    loop_destroy(&stopped->loop);
    orders_destroy(&stopped->orders);
    conf_destroy(&stopped->conf);
    close(stopped->listener);
    for (size_t i = 0; i < stopped->count; i++)
        json_decref(stopped->answers[i]);
    mem_free(stopped);
    *server = NULL;
}

static int connect_to(const struct server *server)
{
    const struct timeval limit = {.tv_sec = 20};
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(server->address, ':');
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

int server_send(struct server *server, enum actor actor, const char *method, const char *target,
                const char *headers, const char *body)
{
    int client = connect_to(server);
    struct buffer text;

    buffer_init(&text, ANSWER_CAP);
    buffer_printf(&text, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s", method, target,
                  headers ? headers : "");
    if (actor != NOBODY)
        buffer_printf(&text, "Authorization: Bearer %d\r\n", (int)actor);
    if (body)
        buffer_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      strlen(body));
    buffer_printf(&text, "\r\n%s", body ? body : "");
    for (size_t sent = 0; sent < text.length;) {
        ssize_t count = send(client, text.data + sent, text.length - sent, MSG_NOSIGNAL);
        assert_true(count > 0);
        sent += (size_t)count;
    }
    buffer_deinit(&text);
    return client;
}

struct answer server_receive(struct server *server, int socket)
{
    struct answer answer = {0};
    struct json_fault fault;
    struct buffer text;
    char bytes[65536];
    ssize_t count;

    buffer_init(&text, ANSWER_CAP);
    while ((count = recv(socket, bytes, sizeof bytes, 0)) > 0)
        buffer_append(&text, bytes, (size_t)count);
    assert_int_equal(count, 0);
    close(socket);
    char *whole = arena_strdup(server->scene->arena, text.data);
    buffer_deinit(&text);
    if (strncmp(whole, "HTTP/1.1 ", 9) != 0)
        fail_msg("no answer: %s", whole);
    answer.status = atoi(whole + 9);
    char *end = strstr(whole, "\r\n\r\n");
    assert_non_null(end);
    *end = '\0';
    answer.head = whole;
    answer.body = end + 4;
    if (*answer.body == '{') {
        assert_in_range(server->count, 0, ANSWERS_CAP - 1);
        assert_int_equal(
            json_read(answer.body, strlen(answer.body), &server->answers[server->count], &fault),
            0);
        answer.json = server->answers[server->count++];
    }
    return answer;
}

struct answer server_ask(struct server *server, enum actor actor, const char *method,
                         const char *target, const char *headers, const char *body)
{
    return server_receive(server, server_send(server, actor, method, target, headers, body));
}

const char *server_header(struct server *server, const struct answer *answer, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, length) == 0 && strncmp(line + 2 + length, ": ", 2) == 0) {
            const char *value = line + 4 + length;
            return arena_strndup(server->scene->arena, value, strcspn(value, "\r"));
        }
    return NULL;
}

const char *answer_text(const struct answer *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer->json, name));

    return text ? text : "";
}

int64_t answer_integer(const struct answer *answer, const char *name)
{
    return json_integer_value(json_object_get(answer->json, name));
}

void assert_answer(const struct answer *answer, int status, const char *slug)
{
    if (answer->status != status)
        fail_msg("expected %d, got %s\n%s", status, answer->head, answer->body);
    if (!slug)
        return;
    const char *type = answer_text(answer, "type");
    if (!str_starts(type, "/problems/") || !str_equal(type + strlen("/problems/"), slug))
        fail_msg("expected %s, got %s", slug, answer->body);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *answer_errors(struct server *server, const struct answer *answer)
{
    const json_t *errors = json_object_get(answer->json, "errors");
    size_t count = json_array_size(errors);
    const char **lines = arena_array(server->scene->arena, count + 1, sizeof *lines);
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        const json_t *error = json_array_get(errors, i);
        lines[i] = arena_printf(server->scene->arena, "%s %s\n",
                                json_string_value(json_object_get(error, "pointer")),
                                json_string_value(json_object_get(error, "code")));
    }
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(server->scene->arena, "%s%s", text, lines[i]);
    return text;
}
