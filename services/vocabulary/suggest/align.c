#include "services/vocabulary/suggest/align.h"

#include "services/vocabulary/suggest/similar.h"

#include <string.h>

#define SAME 1000
#define SAME_LOOSELY 970
#define SAME_STEM 920
#define CUT_OFF 900   /* "arb." and "arbejder" */
#define BEGINNING 780 /* "strukt" and "struktør" */
#define BEGINNING_LEAST 3
#define WORD_BEGINNING_LEAST 4
#define SPELLING 980 /* the most for what is spelt differently */
#define MET_LEAST 650

#define PART_COSINE 350
#define PART_COVER 650
#define MOST 960

static uint32_t more(uint32_t left, uint32_t right)
{
    return left > right ? left : right;
}

static bool begins(const char *whole, size_t length, const char *part, size_t part_length)
{
    return part_length < length && memcmp(whole, part, part_length) == 0;
}

static uint32_t related(const struct lexicon_groups *left, const struct lexicon_groups *right)
{
    uint32_t best = 0;

    for (size_t i = 0; i < left->count; i++)
        for (size_t j = 0; j < right->count; j++)
            if (left->group[i] == right->group[j])
                best = more(best, lexicon_strength(left->group[i]));
    return best;
}

/* How near a piece of the question is to a piece of a label. */
static uint32_t piece_likeness(const struct suggest *suggest, const struct question_piece *asked,
                               uint32_t piece, uint32_t strict)
{
    const struct index_piece *of = &suggest->piece_of[piece];
    size_t length;

    if (asked->piece == piece)
        return asked->strict == strict ? SAME : SAME_LOOSELY;
    if (asked->stem == of->stem)
        return SAME_STEM;
    uint32_t best = related(&asked->groups, &suggest->stem_of[of->stem].groups);
    const char *text = symbols_bytes(suggest->pieces, piece, &length);
    if (asked->point && asked->length >= 2 && begins(text, length, asked->text, asked->length))
        best = more(best, CUT_OFF);
    else if (!asked->known && asked->last && asked->length >= BEGINNING_LEAST &&
             begins(text, length, asked->text, asked->length))
        best = more(best, BEGINNING);
    if (!asked->known)
        best = more(best, similar_spelling(asked->text, asked->length, asked->letters, text, length,
                                           of->letters) *
                              SPELLING / 1000);
    return best;
}

void align_meet(const struct suggest *suggest, struct question *question, uint32_t label)
{
    const struct index_label *of = &suggest->labels[label];

    for (size_t i = 0; i < question->piece_count; i++) {
        struct question_piece *asked = &question->pieces[i];
        for (uint32_t p = 0; p < of->piece_count && !asked->known; p++) {
            const uint32_t piece = suggest->label_pieces[of->first_piece + p];
            const uint32_t near = piece_likeness(suggest, asked, piece, SYMBOLS_NONE);
            const uint32_t weight = suggest->stem_of[suggest->piece_of[piece].stem].weight;
            if (near < asked->met || near < MET_LEAST)
                continue;
            asked->met_weight =
                near > asked->met || weight < asked->met_weight ? weight : asked->met_weight;
            asked->met = near;
        }
    }
}

void align_weigh(struct question *question)
{
    question->weight = 0;
    for (size_t w = 0; w < question->word_count; w++) {
        struct question_word *word = &question->words[w];
        word->weight = 0;
        for (size_t i = 0; i < word->piece_count; i++) {
            struct question_piece *piece = &question->pieces[word->first_piece + i];
            if (piece->met > 0 && piece->met_weight < piece->weight)
                piece->weight = piece->met_weight;
            word->weight += piece->weight;
        }
        question->weight += word->weight;
    }
}

/* --- one label ------------------------------------------------------------------------------- */

#define LABEL_PIECES_CAP 32

struct alignment {
    const struct suggest *suggest;
    const struct question *question;
    const struct index_label *label;
    uint32_t asked[QUESTION_PIECES_CAP]; /* the best for each piece of the question */
    uint32_t told[LABEL_PIECES_CAP];     /* the best for each piece of the label */
    uint32_t pieces;                     /* of the label */
};

static void align_pieces(struct alignment *alignment)
{
    const struct suggest *suggest = alignment->suggest;
    const uint32_t first = alignment->label->first_piece;

    for (size_t i = 0; i < alignment->question->piece_count; i++) {
        const struct question_piece *asked = &alignment->question->pieces[i];
        for (uint32_t p = 0; p < alignment->pieces; p++) {
            const uint32_t near = piece_likeness(suggest, asked, suggest->label_pieces[first + p],
                                                 suggest->label_stricts[first + p]);
            alignment->asked[i] = more(alignment->asked[i], near);
            alignment->told[p] = more(alignment->told[p], near);
        }
    }
}

/* How near a whole word is to a word of the label, whatever the pieces of the one look like. */
static uint32_t word_likeness(const struct suggest *suggest, const struct question_word *word,
                              uint32_t number)
{
    size_t length;

    if (number == word->number)
        return SAME;
    if (word->number != SYMBOLS_NONE)
        return 0;
    const char *text = symbols_bytes(suggest->words, number, &length);
    if (word->length >= WORD_BEGINNING_LEAST && begins(text, length, word->text, word->length))
        return word->point ? CUT_OFF : BEGINNING;
    return similar_spelling(word->text, word->length, word->letters, text, length,
                            index_letters(text, length)) *
           SPELLING / 1000;
}

/* The best of the label's words; its pieces are told as well as it is. */
static uint32_t align_word(struct alignment *alignment, const struct question_word *word)
{
    const struct suggest *suggest = alignment->suggest;
    uint32_t best = 0;

    for (uint32_t i = 0; i < alignment->label->word_count; i++) {
        const uint32_t at = alignment->label->first_word + i;
        const uint32_t near = word_likeness(suggest, word, suggest->label_words[at]);
        for (uint32_t p = 0; p < alignment->pieces && near > 0; p++)
            if ((suggest->word_pieces[at] >> p & 1) != 0)
                alignment->told[p] = more(alignment->told[p], near);
        best = more(best, near);
    }
    return best;
}

static uint32_t cover_question(struct alignment *alignment)
{
    const struct question *question = alignment->question;
    uint64_t sum = 0;

    for (size_t w = 0; w < question->word_count; w++) {
        const struct question_word *word = &question->words[w];
        uint64_t by_pieces = 0;
        for (size_t i = 0; i < word->piece_count; i++)
            by_pieces += (uint64_t)question->pieces[word->first_piece + i].weight *
                         alignment->asked[word->first_piece + i];
        const uint64_t whole = (uint64_t)word->weight * align_word(alignment, word);
        sum += whole > by_pieces ? whole : by_pieces;
    }
    return question->weight > 0 ? (uint32_t)(sum / question->weight) : 0;
}

static uint32_t cover_label(const struct alignment *alignment)
{
    const struct suggest *suggest = alignment->suggest;
    uint64_t sum = 0, weight = 0;

    for (uint32_t p = 0; p < alignment->pieces; p++) {
        const uint32_t piece = suggest->label_pieces[alignment->label->first_piece + p];
        const uint32_t tells = suggest->stem_of[suggest->piece_of[piece].stem].weight;
        weight += tells;
        sum += (uint64_t)tells * alignment->told[p];
    }
    return weight > 0 ? (uint32_t)(sum / weight) : 0;
}

int align_score(const struct suggest *suggest, const struct question *question, uint32_t label,
                uint32_t cosine)
{
    struct alignment alignment = {
        .suggest = suggest, .question = question, .label = &suggest->labels[label]};

    alignment.pieces = alignment.label->piece_count < LABEL_PIECES_CAP
                           ? alignment.label->piece_count
                           : LABEL_PIECES_CAP;
    align_pieces(&alignment);
    const uint32_t asked = cover_question(&alignment);
    const uint32_t told = cover_label(&alignment);
    /* The harmonic mean; that the question is covered counts twice. */
    const uint32_t both = asked + told > 0 ? 3 * asked * told / (2 * told + asked) : 0;
    const uint32_t score = (PART_COSINE * cosine + PART_COVER * both) / 1000;
    return (int)(score * MOST / 1000);
}
