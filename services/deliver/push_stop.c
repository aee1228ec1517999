/* The switch that halts every push: read by all, turned by a named person of the team. */
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#define REASON_CAP 500

void push_stop_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    if (rest_query_only(call, none))
        rest_run(call, &deliver_sql_push_stop_read, NULL, 0);
}

/* Both ways take a reason: the partners read it in their feeds. */
void push_stop_put(struct rest_call *call)
{
    static const char *const members[] = {"stopped", "reason", NULL};
    const json_t *body = rest_body(call);
    struct json_check check;
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, body, "", members);
    const bool stopped = json_check_bool(&check, body, "", "stopped", JSON_REQUIRED, false);
    const char *reason = json_check_text(&check, body, "", "reason", JSON_REQUIRED, REASON_CAP);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        rest_version_seen(call),
        PG_TEXT(stopped ? "t" : "f"),
        PG_TEXT(reason),
    };
    rest_run(call, &deliver_sql_push_stop_set, parameters, sizeof parameters / sizeof *parameters);
}
