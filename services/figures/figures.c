#include "services/figures/figures.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/obs/log.h"
#include "services/figures/report.h"
#include "sql/figures_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define ANSWER_CAP ((size_t)16 << 20)
#define BORDERS_CAP ((MONTHS_CAP + 1) * CLOCK_TEXT_SIZE + 2)

struct figures {
    struct calendar_options calendar;
};

/* What was asked; the call's state while the database works. */
struct question {
    struct months months;
    const char *municipality; /* NULL: all */
    bool csv;
    enum report_table table; /* with csv */
};

enum step { STEP_OPEN, STEP_ORDERS, STEP_BALANCE, STEP_BREAKDOWN, STEP_TOLD, STEPS };

struct figures *figures_create(const struct calendar_options *calendar)
{
    struct figures *figures = mem_zalloc(sizeof *figures);

    figures->calendar = *calendar;
    return figures;
}

void figures_destroy(struct figures **figures)
{
    mem_free(*figures);
    *figures = NULL;
}

/* --- what is asked --- */

static bool read_months(struct rest_call *call, struct months *months)
{
    const char *from = rest_query(call, "from");
    const char *to = rest_query(call, "to");
    int64_t last = month_of(clock_now());

    if (to != NULL && month_read(to, &last) != 0) {
        rest_problem(call, "query-invalid", "to skal være en måned som 2026-11.");
        return false;
    }
    months->first = last;
    if (from != NULL && month_read(from, &months->first) != 0) {
        rest_problem(call, "query-invalid", "from skal være en måned som 2026-10.");
        return false;
    }
    if (months->first > last || last - months->first >= MONTHS_CAP) {
        rest_problem(call, "query-invalid",
                     "from skal ligge før eller i to, og der kan højst spørges om 36 måneder.");
        return false;
    }
    months->count = (size_t)(last - months->first + 1);
    return true;
}

static bool read_table(struct rest_call *call, struct question *question)
{
    const char *table = rest_query(call, "table");
    const int index = table != NULL ? kind_index(report_tables, table) : REPORT_ORDERS;

    question->csv = rest_wants_csv(call);
    if (table != NULL && !question->csv) {
        rest_problem(call, "query-invalid", "table vælger en tabel, når svaret er text/csv.");
        return false;
    }
    if (index < 0) {
        rest_problem(call, "query-invalid", "table skal være orders, hires eller balance.");
        return false;
    }
    question->table = (enum report_table)index;
    return true;
}

/* A timestamptz[] of the moments when the months begin, and when the last has ended. */
static const char *borders(struct arena *arena, const struct months *months)
{
    struct buffer text;

    buffer_init(&text, BORDERS_CAP);
    for (size_t i = 0; i <= months->count; i++) {
        char moment[CLOCK_TEXT_SIZE];
        clock_text(month_begins(months->first + (int64_t)i), moment);
        buffer_printf(&text, "%c%s", i == 0 ? '{' : ',', moment);
    }
    buffer_char(&text, '}');
    const char *copy = arena_strndup(arena, text.data, text.length);
    buffer_deinit(&text);
    return copy;
}

/* --- what the database found --- */

/* The municipalities, a line each, code|name; then outside and all. */
static void read_places(struct arena *arena, const char *lines, struct report *report)
{
    char *text = arena_strdup(arena, lines);
    size_t count = 3;

    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    struct place *places = arena_array(arena, count, sizeof *places);
    for (size_t i = 0; i + 2 < count; i++) {
        char *line = strsep(&text, "\n");
        places[i].code = strsep(&line, "|");
        places[i].name = line;
    }
    places[count - 2] = (struct place){PLACE_OUTSIDE, NULL, "Uden for samarbejdet"};
    places[count - 1] = (struct place){PLACE_ALL, NULL, "Alle"};
    report->places = places;
    report->place_count = count;
}

/* `other` when the cell is NULL. */
static size_t place_of(const struct report *report, const struct pg_result *rows, size_t row,
                       size_t column, size_t other)
{
    if (pg_is_null(rows, row, column))
        return other;
    for (size_t i = 0; i + 2 < report->place_count; i++)
        if (str_equal(report->places[i].code, pg_text(rows, row, column)))
            return i;
    return other;
}

enum orders_column {
    ORDERS_MONTH,
    ORDERS_PLACE,
    ORDERS_OF_TEAM,
    ORDERS_POSTS,
    ORDERS_HIRES,
    ORDERS_FILLED,
    ORDERS_RECEIVED,
    ORDERS_FIRST, /* MILESTONES of them */
};

static struct tally_order read_order(const struct report *report, const struct pg_result *rows,
                                     size_t row)
{
    struct tally_order order = {
        .place = place_of(report, rows, row, ORDERS_PLACE, report->place_count - 2),
        .of_team = pg_bool(rows, row, ORDERS_OF_TEAM),
        .filled = pg_bool(rows, row, ORDERS_FILLED),
        .posts = pg_int64(rows, row, ORDERS_POSTS),
        .hires = pg_int64(rows, row, ORDERS_HIRES),
        .received = pg_int64(rows, row, ORDERS_RECEIVED),
    };

    for (size_t i = 0; i < MILESTONES; i++)
        order.first[i] =
            pg_is_null(rows, row, ORDERS_FIRST + i) ? NEVER : pg_int64(rows, row, ORDERS_FIRST + i);
    return order;
}

/* The rows of one month, or of the period, for each place. */
static void count_places(const struct figures *figures, struct arena *arena,
                         const struct report *report, const struct tally_order *orders,
                         size_t count, struct tally_row *rows)
{
    for (size_t i = 0; i < report->place_count; i++)
        rows[i] = tally_count(arena, orders, count, i + 1 < report->place_count ? i : TALLY_ALL,
                              &figures->calendar);
}

/* The orders come by the moment when they were received: each month's stand together. */
static void read_orders(const struct figures *figures, struct arena *arena,
                        const struct pg_result *result, struct report *report)
{
    const size_t count = pg_rows(result);
    const size_t months = report->months.count;
    struct tally_order *orders = arena_array(arena, count + 1, sizeof *orders);
    struct tally_row *rows = arena_array(arena, (months + 1) * report->place_count, sizeof *rows);
    size_t begin = 0;

    for (size_t i = 0; i < count; i++)
        orders[i] = read_order(report, result, i);
    for (size_t month = 0; month < months; month++) {
        size_t end = begin;
        while (end < count && (size_t)pg_int64(result, end, ORDERS_MONTH) == month + 1)
            end++;
        count_places(figures, arena, report, orders + begin, end - begin,
                     rows + month * report->place_count);
        begin = end;
    }
    count_places(figures, arena, report, orders, count, rows + months * report->place_count);
    report->rows = rows;
}

static void read_balance(struct arena *arena, const struct pg_result *result, struct report *report)
{
    const size_t outside = report->place_count - 2;
    struct tally_pair *pairs = arena_array(arena, pg_rows(result) + 1, sizeof *pairs);

    for (size_t i = 0; i < pg_rows(result); i++)
        pairs[i] = (struct tally_pair){.giver = place_of(report, result, i, 0, outside),
                                       .taker = place_of(report, result, i, 1, outside),
                                       .hires = pg_int64(result, i, 2)};
    report->pairs = pairs;
    report->pair_count = pg_rows(result);
    report->balance = tally_balance(arena, report->place_count, pairs, report->pair_count);
}

static const char *kind_title(const char *kind)
{
    static const struct {
        const char *kind;
        const char *title;
    } titles[] = {
        {"permanent", "fast"},          {"temporary", "tidsbegrænset"},
        {"seasonal", "sæson"},          {"job_rotation", "jobrotation"},
        {"wage_subsidy", "løntilskud"}, {"work_trial", "praktik"},
        {"flex", "fleksjob"},           {"several", "flere arbejdsformer"},
    };

    for (size_t i = 0; i < COUNT(titles); i++)
        if (str_equal(titles[i].kind, kind))
            return titles[i].title;
    return NULL;
}

static void read_breakdown(struct arena *arena, const struct pg_result *result,
                           struct report *report)
{
    struct report_hires *hires = arena_array(arena, pg_rows(result) + 1, sizeof *hires);

    for (size_t i = 0; i < pg_rows(result); i++) {
        const char *breakdown = pg_text(result, i, 1);
        const char *code = pg_is_null(result, i, 2) ? NULL : pg_text(result, i, 2);
        const char *title = pg_is_null(result, i, 3) ? NULL : pg_text(result, i, 3);
        hires[i] =
            (struct report_hires){.place = place_of(report, result, i, 0, report->place_count - 1),
                                  .breakdown = breakdown,
                                  .code = code,
                                  .title = str_equal(breakdown, "kind") ? kind_title(code) : title,
                                  .hires = pg_int64(result, i, 4),
                                  .exact = pg_bool(result, i, 5)};
    }
    report->hires = hires;
    report->hires_count = pg_rows(result);
}

/* --- the answer --- */

static void reply(struct rest_call *call, const struct report *report,
                  const struct question *question)
{
    char from[MONTH_TEXT_SIZE], to[MONTH_TEXT_SIZE];
    struct buffer text;

    buffer_init(&text, ANSWER_CAP);
    month_text(report->months.first, from);
    month_text(report->months.first + (int64_t)report->months.count - 1, to);
    if (question->csv)
        report_sheet(report, question->table, &text);
    else
        report_json(report, &text);
    if (buffer_full(&text)) {
        log_event(LOG_ERROR, "figures.too_long", LOG_TEXT("from", from), LOG_TEXT("to", to));
        rest_problem(call, "internal-error", NULL);
    } else if (question->csv) {
        rest_reply_csv(call,
                       arena_printf(rest_arena(call), "emnebank-%s-%s-%s.csv",
                                    report_tables[question->table], from, to),
                       &text);
    } else {
        rest_reply_buffer(call, 200, "application/json", &text);
    }
    buffer_deinit(&text);
}

static void found(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct figures *figures = rest_room(call);
    const struct question *question = rest_state(call);
    struct arena *arena = rest_arena(call);
    struct report report = {.months = question->months, .wanted = TALLY_ALL};

    read_places(arena, pg_text(pg_outcome_result(outcome, STEP_OPEN), 0, 0), &report);
    for (size_t i = 0; i < report.place_count && question->municipality != NULL; i++)
        if (str_equal(report.places[i].code, question->municipality))
            report.wanted = i;
    read_orders(figures, arena, pg_outcome_result(outcome, STEP_ORDERS), &report);
    read_balance(arena, pg_outcome_result(outcome, STEP_BALANCE), &report);
    read_breakdown(arena, pg_outcome_result(outcome, STEP_BREAKDOWN), &report);
    reply(call, &report, question);
}

static void read_figures(struct rest_call *call)
{
    static const char *const queries[] = {"from", "to", "municipality", "table", NULL};
    struct arena *arena = rest_arena(call);
    struct question *question = arena_alloc(arena, sizeof *question);
    char from[MONTH_TEXT_SIZE], to[MONTH_TEXT_SIZE];

    if (!rest_query_only(call, queries) || !read_months(call, &question->months) ||
        !read_table(call, question))
        return;
    question->municipality = rest_query(call, "municipality");
    month_text(question->months.first, from);
    month_text(question->months.first + (int64_t)question->months.count - 1, to);
    const struct pg_parameter where[] = {PG_TEXT(question->municipality)};
    const struct pg_parameter when[] = {PG_TEXT(borders(arena, &question->months))};
    const struct pg_parameter told[] = {PG_TEXT(from), PG_TEXT(to),
                                        PG_TEXT(question->municipality)};
    const struct pg_step steps[STEPS] = {
        [STEP_OPEN] = {&figures_sql_open, where, COUNT(where)},
        [STEP_ORDERS] = {&figures_sql_orders, when, COUNT(when)},
        [STEP_BALANCE] = {&figures_sql_balance, when, COUNT(when)},
        [STEP_BREAKDOWN] = {&figures_sql_breakdown, when, COUNT(when)},
        [STEP_TOLD] = {&figures_sql_told, told, COUNT(told)},
    };
    rest_set_state(call, question);
    rest_batch(call, steps, STEPS, found);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/figures", "shortlists:read", REST_CSV, "tal for samarbejdet", read_figures},
};

const struct rest_table figures_routes = {routes, COUNT(routes)};
