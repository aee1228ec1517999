/* The breaker of an endpoint, who is told of one that fails, and disabling (0032). Time is turned
 * by moving what the database remembers back. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fails(struct scene *scene, const char *endpoint, const char *class, int status)
{
    scene_sql(scene, "SELECT endpoint_failed('%s', '%s', %d)", endpoint, class, status);
}

static void succeeds(struct scene *scene, const char *endpoint)
{
    scene_sql(scene, "SELECT endpoint_succeeded('%s')", endpoint);
}

/* The time of an open breaker is over. */
static void wait_it_out(struct scene *scene, const char *endpoint)
{
    scene_sql(scene,
              "UPDATE endpoint SET breaker_until = now() WHERE id = '%s' AND breaker = 'open'",
              endpoint);
}

/* How many attempts a claim begins now. */
static const char *claimed(struct scene *scene)
{
    return scene_sql(scene, "SELECT count(*) FROM delivery_claim(10, 2, 10, '60 s')"
                            " WHERE verdict = 'send'");
}

/* The one that is under way ends. */
static void finish(struct scene *scene, const char *outcome, const char *class, int status)
{
    scene_sql(
        scene,
        "SELECT delivery_finish(id, lease_token, '%s', 'x', 3600000000, 0, '%s', %d, 10, NULL,"
        " 'x') FROM delivery WHERE state = 'leased' LIMIT 1",
        outcome, class, status);
}

static const char *breaker(struct scene *scene, const char *endpoint)
{
    return scene_sql(scene,
                     "SELECT concat_ws(' ', breaker, breaker_trips, breaker_failures) FROM endpoint"
                     " WHERE id = '%s'",
                     endpoint);
}

static const char *endpoint_of(struct scene *scene)
{
    return scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
}

/* --- the machine --- */

/* Every class that says "away" counts, and every 5xx; the fifth in a row opens for 30 s ± 20 %. */
static void test_five_in_a_row_open(void **state)
{
    static const struct {
        const char *class;
        int status;
    } away[] = {{"dns", 0},    {"connect", 0},    {"tls", 0},        {"timeout", 0},
                {"broken", 0}, {"answered", 500}, {"answered", 503}, {"answered", 599}};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof away / sizeof *away; i++) {
        const char *endpoint = endpoint_of(scene);
        for (int n = 1; n <= 4; n++)
            fails(scene, endpoint, away[i].class, away[i].status);
        assert_string_equal(breaker(scene, endpoint), "closed 0 4");
        fails(scene, endpoint, away[i].class, away[i].status);
        assert_string_equal(breaker(scene, endpoint), "open 1 5");
        ASSERT_SQL(scene, "t",
                   "SELECT breaker_until - now() BETWEEN interval '20 s' AND interval '36 s'"
                   " FROM endpoint WHERE id = '%s'",
                   endpoint);
    }
}

/* Who answers is there: any other status starts the count anew, and closes. */
static void test_an_answer_is_not_away(void **state)
{
    static const int answers[] = {301, 400, 401, 404, 422, 429};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const char *endpoint = endpoint_of(scene);
        for (int n = 1; n <= 4; n++)
            fails(scene, endpoint, "timeout", 0);
        for (int n = 1; n <= 10; n++)
            fails(scene, endpoint, "answered", answers[i]);
        assert_string_equal(breaker(scene, endpoint), "closed 0 0");
        for (int n = 1; n <= 4; n++)
            fails(scene, endpoint, "timeout", 0);
        assert_string_equal(breaker(scene, endpoint), "closed 0 4");
        scene_sql(scene,
                  "UPDATE endpoint SET breaker = 'half_open', breaker_trips = 3 WHERE id = '%s'",
                  endpoint);
        fails(scene, endpoint, "answered", answers[i]);
        assert_string_equal(breaker(scene, endpoint), "closed 0 0");
        ASSERT_SQL(scene, "t", "SELECT failing_since IS NOT NULL FROM endpoint WHERE id = '%s'",
                   endpoint);
    }
}

/* An address that the policy refuses says nothing of the receiver: nothing moves. */
static void test_refused_by_policy_moves_nothing(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    for (int n = 1; n <= 4; n++)
        fails(scene, endpoint, "timeout", 0);
    for (int n = 1; n <= 10; n++)
        fails(scene, endpoint, "refused_by_policy", 0);
    assert_string_equal(breaker(scene, endpoint), "closed 0 4");
    ASSERT_SQL(scene, "refused_by_policy", "SELECT failed_how FROM endpoint WHERE id = '%s'",
               endpoint);
}

/* Each trip doubles the pause, ± 20 %, up to an hour; a success forgets all of it. */
static void test_pauses_double_up_to_an_hour(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    bool spread = false;
    for (int n = 1; n <= 5; n++)
        fails(scene, endpoint, "connect", 0);
    for (int trips = 1; trips <= 40; trips++) {
        const int seconds = trips >= 8 ? 3600 : 30 << (trips - 1);
        ASSERT_SQL(scene, "t",
                   "SELECT breaker = 'open' AND breaker_trips = %d AND extract(epoch FROM"
                   " breaker_until - now()) BETWEEN %d * 0.79 AND %d * 1.2 FROM endpoint"
                   " WHERE id = '%s'",
                   trips, seconds, seconds, endpoint);
        spread = spread ||
                 str_equal(scene_sql(scene,
                                     "SELECT abs(extract(epoch FROM breaker_until - now()) - %d)"
                                     " > %d * 0.05 FROM endpoint WHERE id = '%s'",
                                     seconds, seconds, endpoint),
                           "t");
        /* What had begun before it opened changes nothing. */
        const char *until =
            scene_sql(scene, "SELECT breaker_until FROM endpoint WHERE id = '%s'", endpoint);
        fails(scene, endpoint, "timeout", 0);
        ASSERT_SQL(scene, until, "SELECT breaker_until FROM endpoint WHERE id = '%s'", endpoint);
        scene_sql(scene,
                  "UPDATE endpoint SET breaker = 'half_open', breaker_until = NULL"
                  " WHERE id = '%s'",
                  endpoint);
        fails(scene, endpoint, "connect", 0);
    }
    assert_true(spread);
    succeeds(scene, endpoint);
    assert_string_equal(breaker(scene, endpoint), "closed 0 0");
    ASSERT_SQL(scene, "t",
               "SELECT failing_since IS NULL AND failed_at IS NULL AND failed_how IS NULL AND"
               " breaker_until IS NULL FROM endpoint WHERE id = '%s'",
               endpoint);
}

/* Open: nothing is claimed and no attempt used. Half open: one. Closed: as many as there is room.
 */
static void test_claims_honour_it(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    for (int n = 1; n <= 6; n++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    for (int n = 1; n <= 5; n++)
        fails(scene, endpoint, "timeout", 0);
    assert_string_equal(claimed(scene), "0");
    ASSERT_SQL(scene, "0", "SELECT sum(attempts) FROM delivery");
    wait_it_out(scene, endpoint);
    assert_string_equal(claimed(scene), "1");
    ASSERT_SQL(scene, "half_open", "SELECT breaker FROM endpoint");
    assert_string_equal(claimed(scene), "0");
    finish(scene, "retry", "timeout", 0);
    assert_string_equal(breaker(scene, endpoint), "open 2 6");
    assert_string_equal(claimed(scene), "0");
    wait_it_out(scene, endpoint);
    assert_string_equal(claimed(scene), "1");
    finish(scene, "delivered", "answered", 204);
    assert_string_equal(breaker(scene, endpoint), "closed 0 0");
    assert_string_equal(claimed(scene), "2");
    ASSERT_SQL(scene, "4", "SELECT sum(attempts) FROM delivery");
}

/* What we could not make is no fault of the receiver's. */
static void test_our_own_faults_do_not_count(void **state)
{
    struct scene *scene = *state;
    endpoint_of(scene);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    assert_string_equal(claimed(scene), "1");
    scene_sql(scene,
              "SELECT delivery_finish(id, lease_token, 'retry', 'secret_unreadable', 5000000, 0,"
              " 'refused_by_policy', 0, 0, NULL, '') FROM delivery WHERE state = 'leased'");
    ASSERT_SQL(scene, "t", "SELECT failing_since IS NULL FROM endpoint");
}

/* The sender itself: a closed port opens the breaker, and a new sender finds it open. */
static void test_survives_a_restart(void **state)
{
    struct scene *scene = *state;
    const char *endpoint =
        scene_endpoint_at(scene, SCENE_EMPLOYER, "{order.changed}", "http://127.0.0.1:1/krog");
    for (int n = 1; n <= 12; n++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_start(scene);
    scene_until(scene, "SELECT breaker = 'open' AND NOT EXISTS (SELECT FROM delivery"
                       " WHERE state = 'leased') FROM endpoint");
    const char *attempts = scene_sql(scene, "SELECT sum(attempts) FROM delivery");
    scene_stop(scene);
    scene_sql(scene, "UPDATE delivery SET next_at = now(), fresh = false");
    scene_sql(scene, "UPDATE endpoint_mark SET again = true");
    const char *other =
        scene_endpoint(scene, SCENE_HOME, "{order.changed}"); /* shows that claims go on */
    scene_start(scene);
    const char *seen = scene_put(scene, "order.changed", SCENE_HOME);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", seen);
    ASSERT_SQL(scene, attempts, "SELECT sum(attempts) FROM delivery WHERE endpoint_id = '%s'",
               endpoint);
    ASSERT_SQL(scene, "closed", "SELECT breaker FROM endpoint WHERE id = '%s'", other);
    wait_it_out(scene, endpoint);
    scene_wake(scene);
    scene_until(scene,
                "SELECT breaker = 'open' AND breaker_trips = 2 FROM endpoint WHERE id = '%s'",
                endpoint);
    ASSERT_SQL(scene, "1", "SELECT sum(attempts) - %s FROM delivery WHERE endpoint_id = '%s'",
               attempts, endpoint);
}

/* --- who is told --- */

static const char *upkeep(struct scene *scene)
{
    return scene_sql(scene, "SELECT coalesce(endpoint_upkeep(), 'none')");
}

static void age(struct scene *scene, const char *since, const char *last)
{
    scene_sql(scene,
              "UPDATE endpoint SET failing_since = now() - interval '%s', failed_at = now() -"
              " interval '%s'",
              since, last);
}

/* Open for an hour: owner and team hear of it, once; after a success, of the next time too. */
static void test_failing_is_told_once(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    for (int round = 1; round <= 2; round++) {
        for (int n = 1; n <= 5; n++)
            fails(scene, endpoint, "answered", 503);
        age(scene, "59 minutes", "0 s");
        assert_string_equal(upkeep(scene), "none");
        age(scene, "61 minutes", "0 s");
        assert_string_equal(upkeep(scene), "failing");
        assert_string_equal(upkeep(scene), "none");
        ASSERT_SQL(scene, arena_printf(scene->arena, "%d", 2 * round),
                   "SELECT count(*) FROM outbox WHERE kind = 'endpoint.failing' AND payload ->>"
                   " 'reason' = 'http_503' AND payload ->> 'endpoint_id' = '%s' AND organisation_id"
                   " IN ('" SCENE_EMPLOYER "', '" SCENE_TEAM "')",
                   endpoint);
        ASSERT_SQL(scene, arena_printf(scene->arena, "%d", round),
                   "SELECT count(*) FROM job WHERE kind = 'endpoint_mail' AND payload ->> 'what' ="
                   " 'failing' AND payload ->> 'endpoint_id' = '%s'",
                   endpoint);
        succeeds(scene, endpoint);
    }
    /* Answers that are no success are told of after half a day. */
    fails(scene, endpoint, "answered", 401);
    age(scene, "11 hours", "0 s");
    assert_string_equal(upkeep(scene), "none");
    age(scene, "13 hours", "30 minutes");
    assert_string_equal(upkeep(scene), "failing");
}

/* Five days, and twelve hours between the first and the last; owner, team and operators are told,
 * and what waits goes on waiting. */
static void test_disabled_after_five_days(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    fails(scene, endpoint, "dns", 0);
    scene_sql(scene, "UPDATE endpoint SET failing_told_at = now()");
    age(scene, "4 days 23 hours", "0 s");
    assert_string_equal(upkeep(scene), "none");
    age(scene, "6 days", "5 days 13 hours"); /* two failures close to each other, long ago */
    assert_string_equal(upkeep(scene), "none");
    age(scene, "5 days 1 hour", "1 day");
    assert_string_equal(upkeep(scene), "disabled");
    assert_string_equal(upkeep(scene), "none");
    ASSERT_SQL(
        scene, "disabled failing t",
        "SELECT concat_ws(' ', state, disabled_reason, disabled_at IS NOT NULL) FROM endpoint");
    ASSERT_SQL(
        scene, "2",
        "SELECT count(*) FROM outbox WHERE kind = 'endpoint.disabled' AND payload ->> 'reason'"
        " = 'failing' AND organisation_id IN ('" SCENE_EMPLOYER "', '" SCENE_TEAM "')");
    ASSERT_SQL(scene, "1",
               "SELECT count(*) FROM job WHERE kind = 'endpoint_mail' AND payload ->> 'what' ="
               " 'disabled'");
    ASSERT_SQL(scene, "1",
               "SELECT count(*) FROM audit WHERE organisation_id = '" SCENE_EMPLOYER
               "' AND action = 'endpoint.changed' AND detail ->> 'reason' = 'failing'");
    ASSERT_SQL(scene, "waiting", "SELECT state FROM delivery");
    assert_string_equal(claimed(scene), "0");
    /* Active again, it begins with a clean sheet. */
    scene_sql(scene, "UPDATE endpoint SET state = 'active'");
    ASSERT_SQL(scene, "t", "SELECT failing_since IS NULL AND breaker = 'closed' FROM endpoint");
    assert_string_equal(upkeep(scene), "none");
    assert_string_equal(claimed(scene), "1");
}

/* The sweeper does all this by itself. */
static void test_the_sender_looks(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    fails(scene, endpoint, "dns", 0);
    age(scene, "6 days", "0 s");
    scene_start(scene);
    scene_until(scene, "SELECT state = 'disabled' FROM endpoint");
}

/* C3: an attempt counts at the claim, so what kills its sender each time comes to its end. */
static void test_poison_ends(void **state)
{
    struct scene *scene = *state;
    endpoint_of(scene);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    for (int n = 1; n <= 10; n++) {
        assert_string_equal(claimed(scene), "1");
        scene_sql(scene, "UPDATE delivery SET lease_until = now()");
        scene_sql(scene, "SELECT delivery_sweep()");
    }
    assert_string_equal(claimed(scene), "0");
    ASSERT_SQL(scene, "dead exhausted 10",
               "SELECT concat_ws(' ', state, reason, attempts) FROM delivery");
    ASSERT_SQL(scene, "10", "SELECT count(*) FROM delivery_attempt WHERE class = 'lost'");
}

/* C6: a snapshot that somebody holds is seen. */
static void test_an_old_snapshot_is_seen(void **state)
{
    struct scene *scene = *state;
    struct session *holder = NULL;
    struct error_detail detail = {0};
    assert_int_equal(session_open(scene->conninfo, NULL, &holder, &detail), 0);
    assert_int_equal(
        session_exec(holder, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1", &detail), 0);
    scene_until(scene, "SELECT snapshot_seconds >= 1 FROM delivery_gauges()");
    session_close(&holder);
    scene_until(scene, "SELECT snapshot_seconds = 0 FROM delivery_gauges()");
}

static void test_gauges(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = endpoint_of(scene);
    const char *delivery = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    for (int n = 1; n <= 5; n++)
        fails(scene, endpoint, "dns", 0);
    scene_sql(scene, "UPDATE delivery SET created_at = now() - interval '90 s' WHERE id = '%s'",
              delivery);
    ASSERT_SQL(scene, "t 1 1",
               "SELECT concat_ws(' ', oldest_seconds BETWEEN 89 AND 300, failing, breakers) FROM"
               " delivery_gauges()");
    scene_sql(scene, "UPDATE delivery SET fresh = false");
    scene_sql(scene, "UPDATE endpoint_mark SET again = true");
    ASSERT_SQL(scene, "t", "SELECT oldest_seconds BETWEEN 89 AND 300 FROM delivery_gauges()");
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled'");
    ASSERT_SQL(scene, "0 0 0",
               "SELECT concat_ws(' ', oldest_seconds, failing, breakers) FROM delivery_gauges()");
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_five_in_a_row_open),
        SCENE(test_an_answer_is_not_away),
        SCENE(test_refused_by_policy_moves_nothing),
        SCENE(test_pauses_double_up_to_an_hour),
        SCENE(test_claims_honour_it),
        SCENE(test_our_own_faults_do_not_count),
        SCENE(test_survives_a_restart),
        SCENE(test_failing_is_told_once),
        SCENE(test_disabled_after_five_days),
        SCENE(test_the_sender_looks),
        SCENE(test_poison_ends),
        SCENE(test_gauges),
        SCENE(test_an_old_snapshot_is_seen),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
