/*
 * Danish compounds taken apart: "betonarbejder" is beton + arbejder. The pieces come from the words
 * themselves: what stands alone, or in front of or behind what stands alone, in many words is a
 * piece. The best division is the one that is cheapest to write down (minimum description length:
 * a piece costs the logarithm of how rare it is, and its letters shared among the words that have
 * it), found by dynamic programming. A letter that joins two pieces ("arbejds-leder") stays with
 * the first; stems take it off.
 *
 * Built by one thread, then only read, by any number. Learning costs about as many look-ups as the
 * words have pairs of letters, three times over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/vocabulary/suggest/symbols.h"

#define COMPOUND_PIECES_CAP 8

struct compound_piece {
    uint8_t start, length;
    bool known;
};

struct compound;

struct compound *compound_create(void);
void compound_destroy(struct compound **compound);

/* Learns from all the words of `words`, each counted once. */
void compound_learn(struct compound *compound, const struct symbols *words);

/* 1 to COMPOUND_PIECES_CAP pieces that together are the word. */
size_t compound_split(const struct compound *compound, const char *word, size_t length,
                      struct compound_piece pieces[COMPOUND_PIECES_CAP]);
size_t compound_memory(const struct compound *compound);
