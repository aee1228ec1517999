#include "tests/bench/oracle/best.h"

#include <stdbool.h>

static bool before(const struct best_entry *a, const struct best_entry *b)
{
    if (a->score != b->score) {
        return a->score > b->score;
    }
    return a->tie != b->tie ? a->tie < b->tie : a->number < b->number;
}

void best_offer(struct best *best, struct best_entry entry)
{
    if (best->count == BEST_CAP && !before(&entry, &best->entries[BEST_CAP - 1])) {
        return;
    }
    size_t at = best->count < BEST_CAP ? best->count++ : BEST_CAP - 1;
    for (; at > 0 && before(&entry, &best->entries[at - 1]); at--) {
        best->entries[at] = best->entries[at - 1];
    }
    best->entries[at] = entry;
}
