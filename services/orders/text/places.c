/* Where: a postcode with its name, or a name after a word that says place. */
#include "services/orders/text/internal.h"

#include <string.h>

/* Tokens of `place` that stand at `at`; 0 unless all of them do. */
static size_t name_at(const struct reader *reader, size_t at, const struct place *place)
{
    for (size_t i = 0; i < place->count; i++) {
        if (!reader_free(reader, at + i) || (i > 0 && !reader_goes_on(reader, at + i)) ||
            !token_is(&reader->tokens[at + i], place->tokens[i]))
            return 0;
    }
    return place->count;
}

/* "Aarhus" for Aarhus C, N, V: the first word alone, followed by letters that tell parts of a town
 * apart. */
static bool town_at(const struct reader *reader, size_t at, const struct place *place)
{
    return place->count == 2 && strlen(place->tokens[1]) <= 2 &&
           token_is(&reader->tokens[at], place->tokens[0]);
}

static const struct place *by_postcode(const struct reader *reader, const char *postcode)
{
    const struct place *places;
    const size_t count = words_places(reader->words, &places);

    for (size_t i = 0; i < count; i++)
        if (strcmp(places[i].postcode, postcode) == 0)
            return &places[i];
    return NULL;
}

static void take_postcode(struct reader *reader, size_t at)
{
    static const char *const before[] = {"postnr", "postnummer", NULL};
    const struct token *token = &reader->tokens[at];

    if (!(token->flags & TOKEN_NUMBER) || token->length != 4)
        return;
    const struct place *place = by_postcode(reader, token->text);
    if (place == NULL)
        return;
    size_t named = 0;
    if (reader_goes_on(reader, at + 1))
        named = name_at(reader, at + 1, place);
    /* "8000 Aarhus" is said without its C. */
    if (named == 0 && reader_goes_on(reader, at + 1) &&
        token_is(&reader->tokens[at + 1], place->tokens[0]))
        named = 1;
    const bool said = at > 0 && token_among(&reader->tokens[at - 1], before);
    const bool other_name = named == 0 && reader_goes_on(reader, at + 1) &&
                            reader->tokens[at + 1].flags & TOKEN_CAPITAL;
    if (named == 0 && !said && !other_name)
        return;
    struct text_finding *found =
        reader_found(reader, said ? at - 1 : at, named + (said ? 2 : 1), TEXT_POSTCODE,
                     place->postcode, named > 0 || said ? TEXT_SURE : 600);
    if (found != NULL && other_name)
        found->note = "Byen bag postnummeret er en anden end registerets.";
}

static bool after_place_word(const struct reader *reader, size_t at)
{
    static const char *const words[] = {
        "i",        "ved",       "paa",         "til", "naer",    "omkring",
        "fra",      "sted",      "arbejdssted", "by",  "adresse", "lokation",
        "omraadet", "placering", "byggeplads",  "af",  NULL};

    return at > 0 && token_among(&reader->tokens[at - 1], words);
}

static void take_name(struct reader *reader, size_t at)
{
    const struct place *places, *best = NULL;
    const size_t count = words_places(reader->words, &places);
    size_t length = 0, others = 0;

    const bool listed = (reader->tokens[at].flags & (TOKEN_COMMA | TOKEN_BREAK)) == TOKEN_COMMA;
    if (!(reader->tokens[at].flags & TOKEN_CAPITAL) || !(listed || after_place_word(reader, at)))
        return;
    for (size_t i = 0; i < count; i++) {
        size_t named = name_at(reader, at, &places[i]);
        if (named == 0 && town_at(reader, at, &places[i]))
            named = 1;
        if (named > length) {
            best = &places[i];
            length = named;
            others = 0;
        } else if (named > 0 && named == length) {
            others++;
        }
    }
    if (best == NULL)
        return;
    struct text_finding *found = reader_found(reader, at, length, TEXT_POSTCODE, best->postcode,
                                              others > 0 ? 600
                                              : listed   ? 700
                                                         : 850);
    if (found != NULL && others > 0)
        found->note = "Byen har flere postnumre; det første er brugt.";
}

/* The best place wins: a postcode before a name. Others stand aside (read.c). */
void places_pass(struct reader *reader)
{
    for (size_t at = 0; at < reader->count; at++)
        if (reader_free(reader, at))
            take_postcode(reader, at);
    for (size_t at = 0; at < reader->count; at++)
        if (reader_free(reader, at))
            take_name(reader, at);
}
