#include "services/leads/leads.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "common/domain/uuid.h"
#include "services/leads/contacts.h"
#include "services/leads/guide.h"
#include "services/leads/import.h"
#include "services/leads/likeness.h"
#include "services/leads/room.h"
#include "services/leads/sources.h"
#include "sql/leads_sql.h"

#include <string.h>

/* Notices in the queue hold their bodies: few, and then push back. */
#define LEADS_QUEUE 16
#define LEADS_SHEETS 2      /* XLSX files at once: each may take its worker for many seconds */
#define LEADS_SHARE 2       /* exports of one organisation at once */
#define LEADS_QUERY_CAP 400 /* bytes of q, at most 100 characters */

static const char *const states[] = {"new", "contacted", "agreement", "order", "dismissed", NULL};
static const char *const stages[] = {"planned",   "tender",  "awarded", "construction",
                                     "completed", "unknown", NULL};
static const char *const moves[] = {"new", "contacted", "agreement", "dismissed", NULL};
static const char *const reasons[] = {
    "no_need", "outside_area", "not_construction", "duplicate", "no_contact", "other", NULL};

struct leads *leads_create(void)
{
    struct leads *leads = mem_zalloc(sizeof *leads);
    notice_prepare();
    leads->workers = worker_pool_create(1, LEADS_QUEUE);
    leads->exports = rest_places_create(LEADS_EXPORTS, LEADS_SHARE);
    leads->rows = worker_pool_create(1, LEADS_EXPORTS);
    leads->sheets = worker_pool_create(LEADS_SHEETS, LEADS_EXPORTS);
    return leads;
}

void leads_destroy(struct leads **leads)
{
    if (!*leads)
        return;
    worker_pool_destroy(&(*leads)->sheets);
    worker_pool_destroy(&(*leads)->rows);
    worker_pool_destroy(&(*leads)->workers);
    rest_places_destroy(&(*leads)->exports);
    mem_free(*leads);
    *leads = NULL;
}

const char *leads_path_id(struct rest_call *call)
{
    return rest_path_id(call, "Emnet findes ikke.");
}

void leads_make(struct rest_call *call,
                void (*check_body)(struct json_check *check, const json_t *body),
                const struct sql_statement *faults, const struct sql_statement *make)
{
    const char *id = leads_path_id(call);
    if (!id)
        return;
    struct arena *arena = rest_arena(call);
    struct json_check *check = arena_alloc(arena, sizeof *check);
    const char *body = json_text(arena, rest_body(call));
    json_check_init(check, arena);
    check_body(check, rest_body(call));
    if (!json_check_ok(check)) {
        const struct pg_parameter looked_at[] = {PG_TEXT(id), PG_TEXT(body)};
        rest_problem_faults(call, check, faults, looked_at, 2);
        return;
    }
    const struct http_request *http = rest_http(call);
    const struct pg_parameter parameters[] = {PG_TEXT(http_request_method_text(http)),
                                              PG_TEXT(http_request_path(http)),
                                              PG_TEXT(rest_idempotency_key(call)),
                                              PG_TEXT(rest_fingerprint(call)),
                                              PG_TEXT(id),
                                              PG_TEXT(body)};
    rest_run(call, make, parameters, 6);
}

/* --- GET /v1/leads --- */

struct listing {
    const char *filter; /* as JSON: a cursor belongs to one */
};

static void listed(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *page = pg_outcome_result(outcome, 0);
    const struct listing *listing = rest_state(call);
    struct arena *arena = rest_arena(call);
    if (pg_is_null(page, 0, 1)) {
        const char *body = arena_printf(arena, "{\"items\":%s,\"next\":null}", pg_text(page, 0, 0));
        rest_reply_text(call, 200, "application/json", body, strlen(body));
        return;
    }
    const char *position = arena_printf(arena, "%s|%s", listing->filter, pg_text(page, 0, 1));
    const char *cursor = rest_cursor_write(call, position);
    rest_next(call, cursor);
    const char *body =
        arena_printf(arena, "{\"items\":%s,\"next\":\"%s\"}", pg_text(page, 0, 0), cursor);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

/* The position after `filter` in the cursor; NULL and a 400 sent when it belongs to another. */
static const char *cursor_position(struct rest_call *call, const char *filter)
{
    const size_t length = strlen(filter); /* before a 400 ends the call and its arena */
    const char *position = rest_cursor_read(call);
    if (!position || position[0] == '\0')
        return position;
    if (str_starts(position, filter) && position[length] == '|')
        return position + length + 1;
    rest_problem(call, "cursor-invalid", "Markøren hører til en anden søgning.");
    return NULL;
}

static bool filter_good(const char *name, const char *value)
{
    if (str_equal(name, "state"))
        return kind_index(states, value) >= 0;
    if (str_equal(name, "stage"))
        return kind_index(stages, value) >= 0;
    if (str_equal(name, "municipality"))
        return municipality_code_valid(value);
    if (str_equal(name, "source"))
        return str_equal(value, "notices") || uuid_valid(value);
    if (str_equal(name, "mine"))
        return str_equal(value, "true") || str_equal(value, "false");
    return strlen(value) <= LEADS_QUERY_CAP;
}

/* The filters of the query as JSON; NULL and a 400 sent when one is none. */
static const char *list_filters(struct rest_call *call)
{
    static const char *const names[] = {"state", "stage", "municipality", "source", "mine", "q"};
    json_t *filters = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = rest_query(call, names[i]);
        if (!value)
            continue;
        if (!filter_good(names[i], value)) {
            json_decref(filters);
            rest_problem(call, "query-invalid",
                         "state er new, contacted, agreement, order eller dismissed; stage er "
                         "planned, tender, awarded, construction, completed eller unknown; "
                         "municipality er en kommunekode på fire cifre; source er notices eller et "
                         "id; mine er true eller false; q er højst 100 tegn.");
            return NULL;
        }
        json_object_set_new(filters, names[i], json_string(value));
    }
    const char *text = json_text(rest_arena(call), filters);
    json_decref(filters);
    return text;
}

static void leads_list(struct rest_call *call)
{
    static const char *const names[] = {"state", "stage",  "municipality", "source", "mine",
                                        "q",     "cursor", "limit",        NULL};
    if (!rest_query_only(call, names))
        return;
    const size_t limit = rest_limit(call);
    if (limit == 0)
        return;
    const char *filters = list_filters(call);
    if (!filters)
        return;
    struct arena *arena = rest_arena(call);
    struct listing *listing = arena_alloc(arena, sizeof *listing);
    listing->filter = filters;
    const char *position = cursor_position(call, listing->filter);
    if (!position)
        return;
    rest_set_state(call, listing);
    const struct pg_parameter parameters[] = {PG_TEXT(filters), PG_TEXT(position),
                                              PG_TEXT(arena_printf(arena, "%zu", limit))};
    const struct pg_step step = {&leads_sql_page, parameters, 3};
    rest_batch(call, &step, 1, listed);
}

/* --- GET /v1/leads/{id} --- */

static void lead_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = leads_path_id(call);
    if (!id || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &leads_sql_read, parameters, 1);
}

/* --- PATCH /v1/leads/{id} --- */

static void assign_check(struct json_check *check, const json_t *body)
{
    const char *assign = json_check_text(check, body, "", "assign", JSON_OPTIONAL, 6);
    if (assign && !str_equal(assign, "me") && !str_equal(assign, "nobody") &&
        !municipality_code_valid(assign))
        json_check_fail(check, "/assign", "FORMAT",
                        "Angiv me, nobody eller en kommunekode på fire cifre: 0751.");
}

static void move_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"state", "assign", "reason", "text", NULL};
    json_check_members(check, body, "", members);
    int state = json_check_choice(check, body, "", "state", JSON_OPTIONAL, moves);
    const bool dismissed = state >= 0 && str_equal(moves[state], "dismissed");
    assign_check(check, body);
    json_check_choice(check, body, "", "reason", dismissed ? JSON_REQUIRED : JSON_OPTIONAL,
                      reasons);
    json_check_text(check, body, "", "text", JSON_OPTIONAL, 500);
    if (!json_object_get(body, "state") && !json_object_get(body, "assign"))
        json_check_fail(check, "/state", "REQUIRED", "Angiv state eller assign, eller begge.");
    if (json_object_get(body, "reason") && !dismissed)
        json_check_fail(check, "/reason", "NOT_ALLOWED",
                        "Begrundelsen angives kun, når emnet afvises.");
    if (json_object_get(body, "text") && !dismissed)
        json_check_fail(check, "/text", "NOT_ALLOWED", "Teksten angives kun, når emnet afvises.");
}

static void lead_patch(struct rest_call *call)
{
    const char *id = leads_path_id(call);
    if (!id)
        return;
    struct arena *arena = rest_arena(call);
    struct json_check check;
    json_check_init(&check, arena);
    move_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call),
                                              PG_TEXT(json_text(arena, rest_body(call)))};
    rest_run(call, &leads_sql_move, parameters, 3);
}

/* --- POST /v1/leads/{id}/job-order --- */

static void check_texts(struct json_check *check, const json_t *body, const char *name,
                        const char *const *choices)
{
    const json_t *list = json_check_array(check, body, "", name, JSON_OPTIONAL, 20);
    const char *base = json_check_pointer(check, "", name);
    if (list && json_array_size(list) == 0)
        json_check_fail(check, base, "RANGE", "Mindst én skal nævnes.");
    for (size_t i = 0; list && i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text || text[0] == '\0' || (choices && kind_index(choices, text) < 0))
            json_check_fail(check, json_check_item(check, base, i), "FORMAT",
                            "Værdien er ikke en af de kendte koder.");
    }
}

static void check_employer(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"cvr", "name", NULL};
    const json_t *employer = json_check_object(check, body, "", "employer", JSON_OPTIONAL);
    if (!employer)
        return;
    json_check_members(check, employer, "/employer", members);
    const char *cvr = json_check_text(check, employer, "/employer", "cvr", JSON_REQUIRED, 8);
    json_check_text(check, employer, "/employer", "name", JSON_REQUIRED, 200);
    if (cvr && !cvr_valid(cvr))
        json_check_fail(check, "/employer/cvr", "FORMAT", "CVR-nummeret er ikke gyldigt.");
}

static void order_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"title",     "employer", "posts",      "occupations",
                                          "postcode",  "kinds",    "start_date", "end_date",
                                          "radius_km", NULL};
    json_check_members(check, body, "", members);
    json_check_text(check, body, "", "title", JSON_OPTIONAL, 200);
    check_employer(check, body);
    json_check_integer(check, body, "", "posts", JSON_OPTIONAL, 1, 500, 1);
    json_check_integer(check, body, "", "radius_km", JSON_OPTIONAL, 1, 500, 1);
    check_texts(check, body, "occupations", NULL);
    check_texts(check, body, "kinds", work_kinds);
    const char *postcode = json_check_text(check, body, "", "postcode", JSON_OPTIONAL, 4);
    if (postcode && !postcode_valid(postcode))
        json_check_fail(check, "/postcode", "FORMAT", "Et postnummer er fire cifre.");
    json_check_date(check, body, "", "start_date", JSON_OPTIONAL);
    json_check_date(check, body, "", "end_date", JSON_OPTIONAL);
}

static void lead_job_order(struct rest_call *call)
{
    leads_make(call, order_check, &leads_sql_job_order_faults, &leads_sql_job_order);
}

static const struct rest_route routes[] = {
    {HTTP_POST, "/v1/leads/notices", "leads:write", REST_IMPORT, "opsøgning af arbejdsgivere",
     import_notice},
    {HTTP_POST, "/v1/leads/releases", "leads:write", REST_IMPORT, "opsøgning af arbejdsgivere",
     import_releases},
    {HTTP_GET, "/v1/leads", "leads:read", 0, "opsøgning af arbejdsgivere", leads_list},
    {HTTP_GET, "/v1/leads/{id}", "leads:read", 0, "opsøgning af arbejdsgivere", lead_get},
    {HTTP_PATCH, "/v1/leads/{id}", "leads:write", REST_JSON | REST_IF_MATCH,
     "opsøgning af arbejdsgivere", lead_patch},
    {HTTP_POST, "/v1/leads/{id}/job-order", "leads:write", REST_JSON | REST_IDEMPOTENT,
     "opsøgning af arbejdsgivere", lead_job_order},
    {HTTP_POST, "/v1/leads/{id}/merge", "leads:write", REST_JSON | REST_IF_MATCH,
     "opsøgning af arbejdsgivere", lead_merge},
    {HTTP_GET, "/v1/leads/{id}/contacts", "leads:read", 0, "opsøgning af arbejdsgivere",
     contacts_get},
    {HTTP_POST, "/v1/leads/{id}/contacts", "leads:write", REST_JSON | REST_IDEMPOTENT,
     "opsøgning af arbejdsgivere", contacts_post},
    {HTTP_GET, "/v1/lead-likenesses", "leads:read", 0, "opsøgning af arbejdsgivere", likeness_list},
    {HTTP_PATCH, "/v1/lead-likenesses/{id}", "leads:write", REST_JSON, "opsøgning af arbejdsgivere",
     likeness_decide},
    {HTTP_GET, "/v1/question-guide", "leads:read", 0, "opsøgning af arbejdsgivere", guide_get},
    {HTTP_PUT, "/v1/question-guide", "leads:write", REST_JSON | REST_IF_MATCH,
     "opsøgning af arbejdsgivere", guide_put},
    {HTTP_GET, "/v1/lead-sources", "leads:read", 0, "opsøgning af arbejdsgivere", sources_list},
    {HTTP_POST, "/v1/lead-sources", "leads:write", REST_JSON, "opsøgning af arbejdsgivere",
     sources_create},
    {HTTP_POST, "/v1/lead-sources/guess", "leads:write", REST_IMPORT, "opsøgning af arbejdsgivere",
     sources_guess},
    {HTTP_GET, "/v1/lead-sources/{id}", "leads:read", 0, "opsøgning af arbejdsgivere",
     sources_read},
    {HTTP_PUT, "/v1/lead-sources/{id}", "leads:write", REST_JSON | REST_IF_MATCH,
     "opsøgning af arbejdsgivere", sources_put},
    {HTTP_POST, "/v1/lead-sources/{id}/import", "leads:write", REST_IMPORT,
     "opsøgning af arbejdsgivere", sources_import},
};

const struct rest_table leads_routes = {routes, sizeof routes / sizeof routes[0]};
