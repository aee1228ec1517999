#include "services/vocabulary/suggest/similar.h"

#include "services/vocabulary/suggest/fold.h"

#include <stdlib.h>

#define EDIT_COST 1150 /* thousandths of the shorter word's share, for each edit */
#define FIRST_LETTER_COST 60

static uint32_t least(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

uint32_t similar_edits(const char *left, size_t left_length, const char *right, size_t right_length,
                       uint32_t most)
{
    uint32_t rows[3][FOLD_WORD_CAP + 1];
    uint32_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= right_length; j++)
        last[j] = (uint32_t)j;
    for (size_t i = 1; i <= left_length; i++) {
        uint32_t best = row[0] = (uint32_t)i;
        for (size_t j = 1; j <= right_length; j++) {
            uint32_t edits = last[j - 1] + (left[i - 1] != right[j - 1]);
            edits = least(edits, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                edits = least(edits, before[j - 2] + 1);
            row[j] = edits;
            best = least(best, edits);
        }
        if (best > most)
            return most + 1;
        uint32_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return least(last[right_length], most + 1);
}

/* The longer the word, the more of it may be wrong. */
static uint32_t edits_allowed(size_t length)
{
    if (length < 4)
        return 0;
    return length < 6 ? 1 : length < 10 ? 2 : 3;
}

uint32_t similar_spelling(const char *left, size_t left_length, uint32_t left_letters,
                          const char *right, size_t right_length, uint32_t right_letters)
{
    const size_t shorter = left_length < right_length ? left_length : right_length;
    const size_t longer = left_length < right_length ? right_length : left_length;
    const uint32_t most = edits_allowed(longer);

    if (longer - shorter > most ||
        (uint32_t)__builtin_popcount(left_letters & ~right_letters) > most ||
        (uint32_t)__builtin_popcount(right_letters & ~left_letters) > most)
        return 0;
    const uint32_t edits = similar_edits(left, left_length, right, right_length, most);
    if (edits > most)
        return 0;
    const uint32_t cost =
        edits * EDIT_COST / (uint32_t)shorter + (left[0] != right[0] ? FIRST_LETTER_COST : 0);
    return cost < 1000 ? 1000 - cost : 0;
}
