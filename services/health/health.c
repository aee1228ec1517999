#include "services/health/health.h"

#include "sql/health_sql.h"

#include <string.h>

/* Due work older than this means that nobody takes it. */
#define READY_LAG_SECONDS 300
#define METRICS_CAP ((size_t)1 << 20)

static void get_healthz(struct rest_call *call)
{
    rest_reply_text(call, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

/* What works, and yet not as it should. */
static json_t *warnings(const struct health *health)
{
    json_t *names = json_array();

    for (size_t i = 0; i < health->warning_count; i++)
        if (health->warnings[i]->value != 0)
            json_array_append_new(names, json_string(health->warnings[i]->name));
    return names;
}

static void ready_answer(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    const int64_t delivery_lag = pg_int64(result, 0, 0);
    const int64_t job_lag = pg_int64(result, 0, 1);

    if (delivery_lag > READY_LAG_SECONDS || job_lag > READY_LAG_SECONDS) {
        rest_problem(call, "temporarily-unavailable", "Arbejde har ventet for længe.");
        return;
    }
    json_t *body = json_pack("{s:s, s:I, s:I, s:o}", "status", "ready", "delivery_lag_seconds",
                             (json_int_t)delivery_lag, "job_lag_seconds", (json_int_t)job_lag,
                             "warnings", warnings(rest_room(call)));
    rest_reply(call, 200, body);
    json_decref(body);
}

static void get_readyz(struct rest_call *call)
{
    const struct pg_step step = {.statement = &health_sql_ready};

    rest_batch(call, &step, 1, ready_answer);
}

static void get_metrics(struct rest_call *call)
{
    const struct health *health = rest_room(call);
    struct buffer text;

    buffer_init(&text, METRICS_CAP);
    for (size_t i = 0; i < health->count; i++)
        metric_write(health->tables[i].metrics, *health->tables[i].count, &text);
    rest_reply_text(call, 200, "text/plain; version=0.0.4; charset=utf-8", text.data, text.length);
    buffer_deinit(&text);
}

static const struct rest_route routes[] = {
    {.method = HTTP_GET, .pattern = "/healthz", .flags = REST_PUBLIC, .handler = get_healthz},
    {.method = HTTP_GET, .pattern = "/readyz", .flags = REST_PUBLIC, .handler = get_readyz},
    {.method = HTTP_GET, .pattern = "/metrics", .flags = REST_PUBLIC, .handler = get_metrics},
};

const struct rest_table health_routes = {routes, sizeof routes / sizeof routes[0]};
