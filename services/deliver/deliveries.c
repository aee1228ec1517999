/* Deliveries: what became of each event, for its receiver to see. */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "common/domain/uuid.h"
#include "common/json/writer.h"
#include "services/deliver/kinds.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <string.h>

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

void deliver_list(struct rest_call *call, const struct sql_statement *statement,
                  const struct pg_parameter *parameters, size_t count, size_t limit)
{
    struct arena *arena = rest_arena(call);
    struct pg_parameter *with_limit = arena_array(arena, count + 1, sizeof *with_limit);
    size_t *state = arena_alloc(arena, sizeof *state);
    memcpy(with_limit, parameters, count * sizeof *parameters);
    with_limit[count] = PG_TEXT(arena_printf(arena, "%zu", limit));
    *state = limit;
    rest_set_state(call, state);
    const struct pg_step step = {statement, with_limit, count + 1};
    rest_batch(call, &step, 1, listed);
}

/* The first parameter that is not as it should be, as a text for its caller; NULL: all are. */
static const char *query_fault(struct rest_call *call)
{
    const char *state = rest_query(call, "state");
    const char *kind = rest_query(call, "kind");
    const char *endpoint = rest_query(call, "endpoint");
    const char *since = rest_query(call, "since");
    int64_t time;
    if (state != NULL && !state_known(state))
        return "state skal være waiting, leased, delivered, dead eller cancelled.";
    if (kind != NULL && kind_find(kind) == NULL)
        return "kind skal være en slags hændelse, som der findes.";
    if (endpoint != NULL && !uuid_valid(endpoint))
        return "endpoint skal være en modtageradresses id.";
    if (since != NULL && calendar_read_time(since, &time) != 0)
        return "since skal være et tidspunkt som 2026-11-24T08:00:00Z.";
    return NULL;
}

void delivery_get_all(struct rest_call *call)
{
    static const char *const names[] = {"state",  "kind",  "endpoint", "since",
                                        "cursor", "limit", NULL};
    if (!rest_query_only(call, names))
        return;
    const char *fault = query_fault(call);
    if (fault != NULL) {
        rest_problem(call, "query-invalid", fault);
        return;
    }
    const size_t limit = rest_limit(call);
    const char *position = limit == 0 ? NULL : rest_cursor_read(call);
    if (position == NULL)
        return; /* answered, and the call is gone */
    const struct pg_parameter parameters[] = {
        PG_TEXT(rest_query(call, "state")),
        PG_TEXT(rest_query(call, "kind")),
        PG_TEXT(rest_query(call, "endpoint")),
        PG_TEXT(rest_query(call, "since")),
        PG_TEXT(position),
    };
    deliver_list(call, &deliver_sql_delivery_list, parameters,
                 sizeof parameters / sizeof *parameters, limit);
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
