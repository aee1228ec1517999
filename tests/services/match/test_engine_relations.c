/* What relations may and may not do (RANKING.md, "Relations"), on generated pools and orders. The
 * number of cases per property is the argument. */
#include "services/match/engine/engine.h"
#include "tests/services/match/rankings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALL RANKINGS_CANDIDATES

static int cases;
static struct scene scene;

static struct engine_ranking *rank_by(int ruleset)
{
    struct generate_order known;
    generate_known(&scene.order, ruleset, &known);
    return rankings_of(&known.order, scene.pool.candidates, ALL);
}

static void something_related_earns_at_most_half(void **state)
{
    (void)state;
    uint64_t random = 11;
    int related = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_ranking *ranking = rankings_of_scene(&scene);
        for (size_t i = 0; i < ranking->count * ranking->part_count; i++) {
            const struct engine_part *part = &ranking->parts[i];
            if (part->relation > ENGINE_IMPLIED) {
                const bool quarter = part->relation >= ENGINE_GROUP;
                assert_true(part->related);
                assert_int_not_equal(part->status, ENGINE_MATCHED);
                assert_true((quarter ? 4 : 2) * part->points <= part->of);
                related += part->points > 0 ? 1 : 0;
            } else {
                assert_false(part->related);
            }
        }
        engine_ranking_destroy(&ranking);
    }
    assert_true(related > cases);
}

/* Ruleset 3 lists whom ruleset 2 lists, and excludes the others for the same reasons; it only adds
 * points, and those to wishes. */
static void something_related_never_meets_a_must(void **state)
{
    (void)state;
    uint64_t random = 12;
    int raised = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        const struct engine_order *order = &scene.order.order;
        struct engine_ranking *second = rank_by(2);
        struct engine_ranking *third = rank_by(3);
        assert_int_equal(second->count, third->count);
        assert_memory_equal(second->excluded, third->excluded, sizeof second->excluded);
        assert_memory_equal(second->excluded_by_part, third->excluded_by_part,
                            sizeof second->excluded_by_part);
        for (size_t i = 0; i < second->count; i++) {
            const struct engine_entry *old = &second->entries[i];
            const struct engine_entry *entry = rankings_entry(third, old->id);
            assert_non_null(entry);
            raised += entry->score > old->score ? 1 : 0;
            for (size_t p = 0; p < third->part_count; p++) {
                const bool must = p == 0 ? order->occupation_must : order->requirements[p - 1].must;
                assert_true(entry->parts[p].points >= old->parts[p].points);
                if (must) {
                    assert_same_parts(&entry->parts[p], &old->parts[p], 1);
                    assert_int_equal(entry->parts[p].status, ENGINE_MATCHED);
                }
            }
        }
        engine_ranking_destroy(&second);
        engine_ranking_destroy(&third);
    }
    assert_true(raised > cases);
}

/* Turns everybody's facts of one code of a kind into another. Returns how many. */
static int rename_facts(enum engine_kind kind, uint32_t from, uint32_t to)
{
    int renamed = 0;
    for (size_t i = 0; i < ALL; i++) {
        for (size_t f = 0; f < scene.pool.candidates[i].fact_count; f++) {
            struct engine_fact *fact = &scene.pool.facts[i][f];
            if (fact->kind == kind && fact->code == from) {
                fact->code = to;
                renamed++;
            }
        }
    }
    return renamed;
}

/* Who has what includes the licence asked for stands as one who has that licence. */
static void implied_is_as_good_as_exact(void **state)
{
    (void)state;
    uint64_t random = 13;
    int renamed = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        struct engine_requirement *asked = &scene.order.requirements[0];
        struct engine_related *related = scene.order.requirement_related[0];
        scene.order.order.requirement_count = 1;
        asked->kind = ENGINE_LICENCE;
        asked->code = 1;
        asked->weight = 5;
        asked->related = related;
        asked->related_count = 1;
        related[0] = (struct engine_related){2, ENGINE_IMPLIED};
        struct engine_ranking *implied = rankings_of_scene(&scene);
        renamed += rename_facts(ENGINE_LICENCE, 2, 1);
        struct engine_ranking *exact = rankings_of_scene(&scene);
        assert_int_equal(implied->count, exact->count);
        assert_memory_equal(implied->excluded, exact->excluded, sizeof exact->excluded);
        for (size_t i = 0; i < exact->count; i++) {
            assert_memory_equal(implied->entries[i].id, exact->entries[i].id, ENGINE_ID_SIZE);
            assert_int_equal(implied->entries[i].score, exact->entries[i].score);
            assert_int_equal(implied->entries[i].parts[1].status,
                             exact->entries[i].parts[1].status);
        }
        engine_ranking_destroy(&implied);
        engine_ranking_destroy(&exact);
    }
    assert_true(renamed > cases);
}

/* Takes what `ruleset` brought out of the order: to a ruleset before it, nothing has changed. */
static void strip(int ruleset)
{
    struct engine_related *lists[1 + GENERATE_REQUIREMENTS];
    size_t *counts[1 + GENERATE_REQUIREMENTS];
    lists[0] = scene.order.related;
    counts[0] = &scene.order.order.related_count;
    for (size_t i = 0; i < GENERATE_REQUIREMENTS; i++) {
        lists[1 + i] = scene.order.requirement_related[i];
        counts[1 + i] = &scene.order.requirements[i].related_count;
    }
    for (size_t l = 0; l < 1 + scene.order.order.requirement_count; l++) {
        size_t kept = 0;
        for (size_t i = 0; i < *counts[l]; i++) {
            const enum engine_relation relation = lists[l][i].relation;
            const bool new_here = l > 0 && relation == ENGINE_UNIT && ruleset == 3;
            if (!engine_ruleset_counts(ruleset, relation) ||
                (engine_ruleset_counts(ruleset - 1, relation) && !new_here)) {
                lists[l][kept++] = lists[l][i];
            }
        }
        *counts[l] = kept;
    }
}

static void a_ruleset_without_what_it_brought_is_the_one_before(void **state)
{
    (void)state;
    uint64_t random = 14;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        const int ruleset = 2 + c % 2;
        strip(ruleset);
        struct engine_ranking *before = rank_by(ruleset - 1);
        struct engine_ranking *after = rank_by(ruleset);
        assert_same_ranking(before, after);
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
}

/* A code that the pool does not know (0) finds nobody, whatever is asked. */
static void an_unknown_word_matches_nothing(void **state)
{
    (void)state;
    uint64_t random = 15;
    for (int c = 0; c < cases / 10; c++) {
        scene_draw(&random, &scene);
        scene.order.order.requirement_count = 1;
        scene.order.requirements[0].code = 0;
        scene.order.requirements[0].weight = 1;
        scene.order.requirements[0].must = false;
        scene.order.requirements[0].related_count = 0;
        for (size_t i = 0; i < ALL; i++) {
            scene.pool.facts[i][0].code = 0;
            scene.pool.facts[i][0].kind = scene.order.requirements[0].kind;
        }
        struct engine_ranking *ranking = rankings_of_scene(&scene);
        for (size_t i = 0; i < ranking->count; i++) {
            assert_false(ranking->entries[i].parts[1].has_fact);
        }
        engine_ranking_destroy(&ranking);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(something_related_earns_at_most_half),
        cmocka_unit_test(something_related_never_meets_a_must),
        cmocka_unit_test(implied_is_as_good_as_exact),
        cmocka_unit_test(a_ruleset_without_what_it_brought_is_the_one_before),
        cmocka_unit_test(an_unknown_word_matches_nothing),
    };
    cases = rankings_cases(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
