/*
 * The rules about a candidate as a whole (RANKING.md R1-R6), asked of a block's gates (gates.h).
 * They are those of rules_person, arranged for many candidates in a row: plain comparisons without
 * branches, a line of gates at once, and the distance once for a run of neighbours.
 */
#pragma once

#include "services/match/engine/look.h"

/* Leaves among the survivors those who are alive in this snapshot and whom none of R1 to R6
 * excludes. */
void passage_filter(struct look *look);
/* Whether so many are asked about that their gates are read line by line, none left out: then
 * asking everybody is as quick. */
bool passage_streams(const struct look *look, size_t count);
/* Sets `open` for everybody of the block at hand: 1 for those whom passage_filter would leave. */
void passage_open(struct look *look);

/* For everybody of the block at hand, dead or alive: which of R1 to R6 exclude, as bits
 * 1 << enum engine_reason. Of whom R1 excludes the other bits say nothing. */
void passage_failures(const struct look *look, uint16_t *failures);
