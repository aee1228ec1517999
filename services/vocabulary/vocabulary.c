#include "services/vocabulary/vocabulary.h"

#include "common/base/str.h"
#include "services/vocabulary/body.h"
#include "sql/vocabulary_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define CODE_CAP 63
#define VERSION_MAX ((int64_t)1 << 53)

/* False when the body has faults; they are answered then. `code` is NULL for a new word. */
static bool body_good(struct rest_call *call, const char *kind, const char *code,
                      enum word_body body)
{
    struct json_check *check = arena_alloc(rest_arena(call), sizeof *check);

    json_check_init(check, rest_arena(call));
    word_body_check(check, rest_body(call), body);
    if (json_check_ok(check))
        return true;
    const struct pg_parameter parameters[] = {
        PG_TEXT(kind), PG_TEXT(code), PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_problem_faults(call, check, &vocabulary_sql_faults, parameters, COUNT(parameters));
    return false;
}

static void read_word(struct rest_call *call, const char *kind)
{
    static const char *const queries[] = {NULL};

    if (!rest_query_only(call, queries))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(kind), PG_TEXT(rest_parameter(call, "code"))};
    rest_run(call, &vocabulary_sql_read, parameters, COUNT(parameters));
}

static void put_word(struct rest_call *call, const char *kind, enum word_body body)
{
    const char *code = rest_parameter(call, "code");

    if (!body_good(call, kind, code, body))
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(kind), PG_TEXT(code), rest_version_seen(call),
        PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_run(call, &vocabulary_sql_put, parameters, COUNT(parameters));
}

static void get_competence(struct rest_call *call)
{
    read_word(call, "competence");
}

static void get_certificate(struct rest_call *call)
{
    read_word(call, "certificate");
}

static void get_occupation(struct rest_call *call)
{
    read_word(call, "occupation");
}

static void put_competence(struct rest_call *call)
{
    put_word(call, "competence", WORD_COMPETENCE);
}

static void put_certificate(struct rest_call *call)
{
    put_word(call, "certificate", WORD_CERTIFICATE);
}

static void put_occupation(struct rest_call *call)
{
    put_word(call, "occupation", WORD_OCCUPATION);
}

static void create_competence(struct rest_call *call)
{
    if (!body_good(call, "competence", NULL, WORD_COMPETENCE_NEW))
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"), PG_TEXT(http_request_path(rest_http(call))),
        PG_TEXT(rest_idempotency_key(call)), PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(json_text(rest_arena(call), rest_body(call)))};
    rest_run(call, &vocabulary_sql_create, parameters, COUNT(parameters));
}

static void remove_competence(struct rest_call *call)
{
    const struct pg_parameter parameters[] = {PG_TEXT(rest_parameter(call, "code")),
                                              rest_version_seen(call)};

    rest_run(call, &vocabulary_sql_remove, parameters, COUNT(parameters));
}

static void reply_changes(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *next = "null";

    if (!pg_is_null(rows, 0, 2)) {
        const char *cursor = rest_cursor_write(call, pg_text(rows, 0, 2));
        next = arena_printf(rest_arena(call), "\"%s\"", cursor);
        rest_next(call, cursor);
    }
    const char *body = arena_printf(rest_arena(call), "{\"version\":%s,\"items\":%s,\"next\":%s}",
                                    pg_text(rows, 0, 0), pg_text(rows, 0, 1), next);
    rest_reply_text(call, 200, "application/json", body, strlen(body));
}

/* ?since= as text, "0" without; NULL and an answer sent when it is no version. */
static const char *since(struct rest_call *call)
{
    const char *text = rest_query(call, "since");
    int64_t version;

    if (text == NULL)
        return "0";
    if (str_int64(text, 0, VERSION_MAX, &version) == 0)
        return text;
    rest_problem(call, "query-invalid",
                 "since skal være en version af ordlisten: et helt tal fra 0.");
    return NULL;
}

/* ^[a-z0-9][a-z0-9.-]*$ of at most 63 characters, or not asked for. */
static bool code_good(const char *code)
{
    if (code == NULL)
        return true;
    const size_t length = strlen(code);
    return length > 0 && length <= CODE_CAP && code[0] != '.' && code[0] != '-' &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length;
}

static bool kind_good(const char *kind)
{
    return kind == NULL || str_equal(kind, "competence") || str_equal(kind, "certificate") ||
           str_equal(kind, "occupation");
}

static void list_changes(struct rest_call *call)
{
    static const char *const queries[] = {"since", "kind", "code", "cursor", "limit", NULL};
    const char *kind, *code;

    if (!rest_query_only(call, queries))
        return;
    kind = rest_query(call, "kind");
    code = rest_query(call, "code");
    if (!kind_good(kind) || !code_good(code)) {
        rest_problem(call, "query-invalid",
                     "kind skal være competence, certificate eller occupation, og code en kode af "
                     "den slags.");
        return;
    }
    const char *first = since(call);
    const size_t limit = first != NULL ? rest_limit(call) : 0;
    const char *position = limit > 0 ? rest_cursor_read(call) : NULL;
    if (position == NULL)
        return;
    const struct pg_parameter parameters[] = {
        PG_TEXT(*position != '\0' ? position : first), PG_TEXT(kind), PG_TEXT(code),
        PG_TEXT(arena_printf(rest_arena(call), "%zu", limit))};
    const struct pg_step step = {&vocabulary_sql_changes, parameters, COUNT(parameters)};
    rest_batch(call, &step, 1, reply_changes);
}

#define LOOKUP "opslag i ordlisten"
#define UPKEEP "vedligeholdelse af ordlisten"

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/vocabulary/changes", "reference:read", 0, LOOKUP, list_changes},
    {HTTP_POST, "/v1/vocabulary/competences", "vocabulary:write", REST_JSON | REST_IDEMPOTENT,
     UPKEEP, create_competence},
    {HTTP_GET, "/v1/vocabulary/competences/{code}", "reference:read", 0, LOOKUP, get_competence},
    {HTTP_PUT, "/v1/vocabulary/competences/{code}", "vocabulary:write", REST_JSON | REST_IF_MATCH,
     UPKEEP, put_competence},
    {HTTP_DELETE, "/v1/vocabulary/competences/{code}", "vocabulary:write", REST_IF_MATCH, UPKEEP,
     remove_competence},
    {HTTP_GET, "/v1/vocabulary/certificates/{code}", "reference:read", 0, LOOKUP, get_certificate},
    {HTTP_PUT, "/v1/vocabulary/certificates/{code}", "vocabulary:write", REST_JSON | REST_IF_MATCH,
     UPKEEP, put_certificate},
    {HTTP_GET, "/v1/vocabulary/occupations/{code}", "reference:read", 0, LOOKUP, get_occupation},
    {HTTP_PUT, "/v1/vocabulary/occupations/{code}", "vocabulary:write", REST_JSON | REST_IF_MATCH,
     UPKEEP, put_occupation},
};

const struct rest_table vocabulary_routes = {routes, COUNT(routes)};
