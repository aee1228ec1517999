/* Whose endpoint it is: the challenge that its receiver answers, the team's approval, and that
 * nothing else is sent before both. */
#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include "services/deliver/verify.h"
#include "tests/services/deliver/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EMPLOYER_CVR "10000009"
#define OTHER_CVR "10000017"
#define HOME_CVR "55133018"

#define PRINT(stage_, ...) arena_printf((stage_)->scene->arena, __VA_ARGS__)

struct place {
    const char *id;
    const char *path;
    const char *secret;
};

/* --- calls --- */

static struct stage_reply post(struct stage *stage, const char *who, const char *members)
{
    const char *body =
        PRINT(stage, "{\"url\":\"http://127.0.0.1:%d/krog\",\"kinds\":[\"order.changed\"]%s}",
              receiver_port(stage->scene->receiver), members);
    return stage_call_with(stage, who, "POST", "/v1/endpoints", body, "idempotency-key",
                           PRINT(stage, "\"proeve-%d\"", ++stage->key));
}

static struct place make(struct stage *stage, const char *who)
{
    struct stage_reply made = post(stage, who, "");
    assert_int_equal(made.status, 201);
    struct place place = {.id = stage_text(stage, made.body, "id"),
                          .secret = stage_text(stage, made.body, "secret")};
    place.path = PRINT(stage, "/v1/endpoints/%s", place.id);
    json_decref(made.body);
    return place;
}

static struct stage_reply patch(struct stage *stage, const char *who, const struct place *place,
                                const char *body)
{
    return stage_call_with(stage, who, "PATCH", place->path, body, "if-match", "*");
}

static struct stage_reply approve(struct stage *stage, const char *who, const struct place *place,
                                  const char *body, const char *version)
{
    return stage_call_with(stage, who, "POST", PRINT(stage, "%s/approval", place->path), body,
                           "if-match", version);
}

static int approved(struct stage *stage, const char *who, const struct place *place,
                    const char *cvr)
{
    return stage_status(approve(stage, who, place, PRINT(stage, "{\"cvr\":\"%s\"}", cvr), "*"));
}

static const char *column(struct stage *stage, const struct place *place, const char *expression)
{
    return scene_sql(stage->scene, "SELECT %s FROM endpoint e WHERE e.id = '%s'", expression,
                     place->id);
}

#define ASSERT_COLUMN(stage_, place_, expression_, expected_)                                      \
    assert_string_equal(column(stage_, place_, expression_), expected_)

/* The challenge that the receiver of this endpoint is asked with now. */
static const char *challenge(struct stage *stage, const struct place *place)
{
    struct scene *scene = stage->scene;
    const char *data =
        verify_data(scene->arena, scene->deliver, place->id, column(stage, place, "challenge_id"));
    const char *value = strstr(data, "\"challenge\":\"") + strlen("\"challenge\":\"");
    return arena_strndup(scene->arena, value, strcspn(value, "\""));
}

static void will_echo(struct stage *stage, const struct place *place, int status)
{
    const char *body = PRINT(stage, "{\"challenge\":\"%s\"}", challenge(stage, place));
    receiver_will(
        stage->scene->receiver,
        (struct receiver_reply){.manner = RECEIVER_ANSWERS, .status = status, .body = body});
}

static void until_state(struct stage *stage, const struct place *place, const char *state)
{
    scene_until(stage->scene, "SELECT state = '%s' FROM endpoint WHERE id = '%s'", state,
                place->id);
}

/* Without the network: as if its receiver had answered. */
static void prove(struct stage *stage, const struct place *place)
{
    scene_sql(stage->scene,
              "SELECT emnebank.endpoint_prove(id, challenge_id) FROM endpoint WHERE id = '%s'",
              place->id);
    ASSERT_COLUMN(stage, place, "state", "proven");
}

static size_t listed(struct stage *stage, const char *query)
{
    struct stage_reply list =
        stage_call(stage, STAGE_OLE, "GET", PRINT(stage, "/v1/endpoints/approvals%s", query));
    assert_int_equal(list.status, 200);
    size_t count = json_array_size(json_object_get(list.body, "items"));
    json_decref(list.body);
    return count;
}

static const char *audited(struct stage *stage, const char *organisation)
{
    return scene_sql(
        stage->scene,
        "SELECT string_agg(action, ',' ORDER BY seq) FROM audit WHERE organisation_id = '%s'",
        organisation);
}

/* --- tests --- */

/* The whole way: asked, answered, approved; only then is the endpoint sent an event. */
static void test_from_the_first_question_on(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make(stage, STAGE_EMPLOYER);
    ASSERT_COLUMN(stage, &place, "state", "unproven");
    assert_string_equal(scene_put(scene, "order.changed", SCENE_EMPLOYER), "");
    assert_int_equal(stage_status(stage_call(stage, STAGE_EMPLOYER, "POST",
                                             PRINT(stage, "%s/test", place.path))),
                     409);
    will_echo(stage, &place, 200);
    scene_start(scene);
    until_state(stage, &place, "proven");

    const struct receiver_request *asked = receiver_request(scene->receiver, 0);
    snprintf(scene->secret, sizeof scene->secret, "%s", place.secret);
    scene_verify(scene, asked);
    assert_non_null(strstr(asked->body, "\"type\":\"endpoint.verify\""));
    assert_non_null(
        strstr(asked->body, PRINT(stage, "\"data\":{\"endpoint_id\":\"%s\",\"challenge\":\"%s\"}",
                                  place.id, challenge(stage, &place))));
    /* It is written down nowhere. */
    assert_string_equal(scene_sql(scene,
                                  "SELECT count(*) FROM outbox WHERE payload::text LIKE '%%%s%%'",
                                  challenge(stage, &place)),
                        "0");
    assert_string_equal(scene_put(scene, "order.changed", SCENE_EMPLOYER), "");

    assert_int_equal(listed(stage, ""), 1);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 200);
    assert_int_equal(listed(stage, ""), 0);
    assert_int_equal(listed(stage, "?state=active"), 1);
    struct stage_reply shown = stage_call(stage, STAGE_EMPLOYER, "GET", place.path);
    assert_string_equal(stage_text(stage, shown.body, "state"), "active");
    assert_string_equal(stage_text(stage, shown.body, "cvr"), EMPLOYER_CVR);
    assert_non_null(stage_text(stage, shown.body, "proven_at"));
    assert_non_null(stage_text(stage, shown.body, "approved_at"));
    assert_null(stage_text(stage, shown.body, "approved_by")); /* partners alone are told */
    json_decref(shown.body);
    ASSERT_COLUMN(stage, &place, "approved_by", "Ole Prøve (fiktiv)");
    assert_string_equal(audited(stage, SCENE_EMPLOYER),
                        "endpoint.created,endpoint.proven,endpoint.approved");
    assert_string_equal(audited(stage, SCENE_TEAM), "endpoint.approved");

    const char *delivery = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    assert_int_equal(receiver_requests(scene->receiver), 2);
}

static void due_past_the_door(struct scene *scene, const struct place *place, const char *kind,
                              const char *release, const char *fresh)
{
    scene_sql(
        scene,
        "WITH event AS (INSERT INTO outbox (kind, organisation_id, order_id, release_id, payload)"
        " VALUES ('%s', '" SCENE_EMPLOYER "', '" SCENE_ORDER "', %s, '{}') RETURNING id, version)"
        " INSERT INTO delivery (outbox_id, endpoint_id, organisation_id, kind, version, fresh)"
        " SELECT id, '%s', '" SCENE_EMPLOYER "', '%s', version, %s FROM event",
        kind, release, place->id, kind, fresh);
}

/* What the claim takes of an endpoint in each state, new deliveries and tried ones, all of them
 * made past the door that makes none. */
static void test_nothing_else_is_claimed(void **state)
{
    static const struct {
        const char *state, *claimed;
    } cases[] = {
        {"unproven", "endpoint.verify"},
        {"proven", "endpoint.verify"},
        {"disabled", ""},
        {"active", "cv.released,endpoint.test,endpoint.verify,order.changed,order.changed"}};
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place = make(stage, STAGE_EMPLOYER);
        const char *release = scene_release(scene);
        due_past_the_door(scene, &place, "order.changed", "NULL", "true");
        due_past_the_door(scene, &place, "order.changed", "NULL", "false");
        due_past_the_door(scene, &place, "endpoint.test", "NULL", "true");
        due_past_the_door(scene, &place, "cv.released", PRINT(stage, "'%s'", release), "true");
        scene_sql(scene, "UPDATE endpoint_mark SET again = true");
        scene_sql(scene, "UPDATE endpoint SET state = 'disabled' WHERE id <> '%s'", place.id);
        scene_sql(scene, "UPDATE endpoint SET state = '%s', concurrency = 32 WHERE id = '%s'",
                  cases[i].state, place.id);
        assert_string_equal(
            scene_sql(scene, "SELECT coalesce(string_agg(kind, ',' ORDER BY kind), '')"
                             " FROM emnebank.delivery_claim(64, 2, 10, interval '1 minute')"),
            cases[i].claimed);
    }
}

/* Answers that are no proof, one after another; each can be read, and the fourth is the last. */
static void test_what_is_no_proof(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make(stage, STAGE_EMPLOYER);
    const char *asked = column(stage, &place, "challenge_id");
    const struct receiver_reply wrong[] = {
        {.manner = RECEIVER_ANSWERS, .status = 204},
        {.manner = RECEIVER_ANSWERS,
         .status = 200,
         .body = "{\"challenge\":\"Zr3vT0aXk9Qm2LwB7yHc5uNd1sEoGi4PZr3vT0aXk9Q\"}"},
        /* The request sent back as it is. */
        {.manner = RECEIVER_ANSWERS,
         .status = 200,
         .body = PRINT(stage, "{\"data\":{\"challenge\":\"%s\"}}", challenge(stage, &place))},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        receiver_will(scene->receiver, wrong[i]);
    will_echo(stage, &place, 202); /* the right words, and not 200 */
    scene_start(scene);
    for (int attempt = 1; attempt <= VERIFY_ATTEMPTS; attempt++) {
        scene_until(scene,
                    "SELECT attempts = %d AND state <> 'leased' FROM delivery WHERE id = '%s'",
                    attempt, asked);
        scene_sql(scene, "UPDATE delivery SET next_at = now() WHERE id = '%s'", asked);
        scene_wake(scene);
    }
    scene_until(scene,
                "SELECT state = 'dead' AND reason = '" VERIFY_NOT_ECHOED
                "' FROM delivery WHERE id = '%s'",
                asked);
    assert_string_equal(scene_sql(scene,
                                  "SELECT string_agg(class || ' ' || status, ',' ORDER BY number)"
                                  " FROM delivery_attempt WHERE delivery_id = '%s'",
                                  asked),
                        VERIFY_NOT_ECHOED " 204," VERIFY_NOT_ECHOED " 200," VERIFY_NOT_ECHOED
                                          " 200," VERIFY_NOT_ECHOED " 202");
    /* The same webhook-id and the same challenge each time. */
    assert_string_equal(receiver_request(scene->receiver, 0)->body,
                        receiver_request(scene->receiver, 3)->body);
    ASSERT_COLUMN(stage, &place, "state", "unproven");

    /* Asked again, it is another question. */
    const char *before = challenge(stage, &place);
    scene_stop(scene);
    struct stage_reply again =
        stage_call(stage, STAGE_EMPLOYER, "POST", PRINT(stage, "%s/challenge", place.path));
    assert_int_equal(again.status, 202);
    assert_string_equal(stage_text(stage, again.body, "delivery_id"),
                        column(stage, &place, "challenge_id"));
    json_decref(again.body);
    assert_string_not_equal(challenge(stage, &place), before);
    will_echo(stage, &place, 200);
    scene_start(scene);
    until_state(stage, &place, "proven");
    assert_int_equal(stage_status(stage_call(stage, STAGE_EMPLOYER, "POST",
                                             PRINT(stage, "%s/challenge", place.path))),
                     409);
}

/* Who asks again while the first question waits takes it back; an organisation may ask so often. */
static void test_asking_has_an_end(void **state)
{
    struct stage *stage = *state;
    struct place place = make(stage, STAGE_EMPLOYER);
    const char *path = PRINT(stage, "%s/challenge", place.path);
    int asked = 1;
    while (stage_status(stage_call(stage, STAGE_EMPLOYER, "POST", path)) == 202)
        asked++;
    assert_int_equal(asked, 60);
    assert_int_equal(stage_status(stage_call(stage, STAGE_EMPLOYER, "POST", path)), 429);
    assert_int_equal(stage_status(post(stage, STAGE_EMPLOYER, "")), 429);
    assert_string_equal(scene_sql(stage->scene,
                                  "SELECT string_agg(DISTINCT concat(state, ' ', reason), ','"
                                  " ORDER BY concat(state, ' ', reason)) FROM delivery"),
                        "cancelled asked_again,waiting ");
    assert_int_equal(stage_status(stage_call(stage, STAGE_HOME, "POST", path)), 404);
    make(stage, STAGE_HOME); /* another's asking is not counted */
}

/* An answer that comes from the former address after the change proves nothing. */
static void test_the_former_address_proves_nothing(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make(stage, STAGE_EMPLOYER);
    const char *former = column(stage, &place, "challenge_id");
    const char *token = scene_sql(
        scene, "SELECT token FROM emnebank.delivery_claim(64, 2, 10, interval '1 minute')");
    assert_int_equal(
        stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"url\":\"http://127.0.0.1:1/ny\"}")),
        200);
    assert_string_not_equal(column(stage, &place, "challenge_id"), former);
    assert_string_equal(
        scene_sql(scene,
                  "SELECT emnebank.delivery_finish('%s', '%s', 'delivered', NULL, 0, 0, 'answered',"
                  " 200, 100, '', repeat('0', 64))",
                  former, token),
        "t");
    ASSERT_COLUMN(stage, &place, "state", "unproven");
    assert_string_equal(scene_sql(scene,
                                  "SELECT string_agg(url, ',') FROM"
                                  " emnebank.delivery_claim(64, 2, 10, interval '1 minute')"),
                        "http://127.0.0.1:1/ny");
    prove(stage, &place);
}

/* Who may approve, what, and as whose. */
static void test_who_approves(void **state)
{
    struct stage *stage = *state;
    struct place place = make(stage, STAGE_EMPLOYER);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 409); /* not proven */
    prove(stage, &place);
    assert_int_equal(approved(stage, STAGE_EMPLOYER, &place, EMPLOYER_CVR), 403);
    assert_int_equal(approved(stage, STAGE_MACHINE, &place, EMPLOYER_CVR), 403);
    assert_int_equal(approved(stage, STAGE_OLE, &place, OTHER_CVR), 409);
    assert_int_equal(approved(stage, STAGE_OLE, &place, "10000008"), 422);
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, "{}", "*")), 409);
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, "{\"andet\":1}", "*")), 422);
    const char *body = "{\"cvr\":\"" EMPLOYER_CVR "\"}";
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, body, "\"v1\"")), 412);
    ASSERT_COLUMN(stage, &place, "state", "proven");
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, body, "\"v2\"")), 200);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 409); /* is already */

    struct place home = make(stage, STAGE_HOME);
    prove(stage, &home);
    assert_int_equal(approved(stage, STAGE_METTE, &home, EMPLOYER_CVR), 409);
    assert_int_equal(approved(stage, STAGE_METTE, &home, HOME_CVR), 200);
    struct stage_reply shown = stage_call(stage, STAGE_HOME, "GET", home.path);
    assert_string_equal(stage_text(stage, shown.body, "approved_by"), "Mette Prøve (fiktiv)");
    json_decref(shown.body);
}

/* The team's own endpoint: two persons, whatever key either uses. */
static void test_two_persons(void **state)
{
    struct stage *stage = *state;
    struct place place = make(stage, STAGE_METTE);
    prove(stage, &place);
    assert_int_equal(stage_status(approve(stage, STAGE_METTE, &place, "{}", "*")), 403);
    assert_int_equal(stage_status(approve(stage, STAGE_METTE_TOO, &place, "{}", "*")), 403);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 409); /* it has no number */
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, "{}", "*")), 200);
    assert_string_equal(audited(stage, SCENE_TEAM),
                        "endpoint.created,endpoint.proven,endpoint.approved");

    /* Whoever moves it has made it. */
    assert_int_equal(
        stage_status(patch(stage, STAGE_OLE, &place, "{\"url\":\"http://127.0.0.1:1/ny\"}")), 200);
    prove(stage, &place);
    assert_int_equal(stage_status(approve(stage, STAGE_OLE, &place, "{}", "*")), 403);
    assert_int_equal(stage_status(approve(stage, STAGE_METTE, &place, "{}", "*")), 200);
}

/* Another address begins anew; nothing else does. */
static void test_what_begins_anew(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make(stage, STAGE_EMPLOYER);
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"active\"}")),
                     409);
    prove(stage, &place);
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"active\"}")),
                     409);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 200);
    const char *same =
        PRINT(stage,
              "{\"url\":\"http://127.0.0.1:%d/krog\",\"kinds\":[\"cv.released\"],\"mode\":\"thin\","
              "\"fifo\":true,\"concurrency\":4,\"rate\":7}",
              receiver_port(scene->receiver));
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, same)), 200);
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"disabled\"}")),
                     200);
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"active\"}")),
                     200);
    ASSERT_COLUMN(stage, &place, "concat_ws(' ', state, mode, fifo, concurrency, rate)",
                  "active thin t 4 7");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM delivery"), "1"); /* asked once */

    /* What waits while the new address is nobody's waits on. */
    struct stage_reply test =
        stage_call(stage, STAGE_EMPLOYER, "POST", PRINT(stage, "%s/test", place.path));
    assert_int_equal(test.status, 202);
    const char *waits = stage_text(stage, test.body, "delivery_id");
    json_decref(test.body);
    assert_int_equal(
        stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"url\":\"http://127.0.0.1:1/ny\"}")),
        200);
    ASSERT_COLUMN(stage, &place, "concat_ws(' ', state, proven_at, approved_at, approved_by, cvr)",
                  "unproven");
    ASSERT_COLUMN(stage, &place, "concat_ws(' ', mode, fifo, concurrency, rate)", "thin t 4 7");
    assert_string_equal(scene_sql(scene, "SELECT state FROM delivery WHERE id = '%s'", waits),
                        "waiting");
    /* Off and on again, it is asked again. */
    const char *asked = column(stage, &place, "challenge_id");
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"disabled\"}")),
                     200);
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"active\"}")),
                     200);
    ASSERT_COLUMN(stage, &place, "state", "unproven");
    assert_string_not_equal(column(stage, &place, "challenge_id"), asked);
}

/* Taken back: off at once, owner and team are told, and it is all to do again. */
static void test_approval_taken_back(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make(stage, STAGE_EMPLOYER);
    const char *path = PRINT(stage, "%s/approval", place.path);
    prove(stage, &place);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_OLE, "DELETE", path, NULL, "if-match", "*")),
        409);
    assert_int_equal(approved(stage, STAGE_OLE, &place, EMPLOYER_CVR), 200);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_HOME, "DELETE", path, NULL, "if-match", "*")),
        403);
    assert_int_equal(
        stage_status(stage_call_with(stage, STAGE_MACHINE, "DELETE", path, NULL, "if-match", "*")),
        403);
    assert_int_equal(stage_status(stage_call_with(stage, STAGE_METTE, "DELETE", path, NULL,
                                                  "if-match", "\"v3\"")),
                     204);
    ASSERT_COLUMN(stage, &place,
                  "concat_ws(' ', state, disabled_reason, proven_at, approved_at, cvr)",
                  "disabled approval_withdrawn");
    assert_string_equal(
        scene_sql(scene, "SELECT string_agg(DISTINCT organisation_id::text, ',') FROM outbox"
                         " WHERE kind = 'endpoint.disabled'"),
        SCENE_TEAM "," SCENE_EMPLOYER);
    assert_string_equal(audited(stage, SCENE_TEAM),
                        "endpoint.approved,endpoint.approval_withdrawn");
    assert_int_equal(stage_status(patch(stage, STAGE_EMPLOYER, &place, "{\"state\":\"active\"}")),
                     200);
    ASSERT_COLUMN(stage, &place, "state", "unproven");
}

static void test_settings(void **state)
{
    static const char *const bad[] = {"\"mode\":\"tyk\"",  "\"mode\":null",      "\"fifo\":1",
                                      "\"concurrency\":0", "\"concurrency\":33", "\"rate\":1001",
                                      "\"rate\":\"1\""};
    struct stage *stage = *state;
    struct stage_reply made = post(
        stage, STAGE_HOME, ",\"mode\":\"thin\",\"fifo\":true,\"concurrency\":32,\"rate\":1000");
    assert_int_equal(made.status, 201);
    assert_string_equal(stage_text(stage, made.body, "mode"), "thin");
    assert_true(json_is_true(json_object_get(made.body, "fifo")));
    assert_int_equal(json_integer_value(json_object_get(made.body, "concurrency")), 32);
    assert_int_equal(json_integer_value(json_object_get(made.body, "rate")), 1000);
    struct place place = {.id = stage_text(stage, made.body, "id")};
    place.path = PRINT(stage, "/v1/endpoints/%s", place.id);
    json_decref(made.body);
    assert_int_equal(stage_status(patch(stage, STAGE_HOME, &place, "{\"rate\":null}")), 200);
    ASSERT_COLUMN(stage, &place, "concat_ws(' ', state, mode, fifo, concurrency, rate)",
                  "unproven thin t 32");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(stage_status(post(stage, STAGE_HOME, PRINT(stage, ",%s", bad[i]))), 422);
        assert_int_equal(
            stage_status(patch(stage, STAGE_HOME, &place, PRINT(stage, "{%s}", bad[i]))), 422);
    }
    assert_int_equal(
        stage_status(stage_call(stage, STAGE_OLE, "GET", "/v1/endpoints/approvals?state=x")), 400);
    assert_int_equal(stage_status(stage_call(stage, STAGE_HOME, "GET", "/v1/endpoints/approvals")),
                     403);
}

/* By no door but these: the API's role changes no endpoint itself. */
static void test_the_role_makes_none_active(void **state)
{
    struct stage *stage = *state;
    assert_string_equal(
        scene_sql(stage->scene,
                  "SELECT has_table_privilege('emnebank_front', 'endpoint', 'INSERT')"
                  " OR has_any_column_privilege('emnebank_front', 'endpoint', 'UPDATE')"),
        "f");
}

/* Four attempts, whatever the receiver wishes, within an hour. */
static void test_ladder(void **state)
{
    struct stage *stage = *state;
    const struct deliver *deliver = stage->scene->deliver;
    const char *delivery = "0190d3e0-5f6a-7c11-8a53-0242ac120006";
    const struct fetch_answer answers[] = {
        {.class = FETCH_ANSWERED, .status = 200, .retry_after = -1},
        {.class = FETCH_ANSWERED, .status = 503, .retry_after = CLOCK_DAY},
        {.class = FETCH_ANSWERED, .status = 429, .retry_after = CLOCK_DAY},
        {.class = FETCH_TIMEOUT, .retry_after = -1},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        int64_t total = 0;
        for (int attempt = 1; attempt < VERIFY_ATTEMPTS; attempt++) {
            struct decision decision = verify_decide(deliver, delivery, &answers[i], attempt);
            assert_int_equal(decision.verdict, VERDICT_RETRY);
            assert_true(decision.hold <= 10 * CLOCK_MINUTE);
            total += decision.pause + CLOCK_MINUTE;
        }
        assert_true(total <= CLOCK_HOUR);
        struct decision last = verify_decide(deliver, delivery, &answers[i], VERIFY_ATTEMPTS);
        assert_int_equal(last.verdict, VERDICT_DEAD);
        assert_non_null(last.reason);
    }
    const struct fetch_answer held = {.class = FETCH_HELD, .retry_after = -1};
    assert_int_equal(verify_decide(deliver, delivery, &held, VERIFY_ATTEMPTS).verdict,
                     VERDICT_HELD);
}

int main(void)
{
#define API(test_) cmocka_unit_test_setup_teardown(test_, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        API(test_from_the_first_question_on),
        API(test_nothing_else_is_claimed),
        API(test_what_is_no_proof),
        API(test_asking_has_an_end),
        API(test_the_former_address_proves_nothing),
        API(test_who_approves),
        API(test_two_persons),
        API(test_what_begins_anew),
        API(test_approval_taken_back),
        API(test_settings),
        API(test_the_role_makes_none_active),
        API(test_ladder),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
