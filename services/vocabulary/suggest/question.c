#include "services/vocabulary/suggest/question.h"

#include "services/vocabulary/suggest/stem.h"

#define HIRING_SHARE 12 /* such a word tells a twelfth of what another tells */

static void take_piece(const struct suggest *suggest, struct question *question, size_t word,
                       const struct compound_piece *from, bool last)
{
    const struct phrase_word *of = &question->phrase.words[word];
    struct question_piece *piece = &question->pieces[question->piece_count++];
    const char *text = of->loose + from->start;
    const size_t stem = stem_length(text, from->length);

    *piece = (struct question_piece){
        .text = text,
        .length = from->length,
        .word = (uint8_t)word,
        .last = last,
        .point = last && of->point,
        .piece = symbols_find(suggest->pieces, text, from->length),
        .strict = symbols_find(suggest->strict, of->strict + from->start, from->length),
        .stem = symbols_find(suggest->stems, text, stem),
        .letters = index_letters(text, from->length),
        .weight = suggest->weight_most};
    lexicon_groups_of(suggest->lexicon, text, stem, &piece->groups);
    piece->known = piece->stem != SYMBOLS_NONE;
    if (piece->known)
        piece->weight = suggest->stem_of[piece->stem].weight;
    if (of->sort != LEXICON_WORD)
        piece->weight = piece->weight / HIRING_SHARE + 1;
}

static void take_word(const struct suggest *suggest, struct question *question, size_t at)
{
    const struct phrase_word *from = &question->phrase.words[at];
    struct question_word *word = &question->words[question->word_count];
    struct compound_piece pieces[COMPOUND_PIECES_CAP];
    const size_t count = compound_split(suggest->compound, from->loose, from->length, pieces);

    if (count == 0 || question->piece_count + count > QUESTION_PIECES_CAP)
        return;
    *word =
        (struct question_word){.text = from->loose,
                               .length = from->length,
                               .first_piece = (uint8_t)question->piece_count,
                               .piece_count = (uint8_t)count,
                               .point = from->point,
                               .number = symbols_find(suggest->words, from->loose, from->length),
                               .letters = index_letters(from->loose, from->length)};
    for (size_t i = 0; i < count; i++) {
        take_piece(suggest, question, at, &pieces[i], i + 1 == count);
        word->weight += question->pieces[question->piece_count - 1].weight;
    }
    question->weight += word->weight;
    question->word_count++;
}

/* "Søges" alone is a word like any other. */
static void judge_hiring(struct phrase *phrase)
{
    bool other = false;

    for (size_t i = 0; i < phrase->count; i++)
        other = other || phrase->words[i].sort == LEXICON_WORD;
    for (size_t i = 0; i < phrase->count && !other; i++)
        phrase->words[i].sort = LEXICON_WORD;
}

void question_read(const struct suggest *suggest, const char *text, size_t length,
                   struct question *question)
{
    phrase_read(suggest->lexicon, suggest->compound, text,
                length < SUGGEST_TEXT_CAP ? length : SUGGEST_TEXT_CAP, &question->phrase);
    judge_hiring(&question->phrase);
    question->word_count = question->piece_count = 0;
    question->weight = 0;
    for (size_t i = 0; i < question->phrase.count; i++)
        take_word(suggest, question, i);
}
