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

/* The receiver was down, and meanwhile the screening ended: cancelled, told why, and no recall.
 * What was sent in time stays sent. */
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
    claim(scene);
    assert_string_equal(cv(scene, late), "cancelled candidate_stale");
    assert_string_equal(cv(scene, good), "leased");
    assert_string_equal(state_of(scene, late), "released");
    turn(scene, "2026-11-25 08:00Z");
    assert_string_equal(claim(scene), "");
    assert_string_equal(scene_root(scene, "SELECT count(*) FROM outbox WHERE kind = 'cv.recalled'"),
                        "0");
    assert_string_equal(
        scene_root(scene, "SELECT count(*) FROM release WHERE revoked_at IS NOT NULL"), "0");
}

/* Confirmed, it waits for somebody of the team to release it again; nobody else can, and no sooner.
 */
static void a_cv_that_was_not_sent_is_released_again(void **state)
{
    struct scene *scene = *state;
    static const char again[] =
        "SELECT body::jsonb ->> 'id' FROM entry_release('POST', '/a', '%s', 'f', '%s',"
        " 'public_task')";

    turn(scene, "2026-11-23 08:00Z");
    screened(scene, 23, "2026-11-23");
    const char *entry = scene_entry_in(scene, 23, "released");
    const char *release = scene_root(scene, "SELECT id FROM release WHERE entry_id = '%s'", entry);
    scene_refused(scene, TEAM, "answer-not-possible", again, "1", entry);
    turn(scene, "2026-11-24 08:00Z");
    claim(scene);
    assert_string_equal(cv(scene, entry), "cancelled candidate_stale");
    scene_refused(scene, TEAM, "screening-expired", again, "2", entry);
    screened(scene, 23, "2027-05-23");
    assert_string_equal(claim(scene), "");
    scene_refused(scene, HORSENS, "forbidden", again, "3", entry);
    assert_string_equal(scene_get(scene, TEAM, again, "4", entry), release);
    assert_string_equal(cv(scene, entry), "waiting");
    assert_string_equal(claim(scene), "send");
    scene_refused(scene, TEAM, "answer-not-possible", again, "5", entry);
    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) FROM audit WHERE action ="
                                   " 'entry.released_again' AND subject_id = '%s'",
                                   entry),
                        "2");
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
               "INSERT INTO endpoint (organisation_id, url, kinds, secret) VALUES ('" EMPLOYER_ID
               "', 'https://example.invalid/', '{cv.released,cv.recalled}', '\\x00')");
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
        cmocka_unit_test(a_cv_that_was_not_sent_is_released_again),
        cmocka_unit_test(nobody_expired_is_released_by_itself),
        cmocka_unit_test(nobody_expired_is_put_forward),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
