/*
 * A job order made ready for ranking: checked, each part with the keys that it looks for, the day
 * on which its fact must be valid, and its share of the points (RANKING.md R8). Points into the
 * order; lives shorter than it. Some 50 KB, of which plan_make writes only what the order fills.
 */
#pragma once

#include "services/match/engine/engine.h"

struct plan_key {
    uint32_t key;     /* segment_key() */
    uint8_t halvings; /* of what the part earns, by `relation` alone */
    enum engine_relation relation;
};

struct plan_part {
    enum engine_kind kind;
    bool must;
    bool expires;
    uint8_t minimum_level;
    uint16_t of;                 /* its share */
    int32_t valid_on;            /* a dated fact must hold on this day */
    const struct plan_key *keys; /* best first; no two alike, and none of code 0 */
    size_t key_count;
    size_t full_count; /* the first ones: exact and implied. Of a must there are no others */
};

#define PLAN_KEYS_CAP                                                                              \
    (ENGINE_OCCUPATIONS_CAP + ENGINE_RELATED_CAP +                                                 \
     ENGINE_REQUIREMENTS_CAP * (1 + ENGINE_RELATED_CAP))

struct plan {
    const struct engine_order *order;
    int32_t stale_before; /* last used before this day is long ago (R13) */
    size_t part_count;
    size_t key_count;
    struct plan_part parts[ENGINE_PARTS_CAP];
    struct plan_key keys[PLAN_KEYS_CAP];
};

/* ERROR_INVALID and ERROR_LIMIT as engine_rank. Cost: a microsecond per few hundred keys. */
MUST_CHECK int plan_make(const struct engine_order *order, struct plan *plan);
