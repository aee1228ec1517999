#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void writes_rfc_3339(void **state)
{
    static const struct {
        int64_t time;
        const char *text;
    } vectors[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {INT64_C(1795326670123999), "2026-11-22T05:51:10.123Z"},
        {INT64_C(951782400000000), "2000-02-29T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-CLOCK_SECOND, "1969-12-31T23:59:59.000Z"},
        {INT64_C(32503679999999999), "2999-12-31T23:59:59.999Z"},
    };
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        clock_text(vectors[i].time, text);
        assert_string_equal(text, vectors[i].text);
    }
}

static void stands_still_when_fake(void **state)
{
    (void)state;
    clock_fake(5 * CLOCK_DAY);
    assert_int_equal(clock_now(), 5 * CLOCK_DAY);
    assert_int_equal(clock_now(), 5 * CLOCK_DAY);
    clock_advance(CLOCK_HOUR);
    assert_int_equal(clock_now(), 5 * CLOCK_DAY + CLOCK_HOUR);
    assert_int_equal(clock_monotonic(), 5 * CLOCK_DAY + CLOCK_HOUR);
    clock_real();
    assert_true(clock_now() > INT64_C(1700000000) * CLOCK_SECOND);
}

static void runs_forward(void **state)
{
    int64_t before = clock_monotonic();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic();
        assert_true(now >= before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_rfc_3339),
        cmocka_unit_test(stands_still_when_fake),
        cmocka_unit_test(runs_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
