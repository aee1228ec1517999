/* The quarterly panel: what companies answer, and what they answered. */
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "services/forecast/room.h"
#include "sql/forecast_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define NAME_LENGTH 200
#define NOTE_LENGTH 1000

/* --- POST /v1/panel --- */

static void check_employer(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"cvr", "name", NULL};
    const json_t *employer = json_check_object(check, body, "", "employer", JSON_REQUIRED);

    if (employer == NULL)
        return;
    json_check_members(check, employer, "/employer", members);
    const char *cvr = json_check_text(check, employer, "/employer", "cvr", JSON_REQUIRED, 8);
    json_check_text(check, employer, "/employer", "name", JSON_REQUIRED, NAME_LENGTH);
    if (cvr != NULL && !cvr_valid(cvr))
        json_check_fail(check, "/employer/cvr", "FORMAT", "CVR-nummeret er ikke gyldigt.");
}

/* What stands in the needs is the database's to judge: it is the same at a contact. */
static void check_answer(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"employer", "said_on", "needs", "note", NULL};
    const json_t *needs = json_object_get(body, "needs");

    json_check_members(check, body, "", members);
    check_employer(check, body);
    json_check_date(check, body, "", "said_on", JSON_REQUIRED);
    json_check_text(check, body, "", "note", JSON_OPTIONAL, NOTE_LENGTH);
    if (needs == NULL)
        json_check_fail(check, "/needs", "REQUIRED", "Skal angives.");
    else if (json_is_null(needs))
        json_check_fail(check, "/needs", "TYPE", "Skal være en liste.");
    else if (json_is_array(needs) && json_array_size(needs) == 0)
        json_check_fail(check, "/needs", "LENGTH", "Mindst ét fag skal nævnes.");
}

void forecast_panel_post(struct rest_call *call)
{
    struct arena *arena = rest_arena(call);
    struct json_check *check = arena_alloc(arena, sizeof *check);
    const struct pg_parameter body = PG_TEXT(json_text(arena, rest_body(call)));
    const struct http_request *http = rest_http(call);

    json_check_init(check, arena);
    check_answer(check, rest_body(call));
    if (!json_check_ok(check)) {
        rest_problem_faults(call, check, &forecast_sql_panel_faults, &body, 1);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(http_request_method_text(http)), PG_TEXT(http_request_path(http)),
        PG_TEXT(rest_idempotency_key(call)), PG_TEXT(rest_fingerprint(call)), body};
    rest_run(call, &forecast_sql_panel_post, parameters, COUNT(parameters));
}

/* --- GET /v1/panel --- */

static void listed(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *page = pg_outcome_result(outcome, 0);
    const char *cvr = rest_state(call);
    struct arena *arena = rest_arena(call);
    const char *next = "null";

    if (!pg_is_null(page, 0, 1)) {
        const char *cursor =
            rest_cursor_write(call, arena_printf(arena, "%s|%s", cvr, pg_text(page, 0, 1)));
        rest_next(call, cursor);
        next = arena_printf(arena, "\"%s\"", cursor);
    }
    const char *body = arena_printf(arena, "{\"items\":%s,\"next\":%s}", pg_text(page, 0, 0), next);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

/* The position after the company in the cursor; NULL and a 400 sent when it belongs to another. */
static const char *cursor_position(struct rest_call *call, const char *cvr)
{
    const size_t length = strlen(cvr); /* before a 400 ends the call and its arena */
    const char *position = rest_cursor_read(call);

    if (position == NULL || position[0] == '\0')
        return position;
    if (str_starts(position, cvr) && position[length] == '|')
        return position + length + 1;
    rest_problem(call, "cursor-invalid", "Markøren hører til en anden søgning.");
    return NULL;
}

void forecast_panel_list(struct rest_call *call)
{
    static const char *const names[] = {"cvr", "cursor", "limit", NULL};

    if (!rest_query_only(call, names))
        return;
    const size_t limit = rest_limit(call);
    if (limit == 0)
        return;
    const char *cvr = rest_query(call, "cvr");
    if (cvr != NULL && !cvr_valid(cvr)) {
        rest_problem(call, "query-invalid", "cvr skal være et gyldigt CVR-nummer på otte cifre.");
        return;
    }
    const char *filter = cvr != NULL ? cvr : "";
    const char *position = cursor_position(call, filter);
    if (position == NULL)
        return;
    struct arena *arena = rest_arena(call);
    rest_set_state(call, arena_strdup(arena, filter));
    const struct pg_parameter parameters[] = {PG_TEXT(cvr), PG_TEXT(position),
                                              PG_TEXT(arena_printf(arena, "%zu", limit))};
    const struct pg_step step = {&forecast_sql_panel_page, parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, listed);
}
