/* Changed candidates against all open orders at once, by the engine. */
#pragma once

#include "tests/bench/peers/serve.h"
#include "tests/bench/workload/workload.h"

struct reverse;

/* `open` orders whose lists all have room, so that everybody eligible is found. NULL: it failed. */
struct reverse *reverse_create(const struct workload *workload, uint32_t open);
void reverse_destroy(struct reverse **reverse);
/* The orders for changed candidate `number`, by their number. */
int reverse_ask(struct reverse *reverse, unsigned number, struct serve_answer *answer);
