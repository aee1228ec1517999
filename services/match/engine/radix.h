/* Sorting by counting, least digit first; stable. */
#pragma once

#include "services/match/engine/build.h"

void radix_sort_keys(uint32_t *keys, size_t count);
/* By `at`, which is below `bound`; `spare` has room for as many. */
void radix_sort_postings(struct posting *postings, struct posting *spare, size_t count,
                         uint32_t bound);
