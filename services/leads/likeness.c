#include "services/leads/likeness.h"

#include "common/domain/uuid.h"
#include "sql/leads_sql.h"

void likeness_list(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    if (!rest_query_only(call, none))
        return;
    rest_run(call, &leads_sql_likenesses, NULL, 0);
}

void likeness_decide(struct rest_call *call)
{
    static const char *const members[] = {"state", NULL};
    static const char *const states[] = {"same", "different", NULL};
    const char *id = rest_path_id(call, "Forslaget findes ikke.");
    if (!id)
        return;
    struct arena *arena = rest_arena(call);
    struct json_check check;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    json_check_choice(&check, rest_body(call), "", "state", JSON_REQUIRED, states);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id),
                                              PG_TEXT(json_text(arena, rest_body(call)))};
    rest_run(call, &leads_sql_likeness_decide, parameters, 2);
}

void lead_merge(struct rest_call *call)
{
    static const char *const members[] = {"into", NULL};
    const char *id = rest_path_id(call, "Emnet findes ikke.");
    if (!id)
        return;
    struct arena *arena = rest_arena(call);
    struct json_check check;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    const char *into = json_check_text(&check, rest_body(call), "", "into", JSON_REQUIRED, 36);
    if (into && !uuid_valid(into))
        json_check_fail(&check, "/into", "FORMAT", "Angiv emnets id.");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call),
                                              PG_TEXT(json_text(arena, rest_body(call)))};
    rest_run(call, &leads_sql_merge, parameters, 3);
}
