/* The best 20 of those that are offered, by score, then tie, then number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define BEST_CAP 20

struct best_entry {
    uint16_t score;
    int16_t lacking;
    uint64_t tie; /* lowest first */
    uint64_t number;
};

struct best {
    struct best_entry entries[BEST_CAP]; /* best first */
    size_t count;
};

void best_offer(struct best *best, struct best_entry entry);
