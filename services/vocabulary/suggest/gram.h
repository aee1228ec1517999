/* Runs of 2 to 5 letters of the words of a phrase, with a mark where a word begins and ends. */
#pragma once

#include "services/vocabulary/suggest/phrase.h"
#include "services/vocabulary/suggest/symbols.h"

#define GRAM_LEAST 2
#define GRAM_MOST 5
#define GRAM_CAP (FOLD_WORDS_CAP * FOLD_WORD_CAP * (GRAM_MOST - GRAM_LEAST + 1))

typedef void gram_seen(void *state, const char *bytes, size_t length);

/* Calls `seen` for each, repeats too. A word with a point has no end, for it was cut off there;
 * words that tell nothing in a query have no grams where `hiring` is false, unless there is nothing
 * else. */
void gram_each(const struct phrase *phrase, bool hiring, gram_seen *seen, void *state);
