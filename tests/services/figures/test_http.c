/* GET /v1/figures: orders and times, what may be asked and by whom. */
#include "tests/services/figures/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int open_world(void **state)
{
    return history_open(state, "figures_http");
}

static void october_is_as_it_was(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "?from=2026-10&to=2026-10");
    const char *all = row_of(world, &answer, "Alle");

    assert_says(all, "\"orders\":3,\"orders_of_team\":1,\"posts\":6,\"posts_of_team\":2,"
                     "\"orders_put_forward\":2,\"share_put_forward\":0.6667,"
                     "\"orders_released\":2,\"share_released\":0.6667,"
                     "\"orders_filled\":1,\"share_orders_filled\":0.3333,"
                     "\"posts_filled\":2,\"share_posts_filled\":0.3333,");
    assert_time(world, all, "put_forward", (struct hours){2, "29.00", "44.20", "1.50", "1.90"});
    assert_time(world, all, "confirmed", (struct hours){2, "30.50", "45.30", "3.00", "3.80"});
    assert_time(world, all, "released", (struct hours){2, "42.00", "48.40", "6.50", "9.30"});
    assert_time(world, all, "hired", (struct hours){2, "89.00", "102.60", "13.50", "17.10"});
    const char *aarhus = row_of(world, &answer, "Aarhus");
    assert_says(aarhus, "\"orders\":2,\"orders_of_team\":1,\"posts\":3,\"posts_of_team\":2,");
    const char *horsens = row_of(world, &answer, "Horsens");
    assert_says(horsens, "\"orders\":1,\"orders_of_team\":0,\"posts\":3,\"posts_of_team\":0,"
                         "\"orders_put_forward\":0,\"share_put_forward\":0.0000,"
                         "\"orders_released\":0,\"share_released\":0.0000,"
                         "\"orders_filled\":0,\"share_orders_filled\":0.0000,"
                         "\"posts_filled\":0,\"share_posts_filled\":0.0000,");
    assert_time(world, horsens, "hired", (struct hours){.orders = 0});
}

static void a_month_ends_at_danish_midnight(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, AARHUS, "?from=2026-09&to=2026-09");

    assert_says(row_of(world, &answer, "Alle"), "\"orders\":1,\"orders_of_team\":1,\"posts\":1,");
    answer = ask(world, AARHUS, "?from=2026-11&to=2026-11");
    const char *outside = row_of(world, &answer, "Uden for samarbejdet");
    assert_says(outside, "\"orders\":1,\"orders_of_team\":1,\"posts\":1,");
    assert_time(world, outside, "put_forward", (struct hours){1, "33.00", "33.00", "1.00", "1.00"});
    answer = ask(world, AARHUS, "?from=2026-09&to=2026-11");
    const char *period = strstr(answer.body, "\"period\":");
    assert_non_null(period);
    answer.body = period;
    assert_says(row_of(world, &answer, "Alle"), "\"orders\":7,\"orders_of_team\":5,\"posts\":15,");
}

static void an_empty_month_has_no_shares(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, HORSENS, "?from=2026-08&to=2026-08");
    const char *all = row_of(world, &answer, "Alle");

    assert_says(all, "\"orders\":0,\"orders_of_team\":0,\"posts\":0,\"posts_of_team\":0,"
                     "\"orders_put_forward\":0,\"share_put_forward\":null,"
                     "\"orders_released\":0,\"share_released\":null,"
                     "\"orders_filled\":0,\"share_orders_filled\":null,"
                     "\"posts_filled\":0,\"share_posts_filled\":null,");
    assert_time(world, all, "hired", (struct hours){.orders = 0});
    assert_says(answer.body, "\"hires\":{\"occupations\":[],\"kinds\":[]}");
    assert_says(answer.body, "\"pairs\":[]");
}

static void the_present_month_is_asked_for_by_saying_nothing(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "");

    assert_string_equal(answer_text(&answer, "from"), "2026-11");
    assert_string_equal(answer_text(&answer, "to"), "2026-11");
    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 12);
    answer = ask(world, TEAM, "?to=2026-10");
    assert_string_equal(answer_text(&answer, "from"), "2026-10");
    answer = ask(world, TEAM, "?from=2023-12&municipality=0615");
    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 36);
}

static void one_municipality_has_its_own_rows_alone(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "?from=2026-10&to=2026-11&municipality=0751");

    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 2);
    assert_int_equal(json_array_size(json_object_get(answer.json, "period")), 1);
    const json_t *balance = json_object_get(answer.json, "balance");
    assert_int_equal(json_array_size(json_object_get(balance, "places")), 1);
    assert_int_equal(json_array_size(json_object_get(balance, "pairs")), 4);
    assert_null(strstr(answer.body, "\"name\":\"Alle\""));
    assert_null(strstr(answer.body, "Favrskov"));
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    static const char *const wrong[] = {
        "from=2026-13",    "to=x",
        "from=2026-12",    "from=2026-11&to=2026-10",
        "municipality=99", "municipality=0101",
        "municipality=",   "from=2020-01&to=2026-11",
        "table=orders",    "from=2023-11&to=2026-11",
        "unknown=1",       "from=2026-10&from=2026-10",
    };
    struct world *world = *state;
    struct arena *arena = world->scene->arena;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer =
            server_ask(world->server, TEAM, "GET", arena_printf(arena, "/v1/figures?%s", wrong[i]),
                       NULL, NULL);
        if (answer.status != 400)
            fail_msg("%s: %d", wrong[i], answer.status);
        assert_answer(&answer, 400, "query-invalid");
    }
    struct answer answer = server_ask(world->server, TEAM, "GET", "/v1/figures?table=people",
                                      "Accept: text/csv\r\n", NULL);
    assert_answer(&answer, 400, "query-invalid");
    answer = server_ask(world->server, TEAM, "GET", "/v1/figures", "Accept: text/html\r\n", NULL);
    assert_answer(&answer, 406, "not-acceptable");
}

static void employers_are_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, EMPLOYER, "GET", "/v1/figures", NULL, NULL);

    assert_answer(&answer, 403, "scope-missing");
    scene_refused(world->scene, EMPLOYER, "forbidden", "SELECT figures_open(NULL)");
    scene_refused(world->scene, NOBODY, "forbidden", "SELECT figures_open(NULL)");
    static const char *const functions[] = {"figures_orders", "figures_balance",
                                            "figures_breakdown"};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        assert_string_equal(scene_get(world->scene, EMPLOYER,
                                      "SELECT count(*) FROM %s('{2026-01-01, 2027-01-01}')",
                                      functions[i]),
                            "0");
    scene_refused(world->scene, TEAM, "the database refused (42501",
                  "SELECT count(*) FROM figures_hired('{2026-01-01, 2027-01-01}')");
}

static void every_answer_is_audited(void **state)
{
    struct world *world = *state;
    static const char count[] =
        "SELECT count(*) FROM emnebank.audit WHERE action = 'figures.read' AND organisation_id = "
        "'" HORSENS_ID "' AND subject_id = '2026-07/2026-08' AND candidates = '{}'";
    const char *before = scene_root(world->scene, count);

    ask(world, HORSENS, "?from=2026-07&to=2026-08");
    assert_string_equal(before, "0");
    assert_string_equal(scene_root(world->scene, count), "1");
}

/* --- the history as the daemon itself leaves it --- */

static void turn_clock(struct scene *scene, const char *at)
{
    scene_root(scene,
               "INSERT INTO emnebank.clock_hands (at) VALUES ('%s')"
               " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
               at);
}

static void what_was_done_is_what_is_counted(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;

    turn_clock(scene, "2026-06-30T21:30:00Z"); /* 23.30 on the last of June */
    const char *order = scene_get(
        scene, AARHUS,
        "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR "\", \"name\": \"x\"},"
        " \"title\": \"Struktører\", \"posts\": 1, \"occupations\": [\"7114.8\"],"
        " \"postcode\": \"8000\", \"start_date\": \"2027-01-01\", \"kinds\": [\"permanent\"]}',"
        " app_now(), app_now())");
    turn_clock(scene, "2026-07-01T07:00:00Z");
    scene_shortlist(scene, order, 33, 34);
    const char *entry = scene_entry(scene, order, 33);
    turn_clock(scene, "2026-07-01T08:30:00Z");
    scene_get(scene, HORSENS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    turn_clock(scene, "2026-07-02T08:30:00Z");
    scene_get(scene, HORSENS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\":"
              " \"2026-07-02T08:00:00Z\", \"how\": \"telephone\", \"text_version\": \"2026-1\"}')",
              entry);
    scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    turn_clock(scene, "2026-07-02T09:00:00Z");
    scene_get(scene, TEAM,
              "SELECT status FROM entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')",
              entry);
    turn_clock(scene, "2026-08-03T07:00:00Z");
    scene_get(scene, TEAM, "SELECT status FROM entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')",
              entry);
    scene_root(scene, "SELECT emnebank.order_tick(100)");
    scene_root(scene, "DELETE FROM emnebank.clock_hands");
    struct answer june = ask(world, TEAM, "?from=2026-06&to=2026-06");
    const char *aarhus = row_of(world, &june, "Aarhus");
    assert_says(aarhus, "\"orders_filled\":1,\"share_orders_filled\":1.0000,\"posts_filled\":1,");
    assert_says(ask_csv(world, TEAM, "to=2026-07&table=balance"), "0615;Horsens;0;0;0;0\r\n");
    assert_says(ask_csv(world, TEAM, "to=2026-08&table=balance"), "0615;Horsens;1;0;0;1\r\n");
    assert_says(aarhus,
                "\"orders_put_forward\":1,\"share_put_forward\":1.0000,\"orders_released\":1,");
    assert_time(world, aarhus, "put_forward", (struct hours){1, "9.50", "9.50", "1.00", "1.00"});
    assert_time(world, aarhus, "confirmed", (struct hours){1, "11.00", "11.00", "2.50", "2.50"});
    assert_time(world, aarhus, "released", (struct hours){1, "35.50", "35.50", "11.00", "11.00"});
    assert_time(world, aarhus, "hired", (struct hours){1, "801.50", "801.50", "185.00", "185.00"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(october_is_as_it_was),
        cmocka_unit_test(a_month_ends_at_danish_midnight),
        cmocka_unit_test(an_empty_month_has_no_shares),
        cmocka_unit_test(the_present_month_is_asked_for_by_saying_nothing),
        cmocka_unit_test(one_municipality_has_its_own_rows_alone),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
        cmocka_unit_test(employers_are_refused),
        cmocka_unit_test(every_answer_is_audited),
        cmocka_unit_test(what_was_done_is_what_is_counted),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
