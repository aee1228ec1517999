/*
 * Danish text as words that can be compared: lower case, without accents, and with the three Danish
 * letters as one byte each however they were typed. Pure; no allocation.
 *
 * A folded word holds a-z, 0-9, '{' for æ (also ae, ä), '|' for ø (also oe, ö), '}' for å (also
 * aa), and other scripts' letters as their UTF-8 bytes. `fold_loose` goes one step further, to what
 * a keyboard without Danish letters leaves: æ and å as a, ø as o.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FOLD_WORD_CAP 64  /* bytes of one word; the rest of a longer one is left out */
#define FOLD_WORDS_CAP 64 /* words of one text; the rest is left out */

enum fold_flag {
    FOLD_POINT = 1,         /* a point stands behind it: "arb." */
    FOLD_HYPHEN_AFTER = 2,  /* "jord- og betonarbejder": the first */
    FOLD_HYPHEN_BEFORE = 4, /* "betonarbejder og -støber": the second */
    FOLD_TIGHT = 8,         /* one sign and no space stands between it and the next: "C+E" */
};

struct fold_word {
    uint8_t length;
    uint8_t flags;
    char text[FOLD_WORD_CAP]; /* not terminated */
};

struct fold_text {
    size_t count;
    struct fold_word words[FOLD_WORDS_CAP];
};

/* What is not UTF-8 separates words. */
void fold_words(const char *bytes, size_t length, struct fold_text *text);

/* In place; the length stays. */
void fold_loose(char *text, size_t length);
