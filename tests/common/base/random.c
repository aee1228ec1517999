#include "common/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void repeats_from_a_seed(void **state)
{
    unsigned char first[100];
    unsigned char second[100];

    (void)state;
    random_fake(42);
    random_bytes(first, sizeof first);
    random_fake(42);
    random_bytes(second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    random_fake(43);
    random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    random_real();
    random_bytes(first, sizeof first);
    random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
}

static void stays_below_the_bound(void **state)
{
    int seen[7] = {0};

    (void)state;
    random_fake(1);
    for (int i = 0; i < 70000; i++) {
        uint64_t value = random_below(7);
        assert_true(value < 7);
        seen[value]++;
    }
    for (int i = 0; i < 7; i++) /* six standard deviations around 10,000 */
        assert_in_range(seen[i], 9450, 10550);
    assert_int_equal(random_below(1), 0);

    /* Just above half of the range a plain remainder would give small values twice as often. */
    uint64_t bound = (UINT64_C(1) << 63) + (UINT64_C(1) << 62);
    int low = 0;
    for (int i = 0; i < 30000; i++)
        low += random_below(bound) < bound / 3;
    assert_in_range(low, 9500, 10500);
    random_real();
}

static void writes_uuid_version_4(void **state)
{
    char text[RANDOM_UUID_SIZE];

    (void)state;
    for (int i = 0; i < 100; i++) {
        random_uuid(text);
        assert_int_equal(strlen(text), 36);
        assert_int_equal(strspn(text, "0123456789abcdef-"), 36);
        assert_true(text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-');
        assert_int_equal(text[14], '4');
        assert_non_null(strchr("89ab", text[19]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_from_a_seed),
        cmocka_unit_test(stays_below_the_bound),
        cmocka_unit_test(writes_uuid_version_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
