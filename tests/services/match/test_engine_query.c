/*
 * Queries, explanations and the census against the oracle, over pools that have been lived in:
 * pieces, dead candidates in them, a tail, and whatever compactions made of them.
 */
#include "tests/services/match/agreed.h"
#include "tests/services/match/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POOLS 1000
#define ORDERS_PER_POOL 2

struct bench {
    struct crowd *crowd;
    struct engine_scratch *scratch;
    struct oracle_result *results;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->crowd = crowd_create();
    bench->scratch = engine_scratch_create();
    bench->results = calloc(CROWD_CAP, sizeof *bench->results);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    crowd_destroy(&bench->crowd);
    engine_scratch_destroy(&bench->scratch);
    free(bench->results);
    free(bench);
    return 0;
}

/* ---- one answer ---- */

static bool same_score(const struct oracle_result *results, size_t found, size_t index)
{
    return (index > 0 && results[index - 1].score == results[index].score) ||
           (index + 1 < found && results[index + 1].score == results[index].score);
}

static void assert_explained(const struct bench *bench, const struct engine_order *order,
                             size_t index)
{
    const struct oracle_result *expected = &bench->results[index];
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    engine_explain(bench->crowd->snapshot, order, bench->scratch, index, &entry, parts);
    assert_int_equal(entry.rank, index + 1);
    assert_ptr_equal(entry.parts, parts);
    assert_agreed(&entry, expected, oracle_part_count(order));
    int sum = 0;
    for (int part = 0; part < oracle_part_count(order); part++) {
        sum += parts[part].points;
    }
    assert_int_equal(sum, entry.score);
}

static void assert_standing(const struct engine_standing *standing,
                            const struct oracle_result *expected, bool tied)
{
    assert_memory_equal(standing->id, expected->candidate->id, ENGINE_ID_SIZE);
    assert_int_equal(standing->municipality, expected->candidate->municipality);
    assert_int_equal(standing->score, expected->score);
    assert_int_equal(standing->lacks,
                     expected->lacks == ORACLE_LACKS_NONE ? ENGINE_LACKS_NONE : expected->lacks);
    assert_int_equal(standing->tied, tied);
}

/* Returns how many the question is true of. */
static size_t compare(const struct bench *bench, const struct generate_order *generated,
                      enum engine_mode mode, size_t k)
{
    const struct crowd *crowd = bench->crowd;
    const struct engine_order *order = &generated->order;
    const int count = (int)crowd->present_count;
    const size_t found =
        (size_t)(mode == ENGINE_STRICT
                     ? oracle_rank(crowd->present, count, order, ENGINE_RULESET, bench->results)
                     : oracle_near_miss(crowd->present, count, order, ENGINE_RULESET,
                                        bench->results));
    const struct engine_answer *answer = NULL;
    assert_int_equal(engine_query(crowd->snapshot, order, mode, k, bench->scratch, &answer), 0);
    assert_int_equal(answer->version, crowd->version);
    assert_int_equal(answer->pool, crowd->present_count);
    assert_int_equal(answer->found, found);
    assert_int_equal(answer->count, found < k ? found : k);
    for (size_t i = 0; i < answer->count; i++) {
        assert_standing(&answer->standings[i], &bench->results[i],
                        same_score(bench->results, found, i));
    }
    for (size_t i = 0; i < answer->count; i++) {
        assert_explained(bench, order, i);
    }
    return found;
}

static size_t some_k(uint64_t *random)
{
    static const size_t ks[] = {0, 1, 5, 20, 100, CROWD_CAP};
    return ks[generate_below(random, sizeof ks / sizeof ks[0])];
}

static void queries_agree_with_the_oracle(void **state)
{
    const struct bench *bench = *state;
    uint64_t random = 20261122;
    size_t strict = 0;
    size_t near = 0;
    size_t musts = 0;
    for (int p = 0; p < POOLS; p++) {
        crowd_live(bench->crowd, &random, 10 + (size_t)generate_below(&random, 250),
                   (size_t)generate_below(&random, 8));
        for (int o = 0; o < ORDERS_PER_POOL; o++) {
            struct generate_order order;
            generate_order(&random, &order);
            const size_t eligible = compare(bench, &order, ENGINE_STRICT, some_k(&random));
            const size_t found = compare(bench, &order, ENGINE_NEAR_MISS, some_k(&random));
            strict += eligible;
            near += found - eligible;
            musts += found > eligible ? 1 : 0;
        }
    }
    print_message("%zu eligible, and %zu who lack one must, of %zu orders\n", strict, near, musts);
    assert_true(near > strict / 4); /* else the comparison says little */
}

/* Several blocks in a piece, of which a circle leaves some out. */
static void blocks_out_of_reach_hide_nobody(void **state)
{
    const struct bench *bench = *state;
    uint64_t random = 5;
    for (int p = 0; p < 6; p++) {
        crowd_live(bench->crowd, &random, 3300, (size_t)generate_below(&random, 4));
        for (int o = 0; o < 20; o++) {
            struct generate_order order;
            generate_order(&random, &order);
            order.order.radius_km = (uint16_t)generate_below(&random, 50);
            compare(bench, &order, ENGINE_STRICT, CROWD_CAP);
            compare(bench, &order, ENGINE_NEAR_MISS, 50);
        }
    }
}

/* ---- the census ---- */

static void count_result(const struct oracle_result *result, struct engine_census *census)
{
    const enum engine_reason reason = result->reasons[0];
    const size_t of_a_must = reason >= ENGINE_MUST_MISSING ? 1 : 0;
    if (result->reason_count == 0) {
        census->eligible++;
        return;
    }
    census->excluded[reason]++;
    census->excluded_by_part[result->reason_parts[0]] += of_a_must;
    if (result->reason_count == 1) {
        census->only[reason]++;
        census->only_part[result->reason_parts[0]] += of_a_must;
    }
}

static size_t eligible_in(const struct oracle_result *results, size_t count, uint16_t municipality)
{
    size_t eligible = 0;
    for (size_t i = 0; i < count; i++) {
        eligible +=
            results[i].reason_count == 0 && results[i].candidate->municipality == municipality ? 1
                                                                                               : 0;
    }
    return eligible;
}

static void assert_municipalities(const struct engine_census *census,
                                  const struct oracle_result *results, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < census->municipality_count; i++) {
        const uint16_t code = census->municipalities[i].municipality;
        assert_true(i == 0 || code > census->municipalities[i - 1].municipality);
        assert_true(census->municipalities[i].eligible > 0);
        assert_int_equal(census->municipalities[i].eligible, eligible_in(results, count, code));
        sum += census->municipalities[i].eligible;
    }
    assert_int_equal(sum, census->eligible);
}

static void the_census_agrees_with_the_oracle(void **state)
{
    const struct bench *bench = *state;
    const struct crowd *crowd = bench->crowd;
    uint64_t random = 12;
    for (int p = 0; p < 400; p++) {
        crowd_live(bench->crowd, &random, 10 + (size_t)generate_below(&random, 250),
                   (size_t)generate_below(&random, 8));
        struct generate_order order;
        generate_order(&random, &order);
        struct engine_census census;
        struct engine_census expected = {.pool = crowd->present_count};
        assert_int_equal(engine_census(crowd->snapshot, &order.order, bench->scratch, &census), 0);
        oracle_rank(crowd->present, (int)crowd->present_count, &order.order, ENGINE_RULESET,
                    bench->results);
        for (size_t i = 0; i < crowd->present_count; i++) {
            count_result(&bench->results[i], &expected);
        }
        assert_int_equal(census.pool, expected.pool);
        assert_int_equal(census.eligible, expected.eligible);
        assert_memory_equal(census.excluded, expected.excluded, sizeof census.excluded);
        assert_memory_equal(census.excluded_by_part, expected.excluded_by_part,
                            sizeof census.excluded_by_part);
        assert_memory_equal(census.only, expected.only, sizeof census.only);
        assert_memory_equal(census.only_part, expected.only_part, sizeof census.only_part);
        assert_municipalities(&census, bench->results, crowd->present_count);
    }
}

/* ---- whoever is asked about, wherever they lie ---- */

static void why_not_agrees_with_the_oracle(void **state)
{
    const struct bench *bench = *state;
    const struct crowd *crowd = bench->crowd;
    uint64_t random = 13;
    for (int p = 0; p < 60; p++) {
        crowd_live(bench->crowd, &random, 10 + (size_t)generate_below(&random, 200), 5);
        struct generate_order order;
        generate_order(&random, &order);
        oracle_rank(crowd->present, (int)crowd->present_count, &order.order, ENGINE_RULESET,
                    bench->results);
        for (size_t i = 0; i < crowd->present_count; i += 7) {
            const struct oracle_result *expected = &bench->results[i];
            struct engine_why why;
            assert_int_equal(
                engine_why(crowd->snapshot, &order.order, 3, expected->candidate->id, &why), 0);
            assert_int_equal(why.reason_count, expected->reason_count);
            for (size_t r = 0; r < why.reason_count; r++) {
                assert_int_equal(why.reasons[r], expected->reasons[r]);
                assert_int_equal(why.reason_parts[r], expected->reason_parts[r]);
            }
            if (expected->listed) {
                assert_int_equal(why.score, expected->score);
                assert_int_equal(why.rank, i + 1);
                assert_int_equal(why.short_by == 0, i < 3);
            }
        }
    }
}

/* ---- the same pool in another shape gives the same bytes ---- */

static void shape_changes_no_answer(void **state)
{
    const struct bench *bench = *state;
    struct crowd *crowd = bench->crowd;
    struct engine_scratch *other = engine_scratch_create();
    uint64_t random = 14;
    for (int p = 0; p < 100; p++) {
        crowd_live(crowd, &random, 60 + (size_t)generate_below(&random, 300), 6);
        struct engine_snapshot *fresh = NULL;
        assert_int_equal(
            engine_apply(NULL, crowd->version, crowd->present, crowd->present_count, &fresh), 0);
        for (int o = 0; o < 4; o++) {
            struct generate_order order;
            generate_order(&random, &order);
            const enum engine_mode mode = o % 2 == 0 ? ENGINE_STRICT : ENGINE_NEAR_MISS;
            const struct engine_answer *left = NULL;
            const struct engine_answer *right = NULL;
            assert_int_equal(
                engine_query(crowd->snapshot, &order.order, mode, 50, bench->scratch, &left), 0);
            assert_int_equal(engine_query(fresh, &order.order, mode, 50, other, &right), 0);
            assert_int_equal(left->found, right->found);
            assert_int_equal(left->count, right->count);
            for (size_t i = 0; i < left->count; i++) {
                assert_memory_equal(left->standings[i].id, right->standings[i].id, ENGINE_ID_SIZE);
                assert_int_equal(left->standings[i].score, right->standings[i].score);
                assert_int_equal(left->standings[i].lacks, right->standings[i].lacks);
            }
        }
        engine_snapshot_destroy(&fresh);
    }
    engine_scratch_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_agree_with_the_oracle),
        cmocka_unit_test(blocks_out_of_reach_hide_nobody),
        cmocka_unit_test(the_census_agrees_with_the_oracle),
        cmocka_unit_test(why_not_agrees_with_the_oracle),
        cmocka_unit_test(shape_changes_no_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
