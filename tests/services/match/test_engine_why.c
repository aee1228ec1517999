/* The smallest change of why-not is made, and the candidate is then on the list; where there is
 * none, nothing puts them there. The number of cases is the argument. */
#include "services/match/engine/engine.h"
#include "tests/services/match/oracle.h"
#include "tests/services/match/rankings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL RANKINGS_CANDIDATES
#define FAR_AHEAD 10000 /* days */

static int cases;
static struct scene scene;

/* One candidate with room for what is added to them. */
struct changed {
    struct engine_candidate candidate;
    struct engine_fact facts[GENERATE_FACTS + ENGINE_PARTS_CAP];
};

static void begin_change(struct changed *changed, const struct engine_candidate *from)
{
    changed->candidate = *from;
    changed->candidate.facts = changed->facts;
    memcpy(changed->facts, from->facts, from->fact_count * sizeof *from->facts);
}

static void perfect(const struct engine_order *order, struct engine_fact *fact)
{
    fact->level = 6;
    fact->valid_until = order->start + FAR_AHEAD;
    fact->last_used = order->as_of;
}

/* Levels raised and days moved where there is such a fact; else one more. */
static void meet_part(const struct engine_order *order, size_t part, struct changed *changed)
{
    bool met = false;
    for (size_t i = 0; i < changed->candidate.fact_count; i++) {
        if (rankings_counts(order, part, &changed->facts[i], true)) {
            perfect(order, &changed->facts[i]);
            met = true;
        }
    }
    if (!met) {
        struct engine_fact *fact = &changed->facts[changed->candidate.fact_count++];
        *fact = (struct engine_fact){
            .kind = part > 0 ? order->requirements[part - 1].kind : ENGINE_OCCUPATION,
            .code = part > 0 ? order->requirements[part - 1].code : order->occupations[0],
            .years = ENGINE_YEARS_UNKNOWN,
            .stated_on = order->as_of};
        perfect(order, fact);
    }
}

static void lift_reason(const struct engine_order *order, enum engine_reason reason, size_t part,
                        struct changed *changed)
{
    switch (reason) {
    case ENGINE_SCREENING_MISSING:
    case ENGINE_SCREENING_EXPIRED:
        changed->candidate.screening_until = order->as_of;
        break;
    case ENGINE_NOT_AVAILABLE_BY_START:
        changed->candidate.available_from = order->start;
        break;
    case ENGINE_KINDS_NOT_ACCEPTED:
        changed->candidate.work |= order->work;
        break;
    case ENGINE_PLACE_UNKNOWN:
    case ENGINE_TOO_FAR_ORDER:
        changed->candidate.place = order->place;
        break;
    case ENGINE_TOO_FAR_CANDIDATE:
        changed->candidate.max_travel_km = UINT16_MAX;
        break;
    default:
        meet_part(order, part, changed);
    }
}

static bool listed_with(const struct changed *changed, size_t index, size_t k)
{
    struct engine_candidate candidates[ALL];
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    memcpy(candidates, scene.pool.candidates, sizeof candidates);
    candidates[index] = changed->candidate;
    assert_int_equal(engine_apply(NULL, 1, candidates, ALL, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &scene.order.order, k, &ranking), 0);
    const bool listed = rankings_entry(ranking, changed->candidate.id) != NULL;
    engine_ranking_destroy(&ranking);
    engine_snapshot_destroy(&snapshot);
    return listed;
}

static struct engine_why why_not(size_t index, size_t k)
{
    struct engine_snapshot *snapshot = NULL;
    struct engine_why why;
    assert_int_equal(engine_apply(NULL, 1, scene.pool.candidates, ALL, &snapshot), 0);
    assert_int_equal(
        engine_why(snapshot, &scene.order.order, k, scene.pool.candidates[index].id, &why), 0);
    engine_snapshot_destroy(&snapshot);
    return why;
}

/* What each part would gain, met in full, by the oracle. */
static size_t gains_of(size_t index, unsigned gains[ENGINE_PARTS_CAP])
{
    static struct oracle_result result;
    const struct engine_order *order = &scene.order.order;
    size_t count = 0;
    oracle_rank(&scene.pool.candidates[index], 1, order, ENGINE_RULESET, &result);
    for (int part = 0; part < oracle_part_count(order); part++) {
        if (!oracle_is_must(order, part)) {
            gains[count++] = (unsigned)(result.parts[part].of - result.parts[part].points);
        }
    }
    return count;
}

/* Every set of fewer wishes than `size` is worth less than what is missing. */
static void assert_none_smaller(size_t index, size_t size, unsigned missing)
{
    unsigned gains[ENGINE_PARTS_CAP];
    const size_t count = gains_of(index, gains);
    for (unsigned set = 0; set < 1U << count; set++) {
        unsigned members = 0;
        unsigned worth = 0;
        for (size_t i = 0; i < count; i++) {
            members += set >> i & 1;
            worth += set >> i & 1 ? gains[i] : 0;
        }
        assert_true(members >= size || worth < missing);
    }
}

/* Returns whether anything had to change. */
static bool check_candidate(size_t index, size_t k)
{
    const struct engine_order *order = &scene.order.order;
    static struct changed changed;
    const struct engine_why why = why_not(index, k);
    if (why.reason_count > 0 && why.reasons[0] <= ENGINE_WITHDRAWN) {
        return false;
    }
    begin_change(&changed, &scene.pool.candidates[index]);
    for (size_t i = 0; i < why.reason_count; i++) {
        lift_reason(order, why.reasons[i], why.reason_parts[i], &changed);
    }
    if (!why.reachable) { /* not even with every wish met */
        for (size_t part = 0; part <= order->requirement_count; part++) {
            if (!oracle_is_must(order, (int)part)) {
                meet_part(order, part, &changed);
            }
        }
        assert_false(listed_with(&changed, index, k));
        return true;
    }
    if (order->requirement_count <= 6) {
        assert_none_smaller(index, why.change_count, why.short_by);
    }
    for (size_t i = 0; i < why.change_count; i++) {
        meet_part(order, why.changes[i], &changed);
    }
    assert_true(listed_with(&changed, index, k));
    return why.reason_count + why.change_count > 0;
}

static void the_smallest_change_puts_them_on_the_list(void **state)
{
    (void)state;
    uint64_t random = 21;
    int changes = 0;
    for (int c = 0; c < cases; c++) {
        scene_draw(&random, &scene);
        const size_t k = 1 + (size_t)generate_below(&random, 3);
        changes += check_candidate((size_t)generate_below(&random, ALL), k) ? 1 : 0;
    }
    print_message("%d of %d candidates had something to change\n", changes, cases);
    assert_true(changes > cases / 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_change_puts_them_on_the_list),
    };
    cases = rankings_cases(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
