/*
 * A job order made ready for ranking: checked, each part with the keys that it looks for, the day
 * on which its fact must be valid, and its share of the points (RANKING.md R8). Points into the
 * order; lives shorter than it.
 */
#pragma once

#include "services/match/engine/engine.h"

struct plan_part {
    enum engine_kind kind;
    bool must;
    bool expires;
    uint8_t minimum_level;
    uint16_t of;          /* its share */
    int32_t valid_on;     /* a dated fact must hold on this day */
    const uint32_t *keys; /* snapshot_key()s, best first */
    size_t key_count;
    size_t exact_count; /* the keys from here on are related ones */
};

struct plan {
    const struct engine_order *order;
    int32_t stale_before; /* last used before this day is long ago (R13) */
    struct plan_part parts[ENGINE_PARTS_CAP];
    size_t part_count;
    uint32_t keys[ENGINE_OCCUPATIONS_CAP + ENGINE_RELATED_CAP + ENGINE_REQUIREMENTS_CAP];
};

/* ERROR_INVALID and ERROR_LIMIT as engine_rank. */
MUST_CHECK int plan_make(const struct engine_order *order, struct plan *plan);
