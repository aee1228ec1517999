/* What the clock of an order has come to, for the partners. */
#include "services/orders/room.h"
#include "sql/orders_sql.h"

void clock_events(struct rest_call *call)
{
    static const char *const queries[] = {"cursor", "limit", NULL};
    const char *id = rest_path_id(call, "Jobordren findes ikke.");

    if (!id || !rest_query_only(call, queries))
        return;
    size_t limit = rest_limit(call);
    const char *position = limit ? rest_cursor_read(call) : NULL;
    if (!position)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(id),
        PG_TEXT(position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", limit)),
    };
    const struct pg_step step = {&orders_sql_events, parameters, 3};
    rest_batch(call, &step, 1, orders_reply_page);
}
