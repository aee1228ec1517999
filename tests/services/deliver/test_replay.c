/* Sending again what was given up or missed, and what the API shows of deliveries and attempts,
 * over HTTP on a real PostgreSQL. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "services/deliver/deliver.h"
#include "tests/services/deliver/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CV_KINDS "{cv.released,cv.recalled}"
#define SINCE "{\"since\":\"2026-01-01T00:00:00Z\"}"

/* A delivery that is given up after `attempts` attempts. */
static const char *dead(struct scene *scene, int attempts)
{
    const char *delivery = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_sql(
        scene,
        "UPDATE delivery SET state = 'dead', reason = 'exhausted', fresh = false, attempts = %d,"
        " finished_at = now() WHERE id = '%s'",
        attempts, delivery);
    scene_sql(
        scene,
        "INSERT INTO delivery_attempt (delivery_id, number, organisation_id, class, finished_at)"
        " SELECT id, n, organisation_id, 'timeout', now() FROM delivery,"
        " generate_series(1, %d) AS n WHERE id = '%s'",
        attempts, delivery);
    return delivery;
}

static struct stage_reply replay_one(struct stage *stage, const char *who, const char *delivery)
{
    return stage_call(stage, who, "POST",
                      arena_printf(stage->scene->arena, "/v1/deliveries/%s/replay", delivery));
}

static struct stage_reply replay_many(struct stage *stage, const char *endpoint, const char *body)
{
    return stage_call_with(stage, STAGE_EMPLOYER, "POST",
                           arena_printf(stage->scene->arena, "/v1/endpoints/%s/replay", endpoint),
                           body, NULL, NULL);
}

static void assert_counts(struct stage_reply reply, int again, int made, bool more)
{
    assert_int_equal(reply.status, 202);
    assert_int_equal(json_integer_value(json_object_get(reply.body, "again")), again);
    assert_int_equal(json_integer_value(json_object_get(reply.body, "made")), made);
    assert_int_equal(json_is_true(json_object_get(reply.body, "more")), more);
    json_decref(reply.body);
}

static void assert_problem(struct stage_reply reply, int status)
{
    assert_int_equal(reply.status, status);
    json_decref(reply.body);
}

/* The same webhook-id, the ladder from its foot, the numbers of attempts going on. */
static void test_one_again(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    char id[128];
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const char *delivery = dead(scene, 10);
    struct stage_reply reply = replay_one(stage, STAGE_EMPLOYER, delivery);
    assert_int_equal(reply.status, 202);
    assert_string_equal(stage_text(stage, reply.body, "state"), "waiting");
    assert_string_equal(stage_text(stage, reply.body, "reason"), "replayed");
    json_decref(reply.body);
    receiver_will(scene->receiver, (struct receiver_reply){.status = 500});
    scene_start(scene);
    scene_until(scene, "SELECT state = 'waiting' AND attempts = 11 FROM delivery WHERE id = '%s'",
                delivery);
    ASSERT_SQL(scene, "t",
               "SELECT d.next_at - a.finished_at < interval '7 s' FROM delivery d JOIN"
               " delivery_attempt a ON a.delivery_id = d.id AND a.number = 11 WHERE d.id = '%s'",
               delivery);
    scene_sql(scene, "UPDATE delivery SET next_at = now() WHERE id = '%s'", delivery);
    scene_wake(scene);
    scene_until(scene, "SELECT state = 'delivered' AND attempts = 12 FROM delivery WHERE id = '%s'",
                delivery);
    assert_true(receiver_header(receiver_request(scene->receiver, 1), "webhook-id", id, sizeof id));
    assert_string_equal(id, arena_printf(scene->arena, "msg_%s", delivery));
    ASSERT_SQL(scene, "delivery.replayed",
               "SELECT action FROM audit WHERE organisation_id = '" SCENE_EMPLOYER
               "' AND subject_id = '%s'",
               delivery);
    /* Delivered is delivered. */
    assert_problem(replay_one(stage, STAGE_EMPLOYER, delivery), 409);
}

static void test_what_cannot_be_sent_again(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const char *waiting = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    const char *given_up = dead(scene, 1);
    assert_problem(replay_one(stage, STAGE_EMPLOYER, waiting), 409);
    assert_problem(replay_one(stage, STAGE_HOME, given_up), 404);
    assert_problem(replay_one(stage, STAGE_EMPLOYER, "00000000-0000-4000-8000-000000000001"), 404);
    assert_problem(replay_one(stage, STAGE_EMPLOYER, "ikke-en-id"), 404);
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled'");
    assert_problem(replay_one(stage, STAGE_EMPLOYER, given_up), 409);
    assert_problem(replay_many(stage, endpoint, SINCE), 409);
    scene_sql(scene, "UPDATE endpoint SET state = 'active'");
    static const char *const bad[] = {
        "{}",
        "{\"since\":\"i går\"}",
        "{\"since\":7}",
        "{\"since\":\"2026-01-01T00:00:00Z\",\"kinds\":[]}",
        "{\"since\":\"2026-01-01T00:00:00Z\",\"kinds\":[\"x'y\"]}",
        "{\"since\":\"2026-01-01T00:00:00Z\",\"states\":[\"delivered\"]}",
        "{\"since\":\"2026-01-01T00:00:00Z\",\"states\":[null]}",
        "{\"since\":\"2026-01-01T00:00:00Z\",\"andet\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_problem(replay_many(stage, endpoint, bad[i]), 422);
    /* Remembered, and no more than that. */
    scene_sql(scene, "UPDATE delivery SET state = 'dead'");
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    assert_problem(replay_one(stage, STAGE_EMPLOYER, given_up), 409);
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM audit WHERE action LIKE '%%.replayed'");
}

/* By kind, by state, since a time; each in its turn, half a second apart. */
static void test_many_again(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int n = 1; n <= 5; n++)
        dead(scene, 10);
    const char *early = dead(scene, 10);
    scene_sql(scene, "UPDATE delivery SET created_at = '2025-12-31' WHERE id = '%s'", early);
    const char *off = dead(scene, 1);
    scene_sql(scene,
              "UPDATE delivery SET state = 'cancelled', reason = 'endpoint_removed' WHERE id ="
              " '%s'",
              off);
    assert_counts(replay_many(stage, endpoint,
                              "{\"since\":\"2026-01-01T00:00:00Z\",\"kinds\":[\"entry.changed\"]}"),
                  0, 0, false);
    assert_counts(replay_many(stage, endpoint, SINCE), 5, 0, false);
    ASSERT_SQL(scene, "5 t t",
               "SELECT concat_ws(' ', count(*), bool_and(attempts_before = 10), max(next_at) -"
               " min(next_at) = interval '2 s') FROM delivery WHERE state = 'waiting'");
    ASSERT_SQL(scene, "t",
               "SELECT bool_and(next_at >= lag) FROM (SELECT next_at, lag(next_at) OVER"
               " (ORDER BY version) FROM delivery WHERE state = 'waiting') AS x");
    /* What is asked for later has its turn after those. */
    assert_counts(replay_many(stage, endpoint,
                              "{\"since\":\"2026-01-01T00:00:00Z\",\"states\":[\"cancelled\"]}"),
                  1, 0, false);
    ASSERT_SQL(scene, "t",
               "SELECT (SELECT next_at FROM delivery WHERE id = '%s') > (SELECT max(next_at) FROM"
               " delivery WHERE state = 'waiting' AND id <> '%s')",
               off, off);
    ASSERT_SQL(scene, "dead", "SELECT state FROM delivery WHERE id = '%s'", early);
    ASSERT_SQL(
        scene, "5 0",
        "SELECT concat_ws(' ', detail ->> 'again', detail ->> 'made') FROM audit WHERE action ="
        " 'endpoint.replayed' AND (detail ->> 'again')::int = 5");
    /* Thirty units a minute, many are ten. */
    assert_problem(replay_many(stage, endpoint, SINCE), 429);
    assert_problem(replay_one(stage, STAGE_EMPLOYER, early), 429);
    scene_sql(scene, "UPDATE endpoint SET replay_window = now() - interval '1 minute'");
    assert_problem(replay_one(stage, STAGE_EMPLOYER, early), 202);
}

/* Disabled, it is told when it is active again what it has missed, and can ask for it. */
static void test_missed(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const char *path = arena_printf(scene->arena, "/v1/endpoints/%s", endpoint);
    scene_put(scene, "order.changed",
              SCENE_EMPLOYER); /* waits, and is sent without being asked for */
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled', disabled_reason = 'failing',"
                     " proven_at = now(), approved_at = now()");
    for (int n = 1; n <= 3; n++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_put(scene, "entry.changed", SCENE_EMPLOYER);
    scene_put(scene, "order.changed", SCENE_HOME);
    struct stage_reply reply = stage_call_with(stage, STAGE_EMPLOYER, "PATCH", path,
                                               "{\"state\":\"active\"}", "if-match", "*");
    assert_int_equal(reply.status, 200);
    assert_string_equal(stage_text(stage, reply.body, "state"), "active");
    const json_t *missed = json_object_get(reply.body, "missed");
    assert_int_equal(json_integer_value(json_object_get(missed, "count")), 3);
    assert_int_equal(json_integer_value(json_object_get(missed, "dead")), 0);
    const char *body =
        arena_printf(scene->arena, "{\"since\":\"%s\"}", stage_text(stage, missed, "since"));
    json_decref(reply.body);
    assert_counts(replay_many(stage, endpoint, body), 0, 3, false);
    assert_counts(replay_many(stage, endpoint, body), 0, 0, false);
    ASSERT_SQL(scene, "4", "SELECT count(*) FROM delivery WHERE state = 'waiting'");
    scene_sql(scene, "UPDATE delivery SET next_at = now()");
    scene_start(scene);
    scene_until(scene, "SELECT count(*) = 4 FROM delivery WHERE state = 'delivered'");
}

/* Consent is asked again: a CV whose release has ended meanwhile is cancelled, and nothing leaves.
 */
static void test_a_cv_that_may_not_go(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    const char *delivery = scene_send(scene, release);
    scene_sql(scene, "UPDATE delivery SET state = 'dead', fresh = false");
    scene_sql(scene, "SELECT release_revoke('%s', 'consent_withdrawn')", release);
    assert_counts(replay_many(stage, endpoint, SINCE), 1, 0, false);
    scene_start(scene);
    scene_until(scene,
                "SELECT state = 'cancelled' AND reason = 'not_in_force' FROM delivery WHERE id ="
                " '%s'",
                delivery);
    assert_int_equal(receiver_requests(scene->receiver), 0);
}

/* --- what is shown --- */

static size_t listed(struct stage *stage, const char *who, const char *query)
{
    struct stage_reply reply = stage_call(
        stage, who, "GET", arena_printf(stage->scene->arena, "/v1/deliveries?%s", query));
    assert_int_equal(reply.status, 200);
    size_t count = json_array_size(json_object_get(reply.body, "items"));
    json_decref(reply.body);
    return count;
}

/* Now and past, of before there were days too: one list, newest first, each once, whatever the
 * page. */
static void test_list_with_the_past(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed,entry.changed}");
    for (int n = 1; n <= 4;
         n++) /* remembered: of before days (50 and 60 days ago), then of today */
        dead(scene, 2);
    scene_sql(scene,
              "INSERT INTO delivery_past (id, outbox_id, endpoint_id, organisation_id, kind, state,"
              " attempts, created_at, attempt_log) SELECT gen_random_uuid(), gen_random_uuid(),"
              " '%s', '" SCENE_EMPLOYER "', 'entry.changed', 'delivered', 1, now() - n * interval"
              " '10 days', '[]' FROM generate_series(5, 6) AS n",
              endpoint);
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery");
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date, 2, 30, 13)");
    for (int n = 1; n <= 3; n++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    const char *path = "/v1/deliveries?limit=2";
    const char *last = "9999";
    size_t count = 0;
    while (path != NULL) {
        struct stage_reply page = stage_call(stage, STAGE_EMPLOYER, "GET", path);
        assert_int_equal(page.status, 200);
        const json_t *items = json_object_get(page.body, "items");
        for (size_t i = 0; i < json_array_size(items); i++) {
            const char *at = stage_text(stage, json_array_get(items, i), "created_at");
            assert_true(strcmp(at, last) <= 0);
            last = at;
            count++;
        }
        const char *next = stage_text(stage, page.body, "next");
        path = next == NULL ? NULL
                            : arena_printf(scene->arena, "/v1/deliveries?limit=2&cursor=%s", next);
        json_decref(page.body);
    }
    assert_int_equal(count, 9);
    assert_int_equal(listed(stage, STAGE_EMPLOYER, "state=dead"), 4);
    assert_int_equal(listed(stage, STAGE_EMPLOYER, "state=waiting"), 3);
    assert_int_equal(listed(stage, STAGE_EMPLOYER, "kind=entry.changed"), 2);
    assert_int_equal(listed(stage, STAGE_EMPLOYER, "since=2999-01-01T00:00:00Z"), 0);
    assert_int_equal(listed(stage, STAGE_EMPLOYER,
                            arena_printf(scene->arena, "since=%s&state=delivered",
                                         scene_sql(scene, "SELECT delivery_time(now() - interval"
                                                          " '55 days')"))),
                     1);
    assert_int_equal(listed(stage, STAGE_EMPLOYER,
                            arena_printf(scene->arena, "endpoint=%s&state=dead", endpoint)),
                     4);
    assert_int_equal(listed(stage, STAGE_EMPLOYER, "endpoint=00000000-0000-4000-8000-000000000001"),
                     0);
    assert_int_equal(listed(stage, STAGE_HOME, "limit=50"), 0);
    static const char *const bad[] = {"kind=x", "endpoint=x", "since=x", "state=x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_problem(stage_call(stage, STAGE_EMPLOYER, "GET",
                                  arena_printf(scene->arena, "/v1/deliveries?%s", bad[i])),
                       400);
    /* A remembered one by itself, to its owner alone. */
    const char *past =
        arena_printf(scene->arena, "/v1/deliveries/%s",
                     scene_sql(scene, "SELECT id FROM delivery_past WHERE attempts = 2"
                                      " LIMIT 1"));
    struct stage_reply read = stage_call(stage, STAGE_EMPLOYER, "GET", past);
    assert_int_equal(read.status, 200);
    assert_int_equal(json_array_size(json_object_get(read.body, "attempt_log")), 2);
    json_decref(read.body);
    assert_problem(stage_call(stage, STAGE_HOME, "GET", past), 404);
}

/* B14: of an attempt when, how, how long, how much and who signed; nothing of what was said,
 * neither here nor in what is remembered, whatever the receiver answers. */
static void test_attempts_without_a_person(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    static const char *const canaries[] = {"Prøve nr",   "S\\u00f8ren", "Søren",    "00 00 00",
                                           "example.dk", "Hemmelig",    "hemmelig", "010190"};
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver,
                  (struct receiver_reply){.status = 500,
                                          .body = "Søren Prøve nr. 1 (fiktiv) soeren@example.dk "
                                                  "+45 00 00 00 00 0101901234"});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until(scene, "SELECT attempts = 1 AND state = 'waiting' FROM delivery");
    scene_sql(scene, "UPDATE delivery SET next_at = now()");
    scene_wake(scene);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery");
    const char *path = arena_printf(scene->arena, "/v1/deliveries/%s", delivery);
    struct stage_reply read = stage_call(stage, STAGE_EMPLOYER, "GET", path);
    assert_int_equal(read.status, 200);
    const json_t *log = json_object_get(read.body, "attempt_log");
    assert_int_equal(json_array_size(log), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *attempt = json_array_get(log, i);
        assert_true(json_integer_value(json_object_get(attempt, "duration_us")) > 0);
        assert_true(json_integer_value(json_object_get(attempt, "bytes")) > 0);
        assert_string_equal(
            stage_text(stage, attempt, "signed_by"),
            scene_sql(scene,
                      "SELECT string_agg(id::text, ',' ORDER BY created_at DESC) FROM"
                      " endpoint_secret WHERE endpoint_id = '%s'",
                      endpoint));
    }
    char *text = json_dumps(read.body, 0);
    const char *shown = arena_strdup(scene->arena, text);
    free(text);
    json_decref(read.body);
    scene_stop(scene);
    const char *stored =
        scene_sql(scene, "SELECT concat((SELECT jsonb_agg(d) FROM delivery d), (SELECT"
                         " jsonb_agg(a) FROM delivery_attempt a), (SELECT jsonb_agg(x)"
                         " FROM outbox x), (SELECT jsonb_agg(e) FROM endpoint e))");
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    const char *past = scene_sql(scene, "SELECT jsonb_agg(d) FROM delivery_past d");
    assert_true(strlen(past) > 100);
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++) {
        assert_null(strstr(shown, canaries[i]));
        assert_null(strstr(stored, canaries[i]));
        assert_null(strstr(past, canaries[i]));
    }
}

/* A head that blocks its line, and a breaker, can be seen. */
static void test_health_is_shown(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene, "UPDATE endpoint SET fifo = true");
    const char *head = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    const char *behind = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_sql(scene, "UPDATE delivery SET attempts = 1, fresh = false WHERE id = '%s'", head);
    for (int n = 1; n <= 5; n++)
        scene_sql(scene, "SELECT endpoint_failed('%s', 'answered', 502)", endpoint);
    struct stage_reply read = stage_call(stage, STAGE_EMPLOYER, "GET",
                                         arena_printf(scene->arena, "/v1/endpoints/%s", endpoint));
    const json_t *breaker = json_object_get(read.body, "breaker");
    assert_string_equal(stage_text(stage, breaker, "state"), "open");
    assert_int_equal(json_integer_value(json_object_get(breaker, "trips")), 1);
    assert_non_null(stage_text(stage, breaker, "until"));
    assert_non_null(stage_text(stage, read.body, "failing_since"));
    assert_string_equal(stage_text(stage, read.body, "failing_how"), "http_502");
    assert_int_equal(json_integer_value(json_object_get(read.body, "lines_blocked")), 1);
    json_decref(read.body);
    read = stage_call(stage, STAGE_EMPLOYER, "GET",
                      arena_printf(scene->arena, "/v1/deliveries/%s", behind));
    assert_string_equal(stage_text(stage, read.body, "blocked_by"), head);
    json_decref(read.body);
}

int main(void)
{
#define STAGE(test_) cmocka_unit_test_setup_teardown(test_, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        STAGE(test_one_again),
        STAGE(test_what_cannot_be_sent_again),
        STAGE(test_many_again),
        STAGE(test_missed),
        STAGE(test_a_cv_that_may_not_go),
        STAGE(test_list_with_the_past),
        STAGE(test_attempts_without_a_person),
        STAGE(test_health_is_shown),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
