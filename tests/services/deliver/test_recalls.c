/* Recalls with proof: to everybody who has the CV or may have it, through receivers that are away,
 * and visible where they cannot go. */
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/puller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LADDER 10

static const char *digest_of(struct puller *puller, const char *bytes, size_t length)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *text = arena_alloc(puller->scene->arena, 2 * CRYPTO_DIGEST_SIZE + 1);

    crypto_sha256(bytes, length, digest);
    str_hex(digest, sizeof digest, text);
    return text;
}

static void take_back(struct puller *puller, const char *release)
{
    scene_sql(puller->scene, "SELECT emnebank.release_revoke('%s', 'consent_withdrawn')", release);
}

/* The one recall that this caller sees, and its first place. */
static const json_t *recall(struct puller *puller, const char *who, const json_t **place)
{
    const struct puller_page page = puller_get(puller, who, "/v1/recalls");

    assert_int_equal(page.status, 200);
    assert_int_equal(page.count, 1);
    const json_t *found = puller_item(&page, 0);
    *place = json_array_get(json_object_get(found, "places"), 0);
    assert_non_null(*place);
    return found;
}

static void check_state(struct puller *puller, const char *state, const char *reason)
{
    const json_t *place;
    const json_t *found = recall(puller, PULLER_HOME, &place);

    assert_string_equal(puller_text(found, "state"), state);
    assert_string_equal(puller_text(place, "state"), state);
    assert_string_equal(puller_text(place, "reason"), reason);
    assert_int_equal(puller_get(puller, PULLER_TEAM, "/v1/recalls?open=true").count,
                     str_equal(state, "received") ? 0 : 1);
}

/* A CV that the employer's one endpoint has taken. */
struct taken {
    const char *endpoint, *release;
};

static struct taken take_cv(struct puller *puller)
{
    struct scene *scene = puller->scene;
    const struct taken taken = {.endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released}"),
                                .release = scene_release(scene)};
    const char *delivery = scene_send(scene, taken.release);

    scene_start(scene);
    scene_until(scene, "SELECT state = 'delivered' FROM emnebank.delivery WHERE id = '%s'",
                delivery);
    return taken;
}

static const char *recall_delivery(struct puller *puller)
{
    return scene_sql(puller->scene,
                     "SELECT id FROM emnebank.delivery WHERE kind = 'cv.recalled' ORDER BY id");
}

/* As if the hours until each attempt had passed, and the breaker's pause. */
static void try_until(struct puller *puller, const char *delivery, const char *state)
{
    struct scene *scene = puller->scene;

    for (int i = 0; i < LADDER; i++) {
        scene_until(scene,
                    "SELECT state <> 'leased' AND (attempts > %d OR state <> 'waiting') FROM"
                    " emnebank.delivery WHERE id = '%s'",
                    i, delivery);
        scene_sql(scene, "UPDATE emnebank.endpoint SET breaker = 'closed', breaker_until = NULL,"
                         " breaker_failures = 0, held_until = NULL");
        scene_sql(scene,
                  "UPDATE emnebank.delivery SET next_at = now() WHERE id = '%s' AND state ="
                  " 'waiting'",
                  delivery);
        scene_wake(scene);
    }
    scene_until(scene, "SELECT state = '%s' FROM emnebank.delivery WHERE id = '%s'", state,
                delivery);
}

static void go_away(struct puller *puller, int times)
{
    for (int i = 0; i < times; i++)
        receiver_will(puller->scene->receiver, (struct receiver_reply){.manner = RECEIVER_CLOSES});
}

static const char *alarms(struct puller *puller)
{
    return scene_sql(puller->scene,
                     "SELECT string_agg(o.kind, ',' ORDER BY o.kind) FROM emnebank.outbox x JOIN"
                     " emnebank.organisation o ON o.id = x.organisation_id WHERE x.kind ="
                     " 'entry.changed' AND x.payload ->> 'recall' = 'failed'");
}

/* --- the proof --- */

static void what_was_sent_and_answered_is_in_the_chain(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    /* It asks for something else by now. */
    scene_sql(scene, "UPDATE emnebank.endpoint SET kinds = '{order.changed}'");
    receiver_will(scene->receiver, (struct receiver_reply){.status = 200, .body = "slettet"});
    take_back(puller, taken.release);
    scene_until(scene, "SELECT count(*) = 1 FROM emnebank.recall_arrived");
    const struct receiver_request *cv = receiver_request(scene->receiver, 0);
    const struct receiver_request *told = receiver_request(scene->receiver, 1);
    assert_non_null(strstr(told->body, "\"cv.recalled\""));
    scene_verify(scene, told);

    const char *expected = arena_printf(
        scene->arena, "%s %s %s %s 200 t", taken.endpoint, digest_of(puller, cv->body, cv->length),
        digest_of(puller, told->body, told->length), digest_of(puller, "slettet", 7));
    assert_string_equal(
        scene_sql(scene,
                  "SELECT concat_ws(' ', detail ->> 'place', detail ->> 'cv_sha256', detail ->>"
                  " 'body_sha256', detail ->> 'answer_sha256', detail ->> 'status',"
                  " (detail ->> 'duration_us')::bigint > 0) FROM emnebank.audit WHERE action ="
                  " 'cv.recall_delivered' AND organisation_id = '" SCENE_HOME "'"),
        expected);
    const json_t *place;
    const json_t *found = recall(puller, PULLER_HOME, &place);
    assert_string_equal(puller_text(found, "state"), "received");
    assert_string_equal(puller_text(found, "external_ref"), "sag-1");
    assert_true(json_is_true(json_object_get(place, "certain")));
    assert_string_equal(puller_text(place, "answer_sha256"), digest_of(puller, "slettet", 7));
    assert_int_equal(json_integer_value(json_object_get(place, "status")), 200);
    recall(puller, PULLER_TEAM, &place);
    assert_int_equal(puller_get(puller, PULLER_NEIGHBOUR, "/v1/recalls").count, 0);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/recalls").status, 403);
    assert_string_equal(scene_sql(scene, "SELECT underway + failed FROM emnebank.recalls_open()"),
                        "0");
    assert_string_equal(
        scene_sql(scene,
                  "SELECT jsonb_array_elements(emnebank.citizen_releases(candidate_id"
                  ")) ->> 'recall_received_at' IS NOT NULL FROM emnebank.release"
                  " WHERE id = '%s'",
                  taken.release),
        "t");
}

/* --- receivers that are away --- */

static void a_receiver_that_was_away_for_the_whole_ladder_is_told_when_it_is_back(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released}");
    const char *release = scene_release(scene);
    const char *delivery = scene_send(scene, release);

    go_away(puller, LADDER);
    scene_start(scene);
    try_until(puller, delivery, "dead");
    assert_int_equal(receiver_requests(scene->receiver), LADDER);
    /* It never answered, and may have read every one of them. */
    take_back(puller, release);
    scene_until(scene, "SELECT count(*) = 1 FROM emnebank.recall_arrived");
    const json_t *place;
    const json_t *found = recall(puller, PULLER_HOME, &place);
    assert_string_equal(puller_text(found, "state"), "received");
    assert_true(json_is_false(json_object_get(place, "certain")));
    assert_string_equal(alarms(puller), "");
}

static void a_recall_that_is_given_up_is_told_of_and_can_be_sent_again(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    for (int i = 0; i < LADDER; i++)
        receiver_will(scene->receiver, (struct receiver_reply){.status = 500});
    scene_stop(scene);
    take_back(puller, taken.release);
    check_state(puller, "underway", "");
    assert_string_equal(scene_sql(scene, "SELECT r FROM emnebank.recalls_open() AS r"), "(1,0)");
    const char *told = recall_delivery(puller);
    scene_start(scene);
    try_until(puller, told, "dead");
    check_state(puller, "failed", "exhausted");
    assert_string_equal(alarms(puller), "municipality,team");
    assert_string_equal(scene_sql(scene,
                                  "SELECT detail ->> 'reason' FROM emnebank.audit WHERE action ="
                                  " 'cv.recall_failed' AND organisation_id = '" SCENE_HOME "'"),
                        "exhausted");
    assert_string_equal(scene_sql(scene, "SELECT r FROM emnebank.recalls_open() AS r"), "(0,1)");
    assert_string_equal(
        scene_sql(scene, "SELECT emnebank.recall_received_at('%s') IS NULL", taken.release), "t");

    scene_sql(scene,
              "UPDATE emnebank.delivery SET state = 'waiting', fresh = false, attempts = 0, next_at"
              " = now(), finished_at = NULL WHERE id = '%s'",
              told);
    scene_sql(scene, "DELETE FROM emnebank.delivery_attempt WHERE delivery_id = '%s'", told);
    scene_sql(scene, "UPDATE emnebank.endpoint SET breaker = 'closed', breaker_until = NULL");
    scene_sql(scene, "SELECT emnebank.endpoint_again(id) FROM emnebank.endpoint");
    scene_wake(scene);
    scene_until(scene, "SELECT count(*) = 1 FROM emnebank.recall_arrived");
    check_state(puller, "received", "");
    assert_string_equal(alarms(puller), "municipality,team");
    assert_string_equal(scene_sql(scene, "SELECT r FROM emnebank.recalls_open() AS r"), "(0,0)");
}

static void an_endpoint_that_takes_nothing_is_seen_and_told_when_it_does(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    scene_sql(scene, "UPDATE emnebank.endpoint SET state = 'disabled', disabled_reason = 'gone'");
    take_back(puller, taken.release);
    check_state(puller, "failed", "endpoint_disabled");
    assert_string_equal(alarms(puller), "municipality,team");
    scene_sql(scene, "UPDATE emnebank.endpoint SET state = 'active', disabled_reason = NULL");
    scene_wake(scene);
    scene_until(scene, "SELECT count(*) = 1 FROM emnebank.recall_arrived WHERE place = '%s'",
                taken.endpoint);
    check_state(puller, "received", "");
}

static void an_endpoint_that_its_owner_removed_is_told_no_more(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    scene_sql(scene,
              "UPDATE emnebank.endpoint SET state = 'disabled', disabled_reason = 'removed'");
    take_back(puller, taken.release);
    check_state(puller, "failed", "endpoint_removed");
    assert_string_equal(alarms(puller), "municipality,team");
}

static void a_place_that_goes_while_its_recall_waits_is_told_of(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    scene_stop(scene);
    take_back(puller, taken.release);
    assert_string_equal(alarms(puller), "");
    scene_sql(scene, "UPDATE emnebank.endpoint SET state = 'disabled', disabled_reason = 'gone'");
    assert_string_equal(alarms(puller), "municipality,team");
    check_state(puller, "failed", "endpoint_disabled");
}

/* --- who reads it themselves --- */

static void who_pulled_it_reads_its_recall(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *release = scene_release(scene);

    scene_sql(scene, "SELECT scene_send('%s')", release);
    const struct puller_page cv = puller_events(puller, PULLER_EMPLOYER, "", 1);
    take_back(puller, release);
    check_state(puller, "underway", "not_fetched");
    const struct puller_page told = puller_events(puller, PULLER_EMPLOYER, cv.next, 1);
    assert_string_equal(puller_text(puller_item(&told, 0), "type"), "cv.recalled");
    check_state(puller, "received", "");
    const json_t *place;
    recall(puller, PULLER_HOME, &place);
    assert_string_equal(puller_text(place, "how"), "pull");
    assert_string_equal(puller_text(place, "place"), PULLER_EMPLOYER_KEY);
    assert_string_equal(puller_text(place, "received_how"), "pull");
    puller_events(puller, PULLER_EMPLOYER, cv.next, 1);
    assert_string_equal(scene_sql(scene,
                                  "SELECT count(*) FROM emnebank.audit WHERE action ="
                                  " 'cv.recall_delivered' AND organisation_id = '" SCENE_HOME "'"),
                        "1");
}

static void nobody_who_had_nothing_is_asked(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *release = scene_release(scene);

    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released,cv.recalled}");
    scene_send(scene, release);
    take_back(puller, release);
    assert_int_equal(puller_get(puller, PULLER_HOME, "/v1/recalls").count, 0);
    assert_string_equal(recall_delivery(puller), "");
}

/* What is dropped with its day is remembered, and proven still. */
static void a_recall_outlives_its_day(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct taken taken = take_cv(puller);

    scene_sql(scene, "SELECT emnebank.outbox_days((now() AT TIME ZONE 'UTC')::date + 40)");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.delivery"), "0");
    take_back(puller, taken.release);
    scene_until(scene, "SELECT count(*) = 1 FROM emnebank.recall_arrived");
    scene_until(scene, "SELECT state = 'delivered' FROM emnebank.delivery WHERE kind ="
                       " 'cv.recalled'");
    scene_sql(scene, "SELECT emnebank.outbox_days((now() AT TIME ZONE 'UTC')::date + 40)");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.delivery"), "0");
    check_state(puller, "received", "");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, puller_set_up, puller_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_sent_and_answered_is_in_the_chain),
        TEST(a_receiver_that_was_away_for_the_whole_ladder_is_told_when_it_is_back),
        TEST(a_recall_that_is_given_up_is_told_of_and_can_be_sent_again),
        TEST(an_endpoint_that_takes_nothing_is_seen_and_told_when_it_does),
        TEST(an_endpoint_that_its_owner_removed_is_told_no_more),
        TEST(a_place_that_goes_while_its_recall_waits_is_told_of),
        TEST(who_pulled_it_reads_its_recall),
        TEST(nobody_who_had_nothing_is_asked),
        TEST(a_recall_outlives_its_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
