#include "services/orders/orders.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/domain/kinds.h"
#include "common/domain/order_body.h"
#include "common/domain/uuid.h"
#include "services/orders/hours.h"
#include "services/orders/lint.h"
#include "services/orders/posting_out.h"
#include "services/orders/referrals.h"
#include "services/orders/room.h"
#include "services/orders/sheet_in.h"
#include "services/orders/text_in.h"
#include "sql/orders_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

#define TEXTS_QUEUE 64    /* texts are read in moments */
#define WORKBOOKS_QUEUE 8 /* each waits with its body: few, and then push back */

struct orders {
    struct calendar_options calendar;
    struct linter *linter;
    struct worker_pool *texts, *workbooks; /* read texts and sheets of orders: CSV, XLSX */
};

static const struct conf_key keys[] = {
    {.section = "orders",
     .name = "cutoff",
     .type = CONF_DURATION,
     .fallback = "12h",
     .minimum = 0,
     .maximum = CLOCK_DAY,
     .help = "An order received before this local time on a working day is due the same day. Hours "
             "after midnight."},
    {.section = "orders",
     .name = "due_same_day",
     .type = CONF_DURATION,
     .fallback = "16h",
     .minimum = 0,
     .maximum = CLOCK_DAY - CLOCK_MINUTE,
     .help = "Local time when it is due then, as hours after midnight."},
    {.section = "orders",
     .name = "due_next_day",
     .type = CONF_DURATION,
     .fallback = "12h",
     .minimum = 0,
     .maximum = CLOCK_DAY - CLOCK_MINUTE,
     .help = "When every other order is due on the next working day."},
    {.section = "orders",
     .name = "office_opens",
     .type = CONF_DURATION,
     .fallback = "8h",
     .minimum = 0,
     .maximum = CLOCK_DAY - CLOCK_MINUTE,
     .help = "The clock of an order runs in office hours: from this local time on working days …"},
    {.section = "orders",
     .name = "office_closes",
     .type = CONF_DURATION,
     .fallback = "16h",
     .minimum = 0,
     .maximum = CLOCK_DAY - CLOCK_MINUTE,
     .help = "… until this one. No later than office_opens: day and night."},
    {.section = "orders",
     .name = "watch_interval",
     .type = CONF_DURATION,
     .fallback = "5s",
     .minimum = 100 * CLOCK_MILLISECOND,
     .maximum = CLOCK_HOUR,
     .help = "How often the watch looks which orders' clocks have come to something."},
    {.section = "orders",
     .name = "answer_least",
     .type = CONF_DURATION,
     .fallback = "1h",
     .minimum = CLOCK_MINUTE,
     .maximum = CLOCK_DAY,
     .help = "Office hours that a home or a candidate has to answer at least; otherwise half of "
             "what is left of the order's time."},
    {.section = "orders",
     .name = "last_look",
     .type = CONF_DURATION,
     .fallback = "15m",
     .minimum = CLOCK_MINUTE,
     .maximum = 8 * CLOCK_HOUR,
     .help = "Office hours before it is due in which an order that is still short is given notice "
             "of, ranked or not."},
    {.section = "orders",
     .name = "expires_after",
     .type = CONF_INTEGER,
     .unit = "days",
     .fallback = "14",
     .minimum = 1,
     .maximum = 365,
     .help = "Days after its start when an order expires that nobody is on the way for."},
    {.section = "orders",
     .name = "closed_constitution_day",
     .type = CONF_BOOL,
     .fallback = "true",
     .help = "5 June is a day off."},
    {.section = "orders",
     .name = "closed_christmas_eve",
     .type = CONF_BOOL,
     .fallback = "true",
     .help = "24 December is a day off."},
    {.section = "orders",
     .name = "closed_new_years_eve",
     .type = CONF_BOOL,
     .fallback = "true",
     .help = "31 December is a day off."},
};

const struct conf_table orders_conf = {keys, COUNT(keys)};

struct orders *orders_create(const struct conf *conf)
{
    struct orders *orders = mem_zalloc(sizeof *orders);

    orders->calendar = hours_calendar(conf);
    orders->linter = linter_create(&linter_orders);
    orders->texts = worker_pool_create(2, TEXTS_QUEUE);
    orders->workbooks = worker_pool_create(1, WORKBOOKS_QUEUE);
    return orders;
}

void orders_destroy(struct orders **orders)
{
    if (!*orders)
        return;
    worker_pool_destroy(&(*orders)->workbooks);
    worker_pool_destroy(&(*orders)->texts);
    linter_destroy(&(*orders)->linter);
    mem_free(*orders);
    *orders = NULL;
}

const struct linter *orders_linter(struct rest_call *call)
{
    const struct orders *orders = rest_room(call);

    return orders->linter;
}

struct worker_pool *orders_readers(struct rest_call *call, enum sheet_reader_form form)
{
    const struct orders *orders = rest_room(call);

    return form == SHEET_READER_XLSX ? orders->workbooks : orders->texts;
}

static const char *order_id(struct rest_call *call)
{
    return rest_path_id(call, "Jobordren findes ikke.");
}

void orders_set_clock(struct rest_call *call, struct pg_parameter *received,
                      struct pg_parameter *due)
{
    const struct orders *orders = rest_room(call);
    char *texts = arena_array(rest_arena(call), 2, CLOCK_TEXT_SIZE);
    int64_t now = clock_now();

    clock_text(now, texts);
    clock_text(calendar_due(now, &orders->calendar), texts + CLOCK_TEXT_SIZE);
    *received = PG_TEXT(texts);
    *due = PG_TEXT(texts + CLOCK_TEXT_SIZE);
}

/* False when the body has faults; they are answered then. */
static bool body_good(struct rest_call *call, enum order_body kind)
{
    struct json_check *check = arena_alloc(rest_arena(call), sizeof *check);

    json_check_init(check, rest_arena(call));
    order_body_check(check, rest_body(call), kind);
    lint_check(check, orders_linter(call), rest_body(call));
    if (json_check_ok(check))
        return true;
    const struct pg_parameter body[] = {PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_problem_faults(call, check, &orders_sql_faults, body, COUNT(body));
    return false;
}

static void create(struct rest_call *call)
{
    if (!body_good(call, ORDER_NEW))
        return;
    struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT(http_request_path(rest_http(call))),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(json_text(rest_arena(call), rest_body(call))),
        PG_NULL,
        PG_NULL,
    };
    orders_set_clock(call, &parameters[5], &parameters[6]);
    const struct pg_step step = {&orders_sql_create, parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, lint_reply);
}

static void read_one(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *id = order_id(call);

    if (!id || !rest_query_only(call, queries))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &orders_sql_read, parameters, COUNT(parameters));
}

/* The patch without its exemptions, which are no members of an order. */
static const char *patch_text(struct rest_call *call)
{
    /* Read alone; the function wants a writable object although it changes nothing. */
    const union {
        const json_t *read;
        json_t *write;
    } body = {.read = rest_body(call)};
    json_t *patch = json_copy(body.write);

    json_object_del(patch, "exemptions");
    const char *text = json_text(rest_arena(call), patch);
    json_decref(patch);
    return text;
}

static void change_now(struct rest_call *call)
{
    const char *id = order_id(call);
    const json_t *exemptions = json_object_get(rest_body(call), "exemptions");
    struct pg_parameter parameters[] = {
        PG_TEXT(id), rest_version_seen(call), PG_TEXT(patch_text(call)), PG_NULL, PG_NULL,
    };

    orders_set_clock(call, &parameters[3], &parameters[4]);
    const struct pg_parameter exempt[] = {
        PG_TEXT(id), PG_TEXT(exemptions ? json_text(rest_arena(call), exemptions) : "[]")};
    const struct pg_step steps[] = {{&orders_sql_change, parameters, COUNT(parameters)},
                                    {&orders_sql_exempt, exempt, COUNT(exempt)}};
    rest_batch(call, steps, json_array_size(exemptions) > 0 ? 2 : 1, lint_reply);
}

static void change(struct rest_call *call)
{
    const char *id = order_id(call);

    if (!id || !body_good(call, ORDER_PATCH))
        return;
    /* A new title has been judged; one that stands is, when people are to see it. */
    if (json_object_get(rest_body(call), "state") && !json_object_get(rest_body(call), "title"))
        lint_before(call, id, change_now);
    else
        change_now(call);
}

static void close_one(struct rest_call *call)
{
    const char *id = order_id(call);
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    const char *reason = order_close_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call),
                                              PG_TEXT(reason)};
    rest_run(call, &orders_sql_close, parameters, COUNT(parameters));
}

/* Of a body that has been checked. */
static void move_now(struct rest_call *call)
{
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    const struct order_move wanted = order_move_check(&check, rest_body(call));
    struct pg_parameter parameters[] = {
        PG_TEXT(order_id(call)),
        rest_version_seen(call),
        PG_TEXT(wanted.state),
        PG_TEXT(wanted.reason),
        PG_TEXT(wanted.text),
        PG_NULL,
        PG_NULL,
    };
    orders_set_clock(call, &parameters[5], &parameters[6]);
    rest_run(call, &orders_sql_set_state, parameters, COUNT(parameters));
}

static void move(struct rest_call *call)
{
    const char *id = order_id(call);
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    const struct order_move wanted = order_move_check(&check, rest_body(call));
    if (!json_check_ok(&check))
        rest_problem_check(call, &check);
    else if (str_equal(wanted.state, "open"))
        lint_before(call, id, move_now);
    else
        move_now(call);
}

void orders_reply_page(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *next = "null";

    if (!pg_is_null(rows, 0, 1)) {
        const char *cursor = rest_cursor_write(call, pg_text(rows, 0, 1));
        next = arena_printf(rest_arena(call), "\"%s\"", cursor);
        rest_next(call, cursor);
    }
    const char *body =
        arena_printf(rest_arena(call), "{\"items\":%s,\"next\":%s}", pg_text(rows, 0, 0), next);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

static void list(struct rest_call *call)
{
    static const char *const queries[] = {"state", "overdue", "cursor", "limit", NULL};

    if (!rest_query_only(call, queries))
        return;
    const char *state = rest_query(call, "state");
    if (state && kind_index(order_states, state) < 0) {
        rest_problem(
            call, "query-invalid",
            "state skal være draft, open, in_treatment, paused, filled, closed, expired eller "
            "cancelled.");
        return;
    }
    const char *overdue = rest_query(call, "overdue");
    if (overdue && !str_equal(overdue, "true")) {
        rest_problem(call, "query-invalid", "overdue kan kun være true.");
        return;
    }
    size_t limit = rest_limit(call);
    const char *position = limit ? rest_cursor_read(call) : NULL;
    if (!position)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(state),
        PG_TEXT(position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", limit)),
    };
    const struct pg_step step = {overdue ? &orders_sql_overdue : &orders_sql_page, parameters,
                                 COUNT(parameters)};
    rest_batch(call, &step, 1, orders_reply_page);
}

static const struct rest_route routes[] = {
    {HTTP_POST, "/v1/job-orders", "orders:write", REST_JSON | REST_IDEMPOTENT,
     "modtagelse af jobordre", create},
    {HTTP_POST, "/v1/job-orders/lint", "orders:read", REST_JSON,
     "sproglig kontrol af en jobordres tekst", lint_route},
    {HTTP_GET, "/v1/job-orders/{id}/exemptions", "orders:read", 0, "behandling af jobordre",
     lint_exemptions},
    {HTTP_GET, "/v1/job-orders", "orders:read", 0, "overblik over jobordrer", list},
    {HTTP_GET, "/v1/job-orders/{id}", "orders:read", 0, "behandling af jobordre", read_one},
    {HTTP_GET, "/v1/job-orders/{id}/events", "orders:read", 0, "en jobordres forløb", clock_events},
    {HTTP_PATCH, "/v1/job-orders/{id}", "orders:write", REST_JSON | REST_IF_MATCH,
     "behandling af jobordre", change},
    {HTTP_POST, "/v1/job-orders/{id}/state", "orders:write", REST_JSON | REST_IF_MATCH,
     "behandling af jobordre", move},
    {HTTP_POST, "/v1/job-orders/{id}/close", "orders:write", REST_JSON | REST_IF_MATCH,
     "lukning af jobordre", close_one},
    {HTTP_POST, "/v1/job-orders/from-text", "orders:write", REST_JSON,
     "læsning af en jobordres tekst", order_from_text},
    {HTTP_POST, "/v1/job-orders/from-posting", "orders:write", REST_JSON, "læsning af et jobopslag",
     order_from_posting},
    {HTTP_POST, "/v1/job-orders/import", "orders:write", REST_IMPORT, "modtagelse af jobordrer",
     order_import},
    {HTTP_GET, "/v1/job-orders/postings", "orders:read", 0,
     "visning af åbne jobordrer som jobopslag", order_postings},
    {HTTP_GET, "/v1/job-orders/{id}/posting", "orders:read", 0,
     "visning af en jobordre som jobopslag", order_posting},
    {HTTP_GET, "/v1/referrals", "shortlists:read", REST_CSV, "opslag i formidlingsloggen",
     referrals_list},
};

const struct rest_table orders_routes = {routes, COUNT(routes)};
