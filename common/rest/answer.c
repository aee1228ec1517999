/* Answers: rows, JSON, text and problems. Each ends the call. */
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/json/writer.h"
#include "common/obs/log.h"
#include "common/rest/internal.h"

#include <stdio.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define PROBLEM_TYPE "application/problem+json"

void rest_header(struct rest_call *call, const char *name, const char *value)
{
    http_respond_header(call->http, name, value);
}

void rest_etag(struct rest_call *call, int64_t version)
{
    call->etag = version;
    rest_header(call, "ETag", arena_printf(call->arena, "\"v%lld\"", (long long)version));
}

static bool is_reading(const struct rest_call *call)
{
    const enum http_method method = http_request_method(call->http);
    return method == HTTP_GET || method == HTTP_HEAD;
}

/* If-None-Match on a resource that has not changed (A5). */
static bool is_unchanged(const struct rest_call *call, int status)
{
    const char *header = http_request_header(call->http, "If-None-Match");
    return status == 200 && call->etag >= 0 && header != NULL && is_reading(call) &&
           accept_if_none_match(header, call->etag);
}

/* The route's pattern, never the path: that may name a person. */
static void log_answer(const struct rest_call *call, int status, int64_t duration)
{
    log_event(status >= 500 ? LOG_ERROR : LOG_INFO, "http.request",
              LOG_TEXT("method", http_request_method_text(call->http)),
              LOG_TEXT("route", call->route != NULL ? call->route->pattern : ""),
              LOG_INT("status", status), LOG_INT("microseconds", duration),
              LOG_TEXT("request", call->id), LOG_TEXT("trace", call->trace));
}

/* What every answer has in common. The call is ended: it stands in the arena, which the response
 * frees, and its request is all that is left. */
static struct http_request *end_with(struct rest_call *call, int status)
{
    const int64_t duration = clock_monotonic() - call->begun - call->waited;
    uint8_t span[8];
    char span_text[2 * sizeof span + 1];
    random_bytes(span, sizeof span);
    str_hex(span, sizeof span, span_text);
    rest_header(call, "X-Request-Id", call->id);
    rest_header(call, "traceparent",
                arena_printf(call->arena, "00-%s-%s-00", call->trace, span_text));
    log_answer(call, status, duration);
    router_count(status, duration);
    struct http_request *http = call->http;
    call_end(call);
    return http;
}

void answer_send(struct rest_call *call, int status, const char *content_type, const void *body,
                 size_t length)
{
    if (is_unchanged(call, status)) {
        status = 304;
        length = 0;
    }
    http_respond(end_with(call, status), status, content_type, body, length);
}

void rest_reply_text(struct rest_call *call, int status, const char *content_type, const char *body,
                     size_t length)
{
    answer_send(call, status, content_type, body, length);
}

void rest_reply_buffer(struct rest_call *call, int status, const char *content_type,
                       struct buffer *body)
{
    if (is_unchanged(call, status)) {
        status = 304;
        buffer_clear(body);
    }
    http_respond_buffer(end_with(call, status), status, content_type, body);
}

const struct answer_media answer_media[] = {
    {REST_CSV, "text/csv"}, {REST_HTML, "text/html"}, {REST_PDF, "application/pdf"}, {0, NULL}};

/* Whether Accept likes this best of all that the route answers; JSON comes before the others. */
static bool wants(const struct rest_call *call, unsigned flag, const char *type)
{
    const char *accept = http_request_header(call->http, "Accept");
    if (accept == NULL || !(call->route->flags & flag))
        return false;
    const int quality = accept_quality(accept, type);
    bool best = quality > accept_quality(accept, "application/json");
    bool before = true; /* the others that are looked at come before this one */
    for (const struct answer_media *media = answer_media; media->type != NULL; media++) {
        if (media->flag == flag) {
            before = false;
            continue;
        }
        const int other = accept_quality(accept, media->type);
        if (call->route->flags & media->flag && (before ? other >= quality : other > quality))
            best = false;
    }
    return best;
}

bool rest_wants_csv(const struct rest_call *call)
{
    return wants(call, REST_CSV, "text/csv");
}

bool rest_wants_html(const struct rest_call *call)
{
    return wants(call, REST_HTML, "text/html");
}

bool rest_wants_pdf(const struct rest_call *call)
{
    return wants(call, REST_PDF, "application/pdf");
}

void rest_reply_csv(struct rest_call *call, const char *name, struct buffer *body)
{
    rest_header(call, "Content-Disposition",
                arena_printf(call->arena, "attachment; filename=\"%s\"", name));
    rest_reply_buffer(call, 200, "text/csv; charset=utf-8", body);
}

void rest_reply(struct rest_call *call, int status, const json_t *body)
{
    if (body == NULL) {
        answer_send(call, status, NULL, NULL, 0);
        return;
    }
    const char *text = json_text(call->arena, body);
    answer_send(call, status, JSON_TYPE, text, strlen(text));
}

void rest_next(struct rest_call *call, const char *cursor)
{
    const char *query = http_request_query(call->http);
    struct buffer link;
    buffer_init(&link, REST_PROBLEM_CAP);
    buffer_printf(&link, "<%s?", http_request_path(call->http));
    while (*query != '\0') {
        const size_t length = strcspn(query, "&");
        if (length > 0 && strncmp(query, "cursor=", 7) != 0)
            buffer_printf(&link, "%.*s&", (int)length, query);
        query += length + (query[length] == '&');
    }
    buffer_printf(&link, "cursor=%s>; rel=\"next\"", cursor);
    if (!buffer_full(&link))
        rest_header(call, "Link", link.data);
    buffer_deinit(&link);
}

/* --- the one row of an operation's function --- */

enum reply_column { REPLY_STATUS, REPLY_BODY, REPLY_ETAG, REPLY_LOCATION, REPLY_REPLAYED };

static void fault(struct rest_call *call, const char *what)
{
    log_event(LOG_ERROR, "rest.fault", LOG_TEXT("what", what), LOG_TEXT("request", call->id));
    rest_problem(call, "internal-error", NULL);
}

void rest_reply_row(struct rest_call *call, const struct pg_outcome *outcome, size_t step)
{
    const struct pg_result *result = pg_outcome_result(outcome, step);
    if (pg_rows(result) != 1) {
        fault(call, "an operation that did not answer with one row");
        return;
    }
    const int64_t status = pg_int64(result, 0, REPLY_STATUS);
    const bool empty = pg_is_null(result, 0, REPLY_BODY);
    if (status < 200 || status > 599 || (empty && status >= 300) || (empty && status == 200)) {
        fault(call, "an operation that answered without a status or a body");
        return;
    }
    if (!pg_is_null(result, 0, REPLY_ETAG))
        rest_etag(call, pg_int64(result, 0, REPLY_ETAG));
    if (!pg_is_null(result, 0, REPLY_LOCATION))
        rest_header(call, "Location", pg_text(result, 0, REPLY_LOCATION));
    if (pg_bool(result, 0, REPLY_REPLAYED))
        rest_header(call, "Idempotency-Replayed", "true");
    const char *body = empty ? NULL : pg_text(result, 0, REPLY_BODY);
    answer_send(call, (int)status, status >= 400 ? PROBLEM_TYPE : JSON_TYPE, body,
                empty ? 0 : strlen(body));
}

/* --- problems --- */

static const char *type_uri(const struct rest_call *call, const struct problem_type *type)
{
    /* The one type of ours that IANA has registered. */
    if (str_equal(type->slug, "quota-exceeded"))
        return "https://iana.org/assignments/http-problem-types#quota-exceeded";
    return arena_printf(call->arena, "/problems/%s", type->slug);
}

static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++)
        if ((form[i] == '-') != (text[i] == '-') ||
            (form[i] != '-' && strchr("0123456789abcdefABCDEF", text[i]) == NULL))
            return false;
    return true;
}

static void problem_headers(struct rest_call *call, const struct problem_type *type,
                            bool danish_detail)
{
    const bool english = call->language == REST_ENGLISH;
    rest_header(call, "Content-Language", !english ? "da" : danish_detail ? "en, da" : "en");
    if (type->status == 401)
        rest_header(call, "WWW-Authenticate", "Bearer");
    if (type->status == 503 || type->status == 429 ||
        str_equal(type->slug, "idempotency-in-progress"))
        rest_header(call, "Retry-After", "1");
}

/* `errors` is the text of a JSON array, or NULL. Details are Danish: who reads them is a Danish
 * consultant; without one the title says it in the language that was asked for. */
static void send_problem(struct rest_call *call, const struct problem_type *type,
                         const char *detail, const char *errors)
{
    const char *title = call->language == REST_ENGLISH ? type->title_en : type->title_da;
    const bool own_detail = detail != NULL && detail[0] != '\0';
    struct buffer text;
    struct writer json;
    buffer_init(&text, REST_PROBLEM_CAP);
    writer_init(&json, &text);
    writer_object(&json);
    writer_member_text(&json, "type", type_uri(call, type));
    writer_member_text(&json, "title", title);
    writer_member_integer(&json, "status", type->status);
    writer_member_text(&json, "detail", own_detail ? detail : title);
    writer_member_text(
        &json, "instance",
        arena_printf(call->arena, is_uuid(call->id) ? "urn:uuid:%s" : "/requests/%s", call->id));
    writer_member_text(&json, "trace_id", call->trace);
    if (errors != NULL) {
        writer_name(&json, "errors");
        writer_raw(&json, errors, strlen(errors));
    }
    writer_object_end(&json);
    writer_finish(&json);
    problem_headers(call, type, own_detail || errors != NULL);
    if (buffer_full(&text)) /* only a list of errors can be that long: without it, then */
        send_problem(call, type, NULL, NULL);
    else
        answer_send(call, type->status, PROBLEM_TYPE, text.data, text.length);
    buffer_deinit(&text);
}

static const struct problem_type *find_type(struct rest_call *call, const char *slug)
{
    const struct problem_type *type = problem_find(slug);
    if (!str_equal(type->slug, slug))
        log_event(LOG_ERROR, "rest.unknown_problem", LOG_TEXT("slug", slug),
                  LOG_TEXT("request", call->id));
    return type;
}

void rest_problem(struct rest_call *call, const char *slug, const char *detail)
{
    const struct problem_type *type = find_type(call, slug);
    send_problem(call, type, str_equal(type->slug, slug) ? detail : NULL, NULL);
}

void rest_problem_check(struct rest_call *call, const struct json_check *check)
{
    struct buffer errors;
    struct writer json;
    buffer_init(&errors, REST_PROBLEM_CAP);
    writer_init(&json, &errors);
    writer_array(&json);
    for (size_t i = 0; i < check->count; i++) {
        writer_object(&json);
        writer_member_text(&json, "pointer", check->errors[i].pointer);
        writer_member_text(&json, "code", check->errors[i].code);
        writer_member_text(&json, "detail", check->errors[i].detail);
        writer_object_end(&json);
    }
    writer_array_end(&json);
    writer_finish(&json);
    char *detail = arena_printf(call->arena, "%zu fejl i indholdet; se errors.", check->count);
    send_problem(call, problem_find("invalid-body"), detail,
                 buffer_full(&errors) ? NULL : errors.data);
    buffer_deinit(&errors);
}

/* --- failures of the database --- */

/* One of our functions said no: `message` is the slug, `detail` a text or an array of errors. */
static void said_no(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct problem_type *type = find_type(call, outcome->message);
    const char *detail = outcome->detail;
    struct json_fault fault;
    json_t *errors = NULL;
    if (!str_equal(type->slug, outcome->message))
        detail = NULL;
    if (detail != NULL && detail[0] == '[' &&
        json_read(detail, strlen(detail), &errors, &fault) == 0) {
        const char *text = json_text(call->arena, errors);
        const char *count =
            arena_printf(call->arena, "%zu fejl i indholdet; se errors.", json_array_size(errors));
        json_decref(errors);
        send_problem(call, type, count, text);
        return;
    }
    send_problem(call, type, detail, NULL);
}

void rest_failed(struct rest_call *call, const struct pg_outcome *outcome)
{
    if (str_starts(outcome->sqlstate, "EB") && outcome->message != NULL) {
        said_no(call, outcome);
        return;
    }
    log_event(LOG_WARNING, "rest.batch_failed", LOG_TEXT("error", error_name(outcome->error)),
              LOG_TEXT("sqlstate", outcome->sqlstate), LOG_TEXT("request", call->id));
    switch (outcome->error) {
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
        rest_problem(call, "temporarily-unavailable", "Databasen svarer ikke. Prøv igen om lidt.");
        break;
    case ERROR_UNCERTAIN:
        rest_problem(call, "temporarily-unavailable",
                     "Vi ved ikke, om det blev gjort. Prøv igen med den samme Idempotency-Key.");
        break;
    default:
        if (str_starts(outcome->sqlstate, "22"))
            rest_problem(call, "malformed-request", "En værdi har ikke den form, den skal have.");
        else if (str_starts(outcome->sqlstate, "23"))
            rest_problem(call, "conflict", NULL);
        else
            rest_problem(call, "internal-error", NULL);
    }
}
