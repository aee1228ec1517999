/*
 * Cryptography over libsodium, the only place that includes it. Nothing here is invented:
 * XChaCha20-Poly1305 for sealing (AEAD), SHA-256 and HMAC-SHA256 for digests, Ed25519 (RFC 8032)
 * for signatures, base64 as RFC 4648. Call crypto_init once first.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_KEY_SIZE 32
#define CRYPTO_DIGEST_SIZE 32
#define CRYPTO_SEED_SIZE 32
#define CRYPTO_PUBLIC_SIZE 32
#define CRYPTO_SECRET_SIZE (CRYPTO_SEED_SIZE + CRYPTO_PUBLIC_SIZE)
#define CRYPTO_SIGNATURE_SIZE 64
#define CRYPTO_SEAL_OVERHEAD (24 + 16) /* nonce and tag */

struct crypto_key {
    uint8_t bytes[CRYPTO_KEY_SIZE];
};

MUST_CHECK int crypto_init(void);
void crypto_wipe(void *secret, size_t length);
void crypto_key_random(struct crypto_key *key);

/* Seals `plain` under `key`, bound to `context` (additional data, such as
 * "0751/candidate/<id>/name"): it opens only with the same context. `sealed` has room for length +
 * CRYPTO_SEAL_OVERHEAD. */
void crypto_seal(const struct crypto_key *key, const char *context, const void *plain,
                 size_t length, uint8_t *sealed);
/* ERROR_DENIED when key, context or bytes are not those of the sealing. `plain` has room for the
 * difference. */
MUST_CHECK int crypto_open(const struct crypto_key *key, const char *context, const uint8_t *sealed,
                           size_t length, void *plain);

void crypto_sha256(const void *bytes, size_t length, uint8_t digest[CRYPTO_DIGEST_SIZE]);
void crypto_hmac(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t digest[CRYPTO_DIGEST_SIZE]);
/* Ed25519. A secret key is the seed and the public key behind it, so that signing need not derive
 * the latter. crypto_secret_key makes one of a seed: random_bytes, or one that was kept. */
void crypto_secret_key(const uint8_t seed[CRYPTO_SEED_SIZE], uint8_t secret[CRYPTO_SECRET_SIZE]);
/* The same bytes and key give the same signature. */
void crypto_signature(const uint8_t secret[CRYPTO_SECRET_SIZE], const void *bytes, size_t length,
                      uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
/* A key of its own for one purpose ("cpr-index", "content-mac", "cursor"), derived from `key`. */
void crypto_key_derive(const struct crypto_key *key, const char *purpose,
                       struct crypto_key *derived);
bool crypto_equal(const void *left, const void *right, size_t length); /* constant time */

char *crypto_base64(struct arena *arena, const void *bytes, size_t length);    /* with padding */
char *crypto_base64url(struct arena *arena, const void *bytes, size_t length); /* without padding */
/* Either alphabet as said; `bytes` is in the arena. ERROR_INVALID on any character that does not
 * belong. */
MUST_CHECK int crypto_unbase64(struct arena *arena, const char *text, uint8_t **bytes,
                               size_t *length);
MUST_CHECK int crypto_unbase64url(struct arena *arena, const char *text, uint8_t **bytes,
                                  size_t *length);
