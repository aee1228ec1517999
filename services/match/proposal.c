#include "services/match/proposal.h"

#include "sql/match_sql.h"

void proposal_list(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *order = rest_path_id(call, "Jobordren findes ikke.");
    if (order == NULL || !rest_query_only(call, queries)) {
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order)};
    rest_run(call, &match_sql_proposal_list, parameters, 1);
}

void proposal_change(struct rest_call *call)
{
    static const char *const names[] = {"state", NULL};
    static const char *const states[] = {"seen", "dismissed", NULL};
    struct json_check check;
    const char *id = rest_path_id(call, "Forslaget findes ikke.");
    if (id == NULL) {
        return;
    }
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    const int state =
        json_check_choice(&check, rest_body(call), "", "state", JSON_REQUIRED, states);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call),
                                              PG_TEXT(states[state])};
    rest_run(call, &match_sql_proposal_change, parameters, 3);
}

void proposal_rerank(struct rest_call *call)
{
    static const char *const names[] = {NULL};
    struct json_check check;
    const char *order = rest_path_id(call, "Jobordren findes ikke.");
    if (order == NULL) {
        return;
    }
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order), rest_version_seen(call)};
    rest_run(call, &match_sql_proposal_rerank, parameters, 2);
}
