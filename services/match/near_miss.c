#include "services/match/near_miss.h"

#include "services/match/desk.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <inttypes.h>
#include <string.h>

/* Those who lack nothing stand among the near misses: the limit counts those who lack something. */
static int find(const struct engine_snapshot *snapshot, const struct engine_order *order,
                struct engine_scratch *scratch, size_t limit, const struct engine_answer **found)
{
    const struct engine_answer *listed = NULL;
    const int error = engine_query(snapshot, order, ENGINE_STRICT, 0, scratch, &listed);
    if (error != 0) {
        return error;
    }
    const size_t k =
        listed->found < ENGINE_ENTRIES_CAP - limit ? listed->found + limit : ENGINE_ENTRIES_CAP;
    return engine_query(snapshot, order, ENGINE_NEAR_MISS, k, scratch, found);
}

static void write_item(const struct desk_question *question, const struct explain *explain,
                       const struct engine_order *order, struct engine_scratch *scratch,
                       const struct engine_answer *found, size_t index, struct writer *json)
{
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    const struct engine_standing *standing = &found->standings[index];
    char id[ENGINE_ID_TEXT_SIZE];
    engine_id_write(standing->id, id);
    engine_explain(explain->snapshot, order, scratch, index, &entry, parts);
    writer_object(json);
    writer_member_object(json, "candidate");
    writer_member_text(json, "id", id);
    writer_object_end(json);
    writer_member_text(json, "municipality",
                       arena_printf(question->arena, "%04u", (unsigned)standing->municipality));
    writer_member_unsigned(json, "score", standing->score);
    writer_name(json, "lacks");
    explain_reference(explain, standing->lacks, json);
    writer_member_text(json, "status", engine_status_code(parts[standing->lacks].status));
    writer_object_end(json);
}

static void write_answer(struct desk_question *question, const struct explain *explain,
                         const struct engine_order *order, struct engine_scratch *scratch,
                         const struct engine_answer *found)
{
    const size_t *limit = question->state;
    struct writer json;
    size_t count = 0;
    writer_init(&json, &question->answer);
    writer_object(&json);
    writer_member_text(&json, "order_id", question->order);
    desk_members(explain, &json);
    writer_member_array(&json, "items");
    for (size_t i = 0; i < found->count && count < *limit; i++) {
        if (found->standings[i].lacks != ENGINE_LACKS_NONE) {
            write_item(question, explain, order, scratch, found, i, &json);
            count++;
        }
    }
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
}

static int answer(struct desk_question *question, const struct explain *explain,
                  const struct engine_order *order)
{
    const size_t *limit = question->state;
    struct engine_scratch *scratch = engine_scratch_create();
    const struct engine_answer *found = NULL;
    const int error = find(explain->snapshot, order, scratch, *limit, &found);
    if (error == 0) {
        write_answer(question, explain, order, scratch, found);
    }
    engine_scratch_destroy(&scratch);
    return error;
}

static void on_told(struct rest_call *call, const struct pg_outcome *outcome)
{
    const char *told = pg_text(pg_outcome_result(outcome, 0), 0, 0);
    rest_reply_text(call, 200, "application/json", told, strlen(told));
}

/* Whom it names is in the audit before anybody reads it. */
static void tell(struct rest_call *call, const struct desk_question *question)
{
    const struct pg_parameter parameters[] = {
        PG_TEXT(arena_strdup(rest_arena(call), question->order)),
        PG_TEXT(arena_strdup(rest_arena(call), question->answer.data))};
    const struct pg_step step = {&match_sql_near_misses_told, parameters, 2};
    rest_batch(call, &step, 1, on_told);
}

static const struct desk_kind kind = {.failed = "match.near_misses_failed",
                                      .missing = "Jobordren findes ikke.",
                                      .answer = answer,
                                      .reply = tell};

static void ask(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *allowed = pg_outcome_result(outcome, 0);
    struct desk_question *question = desk_question(call, &kind);
    size_t *limit = arena_alloc(question->arena, sizeof *limit);
    *limit = *(const size_t *)rest_state(call);
    question->state = limit;
    question->pool_version = pg_int64(allowed, 0, 0);
    question->order = arena_strdup(question->arena, pg_text(allowed, 0, 1));
    desk_ask(question);
}

void near_misses(struct rest_call *call)
{
    static const char *const queries[] = {"limit", NULL};
    const char *order = rest_path_id(call, "Jobordren findes ikke.");
    if (order == NULL || !rest_query_only(call, queries)) {
        return;
    }
    const size_t wanted = rest_limit(call); /* 0: answered, and the call's memory is gone */
    if (wanted == 0 || !desk_open(call)) {
        return;
    }
    size_t *limit = arena_alloc(rest_arena(call), sizeof *limit);
    *limit = wanted;
    rest_set_state(call, limit);
    const struct pg_parameter parameters[] = {PG_TEXT(order)};
    const struct pg_step step = {&match_sql_near_misses_allowed, parameters, 1};
    rest_batch(call, &step, 1, ask);
}
