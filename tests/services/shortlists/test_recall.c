/*
 * A yes taken back, a candidate who leaves: what waits is cancelled, and an employer who has the
 * CV, or may have it, is told. Also the race between taking back and sending.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* How far a CV has come when the yes is taken back. */
static const struct {
    const char *state;   /* of the delivery */
    const char *attempt; /* class of its one attempt; "" for one under way; NULL for none */
    const char *after;   /* state of the delivery afterwards */
    const char *recalled;
} rows[] = {
    {"waiting", NULL, "cancelled", "0"},
    {"waiting", "dns", "cancelled", "0"},
    {"waiting", "connect", "cancelled", "0"},
    {"waiting", "tls", "cancelled", "0"},
    {"waiting", "refused_by_policy", "cancelled", "0"},
    {"waiting", "answered", "cancelled", "1"}, /* it said 500, but it has read the CV */
    {"waiting", "timeout", "cancelled", "1"},
    {"waiting", "broken", "cancelled", "1"},
    {"waiting", "lost", "cancelled", "1"},
    {"leased", "", "leased", "1"},
    {"delivered", "answered", "delivered", "1"},
    {"dead", "timeout", "dead", "1"},
    {"dead", "dns", "dead", "0"},
};

static const char *delivery_of(struct scene *scene, const char *entry, const char *kind)
{
    return scene_root(scene,
                      "SELECT d.id FROM delivery d JOIN outbox x ON x.id = d.outbox_id"
                      " WHERE x.entry_id = '%s' AND x.kind = '%s'",
                      entry, kind);
}

/* A released CV whose delivery has come as far as row `i`. */
static const char *released(struct scene *scene, int candidate, size_t i)
{
    const char *entry = scene_entry_in(scene, candidate, "released");
    const char *delivery = delivery_of(scene, entry, "cv.released");

    assert_int_equal(strlen(delivery), 36);
    if (rows[i].attempt)
        scene_root(scene,
                   "INSERT INTO delivery_attempt (delivery_id, number, organisation_id, class,"
                   " finished_at) VALUES ('%s', 1, '" EMPLOYER_ID "', nullif('%s', ''),"
                   " CASE WHEN '%s' <> '' THEN now() END)",
                   delivery, rows[i].attempt, rows[i].attempt);
    scene_root(scene, "UPDATE delivery SET state = '%s' WHERE id = '%s'", rows[i].state, delivery);
    return entry;
}

static void check(struct scene *scene, const char *entry, size_t i, const char *reason)
{
    const char *state = scene_root(scene, "SELECT state FROM delivery WHERE id = '%s'",
                                   delivery_of(scene, entry, "cv.released"));
    const char *recalled = scene_root(scene,
                                      "SELECT count(*) FROM outbox WHERE entry_id = '%s' AND kind ="
                                      " 'cv.recalled' AND organisation_id = '" EMPLOYER_ID "'",
                                      entry);

    if (!str_equal(state, rows[i].after) || !str_equal(recalled, rows[i].recalled))
        fail_msg("row %zu (%s): delivery is %s, recalled %s", i, reason, state, recalled);
    assert_string_equal(
        scene_root(scene, "SELECT revoked_reason FROM release WHERE entry_id = '%s'", entry),
        reason);
    assert_string_equal(
        scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry), "withdrawn");
}

static void a_yes_is_taken_back(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *entry = released(scene, 1, i);
        scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')",
                  entry);
        check(scene, entry, i, "consent_withdrawn");
    }
}

static void a_candidate_leaves_the_pool(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int candidate = 2 + (int)i;
        const char *entry = released(scene, candidate, i);
        /* On other orders too, in any state: all that is open ends, what has ended stays. */
        const char *open = scene_entry_in(scene, candidate, i % 2 ? "proposed" : "approved");
        const char *declined = scene_entry_in(scene, candidate, "declined");
        scene_get(scene, AARHUS,
                  "UPDATE candidate SET withdrawn_at = now(), withdrawn_reason = 'employed'"
                  " WHERE id = '%s'",
                  scene_candidate(scene, candidate));
        check(scene, entry, i, "candidate_withdrawn");
        assert_string_equal(
            scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", open),
            "withdrawn");
        assert_string_equal(
            scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", declined),
            "declined");
        scene_root(scene, "UPDATE candidate SET withdrawn_at = NULL WHERE id = '%s'",
                   scene_candidate(scene, candidate));
        assert_string_equal(
            scene_root(scene, "SELECT release_in_force(id) FROM release WHERE entry_id = '%s'",
                       entry),
            "f");
    }
}

static void a_candidate_becomes_protected(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int candidate = 2 + (int)i;
        const char *entry = released(scene, candidate, i);
        const char *open = scene_entry_in(scene, candidate, "yes");
        scene_get(scene, AARHUS, "UPDATE candidate SET protection = 'address' WHERE id = '%s'",
                  scene_candidate(scene, candidate));
        check(scene, entry, i, "candidate_withdrawn");
        /* What is not released yet waits for the home to lift the protection. */
        assert_string_equal(
            scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", open), "yes");
        scene_root(scene, "UPDATE candidate SET protection = 'none' WHERE id = '%s'",
                   scene_candidate(scene, candidate));
    }
}

static const char *claim(struct scene *scene, struct session *deliver)
{
    const struct pg_result *rows_claimed = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(deliver,
                      "SELECT verdict FROM delivery_claim(100, 100, 10, interval '1 minute')"
                      " WHERE kind = 'cv.released'",
                      NULL, 0, &rows_claimed, &detail) != 0)
        fail_msg("%s", detail.private_text);
    return pg_rows(rows_claimed) == 0 ? ""
                                      : arena_strdup(scene->arena, pg_text(rows_claimed, 0, 0));
}

struct withdrawal {
    struct session *session;
    const char *text;
    int error;
};

static void *withdraw(void *argument)
{
    struct withdrawal *withdrawal = argument;
    const struct pg_result *result = NULL;

    withdrawal->error =
        session_query(withdrawal->session, withdrawal->text, NULL, 0, &result, NULL);
    if (withdrawal->error == 0)
        withdrawal->error = session_exec(withdrawal->session, "COMMIT", NULL);
    return NULL;
}

/* Returns when another session waits for a lock in this database. */
static void await_waiter(struct scene *scene)
{
    while (str_equal(scene_root(scene, "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                       " current_database() AND wait_event_type = 'Lock'"),
                     "0"))
        continue;
}

static void begin_withdrawal(struct scene *scene, struct withdrawal *withdrawal, const char *entry)
{
    struct pg_context context = scene_context(AARHUS);

    withdrawal->text = arena_printf(
        scene->arena, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    assert_int_equal(session_open(scene->conninfo, "emnebank_front", &withdrawal->session, NULL),
                     0);
    assert_int_equal(session_exec(withdrawal->session, "BEGIN", NULL), 0);
    assert_int_equal(session_context(withdrawal->session, &context, NULL), 0);
}

/* The claim is first: the CV counts as sent, so it is recalled. */
static void taken_back_while_it_is_claimed(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 16, "released");
    struct session *deliver = NULL;
    struct withdrawal withdrawal = {0};
    pthread_t thread;

    assert_int_equal(session_open(scene->conninfo, "emnebank_deliver", &deliver, NULL), 0);
    assert_int_equal(session_exec(deliver, "BEGIN", NULL), 0);
    assert_string_equal(claim(scene, deliver), "send");
    begin_withdrawal(scene, &withdrawal, entry);
    assert_int_equal(pthread_create(&thread, NULL, withdraw, &withdrawal), 0);
    await_waiter(scene);
    assert_int_equal(session_exec(deliver, "COMMIT", NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(withdrawal.error, 0);
    assert_int_equal(strlen(delivery_of(scene, entry, "cv.recalled")), 36);
    session_close(&withdrawal.session);
    session_close(&deliver);
}

/* The withdrawal is first: nothing is claimed while it is open, nothing after it. */
static void claimed_while_it_is_taken_back(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 17, "released");
    struct session *deliver = NULL;
    struct withdrawal withdrawal = {0};
    const struct pg_result *result = NULL;

    assert_int_equal(session_open(scene->conninfo, "emnebank_deliver", &deliver, NULL), 0);
    begin_withdrawal(scene, &withdrawal, entry);
    assert_int_equal(session_query(withdrawal.session, withdrawal.text, NULL, 0, &result, NULL), 0);
    assert_string_equal(claim(scene, deliver), "");
    assert_int_equal(session_exec(withdrawal.session, "COMMIT", NULL), 0);
    assert_string_equal(claim(scene, deliver), "");
    assert_string_equal(scene_root(scene, "SELECT state FROM delivery WHERE id = '%s'",
                                   delivery_of(scene, entry, "cv.released")),
                        "cancelled");
    assert_string_equal(delivery_of(scene, entry, "cv.recalled"), "");
    session_close(&withdrawal.session);
    session_close(&deliver);
}

static int setup(void **state)
{
    struct scene *scene = scene_open("recall");

    scene_root(scene,
               "INSERT INTO endpoint (organisation_id, state, url, kinds) VALUES ('" EMPLOYER_ID
               "', 'active', 'https://example.invalid/', '{cv.released,cv.recalled}')");
    scene_root(scene,
               "INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name)"
               " SELECT id, organisation_id, '\\x00', '\\x00' FROM candidate");
    *state = scene;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First, while nothing else is due. */
        cmocka_unit_test(taken_back_while_it_is_claimed),
        cmocka_unit_test(claimed_while_it_is_taken_back),
        cmocka_unit_test(a_yes_is_taken_back),
        cmocka_unit_test(a_candidate_leaves_the_pool),
        cmocka_unit_test(a_candidate_becomes_protected),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
