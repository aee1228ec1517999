/* Driving licences and languages, which are said in ways of their own. */
#include "common/domain/languages.h"
#include "services/orders/text/internal.h"

#include <string.h>

static struct text_finding *require(struct reader *reader, size_t first, size_t count,
                                    const char *kind, const char *code, int confidence)
{
    struct text_finding *found =
        reader_found(reader, first, count, TEXT_REQUIREMENT, code, confidence);

    if (found != NULL)
        found->kind = kind;
    return found;
}

/* --- driving licences
 * ---------------------------------------------------------------------------------------- */

/* The licence at `at` ("C", "C1", "BE", "C+E", "C/E"), also in small letters where those are asked
 * for; *took the tokens. */
static const char *licence_at(const struct reader *reader, size_t at, bool small, size_t *took)
{
    static const char *const codes[] = {"B", "BE", "C1", "C", "CE", "D", "TM"};
    static const char *const folded[] = {"b", "be", "c1", "c", "ce", "d", "tm"};
    static const char *const smalls[] = {"b", "be", "c1", "c", "ce", NULL}; /* "d" is "den" */

    *took = 1;
    if (!reader_free(reader, at))
        return NULL;
    if (!(reader->tokens[at].flags & TOKEN_CAPITAL) &&
        !(small && token_among(&reader->tokens[at], smalls)))
        return NULL;
    const struct token *next = reader_goes_on(reader, at + 1) ? &reader->tokens[at + 1] : NULL;
    const bool trailer = next != NULL && token_is(next, "e") && next->flags & TOKEN_CAPITAL &&
                         (next->sign == '+' || next->sign == '/');
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (!token_is(&reader->tokens[at], folded[i]))
            continue;
        if (!trailer || (i != 0 && i != 3))
            return codes[i];
        *took = 2;
        return i == 0 ? "BE" : "CE";
    }
    return NULL;
}

/* "kørekort [til kategori] B, C og CE", "kørekort B/C": *first with its word, the others by
 * themselves. */
static void take_licences_after(struct reader *reader, size_t at)
{
    static const char *const words[] = {"koerekort", "koerekortet", NULL};
    static const char *const between[] = {"kategori", "kat", "til", "klasse", NULL};
    static const char *const and[] = {"og", "samt", "eller", NULL};
    size_t next = at + 1, took;
    bool first = true;

    if (!token_among(&reader->tokens[at], words))
        return;
    while (reader_goes_on(reader, next) && token_among(&reader->tokens[next], between))
        next++;
    for (;;) {
        const char *code =
            reader_goes_on(reader, next) ? licence_at(reader, next, true, &took) : NULL;
        if (code == NULL)
            return;
        struct text_finding *found =
            first ? require(reader, at, next + took - at, "licence", code, TEXT_SURE)
                  : require(reader, next, took, "licence", code, 950);
        next += took;
        first = false;
        if (reader_goes_on(reader, next) && token_among(&reader->tokens[next], and)) {
            if (found != NULL && token_is(&reader->tokens[next], "eller"))
                found->note = "Et enten-eller har jobordren ikke; begge er taget med.";
            next++;
        }
    }
}

/* "C-kørekort", "CE kort". */
static void take_licence_before(struct reader *reader, size_t at)
{
    static const char *const words[] = {"koerekort", "kort", NULL};
    size_t took;
    const char *code = licence_at(reader, at, false, &took);

    if (code != NULL && reader_goes_on(reader, at + took) &&
        token_among(&reader->tokens[at + took], words))
        (void)require(reader, at, took + 1, "licence", code, TEXT_SURE);
}

/* --- languages
 * -----------------------------------------------------------------------------------------------
 */

/* The code of the language that `token` names, or begins with ("dansktalende"); *compound: the
 * latter. */
static const char *language_of(const struct token *token, bool *compound)
{
    static const char *const rests[] = {"talende",  "sproget",      "kundskaber", "sprog",
                                        "sprogede", "faerdigheder", NULL};

    for (const struct language_name *at = language_names; at->name != NULL; at++) {
        const size_t length = strlen(at->name);
        if (strncmp(token->text, at->name, length) != 0)
            continue;
        *compound = token->text[length] != '\0';
        if (!*compound)
            return at->code;
        for (size_t r = 0; rests[r] != NULL; r++)
            if (strcmp(token->text + length, rests[r]) == 0)
                return at->code;
    }
    return NULL;
}

/* A1 to C2 as 1 to 6. */
static int level_of(const struct token *token)
{
    static const char *const levels[] = {"a1", "a2", "b1", "b2", "c1", "c2"};

    for (int i = 0; i < 6; i++)
        if (token_is(token, levels[i]))
            return i + 1;
    return 0;
}

/* The level said behind a language, within four words; *end: behind it. */
static int level_after(const struct reader *reader, size_t at, size_t *end)
{
    static const char *const between[] = {"paa",      "niveau", "mindst", "minimum", "min",
                                          "svarende", "til",    "i",      "skrift",  "og",
                                          "tale",     "level",  NULL};
    static const char *const tail[] = {"niveau", "eller", "derover", NULL};

    for (size_t next = at; next < at + 5 && reader_goes_on(reader, next); next++) {
        const int level = level_of(&reader->tokens[next]);
        if (level > 0) {
            for (*end = next + 1;
                 reader_goes_on(reader, *end) && token_among(&reader->tokens[*end], tail);)
                (*end)++;
            return level;
        }
        if (!token_among(&reader->tokens[next], between))
            return 0;
    }
    return 0;
}

/* "taler og forstår dansk": words before a language that make it a demand. "på dansk" alone says of
 * what, not of whom. */
static bool speaks_before(const struct reader *reader, size_t at)
{
    static const char *const verbs[] = {
        "tale",    "taler",    "forstaa",   "forstaar", "laese", "laeser",      "skrive",
        "skriver", "beherske", "behersker", "kunne",    "kan",   "kommunikere", "flydende",
        "sprog",   "godt",     "goer",      "gode",     "lidt",  "krav",        NULL};
    static const char *const between[] = {"og",    "eller", "paa",   "godt", "lidt",   "en",
                                          "smule", "baade", "noget", "om",   "mindst", NULL};

    for (size_t step = 1; step <= 5 && step <= at; step++) {
        const size_t here = at - step;
        if (reader->tokens[here + 1].flags & TOKEN_BREAK)
            return false;
        if (token_among(&reader->tokens[here], verbs)) {
            for (size_t quiet = here; quiet < at; quiet++)
                reader->tokens[quiet].quiet = true;
            if (here > 1 && token_is(&reader->tokens[here - 1], "og") &&
                token_among(&reader->tokens[here - 2], verbs))
                reader->tokens[here - 2].quiet = true;
            return true;
        }
        bool compound;
        const bool language = language_of(&reader->tokens[here], &compound) != NULL;
        if (!language && !token_among(&reader->tokens[here], between))
            return false;
    }
    return false;
}

static void take_language(struct reader *reader, size_t at)
{
    static const char *const after[] = {"sprog", "kundskaber", "skrift", NULL};
    static const char *const not_asked[] = {"modersmaal", NULL};
    bool compound;
    size_t end = at + 1;
    const char *code = language_of(&reader->tokens[at], &compound);

    if (code == NULL)
        return;
    const int level = level_after(reader, at + 1, &end);
    const bool followed =
        reader_goes_on(reader, at + 1) && token_among(&reader->tokens[at + 1], after);
    if (level == 0 && !compound && !followed && !speaks_before(reader, at))
        return;
    if (around_denied(reader, at)) /* "ikke-dansktalende" asks for nothing, and stays listed */
        return;
    /* "dansk som modersmål" is no demand that anybody may make (forskelsbehandlingsloven); it stays
     * not understood. */
    for (size_t next = at + 1; next < at + 3 && reader_goes_on(reader, next); next++)
        if (token_among(&reader->tokens[next], not_asked))
            return;
    struct text_finding *found = require(reader, at,
                                         level > 0  ? end - at
                                         : followed ? 2
                                                    : 1,
                                         "language", code, level > 0 ? TEXT_SURE : 800);
    if (found == NULL)
        return;
    found->number = level;
    if (level == 0)
        found->note = "Niveauet er ikke nævnt som A1-C2.";
}

void qualities_pass(struct reader *reader)
{
    for (size_t at = 0; at < reader->count; at++) {
        if (reader_free(reader, at))
            take_licences_after(reader, at);
        if (reader_free(reader, at))
            take_licence_before(reader, at);
        if (reader_free(reader, at))
            take_language(reader, at);
    }
}
