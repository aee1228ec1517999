/* A question made ready: its words, their pieces, and how much each tells. */
#pragma once

#include "services/vocabulary/suggest/gram.h"
#include "services/vocabulary/suggest/index.h"

#define QUESTION_PIECES_CAP 48 /* of all its words; the rest is not looked at */

struct question_piece {
    const char *text; /* loose */
    uint8_t length;
    uint8_t word;
    bool last;                    /* of its word */
    bool point;                   /* cut off there: "arb." */
    bool known;                   /* a piece of some label, or a form of one */
    uint32_t piece, strict, stem; /* SYMBOLS_NONE: of no label */
    uint32_t letters;
    uint32_t weight;
    uint32_t met; /* how near the nearest piece of a label is (align.h), in thousandths, … */
    uint32_t met_weight; /* … and how much that one tells */
    struct lexicon_groups groups;
};

struct question_word {
    const char *text; /* loose */
    uint8_t length;
    uint8_t first_piece, piece_count;
    bool point;
    uint32_t number; /* among the labels' words, or SYMBOLS_NONE */
    uint32_t letters;
    uint32_t weight; /* sum over its pieces */
};

struct question {
    struct phrase phrase;
    size_t word_count, piece_count;
    struct question_word words[FOLD_WORDS_CAP];
    struct question_piece pieces[QUESTION_PIECES_CAP];
    uint32_t weight; /* sum over its words */
};

void question_read(const struct suggest *suggest, const char *text, size_t length,
                   struct question *question);
