/* A search of many employers: what comes first, what is found at all, and by whom. */
#include "tests/services/shortlists/server.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct answer ask(struct world *world, enum actor actor, const char *query)
{
    return server_ask(world->server, actor, "GET",
                      arena_printf(world->scene->arena, "/v1/employers%s", query), NULL, NULL);
}

/* The names found, in their order, "|" between; the total before. */
static const char *names(struct world *world, enum actor actor, const char *query)
{
    struct answer answer = ask(world, actor, query);
    const json_t *items = json_object_get(answer.json, "items");
    const char *text;

    assert_answer(&answer, 200, NULL);
    text = arena_printf(world->scene->arena, "%d", (int)answer_integer(&answer, "total"));
    for (size_t i = 0; i < json_array_size(items); i++)
        text = arena_printf(world->scene->arena, "%s|%s", text,
                            json_string_value(json_object_get(json_array_get(items, i), "name")));
    return text;
}

static void the_best_comes_first(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *query, *expected;
    } rows[] = {
        {"?q=20000007", "1|Aarsø Jord A/S (fiktiv)"},
        {"?q=2000%200007", "1|Aarsø Jord A/S (fiktiv)"},
        {"?q=1000000077", "1|Aarsø Jord A/S (fiktiv)"},
        /* The beginning of a name before that of a word. */
        {"?q=jord", "2|Jordens Kloak ApS (fiktiv)|Aarsø Jord A/S (fiktiv)"},
        {"?q=aarsoe%20jord%20a/s", "1|Aarsø Jord A/S (fiktiv)"},
        {"?q=%C3%85rs%C3%B8", "1|Aarsø Jord A/S (fiktiv)"},
        /* A unit's name finds its employer. */
        {"?q=grusgrav", "1|Aarsø Jord A/S (fiktiv)"},
        /* A unit's number goes before a word that begins so. */
        {"?q=100", "2|Aarsø Jord A/S (fiktiv)|Grus 100 ApS (fiktiv)"},
        /* The words in another order are only alike. */
        {"?q=sol%20vind", "2|Montage Sol Vind (fiktiv)|Anlæg Vind Sol (fiktiv)"},
        /* Mistyped. */
        {"?q=jordns%20klok", "1|Jordens Kloak ApS (fiktiv)"},
        {"?q=---", "0"},
        {"?q=%25", "0"},
        {"?q=zzz", "0"},
        {"?municipality=0706&q=jord", "1|Aarsø Jord A/S (fiktiv)"},
        {"?agreement=in_force", "1|Jordens Kloak ApS (fiktiv)"},
        {"?agreement=other", "1|Aarsø Jord A/S (fiktiv)"},
        {"?agreement=none&q=beton", "1|Beton A/S (fiktiv)"},
        {"?mine=true", "1|Jordens Kloak ApS (fiktiv)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(names(world, TEAM, rows[i].query), rows[i].expected);
    assert_string_equal(names(world, TEAM_MACHINE, "?mine=true"), "0");
    /* A municipality's own person of the same name is not the team's. */
    assert_string_equal(names(world, AARHUS_PERSON, "?mine=true"), "0");
}

static void an_employer_finds_itself(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, EMPLOYER, "");

    assert_answer(&answer, 200, NULL);
    assert_string_equal(names(world, EMPLOYER, ""), "1|Beton A/S (fiktiv)");
    assert_string_equal(names(world, EMPLOYER, "?q=jord"), "0");
    assert_null(strstr(answer.body, "Teamsen"));
    assert_string_equal(
        scene_get(world->scene, NOBODY, "SELECT total::text FROM employer_search('{}', 250)"), "0");
}

static void many_come_in_one_answer_and_the_rest_is_counted(void **state)
{
    struct world *world = *state;

    scene_root(
        world->scene,
        "INSERT INTO organisation (kind, name, cvr) SELECT 'employer', 'Mur ' || n || ' (fiktiv)',"
        " (30000000 + n)::text FROM generate_series(1, 300) AS g (n)");
    struct answer answer = ask(world, AARHUS, "?q=mur");
    assert_answer(&answer, 200, NULL);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 250);
    assert_int_equal(answer_integer(&answer, "total"), 300);
    answer = ask(world, AARHUS, "?q=mur&limit=3");
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 3);
    static const char *const wrong[] = {
        "?limit=0",          "?limit=251",        "?q=",      "?mine=false",
        "?agreement=active", "?municipality=751", "?cursor=x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        answer = ask(world, TEAM, wrong[i]);
        assert_answer(&answer, 400, "query-invalid");
    }
}

static int setup(void **state)
{
    if (world_open(state, "employers_search") != 0)
        return -1;
    struct world *world = *state;
    scene_root(world->scene, "INSERT INTO organisation (kind, name, cvr) VALUES"
                             " ('employer', 'Aarsø Jord A/S (fiktiv)', '20000007'),"
                             " ('employer', 'Jordens Kloak ApS (fiktiv)', '20000015'),"
                             " ('employer', 'Anlæg Vind Sol (fiktiv)', '20000023'),"
                             " ('employer', 'Grus 100 ApS (fiktiv)', '20000031'),"
                             " ('employer', 'Montage Sol Vind (fiktiv)', '20000058')");
    scene_get(world->scene, TEAM,
              "SELECT status FROM employer_units_put('20000007', 0, '{\"units\": [{\"p_number\":"
              " \"1000000077\", \"name\": \"Grusgraven (fiktiv)\", \"postcode\": \"8400\"}]}')");
    scene_get(world->scene, TEAM,
              "SELECT status FROM employer_agreement_put('20000007', 0, '{\"state\": \"ended\","
              " \"starts_on\": \"2026-01-01\", \"points\": [{\"kind\": \"courses\"}]}')");
    scene_get(world->scene, TEAM,
              "SELECT status FROM employer_agreement_put('20000015', 0, '{\"state\": \"active\","
              " \"starts_on\": \"2026-01-01\", \"points\": [{\"kind\": \"courses\"}]}')");
    scene_get(world->scene, TEAM,
              "SELECT status FROM employer_put('20000015', NULL, '{\"name\":"
              " \"Jordens Kloak ApS (fiktiv)\", \"contact\": \"Tea Teamsen (fiktiv)\"}')");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_comes_first),
        cmocka_unit_test(an_employer_finds_itself),
        cmocka_unit_test(many_come_in_one_answer_and_the_rest_is_counted),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
