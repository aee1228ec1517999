#include "tests/services/match/asking.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/services/match/owner.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "0b000000-0000-4000-8000-000000000001"
#define REQUEST_SIZE 8192

/* ---- the two threads ---- */

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.key = KEY,
                                       .scopes = "orders:read orders:write shortlists:read"};
    int64_t actor = 0;
    (void)pg;
    (void)state;
    if (authorization == NULL || strncmp(authorization, "Bearer ", 7) != 0 ||
        str_int64(authorization + 7, AARHUS, EMPLOYER_WITH_SCOPE, &actor) != 0) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    if (actor == EMPLOYER) {
        snprintf(principal.scopes, sizeof principal.scopes, "orders:read");
    }
    snprintf(principal.organisation, sizeof principal.organisation,
             "0a000000-0000-4000-8000-00000000000%d", actor < EMPLOYER ? (int)actor : EMPLOYER);
    done(0, &principal, argument);
}

static void *run_loop(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void start_match(struct asking *asking)
{
    asking->match_loop = loop_create();
    asking->match = match_create(
        &(struct match_options){.loop = asking->match_loop,
                                .pg = {.conninfo = asking->conninfo, .deadline = CLOCK_MINUTE}});
    assert_int_equal(pthread_create(&asking->match_thread, NULL, run_loop, asking->match_loop), 0);
}

void asking_stop_match(struct asking *asking)
{
    loop_stop(asking->match_loop);
    pthread_join(asking->match_thread, NULL);
    match_destroy(&asking->match);
    loop_destroy(&asking->match_loop);
}

void asking_start_front(struct asking *asking, struct match *match)
{
    asking->front_loop = loop_create();
    asking->pg =
        pg_pool_create(asking->front_loop, &(struct pg_options){.conninfo = asking->conninfo,
                                                                .user = "emnebank_front",
                                                                .deadline = CLOCK_MINUTE});
    struct rest_options options = {
        .loop = asking->front_loop, .pg = asking->pg, .authenticate = authenticate};
    crypto_key_random(&options.cursor_key);
    asking->router = rest_router_create(&options);
    asking->door = match_door_create(match);
    rest_router_add(asking->router, &match_routes, asking->door);
    assert_int_equal(http_listen("127.0.0.1:0", &asking->net.socket, NULL), 0);
    assert_int_equal(http_server_accept(rest_router_server(asking->router), asking->net.socket), 0);
    assert_int_equal(pthread_create(&asking->front_thread, NULL, run_loop, asking->front_loop), 0);
}

void asking_end_front_loop(struct asking *asking)
{
    loop_stop(asking->front_loop);
    pthread_join(asking->front_thread, NULL);
}

void asking_free_front(struct asking *asking)
{
    rest_router_destroy(&asking->router);
    pg_pool_destroy(&asking->pg);
    match_door_destroy(&asking->door);
    loop_destroy(&asking->front_loop);
    close(asking->net.socket);
}

int asking_set_up(void **state)
{
    struct asking *asking = calloc(1, sizeof *asking);
    struct error_detail detail = {0};
    *state = asking;
    assert_int_equal(crypto_init(), 0);
    asking->conninfo = pg_cluster_database("asking");
    if (session_open(asking->conninfo, NULL, &asking->owner, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    owner_run_script(asking->owner, SCENE_SQL);
    sem_init(&asking->held, 0, 0);
    sem_init(&asking->go, 0, 0);
    sem_init(&asking->draining, 0, 0);
    sem_init(&asking->drained, 0, 0);
    start_match(asking);
    asking_start_front(asking, asking->match);
    return 0;
}

int asking_tear_down(void **state)
{
    struct asking *asking = *state;
    if (asking->router != NULL) {
        asking_end_front_loop(asking);
        asking_free_front(asking);
    }
    if (asking->match != NULL) {
        asking_stop_match(asking);
    }
    sem_destroy(&asking->drained);
    sem_destroy(&asking->draining);
    sem_destroy(&asking->go);
    sem_destroy(&asking->held);
    session_close(&asking->owner);
    free(asking);
    return 0;
}

/* ---- asking as a caller ---- */

int asking_send(struct asking *asking, enum actor actor, const char *method, const char *path,
                const char *head, const char *body)
{
    char request[REQUEST_SIZE];
    char length[96] = "";
    const int client = client_open(&asking->net);
    if (body[0] != '\0') {
        snprintf(length, sizeof length, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                 strlen(body));
    }
    const int written = snprintf(request, sizeof request,
                                 "%s %s HTTP/1.1\r\nHost: emnebank.test\r\nConnection: close\r\n"
                                 "Authorization: Bearer %d\r\n%s%s\r\n%s",
                                 method, path, (int)actor, head, length, body);
    assert_true(written > 0 && (size_t)written < sizeof request);
    client_text(client, request);
    return client;
}

const char *asking_receive(struct asking *asking, int client, int status)
{
    client_rest(client, asking->answer, sizeof asking->answer);
    close(client);
    const char *body = strstr(asking->answer, "\r\n\r\n");
    if (body == NULL || atoi(asking->answer + strlen("HTTP/1.1 ")) != status) {
        fail_msg("%d expected, got: %s", status, asking->answer);
    }
    return body + 4;
}

const char *asking_get(struct asking *asking, enum actor actor, int status, const char *format, ...)
{
    char path[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    return asking_receive(asking, asking_send(asking, actor, "GET", path, "", ""), status);
}

const char *asking_id(unsigned number)
{
    static char text[37];
    snprintf(text, sizeof text, "5f8d0000-0000-4000-8000-%012x", number);
    return text;
}

void asking_new_order(struct asking *asking)
{
    owner_ask(asking->owner, "SELECT fictional_order('" ASKING_ORDER "', 'open')");
}

void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}
