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

/* With which letters the first word may begin, as bits of pattern_bit; for a quick no. */
uint64_t pattern_first(const char *pattern);
uint64_t pattern_bit(const struct word *word);

/* Whether the pattern stands at the word `at`; `*end` is then the word after it, and `*taken` has a
 * bit for each word from `at` on that stands in the pattern itself, and not in a gap. */
bool pattern_match(const char *pattern, const struct words *words, size_t at, size_t *end,
                   uint64_t *taken);
