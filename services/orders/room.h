/* The room's own, between its files. */
#pragma once

#include "common/rest/rest.h"

/* {"items": …, "next": …} of a statement that gives a JSON array and the position to go on from. */
void orders_reply_page(struct rest_call *call, const struct pg_outcome *outcome);

/* GET /v1/job-orders/{id}/events: what happened to an order (clock.c). */
void clock_events(struct rest_call *call);
