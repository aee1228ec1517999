/*
 * Is it alive, is it ready, what does it count (E4, E5): /healthz (this process), /readyz (the
 * database, and how long the oldest due work has waited) and /metrics (Prometheus text). Served on
 * the admin address only.
 */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"

struct health {
    struct metric *const *const *tables; /* of the rooms */
    const size_t *const *counts;
    size_t count;
};

/* The room's state is a `const struct health *`. */
extern const struct rest_table health_routes;
