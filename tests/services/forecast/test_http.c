/* The forecast's routes: what may be asked and by whom, the pool's supply, the table of rules. */
#include "tests/services/forecast/sites.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BOM "\xEF\xBB\xBF"
#define BRICKS "?from=2027-01&to=2027-02&trade=7112.1"

static int open_world(void **state)
{
    return sites_open(state, "forecast_http");
}

/* --- supply --- */

/* Candidates `first` to `last` are screened bricklayers. */
static void make_bricklayers(struct world *world, int first, int last, const char *available_from)
{
    for (int i = first; i <= last; i++) {
        const char *candidate = scene_candidate(world->scene, i);
        scene_root(
            world->scene,
            "INSERT INTO emnebank.candidate_fact (candidate_id, organisation_id, kind, code,"
            " stated_on, source, from_version) SELECT id, organisation_id, 'occupation',"
            " '7112.1', '2026-11-01', 'interview', 0 FROM emnebank.candidate WHERE id = '%s'",
            candidate);
        scene_root(world->scene,
                   "UPDATE emnebank.candidate SET screened_on = '2026-11-01',"
                   " screening_until = '2026-11-24', available_from = '%s' WHERE id = '%s'",
                   available_from, candidate);
    }
}

/* Three in Aarhus now, a fourth from February; seven in Horsens. Screened until today, the 24th. */
static void supply_is_exact_for_those_who_may_know(void **state)
{
    struct world *world = *state;

    site_make(world, &(struct site){.cvr = NULL});
    site_make(world, &(struct site){.municipality = "0615"});
    make_bricklayers(world, 1, 3, "2026-11-01");
    make_bricklayers(world, 4, 4, "2027-02-20");
    make_bricklayers(world, 21, 27, "2026-11-01");
    assert_rows(world, TEAM, BRICKS,
                "2027-01 7112.1 0615 1.6 1.6+0.0+0.0 7 0.0\n"
                "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 3 0.0\n"
                "2027-01 7112.1 all 3.2 3.2+0.0+0.0 10 0.0\n"
                "2027-02 7112.1 0615 1.6 1.6+0.0+0.0 7 0.0\n"
                "2027-02 7112.1 0751 1.6 1.6+0.0+0.0 4 0.0\n"
                "2027-02 7112.1 all 3.2 3.2+0.0+0.0 11 0.0\n");
    assert_rows(world, AARHUS, "?from=2027-02&to=2027-02&trade=7112.1",
                "2027-02 7112.1 0615 1.6 1.6+0.0+0.0 5~ 0.0\n"
                "2027-02 7112.1 0751 1.6 1.6+0.0+0.0 4 0.0\n"
                "2027-02 7112.1 all 3.2 3.2+0.0+0.0 9~ 0.0\n");
    assert_rows(world, HORSENS, "?from=2027-02&to=2027-02&trade=7112.1",
                "2027-02 7112.1 0615 1.6 1.6+0.0+0.0 7 0.0\n"
                "2027-02 7112.1 0751 1.6 1.6+0.0+0.0 0~ 1.6\n"
                "2027-02 7112.1 all 3.2 3.2+0.0+0.0 7~ 0.0\n");
    /* One more of one's own is one more of all: it tells nothing of where the others' sum stands.
     */
    make_bricklayers(world, 5, 5, "2027-02-01");
    assert_rows(world, AARHUS, "?from=2027-02&to=2027-02&trade=7112.1",
                "2027-02 7112.1 0615 1.6 1.6+0.0+0.0 5~ 0.0\n"
                "2027-02 7112.1 0751 1.6 1.6+0.0+0.0 5 0.0\n"
                "2027-02 7112.1 all 3.2 3.2+0.0+0.0 10~ 0.0\n");
}

/* One after the other: protected, withdrawn, screening over, never screened; and one who was a
 * bricklayer. */
static void who_cannot_be_sent_is_no_supply(void **state)
{
    static const char *const spoilt[] = {
        "protection = 'address'",
        "withdrawn_at = now(), withdrawn_reason = 'other'",
        "screening_until = '2026-11-23'",
        "screening_until = NULL, screened_on = NULL",
    };
    const int count = (int)(sizeof spoilt / sizeof spoilt[0]);
    struct world *world = *state;
    struct scene *scene = world->scene;

    site_make(world, &(struct site){.cvr = NULL});
    make_bricklayers(world, 1, count + 2, "2026-11-01");
    for (int i = 0; i < count; i++)
        scene_root(scene, "UPDATE emnebank.candidate SET %s WHERE id = '%s'", spoilt[i],
                   scene_candidate(scene, i + 1));
    scene_root(scene, "UPDATE emnebank.candidate_fact SET to_version = 1 WHERE candidate_id = '%s'",
               scene_candidate(scene, count + 1));
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&trade=7112.1&municipality=0751",
                "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 1 0.6\n");
    for (int i = 0; i < count; i++)
        scene_root(scene,
                   "UPDATE emnebank.candidate SET protection = 'none', withdrawn_at = NULL,"
                   " withdrawn_reason = NULL WHERE id = '%s'",
                   scene_candidate(scene, i + 1));
}

/* --- what is asked --- */

static void a_year_from_now_is_asked_for_by_saying_nothing(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, AARHUS, "GET", "/v1/forecast", NULL, NULL);

    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "from"), "2026-11");
    assert_string_equal(answer_text(&answer, "to"), "2027-10");
    assert_non_null(strstr(answer.body,
                           "\"trade\":null,\"municipality\":null,\"rules\":{\"version\""
                           ":1,\"draft\":true,\"found_percent\":20},\"rows\":[],"));
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    static const char *const wrong[] = {
        "from=2026-13",
        "to=x",
        "from=2027-02&to=2027-01",
        "from=2027-01&to=2030-01",
        "trade=0",
        "municipality=9",
        "municipality=0101",
        "table=needs",
        "unknown=1",
        "to=2026-10",
        "from=2026-1",
        "from=1026-10&to=1026-11",
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer =
            server_ask(world->server, TEAM, "GET",
                       arena_printf(world->scene->arena, "/v1/forecast?%s", wrong[i]), NULL, NULL);
        if (answer.status != 400)
            fail_msg("%s: %d", wrong[i], answer.status);
        assert_answer(&answer, 400, "query-invalid");
    }
    struct answer answer = server_ask(world->server, TEAM, "GET", "/v1/forecast?table=people",
                                      "Accept: text/csv\r\n", NULL);
    assert_answer(&answer, 400, "query-invalid");
}

static void employers_know_nothing_of_it(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, EMPLOYER, "GET", "/v1/forecast", NULL, NULL);
    const char *lead = site_make(world, &(struct site){.cvr = NULL});

    assert_answer(&answer, 403, "scope-missing");
    scene_refused(world->scene, EMPLOYER, "forbidden",
                  "SELECT * FROM forecast_open(NULL, NULL, NULL, NULL)");
    scene_refused(world->scene, EMPLOYER, "forbidden",
                  "SELECT * FROM forecast_rows(NULL, NULL, NULL, NULL)");
    scene_refused(world->scene, NOBODY, "forbidden",
                  "SELECT * FROM forecast_unknown(NULL, NULL, NULL)");
    scene_refused(world->scene, EMPLOYER, "not-found", "SELECT need_of_lead('%s')", lead);
    scene_refused(world->scene, EMPLOYER, "not-found", "SELECT need_rules_read(NULL)");
    make_bricklayers(world, 1, 10, "2026-11-01");
    assert_string_equal(scene_get(world->scene, EMPLOYER,
                                  "SELECT count(*) FROM forecast_supply('{7112.1}', '2027-01-01',"
                                  " '2027-01-01')"),
                        "0");
}

static void each_answer_is_audited(void **state)
{
    struct world *world = *state;

    forecast_of(world, AARHUS, BRICKS);
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT subject_id || ' ' || (detail ->> 'trade') FROM emnebank.audit WHERE"
                   " action = 'forecast.read' AND organisation_id = '" AARHUS_ID
                   "' ORDER BY seq DESC LIMIT 1"),
        "2027-01/2027-02 7112.1");
}

/* --- tables --- */

static void excel_opens_the_tables(void **state)
{
    struct world *world = *state;

    site_make(world, &(struct site){.cvr = NULL});
    site_make(world, &(struct site){.municipality = "0751 0615"});
    site_make(world, &(struct site){.value = "null"});
    struct answer answer =
        server_ask(world->server, TEAM, "GET", "/v1/forecast?from=2027-01&to=2027-01&trade=7112.1",
                   "Accept: text/csv\r\n", NULL);
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer.body,
                        BOM "Måned;Fagkode;Fag;Kommunekode;Kommune;Behov;Heraf efter regler;"
                            "Heraf sagt ved kontakt;Heraf fra virksomhedspanelet;I emnebanken;"
                            "Opgørelse;Mangler\r\n"
                            "2027-01;7112.1;Murer;0751;Aarhus;1,6;1,6;0,0;0,0;0;præcis;1,6\r\n"
                            "2027-01;7112.1;Murer;;Flere kommuner;1,6;1,6;0,0;0,0;;;\r\n"
                            "2027-01;7112.1;Murer;;Alle;3,2;3,2;0,0;0,0;0;præcis;3,2\r\n");
    assert_non_null(
        strstr(answer.head, "filename=\"emnebank-prognose-needs-2027-01-2027-01.csv\""));
    answer =
        server_ask(world->server, TEAM, "GET", "/v1/forecast?from=2027-01&to=2027-01&table=unknown",
                   "Accept: text/csv\r\n", NULL);
    assert_string_equal(answer.body, BOM "Årsag;Forklaring;Emner;Personer\r\n"
                                         "NO_VALUE;Emnet har ingen værdi;1;\r\n");
}

/* --- the table of rules --- */

#define RULE(prefix_, trade_, months_, end_)                                                       \
    "{\"prefix\": \"" prefix_ "\", \"trade\": \"" trade_ "\", \"months_per_100m\": " months_       \
    ", \"begin_percent\": 10, \"middle_percent\": 20, \"end_percent\": " end_ "}"
#define RULES(rules_)                                                                              \
    "{\"draft\": false, \"note\": \"Prøve\", \"found_percent\": 50, \"dkk_per_1000_eur\": 7460,"  \
    " \"rules\": " rules_ "}"

static struct answer write_rules(struct world *world, enum actor actor, const char *version,
                                 const char *body)
{
    return server_ask(world->server, actor, "PUT", "/v1/need-rules",
                      arena_printf(world->scene->arena, "If-Match: %s\r\n", version), body);
}

static void the_team_writes_the_rules(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.cvr = NULL});
    struct answer answer =
        write_rules(world, TEAM, "\"v1\"", RULES("[" RULE("45", "7131.1", "1000", "70") "]"));

    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "version"), 2);
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v2\"");
    /* 60 million × 10 per million × 10 % / 4 months × 50 %. */
    assert_string_equal(site_people(world, lead, "7131.1", "2027-01"), "7.5000");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-01"), "");
    answer = write_rules(world, TEAM, "\"v1\"", RULES("[" RULE("45", "7131.1", "9", "70") "]"));
    assert_answer(&answer, 412, "version-stale");
    answer = write_rules(world, AARHUS, "*", RULES("[" RULE("45", "7131.1", "9", "70") "]"));
    assert_answer(&answer, 403, "forbidden");
    answer = server_ask(world->server, AARHUS, "GET", "/v1/need-rules?version=1", NULL, NULL);
    assert_answer(&answer, 200, NULL);
    assert_true(json_is_false(json_object_get(answer.json, "newest")));
    answer = server_ask(world->server, AARHUS, "GET", "/v1/need-rules?version=3", NULL, NULL);
    assert_answer(&answer, 404, "not-found");
}

static void rules_with_faults_are_refused_with_all_of_them(void **state)
{
    struct world *world = *state;
    struct answer answer = write_rules(
        world, TEAM, "*",
        RULES("[" RULE("4", "7131.1", "0", "70") ", " RULE("45", "x", "1", "69") ", 7, " RULE(
            "46", "7131.1", "1", "70") ", " RULE("46", "7131.1", "2", "70") "]"));

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/rules/0/months_per_100m RANGE\n/rules/0/prefix FORMAT\n/rules/1 RANGE\n"
                        "/rules/1/trade UNKNOWN\n/rules/2 TYPE\n/rules/4/trade TAKEN\n");
    answer = write_rules(world, TEAM, "*", RULES("[]"));
    assert_string_equal(answer_errors(world->server, &answer), "/rules LENGTH\n");
    answer = write_rules(world, TEAM, "*", RULES("[" RULE("45", "x", "1", "70") "]"));
    assert_string_equal(answer_errors(world->server, &answer), "/rules/0/trade UNKNOWN\n");
}

/* What is read can be written again, but for what says which version it was. */
static void the_first_rules_are_a_draft_of_every_trade(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, AARHUS, "GET", "/v1/need-rules", NULL, NULL);

    assert_answer(&answer, 200, NULL);
    assert_true(json_is_true(json_object_get(answer.json, "draft")));
    assert_true(json_is_true(json_object_get(answer.json, "newest")));
    const json_t *rules = json_object_get(answer.json, "rules");
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM emnebank.cpv_trade"),
                        arena_printf(world->scene->arena, "%zu", json_array_size(rules)));
    const char *text = json_text(world->scene->arena, rules);
    answer =
        write_rules(world, TEAM, "\"v1\"",
                    arena_printf(world->scene->arena,
                                 "{\"draft\": true, \"note\": \"Samme\", \"found_percent\": 20,"
                                 " \"dkk_per_1000_eur\": 7460, \"rules\": %s}",
                                 text));
    assert_answer(&answer, 200, NULL);
    assert_string_equal(json_text(world->scene->arena, json_object_get(answer.json, "rules")),
                        text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(supply_is_exact_for_those_who_may_know, sites_clear),
        cmocka_unit_test_setup(who_cannot_be_sent_is_no_supply, sites_clear),
        cmocka_unit_test_setup(a_year_from_now_is_asked_for_by_saying_nothing, sites_clear),
        cmocka_unit_test_setup(what_is_asked_wrongly_is_refused, sites_clear),
        cmocka_unit_test_setup(employers_know_nothing_of_it, sites_clear),
        cmocka_unit_test_setup(each_answer_is_audited, sites_clear),
        cmocka_unit_test_setup(excel_opens_the_tables, sites_clear),
        cmocka_unit_test_setup(the_team_writes_the_rules, sites_clear),
        cmocka_unit_test_setup(rules_with_faults_are_refused_with_all_of_them, sites_clear),
        cmocka_unit_test_setup(the_first_rules_are_a_draft_of_every_trade, sites_clear),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
