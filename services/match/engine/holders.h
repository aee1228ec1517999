/*
 * Who of the block at hand meets the musts of a strict query. Where a packed byte does not say, the
 * holder is taken for one who meets the must, and the doubt noted: most of them are gone before
 * anybody has to wait for the day of their fact.
 */
#pragma once

#include "services/match/engine/look.h"

/* Makes whoever may meet the must the survivors, and there are no doubts but theirs. */
void holders_find(struct look *look, size_t part);
/* Leaves those who may meet this one too. */
void holders_keep(struct look *look, size_t part);
/* Leaves those who do: asks the facts of those in doubt who are left. */
void holders_settle(struct look *look);
