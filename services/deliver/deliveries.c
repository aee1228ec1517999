/* Deliveries: what became of each event, for its receiver to see. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/json/writer.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#define PAGE_CAP ((size_t)1 << 20)

static const char *const states[] = {"waiting", "leased", "delivered", "dead", "cancelled", NULL};

static bool state_known(const char *state)
{
    for (size_t i = 0; states[i] != NULL; i++) {
        if (str_equal(states[i], state))
            return true;
    }
    return false;
}

/* A full page names the position of its last row; the row after it may not exist, and then the next
 * page is empty. */
static void listed(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const size_t *limit = rest_state(call);
    size_t count = pg_rows(rows);
    const char *next = NULL;
    struct buffer body;
    struct writer json;
    buffer_init(&body, PAGE_CAP);
    writer_init(&json, &body);
    writer_object(&json);
    writer_member_array(&json, "items");
    for (size_t row = 0; row < count; row++)
        writer_raw(&json, pg_text(rows, row, 0), strlen(pg_text(rows, row, 0)));
    writer_array_end(&json);
    if (count == *limit) {
        next = rest_cursor_write(call, pg_text(rows, count - 1, 1));
        rest_next(call, next);
    }
    writer_member_text(&json, "next", next);
    writer_object_end(&json);
    writer_finish(&json);
    rest_reply_text(call, 200, "application/json", body.data, body.length);
    buffer_deinit(&body);
}

void delivery_get_all(struct rest_call *call)
{
    static const char *const names[] = {"state", "cursor", "limit", NULL};
    if (!rest_query_only(call, names))
        return;
    const char *state = rest_query(call, "state");
    if (state != NULL && !state_known(state)) {
        rest_problem(call, "query-invalid",
                     "state skal være waiting, leased, delivered, dead eller cancelled.");
        return;
    }
    const size_t wanted = rest_limit(call);
    const char *position = wanted == 0 ? NULL : rest_cursor_read(call);
    if (position == NULL)
        return; /* answered, and the call is gone */
    size_t *limit = arena_alloc(rest_arena(call), sizeof *limit);
    *limit = wanted;
    rest_set_state(call, limit);
    const struct pg_parameter parameters[] = {
        PG_TEXT(state),
        PG_TEXT(position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", *limit)),
    };
    const struct pg_step step = {&deliver_sql_delivery_list, parameters, 3};
    rest_batch(call, &step, 1, listed);
}

void delivery_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = deliver_path_id(call);
    if (id == NULL || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &deliver_sql_delivery_read, parameters, 1);
}
