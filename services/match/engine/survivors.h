/* Who of the block at hand the question is true of: musts and attributes. */
#pragma once

#include "services/match/engine/look.h"

/* Sights the musts; false when nobody of the segment can meet as many as the mode asks for. */
bool survivors_possible(struct look *look, enum engine_mode mode);
/* Finds them; sets what each lacks. */
void survivors_find(struct look *look, enum engine_mode mode);
