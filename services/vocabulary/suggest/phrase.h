/*
 * A text as the words that count: folded, without what tells nothing, "jord- og betonarbejder" as
 * jordarbejder and betonarbejder.
 */
#pragma once

#include "services/vocabulary/suggest/compound.h"
#include "services/vocabulary/suggest/fold.h"
#include "services/vocabulary/suggest/lexicon.h"

struct phrase_word {
    uint8_t length;
    bool point; /* "arb." */
    enum lexicon_sort sort;
    char strict[FOLD_WORD_CAP]; /* folded */
    char loose[FOLD_WORD_CAP];  /* folded loosely: as many bytes */
};

struct phrase {
    size_t count;
    struct phrase_word words[FOLD_WORDS_CAP];
};

/* Words that tell nothing stay only where there are no others. `compound` NULL: "jord-" stays as it
 * is. */
void phrase_read(const struct lexicon *lexicon, const struct compound *compound, const char *text,
                 size_t length, struct phrase *phrase);

#define PHRASE_KEY_CAP (FOLD_WORDS_CAP * (FOLD_WORD_CAP + 1))

/* Three ways to be the same text; each returns how many bytes it wrote to `key`.
 * Word for word; when written together; with the same stems in any order. */
size_t phrase_key_exact(const struct phrase *phrase, char key[PHRASE_KEY_CAP]);
size_t phrase_key_joined(const struct phrase *phrase, char key[PHRASE_KEY_CAP]);
size_t phrase_key_stems(const struct phrase *phrase, char key[PHRASE_KEY_CAP]);
