/*
 * What people the building sites will need, per trade, month and municipality, beside what the pool
 * has: from leads by a published table of rules, from what companies said at contacts, and from the
 * panel of companies. Counts alone, no candidates. README.md beside this file defines each figure;
 * what is not known is named, never zero.
 */
#pragma once

#include "common/rest/rest.h"

/* The room has no state. */
extern const struct rest_table forecast_routes;
