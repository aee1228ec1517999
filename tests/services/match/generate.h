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

struct generate_order {
    struct engine_order order;
    uint32_t occupations[3];
    struct engine_related related[4];
    struct engine_requirement requirements[10];
};

uint64_t generate_below(uint64_t *state, uint64_t bound);
void generate_pool(uint64_t *state, struct generate_pool *pool);
struct engine_fact generate_fact(uint64_t *state);
void generate_order(uint64_t *state, struct generate_order *order);
