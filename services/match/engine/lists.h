/*
 * Reading posting lists of the block at hand. Each list is read in the way that touches least: a
 * dense one at the survivors' numbers, a short one from end to end, a long one by galloping from
 * survivor to survivor.
 */
#pragma once

#include "services/match/engine/look.h"

/* How many places the part's lists have in the block. */
size_t lists_length(const struct look *look, size_t part);
/* Whoever has a fact that earns points: numbers in ascending order, none twice. Room for
 * BLOCK_CAP. */
size_t lists_holders(struct look *look, size_t part, uint16_t *locals);
/* Sets `best` of every survivor to the points of their best fact. */
void lists_best(struct look *look, size_t part);
/* Adds the points of every survivor's best fact to their `score`. */
void lists_add(struct look *look, size_t part);
/* Raises standings[local] to that of a must for everybody in the block who has a fact. */
void lists_standings(struct look *look, size_t part, uint8_t *standings);
/* The best of a candidate's facts, in full. */
struct engine_part lists_explain(const struct look *look, size_t part, uint16_t local);
