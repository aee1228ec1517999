/*
 * Is it alive, is it ready, what does it count (E4, E5): /healthz (this process), /readyz (the
 * database, and how long the oldest due work has waited) and /metrics (Prometheus text). Served on
 * the admin address only.
 */
#pragma once

#include "common/obs/metric.h"
#include "common/rest/rest.h"

struct health_table {
    struct metric *const *metrics;
    const size_t *count;
};

struct health {
    const struct health_table *tables; /* of the rooms */
    size_t count;
    struct metric *const
        *warnings; /* gauges that are 0 while all is well: /readyz names the others */
    size_t warning_count;
};

/* The room's state is a `const struct health *`. */
extern const struct rest_table health_routes;
