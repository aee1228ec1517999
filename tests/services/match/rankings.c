#include "tests/services/match/rankings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int rankings_cases(int argc, char **argv)
{
    const int cases = argc > 1 ? atoi(argv[1]) : 0;
    return cases > 0 ? cases : RANKINGS_CASES;
}

static void lift_rules(struct scene *scene)
{
    for (size_t i = 0; i < RANKINGS_CANDIDATES; i++) {
        struct engine_candidate *candidate = &scene->pool.candidates[i];
        candidate->is_protected = false;
        candidate->withdrawn = false;
        candidate->screening_until = scene->order.order.as_of;
        candidate->available_from = scene->order.order.start;
        candidate->work = UINT8_MAX;
        candidate->max_travel_km = 0;
        candidate->place = scene->order.order.place;
    }
}

void scene_draw(uint64_t *random, struct scene *scene)
{
    generate_candidates(random, &scene->pool, RANKINGS_CANDIDATES);
    generate_order(random, &scene->order);
    if (generate_below(random, 2) == 0) {
        scene->order.order.occupation_must = false;
        for (size_t i = 0; i < scene->order.order.requirement_count; i++) {
            scene->order.requirements[i].must = false;
        }
    }
    if (generate_below(random, 2) == 0) {
        lift_rules(scene);
    }
}

struct engine_ranking *rankings_of(const struct engine_order *order,
                                   const struct engine_candidate *candidates, size_t count)
{
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    assert_int_equal(engine_apply(NULL, 1, candidates, count, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, order, count + 1, &ranking), 0);
    engine_snapshot_destroy(&snapshot);
    return ranking;
}

struct engine_ranking *rankings_of_scene(const struct scene *scene)
{
    return rankings_of(&scene->order.order, scene->pool.candidates, RANKINGS_CANDIDATES);
}

const struct engine_entry *rankings_entry(const struct engine_ranking *ranking,
                                          const uint8_t id[ENGINE_ID_SIZE])
{
    for (size_t i = 0; i < ranking->count; i++) {
        if (memcmp(ranking->entries[i].id, id, ENGINE_ID_SIZE) == 0) {
            return &ranking->entries[i];
        }
    }
    return NULL;
}

void assert_same_parts(const struct engine_part *left, const struct engine_part *right,
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

void assert_same_ranking(const struct engine_ranking *left, const struct engine_ranking *right)
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

bool rankings_counts(const struct engine_order *order, size_t part, const struct engine_fact *fact,
                     bool in_full)
{
    const struct engine_requirement *asked = part > 0 ? &order->requirements[part - 1] : NULL;
    const struct engine_related *related = part > 0 ? asked->related : order->related;
    const size_t related_count = part > 0 ? asked->related_count : order->related_count;
    bool counts = part > 0 && asked->code == fact->code;
    for (size_t i = 0; part == 0 && i < order->occupation_count; i++) {
        counts = counts || order->occupations[i] == fact->code;
    }
    for (size_t i = 0; i < related_count; i++) {
        counts = counts || (related[i].code == fact->code &&
                            (!in_full || related[i].relation == ENGINE_IMPLIED));
    }
    return counts && fact->kind == (part > 0 ? asked->kind : ENGINE_OCCUPATION);
}
