#include "services/deliver/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char body[] = "{\"test\": 2432232314}";
static const struct signature_message message = {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                                 .timestamp = 1614265330,
                                                 .body = body,
                                                 .length = sizeof body - 1};

/* What the reference implementations test themselves with: that of v1 stands in the libraries of
 * Standard Webhooks, that of v1a in Svix's server, and its signature in the specification's own
 * example of a header. */
#define V1_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define V1_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define V1A_SECRET                                                                                 \
    "whsk_6Xb/dCcHpPea21PS1N9VY/"                                                                  \
    "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define V1A_PUBLIC "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
#define V1A_SIGNATURE                                                                              \
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"                                                       \
    "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

static void test_published_vectors(void **state)
{
    (void)state;
    struct arena *arena = arena_create(0);
    struct signature_key keys[2];
    assert_int_equal(signature_key_read(V1_SECRET, &keys[0]), 0);
    assert_int_equal(signature_key_read(V1A_SECRET, &keys[1]), 0);
    assert_int_equal(keys[0].scheme, SIGNATURE_V1);
    assert_int_equal(keys[1].scheme, SIGNATURE_V1A);
    assert_string_equal(signature_header(arena, &message, &keys[0], 1), V1_SIGNATURE);
    assert_string_equal(signature_header(arena, &message, &keys[1], 1), V1A_SIGNATURE);
    assert_string_equal(signature_header(arena, &message, keys, 2), V1_SIGNATURE " " V1A_SIGNATURE);
    assert_string_equal(signature_key_text(arena, &keys[0]), V1_SECRET);
    assert_string_equal(signature_key_text(arena, &keys[1]), V1A_SECRET);
    assert_string_equal(signature_public_text(arena, &keys[1]), V1A_PUBLIC);
    assert_null(signature_public_text(arena, &keys[0]));
    arena_destroy(&arena);
}

static void test_keys_of_our_own(void **state)
{
    (void)state;
    static const size_t lengths[] = {6 + 44, 5 + 88}; /* the text of 32 and 64 bytes */
    struct arena *arena = arena_create(0);
    for (enum signature_scheme scheme = SIGNATURE_V1; scheme <= SIGNATURE_V1A; scheme++) {
        struct signature_key key, other, back;
        signature_key_make(scheme, &key);
        signature_key_make(scheme, &other);
        assert_int_equal(key.length, signature_key_size(scheme));
        assert_memory_not_equal(key.bytes, other.bytes, key.length);
        const char *text = signature_key_text(arena, &key);
        assert_int_equal(strlen(text), lengths[scheme]);
        assert_int_equal(signature_key_read(text, &back), 0);
        assert_int_equal(back.scheme, scheme);
        assert_int_equal(back.length, key.length);
        assert_memory_equal(back.bytes, key.bytes, key.length);
    }
    arena_destroy(&arena);
}

static void test_what_is_no_key(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",       /* no prefix */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",  /* broken base64 */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=", /* 23 bytes */
        "whsec_"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "A",                                                 /* 65 bytes or so */
        V1A_PUBLIC,                                          /* signs nothing */
        "whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", /* a seed alone */
        /* the seed of one pair and the public half of another */
        "whsk_6Xb/dCcHpPea21PS1N9VY/"
        "NZW723CEc77N4rJCubMbcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct signature_key key;
        if (signature_key_read(bad[i], &key) != ERROR_INVALID)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(key.length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_keys_of_our_own),
        cmocka_unit_test(test_what_is_no_key),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
