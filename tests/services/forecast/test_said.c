/* What companies said, at contacts and to the panel, beside the rules and beside each other. */
#include "tests/services/forecast/sites.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FIRST "00000000-0000-4000-c000-000000000001"
#define SECOND "00000000-0000-4000-c000-000000000002"
#define BRICKS "&trade=7112.1&municipality=0751"

static int open_world(void **state)
{
    return sites_open(state, "forecast_said");
}

static const char *say(struct world *world, const char *lead, const char *contact, const char *at,
                       const char *needs)
{
    assert_string_equal(scene_get(world->scene, TEAM, "SELECT need_faults('%s', '/needs')", needs),
                        "[]");
    return scene_get(world->scene, TEAM, "SELECT need_say('%s', '%s', '%s', '%s')", lead, contact,
                     at, needs);
}

/* The rules' guess is gone for the months that were spoken of, for all trades, and holds after. */
static void a_contact_stands_instead_of_the_rules(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.cvr = NULL});

    assert_string_equal(say(world, lead, FIRST, "2027-01-10T08:00Z",
                            "[{\"trade\": \"7112.1\", \"people\": {\"0\": 4, \"3\": 7}}]"),
                        "6");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-07" BRICKS,
                "2027-01 7112.1 0751 4.0 0.0+4.0+0.0 0 4.0\n"
                "2027-02 7112.1 0751 4.0 0.0+4.0+0.0 0 4.0\n"
                "2027-03 7112.1 0751 4.0 0.0+4.0+0.0 0 4.0\n"
                "2027-04 7112.1 0751 7.0 0.0+7.0+0.0 0 7.0\n"
                "2027-05 7112.1 0751 7.0 0.0+7.0+0.0 0 7.0\n"
                "2027-06 7112.1 0751 7.0 0.0+7.0+0.0 0 7.0\n"
                "2027-07 7112.1 0751 3.3 3.3+0.0+0.0 0 3.3\n");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-06&trade=7114.9", "");
}

/* A day later in Denmark is a month later: half past eleven in the evening, UTC. */
static void months_are_danish(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.value = "null"});

    say(world, lead, FIRST, "2027-01-31T23:30Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 1, \"3\": 0}}]");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-12" BRICKS,
                "2027-02 7112.1 0751 1.0 0.0+1.0+0.0 0 1.0\n"
                "2027-03 7112.1 0751 1.0 0.0+1.0+0.0 0 1.0\n"
                "2027-04 7112.1 0751 1.0 0.0+1.0+0.0 0 1.0\n");
}

static void what_was_said_last_stands(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.value = "null"});
    const char *two = "[{\"trade\": \"7112.1\", \"people\": {\"0\": 2, \"12\": 9}}]";

    /* The later one first: the order in which they are written does not matter. */
    say(world, lead, SECOND, "2027-03-02T08:00Z", "[{\"trade\": null, \"people\": {\"0\": 0}}]");
    say(world, lead, FIRST, "2027-01-10T08:00Z", two);
    assert_rows(world, TEAM, "?from=2027-01&to=2027-06" BRICKS,
                "2027-01 7112.1 0751 2.0 0.0+2.0+0.0 0 2.0\n"
                "2027-02 7112.1 0751 2.0 0.0+2.0+0.0 0 2.0\n");
    assert_rows(world, TEAM, "?from=2027-12&to=2028-06" BRICKS, "");
    /* The same contact again says it anew. */
    say(world, lead, FIRST, "2027-01-10T08:00Z", "[]");
    assert_rows(world, TEAM, "?from=2027-01&to=2028-06" BRICKS, "");
}

/* A later contact speaks for the trades that it names; none, said last, ends a trade for good. */
static void a_trade_stands_until_it_is_spoken_of_again(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.value = "null"});

    say(world, lead, FIRST, "2027-01-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 2, \"6\": 3}},"
        " {\"trade\": \"7114.9\", \"people\": {\"0\": 4}}]");
    say(world, lead, SECOND, "2027-02-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 0}}]");
    assert_rows(world, TEAM, "?from=2027-01&to=2028-06&municipality=0751",
                "2027-01 7114.9 0751 4.0 0.0+4.0+0.0 0 4.0\n"
                "2027-01 7112.1 0751 2.0 0.0+2.0+0.0 0 2.0\n"
                "2027-02 7114.9 0751 4.0 0.0+4.0+0.0 0 4.0\n"
                "2027-03 7114.9 0751 4.0 0.0+4.0+0.0 0 4.0\n");
    /* What is said of no trade in particular leaves the others. */
    say(world, lead, SECOND, "2027-02-10T08:00Z", "[{\"trade\": null, \"people\": {\"0\": 5}}]");
    assert_rows(world, TEAM, "?from=2027-03&to=2027-03" BRICKS,
                "2027-03 7112.1 0751 2.0 0.0+2.0+0.0 0 2.0\n");
}

/* The lead in which a project has gone further counts, with what was said of the one before: said
 * and guessed are of one project and not added. An order made of a lead adds nothing either. */
static void what_was_said_goes_with_the_project(void **state)
{
    struct world *world = *state;
    const char *asked = "?from=2027-02&to=2027-02" BRICKS;
    const char *before =
        site_make(world, &(struct site){.cvr = "12345674", .project = "skoleetape1"});
    const char *after = site_make(
        world,
        &(struct site){.cvr = "12345674", .project = "skoleetape1", .stage = "construction"});

    say(world, before, FIRST, "2027-01-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 4}}]");
    assert_rows(world, TEAM, asked, "2027-02 7112.1 0751 4.0 0.0+4.0+0.0 0 4.0\n");
    say(world, after, SECOND, "2027-01-20T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 3}}]");
    assert_rows(world, TEAM, asked, "2027-02 7112.1 0751 3.0 0.0+3.0+0.0 0 3.0\n");
    scene_root(world->scene, "UPDATE emnebank.lead SET state = 'order' WHERE id = '%s'", after);
    assert_rows(world, TEAM, asked, "2027-02 7112.1 0751 3.0 0.0+3.0+0.0 0 3.0\n");
    scene_root(world->scene, "UPDATE emnebank.lead SET stage = 'completed' WHERE id = '%s'", after);
    assert_rows(world, TEAM, asked, "");
}

static void needs_move_with_their_lead(void **state)
{
    struct world *world = *state;
    const char *from = site_make(world, &(struct site){.value = "null"});
    const char *into = site_make(world, &(struct site){.value = "null", .municipality = "0615"});

    say(world, from, FIRST, "2027-01-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 2}}]");
    scene_get(world->scene, TEAM, "SELECT need_move('%s', '%s')", from, into);
    scene_root(world->scene, "UPDATE emnebank.lead SET merged_into = '%s' WHERE id = '%s'", into,
               from);
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&municipality=0615",
                "2027-01 7112.1 0615 2.0 0.0+2.0+0.0 0 2.0\n");
}

static void what_was_said_in_part_is_named(void **state)
{
    struct world *world = *state;
    const char *lead =
        site_make(world, &(struct site){.places = "[]", .municipality = "", .value = "null"});

    say(world, lead, FIRST, "2027-01-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 2}}, {\"trade\": null, \"people\": {\"0\": "
        "3},"
        " \"municipality\": \"0751\"}]");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-03", "");
    assert_unknown(world, "?from=2027-01&to=2027-03", "NO_PLACE 1 2.0\nNO_TRADE 1 3.0\n");
    assert_unknown(world, "?from=2027-01&to=2027-03&municipality=0615", "NO_PLACE 1 2.0\n");
}

static void needs_of_any_form_are_judged(void **state)
{
    static const struct {
        const char *needs, *found;
    } cases[] = {
        {"null", ""},
        {"{}", "/n TYPE"},
        {"[7]", "/n/0 TYPE"},
        {"[{}]", "/n/0/people REQUIRED, /n/0/trade REQUIRED"},
        {"[{\"trade\": \"x\", \"people\": {}}]", "/n/0/people REQUIRED, /n/0/trade UNKNOWN"},
        {"[{\"trade\": null, \"people\": {\"0\": -1, \"1\": 2, \"3\": 1000, \"6\": 1.0,"
         " \"12\": \"4\"}}]",
         "/n/0/people/0 RANGE, /n/0/people/1 UNKNOWN_MEMBER, /n/0/people/12 RANGE,"
         " /n/0/people/3 RANGE, /n/0/people/6 RANGE"},
        {"[{\"trade\": null, \"people\": {\"0\": 0}, \"municipality\": \"0101\", \"x\": 1}]",
         "/n/0/municipality UNKNOWN, /n/0/x UNKNOWN_MEMBER"},
        {"[{\"trade\": null, \"people\": [3]}]", "/n/0/people TYPE"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(
            scene_get(world->scene, TEAM,
                      "SELECT string_agg(concat_ws(' ', f ->> 'pointer', f ->> 'code'), ', ' ORDER"
                      " BY f ->> 'pointer' COLLATE \"C\")"
                      " FROM jsonb_array_elements(need_faults('%s', '/n')) AS f",
                      cases[i].needs),
            cases[i].found);
}

/* --- the panel --- */

static struct answer answer_panel(struct world *world, enum actor actor, const char *body)
{
    const char *key =
        arena_printf(world->scene->arena, "Idempotency-Key: panel-%d\r\n", ++world->keys);

    return server_ask(world->server, actor, "POST", "/v1/panel", key, body);
}

#define PANEL(said_on_, needs_)                                                                    \
    "{\"employer\": {\"cvr\": \"" EMPLOYER_CVR                                                     \
    "\", \"name\": \"Byg (fiktiv)\"}, \"said_on\": \"" said_on_ "\", \"needs\": " needs_ "}"

/* The panel is of all that a company has: the rules are silent on its leads then, and what its
 * contacts said is a part of it. */
static void the_panel_adds_what_contacts_did_not_say(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.cvr = EMPLOYER_CVR});
    struct answer answer = answer_panel(
        world, TEAM,
        PANEL("2026-11-24", "[{\"trade\": \"7112.1\", \"people\": {\"3\": 6, \"12\": 0},"
                            " \"municipality\": \"0751\"}]"));

    assert_answer(&answer, 201, NULL);
    assert_rows(world, TEAM, "?from=2027-01&to=2027-02" BRICKS,
                "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 0 1.6\n"
                "2027-02 7112.1 0751 6.0 0.0+0.0+6.0 0 6.0\n");
    say(world, lead, FIRST, "2027-02-10T08:00Z",
        "[{\"trade\": \"7112.1\", \"people\": {\"0\": 4, \"3\": 8}}]");
    assert_rows(world, TEAM, "?from=2027-04&to=2027-05" BRICKS,
                "2027-04 7112.1 0751 6.0 0.0+4.0+2.0 0 6.0\n"
                "2027-05 7112.1 0751 8.0 0.0+8.0+0.0 0 8.0\n");
}

static void a_later_answer_of_the_panel_stands(void **state)
{
    struct world *world = *state;
    struct answer answer = answer_panel(
        world, TEAM,
        PANEL("2026-08-20", "[{\"trade\": \"7112.1\", \"people\": {\"3\": 6, \"12\": 9},"
                            " \"municipality\": \"0751\"}]"));

    assert_answer(&answer, 201, NULL);
    answer = answer_panel(world, TEAM,
                          PANEL("2026-11-24", "[{\"trade\": \"7112.1\", \"people\": {\"3\": 2},"
                                              " \"municipality\": \"0615\"}]"));
    assert_answer(&answer, 201, NULL);
    assert_rows(world, TEAM, "?from=2026-11&to=2027-05&trade=7112.1&municipality=0751",
                "2026-11 7112.1 0751 6.0 0.0+0.0+6.0 0 6.0\n"
                "2026-12 7112.1 0751 6.0 0.0+0.0+6.0 0 6.0\n"
                "2027-01 7112.1 0751 6.0 0.0+0.0+6.0 0 6.0\n"
                "2027-05 7112.1 0751 6.0 0.0+0.0+6.0 0 6.0\n");
    assert_rows(world, TEAM, "?from=2027-02&to=2027-02&trade=7112.1&municipality=0615",
                "2027-02 7112.1 0615 2.0 0.0+0.0+2.0 0 2.0\n");
    answer = server_ask(world->server, AARHUS, "GET", "/v1/panel?cvr=" EMPLOYER_CVR "&limit=1",
                        NULL, NULL);
    assert_answer(&answer, 200, NULL);
    assert_non_null(strstr(answer.body, "\"said_on\": \"2026-11-24\""));
    const char *next = answer_text(&answer, "next");
    answer = server_ask(
        world->server, AARHUS, "GET",
        arena_printf(world->scene->arena, "/v1/panel?cvr=" EMPLOYER_CVR "&limit=1&cursor=%s", next),
        NULL, NULL);
    assert_non_null(strstr(answer.body, "\"said_on\": \"2026-08-20\""));
    assert_non_null(strstr(answer.body, "\"next\":null"));
    answer = server_ask(world->server, AARHUS, "GET",
                        arena_printf(world->scene->arena, "/v1/panel?limit=1&cursor=%s", next),
                        NULL, NULL);
    assert_answer(&answer, 400, "cursor-invalid");
}

/* Each quarter's answer is of all: a trade that it does not name is needed no more. And what it
 * says in a note is forgotten with it. */
static void the_panel_says_all_and_its_notes_are_forgotten(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    struct answer answer = answer_panel(
        world, TEAM,
        PANEL("2026-11-23", "[{\"trade\": \"7112.1\", \"people\": {\"3\": 6},"
                            " \"municipality\": \"0751\"}], \"note\": \"Ring til Bo (fiktiv)\""));

    assert_answer(&answer, 201, NULL);
    answer = answer_panel(world, TEAM,
                          PANEL("2026-11-24", "[{\"trade\": \"7114.9\", \"people\": {\"3\": 2},"
                                              " \"municipality\": \"0751\"}]"));
    assert_answer(&answer, 201, NULL);
    assert_rows(world, TEAM, "?from=2027-02&to=2027-02" BRICKS, "");
    scene_root(scene, "SELECT emnebank.panel_forget()");
    assert_string_equal(
        scene_root(scene, "SELECT note FROM emnebank.panel_answer WHERE note IS NOT NULL"),
        "Ring til Bo (fiktiv)");
    scene_root(scene, "UPDATE emnebank.panel_answer SET said_on = '2025-08-24'");
    scene_root(scene, "SELECT emnebank.panel_forget()");
    assert_string_equal(scene_root(scene, "SELECT count(note) FROM emnebank.panel_answer"), "1");
    scene_root(scene, "UPDATE emnebank.panel_answer SET said_on = '2025-08-23'");
    scene_root(scene, "SELECT emnebank.panel_forget()");
    assert_string_equal(scene_root(scene, "SELECT count(note) FROM emnebank.panel_answer"), "0");
}

static void what_the_panel_may_not_say(void **state)
{
    struct world *world = *state;
    struct answer answer =
        answer_panel(world, TEAM,
                     "{\"employer\": {\"cvr\": \"12345678\", \"name\": \"Byg (fiktiv)\"},"
                     " \"said_on\": \"2026-11-25\", \"needs\": [{\"trade\": \"x\","
                     " \"people\": {\"6\": 2}}], \"more\": 1}");

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/employer/cvr FORMAT\n/more UNKNOWN_MEMBER\n/needs/0/people/6 "
                        "UNKNOWN_MEMBER\n/needs/0/trade UNKNOWN\n/said_on RANGE\n");
    answer = answer_panel(world, TEAM, PANEL("2026-11-24", "[]"));
    assert_string_equal(answer_errors(world->server, &answer), "/needs LENGTH\n");
    answer = answer_panel(world, TEAM, PANEL("2026-11-24", "null"));
    assert_string_equal(answer_errors(world->server, &answer), "/needs TYPE\n");
    answer = answer_panel(world, TEAM,
                          PANEL("2027-11-24", "[{\"trade\": null, \"people\": {\"0\": 2}}]"));
    assert_string_equal(answer_errors(world->server, &answer),
                        "/needs/0/people/0 UNKNOWN_MEMBER\n/said_on RANGE\n");
    answer = answer_panel(world, EMPLOYER,
                          PANEL("2026-11-24", "[{\"trade\": null, \"people\": {\"3\": 2}}]"));
    assert_answer(&answer, 403, "scope-missing");
    scene_refused(world->scene, EMPLOYER, "the database refused (42501",
                  "INSERT INTO panel_answer (employer_id, said_on, needs, recorded_by) VALUES"
                  " ('" EMPLOYER_ID "', '2026-11-24', '[]', '" EMPLOYER_ID "')");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_contact_stands_instead_of_the_rules, sites_clear),
        cmocka_unit_test_setup(months_are_danish, sites_clear),
        cmocka_unit_test_setup(what_was_said_last_stands, sites_clear),
        cmocka_unit_test_setup(a_trade_stands_until_it_is_spoken_of_again, sites_clear),
        cmocka_unit_test_setup(what_was_said_goes_with_the_project, sites_clear),
        cmocka_unit_test_setup(needs_move_with_their_lead, sites_clear),
        cmocka_unit_test_setup(what_was_said_in_part_is_named, sites_clear),
        cmocka_unit_test_setup(needs_of_any_form_are_judged, sites_clear),
        cmocka_unit_test_setup(the_panel_adds_what_contacts_did_not_say, sites_clear),
        cmocka_unit_test_setup(a_later_answer_of_the_panel_stands, sites_clear),
        cmocka_unit_test_setup(the_panel_says_all_and_its_notes_are_forgotten, sites_clear),
        cmocka_unit_test_setup(what_the_panel_may_not_say, sites_clear),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
