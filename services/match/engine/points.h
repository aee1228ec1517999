/* What a candidate earns for one part of an order (RANKING.md R9-R15). Pure. */
#pragma once

#include "services/match/engine/plan.h"
#include "services/match/engine/snapshot.h"

/* The part as judged by the candidate's best fact for it. */
struct engine_part points_of(const struct engine_snapshot *snapshot, uint32_t candidate,
                             const struct plan *plan, size_t part);
