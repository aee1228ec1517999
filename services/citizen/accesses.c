/* GET /v1/candidates/{municipality}/{external_ref}/accesses: GDPR art. 15, C-579/21. */
#include "services/citizen/overview.h"
#include "services/citizen/room.h"
#include "sql/citizen_sql.h"

#include <string.h>

enum { ACCESSES_DOCUMENT, ACCESSES_NEXT };

static void send_overview(struct rest_call *call, const json_t *accesses, bool more)
{
    struct buffer bytes;

    buffer_init(&bytes, OVERVIEW_CAP);
    overview_write(&bytes, accesses, more);
    if (buffer_full(&bytes)) {
        buffer_deinit(&bytes);
        rest_problem(call, "internal-error", NULL);
        return;
    }
    citizen_page_headers(call, overview_style);
    rest_reply_buffer(call, 200, "text/html; charset=utf-8", &bytes);
    buffer_deinit(&bytes);
}

static void reply_accesses(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, 0);
    const char *text = pg_text(row, 0, ACCESSES_DOCUMENT);
    const bool more = !pg_is_null(row, 0, ACCESSES_NEXT);
    struct json_fault fault;
    json_t *body = NULL;

    if (json_read_own(text, strlen(text), &body, &fault) != 0) {
        rest_problem(call, "internal-error", NULL);
        return;
    }
    if (more) {
        const char *cursor = rest_cursor_write(call, pg_text(row, 0, ACCESSES_NEXT));
        json_object_set_new(body, "next", json_string(cursor));
        rest_next(call, cursor);
    } else {
        json_object_set_new(body, "next", json_null());
    }
    rest_header(call, "Vary", "Accept");
    if (rest_wants_html(call))
        send_overview(call, body, more);
    else
        rest_reply(call, 200, body);
    json_decref(body);
}

void accesses_get(struct rest_call *call)
{
    static const char *const queries[] = {"cursor", "limit", NULL};

    if (!rest_query_only(call, queries))
        return;
    const size_t limit = rest_limit(call);
    const char *position = limit > 0 ? rest_cursor_read(call) : NULL;
    if (position == NULL)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(rest_parameter(call, "municipality")),
        PG_TEXT(rest_parameter(call, "external_ref")), PG_TEXT(position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", limit))};
    const struct pg_step step = {&citizen_sql_accesses, parameters,
                                 sizeof parameters / sizeof *parameters};
    rest_batch(call, &step, 1, reply_accesses);
}
