/*
 * An open order as a match reads it: what rules and points look at and nothing else, in one piece
 * of memory, so that an order takes few lines of it. For the engine's own files.
 */
#pragma once

#include "services/match/engine/orders_candidate.h"
#include "services/match/engine/plan.h"
#include "services/match/engine/reverse.h"

/* One key of a part. Terms of a part stand together, musts before the others. */
struct open_term {
    uint32_t key; /* segment_key(); 0: nobody has it */
    uint16_t of;  /* the part's share */
    uint16_t minimum_level : 4;
    uint16_t halvings : 4;
    uint16_t must : 1;
    uint16_t expires : 1;
    uint16_t to_the_end : 1; /* must hold on the order's last day, not its first */
    uint16_t ends : 1;       /* the last of its part */
};
_Static_assert(sizeof(struct open_term) == 8, "eight to a line of memory");

#define OPEN_ORDER_BY_PLACE UINT32_MAX
struct open_order {
    uint8_t id[ENGINE_ID_SIZE];
    struct engine_bar bar;
    struct engine_place place;
    int32_t start;
    int32_t end;
    int32_t as_of;
    int32_t stale_before;
    uint32_t seen;  /* by the match of this number */
    uint32_t where; /* it stands in the index: the first term of a must, or OPEN_ORDER_BY_PLACE */
    uint16_t radius_km;
    uint16_t term_count;
    uint8_t work;
    struct open_term terms[];
};

/* Of a plan that plan_make has made. The caller frees it with mem_free. */
struct open_order *open_order_make(const struct plan *plan, const struct engine_bar *bar);
size_t open_order_bytes(const struct open_order *open);
/* One past the last term of the part that begins at term `at`. */
uint32_t open_order_part_end(const struct open_order *open, uint32_t at);

/* Whether the rules let the candidate in and the score reaches the bar's. `plan` is room to work
 * in. */
bool open_order_score(const struct open_order *open, const struct orders_candidate *candidate,
                      struct plan *plan, uint16_t *score);
