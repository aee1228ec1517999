/* The router over a real socket, without a database: every status it answers by itself. */
#include "tests/common/rest/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define JSON "Content-Type: application/json\r\n"
#define KEY "Idempotency-Key: \"k1\"\r\n"

static struct harness harness;
static int room_state = 42;

/* --- the operations --- */

static void say(struct rest_call *call, const char *text)
{
    json_t *body = json_pack("{s:s}", "said", text);
    rest_reply(call, 200, body);
    json_decref(body);
}

static void get_thing(struct rest_call *call)
{
    assert_ptr_equal(rest_room(call), &room_state);
    assert_non_null(rest_loop(call));
    rest_etag(call, 7);
    say(call, arena_printf(rest_arena(call), "%s %s", rest_parameter(call, "id"),
                           rest_principal(call)->organisation));
}

static void put_thing(struct rest_call *call)
{
    say(call, arena_printf(rest_arena(call), "if-match %lld", (long long)rest_if_match(call)));
}

static void delete_thing(struct rest_call *call)
{
    rest_reply(call, 204, NULL);
}

static void get_import(struct rest_call *call)
{
    say(call, "import");
}

static void post_thing(struct rest_call *call)
{
    say(call, arena_printf(rest_arena(call), "%s %s %d", rest_idempotency_key(call),
                           rest_fingerprint(call), (int)json_object_size(rest_body(call))));
}

static void list_things(struct rest_call *call)
{
    static const char *const names[] = {"cursor", "limit", "state", NULL};
    if (!rest_query_only(call, names))
        return;
    const size_t limit = rest_limit(call);
    if (limit == 0)
        return;
    const char *position = rest_cursor_read(call);
    if (position == NULL)
        return;
    const char *next = rest_cursor_write(call, "row 50");
    rest_next(call, next);
    json_t *body =
        json_pack("{s:s, s:i, s:s}", "position", position, "limit", (int)limit, "next", next);
    rest_reply(call, 200, body);
    json_decref(body);
}

static void list_others(struct rest_call *call)
{
    const char *position = rest_cursor_read(call);
    if (position != NULL)
        say(call, position);
}

static void check_thing(struct rest_call *call)
{
    struct json_check check;
    json_check_init(&check, rest_arena(call));
    json_check_fail(&check, "/name", "REQUIRED", "Navnet mangler.");
    json_check_fail(&check, "/posts", "RANGE", "Antallet skal være 1-99.");
    rest_problem_check(call, &check);
}

static void odd_problem(struct rest_call *call)
{
    rest_problem(call, "no-such-slug", "Skal ikke vises.");
}

static void no_quota(struct rest_call *call)
{
    rest_problem(call, "quota-exceeded", NULL);
}

static void post_import(struct rest_call *call)
{
    char bytes[4096];
    size_t length = 0;
    ssize_t got;
    while ((got = http_request_read(rest_http(call), bytes, sizeof bytes)) > 0)
        length += (size_t)got;
    say(call, arena_printf(rest_arena(call), "%zu", length));
}

static void post_form(struct rest_call *call)
{
    const bool read = rest_form_read(call);
    const char *name = rest_form_field(call, "navn");
    say(call,
        arena_printf(rest_arena(call), "%s %s", read ? "form" : "none", name != NULL ? name : "-"));
}

static void get_page(struct rest_call *call)
{
    say(call, rest_wants_html(call) ? "page" : "json");
}

static void get_text(struct rest_call *call)
{
    rest_reply_text(call, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

static void get_buffer(struct rest_call *call)
{
    struct buffer body;
    buffer_init(&body, 100);
    buffer_text(&body, "handed over");
    rest_etag(call, 3);
    rest_reply_buffer(call, 200, "text/plain", &body);
    assert_int_equal(body.length, 0);
    buffer_deinit(&body);
}

static void failed(struct rest_call *call)
{
    static const struct {
        const char *name;
        struct pg_outcome outcome;
    } rows[] = {
        {"away", {.error = ERROR_UNAVAILABLE}},
        {"late", {.error = ERROR_TIMEOUT}},
        {"uncertain", {.error = ERROR_UNCERTAIN}},
        {"fault", {.error = ERROR_INTERNAL, .sqlstate = "42P01", .message = "secret table"}},
        {"data", {.error = ERROR_INVALID, .sqlstate = "22P02", .message = "secret value"}},
        {"unique", {.error = ERROR_INVALID, .sqlstate = "23505", .message = "secret row"}},
        {"stale",
         {.error = ERROR_CONFLICT, .sqlstate = "EB412", .message = "version-stale", .detail = ""}},
        {"busy",
         {.error = ERROR_CONFLICT,
          .sqlstate = "EB409",
          .message = "idempotency-in-progress",
          .detail = "Vent."}},
        {"errors",
         {.error = ERROR_INVALID,
          .sqlstate = "EB422",
          .message = "invalid-body",
          .detail = "[{\"pointer\": \"/a\", \"code\": \"RANGE\", \"detail\": \"For stor.\"}]"}},
        {"unknown",
         {.error = ERROR_CONFLICT, .sqlstate = "EB409", .message = "made-up", .detail = "secret"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rest_parameter(call, "how"), rows[i].name) == 0) {
            rest_failed(call, &rows[i].outcome);
            return;
        }
    rest_problem(call, "not-found", NULL);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/things/{id}", "read", 0, NULL, get_thing},
    {HTTP_PUT, "/v1/things/{id}", "write", REST_JSON | REST_IF_MATCH, NULL, put_thing},
    {HTTP_DELETE, "/v1/things/{id}", "write", REST_IF_MATCH, NULL, delete_thing},
    {HTTP_GET, "/v1/things/import", "read", 0, NULL, get_import},
    {HTTP_POST, "/v1/things", "write", REST_JSON | REST_IDEMPOTENT, NULL, post_thing},
    {HTTP_GET, "/v1/things", "read", 0, NULL, list_things},
    {HTTP_GET, "/v1/others", "read", 0, NULL, list_others},
    {HTTP_POST, "/v1/check", "write", REST_JSON, NULL, check_thing},
    {HTTP_GET, "/v1/odd", "read", 0, NULL, odd_problem},
    {HTTP_GET, "/v1/quota", "read", 0, NULL, no_quota},
    {HTTP_POST, "/v1/import", "write", REST_IMPORT, NULL, post_import},
    {HTTP_GET, "/text", NULL, REST_PUBLIC, NULL, get_text},
    {HTTP_POST, "/form", NULL, REST_PUBLIC, NULL, post_form},
    {HTTP_GET, "/v1/page", "read", REST_HTML, NULL, get_page},
    {HTTP_GET, "/buffer", NULL, REST_PUBLIC, NULL, get_buffer},
    {HTTP_GET, "/v1/failed/{how}", "read", 0, NULL, failed},
};

static const struct rest_table table = {routes, sizeof routes / sizeof routes[0]};

static int start(void **state)
{
    (void)state;
    harness_start(&harness, &table, &room_state, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    harness_stop(&harness);
    return 0;
}

static const char *ask(const char *method, const char *target, const char *head, const char *body)
{
    return harness_ask_team(&harness, method, target, head, body);
}

static void assert_said(const char *answer, const char *said)
{
    char expected[512];
    snprintf(expected, sizeof expected, "{\"said\":\"%s\"}", said);
    assert_status(answer, 200);
    assert_string_equal(header_of(answer, "Content-Type"), "application/json");
    assert_string_equal(body_of(answer), expected);
}

/* --- the tests --- */

static void routes_are_found(void **state)
{
    (void)state;
    assert_said(ask("GET", "/v1/things/a%20b", NULL, NULL), "a b " HARNESS_TEAM);
    assert_said(ask("GET", "/v1/things/import", NULL, NULL), "import");
    assert_problem(ask("GET", "/v1/nothing", NULL, NULL), 404, "not-found");
    assert_problem(ask("GET", "/v1/things/", NULL, NULL), 404, "not-found");
    assert_problem(ask("GET", "/v1/things/%00", NULL, NULL), 404, "not-found");
    assert_problem(ask("GET", "/v1/things/%ff", NULL, NULL), 404, "not-found");
    assert_problem(ask("GET", "/v1/things?state=%ff", NULL, NULL), 400, "query-invalid");
}

static void other_methods_are_told_which_there_are(void **state)
{
    (void)state;
    const char *answer = ask("POST", "/v1/things/a", NULL, NULL);
    assert_string_equal(header_of(answer, "Allow"), "GET, HEAD, PUT, DELETE");
    assert_problem(answer, 405, "method-not-allowed");
    assert_problem(ask("OPTIONS", "/v1/things", NULL, NULL), 405, "method-not-allowed");
    assert_problem(ask("TRACE", "/v1/things", NULL, NULL), 405, "method-not-allowed");
    answer = ask("PATCH", "/v1/things/import", NULL, NULL);
    assert_string_equal(header_of(answer, "Allow"), "GET, HEAD, PUT, DELETE");
}

static void head_works_where_get_does(void **state)
{
    char length[32];
    (void)state;
    snprintf(length, sizeof length, "%s",
             header_of(ask("GET", "/v1/things/a", NULL, NULL), "Content-Length"));
    const char *answer = ask("HEAD", "/v1/things/a", NULL, NULL);
    assert_status(answer, 200);
    assert_string_equal(header_of(answer, "Content-Length"), length);
    assert_string_equal(header_of(answer, "ETag"), "\"v7\"");
    assert_string_equal(body_of(answer), "");
    answer = ask("HEAD", "/v1/nothing", NULL, NULL);
    assert_status(answer, 404);
    assert_string_equal(body_of(answer), "");
}

static void keys_and_scopes_are_needed(void **state)
{
    (void)state;
    const char *answer = harness_ask(&harness, "GET", "/v1/things/a", NULL, NULL);
    assert_string_equal(header_of(answer, "WWW-Authenticate"), "Bearer");
    assert_problem(answer, 401, "unauthenticated");
    assert_problem(
        harness_ask(&harness, "GET", "/v1/things/a", "Authorization: Bearer x\r\n", NULL), 401,
        "unauthenticated");
    answer = harness_ask(&harness, "GET", "/v1/things/a", "Authorization: Bearer away\r\n", NULL);
    assert_string_equal(header_of(answer, "Retry-After"), "1");
    assert_problem(answer, 503, "temporarily-unavailable");
    assert_said(
        harness_ask(&harness, "GET", "/v1/things/a", "Authorization: Bearer late\r\n", NULL),
        "a " HARNESS_TEAM);
    assert_said(
        harness_ask(&harness, "GET", "/v1/things/a", "Authorization: Bearer reader\r\n", NULL),
        "a " HARNESS_TEAM);
    assert_problem(harness_ask(&harness, "DELETE", "/v1/things/a",
                               "Authorization: Bearer reader\r\nIf-Match: *\r\n", NULL),
                   403, "scope-missing");
    answer = harness_ask(&harness, "GET", "/text", "Accept: text/plain\r\n", NULL);
    assert_status(answer, 200);
    assert_string_equal(body_of(answer), "ok\n");
}

static void formats_are_negotiated(void **state)
{
    (void)state;
    assert_problem(ask("GET", "/v1/things/a", "Accept: text/html\r\n", NULL), 406,
                   "not-acceptable");
    assert_status(ask("GET", "/v1/things/a", "Accept: text/html, */*;q=0.1\r\n", NULL), 200);
    assert_problem(ask("POST", "/v1/check", "Content-Type: text/plain\r\n", "{}"), 415,
                   "media-type-unsupported");
    assert_problem(ask("POST", "/v1/check", NULL, "{}"), 415, "media-type-unsupported");
    assert_problem(ask("POST", "/v1/check", JSON "Content-Encoding: gzip\r\n", "{}"), 415,
                   "content-encoding-unsupported");
    assert_problem(ask("POST", "/v1/import", "Content-Encoding: gzip\r\n", "{}"), 415,
                   "content-encoding-unsupported");
}

static void a_page_is_for_those_who_ask_for_it(void **state)
{
    static const struct {
        const char *accept, *answer;
    } rows[] = {
        {NULL, "json"},
        {"Accept: */*\r\n", "json"},
        {"Accept: text/html\r\n", "page"},
        {"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", "page"},
        {"Accept: application/json, text/html;q=0.9\r\n", "json"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_said(ask("GET", "/v1/page", rows[i].accept, NULL), rows[i].answer);
    assert_problem(ask("GET", "/v1/page", "Accept: text/csv\r\n", NULL), 406, "not-acceptable");
}

static void a_form_is_read_whole_or_not_at_all(void **state)
{
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
    static const struct {
        const char *head, *body, *answer;
    } rows[] = {
        {FORM, "navn=Anna+%C3%85gaard&x=1", "form Anna Ågaard"},
        {"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n", "navn=a", "form a"},
        {FORM, "", "form -"},
        {FORM, "navn", "form "},
        {NULL, "navn=a", "none -"},
        {"Content-Type: text/plain\r\n", "navn=a", "none -"},
        {FORM, "navn=a&navn=b", "none -"},
        {FORM, "navn=a&x=%zz", "none -"},
        {FORM, "navn=a&x=%ff", "none -"},
        {FORM, "navn=a&x=%00", "none -"},
        {FORM, "navn=a&x=1&x=2", "none -"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_said(ask("POST", "/form", rows[i].head, rows[i].body), rows[i].answer);
#undef FORM
}

static void json_is_strict(void **state)
{
    static const char *const malformed[] = {"",
                                            "{",
                                            "{\"a\":1,}",
                                            "{\"a\":1,\"\\u0061\":2}",
                                            "{} {}",
                                            "\xef\xbb\xbf{}",
                                            "{\"a\":\"\\u0000\"}",
                                            "{\"a\":9007199254740993}",
                                            "{'a':1}"};
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        assert_problem(ask("POST", "/v1/check", JSON, malformed[i]), 400, "malformed-json");
    const char *body =
        assert_problem(ask("POST", "/v1/check", JSON, "{\n  \"a\": x}"), 400, "malformed-json");
    assert_non_null(strstr(body, "Linje 2, kolonne"));
    body = assert_problem(ask("POST", "/v1/check", JSON, "[1]"), 422, "invalid-body");
    assert_non_null(strstr(body, "\"errors\":[{\"pointer\":\"\",\"code\":\"TYPE\""));
}

static void every_error_is_told_at_once(void **state)
{
    (void)state;
    const char *body = assert_problem(ask("POST", "/v1/check", JSON, "{}"), 422, "invalid-body");
    assert_non_null(strstr(body, "\"errors\":[{\"pointer\":\"/name\",\"code\":\"REQUIRED\","
                                 "\"detail\":\"Navnet mangler.\"},{\"pointer\":\"/posts\","));
}

static void idempotency_keys_are_needed(void **state)
{
    char first[8192];
    (void)state;
    assert_problem(ask("POST", "/v1/things", JSON, "{}"), 400, "idempotency-key-missing");
    assert_problem(ask("POST", "/v1/things", JSON "Idempotency-Key: a b\r\n", "{}"), 400,
                   "idempotency-key-malformed");
    snprintf(first, sizeof first, "%s",
             body_of(ask("POST", "/v1/things", JSON KEY, "{\"a\":1,\"b\":2}")));
    assert_non_null(strstr(first, "{\"said\":\"k1 "));
    /* The same content in other words is the same; other content is not. */
    assert_string_equal(body_of(ask("POST", "/v1/things", JSON KEY, "{ \"b\": 2, \"a\": 1 }")),
                        first);
    assert_string_not_equal(body_of(ask("POST", "/v1/things", JSON KEY, "{\"a\":1,\"b\":3}")),
                            first);
    assert_status(ask("POST", "/v1/things", JSON KEY, "{\"\xc3\xa6\":{\"\xc3\xb8\":[]}}"), 200);
}

static void versions_are_matched(void **state)
{
    (void)state;
    assert_problem(ask("PUT", "/v1/things/a", JSON, "{}"), 428, "if-match-required");
    assert_said(ask("PUT", "/v1/things/a", JSON "If-Match: \"v7\"\r\n", "{}"), "if-match 7");
    assert_said(ask("PUT", "/v1/things/a", JSON "If-Match: *\r\n", "{}"), "if-match 0");
    assert_said(ask("PUT", "/v1/things/a", JSON "If-Match: W/\"v7\"\r\n", "{}"), "if-match -1");
    const char *answer = ask("DELETE", "/v1/things/a", "If-Match: *\r\n", NULL);
    assert_status(answer, 204);
    assert_null(header_of(answer, "Content-Type"));
    answer = ask("GET", "/v1/things/a", "If-None-Match: \"v7\"\r\n", NULL);
    assert_status(answer, 304);
    assert_string_equal(header_of(answer, "ETag"), "\"v7\"");
    assert_string_equal(body_of(answer), "");
    assert_status(ask("GET", "/v1/things/a", "If-None-Match: \"v6\"\r\n", NULL), 200);
}

static void a_buffer_is_answered_as_a_text_is(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) { /* the second in the memory of the first */
        const char *answer = ask("GET", "/buffer", "If-None-Match: \"v2\"\r\n", NULL);
        assert_status(answer, 200);
        assert_string_equal(body_of(answer), "handed over");
        assert_non_null(header_of(answer, "X-Request-Id"));
    }
    const char *answer = ask("GET", "/buffer", "If-None-Match: \"v3\"\r\n", NULL);
    assert_status(answer, 304);
    assert_string_equal(body_of(answer), "");
}

/* The member "next" of a list. */
static void next_of(const char *answer, char *next, size_t size)
{
    struct json_fault fault;
    json_t *body;
    assert_status(answer, 200);
    assert_int_equal(json_read(body_of(answer), strlen(body_of(answer)), &body, &fault), 0);
    snprintf(next, size, "%s", json_string_value(json_object_get(body, "next")));
    json_decref(body);
}

static void cursors_are_bound_to_search_and_caller(void **state)
{
    char cursor[256];
    char target[512];
    char link[512];
    (void)state;
    const char *answer = ask("GET", "/v1/things?state=open&limit=2", NULL, NULL);
    next_of(answer, cursor, sizeof cursor);
    snprintf(link, sizeof link, "</v1/things?state=open&limit=2&cursor=%s>; rel=\"next\"", cursor);
    assert_string_equal(header_of(answer, "Link"), link);
    snprintf(target, sizeof target, "/v1/things?cursor=%s&state=open&limit=3", cursor);
    answer = ask("GET", target, NULL, NULL);
    assert_non_null(strstr(body_of(answer), "\"position\":\"row 50\",\"limit\":3"));
    snprintf(link, sizeof link, "</v1/things?state=open&limit=3&cursor=%s>; rel=\"next\"", cursor);
    assert_string_equal(header_of(answer, "Link"), link);
    assert_problem(harness_ask(&harness, "GET", target, "Authorization: Bearer other\r\n", NULL),
                   400, "cursor-invalid");
    snprintf(target, sizeof target, "/v1/things?cursor=%s&state=closed", cursor);
    assert_problem(ask("GET", target, NULL, NULL), 400, "cursor-invalid");
    snprintf(target, sizeof target, "/v1/others?cursor=%s&state=open", cursor);
    assert_problem(ask("GET", target, NULL, NULL), 400, "cursor-invalid");
    for (size_t i = 0; cursor[i] != '\0'; i++) { /* each character counts */
        const char kept = cursor[i];
        cursor[i] = kept == 'A' ? 'B' : 'A';
        snprintf(target, sizeof target, "/v1/things?cursor=%s&state=open", cursor);
        if (cursor[i + 1] != '\0') /* the last one may hold bits that are not used */
            assert_problem(ask("GET", target, NULL, NULL), 400, "cursor-invalid");
        cursor[i] = kept;
    }
    assert_problem(ask("GET", "/v1/things?cursor=", NULL, NULL), 400, "cursor-invalid");
    assert_problem(ask("GET", "/v1/things?cursor=!!", NULL, NULL), 400, "cursor-invalid");
}

static void queries_are_strict(void **state)
{
    static const char *const wrong[] = {"limit=0", "limit=201",       "limit=x",
                                        "limit=",  "limit=1&limit=1", "what=1"};
    char target[128];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(target, sizeof target, "/v1/things?%s", wrong[i]);
        assert_problem(ask("GET", target, NULL, NULL), 400, "query-invalid");
    }
    assert_status(ask("GET", "/v1/things?state", NULL, NULL), 200);
    assert_non_null(strstr(ask("GET", "/v1/things", NULL, NULL), "\"limit\":50"));
    assert_non_null(strstr(ask("GET", "/v1/things?limit=200", NULL, NULL), "\"limit\":200"));
}

static void a_call_has_an_id_and_a_trace(void **state)
{
    (void)state;
    const char *answer = ask("GET", "/v1/odd",
                             "X-Request-Id: my-id.1\r\ntraceparent: "
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n",
                             NULL);
    assert_string_equal(header_of(answer, "X-Request-Id"), "my-id.1");
    assert_memory_equal(header_of(answer, "traceparent"), "00-4bf92f3577b34da6a3ce929d0e0e4736-",
                        36);
    assert_non_null(strstr(answer, "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
    assert_non_null(strstr(answer, "\"instance\":\"/requests/my-id.1\""));
    answer = ask("GET", "/v1/odd", "X-Request-Id: not good\r\ntraceparent: x\r\n", NULL);
    assert_int_equal(strlen(header_of(answer, "X-Request-Id")), 36);
    assert_non_null(strstr(answer, "\"instance\":\"urn:uuid:"));
}

static void problems_speak_danish_or_english(void **state)
{
    (void)state;
    const char *answer = ask("GET", "/v1/nothing", NULL, NULL);
    assert_string_equal(header_of(answer, "Content-Language"), "da");
    assert_non_null(strstr(answer, "\"title\":\"Det findes ikke\""));
    answer = ask("GET", "/v1/nothing", "Accept-Language: en\r\n", NULL);
    assert_string_equal(header_of(answer, "Content-Language"), "en, da");
    assert_non_null(strstr(answer, "\"title\":\"Not found\""));
    answer = ask("GET", "/v1/odd", "Accept-Language: en\r\n", NULL);
    assert_string_equal(header_of(answer, "Content-Language"), "en");
    assert_null(strstr(assert_problem(answer, 500, "internal-error"), "Skal ikke vises"));
    answer = ask("GET", "/v1/quota", NULL, NULL);
    assert_status(answer, 429);
    assert_string_equal(header_of(answer, "Retry-After"), "1");
    assert_non_null(
        strstr(answer, "\"https://iana.org/assignments/http-problem-types#quota-exceeded\""));
}

static void failures_of_the_database_are_sorted(void **state)
{
    (void)state;
    assert_problem(ask("GET", "/v1/failed/away", NULL, NULL), 503, "temporarily-unavailable");
    assert_problem(ask("GET", "/v1/failed/late", NULL, NULL), 503, "temporarily-unavailable");
    const char *answer = ask("GET", "/v1/failed/uncertain", NULL, NULL);
    assert_string_equal(header_of(answer, "Retry-After"), "1");
    assert_problem(answer, 503, "temporarily-unavailable");
    assert_problem(ask("GET", "/v1/failed/fault", NULL, NULL), 500, "internal-error");
    assert_problem(ask("GET", "/v1/failed/data", NULL, NULL), 400, "malformed-request");
    assert_problem(ask("GET", "/v1/failed/unique", NULL, NULL), 409, "conflict");
    assert_problem(ask("GET", "/v1/failed/stale", NULL, NULL), 412, "version-stale");
    answer = ask("GET", "/v1/failed/busy", NULL, NULL);
    assert_string_equal(header_of(answer, "Retry-After"), "1");
    assert_non_null(
        strstr(assert_problem(answer, 409, "idempotency-in-progress"), "\"detail\":\"Vent.\""));
    const char *body =
        assert_problem(ask("GET", "/v1/failed/errors", NULL, NULL), 422, "invalid-body");
    assert_non_null(strstr(body, "\"errors\":[{\"pointer\":\"/a\",\"code\":\"RANGE\","));
    assert_null(strstr(ask("GET", "/v1/failed/fault", NULL, NULL), "secret"));
    assert_null(strstr(ask("GET", "/v1/failed/data", NULL, NULL), "secret"));
    assert_null(strstr(ask("GET", "/v1/failed/unique", NULL, NULL), "secret"));
    body = assert_problem(ask("GET", "/v1/failed/unknown", NULL, NULL), 500, "internal-error");
    assert_null(strstr(body, "secret"));
}

static void types_of_problems_have_a_page(void **state)
{
    (void)state;
    const char *answer = harness_ask(&harness, "GET", "/problems/version-stale", NULL, NULL);
    assert_status(answer, 200);
    assert_string_equal(header_of(answer, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(header_of(answer, "Content-Security-Policy"));
    assert_non_null(strstr(answer, "Den er ændret, siden den blev læst"));
    answer = harness_ask(&harness, "GET", "/problems/version-stale", "Accept: application/json\r\n",
                         NULL);
    assert_string_equal(header_of(answer, "Content-Type"), "application/json");
    assert_non_null(strstr(answer, "\"status\":412"));
    assert_problem(harness_ask(&harness, "GET", "/problems/made-up", NULL, NULL), 404, "not-found");
}

static void purposes_are_checked(void **state)
{
    char head[512];
    char long_purpose[300];
    (void)state;
    assert_status(ask("GET", "/v1/things/a", "X-Purpose: Opf\xc3\xb8lgning\r\n", NULL), 200);
    assert_problem(ask("GET", "/v1/things/a", "X-Purpose: \xff\r\n", NULL), 400,
                   "malformed-request");
    assert_problem(ask("GET", "/v1/things/a", "X-Purpose:\r\n", NULL), 400, "malformed-request");
    memset(long_purpose, 'a', 201);
    long_purpose[201] = '\0';
    snprintf(head, sizeof head, "X-Purpose: %s\r\n", long_purpose);
    assert_problem(ask("GET", "/v1/things/a", head, NULL), 400, "malformed-request");
}

static void only_imports_may_be_large(void **state)
{
    static char head[256];
    static char body[300001];
    static char answer[65536];
    (void)state;
    memset(body, 'a', 300000);
    for (int import = 0; import < 2; import++) {
        const int client = client_open(&harness.net);
        snprintf(head, sizeof head,
                 "POST /v1/%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                 "Authorization: Bearer team\r\n" JSON "Content-Length: 300000\r\n\r\n",
                 import ? "import" : "check");
        client_text(client, head);
        client_send(client, body, 300000);
        client_until(client, answer, sizeof answer, "}");
        if (import)
            assert_non_null(strstr(answer, "{\"said\":\"300000\"}"));
        else
            assert_memory_equal(answer, "HTTP/1.1 413 ", 13);
        close(client);
    }
}

static void requests_are_counted(void **state)
{
    struct buffer text;
    const char *line;
    long long before[2];
    (void)state;
    for (int round = 0; round < 2; round++) {
        buffer_init(&text, 65536);
        metric_write(rest_metrics, rest_metrics_count, &text);
        line = strstr(text.data, "\nemnebank_rest_requests_refused_total ");
        assert_non_null(line);
        assert_int_equal(
            sscanf(line, "\nemnebank_rest_requests_refused_total %lld", &before[round]), 1);
        buffer_deinit(&text);
        if (round == 0)
            assert_problem(ask("GET", "/v1/nothing", NULL, NULL), 404, "not-found");
    }
    assert_int_equal(before[1], before[0] + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_found),
        cmocka_unit_test(other_methods_are_told_which_there_are),
        cmocka_unit_test(head_works_where_get_does),
        cmocka_unit_test(keys_and_scopes_are_needed),
        cmocka_unit_test(formats_are_negotiated),
        cmocka_unit_test(a_page_is_for_those_who_ask_for_it),
        cmocka_unit_test(a_form_is_read_whole_or_not_at_all),
        cmocka_unit_test(json_is_strict),
        cmocka_unit_test(every_error_is_told_at_once),
        cmocka_unit_test(idempotency_keys_are_needed),
        cmocka_unit_test(versions_are_matched),
        cmocka_unit_test(a_buffer_is_answered_as_a_text_is),
        cmocka_unit_test(cursors_are_bound_to_search_and_caller),
        cmocka_unit_test(queries_are_strict),
        cmocka_unit_test(a_call_has_an_id_and_a_trace),
        cmocka_unit_test(problems_speak_danish_or_english),
        cmocka_unit_test(failures_of_the_database_are_sorted),
        cmocka_unit_test(types_of_problems_have_a_page),
        cmocka_unit_test(purposes_are_checked),
        cmocka_unit_test(only_imports_may_be_large),
        cmocka_unit_test(requests_are_counted),
    };
    return cmocka_run_group_tests_name("common/rest", tests, start, stop);
}
