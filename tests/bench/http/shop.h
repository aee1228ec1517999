/*
 * What both servers of the G8 benchmark share, so that only the writing of the answer differs: the
 * generated pool, its words and places, and the way from a body to twenty ranked candidates, by the
 * product's own reading, engine and rules. One thread.
 */
#pragma once

#include "common/base/arena.h"
#include "services/match/explain.h"

#define SHOP_TOP 20

struct shop;

/* NULL: no memory. */
struct shop *shop_create(uint64_t size);
void shop_destroy(struct shop **shop);

/* One order, ranked. All points into the arena, the shop, or the shop's scratch, until the next. */
struct shop_ranked {
    struct asked asked;
    struct engine_order order;
    const struct engine_answer *answer;
    struct explain explain;
};

/* ERROR_INVALID: not a job order. */
MUST_CHECK int shop_rank(struct shop *shop, struct arena *arena, const char *body, size_t length,
                         struct shop_ranked *ranked);
/* Entry `index` of the answer; `parts` has room for ENGINE_PARTS_CAP. */
void shop_entry(struct shop *shop, const struct shop_ranked *ranked, size_t index,
                struct engine_entry *entry, struct engine_part *parts);

/* Order `number` of the class strict as a client would send it, JSON. */
void shop_body(const struct shop *shop, uint32_t number, struct buffer *json);
/* The body of the first order from `*number` on that is answered by SHOP_TOP entries, which is what
 * the bar is about; `*number` becomes the one after it. False: there is none left. Uses the arena
 * for itself. */
bool shop_next_body(struct shop *shop, struct arena *arena, uint32_t *number, struct buffer *json);
