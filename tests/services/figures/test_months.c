/* Months of Danish time, summer and winter. */
#include "common/domain/calendar.h"
#include "services/figures/months.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t moment(const char *text)
{
    int64_t time;

    assert_int_equal(calendar_read_time(text, &time), 0);
    return time;
}

static int64_t month(const char *text)
{
    int64_t number;

    assert_int_equal(month_read(text, &number), 0);
    return number;
}

static void a_month_is_read_and_written(void **state)
{
    static const char *const wrong[] = {"",        "2026",    "2026-1",   "2026-00", "2026-13",
                                        "1999-12", "3000-01", "2026-100", "2026_10", "20261-0",
                                        "2026-+1", "-026-10", "2026-1a"};
    char text[MONTH_TEXT_SIZE];
    int64_t number;

    (void)state;
    month_text(month("2026-10"), text);
    assert_string_equal(text, "2026-10");
    month_text(month("2026-12") + 1, text);
    assert_string_equal(text, "2027-01");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (month_read(wrong[i], &number) == 0)
            fail_msg("%s is taken for a month", wrong[i]);
}

/* October 2026 begins in summer time and ends in winter time. */
static void months_begin_at_danish_midnight(void **state)
{
    (void)state;
    assert_int_equal(month_begins(month("2026-10")), moment("2026-09-30T22:00:00Z"));
    assert_int_equal(month_begins(month("2026-11")), moment("2026-10-31T23:00:00Z"));
    assert_int_equal(month_begins(month("2026-03")), moment("2026-02-28T23:00:00Z"));
    assert_int_equal(month_begins(month("2026-04")), moment("2026-03-31T22:00:00Z"));
    assert_int_equal(month_begins(month("2028-03")), moment("2028-02-29T23:00:00Z"));
}

static void a_moment_lies_in_one_month(void **state)
{
    (void)state;
    assert_int_equal(month_of(moment("2026-09-30T21:59:59.999Z")), month("2026-09"));
    assert_int_equal(month_of(moment("2026-09-30T22:00:00Z")), month("2026-10"));
    assert_int_equal(month_of(moment("2026-10-31T22:59:59.999Z")), month("2026-10"));
    assert_int_equal(month_of(moment("2026-10-31T23:00:00Z")), month("2026-11"));
    assert_int_equal(month_of(moment("2026-12-31T23:00:00Z")), month("2027-01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_read_and_written),
        cmocka_unit_test(months_begin_at_danish_midnight),
        cmocka_unit_test(a_moment_lies_in_one_month),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
