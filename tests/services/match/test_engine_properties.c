/* The properties that DESIGN section 6 promises, on generated pools and orders of every ruleset.
 * The number of cases per property is the argument. */
#include "services/match/engine/engine.h"
#include "tests/services/match/rankings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALL RANKINGS_CANDIDATES

static int cases;
static struct scene scene; /* too large for a stack; every test fills it anew */

static void the_points_shown_sum_to_the_score(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *ranking = rankings_of_scene(&scene);
        unsigned shares = 0;
        for (size_t part = 0; part < ranking->part_count; part++) {
            shares += ranking->shares[part];
        }
        assert_int_equal(shares, ENGINE_POINTS);
        for (size_t i = 0; i < ranking->count; i++) {
            unsigned points = 0;
            for (size_t part = 0; part < ranking->part_count; part++) {
                const struct engine_part *earned = &ranking->entries[i].parts[part];
                assert_int_equal(earned->of, ranking->shares[part]);
                assert_true(earned->points <= earned->of);
                points += earned->points;
            }
            assert_int_equal(points, ranking->entries[i].score);
        }
        engine_ranking_destroy(&ranking);
    }
}

static void shuffle_candidates(uint64_t *random)
{
    for (size_t i = ALL - 1; i > 0; i--) {
        const size_t other = (size_t)generate_below(random, i + 1);
        const struct engine_candidate kept = scene.pool.candidates[i];
        scene.pool.candidates[i] = scene.pool.candidates[other];
        scene.pool.candidates[other] = kept;
    }
}

static void shuffle_facts(uint64_t *random, struct engine_fact *facts, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = (size_t)generate_below(random, i);
        const struct engine_fact kept = facts[i - 1];
        facts[i - 1] = facts[other];
        facts[other] = kept;
    }
}

static void the_order_of_input_does_not_matter(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *before = rankings_of_scene(&scene);
        for (size_t i = 0; i < ALL; i++) {
            shuffle_facts(&random, scene.pool.facts[i], scene.pool.candidates[i].fact_count);
        }
        shuffle_candidates(&random);
        struct engine_ranking *after = rankings_of_scene(&scene);
        assert_same_ranking(before, after);
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
}

static void the_same_arguments_give_the_same_list(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *first = rankings_of_scene(&scene);
        struct engine_ranking *second = rankings_of_scene(&scene);
        assert_same_ranking(first, second);
        engine_ranking_destroy(&first);
        engine_ranking_destroy(&second);
    }
}

/* One fact better in one way; what "better" means is that nobody would rather not say it. */
static void improve(uint64_t *random, struct engine_fact *fact)
{
    const int32_t days = 1 + (int32_t)generate_below(random, 2000);
    switch (generate_below(random, 4)) {
    case 0:
        fact->level = fact->level < 5 ? (uint8_t)(fact->level + 1) : fact->level;
        break;
    case 1:
        fact->valid_until += fact->valid_until != ENGINE_NO_DAY ? days : 0;
        break;
    case 2:
        fact->last_used = GENERATE_AS_OF;
        break;
    default:
        fact->stated_on += days;
        break;
    }
}

/* Everybody who was listed still is, with no fewer points. Returns how many have more. */
static int assert_nobody_fell(const struct engine_ranking *before,
                              const struct engine_ranking *after)
{
    int raised = 0;
    for (size_t i = 0; i < before->count; i++) {
        const struct engine_entry *entry = rankings_entry(after, before->entries[i].id);
        assert_non_null(entry);
        assert_true(entry->score >= before->entries[i].score);
        raised += entry->score > before->entries[i].score ? 1 : 0;
    }
    return raised;
}

static void improving_one_fact_never_lowers(void **state)
{
    (void)state;
    uint64_t random = 4;
    int raised = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *before = rankings_of_scene(&scene);
        for (size_t i = 0; i < ALL; i++) {
            const size_t count = scene.pool.candidates[i].fact_count;
            if (count > 0) {
                improve(&random, &scene.pool.facts[i][generate_below(&random, count)]);
            }
        }
        struct engine_ranking *after = rankings_of_scene(&scene);
        raised += assert_nobody_fell(before, after);
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
    assert_true(raised > cases / 20); /* else nothing was improved that counts */
}

static void a_new_fact_never_lowers(void **state)
{
    (void)state;
    uint64_t random = 5;
    int raised = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *before = rankings_of_scene(&scene);
        for (size_t i = 0; i < ALL; i++) {
            scene.pool.facts[i][scene.pool.candidates[i].fact_count++] = generate_fact(&random);
        }
        struct engine_ranking *after = rankings_of_scene(&scene);
        raised += assert_nobody_fell(before, after);
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
    assert_true(raised > cases / 20);
}

static void a_new_candidate_changes_nobodys_points(void **state)
{
    (void)state;
    uint64_t random = 6;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *without =
            rankings_of(&scene.order.order, scene.pool.candidates, ALL - 1);
        struct engine_ranking *with = rankings_of_scene(&scene);
        assert_true(with->count >= without->count && with->count <= without->count + 1);
        for (size_t i = 0; i < without->count; i++) {
            const struct engine_entry *old = &without->entries[i];
            const struct engine_entry *entry = rankings_entry(with, old->id);
            assert_non_null(entry);
            assert_same_parts(entry->parts, old->parts, with->part_count);
            assert_int_equal(entry->score, old->score);
        }
        engine_ranking_destroy(&without);
        engine_ranking_destroy(&with);
    }
}

static void fewer_entries_are_the_head_of_the_list(void **state)
{
    (void)state;
    uint64_t random = 8;
    for (int c = 0; c < cases; c++) {
        struct engine_snapshot *snapshot = NULL;
        struct engine_ranking *few = NULL;
        scene_draw(&random, &scene);
        struct engine_ranking *all = rankings_of_scene(&scene);
        const size_t k = (size_t)generate_below(&random, ALL);
        assert_int_equal(engine_apply(NULL, 1, scene.pool.candidates, ALL, &snapshot), 0);
        assert_int_equal(engine_rank(snapshot, &scene.order.order, k, &few), 0);
        assert_int_equal(few->count, k < all->count ? k : all->count);
        for (size_t i = 0; i < few->count; i++) {
            assert_memory_equal(few->entries[i].id, all->entries[i].id, ENGINE_ID_SIZE);
        }
        engine_ranking_destroy(&few);
        engine_ranking_destroy(&all);
        engine_snapshot_destroy(&snapshot);
    }
}

/* The best fact that there can be in one part moves the parts that it counts for, and no other. */
static void a_surplus_hides_no_lack(void **state)
{
    (void)state;
    uint64_t random = 9;
    for (int c = 0; c < cases; c++) {
        const struct engine_order *order = &scene.order.order;
        scene_draw(&random, &scene);
        const size_t part = (size_t)generate_below(&random, 1 + order->requirement_count);
        const struct engine_fact superb = {
            .kind = part > 0 ? order->requirements[part - 1].kind : ENGINE_OCCUPATION,
            .code = part > 0 ? order->requirements[part - 1].code : order->occupations[0],
            .level = 6,
            .years = 40,
            .valid_until = order->as_of + 10000,
            .last_used = order->as_of,
            .stated_on = order->as_of,
        };
        struct engine_ranking *before = rankings_of_scene(&scene);
        for (size_t i = 0; i < ALL; i++) {
            scene.pool.facts[i][scene.pool.candidates[i].fact_count++] = superb;
        }
        struct engine_ranking *after = rankings_of_scene(&scene);
        for (size_t i = 0; i < before->count; i++) {
            const struct engine_entry *old = &before->entries[i];
            const struct engine_entry *entry = rankings_entry(after, old->id);
            assert_non_null(entry);
            assert_int_equal(entry->parts[part].points, entry->parts[part].of);
            for (size_t p = 0; p < after->part_count; p++) {
                if (!rankings_counts(order, p, &superb, false)) {
                    assert_same_parts(&entry->parts[p], &old->parts[p], 1);
                }
            }
        }
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_points_shown_sum_to_the_score),
        cmocka_unit_test(the_order_of_input_does_not_matter),
        cmocka_unit_test(the_same_arguments_give_the_same_list),
        cmocka_unit_test(improving_one_fact_never_lowers),
        cmocka_unit_test(a_new_fact_never_lowers),
        cmocka_unit_test(a_new_candidate_changes_nobodys_points),
        cmocka_unit_test(fewer_entries_are_the_head_of_the_list),
        cmocka_unit_test(a_surplus_hides_no_lack),
    };
    cases = rankings_cases(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
