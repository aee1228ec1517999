/* Who asks: a CVR number, and a name that ends as companies' names do. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"
#include "common/domain/identity.h"

#include <string.h>

#define NAME_WORDS 6
#define NAME_CAP 200 /* characters, as common/domain/order_body.c */

static void take_cvr(struct reader *reader, size_t at)
{
    static const char *const between[] = {"nr", "nummer", "dk", NULL};
    size_t digits = at + 1;
    char number[9] = "";

    if (!token_is(&reader->tokens[at], "cvr") && !token_is(&reader->tokens[at], "cvrnr"))
        return;
    while (reader_goes_on(reader, digits) && token_among(&reader->tokens[digits], between))
        digits++;
    size_t end = digits, length = 0;
    /* "12345674" or "12 34 56 74" */
    while (reader_goes_on(reader, end) && reader->tokens[end].flags & TOKEN_NUMBER &&
           length + reader->tokens[end].length <= 8) {
        memcpy(number + length, reader->tokens[end].text, reader->tokens[end].length);
        length += reader->tokens[end].length;
        end++;
    }
    if (end == digits)
        return;
    number[length] = '\0';
    const bool good = cvr_valid(number);
    struct text_finding *found =
        reader_found(reader, at, end - at, good ? TEXT_CVR : TEXT_ASIDE,
                     good ? arena_strdup(reader->arena, number) : "cvr", TEXT_SURE);
    if (found != NULL && !good)
        found->note = "Det er ikke et gyldigt CVR-nummer.";
}

/* How many tokens from `at` are the end of a company's name: "A/S", "ApS". */
static size_t form_at(const struct reader *reader, size_t at)
{
    static const char *const words[] = {"aps", "ivs", "amba", NULL};
    static const char *const letters[] = {"a", "i", "p", "k", NULL};
    const struct token *token = &reader->tokens[at];

    if (token->flags & TOKEN_CAPITAL && token_among(token, words))
        return 1;
    if (token->flags & TOKEN_CAPITAL && token_among(token, letters) &&
        reader_free(reader, at + 1) && token_is(&reader->tokens[at + 1], "s") &&
        reader->tokens[at + 1].sign == '/')
        return 2;
    return 0;
}

/* As an order takes a name: not too long, and without control characters. */
static bool good_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    return str_utf8_count(name) <= NAME_CAP;
}

/* Capitalised words, and "og" or "&" between two of them. */
static size_t name_start(const struct reader *reader, size_t form)
{
    static const char *const never[] = {"vi",           "hos",          "hej",   "firmaet",
                                        "virksomheden", "arbejdsgiver", "firma", NULL};
    size_t first = form;

    for (size_t step = 1; step <= NAME_WORDS && step <= form; step++) {
        const size_t here = form - step;
        const struct token *token = &reader->tokens[here];
        if (!reader_free(reader, here) || reader->tokens[here + 1].flags & TOKEN_BREAK ||
            token->flags & TOKEN_COLON || reader->tokens[here + 1].flags & TOKEN_COMMA ||
            token_among(token, never))
            break;
        if (token->flags & TOKEN_CAPITAL)
            first = here;
        else if (!token_is(token, "og"))
            break;
    }
    return first;
}

static void take_name(struct reader *reader, size_t at)
{
    const size_t form = form_at(reader, at);

    if (form == 0 || at == 0)
        return;
    const size_t first = name_start(reader, at);
    if (first == at)
        return;
    const size_t start = reader->tokens[first].start, end = reader->tokens[at + form - 1].end;
    const char *name = arena_strndup(reader->arena, reader->text + start, end - start);
    if (good_name(name))
        (void)reader_found(reader, first, at + form - first, TEXT_EMPLOYER, name, 900);
}

void employer_pass(struct reader *reader)
{
    for (size_t at = 0; at < reader->count; at++) {
        if (reader_free(reader, at))
            take_cvr(reader, at);
        if (reader_free(reader, at))
            take_name(reader, at);
    }
}
