#include "tests/services/match/generate.h"

#include <string.h>

#define CODES 6

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t z = *state;
    z ^= z >> 33;
    z *= UINT64_C(0xff51afd7ed558ccd);
    return z ^ (z >> 33);
}

uint64_t generate_below(uint64_t *state, uint64_t bound)
{
    return next(state) % bound;
}

static bool one_in(uint64_t *state, uint64_t n)
{
    return generate_below(state, n) == 0;
}

static int32_t near(uint64_t *state, int32_t day, uint64_t spread)
{
    return day + (int32_t)generate_below(state, 2 * spread + 1) - (int32_t)spread;
}

static void fill_id(uint64_t *state, uint8_t id[ENGINE_ID_SIZE])
{
    for (size_t i = 0; i < ENGINE_ID_SIZE; i++) {
        id[i] = (uint8_t)next(state);
    }
}

static struct engine_place place(uint64_t *state)
{
    if (one_in(state, 15)) {
        return ENGINE_NO_PLACE;
    }
    return (struct engine_place){
        .latitude = 55900000 + (int32_t)generate_below(state, 700000),
        .longitude = 9500000 + (int32_t)generate_below(state, 1400000),
    };
}

struct engine_fact generate_fact(uint64_t *state)
{
    struct engine_fact fact = {
        .kind = (enum engine_kind)generate_below(state, ENGINE_KIND_COUNT),
        .code = (uint32_t)generate_below(state, CODES) + 1,
        .level = (uint8_t)generate_below(state, 6),
        .years = one_in(state, 2) ? ENGINE_YEARS_UNKNOWN : (uint8_t)generate_below(state, 5),
        .valid_until = ENGINE_NO_DAY,
        .last_used = ENGINE_NO_DAY,
        .stated_on = GENERATE_AS_OF - (int32_t)generate_below(state, 3) * 1000,
    };
    if (one_in(state, 2)) {
        fact.valid_until = near(state, GENERATE_AS_OF + 30, 40);
    }
    if (!one_in(state, 3)) {
        fact.last_used = near(state, GENERATE_AS_OF - 1826, one_in(state, 2) ? 2 : 900);
    }
    return fact;
}

void generate_pool(uint64_t *state, struct generate_pool *pool)
{
    generate_candidates(state, pool, GENERATE_CANDIDATES);
}

void generate_candidates(uint64_t *state, struct generate_pool *pool, size_t count)
{
    memset(pool->candidates, 0, count * sizeof *pool->candidates);
    for (size_t i = 0; i < count; i++) {
        struct engine_candidate *candidate = &pool->candidates[i];
        fill_id(state, candidate->id);
        candidate->municipality = (uint16_t)(700 + generate_below(state, 10));
        candidate->place = place(state);
        candidate->max_travel_km =
            one_in(state, 4) ? 0 : (uint16_t)(10 + generate_below(state, 120));
        candidate->available_from =
            one_in(state, 30) ? ENGINE_NO_DAY : near(state, GENERATE_AS_OF - 10, 40);
        candidate->work = (uint8_t)generate_below(state, 128);
        candidate->screening_until =
            one_in(state, 20) ? ENGINE_NO_DAY : near(state, GENERATE_AS_OF + 50, 55);
        candidate->is_protected = one_in(state, 20);
        candidate->withdrawn = one_in(state, 20);
        candidate->facts = pool->facts[i];
        candidate->fact_count = (size_t)generate_below(state, GENERATE_FACTS);
        for (size_t f = 0; f < candidate->fact_count; f++) {
            pool->facts[i][f] = generate_fact(state);
        }
    }
}

static struct engine_requirement requirement(uint64_t *state)
{
    return (struct engine_requirement){
        .kind = (enum engine_kind)generate_below(state, ENGINE_KIND_COUNT),
        .code = (uint32_t)generate_below(state, CODES) + 1,
        .must = one_in(state, 5),
        .weight = (uint8_t)(1 + generate_below(state, 5)),
        .minimum_level = one_in(state, 2) ? 0 : (uint8_t)(1 + generate_below(state, 5)),
        .expires = one_in(state, 6),
        .valid_through = one_in(state, 4),
    };
}

/* Codes from `first` on, round and round, each with a relation, the strongest first: by bytes is by
 * number here. Returns how many. */
static size_t relations(uint64_t *state, uint32_t first, size_t left,
                        struct engine_related *related)
{
    const size_t cap = left < GENERATE_RELATED ? left : GENERATE_RELATED;
    const size_t count = (size_t)generate_below(state, cap + 1);
    for (size_t i = 0; i < count; i++) {
        const struct engine_related made = {
            .code = (first + (uint32_t)i) % CODES + 1,
            .relation = (enum engine_relation)(ENGINE_IMPLIED +
                                               generate_below(state, ENGINE_RELATION_COUNT - 1)),
        };
        size_t at = i;
        for (; at > 0 &&
               (related[at - 1].relation > made.relation ||
                (related[at - 1].relation == made.relation && related[at - 1].code > made.code));
             at--) {
            related[at] = related[at - 1];
        }
        related[at] = made;
    }
    return count;
}

static void generate_occupations(uint64_t *state, struct generate_order *generated)
{
    struct engine_order *order = &generated->order;
    const uint32_t first = (uint32_t)generate_below(state, CODES);
    order->occupation_count = 1 + (size_t)generate_below(state, 3);
    for (uint32_t i = 0; i < order->occupation_count; i++) {
        generated->occupations[i] = (first + i) % CODES + 1;
    }
    order->related_count = relations(state, first + (uint32_t)order->occupation_count,
                                     CODES - order->occupation_count, generated->related);
    order->occupations = generated->occupations;
    order->related = generated->related;
    order->occupation_must = one_in(state, 6);
}

void generate_order(uint64_t *state, struct generate_order *generated)
{
    memset(generated, 0, sizeof *generated);
    struct engine_order *order = &generated->order;
    fill_id(state, order->id);
    generate_occupations(state, generated);
    order->requirement_count = (size_t)generate_below(state, GENERATE_REQUIREMENTS + 1);
    order->requirements = generated->requirements;
    for (size_t i = 0; i < order->requirement_count; i++) {
        struct engine_requirement *made = &generated->requirements[i];
        *made = requirement(state);
        made->related = generated->requirement_related[i];
        made->related_count =
            relations(state, made->code, CODES - 1, generated->requirement_related[i]);
    }
    order->place = place(state);
    order->radius_km = one_in(state, 3) ? 0 : (uint16_t)(20 + generate_below(state, 80));
    order->as_of = GENERATE_AS_OF;
    order->start = GENERATE_AS_OF + (int32_t)generate_below(state, 40);
    order->end =
        one_in(state, 2) ? ENGINE_NO_DAY : order->start + (int32_t)generate_below(state, 40);
    order->work = (uint8_t)(1 + generate_below(state, 127));
}

/* Rulesets 1 and 2 know R14 of part 0 alone. */
static size_t known_relations(const struct engine_related *related, size_t count, size_t part,
                              int ruleset, struct engine_related *known)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const bool too_new = part > 0 && related[i].relation == ENGINE_UNIT && ruleset < 3;
        if (engine_ruleset_counts(ruleset, related[i].relation) && !too_new) {
            known[kept++] = related[i];
        }
    }
    return kept;
}

void generate_known(const struct generate_order *order, int ruleset, struct generate_order *known)
{
    *known = *order;
    known->order.occupations = known->occupations;
    known->order.related = known->related;
    known->order.requirements = known->requirements;
    known->order.related_count =
        known_relations(order->related, order->order.related_count, 0, ruleset, known->related);
    for (size_t i = 0; i < order->order.requirement_count; i++) {
        struct engine_requirement *made = &known->requirements[i];
        made->related = known->requirement_related[i];
        made->related_count = known_relations(order->requirement_related[i], made->related_count,
                                              1 + i, ruleset, known->requirement_related[i]);
    }
}
