/* What the rules say of leads: worked out by hand from the first table (0045_forecast.sql). */
#include "tests/services/forecast/sites.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int open_world(void **state)
{
    return sites_open(state, "forecast_rules");
}

/*
 * 45210000 falls under 4521: bricklayers 217 person-months per 100 million, concrete workers 108.
 * 60 million: 130.2 and 64.8 person-months in 12 months. Bricklayers 25/50/25: in each of the first
 * four months 130.2 × 0.25 / 4 = 8.1375 work, of whom a fifth, 1.6275, are to be found; in the
 * next four 130.2 × 0.5 / 4 × 0.2 = 3.255. Concrete 50/35/15: 64.8 × 0.5 / 4 × 0.2 = 1.62, then
 * 1.134, then 0.486.
 */
static void the_worked_example_is_as_by_hand(void **state)
{
    struct world *world = *state;
    const char *lead = site_make(world, &(struct site){.cvr = NULL});

    assert_string_equal(site_people(world, lead, "7112.1", "2027-01"), "1.6275");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-04"), "1.6275");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-05"), "3.2550");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-08"), "3.2550");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-09"), "1.6275");
    assert_string_equal(site_people(world, lead, "7112.1", "2027-12"), "1.6275");
    assert_string_equal(site_people(world, lead, "7114.9", "2027-02"), "1.6200");
    assert_string_equal(site_people(world, lead, "7114.9", "2027-06"), "1.1340");
    assert_string_equal(site_people(world, lead, "7114.9", "2027-11"), "0.4860");
    assert_string_equal(site_people(world, lead, "7114.9", "2026-12"), "");
    assert_string_equal(site_people(world, lead, "7114.9", "2028-01"), "");
    assert_string_equal(site_people(world, lead, "7131.1", "2027-01"), "");
    assert_rows(world, TEAM, "?from=2027-05&to=2027-05&trade=7112.1",
                "2027-05 7112.1 0751 3.3 3.3+0.0+0.0 0 3.3\n"
                "2027-05 7112.1 all 3.3 3.3+0.0+0.0 0 3.3\n");
}

/* However long it is, a period has all its person-months and no more: 60 × 2.17 × 0.2. */
static void a_period_has_all_its_people(void **state)
{
    static const char *const ends[] = {"2027-01", "2027-02", "2027-04",    "2027-05",
                                       "2027-07", "2028-02", "2032-03-31", "2027-01-31"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *lead = site_make(world, &(struct site){.ends = ends[i]});
        const char *sum =
            scene_get(world->scene, TEAM,
                      "SELECT round(sum(people)::numeric, 4) FROM need_of_rules(1, '%s',"
                      " '2020-01-01', '2040-12-01') WHERE trade_code = '7112.1'",
                      lead);
        assert_string_equal(sum, "26.0400");
    }
}

/* The longest prefix that fits, with its own trades alone. */
static void the_longest_prefix_counts(void **state)
{
    struct world *world = *state;
    const char *paint = site_make(world, &(struct site){.cpv = "45442110"});
    const char *other = site_make(world, &(struct site){.cpv = "45999999"});

    /* 45442: painters 600 per 100 million: 60 × 6 × 0.34 / 4 × 0.2 in the middle. */
    assert_string_equal(site_people(world, paint, "7131.1", "2027-06"), "6.1200");
    assert_string_equal(site_people(world, paint, "7112.1", "2027-06"), "");
    /* 45: labourers 300 per 100 million. */
    assert_string_equal(site_people(world, other, "9313.97", "2027-06"), "3.0600");
}

static void what_a_value_is_worth(void **state)
{
    static const struct {
        const char *value, *more, *people;
    } cases[] = {
        /* A million euro is 7.46 million kroner: 7.46 × 2.17 × 0.25 / 4 × 0.2. */
        {"{\"minor\": 100000000, \"currency\": \"EUR\"}", NULL, "0.2024"},
        /* Three in a consortium share the tender's value. */
        {NULL, ", \"role\": \"member\", \"members\": [\"A\", \"B\", \"C\"]", "0.5425"},
        {NULL, ", \"role\": \"sole\", \"members\": [\"A\"]", "1.6275"},
        /* No more than the cap, a thousand million. */
        {"{\"minor\": 900000000000, \"currency\": \"DKK\"}", NULL, "27.1250"},
        {"{\"minor\": 100, \"currency\": \"DKK\"}", NULL, ""},
        {"{\"minor\": \"6\", \"currency\": \"DKK\"}", NULL, ""},
        {"{\"minor\": 6000000000, \"currency\": \"SEK\"}", NULL, ""},
        {"{\"minor\": 6000000000, \"currency\": null}", NULL, ""},
        {"null", NULL, ""},
        {NULL, ", \"value_kind\": \"ceiling\"", ""},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *lead =
            site_make(world, &(struct site){.value = cases[i].value, .more = cases[i].more});
        if (!str_equal(site_people(world, lead, "7112.1", "2027-01"), cases[i].people))
            fail_msg("case %zu: %s", i, site_people(world, lead, "7112.1", "2027-01"));
    }
}

/* What is missing is named, and stands in no row. */
static void unknown_is_named_and_never_zero(void **state)
{
    struct world *world = *state;

    site_make(world, &(struct site){.stage = "tender"});
    site_make(world, &(struct site){.cpv = ""});
    site_make(world, &(struct site){.cpv = "85000000"});
    site_make(world, &(struct site){.value = "null"});
    site_make(world, &(struct site){.more = ", \"value_kind\": \"ceiling\""});
    site_make(world, &(struct site){.value = "{\"minor\": 900, \"currency\": \"SEK\"}"});
    site_make(world, &(struct site){.begins = ""});
    site_make(world, &(struct site){.ends = "når det er færdigt"});
    site_make(world, &(struct site){.begins = "2027-03", .ends = "2027-02-28"});
    site_make(world, &(struct site){.places = "[]", .municipality = ""});
    site_make(world, &(struct site){.places = "[{\"country\": \"DNK\"}]", .municipality = ""});
    site_make(world, &(struct site){.value = "null", .ends = ""});
    assert_rows(world, TEAM, "?from=2027-01&to=2027-12", "");
    assert_unknown(world, "?from=2027-01&to=2027-12",
                   "NOT_AWARDED 1 -\nNO_CPV 1 -\nNO_RULE 1 -\nNO_VALUE 2 -\nVALUE_CEILING 1 -\n"
                   "VALUE_CURRENCY 1 -\nNO_PERIOD 4 -\nNO_PLACE 2 -\n");
    /* Of another time, and of another place: none of ours. */
    assert_unknown(world, "?from=2029-01&to=2029-12", "NO_VALUE 1 -\nNO_PERIOD 2 -\n");
    assert_unknown(world, "?from=2029-01&to=2029-12&municipality=0615", "");
}

static void work_elsewhere_is_none_of_ours(void **state)
{
    struct world *world = *state;
    const char *lead =
        site_make(world, &(struct site){.places = "[{\"country\": \"DNK\", \"nuts\": \"DK011\"}]",
                                        .municipality = ""});

    site_make(world, &(struct site){.places = "[{\"country\": \"SWE\"}]", .municipality = ""});
    assert_rows(world, TEAM, "?from=2027-01&to=2027-12", "");
    assert_unknown(world, "?from=2027-01&to=2027-12", "");
    struct answer answer =
        server_ask(world->server, TEAM, "GET",
                   arena_printf(world->scene->arena, "/v1/leads/%s/needs", lead), NULL, NULL);
    assert_string_equal(answer_text(&answer, "place"), "outside");
}

static void a_project_in_several_municipalities_is_split_by_nobody(void **state)
{
    struct world *world = *state;

    site_make(world, &(struct site){.municipality = "0751 0615"});
    site_make(world, &(struct site){.municipality = "0615"});
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&trade=7112.1",
                "2027-01 7112.1 0615 1.6 1.6+0.0+0.0 0 1.6\n"
                "2027-01 7112.1 several 1.6 1.6+0.0+0.0 - -\n"
                "2027-01 7112.1 all 3.2 3.2+0.0+0.0 0 3.2\n");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&trade=7112.1&municipality=0751",
                "2027-01 7112.1 several 1.6 1.6+0.0+0.0 - -\n");
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&trade=7112.1&municipality=0730", "");
}

/* The same company on the same project counts once, where it has come furthest. */
static void a_project_counts_once(void **state)
{
    struct world *world = *state;
    const char *asked = "?from=2027-01&to=2027-01&trade=7112.1&municipality=0751";

    site_make(world, &(struct site){.cvr = "12345674", .project = "skoleetape1"});
    site_make(world,
              &(struct site){.cvr = "12345674", .project = "skoleetape1", .stage = "construction"});
    assert_rows(world, TEAM, asked, "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 0 1.6\n");
    site_make(world, &(struct site){.cvr = "12345674", .project = "skoleetape2"});
    assert_rows(world, TEAM, asked, "2027-01 7112.1 0751 3.3 3.3+0.0+0.0 0 3.3\n");
    site_make(world,
              &(struct site){.cvr = "12345674", .project = "skoleetape2", .stage = "completed"});
    assert_rows(world, TEAM, asked, "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 0 1.6\n");
    assert_unknown(world, asked, "");
    /* What is dismissed outruns nothing: the lead before it counts again. */
    scene_root(world->scene, "UPDATE emnebank.lead SET state = 'dismissed', dismissed_reason ="
                             " 'no_need' WHERE stage = 'construction'");
    assert_rows(world, TEAM, asked, "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 0 1.6\n");
}

/* The forecast sums leads before it looks trades up: it must say what leads say one by one. */
static void the_forecast_is_the_sum_of_its_leads(void **state)
{
    static const char *const codes[] = {"45210000", "45233120", "45442110", "45999999", "44114000"};
    struct world *world = *state;
    struct arena *arena = world->scene->arena;

    for (int i = 0; i < 40; i++)
        site_make(world,
                  &(struct site){
                      .cpv = codes[i % 5],
                      .value = arena_printf(arena, "{\"minor\": %d00000000, \"currency\": \"DKK\"}",
                                            1 + i * i * 3),
                      .begins = arena_printf(arena, "2026-%02d-15", 1 + i % 12),
                      .ends = arena_printf(arena, "202%d-%02d-01", 7 + i % 3, 1 + i * 7 % 12),
                      .municipality = i % 3 == 0   ? "0615"
                                      : i % 7 == 0 ? "0751 0730"
                                                   : "0751"});
    assert_string_equal(
        scene_get(world->scene, TEAM,
                  "WITH each AS (SELECT p.place, r.trade_code, r.month, sum(r.people) AS people"
                  " FROM lead l JOIN need_ours() AS p ON p.lead_id = l.id,"
                  " need_of_rules(1, l.id, '2026-06-01', '2028-12-01') AS r GROUP BY 1, 2, 3),"
                  " whole AS (SELECT place, trade_code, month, sum(people) AS people"
                  " FROM forecast_people('2026-06-01', '2028-12-01', NULL, false) GROUP BY 1, 2, 3)"
                  " SELECT (count(*) > 500) || ' ' || count(*) FILTER (WHERE"
                  " (abs(e.people - w.people) < 1e-6) IS NOT TRUE) FROM each e FULL JOIN whole w"
                  " USING (place, trade_code, month)"),
        "true 0");
}

static void what_does_not_count(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    const char *merged = site_make(world, &(struct site){.cvr = NULL});
    const char *dismissed = site_make(world, &(struct site){.cvr = NULL});
    const char *gone = site_make(world, &(struct site){.cvr = NULL});
    const char *left = site_make(world, &(struct site){.cvr = NULL});

    site_make(world, &(struct site){.stage = "completed"});
    scene_root(scene, "UPDATE emnebank.lead SET merged_into = '%s' WHERE id = '%s'", left, merged);
    scene_root(scene,
               "UPDATE emnebank.lead SET state = 'dismissed', dismissed_reason = 'no_need'"
               " WHERE id = '%s'",
               dismissed);
    scene_root(scene, "UPDATE emnebank.lead SET listed = false WHERE id = '%s'", gone);
    assert_rows(world, TEAM, "?from=2027-01&to=2027-01&trade=7112.1&municipality=0751",
                "2027-01 7112.1 0751 1.6 1.6+0.0+0.0 0 1.6\n");
    /* Asked for by its id, each is still worked out. */
    assert_string_equal(site_people(world, dismissed, "7112.1", "2027-01"), "1.6275");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_worked_example_is_as_by_hand, sites_clear),
        cmocka_unit_test_setup(a_period_has_all_its_people, sites_clear),
        cmocka_unit_test_setup(the_longest_prefix_counts, sites_clear),
        cmocka_unit_test_setup(what_a_value_is_worth, sites_clear),
        cmocka_unit_test_setup(unknown_is_named_and_never_zero, sites_clear),
        cmocka_unit_test_setup(work_elsewhere_is_none_of_ours, sites_clear),
        cmocka_unit_test_setup(a_project_in_several_municipalities_is_split_by_nobody, sites_clear),
        cmocka_unit_test_setup(a_project_counts_once, sites_clear),
        cmocka_unit_test_setup(the_forecast_is_the_sum_of_its_leads, sites_clear),
        cmocka_unit_test_setup(what_does_not_count, sites_clear),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
