/* The routes of endpoints and deliveries over HTTP, on a real PostgreSQL. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include "tests/services/deliver/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *path_of(struct stage *stage, const json_t *endpoint, const char *tail)
{
    return arena_printf(stage->scene->arena, "/v1/endpoints/%s%s",
                        stage_text(stage, endpoint, "id"), tail);
}

static const char *good_body(struct stage *stage)
{
    return arena_printf(stage->scene->arena,
                        "{\"url\":\"http://127.0.0.1:%d/krog\",\"kinds\":[\"cv.released\"]}",
                        receiver_port(stage->scene->receiver));
}

/* --- tests --- */

/* The secret is shown once, is never in the database in clear, and signs what is sent. */
static void test_create_and_test(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct stage_reply made = stage_call_with(stage, STAGE_EMPLOYER, "POST", "/v1/endpoints",
                                              good_body(stage), "idempotency-key", "\"en\"");
    assert_int_equal(made.status, 201);
    assert_string_equal(made.etag, "\"v1\"");
    const char *secret = stage_text(stage, made.body, "secret");
    assert_int_equal(strlen(secret), strlen("whsec_") + 44);
    assert_string_equal(stage_text(stage, made.body, "state"), "unproven");
    stage_activate(stage, stage_text(stage, made.body, "id"));
    assert_int_equal(json_array_size(json_object_get(made.body, "kinds")),
                     2); /* recalls come with it */

    struct stage_reply again = stage_call_with(stage, STAGE_EMPLOYER, "POST", "/v1/endpoints",
                                               good_body(stage), "idempotency-key", "\"en\"");
    assert_int_equal(again.status, 201);
    assert_true(json_is_null(json_object_get(again.body, "secret")));
    assert_string_equal(stage_text(stage, again.body, "id"), stage_text(stage, made.body, "id"));
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM endpoint"), "1");
    assert_string_equal(
        scene_sql(scene, "SELECT count(*) FROM idempotency WHERE (reply).body LIKE '%%whsec_%%'"),
        "0");
    json_decref(again.body);

    struct stage_reply sent =
        stage_call(stage, STAGE_EMPLOYER, "POST", path_of(stage, made.body, "/test"));
    assert_int_equal(sent.status, 202);
    const char *delivery = stage_text(stage, sent.body, "delivery_id");
    scene_start(scene);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    snprintf(scene->secret, sizeof scene->secret, "%s", secret);
    scene_verify(scene, receiver_request(scene->receiver, 0));

    const char *path = arena_printf(scene->arena, "/v1/deliveries/%s", delivery);
    struct stage_reply read = stage_call(stage, STAGE_EMPLOYER, "GET", path);
    assert_int_equal(read.status, 200);
    assert_string_equal(stage_text(stage, read.body, "kind"), "endpoint.test");
    const json_t *attempt = json_array_get(json_object_get(read.body, "attempt_log"), 0);
    assert_int_equal(json_integer_value(json_object_get(attempt, "status")), 204);
    json_decref(read.body);
    assert_int_equal(stage_status(stage_call(stage, STAGE_HOME, "GET", path)), 404);
    assert_string_equal(scene_sql(scene, "SELECT string_agg(action, ',' ORDER BY seq) FROM audit "
                                         "WHERE organisation_id = '" SCENE_EMPLOYER "'"),
                        "endpoint.created,endpoint.changed");
    json_decref(made.body);
    json_decref(sent.body);
}

static void test_every_fault_at_once(void **state)
{
    struct stage *stage = *state;
    struct stage_reply reply = stage_post(
        stage, STAGE_EMPLOYER,
        "{\"url\":\"http://10.0.0.1/\",\"kinds\":[\"cv.released\",\"x\",7],\"andet\":1}");
    assert_int_equal(reply.status, 422);
    const json_t *errors = json_object_get(reply.body, "errors");
    static const char *const pointers[] = {"/url", "/kinds/1", "/kinds/2", "/andet"};
    assert_int_equal(json_array_size(errors), 4);
    for (size_t i = 0; i < 4; i++) {
        bool found = false;
        for (size_t j = 0; j < 4; j++)
            found =
                found ||
                str_equal(json_string_value(json_object_get(json_array_get(errors, j), "pointer")),
                          pointers[i]);
        if (!found)
            fail_msg("no error at %s", pointers[i]);
    }
    json_decref(reply.body);
    static const char *const bad[] = {
        "{}",
        "{\"url\":\"https://firma.dk/\",\"kinds\":[]}",
        "{\"url\":\"https://firma.dk/\",\"kinds\":\"cv.released\"}",
        "{\"url\":\"https://127.1/\",\"kinds\":[\"cv.released\"]}",
        "{\"url\":\"https://firma.dk/\",\"kinds\":[\"endpoint.test\"]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reply = stage_post(stage, STAGE_EMPLOYER, bad[i]);
        assert_int_equal(reply.status, 422);
        json_decref(reply.body);
    }
    assert_string_equal(scene_sql(stage->scene, "SELECT count(*) FROM endpoint"), "0");
}

static void test_change_and_remove(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct stage_reply made = stage_post(stage, STAGE_EMPLOYER, good_body(stage));
    assert_int_equal(made.status, 201);
    const char *path = path_of(stage, made.body, "");
    json_decref(made.body);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path,
                                                  "{\"state\":\"disabled\"}", NULL, NULL)),
                     428);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path,
                                     "{\"state\":\"disabled\"}", "if-match", "\"v7\"")),
        412);
    struct stage_reply reply = stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path,
                                               "{\"state\":\"disabled\"}", "if-match", "\"v1\"");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.etag, "\"v2\"");
    assert_string_equal(stage_text(stage, reply.body, "disabled_reason"), "by_owner");
    json_decref(reply.body);
    assert_int_equal(stage_status(stage_call(stage, STAGE_EMPLOYER, "POST",
                                             arena_printf(scene->arena, "%s/test", path))),
                     409);
    reply =
        stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path,
                        "{\"state\":\"active\",\"kinds\":[\"cv.recalled\"]}", "if-match", "\"v2\"");
    assert_int_equal(reply.status, 200);
    assert_true(json_is_null(json_object_get(reply.body, "disabled_reason")));
    assert_string_equal(stage_text(stage, reply.body, "state"), "active");
    assert_int_equal(json_array_size(json_object_get(reply.body, "kinds")), 1);
    json_decref(reply.body);
    reply = stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path, "{\"state\":\"sort\"}",
                            "if-match", "\"v3\"");
    assert_int_equal(reply.status, 422);
    json_decref(reply.body);

    reply = stage_call(stage, STAGE_EMPLOYER, "POST", arena_printf(scene->arena, "%s/test", path));
    assert_int_equal(reply.status, 202);
    const char *delivery = stage_text(stage, reply.body, "delivery_id");
    json_decref(reply.body);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_EMPLOYER, "DELETE", path, NULL,
                                                  "if-match", "\"v3\"")),
                     204);
    assert_string_equal(
        scene_sql(scene, "SELECT concat_ws(' ', state, reason) FROM delivery WHERE id = '%s'",
                  delivery),
        "cancelled endpoint_removed");
    assert_string_equal(
        scene_sql(scene, "SELECT concat_ws(' ', state, disabled_reason) FROM endpoint"),
        "disabled removed");
}

static void test_a_stranger_gets_404(void **state)
{
    struct stage *stage = *state;
    struct stage_reply made = stage_post(stage, STAGE_EMPLOYER, good_body(stage));
    const char *path = path_of(stage, made.body, "");
    assert_int_equal(stage_status(stage_call(stage, STAGE_HOME, "GET", path)), 404);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_HOME, "PATCH", path,
                                                  "{\"state\":\"disabled\"}", "if-match", "*")),
                     404);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_HOME, "DELETE", path, NULL, "if-match", "*")),
        404);
    assert_int_equal(
        stage_status(stage_call(stage, STAGE_HOME, "POST", path_of(stage, made.body, "/test"))),
        404);
    assert_int_equal(
        stage_status(stage_call(stage, STAGE_EMPLOYER, "GET", "/v1/endpoints/ikke-en-id")), 404);
    assert_int_equal(stage_status(stage_call(stage, "Bearer x", "GET", path)), 401);
    struct stage_reply list = stage_call(stage, STAGE_HOME, "GET", "/v1/endpoints");
    assert_int_equal(json_array_size(json_object_get(list.body, "items")), 0);
    json_decref(list.body);
    list = stage_call(stage, STAGE_EMPLOYER, "GET", "/v1/endpoints");
    assert_int_equal(json_array_size(json_object_get(list.body, "items")), 1);
    assert_null(json_object_get(json_array_get(json_object_get(list.body, "items"), 0), "secret"));
    json_decref(list.body);
    json_decref(made.body);
}

static void test_list_pages(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    enum { COUNT = 5 };
    char seen[COUNT][40] = {{0}};
    size_t count = 0;
    const char *path = "/v1/deliveries?limit=2&state=waiting";
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (size_t i = 0; i < COUNT; i++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_endpoint(scene, SCENE_HOME, "{order.changed}");
    scene_put(scene, "order.changed", SCENE_HOME);
    while (path != NULL) {
        struct stage_reply page = stage_call(stage, STAGE_EMPLOYER, "GET", path);
        assert_int_equal(page.status, 200);
        const json_t *items = json_object_get(page.body, "items");
        for (size_t i = 0; i < json_array_size(items); i++) {
            assert_true(count < COUNT);
            const char *id = stage_text(stage, json_array_get(items, i), "id");
            for (size_t j = 0; j < count; j++)
                assert_string_not_equal(seen[j], id);
            snprintf(seen[count++], sizeof seen[0], "%s", id);
        }
        const char *next = stage_text(stage, page.body, "next");
        path = next == NULL ? NULL
                            : arena_printf(scene->arena,
                                           "/v1/deliveries?limit=2&state=waiting&cursor=%s", next);
        json_decref(page.body);
    }
    assert_int_equal(count, COUNT);
    struct stage_reply none = stage_call(stage, STAGE_EMPLOYER, "GET", "/v1/deliveries?state=dead");
    assert_int_equal(json_array_size(json_object_get(none.body, "items")), 0);
    json_decref(none.body);
    static const char *const bad[] = {"?state=x", "?cursor=x", "?limit=0", "?limit=201",
                                      "?andet=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            stage_status(stage_call(stage, STAGE_EMPLOYER, "GET",
                                    arena_printf(scene->arena, "/v1/deliveries%s", bad[i]))),
            400);
}

int main(void)
{
#define API(test_) cmocka_unit_test_setup_teardown(test_, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        API(test_create_and_test),     API(test_every_fault_at_once), API(test_change_and_remove),
        API(test_a_stranger_gets_404), API(test_list_pages),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
