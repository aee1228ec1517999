#include "common/obs/metric.h"

void metric_add(struct metric *metric, int64_t step)
{
    atomic_fetch_add_explicit(&metric->value, step, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

static void write_help(struct buffer *text, const char *help)
{
    for (; *help; help++) {
        if (*help == '\\')
            buffer_text(text, "\\\\");
        else if (*help == '\n')
            buffer_text(text, "\\n");
        else
            buffer_char(text, *help);
    }
}

/* Prometheus text exposition format 0.0.4. */
void metric_write(struct metric *const *metrics, size_t count, struct buffer *text)
{
    for (size_t i = 0; i < count; i++) {
        struct metric *metric = metrics[i];
        const char *kind = metric->kind == METRIC_KIND_COUNTER ? "counter" : "gauge";
        long long value = atomic_load_explicit(&metric->value, memory_order_relaxed);

        buffer_printf(text, "# HELP %s ", metric->name);
        write_help(text, metric->help);
        buffer_printf(text, "\n# TYPE %s %s\n%s %lld\n", metric->name, kind, metric->name, value);
    }
}
