/* A candidate who changes is proposed for the orders on whose lists they would come, on a real
 * PostgreSQL; the lists stay as they are. */
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDER "0192a000-0000-7000-8000-000000000001"
#define SECOND "0192a000-0000-7000-8000-000000000002"

static int set_up(void **state)
{
    *state = running_open("proposals");
    return 0;
}

static int tear_down(void **state)
{
    struct running *running = *state;
    running_close(&running);
    return 0;
}

/* 20 with formwork at level 2 fill the list: 833 points each. */
static void full_list(struct running *running)
{
    owner_ask(running->owner, "SELECT fictional(n, 2) FROM generate_series(101, 120) n");
    owner_ask(running->owner, "SELECT fictional_order('" ORDER "', 'open')");
    running_jobs(running);
}

static int64_t live_count(struct running *running)
{
    return pg_int64(owner_ask(running->owner, "SELECT count(*) FROM order_proposal "
                                              "WHERE state IN ('open', 'seen')"),
                    0, 0);
}

/* `proposals_made` has been called for the pool as it is now: it leaves a trace in the test's
 * table. */
static bool looked(struct running *running)
{
    return pg_int64(
               owner_ask(running->owner,
                         "SELECT count(*) FROM looked l, pool_version v WHERE l.pool = v.version"),
               0, 0) > 0;
}

/* Waits until the changes so far have been matched. */
static void settle(struct running *running)
{
    match_wake(running->match);
    running_until(running, looked);
}

/* The function that stores, with a note of having been called. */
static void watch(struct running *running)
{
    static const char *const steps[] = {
        "CREATE TABLE emnebank.looked (pool bigint)",
        "ALTER FUNCTION emnebank.proposals_made(bigint, uuid[], jsonb) RENAME TO "
        "proposals_really_made",
        "CREATE FUNCTION emnebank.proposals_made(pool bigint, changed uuid[], hits jsonb) RETURNS "
        "int "
        "LANGUAGE plpgsql SECURITY DEFINER SET search_path = emnebank, pg_temp AS "
        "'BEGIN INSERT INTO looked VALUES (pool); "
        "RETURN proposals_really_made(pool, changed, hits); END'",
        "GRANT EXECUTE ON FUNCTION emnebank.proposals_made(bigint, uuid[], jsonb) TO "
        "emnebank_match",
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        owner_ask(running->owner, "%s", steps[i]);
    }
}

static void a_better_candidate_is_proposed_and_the_list_stays(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner, "SELECT fictional(7, 3)"); /* 1000 points */
    settle(running);
    const struct pg_result *result =
        owner_ask(running->owner,
                  "SELECT p.order_id, p.candidate_id, p.score, p.last_score, p.state, "
                  "p.pool_version_from = v.version, "
                  "(SELECT count(*) FROM shortlist), "
                  "(SELECT count(*) FROM shortlist_entry e WHERE e.candidate_id = p.candidate_id) "
                  "FROM order_proposal p, pool_version v");
    assert_int_equal(pg_rows(result), 1);
    assert_string_equal(pg_text(result, 0, 0), ORDER);
    assert_string_equal(pg_text(result, 0, 1), "5f8d0000-0000-4000-8000-000000000007");
    assert_int_equal(pg_int64(result, 0, 2), 1000);
    assert_int_equal(pg_int64(result, 0, 3), 833);
    assert_string_equal(pg_text(result, 0, 4), "open");
    assert_true(pg_bool(result, 0, 5));
    assert_int_equal(pg_int64(result, 0, 6), 1); /* never a silent change */
    assert_int_equal(pg_int64(result, 0, 7), 0);
    result =
        owner_ask(running->owner,
                  "SELECT h.kind, x.payload ->> 'score', x.payload ->> 'last_score' FROM outbox x "
                  "JOIN organisation h ON h.id = x.organisation_id WHERE x.kind = 'proposal.made'");
    assert_int_equal(pg_rows(result), 1);
    assert_string_equal(pg_text(result, 0, 0), "team");
    assert_string_equal(pg_text(result, 0, 1), "1000");
    result =
        owner_ask(running->owner,
                  "SELECT action, organisation_id, candidates::text FROM audit WHERE action IN "
                  "('proposal.made', 'candidate.proposed') ORDER BY action");
    assert_int_equal(pg_rows(result), 2);
    assert_string_equal(pg_text(result, 0, 1), "0a000000-0000-4000-8000-000000000001");
    assert_string_equal(pg_text(result, 0, 2), "{5f8d0000-0000-4000-8000-000000000007}");
    assert_string_equal(pg_text(result, 1, 1), "0a000000-0000-4000-8000-000000000003");
}

static void who_would_not_come_on_the_list_is_not_proposed(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner, "SELECT fictional(8, 1)"); /* 667 points */
    settle(running);
    assert_int_equal(live_count(running), 0);
    owner_ask(running->owner, "SELECT fictional(9, 3)");
    owner_ask(running->owner, "SELECT fictional_protect(9)");
    settle(running);
    assert_int_equal(live_count(running), 0);
    owner_ask(running->owner, "SELECT fictional(10, 3)");
    owner_ask(running->owner, "SELECT fictional_change(10, NULL)");
    settle(running);
    assert_int_equal(live_count(running), 0);
    owner_ask(running->owner, "SELECT fictional_change(101, 3)"); /* stands on the list already */
    settle(running);
    assert_int_equal(live_count(running), 0);
}

static void a_list_with_room_takes_anybody(void **state)
{
    struct running *running = *state;
    watch(running);
    owner_ask(running->owner, "SELECT fictional(1, 3)");
    owner_ask(running->owner, "SELECT fictional_order('" ORDER "', 'open')");
    running_jobs(running);
    owner_ask(running->owner, "SELECT fictional(8, 1)");
    settle(running);
    const struct pg_result *result =
        owner_ask(running->owner, "SELECT score, last_score FROM order_proposal");
    assert_int_equal(pg_rows(result), 1);
    assert_int_equal(pg_int64(result, 0, 0), 667);
    assert_true(pg_is_null(result, 0, 1));
}

static void a_proposal_follows_the_candidate(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner, "SELECT fictional(7, 3)");
    settle(running);
    owner_ask(running->owner, "SELECT fictional_change(7, 4)"); /* as good as before */
    settle(running);
    const struct pg_result *result =
        owner_ask(running->owner,
                  "SELECT count(*), min(pool_version_to - pool_version_from) FROM order_proposal");
    assert_int_equal(pg_int64(result, 0, 0), 1);
    assert_true(pg_int64(result, 0, 1) > 0);
    owner_ask(running->owner, "SELECT fictional_change(7, 1)"); /* and no longer */
    settle(running);
    result = owner_ask(running->owner, "SELECT state, version FROM order_proposal");
    assert_string_equal(pg_text(result, 0, 0), "superseded");
    assert_int_equal(pg_int64(result, 0, 1), 2);
    result = owner_ask(running->owner, "SELECT count(*) FROM outbox WHERE kind = 'proposal.made'");
    assert_int_equal(pg_int64(result, 0, 0), 1);
}

/* Without the engine, which may be down. */
static void who_leaves_or_is_protected_is_proposed_no_more(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner, "SELECT fictional(7, 3), fictional(8, 3)");
    settle(running);
    assert_int_equal(live_count(running), 2);
    owner_ask(running->owner,
              "UPDATE candidate SET protection = 'address' WHERE id = fictional_id(7)");
    assert_int_equal(live_count(running), 1);
    owner_ask(running->owner,
              "UPDATE candidate SET withdrawn_at = now() WHERE id = fictional_id(8)");
    assert_int_equal(live_count(running), 0);
}

/* Declined for this order once: better facts do not bring them back by themselves. */
static void who_was_declined_is_not_proposed(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner,
              "UPDATE shortlist_entry SET state = 'proposed' WHERE state = 'reserve'");
    owner_ask(running->owner,
              "UPDATE shortlist_entry SET state = 'declined', decline_reason = 'other', "
              "decline_text = 'fiktiv' WHERE candidate_id = fictional_id(101)");
    owner_ask(running->owner, "SELECT fictional_change(101, 1)");
    owner_ask(running->owner, "SELECT fictional(121, 2)"); /* takes the place on the next list */
    owner_ask(running->owner, "UPDATE job_order SET version = 2, ranking_version = 2, "
                              "pool_version = pool_current()");
    owner_ask(running->owner, "SELECT order_rank('" ORDER "', 2)");
    running_jobs(running);
    owner_ask(running->owner, "SELECT fictional_change(101, 3)");
    owner_ask(running->owner, "SELECT fictional(7, 3)"); /* is, as anybody would be */
    settle(running);
    const struct pg_result *result =
        owner_ask(running->owner, "SELECT candidate_id FROM order_proposal WHERE state = 'open'");
    assert_int_equal(pg_rows(result), 1);
    assert_string_equal(pg_text(result, 0, 0), "5f8d0000-0000-4000-8000-000000000007");
}

/* Orders that came after the first look are in the book too, and a closed one is out of it. */
static void the_book_follows_the_orders(void **state)
{
    struct running *running = *state;
    watch(running);
    full_list(running);
    owner_ask(running->owner, "SELECT fictional(7, 3)");
    settle(running);
    owner_ask(running->owner, "SELECT fictional_order('" SECOND "', 'open')");
    running_jobs(running); /* 7 is on this one */
    owner_ask(running->owner, "UPDATE job_order SET state = 'closed', closed_reason = 'other'"
                              " WHERE id = '" ORDER "'");
    assert_int_equal(live_count(running), 0);
    owner_ask(running->owner, "SELECT fictional(9, 3)");
    settle(running);
    const struct pg_result *result = owner_ask(
        running->owner, "SELECT order_id, candidate_id FROM order_proposal WHERE state = 'open'");
    assert_int_equal(pg_rows(result), 1);
    assert_string_equal(pg_text(result, 0, 0), SECOND);
    assert_string_equal(pg_text(result, 0, 1), "5f8d0000-0000-4000-8000-000000000009");
}

/* A code that nobody had when the list went into the book. */
static void a_new_word_is_found(void **state)
{
    struct running *running = *state;
    watch(running);
    owner_ask(running->owner, "SELECT fictional(n, 3) FROM generate_series(101, 120) n");
    owner_ask(running->owner, "SELECT fictional_wide_order('" ORDER "')");
    running_jobs(running);
    owner_ask(running->owner, "SELECT fictional(7, 3)");
    settle(running);
    const int64_t before = live_count(running);
    owner_ask(running->owner, "SELECT fictional(9, 3)");
    owner_ask(running->owner, "SELECT fictional_fact(9, 'competence', 'reinforcement', 3)");
    settle(running);
    const struct pg_result *result =
        owner_ask(running->owner, "SELECT score > last_score FROM order_proposal "
                                  "WHERE candidate_id = '5f8d0000-0000-4000-8000-000000000009'");
    assert_int_equal(pg_rows(result), 1);
    assert_true(pg_bool(result, 0, 0));
    assert_true(live_count(running) > before);
}

static void a_dismissed_one_comes_back_only_when_better(void **state)
{
    struct running *running = *state;
    watch(running);
    owner_ask(running->owner, "SELECT fictional(n, 1) FROM generate_series(101, 120) n");
    owner_ask(running->owner, "SELECT fictional_order('" ORDER "', 'open')");
    running_jobs(running);
    owner_ask(running->owner, "SELECT fictional(7, 2)");
    settle(running);
    assert_int_equal(live_count(running), 1);
    owner_ask(running->owner, "UPDATE order_proposal SET state = 'dismissed'");
    owner_ask(running->owner, "SELECT fictional_change(7, 2)");
    settle(running);
    assert_int_equal(live_count(running), 0);
    owner_ask(running->owner, "SELECT fictional_change(7, 3)");
    settle(running);
    assert_int_equal(live_count(running), 1);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_better_candidate_is_proposed_and_the_list_stays),
        SCENE_TEST(who_would_not_come_on_the_list_is_not_proposed),
        SCENE_TEST(a_list_with_room_takes_anybody),
        SCENE_TEST(a_proposal_follows_the_candidate),
        SCENE_TEST(who_leaves_or_is_protected_is_proposed_no_more),
        SCENE_TEST(who_was_declined_is_not_proposed),
        SCENE_TEST(the_book_follows_the_orders),
        SCENE_TEST(a_new_word_is_found),
        SCENE_TEST(a_dismissed_one_comes_back_only_when_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
