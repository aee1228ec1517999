#include "services/deliver/outgoing.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/str.h"
#include "services/deliver/cv.h"
#include "services/deliver/identity.h"
#include "services/deliver/payload.h"
#include "services/deliver/room.h"
#include "services/deliver/secrets.h"
#include "services/deliver/verify.h"

#include <inttypes.h>
#include <string.h>

static struct sealed_bytes sealed_column(struct arena *arena, const struct pg_result *claimed,
                                         size_t row, size_t column)
{
    struct sealed_bytes sealed = {0};
    sealed.bytes = pg_bytes(arena, claimed, row, column, &sealed.length);
    return sealed;
}

static int render(struct arena *arena, const struct deliver *deliver,
                  const struct pg_result *claimed, size_t row, struct outgoing *outgoing,
                  const char **reason)
{
    struct person person;
    struct payload payload = {.type = pg_text(claimed, row, CLAIM_KIND),
                              .timestamp = pg_text(claimed, row, CLAIM_EVENT_AT),
                              .version = pg_int64(claimed, row, CLAIM_VERSION),
                              .data = pg_text(claimed, row, CLAIM_DATA)};
    const bool thin = str_equal(pg_text(claimed, row, CLAIM_MODE), "thin");
    if (str_equal(payload.type, "cv.released") && !thin) {
        int error = cv_person(arena, deliver, claimed, row, CLAIM_MUNICIPALITY, &person, reason);
        if (error != 0)
            return error;
        payload.person = &person;
    }
    if (verify_is(payload.type))
        payload.data = verify_data(arena, deliver, pg_text(claimed, row, CLAIM_ENDPOINT),
                                   pg_text(claimed, row, CLAIM_DELIVERY));
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

/* All the keys that are live sign: a receiver holds the newest or one that is in its grace. */
static int open_keys(struct arena *arena, const struct deliver *deliver,
                     const struct pg_result *claimed, size_t row, struct signature_key *keys,
                     size_t *count)
{
    const char *endpoint = pg_text(claimed, row, CLAIM_ENDPOINT);
    int error = secrets_open(arena, deliver, endpoint, SIGNATURE_V1,
                             sealed_column(arena, claimed, row, CLAIM_SECRETS), keys, count);
    if (error == 0)
        error = secrets_open(arena, deliver, endpoint, SIGNATURE_V1A,
                             sealed_column(arena, claimed, row, CLAIM_SIGNING_KEYS), keys, count);
    return error == 0 && *count == 0 ? ERROR_DENIED : error;
}

static int sign(struct arena *arena, const struct deliver *deliver, const struct pg_result *claimed,
                size_t row, struct outgoing *outgoing)
{
    struct signature_key keys[2 * SECRETS_CAP];
    size_t count = 0;
    int error = open_keys(arena, deliver, claimed, row, keys, &count);
    if (error == 0) {
        const struct signature_message message = {
            .id = arena_printf(arena, "msg_%s", pg_text(claimed, row, CLAIM_DELIVERY)),
            .timestamp = clock_now() / CLOCK_SECOND,
            .body = outgoing->request.body,
            .length = outgoing->request.length};
        outgoing->headers[0] = (struct fetch_header){"content-type", "application/json"};
        outgoing->headers[1] = (struct fetch_header){"webhook-id", message.id};
        outgoing->headers[2] = (struct fetch_header){
            "webhook-timestamp", arena_printf(arena, "%" PRId64, message.timestamp)};
        outgoing->headers[3] = (struct fetch_header){
            "webhook-signature", signature_header(arena, &message, keys, count)};
    }
    crypto_wipe(keys, sizeof keys);
    return error;
}

/* Who we are to this receiver, and who it has to be. No endpoint's connections are another's; they
 * are kept under a name that changes with certificate and pin, so that none is used again that was
 * made as somebody else. */
static int present(struct arena *arena, const struct deliver *deliver,
                   const struct pg_result *claimed, size_t row, struct outgoing *outgoing)
{
    const char *endpoint = pg_text(claimed, row, CLAIM_ENDPOINT);
    bool certificate = !pg_is_null(claimed, row, CLAIM_IDENTITY);
    bool pinned = !pg_is_null(claimed, row, CLAIM_PIN);
    outgoing->request.identity_name =
        arena_printf(arena, "%s %s", endpoint, pg_text(claimed, row, CLAIM_IDENTITY_AT));
    outgoing->request.pin = pinned ? pg_text(claimed, row, CLAIM_PIN) : NULL;
    if (!certificate)
        return 0;
    int error =
        identity_open(arena, deliver, endpoint, sealed_column(arena, claimed, row, CLAIM_IDENTITY),
                      &outgoing->client_pem);
    outgoing->request.client_pem = outgoing->client_pem;
    return error;
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
    *reason = "certificate_unreadable";
    error = present(arena, deliver, claimed, row, outgoing);
    if (error != 0)
        return error;
    *reason = NULL;
    crypto_sha256(outgoing->request.body, outgoing->request.length, digest);
    str_hex(digest, sizeof digest, outgoing->digest);
    outgoing->request.url = pg_text(claimed, row, CLAIM_URL);
    outgoing->request.keep_body =
        verify_is(pg_text(claimed, row, CLAIM_KIND)) ? VERIFY_ANSWER_CAP : 0;
    outgoing->request.headers = outgoing->headers;
    outgoing->request.header_count = sizeof outgoing->headers / sizeof *outgoing->headers;
    return 0;
}

void outgoing_wipe(struct outgoing *outgoing)
{
    if (outgoing->client_pem != NULL)
        crypto_wipe(outgoing->client_pem, strlen(outgoing->client_pem));
}
