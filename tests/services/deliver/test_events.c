/* GET /v1/events over HTTP, on a real PostgreSQL: the events whole, CVs on the terms of a claim,
 * waiting. */
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/puller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char *send_cv(struct puller *puller, const char *release)
{
    return scene_sql(puller->scene, "SELECT scene_send('%s')", release);
}

static void take_back(struct puller *puller, const char *release)
{
    scene_sql(puller->scene, "SELECT emnebank.release_revoke('%s', 'consent_withdrawn')", release);
}

static const json_t *data_of(const struct puller_page *page, size_t index)
{
    return json_object_get(puller_item(page, index), "data");
}

static bool holds(const struct puller_page *page, const char *text)
{
    return strstr(page->text, text) != NULL;
}

/* The bytes of the first item, as they stand in the page. */
static const char *digest_of_first(struct puller *puller, const struct puller_page *page)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *text = arena_alloc(puller->scene->arena, 2 * CRYPTO_DIGEST_SIZE + 1);
    const char *from = strchr(page->text, '[') + 1;
    const char *to = strstr(page->text, "],\"next\"");

    assert_non_null(to);
    crypto_sha256(from, (size_t)(to - from), digest);
    str_hex(digest, sizeof digest, text);
    return text;
}

/* --- what is there --- */

static void events_are_whole_as_webhooks_have_them(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    json_error_t error;

    scene_endpoint(scene, SCENE_EMPLOYER, "{cv.released}");
    const char *release = scene_release(scene);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    const char *event = send_cv(puller, release);
    struct puller_page page = puller_events(puller, PULLER_EMPLOYER, "", 2);
    assert_int_equal(page.count, 2);
    const json_t *cv = puller_item(&page, 1);
    assert_string_equal(puller_text(puller_item(&page, 0), "type"), "order.changed");
    assert_string_equal(puller_text(cv, "type"), "cv.released");
    assert_string_equal(puller_text(cv, "id"), arena_printf(scene->arena, "evt_%s", event));
    assert_true(holds(&page, "Søren Prøve nr. 1 (fiktiv)"));
    assert_false(holds(&page, "Hemmelig"));

    scene_start(scene);
    scene_until_requests(scene, 1);
    const struct receiver_request *sent = receiver_request(scene->receiver, 0);
    json_t *webhook = json_loadb(sent->body, sent->length, 0, &error);
    static const char *const same[] = {"type", "timestamp", "schema_version", "version", "data"};
    assert_int_equal(json_object_size(webhook), 5);
    assert_int_equal(json_object_size(cv), 6);
    for (size_t i = 0; i < 5; i++)
        if (!json_equal(json_object_get(cv, same[i]), json_object_get(webhook, same[i])))
            fail_msg("%s differs", same[i]);
    json_decref(webhook);
}

static void a_cv_that_was_fetched_is_written_down(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *release = scene_release(scene);

    send_cv(puller, release);
    struct puller_page page = puller_events(puller, PULLER_EMPLOYER, "", 1);
    const char *digest = digest_of_first(puller, &page);
    assert_string_equal(scene_sql(scene,
                                  "SELECT how || place || certain || body_sha256 FROM"
                                  " emnebank.release_reached WHERE release_id = '%s'",
                                  release),
                        arena_printf(scene->arena, "pull" PULLER_EMPLOYER_KEY "true%s", digest));
    assert_string_equal(scene_sql(scene,
                                  "SELECT organisation_id || actor || (detail ->> 'body_sha256')"
                                  " FROM emnebank.audit WHERE action = 'cv.pulled'"
                                  " AND subject_id = '%s'",
                                  release),
                        arena_printf(scene->arena, SCENE_HOME PULLER_EMPLOYER_KEY "%s", digest));
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.audit WHERE action ="
                                         " 'events.read' AND organisation_id = '" SCENE_EMPLOYER
                                         "' AND cardinality(candidates) = 1"),
                        "1");
    /* Reading takes nothing away, and is written down each time. */
    puller_events(puller, PULLER_EMPLOYER, "", 1);
    assert_string_equal(
        scene_sql(scene, "SELECT count(*) FROM emnebank.audit WHERE action = 'cv.pulled'"), "2");
}

static void a_withdrawn_cv_is_there_without_the_person(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *release = scene_release(scene);
    const char *other = scene_release(scene);

    send_cv(puller, release);
    send_cv(puller, other);
    puller_events(puller, PULLER_EMPLOYER, "", 2);
    take_back(puller, release);
    struct puller_page page = puller_events(puller, PULLER_EMPLOYER, "", 3);
    const json_t *data = data_of(&page, 0);
    assert_int_equal(json_object_size(data), 3);
    assert_true(json_is_true(json_object_get(data, "withdrawn")));
    assert_string_equal(puller_text(data, "release_id"), release);
    assert_string_equal(puller_text(data, "order_id"), SCENE_ORDER);
    assert_false(holds(&page, "Prøve nr. 1 "));
    assert_true(holds(&page, "Prøve nr. 2 "));
    assert_string_equal(puller_text(puller_item(&page, 2), "type"), "cv.recalled");
    assert_string_equal(puller_text(data_of(&page, 2), "release_id"), release);
    /* Nobody had the second one's recall to read before; now it is proven that they have. */
    assert_string_equal(
        scene_sql(scene,
                  "SELECT count(*) FROM emnebank.recall_arrived WHERE release_id = '%s' AND"
                  " how = 'pull' AND place = '" PULLER_EMPLOYER_KEY
                  "' AND length(body_sha256) = 64",
                  release),
        "1");
}

/* Between the page and its first byte somebody takes the yes back. */
static void a_cv_that_is_withdrawn_while_it_is_rendered_is_not_handed_out(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const struct pg_result *result;
    const char *release = scene_release(scene);
    const char *event = send_cv(puller, release);

    scene_sql(scene, "SELECT set_config('app.tenant', '" SCENE_EMPLOYER "', false),"
                     " set_config('app.actor', '" PULLER_EMPLOYER_KEY "', false)");
    take_back(puller, release);
    const char *handing_out =
        arena_printf(scene->arena, "SELECT emnebank.events_pulled('{%s}', '{00}')", event);
    assert_int_equal(session_query(scene->admin, handing_out, NULL, 0, &result, NULL),
                     ERROR_UNAVAILABLE);
    assert_string_equal(session_sqlstate(scene->admin), "EB503");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.release_reached"), "0");
}

static void nobody_else_reads_it(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;

    send_cv(puller, scene_release(scene));
    scene_put(scene, "entry.changed", SCENE_HOME);
    struct puller_page mine = puller_events(puller, PULLER_EMPLOYER, "", 1);
    struct puller_page home = puller_events(puller, PULLER_HOME, "", 1);
    assert_false(holds(&home, "Prøve nr"));
    assert_int_equal(puller_get(puller, PULLER_HOME, "/v1/events?cursor=%s", mine.next).status,
                     400);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?cursor=%sA", mine.next).status,
                     400);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?wait=31").status, 400);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?wait=-1").status, 400);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?before=1").status, 400);
    /* How long somebody waits does not change where they are. */
    assert_int_equal(
        puller_get(puller, PULLER_EMPLOYER, "/v1/events?wait=0&cursor=%s", mine.next).status, 200);
}

static void a_key_that_has_ended_reads_nothing(void **state)
{
    struct puller *puller = *state;
    scene_sql(puller->scene, "UPDATE emnebank.api_key SET revoked_at = now() WHERE id ="
                             " '" PULLER_EMPLOYER_KEY "'");
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events").status, 401);
}

/* --- CVs that wait --- */

static void sweep(struct puller *puller)
{
    scene_sql(puller->scene, "UPDATE emnebank.event_put_off SET next_at = now()");
    scene_sql(puller->scene, "SELECT emnebank.delivery_sweep()");
}

static void a_cv_that_may_not_go_yet_comes_when_it_may(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *release = scene_release(scene);

    scene_sql(scene,
              "UPDATE emnebank.candidate SET screening_until = '2026-01-01' WHERE id ="
              " (SELECT candidate_id FROM emnebank.release WHERE id = '%s')",
              release);
    /* It is released as if on a day when it might. */
    assert_int_equal(session_exec(scene->admin, "SET session_replication_role = replica", NULL), 0);
    send_cv(puller, release);
    assert_int_equal(session_exec(scene->admin, "SET session_replication_role = origin", NULL), 0);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    struct puller_page page = puller_events(puller, PULLER_EMPLOYER, "", 1);
    assert_string_equal(puller_text(puller_item(&page, 0), "type"), "order.changed");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.outbox WHERE kind ="
                                         " 'entry.changed'"),
                        "2"); /* home and team, once */
    puller_events(puller, PULLER_EMPLOYER, "", 1);
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.outbox WHERE kind ="
                                         " 'entry.changed'"),
                        "2");
    sweep(puller);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?cursor=%s", page.next).count,
                     0);
    scene_sql(scene, "UPDATE emnebank.candidate SET screening_until = '2027-06-01'");
    sweep(puller);
    page = puller_events(puller, PULLER_EMPLOYER, page.next, 1);
    assert_string_equal(puller_text(puller_item(&page, 0), "type"), "cv.released");
    assert_true(holds(&page, "Prøve nr. 1 "));
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.event_put_off"), "0");
}

static void a_stop_of_pushes_holds_cvs_and_nothing_else(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const char *first = scene_release(scene);
    const char *second = scene_release(scene);

    scene_sql(scene,
              "UPDATE emnebank.push_stop SET stopped = true, reason = 'prøve', person = 'Mette',"
              " since = now(), organisation_id = '" SCENE_TEAM "'");
    send_cv(puller, first);
    send_cv(puller, second);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    struct puller_page page = puller_events(puller, PULLER_EMPLOYER, "", 1);
    assert_string_equal(puller_text(puller_item(&page, 0), "type"), "order.changed");
    take_back(puller, second);
    scene_sql(scene, "UPDATE emnebank.push_stop SET stopped = false");
    sweep(puller);
    /* Who had nothing is not told to delete it: it is withdrawn, and that is all. */
    page = puller_events(puller, PULLER_EMPLOYER, page.next, 2);
    assert_true(holds(&page, "Prøve nr. 1 "));
    assert_false(holds(&page, "Prøve nr. 2 "));
    assert_true(holds(&page, "\"withdrawn\""));
}

/* --- how far back --- */

static void a_cursor_before_what_was_dropped_is_refused(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;

    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    struct puller_page first = puller_events(puller, PULLER_EMPLOYER, "", 1);
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    struct puller_page second = puller_events(puller, PULLER_EMPLOYER, first.next, 1);
    scene_put(scene, "entry.changed", SCENE_HOME);
    struct puller_page other = puller_events(puller, PULLER_HOME, "", 1);
    scene_sql(scene, "SELECT emnebank.outbox_days((now() AT TIME ZONE 'UTC')::date + 40)");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM emnebank.change"), "0");

    struct puller_page late =
        puller_get(puller, PULLER_EMPLOYER, "/v1/events?cursor=%s", first.next);
    assert_int_equal(late.status, 410);
    assert_string_equal(puller_text(late.body, "type"), "/problems/cursor-expired");
    /* Whoever had read it all has missed nothing. */
    assert_int_equal(
        puller_get(puller, PULLER_EMPLOYER, "/v1/events?cursor=%s", second.next).status, 200);
    assert_int_equal(puller_get(puller, PULLER_HOME, "/v1/events?cursor=%s", other.next).status,
                     200);
    /* Begun anew there is what there is, and its cursor holds. */
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    struct puller_page anew = puller_events(puller, PULLER_EMPLOYER, "", 1);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?cursor=%s", anew.next).status,
                     200);
}

/* --- waiting --- */

static void who_waits_is_answered_when_something_happens(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    const int waiting = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");

    puller_until_waiting(1);
    assert_string_equal(
        scene_sql(scene, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'emnebank_front'"
                         " AND datname = current_database() AND state LIKE '%%in transaction%%'"),
        "0");
    scene_put(scene, "entry.changed", SCENE_HOME); /* not theirs */
    send_cv(puller, scene_release(scene));
    struct puller_page page = puller_answer(puller, waiting);
    assert_int_equal(page.status, 200);
    assert_int_equal(page.count, 1);
    assert_true(holds(&page, "Prøve nr. 1 "));
    puller_until_waiting(0);
}

static void an_open_transaction_is_never_passed(void **state)
{
    struct puller *puller = *state;
    struct scene *scene = puller->scene;
    struct session *slow;

    assert_int_equal(session_open(scene->conninfo, NULL, &slow, NULL), 0);
    assert_int_equal(session_exec(slow,
                                  "BEGIN; SELECT emnebank.outbox_put('order.changed',"
                                  " '" SCENE_EMPLOYER "', '" SCENE_ORDER "')",
                                  NULL),
                     0);
    const int waiting = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");
    puller_until_waiting(1);
    for (int i = 0; i < 20; i++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events").count, 0);
    puller_until_waiting(1);
    assert_int_equal(session_exec(slow, "COMMIT", NULL), 0);
    session_close(&slow);
    /* All of them, on one page or, where the cluster's others hold the horizon, on more. */
    struct puller_page first = puller_answer(puller, waiting);
    assert_in_range(first.count, 1, 21);
    puller_events(puller, PULLER_EMPLOYER, first.next, 21 - first.count);
}

static void a_key_that_ends_meanwhile_is_told_so(void **state)
{
    struct puller *puller = *state;
    const int waiting = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");

    puller_until_waiting(1);
    scene_sql(puller->scene, "UPDATE emnebank.api_key SET revoked_at = now() WHERE id ="
                             " '" PULLER_EMPLOYER_KEY "'");
    send_cv(puller, scene_release(puller->scene));
    struct puller_page page = puller_answer(puller, waiting);
    assert_int_equal(page.status, 401);
    assert_false(holds(&page, "Prøve nr"));
}

static void beyond_the_seats_nobody_waits(void **state)
{
    struct puller *puller = *state;
    const int first = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");
    const int second = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");

    puller_until_waiting(2);
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?wait=30").count, 0);
    puller_until_waiting(2); /* it was answered beside them */
    const int other = puller_ask(puller, PULLER_HOME, "/v1/events?wait=30");
    puller_until_waiting(3);
    api_drain(puller->api);
    const int all[] = {first, second, other};
    for (size_t i = 0; i < 3; i++) {
        struct puller_page page = puller_answer(puller, all[i]);
        assert_int_equal(page.status, 200);
        assert_int_equal(page.count, 0);
        assert_non_null(page.next);
    }
    /* And nobody waits any more. */
    assert_int_equal(puller_get(puller, PULLER_EMPLOYER, "/v1/events?wait=30").status, 200);
    puller_until_waiting(0);
}

static void a_client_that_leaves_is_noticed(void **state)
{
    struct puller *puller = *state;
    const int waiting = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");

    puller_until_waiting(1);
    close(waiting);
    puller_until_waiting(0);
    /* Whoever only closed its own half hears as much as there is. */
    const int half = puller_ask(puller, PULLER_EMPLOYER, "/v1/events?wait=30");
    puller_until_waiting(1);
    shutdown(half, SHUT_WR);
    assert_int_equal(puller_answer(puller, half).status, 200);
    send_cv(puller, scene_release(puller->scene));
    puller_events(puller, PULLER_EMPLOYER, "", 1);
}

/* One answer with a Content-Length, on a connection that stays. */
static int one_answer(int socket, char *text, size_t size)
{
    size_t length = 0;
    for (;;) {
        text[length] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        const char *field = end != NULL ? strstr(text, "Content-Length: ") : NULL;
        if (field != NULL && length >= (size_t)(end + 4 - text) + strtoul(field + 16, NULL, 10))
            return atoi(text + strlen("HTTP/1.1 "));
        const ssize_t got = recv(socket, text + length, size - 1 - length, 0);
        assert_true(got > 0);
        length += (size_t)got;
    }
}

static void the_connection_can_be_used_again(void **state)
{
    struct puller *puller = *state;
    static const char request[] = "GET /v1/events?wait=30 HTTP/1.1\r\nHost: test\r\n"
                                  "Authorization: Bearer employer\r\n\r\n";
    char text[65536];
    const int client = api_connect(puller->api);

    assert_true(send(client, request, sizeof request - 1, 0) > 0);
    puller_until_waiting(1);
    scene_put(puller->scene, "order.changed", SCENE_EMPLOYER);
    assert_int_equal(one_answer(client, text, sizeof text), 200);
    assert_non_null(strstr(text, "order.changed"));

    assert_true(send(client, request, sizeof request - 1, 0) > 0);
    assert_int_equal(one_answer(client, text, sizeof text), 200);
    assert_non_null(strstr(text, "order.changed"));
    close(client);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, puller_set_up, puller_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_whole_as_webhooks_have_them),
        TEST(a_cv_that_was_fetched_is_written_down),
        TEST(a_withdrawn_cv_is_there_without_the_person),
        TEST(a_cv_that_is_withdrawn_while_it_is_rendered_is_not_handed_out),
        TEST(nobody_else_reads_it),
        TEST(a_key_that_has_ended_reads_nothing),
        TEST(a_cv_that_may_not_go_yet_comes_when_it_may),
        TEST(a_stop_of_pushes_holds_cvs_and_nothing_else),
        TEST(a_cursor_before_what_was_dropped_is_refused),
        TEST(who_waits_is_answered_when_something_happens),
        TEST(an_open_transaction_is_never_passed),
        TEST(a_key_that_ends_meanwhile_is_told_so),
        TEST(beyond_the_seats_nobody_waits),
        TEST(a_client_that_leaves_is_noticed),
        TEST(the_connection_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
