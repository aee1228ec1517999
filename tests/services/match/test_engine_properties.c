/* The properties that DESIGN section 6 promises, on generated pools. */
#include "services/match/engine/engine.h"
#include "tests/services/match/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define POOLS 300
#define ALL GENERATE_CANDIDATES

struct scene {
    struct generate_pool pool;
    struct generate_order order;
};

static struct scene scene; /* too large for a stack; every test fills it anew */

static struct engine_ranking *rank(const struct engine_candidate *candidates, size_t count)
{
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    assert_int_equal(engine_apply(NULL, 1, candidates, count, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &scene.order.order, ALL + 1, &ranking), 0);
    engine_snapshot_destroy(&snapshot);
    return ranking;
}

static const struct engine_entry *entry_of(const struct engine_ranking *ranking,
                                           const uint8_t id[ENGINE_ID_SIZE])
{
    for (size_t i = 0; i < ranking->count; i++) {
        if (memcmp(ranking->entries[i].id, id, ENGINE_ID_SIZE) == 0) {
            return &ranking->entries[i];
        }
    }
    return NULL;
}

static void assert_same_parts(const struct engine_part *left, const struct engine_part *right,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(left[i].status, right[i].status);
        assert_int_equal(left[i].points, right[i].points);
        assert_int_equal(left[i].of, right[i].of);
        assert_int_equal(left[i].has_fact, right[i].has_fact);
        assert_int_equal(left[i].related, right[i].related);
        assert_int_equal(left[i].relation, right[i].relation);
        assert_int_equal(left[i].fact.kind, right[i].fact.kind);
        assert_int_equal(left[i].fact.code, right[i].fact.code);
        assert_int_equal(left[i].fact.level, right[i].fact.level);
        assert_int_equal(left[i].fact.years, right[i].fact.years);
        assert_int_equal(left[i].fact.valid_until, right[i].fact.valid_until);
        assert_int_equal(left[i].fact.last_used, right[i].fact.last_used);
        assert_int_equal(left[i].fact.stated_on, right[i].fact.stated_on);
    }
}

static void assert_same(const struct engine_ranking *left, const struct engine_ranking *right)
{
    assert_int_equal(left->count, right->count);
    assert_memory_equal(left->excluded, right->excluded, sizeof left->excluded);
    assert_memory_equal(left->with_score, right->with_score, sizeof left->with_score);
    assert_memory_equal(left->shares, right->shares, sizeof left->shares);
    assert_same_parts(left->parts, right->parts, left->count * left->part_count);
    for (size_t i = 0; i < left->count; i++) {
        assert_memory_equal(left->entries[i].id, right->entries[i].id, ENGINE_ID_SIZE);
        assert_int_equal(left->entries[i].score, right->entries[i].score);
        assert_int_equal(left->entries[i].tied, right->entries[i].tied);
    }
}

/* Every second order asks for nothing that must be, so that lists are long and partial. */
static void new_scene(uint64_t *random)
{
    generate_pool(random, &scene.pool);
    generate_order(random, &scene.order);
    if (generate_below(random, 2) == 0) {
        scene.order.order.occupation_must = false;
        for (size_t i = 0; i < scene.order.order.requirement_count; i++) {
            scene.order.requirements[i].must = false;
        }
    }
}

static void the_points_shown_sum_to_the_score(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *ranking = rank(scene.pool.candidates, ALL);
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

static void the_order_of_input_does_not_matter(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *before = rank(scene.pool.candidates, ALL);
        for (size_t i = ALL - 1; i > 0; i--) {
            const size_t other = (size_t)generate_below(&random, i + 1);
            const struct engine_candidate kept = scene.pool.candidates[i];
            scene.pool.candidates[i] = scene.pool.candidates[other];
            scene.pool.candidates[other] = kept;
        }
        for (size_t i = 0; i < ALL; i++) {
            struct engine_fact *facts = scene.pool.facts[i];
            const size_t count = scene.pool.candidates[i].fact_count;
            if (count >= 2 && scene.pool.candidates[i].facts == facts) {
                const struct engine_fact kept = facts[0];
                facts[0] = facts[count - 1];
                facts[count - 1] = kept;
            }
        }
        struct engine_ranking *after = rank(scene.pool.candidates, ALL);
        assert_same(before, after);
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
}

static void the_same_arguments_give_the_same_bytes(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *first = rank(scene.pool.candidates, ALL);
        struct engine_ranking *second = rank(scene.pool.candidates, ALL);
        assert_same(first, second);
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

static void improving_facts_never_lowers(void **state)
{
    (void)state;
    uint64_t random = 4;
    int raised = 0;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *before = rank(scene.pool.candidates, ALL);
        for (size_t i = 0; i < ALL; i++) {
            const size_t count = scene.pool.candidates[i].fact_count;
            for (size_t f = 0; f < count; f++) {
                improve(&random, &scene.pool.facts[i][f]);
            }
        }
        struct engine_ranking *after = rank(scene.pool.candidates, ALL);
        for (size_t i = 0; i < before->count; i++) {
            const struct engine_entry *entry = entry_of(after, before->entries[i].id);
            assert_non_null(entry);
            assert_true(entry->score >= before->entries[i].score);
            raised += entry->score > before->entries[i].score ? 1 : 0;
        }
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
    assert_true(raised > POOLS); /* else nothing was improved that counts */
}

static void a_new_fact_never_lowers(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *before = rank(scene.pool.candidates, ALL);
        for (size_t i = 0; i < ALL; i++) {
            scene.pool.facts[i][scene.pool.candidates[i].fact_count++] = generate_fact(&random);
        }
        struct engine_ranking *after = rank(scene.pool.candidates, ALL);
        for (size_t i = 0; i < before->count; i++) {
            const struct engine_entry *entry = entry_of(after, before->entries[i].id);
            assert_non_null(entry);
            assert_true(entry->score >= before->entries[i].score);
        }
        engine_ranking_destroy(&before);
        engine_ranking_destroy(&after);
    }
}

static void a_new_candidate_changes_nobodys_points(void **state)
{
    (void)state;
    uint64_t random = 6;
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_ranking *without = rank(scene.pool.candidates, ALL - 1);
        struct engine_ranking *with = rank(scene.pool.candidates, ALL);
        assert_true(with->count >= without->count && with->count <= without->count + 1);
        for (size_t i = 0; i < without->count; i++) {
            const struct engine_entry *old = &without->entries[i];
            const struct engine_entry *entry = entry_of(with, old->id);
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
    for (int p = 0; p < POOLS; p++) {
        new_scene(&random);
        struct engine_snapshot *snapshot = NULL;
        struct engine_ranking *all = NULL;
        assert_int_equal(engine_apply(NULL, 1, scene.pool.candidates, ALL, &snapshot), 0);
        assert_int_equal(engine_rank(snapshot, &scene.order.order, ALL, &all), 0);
        for (size_t k = 0; k < 8; k++) {
            struct engine_ranking *few = NULL;
            assert_int_equal(engine_rank(snapshot, &scene.order.order, k, &few), 0);
            assert_int_equal(few->count, k < all->count ? k : all->count);
            for (size_t i = 0; i < few->count; i++) {
                assert_memory_equal(few->entries[i].id, all->entries[i].id, ENGINE_ID_SIZE);
            }
            engine_ranking_destroy(&few);
        }
        engine_ranking_destroy(&all);
        engine_snapshot_destroy(&snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_points_shown_sum_to_the_score),
        cmocka_unit_test(the_order_of_input_does_not_matter),
        cmocka_unit_test(the_same_arguments_give_the_same_bytes),
        cmocka_unit_test(improving_facts_never_lowers),
        cmocka_unit_test(a_new_fact_never_lowers),
        cmocka_unit_test(a_new_candidate_changes_nobodys_points),
        cmocka_unit_test(fewer_entries_are_the_head_of_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
