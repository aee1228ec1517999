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

/* Stands in for services/access: two keys, by name. */
static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.scopes = "endpoints:read endpoints:write"};
    bool employer = str_equal(authorization, STAGE_EMPLOYER);
    (void)pg;
    (void)state;
    if (!employer && !str_equal(authorization, STAGE_HOME)) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    snprintf(principal.organisation, sizeof principal.organisation, "%s",
             employer ? SCENE_EMPLOYER : SCENE_HOME);
    snprintf(principal.organisation_kind, sizeof principal.organisation_kind, "%s",
             employer ? "employer" : "municipality");
    snprintf(principal.key, sizeof principal.key, "00000000-0000-4000-8000-00000000a%s",
             employer ? "0ee" : "751");
    done(0, &principal, argument);
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
    return stage_call_with(stage, who, "POST", "/v1/endpoints", body, "idempotency-key", key);
}

const char *stage_text(struct stage *stage, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : arena_strdup(stage->scene->arena, text);
}
