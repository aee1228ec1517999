/*
 * Leads: companies that won a tender and may need people. Imports eForms award notices
 * (services/leads/notice.h), shows the leads to municipalities and the team, and turns one into a
 * draft job order. Files are read on a worker thread, never on the loop.
 */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"

struct leads;

/* One per loop; threads of its own. Destroy it when the server has drained: an import on its way
 * holds its call. */
struct leads *leads_create(void);
void leads_destroy(struct leads **leads);

/* The room's state is a `struct leads *`. */
extern const struct rest_table leads_routes;

extern struct metric *const leads_metrics[];
extern const size_t leads_metrics_count;
