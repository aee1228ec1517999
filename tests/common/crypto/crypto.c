/* Published vectors: FIPS 180-4, RFC 4231, RFC 5869, RFC 4648, RFC 8032, and
 * draft-irtf-cfrg-xchacha-03. */
#include "common/crypto/crypto.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_hex(const void *bytes, size_t length, const char *expected)
{
    char text[200];

    assert_true(length * 2 < sizeof text);
    str_hex(bytes, length, text);
    assert_string_equal(text, expected);
}

static void digests_as_fips_180(void **state)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];

    (void)state;
    crypto_sha256("", 0, digest);
    assert_hex(digest, sizeof digest,
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    crypto_sha256("abc", 3, digest);
    assert_hex(digest, sizeof digest,
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231: a key and data given as one byte repeated, or as text. */
struct hmac_vector {
    const char *key;
    uint8_t key_byte;
    size_t key_length;
    const char *data;
    uint8_t data_byte;
    size_t data_length;
    const char *digest;
};

static const struct hmac_vector hmac_vectors[] = {
    {NULL, 0x0B, 20, "Hi There", 0, 8,
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", 0, 4, "what do ya want for nothing?", 0, 28,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {NULL, 0xAA, 20, NULL, 0xDD, 50,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16"
     "\x17\x18\x19",
     0, 25, NULL, 0xCD, 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {NULL, 0xAA, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0, 54,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {NULL, 0xAA, 131,
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     0, 152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void authenticates_as_rfc_4231(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hmac_vectors / sizeof hmac_vectors[0]; i++) {
        const struct hmac_vector *vector = &hmac_vectors[i];
        uint8_t digest[CRYPTO_DIGEST_SIZE];
        uint8_t key[200];
        uint8_t data[200];
        memset(key, vector->key_byte, sizeof key);
        memset(data, vector->data_byte, sizeof data);
        if (vector->key)
            memcpy(key, vector->key, vector->key_length);
        if (vector->data)
            memcpy(data, vector->data, vector->data_length);
        crypto_hmac(key, vector->key_length, data, vector->data_length, digest);
        assert_hex(digest, sizeof digest, vector->digest);
    }
}

/* RFC 5869 A.1: its pseudorandom key is our key, its info our purpose; the first block of its 42
 * bytes is all that we take. */
static void derives_as_rfc_5869(void **state)
{
    struct crypto_key key;
    struct crypto_key derived;

    (void)state;
    assert_int_equal(str_unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                               key.bytes, 32),
                     0);
    crypto_key_derive(&key, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", &derived);
    assert_hex(derived.bytes, 32,
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    struct crypto_key other;
    crypto_key_derive(&key, "cursor", &derived);
    crypto_key_derive(&key, "cpr-index", &other);
    assert_memory_not_equal(derived.bytes, other.bytes, 32);
}

static void opens_the_published_sealing(void **state)
{
    /* draft-irtf-cfrg-xchacha-03 A.3.1, whose additional data are bytes without NUL. */
    static const char plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                                "only one tip for the future, sunscreen would be it.";
    static const char context[] = "\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7";
    static const char sealed_hex[] =
        "404142434445464748494a4b4c4d4e4f5051525354555657"
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4e"
        "da7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2"
        "383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
    uint8_t sealed[sizeof sealed_hex / 2];
    struct crypto_key key;
    char opened[sizeof plain] = "";

    (void)state;
    for (size_t i = 0; i < sizeof key.bytes; i++)
        key.bytes[i] = (uint8_t)(0x80 + i);
    assert_int_equal(str_unhex(sealed_hex, sealed, sizeof sealed), 0);
    assert_int_equal(sizeof sealed, strlen(plain) + CRYPTO_SEAL_OVERHEAD);
    assert_int_equal(crypto_open(&key, context, sealed, sizeof sealed, opened), 0);
    assert_string_equal(opened, plain);
}

static void opens_only_what_was_sealed(void **state)
{
    static const char text[] = "Jens Fiktiv (fiktiv)";
    uint8_t sealed[sizeof text + CRYPTO_SEAL_OVERHEAD];
    uint8_t again[sizeof sealed];
    char opened[sizeof text];
    struct crypto_key key;
    struct crypto_key other;

    (void)state;
    crypto_key_random(&key);
    crypto_key_random(&other);
    crypto_seal(&key, "0751/candidate/1/name", text, sizeof text, sealed);
    crypto_seal(&key, "0751/candidate/1/name", text, sizeof text, again);
    assert_memory_not_equal(sealed, again, sizeof sealed); /* a fresh nonce each time */
    assert_int_equal(crypto_open(&key, "0751/candidate/1/name", sealed, sizeof sealed, opened), 0);
    assert_string_equal(opened, text);

    assert_int_equal(crypto_open(&other, "0751/candidate/1/name", sealed, sizeof sealed, opened),
                     ERROR_DENIED);
    assert_int_equal(crypto_open(&key, "0751/candidate/2/name", sealed, sizeof sealed, opened),
                     ERROR_DENIED);
    for (size_t length = 0; length < sizeof sealed; length++)
        assert_int_equal(crypto_open(&key, "0751/candidate/1/name", sealed, length, opened),
                         ERROR_DENIED);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_int_equal(crypto_open(&key, "0751/candidate/1/name", sealed, sizeof sealed, opened),
                         ERROR_DENIED);
        sealed[i] ^= 1;
    }
    crypto_seal(&key, "", NULL, 0, sealed);
    assert_int_equal(crypto_open(&key, "", sealed, CRYPTO_SEAL_OVERHEAD, opened), 0);
}

static void writes_base64_as_rfc_4648(void **state)
{
    static const struct {
        const char *bytes;
        const char *base64;
        const char *base64url;
    } vectors[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+", "-__-"},
    };
    struct arena *arena = arena_create(0);

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t length = strlen(vectors[i].bytes);
        uint8_t *bytes;
        size_t got;
        assert_string_equal(crypto_base64(arena, vectors[i].bytes, length), vectors[i].base64);
        assert_string_equal(crypto_base64url(arena, vectors[i].bytes, length),
                            vectors[i].base64url);
        assert_int_equal(crypto_unbase64(arena, vectors[i].base64, &bytes, &got), 0);
        assert_int_equal(got, length);
        assert_memory_equal(bytes, vectors[i].bytes, length);
        assert_int_equal(crypto_unbase64url(arena, vectors[i].base64url, &bytes, &got), 0);
        assert_int_equal(got, length);
        assert_memory_equal(bytes, vectors[i].bytes, length);
    }
    arena_destroy(&arena);
}

static void refuses_what_is_not_base64(void **state)
{
    static const char *const bad[] = {"Zg",   "Zg=",  "Zg===", "Z",    "Zm9v\n",   " Zm9v", "Zm 9v",
                                      "Zm9-", "Zh==", "Zm9=",  "====", "Zg==Zg==", "æøå="};
    static const char *const bad_url[] = {"Zg==", "Zm9v=", "Z",     "Zm9+",
                                          "Zm9/", "Zh",    "Zm9v ", "Zm9v\n"};
    struct arena *arena = arena_create(0);
    uint8_t *bytes;
    size_t length;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (crypto_unbase64(arena, bad[i], &bytes, &length) != ERROR_INVALID)
            fail_msg("accepted %s", bad[i]);
    for (size_t i = 0; i < sizeof bad_url / sizeof bad_url[0]; i++)
        if (crypto_unbase64url(arena, bad_url[i], &bytes, &length) != ERROR_INVALID)
            fail_msg("accepted %s", bad_url[i]);
    arena_destroy(&arena);
}

/* RFC 8032 section 7.1, tests 1 and 2. */
static void signs_as_rfc_8032(void **state)
{
    static const struct {
        const char *seed, *public_key, *message, *signature;
        size_t length;
    } vectors[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46bd25bf5f0595bbe24655141438e7a100b",
         0},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
         1},
    };
    uint8_t seed[CRYPTO_SEED_SIZE];
    uint8_t secret[CRYPTO_SECRET_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_int_equal(str_unhex(vectors[i].seed, seed, sizeof seed), 0);
        crypto_secret_key(seed, secret);
        assert_memory_equal(secret, seed, sizeof seed);
        assert_hex(secret + CRYPTO_SEED_SIZE, CRYPTO_PUBLIC_SIZE, vectors[i].public_key);
        crypto_signature(secret, vectors[i].message, vectors[i].length, signature);
        assert_hex(signature, sizeof signature, vectors[i].signature);
    }
}

static void compares_and_wipes(void **state)
{
    char secret[] = "hemmelig";

    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_true(crypto_equal("abc", "abd", 2));
    crypto_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
}

static int init(void **state)
{
    (void)state;
    return crypto_init() || crypto_init(); /* twice does no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_as_fips_180),        cmocka_unit_test(authenticates_as_rfc_4231),
        cmocka_unit_test(derives_as_rfc_5869),        cmocka_unit_test(opens_the_published_sealing),
        cmocka_unit_test(opens_only_what_was_sealed), cmocka_unit_test(writes_base64_as_rfc_4648),
        cmocka_unit_test(refuses_what_is_not_base64), cmocka_unit_test(signs_as_rfc_8032),
        cmocka_unit_test(compares_and_wipes),
    };

    return cmocka_run_group_tests(tests, init, NULL);
}
