/* Words made comparable: lower case, æ ø å as ae oe aa, other letters of Latin without their marks,
 * one space between, and nothing else but digits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define WORDS_CAP 256

/* False when the text is longer than WORDS_CAP makes room for; the rest of it is not looked at. */
bool words_fold(const char *text, char folded[WORDS_CAP]);
/* Whether `phrase` stands in `folded` as whole words; both are folded. */
bool words_contain(const char *folded, const char *phrase);
