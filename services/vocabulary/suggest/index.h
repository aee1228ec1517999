/* The index, for the files of this folder. Everything is numbers; letters stand in symbol tables.
 */
#pragma once

#include "common/base/arena.h"
#include "services/vocabulary/suggest/compound.h"
#include "services/vocabulary/suggest/lexicon.h"
#include "services/vocabulary/suggest/suggest.h"
#include "services/vocabulary/suggest/symbols.h"

struct list {
    uint32_t *items;
    size_t count, room;
};

void list_push(struct list *list, uint32_t item);
void list_free(struct list *list);

/* For each of `count` keys the numbers that have it: items[start[key]] to items[start[key + 1]]. */
struct postings {
    uint32_t *start;
    uint32_t *items;
    uint32_t count;
};

/* From pairs (key, item) in the order of the items. */
void postings_build(struct postings *postings, uint32_t count, const struct list *keys,
                    const struct list *items);
void postings_free(struct postings *postings);

struct index_piece {
    uint32_t stem;
    uint32_t letters; /* which letters it has, one bit each */
};

struct index_stem {
    uint32_t weight; /* how telling: 16 times the logarithm of how rare */
    struct lexicon_groups groups;
};

struct index_label {
    uint32_t code;
    const char *text;
    int weight;
    uint32_t first_word, word_count;
    uint32_t first_piece, piece_count;
    uint32_t gram_norm;    /* the length of its vector of grams */
    uint32_t piece_weight; /* sum over its pieces */
};

struct index_code {
    const char *kind, *code;
    const char *shown; /* what it is called, … */
    int weight;        /* … and how much that label weighs */
    bool aside;
};

struct suggest {
    struct arena *arena;
    struct lexicon *lexicon;
    struct compound *compound;
    struct index_label *labels;
    uint32_t label_count;
    struct index_code *codes;
    uint32_t code_count;

    struct symbols *words;  /* loose */
    struct symbols *strict; /* pieces as they are folded, not loosely */
    struct symbols *pieces; /* loose */
    struct symbols *stems;  /* loose */
    struct symbols *grams;
    struct index_piece *piece_of; /* by piece */
    struct index_stem *stem_of;   /* by stem */
    uint32_t *gram_weight;        /* by gram */
    uint32_t weight_most;         /* of what no label has */

    uint32_t *label_words;   /* by index_label.first_word */
    uint32_t *word_pieces;   /* beside label_words: which of the label's first 32 pieces it has */
    uint32_t *label_pieces;  /* by index_label.first_piece */
    uint32_t *label_stricts; /* beside label_pieces */
    struct postings by_gram, by_stem, by_group, by_beginning;

    struct symbols *exact, *joined, *bag; /* the keys of phrase.h */
    struct postings by_exact, by_joined, by_bag;
};

uint32_t index_letters(const char *text, size_t length);
