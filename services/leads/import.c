#include "services/leads/import.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/leads/leads.h"
#include "services/leads/notice_json.h"
#include "services/leads/room.h"
#include "sql/leads_sql.h"

#include <string.h>
#include <strings.h>

struct metric import_notices =
    METRIC_COUNTER("emnebank_leads_notices_total", "Award notices read, repeats among them.");
struct metric import_refused =
    METRIC_COUNTER("emnebank_leads_refused_total", "Files that were no notice or not readable.");
struct metric import_leads =
    METRIC_COUNTER("emnebank_leads_read_total", "Leads found in award notices.");

struct metric *const leads_metrics[] = {&import_notices, &import_refused, &import_leads};
const size_t leads_metrics_count = sizeof leads_metrics / sizeof leads_metrics[0];

/* The notice itself, then its JSON beside it. */
#define IMPORT_ARENA_CAP (4 * NOTICE_MEMORY_CAP)

/* One file on its way: the loop's before and after the worker's. */
struct import {
    struct rest_call *call;
    struct arena *arena;
    struct notice notice;
    struct notice_fault fault;
    const char *body; /* JSON for lead_import */
    int error;
};

static void import_end(struct import **import)
{
    arena_destroy(&(*import)->arena);
    mem_free(*import);
    *import = NULL;
}

static ssize_t body_read(void *source, void *bytes, size_t size)
{
    return http_request_read(source, bytes, size);
}

/* On the worker: the request's body belongs to this import until the answer. */
static void parse(void *argument)
{
    struct import *import = argument;
    import->error = notice_parse(import->arena, body_read, rest_http(import->call), &import->notice,
                                 &import->fault);
    if (import->error || import->notice.kind == NOTICE_OTHER)
        return;
    json_t *body = notice_to_json(&import->notice);
    import->body = json_text(import->arena, body);
    json_decref(body);
}

void import_fault(struct rest_call *call, int error, const struct notice_fault *fault,
                  const char *code)
{
    if (error != ERROR_INVALID && error != ERROR_LIMIT) {
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
        return;
    }
    struct json_check check;
    json_check_init(&check, rest_arena(call));
    if (error == ERROR_LIMIT)
        code = "LIMIT";
    if (fault->line > 0)
        json_check_fail(&check, "", code, "Linje %zu, kolonne %zu: %s.", fault->line, fault->column,
                        fault->text);
    else
        json_check_fail(&check, "", code, "%s.", fault->text);
    rest_problem_check(call, &check);
}

/* Not an award: nothing to store, and the line says what it is. */
static void answer_other(struct rest_call *call, const struct import *import)
{
    json_t *body =
        json_pack("{s:s, s:n, s:i, s:i, s:i, s:i, s:i, s:[], s:o}", "outcome", "not_an_award",
                  "notice", "created", 0, "updated", 0, "unchanged", 0, "attached", 0, "gone", 0,
                  "leads", "lines", notice_lines_to_json(&import->notice));
    rest_reply(call, 200, body);
    json_decref(body);
}

static void stored(struct rest_call *call, const struct pg_outcome *outcome)
{
    rest_reply_row(call, outcome, 0);
}

static void parsed(void *argument)
{
    struct import *import = argument;
    struct rest_call *call = import->call;
    const bool refused = import->error || import->notice.kind == NOTICE_OTHER;
    metric_add(refused ? &import_refused : &import_notices, 1);
    if (import->error) {
        import_fault(call, import->error, &import->fault, "XML");
    } else if (refused) {
        answer_other(call, import);
    } else {
        metric_add(&import_leads, (int64_t)import->notice.leads_count);
        const struct pg_parameter parameters[] = {PG_TEXT(import->body)};
        const struct pg_step step = {&leads_sql_import, parameters, 1};
        rest_batch(call, &step, 1, stored);
    }
    import_end(&import);
}

bool import_type(const char *type, const char *const *accepted)
{
    for (size_t i = 0; type && accepted[i]; i++) {
        size_t length = strlen(accepted[i]);
        if (strncasecmp(type, accepted[i], length) == 0 && strchr("; \t", type[length]))
            return true;
    }
    return false;
}

void import_notice(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    static const char *const xml[] = {"application/xml", "text/xml", NULL};
    const struct leads *leads = rest_room(call);
    if (!rest_query_only(call, none))
        return;
    if (!import_type(http_request_header(rest_http(call), "Content-Type"), xml)) {
        rest_problem(call, "media-type-unsupported",
                     "Send bekendtgørelsen som application/xml i UTF-8.");
        return;
    }
    struct import *import = mem_zalloc(sizeof *import);
    import->call = call;
    import->arena = arena_create(IMPORT_ARENA_CAP);
    if (worker_submit(leads->workers, rest_loop(call), parse, parsed, import) == 0)
        return;
    import_end(&import);
    rest_problem(call, "temporarily-unavailable", "Mange filer læses ind lige nu; prøv igen.");
}
