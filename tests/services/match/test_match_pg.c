/* The follower and the job "rank" against a real PostgreSQL, as the daemon's roles. */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pg/session.h"
#include "services/match/explain.h"
#include "services/match/metrics.h"
#include "services/match/room.h"
#include "sql/match_sql.h"
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = running_open("match");
    return 0;
}

static int tear_down(void **state)
{
    struct running *running = *state;
    running_close(&running);
    return 0;
}

/* ---- the job ---- */

#define ORDER "0192a000-0000-7000-8000-000000000001"

static void an_order_becomes_a_shortlist(void **state)
{
    struct running *scene = *state;
    owner_ask(scene->owner,
              "SELECT emnebank.fictional(n, CASE n WHEN 1 THEN 2 WHEN 2 THEN 4 ELSE 1 END) "
              "FROM generate_series(1, 4) n");
    owner_ask(scene->owner, "SELECT emnebank.fictional_change(4, NULL)");
    owner_ask(scene->owner, "SELECT emnebank.fictional_order('" ORDER "', 'open')");
    running_jobs(scene);

    const struct pg_result *result = owner_ask(
        scene->owner, "SELECT s.ruleset, s.pool_version, s.considered, s.excluded::text, "
                      "s.as_of = (now() AT TIME ZONE 'Europe/Copenhagen')::date, s.order_version "
                      "FROM emnebank.shortlist s WHERE order_id = '" ORDER "'");
    assert_int_equal(pg_rows(result), 1);
    assert_int_equal(pg_int64(result, 0, 0), ENGINE_RULESET);
    assert_int_equal(pg_int64(result, 0, 1), 5);
    assert_int_equal(pg_int64(result, 0, 2), 4);
    assert_string_equal(pg_text(result, 0, 3), "{\"not_available\": 1}");
    assert_true(pg_bool(result, 0, 4));
    assert_int_equal(pg_int64(result, 0, 5), 1);

    /* Weights 5 5 5: shares 334 333 333. Level 4 is enough, 2 is half, 1 is nothing. */
    static const struct {
        const char *id;
        int64_t score;
    } expected[] = {{"5f8d0000-0000-4000-8000-000000000002", 1000},
                    {"5f8d0000-0000-4000-8000-000000000001", 833},
                    {"5f8d0000-0000-4000-8000-000000000003", 667}};
    result = owner_ask(
        scene->owner,
        "SELECT candidate_id, score, (SELECT sum((p ->> 'points')::int) FROM "
        "json_array_elements(parts::json) p), json_array_length(facts::json), explanation_da "
        "FROM emnebank.shortlist_entry ORDER BY rank");
    assert_int_equal(pg_rows(result), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(pg_text(result, i, 0), expected[i].id);
        assert_int_equal(pg_int64(result, i, 1), expected[i].score);
        assert_int_equal(pg_int64(result, i, 2), expected[i].score);
        assert_int_equal(pg_int64(result, i, 3), 3);
    }
    assert_non_null(strstr(pg_text(result, 0, 4), "Epoxy og isocyanater, gyldigt til 31.12.2090"));
}

/* The pool moves just before the order comes, and the next look at it would be seconds away. */
static void an_order_newer_than_the_snapshot_waits_for_the_pool(void **state)
{
    struct running *scene = *state;
    const int64_t waits = match_waits.value;
    const int64_t before = match_version(scene->match);
    owner_ask(scene->owner, "SELECT emnebank.fictional(n, 1) FROM generate_series(1, 50) n");
    owner_ask(scene->owner, "SELECT emnebank.fictional(99, 5)");
    owner_ask(scene->owner, "SELECT emnebank.fictional_order('" ORDER "', 'open')");
    assert_int_equal(match_version(scene->match), before);
    running_jobs(scene);
    assert_int_equal(match_waits.value, waits + 1);
    const struct pg_result *result = owner_ask(
        scene->owner, "SELECT s.pool_version >= o.pool_version, e.candidate_id, "
                      "(SELECT count(*) FROM emnebank.shortlist_entry) "
                      "FROM emnebank.shortlist s JOIN emnebank.job_order o ON o.id = s.order_id "
                      "JOIN emnebank.shortlist_entry e ON e.shortlist_id = s.id AND e.rank = 1");
    assert_int_equal(pg_rows(result), 1);
    assert_true(pg_bool(result, 0, 0));
    assert_string_equal(pg_text(result, 0, 1), "5f8d0000-0000-4000-8000-000000000063");
    assert_int_equal(pg_int64(result, 0, 2), 20); /* twice the minimum of 4 is less than 20 */
    result = owner_ask(scene->owner, "SELECT attempts, state FROM emnebank.job");
    assert_int_equal(pg_int64(result, 0, 0), 1);
    assert_string_equal(pg_text(result, 0, 1), "done");
}

/* The time from an order to its list, when the next look at the pool would be 5 s away. */
static int64_t time_of_a_list(struct running *scene, int round)
{
    running_follow(scene);
    owner_ask(scene->owner, "SELECT emnebank.fictional(%d, 1)", 1 + round);
    owner_ask(scene->owner,
              "SELECT emnebank.fictional_order('0192a000-0000-7000-8000-%012d', 'open')",
              1 + round);
    const int64_t began = clock_monotonic();
    running_jobs(scene);
    return clock_monotonic() - began;
}

/* One of a few at least: whoever waits for the next look is late each time, a busy machine is not.
 */
static void an_order_asks_for_the_pool_and_does_not_wait_for_it(void **state)
{
    int64_t shortest = INT64_MAX;
    for (int round = 0; round < 5 && shortest > 3 * CLOCK_SECOND; round++) {
        const int64_t took = time_of_a_list(*state, round);
        shortest = took < shortest ? took : shortest;
    }
    assert_in_range(shortest, 0, 3 * CLOCK_SECOND);
}

static void a_repeat_of_the_job_changes_nothing(void **state)
{
    struct running *scene = *state;
    owner_ask(scene->owner, "SELECT emnebank.fictional(1, 3)");
    owner_ask(scene->owner, "SELECT emnebank.fictional_order('" ORDER "', 'open')");
    running_jobs(scene);
    owner_ask(scene->owner, "SELECT emnebank.fictional(2, 3)");
    owner_ask(scene->owner, "SELECT emnebank.job_enqueue('rank', '{\"order_id\": \"" ORDER "\"}')");
    running_jobs(scene);
    const struct pg_result *result =
        owner_ask(scene->owner, "SELECT (SELECT count(*) FROM emnebank.shortlist), "
                                "(SELECT count(*) FROM emnebank.shortlist_entry), "
                                "(SELECT count(*) FROM emnebank.job WHERE state = 'done')");
    assert_int_equal(pg_int64(result, 0, 0), 1);
    assert_int_equal(pg_int64(result, 0, 1), 1);
    assert_int_equal(pg_int64(result, 0, 2), 2);
}

static void jobs_that_can_come_to_nothing_end(void **state)
{
    struct running *scene = *state;
    owner_ask(scene->owner, "SELECT emnebank.fictional_order('" ORDER "', 'closed')");
    owner_ask(scene->owner, "SELECT emnebank.job_enqueue('rank', "
                            "'{\"order_id\": \"0192a000-0000-7000-8000-00000000dead\"}')");
    owner_ask(scene->owner, "SELECT emnebank.job_enqueue('rank', '{\"order_id\": \"not an id\"}')");
    owner_ask(scene->owner, "SELECT emnebank.job_enqueue('rank', '{}')");
    running_jobs(scene);
    const struct pg_result *result = owner_ask(
        scene->owner, "SELECT state || coalesce(':' || reason, '') FROM emnebank.job ORDER BY id");
    assert_string_equal(pg_text(result, 0, 0), "done");
    assert_string_equal(pg_text(result, 1, 0), "dead:order-unknown");
    assert_string_equal(pg_text(result, 2, 0), "dead:order-not-read");
    assert_string_equal(pg_text(result, 3, 0), "dead:payload-invalid");
    result = owner_ask(scene->owner, "SELECT count(*) FROM emnebank.shortlist");
    assert_int_equal(pg_int64(result, 0, 0), 0);
}

/* ---- the follower ---- */

static void following_step_by_step_ends_where_a_fresh_start_does(void **state)
{
    struct running *scene = *state;
    owner_ask(scene->owner,
              "SELECT emnebank.fictional(n, 1 + n %% 5) FROM generate_series(1, 1200) n");
    running_follow(scene); /* more than one page */
    for (int step = 1; step <= 12; step++) {
        owner_ask(scene->owner, "SELECT emnebank.fictional_change(%d, %d)", 7 * step, 1 + step % 5);
        owner_ask(scene->owner, "SELECT emnebank.fictional_change(%d, NULL)", 400 + step);
        owner_ask(scene->owner, "SELECT emnebank.fictional(%d, 5)", 2000 + step);
        owner_ask(scene->owner,
                  "DELETE FROM emnebank.candidate WHERE id = emnebank.fictional_id(%d)",
                  600 + step);
        running_follow(scene);
    }
    char *followed_text = running_written_down(scene->match);
    running_restart(scene);
    char *fresh_text = running_written_down(scene->match);
    assert_string_equal(fresh_text, followed_text);
    assert_null(strstr(followed_text, "5f8d0000-0000-4000-8000-000000000259")); /* 601, erased */
    assert_non_null(strstr(followed_text, "5f8d0000-0000-4000-8000-0000000007d1")); /* 2001 */
    mem_free(fresh_text);
    mem_free(followed_text);
}

/* A page read late shows the pool as it was at the version asked for. */
static void the_history_is_read_as_of_one_version(void **state)
{
    struct running *scene = *state;
    struct session *engine = NULL;
    struct error_detail detail = {0};
    owner_ask(scene->owner, "SELECT emnebank.fictional(1, 2)");           /* version 1 */
    owner_ask(scene->owner, "SELECT emnebank.fictional_change(1, 4)");    /* 2 */
    owner_ask(scene->owner, "SELECT emnebank.fictional_change(1, NULL)"); /* 3 */
    owner_ask(scene->owner, "SELECT emnebank.fictional(2, 5)");           /* 4 */
    assert_int_equal(session_open(scene->conninfo, "emnebank_match", &engine, &detail), 0);
    static const struct {
        const char *wanted;
        const char *level;
        bool withdrawn;
    } versions[] = {
        {"1", "formwork|2|", false}, {"2", "formwork|4|", false}, {"3", "formwork|4|", true}};
    for (size_t i = 0; i < 3; i++) {
        const struct pg_parameter parameters[] = {PG_TEXT("-1"), PG_TEXT(versions[i].wanted),
                                                  PG_TEXT("00000000-0000-0000-0000-000000000000"),
                                                  PG_TEXT("10")};
        const struct pg_result *result = NULL;
        assert_int_equal(
            session_query(engine, match_sql_pool_page.text, parameters, 4, &result, &detail), 0);
        assert_int_equal(pg_rows(result), 2);
        assert_true(pg_bool(result, 0, 1));
        assert_false(pg_bool(result, 1, 1)); /* candidate 2 is not there yet */
        assert_int_equal(pg_bool(result, 0, 10), versions[i].withdrawn);
        assert_non_null(strstr(pg_text(result, 0, 11), versions[i].level));
    }
    session_close(&engine);
}

static void the_engines_role_sees_no_person(void **state)
{
    struct running *scene = *state;
    struct session *engine = NULL;
    struct error_detail detail = {0};
    const struct pg_result *result = NULL;
    static const char *const forbidden[] = {
        "SELECT name FROM candidate_person",
        "SELECT external_ref FROM candidate",
        "SELECT postcode FROM candidate",
        "SELECT * FROM consent",
        "UPDATE candidate_fact SET level = 5",
        "INSERT INTO candidate_departure VALUES (1, gen_random_uuid())"};
    assert_int_equal(session_open(scene->conninfo, "emnebank_match", &engine, &detail), 0);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        assert_int_not_equal(session_query(engine, forbidden[i], NULL, 0, &result, &detail), 0);
        assert_string_equal(session_sqlstate(engine), "42501");
    }
    session_close(&engine);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(an_order_becomes_a_shortlist),
        SCENE_TEST(an_order_newer_than_the_snapshot_waits_for_the_pool),
        SCENE_TEST(an_order_asks_for_the_pool_and_does_not_wait_for_it),
        SCENE_TEST(a_repeat_of_the_job_changes_nothing),
        SCENE_TEST(jobs_that_can_come_to_nothing_end),
        SCENE_TEST(following_step_by_step_ends_where_a_fresh_start_does),
        SCENE_TEST(the_history_is_read_as_of_one_version),
        SCENE_TEST(the_engines_role_sees_no_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
