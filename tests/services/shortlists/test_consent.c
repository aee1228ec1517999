/*
 * What a yes says: for what, to whom, until when, and to which job; and that nothing goes out on
 * one that is over. The clock is the test's own but where a yes is taken back: that moment is the
 * server's.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The orders begin on 1 December 2026 (scene_order); ninety days later is 1 March 2027. */
#define GIVEN "2026-11-23 08:00Z"
#define LAST_SECOND "2027-03-01 22:59:59Z"
#define OVER "2027-03-01 23:00Z"

static void turn(struct scene *scene, const char *moment)
{
    scene_root(scene,
               "INSERT INTO clock_hands VALUES (true, '%s')"
               " ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at",
               moment);
}

static const char *shown(struct scene *scene, enum actor actor, const char *entry,
                         const char *member)
{
    return scene_get(scene, actor, "SELECT body::jsonb #>> '{consent,%s}' FROM entry_read('%s')",
                     member, entry);
}

static void a_yes_says_what_it_is_for(void **state)
{
    struct scene *scene = *state;

    turn(scene, GIVEN);
    const char *entry = scene_entry_in(scene, 1, "yes");
    static const enum actor readers[] = {AARHUS, TEAM};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(shown(scene, readers[i], entry, "purpose"), "recruitment");
        assert_string_equal(shown(scene, readers[i], entry, "recipient_class"), "employer");
        assert_string_equal(shown(scene, readers[i], entry, "expires_at"),
                            "2027-03-01T23:00:00.000Z");
        assert_string_equal(shown(scene, readers[i], entry, "text_hash"), "");
        assert_int_equal(strlen(shown(scene, readers[i], entry, "terms_hash")), 64);
    }
    assert_string_equal(shown(scene, HORSENS, entry, "purpose"), "");
    /* The job can be shown as it was, whatever it is called later. */
    const char *terms = scene_root(scene,
                                   "SELECT t.body FROM consent c JOIN consent_text t ON t.hash ="
                                   " c.terms_hash WHERE c.entry_id = '%s'",
                                   entry);
    assert_non_null(strstr(terms, "- Job: Struktører\n"));
    assert_non_null(strstr(terms, "Beton A/S (fiktiv)"));
    assert_non_null(strstr(terms, "fra 1. december 2026"));
    assert_string_equal(scene_root(scene,
                                   "SELECT c.terms_hash = sha256(convert_to(citizen_statement(o,"
                                   " c.organisation_id), 'UTF8')) FROM consent c JOIN job_order o"
                                   " ON o.id = c.order_id WHERE c.entry_id = '%s'",
                                   entry),
                        "t");
}

/* Whoever writes a yes down chooses none of it. */
static void nobody_chooses_how_long(void **state)
{
    struct scene *scene = *state;

    turn(scene, GIVEN);
    const char *entry = scene_entry_in(scene, 2, "confirmed");
    assert_string_equal(
        scene_get(scene, AARHUS,
                  "INSERT INTO consent (entry_id, candidate_id, order_id, employer_id,"
                  " organisation_id, given_at, recorded_by, how, text_version, expires_at,"
                  " terms_hash) SELECT e.id, e.candidate_id, e.order_id, '" EMPLOYER_ID
                  "', e.organisation_id, app_now(), 'x', 'meeting', '1', '2099-01-01', NULL"
                  " FROM shortlist_entry e WHERE e.id = '%s'"
                  " RETURNING expires_at = '" OVER "' AND terms_hash IS NOT NULL",
                  entry),
        "t");
    /* A yes after the job's first day has ninety days of its own. */
    turn(scene, "2026-12-10 08:00Z");
    const char *late = scene_entry_in(scene, 3, "yes");
    assert_string_equal(shown(scene, TEAM, late, "expires_at"), "2027-03-10T23:00:00.000Z");
}

static void what_a_yes_says_is_never_changed(void **state)
{
    struct scene *scene = *state;
    static const char *const changes[] = {
        "purpose = 'recruitment', expires_at = expires_at + interval '1 day'",
        "expires_at = now()",
        "terms_hash = NULL",
        "purpose = 'marketing'",
        "recipient_class = 'anybody'",
        "withdrawn_at = now(), expires_at = now()",
    };
    struct error_detail detail = {{0}, {0}};

    turn(scene, GIVEN);
    const char *entry = scene_entry_in(scene, 4, "yes");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *text = arena_printf(scene->arena, "UPDATE consent SET %s WHERE entry_id = '%s'",
                                        changes[i], entry);
        if (session_exec(scene->root, text, &detail) == 0)
            fail_msg("was let through: %s", text);
        if (!str_starts(detail.public_text, "state-conflict"))
            fail_msg("%s: %s", changes[i], detail.private_text);
        scene_refused(scene, AARHUS, i < 5 ? "the database refused (42501" : "the database", "%s",
                      text);
    }
}

static void nothing_goes_on_a_yes_that_is_over(void **state)
{
    struct scene *scene = *state;
    static const char release[] =
        "SELECT entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')";
    static const char stands[] = "SELECT release_in_force(id) FROM release WHERE entry_id = '%s'";

    turn(scene, GIVEN);
    const char *said = scene_entry_in(scene, 5, "yes");
    const char *approved = scene_entry_in(scene, 6, "approved");
    const char *sent = scene_entry_in(scene, 7, "released");
    turn(scene, OVER);
    scene_refused(scene, TEAM, "consent-missing", "SELECT entry_approve('%s', 0)", said);
    scene_refused(scene, TEAM, "consent-missing", release, "a", approved);
    /* By the release's own door too, before any CV is put into the outbox. */
    scene_refused(scene, TEAM, "consent-missing",
                  "INSERT INTO release (entry_id, candidate_id, order_id, employer_id, home_id,"
                  " consent_id, approval_id, legal_basis) SELECT c.entry_id, c.candidate_id,"
                  " c.order_id, c.employer_id, c.organisation_id, c.id, a.id, 'public_task' FROM"
                  " consent c JOIN approval a ON a.entry_id = c.entry_id WHERE c.entry_id = '%s'",
                  approved);
    assert_string_equal(scene_root(scene, stands, sent), "f");
    turn(scene, LAST_SECOND);
    assert_string_equal(scene_root(scene, stands, sent), "t");
    scene_get(scene, TEAM, "SELECT entry_approve('%s', 0)", said);
    scene_get(scene, TEAM, release, "b", approved);
}

static void no_switch_releases_on_a_yes_that_is_over(void **state)
{
    struct scene *scene = *state;
    static const char ready[] = "SELECT count(*) FROM auto_release_ready('%s')";

    turn(scene, GIVEN);
    scene_root(scene, "UPDATE candidate SET screening_until = '2027-06-01' WHERE id = '%s'",
               scene_candidate(scene, 21));
    const char *entry = scene_entry_in(scene, 21, "yes");
    turn(scene, LAST_SECOND);
    scene_get(scene, HORSENS_PERSON,
              "SELECT policy_set(0, NULL, NULL, NULL, app_now() + interval '1 day')");
    assert_string_equal(scene_root(scene, ready, entry), "1");
    turn(scene, OVER);
    assert_string_equal(scene_root(scene, ready, entry), "0");
}

/* "valid_to: withdrawn or not, in force" of the one yes, as the home may know it. */
static const char *known(struct scene *scene, int candidate, const char *recorded)
{
    return scene_get(scene, AARHUS,
                     "SELECT concat_ws(' ', jsonb_array_length(d -> 'consents'),"
                     " (d #>> '{consents,0,valid_to}')::timestamptz < '%s'::timestamptz,"
                     " d #>> '{consents,0,in_force}') FROM candidate_as_of('%s', '%s',"
                     " ('%s'::timestamptz AT TIME ZONE 'Europe/Copenhagen')::date) AS d",
                     recorded, scene_candidate(scene, candidate), recorded, recorded);
}

static void a_yes_taken_back_was_in_force_before(void **state)
{
    struct scene *scene = *state;

    scene_root(scene, "DELETE FROM clock_hands");
    const char *first = scene_root(scene, "SELECT clock_timestamp()");
    const char *entry = scene_entry_in(scene, 8, "yes");
    const char *second = scene_root(scene, "SELECT clock_timestamp()");
    scene_get(scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    const char *third = scene_root(scene, "SELECT clock_timestamp() + interval '1 millisecond'");
    assert_string_equal(known(scene, 8, first), "0");
    assert_string_equal(known(scene, 8, second), "1 f true");
    assert_string_equal(known(scene, 8, third), "1 t false");
    /* And what is known now of the time when it would have expired. */
    turn(scene, GIVEN);
    scene_entry_in(scene, 9, "yes");
    turn(scene, "2027-03-02 08:00Z");
    assert_string_equal(known(scene, 9, LAST_SECOND), "1 f true");
    assert_string_equal(known(scene, 9, "2027-03-02 08:00Z"), "1 t false");
}

static int setup(void **state)
{
    *state = scene_open("consent");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_yes_says_what_it_is_for),
        cmocka_unit_test(nobody_chooses_how_long),
        cmocka_unit_test(what_a_yes_says_is_never_changed),
        cmocka_unit_test(nothing_goes_on_a_yes_that_is_over),
        cmocka_unit_test(no_switch_releases_on_a_yes_that_is_over),
        cmocka_unit_test(a_yes_taken_back_was_in_force_before),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
