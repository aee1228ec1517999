/*
 * Where open orders stand so that a candidate finds those that they may meet: each under one of its
 * musts, by every key that meets it: the must that fewest orders ask for, since what few ask for
 * few have. One without musts stands under the cells of the map that its radius touches. For the
 * engine's own files.
 *
 * A posting holds what rules out most candidates without a look at the order. All of that is
 * conservative: it may let somebody through, and never keeps anybody out whom the rules let in.
 */
#pragma once

#include "services/match/engine/engine.h"

#define ORDERS_SLOTS_CAP (UINT32_C(1) << 24)
#define ORDERS_ALSO 2

struct posting {
    uint32_t slot : 24;
    uint32_t work : 8; /* the order's */
    int32_t start;
    struct engine_place place;
    struct engine_place reach;  /* who differs by more than this is too far; INT32_MAX: nobody is */
    uint32_t also[ORDERS_ALSO]; /* keys that the candidate must have besides; 0: none */
};

/* Everything under one key. */
struct pivot {
    uint32_t key;
    uint32_t asked; /* by so many musts */
    uint32_t count;
    uint32_t room;
    struct posting *postings;
};

struct orders_index {
    struct pivot *pivots;
    uint32_t pivot_count;
    uint32_t pivot_room;
    uint32_t *slots; /* open addressing from key to pivot; UINT32_MAX: free */
    uint32_t slot_count;
    size_t bytes;
};

#define ORDERS_KEYS_CAP (ENGINE_OCCUPATIONS_CAP + ENGINE_RELATED_CAP)
/* Every key that meets the must which this part is. */
size_t orders_index_must_keys(const struct engine_order *order, size_t part,
                              uint32_t keys[ORDERS_KEYS_CAP]);
bool orders_index_is_must(const struct engine_order *order, size_t part);

void orders_index_init(struct orders_index *index);
void orders_index_deinit(struct orders_index *index);
/* Counts what the order asks for, or what it no longer asks for, with `by` -1. */
void orders_index_ask(struct orders_index *index, const struct engine_order *order, int by);
/* Where the order had best stand: the part of a must, or ORDERS_BY_PLACE. */
#define ORDERS_BY_PLACE SIZE_MAX
size_t orders_index_choose(const struct orders_index *index, const struct engine_order *order);
void orders_index_add(struct orders_index *index, const struct engine_order *order, size_t where,
                      uint32_t slot);
void orders_index_remove(struct orders_index *index, const struct engine_order *order, size_t where,
                         uint32_t slot);
/* Keeps the pivots and what they count. */
void orders_index_clear(struct orders_index *index);
/* NULL: nothing stands under it. */
const struct pivot *orders_index_find(const struct orders_index *index, uint32_t key);
/* The key of the cell that a place lies in, and of the orders that look anywhere. */
uint32_t orders_index_cell(struct engine_place place);
#define ORDERS_ANYWHERE (UINT32_C(6) << 29)
