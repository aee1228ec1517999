/*
 * An employer fetches a CV: as JSON, as PDF, or by a link that is good once. Two transactions: the
 * first opens it (and writes that down), the second, when it is rendered, checks once more that the
 * release is in force and writes what is handed out. Only then does the first byte leave.
 */
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include "common/obs/log.h"
#include "services/deliver/cv.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <string.h>

#define TOKEN_SIZE 32
#define MISSING "CV'et findes ikke."

/* Columns of cv_open. */
enum { OPENED_RELEASE, OPENED_AT, OPENED_DATA, OPENED_PERSON };
/* Columns of api_reply. */
enum { REPLY_STATUS, REPLY_BODY, REPLY_ETAG, REPLY_LOCATION, REPLY_REPLAYED };

/* One answer in the making; in the call's arena, with all that it points to. */
struct handing {
    struct rest_call *call;
    bool pdf;
    const char *release;
    const char *data;
    struct person person;
    int64_t released;
    struct buffer bytes; /* only while it is rendered */
    int error;
    const char *body;
    size_t length;
};

static const char *how(const struct handing *handing)
{
    return handing->pdf ? "pdf" : "fetch";
}

static const char *type(const struct handing *handing)
{
    return handing->pdf ? "application/pdf" : "application/json";
}

static void handed_over(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct handing *handing = rest_state(call);
    (void)outcome;
    metric_add(&deliver_fetched, 1);
    if (handing->pdf)
        rest_header(
            call, "Content-Disposition",
            arena_printf(rest_arena(call), "inline; filename=\"cv-%s.pdf\"", handing->release));
    rest_reply_text(call, 200, type(handing), handing->body, handing->length);
}

/* On the loop, when the bytes are there. */
static void rendered(void *argument)
{
    struct handing *handing = argument;
    struct rest_call *call = handing->call;
    struct arena *arena = rest_arena(call);
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *hex = arena_alloc(arena, 2 * sizeof digest + 1);
    char *body = arena_alloc(arena, handing->bytes.length + 1);
    memcpy(body, handing->bytes.data, handing->bytes.length);
    handing->body = body;
    handing->length = handing->bytes.length;
    buffer_deinit(&handing->bytes);
    if (handing->error != 0) {
        log_event(LOG_ERROR, "deliver.cv_unwritten", LOG_TEXT("error", error_name(handing->error)),
                  LOG_TEXT("release", handing->release));
        rest_problem(call, "internal-error", "CV'et kunne ikke skrives.");
        return;
    }
    crypto_sha256(handing->body, handing->length, digest);
    str_hex(digest, sizeof digest, hex);
    const struct pg_parameter parameters[] = {PG_TEXT(handing->release), PG_TEXT(how(handing)),
                                              PG_TEXT(hex)};
    const struct pg_step step = {&deliver_sql_cv_fetched, parameters, 3};
    rest_batch(call, &step, 1, handed_over);
}

/* On a worker's thread: a PDF takes milliseconds. */
static void render_pdf(void *argument)
{
    struct handing *handing = argument;
    handing->error = cv_pdf(&handing->bytes, handing->data, &handing->person, handing->released);
}

static void render(struct handing *handing)
{
    const struct deliver *deliver = rest_room(handing->call);
    buffer_init(&handing->bytes, CV_CAP);
    if (!handing->pdf) {
        cv_write(&handing->bytes, handing->data, &handing->person);
        handing->error = buffer_full(&handing->bytes) ? ERROR_LIMIT : 0;
        rendered(handing);
        return;
    }
    if (worker_submit(deliver->papers, rest_loop(handing->call), render_pdf, rendered, handing) ==
        0)
        return;
    buffer_deinit(&handing->bytes);
    rest_problem(handing->call, "temporarily-unavailable",
                 "Mange CV'er skrives lige nu. Prøv igen om lidt.");
}

static void opened(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    struct arena *arena = rest_arena(call);
    struct handing *handing = rest_state(call);
    const char *reason = NULL;
    if (pg_rows(rows) != 1) {
        rest_problem(call, "not-found", MISSING);
        return;
    }
    handing->release = arena_strdup(arena, pg_text(rows, 0, OPENED_RELEASE));
    handing->released = pg_int64(rows, 0, OPENED_AT);
    handing->data = arena_strdup(arena, pg_text(rows, 0, OPENED_DATA));
    if (cv_person(arena, rest_room(call), rows, 0, OPENED_PERSON, &handing->person, &reason) != 0) {
        log_event(LOG_ERROR, "deliver.cv_unreadable", LOG_TEXT("reason", reason),
                  LOG_TEXT("release", handing->release));
        rest_problem(call, "internal-error", "CV'et kunne ikke åbnes.");
        return;
    }
    render(handing);
}

static struct handing *begin(struct rest_call *call, bool pdf)
{
    struct handing *handing = arena_alloc(rest_arena(call), sizeof *handing);
    handing->call = call;
    handing->pdf = pdf;
    rest_set_state(call, handing);
    return handing;
}

static void looked(struct rest_call *call, const struct pg_outcome *outcome)
{
    (void)outcome;
    rest_reply_text(call, 200, type(rest_state(call)), "", 0);
}

/* HEAD says whether it could be had: nothing is opened, nobody is handed a CV by asking how long it
 * is, and a link stays good for whoever looks at it first. */
static bool look(struct rest_call *call, struct pg_parameter release, struct pg_parameter token)
{
    if (http_request_method(rest_http(call)) != HTTP_HEAD)
        return false;
    const struct pg_parameter parameters[] = {release, token};
    const struct pg_step step = {&deliver_sql_cv_look, parameters, 2};
    rest_batch(call, &step, 1, looked);
    return true;
}

void cv_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = rest_path_id(call, MISSING);
    if (id == NULL || !rest_query_only(call, none))
        return;
    const struct handing *handing = begin(call, rest_wants_pdf(call));
    if (look(call, PG_TEXT(id), PG_NULL))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(how(handing))};
    const struct pg_step step = {&deliver_sql_cv_open, parameters, 2};
    rest_batch(call, &step, 1, opened);
}

/* --- the link --- */

void cv_link_get(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    uint8_t token[TOKEN_SIZE];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    if (!rest_query_only(call, none))
        return;
    if (str_unhex(rest_parameter(call, "token"), token, sizeof token) != 0) {
        rest_problem(call, "not-found", "Linket findes ikke.");
        return;
    }
    crypto_sha256(token, sizeof token, digest);
    begin(call, true);
    if (look(call, PG_NULL, PG_BYTES(digest, sizeof digest)))
        return;
    const struct pg_parameter parameters[] = {PG_BYTES(digest, sizeof digest)};
    const struct pg_step step = {&deliver_sql_cv_open_link, parameters, 1};
    rest_batch(call, &step, 1, opened);
}

/* The address is shown here and never again: the stored answer of the key has none. */
static void link_made(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, 0);
    const char *text = pg_text(row, 0, REPLY_BODY);
    struct json_fault fault;
    json_t *body = NULL;
    if (pg_bool(row, 0, REPLY_REPLAYED) || json_read(text, strlen(text), &body, &fault) != 0) {
        rest_reply_row(call, outcome, 0);
        return;
    }
    const char *url = rest_state(call);
    json_object_set_new(body, "url", json_string(url));
    rest_reply(call, (int)pg_int64(row, 0, REPLY_STATUS), body);
    json_decref(body);
}

void cv_link_post(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    struct arena *arena = rest_arena(call);
    struct json_check check;
    uint8_t token[TOKEN_SIZE];
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char hex[2 * TOKEN_SIZE + 1];
    const char *id = rest_path_id(call, MISSING);
    if (id == NULL)
        return;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", none);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    random_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, digest);
    str_hex(token, sizeof token, hex);
    rest_set_state(call, arena_printf(arena, "/v1/cv/%s", hex));
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT(arena_printf(arena, "/v1/releases/%s/cv-link", id)),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(id),
        PG_BYTES(digest, sizeof digest),
    };
    const struct pg_step step = {&deliver_sql_cv_link, parameters,
                                 sizeof parameters / sizeof *parameters};
    rest_batch(call, &step, 1, link_made);
}
