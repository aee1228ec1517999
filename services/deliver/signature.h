/*
 * Signatures of Standard Webhooks 1.0, over "<webhook-id>.<webhook-timestamp>.<body>":
 *
 *   v1    HMAC-SHA256 under a secret of 24 to 64 bytes (ours have 32) that both sides hold; shown
 * to people as `whsec_` and its base64 v1a   Ed25519; the receiver holds the public key alone
 * (`whpk_`). The secret key (`whsk_`) is the 32-byte seed and the public key behind it
 *
 * The header webhook-signature carries one signature per key, space-separated: that of a key that
 * is being replaced stands beside that of the new one, and a receiver takes any that fits.
 */
#pragma once

#include "common/base/arena.h"
#include "common/crypto/crypto.h"

#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_SECRET_SIZE 32

enum signature_scheme { SIGNATURE_V1, SIGNATURE_V1A };

/* "v1", "v1a", NULL: the index is the scheme. */
extern const char *const signature_schemes[];

/* A secret: wipe it after use (signature_key_wipe). */
struct signature_key {
    enum signature_scheme scheme;
    size_t length; /* of v1 24 to 64, of v1a 64 */
    uint8_t bytes[CRYPTO_SECRET_SIZE];
};

struct signature_message {
    const char *id;    /* webhook-id: holds no '.' */
    int64_t timestamp; /* of the attempt, in seconds */
    const void *body;
    size_t length;
};

void signature_key_make(enum signature_scheme scheme, struct signature_key *key);
/* How many bytes the keys that we make have. */
size_t signature_key_size(enum signature_scheme scheme);
/* From `whsec_…` or `whsk_…`. ERROR_INVALID when the text is neither, or its two halves are not of
 * one key pair. */
MUST_CHECK int signature_key_read(const char *text, struct signature_key *key);
void signature_key_wipe(struct signature_key *key);

/* In the arena. `whsec_…` or `whsk_…`: for the owner of the key alone. */
char *signature_key_text(struct arena *arena, const struct signature_key *key);
/* `whpk_…` of a v1a key, NULL of a v1 secret, which has no public half. */
char *signature_public_text(struct arena *arena, const struct signature_key *key);

/* The value of the header webhook-signature, in the arena: `v1,<base64>` or `v1a,<base64>` for each
 * key, in their order. A v1a signature costs about 20 microseconds. */
char *signature_header(struct arena *arena, const struct signature_message *message,
                       const struct signature_key *keys, size_t count);
