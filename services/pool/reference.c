/* The lists that are the same for everybody, and the organisations. */
#include "services/pool/internal.h"
#include "sql/pool_sql.h"

#include "common/base/str.h"

#include <stdio.h>
#include <string.h>

static void answer_text(struct rest_call *call, const struct pg_outcome *outcome)
{
    const char *body = pg_text(pg_outcome_result(outcome, 0), 0, 0);

    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

static void list(struct rest_call *call, const struct sql_statement *statement)
{
    static const char *const none[] = {NULL};
    const struct pg_step step = {.statement = statement};

    if (rest_query_only(call, none))
        rest_batch(call, &step, 1, answer_text);
}

void pool_get_municipalities(struct rest_call *call)
{
    list(call, &pool_sql_municipalities);
}

void pool_get_trades(struct rest_call *call)
{
    list(call, &pool_sql_trades);
}

void pool_get_competences(struct rest_call *call)
{
    list(call, &pool_sql_competences);
}

void pool_get_certificates(struct rest_call *call)
{
    list(call, &pool_sql_certificates);
}

void pool_answer_page(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *page = pg_outcome_result(outcome, 0);
    const char *next = NULL;

    if (!pg_is_null(page, 0, 1)) {
        next = rest_cursor_write(call, pg_text(page, 0, 1));
        rest_next(call, next);
    }
    const char *body =
        arena_printf(rest_arena(call), "{\"items\":%s,\"next\":%s%s%s}", pg_text(page, 0, 0),
                     next ? "\"" : "", next ? next : "null", next ? "\"" : "");
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

/* Both pages are (items, next id) after an id. */
static void page(struct rest_call *call, const struct sql_statement *statement, const char *extra,
                 size_t count)
{
    char size[24];
    size_t limit = rest_limit(call);
    if (limit == 0)
        return;
    const char *after = rest_cursor_read(call);
    if (after == NULL)
        return;
    snprintf(size, sizeof size, "%zu", limit);
    const struct pg_parameter parameters[] = {*after != '\0' ? PG_TEXT(after) : PG_NULL,
                                              PG_TEXT(size), PG_TEXT(extra)};
    const struct pg_step step = {statement, parameters, count};
    rest_batch(call, &step, 1, pool_answer_page);
}

void pool_get_organisations(struct rest_call *call)
{
    static const char *const names[] = {"kind", "cursor", "limit", NULL};

    if (!rest_query_only(call, names))
        return;
    const char *kind = rest_query(call, "kind");
    if (kind != NULL && !str_equal(kind, "municipality") && !str_equal(kind, "team") &&
        !str_equal(kind, "employer")) {
        rest_problem(call, "query-invalid", "kind skal være municipality, team eller employer.");
        return;
    }
    page(call, &pool_sql_organisations, kind, 3);
}

void pool_get_candidates(struct rest_call *call)
{
    static const char *const names[] = {"cursor", "limit", NULL};

    if (rest_query_only(call, names))
        page(call, &pool_sql_candidates, NULL, 2);
}
