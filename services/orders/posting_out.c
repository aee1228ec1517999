#include "services/orders/posting_out.h"

#include "services/orders/room.h"
#include "sql/orders_sql.h"

void order_posting(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = rest_path_id(call, "Jobordren findes ikke.");

    if (!id || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &orders_sql_posting, parameters, 1);
}

/* A reader who asks again with the page's tag is told in a few bytes that nothing has changed. */
static void reply_page(struct rest_call *call, const struct pg_outcome *outcome)
{
    rest_etag(call, pg_int64(pg_outcome_result(outcome, 0), 0, 2));
    orders_reply_page(call, outcome);
}

void order_postings(struct rest_call *call)
{
    static const char *const queries[] = {"cursor", "limit", NULL};

    if (!rest_query_only(call, queries))
        return;
    const size_t limit = rest_limit(call);
    const char *position = limit ? rest_cursor_read(call) : NULL;
    if (!position)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(position), PG_TEXT(arena_printf(rest_arena(call), "%zu", limit))};
    const struct pg_step step = {&orders_sql_postings, parameters, 2};
    rest_batch(call, &step, 1, reply_page);
}
