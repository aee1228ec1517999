/*
 * Counters and gauges, named once, read as Prometheus text (E5). No labels that carry personal data
 * or grow without bound. Thread-safe (atomics). A room declares `static struct metric m =
 * METRIC_COUNTER("emnebank_x_total", "help");` and exports it in its table; the composition root
 * registers the tables.
 */
#pragma once

#include "common/base/buffer.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE };

struct metric {
    const char *name;
    const char *help;
    enum metric_kind kind;
    _Atomic int64_t value;
};

#define METRIC_COUNTER(name_, help_)                                                               \
    {                                                                                              \
        .name = (name_), .help = (help_), .kind = METRIC_KIND_COUNTER                              \
    }
#define METRIC_GAUGE(name_, help_)                                                                 \
    {                                                                                              \
        .name = (name_), .help = (help_), .kind = METRIC_KIND_GAUGE                                \
    }

void metric_add(struct metric *metric, int64_t step);
void metric_set(struct metric *metric, int64_t value);
void metric_write(struct metric *const *metrics, size_t count, struct buffer *text);
