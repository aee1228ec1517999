/* The hard rules (RANKING.md R1-R7), in the order in which they are tried. Pure. */
#pragma once

#include "services/match/engine/plan.h"
#include "services/match/engine/snapshot.h"

struct verdict {
    enum engine_reason reason;
    size_t part; /* of a must; else 0 */
};

/* The first rule that excludes, or ENGINE_ELIGIBLE. */
struct verdict rules_first(const struct engine_snapshot *snapshot, uint32_t candidate,
                           const struct plan *plan);

#define RULES_VERDICTS_CAP (ENGINE_REASON_COUNT + ENGINE_PARTS_CAP)
/* Every rule that excludes; a protected or withdrawn candidate has that one alone. */
size_t rules_all(const struct engine_snapshot *snapshot, uint32_t candidate,
                 const struct plan *plan, struct verdict verdicts[RULES_VERDICTS_CAP]);
