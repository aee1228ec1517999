#include "common/base/mem.h"
#include "services/leads/import.h"
#include "services/leads/notice_json.h"
#include "services/leads/ocds.h"
#include "services/leads/room.h"
#include "sql/leads_sql.h"

/* What was read, then its JSON beside it. */
#define RELEASES_ARENA_CAP (8 * OCDS_MEMORY_CAP)

/* One file on its way: the loop's before and after the worker's. */
struct releases {
    struct rest_call *call;
    struct arena *arena;
    bool lines;
    struct ocds_file file;
    struct notice_fault fault;
    const char *body; /* JSON for lead_import_releases */
    int error;
};

static void releases_end(struct releases **releases)
{
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
    if (releases->error)
        return;
    json_t *body = notice_releases_to_json(&releases->file);
    releases->body = json_text(releases->arena, body);
    json_decref(body);
}

static void stored(struct rest_call *call, const struct pg_outcome *outcome)
{
    rest_reply_row(call, outcome, 0);
}

static void parsed(void *argument)
{
    struct releases *releases = argument;
    struct rest_call *call = releases->call;
    metric_add(releases->error ? &import_refused : &import_notices,
               releases->error ? 1 : (int64_t)releases->file.notices_count);
    if (releases->error) {
        import_fault(call, releases->error, &releases->fault, "JSON");
    } else {
        for (size_t i = 0; i < releases->file.notices_count; i++)
            metric_add(&import_leads, (int64_t)releases->file.notices[i].leads_count);
        const struct pg_parameter parameters[] = {PG_TEXT(releases->body)};
        const struct pg_step step = {&leads_sql_import_releases, parameters, 1};
        rest_batch(call, &step, 1, stored);
    }
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
    releases->arena = arena_create(RELEASES_ARENA_CAP);
    if (worker_submit(leads->workers, rest_loop(call), parse, parsed, releases) == 0)
        return;
    releases_end(&releases);
    rest_problem(call, "temporarily-unavailable", "Mange filer læses ind lige nu; prøv igen.");
}
