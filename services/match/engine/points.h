/* What a candidate earns for one part of an order (RANKING.md R9-R15, R18-R20). Pure. */
#pragma once

#include "services/match/engine/plan.h"

/* One fact, found by one key of the part. Everything that earns points goes through here, or
 * through a table made with it. */
struct engine_part points_judge(const struct plan *plan, size_t part, const struct plan_key *key,
                                const struct engine_fact *fact);

/* R9: whether the left one counts rather than the right one; both judged by a fact. Of two that are
 * neither better nor worse, that of the part's earlier key counts. */
bool points_better(const struct engine_part *left, const struct engine_part *right);

/* The part as judged by the best of a candidate's facts, which are sorted by segment_key. */
struct engine_part points_best(const struct plan *plan, size_t part,
                               const struct engine_fact *facts, size_t count);
