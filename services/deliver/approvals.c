/* Whose endpoint it is: asked of its receiver, and said by a named person of the team. */
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#define CVR_LENGTH 8

static bool state_known(const char *state)
{
    static const char *const states[] = {"unproven", "proven", "active", "disabled"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (str_equal(states[i], state))
            return true;
    }
    return false;
}

void endpoint_post_challenge(struct rest_call *call)
{
    const char *id = deliver_path_id(call);
    if (id != NULL)
        rest_run(call, &deliver_sql_endpoint_challenge, (const struct pg_parameter[]){PG_TEXT(id)},
                 1);
}

/* --- the team --- */

void approval_get_all(struct rest_call *call)
{
    static const char *const names[] = {"state", "cursor", "limit", NULL};
    if (!rest_query_only(call, names))
        return;
    const char *state = rest_query(call, "state");
    if (state != NULL && !state_known(state)) {
        rest_problem(call, "query-invalid",
                     "state skal være unproven, proven, active eller disabled.");
        return;
    }
    const size_t limit = rest_limit(call);
    const char *position = limit == 0 ? NULL : rest_cursor_read(call);
    if (position == NULL)
        return; /* answered, and the call is gone */
    const struct pg_parameter parameters[] = {
        PG_TEXT(state == NULL ? "proven" : state),
        PG_TEXT(position),
    };
    deliver_list(call, &deliver_sql_endpoint_approvals, parameters, 2, limit);
}

/* An organisation that has no CVR number is named by none. */
void approval_post(struct rest_call *call)
{
    static const char *const members[] = {"cvr", NULL};
    const char *id = deliver_path_id(call);
    struct json_check check;
    if (id == NULL)
        return;
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", members);
    const char *cvr =
        json_check_text(&check, rest_body(call), "", "cvr", JSON_OPTIONAL, CVR_LENGTH);
    if (cvr != NULL && !cvr_valid(cvr))
        json_check_fail(&check, "/cvr", "FORMAT", "Skal være et gyldigt CVR-nummer på 8 cifre.");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call), PG_TEXT(cvr)};
    rest_run(call, &deliver_sql_endpoint_approve, parameters,
             sizeof parameters / sizeof *parameters);
}

void approval_delete(struct rest_call *call)
{
    deliver_run_seen(call, &deliver_sql_endpoint_disapprove);
}
