/* Whole teams: 44 at once, and several orders of one employer filled from one pool. */
#include "tests/services/shortlists/server.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST 101 /* of the pool made here, which has POOL people, half of them in Horsens */
#define POOL 600
#define POSTS 44
#define ROUNDS 25

static const char *team_order(struct scene *scene, int posts, const char *kind)
{
    return scene_get(scene, TEAM,
                     "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
                     "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Sommerhold\", \"posts\":"
                     " %d, \"occupations\": [\"7114.8\"], \"postcode\": \"8000\", \"start_date\":"
                     " \"2027-06-28\", \"end_date\": \"2027-08-15\", \"kinds\": [\"%s\"]}', now(),"
                     " now() + interval '1 day')",
                     posts, kind);
}

/* As the engine stores a list of candidates `first` to `last`, best first. */
static const char *storing(struct arena *arena, const char *order, int first, int last)
{
    return arena_printf(
        arena,
        "SELECT shortlist_store('%s', 1, 1, 0, '2027-06-28', 600, '{}', '[]', l.ids, l.points,"
        " l.lists, l.lists, l.texts, '{}', 1) FROM (SELECT array_agg(('00000000-0000-4000-9000-' ||"
        " lpad(n::text, 12, '0'))::uuid ORDER BY n) AS ids, array_agg(1000 - n / 2 ORDER BY n) AS"
        " points, array_agg('[]'::text) AS lists, array_agg('\"fordi\"'::text) AS texts"
        " FROM generate_series(%d, %d) AS g (n)) AS l",
        order, first, last);
}

static void run(struct session *session, const char *text)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;

    if (session_query(session, text, NULL, 0, &rows, &detail) != 0)
        fail_msg("%s\n%s", text, detail.private_text);
}

static int count(struct scene *scene, const char *order, const char *condition)
{
    return atoi(scene_root(scene,
                           "SELECT count(*) FROM shortlist_entry WHERE order_id = '%s' AND (%s)",
                           order, condition));
}

/* How many people stand live on more than one open list of the employer's. */
static int shared(struct scene *scene)
{
    return atoi(scene_root(
        scene, "SELECT count(*) FROM (SELECT e.candidate_id FROM shortlist_entry e JOIN job_order o"
               " ON o.id = e.order_id WHERE o.employer_id = '" EMPLOYER_ID
               "' AND (order_live(o.state) OR o.state = 'paused') AND entry_live(e.state)"
               " GROUP BY e.candidate_id HAVING count(*) > 1) AS s"));
}

static void answer(struct scene *scene, enum actor home, const char *entry, const char *body)
{
    scene_get(scene, home, "SELECT status FROM entry_answer('%s', 0, '%s')", entry, body);
}

static void hire(struct scene *scene, const char *entry, enum actor home)
{
    answer(scene, home, entry, "{\"answer\": \"confirm\"}");
    answer(scene, home, entry,
           "{\"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\", \"how\": \"telephone\","
           " \"text_version\": \"2026-1\"}");
    scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    scene_get(scene, TEAM,
              "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')",
              entry, entry);
    scene_get(scene, TEAM, "UPDATE shortlist_entry SET state = 'hired' WHERE id = '%s'", entry);
}

/* Entries of the order in a state, by rank: the id of number `place`. */
static const char *entry_at(struct scene *scene, const char *order, const char *state, int place)
{
    return scene_root(scene,
                      "SELECT id FROM shortlist_entry WHERE order_id = '%s' AND state = '%s'"
                      " ORDER BY rank LIMIT 1 OFFSET %d",
                      order, state, place);
}

static enum actor home_of(struct scene *scene, const char *entry)
{
    return str_equal(scene_root(scene,
                                "SELECT organisation_id FROM shortlist_entry WHERE id = '%s'",
                                entry),
                     AARHUS_ID)
               ? AARHUS
               : HORSENS;
}

static void forty_four_holiday_substitutes_at_once(void **state)
{
    struct scene *scene = ((struct world *)*state)->scene;
    const char *order = team_order(scene, POSTS, "seasonal");

    assert_string_equal(scene_root(scene, "SELECT minimum FROM job_order WHERE id = '%s'", order),
                        "88");
    run(scene->match, storing(scene->arena, order, FIRST, FIRST + 263));
    assert_int_equal(count(scene, order, "state = 'proposed'"), 176);
    assert_int_equal(count(scene, order, "state = 'reserve'"), 88);
    /* Ten fall away: the next ten in rank take their places. */
    for (int i = 0; i < 10; i++) {
        const char *entry = entry_at(scene, order, "proposed", 0);
        answer(scene, home_of(scene, entry), entry,
               "{\"answer\": \"decline\", \"reason\": \"moved\"}");
    }
    scene_root(scene, "SELECT order_put_forward(o) FROM job_order o WHERE id = '%s'", order);
    assert_int_equal(count(scene, order, "state = 'proposed'"), 176);
    assert_int_equal(count(scene, order, "state = 'proposed' AND rank > 176"), 10);
    for (int i = 0; i < POSTS; i++) {
        const char *entry = entry_at(scene, order, "proposed", 0);
        assert_string_equal(scene_root(scene, "SELECT order_fill(order_lock('%s'))", order), "f");
        hire(scene, entry, home_of(scene, entry));
    }
    assert_string_equal(scene_root(scene, "SELECT order_fill(order_lock('%s'))", order), "t");
    assert_int_equal(count(scene, order, "state = 'hired'"), POSTS);
    assert_int_equal(count(scene, order, "state = 'obsolete'"), 264 - POSTS - 10);
    assert_int_equal(count(scene, order, "state = 'declined'"), 10);
    assert_string_equal(scene_root(scene, "SELECT state FROM job_order WHERE id = '%s'", order),
                        "filled");
}

/* Those who were put forward for one order are the next one's when it is over, and not before. */
static void teams_of_one_employer_take_turns(void **state)
{
    struct scene *scene = ((struct world *)*state)->scene;
    const char *first = team_order(scene, POSTS, "temporary");
    const char *second = team_order(scene, POSTS, "temporary");

    run(scene->match, storing(scene->arena, first, FIRST + 300, FIRST + 563));
    run(scene->match, storing(scene->arena, second, FIRST + 300, FIRST + 563));
    assert_int_equal(count(scene, first, "state = 'proposed'"), 176);
    assert_int_equal(count(scene, second, "state = 'proposed'"), 88);
    assert_int_equal(count(scene, second, "state = 'proposed' AND rank <= 176"), 0);
    assert_int_equal(shared(scene), 0);
    scene_get(scene, TEAM,
              "SELECT order_set_state('%s', 0, 'paused', 'employer_waits', NULL, NULL, NULL)",
              first);
    assert_string_equal(
        scene_root(scene, "SELECT order_put_forward(o) FROM job_order o WHERE id = '%s'", second),
        "0");
    scene_get(scene, TEAM, "SELECT order_close('%s', 0, 'employer_withdrew')", first);
    assert_string_equal(
        scene_root(scene, "SELECT order_put_forward(o) FROM job_order o WHERE id = '%s'", second),
        "88");
    assert_int_equal(count(scene, second, "state = 'proposed' AND rank <= 176"), 88);
    assert_int_equal(shared(scene), 0);
}

struct storer {
    const char *conninfo;
    pthread_barrier_t *start;
    const char *texts[ROUNDS];
};

static void *store_all(void *argument)
{
    const struct storer *storer = argument;
    struct session *session = NULL;
    intptr_t failures = 0;

    if (session_open(storer->conninfo, "emnebank_match", &session, NULL) != 0)
        failures = ROUNDS;
    for (int i = 0; i < ROUNDS; i++) {
        const struct pg_result *rows = NULL;
        pthread_barrier_wait(storer->start);
        if (session && session_query(session, storer->texts[i], NULL, 0, &rows, NULL) != 0)
            failures++;
    }
    session_close(&session);
    return (void *)failures;
}

/* Three orders of one employer, their lists stored by three at the same moment: nobody is put
 * forward twice. */
static void nobody_is_taken_twice_when_lists_come_together(void **state)
{
    struct scene *scene = ((struct world *)*state)->scene;
    pthread_barrier_t start;
    struct storer storers[3];
    pthread_t threads[3];
    intptr_t failures = 0;

    scene_root(scene, "UPDATE job_order SET state = 'cancelled', closed_reason = 'mistake',"
                      " treated_by = NULL WHERE NOT order_over(state)");
    pthread_barrier_init(&start, NULL, 3);
    for (int k = 0; k < 3; k++) {
        storers[k].conninfo = scene->conninfo;
        storers[k].start = &start;
        for (int i = 0; i < ROUNDS; i++)
            storers[k].texts[i] = storing(scene->arena, team_order(scene, 1, "temporary"),
                                          FIRST + 300 + 10 * i, FIRST + 331 + 10 * i);
    }
    for (int k = 0; k < 3; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, store_all, &storers[k]), 0);
    for (int k = 0; k < 3; k++) {
        void *failed = NULL;
        pthread_join(threads[k], &failed);
        failures += (intptr_t)failed;
    }
    pthread_barrier_destroy(&start);
    assert_int_equal(failures, 0);
    assert_int_equal(shared(scene), 0);
    /* And somebody was: of each ten new people of a round all were taken. */
    assert_true(atoi(scene_root(scene, "SELECT count(*) FROM shortlist_entry e JOIN job_order o ON"
                                       " o.id = e.order_id WHERE order_live(o.state) AND"
                                       " e.state = 'proposed'")) >= 10 * ROUNDS);
}

static int setup(void **state)
{
    if (world_open(state, "orders_teams") != 0)
        return -1;
    struct scene *scene = ((struct world *)*state)->scene;
    scene_root(
        scene,
        "INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode,"
        " max_travel_km, available_from, kinds, screening_until, content_mac)"
        " SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,"
        " CASE n %% 2 WHEN 0 THEN '" AARHUS_ID "'::uuid ELSE '" HORSENS_ID "' END,"
        " 'HOLD-' || n, 0, '8000', 50, '2026-01-01', '{temporary,seasonal}', '2027-12-31',"
        " '\\x00' FROM generate_series(%d, %d) AS g (n)",
        FIRST, FIRST + POOL - 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forty_four_holiday_substitutes_at_once),
        cmocka_unit_test(teams_of_one_employer_take_turns),
        cmocka_unit_test(nobody_is_taken_twice_when_lists_come_together),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
