#include "services/orders/referrals.h"

#include "common/base/sheet.h"
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "common/domain/uuid.h"
#include "common/json/json.h"
#include "sql/orders_sql.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define SHEET_ROWS 10000 /* of one answer; the link `next` leads on */
#define SHEET_CAP ((size_t)32 << 20)
#define PAGE_CAP ((size_t)1 << 20)

/* Codes and what a consultant calls them (proto/glossary.md), both in one order. */
static const char *const actors[] = {"home", "team", "employer", "candidate", "system", NULL};
static const char *const actor_words[] = {"hjemkommunen", "teamet",   "arbejdsgiveren",
                                          "kandidaten",   "systemet", NULL};

_Static_assert(COUNT(actors) == COUNT(actor_words), "a word for each actor");

/* What may be asked for, and what is said when it is not that. */
static bool uuid_good(const char *text)
{
    return uuid_valid(text);
}
static bool state_good(const char *text)
{
    return kind_index(entry_states, text) >= 0;
}
static bool actor_good(const char *text)
{
    return kind_index(actors, text) >= 0;
}
static const struct {
    const char *name;
    bool (*good)(const char *text);
    const char *problem;
} filters[] = {
    {"order", uuid_good, "order skal være en jobordres id."},
    {"candidate", uuid_good, "candidate skal være en kandidats pseudonym."},
    {"home", municipality_code_valid, "home skal være en kommunekode som 0751."},
    {"state", state_good, "state skal være en af emnernes tilstande."},
    {"actor", actor_good, "actor skal være home, team, employer, candidate eller system."},
    {"from", json_date_valid, "from skal være en dato som 2026-11-01."},
    {"to", json_date_valid, "to skal være en dato som 2026-11-30."},
};

/* The filters as JSON text; NULL, and an answer sent, when one is wrong. */
static const char *read_filters(struct rest_call *call)
{
    json_t *asked = json_object();
    const char *problem = NULL;

    for (size_t i = 0; i < COUNT(filters) && !problem; i++) {
        const char *value = rest_query(call, filters[i].name);
        if (value && !filters[i].good(value))
            problem = filters[i].problem;
        else if (value)
            json_object_set_new(asked, filters[i].name, json_string(value));
    }
    const char *from = rest_query(call, "from");
    const char *to = rest_query(call, "to");
    if (!problem && from && to && strcmp(from, to) > 0) /* dates, so in the order of their text */
        problem = "from må ikke ligge efter to.";
    const char *text = problem ? NULL : json_text(rest_arena(call), asked);
    json_decref(asked);
    if (problem)
        rest_problem(call, "query-invalid", problem);
    return text;
}

/* The rows to show; one more was asked for so that it is known whether a page follows. */
static size_t shown_rows(struct rest_call *call, const struct pg_result *rows, const char **next)
{
    const size_t most = *(const size_t *)rest_state(call);

    *next = NULL;
    if (pg_rows(rows) <= most)
        return pg_rows(rows);
    *next = rest_cursor_write(call, pg_text(rows, most - 1, 0));
    rest_next(call, *next);
    return most;
}

static void reply_page(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *next;
    const size_t count = shown_rows(call, rows, &next);
    struct buffer body;

    buffer_init(&body, PAGE_CAP);
    buffer_text(&body, "{\"items\":[");
    for (size_t i = 0; i < count; i++)
        buffer_printf(&body, "%s%s", i == 0 ? "" : ",", pg_text(rows, i, 1));
    if (next)
        buffer_printf(&body, "],\"next\":\"%s\"}", next);
    else
        buffer_text(&body, "],\"next\":null}");
    rest_reply_buffer(call, 200, "application/json", &body);
    buffer_deinit(&body);
}

enum column {
    NUMBER,
    AT,
    ORDER,
    TITLE,
    EMPLOYER,
    ENTRY,
    CANDIDATE,
    REFERENCE,
    HOME,
    FROM,
    TO,
    ACTOR,
    PERSON,
    REASON,
    COLUMNS
};

static void write_row(struct sheet *sheet, const struct pg_result *rows, size_t row)
{
    for (size_t column = AT; column < COLUMNS; column++) {
        const char *text = pg_is_null(rows, row, column) ? NULL : pg_text(rows, row, column);
        if (column == FROM || column == TO)
            text = kind_word(entry_states, entry_state_words, text);
        else if (column == ACTOR)
            text = kind_word(actors, actor_words, text);
        sheet_text(sheet, text);
    }
    sheet_end_row(sheet);
}

static void reply_sheet(struct rest_call *call, const struct pg_outcome *outcome)
{
    static const char *const heads[] = {
        "Tidspunkt",   "Jobordre", "Titel", "Arbejdsgiver", "Emne",   "Kandidat", "Reference",
        "Hjemkommune", "Fra",      "Til",   "Hvem",         "Person", "Grund"};
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *next;
    const size_t count = shown_rows(call, rows, &next);
    struct buffer body;
    struct sheet sheet;

    _Static_assert(COUNT(heads) == COLUMNS - 1, "a head for each column");
    buffer_init(&body, SHEET_CAP);
    sheet_init(&sheet, &body);
    for (size_t i = 0; i < COUNT(heads); i++)
        sheet_text(&sheet, heads[i]);
    sheet_end_row(&sheet);
    for (size_t i = 0; i < count; i++)
        write_row(&sheet, rows, i);
    rest_reply_csv(call, "formidlingslog.csv", &body);
    buffer_deinit(&body);
}

void referrals_list(struct rest_call *call)
{
    static const char *const queries[] = {"order", "candidate", "home",   "state", "actor",
                                          "from",  "to",        "cursor", "limit", NULL};
    static const char newest[] = "9223372036854775807";
    const bool sheet = rest_wants_csv(call);

    if (!rest_query_only(call, queries))
        return;
    const char *asked = read_filters(call);
    size_t limit = asked ? rest_limit(call) : 0;
    const char *position = limit ? rest_cursor_read(call) : NULL;
    if (!position)
        return; /* answered: the call is gone */
    size_t *most = arena_alloc(rest_arena(call), sizeof *most);
    *most = sheet && !rest_query(call, "limit") ? SHEET_ROWS : limit;
    rest_set_state(call, most);
    const struct pg_parameter parameters[] = {
        PG_TEXT(asked),
        PG_TEXT(*position ? position : newest),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", *most)),
    };
    const struct pg_step step = {sheet ? &orders_sql_referrals_sheet : &orders_sql_referrals,
                                 parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, sheet ? reply_sheet : reply_page);
}
