/*
 * The pool in the order of place, for peers whose rows are numbered as they like: row r is
 * candidate candidates[r], town by town, unknown towns last. A circle is then a few ranges of rows.
 */
#pragma once

#include "tests/bench/peers/data.h"

#ifdef __cplusplus
extern "C" {
#endif

struct places {
    uint32_t *candidates; /* by row */
    size_t *from;         /* by town: its first row; two more: unknown towns, and the end */
};

void places_init(struct places *places, const struct data *data);

struct places_range {
    size_t begin, end; /* rows; the end is the first that is not in it */
};
/* The towns within the order's radius, ascending, neighbours merged; at most one range per town. */
size_t places_within(const struct places *places, const struct data *data,
                     const struct data_order *order, struct places_range *ranges);

#ifdef __cplusplus
}
#endif
