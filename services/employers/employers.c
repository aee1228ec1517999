#include "services/employers/employers.h"

#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "services/employers/body.h"
#include "sql/employers_sql.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define SEARCH_CAP 250
#define QUESTION_CAP 100

/* NULL, and a 404 sent, for what is no CVR number: nothing has such a one. */
static const char *path_cvr(struct rest_call *call)
{
    const char *cvr = rest_parameter(call, "cvr");

    if (cvr_valid(cvr))
        return cvr;
    rest_problem(call, "not-found",
                 "Virksomheden findes ikke: et CVR-nummer er otte cifre med kontrol.");
    return NULL;
}

static const char *body_text(struct rest_call *call)
{
    return json_text(rest_arena(call), rest_body(call));
}

static struct json_check *check_create(struct rest_call *call)
{
    struct json_check *check = arena_alloc(rest_arena(call), sizeof *check);

    json_check_init(check, rest_arena(call));
    return check;
}

/* --- GET /v1/employers --- */

static bool put_text(json_t *asked, const char *name, const char *value)
{
    return value == NULL || json_object_set_new(asked, name, json_string(value)) == 0;
}

/* What is asked for, as the statement takes it; NULL and an answer sent when it is wrong. */
static const char *read_question(struct rest_call *call)
{
    static const char *const agreements[] = {"in_force", "other", "none", NULL};
    const char *q = rest_query(call, "q");
    const char *agreement = rest_query(call, "agreement");
    const char *municipality = rest_query(call, "municipality");
    const char *mine = rest_query(call, "mine");
    const char *text = NULL;

    if (q != NULL && (str_blank(q) || str_utf8_count(q) > QUESTION_CAP))
        rest_problem(call, "query-invalid", "q skal være fra 1 til 100 tegn.");
    else if (agreement != NULL && kind_index(agreements, agreement) < 0)
        rest_problem(call, "query-invalid", "agreement skal være in_force, other eller none.");
    else if (municipality != NULL && !municipality_code_valid(municipality))
        rest_problem(call, "query-invalid", "municipality er en kommunekode på fire cifre.");
    else if (mine != NULL && !str_equal(mine, "true"))
        rest_problem(call, "query-invalid", "mine kan kun være true.");
    else {
        json_t *asked = json_object();
        if (put_text(asked, "q", q) && put_text(asked, "agreement", agreement) &&
            put_text(asked, "municipality", municipality) && put_text(asked, "mine", mine))
            text = json_text(rest_arena(call), asked);
        else
            rest_problem(call, "query-invalid", "q kan ikke læses.");
        json_decref(asked);
    }
    return text;
}

/* limit=1..250, all of them when absent; 0 and an answer sent when wrong. */
static int64_t read_limit(struct rest_call *call)
{
    const char *text = rest_query(call, "limit");
    int64_t limit = SEARCH_CAP;

    if (text == NULL || str_int64(text, 1, SEARCH_CAP, &limit) == 0)
        return limit;
    rest_problem(call, "query-invalid", "limit skal være fra 1 til 250.");
    return 0;
}

static void searched(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *found = pg_outcome_result(outcome, 0);
    const char *body = arena_printf(rest_arena(call), "{\"items\":%s,\"total\":%s}",
                                    pg_text(found, 0, 0), pg_text(found, 0, 1));

    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

static void search(struct rest_call *call)
{
    static const char *const queries[] = {"q", "agreement", "municipality", "mine", "limit", NULL};

    if (!rest_query_only(call, queries))
        return;
    const int64_t limit = read_limit(call);
    const char *question = limit != 0 ? read_question(call) : NULL;
    if (question == NULL)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(question), PG_TEXT(arena_printf(rest_arena(call), "%" PRId64, limit))};
    const struct pg_step step = {&employers_sql_search, parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, searched);
}

/* --- one employer --- */

static void read_one(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *cvr = path_cvr(call);

    if (cvr == NULL || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(cvr)};
    rest_run(call, &employers_sql_read, parameters, COUNT(parameters));
}

static void put(struct rest_call *call)
{
    const char *cvr = path_cvr(call);

    if (cvr == NULL)
        return;
    struct json_check *check = check_create(call);
    employer_check(check, rest_body(call));
    if (!json_check_ok(check)) {
        rest_problem_check(call, check);
        return;
    }
    const bool asked = http_request_header(rest_http(call), "If-Match") != NULL;
    const struct pg_parameter parameters[] = {
        PG_TEXT(cvr), asked ? rest_version_seen(call) : PG_NULL, PG_TEXT(body_text(call))};
    rest_run(call, &employers_sql_put, parameters, COUNT(parameters));
}

static void put_units(struct rest_call *call)
{
    const char *cvr = path_cvr(call);

    if (cvr == NULL)
        return;
    struct json_check *check = check_create(call);
    employer_units_check(check, rest_body(call));
    const struct pg_parameter body = PG_TEXT(body_text(call));
    if (json_check_ok(check)) {
        const struct pg_parameter parameters[] = {PG_TEXT(cvr), rest_version_seen(call), body};
        rest_run(call, &employers_sql_put_units, parameters, COUNT(parameters));
    } else {
        const struct pg_parameter parameters[] = {PG_TEXT(cvr), body};
        rest_problem_faults(call, check, &employers_sql_unit_faults, parameters, COUNT(parameters));
    }
}

static void put_agreement(struct rest_call *call)
{
    const char *cvr = path_cvr(call);

    if (cvr == NULL)
        return;
    struct json_check *check = check_create(call);
    employer_agreement_check(check, rest_body(call));
    if (!json_check_ok(check)) {
        rest_problem_check(call, check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(cvr), rest_version_seen(call),
                                              PG_TEXT(body_text(call))};
    rest_run(call, &employers_sql_put_agreement, parameters, COUNT(parameters));
}

/* --- GET /v1/employers/{cvr}/history --- */

static void told(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *page = pg_outcome_result(outcome, 0);
    const char *next = "null";

    if (!pg_is_null(page, 0, 1)) {
        const char *cursor = rest_cursor_write(call, pg_text(page, 0, 1));
        next = arena_printf(rest_arena(call), "\"%s\"", cursor);
        rest_next(call, cursor);
    }
    const char *body =
        arena_printf(rest_arena(call), "{\"items\":%s,\"next\":%s}", pg_text(page, 0, 0), next);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

static void history(struct rest_call *call)
{
    static const char *const queries[] = {"kind", "cursor", "limit", NULL};
    static const char *const kinds[] = {"lead", "order", "hire", "agreement", NULL};
    const char *cvr = path_cvr(call);

    if (cvr == NULL || !rest_query_only(call, queries))
        return;
    const char *kind = rest_query(call, "kind");
    if (kind != NULL && kind_index(kinds, kind) < 0) {
        rest_problem(call, "query-invalid", "kind skal være lead, order, hire eller agreement.");
        return;
    }
    const size_t limit = rest_limit(call);
    const char *position = limit != 0 ? rest_cursor_read(call) : NULL;
    if (position == NULL)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(cvr), PG_TEXT(kind), PG_TEXT(position),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", limit))};
    const struct pg_step step = {&employers_sql_history, parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, told);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/employers", "orders:read", 0, "opslag af virksomheder", search},
    {HTTP_GET, "/v1/employers/{cvr}", "orders:read", 0, "opslag af virksomheder", read_one},
    {HTTP_PUT, "/v1/employers/{cvr}", "orders:write", REST_JSON, "samarbejde med virksomheder",
     put},
    {HTTP_PUT, "/v1/employers/{cvr}/units", "orders:write", REST_JSON | REST_IF_MATCH,
     "samarbejde med virksomheder", put_units},
    {HTTP_PUT, "/v1/employers/{cvr}/agreement", "orders:write", REST_JSON | REST_IF_MATCH,
     "samarbejde med virksomheder", put_agreement},
    {HTTP_GET, "/v1/employers/{cvr}/history", "orders:read", 0, "opslag af virksomheder", history},
};

const struct rest_table employers_routes = {routes, COUNT(routes)};
