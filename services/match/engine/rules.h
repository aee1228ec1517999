/* The hard rules (RANKING.md R1-R7), in the order in which they are tried. Pure. */
#pragma once

#include "services/match/engine/plan.h"

/* R1 to R6, those about the candidate as a whole: the first that excludes, or ENGINE_ELIGIBLE.
 * Reads no facts. */
enum engine_reason rules_person(const struct plan *plan, const struct engine_candidate *candidate);

/* R7: why a must that was judged so is not met, or ENGINE_ELIGIBLE. */
enum engine_reason rules_must(const struct engine_part *judged);

struct verdict {
    enum engine_reason reason;
    size_t part; /* of a must; else 0 */
};

/* The first rule that excludes, or ENGINE_ELIGIBLE. The candidate's facts are sorted by
 * segment_key. */
struct verdict rules_first(const struct plan *plan, const struct engine_candidate *candidate);

#define RULES_VERDICTS_CAP (ENGINE_REASON_COUNT + ENGINE_PARTS_CAP)
/* Every rule that excludes; a protected or withdrawn candidate has that one alone. */
size_t rules_all(const struct plan *plan, const struct engine_candidate *candidate,
                 struct verdict verdicts[RULES_VERDICTS_CAP]);
