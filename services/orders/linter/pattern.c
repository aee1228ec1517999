#include "services/orders/linter/pattern.h"

#include <string.h>

#define REACH 60 /* words that a pattern spans at most; `taken` has a bit for each */

static const char *element_end(const char *element)
{
    return element + strcspn(element, " ");
}

static const char *next_element(const char *element)
{
    element = element_end(element);
    return *element == ' ' ? element + 1 : element;
}

/* A number of at most six digits; -1 where the bytes are none. */
static long number(const char *text, size_t length)
{
    long value = 0;

    if (length == 0 || length > 6)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool number_fits(const char *range, size_t length, const struct word *word)
{
    const long value = number(word->text, word->length);
    const char *dash = memchr(range, '-', length);

    if (value < 0 || length == 0 || !dash)
        return value >= 0;
    return value >= number(range, (size_t)(dash - range)) &&
           value <= number(dash + 1, length - (size_t)(dash - range) - 1);
}

static bool alternative_fits(const char *text, size_t length, const struct word *word)
{
    if (text[0] == '#')
        return number_fits(text + 1, length - 1, word);
    if (text[0] == '*')
        return word->length > length - 1 &&
               memcmp(word->text + word->length - (length - 1), text + 1, length - 1) == 0;
    if (text[length - 1] == '*')
        return word->length >= length - 1 && memcmp(word->text, text, length - 1) == 0;
    return word->length == length && memcmp(word->text, text, length) == 0;
}

static bool element_fits(const char *element, const struct word *word)
{
    const char *end = element_end(element);

    while (element < end) {
        const size_t length = strcspn(element, "| ");
        if (length > 0 && alternative_fits(element, length, word))
            return true;
        element += length + 1;
    }
    return false;
}

struct match {
    const struct words *words;
    size_t first;
    size_t end;
    uint64_t taken;
};

static bool same_sentence(const struct match *match, size_t at)
{
    return at < match->words->count && at - match->first < REACH &&
           (at == match->first || !match->words->items[at].begins);
}

/* Depth and cost are small: a pattern has few elements, and a gap few words. */
static bool match_from(struct match *match, const char *element, size_t at)
{
    if (*element == '\0') {
        match->end = at;
        return true;
    }
    if (*element == '$') {
        match->end = at;
        return !same_sentence(match, at);
    }
    if (element[0] == '.' && element[1] == '.') {
        const size_t most = (size_t)(element[2] - '0');
        for (size_t skip = 0; skip <= most; skip++) {
            if (match_from(match, next_element(element), at + skip))
                return true;
            if (!same_sentence(match, at + skip))
                return false;
        }
        return false;
    }
    const bool optional = *element == '?';
    if (same_sentence(match, at) && element_fits(element + optional, &match->words->items[at])) {
        const uint64_t bit = UINT64_C(1) << (at - match->first);
        match->taken |= bit;
        if (match_from(match, next_element(element), at + 1))
            return true;
        match->taken &= ~bit;
    }
    return optional && match_from(match, next_element(element), at);
}

bool pattern_match(const char *pattern, const struct words *words, size_t at, size_t *end,
                   uint64_t *taken)
{
    struct match match = {.words = words, .first = at};

    if (*pattern == '^') {
        if (!words->items[at].begins)
            return false;
        pattern = next_element(pattern);
    }
    if (!match_from(&match, pattern, at) || match.end == at)
        return false;
    *end = match.end;
    *taken = match.taken;
    return true;
}

static uint64_t bit_of(char letter)
{
    if (letter >= 'a' && letter <= 'z')
        return UINT64_C(1) << (letter - 'a');
    return UINT64_C(1) << (letter >= '0' && letter <= '9' ? 26 : 27);
}

uint64_t pattern_bit(const struct word *word)
{
    return bit_of(word->text[0]);
}

uint64_t pattern_first(const char *pattern)
{
    uint64_t bits = 0;

    if (*pattern == '^')
        pattern = next_element(pattern);
    for (const char *end = element_end(pattern); pattern < end;
         pattern += strcspn(pattern, "| ") + 1) {
        if (*pattern == '*' || *pattern == '?' || *pattern == '.')
            return UINT64_MAX;
        bits |= *pattern == '#' ? bit_of('0') : bit_of(*pattern);
    }
    return bits;
}
