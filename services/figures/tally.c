#include "services/figures/tally.h"

#include <assert.h>
#include <stdlib.h>

static int by_size(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static int64_t percentile(const int64_t *sorted, size_t count, size_t percent)
{
    const size_t position = percent * (count - 1); /* hundredths of a place */
    const size_t below = position / 100;
    const int64_t part = (int64_t)(position % 100);

    if (part == 0)
        return sorted[below];
    return sorted[below] + (sorted[below + 1] - sorted[below]) * part / 100;
}

struct tally_spread tally_spread(int64_t *numbers, size_t count)
{
    assert(count > 0);
    qsort(numbers, count, sizeof *numbers, by_size);
    return (struct tally_spread){percentile(numbers, count, 50), percentile(numbers, count, 90)};
}

static bool counts(const struct tally_order *order, size_t place)
{
    return place == TALLY_ALL || order->place == place;
}

/* `clock` and `working` have room for every order that counts. */
static struct tally_time count_time(const struct tally_order *orders, size_t count, size_t place,
                                    enum milestone milestone,
                                    const struct calendar_options *calendar, int64_t *clock,
                                    int64_t *working)
{
    size_t reached = 0;

    for (size_t i = 0; i < count; i++) {
        const int64_t first = orders[i].first[milestone];
        const int64_t received = orders[i].received;
        if (first == NEVER || !counts(&orders[i], place))
            continue;
        clock[reached] = first > received ? first - received : 0;
        working[reached++] = calendar_working_time(received, first, calendar);
    }
    struct tally_time time = {.orders = (int64_t)reached};
    if (reached > 0) {
        time.clock = tally_spread(clock, reached);
        time.working = tally_spread(working, reached);
    }
    return time;
}

struct tally_row tally_count(struct arena *arena, const struct tally_order *orders, size_t count,
                             size_t place, const struct calendar_options *calendar)
{
    struct tally_row row = {.orders = 0};

    for (size_t i = 0; i < count; i++) {
        const struct tally_order *order = &orders[i];
        if (!counts(order, place))
            continue;
        row.orders++;
        row.posts += order->posts;
        row.orders_of_team += order->of_team;
        row.posts_of_team += order->of_team ? order->posts : 0;
        row.orders_filled += order->filled;
        row.posts_filled += order->hires < order->posts ? order->hires : order->posts;
    }
    int64_t *clock = arena_array(arena, (size_t)row.orders + 1, sizeof *clock);
    int64_t *working = arena_array(arena, (size_t)row.orders + 1, sizeof *working);
    for (int i = 0; i < MILESTONES; i++)
        row.times[i] =
            count_time(orders, count, place, (enum milestone)i, calendar, clock, working);
    return row;
}

struct tally_balance *tally_balance(struct arena *arena, size_t places,
                                    const struct tally_pair *pairs, size_t count)
{
    struct tally_balance *balance = arena_array(arena, places + 1, sizeof *balance);

    for (size_t i = 0; i < count; i++) {
        const struct tally_pair *pair = &pairs[i];
        if (pair->giver == pair->taker) {
            balance[pair->giver].own += pair->hires;
            continue;
        }
        balance[pair->giver].given += pair->hires;
        balance[pair->taker].received += pair->hires;
    }
    return balance;
}
