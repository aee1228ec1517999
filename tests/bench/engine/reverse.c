#include "tests/bench/engine/reverse.h"

#include "services/match/engine/reverse.h"

#include <stdlib.h>

struct reverse {
    struct engine_orders *orders;
    struct engine_opening *openings;
    uint32_t open;
    struct workload_candidate changed[WORKLOAD_ORDERS];
};

static bool put_all(struct reverse *reverse, const struct workload *workload)
{
    const struct engine_bar room = {.room = true};
    struct workload_order order;
    for (uint32_t number = 0; number < reverse->open; number++) {
        workload_order(workload, WORKLOAD_OPEN, number, &order);
        if (engine_orders_put(reverse->orders, &order.order, &room) != 0) {
            return false;
        }
    }
    return true;
}

struct reverse *reverse_create(const struct workload *workload, uint32_t open)
{
    struct reverse *reverse = calloc(1, sizeof *reverse);
    if (reverse == NULL) {
        return NULL;
    }
    reverse->open = open;
    reverse->orders = engine_orders_create();
    reverse->openings = calloc((size_t)open + 1, sizeof *reverse->openings);
    if (reverse->orders == NULL || reverse->openings == NULL || !put_all(reverse, workload)) {
        reverse_destroy(&reverse);
        return NULL;
    }
    for (uint32_t i = 0; i < WORKLOAD_ORDERS; i++) {
        workload_candidate(workload, WORKLOAD_CHANGED + i, &reverse->changed[i]);
    }
    return reverse;
}

void reverse_destroy(struct reverse **reverse)
{
    if (*reverse != NULL) {
        engine_orders_destroy(&(*reverse)->orders);
        free((*reverse)->openings);
        free(*reverse);
        *reverse = NULL;
    }
}

int reverse_ask(struct reverse *reverse, unsigned number, struct serve_answer *answer)
{
    const size_t count = engine_orders_match(reverse->orders, &reverse->changed[number].candidate,
                                             reverse->openings, reverse->open);
    for (size_t i = 0; i < count; i++) {
        serve_add(answer, workload_number(reverse->openings[i].order), reverse->openings[i].score,
                  -1);
    }
    return 0;
}
