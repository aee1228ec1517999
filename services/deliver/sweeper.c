#include "services/deliver/sweeper.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <inttypes.h>
#include <stdio.h>

#define DAYS_EVERY CLOCK_HOUR
#define GAUGES_EVERY CLOCK_MINUTE
#define SNAPSHOT_LONG 300 /* seconds: so long nobody needs one */

struct sweeper {
    struct pg_pool *pg;
    const struct deliver *deliver;
    struct loop_timer *timer;
    loop_task *swept;
    void *argument;
    int64_t days_at;   /* monotonic; when the days are next looked at */
    int64_t gauges_at; /* and when the gauges are */
    bool snapshot_told;
    bool running; /* the database is at it */
    bool gone;    /* destroyed; freed with the last answer of the database */
};

static void rest(struct sweeper *sweeper)
{
    sweeper->running = false;
    if (sweeper->gone)
        mem_free(sweeper);
    else
        loop_timer_arm(sweeper->timer, sweeper->deliver->poll);
}

static void failed(const char *what, const struct pg_outcome *outcome)
{
    log_event(LOG_WARNING, "deliver.sweep_failed", LOG_TEXT("what", what),
              LOG_TEXT("error", error_name(outcome->error)),
              LOG_TEXT("sqlstate", outcome->sqlstate));
}

/* What owner and team were told of an endpoint, if there was anything. */
static void told(enum log_level level, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, 0);
    if (!pg_is_null(row, 0, 0))
        log_event(level, "deliver.endpoint", LOG_TEXT("told", pg_text(row, 0, 0)));
}

/* --- days --- */

static void on_days(const struct pg_outcome *outcome, void *argument)
{
    struct sweeper *sweeper = argument;
    if (outcome->error != 0) {
        failed("days", outcome); /* somebody held a table for long; the next sweep tries again */
    } else {
        const struct pg_result *row = pg_outcome_result(outcome, 0);
        sweeper->days_at = clock_monotonic() + DAYS_EVERY;
        if (pg_int64(row, 0, 1) > 0 || pg_int64(row, 0, 2) > 0)
            log_event(LOG_INFO, "deliver.days", LOG_INT("made", pg_int64(row, 0, 0)),
                      LOG_INT("dropped", pg_int64(row, 0, 1)),
                      LOG_INT("not_over", pg_int64(row, 0, 2)));
    }
    rest(sweeper);
}

static void look_at_days(struct sweeper *sweeper)
{
    char days[24], months[24];
    snprintf(days, sizeof days, "%" PRId64, sweeper->deliver->keep_days);
    snprintf(months, sizeof months, "%" PRId64, sweeper->deliver->keep_months);
    const struct pg_parameter parameters[] = {PG_TEXT(days), PG_TEXT(months)};
    const struct pg_step step = {&deliver_sql_days, parameters,
                                 sizeof parameters / sizeof *parameters};
    pg_run(sweeper->pg, &(struct pg_context){0}, &step, 1, on_days, sweeper);
}

/* --- gauges --- */

/* While somebody holds one, nothing that is over can be vacuumed away. Said once each time. */
static void see_snapshot(struct sweeper *sweeper, int64_t seconds)
{
    metric_set(&deliver_snapshot, seconds);
    if (seconds > SNAPSHOT_LONG && !sweeper->snapshot_told)
        log_event(LOG_WARNING, "database.old_snapshot", LOG_INT("seconds", seconds));
    sweeper->snapshot_told = seconds > SNAPSHOT_LONG;
}

static void on_gauges(const struct pg_outcome *outcome, void *argument)
{
    struct sweeper *sweeper = argument;
    if (outcome->error != 0) {
        failed("gauges", outcome);
    } else {
        const struct pg_result *row = pg_outcome_result(outcome, 0);
        sweeper->gauges_at = clock_monotonic() + GAUGES_EVERY;
        metric_set(&deliver_oldest, pg_int64(row, 0, 0));
        metric_set(&deliver_failing, pg_int64(row, 0, 1));
        metric_set(&deliver_breakers, pg_int64(row, 0, 2));
        see_snapshot(sweeper, pg_int64(row, 0, 3));
        const struct pg_result *recalls = pg_outcome_result(outcome, 1);
        metric_set(&deliver_recalls_underway, pg_int64(recalls, 0, 0));
        metric_set(&deliver_recalls_failed, pg_int64(recalls, 0, 1));
    }
    if (!sweeper->gone && clock_monotonic() >= sweeper->days_at)
        look_at_days(sweeper);
    else
        rest(sweeper);
}

static void look_at_gauges(struct sweeper *sweeper)
{
    const struct pg_step steps[] = {{&deliver_sql_sweep_gauges, NULL, 0},
                                    {&deliver_sql_sweep_recalls, NULL, 0}};
    pg_run(sweeper->pg, &(struct pg_context){0}, steps, sizeof steps / sizeof *steps, on_gauges,
           sweeper);
}

/* --- endpoints that somebody has to see to --- */

static void on_reminders(const struct pg_outcome *outcome, void *argument)
{
    struct sweeper *sweeper = argument;
    if (outcome->error != 0)
        failed("reminders", outcome);
    else
        told(LOG_INFO, outcome);
    if (sweeper->gone)
        rest(sweeper);
    else if (clock_monotonic() >= sweeper->gauges_at)
        look_at_gauges(sweeper);
    else if (clock_monotonic() >= sweeper->days_at)
        look_at_days(sweeper);
    else
        rest(sweeper);
}

static void look_at_reminders(struct sweeper *sweeper)
{
    const struct pg_step step = {&deliver_sql_sweep_remind, NULL, 0};
    pg_run(sweeper->pg, &(struct pg_context){0}, &step, 1, on_reminders, sweeper);
}

/* --- endpoints that fail --- */

static void on_upkeep(const struct pg_outcome *outcome, void *argument)
{
    struct sweeper *sweeper = argument;
    if (outcome->error != 0)
        failed("upkeep", outcome);
    else
        told(LOG_WARNING, outcome);
    if (sweeper->gone)
        rest(sweeper);
    else
        look_at_reminders(sweeper);
}

static void look_at_endpoints(struct sweeper *sweeper)
{
    const struct pg_step step = {&deliver_sql_sweep_upkeep, NULL, 0};
    pg_run(sweeper->pg, &(struct pg_context){0}, &step, 1, on_upkeep, sweeper);
}

/* --- leases --- */

static void on_swept(const struct pg_outcome *outcome, void *argument)
{
    struct sweeper *sweeper = argument;
    if (outcome->error != 0)
        failed("sweep", outcome);
    else if (!sweeper->gone)
        sweeper->swept(sweeper->argument);
    if (sweeper->gone)
        rest(sweeper);
    else
        look_at_endpoints(sweeper);
}

static void sweep(void *argument)
{
    struct sweeper *sweeper = argument;
    const struct pg_step step = {&deliver_sql_sweep, NULL, 0};
    sweeper->running = true;
    pg_run(sweeper->pg, &(struct pg_context){0}, &step, 1, on_swept, sweeper);
}

struct sweeper *sweeper_create(struct loop *loop, struct pg_pool *pg, const struct deliver *deliver,
                               loop_task *swept, void *argument)
{
    struct sweeper *sweeper = mem_zalloc(sizeof *sweeper);
    sweeper->pg = pg;
    sweeper->deliver = deliver;
    sweeper->swept = swept;
    sweeper->argument = argument;
    sweeper->timer = loop_timer_create(loop, sweep, sweeper);
    return sweeper;
}

void sweeper_start(struct sweeper *sweeper)
{
    sweep(sweeper);
}

void sweeper_destroy(struct sweeper **pointer)
{
    struct sweeper *sweeper = *pointer;
    if (sweeper == NULL)
        return;
    *pointer = NULL;
    loop_timer_destroy(&sweeper->timer);
    sweeper->gone = true;
    if (!sweeper->running)
        mem_free(sweeper);
}
