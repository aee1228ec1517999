/*
 * Who has to be confirmed first is not sent: not approved, not released, not claimed by the sender.
 * The record stays: nothing is recalled, nobody is withdrawn. The clock is the test's own.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void turn(struct scene *scene, const char *moment)
{
    scene_root(scene,
               "INSERT INTO clock_hands VALUES (true, '%s')"
               " ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at",
               moment);
}

static void screened(struct scene *scene, int candidate, const char *until)
{
    scene_root(scene, "UPDATE candidate SET screening_until = '%s' WHERE id = '%s'", until,
               scene_candidate(scene, candidate));
}

/* The candidate's epoxy certificate is a must of the entry's order, through its period. */
static void must(struct scene *scene, const char *entry, const char *end, const char *kind,
                 const char *code)
{
    /* As if the order had been so when they said yes to it. */
    scene_root(scene, "ALTER TABLE job_order DISABLE TRIGGER order_terms_hold");
    scene_root(scene,
               "WITH o AS (UPDATE job_order SET end_date = nullif('%s', '')::date WHERE id ="
               " (SELECT order_id FROM shortlist_entry WHERE id = '%s') RETURNING id)"
               " INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight,"
               " through_period) SELECT id, 1, '%s', '%s', 'must', 5, true FROM o",
               end, entry, kind, code);
    scene_root(scene, "ALTER TABLE job_order ENABLE TRIGGER order_terms_hold");
}

static void holds(struct scene *scene, int candidate, const char *kind, const char *code,
                  const char *until)
{
    scene_root(scene,
               "INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, valid_until,"
               " stated_on, source, from_version) SELECT id, organisation_id, '%s', '%s',"
               " nullif('%s', '')::date, '2026-01-01', 'certificate_seen', 0 FROM candidate"
               " WHERE id = '%s'",
               kind, code, until, scene_candidate(scene, candidate));
}

static const char *state_of(struct scene *scene, const char *entry)
{
    return scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
}

static const char *shown(struct scene *scene, const char *entry)
{
    return scene_get(scene, TEAM, "SELECT body::jsonb ->> 'stale' FROM entry_read('%s')", entry);
}

static const char *cv(struct scene *scene, const char *entry)
{
    return scene_root(scene,
                      "SELECT concat_ws(' ', d.state, d.reason) FROM delivery d JOIN outbox b ON"
                      " b.id = d.outbox_id WHERE b.entry_id = '%s' AND b.kind = 'cv.released'",
                      entry);
}

static const char *claim(struct scene *scene)
{
    struct session *deliver = NULL;
    const struct pg_result *rows = NULL;
    struct error_detail detail = {{0}, {0}};

    assert_int_equal(session_open(scene->conninfo, "emnebank_deliver", &deliver, NULL), 0);
    assert_int_equal(session_exec(deliver, "SET lock_timeout = '5s'", NULL), 0);
    if (session_query(deliver,
                      "SELECT coalesce(string_agg(concat_ws(' ', verdict, why), ', '), '') FROM"
                      " delivery_claim(100, 100, 10, interval '1 minute') WHERE kind ="
                      " 'cv.released'",
                      NULL, 0, &rows, &detail) != 0)
        fail_msg("%s", detail.private_text);
    const char *claimed = arena_strdup(scene->arena, pg_text(rows, 0, 0));
    session_close(&deliver);
    return claimed;
}

/* The last day is good until midnight in Copenhagen. */
static void nobody_is_approved_after_the_last_day(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 1, "yes");

    screened(scene, 1, "2026-11-23");
    turn(scene, "2026-11-23 23:00Z");
    scene_refused(scene, TEAM, "screening-expired", "SELECT entry_approve('%s', 0)", entry);
    turn(scene, "2026-11-23 22:59:59Z");
    scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    turn(scene, "2026-11-23 23:00Z");
    scene_refused(scene, TEAM, "screening-expired",
                  "SELECT entry_release('POST', '/s', 'k', 'f', '%s', 'public_task')", entry);
    assert_string_equal(state_of(scene, entry), "approved");
    assert_string_equal(shown(scene, entry), "screening_expired");
    screened(scene, 1, "2027-05-23");
    assert_string_equal(shown(scene, entry), "");
    scene_get(scene, TEAM, "SELECT entry_release('POST', '/s', 'k', 'f', '%s', 'public_task')",
              entry);
    assert_string_equal(state_of(scene, entry), "released");
}

/* By the day that the order needs it on; a licence that includes the one asked for will do. */
static void a_must_that_has_expired_stops_the_release(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *kind, *code, *held, *until, *end;
        bool stopped;
    } rows[] = {
        {"certificate", "epoxy-isocyanate", "epoxy-isocyanate", "2026-11-30", "", true},
        {"certificate", "epoxy-isocyanate", "epoxy-isocyanate", "2026-12-01", "", false},
        {"certificate", "epoxy-isocyanate", "epoxy-isocyanate", "2026-12-30", "2026-12-31", true},
        {"certificate", "epoxy-isocyanate", "epoxy-isocyanate", "2026-12-31", "2026-12-31", false},
        {"certificate", "epoxy-isocyanate", "epoxy-isocyanate", "", "2026-12-31", false},
        {"certificate", "epoxy-isocyanate", "first-aid", "2026-01-01", "", false},
        {"licence", "C", "CE", "2026-11-30", "", true},
        {"licence", "C", "CE", "2027-11-30", "", false},
    };

    turn(scene, "2026-11-23 08:00Z");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int candidate = 2 + (int)i;
        const char *entry = scene_entry_in(scene, candidate, "approved");
        must(scene, entry, rows[i].end, rows[i].kind, rows[i].code);
        holds(scene, candidate, rows[i].kind, rows[i].held, rows[i].until);
        const char *stale =
            scene_root(scene,
                       "SELECT candidate_stale(candidate_id, order_id) FROM shortlist_entry WHERE"
                       " id = '%s'",
                       entry);
        if (!str_equal(stale, rows[i].stopped ? "fact-expired" : ""))
            fail_msg("row %zu: '%s'", i, stale);
    }
    const char *entry =
        scene_root(scene, "SELECT id FROM shortlist_entry WHERE candidate_id = '%s'",
                   scene_candidate(scene, 2));
    scene_refused(scene, TEAM, "fact-expired",
                  "SELECT entry_release('POST', '/m', 'k', 'f', '%s', 'public_task')", entry);
}

/* How many have been told of the entry, and are none of the employer's. */
static const char *told(struct scene *scene, const char *entry)
{
    return scene_root(scene,
                      "SELECT string_agg(o.kind, ' ' ORDER BY o.kind, b.created_at) FROM outbox b"
                      " JOIN organisation o ON o.id = b.organisation_id WHERE b.entry_id = '%s' AND"
                      " b.kind = 'entry.changed' AND b.payload ->> 'state' = 'released' AND"
                      " b.created_at > (SELECT c.created_at FROM outbox c WHERE c.entry_id ="
                      " b.entry_id AND c.kind = 'cv.released')",
                      entry);
}

static const char *sent_at(struct scene *scene, enum actor actor, const char *entry)
{
    return scene_get(scene, actor,
                     "SELECT CASE WHEN body::jsonb #> '{release,sent_at}' IS NULL THEN 'no member'"
                     " ELSE coalesce(body::jsonb #>> '{release,sent_at}', 'null') END"
                     " FROM entry_read('%s')",
                     entry);
}

/* The minutes until it is looked at again have passed. */
static void look_again(struct scene *scene)
{
    scene_root(scene, "UPDATE delivery SET next_at = now() WHERE state = 'waiting'");
}

/* The receiver was down, and meanwhile the screening ended: it waits, the team and the home know,
 * the receiver does not read why. Nothing is recalled; what was sent in time stays sent. */
static void a_cv_that_waited_too_long_is_not_sent(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 21, "2026-11-23");
    screened(scene, 22, "2026-11-24");
    const char *late = scene_entry_in(scene, 21, "released");
    const char *good = scene_entry_in(scene, 22, "released");
    turn(scene, "2026-11-24 08:00Z");
    assert_string_equal(
        scene_root(scene, "SELECT release_in_force(id) FROM release WHERE entry_id = '%s'", late),
        "f");
    assert_string_equal(told(scene, late), "");
    claim(scene);
    assert_string_equal(cv(scene, late), "waiting not_in_force");
    assert_string_equal(cv(scene, good), "leased");
    assert_string_equal(state_of(scene, late), "released");
    assert_string_equal(told(scene, late), "municipality team");
    assert_string_equal(told(scene, good), "");
    assert_string_equal(shown(scene, late), "screening_expired");
    assert_string_equal(sent_at(scene, TEAM, late), "null");
    assert_string_equal(
        scene_get(scene, EMPLOYER,
                  "SELECT r.body::jsonb ->> 'reason' FROM delivery d JOIN outbox b ON b.id ="
                  " d.outbox_id CROSS JOIN LATERAL delivery_read(d.id) r WHERE b.entry_id = '%s'"
                  " AND b.kind = 'cv.released'",
                  late),
        "not_in_force");
    assert_string_equal(claim(scene), ""); /* not at once again */
    look_again(scene);
    assert_string_equal(claim(scene), "");
    assert_string_equal(told(scene, late), "municipality team"); /* once */
    assert_string_equal(scene_root(scene, "SELECT count(*) FROM outbox WHERE kind = 'cv.recalled'"),
                        "0");
    assert_string_equal(
        scene_root(scene, "SELECT count(*) FROM release WHERE revoked_at IS NOT NULL"), "0");
}

/* Confirmed, it goes by itself, and no attempt was used up. */
static void a_cv_that_waited_goes_once_its_candidate_is_confirmed(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 23, "2026-11-23");
    const char *entry = scene_entry_in(scene, 23, "released");
    turn(scene, "2026-11-24 08:00Z");
    claim(scene);
    assert_string_equal(cv(scene, entry), "waiting not_in_force");
    screened(scene, 23, "2027-05-23");
    look_again(scene);
    assert_string_equal(claim(scene), "send");
    assert_string_equal(cv(scene, entry), "leased not_in_force");
    assert_string_equal(
        scene_root(scene,
                   "SELECT delivery_finish(d.id, d.lease_token, 'delivered', NULL, 0, 0,"
                   " 'answered', 200, 2, 'ok', repeat('a', 64)) AND d.attempts = 1 FROM delivery d"
                   " JOIN outbox b ON b.id = d.outbox_id WHERE b.entry_id = '%s' AND b.kind ="
                   " 'cv.released'",
                   entry),
        "t");
    assert_string_equal(cv(scene, entry), "delivered");
    assert_int_equal(strlen(sent_at(scene, TEAM, entry)), strlen("2026-11-23T08:00:00.000Z"));
    assert_int_equal(strlen(sent_at(scene, HORSENS, entry)), strlen("2026-11-23T08:00:00.000Z"));
}

/* Confirmed or not, it does not go when the yes has been taken back. */
static void a_cv_that_waited_ends_with_its_release(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 24, "2026-11-23");
    const char *entry = scene_entry_in(scene, 24, "released");
    turn(scene, "2026-11-24 08:00Z");
    claim(scene);
    assert_string_equal(cv(scene, entry), "waiting not_in_force");
    scene_get(scene, HORSENS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    assert_string_equal(cv(scene, entry), "cancelled revoked");
}

/* A claim holds deliveries and releases, which whoever holds an entry or an order may wait for. */
static void a_claim_waits_for_no_entry(void **state)
{
    struct scene *scene = *state;
    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 25, "2026-11-23");
    const char *entry = scene_entry_in(scene, 25, "released");
    turn(scene, "2026-11-24 08:00Z");
    for (int i = 0; i < 2; i++) {
        scene_root(scene, "BEGIN");
        scene_root(scene,
                   "SELECT e.id FROM shortlist_entry e JOIN job_order o ON o.id = e.order_id"
                   " WHERE e.id = '%s' FOR UPDATE OF %s",
                   entry, i == 0 ? "e" : "o");
        claim(scene);
        scene_root(scene, "ROLLBACK");
        assert_string_equal(cv(scene, entry), "waiting");
    }
    claim(scene);
    assert_string_equal(cv(scene, entry), "waiting not_in_force");
}

/* Halving days would find anybody's last one. */
static void nobody_asks_the_day_of_anybody(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 26, "2026-11-22");
    const char *who = scene_candidate(scene, 26);
    const char *entry = scene_entry_in(scene, 26, "proposed");
    for (enum actor actor = TEAM; actor <= NOBODY; actor++) {
        scene_refused(scene, actor, "the database refused (42501",
                      "SELECT candidate_fresh('%s', '2026-11-22')", who);
        scene_refused(scene, actor, "the database refused (42501",
                      "SELECT candidate_stale('%s', '%s')", who, entry);
    }
    static const char forged[] = "SELECT entry_stale(jsonb_populate_record(NULL::shortlist_entry,"
                                 " '{\"id\": \"%s\", \"state\": \"proposed\", \"candidate_id\":"
                                 " \"%s\"}'))";
    assert_string_equal(scene_get(scene, AARHUS, forged, entry, who), "screening_expired");
    assert_string_equal(scene_get(scene, EMPLOYER, forged, entry, who), "");
    assert_string_equal(scene_get(scene, AARHUS, forged, who, who), "");
}

/* A municipality's automatic release leaves them out, and goes on with the others. */
static void nobody_expired_is_released_by_itself(void **state)
{
    struct scene *scene = *state;

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 34, "2027-05-23");
    screened(scene, 35, "2027-05-23");
    const char *stale = scene_entry_in(scene, 34, "yes");
    const char *fresh = scene_entry_in(scene, 35, "yes");
    must(scene, stale, "", "certificate", "epoxy-isocyanate");
    holds(scene, 34, "certificate", "epoxy-isocyanate", "2026-11-30");
    scene_get(scene, HORSENS_PERSON,
              "SELECT policy_set(0, NULL, NULL, NULL, app_now() + interval '1 day')");
    const struct pg_result *rows = NULL;
    assert_int_equal(
        session_query(scene->match, "SELECT auto_release_tick()", NULL, 0, &rows, NULL), 0);
    assert_int_equal(pg_int64(rows, 0, 0), 1);
    assert_string_equal(state_of(scene, stale), "yes");
    assert_string_equal(state_of(scene, fresh), "released");
}

/* Of the reserve too: the next in rank is put forward, not one whose screening has ended since. */
static void nobody_expired_is_put_forward(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 31, "2026-11-22");
    screened(scene, 32, "2026-11-23");
    assert_string_equal(
        scene_root(scene,
                   "SELECT order_choose(o, ARRAY['%s', '%s', '%s']::uuid[], '{900,800,700}', 3) ="
                   " ARRAY['%s', '%s']::uuid[] FROM job_order o WHERE id = '%s'",
                   scene_candidate(scene, 31), scene_candidate(scene, 32),
                   scene_candidate(scene, 33), scene_candidate(scene, 32),
                   scene_candidate(scene, 33), order),
        "t");
}

static int setup(void **state)
{
    struct scene *scene = scene_open("stale");

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
        cmocka_unit_test(nobody_is_approved_after_the_last_day),
        cmocka_unit_test(a_must_that_has_expired_stops_the_release),
        cmocka_unit_test(a_cv_that_waited_too_long_is_not_sent),
        cmocka_unit_test(a_cv_that_waited_goes_once_its_candidate_is_confirmed),
        cmocka_unit_test(a_cv_that_waited_ends_with_its_release),
        cmocka_unit_test(a_claim_waits_for_no_entry),
        cmocka_unit_test(nobody_asks_the_day_of_anybody),
        cmocka_unit_test(nobody_expired_is_released_by_itself),
        cmocka_unit_test(nobody_expired_is_put_forward),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
