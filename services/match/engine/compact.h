/* Which pieces of a snapshot become one, and that in place; for apply.c and snapshot.c. */
#pragma once

#include "services/match/engine/snapshot.h"

/* Whether some of them are to become one. */
bool compact_uneven(const struct snapshot_piece *pieces, size_t count);
/* Merges the small pieces of a settled snapshot that nobody else sees yet. */
MUST_CHECK int compact_now(struct engine_snapshot *snapshot);
