/* A text as the words that the linter compares: normal form, with the place of each in the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct word {
    const char *text; /* lower case, å æ ø for aa ae oe; not terminated */
    size_t length;
    size_t start, end; /* bytes of the text as it came */
    bool begins;       /* a sentence */
    bool innocent;     /* covered; the linter's */
};

struct words {
    struct word *items;
    size_t count;
    char *normal; /* what the words point into */
};

/* `text` is UTF-8. Allocates once; words_deinit gives it back. */
void words_read(struct words *words, const char *text, size_t length);
void words_deinit(struct words *words);
