/* Which pieces of a snapshot become one, and that in place; for apply.c. */
#pragma once

#include "services/match/engine/snapshot.h"

/* Merges the small pieces of a snapshot that nobody else sees yet. */
MUST_CHECK int compact_now(struct engine_snapshot *snapshot);
