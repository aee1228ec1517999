#include "services/orders/watch.h"

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "services/orders/hours.h"
#include "sql/orders_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define CONFIGURE_EVERY CLOCK_DAY
#define COUNT_EVERY (30 * CLOCK_SECOND)
#define NEVER INT64_MIN
#define ARENA_CAP ((size_t)1 << 20)

/* Whose clocks are looked at, one after the other; the words of function life_tick. */
static const char *const turns[] = {"orders", "release", "fresh"};
#define TURNS (sizeof turns / sizeof turns[0])

enum watch_state {
    RESTING,     /* the timer is armed, unless nothing has been started */
    CONFIGURING, /* the database is told what the configuration says */
    FORGETTING,  /* as often: what has been kept long enough */
    LOOKING,     /* one look is at the database */
    COUNTING     /* for the metrics */
};

struct watch {
    struct pg_pool *pg;
    struct loop_timer *timer;
    struct calendar_options calendar;
    int64_t interval;
    int64_t answer_least;
    int64_t last_look;
    int64_t expires_after; /* days */
    enum watch_state state;
    size_t turn;           /* looking */
    int64_t configured_at; /* monotonic, as are the others */
    int64_t counted_at;
    bool again; /* woken while it was at something */
    bool gone;  /* destroyed; freed with the last answer of the database */
};

/* ---- metrics ---- */

static struct metric climbs =
    METRIC_COUNTER("emnebank_orders_climbs_total", "Rungs of the ladder that orders climbed.");
static struct metric warnings = METRIC_COUNTER(
    "emnebank_orders_warnings_total", "Warnings that an order's time is going without enough.");
static struct metric breaches =
    METRIC_COUNTER("emnebank_orders_breaches_total",
                   "Orders that were due with neither enough candidates nor a notice.");
static struct metric notices = METRIC_COUNTER("emnebank_orders_notices_total",
                                              "Notices that there are not enough candidates.");
static struct metric failures =
    METRIC_COUNTER("emnebank_orders_look_failures_total", "Looks at an order's clock that failed.");
static struct metric state_draft = METRIC_GAUGE("emnebank_orders_draft", "Orders: drafts.");
static struct metric state_open = METRIC_GAUGE("emnebank_orders_open", "Orders: open.");
static struct metric state_in_treatment =
    METRIC_GAUGE("emnebank_orders_in_treatment", "Orders: under treatment by somebody.");
static struct metric state_paused = METRIC_GAUGE("emnebank_orders_paused", "Orders: paused.");
static struct metric state_filled = METRIC_GAUGE("emnebank_orders_filled", "Orders: filled.");
static struct metric state_closed =
    METRIC_GAUGE("emnebank_orders_closed", "Orders: closed by the employer.");
static struct metric state_expired = METRIC_GAUGE("emnebank_orders_expired", "Orders: expired.");
static struct metric state_cancelled =
    METRIC_GAUGE("emnebank_orders_cancelled", "Orders: cancelled.");
static struct metric overdue =
    METRIC_GAUGE("emnebank_orders_overdue", "Orders past due with neither candidates nor notice.");
static struct metric unanswered =
    METRIC_GAUGE("emnebank_orders_unanswered",
                 "Orders with candidates put forward of whom nobody has answered.");

static const struct {
    const char *name; /* as function order_counts has it */
    struct metric *gauge;
} counted[] = {
    {"draft", &state_draft},
    {"open", &state_open},
    {"in_treatment", &state_in_treatment},
    {"paused", &state_paused},
    {"filled", &state_filled},
    {"closed", &state_closed},
    {"expired", &state_expired},
    {"cancelled", &state_cancelled},
    {"overdue", &overdue},
    {"unanswered", &unanswered},
};

struct metric *const orders_metrics[] = {
    &climbs,       &warnings,      &breaches,           &notices,      &failures,
    &state_draft,  &state_open,    &state_in_treatment, &state_paused, &state_filled,
    &state_closed, &state_expired, &state_cancelled,    &overdue,      &unanswered,
};
const size_t orders_metrics_count = sizeof orders_metrics / sizeof orders_metrics[0];

/* ---- the states ---- */

static void begin(void *argument);

/* The one place where the state moves. */
static void move(struct watch *watch, enum watch_state state)
{
    static const unsigned next[] __attribute__((unused)) = {
        [RESTING] = 1U << CONFIGURING | 1U << LOOKING,
        [CONFIGURING] = 1U << FORGETTING | 1U << RESTING,
        [FORGETTING] = 1U << LOOKING,
        [LOOKING] = 1U << LOOKING | 1U << COUNTING | 1U << RESTING,
        [COUNTING] = 1U << RESTING,
    };
    assert((next[watch->state] & 1U << state) != 0);
    watch->state = state;
}

static void rest(struct watch *watch)
{
    move(watch, RESTING);
    loop_timer_arm(watch->timer, watch->again ? 0 : watch->interval);
    watch->again = false;
}

/* True when the answer came too late for anybody; the watch is freed then. */
static bool let_go(struct watch *watch)
{
    bool gone = watch->gone;

    if (gone)
        mem_free(watch);
    return gone;
}

static bool is_due(int64_t last, int64_t every)
{
    return last == NEVER || clock_monotonic() - last >= every;
}

/* ---- counting ---- */

static void on_counts(const struct pg_outcome *outcome, void *argument)
{
    struct watch *watch = argument;

    if (let_go(watch))
        return;
    if (outcome->error == 0) {
        const struct pg_result *rows = pg_outcome_result(outcome, 0);
        watch->counted_at = clock_monotonic();
        for (size_t row = 0; row < pg_rows(rows); row++)
            for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
                if (str_equal(pg_text(rows, row, 0), counted[i].name))
                    metric_set(counted[i].gauge, pg_int64(rows, row, 1));
    }
    rest(watch);
}

static void count_when_due(struct watch *watch)
{
    const struct pg_step step = {&orders_sql_watch_counts, NULL, 0};

    if (!is_due(watch->counted_at, COUNT_EVERY)) {
        rest(watch);
        return;
    }
    move(watch, COUNTING);
    pg_run(watch->pg, NULL, &step, 1, on_counts, watch);
}

/* ---- looking ---- */

static void look(struct watch *watch);

static void tell(const struct pg_result *row)
{
    metric_add(&climbs, pg_int64(row, 0, 1));
    metric_add(&warnings, pg_int64(row, 0, 2));
    metric_add(&breaches, pg_int64(row, 0, 3));
    metric_add(&notices, pg_int64(row, 0, 4));
    if (!pg_is_null(row, 0, 6)) {
        metric_add(&failures, 1);
        log_event(LOG_ERROR, "orders.look_failed", LOG_TEXT("order", pg_text(row, 0, 5)),
                  LOG_TEXT("sqlstate", pg_text(row, 0, 6)));
    } else if (pg_int64(row, 0, 1) + pg_int64(row, 0, 3) + pg_int64(row, 0, 4) > 0) {
        log_event(LOG_INFO, "orders.looked", LOG_TEXT("order", pg_text(row, 0, 5)),
                  LOG_INT("climbs", pg_int64(row, 0, 1)), LOG_INT("breaches", pg_int64(row, 0, 3)),
                  LOG_INT("notices", pg_int64(row, 0, 4)));
    }
}

static void on_looked(const struct pg_outcome *outcome, void *argument)
{
    struct watch *watch = argument;

    if (let_go(watch))
        return;
    bool more = false;
    if (outcome->error == 0) {
        const struct pg_result *row = pg_outcome_result(outcome, 0);
        more = pg_int64(row, 0, 0) > 0;
        tell(row);
    } else {
        metric_add(&failures, 1);
        log_event(LOG_ERROR, "orders.not_looked", LOG_TEXT("turn", turns[watch->turn]),
                  LOG_TEXT("sqlstate", outcome->sqlstate),
                  LOG_TEXT("error", error_name(outcome->error)));
    }
    if (!more)
        watch->turn++; /* one room's trouble is not another's */
    if (watch->turn < TURNS)
        look(watch);
    else
        count_when_due(watch);
}

static void look(struct watch *watch)
{
    const struct pg_parameter parameters[] = {PG_TEXT(turns[watch->turn])};
    const struct pg_step step = {&orders_sql_watch_tick, parameters, 1};

    move(watch, LOOKING);
    pg_run(watch->pg, NULL, &step, 1, on_looked, watch);
}

/* ---- forgetting ---- */

/* Trouble here holds no clock up; the next day tries again. */
static void on_forgotten(const struct pg_outcome *outcome, void *argument)
{
    struct watch *watch = argument;

    if (let_go(watch))
        return;
    if (outcome->error != 0)
        log_event(LOG_ERROR, "orders.not_forgotten", LOG_TEXT("sqlstate", outcome->sqlstate),
                  LOG_TEXT("error", error_name(outcome->error)));
    look(watch);
}

static void forget(struct watch *watch)
{
    const struct pg_step step = {&orders_sql_watch_forget, NULL, 0};

    move(watch, FORGETTING);
    pg_run(watch->pg, NULL, &step, 1, on_forgotten, watch);
}

/* ---- configuring ---- */

static void on_configured(const struct pg_outcome *outcome, void *argument)
{
    struct watch *watch = argument;

    if (let_go(watch))
        return;
    if (outcome->error != 0) { /* no clock runs by wrong hours */
        log_event(LOG_ERROR, "orders.not_configured", LOG_TEXT("sqlstate", outcome->sqlstate),
                  LOG_TEXT("error", error_name(outcome->error)));
        rest(watch);
        return;
    }
    watch->configured_at = clock_monotonic();
    forget(watch);
}

static void configure(struct watch *watch)
{
    struct arena *arena = arena_create(ARENA_CAP);
    struct pg_parameter parameters[HOURS_PARAMETERS + 3];
    const struct pg_step step = {&orders_sql_watch_rules, parameters, HOURS_PARAMETERS + 3};

    hours_parameters(&watch->calendar, clock_now(), arena, parameters);
    parameters[HOURS_PARAMETERS] = PG_TEXT(arena_printf(arena, "%" PRId64, watch->answer_least));
    parameters[HOURS_PARAMETERS + 1] = PG_TEXT(arena_printf(arena, "%" PRId64, watch->last_look));
    parameters[HOURS_PARAMETERS + 2] =
        PG_TEXT(arena_printf(arena, "%" PRId64, watch->expires_after));
    move(watch, CONFIGURING);
    pg_run(watch->pg, NULL, &step, 1, on_configured, watch); /* copies the texts */
    arena_destroy(&arena);
}

static void begin(void *argument)
{
    struct watch *watch = argument;

    watch->turn = 0;
    if (is_due(watch->configured_at, CONFIGURE_EVERY))
        configure(watch);
    else
        look(watch);
}

/* ---- its life ---- */

struct watch *watch_create(struct loop *loop, struct pg_pool *pg, const struct conf *conf)
{
    struct watch *watch = mem_zalloc(sizeof *watch);

    *watch = (struct watch){
        .pg = pg,
        .timer = loop_timer_create(loop, begin, watch),
        .calendar = hours_calendar(conf),
        .interval = conf_duration(conf, "orders", "watch_interval"),
        .answer_least = conf_duration(conf, "orders", "answer_least"),
        .last_look = conf_duration(conf, "orders", "last_look"),
        .expires_after = conf_integer(conf, "orders", "expires_after"),
        .configured_at = NEVER,
        .counted_at = NEVER,
    };
    return watch;
}

void watch_start(struct watch *watch)
{
    loop_timer_arm(watch->timer, 0);
}

void watch_wake(struct watch *watch)
{
    if (watch->state == RESTING)
        loop_timer_arm(watch->timer, 0);
    else
        watch->again = true;
}

void watch_destroy(struct watch **watch)
{
    struct watch *gone = *watch;

    if (gone == NULL)
        return;
    *watch = NULL;
    loop_timer_destroy(&gone->timer);
    gone->gone = true;
    if (gone->state == RESTING)
        mem_free(gone);
}
