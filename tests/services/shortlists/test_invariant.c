/*
 * A CV cannot be written to the outbox without a yes, an approval and a legal basis. Tried in SQL
 * as the daemon's own role, in the name of whoever could get furthest.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DENIED "the database refused (42501"

static const char *field(struct scene *scene, const char *table, const char *column,
                         const char *entry)
{
    return scene_root(scene, "SELECT %s FROM %s WHERE entry_id = '%s'", column, table, entry);
}

static const char *entry_field(struct scene *scene, const char *column, const char *entry)
{
    return scene_root(scene, "SELECT %s FROM shortlist_entry WHERE id = '%s'", column, entry);
}

/* Refused even to a superuser: by a constraint or a trigger. */
static void root_refused(struct scene *scene, const char *expected, const char *text)
{
    struct error_detail detail = {{0}, {0}};

    assert_int_not_equal(session_exec(scene->root, text, &detail), 0);
    if (!str_starts(detail.public_text, expected))
        fail_msg("%s, not %s", detail.public_text, expected);
}

/* What a release of `entry` would be made of, with one thing in it replaced. */
struct parts {
    const char *entry, *candidate, *order, *employer, *home, *consent, *approval, *basis, *lifted;
};

static struct parts parts_of(struct scene *scene, const char *entry)
{
    return (struct parts){
        .entry = entry,
        .candidate = entry_field(scene, "candidate_id", entry),
        .order = entry_field(scene, "order_id", entry),
        .employer = EMPLOYER_ID,
        .home = entry_field(scene, "organisation_id", entry),
        .consent = field(scene, "consent", "id", entry),
        .approval = field(scene, "approval", "id", entry),
        .basis = "'public_task'",
        .lifted = "NULL",
    };
}

static const char *quoted(struct scene *scene, const char *value)
{
    return *value ? arena_printf(scene->arena, "'%s'", value) : "NULL";
}

static const char *insert_release(struct scene *scene, const struct parts *p)
{
    return arena_printf(
        scene->arena,
        "INSERT INTO release (entry_id, candidate_id, order_id, employer_id, home_id, consent_id,"
        " approval_id, legal_basis, protection_lifted_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        quoted(scene, p->entry), quoted(scene, p->candidate), quoted(scene, p->order),
        quoted(scene, p->employer), quoted(scene, p->home), quoted(scene, p->consent),
        quoted(scene, p->approval), p->basis, p->lifted);
}

static void refuse_release(struct scene *scene, const char *expected, const struct parts *p)
{
    scene_refused(scene, TEAM, expected, "%s", insert_release(scene, p));
}

static void no_release_no_cv(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 1, "approved");
    const char *order = entry_field(scene, "order_id", entry);

    const char *insert =
        arena_printf(scene->arena,
                     "INSERT INTO outbox (kind, organisation_id, order_id, entry_id)"
                     " VALUES ('cv.released', '" EMPLOYER_ID "', '%s', '%s')",
                     order, entry);
    const char *put = arena_printf(scene->arena,
                                   "SELECT outbox_put('cv.released', '" EMPLOYER_ID
                                   "', '%s', NULL, '%s', gen_random_uuid())",
                                   order, entry);

    /* The daemon's role has no way to the outbox but the events of what is true. */
    scene_refused(scene, TEAM, DENIED, "%s", insert);
    scene_refused(scene, TEAM, DENIED, "%s", put);
    root_refused(scene, "the database refused (23514", insert);
    root_refused(scene, "consent-missing", put);
    root_refused(scene, "the database refused (23514",
                 arena_printf(scene->arena,
                              "SELECT outbox_put('cv.released', '" EMPLOYER_ID "', '%s')", order));
    scene_refused(scene, TEAM, "consent-missing",
                  "UPDATE shortlist_entry SET state = 'released' WHERE id = '%s'", entry);
    scene_refused(scene, EMPLOYER, "not-found", "SELECT entry_done('%s')", entry);
    scene_refused(scene, HORSENS, "not-found", "SELECT entry_done('%s')", entry);
}

static void a_cv_goes_to_its_own_employer_alone(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 2, "released");
    const char *release = field(scene, "release", "id", entry);

    root_refused(scene, "consent-missing",
                 arena_printf(scene->arena,
                              "INSERT INTO outbox (kind, organisation_id, release_id)"
                              " VALUES ('cv.released', '" HORSENS_ID "', '%s')",
                              release));
    /* Once: the same release is not put out again. */
    scene_refused(scene, TEAM, "the database refused (23505", "SELECT entry_done('%s')", entry);
    assert_string_equal(
        scene_root(scene,
                   "SELECT count(*) FROM outbox WHERE kind = 'cv.released' AND release_id = '%s'",
                   release),
        "1");
}

/* A recall before its time would take the real one's place, and a yes could not be taken back. */
static void nothing_is_recalled_that_stands(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 16, "released");
    const char *recall = arena_printf(
        scene->arena, "SELECT outbox_put('cv.recalled', '" EMPLOYER_ID "', NULL, NULL, NULL, '%s')",
        field(scene, "release", "id", entry));

    scene_refused(scene, EMPLOYER, DENIED, "%s", recall);
    root_refused(scene, "state-conflict", recall);
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    assert_string_equal(field(scene, "consent", "withdrawn_at IS NOT NULL", entry), "t");
}

static void each_step_is_its_own_partys(void **state)
{
    struct scene *scene = *state;
    static const char step[] = "UPDATE shortlist_entry SET state = '%s', decline_reason = 'moved'"
                               " WHERE id = '%s'";

    const char *entry = scene_entry_in(scene, 17, "proposed");
    scene_refused(scene, TEAM, "forbidden", step, "confirmed", entry);
    scene_refused(scene, TEAM, "forbidden", step, "declined", entry);
    scene_refused(scene, TEAM, "forbidden", step, "withdrawn", entry);
    /* An entry that was withdrawn past the yes leaves nothing to be sent. */
    entry = scene_entry_in(scene, 18, "released");
    scene_get(scene, AARHUS, step, "withdrawn", entry);
    assert_string_equal(
        scene_root(scene, "SELECT release_in_force('%s')", field(scene, "release", "id", entry)),
        "f");
    entry = scene_entry_in(scene, 19, "yes");
    scene_get(scene, TEAM,
              "INSERT INTO approval (entry_id, organisation_id, person, key_id)"
              " VALUES ('%s', '" TEAM_ID "', 'Tea Teamsen (fiktiv)', '%s')",
              entry, scene_key(TEAM));
    scene_refused(scene, AARHUS, "forbidden", step, "approved", entry);
}

static void nobody_changes_anothers_order(void **state)
{
    struct scene *scene = *state;
    const char *order = entry_field(scene, "order_id", scene_entry_in(scene, 20, "confirmed"));
    static const enum actor others[] = {AARHUS_PERSON, EMPLOYER};

    scene_get(scene, TEAM,
              "INSERT INTO job_requirement (order_id, position, kind, code, necessity, weight)"
              " VALUES ('%s', 98, 'licence', 'B', 'nice', 1)",
              order);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const char *own = scene_organisation(others[i]);
        scene_refused(scene, others[i], DENIED,
                      "UPDATE job_order SET organisation_id = '%s' WHERE id = '%s'", own, order);
        scene_get(scene, others[i], "UPDATE job_order SET title = 'x' WHERE id = '%s'", order);
        scene_get(scene, others[i], "DELETE FROM job_requirement WHERE order_id = '%s'", order);
        scene_refused(scene, others[i], DENIED,
                      "INSERT INTO job_requirement (order_id, position, kind, code, necessity,"
                      " weight) VALUES ('%s', 99, 'licence', 'B', 'nice', 1)",
                      order);
        scene_get(scene, others[i], "SELECT order_tell('%s')", order);
    }
    scene_refused(scene, EMPLOYER, DENIED,
                  "INSERT INTO job_order (organisation_id, employer_id, title, state, posts,"
                  " minimum, occupations, postcode, start_date, kinds, pool_version) VALUES ('%s',"
                  " '%s', 'x', 'open', 1, 1, '{}', '8000', '2026-12-01', '{permanent}', 0)",
                  EMPLOYER_ID, EMPLOYER_ID);
    assert_string_equal(
        scene_root(scene,
                   "SELECT count(*) FROM job_order WHERE id = '%s' AND title <> 'x'"
                   " AND organisation_id = '" TEAM_ID
                   "' AND EXISTS (SELECT FROM job_requirement r WHERE r.order_id = job_order.id)"
                   " AND NOT EXISTS (SELECT FROM outbox x WHERE x.order_id = job_order.id"
                   " AND x.kind = 'order.changed')",
                   order),
        "1");
}

static void a_release_needs_everything(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 3, "approved");
    const char *other = scene_entry_in(scene, 4, "approved");
    const struct parts own = parts_of(scene, entry);
    const struct parts others = parts_of(scene, other);
    struct parts p;

    p = own, p.consent = "";
    refuse_release(scene, "consent-missing", &p);
    p = own, p.approval = "";
    refuse_release(scene, "approval-missing", &p);
    p = own, p.basis = "NULL";
    refuse_release(scene, "the database refused (23502", &p);
    p = own, p.basis = "'because'";
    refuse_release(scene, "the database refused (23514", &p);
    p = own, p.consent = others.consent;
    refuse_release(scene, "consent-missing", &p);
    p = own, p.approval = others.approval;
    refuse_release(scene, "approval-missing", &p);
    p = own, p.candidate = others.candidate;
    refuse_release(scene, "consent-missing", &p);
    p = own, p.candidate = others.candidate, p.consent = others.consent;
    refuse_release(scene, "consent-missing", &p);
    p = own, p.order = others.order;
    refuse_release(scene, "consent-missing", &p);
    p = own, p.employer = HORSENS_ID;
    refuse_release(scene, "consent-missing", &p);
    p = own, p.home = HORSENS_ID;
    refuse_release(scene, "state-conflict", &p);
    p = own, p.lifted = "'Ingen (fiktiv)'";
    refuse_release(scene, "protected-person", &p);
    /* A home cannot release, whatever it has. */
    scene_refused(scene, AARHUS_PERSON, DENIED, "%s", insert_release(scene, &own));
    scene_get(scene, TEAM, "%s", insert_release(scene, &own));
    refuse_release(scene, "state-conflict", &own);
}

static void a_withdrawn_yes_releases_nothing(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 5, "approved");
    const struct parts p = parts_of(scene, entry);

    scene_get(scene, AARHUS, "UPDATE consent SET withdrawn_at = now() WHERE entry_id = '%s'",
              entry);
    assert_string_equal(entry_field(scene, "state", entry), "withdrawn");
    refuse_release(scene, "consent-missing", &p);
    /* When it was taken back is not for the caller to say. */
    entry = scene_entry_in(scene, 11, "yes");
    scene_get(scene, AARHUS, "UPDATE consent SET withdrawn_at = '2020-01-01' WHERE entry_id = '%s'",
              entry);
    assert_string_equal(field(scene, "consent", "withdrawn_at > recorded_at", entry), "t");
    scene_refused(scene, AARHUS, "state-conflict",
                  "UPDATE consent SET withdrawn_at = NULL WHERE entry_id = '%s'", entry);
    scene_refused(scene, AARHUS, "state-conflict",
                  "UPDATE consent SET withdrawn_at = now() WHERE entry_id = '%s'", entry);
}

static void a_protected_person_stays(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 6, "approved");
    struct parts p = parts_of(scene, entry);

    scene_get(scene, AARHUS, "UPDATE candidate SET protection = 'address' WHERE id = '%s'",
              p.candidate);
    refuse_release(scene, "protected-person", &p);
    /* A name is not enough: the home itself must have lifted it, in a person's own name. */
    p.lifted = "'Aage Aagaard (fiktiv)'";
    refuse_release(scene, "protected-person", &p);
    scene_refused(scene, TEAM, "protected-person",
                  "SELECT entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')", entry);
    scene_refused(scene, AARHUS, "named-person-required", "SELECT entry_lift_protection('%s', 0)",
                  entry);
    scene_refused(scene, HORSENS_PERSON, "not-found", "SELECT entry_lift_protection('%s', 0)",
                  entry);
    scene_refused(scene, TEAM, "not-found", "SELECT entry_lift_protection('%s', 0)", entry);
    scene_refused(scene, TEAM, "named-person-required",
                  "INSERT INTO protection_lift (entry_id, organisation_id, person, key_id)"
                  " VALUES ('%s', '" AARHUS_ID "', 'Tea Teamsen (fiktiv)', '%s')",
                  entry, scene_key(TEAM));
    scene_refused(scene, AARHUS_PERSON, "named-person-required",
                  "INSERT INTO protection_lift (entry_id, organisation_id, person, key_id)"
                  " VALUES ('%s', '" AARHUS_ID "', 'En Anden (fiktiv)', '%s')",
                  entry, scene_key(AARHUS_PERSON));
    scene_get(scene, AARHUS_PERSON, "SELECT entry_lift_protection('%s', 0)", entry);
    scene_get(scene, TEAM, "SELECT entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')",
              entry);
    assert_string_equal(entry_field(scene, "state", entry), "released");
}

static const char *insert_consent(struct scene *scene, const char *entry, const char *candidate,
                                  const char *order, const char *employer, const char *home)
{
    return arena_printf(
        scene->arena,
        "INSERT INTO consent (entry_id, candidate_id, order_id, employer_id, organisation_id,"
        " given_at, recorded_by, how, text_version)"
        " VALUES ('%s', '%s', '%s', '%s', '%s', now(), 'x', 'telephone', '2026-1')",
        entry, candidate, order, employer, home);
}

static void a_yes_is_of_its_own_entry(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 7, "confirmed");
    const char *other = scene_entry_in(scene, 27, "confirmed");
    const struct parts p = parts_of(scene, entry);
    const struct parts others = parts_of(scene, other);

    /* Another home's candidate, in one's own name and in theirs. */
    scene_refused(
        scene, AARHUS, "answer-not-possible", "%s",
        insert_consent(scene, other, others.candidate, others.order, EMPLOYER_ID, AARHUS_ID));
    scene_refused(
        scene, AARHUS, DENIED, "%s",
        insert_consent(scene, other, others.candidate, others.order, EMPLOYER_ID, HORSENS_ID));
    scene_refused(scene, AARHUS, "answer-not-possible", "%s",
                  insert_consent(scene, entry, others.candidate, p.order, EMPLOYER_ID, AARHUS_ID));
    scene_refused(scene, AARHUS, "answer-not-possible", "%s",
                  insert_consent(scene, entry, p.candidate, others.order, EMPLOYER_ID, AARHUS_ID));
    scene_refused(scene, AARHUS, "answer-not-possible", "%s",
                  insert_consent(scene, entry, p.candidate, p.order, HORSENS_ID, AARHUS_ID));
    scene_refused(scene, TEAM, DENIED, "%s",
                  insert_consent(scene, entry, p.candidate, p.order, EMPLOYER_ID, AARHUS_ID));
    /* Nor before the home has confirmed. */
    const char *early = scene_entry_in(scene, 8, "proposed");
    const struct parts e = parts_of(scene, early);
    scene_refused(scene, AARHUS, "answer-not-possible", "%s",
                  insert_consent(scene, early, e.candidate, e.order, EMPLOYER_ID, AARHUS_ID));
    scene_get(scene, AARHUS, "%s",
              insert_consent(scene, entry, p.candidate, p.order, EMPLOYER_ID, AARHUS_ID));
    scene_refused(scene, AARHUS, DENIED, "UPDATE consent SET entry_id = '%s'", other);
    scene_refused(scene, AARHUS, DENIED, "DELETE FROM consent");
}

static void an_approval_is_by_the_person_who_acts(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 9, "yes");
    static const char insert[] = "INSERT INTO approval (entry_id, organisation_id, person, key_id)"
                                 " VALUES ('%s', '%s', '%s', '%s')";

    scene_refused(scene, TEAM_MACHINE, "named-person-required", insert, entry, TEAM_ID,
                  "Tea Teamsen (fiktiv)", scene_key(TEAM));
    scene_refused(scene, TEAM_MACHINE, "named-person-required", insert, entry, TEAM_ID, "robot",
                  scene_key(TEAM_MACHINE));
    scene_refused(scene, TEAM, "named-person-required", insert, entry, TEAM_ID, "En Anden (fiktiv)",
                  scene_key(TEAM));
    scene_refused(scene, AARHUS_PERSON, "named-person-required", insert, entry, AARHUS_ID,
                  "Aage Aagaard (fiktiv)", scene_key(AARHUS_PERSON));
    scene_refused(scene, TEAM_MACHINE, "named-person-required", "SELECT entry_approve('%s', 0)",
                  entry);
    scene_refused(scene, AARHUS_PERSON, "forbidden", "SELECT entry_approve('%s', 0)", entry);
    scene_root(scene, "UPDATE api_key SET revoked_at = now() WHERE id = '%s'", scene_key(TEAM));
    scene_refused(scene, TEAM, "named-person-required", insert, entry, TEAM_ID,
                  "Tea Teamsen (fiktiv)", scene_key(TEAM));
    scene_root(scene, "UPDATE api_key SET revoked_at = NULL WHERE id = '%s'", scene_key(TEAM));
    scene_get(scene, TEAM, insert, entry, TEAM_ID, "Tea Teamsen (fiktiv)", scene_key(TEAM));
    scene_refused(scene, TEAM, DENIED, "UPDATE approval SET person = 'x'");
}

static void evidence_never_changes(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 10, "released");

    scene_refused(scene, TEAM, DENIED, "UPDATE release SET revoked_at = NULL");
    scene_refused(scene, TEAM, DENIED, "UPDATE outbox SET organisation_id = '" HORSENS_ID "'");
    scene_refused(scene, TEAM, DENIED, "DELETE FROM release");
    scene_refused(scene, TEAM, DENIED,
                  "INSERT INTO delivery (outbox_id, endpoint_id, organisation_id)"
                  " SELECT id, id, organisation_id FROM outbox");
    scene_refused(scene, TEAM, DENIED, "SELECT release_revoke('%s', 'x')",
                  field(scene, "release", "id", entry));
    scene_refused(scene, TEAM, DENIED, "SELECT entries_end(ARRAY['%s'::uuid], 'x')", entry);
    scene_refused(scene, TEAM, DENIED, "SET ROLE emnebank_owner");
    /* Not even as the owner of the tables does a revoked release come back. */
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    struct error_detail detail = {{0}, {0}};
    assert_int_not_equal(session_exec(scene->root, "UPDATE release SET revoked_at = NULL", &detail),
                         0);
    assert_true(str_starts(detail.public_text, "state-conflict"));
    assert_int_not_equal(
        session_exec(scene->root,
                     "UPDATE release SET candidate_id = '00000000-0000-4000-9000-000000000011'",
                     &detail),
        0);
    assert_true(str_starts(detail.public_text, "state-conflict"));
}

static void an_entry_does_not_claim_what_it_has_not(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 12, "confirmed");

    scene_refused(scene, AARHUS, "consent-missing",
                  "UPDATE shortlist_entry SET state = 'yes' WHERE id = '%s'", entry);
    scene_refused(scene, AARHUS, "answer-not-possible",
                  "UPDATE shortlist_entry SET state = 'released' WHERE id = '%s'", entry);
    scene_refused(scene, AARHUS, "answer-not-possible",
                  "UPDATE shortlist_entry SET state = 'declined' WHERE id = '%s'", entry);
    scene_refused(scene, AARHUS, DENIED,
                  "UPDATE shortlist_entry SET candidate_id = '%s' WHERE id = '%s'",
                  scene_candidate(scene, 13), entry);
    entry = scene_entry_in(scene, 13, "yes");
    scene_refused(scene, TEAM, "approval-missing",
                  "UPDATE shortlist_entry SET state = 'approved' WHERE id = '%s'", entry);
    entry = scene_entry_in(scene, 14, "approved");
    scene_refused(scene, TEAM, "consent-missing",
                  "UPDATE shortlist_entry SET state = 'released' WHERE id = '%s'", entry);
}

static void nobody_sees_and_does_nothing(void **state)
{
    struct scene *scene = *state;
    static const char *const tables[] = {
        "job_order", "shortlist", "shortlist_entry", "consent",   "approval",
        "release",   "outbox",    "change",          "candidate", "protection_lift"};

    scene_entry_in(scene, 15, "released");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_string_equal(scene_get(scene, NOBODY, "SELECT count(*) FROM %s", tables[i]), "0");
    scene_refused(scene, NOBODY, "forbidden", "SELECT order_new('{}', now(), now())");
    scene_refused(scene, EMPLOYER, "forbidden", "SELECT order_new('{}', now(), now())");
    /* An employer sees that it was sent something, not who else was proposed. */
    assert_string_equal(scene_get(scene, EMPLOYER, "SELECT count(*) FROM shortlist_entry"), "0");
    assert_string_equal(scene_get(scene, EMPLOYER, "SELECT count(*) FROM consent"), "0");
}

static int setup(void **state)
{
    *state = scene_open("invariant");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_release_no_cv),
        cmocka_unit_test(a_cv_goes_to_its_own_employer_alone),
        cmocka_unit_test(nothing_is_recalled_that_stands),
        cmocka_unit_test(each_step_is_its_own_partys),
        cmocka_unit_test(nobody_changes_anothers_order),
        cmocka_unit_test(a_release_needs_everything),
        cmocka_unit_test(a_withdrawn_yes_releases_nothing),
        cmocka_unit_test(a_protected_person_stays),
        cmocka_unit_test(a_yes_is_of_its_own_entry),
        cmocka_unit_test(an_approval_is_by_the_person_who_acts),
        cmocka_unit_test(evidence_never_changes),
        cmocka_unit_test(an_entry_does_not_claim_what_it_has_not),
        cmocka_unit_test(nobody_sees_and_does_nothing),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
