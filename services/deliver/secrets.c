#include "services/deliver/secrets.h"

#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <inttypes.h>
#include <string.h>

#define DAY 86400
#define GRACE_MOST (7 * DAY)

static const char *context_of(struct arena *arena, const char *endpoint,
                              enum signature_scheme scheme)
{
    return arena_printf(arena, "endpoint/%s/%s", endpoint,
                        scheme == SIGNATURE_V1 ? "secret" : "signing-key");
}

struct sealed_bytes secret_seal(struct arena *arena, const struct deliver *deliver,
                                const char *endpoint, const struct signature_key *key)
{
    uint8_t *bytes = arena_alloc(arena, key->length + CRYPTO_SEAL_OVERHEAD);

    crypto_seal(deliver_server_key(deliver), context_of(arena, endpoint, key->scheme), key->bytes,
                key->length, bytes);
    return (struct sealed_bytes){.bytes = bytes, .length = key->length + CRYPTO_SEAL_OVERHEAD};
}

struct pg_parameter secret_public(struct arena *arena, const struct signature_key *key)
{
    if (key->scheme == SIGNATURE_V1)
        return PG_NULL;
    uint8_t *bytes = arena_alloc(arena, CRYPTO_PUBLIC_SIZE);
    memcpy(bytes, key->bytes + CRYPTO_SEED_SIZE, CRYPTO_PUBLIC_SIZE);
    return PG_BYTES(bytes, CRYPTO_PUBLIC_SIZE);
}

int secrets_open(struct arena *arena, const struct deliver *deliver, const char *endpoint,
                 enum signature_scheme scheme, struct sealed_bytes sealed,
                 struct signature_key *keys, size_t *count)
{
    const char *context = context_of(arena, endpoint, scheme);
    size_t size = signature_key_size(scheme) + CRYPTO_SEAL_OVERHEAD;

    if (sealed.length % size != 0 || sealed.length / size > SECRETS_CAP)
        return ERROR_DENIED;
    for (size_t at = 0; at < sealed.length; at += size) {
        struct signature_key *key = &keys[(*count)++];
        *key = (struct signature_key){.scheme = scheme, .length = signature_key_size(scheme)};
        int error =
            crypto_open(deliver_server_key(deliver), context, sealed.bytes + at, size, key->bytes);
        if (error != 0)
            return error;
    }
    return 0;
}

/* --- routes --- */

/* Columns of api_reply. */
enum { REPLY_STATUS, REPLY_BODY, REPLY_ETAG, REPLY_LOCATION, REPLY_REPLAYED };

void secret_shown(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, 0);
    const char *secret = rest_state(call);
    const char *text = pg_text(row, 0, REPLY_BODY);
    struct json_fault fault;
    json_t *body = NULL;
    if (secret == NULL || pg_bool(row, 0, REPLY_REPLAYED) ||
        json_read(text, strlen(text), &body, &fault) != 0) {
        rest_reply_row(call, outcome, 0);
        return;
    }
    json_object_set_new(body, "secret", json_string(secret));
    rest_header(call, "Location", pg_text(row, 0, REPLY_LOCATION));
    if (!pg_is_null(row, 0, REPLY_ETAG))
        rest_etag(call, pg_int64(row, 0, REPLY_ETAG));
    rest_reply(call, (int)pg_int64(row, 0, REPLY_STATUS), body);
    json_decref(body);
}

void secret_get_all(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = deliver_path_id(call);
    if (id != NULL && rest_query_only(call, none))
        rest_run(call, &deliver_sql_secret_list, (const struct pg_parameter[]){PG_TEXT(id)}, 1);
}

void secret_post(struct rest_call *call)
{
    static const char *const members[] = {"scheme", "grace_seconds", NULL};
    struct arena *arena = rest_arena(call);
    const char *id = deliver_path_id(call);
    struct json_check check;
    struct signature_key key;
    if (id == NULL)
        return;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    int scheme =
        json_check_choice(&check, rest_body(call), "", "scheme", JSON_REQUIRED, signature_schemes);
    int64_t grace = json_check_integer(&check, rest_body(call), "", "grace_seconds", JSON_OPTIONAL,
                                       0, GRACE_MOST, DAY);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    signature_key_make((enum signature_scheme)scheme, &key);
    struct sealed_bytes sealed = secret_seal(arena, rest_room(call), id, &key);
    if (key.scheme == SIGNATURE_V1)
        rest_set_state(call, signature_key_text(arena, &key));
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT(arena_printf(arena, "/v1/endpoints/%s/secrets", id)),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(id),
        PG_TEXT(signature_schemes[scheme]),
        PG_TEXT(arena_printf(arena, "%" PRId64, grace)),
        PG_BYTES(sealed.bytes, sealed.length),
        secret_public(arena, &key),
    };
    signature_key_wipe(&key);
    const struct pg_step step = {&deliver_sql_secret_follow, parameters,
                                 sizeof parameters / sizeof *parameters};
    rest_batch(call, &step, 1, secret_shown);
}
