/*
 * POST /v1/leads/releases. The file is read on a worker and written in batches, each a transaction
 * of its own; between two batches the loop is free for others. When the database goes away halfway,
 * what was written stays, and the same file sent again ends the work.
 */
#include "common/base/mem.h"
#include "services/leads/import.h"
#include "services/leads/notice_json.h"
#include "services/leads/ocds.h"
#include "services/leads/room.h"
#include "sql/leads_sql.h"

#include <string.h>

#define BATCH 10 /* awards */

/* One file on its way: the loop's before and after the worker's. */
struct releases {
    struct rest_call *call;
    struct arena *arena; /* of what was read */
    struct arena *batch; /* of what is sent just now */
    bool lines;
    struct ocds_file file;
    struct notice_fault fault;
    int error;
    size_t sent;
    json_t *answers; /* one NoticeImport per award that was sent */
};

static void releases_end(struct releases **releases)
{
    json_decref((*releases)->answers);
    arena_destroy(&(*releases)->batch);
    arena_destroy(&(*releases)->arena);
    mem_free(*releases);
    *releases = NULL;
}

static ssize_t body_read(void *source, void *bytes, size_t size)
{
    return http_request_read(source, bytes, size);
}

/* On the worker: the request's body belongs to this import until the answer. */
static void parse(void *argument)
{
    struct releases *releases = argument;
    releases->error = ocds_parse(releases->arena, body_read, rest_http(releases->call),
                                 releases->lines, &releases->file, &releases->fault);
}

/* --- the answer --- */

static json_int_t sum_of(const json_t *answers, const char *name)
{
    const json_t *answer;
    json_int_t sum = 0;
    size_t index;
    json_array_foreach(answers, index, answer) sum +=
        json_integer_value(json_object_get(answer, name));
    return sum;
}

static void answer(struct releases *releases)
{
    static const char *const sums[] = {"created", "updated", "unchanged", "attached", "gone"};
    struct rest_call *call = releases->call;
    const struct ocds_file *file = &releases->file;
    json_t *body = json_pack("{s:s, s:I, s:I, s:I, s:O, s:o}", "form", file->form, "releases",
                             (json_int_t)file->releases, "refused", (json_int_t)file->refused,
                             "awards", (json_int_t)json_array_size(releases->answers), "notices",
                             releases->answers, "lines", notice_file_lines_to_json(file));
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        json_object_set_new(body, sums[i], json_integer(sum_of(releases->answers, sums[i])));
    metric_add(&import_notices, (int64_t)file->notices_count);
    metric_add(&import_leads, (int64_t)(sum_of(releases->answers, "created")));
    releases_end(&releases);
    rest_reply(call, 200, body);
    json_decref(body);
}

/* --- batches --- */

static void go(struct releases *releases);

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct releases *releases = rest_state(call);
    struct json_fault fault;
    json_t *answers = NULL;
    if (outcome->error) {
        releases_end(&releases);
        rest_failed(call, outcome);
        return;
    }
    const char *text = pg_text(pg_outcome_result(outcome, 0), 0, 0);
    if (json_read_own(text, strlen(text), &answers, &fault) != 0) {
        releases_end(&releases);
        rest_problem(call, "internal-error", "Databasens svar kunne ikke læses.");
        return;
    }
    json_array_extend(releases->answers, answers);
    json_decref(answers);
    go(releases);
}

static void go(struct releases *releases)
{
    if (releases->sent >= releases->file.notices_count) {
        answer(releases);
        return;
    }
    json_t *batch = notice_batch_to_json(&releases->file, releases->sent, BATCH);
    releases->sent += json_array_size(batch);
    arena_reset(releases->batch);
    const struct pg_parameter parameters[] = {PG_TEXT(json_text(releases->batch, batch))};
    const struct pg_step step = {&leads_sql_import_releases, parameters, 1};
    json_decref(batch);
    rest_batch_raw(releases->call, &step, 1, written);
}

static void parsed(void *argument)
{
    struct releases *releases = argument;
    struct rest_call *call = releases->call;
    if (!releases->error) {
        go(releases);
        return;
    }
    metric_add(&import_refused, 1);
    import_fault(call, releases->error, &releases->fault, "JSON");
    releases_end(&releases);
}

void import_releases(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    static const char *const json[] = {"application/json", NULL};
    static const char *const json_lines[] = {"application/x-ndjson", "application/jsonl", NULL};
    const char *type = http_request_header(rest_http(call), "Content-Type");
    const struct leads *leads = rest_room(call);
    const bool lines = import_type(type, json_lines);
    if (!rest_query_only(call, none))
        return;
    if (!lines && !import_type(type, json)) {
        rest_problem(call, "media-type-unsupported",
                     "Send udgivelserne som application/json eller, en per linje, som "
                     "application/x-ndjson i UTF-8.");
        return;
    }
    struct releases *releases = mem_zalloc(sizeof *releases);
    releases->call = call;
    releases->lines = lines;
    releases->arena = arena_create(0);
    releases->batch = arena_create(4 * NOTICE_MEMORY_CAP);
    releases->answers = json_array();
    rest_set_state(call, releases);
    if (worker_submit(leads->workers, rest_loop(call), parse, parsed, releases) == 0)
        return;
    releases_end(&releases);
    rest_problem(call, "temporarily-unavailable", "Mange filer læses ind lige nu; prøv igen.");
}
