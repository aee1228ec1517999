/* Several segments into one, those who have left them left out. */
#pragma once

#include "services/match/engine/dead.h"
#include "services/match/engine/segment.h"

struct merge_source {
    const struct segment *segment;
    const struct dead *dead; /* NULL: nobody */
};

/* `*merged` is NULL when nobody is left. Nobody is alive in two of the sources. Cost: about 3 us
 * per candidate; memory: the result, 20 bytes per candidate of the sources and the longest row.
 * ERROR_LIMIT: over 2^31 - 1 postings or candidates. */
MUST_CHECK int merge_segments(const struct merge_source *sources, size_t count,
                              struct segment **merged);
