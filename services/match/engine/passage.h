/*
 * The rules about a candidate as a whole (RANKING.md R1-R6), asked of a block's array of
 * attributes. They are those of rules_person, arranged for many candidates in a row: plain
 * comparisons without branches, and the distance once for a run of neighbours.
 */
#pragma once

#include "services/match/engine/look.h"
#include "services/match/engine/rules.h"

/* Leaves among the survivors those who are alive in this snapshot and whom none of R1 to R6
 * excludes. */
void passage_filter(struct look *look);

/* How far it is by road to the order from the place that was asked about last. */
struct passage_road {
    struct engine_place home;
    uint32_t km; /* UINT32_MAX: unknown */
};
struct passage_road passage_nowhere(void); /* the one before the first */

/* Which of the rules exclude, as bits; bit 0 is the one that is tried first (R1, which hides the
 * others). */
#define PASSAGE_RULES 7
unsigned passage_failures(const struct engine_order *order, const struct attributes *attributes,
                          struct passage_road *road);
enum engine_reason passage_reason(const struct attributes *attributes, unsigned rule);
