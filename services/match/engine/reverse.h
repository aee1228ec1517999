/* The other way round: one candidate against every open order. */
#pragma once

#include "services/match/engine/terms.h"

/* Open orders, found by the must that is rarest among them. One writer at a time, no readers then.
 */
struct engine_orders;

struct engine_orders *engine_orders_create(void);
void engine_orders_destroy(struct engine_orders **orders);

/* The last place of an order's list, which a candidate has to beat; `room`: any who is eligible
 * gets on. */
struct engine_bar {
    bool room;
    uint16_t score;
    uint8_t id[ENGINE_ID_SIZE];
};
/* Adds the order, or takes the place of the one with its id. Copies it. Errors as engine_rank. */
MUST_CHECK int engine_orders_put(struct engine_orders *orders, const struct engine_order *order,
                                 const struct engine_bar *bar);
void engine_orders_remove(struct engine_orders *orders, const uint8_t id[ENGINE_ID_SIZE]);
size_t engine_orders_count(const struct engine_orders *orders);
size_t engine_orders_bytes(const struct engine_orders *orders);

/* An order on whose list the candidate would come. */
struct engine_opening {
    const uint8_t *order; /* its id; lives until the next change of `orders` */
    uint16_t score;
};
/* Every one of them, in the order of their ids; writes at most `cap`, returns how many there are.
 * The candidate's facts are in any order. Whether it stands on the list already is for the caller
 * to know. Allocates nothing after the first calls. */
size_t engine_orders_match(struct engine_orders *orders, const struct engine_candidate *candidate,
                           struct engine_opening *openings, size_t cap);
