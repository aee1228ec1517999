/*
 * Danish endings taken off a folded word: number, definiteness, case, the feminine forms, and the
 * endings that tell who does it from what is done ("svejser", "svejsning"). Rough on purpose: two
 * words with one stem are nearly always forms of one word; the stem itself need not be a word.
 */
#pragma once

#include <stddef.h>

/* How many of the word's first bytes are its stem: at least 2, or all of a shorter word. */
size_t stem_length(const char *word, size_t length);
