/* The stop switch on a real sender, a real PostgreSQL and a real receiver: what is claimed already,
 * what is only connecting, what comes meanwhile, and what goes out afterwards. Nothing here waits
 * for time to pass. */
#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "services/deliver/deliver.h"
#include "tests/services/deliver/scene.h"

#include <arpa/inet.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CV_KINDS "{cv.released,cv.recalled}"
#define PERSON_KEY "00000000-0000-4000-8000-00000000a001" /* of Mette, consultant (fiktiv) */
#define PATIENCE (120 * CLOCK_SECOND)

/* --- the switch --- */

static const char *as_team(struct scene *scene, const char *key, const char *statement,
                           struct error_detail *detail)
{
    struct session *session = NULL;
    const struct pg_result *result = NULL;
    const char *answer = NULL;
    assert_int_equal(session_open(scene->conninfo, "emnebank_front", &session, detail), 0);
    assert_int_equal(session_exec(session,
                                  arena_printf(scene->arena,
                                               "SET app.tenant = '" SCENE_TEAM "';"
                                               " SET app.actor = '%s'",
                                               key),
                                  detail),
                     0);
    if (session_query(session, statement, NULL, 0, &result, detail) == 0)
        answer = arena_strdup(scene->arena, pg_text(result, 0, 0));
    session_close(&session);
    return answer;
}

static void turn(struct scene *scene, bool stop)
{
    struct error_detail detail = {0};
    const char *version = as_team(scene, PERSON_KEY,
                                  stop ? "SELECT etag FROM push_stop_set(0, true, 'Fejl i CV''er')"
                                       : "SELECT etag FROM push_stop_set(0, false, 'Rettet')",
                                  &detail);
    if (version == NULL)
        fail_msg("%s", detail.private_text);
}

static int64_t gauge(const char *name)
{
    for (size_t i = 0; i < deliver_metrics_count; i++) {
        if (str_equal(deliver_metrics[i]->name, name))
            return atomic_load(&deliver_metrics[i]->value);
    }
    fail_msg("no metric %s", name);
    return 0;
}

static void until_sender_knows(bool stopped)
{
    const int64_t end = clock_monotonic() + PATIENCE;
    while (gauge("emnebank_push_stopped") != (stopped ? 1 : 0)) {
        if (clock_monotonic() > end)
            fail_msg("the sender never heard of it");
        sched_yield();
    }
}

/* Counted when the database's word on it has come back, which is after others can read it there. */
static void until_held_is_counted(int64_t before)
{
    const int64_t end = clock_monotonic() + PATIENCE;
    while (gauge("emnebank_deliver_held_total") <= before) {
        if (clock_monotonic() > end)
            fail_msg("what was given back is not counted");
        sched_yield();
    }
}

static void until_nothing_is_under_way(struct scene *scene)
{
    scene_until(scene, "SELECT count(*) = 0 FROM delivery WHERE state = 'leased'");
}

static void assert_count(struct scene *scene, const char *expected, const char *condition)
{
    assert_string_equal(
        scene_sql(scene,
                  "SELECT count(*) FROM delivery d JOIN outbox b ON b.id = d.outbox_id WHERE %s",
                  condition),
        expected);
}

/* --- a receiver that lets nobody in --- */

/* A listening socket whose queue is full: whoever connects keeps trying. */
struct jam {
    int listener;
    int first; /* has the one place */
    struct sockaddr_in address;
};

static void jam_open(struct jam *jam)
{
    socklen_t length = sizeof jam->address;
    *jam = (struct jam){.address = {.sin_family = AF_INET}};
    jam->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    jam->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(jam->listener, (struct sockaddr *)&jam->address, length), 0);
    assert_int_equal(getsockname(jam->listener, (struct sockaddr *)&jam->address, &length), 0);
    assert_int_equal(listen(jam->listener, 0), 0);
    jam->first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(jam->first, (struct sockaddr *)&jam->address, length), 0);
}

/* Lets the next one in; how many bytes it says before it hangs up. */
static ssize_t jam_ease(struct jam *jam)
{
    char byte;
    const int first = accept4(jam->listener, NULL, NULL, SOCK_CLOEXEC);
    const int next = accept4(jam->listener, NULL, NULL, SOCK_CLOEXEC); /* its next try */
    assert_true(first >= 0 && next >= 0);
    const ssize_t said = recv(next, &byte, 1, 0);
    close(next);
    close(first);
    return said;
}

static void jam_close(struct jam *jam)
{
    close(jam->first);
    close(jam->listener);
}

/* A CV that is claimed and whose connection does not stand. */
static const char *connecting(struct scene *scene, const struct jam *jam)
{
    scene_endpoint_at(
        scene, SCENE_EMPLOYER, CV_KINDS,
        arena_printf(scene->arena, "http://127.0.0.1:%d/krog", ntohs(jam->address.sin_port)));
    scene_start(scene);
    const char *delivery = scene_send(scene, scene_release(scene));
    scene_until(scene, "SELECT state = 'leased' FROM delivery WHERE id = '%s'", delivery);
    return delivery;
}

static void assert_given_back(struct scene *scene, const char *delivery)
{
    scene_until(scene,
                "SELECT state = 'waiting' AND attempts = 0 AND NOT EXISTS (SELECT FROM"
                " delivery_attempt a WHERE a.delivery_id = d.id) FROM delivery d WHERE id = '%s'",
                delivery);
}

/* --- tests --- */

/* Nothing new arrives, nothing is lost, and nothing comes twice. */
static void test_stop_and_resume(void **state)
{
    struct scene *scene = *state;
    enum { EACH = 40 };
    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released}");
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed,shortlist.proposed}");
    for (int i = 0; i < EACH; i++)
        scene_put(scene, "entry.changed", SCENE_TEAM);
    scene_start(scene);
    for (int i = 0; i < EACH; i++)
        scene_send(scene, scene_release(scene));
    scene_until_requests(scene, 3);
    turn(scene, true);
    until_nothing_is_under_way(scene); /* what had begun has ended; the rest was given back */
    const size_t arrived = receiver_requests(scene->receiver);
    assert_count(scene, arena_printf(scene->arena, "%zu", arrived), "d.state = 'delivered'");
    assert_count(scene, "0", "d.state NOT IN ('delivered', 'waiting')");
    assert_count(scene, "0", "d.state = 'waiting' AND d.attempts > 0");

    /* An approval or release while stopped is written down; the sender looks, and nothing leaves.
     */
    scene_put(scene, "shortlist.proposed", SCENE_TEAM);
    scene_send(scene, scene_release(scene));
    scene_stop(scene);
    scene_start(scene); /* a sender that starts while stopped */
    scene_wake(scene);
    until_sender_knows(true);
    scene_drain(scene);
    while (!scene_drained(scene))
        sched_yield(); /* every claim has been answered */
    assert_int_equal(receiver_requests(scene->receiver), arrived);
    scene_stop(scene);

    scene_start(scene);
    turn(scene, false);
    scene_until(scene, "SELECT count(*) = 0 FROM delivery WHERE state <> 'delivered'");
    assert_int_equal(receiver_requests(scene->receiver), 2 * EACH + 2);
    assert_count(scene, "0", "d.attempts <> 1");
    until_sender_knows(false);
}

/* Claimed before the stop, connected after it: not a byte, and no attempt is used up. */
static void test_connecting_is_given_back(void **state)
{
    struct scene *scene = *state;
    struct jam jam;
    jam_open(&jam);
    const char *delivery = connecting(scene, &jam);
    const int64_t held = gauge("emnebank_deliver_held_total");
    turn(scene, true);
    until_sender_knows(true);
    assert_int_equal(jam_ease(&jam), 0);
    assert_given_back(scene, delivery);
    until_held_is_counted(held);
    scene_sql(scene, "UPDATE endpoint SET url = 'http://127.0.0.1:%d/krog'",
              receiver_port(scene->receiver));
    turn(scene, false);
    scene_until(scene, "SELECT state = 'delivered' AND attempts = 1 FROM delivery WHERE id = '%s'",
                delivery);
    jam_close(&jam);
}

/* The hint got lost: while something is connecting the sender asks for itself. */
static void test_stop_without_a_hint(void **state)
{
    struct scene *scene = *state;
    struct jam jam;
    jam_open(&jam);
    const char *delivery = connecting(scene, &jam);
    scene_sql(scene, "UPDATE push_stop SET stopped = true, reason = 'prøve', person = 'prøve',"
                     " organisation_id = '" SCENE_TEAM "', since = now()");
    until_sender_knows(true);
    assert_int_equal(jam_ease(&jam), 0);
    assert_given_back(scene, delivery);
    jam_close(&jam);
}

/* Nothing is heard of the database at all: its last word counts for less than five seconds. */
static void test_silence_is_a_stop(void **state)
{
    struct scene *scene = *state;
    struct session *other = NULL;
    struct error_detail detail = {0};
    struct jam jam;
    jam_open(&jam);
    const char *delivery = connecting(scene, &jam);
    assert_int_equal(session_open(scene->conninfo, NULL, &other, &detail), 0);
    assert_int_equal(session_exec(other,
                                  "BEGIN; SELECT pg_advisory_xact_lock(hashtext('emnebank.push'))",
                                  &detail),
                     0); /* no claim is answered */
    clock_fake(clock_monotonic() + 4 * CLOCK_SECOND);
    const ssize_t said = jam_ease(&jam);
    clock_real();
    assert_int_equal(said, 0);
    assert_given_back(scene, delivery);
    session_close(&other);
    jam_close(&jam);
}

/* A recall protects somebody: it goes on. */
static void test_recalls_go_on(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    scene_start(scene);
    const char *delivery = scene_send(scene, release);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    turn(scene, true);
    const char *waits = scene_send(scene, scene_release(scene));
    scene_sql(scene,
              "UPDATE consent SET withdrawn_at = now() WHERE id ="
              " (SELECT consent_id FROM release WHERE id = '%s')",
              release);
    scene_until(scene, "SELECT count(*) = 1 FROM delivery d JOIN outbox b ON b.id = d.outbox_id"
                       " WHERE b.kind = 'cv.recalled' AND d.state = 'delivered'");
    assert_int_equal(receiver_requests(scene->receiver), 2);
    assert_string_equal(scene_sql(scene,
                                  "SELECT concat_ws(' ', state, attempts) FROM delivery"
                                  " WHERE id = '%s'",
                                  waits),
                        "waiting 0");
    turn(scene, false);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", waits);
}

/* Who may, and what is written down of it. */
static void test_who_turns_it(void **state)
{
    struct scene *scene = *state;
    struct error_detail detail = {0};
    scene_sql(scene, "INSERT INTO api_key (id, organisation_id, hash, label, scopes, expires_at)"
                     " VALUES ('00000000-0000-4000-8000-00000000a002', '" SCENE_TEAM
                     "', sha256('y'), 'maskine', '{}', now() + interval '1 day')");
    assert_null(as_team(scene, "00000000-0000-4000-8000-00000000a002",
                        "SELECT push_stop_set(0, true, 'x')", &detail));
    assert_true(str_starts(detail.public_text, "named-person-required"));
    assert_null(as_team(scene, PERSON_KEY, "SELECT push_stop_set(7, true, 'x')", &detail));
    assert_true(str_starts(detail.public_text, "version-stale"));
    assert_null(as_team(scene, PERSON_KEY, "UPDATE push_stop SET stopped = false", &detail));
    turn(scene, true);
    turn(scene, true); /* says so, changes nothing */
    assert_string_equal(scene_sql(scene, "SELECT concat_ws(' ', count(*), count(DISTINCT"
                                         " organisation_id)) FROM change WHERE kind ="
                                         " 'push.stopped'"),
                        scene_sql(scene, "SELECT concat_ws(' ', count(*), count(*)) FROM"
                                         " organisation WHERE kind <> 'employer'"));
    assert_string_equal(scene_sql(scene, "SELECT string_agg(concat_ws(' ', action, person, detail"
                                         " ->> 'reason'), ', ') FROM audit WHERE action LIKE"
                                         " 'push.%%'"),
                        "push.stopped Mette Prøve (fiktiv) Fejl i CV'er");
    turn(scene, false);
}

/* Claimed before the yes was taken back, connected after: nothing leaves, and nothing will. */
static void test_withdrawn_while_connecting(void **state)
{
    struct scene *scene = *state;
    struct jam jam;
    jam_open(&jam);
    const char *delivery = connecting(scene, &jam);
    const int64_t heard = gauge("emnebank_deliver_withdrawn_total");
    scene_sql(scene, "UPDATE endpoint SET held_until = 'infinity'"); /* not for the recall, too */
    scene_sql(scene, "SELECT release_revoke(id, 'consent_withdrawn') FROM release");
    while (gauge("emnebank_deliver_withdrawn_total") == heard)
        sched_yield();
    assert_int_equal(jam_ease(&jam), 0);
    assert_given_back(scene, delivery);
    scene_sql(scene, "UPDATE endpoint SET held_until = NULL");
    scene_wake(scene);
    scene_until(scene,
                "SELECT state = 'cancelled' AND reason = 'not_in_force' AND attempts = 0 FROM"
                " delivery WHERE id = '%s'",
                delivery);
    jam_close(&jam);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_stop_and_resume),
        SCENE(test_connecting_is_given_back),
        SCENE(test_stop_without_a_hint),
        SCENE(test_silence_is_a_stop),
        SCENE(test_recalls_go_on),
        SCENE(test_who_turns_it),
        SCENE(test_withdrawn_while_connecting),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
