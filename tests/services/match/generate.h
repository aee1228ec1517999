/*
 * Pools and orders from a seed, small and dense in edge cases: few codes, days around the limits,
 * equal scores, several facts with one code. Everybody in them is fictional.
 */
#pragma once

#include "services/match/engine/engine.h"

#define GENERATE_CANDIDATES 60
#define GENERATE_FACTS 16
#define GENERATE_AS_OF 20800 /* 2026-12-13 */

struct generate_pool {
    struct engine_candidate candidates[GENERATE_CANDIDATES];
    struct engine_fact facts[GENERATE_CANDIDATES][GENERATE_FACTS];
};

#define GENERATE_REQUIREMENTS 10
#define GENERATE_RELATED 4
struct generate_order {
    struct engine_order order;
    uint32_t occupations[3];
    struct engine_related related[GENERATE_RELATED];
    struct engine_requirement requirements[GENERATE_REQUIREMENTS];
    struct engine_related requirement_related[GENERATE_REQUIREMENTS][GENERATE_RELATED];
};

uint64_t generate_below(uint64_t *state, uint64_t bound);
void generate_pool(uint64_t *state, struct generate_pool *pool);
/* The first `count` of a pool only; the rest is left as it was. */
void generate_candidates(uint64_t *state, struct generate_pool *pool, size_t count);
struct engine_fact generate_fact(uint64_t *state);
/* With relations of every ruleset. It points into itself: copy it by generate_known alone. */
void generate_order(uint64_t *state, struct generate_order *order);
/* The same order without the relations that `ruleset` does not know; 0: without any. */
void generate_known(const struct generate_order *order, int ruleset, struct generate_order *known);
