/*
 * Figures of the partnership, per municipality and month: job orders, posts, how many got
 * candidates, how many were filled and how fast; who was hired as what; what the municipalities
 * gave and received. Counts alone, no candidates. README.md beside this file defines each figure.
 */
#pragma once

#include "common/domain/calendar.h"
#include "common/rest/rest.h"

struct figures;

/* One per loop. `calendar` says which hours are working hours. */
struct figures *figures_create(const struct calendar_options *calendar);
void figures_destroy(struct figures **figures);

/* The room's state is a `struct figures *`. */
extern const struct rest_table figures_routes;
