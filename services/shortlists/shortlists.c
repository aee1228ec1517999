#include "services/shortlists/shortlists.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "services/shortlists/answer.h"
#include "services/shortlists/bulk.h"
#include "services/shortlists/file.h"
#include "services/shortlists/outcome.h"
#include "services/shortlists/policy.h"
#include "services/shortlists/room.h"
#include "sql/shortlists_sql.h"

#include <string.h>

#define PAPERS_QUEUED 64 /* files; more are told to come again */
#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static const char *entry_id(struct rest_call *call)
{
    return rest_path_id(call, "Emnet findes ikke.");
}

static void read_by_id(struct rest_call *call, const struct sql_statement *statement,
                       const char *missing)
{
    static const char *const queries[] = {NULL};
    const char *id = rest_path_id(call, missing);

    if (!id || !rest_query_only(call, queries))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, statement, parameters, COUNT(parameters));
}

static void read_shortlist(struct rest_call *call)
{
    if (file_answer(call))
        return;
    rest_header(call, "Vary", "Accept");
    read_by_id(call, &shortlists_sql_read, "Jobordren findes ikke.");
}

static void read_entry(struct rest_call *call)
{
    read_by_id(call, &shortlists_sql_entry, "Emnet findes ikke.");
}

static void answer(struct rest_call *call)
{
    const char *id = entry_id(call);
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    answer_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(id), rest_version_seen(call),
        PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_run(call, &shortlists_sql_answer, parameters, COUNT(parameters));
}

/* An act by the holder of the key, whose body is {}. */
static void act(struct rest_call *call, const struct sql_statement *statement)
{
    const char *id = entry_id(call);
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    empty_check(&check, rest_body(call));
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call)};
    rest_run(call, statement, parameters, COUNT(parameters));
}

static void approve(struct rest_call *call)
{
    act(call, &shortlists_sql_approve);
}

static void lift_protection(struct rest_call *call)
{
    act(call, &shortlists_sql_lift);
}

static void release(struct rest_call *call)
{
    const char *id = entry_id(call);
    struct json_check check;

    if (!id)
        return;
    json_check_init(&check, rest_arena(call));
    const char *basis = release_basis_check(&check, rest_body(call));
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
        PG_TEXT(basis),
    };
    rest_run(call, &shortlists_sql_release, parameters, COUNT(parameters));
}

/* Where somebody stands in the feed. */
struct following {
    const char *position;
    size_t limit;
};

/* There is always a next cursor: the feed has no end, only a newest row. */
static void reply_changes(struct rest_call *call, const char *items)
{
    const struct following *following = rest_state(call);
    const char *cursor = rest_cursor_write(call, following->position);
    const char *body =
        arena_printf(rest_arena(call), "{\"items\":%s,\"next\":\"%s\"}", items, cursor);

    rest_next(call, cursor);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

static void no_changes(struct rest_call *call)
{
    reply_changes(call, "[]");
}

static void look_for_changes(struct rest_call *call);

static void changes_page(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *items = pg_text(rows, 0, 0);
    struct following *following = rest_state(call);

    following->position = arena_strdup(rest_arena(call), pg_text(rows, 0, 1));
    if (!str_equal(items, "[]") ||
        !rest_linger(call, following->position, look_for_changes, no_changes))
        reply_changes(call, items);
}

static void look_for_changes(struct rest_call *call)
{
    const struct following *following = rest_state(call);
    const struct pg_parameter parameters[] = {
        PG_TEXT(following->position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", following->limit))};
    const struct pg_step step = {&shortlists_sql_changes, parameters, COUNT(parameters)};

    rest_batch(call, &step, 1, changes_page);
}

static void list_changes(struct rest_call *call)
{
    static const char *const queries[] = {"cursor", "limit", "wait", NULL};

    if (!rest_query_only(call, queries) || !rest_wait(call))
        return;
    size_t limit = rest_limit(call);
    const char *position = limit ? rest_cursor_read(call) : NULL;
    if (!position)
        return;
    struct following *following = arena_alloc(rest_arena(call), sizeof *following);
    *following = (struct following){.position = position, .limit = limit};
    rest_set_state(call, following);
    look_for_changes(call);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/job-orders/{id}/shortlist", "shortlists:read", REST_CSV | REST_PDF,
     "besættelse af jobordre", read_shortlist},
    {HTTP_GET, "/v1/shortlist-entries/{id}", "shortlists:read", 0, "besættelse af jobordre",
     read_entry},
    {HTTP_POST, "/v1/shortlist-entries/{id}/answer", "shortlists:answer", REST_JSON | REST_IF_MATCH,
     "svar for egen kandidat", answer},
    {HTTP_POST, "/v1/shortlist-entries/answers", "shortlists:answer", REST_JSON | REST_IDEMPOTENT,
     "svar for egne kandidater", bulk_answer},
    {HTTP_POST, "/v1/shortlist-entries/{id}/outcome", "shortlists:outcome", REST_JSON,
     "udfald for en sendt kandidat", outcome_tell},
    {HTTP_POST, "/v1/shortlist-entries/{id}/put-forward", "shortlists:approve", REST_JSON,
     "emne sat i spil fra reserven", outcome_put_forward},
    {HTTP_POST, "/v1/job-orders/{id}/additions", "shortlists:answer", REST_JSON | REST_IDEMPOTENT,
     "egen kandidat uden for rangeringen", outcome_add},
    {HTTP_POST, "/v1/shortlist-entries/{id}/protection-lift", "shortlists:answer",
     REST_JSON | REST_IF_MATCH, "ophævelse af beskyttelse for én frigivelse", lift_protection},
    {HTTP_POST, "/v1/shortlist-entries/{id}/approval", "shortlists:approve",
     REST_JSON | REST_IF_MATCH, "godkendelse før frigivelse", approve},
    {HTTP_POST, "/v1/shortlist-entries/{id}/release", "shortlists:approve",
     REST_JSON | REST_IDEMPOTENT, "frigivelse af CV til arbejdsgiver", release},
    {HTTP_GET, "/v1/policy", "organisations:read", 0, "egne indstillinger", policy_get},
    {HTTP_PUT, "/v1/policy", "orders:write", REST_JSON | REST_IF_MATCH, "egne indstillinger",
     policy_put},
    {HTTP_GET, "/v1/changes", "changes:read", 0, "afhentning af ændringer", list_changes},
};

const struct rest_table shortlists_routes = {routes, COUNT(routes)};

struct shortlists *shortlists_create(const struct keyring *keyring)
{
    struct shortlists *shortlists = mem_zalloc(sizeof *shortlists);

    shortlists->keyring = keyring;
    shortlists->papers = worker_pool_create(1, PAPERS_QUEUED);
    return shortlists;
}

void shortlists_destroy(struct shortlists **shortlists)
{
    if (*shortlists == NULL)
        return;
    worker_pool_destroy(&(*shortlists)->papers);
    mem_free(*shortlists);
    *shortlists = NULL;
}
