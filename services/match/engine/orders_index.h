/*
 * Where open orders stand so that a candidate finds those that they may meet: each under one of its
 * musts, by every key that meets it: the must that fewest orders ask for, since what few ask for
 * few have. One without musts stands under the cells of the map that its radius touches. For the
 * engine's own files.
 *
 * Under a key, eight bytes per order rule out most of them in one run through memory, a posting
 * most of the rest, both without a look at the order. All of that is conservative: it may let
 * somebody through, and never keeps anybody out whom the rules let in.
 */
#pragma once

#include "services/match/engine/open_order.h"

#define ORDERS_SLOTS_CAP (UINT32_C(1) << 24)

/* The order's kinds of work, and the signs of four of its musts; 0 where there is no such must. */
#define GLANCE_WORK_BITS 8
#define GLANCE_MUSTS 4

struct posting {
    struct open_order *open;
    int32_t start;
    int32_t as_of;
    struct engine_place place;
    uint16_t radius_km;
};

/* Everything under one key. */
struct pivot {
    uint32_t key;
    uint32_t asked; /* by so many musts */
    uint32_t count;
    uint32_t room;
    uint64_t *glances;
    struct posting *postings; /* by the same number */
};

struct orders_index {
    struct pivot *pivots;
    uint32_t pivot_count;
    uint32_t pivot_room;
    uint32_t *slots; /* open addressing from key to pivot; UINT32_MAX: free */
    uint32_t slot_count;
    size_t bytes;
};

void orders_index_init(struct orders_index *index);
void orders_index_deinit(struct orders_index *index);
/* Counts what the order asks for, or what it no longer asks for, with `by` -1. */
void orders_index_ask(struct orders_index *index, const struct open_order *open, int by);
/* Where the order had best stand, for `open->where`. */
uint32_t orders_index_choose(const struct orders_index *index, const struct open_order *open);
void orders_index_add(struct orders_index *index, struct open_order *open);
void orders_index_remove(struct orders_index *index, const struct open_order *open);
/* Keeps the pivots and what they count. */
void orders_index_clear(struct orders_index *index);
/* Begins to fetch what orders_index_find will look at. */
void orders_index_fetch(const struct orders_index *index, uint32_t key);
/* NULL: nothing stands under it. */
const struct pivot *orders_index_find(const struct orders_index *index, uint32_t key);
/* The key of the cell that a place lies in, and of the orders that look anywhere. */
uint32_t orders_index_cell(struct engine_place place);
#define ORDERS_ANYWHERE (UINT32_C(6) << 29)
