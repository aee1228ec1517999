/* The SQL that answers one order. Musts are joined, the rarest first; nice-to-haves joined where
 * there. */
#pragma once

#include "tests/bench/peers/places.h"

/* `counts`: how many facts of each code there are. The caller frees it. */
char *query_for(const struct data *data, const struct places *places, const uint32_t *counts,
                const struct data_order *order, bool near_miss);
