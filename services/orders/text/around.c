/* What the words just before a piece make of it: denied, a mere possibility, about a person, or a
 * number that counts something else. */
#include "services/orders/text/internal.h"

#include <string.h>

#define REACH 4          /* words looked back over */
#define GREETING_REACH 6 /* "Mvh", a name or two, a trade: over the ends of lines, too */

static const char *const denials[] = {"ikke", "ingen", "intet", "hverken", NULL};

/* Whether a word of `wanted` stands before `at` in its sentence, with only words of `passed` (NULL:
 * any that is not taken) between; a comma ends the look. */
static bool stands_before(const struct reader *reader, size_t at, const char *const *wanted,
                          const char *const *passed)
{
    for (size_t step = 1; step <= REACH && step <= at; step++) {
        const struct token *token = &reader->tokens[at - step];
        if (reader->tokens[at - step + 1].flags & (TOKEN_BREAK | TOKEN_COMMA))
            return false;
        if (token_among(token, wanted))
            return true;
        if (passed != NULL ? !token_among(token, passed) && !(token->flags & TOKEN_NUMBER)
                           : token->finding >= 0)
            return false;
    }
    return false;
}

bool around_denied(const struct reader *reader, size_t at)
{
    static const char *const passed[] = {"bruge",    "brug",      "for",   "have",   "soege",
                                         "ansaette", "efterlyse", "nogen", "en",     "et",
                                         "flere",    "om",        "vaere", "mangle", NULL};

    return stands_before(reader, at, denials, passed);
}

bool around_possible(const struct reader *reader, size_t at)
{
    static const char *const chances[] = {"mulighed",   "muligheder", "muligheden", "chance",
                                          "evt",        "eventuelt",  "eventuel",   "maaske",
                                          "perspektiv", NULL};

    return stands_before(reader, at, chances, NULL);
}

/* "Kontakt formand Per Murer": names and what they are. */
static bool is_contact(const struct reader *reader, size_t at)
{
    static const char *const contacts[] = {"kontakt",      "kontaktperson", "ring",      "ringe",
                                           "undertegnede", "spoerg",        "kontaktes", NULL};
    static const char *const passed[] = {"til", "vores", "min", "din", "er", "paa", NULL};

    for (size_t step = 1; step <= REACH && step <= at; step++) {
        const struct token *token = &reader->tokens[at - step];
        if (reader->tokens[at - step + 1].flags & (TOKEN_BREAK | TOKEN_COMMA))
            return false;
        if (token_among(token, contacts))
            return true;
        const bool name = token->flags & TOKEN_CAPITAL && !token_is(token, "i");
        if (!name && token->finding < 0 && !token_among(token, passed))
            return false;
    }
    return false;
}

bool around_person(const struct reader *reader, size_t at)
{
    static const char *const greetings[] = {"mvh", "vh", "hilsen", "hilsner", NULL};

    if (is_contact(reader, at))
        return true;
    if (at > 1 && token_is(&reader->tokens[at - 1], "er") &&
        token_is(&reader->tokens[at - 2], "jeg"))
        return true;
    for (size_t step = 1; step <= GREETING_REACH && step <= at; step++)
        if (token_among(&reader->tokens[at - step], greetings))
            return true;
    return false;
}

/* Plural or singular adjectives, adverbs, and words for a piece: what may stand between a number
 * and the trade that it counts. "lejligheder", "mm" and "etager" may not. */
static bool describes(const struct token *token)
{
    static const char *const words[] = {
        "stk",   "styk",   "styks", "stykker", "x",   "mand", "fast",   "god",  "ny",  "rask",
        "frisk", "ekstra", "nogle", "af",      "til", "fag",  "staerk", "mere", "ung", NULL};
    static const char *const endings[] = {"e", "ig", "sk", "en", "et", "laert", NULL};

    if (token_among(token, words))
        return true;
    for (size_t i = 0; endings[i] != NULL; i++) {
        const size_t length = strlen(endings[i]);
        if (token->length > length + 1 &&
            strcmp(token->text + token->length - length, endings[i]) == 0)
            return true;
    }
    return false;
}

/* "et par", "en flok": how many, nobody has said. */
static bool is_quantity(const struct token *token)
{
    static const char *const words[] = {"par",    "haandfuld", "flok",  "hold",   "sjak",
                                        "gruppe", "del",       "masse", "raekke", NULL};

    return token_among(token, words);
}

/* "Vi er 5 murere" counts those that are there; "vi har 3 ledige stillinger" does not. */
static bool counts_own(const struct reader *reader, size_t number)
{
    static const char *const verbs[] = {"er", "har", NULL};
    static const char *const vacant[] = {"ledige",     "ledig",    "aabne",
                                         "stillinger", "stilling", NULL};

    if (number + 1 < reader->count && token_among(&reader->tokens[number + 1], vacant))
        return false;
    if (number < 2 || reader->tokens[number].flags & (TOKEN_BREAK | TOKEN_COMMA) ||
        reader->tokens[number - 1].flags & (TOKEN_BREAK | TOKEN_COMMA))
        return false;
    const struct token *first = &reader->tokens[number - 2], *second = &reader->tokens[number - 1];
    return (token_is(first, "vi") && token_among(second, verbs)) ||
           (token_is(second, "vi") && token_among(first, verbs));
}

bool around_counts(const struct reader *reader, size_t number, size_t at)
{
    const struct token *token = &reader->tokens[number];

    if (at > number + 1 && reader->tokens[at].flags & TOKEN_COMMA)
        return false;
    for (size_t between = number + 1; between < at; between++)
        if (is_quantity(&reader->tokens[between]) || !describes(&reader->tokens[between]))
            return false;
    /* A telephone number is no number of people. */
    if (number > 0 && token->flags & TOKEN_NUMBER &&
        reader->tokens[number - 1].flags & TOKEN_NUMBER && reader->tokens[number - 1].finding < 0 &&
        !(token->flags & (TOKEN_BREAK | TOKEN_COMMA)) && token->sign == '\0')
        return false;
    return !counts_own(reader, number);
}
