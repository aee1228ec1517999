/* One pass over a snapshot for an order: the way of engine_query, engine_rank and engine_why. */
#pragma once

#include "services/match/engine/scratch.h"

/* One who is left out of a query, and whose place among the others it finds. */
struct rival {
    struct snapshot_at at;
    struct standing standing;
    size_t before; /* how many stand before them */
};

/* Fills scratch->top, sorted. `rival` may be NULL. ERROR_INVALID and ERROR_LIMIT as engine_rank. */
MUST_CHECK int query_run(const struct engine_snapshot *snapshot, const struct engine_order *order,
                         enum engine_mode mode, size_t k, struct rival *rival,
                         struct engine_scratch *scratch);
