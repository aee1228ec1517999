#include "services/deliver/signature.h"

#include "common/base/random.h"
#include "common/base/str.h"

#include <inttypes.h>
#include <string.h>

#define V1_LEAST 24
#define V1_MOST 64

const char *const signature_schemes[] = {"v1", "v1a", NULL};

static const char *const prefixes[] = {"whsec_", "whsk_"};

size_t signature_key_size(enum signature_scheme scheme)
{
    return scheme == SIGNATURE_V1A ? CRYPTO_SECRET_SIZE : SIGNATURE_SECRET_SIZE;
}

void signature_key_make(enum signature_scheme scheme, struct signature_key *key)
{
    uint8_t seed[CRYPTO_SEED_SIZE];

    *key = (struct signature_key){.scheme = scheme, .length = signature_key_size(scheme)};
    if (scheme == SIGNATURE_V1) {
        random_bytes(key->bytes, key->length);
        return;
    }
    random_bytes(seed, sizeof seed);
    crypto_secret_key(seed, key->bytes);
    crypto_wipe(seed, sizeof seed);
}

/* A secret key whose public half is another's would give the seed away with its signatures. */
static bool key_whole(const struct signature_key *key)
{
    uint8_t derived[CRYPTO_SECRET_SIZE];

    if (key->scheme == SIGNATURE_V1)
        return key->length >= V1_LEAST && key->length <= V1_MOST;
    if (key->length != CRYPTO_SECRET_SIZE)
        return false;
    crypto_secret_key(key->bytes, derived);
    bool whole = crypto_equal(derived, key->bytes, sizeof derived);
    crypto_wipe(derived, sizeof derived);
    return whole;
}

int signature_key_read(const char *text, struct signature_key *key)
{
    int error = ERROR_INVALID;
    uint8_t *bytes = NULL;
    struct arena *arena = arena_create(0);

    for (enum signature_scheme scheme = SIGNATURE_V1; scheme <= SIGNATURE_V1A; scheme++) {
        size_t prefix = strlen(prefixes[scheme]);
        *key = (struct signature_key){.scheme = scheme};
        if (strncmp(text, prefixes[scheme], prefix) != 0 ||
            crypto_unbase64(arena, text + prefix, &bytes, &key->length) != 0)
            continue;
        if (key->length <= sizeof key->bytes) {
            memcpy(key->bytes, bytes, key->length);
            error = key_whole(key) ? 0 : ERROR_INVALID;
        }
        crypto_wipe(bytes, key->length);
        break;
    }
    arena_destroy(&arena);
    if (error != 0)
        signature_key_wipe(key);
    return error;
}

void signature_key_wipe(struct signature_key *key)
{
    crypto_wipe(key, sizeof *key);
}

char *signature_key_text(struct arena *arena, const struct signature_key *key)
{
    return arena_printf(arena, "%s%s", prefixes[key->scheme],
                        crypto_base64(arena, key->bytes, key->length));
}

char *signature_public_text(struct arena *arena, const struct signature_key *key)
{
    if (key->scheme == SIGNATURE_V1)
        return NULL;
    return arena_printf(arena, "whpk_%s",
                        crypto_base64(arena, key->bytes + CRYPTO_SEED_SIZE, CRYPTO_PUBLIC_SIZE));
}

static char *sign(struct arena *arena, const struct signature_key *key, const void *content,
                  size_t length)
{
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    size_t size = CRYPTO_DIGEST_SIZE;

    if (key->scheme == SIGNATURE_V1) {
        crypto_hmac(key->bytes, key->length, content, length, signature);
    } else {
        crypto_signature(key->bytes, content, length, signature);
        size = CRYPTO_SIGNATURE_SIZE;
    }
    return arena_printf(arena, "%s,%s", signature_schemes[key->scheme],
                        crypto_base64(arena, signature, size));
}

char *signature_header(struct arena *arena, const struct signature_message *message,
                       const struct signature_key *keys, size_t count)
{
    const char *head = arena_printf(arena, "%s.%" PRId64 ".", message->id, message->timestamp);
    size_t head_length = strlen(head);
    size_t length = head_length + message->length;
    char *content = arena_alloc(arena, length);
    char *header = arena_strdup(arena, "");

    memcpy(content, head, head_length);
    memcpy(content + head_length, message->body, message->length);
    for (size_t i = 0; i < count; i++)
        header = arena_printf(arena, "%s%s%s", header, i == 0 ? "" : " ",
                              sign(arena, &keys[i], content, length));
    return header;
}
