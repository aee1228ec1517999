/*
 * What becomes of those on the list: replaced by the next, late answers, hired once and nowhere
 * else, not relevant, added beside the ranking, put forward by hand.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define YES                                                                                        \
    "{\"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\", \"how\": \"telephone\","        \
    " \"text_version\": \"2026-1\"}"
#define REPLACE "{\"answer\": \"replace\", \"reason\": \"moved\"}"

static const char *state_of(struct scene *scene, const char *entry)
{
    return scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
}

static const char *reason_of(struct scene *scene, const char *entry)
{
    return scene_root(scene, "SELECT decline_reason FROM shortlist_entry WHERE id = '%s'", entry);
}

static void answer(struct scene *scene, enum actor home, const char *entry, const char *body)
{
    scene_get(scene, home, "SELECT status FROM entry_answer('%s', 0, '%s')", entry, body);
}

static void tell(struct scene *scene, enum actor actor, const char *entry, const char *body)
{
    scene_get(scene, actor, "SELECT status FROM entry_outcome('%s', 0, '%s')", entry, body);
}

/* An order whose list has candidates `first` to `last`; those from `reserve` on wait. */
static const char *order_with_reserve(struct scene *scene, int first, int last, int reserve)
{
    const char *order = scene_order(scene);

    /* As the daemon makes lists; scene_shortlist puts all forward, which is taken back here. */
    scene_shortlist(scene, order, first, last);
    scene_root(scene, "ALTER TABLE shortlist_entry DISABLE TRIGGER entry_step");
    scene_root(scene,
               "UPDATE shortlist_entry SET state = 'reserve' WHERE order_id = '%s' AND rank > %d",
               order, reserve - first);
    scene_root(scene, "ALTER TABLE shortlist_entry ENABLE TRIGGER entry_step");
    return order;
}

/* --- answers --- */

static void asked_stands_between_confirmed_and_the_answer(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 1, "proposed");

    scene_refused(scene, AARHUS, "answer-not-possible",
                  "SELECT entry_answer('%s', 0, '{\"answer\": \"asked\"}')", entry);
    answer(scene, AARHUS, entry, "{\"answer\": \"confirm\"}");
    answer(scene, AARHUS, entry, "{\"answer\": \"asked\"}");
    assert_string_equal(state_of(scene, entry), "asked");
    answer(scene, AARHUS, entry, YES);
    assert_string_equal(state_of(scene, entry), "yes");
}

static void the_homes_own_next_comes_first(void **state)
{
    struct scene *scene = *state;
    /* 19 and 20 live in Aarhus, 21 and on in Horsens. Four are wanted by the minimum, eight put
     * forward; the list has ten. */
    const char *order = order_with_reserve(scene, 15, 24, 19);
    const char *entry = scene_entry(scene, order, 15);

    /* Horsens' own next stands behind two of Aarhus'. */
    const char *foreign = scene_entry(scene, order, 21);
    scene_root(scene, "UPDATE shortlist_entry SET state = 'proposed' WHERE id = '%s'", foreign);
    answer(scene, HORSENS, foreign, REPLACE);
    assert_string_equal(state_of(scene, scene_entry(scene, order, 22)), "proposed");
    assert_string_equal(state_of(scene, scene_entry(scene, order, 19)), "reserve");
    answer(scene, AARHUS, entry, REPLACE);
    assert_string_equal(state_of(scene, entry), "replaced");
    assert_string_equal(reason_of(scene, entry), "moved");
    const char *next = scene_entry(scene, order, 19);
    assert_string_equal(state_of(scene, next), "proposed");
    assert_string_equal(scene_get(scene, AARHUS,
                                  "SELECT (body::json ->> 'replaced_by') FROM entry_read('%s')",
                                  entry),
                        next);
    answer(scene, AARHUS, scene_entry(scene, order, 16), REPLACE);
    assert_string_equal(state_of(scene, scene_entry(scene, order, 20)), "proposed");
    /* Aarhus has nobody more: the next of all. */
    answer(scene, AARHUS, scene_entry(scene, order, 17), REPLACE);
    assert_string_equal(state_of(scene, scene_entry(scene, order, 23)), "proposed");
    /* Whose step it was: the home's, and the daemon's. */
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(actor || ' ' || to_state, ', ' ORDER BY id) FROM referral"
                   " WHERE entry_id IN ('%s', '%s') AND from_state IS NOT NULL AND to_state IN"
                   " ('replaced', 'proposed')",
                   entry, next),
        "home replaced, system proposed");
}

/* Whoever withdraws somebody holds the person and wants the entry; so no successor is waited for.
 */
static void one_who_is_being_changed_does_not_follow(void **state)
{
    struct scene *scene = *state;
    const char *order = order_with_reserve(scene, 25, 34, 33);

    assert_int_equal(session_exec(scene->front, "SET lock_timeout = '5s'", NULL), 0);
    scene_root(scene, "BEGIN");
    scene_root(scene, "SELECT id FROM candidate WHERE id = '%s' FOR UPDATE",
               scene_candidate(scene, 33));
    for (int i = 25; i <= 27; i++)
        answer(scene, HORSENS, scene_entry(scene, order, i), REPLACE);
    scene_root(scene, "COMMIT");
    assert_string_equal(state_of(scene, scene_entry(scene, order, 33)), "reserve");
    assert_string_equal(state_of(scene, scene_entry(scene, order, 34)), "proposed");
}

static void nobody_follows_where_there_are_enough(void **state)
{
    struct scene *scene = *state;
    const char *order = order_with_reserve(scene, 1, 12, 11); /* ten of eight wanted */
    const char *entry = scene_entry(scene, order, 1);

    answer(scene, AARHUS, entry, REPLACE);
    assert_string_equal(
        scene_root(scene,
                   "SELECT coalesce(replaced_by::text, 'nobody') FROM shortlist_entry"
                   " WHERE id = '%s'",
                   entry),
        "nobody");
    assert_string_equal(state_of(scene, scene_entry(scene, order, 11)), "reserve");
}

static void a_late_answer_counts(void **state)
{
    struct scene *scene = *state;
    static const char *const answers[] = {"{\"answer\": \"confirm\"}", "{\"answer\": \"no\"}",
                                          REPLACE,
                                          "{\"answer\": \"decline\", \"reason\": \"moved\"}", YES};
    static const char *const becomes[] = {"confirmed", "no", "replaced", "declined", "yes"};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const char *entry = scene_entry_in(scene, 2, "proposed");
        scene_root(scene, "UPDATE shortlist_entry SET state = 'no_answer' WHERE id = '%s'", entry);
        /* The earlier rounds are other orders of the same employer. */
        scene_root(scene,
                   "UPDATE shortlist_entry SET state = 'withdrawn' WHERE candidate_id = '%s' AND"
                   " id <> '%s' AND entry_step_legal(state, 'withdrawn')",
                   scene_candidate(scene, 2), entry);
        answer(scene, AARHUS, entry, answers[i]);
        assert_string_equal(state_of(scene, entry), becomes[i]);
    }
}

static void a_late_answer_takes_nobody_from_another_list_of_the_employer(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 3, "proposed");

    scene_root(scene, "UPDATE shortlist_entry SET state = 'no_answer' WHERE id = '%s'", entry);
    scene_entry_in(scene, 3, "confirmed");
    scene_refused(scene, AARHUS, "state-conflict",
                  "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    /* Nor while that list is being made. */
    scene_root(scene, "SELECT pg_advisory_lock(hashtext('emnebank.put_forward'))");
    assert_int_equal(session_exec(scene->front, "SET lock_timeout = '50ms'", NULL), 0);
    scene_refused(scene, AARHUS, "the database refused (55P03",
                  "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    assert_int_equal(session_exec(scene->front, "RESET lock_timeout", NULL), 0);
    scene_root(scene, "SELECT pg_advisory_unlock(hashtext('emnebank.put_forward'))");
}

/* --- outcome --- */

static void hired_is_hired_once(void **state)
{
    struct scene *scene = *state;
    const char *hired = scene_entry_in(scene, 4, "released");
    const char *sent = scene_entry_in(scene, 4, "released");
    const char *waiting = scene_entry_in(scene, 4, "confirmed");
    const char *done = scene_entry_in(scene, 4, "declined");

    tell(scene, TEAM, hired, "{\"outcome\": \"interview\"}");
    assert_string_equal(state_of(scene, hired), "interview");
    tell(scene, EMPLOYER, hired, "{\"outcome\": \"hired\", \"start_date\": \"2027-01-04\"}");
    assert_string_equal(state_of(scene, hired), "hired");
    assert_string_equal(
        scene_root(scene, "SELECT hired_from FROM shortlist_entry WHERE id = '%s'", hired),
        "2027-01-04");
    assert_string_equal(state_of(scene, sent), "obsolete");
    assert_string_equal(reason_of(scene, sent), "hired_elsewhere");
    assert_string_equal(state_of(scene, waiting), "obsolete");
    assert_string_equal(state_of(scene, done), "declined");
    /* Homes and team are told of each. */
    assert_string_equal(
        scene_root(scene,
                   "SELECT count(*) FROM outbox WHERE kind = 'entry.changed' AND"
                   " payload ->> 'state' = 'obsolete' AND entry_id IN ('%s', '%s') AND"
                   " organisation_id IN ('" TEAM_ID "', '" AARHUS_ID "')",
                   sent, waiting),
        "4");
    assert_string_equal(
        scene_root(scene, "SELECT revoked_reason FROM release WHERE entry_id = '%s'", sent),
        "candidate_withdrawn");
    assert_string_equal(
        scene_root(scene, "SELECT release_in_force(id) FROM release WHERE entry_id = '%s'", hired),
        "t");
    scene_refused(scene, EMPLOYER, "answer-not-possible: Svaret er ikke muligt",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')", sent);
    scene_refused(scene, TEAM, "answer-not-possible: Kandidaten har fået arbejde",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')", sent);
    /* What followed from the hire is nobody's act: the employer does not stand on other orders. */
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(concat_ws(' ', actor, person), ', ') FROM referral"
                   " WHERE to_state = 'obsolete' AND entry_id IN ('%s', '%s')",
                   sent, waiting),
        "system, system");
    assert_string_equal(scene_root(scene,
                                   "SELECT string_agg(DISTINCT actor, ' ') FROM audit WHERE action"
                                   " = 'entry.obsolete' AND subject_id IN ('%s', '%s')",
                                   sent, waiting),
                        "emnebank_front");
    /* In both chains. */
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM audit WHERE"
                   " organisation_id = '" AARHUS_ID "' AND subject_id IN ('%s', '%s')"
                   " AND action IN ('entry.hired', 'entry.obsolete')",
                   hired, sent),
        "entry.hired entry.obsolete");
    assert_string_equal(
        scene_root(scene,
                   "SELECT count(*) FROM audit WHERE organisation_id = '" EMPLOYER_ID
                   "' AND action = 'entry.hired' AND subject_id = '%s'",
                   hired),
        "1");
}

static void the_database_itself_holds_one_job_per_person(void **state)
{
    struct scene *scene = *state;
    const char *first = scene_entry_in(scene, 5, "released");
    const char *second = scene_entry_in(scene, 5, "released");
    struct error_detail detail = {{0}, {0}};

    scene_root(scene, "UPDATE shortlist_entry SET state = 'hired' WHERE id = '%s'", first);
    assert_int_not_equal(
        session_exec(scene->root,
                     arena_printf(scene->arena,
                                  "UPDATE shortlist_entry SET state = 'hired' WHERE id = '%s'",
                                  second),
                     &detail),
        0);
    assert_non_null(strstr(detail.private_text, "one_job_per_person"));
}

static void whoever_returns_to_the_pool_may_be_hired_again(void **state)
{
    struct scene *scene = *state;
    const char *first = scene_entry_in(scene, 6, "released");
    const char *person = scene_candidate(scene, 6);

    tell(scene, AARHUS, first, "{\"outcome\": \"hired\"}");
    scene_root(scene, "UPDATE candidate SET withdrawn_at = now() WHERE id = '%s'", person);
    assert_string_equal(state_of(scene, first), "hired");
    scene_root(scene, "UPDATE candidate SET withdrawn_at = NULL WHERE id = '%s'", person);
    assert_string_equal(
        scene_root(scene, "SELECT hired_until IS NOT NULL FROM shortlist_entry WHERE id = '%s'",
                   first),
        "t");
    const char *second = scene_entry_in(scene, 6, "released");
    tell(scene, TEAM, second, "{\"outcome\": \"hired\"}");
    assert_string_equal(state_of(scene, second), "hired");
}

static void nobody_with_a_job_is_put_forward(void **state)
{
    struct scene *scene = *state;
    const char *hired = scene_entry_in(scene, 37, "released");

    tell(scene, TEAM, hired, "{\"outcome\": \"hired\"}");
    const char *order = scene_order(scene);
    assert_string_equal(
        scene_root(scene,
                   "SELECT order_choose(o, ARRAY['%s', '%s']::uuid[], ARRAY[900, 800], 2)"
                   " = ARRAY['%s']::uuid[] FROM job_order o WHERE o.id = '%s'",
                   scene_candidate(scene, 37), scene_candidate(scene, 38),
                   scene_candidate(scene, 38), order),
        "t");
}

/* While a person is being hired nobody puts them on another list: whoever tries waits. */
static void a_hire_lets_nobody_in_between(void **state)
{
    struct scene *scene = *state;
    const char *hired = scene_entry_in(scene, 39, "released");
    const char *order = scene_order(scene);
    struct pg_context context = scene_context(TEAM);
    struct error_detail detail = {{0}, {0}};

    assert_int_equal(session_exec(scene->front, "BEGIN", NULL), 0);
    assert_int_equal(session_context(scene->front, &context, NULL), 0);
    assert_int_equal(
        session_exec(scene->front,
                     arena_printf(scene->arena,
                                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')",
                                  hired),
                     NULL),
        0);
    const char *store =
        arena_printf(scene->arena,
                     "SELECT shortlist_store('%s', 1, 1, 0, '2026-12-01', 40, '{}', '[]', '{%s}',"
                     " '{900}', '{[]}', '{[]}', '{\"\\\"fordi\\\"\"}', '{}', 1)",
                     order, scene_candidate(scene, 39));
    /* Storing a list begins with this lock; what only refers to the person need not wait. */
    const char *lock = arena_printf(
        scene->arena, "SELECT FROM emnebank.candidate WHERE id = '%s' FOR KEY SHARE NOWAIT",
        scene_candidate(scene, 39));
    assert_int_equal(session_exec(scene->root, lock, &detail), 0);
    lock = arena_printf(scene->arena,
                        "SELECT FROM emnebank.candidate WHERE id = '%s' FOR SHARE NOWAIT",
                        scene_candidate(scene, 39));
    assert_int_not_equal(session_exec(scene->root, lock, &detail), 0);
    assert_non_null(strstr(detail.private_text, "could not obtain lock"));
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    assert_int_equal(session_exec(scene->match, store, &detail), 0);
    assert_string_equal(state_of(scene, scene_entry(scene, order, 39)), "reserve");
}

/* As the daemon's role in SQL, whoever is acting. */
static void nobody_reaches_anothers_entries(void **state)
{
    struct scene *scene = *state;
    const char *replaced = scene_entry_in(scene, 11, "proposed");

    scene_root(scene,
               "UPDATE shortlist_entry SET state = 'replaced', decline_reason = 'moved'"
               " WHERE id = '%s'",
               replaced);
    static const enum actor others[] = {EMPLOYER, HORSENS, TEAM, NOBODY};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        scene_refused(scene, others[i], "not-found", "SELECT entry_next('%s')", replaced);
    assert_string_equal(
        scene_get(scene, EMPLOYER,
                  "SELECT entry_lists(jsonb_populate_record(NULL::shortlist_entry,"
                  " '{\"id\": \"%s\", \"candidate_id\": \"%s\"}'))::json ->> 'live'",
                  replaced, scene_candidate(scene, 4)),
        "0");
}

static void an_employer_answers_for_what_it_was_sent(void **state)
{
    struct scene *scene = *state;
    const char *sent = scene_entry_in(scene, 9, "released");
    const char *approved = scene_entry_in(scene, 10, "approved");

    scene_refused(scene, EMPLOYER, "not-found",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"interview\"}')", approved);
    scene_refused(scene, HORSENS, "not-found",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"interview\"}')", sent);
    scene_refused(scene, NOBODY, "not-found",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"interview\"}')", sent);
    scene_refused(scene, TEAM, "answer-not-possible",
                  "SELECT entry_outcome('%s', 0, '{\"outcome\": \"interview\"}')", approved);
    scene_refused(scene, EMPLOYER, "version-stale",
                  "SELECT entry_outcome('%s', 1, '{\"outcome\": \"interview\"}')", sent);
    tell(scene, EMPLOYER, sent,
         "{\"outcome\": \"not_relevant\", \"reason\": \"need_gone\", \"text\": \"Sagen er "
         "udsat.\"}");
    assert_string_equal(state_of(scene, sent), "not_relevant");
    /* What waits is not sent any more. */
    assert_string_equal(scene_root(scene,
                                   "SELECT revoked_reason || release_in_force(id) FROM release"
                                   " WHERE entry_id = '%s'",
                                   sent),
                        "not_relevantfalse");
}

/* --- beside the ranking --- */

static void an_addition_stands_beside_the_ranking(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);
    static const char call[] = "SELECT (body::json ->> '%s') FROM entry_add('POST', '/a', 'k%d',"
                               " 'f', '%s', '{\"candidate\": \"AA-%d\", \"reason\":"
                               " \"worked_there\", \"text\": \"Var der i fjor.\"}')";

    scene_refused(scene, AARHUS, "state-conflict", call, "id", 1, order, 11);
    const char *list = scene_shortlist(scene, order, 31, 33);
    const char *before = scene_root(scene,
                                    "SELECT encode(digest, 'hex') FROM shortlist"
                                    " WHERE id = '%s'",
                                    list);
    scene_refused(scene, AARHUS, "state-conflict", call, "id", 1, order, 11); /* not screened */
    scene_root(scene,
               "UPDATE candidate SET screening_until = '2999-01-01' WHERE id IN ('%s', '%s')",
               scene_candidate(scene, 11), scene_candidate(scene, 12));
    scene_refused(scene, HORSENS, "invalid-body", call, "id", 1, order, 11);
    const char *added = scene_get(scene, AARHUS, call, "id", 1, order, 11);
    assert_string_equal(scene_get(scene, AARHUS, call, "id", 1, order, 11), added);
    assert_string_equal(state_of(scene, added), "confirmed");
    assert_string_equal(scene_root(scene,
                                   "SELECT outside_ranking AND rank IS NULL AND score IS NULL"
                                   " FROM shortlist_entry WHERE id = '%s'",
                                   added),
                        "t");
    /* The list says what was ranked, and nothing else. */
    assert_string_equal(scene_root(scene, "SELECT encode(shortlist_digest('%s'), 'hex')", list),
                        before);
    assert_string_equal(scene_root(scene,
                                   "SELECT entries || ' ' || last_score FROM"
                                   " standing_lists(ARRAY['%s']::uuid[])",
                                   list),
                        "3 867");
    assert_string_equal(scene_root(scene, "SELECT order_live_entries('%s')", order), "4");
    /* Read last on the list; the text by the home alone. */
    static const char last[] = "SELECT (body::json -> 'entries' -> -1) ->> '%s' FROM"
                               " shortlist_read('%s')";
    assert_string_equal(scene_get(scene, TEAM, last, "id", order), added);
    assert_string_equal(scene_get(scene, TEAM, last, "addition_reason", order), "worked_there");
    assert_string_equal(scene_get(scene, TEAM, last, "addition_text", order), "");
    assert_string_equal(scene_get(scene, AARHUS, last, "addition_text", order), "Var der i fjor.");
    /* Another order of the same employer. */
    const char *other = scene_order(scene);
    scene_shortlist(scene, other, 34, 35);
    scene_refused(scene, AARHUS, "state-conflict", call, "id", 2, other, 11);
    scene_root(scene, "UPDATE candidate SET protection = 'address' WHERE id = '%s'",
               scene_candidate(scene, 12));
    scene_refused(scene, AARHUS, "protected-person", call, "id", 3, other, 12);
}

static void the_team_puts_forward_from_the_reserve(void **state)
{
    struct scene *scene = *state;
    const char *order = order_with_reserve(scene, 13, 16, 15);
    const char *entry = scene_entry(scene, order, 16);
    static const char call[] = "SELECT status FROM entry_put_forward('%s', 0, 'employer_asked')";

    scene_refused(scene, AARHUS, "forbidden", call, entry);
    scene_get(scene, TEAM, call, entry);
    assert_string_equal(state_of(scene, entry), "proposed");
    scene_refused(scene, TEAM, "answer-not-possible", call, entry);
    assert_string_equal(scene_root(scene,
                                   "SELECT reason || ' ' || person FROM order_event WHERE"
                                   " order_id = '%s' AND kind = 'put_forward' AND code = 'team'",
                                   order),
                        "employer_asked Tea Teamsen (fiktiv)");
    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) FROM outbox WHERE order_id = '%s' AND kind ="
                                   " 'shortlist.proposed' AND organisation_id = '" AARHUS_ID "'",
                                   order),
                        "2");
}

static void on_how_many_lists_is_told_to_home_and_team(void **state)
{
    struct scene *scene = *state;
    const char *entry = scene_entry_in(scene, 36, "confirmed");
    static const char call[] = "SELECT coalesce(body::json ->> 'lists', 'none') FROM"
                               " entry_read('%s')";

    scene_entry_in(scene, 36, "proposed");
    assert_string_equal(scene_get(scene, HORSENS, call, entry), "{\"live\" : 2, \"limit\" : 3}");
    assert_string_equal(scene_get(scene, TEAM, call, entry), "{\"live\" : 2, \"limit\" : 3}");
    assert_string_equal(scene_get(scene, AARHUS, call, entry), "none");
}

static int setup(void **state)
{
    *state = scene_open("outcome");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_stands_between_confirmed_and_the_answer),
        cmocka_unit_test(the_homes_own_next_comes_first),
        cmocka_unit_test(one_who_is_being_changed_does_not_follow),
        cmocka_unit_test(nobody_follows_where_there_are_enough),
        cmocka_unit_test(a_late_answer_counts),
        cmocka_unit_test(a_late_answer_takes_nobody_from_another_list_of_the_employer),
        cmocka_unit_test(hired_is_hired_once),
        cmocka_unit_test(the_database_itself_holds_one_job_per_person),
        cmocka_unit_test(whoever_returns_to_the_pool_may_be_hired_again),
        cmocka_unit_test(nobody_with_a_job_is_put_forward),
        cmocka_unit_test(a_hire_lets_nobody_in_between),
        cmocka_unit_test(an_employer_answers_for_what_it_was_sent),
        cmocka_unit_test(nobody_reaches_anothers_entries),
        cmocka_unit_test(an_addition_stands_beside_the_ranking),
        cmocka_unit_test(the_team_puts_forward_from_the_reserve),
        cmocka_unit_test(on_how_many_lists_is_told_to_home_and_team),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
