/* Storing a ranking, and what each reader sees of it. */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *store(struct scene *scene, const char *order, int version, int pool, int number)
{
    const struct pg_result *rows = NULL;
    struct error_detail detail = {{0}, {0}};
    const char *text = arena_printf(
        scene->arena,
        "SELECT coalesce(shortlist_store('%s', %d, 1, %d, '2026-12-01', 40, '{\"too_far\": 3}',"
        " '[]', '{%s}', '{900}', '{[]}', '{[]}', ARRAY['\"fordi\"'], '{}', 1)::text, 'nothing')",
        order, version, pool, scene_candidate(scene, number));

    if (session_query(scene->match, text, NULL, 0, &rows, &detail) != 0)
        return arena_strdup(scene->arena, detail.public_text);
    return arena_strdup(scene->arena, pg_text(rows, 0, 0));
}

static void a_ranking_is_stored_once(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);
    const char *first = store(scene, order, 1, 0, 1);

    assert_int_equal(strlen(first), 36);
    assert_string_equal(store(scene, order, 1, 0, 1), first);
    assert_string_equal(store(scene, order, 1, 0, 2), first);
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(organisation_id::text, ',' ORDER BY organisation_id)"
                   " FROM outbox WHERE kind = 'shortlist.proposed' AND order_id = '%s'",
                   order),
        TEAM_ID "," AARHUS_ID);
}

static void nobody_but_the_engine_stores(void **state)
{
    struct scene *scene = *state;

    scene_refused(scene, TEAM, "the database refused (42501",
                  "SELECT shortlist_store(gen_random_uuid(), 1, 1, 0, '2026-12-01', 0, '{}', '[]', "
                  "'{}', '{}', '{}', '{}', '{}', '{}', 1)");
    scene_refused(scene, TEAM, "the database refused (42501",
                  "INSERT INTO shortlist_entry (shortlist_id) VALUES (gen_random_uuid())");
}

static void a_newer_ranking_takes_the_older_ones_place(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);

    scene_shortlist(scene, order, 1, 4);
    const char *confirmed = scene_entry(scene, order, 2);
    const char *proposed = scene_entry(scene, order, 3);
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')",
              confirmed);
    /* A new title leaves the list as it is; a new requirement does not. */
    scene_get(scene, TEAM,
              "SELECT order_change('%s', 1, '{\"title\": \"Betonfolk\"}', now(), now())", order);
    assert_string_equal(
        scene_root(scene, "SELECT ranking_version FROM job_order WHERE id = '%s'", order), "1");
    assert_string_equal(
        scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", proposed),
        "proposed");
    scene_get(scene, TEAM, "SELECT order_change('%s', 2, '{\"radius_km\": 40}', now(), now())",
              order);
    assert_string_equal(store(scene, order, 1, 0, 5),
                        scene_root(scene, "SELECT id FROM shortlist WHERE order_id = '%s'", order));
    assert_string_equal(store(scene, order, 2, 0, 5), "nothing");
    assert_int_equal(strlen(store(scene, order, 3, 0, 5)), 36);
    assert_string_equal(
        scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", proposed),
        "withdrawn");
    assert_string_equal(
        scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", confirmed),
        "confirmed");
    assert_string_equal(scene_get(scene, TEAM,
                                  "SELECT body::jsonb ->> 'order_version'"
                                  " FROM shortlist_read('%s')",
                                  order),
                        "3");
}

static void nothing_is_stored_for_a_closed_order_or_from_an_older_pool(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);

    scene_root(scene, "UPDATE job_order SET pool_version = 7 WHERE id = '%s'", order);
    assert_true(str_starts(store(scene, order, 1, 6, 1), "state-conflict"));
    scene_get(scene, TEAM, "SELECT order_close('%s', 0, 'other')", order);
    assert_string_equal(store(scene, order, 1, 7, 1), "nothing");
    assert_true(str_starts(store(scene, AARHUS_ID, 1, 7, 1), "not-found"));
    scene_refused(scene, TEAM, "not-found", "SELECT shortlist_read('%s')", order);
}

static void who_left_since_keeps_the_place_as_withdrawn(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);

    scene_root(scene, "UPDATE candidate SET withdrawn_at = now() WHERE id = '%s'",
               scene_candidate(scene, 20));
    assert_int_equal(strlen(store(scene, order, 1, 0, 20)), 36);
    assert_string_equal(
        scene_root(scene, "SELECT state FROM shortlist_entry WHERE order_id = '%s'", order),
        "withdrawn");
    assert_string_equal(
        scene_root(scene,
                   "SELECT count(*) FROM outbox WHERE order_id = '%s' AND organisation_id ="
                   " '" AARHUS_ID "'",
                   order),
        "0");
}

/* The whole text that a reader gets must not hold another home's references. */
static void each_home_sees_its_own_in_full(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);

    scene_shortlist(scene, order, 15, 26); /* five of Aarhus that are left, six of Horsens */
    const char *entry = scene_entry(scene, order, 22);
    scene_get(scene, HORSENS,
              "SELECT entry_answer('%s', 0, '{\"answer\": \"decline\", \"reason\": \"other\","
              " \"text\": \"hemmelig tekst\"}')",
              entry);
    static const char read[] = "SELECT body FROM shortlist_read('%s')";
    const char *aarhus = scene_get(scene, AARHUS, read, order);
    const char *horsens = scene_get(scene, HORSENS, read, order);
    const char *team = scene_get(scene, TEAM, read, order);

    assert_non_null(strstr(aarhus, "\"AA-15\""));
    assert_non_null(strstr(aarhus, "/v1/candidates/0751/AA-15"));
    assert_null(strstr(aarhus, "HO-"));
    assert_null(strstr(aarhus, "hemmelig"));
    assert_non_null(strstr(horsens, "\"HO-21\""));
    assert_non_null(strstr(horsens, "hemmelig"));
    assert_null(strstr(horsens, "AA-"));
    assert_null(strstr(team, "AA-"));
    assert_null(strstr(team, "HO-"));
    assert_null(strstr(team, "hemmelig"));
    /* All see the same places and pseudonyms. */
    for (int i = 15; i <= 26; i++) {
        assert_non_null(strstr(aarhus, scene_candidate(scene, i)));
        assert_non_null(strstr(horsens, scene_candidate(scene, i)));
        assert_non_null(strstr(team, scene_candidate(scene, i)));
    }
    const char *other = scene_get(scene, AARHUS, "SELECT body FROM entry_read('%s')", entry);
    assert_null(strstr(other, "HO-"));
    assert_null(strstr(other, "hemmelig"));
    scene_refused(scene, EMPLOYER, "not-found", read, order);
    scene_refused(scene, NOBODY, "not-found", read, order);
    /* Nor in psql: the reference is not there to be read. */
    assert_string_equal(scene_get(scene, AARHUS,
                                  "SELECT count(*) FROM candidate"
                                  " WHERE external_ref LIKE 'HO-%%'"),
                        "0");
}

static void a_reading_is_audited_with_its_candidates(void **state)
{
    struct scene *scene = *state;
    const char *order = scene_order(scene);
    const char *shortlist = scene_shortlist(scene, order, 8, 10);
    static const char audit[] = "SELECT cardinality(candidates) || ' ' || purpose FROM audit WHERE"
                                " organisation_id = '" HORSENS_ID "' AND subject_id = '%s'"
                                " AND action = 'candidate.listed'";

    scene_get(scene, HORSENS, "SELECT body FROM shortlist_read('%s')", order);
    assert_string_equal(scene_root(scene, audit, shortlist), "3 prøve");
    const char *entry = scene_entry(scene, order, 9);
    scene_get(scene, HORSENS, "SELECT body FROM entry_read('%s')", entry);
    assert_string_equal(scene_root(scene, audit, entry), "1 prøve");
}

static void a_segment_is_percent_encoded(void **state)
{
    struct scene *scene = *state;

    assert_string_equal(scene_get(scene, TEAM, "SELECT path_segment('a-b_c.d~9')"), "a-b_c.d~9");
    assert_string_equal(scene_get(scene, TEAM, "SELECT path_segment('æ/ ?%%')"),
                        "%C3%A6%2F%20%3F%25");
}

static int setup(void **state)
{
    *state = scene_open("store");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ranking_is_stored_once),
        cmocka_unit_test(nobody_but_the_engine_stores),
        cmocka_unit_test(a_newer_ranking_takes_the_older_ones_place),
        cmocka_unit_test(nothing_is_stored_for_a_closed_order_or_from_an_older_pool),
        cmocka_unit_test(who_left_since_keeps_the_place_as_withdrawn),
        cmocka_unit_test(each_home_sees_its_own_in_full),
        cmocka_unit_test(a_reading_is_audited_with_its_candidates),
        cmocka_unit_test(a_segment_is_percent_encoded),
    };
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
