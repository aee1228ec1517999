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
    enum engine_relation relation; /* where there is a fact */
};

#define ORACLE_LACKS_NONE (-1)
struct oracle_result {
    const struct engine_candidate *candidate;
    int reason_count; /* every rule that excludes, in their order; of the unavailable that alone */
    enum engine_reason reasons[ENGINE_REASON_COUNT + ENGINE_PARTS_CAP];
    int reason_parts[ENGINE_REASON_COUNT + ENGINE_PARTS_CAP];
    int lacks; /* in a near-miss list: the part of the must that is not met, or none */
    bool listed;
    int score;
    uint64_t hash;
    bool has_distance;
    int road_km;
    struct oracle_part parts[ENGINE_PARTS_CAP];
};

int oracle_part_count(const struct engine_order *order);
bool oracle_is_must(const struct engine_order *order, int part);
int oracle_road_km(struct engine_place from, struct engine_place to);
uint64_t oracle_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE]);

/* One result per candidate: those on the list first, in their order; then the rest. Returns how
 * many are on it. Relations that the ruleset does not know are not seen. */
int oracle_rank(const struct engine_candidate *candidates, int count,
                const struct engine_order *order, int ruleset, struct oracle_result *results);
/* The near-miss list, likewise. */
int oracle_near_miss(const struct engine_candidate *candidates, int count,
                     const struct engine_order *order, int ruleset, struct oracle_result *results);
