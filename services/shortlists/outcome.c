#include "services/shortlists/outcome.h"

#include "services/shortlists/answer.h"
#include "sql/shortlists_sql.h"

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

void outcome_tell(struct rest_call *call)
{
    const char *id = rest_path_id(call, "Emnet findes ikke.");
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    outcome_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(id), rest_version_seen(call),
        PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_run(call, &shortlists_sql_outcome, parameters, COUNT(parameters));
}

void outcome_add(struct rest_call *call)
{
    const char *id = rest_path_id(call, "Jobordren findes ikke.");
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    addition_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT(http_request_path(rest_http(call))),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(id),
        PG_TEXT(json_text(rest_arena(call), rest_body(call))),
    };
    rest_run(call, &shortlists_sql_add, parameters, COUNT(parameters));
}

void outcome_put_forward(struct rest_call *call)
{
    const char *id = rest_path_id(call, "Emnet findes ikke.");
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    const char *reason = put_forward_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call),
                                              PG_TEXT(reason)};
    rest_run(call, &shortlists_sql_put_forward, parameters, COUNT(parameters));
}
