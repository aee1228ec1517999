/*
 * How the pool lies in memory, for the engine's own files: one array per field, candidates in the
 * order of their ids, the facts of each in the order of their keys. A rule then reads only the
 * arrays that it is about.
 */
#pragma once

#include "services/match/engine/engine.h"

/* Kind and code in one number, so that a fact is found by one search. */
#define SNAPSHOT_CODE_BITS 29

static inline uint32_t snapshot_key(enum engine_kind kind, uint32_t code)
{
    return (uint32_t)kind << SNAPSHOT_CODE_BITS | code;
}

enum snapshot_flag { SNAPSHOT_PROTECTED = 1, SNAPSHOT_WITHDRAWN = 2 };

struct engine_snapshot {
    int64_t version;

    uint32_t count;
    uint8_t (*ids)[ENGINE_ID_SIZE];
    uint16_t *municipalities;
    struct engine_place *places;
    uint16_t *max_travel_km;
    int32_t *available_from;
    int32_t *screening_until;
    uint8_t *work;
    uint8_t *flags;
    uint32_t *fact_from; /* count + 1: the facts of i are fact_from[i] to fact_from[i + 1] - 1 */

    uint32_t fact_count;
    uint32_t *fact_keys;
    uint8_t *fact_levels;
    uint8_t *fact_years;
    int32_t *fact_valid_until;
    int32_t *fact_last_used;
    int32_t *fact_stated_on;
};

/* The first candidate at or after `from` whose id is `id` or greater. */
uint32_t snapshot_seek_id(const struct engine_snapshot *snapshot, uint32_t from,
                          const uint8_t id[ENGINE_ID_SIZE]);
/* The candidate's place in the arrays, or `count`. */
uint32_t snapshot_find(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE]);
struct engine_fact snapshot_fact(const struct engine_snapshot *snapshot, uint32_t at);
/* The first fact of the candidate with this key or a greater one. */
uint32_t snapshot_seek(const struct engine_snapshot *snapshot, uint32_t candidate, uint32_t key);
