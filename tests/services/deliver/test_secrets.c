/* What deliveries are signed with and what a receiver is shown: over the room's routes, with the
 * sender at work, verified by Node (verify.mjs). Time is turned by changing retires_at. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What the receiver holds. */
struct held {
    const char *secret;
    const char *public_key;
};

struct place {
    const char *id;
    const char *path;
    struct held held;
};

static const char *print(struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *print(struct stage *stage, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(stage->scene->arena, format, arguments);
    va_end(arguments);
    return text;
}

static struct place make_endpoint(struct stage *stage)
{
    struct stage_reply made = stage_post(
        stage, STAGE_EMPLOYER,
        print(stage, "{\"url\":\"http://127.0.0.1:%d/krog\",\"kinds\":[\"order.changed\"]}",
              receiver_port(stage->scene->receiver)));
    assert_int_equal(made.status, 201);
    const char *id = stage_text(stage, made.body, "id");
    struct place place = {.id = id,
                          .path = print(stage, "/v1/endpoints/%s", id),
                          .held = {.secret = stage_text(stage, made.body, "secret"),
                                   .public_key = stage_text(stage, made.body, "public_key")}};
    json_decref(made.body);
    /* Whatever it takes to become active is not what is tried here. */
    scene_sql(stage->scene, "UPDATE endpoint SET state = 'active' WHERE id = '%s'", id);
    return place;
}

static struct stage_reply follow_with(struct stage *stage, const struct place *place,
                                      const char *who, const char *body, const char *key)
{
    return stage_call_with(stage, who, "POST", print(stage, "%s/secrets", place->path), body,
                           "idempotency-key", key);
}

static struct stage_reply follow(struct stage *stage, const struct place *place, const char *body)
{
    return follow_with(stage, place, STAGE_EMPLOYER, body,
                       print(stage, "\"skift-%d\"", ++stage->key));
}

/* Both schemes; what the receiver is to hold from now on. */
static struct held follow_both(struct stage *stage, const struct place *place)
{
    struct held held;
    struct stage_reply reply = follow(stage, place, "{\"scheme\":\"v1\"}");
    assert_int_equal(reply.status, 201);
    held.secret = stage_text(stage, reply.body, "secret");
    json_decref(reply.body);
    reply = follow(stage, place, "{\"scheme\":\"v1a\"}");
    assert_int_equal(reply.status, 201);
    assert_null(stage_text(stage, reply.body, "secret"));
    held.public_key = stage_text(stage, reply.body, "public_key");
    json_decref(reply.body);
    return held;
}

/* --- what Node says --- */

static void write_request(struct stage *stage, FILE *file, size_t index, const struct held *held)
{
    const struct receiver_request *request = receiver_request(stage->scene->receiver, index);
    char id[128], stamp[32], signature[2048];
    assert_true(receiver_header(request, "webhook-id", id, sizeof id));
    assert_true(receiver_header(request, "webhook-timestamp", stamp, sizeof stamp));
    assert_true(receiver_header(request, "webhook-signature", signature, sizeof signature));
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "id", id, "timestamp", stamp,
                             "signature", signature, "body",
                             crypto_base64(stage->scene->arena, request->body, request->length),
                             "secret", held->secret, "public_key", held->public_key);
    assert_non_null(line);
    fprintf(file, "%s\n", json_text(stage->scene->arena, line));
    json_decref(line);
}

/* "0 of 7": so many of the requests from..to-1 do not fit what the receiver holds. */
static const char *misfits(struct stage *stage, size_t from, size_t to, const struct held *held)
{
    char path[] = "/tmp/emnebank-requests.XXXXXX", answer[64] = "";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    for (size_t i = from; i < to; i++)
        write_request(stage, file, i, held);
    fclose(file);
    FILE *pipe = popen(print(stage, "node '%s' <'%s'", VERIFY_MJS, path), "re");
    assert_non_null(pipe);
    assert_non_null(fgets(answer, sizeof answer, pipe));
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
    answer[strcspn(answer, "\n")] = '\0';
    return arena_strdup(stage->scene->arena, answer);
}

/* "v1 v1a": the schemes of a request's signatures. */
static const char *schemes(struct stage *stage, size_t index)
{
    char signature[2048];
    const char *text = "";
    char *rest = signature;
    assert_true(receiver_header(receiver_request(stage->scene->receiver, index),
                                "webhook-signature", signature, sizeof signature));
    for (char *each; (each = strsep(&rest, " ")) != NULL;) {
        each[strcspn(each, ",")] = '\0';
        text = print(stage, "%s%s%s", text, text[0] == '\0' ? "" : " ", each);
    }
    return text;
}

static void send_some(struct stage *stage, size_t count)
{
    for (size_t i = 0; i < count; i++)
        scene_put(stage->scene, "order.changed", SCENE_EMPLOYER);
}

static void until_all_delivered(struct stage *stage)
{
    scene_until(stage->scene,
                "SELECT NOT EXISTS (SELECT FROM delivery WHERE state IN ('waiting', 'leased'))");
}

/* --- following --- */

static void test_shown_once_and_listed(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make_endpoint(stage);
    struct stage_reply reply = stage_call(stage, STAGE_EMPLOYER, "GET", place.path);
    assert_string_equal(stage_text(stage, reply.body, "public_key"), place.held.public_key);
    assert_null(json_object_get(reply.body, "secret"));
    assert_string_equal(reply.etag, "\"v1\"");
    json_decref(reply.body);

    const char *body = "{\"scheme\":\"v1\",\"grace_seconds\":3600}";
    reply = follow_with(stage, &place, STAGE_EMPLOYER, body, "\"en\"");
    assert_int_equal(reply.status, 201);
    const char *secret = stage_text(stage, reply.body, "secret");
    assert_int_equal(strlen(secret), strlen("whsec_") + 44);
    assert_string_not_equal(secret, place.held.secret);
    json_decref(reply.body);
    reply = follow_with(stage, &place, STAGE_EMPLOYER, body, "\"en\"");
    assert_int_equal(reply.status, 201);
    assert_true(json_is_null(json_object_get(reply.body, "secret")));
    json_decref(reply.body);
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM idempotency WHERE (reply).body LIKE "
                                         "'%%whsec_%%' OR (reply).body LIKE '%%whsk_%%'"),
                        "0");

    reply = stage_call(stage, STAGE_EMPLOYER, "GET", print(stage, "%s/secrets", place.path));
    assert_int_equal(reply.status, 200);
    const json_t *items = json_object_get(reply.body, "items");
    static const char *const states[] = {"current", "current", "retiring"};
    assert_int_equal(json_array_size(items), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(stage_text(stage, json_array_get(items, i), "state"), states[i]);
    assert_null(strstr(json_text(scene->arena, reply.body), "sec_"));
    json_decref(reply.body);
    assert_string_equal(scene_sql(scene, "SELECT bool_and(retires_at BETWEEN now() + '59 min' AND "
                                         "now() + '61 min') FROM endpoint_secret WHERE retires_at "
                                         "IS NOT NULL"),
                        "t");
    reply = stage_call(stage, STAGE_EMPLOYER, "GET", place.path);
    assert_string_equal(reply.etag, "\"v2\""); /* the replay changed nothing */
    json_decref(reply.body);
    assert_string_equal(scene_sql(scene, "SELECT string_agg(detail ->> 'scheme', ',') FROM audit "
                                         "WHERE action = 'endpoint.changed'"),
                        "v1");
    assert_int_equal(stage_status(follow_with(stage, &place, STAGE_HOME, body, "\"to\"")), 404);
    assert_int_equal(
        stage_status(stage_call(stage, STAGE_HOME, "GET", print(stage, "%s/secrets", place.path))),
        404);
}

static void test_wrong_bodies(void **state)
{
    struct stage *stage = *state;
    struct place place = make_endpoint(stage);
    static const char *const bad[] = {
        "{}",
        "{\"scheme\":\"v2\"}",
        "{\"scheme\":\"v1\",\"grace_seconds\":-1}",
        "{\"scheme\":\"v1\",\"grace_seconds\":604801}",
        "{\"scheme\":\"v1\",\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(stage_status(follow(stage, &place, bad[i])), 422);
    assert_string_equal(scene_sql(stage->scene, "SELECT count(*) FROM endpoint_secret"), "2");
}

/* Four of a scheme sign at a time; a fifth must wait, or end all that came before. */
static void test_not_too_many(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make_endpoint(stage);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stage_status(follow(stage, &place, "{\"scheme\":\"v1a\"}")), 201);
    assert_int_equal(stage_status(follow(stage, &place, "{\"scheme\":\"v1a\"}")), 409);
    assert_int_equal(stage_status(follow(stage, &place, "{\"scheme\":\"v1\"}")), 201);
    scene_start(scene);
    send_some(stage, 1);
    until_all_delivered(stage);
    assert_string_equal(schemes(stage, 0), "v1 v1 v1a v1a v1a v1a");
    assert_string_equal(misfits(stage, 0, 1, &place.held), "0 of 1"); /* the first of all */
    /* Each attempt says who signed. */
    assert_string_equal(
        scene_sql(scene, "SELECT count(*) FROM delivery_attempt, unnest(string_to_array(signed_by,"
                         " ',')) AS signer JOIN endpoint_secret s ON s.id = signer::uuid"),
        "6");

    struct stage_reply reply = follow(stage, &place, "{\"scheme\":\"v1a\",\"grace_seconds\":0}");
    assert_int_equal(reply.status, 201);
    const struct held held = {.public_key = stage_text(stage, reply.body, "public_key")};
    json_decref(reply.body);
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM endpoint_secret WHERE scheme = "
                                         "'v1a' AND length(sealed) > 0"),
                        "1");
    send_some(stage, 1);
    until_all_delivered(stage);
    assert_string_equal(schemes(stage, 1), "v1 v1 v1a");
    assert_string_equal(misfits(stage, 1, 2, &held), "0 of 1");
    const struct held compromised = {.public_key = place.held.public_key};
    assert_string_equal(misfits(stage, 1, 2, &compromised), "1 of 1");
}

/* One from before there were keys: it gets its first when it asks. */
static void test_first_key(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    const char *id = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const struct place place = {.path = print(stage, "/v1/endpoints/%s", id)};
    struct stage_reply reply = stage_call(stage, STAGE_EMPLOYER, "GET", place.path);
    assert_true(json_is_null(json_object_get(reply.body, "public_key")));
    json_decref(reply.body);
    scene_start(scene);
    send_some(stage, 1);
    until_all_delivered(stage);
    assert_string_equal(schemes(stage, 0), "v1");
    reply = follow(stage, &place, "{\"scheme\":\"v1a\"}");
    assert_int_equal(reply.status, 201);
    const struct held held = {.secret = scene->secret,
                              .public_key = stage_text(stage, reply.body, "public_key")};
    json_decref(reply.body);
    send_some(stage, 1);
    until_all_delivered(stage);
    assert_string_equal(schemes(stage, 1), "v1 v1a");
    assert_string_equal(misfits(stage, 1, 2, &held), "0 of 1");
}

/* A secret whose grace is over signs nothing, and its bytes go with the next sweep. */
static void test_wiped_after_its_grace(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make_endpoint(stage);
    struct held held = follow_both(stage, &place);
    scene_sql(scene, "SELECT delivery_sweep()");
    assert_string_equal(
        scene_sql(scene, "SELECT count(*) FROM endpoint_secret WHERE length(sealed) > 0"), "4");
    scene_sql(scene, "UPDATE endpoint_secret SET retires_at = now() WHERE retires_at IS NOT NULL");
    scene_start(scene);
    send_some(stage, 1);
    until_all_delivered(stage);
    assert_string_equal(schemes(stage, 0), "v1 v1a");
    assert_string_equal(misfits(stage, 0, 1, &held), "0 of 1");
    scene_sql(scene, "SELECT delivery_sweep()");
    assert_string_equal(
        scene_sql(scene,
                  "SELECT string_agg(concat_ws(' ', length(sealed) > 0, retires_at IS NULL), "
                  "',' ORDER BY created_at) FROM endpoint_secret"),
        "f f,f f,t t,t t");
}

/* A stream of deliveries while both schemes are followed, the receiver changes, and the grace ends:
 * not one signature that does not fit what the receiver holds. */
static void test_under_load(void **state)
{
    enum { SOME = 50 };
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make_endpoint(stage);
    scene_sql(scene, "UPDATE endpoint SET concurrency = 8");
    scene_start(scene);
    send_some(stage, SOME);
    scene_until_requests(scene, SOME / 2);
    struct held held = follow_both(stage, &place);
    size_t followed = receiver_requests(scene->receiver);
    send_some(stage, SOME);
    scene_until_requests(scene, SOME + SOME / 2);
    /* Whoever was claimed before may still be on its way, signed as it was then. */
    scene_until(scene, "SELECT NOT EXISTS (SELECT FROM delivery_attempt a WHERE a.finished_at IS "
                       "NULL AND a.started_at <= (SELECT max(created_at) FROM endpoint_secret))");
    size_t changed = receiver_requests(scene->receiver);
    send_some(stage, SOME);
    scene_sql(scene, "UPDATE endpoint_secret SET retires_at = now() WHERE retires_at IS NOT NULL");
    send_some(stage, SOME);
    until_all_delivered(stage);

    size_t end = receiver_requests(scene->receiver);
    assert_int_equal(end, 4 * SOME);
    assert_true(followed < changed && changed < end);
    assert_string_equal(misfits(stage, 0, changed, &place.held), print(stage, "0 of %zu", changed));
    assert_string_equal(misfits(stage, changed, end, &held),
                        print(stage, "0 of %zu", end - changed));
    assert_string_equal(misfits(stage, end - 1, end, &place.held),
                        "1 of 1"); /* the grace is over */
    assert_string_equal(
        scene_sql(
            scene,
            "SELECT count(*) FROM delivery WHERE kind = 'order.changed' AND (attempts <> 1 OR "
            "state <> 'delivered')"),
        "0");
}

/* One endpoint's sealed bytes are nothing in another's place, nor one scheme's in the other's. */
static void test_sealed_for_its_endpoint(void **state)
{
    struct stage *stage = *state;
    struct scene *scene = stage->scene;
    struct place place = make_endpoint(stage);
    struct place other = make_endpoint(stage);
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled' WHERE id = '%s'", other.id);
    scene_sql(
        scene,
        "UPDATE endpoint_secret s SET sealed = o.sealed FROM endpoint_secret o WHERE s.scheme "
        "= 'v1' AND o.scheme = 'v1' AND s.endpoint_id = '%s' AND o.endpoint_id = '%s'",
        place.id, other.id);
    scene_start(scene);
    send_some(stage, 1);
    scene_until(scene, "SELECT count(*) = 1 FROM delivery WHERE state = 'waiting' AND attempts = 1 "
                       "AND reason = 'secret_unreadable'");
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

int main(void)
{
#define STAGE(test_) cmocka_unit_test_setup_teardown(test_, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        STAGE(test_shown_once_and_listed),
        STAGE(test_wrong_bodies),
        STAGE(test_not_too_many),
        STAGE(test_first_key),
        STAGE(test_wiped_after_its_grace),
        STAGE(test_under_load),
        STAGE(test_sealed_for_its_endpoint),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
