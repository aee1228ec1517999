/*
 * The oracle: a slow, obvious matcher written from services/match/RANKING.md alone. It shares the
 * engine's input structs and enumerations and not a line of its code.
 */
#pragma once

#include "services/match/engine/engine.h"

struct oracle_part {
    enum engine_status status;
    int points;
    int of;
    const struct engine_fact *fact;
    bool related;
};

struct oracle_result {
    const struct engine_candidate *candidate;
    enum engine_reason reason; /* the first */
    int reason_part;
    int score;
    uint64_t hash;
    bool has_distance;
    int road_km;
    struct oracle_part parts[ENGINE_PARTS_CAP];
};

int oracle_part_count(const struct engine_order *order);
int oracle_road_km(struct engine_place from, struct engine_place to);
uint64_t oracle_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE]);
/* One result per candidate: the eligible ones first, in their order; then the rest. */
int oracle_rank(const struct engine_candidate *candidates, int count,
                const struct engine_order *order, struct oracle_result *results);
