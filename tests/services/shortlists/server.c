#include "tests/services/shortlists/server.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/employers/employers.h"
#include "services/figures/figures.h"
#include "services/forecast/forecast.h"
#include "services/orders/orders.h"
#include "services/shortlists/shortlists.h"
#include "tests/support/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWERS_CAP 4096

struct server {
    struct scene *scene;
    struct conf *conf;
    struct orders *orders;
    struct figures *figures;
    struct keyring *keyring;
    struct shortlists *shortlists;
    struct api *api;
    json_t *answers[ANSWERS_CAP];
    size_t count;
};

static struct keyring *make_keyring(void)
{
    static const char *const names[] = {"0751", "0615", NULL};
    struct keyring *keyring = NULL;
    char path[] = "/tmp/emnebank-lists-XXXXXX";
    const int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    unlink(path);
    assert_int_equal(keyring_generate(path, names, NULL), 0);
    assert_int_equal(keyring_load(path, &keyring, NULL), 0);
    unlink(path);
    return keyring;
}

static const char *scopes_of(enum actor actor)
{
    switch (actor) {
    case TEAM:
    case TEAM_MACHINE:
        return "organisations:read orders:read orders:write shortlists:read shortlists:approve"
               " shortlists:outcome changes:read leads:read leads:write";
    case EMPLOYER:
        return "orders:read orders:write shortlists:outcome changes:read";
    case NOBODY:
        return "";
    default:
        return "organisations:read orders:read orders:write shortlists:read shortlists:answer "
               "shortlists:approve"
               " shortlists:outcome changes:read leads:read leads:write";
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
    if (who == AARHUS || who == AARHUS_PERSON)
        snprintf(principal.municipality, sizeof principal.municipality, "0751");
    if (who == HORSENS || who == HORSENS_PERSON)
        snprintf(principal.municipality, sizeof principal.municipality, "0615");
    if (who == EMPLOYER)
        snprintf(principal.organisation_kind, sizeof principal.organisation_kind, "employer");
    snprintf(principal.scopes, sizeof principal.scopes, "%s", scopes_of(who));
    done(0, &principal, argument);
}

struct server *server_start(struct scene *scene)
{
    struct server *server = mem_zalloc(sizeof *server);
    const struct conf_table *const tables[] = {&orders_conf};
    struct buffer faults;

    buffer_init(&faults, 4096);
    assert_int_equal(conf_load(NULL, tables, 1, &server->conf, &faults), 0);
    buffer_deinit(&faults);
    server->scene = scene;
    server->orders = orders_create(server->conf);
    server->figures = figures_create(&calendar_defaults);
    assert_int_equal(crypto_init(), 0);
    server->keyring = make_keyring();
    server->shortlists = shortlists_create(server->keyring);
    server->api = api_create(scene->conninfo, authenticate, NULL);
    api_add(server->api, &orders_routes, server->orders);
    api_add(server->api, &employers_routes, NULL);
    api_add(server->api, &shortlists_routes, server->shortlists);
    api_add(server->api, &figures_routes, server->figures);
    api_add(server->api, &forecast_routes, NULL);
    api_start(server->api);
    return server;
}

void server_stop(struct server **server)
{
    struct server *stopped = *server;

    api_stop(&stopped->api);
    shortlists_destroy(&stopped->shortlists);
    keyring_destroy(&stopped->keyring);
    figures_destroy(&stopped->figures);
    orders_destroy(&stopped->orders);
    conf_destroy(&stopped->conf);
    for (size_t i = 0; i < stopped->count; i++)
        json_decref(stopped->answers[i]);
    mem_free(stopped);
    *server = NULL;
}

static int send_bytes(struct server *server, enum actor actor, const char *method,
                      const char *target, const char *headers, const void *body, size_t length)
{
    struct arena *arena = server->scene->arena;
    const char *key =
        actor != NOBODY ? arena_printf(arena, "Authorization: Bearer %d\r\n", (int)actor) : "";
    const bool typed = headers != NULL && strstr(headers, "Content-Type:") != NULL;
    const char *all =
        arena_printf(arena, "%s%s%s", headers != NULL ? headers : "", key,
                     body != NULL && !typed ? "Content-Type: application/json\r\n" : "");

    return api_send(server->api, arena_printf(arena, "%s %s", method, target), all, body, length);
}

const struct crypto_key *server_key(const struct server *server, const char *municipality)
{
    return keyring_find(server->keyring, municipality);
}

int server_send(struct server *server, enum actor actor, const char *method, const char *target,
                const char *headers, const char *body)
{
    return send_bytes(server, actor, method, target, headers, body,
                      body != NULL ? strlen(body) : 0);
}

struct answer server_receive(struct server *server, int socket)
{
    const struct api_answer raw = api_receive(socket, server->scene->arena);
    struct answer answer = {
        .status = raw.status, .head = raw.head, .body = raw.body, .length = raw.length};
    struct json_fault fault;

    if (*answer.body == '{') {
        assert_in_range(server->count, 0, ANSWERS_CAP - 1);
        assert_int_equal(json_read(raw.body, raw.length, &server->answers[server->count], &fault),
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

struct answer server_ask_bytes(struct server *server, enum actor actor, const char *method,
                               const char *target, const char *headers, const void *bytes,
                               size_t length)
{
    return server_receive(server,
                          send_bytes(server, actor, method, target, headers, bytes, length));
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

/* --- the world --- */

int world_open(void **state, const char *name)
{
    struct world *world = mem_zalloc(sizeof *world);

    world->scene = scene_open(name);
    world->server = server_start(world->scene);
    *state = world;
    return 0;
}

int world_close(void **state)
{
    struct world *world = *state;

    server_stop(&world->server);
    scene_close(&world->scene);
    mem_free(world);
    return 0;
}
