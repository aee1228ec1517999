#include "common/base/clock.h"
#include "common/base/random.h"
#include "services/deliver/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S CLOCK_SECOND
#define M CLOCK_MINUTE
#define H CLOCK_HOUR

/* B3: after attempt n, the pause before attempt n + 1. */
static const int64_t pauses[] = {0,     5 * S,  5 * M,  30 * M, 2 * H,
                                 5 * H, 10 * H, 14 * H, 20 * H, 24 * H};

static int seeded(void **state)
{
    (void)state;
    random_fake(1);
    return 0;
}

static void test_pauses(void **state)
{
    (void)state;
    int64_t sum = 0;
    for (int attempt = 1; attempt < SCHEDULE_ATTEMPTS; attempt++) {
        int64_t low = INT64_MAX, high = 0;
        sum += pauses[attempt];
        for (int i = 0; i < 2000; i++) {
            int64_t pause = schedule_pause(attempt, -1);
            low = pause < low ? pause : low;
            high = pause > high ? pause : high;
        }
        int64_t fifth = pauses[attempt] / 5;
        assert_true(low >= pauses[attempt] - fifth && low < pauses[attempt] - fifth * 9 / 10);
        assert_true(high <= pauses[attempt] + fifth && high > pauses[attempt] + fifth * 9 / 10);
    }
    assert_int_equal(SCHEDULE_ATTEMPTS, 10);
    assert_int_equal(sum, 75 * H + 35 * M + 5 * S);
    assert_int_equal(schedule_pause(10, -1), -1);
    assert_int_equal(schedule_pause(11, 5 * S), -1);
}

static void test_same_seed_same_trace(void **state)
{
    (void)state;
    int64_t first = schedule_pause(3, -1);
    random_fake(1);
    assert_int_equal(schedule_pause(3, -1), first);
}

static void test_retry_after(void **state)
{
    (void)state;
    assert_int_equal(schedule_pause(1, 90 * S), 90 * S);
    assert_true(schedule_pause(5, 90 * S) >= 4 * H); /* never sooner than the table */
    assert_int_equal(schedule_pause(1, 400 * H), 24 * H);
    assert_int_equal(schedule_pause(1, INT64_MAX), 24 * H);
}

static struct decision decide(enum fetch_class class, int status, int attempt)
{
    const struct fetch_answer answer = {.class = class, .status = status, .retry_after = -1};
    return schedule_decide(&answer, attempt);
}

static void test_only_2xx_is_success(void **state)
{
    (void)state;
    for (int status = 100; status <= 599; status++) {
        enum verdict verdict = decide(FETCH_ANSWERED, status, 1).verdict;
        if (status >= 200 && status <= 299)
            assert_int_equal(verdict, VERDICT_DELIVERED);
        else if (status == 410)
            assert_int_equal(verdict, VERDICT_GONE);
        else
            assert_int_equal(verdict, VERDICT_RETRY);
    }
    assert_string_equal(decide(FETCH_ANSWERED, 302, 1).reason, "redirect");
}

static void test_classes(void **state)
{
    (void)state;
    static const enum fetch_class temporary[] = {FETCH_DNS, FETCH_CONNECT, FETCH_TLS, FETCH_TIMEOUT,
                                                 FETCH_BROKEN};
    for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++) {
        assert_int_equal(decide(temporary[i], 0, 1).verdict, VERDICT_RETRY);
        assert_int_equal(decide(temporary[i], 0, 9).verdict, VERDICT_RETRY);
        assert_int_equal(decide(temporary[i], 0, 10).verdict, VERDICT_DEAD);
        assert_string_equal(decide(temporary[i], 0, 10).reason, "exhausted");
    }
    assert_int_equal(decide(FETCH_REFUSED_BY_POLICY, 0, 1).verdict, VERDICT_DEAD);
    assert_string_equal(decide(FETCH_REFUSED_BY_POLICY, 0, 1).reason, "refused_by_policy");
    /* Not even the last attempt is used up by one that was not made. */
    assert_int_equal(decide(FETCH_HELD, 0, 10).verdict, VERDICT_HELD);
    assert_string_equal(schedule_verdict_name(VERDICT_HELD), "held");
}

static void test_throttling_holds_the_endpoint(void **state)
{
    (void)state;
    static const int throttles[] = {429, 502, 504};
    for (size_t i = 0; i < 3; i++) {
        assert_true(decide(FETCH_ANSWERED, throttles[i], 1).hold > 0);
        assert_true(decide(FETCH_ANSWERED, throttles[i], 8).hold <= 5 * M);
        const struct fetch_answer asks = {
            .class = FETCH_ANSWERED, .status = throttles[i], .retry_after = 600 * S};
        assert_int_equal(schedule_decide(&asks, 1).hold, 600 * S);
        assert_int_equal(schedule_decide(&asks, 1).pause, 600 * S);
    }
    /* Out of service is a throttle when it says for how long. */
    const struct fetch_answer pauses_itself = {
        .class = FETCH_ANSWERED, .status = 503, .retry_after = 600 * S};
    assert_int_equal(schedule_decide(&pauses_itself, 1).hold, 600 * S);
    assert_int_equal(decide(FETCH_ANSWERED, 503, 1).hold, 0);
    const struct fetch_answer failing = {
        .class = FETCH_ANSWERED, .status = 500, .retry_after = 600 * S};
    assert_int_equal(schedule_decide(&failing, 1).hold, 0);
    assert_int_equal(schedule_decide(&failing, 1).pause, 600 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pauses, seeded),
        cmocka_unit_test_setup(test_same_seed_same_trace, seeded),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_only_2xx_is_success),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_throttling_holds_the_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
