#include "services/forecast/forecast.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/obs/log.h"
#include "services/forecast/document.h"
#include "services/forecast/room.h"
#include "sql/forecast_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define ANSWER_CAP ((size_t)16 << 20)
#define PURPOSE "prognose for behovet for arbejdskraft"

/* What was asked; the call's state while the database works. */
struct question {
    const char *trade;        /* NULL: all */
    const char *municipality; /* NULL: all */
    bool csv;
    enum forecast_table table; /* with csv */
};

enum step { STEP_OPEN, STEP_ROWS, STEP_UNKNOWN, STEP_TOLD, STEPS };

/* --- what is asked --- */

static bool read_table(struct rest_call *call, struct question *question)
{
    const char *table = rest_query(call, "table");
    const int index = table != NULL ? kind_index(forecast_tables, table) : FORECAST_NEEDS;

    question->csv = rest_wants_csv(call);
    if (table != NULL && !question->csv) {
        rest_problem(call, "query-invalid", "table vælger en tabel, når svaret er text/csv.");
        return false;
    }
    if (index < 0) {
        rest_problem(call, "query-invalid", "table skal være needs eller unknown.");
        return false;
    }
    question->table = (enum forecast_table)index;
    return true;
}

/* --- what the database found --- */

enum rows_column {
    ROWS_MONTH,
    ROWS_TRADE,
    ROWS_TRADE_TITLE,
    ROWS_PLACE,
    ROWS_PLACE_NAME,
    ROWS_NEEDED,
    ROWS_BY_RULE,
    ROWS_BY_CONTACT,
    ROWS_BY_PANEL,
    ROWS_SUPPLY,
    ROWS_EXACT,
    ROWS_SHORT
};

static void read_rows(struct arena *arena, const struct pg_result *result,
                      struct forecast *forecast)
{
    const size_t count = pg_rows(result);
    struct forecast_row *rows = arena_array(arena, count + 1, sizeof *rows);

    for (size_t i = 0; i < count; i++)
        rows[i] = (struct forecast_row){
            .month = pg_text(result, i, ROWS_MONTH),
            .trade = pg_text(result, i, ROWS_TRADE),
            .trade_title = pg_text(result, i, ROWS_TRADE_TITLE),
            .place = pg_text(result, i, ROWS_PLACE),
            .place_name = pg_text(result, i, ROWS_PLACE_NAME),
            .needed = pg_int64(result, i, ROWS_NEEDED),
            .by_rule = pg_int64(result, i, ROWS_BY_RULE),
            .by_contact = pg_int64(result, i, ROWS_BY_CONTACT),
            .by_panel = pg_int64(result, i, ROWS_BY_PANEL),
            .supplied = !pg_is_null(result, i, ROWS_SUPPLY),
            .supply = pg_int64(result, i, ROWS_SUPPLY),
            .exact = pg_bool(result, i, ROWS_EXACT),
            .short_of = pg_int64(result, i, ROWS_SHORT),
        };
    forecast->rows = rows;
    forecast->row_count = count;
}

static void read_unknown(struct arena *arena, const struct pg_result *result,
                         struct forecast *forecast)
{
    const size_t count = pg_rows(result);
    struct forecast_unknown *unknown = arena_array(arena, count + 1, sizeof *unknown);

    for (size_t i = 0; i < count; i++)
        unknown[i] = (struct forecast_unknown){
            .reason = pg_text(result, i, 0),
            .text = pg_text(result, i, 1),
            .leads = pg_int64(result, i, 2),
            .newest = pg_text(result, i, 3),
            .people = pg_is_null(result, i, 4) ? -1 : pg_int64(result, i, 4),
        };
    forecast->unknown = unknown;
    forecast->unknown_count = count;
}

/* --- the answer --- */

static void reply(struct rest_call *call, const struct forecast *forecast,
                  const struct question *question)
{
    struct buffer text;

    buffer_init(&text, ANSWER_CAP);
    if (question->csv)
        forecast_sheet(forecast, question->table, &text);
    else
        forecast_json(forecast, &text);
    if (buffer_full(&text)) {
        log_event(LOG_ERROR, "forecast.too_long", LOG_TEXT("from", forecast->from),
                  LOG_TEXT("to", forecast->to));
        rest_problem(call, "internal-error", NULL);
    } else if (question->csv) {
        rest_reply_csv(call,
                       arena_printf(rest_arena(call), "emnebank-prognose-%s-%s-%s.csv",
                                    forecast_tables[question->table], forecast->from, forecast->to),
                       &text);
    } else {
        rest_reply_buffer(call, 200, "application/json", &text);
    }
    buffer_deinit(&text);
}

static void found(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct question *question = rest_state(call);
    const struct pg_result *open = pg_outcome_result(outcome, STEP_OPEN);
    struct forecast forecast = {.from = pg_text(open, 0, 0),
                                .to = pg_text(open, 0, 1),
                                .trade = question->trade,
                                .municipality = question->municipality,
                                .rules = pg_int64(open, 0, 2),
                                .draft = pg_bool(open, 0, 3),
                                .found_percent = pg_int64(open, 0, 4)};

    read_rows(rest_arena(call), pg_outcome_result(outcome, STEP_ROWS), &forecast);
    read_unknown(rest_arena(call), pg_outcome_result(outcome, STEP_UNKNOWN), &forecast);
    reply(call, &forecast, question);
}

static void read_forecast(struct rest_call *call)
{
    static const char *const queries[] = {"from", "to", "trade", "municipality", "table", NULL};
    struct question *question = arena_alloc(rest_arena(call), sizeof *question);

    if (!rest_query_only(call, queries) || !read_table(call, question))
        return;
    question->trade = rest_query(call, "trade");
    question->municipality = rest_query(call, "municipality");
    const struct pg_parameter asked[] = {PG_TEXT(rest_query(call, "from")),
                                         PG_TEXT(rest_query(call, "to")), PG_TEXT(question->trade),
                                         PG_TEXT(question->municipality)};
    const struct pg_parameter unknown[] = {asked[0], asked[1], asked[3]};
    const struct pg_step steps[STEPS] = {
        [STEP_OPEN] = {&forecast_sql_open, asked, COUNT(asked)},
        [STEP_ROWS] = {&forecast_sql_rows, asked, COUNT(asked)},
        [STEP_UNKNOWN] = {&forecast_sql_unknown, unknown, COUNT(unknown)},
        [STEP_TOLD] = {&forecast_sql_told, asked, COUNT(asked)},
    };
    rest_set_state(call, question);
    rest_batch(call, steps, STEPS, found);
}

static void read_lead(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = rest_path_id(call, "Emnet findes ikke.");

    if (id == NULL || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &forecast_sql_lead, parameters, COUNT(parameters));
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/forecast", "leads:read", REST_CSV, PURPOSE, read_forecast},
    {HTTP_GET, "/v1/leads/{id}/needs", "leads:read", 0, PURPOSE, read_lead},
    {HTTP_GET, "/v1/need-rules", "leads:read", 0, PURPOSE, forecast_rules_read},
    {HTTP_PUT, "/v1/need-rules", "leads:write", REST_JSON | REST_IF_MATCH, PURPOSE,
     forecast_rules_write},
    {HTTP_GET, "/v1/panel", "leads:read", 0, PURPOSE, forecast_panel_list},
    {HTTP_POST, "/v1/panel", "leads:write", REST_JSON | REST_IDEMPOTENT, PURPOSE,
     forecast_panel_post},
};

const struct rest_table forecast_routes = {routes, COUNT(routes)};
