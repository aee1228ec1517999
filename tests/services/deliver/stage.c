#include "tests/services/deliver/stage.h"

#include "common/base/str.h"
#include "common/fetch/fetch.h"
#include "services/deliver/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEAM_SCOPES "endpoints:read endpoints:write endpoints:approve"
#define KEY "00000000-0000-4000-8000-00000000"

static const struct {
    const char *authorization, *organisation, *kind, *key, *scopes;
} callers[] = {
    {STAGE_EMPLOYER, SCENE_EMPLOYER, "employer", KEY "a0ee", "endpoints:read endpoints:write"},
    {STAGE_HOME, SCENE_HOME, "municipality", KEY "a751", "endpoints:read endpoints:write"},
    {STAGE_METTE, SCENE_TEAM, "team", KEY "a001", TEAM_SCOPES},
    {STAGE_OLE, SCENE_TEAM, "team", KEY "a102", TEAM_SCOPES},
    {STAGE_METTE_TOO, SCENE_TEAM, "team", KEY "a103", TEAM_SCOPES},
    {STAGE_MACHINE, SCENE_TEAM, "team", KEY "a104", TEAM_SCOPES},
};

/* Stands in for services/access: keys, by name. */
static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {0};
    (void)pg;
    (void)state;
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        if (!str_equal(authorization, callers[i].authorization))
            continue;
        snprintf(principal.organisation, sizeof principal.organisation, "%s",
                 callers[i].organisation);
        snprintf(principal.organisation_kind, sizeof principal.organisation_kind, "%s",
                 callers[i].kind);
        snprintf(principal.key, sizeof principal.key, "%s", callers[i].key);
        snprintf(principal.scopes, sizeof principal.scopes, "%s", callers[i].scopes);
        done(0, &principal, argument);
        return;
    }
    done(ERROR_DENIED, NULL, argument);
}

int stage_set_up_as(void **state, const char *lines)
{
    struct stage *stage = calloc(1, sizeof *stage);
    scene_set_up((void **)&stage->scene);
    if (lines != NULL)
        scene_configure(stage->scene, lines);
    stage->api = api_create(stage->scene->conninfo, authenticate, NULL);
    api_add(stage->api, &deliver_routes, stage->scene->deliver);
    api_start(stage->api);
    *state = stage;
    return 0;
}

int stage_set_up(void **state)
{
    return stage_set_up_as(state, NULL);
}

int stage_tear_down(void **state)
{
    struct stage *stage = *state;
    api_stop(&stage->api);
    scene_tear_down((void **)&stage->scene);
    free(stage);
    return 0;
}

/* --- calls --- */

struct stage_reply stage_call_with(struct stage *stage, const char *who, const char *method,
                                   const char *path, const char *body, const char *name,
                                   const char *value)
{
    struct arena *arena = stage->scene->arena;
    struct fetch_header headers[3] = {{"authorization", who}, {"content-type", "application/json"}};
    struct fetch_request request = {
        .method = method,
        .url = arena_printf(arena, "http://%s%s", api_address(stage->api), path),
        .headers = headers,
        .header_count = body == NULL ? 1 : 2,
        .body = body,
        .length = body == NULL ? 0 : strlen(body)};
    struct fetch_reply answer;
    struct error_detail detail = {0};
    struct json_fault fault;
    struct stage_reply reply = {0};
    if (name != NULL)
        headers[request.header_count++] = (struct fetch_header){name, value};
    int error = fetch_blocking(arena, &request, &answer, &detail);
    if (error != 0)
        fail_msg("%s %s: %s", method, path, detail.private_text);
    reply.status = answer.status;
    reply.etag = answer.etag;
    if (answer.length > 0)
        assert_int_equal(json_read(answer.body, answer.length, &reply.body, &fault), 0);
    return reply;
}

struct stage_reply stage_call(struct stage *stage, const char *who, const char *method,
                              const char *path)
{
    return stage_call_with(stage, who, method, path, NULL, NULL, NULL);
}

int stage_status(struct stage_reply reply)
{
    json_decref(reply.body);
    return reply.status;
}

struct stage_reply stage_post(struct stage *stage, const char *who, const char *body)
{
    const char *key = arena_printf(stage->scene->arena, "\"noegle-%d\"", ++stage->key);
    struct stage_reply made =
        stage_call_with(stage, who, "POST", "/v1/endpoints", body, "idempotency-key", key);
    if (made.status == 201)
        stage_activate(stage, stage_text(stage, made.body, "id"));
    return made;
}

void stage_activate(struct stage *stage, const char *endpoint)
{
    scene_sql(stage->scene,
              "UPDATE delivery SET state = 'cancelled', fresh = false WHERE endpoint_id = '%s'",
              endpoint);
    scene_sql(stage->scene,
              "UPDATE endpoint SET state = 'active', proven_at = now(), approved_at = now()"
              " WHERE id = '%s'",
              endpoint);
}

const char *stage_text(struct stage *stage, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : arena_strdup(stage->scene->arena, text);
}
