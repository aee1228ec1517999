/*
 * Reading posting lists of the block at hand. Each list is read in the way that touches least: a
 * dense one at the survivors' numbers, a short one from end to end, a long one by galloping from
 * survivor to survivor.
 */
#pragma once

#include "services/match/engine/look.h"

/* Bytes of a place in a list, as far as a query reads all of them. */
#define LISTS_PLACE (sizeof(uint16_t) + sizeof(uint8_t))

static inline struct list lists_of(const struct look *look, const struct term *term)
{
    return segment_list(look->segment, term->row, look->block);
}

/* A list longer than this many places per survivor is searched, a shorter one read through. */
#define LISTS_SEARCH_FACTOR 6
static inline bool lists_read_through(const struct look *look, struct list list)
{
    return list.count <= LISTS_SEARCH_FACTOR * look->count || list.count > UINT16_MAX;
}

/* Puts aside the places of those survivors who are in a list that is not dense, of several places
 * of one the first; returns how many. */
size_t lists_search(struct look *look, struct list list);

/* What somebody earns whose packed byte does not say; `position` is the first of theirs in the
 * list. Of any other of several facts of one candidate: 0. Cost: waits for memory. */
uint16_t lists_exact(const struct look *look, size_t part, const struct term *term,
                     struct list list, uint32_t position, uint16_t local);

/* How many places the part's lists have in the block. */
size_t lists_length(const struct look *look, size_t part);
/* Asks memory for the beginnings of the part's lists in a block: to be called some work before they
 * are read. */
void lists_fetch(const struct look *look, size_t part, uint32_t block);

/* Makes whoever has a fact that earns points the survivors; where `streams`, of those who are open
 * alone. */
void lists_holders(struct look *look, size_t part);
/* The same as bits, set in `bits` besides those that are. */
void lists_holder_bits(struct look *look, size_t part, uint64_t bits[BLOCK_CAP / 64]);
/* Sets `best` of every survivor to the points of their best fact. */
void lists_best(struct look *look, size_t part);
/* Adds the points of every survivor's best fact to their `score`. */
void lists_add(struct look *look, size_t part);
/* Raises standings[local] to that of a must for everybody in the block who has a fact. */
void lists_standings(struct look *look, size_t part, uint8_t *standings);
/* Finds where somebody's facts for the part would be, and asks memory for them. */
void lists_locate(struct look *look, size_t part, uint16_t local);
/* The best of their facts, in full; they have been located. */
struct engine_part lists_explain(const struct look *look, size_t part, uint16_t local);
