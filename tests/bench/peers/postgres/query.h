/* The SQL that answers one order, with everything about the order written into it: the planner
 * knows all there is to know, before the clock starts. Returns id, score and the must that lacks
 * (or -1). */
#pragma once

#include "tests/bench/peers/data.h"

/* The caller frees it. */
char *query_for(const struct data *data, const struct data_order *order, bool near_miss);

/* One changed candidate against all open orders. Parameters: tokens, certificates, their days, road
 * kilometres by town, limit, available, work, screening. Returns id, score, -1. */
extern const char query_reverse[];
