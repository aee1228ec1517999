/* GET /v1/recalls: who had a CV that was called back, and what they answered. */
#include "common/base/str.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <string.h>

static void listed(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *next = "null";
    if (!pg_is_null(rows, 0, 1)) {
        const char *cursor = rest_cursor_write(call, pg_text(rows, 0, 1));
        rest_next(call, cursor);
        next = arena_printf(rest_arena(call), "\"%s\"", cursor);
    }
    const char *body =
        arena_printf(rest_arena(call), "{\"items\":%s,\"next\":%s}", pg_text(rows, 0, 0), next);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

void recall_get_all(struct rest_call *call)
{
    static const char *const queries[] = {"open", "cursor", "limit", NULL};

    if (!rest_query_only(call, queries))
        return;
    const char *open = rest_query(call, "open");
    if (open != NULL && !str_equal(open, "true") && !str_equal(open, "false")) {
        rest_problem(call, "query-invalid", "open skal være true eller false.");
        return;
    }
    const size_t limit = rest_limit(call);
    const char *position = limit != 0 ? rest_cursor_read(call) : NULL;
    if (position == NULL)
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(position),
                                              PG_TEXT(arena_printf(rest_arena(call), "%zu", limit)),
                                              PG_TEXT(open != NULL ? open : "false")};
    const struct pg_step step = {&deliver_sql_recalls, parameters, 3};
    rest_batch(call, &step, 1, listed);
}
