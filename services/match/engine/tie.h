/* The number that settles ties (RANKING.md R17): from the ids of order and candidate alone, so
 * that nobody is always last and nobody can choose. Pure. */
#pragma once

#include "services/match/engine/engine.h"

uint64_t tie_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE]);

/* The same in two steps: the order's part once, the candidate's often. */
uint64_t tie_of_order(const uint8_t order[ENGINE_ID_SIZE]);
uint64_t tie_with(uint64_t of_order, const uint8_t candidate[ENGINE_ID_SIZE]);
