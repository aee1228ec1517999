#include "common/crypto/crypto.h"
#include "services/deliver/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The vector that Standard Webhooks' reference libraries test themselves with. */
static void test_published_vector(void **state)
{
    (void)state;
    static const char body[] = "{\"test\": 2432232314}";
    struct arena *arena = arena_create(0);
    uint8_t *secret = NULL;
    size_t length = 0;
    assert_int_equal(crypto_unbase64(arena, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &secret, &length),
                     0);
    const char *signature = signature_v1(arena, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
                                         sizeof body - 1, secret, length);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    arena_destroy(&arena);
}

static void test_secret_text(void **state)
{
    (void)state;
    uint8_t secret[SIGNATURE_SECRET_SIZE];
    uint8_t *back = NULL;
    size_t length = 0;
    struct arena *arena = arena_create(0);
    memset(secret, 0xa5, sizeof secret);
    const char *text = signature_secret_text(arena, secret, sizeof secret);
    assert_memory_equal(text, "whsec_", 6);
    assert_int_equal(crypto_unbase64(arena, text + 6, &back, &length), 0);
    assert_int_equal(length, sizeof secret);
    assert_memory_equal(back, secret, sizeof secret);
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vector),
        cmocka_unit_test(test_secret_text),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
