/* What the survivors of the block at hand earn (RANKING.md R16). */
#pragma once

#include "services/match/engine/look.h"

/* Sets `score` at every survivor's number. */
void score_survivors(struct look *look, enum engine_mode mode);
