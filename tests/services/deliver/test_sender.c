/* The sender on a real PostgreSQL and a real receiver. Time is turned by changing next_at. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/json/json.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CV_KINDS "{cv.released,cv.recalled}"

static void until_state(struct scene *scene, const char *delivery, const char *state)
{
    scene_until(scene, "SELECT state = '%s' FROM delivery WHERE id = '%s'", state, delivery);
}

/* The fake clock's hand: the delivery is due now. */
static void make_due(struct scene *scene, const char *delivery)
{
    scene_sql(scene, "UPDATE endpoint SET breaker_until = now() WHERE breaker = 'open'");
    scene_sql(scene, "UPDATE delivery SET next_at = now() WHERE id = '%s'", delivery);
    scene_wake(scene);
}

static json_t *body_of(const struct receiver_request *request)
{
    struct json_fault fault;
    json_t *value = NULL;
    assert_int_equal(json_read(request->body, request->length, &value, &fault), 0);
    return value;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const char *webhook_id(struct scene *scene, size_t index)
{
    char *value = arena_alloc(scene->arena, 128);
    assert_true(
        receiver_header(receiver_request(scene->receiver, index), "webhook-id", value, 128));
    return value;
}

/* --- what is sent --- */

static void test_cv(void **state)
{
    struct scene *scene = *state;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char hex[2 * CRYPTO_DIGEST_SIZE + 1];
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    scene_start(scene);
    const char *delivery = scene_send(scene, release); /* NOTIFY wakes the sender */
    until_state(scene, delivery, "delivered");

    const struct receiver_request *request = receiver_request(scene->receiver, 0);
    scene_verify(scene, request);
    assert_string_equal(webhook_id(scene, 0), arena_printf(scene->arena, "msg_%s", delivery));
    json_t *body = body_of(request);
    assert_string_equal(text_of(body, "type"), "cv.released");
    assert_int_equal(json_integer_value(json_object_get(body, "schema_version")), 1);
    const json_t *data = json_object_get(body, "data");
    const json_t *cv = json_object_get(data, "cv");
    const json_t *basics = json_object_get(cv, "basics");
    assert_string_equal(text_of(basics, "name"), "Søren Prøve nr. 1 (fiktiv)");
    assert_string_equal(text_of(basics, "phone"), "+45 00 00 00 00");
    assert_string_equal(text_of(basics, "email"), "soeren@example.dk");
    assert_string_equal(text_of(json_object_get(basics, "location"), "postalCode"), "8000");
    assert_true(request->length < 4096);
    assert_string_equal(text_of(data, "release_id"), release);
    assert_string_equal(text_of(data, "order_id"), SCENE_ORDER);
    assert_string_equal(text_of(data, "legal_basis"), "public_task");
    const json_t *certificate = json_array_get(json_object_get(cv, "certificates"), 0);
    assert_string_equal(text_of(certificate, "valid_until"), "2028-05-01");
    assert_true(strlen(text_of(certificate, "name")) > 0);
    assert_string_equal(text_of(json_array_get(json_object_get(cv, "languages"), 0), "fluency"),
                        "C1");
    static const char *const lists[] = {"work", "skills", "certificates", "licences", "languages"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_int_equal(json_array_size(json_object_get(cv, lists[i])), 1);
    json_decref(body);

    /* Nothing that an employer may not see: address, note, CPR, reference, pseudonym. */
    assert_null(strstr(request->body, "emmelig"));
    assert_null(strstr(request->body, "010190"));
    assert_null(strstr(request->body, "sag-1"));
    assert_null(
        strstr(request->body,
               scene_sql(scene, "SELECT candidate_id FROM release WHERE id = '%s'", release)));

    /* The home's chain says what was handed over to whom. */
    crypto_sha256(request->body, request->length, digest);
    str_hex(digest, sizeof digest, hex);
    ASSERT_SQL(scene, hex,
               "SELECT detail ->> 'body_sha256' FROM audit WHERE action = 'cv.delivered' AND "
               "organisation_id = '" SCENE_HOME
               "' AND subject_id = '%s' AND candidates = ARRAY[(SELECT candidate_id FROM release "
               "WHERE id = '%s')]"
               " AND detail ->> 'endpoint_id' = '%s' AND actor = 'emnebank_deliver'",
               release, release, endpoint);
    ASSERT_SQL(scene, "answered 204 t",
               "SELECT concat_ws(' ', class, status, bytes = %zu AND finished_at IS NOT NULL)"
               " FROM delivery_attempt WHERE delivery_id = '%s'",
               request->length, delivery);
}

static void test_shortlist_to_home_and_team(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_HOME, "{shortlist.proposed}");
    scene_endpoint(scene, SCENE_NEIGHBOUR, "{shortlist.proposed}");
    scene_endpoint(scene, SCENE_TEAM, "{shortlist.proposed}");
    scene_release(scene);
    scene_release(scene);
    scene_start(scene);
    const char *const receivers[] = {SCENE_HOME, SCENE_NEIGHBOUR, SCENE_TEAM};
    for (size_t i = 0; i < 3; i++) {
        until_state(scene, scene_put(scene, "shortlist.proposed", receivers[i]), "delivered");
        const struct receiver_request *request = receiver_request(scene->receiver, i);
        scene_verify(scene, request);
        json_t *body = body_of(request);
        const json_t *data = json_object_get(body, "data");
        const json_t *order = json_object_get(data, "order");
        assert_string_equal(text_of(order, "id"), SCENE_ORDER);
        assert_string_equal(text_of(order, "employer"), "Letbanebyg (fiktiv)");
        assert_string_equal(text_of(order, "due_at"), "2026-11-23T11:00:00.000Z");
        assert_int_equal(json_array_size(json_object_get(order, "occupations")), 2);
        if (i < 2)
            assert_int_equal(json_array_size(json_object_get(data, "entries")), i == 0 ? 2 : 0);
        else
            assert_int_equal(
                json_integer_value(json_object_get(
                    json_array_get(json_object_get(data, "municipalities"), 0), "candidates")),
                2);
        assert_true((strstr(request->body, "sag-1") != NULL) == (i == 0));
        json_decref(body);
    }
}

/* --- what fails --- */

/* B3 on the database's clock, C5: the same id and the same bytes each time. */
static void test_schedule(void **state)
{
    static const int64_t seconds[] = {0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    for (int i = 0; i < 10; i++)
        receiver_will(scene->receiver,
                      (struct receiver_reply){.status = 500, .body = "Søren svarer 12345678"});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    for (int attempt = 1; attempt <= 9; attempt++) {
        scene_until(scene,
                    "SELECT state = 'waiting' AND attempts = %d FROM delivery WHERE id = '%s'",
                    attempt, delivery);
        ASSERT_SQL(scene, "t",
                   "SELECT abs(extract(epoch FROM d.next_at - a.finished_at) - %lld) <= %lld * 0.2 "
                   "+ 0.5 FROM delivery d"
                   " JOIN delivery_attempt a ON a.delivery_id = d.id AND a.number = d.attempts "
                   "WHERE d.id = '%s'",
                   (long long)seconds[attempt], (long long)seconds[attempt], delivery);
        make_due(scene, delivery);
    }
    until_state(scene, delivery, "dead");
    ASSERT_SQL(scene, "10 exhausted",
               "SELECT concat_ws(' ', attempts, reason) FROM delivery WHERE id = '%s'", delivery);
    ASSERT_SQL(scene, "10",
               "SELECT count(*) FROM delivery_attempt WHERE delivery_id = '%s' AND status = 500 "
               "AND excerpt IS NULL",
               delivery);
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM audit WHERE action = 'cv.delivered'");
    assert_int_equal(receiver_requests(scene->receiver), 10);
    for (size_t i = 1; i < 10; i++) {
        assert_string_equal(webhook_id(scene, i), webhook_id(scene, 0));
        assert_string_equal(receiver_request(scene->receiver, i)->body,
                            receiver_request(scene->receiver, 0)->body);
        scene_verify(scene, receiver_request(scene->receiver, i));
    }
}

static void test_second_attempt_comes_by_itself(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver, (struct receiver_reply){.status = 500});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    until_state(scene, delivery, "delivered"); /* after 5 s ± 20 % */
    ASSERT_SQL(scene, "2", "SELECT attempts FROM delivery WHERE id = '%s'", delivery);
}

static void test_retry_after(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver,
                  (struct receiver_reply){.status = 503, .headers = "Retry-After: 120\r\n"});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until(scene, "SELECT state = 'waiting' AND attempts = 1 FROM delivery WHERE id = '%s'",
                delivery);
    ASSERT_SQL(scene, "t",
               "SELECT d.next_at - a.finished_at BETWEEN '119 s' AND '121 s' FROM delivery d"
               " JOIN delivery_attempt a ON a.delivery_id = d.id WHERE d.id = '%s'",
               delivery);
    ASSERT_SQL(scene, "t", "SELECT held_until - now() BETWEEN '60 s' AND '121 s' FROM endpoint");
}

/* 429 holds the endpoint, and what else waits for it loses no attempt. */
static void test_throttled_endpoint_is_held(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver,
                  (struct receiver_reply){.status = 429, .headers = "Retry-After: 60\r\n"});
    scene_start(scene);
    const char *first = scene_send(scene, scene_release(scene));
    scene_until(scene,
                "SELECT held_until - finished_at BETWEEN '59 s' AND '61 s' FROM delivery_attempt,"
                " endpoint WHERE id = '%s'",
                endpoint);
    const char *second = scene_send(scene, scene_release(scene));
    make_due(scene, first);
    scene_endpoint(scene, SCENE_TEAM, "{shortlist.proposed}");
    until_state(scene, scene_put(scene, "shortlist.proposed", SCENE_TEAM), "delivered");
    ASSERT_SQL(scene, "0", "SELECT attempts FROM delivery WHERE id = '%s'", second);
    assert_int_equal(receiver_requests(scene->receiver), 2);
    scene_sql(scene, "UPDATE endpoint SET held_until = now()");
    make_due(scene, first);
    until_state(scene, first, "delivered");
    until_state(scene, second, "delivered");
}

static void test_gone_disables_loudly(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    scene_endpoint(scene, SCENE_TEAM, "{endpoint.disabled}");
    receiver_will(scene->receiver, (struct receiver_reply){.status = 410});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    until_state(scene, delivery, "dead");
    ASSERT_SQL(scene, "gone 1",
               "SELECT concat_ws(' ', reason, attempts) FROM delivery WHERE id = '%s'", delivery);
    ASSERT_SQL(scene, "disabled gone",
               "SELECT concat_ws(' ', state, disabled_reason) FROM endpoint WHERE id = '%s'",
               endpoint);
    /* The team's webhook, and a row in the feeds of both. */
    scene_until(scene, "SELECT count(*) = 1 FROM delivery d JOIN outbox b ON b.id = d.outbox_id "
                       "WHERE b.kind = 'endpoint.disabled' AND d.state = 'delivered'");
    ASSERT_SQL(
        scene, "2",
        "SELECT count(DISTINCT organisation_id) FROM change WHERE kind = 'endpoint.disabled'");
    json_t *body = body_of(receiver_request(scene->receiver, 1));
    assert_string_equal(text_of(json_object_get(body, "data"), "endpoint_id"), endpoint);
    assert_string_equal(text_of(json_object_get(body, "data"), "reason"), "gone");
    json_decref(body);
}

static void test_redirect_is_failure(void **state)
{
    struct scene *scene = *state;
    char location[128];
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    snprintf(location, sizeof location, "Location: http://127.0.0.1:%d/andet\r\n",
             receiver_port(scene->receiver));
    receiver_will(scene->receiver, (struct receiver_reply){.status = 308, .headers = location});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until(scene,
                "SELECT state = 'waiting' AND reason = 'redirect' FROM delivery WHERE id = '%s'",
                delivery);
    assert_int_equal(receiver_requests(scene->receiver), 1);
}

static void test_timeout(void **state)
{
    struct scene *scene = *state;
    scene_configure(scene, "allow_loopback = true\ndeadline = 1s\nlease = 30s\n");
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until(scene,
                "SELECT state = 'waiting' AND reason = 'timeout' FROM delivery WHERE id = '%s'",
                delivery);
    ASSERT_SQL(scene, "timeout",
               "SELECT class FROM delivery_attempt WHERE delivery_id = '%s' AND status IS NULL",
               delivery);
}

static void test_policy_is_terminal(void **state)
{
    struct scene *scene = *state;
    static const char *const urls[] = {"http://127.0.0.1:1/", "https://169.254.169.254/latest",
                                       "https://intern/"};
    scene_configure(scene, "allow_loopback = false\n");
    for (size_t i = 0; i < 3; i++)
        scene_endpoint_at(scene, SCENE_EMPLOYER, CV_KINDS, urls[i]);
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    scene_start(scene);
    scene_send(scene, scene_release(scene));
    scene_until(scene, "SELECT count(*) = 4 FROM delivery WHERE state = 'dead' AND reason = "
                       "'refused_by_policy' AND attempts = 1");
    ASSERT_SQL(scene, "4",
               "SELECT count(*) FROM delivery_attempt WHERE class = 'refused_by_policy'");
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

/* A wrong keyring is mended by an operator: the delivery waits, nothing leaves. */
static void test_unreadable_person_waits(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    scene_sql(scene, "UPDATE candidate_person SET name = '\\x00'");
    scene_start(scene);
    const char *delivery = scene_send(scene, release);
    scene_until(
        scene,
        "SELECT state = 'waiting' AND reason = 'person_unreadable' FROM delivery WHERE id = '%s'",
        delivery);
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

/* --- consent --- */

static void take_back(struct scene *scene, const char *release)
{
    scene_sql(scene,
              "UPDATE consent SET withdrawn_at = now() WHERE id = (SELECT consent_id FROM release"
              " WHERE id = '%s')",
              release);
}

static void test_yes_taken_back_before_claim(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    const char *delivery = scene_send(scene, release);
    take_back(scene, release);
    scene_start(scene);
    until_state(scene, delivery, "cancelled");
    scene_endpoint(scene, SCENE_TEAM, "{shortlist.proposed}");
    until_state(scene, scene_put(scene, "shortlist.proposed", SCENE_TEAM), "delivered");
    assert_int_equal(receiver_requests(scene->receiver), 1); /* the team's alone */
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM outbox WHERE kind = 'cv.recalled'");
    ASSERT_SQL(scene, "0", "SELECT attempts FROM delivery WHERE id = '%s'", delivery);
}

/* The claim checks for itself, whatever the triggers should have cancelled. */
static void test_claim_checks_the_release(void **state)
{
    struct scene *scene = *state;
    static const char *const changes[] = {
        ("SET session_replication_role = replica;"
         " UPDATE candidate SET protection = 'name_and_address'"),
        "SET session_replication_role = replica; UPDATE consent SET withdrawn_at = now()",
        "SET session_replication_role = replica; UPDATE candidate SET withdrawn_at = now()",
        "SET session_replication_role = replica; UPDATE release SET revoked_at = now()",
    };
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct error_detail detail = {0};
        const char *delivery = scene_send(scene, scene_release(scene));
        assert_int_equal(session_exec(scene->admin, changes[i], &detail), 0);
        assert_int_equal(
            session_exec(scene->admin, "SET session_replication_role = origin", &detail), 0);
        scene_start(scene);
        until_state(scene, delivery, "cancelled");
        scene_stop(scene);
        ASSERT_SQL(scene, "not_in_force 0",
                   "SELECT concat_ws(' ', reason, attempts) FROM delivery WHERE id = '%s'",
                   delivery);
    }
    assert_int_equal(receiver_connections(scene->receiver), 0);
}

/* A yes that is being taken back right now: the delivery is let lie, not sent. (Without the
 * triggers, which would lock the delivery as well.) */
static void test_claim_passes_a_locked_release(void **state)
{
    struct scene *scene = *state;
    struct session *other = NULL;
    struct error_detail detail = {0};
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    const char *delivery = scene_send(scene, release);
    assert_int_equal(session_open(scene->conninfo, NULL, &other, &detail), 0);
    assert_int_equal(
        session_exec(
            other,
            arena_printf(
                scene->arena,
                "SET search_path TO emnebank; SET session_replication_role = replica; BEGIN;"
                "UPDATE consent SET withdrawn_at = now() WHERE id = "
                "(SELECT consent_id FROM release WHERE id = '%s')",
                release),
            &detail),
        0);
    scene_endpoint(scene, SCENE_TEAM, "{shortlist.proposed}");
    scene_start(scene);
    until_state(scene, scene_put(scene, "shortlist.proposed", SCENE_TEAM), "delivered");
    ASSERT_SQL(scene, "waiting", "SELECT state FROM delivery WHERE id = '%s'", delivery);
    assert_int_equal(session_exec(other, "COMMIT", &detail), 0);
    session_close(&other);
    until_state(scene, delivery, "cancelled");
    assert_int_equal(receiver_requests(scene->receiver), 1);
}

/* Each yes is taken back while its CV is on its way or not yet: whoever got it is told. */
static void test_revoke_against_claims(void **state)
{
    struct scene *scene = *state;
    enum { COUNT = 60 };
    const char *releases[COUNT];
    scene_configure(scene,
                    "allow_loopback = true\nper_endpoint = 8\ndeadline = 60s\nlease = 120s\n");
    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released}"); /* recalls stay in the feed */
    for (size_t i = 0; i < COUNT; i++)
        releases[i] = scene_release(scene);
    for (size_t i = 0; i < COUNT; i++)
        scene_send(scene, releases[i]);
    take_back(scene, releases[COUNT - 1]); /* one for certain before it is sent */
    scene_start(scene);
    for (size_t i = 2; i < COUNT; i += 2) /* from the end, where they still wait */
        take_back(scene, releases[COUNT - 1 - i]);
    scene_until(scene, "SELECT count(*) = 0 FROM delivery WHERE state IN ('waiting', 'leased')");
    ASSERT_SQL(scene, "30", "SELECT count(*) FROM release WHERE revoked_at IS NULL");
    ASSERT_SQL(scene, "30",
               "SELECT count(*) FROM delivery d JOIN outbox b ON b.id = d.outbox_id JOIN release r "
               "ON r.id = b.release_id"
               " WHERE d.state = 'delivered' AND r.revoked_at IS NULL");
    size_t cancelled = 0;
    for (size_t i = 0; i < COUNT; i++) {
        bool sent = false;
        for (size_t j = 0; j < receiver_requests(scene->receiver); j++)
            sent = sent || strstr(receiver_request(scene->receiver, j)->body, releases[i]) != NULL;
        const char *row = scene_sql(
            scene,
            "SELECT concat_ws(' ', r.revoked_at IS NOT NULL, EXISTS (SELECT FROM outbox c WHERE"
            " c.release_id = r.id AND c.kind = 'cv.recalled')) FROM release r WHERE r.id = '%s'",
            releases[i]);
        if (str_equal(row, "t f")) {
            assert_false(sent);
            cancelled++;
        } else if (str_equal(row, "f f")) {
            assert_true(sent);
        } else {
            assert_string_equal(row, "t t");
        }
    }
    assert_true(cancelled > 0);
}

/* --- leases --- */

static const char *claim_as_sender(struct scene *scene, struct session *session, const char *column)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    int error = session_query(
        session,
        arena_printf(scene->arena, "SELECT %s FROM delivery_claim(10, 2, 10, '30 s')", column),
        NULL, 0, &result, &detail);
    if (error != 0)
        fail_msg("%s", detail.private_text);
    return pg_rows(result) == 0 ? NULL : arena_strdup(scene->arena, pg_text(result, 0, 0));
}

static const char *finish_as_sender(struct scene *scene, struct session *session,
                                    const char *delivery, const char *token)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    int error = session_query(session,
                              arena_printf(scene->arena,
                                           "SELECT delivery_finish('%s', '%s', 'delivered', NULL, "
                                           "0, 0, 'answered', 200, 1, '', '00')",
                                           delivery, token),
                              NULL, 0, &result, &detail);
    if (error != 0)
        fail_msg("%s", detail.private_text);
    return arena_strdup(scene->arena, pg_text(result, 0, 0));
}

static struct session *open_as(struct scene *scene, const char *role)
{
    struct session *session = NULL;
    struct error_detail detail = {0};
    assert_int_equal(session_open(scene->conninfo, role, &session, &detail), 0);
    return session;
}

static void expire(struct scene *scene, const char *delivery)
{
    scene_sql(scene, "UPDATE delivery SET lease_until = now() - interval '1 s' WHERE id = '%s'",
              delivery);
    scene_sql(scene, "SELECT delivery_sweep()");
}

static void test_stale_token_cannot_finish(void **state)
{
    struct scene *scene = *state;
    struct session *session = open_as(scene, "emnebank_deliver");
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *delivery = scene_send(scene, scene_release(scene));
    const char *stale = claim_as_sender(scene, session, "token");
    assert_non_null(stale);
    assert_null(claim_as_sender(scene, session, "token")); /* leased */
    expire(scene, delivery);
    const char *fresh = claim_as_sender(scene, session, "token");
    assert_non_null(fresh);
    assert_string_not_equal(stale, fresh);
    assert_string_equal(finish_as_sender(scene, session, delivery, stale), "f");
    ASSERT_SQL(scene, "leased 2 0",
               "SELECT concat_ws(' ', state, attempts, (SELECT count(*) FROM audit WHERE action = "
               "'cv.delivered')) FROM delivery WHERE id = '%s'",
               delivery);
    assert_string_equal(finish_as_sender(scene, session, delivery, fresh), "t");
    assert_string_equal(finish_as_sender(scene, session, delivery, fresh), "f"); /* once */
    ASSERT_SQL(scene, "delivered 2 1",
               "SELECT concat_ws(' ', state, attempts, (SELECT count(*) FROM audit WHERE action = "
               "'cv.delivered')) FROM delivery WHERE id = '%s'",
               delivery);
    session_close(&session);
}

/* The sender died with the delivery in hand: another sends it again, under the same id. */
static void test_dead_sender(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until_requests(scene, 1);
    scene_stop(scene); /* nothing is finished, as after kill -9 */
    ASSERT_SQL(scene, "leased 1",
               "SELECT concat_ws(' ', state, attempts) FROM delivery WHERE id = '%s'", delivery);
    scene_start(scene);
    expire(scene, delivery);
    scene_wake(scene);
    until_state(scene, delivery, "delivered");
    assert_int_equal(receiver_requests(scene->receiver), 2);
    assert_string_equal(webhook_id(scene, 0), webhook_id(scene, 1));
    ASSERT_SQL(scene, "lost,answered",
               "SELECT string_agg(class, ',' ORDER BY number) FROM delivery_attempt WHERE "
               "delivery_id = '%s'",
               delivery);
}

/* C3: attempts count at the claim, so what kills every sender comes to an end. */
static void test_poison(void **state)
{
    struct scene *scene = *state;
    struct session *session = open_as(scene, "emnebank_deliver");
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *delivery = scene_send(scene, scene_release(scene));
    for (int i = 0; i < 10; i++) {
        assert_string_equal(claim_as_sender(scene, session, "verdict"), "send");
        expire(scene, delivery);
    }
    assert_string_equal(claim_as_sender(scene, session, "verdict"), "dead");
    ASSERT_SQL(scene, "dead exhausted 10",
               "SELECT concat_ws(' ', state, reason, attempts) FROM delivery WHERE id = '%s'",
               delivery);
    assert_null(claim_as_sender(scene, session, "verdict"));
    session_close(&session);
}

static void test_the_role_can_do_nothing_else(void **state)
{
    struct scene *scene = *state;
    static const char *const forbidden[] = {
        "SELECT 1 FROM candidate_person",
        "SELECT 1 FROM candidate",
        "SELECT 1 FROM endpoint",
        "SELECT 1 FROM delivery",
        "SELECT 1 FROM outbox",
        "SELECT 1 FROM release",
        "INSERT INTO outbox (kind, organisation_id) VALUES ('endpoint.test', gen_random_uuid())",
        "SELECT event_cv(gen_random_uuid())",
        "SELECT endpoint_disable(gen_random_uuid(), 'x')",
        "SELECT delivery_end(gen_random_uuid(), 'dead', 'x')",
    };
    struct session *session = open_as(scene, "emnebank_deliver");
    scene_release(scene);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        const struct pg_result *result = NULL;
        struct error_detail detail = {0};
        if (session_query(session, forbidden[i], NULL, 0, &result, &detail) == 0)
            fail_msg("allowed: %s", forbidden[i]);
        assert_string_equal(session_sqlstate(session), "42501");
    }
    session_close(&session);
    session = open_as(scene, "emnebank_front");
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    assert_int_not_equal(session_query(session, "SELECT 1 FROM delivery_claim(10, 2, 10, '30 s')",
                                       NULL, 0, &result, &detail),
                         0);
    assert_string_equal(session_sqlstate(session), "42501");
    session_close(&session);
}

/* --- many --- */

/* B7: two under way per endpoint at most, and one that hangs holds up nobody else. */
static void test_black_hole(void **state)
{
    struct scene *scene = *state;
    struct receiver *healthy = scene->receiver;
    struct receiver *hole = receiver_create();
    for (int i = 0; i < 20; i++)
        receiver_will(hole, (struct receiver_reply){.manner = RECEIVER_HANGS});
    scene_endpoint_at(scene, SCENE_TEAM, "{entry.changed}",
                      arena_printf(scene->arena, "http://127.0.0.1:%d/", receiver_port(hole)));
    for (int i = 0; i < 20; i++)
        scene_put(scene, "entry.changed", SCENE_TEAM);
    scene_start(scene);
    scene_until(scene, "SELECT count(*) = 2 FROM delivery WHERE state = 'leased'");
    scene_endpoint(scene, SCENE_HOME, "{entry.changed}");
    for (int i = 0; i < 20; i++)
        scene_put(scene, "entry.changed", SCENE_HOME);
    scene_until(scene, "SELECT count(*) = 20 FROM delivery WHERE state = 'delivered'");
    assert_true(receiver_peak(healthy) <= 2);
    ASSERT_SQL(scene, "2 18",
               "SELECT concat_ws(' ', count(*) FILTER (WHERE state = 'leased'), count(*) FILTER "
               "(WHERE state = 'waiting'))"
               " FROM delivery WHERE organisation_id = '" SCENE_TEAM "'");
    assert_int_equal(receiver_peak(hole), 2);
    scene_stop(scene);
    receiver_destroy(&hole);
}

/* Two senders at once: nothing twice. */
static void test_claims_do_not_overlap(void **state)
{
    struct scene *scene = *state;
    struct session *one = open_as(scene, "emnebank_deliver");
    struct session *two = open_as(scene, "emnebank_deliver");
    struct error_detail detail = {0};
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    for (int i = 0; i < 5; i++)
        scene_put(scene, "entry.changed", SCENE_TEAM);
    assert_int_equal(session_exec(one, "BEGIN", &detail), 0);
    assert_non_null(claim_as_sender(scene, one, "delivery_id"));
    assert_null(claim_as_sender(scene, two, "delivery_id")); /* the endpoint is being claimed for */
    assert_int_equal(session_exec(one, "COMMIT", &detail), 0);
    assert_null(claim_as_sender(scene, two, "delivery_id")); /* its two are under way */
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery WHERE state = 'leased'");
    session_close(&one);
    session_close(&two);
}

static void test_drain(void **state)
{
    struct scene *scene = *state;
    /* With room for one, no claim is at the database while the first one hangs. */
    scene_configure(scene, "allow_loopback = true\nin_flight = 1\n");
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    receiver_will(scene->receiver, (struct receiver_reply){.manner = RECEIVER_HANGS});
    scene_start(scene);
    const char *first = scene_send(scene, scene_release(scene));
    scene_until_requests(scene, 1);
    scene_drain(scene);
    const char *second = scene_send(scene, scene_release(scene));
    assert_false(scene_drained(scene));
    receiver_hang_up(scene->receiver);
    scene_until(scene, "SELECT state = 'waiting' AND attempts = 1 FROM delivery WHERE id = '%s'",
                first);
    while (!scene_drained(scene))
        ; /* its last word to the database is on its way back */
    ASSERT_SQL(scene, "waiting 0",
               "SELECT concat_ws(' ', state, attempts) FROM delivery WHERE id = '%s'", second);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_cv),
        SCENE(test_shortlist_to_home_and_team),
        SCENE(test_schedule),
        SCENE(test_second_attempt_comes_by_itself),
        SCENE(test_retry_after),
        SCENE(test_throttled_endpoint_is_held),
        SCENE(test_gone_disables_loudly),
        SCENE(test_redirect_is_failure),
        SCENE(test_timeout),
        SCENE(test_policy_is_terminal),
        SCENE(test_unreadable_person_waits),
        SCENE(test_yes_taken_back_before_claim),
        SCENE(test_claim_checks_the_release),
        SCENE(test_claim_passes_a_locked_release),
        SCENE(test_revoke_against_claims),
        SCENE(test_stale_token_cannot_finish),
        SCENE(test_dead_sender),
        SCENE(test_poison),
        SCENE(test_the_role_can_do_nothing_else),
        SCENE(test_black_hole),
        SCENE(test_claims_do_not_overlap),
        SCENE(test_drain),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
