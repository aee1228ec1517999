/* What the room counts (E5). */
#pragma once

#include "common/obs/metric.h"

extern struct metric match_pool_version;
extern struct metric match_pool_candidates;
extern struct metric match_vocabulary_version;
extern struct metric match_candidates_read;
extern struct metric match_pool_bytes;
extern struct metric match_pool_pieces;
extern struct metric match_compactions;
extern struct metric match_memory_full;
extern struct metric match_rankings;
extern struct metric match_waits;
extern struct metric match_proposals;
extern struct metric match_questions;
