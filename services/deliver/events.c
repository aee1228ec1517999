/*
 * GET /v1/events: what webhooks bring, for those who cannot receive. The page is made in one
 * transaction; where it holds CVs or recalls it is rendered, and a second transaction looks at them
 * again and writes down what is handed out, before the first byte leaves. Waiting in between, or
 * for something to happen, holds no transaction.
 */
#include "common/base/str.h"
#include "common/obs/log.h"
#include "services/deliver/cv.h"
#include "services/deliver/payload.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <string.h>

#define PAGE_CAP ((size_t)32 << 20)

/* Columns of sql/statements/deliver/events.sql. */
enum event_column {
    EVENT_ID,
    EVENT_KIND,
    EVENT_AT,
    EVENT_VERSION,
    EVENT_DATA,
    EVENT_PLACE,
    EVENT_PERSON, /* municipality, reference and what is sealed: six of them */
    EVENT_WRAPPED_KEY = EVENT_PERSON + 2,
};

struct pull {
    const char *position;
    size_t limit;
    struct buffer page;
    const char *pulled; /* of what is to be written down, as arrays: ids, digests; "" for none */
    const char *digests;
};

const struct sql_statement *const deliver_news = &deliver_sql_news;

static void reply(struct rest_call *call, struct pull *pull)
{
    const char *cursor = rest_cursor_write(call, pull->position);
    struct buffer page = pull->page; /* `pull` ends with the call */
    buffer_printf(&page, "],\"next\":\"%s\"}", cursor);
    rest_next(call, cursor);
    rest_reply_buffer(call, 200, "application/json", &page);
    buffer_deinit(&page);
}

/* Nobody has waited, or in vain. */
static void reply_empty(struct rest_call *call)
{
    struct pull *pull = rest_state(call);
    buffer_init(&pull->page, PAGE_CAP);
    buffer_printf(&pull->page, "{\"items\":[");
    reply(call, pull);
}

static void handed_out(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct pull *pull = rest_state(call);
    if (outcome->error == 0) {
        reply(call, pull);
        return;
    }
    buffer_deinit(&pull->page);
    rest_failed(call, outcome);
}

/* Ids and hex alone: no quoting. */
static void note(struct rest_call *call, struct pull *pull, const char *id, const char *item,
                 size_t length)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char text[2 * CRYPTO_DIGEST_SIZE + 1];
    const char *separator = pull->pulled[0] == '\0' ? "" : ",";
    crypto_sha256(item, length, digest);
    str_hex(digest, sizeof digest, text);
    pull->pulled = arena_printf(rest_arena(call), "%s%s%s", pull->pulled, separator, id);
    pull->digests = arena_printf(rest_arena(call), "%s%s%s", pull->digests, separator, text);
}

/* The payload, as a webhook would have it. False: the person cannot be read, or it is too large. */
static bool render(struct rest_call *call, const struct pg_result *rows, size_t row,
                   struct buffer *bytes)
{
    struct person person;
    struct payload payload = {.type = pg_text(rows, row, EVENT_KIND),
                              .timestamp = pg_text(rows, row, EVENT_AT),
                              .version = pg_int64(rows, row, EVENT_VERSION),
                              .data = pg_text(rows, row, EVENT_DATA)};
    const char *reason = "too_large";
    int error = 0;
    if (!pg_is_null(rows, row, EVENT_WRAPPED_KEY)) {
        error =
            cv_person(rest_arena(call), rest_room(call), rows, row, EVENT_PERSON, &person, &reason);
        payload.person = &person;
    }
    if (error == 0) {
        payload_write(bytes, &payload);
        error = buffer_full(bytes) ? ERROR_LIMIT : 0;
    }
    if (error != 0)
        log_event(LOG_ERROR, "deliver.event_unreadable",
                  LOG_TEXT("event", pg_text(rows, row, EVENT_ID)),
                  LOG_TEXT("error", error_name(error)), LOG_TEXT("reason", reason));
    return error == 0;
}

/* Nothing is passed over in silence, and nothing that we cannot read stops the feed. */
static void render_unreadable(const struct pg_result *rows, size_t row, struct buffer *bytes)
{
    const struct payload payload = {.type = pg_text(rows, row, EVENT_KIND),
                                    .timestamp = pg_text(rows, row, EVENT_AT),
                                    .version = pg_int64(rows, row, EVENT_VERSION),
                                    .data = "{\"unreadable\":true}"};
    payload_write(bytes, &payload);
}

static void add(struct rest_call *call, struct pull *pull, const struct pg_result *rows, size_t row)
{
    const char *kind = pg_text(rows, row, EVENT_KIND);
    const char *id = pg_text(rows, row, EVENT_ID);
    struct buffer payload;
    buffer_init(&payload, PAYLOAD_CAP);
    const bool readable = render(call, rows, row, &payload);
    if (!readable) {
        buffer_clear(&payload);
        render_unreadable(rows, row, &payload);
    }
    buffer_printf(&pull->page, "%s", row > 0 ? "," : "");
    const size_t from = pull->page.length;
    buffer_printf(&pull->page, "{\"id\":\"evt_%s\",", id);
    buffer_append(&pull->page, payload.data + 1, payload.length - 1);
    buffer_deinit(&payload);
    const bool person = !pg_is_null(rows, row, EVENT_WRAPPED_KEY);
    if (readable && (person || str_equal(kind, "cv.recalled")))
        note(call, pull, id, pull->page.data + from, pull->page.length - from);
}

static void look(struct rest_call *call);

static void paged(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct pull *pull = rest_state(call);
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const size_t events = pg_rows(rows) - 1;
    pull->position = arena_strdup(rest_arena(call), pg_text(rows, events, EVENT_PLACE));
    if (events == 0) {
        if (!rest_linger(call, pull->position, look, reply_empty))
            reply_empty(call);
        return;
    }
    buffer_init(&pull->page, PAGE_CAP);
    buffer_printf(&pull->page, "{\"items\":[");
    pull->pulled = pull->digests = "";
    for (size_t row = 0; row < events; row++)
        add(call, pull, rows, row);
    if (pull->pulled[0] == '\0') {
        reply(call, pull);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(arena_printf(rest_arena(call), "{%s}", pull->pulled)),
        PG_TEXT(arena_printf(rest_arena(call), "{%s}", pull->digests))};
    const struct pg_step step = {&deliver_sql_events_pulled, parameters, 2};
    rest_batch_raw(call, &step, 1, handed_out);
}

static void look(struct rest_call *call)
{
    const struct pull *pull = rest_state(call);
    const struct pg_parameter parameters[] = {
        PG_TEXT(pull->position), PG_TEXT(arena_printf(rest_arena(call), "%zu", pull->limit))};
    const struct pg_step step = {&deliver_sql_events, parameters, 2};
    rest_batch(call, &step, 1, paged);
}

void event_get_all(struct rest_call *call)
{
    static const char *const queries[] = {"cursor", "limit", "wait", NULL};

    if (!rest_query_only(call, queries) || !rest_wait(call))
        return;
    const size_t limit = rest_limit(call);
    const char *position = limit != 0 ? rest_cursor_read(call) : NULL;
    if (position == NULL)
        return; /* answered: the call is no more */
    struct pull *pull = arena_alloc(rest_arena(call), sizeof *pull);
    *pull = (struct pull){.position = position, .limit = limit};
    rest_set_state(call, pull);
    /* Nobody is handed a CV by asking how long the answer would be. */
    if (http_request_method(rest_http(call)) == HTTP_HEAD)
        rest_reply_text(call, 200, "application/json", "", 0);
    else
        look(call);
}
