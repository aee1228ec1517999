#include "common/crypto/crypto.h"

#include "common/base/random.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(CRYPTO_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(CRYPTO_DIGEST_SIZE == crypto_hash_sha256_BYTES, "digest size");
_Static_assert(CRYPTO_SEAL_OVERHEAD == NONCE_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "overhead");
_Static_assert(CRYPTO_SEED_SIZE == crypto_sign_SEEDBYTES, "seed size");
_Static_assert(CRYPTO_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "public key size");
_Static_assert(CRYPTO_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "secret key size");
_Static_assert(CRYPTO_SIGNATURE_SIZE == crypto_sign_BYTES, "signature size");

int crypto_init(void)
{
    return sodium_init() < 0 ? ERROR_INTERNAL : 0;
}

void crypto_wipe(void *secret, size_t length)
{
    sodium_memzero(secret, length);
}

void crypto_key_random(struct crypto_key *key)
{
    random_bytes(key->bytes, sizeof key->bytes);
}

/* A random nonce of 24 bytes does not repeat, whatever the number of fields (that is what the X in
 * XChaCha20 is for). */
void crypto_seal(const struct crypto_key *key, const char *context, const void *plain,
                 size_t length, uint8_t *sealed)
{
    random_bytes(sealed, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_SIZE, NULL, plain, length,
                                               (const unsigned char *)context, strlen(context),
                                               NULL, sealed, key->bytes);
}

int crypto_open(const struct crypto_key *key, const char *context, const uint8_t *sealed,
                size_t length, void *plain)
{
    if (length < CRYPTO_SEAL_OVERHEAD)
        return ERROR_DENIED;

    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain, NULL, NULL, sealed + NONCE_SIZE, length - NONCE_SIZE, (const unsigned char *)context,
        strlen(context), sealed, key->bytes);
    return failed ? ERROR_DENIED : 0;
}

void crypto_sha256(const void *bytes, size_t length, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    crypto_hash_sha256(digest, bytes, length);
}

void crypto_hmac(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_length);
    crypto_auth_hmacsha256_update(&state, bytes, length);
    crypto_auth_hmacsha256_final(&state, digest);
    sodium_memzero(&state, sizeof state);
}

void crypto_secret_key(const uint8_t seed[CRYPTO_SEED_SIZE], uint8_t secret[CRYPTO_SECRET_SIZE])
{
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];

    crypto_sign_seed_keypair(public_key, secret, seed);
}

void crypto_signature(const uint8_t secret[CRYPTO_SECRET_SIZE], const void *bytes, size_t length,
                      uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    crypto_sign_detached(signature, NULL, bytes, length, secret);
}

/* HKDF-Expand (RFC 5869 section 2.3) for one block of output, with the purpose as info. `key` is
 * uniformly random, so the extract step is not needed. */
void crypto_key_derive(const struct crypto_key *key, const char *purpose,
                       struct crypto_key *derived)
{
    static const unsigned char first_block = 1;
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key->bytes, sizeof key->bytes);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)purpose, strlen(purpose));
    crypto_auth_hmacsha256_update(&state, &first_block, 1);
    crypto_auth_hmacsha256_final(&state, derived->bytes);
    sodium_memzero(&state, sizeof state);
}

bool crypto_equal(const void *left, const void *right, size_t length)
{
    return sodium_memcmp(left, right, length) == 0;
}

static char *encode(struct arena *arena, const void *bytes, size_t length, int variant)
{
    size_t size = sodium_base64_encoded_len(length, variant);
    char *text = arena_alloc(arena, size);

    return sodium_bin2base64(text, size, bytes, length, variant);
}

char *crypto_base64(struct arena *arena, const void *bytes, size_t length)
{
    return encode(arena, bytes, length, sodium_base64_VARIANT_ORIGINAL);
}

char *crypto_base64url(struct arena *arena, const void *bytes, size_t length)
{
    return encode(arena, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int decode(struct arena *arena, const char *text, int variant, uint8_t **bytes,
                  size_t *length)
{
    size_t text_length = strlen(text);
    size_t size = text_length / 4 * 3 + 3;

    *length = 0;
    *bytes = arena_alloc(arena, size);
    if (sodium_base642bin(*bytes, size, text, text_length, NULL, length, NULL, variant)) {
        *length = 0;
        return ERROR_INVALID;
    }
    return 0;
}

int crypto_unbase64(struct arena *arena, const char *text, uint8_t **bytes, size_t *length)
{
    return decode(arena, text, sodium_base64_VARIANT_ORIGINAL, bytes, length);
}

int crypto_unbase64url(struct arena *arena, const char *text, uint8_t **bytes, size_t *length)
{
    return decode(arena, text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, bytes, length);
}
