/*
 * Contacts, the question guide and merges (0051_contacts.sql) on a real PostgreSQL, as the daemon's
 * role.
 */
#include "common/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/services/leads/leads_scene.h"

/* Two leads of one company: the first with a CVR number, the second without one, and alike. */
#define SCENE                                                                                      \
    "SELECT set_config('app.tenant', '" TEAM "', true), set_config('app.actor', '" ACTOR           \
    "', true), lead_receive(jsonb_build_object('source', '" CRM "', 'row', '1'), '{\"winner\": "   \
    "{\"name\": \"Jensen Beton A/S (fiktiv)\", \"cvr\": \"99426012\"}, \"project\": {\"name\": "   \
    "\"Letbanen Aarhus etape 2\"}, \"stage\": \"tender\"}'),"                                      \
    " lead_receive(jsonb_build_object('source', '" CRM "', 'row', '2'), '{\"winner\": {\"name\": " \
    "\"Jensen Beton (fiktiv)\"}, \"project\": {\"name\": \"Letbanen i Aarhus, etape 2\"}, "        \
    "\"start_date\": \"2027-03-01\", \"places\": [{\"postal_code\": \"8300\", \"country\": "       \
    "\"DNK\"}]}')"

static int setup(void **state)
{
    leads_scene(state, "contacts_sql", (size_t)16 << 20);
    return 0;
}

/* One statement in its own transaction, its only cell as text; NULL when it is refused. */
static const char *ask_as(struct fixture *fixture, const char *tenant, const char *statement)
{
    const struct pg_context context = {
        .tenant = tenant, .actor = ACTOR, .request = "test", .purpose = "prøve"};
    const struct pg_result *result;
    struct error_detail detail = {0};
    assert_int_equal(session_exec(fixture->front, "BEGIN", &detail), 0);
    assert_int_equal(session_context(fixture->front, &context, &detail), 0);
    int error = session_query(fixture->front, statement, NULL, 0, &result, &detail);
    snprintf(fixture->sqlstate, sizeof fixture->sqlstate, "%s",
             error ? session_sqlstate(fixture->front) : "");
    const char *answer = error ? NULL : arena_strdup(fixture->arena, pg_text(result, 0, 0));
    assert_int_equal(session_exec(fixture->front, error ? "ROLLBACK" : "COMMIT", NULL), 0);
    return answer;
}

static const char *ask(struct fixture *fixture, const char *statement)
{
    return ask_as(fixture, TEAM, statement);
}

static void refused(struct fixture *fixture, const char *statement, const char *sqlstate)
{
    assert_null(ask(fixture, statement));
    assert_string_equal(fixture->sqlstate, sqlstate);
}

/* What the superuser sees. */
static const char *look(struct fixture *fixture, const char *statement)
{
    const struct pg_result *result;
    struct error_detail detail = {0};
    if (session_query(fixture->owner, statement, NULL, 0, &result, &detail))
        fail_msg("%s: %s / %s", statement, detail.public_text, detail.private_text);
    return arena_strdup(fixture->arena, pg_text(result, 0, 0));
}

static int scene(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(session_exec(fixture->owner,
                                  "DELETE FROM need; DELETE FROM lead_contact; DELETE FROM "
                                  "lead_likeness; DELETE FROM lead_origin; DELETE FROM "
                                  "lead_municipality; DELETE FROM idempotency;"
                                  "UPDATE lead SET merged_into = NULL; DELETE FROM lead;"
                                  "DELETE FROM question_guide WHERE version > 1",
                                  NULL),
                     0);
    assert_non_null(ask(fixture, SCENE));
    return 0;
}

#define FIRST "(SELECT id FROM lead WHERE cvr IS NOT NULL)"
#define SECOND "(SELECT id FROM lead WHERE company_name = 'Jensen Beton (fiktiv)' AND cvr IS NULL)"
#define CONTACT(key, lead, body)                                                                   \
    "SELECT (lead_contact_add('POST', '/x', '" key "', 'f', " lead ", '" body "')).status"
#define CALL "\"channel\": \"phone\", \"role\": \"foreman\", \"guide_version\": 1, \"outcome\": "

static void a_contact_moves_a_new_lead_once(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(ask(fixture, CONTACT("a", SECOND, "{" CALL "\"not_reached\"}")), "201");
    assert_string_equal(look(fixture, "SELECT state FROM lead WHERE id = " SECOND), "new");
    assert_string_equal(ask(fixture, CONTACT("b", SECOND, "{" CALL "\"reached\"}")), "201");
    assert_string_equal(look(fixture, "SELECT state FROM lead WHERE id = " SECOND), "contacted");
    assert_string_equal(
        ask(fixture, CONTACT("c", SECOND, "{" CALL "\"reached\", \"state\": \"agreement\"}")),
        "201");
    /* The same key again writes nothing; another reached one does not move it back. */
    assert_string_equal(
        ask(fixture, CONTACT("c", SECOND, "{" CALL "\"reached\", \"state\": \"agreement\"}")),
        "201");
    assert_string_equal(ask(fixture, CONTACT("d", SECOND, "{" CALL "\"reached\"}")), "201");
    assert_string_equal(look(fixture, "SELECT state || ' ' || (SELECT count(*) FROM lead_contact)"
                                      " FROM lead WHERE id = " SECOND),
                        "agreement 4");
}

static void a_contact_takes_a_dismissed_lead_up_again(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(ask(fixture, "SELECT status FROM lead_move(" SECOND
                                 ", 0, '{\"state\": \"dismissed\", \"reason\": \"no_need\"}')"));
    assert_string_equal(ask(fixture, CONTACT("a", SECOND, "{" CALL "\"reached\"}")), "201");
    assert_string_equal(
        look(fixture, "SELECT state || dismissed_reason FROM lead WHERE id = " SECOND),
        "dismissedno_need");
    assert_string_equal(
        ask(fixture, CONTACT("b", SECOND, "{" CALL "\"reached\", \"state\": \"contacted\"}")),
        "201");
    assert_string_equal(
        look(fixture, "SELECT concat(state, dismissed_reason) FROM lead WHERE id = " SECOND),
        "contacted");
}

static void what_is_needed_stands_in_the_forecast(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(
        ask(fixture,
            CONTACT("a", SECOND,
                    "{" CALL "\"reached\", \"held_on\": \"2026-02-10\", \"answers\": {"
                    "\"needs\": [{\"trade\": \"7114.8\", \"people\": {\"0\": 2, \"3\": 5}}]}}")),
        "201");
    assert_string_equal(look(fixture, "SELECT string_agg(to_char(month, 'YYYY-MM') || ':' || "
                                      "people, ' ' ORDER BY month) FROM need"),
                        "2026-02:2 2026-03:2 2026-04:2 2026-05:5 2026-06:5 2026-07:5");
}

static void answers_are_held_to_the_guide(void **state)
{
    struct fixture *fixture = *state;
    const char *faults = ask(
        fixture,
        "SELECT string_agg(f ->> 'pointer' || ' ' || (f ->> 'code'), ', ' ORDER BY f ->> 'pointer')"
        " FROM lead_contact_faults(" SECOND ", '{\"guide_version\": 1, \"answers\": {"
        "\"competences\": [\"formwork\", \"nope\"], \"work_kinds\": \"permanent\","
        "\"requirements\": [{\"kind\": \"certificate\", \"code\": \"epoxy-isocyanate\"}, "
        "{\"kind\": "
        "\"age\"}, {\"kind\": \"language\", \"code\": \"da\", \"minimum_level\": 7}],"
        "\"needs\": [{\"people\": {}}], \"agreement\": \"måske\", \"note\": 5, \"a/b~\": 1}}') AS "
        "x, "
        "jsonb_array_elements(x) AS f");
    assert_string_equal(faults, "/answers/agreement UNKNOWN, /answers/a~1b~0 UNKNOWN, "
                                "/answers/competences/1 UNKNOWN, /answers/needs/0/people REQUIRED, "
                                "/answers/needs/0/trade REQUIRED, /answers/note LENGTH, "
                                "/answers/requirements/1/kind CHOICE, "
                                "/answers/requirements/2/minimum_level RANGE, "
                                "/answers/work_kinds TYPE");
    refused(fixture, CONTACT("a", SECOND, "{" CALL "\"reached\", \"answers\": {\"age\": 30}}"),
            "EB422");
    refused(fixture, CONTACT("b", SECOND, "{" CALL "\"reached\", \"held_on\": \"2099-01-01\"}"),
            "EB422");
    assert_string_equal(look(fixture, "SELECT count(*) FROM lead_contact"), "0");
}

static void the_guide_keeps_its_versions(void **state)
{
    struct fixture *fixture = *state;
    static const char put[] = "SELECT etag FROM question_guide_put(1, '{\"questions\": [{\"key\": "
                              "\"age\", \"kind\": \"text\", \"text\": \"?\"}]}')";
    assert_string_equal(ask(fixture, put), "2");
    refused(fixture, put, "EB412");
    assert_string_equal(
        ask(fixture, "SELECT etag FROM question_guide_put(2, '{\"questions\": [{\"text\": \"?\", "
                     "\"kind\": \"text\", \"key\": \"age\"}]}')"),
        "2"); /* the same again */
    refused(fixture, CONTACT("a", SECOND, "{" CALL "\"reached\", \"answers\": {\"age\": \"30\"}}"),
            "EB422");
    assert_null(ask_as(fixture, EMPLOYER, "SELECT status FROM question_guide_read(NULL)"));
    assert_null(ask_as(fixture, "00000000-0000-4000-8000-000000000751",
                       "SELECT status FROM question_guide_put(0, '{\"questions\": []}')"));
    assert_string_equal(fixture->sqlstate, "EB403");
}

/* What was said of the one is said of the other, and its source still knows it. */
static void a_merge_takes_everything_along(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(ask(fixture, CONTACT("a", SECOND,
                                         "{" CALL "\"reached\", \"answers\": {\"needs\": [{"
                                         "\"trade\": null, \"people\": {\"0\": 1}}]}}")));
    assert_string_equal(ask(fixture, "SELECT (SELECT count(*) FROM lead_likeness WHERE state = "
                                     "'proposed') || ' ' || (lead_merge_into(" SECOND
                                     ", 0, jsonb_build_object('into', " FIRST "))).status"),
                        "1 200");
    assert_string_equal(
        look(fixture, "SELECT concat_ws(' ', l.state, l.stage, l.cvr, l.data ->> 'start_date', "
                      "(SELECT count(*) FROM lead_origin WHERE lead_id = l.id), (SELECT count(*) "
                      "FROM lead_contact WHERE lead_id = l.id), (SELECT count(*) > 0 FROM need "
                      "WHERE lead_id = l.id), (SELECT string_agg(municipality_code, ' ') FROM "
                      "lead_municipality WHERE lead_id = l.id), (SELECT state FROM lead_likeness))"
                      " FROM lead l WHERE merged_into IS NULL"),
        "contacted tender 99426012 2027-03-01 2 1 t 0727 same");
    assert_string_equal(look(fixture, "SELECT count(*) || ' ' || bool_and(NOT listed) FROM lead "
                                      "WHERE merged_into IS NOT NULL"),
                        "1 true");
    /* Its row goes on to speak of the lead that stayed. */
    assert_string_equal(ask(fixture, "SELECT outcome || ' ' || (lead_id = " FIRST ") FROM "
                                     "lead_receive(jsonb_build_object('source', '" CRM "', 'row', "
                                     "'2'), '{\"winner\": {\"name\": \"Jensen Beton\"}}')"),
                        "updated true");
    refused(fixture,
            "SELECT lead_merge_into((SELECT id FROM lead WHERE merged_into IS NOT NULL), 0, "
            "jsonb_build_object('into', " FIRST "))",
            "EB409");
}

static void two_companies_are_never_one(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(ask(fixture,
                        "SELECT outcome FROM lead_receive(jsonb_build_object('source', '" CRM
                        "', 'row', '2'), '{\"winner\": {\"name\": \"Jensen Beton "
                        "(fiktiv)\", \"cvr\": \"99300019\"}}')"));
    refused(fixture,
            "SELECT lead_merge_into((SELECT id FROM lead WHERE cvr = '99300019'), 0, "
            "(SELECT jsonb_build_object('into', id) FROM lead WHERE cvr = '99426012'))",
            "EB409");
}

static void a_person_keeps_them_apart(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(ask(fixture, "SELECT status FROM lead_likeness_decide((SELECT id FROM "
                                     "lead_likeness), '{\"state\": \"different\"}')"),
                        "200");
    assert_string_equal(ask(fixture, "SELECT body::jsonb -> 'items' FROM lead_likenesses()"), "[]");
    refused(fixture,
            "SELECT lead_likeness_decide((SELECT id FROM lead_likeness), '{\"state\": "
            "\"same\"}')",
            "EB409");
    assert_string_equal(look(fixture, "SELECT count(*) FROM lead WHERE merged_into IS NULL"), "2");
}

/* What a person has said of the one that goes is true of the one that stays. */
static void a_merge_forgets_no_decision(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(ask(fixture,
                        "SELECT outcome FROM lead_receive(jsonb_build_object('source', '" CRM
                        "', 'row', '9'), '{\"winner\": {\"name\": \"Helt Andre (fiktiv)\"}}')"));
    assert_int_equal(
        session_exec(
            fixture->owner,
            "UPDATE lead_likeness SET state = 'different', decided_at = now();"
            "INSERT INTO lead_likeness (lead_id, other_id, company, project, state, decided_at)"
            " SELECT h.id, l.id, 1, 1, CASE WHEN l.cvr IS NULL THEN 'different' ELSE 'proposed' "
            "END, CASE WHEN l.cvr IS NULL THEN now() END FROM lead l JOIN lead h ON h.company_name "
            "= 'Helt Andre (fiktiv)' WHERE l.id <> h.id",
            NULL),
        0);
    const char *before = look(fixture, "SELECT version FROM lead WHERE id = " FIRST);
    assert_string_equal(ask(fixture, "SELECT (lead_merge_into(" SECOND
                                     ", 0, jsonb_build_object('into', " FIRST "))).status"),
                        "200");
    assert_string_equal(look(fixture, "SELECT string_agg(state, ' ' ORDER BY state) FROM "
                                      "lead_likeness"),
                        "different same");
    assert_string_equal(look(fixture, "SELECT s.lead_id = h.id AND l.cvr = '99426012' FROM "
                                      "lead_likeness s JOIN lead h ON h.company_name = 'Helt "
                                      "Andre (fiktiv)' JOIN lead l ON l.id = s.other_id WHERE "
                                      "s.state = 'different'"),
                        "t");
    assert_string_not_equal(look(fixture, "SELECT version FROM lead WHERE id = " FIRST), before);
    /* It goes on into a third: those that pointed at it are changed, too. */
    assert_string_equal(
        ask(fixture, "SELECT (lead_merge_into(" FIRST ", 0, (SELECT jsonb_build_object('into', id) "
                     "FROM lead WHERE company_name = 'Helt Andre (fiktiv)'))).status"),
        "200");
    assert_string_equal(look(fixture, "SELECT count(DISTINCT merged_into) || ' ' || min(version) "
                                      "FROM lead WHERE merged_into IS NOT NULL"),
                        "1 3");
}

/* The mover trusts nobody: not on what leads are, nor that they are two. */
static void the_mover_looks_for_itself(void **state)
{
    struct fixture *fixture = *state;
    refused(fixture, "SELECT lead_move_all(" FIRST ", " FIRST ")::text", "EB409");
    refused(fixture, "SELECT lead_move_all(" FIRST ", gen_random_uuid())::text", "EB404");
    assert_null(ask_as(fixture, NULL, "SELECT lead_move_all(" FIRST ", " SECOND ")::text"));
    assert_string_not_equal(fixture->sqlstate, "");
}

/* What was told in free words is not kept for ever; what was answered otherwise is. */
static void free_words_are_forgotten(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(ask(fixture, CONTACT("a", FIRST,
                                         "{" CALL "\"reached\", \"answers\": {\"note\": \"Ring "
                                         "igen (fiktiv)\", \"agreement\": \"ja\"}}")));
    assert_int_equal(
        session_exec(fixture->owner,
                     "UPDATE lead_contact SET created_at = now() - interval '364 days'", NULL),
        0);
    assert_string_equal(look(fixture, "SELECT lead_contact_forget()"), "0");
    assert_int_equal(
        session_exec(fixture->owner,
                     "UPDATE lead_contact SET created_at = now() - interval '366 days'", NULL),
        0);
    assert_string_equal(look(fixture, "SELECT lead_contact_forget()"), "1");
    assert_string_equal(look(fixture, "SELECT answers FROM lead_contact"),
                        "{\"agreement\": \"ja\"}");
    assert_string_equal(look(fixture, "SELECT lead_contact_forget()"), "0");
}

static void the_list_is_filtered(void **state)
{
    static const struct {
        const char *filters;
        const char *found;
    } cases[] = {
        {"{}", "2"},
        /* what kind of company it is says nothing */
        {"{\"q\": \"jensen beton a/s\"}", "2"},
        {"{\"q\": \"LETBANEN\"}", "2"},
        {"{\"q\": \"99426012\"}", "1"},
        {"{\"q\": \"/\"}", "0"},
        {"{\"q\": \"%\"}", "0"},
        {"{\"stage\": \"tender\"}", "1"},
        {"{\"state\": \"new\", \"municipality\": \"0727\"}", "1"},
        {"{\"source\": \"" CRM "\"}", "2"},
        {"{\"source\": \"notices\"}", "0"},
        {"{\"mine\": \"true\"}", "0"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found =
            ask(fixture,
                arena_printf(fixture->arena,
                             "SELECT jsonb_array_length(items::jsonb) FROM lead_page('%s', '', 9)",
                             cases[i].filters));
        if (!found || strcmp(found, cases[i].found) != 0)
            fail_msg("%s: %s", cases[i].filters, found ? found : fixture->sqlstate);
    }
    static const char mine[] =
        "SELECT jsonb_array_length(items::jsonb) FROM lead_page('{\"mine\": \"true\"}', '', 9)";
    assert_string_equal(ask_as(fixture, "00000000-0000-4000-8000-000000000727", mine), "1");
    assert_non_null(
        ask(fixture, "SELECT status FROM lead_move(" SECOND ", 0, '{\"assign\": \"me\"}')"));
    assert_string_equal(ask_as(fixture, "00000000-0000-4000-8000-000000000727", mine), "0");
    assert_string_equal(ask(fixture, mine), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_contact_moves_a_new_lead_once, scene),
        cmocka_unit_test_setup(a_contact_takes_a_dismissed_lead_up_again, scene),
        cmocka_unit_test_setup(what_is_needed_stands_in_the_forecast, scene),
        cmocka_unit_test_setup(answers_are_held_to_the_guide, scene),
        cmocka_unit_test_setup(the_guide_keeps_its_versions, scene),
        cmocka_unit_test_setup(a_merge_takes_everything_along, scene),
        cmocka_unit_test_setup(a_merge_forgets_no_decision, scene),
        cmocka_unit_test_setup(the_mover_looks_for_itself, scene),
        cmocka_unit_test_setup(free_words_are_forgotten, scene),
        cmocka_unit_test_setup(two_companies_are_never_one, scene),
        cmocka_unit_test_setup(a_person_keeps_them_apart, scene),
        cmocka_unit_test_setup(the_list_is_filtered, scene),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
