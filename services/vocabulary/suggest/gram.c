#include "services/vocabulary/suggest/gram.h"

#include <string.h>

#define EDGE '_'

static void word_grams(const struct phrase_word *word, gram_seen *seen, void *state)
{
    char edged[FOLD_WORD_CAP + 2];
    size_t length = 0;

    edged[length++] = EDGE;
    memcpy(edged + length, word->loose, word->length);
    length += word->length;
    if (!word->point)
        edged[length++] = EDGE;
    for (size_t size = GRAM_LEAST; size <= GRAM_MOST; size++)
        for (size_t at = 0; at + size <= length; at++)
            seen(state, edged + at, size);
}

void gram_each(const struct phrase *phrase, bool hiring, gram_seen *seen, void *state)
{
    for (size_t i = 0; i < phrase->count; i++)
        if (hiring || phrase->words[i].sort == LEXICON_WORD)
            word_grams(&phrase->words[i], seen, state);
}
