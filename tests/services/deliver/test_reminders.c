/* Who is told of a client certificate that runs out, and of an endpoint that waits for approval
 * (0040): each thing once. The clock's hands are turned by the test. */
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ENDS "2027-03-01T12:00:00Z"

/* So long before (or after: negative) the certificate ends. */
static void turn(struct scene *scene, const char *before)
{
    scene_sql(scene,
              "INSERT INTO clock_hands (at) VALUES (timestamptz '" ENDS "' - interval '%s')"
              " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
              before);
}

static const char *remind(struct scene *scene)
{
    return scene_sql(scene, "SELECT coalesce(endpoint_remind(), 'none')");
}

static const char *certified(struct scene *scene)
{
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene,
              "INSERT INTO endpoint_identity (endpoint_id, organisation_id, sealed, subject,"
              " not_after) SELECT id, organisation_id, '\\x01', 'CN=prøve', '" ENDS
              "' FROM endpoint WHERE id = '%s'",
              endpoint);
    return endpoint;
}

/* Who was told what: "reason employer,team; …", in order. */
static const char *told(struct scene *scene)
{
    return scene_sql(scene,
                     "SELECT string_agg(t.words, '; ' ORDER BY t.first) FROM (SELECT (x.payload ->>"
                     " 'reason') || ' ' || string_agg(o.kind, ',' ORDER BY o.kind) AS words,"
                     " min(x.version) AS first FROM outbox x JOIN organisation o ON o.id ="
                     " x.organisation_id WHERE x.kind = 'endpoint.attention' GROUP BY x.created_at,"
                     " x.payload ->> 'reason') AS t");
}

/* Thirty days, seven, one, and when it is over: once each, to owner, team and operators. */
static void test_a_certificate_that_ends(void **state)
{
    static const struct {
        const char *before, *expected;
    } moments[] = {
        {"31 days", "none"},  {"29 days 23 hours", "certificate_expiring"},
        {"8 days", "none"},   {"7 days", "certificate_expiring"},
        {"25 hours", "none"}, {"24 hours", "certificate_expiring"},
        {"1 second", "none"}, {"0 seconds", "certificate_expired"},
        {"-90 days", "none"},
    };
    struct scene *scene = *state;
    const char *endpoint = certified(scene);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        turn(scene, moments[i].before);
        assert_string_equal(remind(scene), moments[i].expected);
        assert_string_equal(remind(scene), "none");
    }
    assert_string_equal(told(scene),
                        "certificate_expiring employer,team; certificate_expiring employer,team; "
                        "certificate_expiring employer,team; certificate_expired employer,team");
    ASSERT_SQL(scene, "8",
               "SELECT count(*) FROM outbox WHERE kind = 'endpoint.attention' AND payload @>"
               " jsonb_build_object('endpoint_id', '%s', 'organisation_id', '" SCENE_EMPLOYER
               "', 'not_after', '2027-03-01T12:00:00.000Z')",
               endpoint);
    ASSERT_SQL(scene, "4", "SELECT count(*) FROM job WHERE kind = 'endpoint_mail'");
}

/* Found late, only the nearest is told of; another certificate begins anew. */
static void test_another_certificate_begins_anew(void **state)
{
    struct scene *scene = *state;
    certified(scene);
    turn(scene, "5 days");
    assert_string_equal(remind(scene), "certificate_expiring");
    assert_string_equal(remind(scene), "none");
    scene_sql(scene, "UPDATE endpoint_identity SET not_after = not_after + interval '365 days'");
    assert_string_equal(remind(scene), "none");
    turn(scene, "-340 days");
    assert_string_equal(remind(scene), "certificate_expiring");
    scene_sql(scene, "UPDATE endpoint_identity SET not_after = app_now() + interval '20 hours'");
    assert_string_equal(remind(scene), "certificate_expiring");
    scene_sql(scene, "UPDATE endpoint_identity SET not_after = app_now() + interval '20 days'");
    assert_string_equal(remind(scene), "certificate_expiring");
    assert_string_equal(remind(scene), "none");
}

/* Nobody is shown a certificate by an endpoint that is off, and a pin has no end. */
static void test_what_nobody_has_to_hear(void **state)
{
    struct scene *scene = *state;
    certified(scene);
    turn(scene, "-1 day");
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled'");
    assert_string_equal(remind(scene), "none");
    scene_sql(scene, "UPDATE endpoint SET state = 'active'");
    scene_sql(scene, "UPDATE endpoint_identity SET sealed = NULL, not_after = NULL");
    assert_string_equal(remind(scene), "none");
    assert_string_equal(told(scene), "");
}

/* The team, once for each proof; the owner can do nothing about it. */
static void test_an_endpoint_that_waits_for_approval(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene, "UPDATE endpoint SET state = 'unproven'");
    assert_string_equal(remind(scene), "none");
    for (int i = 0; i < 2; i++) {
        scene_sql(scene, "UPDATE endpoint SET state = 'proven', proven_at = clock_timestamp()");
        assert_string_equal(remind(scene), "awaiting_approval");
        assert_string_equal(remind(scene), "none");
    }
    /* Off and on again, it is the same proof that waits. */
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled'");
    scene_sql(scene, "UPDATE endpoint SET state = 'proven'");
    assert_string_equal(remind(scene), "none");
    /* Nobody is asked to approve what is off. */
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled', proven_at = clock_timestamp()");
    assert_string_equal(remind(scene), "none");
    assert_string_equal(told(scene), "awaiting_approval team; awaiting_approval team");
    ASSERT_SQL(scene, "2",
               "SELECT count(*) FROM outbox WHERE kind = 'endpoint.attention' AND payload @>"
               " '{\"endpoint_id\": \"%s\", \"not_after\": null}'",
               endpoint);
    ASSERT_SQL(scene, "2",
               "SELECT count(*) FROM job WHERE kind = 'endpoint_mail' AND payload ->> 'what' ="
               " 'awaiting_approval' AND payload ->> 'since' <> ''");
}

/* Two machines look at a time. */
static void test_one_of_two_tells(void **state)
{
    struct scene *scene = *state;
    struct session *other = NULL;
    struct error_detail detail = {0};
    certified(scene);
    turn(scene, "5 days");
    assert_int_equal(session_open(scene->conninfo, "emnebank_deliver", &other, &detail), 0);
    assert_int_equal(session_exec(other, "BEGIN; SELECT endpoint_remind()", &detail), 0);
    assert_string_equal(remind(scene), "none");
    assert_int_equal(session_exec(other, "COMMIT", &detail), 0);
    assert_string_equal(remind(scene), "none");
    session_close(&other);
    assert_string_equal(told(scene), "certificate_expiring employer,team");
}

/* The sweeper does it by itself, and the team's own endpoint receives it. */
static void test_the_sender_looks(void **state)
{
    struct scene *scene = *state;
    const char *team = scene_endpoint(scene, SCENE_TEAM, "{endpoint.attention}");
    const char *waits = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene, "UPDATE endpoint SET state = 'proven', proven_at = now() WHERE id = '%s'",
              waits);
    const char *ends = certified(scene);
    turn(scene, "5 days");
    scene_start(scene);
    scene_until(
        scene, "SELECT count(*) = 2 FROM delivery WHERE endpoint_id = '%s' AND state = 'delivered'",
        team);
    const struct receiver_request *first = receiver_request(scene->receiver, 0);
    const struct receiver_request *second = receiver_request(scene->receiver, 1);
    assert_non_null(strstr(first->body, "\"awaiting_approval\""));
    assert_non_null(strstr(first->body, waits));
    assert_non_null(strstr(second->body, "\"certificate_expiring\""));
    assert_non_null(strstr(second->body, ends));
    scene_verify(scene, second);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_a_certificate_that_ends), SCENE(test_another_certificate_begins_anew),
        SCENE(test_what_nobody_has_to_hear), SCENE(test_an_endpoint_that_waits_for_approval),
        SCENE(test_one_of_two_tells),        SCENE(test_the_sender_looks),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
