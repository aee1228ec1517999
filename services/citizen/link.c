/* POST /v1/shortlist-entries/{id}/link: a new link and the message that brings it. */
#include "common/base/random.h"
#include "services/citizen/room.h"
#include "sql/citizen_sql.h"

#include <inttypes.h>
#include <string.h>

enum step { STEP_CREATE, STEP_MESSAGE };
/* Columns of api_reply, and of the message. */
enum { REPLY_STATUS, REPLY_BODY, REPLY_ETAG, REPLY_LOCATION, REPLY_REPLAYED };
enum { MESSAGE_SUBJECT, MESSAGE_OPENING, MESSAGE_CLOSING };

static bool is_empty_object(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", none);
    if (json_check_ok(&check))
        return true;
    rest_problem_check(call, &check);
    return false;
}

/* The address is shown here and never again: the stored answer of the key has none. */
static void created(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, STEP_CREATE);
    const struct pg_result *message = pg_outcome_result(outcome, STEP_MESSAGE);
    const char *text = pg_text(row, 0, REPLY_BODY);
    const char *url = rest_state(call);
    struct json_fault fault;
    json_t *body = NULL;

    if (pg_bool(row, 0, REPLY_REPLAYED) || pg_rows(message) != 1 ||
        json_read(text, strlen(text), &body, &fault) != 0) {
        rest_reply_row(call, outcome, STEP_CREATE);
        return;
    }
    const char *letter =
        arena_printf(rest_arena(call), "%s%s%s", pg_text(message, 0, MESSAGE_OPENING), url,
                     pg_text(message, 0, MESSAGE_CLOSING));
    json_object_set_new(body, "url", json_string(url));
    json_object_set_new(
        body, "message",
        json_pack("{s:s, s:s}", "subject", pg_text(message, 0, MESSAGE_SUBJECT), "text", letter));
    rest_header(call, "Location", pg_text(row, 0, REPLY_LOCATION));
    rest_reply(call, (int)pg_int64(row, 0, REPLY_STATUS), body);
    json_decref(body);
}

static struct pg_parameter microseconds(struct rest_call *call, int64_t time)
{
    return PG_TEXT(arena_printf(rest_arena(call), "%" PRId64, time));
}

void link_post(struct rest_call *call)
{
    const struct citizen *citizen = rest_room(call);
    struct arena *arena = rest_arena(call);
    const char *id = rest_path_id(call, "Emnet findes ikke.");
    uint8_t token[TOKEN_SIZE];
    uint8_t hash[CRYPTO_DIGEST_SIZE];

    if (id == NULL || !is_empty_object(call))
        return;
    if (*citizen->public_url == '\0') {
        rest_problem(call, "temporarily-unavailable",
                     "Adressen på kandidatens side er ikke sat op ([citizen] public_url).");
        return;
    }
    random_bytes(token, sizeof token);
    crypto_sha256(token, sizeof token, hash);
    rest_set_state(call, arena_printf(arena, "%s/svar/%s", citizen->public_url,
                                      crypto_base64url(arena, token, sizeof token)));
    crypto_wipe(token, sizeof token);
    const struct pg_parameter create[] = {
        PG_TEXT("POST"),
        PG_TEXT(http_request_path(rest_http(call))),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(id),
        PG_BYTES(hash, sizeof hash),
        microseconds(call, citizen->link_life),
        microseconds(call, citizen->link_grace),
    };
    const struct pg_parameter entry[] = {PG_TEXT(id)};
    const struct pg_step steps[] = {
        [STEP_CREATE] = {&citizen_sql_link, create, sizeof create / sizeof *create},
        [STEP_MESSAGE] = {&citizen_sql_message, entry, 1},
    };
    rest_batch(call, steps, sizeof steps / sizeof *steps, created);
}
