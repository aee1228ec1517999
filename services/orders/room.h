/* The room's own, between its files. */
#pragma once

#include "common/ev/worker.h"
#include "common/rest/rest.h"
#include "common/sheet/sheet_reader.h"
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

/* The room's workers for sheets of this form (a workbook holds one up for seconds); those of CSV
 * read texts and postings, too. */
struct worker_pool *orders_readers(struct rest_call *call, enum sheet_reader_form form);
