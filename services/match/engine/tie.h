/* The number that settles ties (RANKING.md R17): from the ids of order and candidate alone, so
 * that nobody is always last and nobody can choose. Pure. */
#pragma once

#include "services/match/engine/engine.h"

uint64_t tie_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE]);
