#include "services/vocabulary/suggest/stem.h"

#include <stdbool.h>
#include <string.h>

#define STEM_LEAST 3

struct ending {
    const char *text;
    size_t keep; /* of the ending's own bytes */
};

/* The first that fits is taken, once from each table. Folded: '{' is æ, '|' is ø. */
static const struct ending feminine[] = {
    {"erinde", 2}, {"erinden", 2}, {"erinder", 2}, {"erske", 2}, {"ersker", 2}, {"ersken", 2},
};

static const struct ending inflection[] = {
    {"ningerne", 0}, {"ninger", 0}, {"ningen", 0}, {"ning", 0},    {"elserne", 0},
    {"elser", 0},    {"elsen", 0},  {"else", 0},   {"ingerne", 0}, {"inger", 0},
    {"ingen", 0},    {"ing", 0},    {"ernes", 0},  {"erens", 0},   {"erne", 0},
    {"eren", 0},     {"ere", 0},    {"ene", 0},    {"ende", 0},    {"ens", 0},
    {"ets", 0},      {"er", 0},     {"en", 0},     {"et", 0},      {"e", 0},
};

static bool vowel(char letter)
{
    return memchr("aeiouy{|}", letter, 9) != NULL;
}

static bool sounds(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (vowel(word[i]) || (unsigned char)word[i] >= 0x80)
            return true;
    return false;
}

static size_t strip(const char *word, size_t length, const struct ending *endings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(endings[i].text);
        if (length < size + STEM_LEAST || memcmp(word + length - size, endings[i].text, size) != 0)
            continue;
        if (sounds(word, length - size))
            return length - size + endings[i].keep;
    }
    return length;
}

size_t stem_length(const char *word, size_t length)
{
    size_t stem = length;

    /* The genitive, and the s between the parts of a compound; not the double s of "glass". */
    if (stem > STEM_LEAST && word[stem - 1] == 's' && word[stem - 2] != 's')
        stem--;
    stem = strip(word, stem, feminine, sizeof feminine / sizeof feminine[0]);
    stem = strip(word, stem, inflection, sizeof inflection / sizeof inflection[0]);
    if (stem > STEM_LEAST && word[stem - 1] == word[stem - 2] && !vowel(word[stem - 1]))
        stem--;
    return stem;
}
