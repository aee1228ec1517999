#include "services/match/why_not.h"

#include "common/domain/uuid.h"
#include "services/match/desk.h"
#include "services/match/explain.h"
#include "sql/match_sql.h"

static int answer(struct desk_question *question, const struct explain *explain,
                  const struct engine_order *order)
{
    const char *candidate = question->state;
    struct engine_why why;
    struct writer json;
    uint8_t id[ENGINE_ID_SIZE];
    int error = engine_id_read(candidate, id);
    if (error == 0) {
        error = engine_why(explain->snapshot, order, explain->asked->k, id, &why);
    }
    if (error != 0) {
        return error;
    }
    writer_init(&json, &question->answer);
    writer_object(&json);
    writer_member_text(&json, "order_id", question->order);
    writer_member_object(&json, "candidate");
    writer_member_text(&json, "id", candidate);
    writer_object_end(&json);
    desk_members(explain, &json);
    explain_why_members(explain, &why, explain->asked->k, &json);
    writer_object_end(&json);
    writer_finish(&json);
    return 0;
}

static const struct desk_kind kind = {
    .failed = "match.why_not_failed", .missing = "Kandidaten findes ikke.", .answer = answer};

static void ask(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *allowed = pg_outcome_result(outcome, 0);
    struct desk_question *question = desk_question(call, &kind);
    question->pool_version = pg_int64(allowed, 0, 0);
    question->order = arena_strdup(question->arena, pg_text(allowed, 0, 1));
    question->state = arena_strdup(question->arena, pg_text(allowed, 0, 2));
    desk_ask(question);
}

static bool is_id(struct rest_call *call, const char *id, const char *missing)
{
    if (uuid_valid(id)) {
        return true;
    }
    rest_problem(call, "not-found", missing);
    return false;
}

void why_not(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *order = rest_parameter(call, "id");
    const char *candidate = rest_parameter(call, "candidate");
    if (!is_id(call, order, "Jobordren findes ikke.") ||
        !is_id(call, candidate, "Kandidaten findes ikke.") || !rest_query_only(call, queries) ||
        !desk_open(call)) {
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order), PG_TEXT(candidate)};
    const struct pg_step step = {&match_sql_why_not_allowed, parameters, 2};
    rest_batch(call, &step, 1, ask);
}
