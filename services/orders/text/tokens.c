/* A text as folded words and numbers, each with its place. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"
#include "common/domain/fold.h"

#include <string.h>

/* Abbreviations whose point ends no sentence. */
static const char *const abbreviations[] = {
    "ca",   "evt",  "mdr", "md",   "el",  "kl",  "nr",  "pr",  "min", "max", "maks",
    "inkl", "stk",  "tlf", "d",    "o",   "t",   "m",   "f",   "s",   "osv", "mv",
    "bl",   "a",    "fx",  "feks", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
    "sep",  "sept", "okt", "nov",  "dec", "aut", "kr",  NULL};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(uint32_t point)
{
    return (point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde && point != 0xd7);
}

/* What stood between two words. */
struct between {
    bool space, comma, newline, blank, colon, stop;
    char sign;
    int signs;
};

static void see(struct between *between, uint32_t point)
{
    if (point == '\n') {
        between->blank |= between->newline;
        between->newline = true;
    } else if (point == ' ' || point == '\t' || point == '\r' || point == 0xa0) {
        between->space = true;
    } else {
        between->comma |= point == ',';
        between->colon |= point == ':';
        between->stop |= point == ';' || point == '!' || point == '?' || point == 0x2022;
        between->sign = point == 0x2013 ? '-' : point < 0x80 ? (char)point : '*';
        between->signs++;
    }
}

/* A point ends a sentence where a capital letter follows, and neither a number nor an abbreviation
 * stands before it. */
static bool ends_sentence(const struct between *between, const struct token *before, bool capital)
{
    if (between->stop || between->newline)
        return true;
    if (between->signs == 0 || between->sign != '.' || !between->space || !capital)
        return false;
    return !(before->flags & TOKEN_NUMBER) && !token_among(before, abbreviations);
}

static void mark(struct token *tokens, size_t at, const struct between *between, uint32_t first)
{
    struct token *token = &tokens[at];

    token->finding = -1;
    token->flags = is_capital(first) ? TOKEN_CAPITAL : 0;
    if (at == 0) {
        token->flags |= TOKEN_BREAK | TOKEN_PARAGRAPH;
        return;
    }
    if (between->comma)
        token->flags |= TOKEN_COMMA;
    if (between->colon)
        tokens[at - 1].flags |= TOKEN_COLON;
    if (between->blank)
        token->flags |= TOKEN_PARAGRAPH;
    if (ends_sentence(between, &tokens[at - 1], is_capital(first)))
        token->flags |= TOKEN_BREAK;
    if (between->sign == '-' && between->signs == 1 && !between->newline)
        token->flags |= TOKEN_DASH;
    if (!between->space && !between->newline && between->signs <= 1) {
        token->flags |= TOKEN_TIGHT;
        token->sign = between->signs == 1 ? between->sign : '\0';
    }
}

/* "50km" is two words; "3D", "B1" and "CO2" are one. */
static bool number_ends(const char *folded, size_t length, const char *rest, size_t left)
{
    for (size_t i = 0; i < length; i++)
        if (!is_digit(folded[i]))
            return false;
    size_t letters = 0;
    while (letters < 2 && letters < left &&
           ((rest[letters] >= 'a' && rest[letters] <= 'z') || (unsigned char)rest[letters] >= 0x80))
        letters++;
    return length > 0 && letters == 2;
}

static void finish(struct arena *arena, struct token *token, const char *folded, size_t length)
{
    token->text = arena_strndup(arena, folded, length);
    token->length = length;
    int32_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(folded[i]) || length > 9)
            return;
        number = number * 10 + (folded[i] - '0');
    }
    token->number = number;
    token->flags |= TOKEN_NUMBER;
}

/* The word at `text`; returns its bytes. */
static size_t take_word(const char *text, size_t length, char folded[TOKEN_BYTES],
                        size_t *folded_length)
{
    size_t at = 0, size = 0;
    char letter[5];

    while (at < length) {
        const size_t step = str_utf8_step(text + at, length - at);
        if (step == 0)
            break;
        const char *more = fold_letter(fold_point(text + at, step), text + at, step, letter);
        /* "vvs'er" is one word. */
        if (more == NULL && text[at] == '\'' && size > 0 && at + 1 < length &&
            text[at + 1] >= 'a' && text[at + 1] <= 'z') {
            at++;
            continue;
        }
        if (more == NULL ||
            (!is_digit(text[at]) && number_ends(folded, size, text + at, length - at)))
            break;
        const size_t bytes = strlen(more);
        if (size + bytes < TOKEN_BYTES) {
            memcpy(folded + size, more, bytes);
            size += bytes;
        }
        at += step;
    }
    *folded_length = size;
    return at;
}

size_t tokens_read(struct arena *arena, const char *text, size_t length, struct token *tokens,
                   size_t cap, size_t *read)
{
    struct between between = {0};
    size_t count = 0, at = 0;

    while (at < length && count < cap) {
        char folded[TOKEN_BYTES];
        size_t size = 0;
        const size_t step = str_utf8_step(text + at, length - at);
        const uint32_t point = step > 0 ? fold_point(text + at, step) : 0xfffd;
        size_t took = take_word(text + at, length - at, folded, &size);
        if (point == 0xa7 || point == '&') { /* § stands for itself */
            size = 2;
            memcpy(folded, point == '&' ? "og" : "ss", 2);
            took = step;
        }
        if (took == 0) {
            see(&between, point);
            at += step > 0 ? step : 1;
            continue;
        }
        struct token *token = &tokens[count];
        *token = (struct token){.start = (uint32_t)at, .end = (uint32_t)(at + took)};
        mark(tokens, count, &between, point);
        finish(arena, token, folded, size);
        between = (struct between){0};
        at += took;
        count++;
    }
    if (count > 0 && between.colon)
        tokens[count - 1].flags |= TOKEN_COLON;
    *read = at;
    return count;
}

bool token_is(const struct token *token, const char *text)
{
    return token->text[0] == text[0] && strcmp(token->text, text) == 0;
}

bool token_among(const struct token *token, const char *const *list)
{
    for (; *list != NULL; list++)
        if (token_is(token, *list))
            return true;
    return false;
}
