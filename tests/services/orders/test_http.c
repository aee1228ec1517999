/* The operations on job orders, over a real socket and a real PostgreSQL. */
#include "tests/services/shortlists/server.h"

#include "common/base/clock.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

#define EMPLOYER_TEXT "\"employer\": {\"cvr\": \"12345674\", \"name\": \"Beton A/S (fiktiv)\"}"
#define REST_TEXT                                                                                  \
    "\"title\": \"Struktører\", \"posts\": 12, \"occupations\": [\"7114.8\"],"                    \
    " \"postcode\": \"8000\", \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"],"         \
    " \"requirements\": [{\"kind\": \"certificate\", \"code\": \"epoxy-isocyanate\","              \
    " \"necessity\": \"must\", \"weight\": 5}]"
#define ORDER_TEXT "{" EMPLOYER_TEXT ", " REST_TEXT "}"
#define DRAFT_TEXT "{" EMPLOYER_TEXT ", " REST_TEXT ", \"draft\": true}"

static struct answer post(struct world *world, enum actor actor, const char *body)
{
    char key[64];

    snprintf(key, sizeof key, "Idempotency-Key: \"k%d\"\r\n", world->keys++);
    return server_ask(world->server, actor, "POST", "/v1/job-orders", key, body);
}

static const char *target_of(struct world *world, const struct answer *order)
{
    return arena_printf(world->scene->arena, "/v1/job-orders/%s", answer_text(order, "id"));
}

static struct answer patch(struct world *world, enum actor actor, const char *target, int version,
                           const char *body)
{
    char match[64];

    snprintf(match, sizeof match, "If-Match: \"v%d\"\r\n", version);
    return server_ask(world->server, actor, "PATCH", target, match, body);
}

static const char *ranks(struct world *world, const struct answer *order)
{
    return scene_root(world->scene,
                      "SELECT string_agg(payload ->> 'order_version', ' ' ORDER BY id) FROM job"
                      " WHERE kind = 'rank' AND payload ->> 'order_id' = '%s'",
                      answer_text(order, "id"));
}

static void an_order_is_received_and_read(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM, ORDER_TEXT);

    assert_answer(&made, 201, NULL);
    const char *target = target_of(world, &made);
    assert_string_equal(server_header(world->server, &made, "Location"), target);
    assert_string_equal(server_header(world->server, &made, "ETag"), "\"v1\"");
    assert_null(server_header(world->server, &made, "Idempotency-Replayed"));
    assert_string_equal(answer_text(&made, "state"), "open");
    assert_int_equal(answer_integer(&made, "minimum"), 24);
    assert_true(json_is_null(json_object_get(made.json, "shortlist_id")));
    assert_string_equal(ranks(world, &made), "1");
    struct answer read = server_ask(world->server, HORSENS, "GET", target, NULL, NULL);
    assert_answer(&read, 200, NULL);
    assert_true(json_equal(read.json, made.json));
    read = server_ask(world->server, EMPLOYER, "GET", target, NULL, NULL);
    assert_answer(&read, 200, NULL);
    read = server_ask(world->server, TEAM, "GET", target, "If-None-Match: \"v1\"\r\n", NULL);
    assert_answer(&read, 304, NULL);
    /* The second order of the same employer makes no second employer, nor a new name. */
    made =
        post(world, AARHUS,
             "{\"employer\": {\"cvr\": \"12345674\", \"name\": \"Et Andet Navn\"}, " REST_TEXT "}");
    assert_answer(&made, 201, NULL);
    assert_string_equal(
        answer_text(&(struct answer){.json = json_object_get(made.json, "employer")}, "name"),
        "Beton A/S (fiktiv)");
    assert_int_equal(answer_integer(&made, "minimum"), 24);
}

static void one_post_needs_at_least_four_candidates(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM,
                              "{" EMPLOYER_TEXT ", \"title\": \"En\", \"posts\": 1,"
                              " \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
                              " \"start_date\": \"2026-12-01\", \"kinds\": [\"flex\"]}");

    assert_answer(&made, 201, NULL);
    assert_int_equal(answer_integer(&made, "minimum"), 4);
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *world = *state;
    struct answer answer = post(
        world, TEAM,
        "{\"employer\": {\"cvr\": \"12345678\", \"extra\": 1}, \"title\": \"\","
        " \"posts\": 0, \"minimum\": -1, \"occupations\": [\"\"], \"postcode\": \"80\","
        " \"radius_km\": 9999, \"start_date\": \"2026-02-30\", \"end_date\": \"x\","
        " \"kinds\": [\"x\"], \"requirements\": [{\"kind\": \"x\", \"weight\": 9},"
        " {\"kind\": \"competence\", \"code\": \"nix\", \"necessity\": \"must\", \"weight\": 9},"
        " 7], \"y\": 1}");

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/employer/cvr FORMAT\n"
                        "/employer/extra UNKNOWN_MEMBER\n"
                        "/employer/name REQUIRED\n"
                        "/end_date FORMAT\n"
                        "/kinds/0 CHOICE\n"
                        "/minimum RANGE\n"
                        "/occupations/0 LENGTH\n"
                        "/postcode FORMAT\n"
                        "/posts RANGE\n"
                        "/radius_km RANGE\n"
                        "/requirements/0/code REQUIRED\n"
                        "/requirements/0/kind CHOICE\n"
                        "/requirements/0/necessity REQUIRED\n"
                        "/requirements/0/weight RANGE\n"
                        "/requirements/1/code UNKNOWN\n"
                        "/requirements/1/weight RANGE\n"
                        "/requirements/2 TYPE\n"
                        "/start_date FORMAT\n"
                        "/title FORMAT\n"
                        "/y UNKNOWN_MEMBER\n");
    answer =
        post(world, TEAM,
             "{" EMPLOYER_TEXT ", \"title\": \"x\", \"posts\": 1, \"occupations\":"
             " [\"7114.8\", \"nix\"], \"postcode\": \"0001\", \"start_date\": \"2026-12-01\","
             " \"kinds\": [\"flex\"], \"requirements\": ["
             "{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"must\", \"weight\": 1},"
             "{\"kind\": \"licence\", \"code\": \"Q\", \"necessity\": \"must\", \"weight\": 1},"
             "{\"kind\": \"competence\", \"code\": \"nix\", \"necessity\": \"must\","
             " \"weight\": 1},"
             "{\"kind\": \"certificate\", \"code\": \"nix\", \"necessity\": \"must\","
             " \"weight\": 1},"
             "{\"kind\": \"occupation\", \"code\": \"nix\", \"necessity\": \"must\","
             " \"weight\": 1},"
             "{\"kind\": \"language\", \"code\": \"xx\", \"necessity\": \"must\","
             " \"weight\": 1}]}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/occupations/1 UNKNOWN\n"
                                                               "/postcode UNKNOWN\n"
                                                               "/requirements/1/code UNKNOWN\n"
                                                               "/requirements/2/code UNKNOWN\n"
                                                               "/requirements/3/code UNKNOWN\n"
                                                               "/requirements/4/code UNKNOWN\n"
                                                               "/requirements/5/code UNKNOWN\n");
}

static void a_fault_leaves_nothing_behind(void **state)
{
    struct world *world = *state;
    static const char key[] = "Idempotency-Key: \"mended\"\r\n";
    const char *before = scene_root(world->scene, "SELECT count(*) FROM job_order");
    struct answer answer = server_ask(
        world->server, TEAM, "POST", "/v1/job-orders", key,
        "{\"employer\": {\"cvr\": \"55133018\", \"name\": \"Ny (fiktiv)\"},"
        " \"title\": \"x\", \"posts\": 1, \"occupations\": [\"nix\"],"
        " \"postcode\": \"8000\", \"start_date\": \"2026-12-01\", \"kinds\": [\"flex\"]}");

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM job_order"), before);
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM organisation WHERE"
                                                 " kind = 'employer' AND cvr = '55133018'"),
                        "0");
    /* The key is free for the mended body. */
    answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders", key, ORDER_TEXT);
    assert_answer(&answer, 201, NULL);
}

static void the_same_key_gives_the_same_order(void **state)
{
    struct world *world = *state;
    static const char key[] = "Idempotency-Key: \"same\"\r\n";
    struct answer first =
        server_ask(world->server, TEAM, "POST", "/v1/job-orders", key, ORDER_TEXT);
    struct answer second =
        server_ask(world->server, TEAM, "POST", "/v1/job-orders", key, ORDER_TEXT);

    assert_answer(&first, 201, NULL);
    assert_answer(&second, 201, NULL);
    assert_string_equal(second.body, first.body);
    assert_string_equal(server_header(world->server, &second, "Idempotency-Replayed"), "true");
    assert_string_equal(server_header(world->server, &second, "Location"),
                        server_header(world->server, &first, "Location"));
    assert_string_equal(server_header(world->server, &second, "ETag"), "\"v1\"");
    /* Members in another order are the same content; another value is not. */
    struct answer other = server_ask(world->server, TEAM, "POST", "/v1/job-orders", key,
                                     "{" REST_TEXT ", " EMPLOYER_TEXT "}");
    assert_answer(&other, 201, NULL);
    other = server_ask(world->server, TEAM, "POST", "/v1/job-orders", key, DRAFT_TEXT);
    assert_answer(&other, 422, "idempotency-key-reused");
    other = server_ask(world->server, TEAM, "POST", "/v1/job-orders", NULL, ORDER_TEXT);
    assert_answer(&other, 400, "idempotency-key-missing");
    /* Another client's key of the same name is another key. */
    other = server_ask(world->server, TEAM_MACHINE, "POST", "/v1/job-orders", key, ORDER_TEXT);
    assert_answer(&other, 201, NULL);
    assert_string_not_equal(answer_text(&other, "id"), answer_text(&first, "id"));
}

static void a_change_ranks_again_when_ranking_sees_it(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *target = target_of(world, &order);

    order = patch(world, TEAM, target, 1, "{\"title\": \"Betonfolk\"}");
    assert_answer(&order, 200, NULL);
    assert_string_equal(server_header(world->server, &order, "ETag"), "\"v2\"");
    assert_string_equal(answer_text(&order, "title"), "Betonfolk");
    assert_string_equal(ranks(world, &order), "1");
    order = patch(world, TEAM, target, 2, "{\"radius_km\": 40, \"end_date\": \"2027-06-30\"}");
    assert_answer(&order, 200, NULL);
    assert_string_equal(ranks(world, &order), "1 3");
    order = patch(world, TEAM, target, 3, "{\"radius_km\": null, \"minimum\": 7, \"posts\": 3}");
    assert_answer(&order, 200, NULL);
    assert_true(json_is_null(json_object_get(order.json, "radius_km")));
    assert_int_equal(answer_integer(&order, "minimum"), 7);
    order = patch(world, TEAM, target, 4, "{\"minimum\": null}");
    assert_int_equal(answer_integer(&order, "minimum"), 6);
    /* What was read may be sent back, and changes nothing. */
    char *requirements = json_dumps(json_object_get(order.json, "requirements"), JSON_COMPACT);
    order = patch(world, TEAM, target, 5,
                  arena_printf(world->scene->arena, "{\"requirements\": %s, \"state\": \"open\"}",
                               requirements));
    free(requirements);
    assert_answer(&order, 200, NULL);
    assert_int_equal(answer_integer(&order, "version"), 5);
    assert_string_equal(ranks(world, &order), "1 3 4 5");
}

static void a_change_is_checked_as_a_whole(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *target = target_of(world, &order);
    struct answer answer = patch(world, TEAM, target, 1, "{\"end_date\": \"2026-11-01\"}");

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/end_date RANGE\n");
    answer = patch(world, TEAM, target, 1, "{\"postcode\": \"0001\", \"occupations\": []}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/occupations REQUIRED\n/postcode UNKNOWN\n");
    answer = patch(world, TEAM, target, 1,
                   "{\"employer\": {\"cvr\": \"55133018\", \"name\": \"Ny (fiktiv)\"}}");
    assert_answer(&answer, 409, "state-conflict");
}

static void a_change_needs_the_version_that_was_seen(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *target = target_of(world, &order);
    struct answer answer =
        server_ask(world->server, TEAM, "PATCH", target, NULL, "{\"title\": \"x\"}");

    assert_answer(&answer, 428, "if-match-required");
    answer = patch(world, TEAM, target, 2, "{\"title\": \"x\"}");
    assert_answer(&answer, 412, "version-stale");
    answer = server_ask(world->server, TEAM, "PATCH", target, "If-Match: \"other\"\r\n",
                        "{\"title\": \"x\"}");
    assert_answer(&answer, 412, "version-stale");
    answer =
        server_ask(world->server, TEAM, "PATCH", target, "If-Match: *\r\n", "{\"title\": \"x\"}");
    assert_answer(&answer, 200, NULL);
}

static void of_two_writers_one_wins(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *target = target_of(world, &order);

    for (int round = 1; round <= 40; round++) {
        char match[64];
        int sockets[2];
        int won = 0;
        int lost = 0;
        snprintf(match, sizeof match, "If-Match: \"v%d\"\r\n", round);
        for (int i = 0; i < 2; i++) {
            char body[64];
            snprintf(body, sizeof body, "{\"title\": \"%d af %d\"}", i, round);
            sockets[i] = server_send(world->server, TEAM, "PATCH", target, match, body);
        }
        for (int i = 0; i < 2; i++) {
            struct answer answer = server_receive(world->server, sockets[i]);
            won += answer.status == 200;
            lost += answer.status == 412;
        }
        assert_int_equal(won, 1);
        assert_int_equal(lost, 1);
    }
}

static void another_organisations_order_is_not_ones_own(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *target = target_of(world, &order);
    const char *close = arena_printf(world->scene->arena, "%s/close", target);
    struct answer answer = patch(world, AARHUS, target, 1, "{\"title\": \"x\"}");

    assert_answer(&answer, 404, "not-found");
    answer = server_ask(world->server, AARHUS, "POST", close, "If-Match: \"v1\"\r\n",
                        "{\"reason\": \"filled\"}");
    assert_answer(&answer, 404, "not-found");
    answer = patch(world, EMPLOYER, target, 1, "{\"title\": \"x\"}");
    assert_answer(&answer, 404, "not-found");
    answer = post(world, EMPLOYER, ORDER_TEXT);
    assert_answer(&answer, 403, "forbidden");
    /* An order of another employer's is not there for this one. */
    order = post(world, TEAM,
                 "{\"employer\": {\"cvr\": \"55133018\", \"name\": \"Anden (fiktiv)\"}, " REST_TEXT
                 "}");
    answer = server_ask(world->server, EMPLOYER, "GET", target_of(world, &order), NULL, NULL);
    assert_answer(&answer, 404, "not-found");
}

static void what_is_no_id_is_not_found(void **state)
{
    struct world *world = *state;
    static const char *const targets[] = {"/v1/job-orders/7", "/v1/job-orders/%27%3B--",
                                          "/v1/job-orders/00000000-0000-4000-8000-0000000000ff"};

    for (size_t i = 0; i < COUNT(targets); i++) {
        struct answer answer = server_ask(world->server, TEAM, "GET", targets[i], NULL, NULL);
        assert_answer(&answer, 404, "not-found");
        answer = patch(world, TEAM, targets[i], 1, "{\"title\": \"x\"}");
        assert_answer(&answer, 404, "not-found");
    }
}

static void a_draft_waits_and_a_closed_order_stays_closed(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, DRAFT_TEXT);
    const char *target = target_of(world, &order);
    const char *close = arena_printf(world->scene->arena, "%s/close", target);

    assert_answer(&order, 201, NULL);
    assert_string_equal(answer_text(&order, "state"), "draft");
    assert_true(json_is_null(json_object_get(order.json, "due_at")));
    assert_string_equal(ranks(world, &order), "");
    order =
        patch(world, TEAM, target, 1,
              "{\"posts\": 2, \"employer\": {\"cvr\": \"55133018\", \"name\": \"Ny (fiktiv)\"}}");
    assert_answer(&order, 200, NULL);
    assert_string_equal(ranks(world, &order), "");
    order = patch(world, TEAM, target, 2, "{\"state\": \"open\"}");
    assert_answer(&order, 200, NULL);
    assert_string_equal(answer_text(&order, "state"), "open");
    assert_string_not_equal(answer_text(&order, "due_at"), "");
    assert_string_equal(ranks(world, &order), "3");
    struct answer answer = server_ask(world->server, TEAM, "POST", close, "If-Match: \"v3\"\r\n",
                                      "{\"reason\": \"bored\"}");
    assert_answer(&answer, 422, "invalid-body");
    answer = server_ask(world->server, TEAM, "POST", close, "If-Match: \"v2\"\r\n",
                        "{\"reason\": \"filled\"}");
    assert_answer(&answer, 412, "version-stale");
    answer = server_ask(world->server, TEAM, "POST", close, "If-Match: \"v3\"\r\n",
                        "{\"reason\": \"filled\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "filled");
    assert_string_equal(answer_text(&answer, "closed_reason"), "filled");
    answer = patch(world, TEAM, target, 4, "{\"state\": \"open\"}");
    assert_answer(&answer, 409, "state-conflict");
    answer = server_ask(world->server, TEAM, "POST", close, "If-Match: \"v4\"\r\n",
                        "{\"reason\": \"filled\"}");
    assert_answer(&answer, 409, "state-conflict");
}

static void the_clock_starts_when_the_order_is_received(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *now, *due;
    } times[] = {
        {"2026-11-18T10:59:59Z", "2026-11-18T15:00:00.000Z"},
        {"2026-11-18T11:00:00Z", "2026-11-19T11:00:00.000Z"},
        {"2026-03-27T14:00:00Z", "2026-03-30T10:00:00.000Z"},
        {"2026-10-23T14:00:00Z", "2026-10-26T11:00:00.000Z"},
        {"2026-04-01T12:00:00Z", "2026-04-07T10:00:00.000Z"},
    };

    for (size_t i = 0; i < COUNT(times); i++) {
        struct tm tm = {0};
        assert_non_null(strptime(times[i].now, "%Y-%m-%dT%H:%M:%SZ", &tm));
        clock_fake((int64_t)timegm(&tm) * CLOCK_SECOND);
        struct answer order = post(world, TEAM, ORDER_TEXT);
        struct answer draft = post(world, TEAM, DRAFT_TEXT);
        struct answer opened =
            patch(world, TEAM, target_of(world, &draft), 1, "{\"state\": \"open\"}");
        clock_real();
        assert_answer(&order, 201, NULL);
        assert_string_equal(answer_text(&order, "due_at"), times[i].due);
        assert_answer(&opened, 200, NULL);
        assert_string_equal(answer_text(&opened, "due_at"), times[i].due);
        assert_string_equal(answer_text(&opened, "received_at"),
                            answer_text(&order, "received_at"));
        /* A later change does not move the deadline. */
        struct answer later =
            patch(world, TEAM, target_of(world, &order), 1, "{\"radius_km\": 10}");
        assert_string_equal(answer_text(&later, "due_at"), times[i].due);
    }
}

static void the_partners_are_told_of_a_change(void **state)
{
    struct world *world = *state;
    struct answer order = post(world, TEAM, ORDER_TEXT);
    const char *id = answer_text(&order, "id");
    static const char events[] =
        "SELECT string_agg(organisation_id::text || ' ' || (payload ->> 'version'), ', '"
        " ORDER BY payload ->> 'version') FROM outbox WHERE kind = 'order.changed'"
        " AND order_id = '%s'";

    scene_shortlist(world->scene, id, 1, 2);
    order = patch(world, TEAM, target_of(world, &order), 1, "{\"title\": \"Nyt\"}");
    assert_answer(&order, 200, NULL);
    assert_string_equal(scene_root(world->scene, events, id), AARHUS_ID " 2");
    assert_string_equal(scene_root(world->scene,
                                   "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit"
                                   " WHERE subject_id = '%s' AND organisation_id = '" TEAM_ID "'",
                                   id),
                        "order.created order.changed");
}

static int setup(void **state)
{
    return world_open(state, "orders_http");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_received_and_read),
        cmocka_unit_test(one_post_needs_at_least_four_candidates),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_fault_leaves_nothing_behind),
        cmocka_unit_test(the_same_key_gives_the_same_order),
        cmocka_unit_test(a_change_ranks_again_when_ranking_sees_it),
        cmocka_unit_test(a_change_is_checked_as_a_whole),
        cmocka_unit_test(a_change_needs_the_version_that_was_seen),
        cmocka_unit_test(of_two_writers_one_wins),
        cmocka_unit_test(another_organisations_order_is_not_ones_own),
        cmocka_unit_test(what_is_no_id_is_not_found),
        cmocka_unit_test(a_draft_waits_and_a_closed_order_stays_closed),
        cmocka_unit_test(the_clock_starts_when_the_order_is_received),
        cmocka_unit_test(the_partners_are_told_of_a_change),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
