/* Counting and rounding, on numbers that are known. */
#include "common/base/clock.h"
#include "services/figures/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PLACES 12
#define HISTORIES 200
#define PAIRS_CAP 144

static int set_up(void **state)
{
    *state = arena_create(0);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;

    arena_destroy(&arena);
    return 0;
}

static void percentiles_are_as_in_excel(void **state)
{
    int64_t one[] = {7};
    int64_t two[] = {48, 10};
    int64_t ten[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

    (void)state;
    struct tally_spread spread = tally_spread(one, 1);
    assert_int_equal(spread.median, 7);
    assert_int_equal(spread.p90, 7);
    two[0] *= 100;
    two[1] *= 100;
    spread = tally_spread(two, 2);
    assert_int_equal(spread.median, 2900);
    assert_int_equal(spread.p90, 4420);
    for (size_t i = 0; i < 10; i++)
        ten[i] *= 100;
    spread = tally_spread(ten, 10);
    assert_int_equal(spread.median, 550);
    assert_int_equal(spread.p90, 910);
}

static void shares_and_hours_are_rounded(void **state)
{
    (void)state;
    assert_int_equal(report_share(1, 3, 4), 3333);
    assert_int_equal(report_share(2, 3, 4), 6667);
    assert_int_equal(report_share(1, 2, 0), 1);
    assert_int_equal(report_share(5, 5, 3), 1000);
    assert_int_equal(report_share(0, 5, 3), 0);
    assert_int_equal(report_hours(CLOCK_HOUR), 100);
    assert_int_equal(report_hours(18 * CLOCK_SECOND - 1), 0);
    assert_int_equal(report_hours(18 * CLOCK_SECOND), 1);
}

static void orders_are_counted_where_they_belong(void **state)
{
    const int64_t monday = INT64_C(1792998000000000); /* 2026-10-26, 08:00 Danish time */
    const int64_t hour = CLOCK_HOUR;
    const struct tally_order orders[] = {
        {.place = 0,
         .of_team = true,
         .posts = 2,
         .hires = 3,
         .filled = true,
         .received = monday,
         .first = {monday + hour, monday + 2 * hour, monday + 3 * hour, monday + 26 * hour}},
        {.place = 1, .posts = 5, .received = monday, .first = {NEVER, NEVER, NEVER, NEVER}},
        /* The clock that says so was put back: no time is negative. */
        {.place = 0, .posts = 1, .received = monday, .first = {monday - 1, NEVER, NEVER, NEVER}},
    };
    struct tally_row row = tally_count(*state, orders, 3, 0, &calendar_defaults);

    assert_int_equal(row.orders, 2);
    assert_int_equal(row.orders_of_team, 1);
    assert_int_equal(row.posts, 3);
    assert_int_equal(row.posts_of_team, 2);
    assert_int_equal(row.orders_filled, 1);
    assert_int_equal(row.posts_filled, 2);
    assert_int_equal(row.times[MILESTONE_PUT_FORWARD].orders, 2);
    assert_int_equal(row.times[MILESTONE_PUT_FORWARD].clock.median, hour / 2);
    assert_int_equal(row.times[MILESTONE_HIRED].clock.p90, 26 * hour);
    assert_int_equal(row.times[MILESTONE_HIRED].working.p90, 10 * hour);
    row = tally_count(*state, orders, 3, TALLY_ALL, &calendar_defaults);
    assert_int_equal(row.orders, 3);
    assert_int_equal(row.posts, 8);
    row = tally_count(*state, orders, 3, 2, &calendar_defaults);
    assert_int_equal(row.orders, 0);
    assert_int_equal(row.times[MILESTONE_HIRED].orders, 0);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void what_is_given_is_received(void **state)
{
    uint32_t seed = 2026;

    for (int history = 0; history < HISTORIES; history++) {
        struct tally_pair pairs[PAIRS_CAP];
        const size_t count = next(&seed) % PAIRS_CAP;
        int64_t hires = 0, given = 0, received = 0, own = 0;
        for (size_t i = 0; i < count; i++) {
            pairs[i] =
                (struct tally_pair){next(&seed) % PLACES, next(&seed) % PLACES, next(&seed) % 50};
            hires += pairs[i].hires;
        }
        const struct tally_balance *balance = tally_balance(*state, PLACES, pairs, count);
        for (size_t i = 0; i < PLACES; i++) {
            given += balance[i].given;
            received += balance[i].received;
            own += balance[i].own;
        }
        assert_int_equal(given, received);
        assert_int_equal(given + own, hires);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_as_in_excel),
        cmocka_unit_test(shares_and_hours_are_rounded),
        cmocka_unit_test(orders_are_counted_where_they_belong),
        cmocka_unit_test(what_is_given_is_received),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
