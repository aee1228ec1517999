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

/* The end of the alternative. By hand: they are short, and there are many of them. */
static const char *alternative_end(const char *text)
{
    while (*text != '|' && *text != ' ' && *text != '\0')
        text++;
    return text;
}

static bool element_fits(const char *element, const struct word *word)
{
    for (;; element++) {
        const char *end = alternative_end(element);
        if ((*element == *word->text || *element == '*' || *element == '#') &&
            alternative_fits(element, (size_t)(end - element), word))
            return true;
        if (*end != '|')
            return false;
        element = end;
    }
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

/* Two bytes fall into one of 63 drawers, and whatever begins with a digit into one of its own. */
static uint64_t drawer(const char *two)
{
    return UINT64_C(1) << (((unsigned char)two[0] * 31U + (unsigned char)two[1]) % 63U);
}

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static uint64_t head_of(const char *text, size_t length)
{
    if (is_digit(*text) || *text == '#')
        return UINT64_C(1) << 63;
    return drawer((const char[2]){text[0], length > 1 ? text[1] : '\0'});
}

struct pattern_key pattern_word(const struct word *word)
{
    return (struct pattern_key){.head = head_of(word->text, word->length),
                                .tail =
                                    word->length > 1 ? drawer(word->text + word->length - 2) : 0};
}

static const char *add_element(const char *element, struct pattern_key *key)
{
    for (;; element++) {
        const char *end = alternative_end(element);
        const size_t length = (size_t)(end - element);
        if (*element == '*' && length > 2)
            key->tail |= drawer(end - 2);
        else if (*element == '*' || (length == 2 && element[1] == '*'))
            key->head = UINT64_MAX;
        else
            key->head |= head_of(element, length);
        if (*end != '|')
            return end;
        element = end;
    }
}

struct pattern_key pattern_key(const char *pattern)
{
    struct pattern_key key = {0};

    if (*pattern == '^')
        pattern = next_element(pattern);
    for (; *pattern == '?'; pattern = next_element(pattern))
        add_element(pattern + 1, &key);
    if (*pattern == '.' || *pattern == '$' || *pattern == '\0')
        key.head = UINT64_MAX;
    else
        add_element(pattern, &key);
    return key;
}
