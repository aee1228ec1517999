#include "services/deliver/outgoing.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/person.h"
#include "services/deliver/payload.h"
#include "services/deliver/room.h"
#include "services/deliver/signature.h"

#include <inttypes.h>

static struct sealed_bytes sealed_column(struct arena *arena, const struct pg_result *claimed,
                                         size_t row, size_t column)
{
    struct sealed_bytes sealed = {0};
    sealed.bytes = pg_bytes(arena, claimed, row, column, &sealed.length);
    return sealed;
}

static int open_person(struct arena *arena, const struct deliver *deliver,
                       const struct pg_result *claimed, size_t row, struct person *person,
                       const char **reason)
{
    const char *municipality = pg_text(claimed, row, CLAIM_MUNICIPALITY);
    const struct crypto_key *key = keyring_find(deliver->keyring, municipality);
    if (key == NULL) {
        *reason = "municipality_key_missing";
        return ERROR_NOT_FOUND;
    }
    struct person_sealed sealed = {
        .wrapped_key = sealed_column(arena, claimed, row, CLAIM_WRAPPED_KEY),
        .name = sealed_column(arena, claimed, row, CLAIM_NAME),
        .phone = sealed_column(arena, claimed, row, CLAIM_PHONE),
        .email = sealed_column(arena, claimed, row, CLAIM_EMAIL),
    };
    *reason = "person_unreadable";
    return person_open(arena, key, municipality, pg_text(claimed, row, CLAIM_EXTERNAL_REF), &sealed,
                       person);
}

static int render(struct arena *arena, const struct deliver *deliver,
                  const struct pg_result *claimed, size_t row, struct outgoing *outgoing,
                  const char **reason)
{
    struct person person;
    struct payload payload = {.type = pg_text(claimed, row, CLAIM_KIND),
                              .timestamp = pg_text(claimed, row, CLAIM_EVENT_AT),
                              .data = pg_text(claimed, row, CLAIM_DATA)};
    if (str_equal(payload.type, "cv.released")) {
        int error = open_person(arena, deliver, claimed, row, &person, reason);
        if (error != 0)
            return error;
        payload.person = &person;
    }
    struct buffer bytes;
    buffer_init(&bytes, PAYLOAD_CAP);
    payload_write(&bytes, &payload);
    bool full = buffer_full(&bytes);
    if (!full) {
        outgoing->request.body = arena_strndup(arena, bytes.data, bytes.length);
        outgoing->request.length = bytes.length;
    }
    buffer_deinit(&bytes);
    *reason = "too_large";
    return full ? ERROR_LIMIT : 0;
}

static int sign(struct arena *arena, const struct deliver *deliver, const struct pg_result *claimed,
                size_t row, struct outgoing *outgoing)
{
    struct signature_key key = {.scheme = SIGNATURE_V1, .length = SIGNATURE_SECRET_SIZE};
    const char *endpoint = pg_text(claimed, row, CLAIM_ENDPOINT);
    struct sealed_bytes sealed = sealed_column(arena, claimed, row, CLAIM_SECRETS);
    if (sealed.length != key.length + CRYPTO_SEAL_OVERHEAD)
        return ERROR_DENIED;
    int error = crypto_open(deliver_server_key(deliver), deliver_secret_context(arena, endpoint),
                            sealed.bytes, sealed.length, key.bytes);
    if (error != 0)
        return error;
    const struct signature_message message = {
        .id = arena_printf(arena, "msg_%s", pg_text(claimed, row, CLAIM_DELIVERY)),
        .timestamp = clock_now() / CLOCK_SECOND,
        .body = outgoing->request.body,
        .length = outgoing->request.length};
    outgoing->headers[0] = (struct fetch_header){"content-type", "application/json"};
    outgoing->headers[1] = (struct fetch_header){"webhook-id", message.id};
    outgoing->headers[2] = (struct fetch_header){
        "webhook-timestamp", arena_printf(arena, "%" PRId64, message.timestamp)};
    outgoing->headers[3] =
        (struct fetch_header){"webhook-signature", signature_header(arena, &message, &key, 1)};
    signature_key_wipe(&key);
    return 0;
}

int outgoing_make(struct arena *arena, const struct deliver *deliver,
                  const struct pg_result *claimed, size_t row, struct outgoing *outgoing,
                  const char **reason)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    *outgoing = (struct outgoing){.request = {.method = "POST"}};
    int error = render(arena, deliver, claimed, row, outgoing, reason);
    if (error != 0)
        return error;
    *reason = "secret_unreadable";
    error = sign(arena, deliver, claimed, row, outgoing);
    if (error != 0)
        return error;
    *reason = NULL;
    crypto_sha256(outgoing->request.body, outgoing->request.length, digest);
    str_hex(digest, sizeof digest, outgoing->digest);
    outgoing->request.url = pg_text(claimed, row, CLAIM_URL);
    outgoing->request.headers = outgoing->headers;
    outgoing->request.header_count = sizeof outgoing->headers / sizeof *outgoing->headers;
    return 0;
}
