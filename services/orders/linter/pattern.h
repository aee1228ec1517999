/*
 * Patterns of words, as phrases.c writes them. A pattern is elements with a space between, each for
 * one word:
 *
 *   mand|mænd     one of these        tømrer*   begins so        *svend   ends so (and is more)
 *   #             any whole number    #15-75    one from 15 to 75
 *   ?og|eller     this one or none    ..2       any words, 0 to 2; as few as do
 *   ^             (first) where a sentence begins
 *   $             (last) where a sentence ends
 *
 * A pattern never reaches over the end of a sentence. At most PATTERN_ELEMENTS_CAP elements.
 */
#pragma once

#include "services/orders/linter/words.h"

#include <stdint.h>

#define PATTERN_ELEMENTS_CAP 24

/* How the first word of a pattern may begin and end, and how a word does: for a quick no. */
struct pattern_key {
    uint64_t head, tail;
};

struct pattern_key pattern_key(const char *pattern);
struct pattern_key pattern_word(const struct word *word);
static inline bool pattern_may(struct pattern_key pattern, struct pattern_key word)
{
    return ((pattern.head & word.head) | (pattern.tail & word.tail)) != 0;
}

/* Whether the pattern stands at the word `at`; `*end` is then the word after it, and `*taken` has a
 * bit for each word from `at` on that stands in the pattern itself, and not in a gap. */
bool pattern_match(const char *pattern, const struct words *words, size_t at, size_t *end,
                   uint64_t *taken);
