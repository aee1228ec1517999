/* The engine against the oracle, on generated pools: every candidate, every part, every count. */
#include "tests/services/match/agreed.h"
#include "tests/services/match/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define POOLS 1200
#define ORDERS_PER_POOL 3

static void assert_same_counts(const struct engine_ranking *ranking,
                               const struct oracle_result *results)
{
    size_t excluded[ENGINE_REASON_COUNT] = {0};
    size_t by_part[ENGINE_PARTS_CAP] = {0};
    size_t with_score[ENGINE_POINTS + 1] = {0};
    for (int i = 0; i < GENERATE_CANDIDATES; i++) {
        const struct oracle_result *result = &results[i];
        if (result->listed) {
            with_score[result->score]++;
            continue;
        }
        excluded[result->reasons[0]]++;
        if (result->reasons[0] >= ENGINE_MUST_MISSING) {
            by_part[result->reason_parts[0]]++;
        }
    }
    assert_memory_equal(ranking->excluded, excluded, sizeof excluded);
    assert_memory_equal(ranking->excluded_by_part, by_part, sizeof by_part);
    assert_memory_equal(ranking->with_score, with_score, sizeof with_score);
}

/* The engine sees the relations of the ruleset alone, the oracle all of them. Returns how many are
 * on the list. */
static size_t compare(const struct generate_pool *pool, const struct engine_snapshot *snapshot,
                      const struct generate_order *generated, int ruleset, size_t k)
{
    static struct oracle_result results[GENERATE_CANDIDATES];
    struct generate_order known;
    const struct engine_order *order = &known.order;
    struct engine_ranking *ranking = NULL;
    const int eligible =
        oracle_rank(pool->candidates, GENERATE_CANDIDATES, &generated->order, ruleset, results);
    generate_known(generated, ruleset, &known);
    assert_int_equal(engine_rank(snapshot, order, k, &ranking), 0);
    assert_int_equal(ranking->pool, GENERATE_CANDIDATES);
    assert_int_equal(ranking->eligible, eligible);
    assert_int_equal(ranking->count, (size_t)eligible < k ? (size_t)eligible : k);
    assert_int_equal(ranking->part_count, oracle_part_count(order));
    for (size_t i = 0; i < ranking->count; i++) {
        assert_int_equal(ranking->entries[i].rank, i + 1);
        assert_agreed(&ranking->entries[i], &results[i], oracle_part_count(order));
    }
    assert_same_counts(ranking, results);
    const size_t count = ranking->count;
    engine_ranking_destroy(&ranking);
    return count;
}

static void engine_agrees_with_the_oracle(void **state)
{
    (void)state;
    static struct generate_pool pool;
    uint64_t random = 20261122;
    size_t lists = 0;
    size_t empty = 0;
    for (int p = 0; p < POOLS; p++) {
        struct engine_snapshot *snapshot = NULL;
        generate_pool(&random, &pool);
        assert_int_equal(engine_apply(NULL, p, pool.candidates, GENERATE_CANDIDATES, &snapshot), 0);
        for (int o = 0; o < ORDERS_PER_POOL; o++) {
            struct generate_order generated;
            generate_order(&random, &generated);
            const size_t k = o == 0 ? 5 : GENERATE_CANDIDATES;
            const int ruleset = ENGINE_RULESET_OLDEST + (p + o) % ENGINE_RULESET;
            empty += compare(&pool, snapshot, &generated, ruleset, k) == 0 ? 1 : 0;
            lists++;
        }
        engine_snapshot_destroy(&snapshot);
    }
    print_message("%zu lists compared, %zu of them empty\n", lists, empty);
    assert_true(empty < lists / 2); /* else the comparison says little */
}

/* A snapshot grown in steps, with changes and removals, is the one built at once. */
static void applied_changes_give_the_same_pool(void **state)
{
    (void)state;
    static struct generate_pool old;
    static struct generate_pool pool;
    uint64_t random = 7;
    for (int p = 0; p < 100; p++) {
        struct engine_snapshot *snapshot = NULL;
        struct engine_snapshot *next = NULL;
        generate_pool(&random, &old);
        generate_pool(&random, &pool);
        /* The first twenty change, the next ten are new, ten of the old ones leave. */
        for (size_t i = 0; i < GENERATE_CANDIDATES; i++) {
            if (i < 20 || i >= 30) {
                memcpy(old.candidates[i].id, pool.candidates[i].id, ENGINE_ID_SIZE);
            }
            if (i >= 30) {
                pool.candidates[i] = old.candidates[i];
            }
        }
        assert_int_equal(engine_apply(NULL, 1, old.candidates, GENERATE_CANDIDATES, &snapshot), 0);
        struct engine_candidate changed[40];
        memcpy(changed, pool.candidates, 30 * sizeof *changed);
        for (size_t i = 0; i < 10; i++) {
            changed[30 + i] = old.candidates[20 + i];
            changed[30 + i].removed = true;
        }
        assert_int_equal(engine_apply(snapshot, 2, changed, 40, &next), 0);
        assert_int_equal(engine_snapshot_version(next), 2);
        assert_int_equal(engine_snapshot_count(next), GENERATE_CANDIDATES);
        struct generate_order generated;
        generate_order(&random, &generated);
        compare(&pool, next, &generated, ENGINE_RULESET, GENERATE_CANDIDATES);
        compare(&old, snapshot, &generated, ENGINE_RULESET, GENERATE_CANDIDATES); /* is as it was */
        engine_snapshot_destroy(&snapshot);
        engine_snapshot_destroy(&next);
    }
}

static void assert_same_reasons(const struct engine_why *why, const struct oracle_result *result)
{
    assert_int_equal(why->reason_count, result->reason_count);
    for (int i = 0; i < result->reason_count; i++) {
        assert_int_equal(why->reasons[i], result->reasons[i]);
        assert_int_equal(why->reason_parts[i], result->reason_parts[i]);
    }
}

/* engine_why against the definition: try it in the oracle's list. Returns how many are below it. */
static size_t compare_why(const struct engine_snapshot *snapshot, const struct engine_order *order,
                          const struct oracle_result *results, size_t k)
{
    size_t below = 0;
    for (size_t i = 0; i < GENERATE_CANDIDATES; i++) {
        const struct oracle_result *result = &results[i];
        struct engine_why why;
        assert_int_equal(engine_why(snapshot, order, k, result->candidate->id, &why), 0);
        assert_same_reasons(&why, result);
        if (!result->listed) {
            continue;
        }
        assert_int_equal(why.score, result->score);
        assert_int_equal(why.rank, i + 1);
        assert_int_equal(why.short_by == 0, i < k);
        if (i >= k) {
            const struct oracle_result *last = &results[k - 1];
            const int hash_loses = result->hash > last->hash ? 1 : 0;
            assert_int_equal(why.short_by, last->score - result->score + hash_loses);
            below++;
        }
    }
    return below;
}

static void why_not_agrees_with_the_oracle(void **state)
{
    (void)state;
    static struct generate_pool pool;
    static struct oracle_result results[GENERATE_CANDIDATES];
    uint64_t random = 99;
    size_t below = 0;
    for (int p = 0; p < 200; p++) {
        struct engine_snapshot *snapshot = NULL;
        struct generate_order generated;
        generate_pool(&random, &pool);
        generate_order(&random, &generated);
        assert_int_equal(engine_apply(NULL, 1, pool.candidates, GENERATE_CANDIDATES, &snapshot), 0);
        oracle_rank(pool.candidates, GENERATE_CANDIDATES, &generated.order, ENGINE_RULESET,
                    results);
        below += compare_why(snapshot, &generated.order, results, 3);
        engine_snapshot_destroy(&snapshot);
    }
    assert_true(below > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_agrees_with_the_oracle),
        cmocka_unit_test(applied_changes_give_the_same_pool),
        cmocka_unit_test(why_not_agrees_with_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
