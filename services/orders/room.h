/* The room's own, between its files. */
#pragma once

#include "common/rest/rest.h"
#include "services/orders/linter/linter.h"

/* {"items": …, "next": …} of a statement that gives a JSON array and the position to go on from. */
void orders_reply_page(struct rest_call *call, const struct pg_outcome *outcome);

/* GET /v1/job-orders/{id}/events: what happened to an order (clock.c). */
void clock_events(struct rest_call *call);

/* When an order that comes in now was received, and when it is due; texts in the call's arena. */
void orders_set_clock(struct rest_call *call, struct pg_parameter *received,
                      struct pg_parameter *due);

/* The linter of order texts; the room's, for calls of any route of it. */
const struct linter *orders_linter(struct rest_call *call);
