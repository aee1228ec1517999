/* Every part of one candidate, with the fact that decided it. */
#pragma once

#include "services/match/engine/look.h"

/* `look` has been begun with the order. Cost: a search per key of the order. */
void explain_parts(const struct engine_snapshot *snapshot, struct look *look, struct snapshot_at at,
                   struct engine_part *parts);
