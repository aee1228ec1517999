/* How near two spellings are. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Letters left out, put in, exchanged, or swapped with their neighbour (optimal string alignment),
 * or `most` + 1 where there are more than `most`. Words of at most FOLD_WORD_CAP bytes. */
uint32_t similar_edits(const char *left, size_t left_length, const char *right, size_t right_length,
                       uint32_t most);

/* 0 where the two are no spellings of one word, else up to 1000. `left_letters` and `right_letters`
 * are index_letters, to see at once that they are too different. */
uint32_t similar_spelling(const char *left, size_t left_length, uint32_t left_letters,
                          const char *right, size_t right_length, uint32_t right_letters);
