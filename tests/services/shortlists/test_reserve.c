/* Who of a list is put forward, and who waits in reserve (sql/migrations/0020_life.sql). */
#include "tests/services/shortlists/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OTHER_CVR "88146328"

/* An order for two posts in Aarhus C, minimum four: eight are put forward at a time. */
static const char *order_of(struct scene *scene, const char *cvr)
{
    return scene_get(
        scene, TEAM,
        "SELECT order_new('{\"employer\": {\"cvr\": \"%s\", \"name\": \"Firma %s (fiktiv)\"},"
        " \"title\": \"Struktører\", \"posts\": 2, \"occupations\": [\"7114.8\"],"
        " \"postcode\": \"8000\", \"start_date\": \"2026-12-01\","
        " \"kinds\": [\"permanent\"]}', now(), now())",
        cvr, cvr);
}

/* As the engine stores them: the first has 899 points, each next one less. */
static void store(struct scene *scene, const char *order, int first, int last)
{
    const struct pg_result *rows = NULL;
    struct error_detail detail = {{0}, {0}};
    const char *text = arena_printf(
        scene->arena,
        "SELECT shortlist_store('%s', ranking_version, 1, 0, '2026-12-01', 40, '{}', '[]', l.ids,"
        " l.points, l.lists, l.lists, l.texts, '{}', 1) FROM job_order,"
        " (SELECT array_agg(('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid ORDER BY "
        "n)"
        " AS ids, array_agg(900 - n ORDER BY n) AS points, array_agg('[]'::text) AS lists,"
        " array_agg('\"fordi\"'::text) AS texts FROM generate_series(%d, %d) AS g (n)) AS l"
        " WHERE id = '%s'",
        order, first, last, order);

    if (session_query(scene->match, text, NULL, 0, &rows, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

/* The numbers of those who are in a state, by rank. */
static const char *who(struct scene *scene, const char *order, const char *state)
{
    return scene_root(
        scene,
        "SELECT coalesce(string_agg(right(candidate_id::text, 2), ' ' ORDER BY rank), '')"
        " FROM shortlist_entry WHERE order_id = '%s' AND state = '%s'",
        order, state);
}

static const char *put_forward(struct scene *scene, const char *order, const char *rung)
{
    scene_root(scene, "UPDATE job_order SET rung = '%s' WHERE id = '%s'", rung, order);
    return scene_root(scene, "SELECT order_put_forward(o) FROM job_order o WHERE id = '%s'", order);
}

static void twice_the_minimum_is_put_forward(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    store(scene, order, 1, 12);
    assert_string_equal(who(scene, order, "proposed"), "01 02 03 04 05 06 07 08");
    assert_string_equal(who(scene, order, "reserve"), "09 10 11 12");
    assert_string_equal(put_forward(scene, order, "all"), "0"); /* there is no room */
    /* The home is sent those who are put forward, and only they stand in the log. */
    assert_string_equal(scene_root(scene,
                                   "SELECT payload ->> 'entries' FROM outbox WHERE order_id = '%s'"
                                   " AND organisation_id = '" AARHUS_ID "'",
                                   order),
                        "8");
    assert_string_equal(
        scene_root(scene,
                   "SELECT jsonb_array_length(event_data(x) -> 'entries') FROM"
                   " outbox x WHERE order_id = '%s' AND organisation_id = '" AARHUS_ID "'",
                   order),
        "8");
    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) || ' ' || min(actor) FROM referral WHERE"
                                   " order_id = '%s' AND to_state = 'proposed'",
                                   order),
                        "8 system");
}

static void the_next_in_rank_takes_a_free_place(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    store(scene, order, 1, 12);
    scene_root(scene, "DELETE FROM order_attention");
    scene_get(scene, AARHUS,
              "SELECT entry_answer('%s', 0, '{\"answer\": \"decline\", \"reason\": \"moved\"}')",
              scene_entry(scene, order, 3));
    assert_string_equal(
        scene_root(scene, "SELECT count(*) FROM order_attention WHERE order_id = '%s'", order),
        "1");
    assert_string_equal(put_forward(scene, order, "all"), "1");
    assert_string_equal(who(scene, order, "proposed"), "01 02 04 05 06 07 08 09");
    assert_string_equal(scene_root(scene,
                                   "SELECT actor || ' ' || reason FROM referral WHERE order_id ="
                                   " '%s' AND to_state = 'declined'",
                                   order),
                        "home moved");
}

/* DESIGN 3: own first, then the neighbours, then all. Horsens is no neighbour of Aarhus, until it
 * is made one. */
static void a_rung_reaches_as_far_as_it_says(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    scene_root(scene, "UPDATE job_order SET rung = 'own' WHERE id = '%s'", order);
    store(scene, order, 17, 24);
    assert_string_equal(who(scene, order, "proposed"), "17 18 19 20");
    assert_string_equal(put_forward(scene, order, "neighbours"), "0");
    scene_root(scene, "INSERT INTO municipality_neighbour VALUES ('0751', '0615')");
    assert_string_equal(put_forward(scene, order, "own"), "0");
    scene_root(scene, "UPDATE job_order SET minimum = 3 WHERE id = '%s'", order);
    assert_string_equal(put_forward(scene, order, "neighbours"), "2");
    scene_root(scene,
               "DELETE FROM municipality_neighbour WHERE code = '0751' AND neighbour = '0615'");
    scene_root(scene, "UPDATE job_order SET minimum = 4 WHERE id = '%s'", order);
    assert_string_equal(put_forward(scene, order, "neighbours"), "0");
    assert_string_equal(put_forward(scene, order, "all"), "2");
    assert_string_equal(who(scene, order, "reserve"), "");
}

static void neighbours_are_mutual(void **state)
{
    struct scene *scene = *state;

    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) FROM municipality_neighbour a WHERE NOT EXISTS"
                                   " (SELECT FROM municipality_neighbour b WHERE b.code ="
                                   " a.neighbour AND b.neighbour = a.code)"),
                        "0");
    assert_string_equal(
        scene_root(scene, "SELECT count(DISTINCT code) FROM municipality_neighbour"), "10");
}

static void below_the_floor_only_when_wishes_are_relaxed(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    scene_root(scene,
               "INSERT INTO policy (organisation_id, wishes_floor) VALUES ('" TEAM_ID "', 897)");
    store(scene, order, 1, 6);
    assert_string_equal(who(scene, order, "proposed"), "01 02 03");
    assert_string_equal(put_forward(scene, order, "all"), "0");
    assert_string_equal(put_forward(scene, order, "relaxed"), "3");
    scene_root(scene, "DELETE FROM policy");
}

static void nobody_twice_for_one_employer(void **state)
{
    struct scene *scene = *state;
    const char *first = order_of(scene, EMPLOYER_CVR);
    const char *second = order_of(scene, EMPLOYER_CVR);

    store(scene, first, 1, 10);
    store(scene, second, 1, 16);
    assert_string_equal(who(scene, second, "proposed"), "09 10 11 12 13 14 15 16");
    scene_get(scene, TEAM, "SELECT order_close('%s', 0, 'other')", first);
    scene_root(scene,
               "UPDATE shortlist_entry SET state = 'withdrawn' WHERE order_id = '%s' AND state = "
               "'proposed'",
               second);
    assert_string_equal(put_forward(scene, second, "all"), "8");
    assert_string_equal(who(scene, second, "proposed"), "01 02 03 04 05 06 07 08");
}

static void on_so_many_lists_at_most(void **state)
{
    struct scene *scene = *state;
    const char *first = order_of(scene, EMPLOYER_CVR);
    const char *second = order_of(scene, OTHER_CVR);

    scene_root(scene, "INSERT INTO policy (organisation_id, lists_per_candidate) VALUES ('" TEAM_ID
                      "', 1)");
    store(scene, first, 1, 3);
    store(scene, second, 1, 5);
    assert_string_equal(who(scene, second, "proposed"), "04 05");
    scene_root(scene, "UPDATE policy SET lists_per_candidate = 2");
    assert_string_equal(put_forward(scene, second, "all"), "3");
    scene_root(scene, "DELETE FROM policy");
}

/* Who has been vouched for on the older list is on their way, and is not proposed once more. */
static void a_newer_list_proposes_nobody_twice(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    store(scene, order, 1, 10);
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')",
              scene_entry(scene, order, 2));
    scene_get(scene, TEAM, "SELECT order_change('%s', 0, '{\"radius_km\": 40}', now(), now())",
              order);
    store(scene, order, 1, 10);
    assert_string_equal(who(scene, order, "confirmed"), "02");
    assert_string_equal(who(scene, order, "proposed"), "01 03 04 05 06 07 08");
    assert_string_equal(who(scene, order, "reserve"), "02 09 10");
}

static void a_home_cannot_put_forward(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    store(scene, order, 1, 9);
    scene_refused(scene, AARHUS, "forbidden",
                  "UPDATE shortlist_entry SET state = 'proposed' WHERE id = '%s' RETURNING id",
                  scene_entry(scene, order, 9));
    scene_refused(scene, TEAM, "the database refused (42501",
                  "SELECT order_put_forward(o) FROM job_order o WHERE id = '%s'", order);
}

/* DESIGN 6.1: a protected person is put forward by no rung, also when the protection came after the
 * list was made. */
static void who_is_protected_by_now_stays_in_reserve(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    store(scene, order, 1, 10);
    scene_root(scene, "UPDATE candidate SET protection = 'address' WHERE id = "
                      "'00000000-0000-4000-9000-000000000009'");
    scene_get(scene, AARHUS,
              "SELECT entry_answer('%s', 0, '{\"answer\": \"decline\", \"reason\": \"moved\"}')",
              scene_entry(scene, order, 3));
    assert_string_equal(put_forward(scene, order, "all"), "1");
    assert_string_equal(who(scene, order, "reserve"), "09");
    scene_root(scene, "UPDATE candidate SET protection = 'none'");
}

/* The clock is the daemon's: whoever received the order cannot turn it, nor write into its log. */
static void nobody_turns_an_orders_clock(void **state)
{
    struct scene *scene = *state;
    const char *order = order_of(scene, EMPLOYER_CVR);

    scene_refused(scene, TEAM, "the database refused (42501",
                  "UPDATE job_order SET check_at = NULL WHERE id = '%s' RETURNING id", order);
    scene_refused(scene, TEAM, "the database refused (42501",
                  "SELECT order_log('%s', 'breach', 'breach')", order);
}

/* Each test has the pool to itself. */
static int everybody_free(void **state)
{
    struct scene *scene = *state;
    scene_root(scene, "UPDATE job_order SET state = 'cancelled', closed_reason = 'mistake',"
                      " treated_by = NULL WHERE NOT order_over(state)");
    return 0;
}

static int setup(void **state)
{
    *state = scene_open("reserve");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(twice_the_minimum_is_put_forward, everybody_free),
        cmocka_unit_test_teardown(the_next_in_rank_takes_a_free_place, everybody_free),
        cmocka_unit_test_teardown(a_rung_reaches_as_far_as_it_says, everybody_free),
        cmocka_unit_test_teardown(neighbours_are_mutual, everybody_free),
        cmocka_unit_test_teardown(below_the_floor_only_when_wishes_are_relaxed, everybody_free),
        cmocka_unit_test_teardown(nobody_twice_for_one_employer, everybody_free),
        cmocka_unit_test_teardown(on_so_many_lists_at_most, everybody_free),
        cmocka_unit_test_teardown(a_newer_list_proposes_nobody_twice, everybody_free),
        cmocka_unit_test_teardown(a_home_cannot_put_forward, everybody_free),
        cmocka_unit_test_teardown(who_is_protected_by_now_stays_in_reserve, everybody_free),
        cmocka_unit_test_teardown(nobody_turns_an_orders_clock, everybody_free),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
