#include "tests/common/rest/harness.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/rest/problem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

struct lookup {
    struct loop *loop;
    struct rest_principal principal;
    rest_authenticated *done;
    void *argument;
};

static void found_late(void *argument)
{
    struct lookup *lookup = argument;
    lookup->done(0, &lookup->principal, lookup->argument);
    mem_free(lookup);
}

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct harness *harness = state;
    struct rest_principal principal = {.organisation = HARNESS_TEAM,
                                       .organisation_kind = "team",
                                       .key = HARNESS_KEY,
                                       .scopes = "read write"};
    const char *name =
        authorization != NULL && strncmp(authorization, "Bearer ", 7) == 0 ? authorization + 7 : "";
    (void)pg;
    if (strcmp(name, "late") == 0) {
        struct lookup *lookup = mem_alloc(sizeof *lookup);
        *lookup = (struct lookup){
            .loop = harness->loop, .principal = principal, .done = done, .argument = argument};
        loop_post(harness->loop, found_late, lookup);
        return;
    }
    if (strcmp(name, "other") == 0)
        strcpy(principal.organisation, HARNESS_OTHER);
    else if (strcmp(name, "reader") == 0)
        strcpy(principal.scopes, "read");
    else if (strcmp(name, "away") == 0) {
        done(ERROR_UNAVAILABLE, NULL, argument);
        return;
    } else if (strcmp(name, "team") != 0) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    done(0, &principal, argument);
}

static void *run(void *argument)
{
    struct harness *harness = argument;
    loop_run(harness->loop);
    return NULL;
}

void harness_start(struct harness *harness, const struct rest_table *table, void *room,
                   const char *conninfo)
{
    memset(harness, 0, sizeof *harness);
    assert_int_equal(crypto_init(), 0);
    harness->loop = loop_create();
    if (conninfo != NULL) {
        const struct pg_options pg = {
            .conninfo = conninfo, .user = "emnebank_front", .deadline = CLOCK_MINUTE};
        harness->pg = pg_pool_create(harness->loop, &pg);
    }
    struct rest_options options = {.loop = harness->loop,
                                   .pg = harness->pg,
                                   .authenticate = authenticate,
                                   .authenticate_state = harness};
    crypto_key_random(&options.cursor_key);
    harness->router = rest_router_create(&options);
    rest_router_add(harness->router, table, room);
    assert_int_equal(http_listen("127.0.0.1:0", &harness->net.socket, NULL), 0);
    assert_int_equal(http_server_accept(rest_router_server(harness->router), harness->net.socket),
                     0);
    assert_int_equal(pthread_create(&harness->thread, NULL, run, harness), 0);
}

void harness_stop(struct harness *harness)
{
    loop_stop(harness->loop);
    pthread_join(harness->thread, NULL);
    rest_router_destroy(&harness->router);
    if (harness->pg != NULL)
        pg_pool_destroy(&harness->pg);
    loop_destroy(&harness->loop);
    close(harness->net.socket);
}

const char *harness_ask(struct harness *harness, const char *method, const char *target,
                        const char *head, const char *body)
{
    static char answer[1048576];
    char request[65536];
    const int length = snprintf(request, sizeof request,
                                "%s %s HTTP/1.1\r\nHost: emnebank.test\r\nConnection: close\r\n%s"
                                "Content-Length: %zu\r\n\r\n%s",
                                method, target, head != NULL ? head : "",
                                body != NULL ? strlen(body) : 0, body != NULL ? body : "");
    assert_in_range(length, 1, sizeof request - 1);
    const int client = client_open(&harness->net);
    client_send(client, request, (size_t)length);
    client_rest(client, answer, sizeof answer);
    close(client);
    return answer;
}

const char *harness_ask_team(struct harness *harness, const char *method, const char *target,
                             const char *head, const char *body)
{
    char all[8192];
    snprintf(all, sizeof all, "Authorization: Bearer team\r\n%s", head != NULL ? head : "");
    return harness_ask(harness, method, target, all, body);
}

void assert_status(const char *answer, int status)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0)
        fail_msg("%d expected, got: %s", status, answer);
}

const char *header_of(const char *answer, const char *name)
{
    static char value[8192];
    for (const char *line = strstr(answer, "\r\n"); line != NULL && strncmp(line, "\r\n\r\n", 4);
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, strlen(name)) != 0 || line[2 + strlen(name)] != ':')
            continue;
        const char *start = line + 2 + strlen(name) + 2;
        const size_t length = strcspn(start, "\r");
        assert_in_range(length, 0, sizeof value - 1);
        memcpy(value, start, length);
        value[length] = '\0';
        return value;
    }
    return NULL;
}

const char *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    return body + 4;
}

const char *assert_problem(const char *answer, int status, const char *slug)
{
    static const char *const members[] = {"type", "title", "detail", "instance", "trace_id"};
    struct json_fault fault;
    json_t *problem;
    char type[128];
    assert_status(answer, status);
    assert_string_equal(header_of(answer, "Content-Type"), "application/problem+json");
    assert_non_null(header_of(answer, "Content-Language"));
    assert_non_null(header_of(answer, "X-Request-Id"));
    assert_string_equal(header_of(answer, "Cache-Control"), "no-store");
    const char *body = body_of(answer);
    assert_int_equal(json_read(body, strlen(body), &problem, &fault), 0);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *value = json_string_value(json_object_get(problem, members[i]));
        if (value == NULL || value[0] == '\0')
            fail_msg("no %s in %s", members[i], body);
    }
    snprintf(type, sizeof type, "/problems/%s", slug);
    assert_string_equal(json_string_value(json_object_get(problem, "type")), type);
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), status);
    assert_int_equal(problem_find(slug)->status, status);
    json_decref(problem);
    return body;
}
