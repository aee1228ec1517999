/*
 * GET /v1/vocabulary/suggest: what people call it → codes. All fronts share one desk: it holds the
 * index of the newest vocabulary version that anybody asked about, built on a thread of its own,
 * and swapped in as one pointer. Each call looks at the version first, so that an edited word is
 * found by the next question; while a new index is made, the old one answers the others, and the
 * very first is waited for.
 */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"

struct suggest_desk;
struct suggest_door; /* one front's way to the desk */

struct suggest_desk *suggest_desk_create(void);
void suggest_desk_destroy(struct suggest_desk **desk); /* after its doors */

struct suggest_door *suggest_door_create(struct suggest_desk *desk);
/* When the front's loop has ended and before it is destroyed: answers the calls that still wait. */
void suggest_door_destroy(struct suggest_door **door);

extern const struct rest_table suggest_routes; /* the room's state is a `struct suggest_door *` */
extern struct metric *const suggest_metrics[];
extern const size_t suggest_metrics_count;
