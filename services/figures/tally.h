/*
 * Counts orders into rows, one per month and municipality, and hires into the balance. Pure: what
 * came from the database goes in, what is shown comes out; everything lives in the arena. The
 * definitions are README.md's.
 */
#pragma once

#include "common/base/arena.h"
#include "common/domain/calendar.h"

#include <stdbool.h>
#include <stdint.h>

/* The first moment when an order had a candidate that far. */
enum milestone { MILESTONE_PUT_FORWARD, MILESTONE_CONFIRMED, MILESTONE_RELEASED, MILESTONE_HIRED };
#define MILESTONES 4

#define NEVER INT64_MIN

struct tally_order {
    size_t place; /* a number that the caller gives each municipality */
    bool of_team; /* received by the team */
    bool filled;
    int64_t posts;
    int64_t hires;
    int64_t received;          /* microseconds since 1970, as all moments */
    int64_t first[MILESTONES]; /* NEVER where none came so far */
};

/* Microseconds; meaningless without orders. */
struct tally_spread {
    int64_t median;
    int64_t p90;
};

struct tally_time {
    int64_t orders; /* that came so far */
    struct tally_spread clock;
    struct tally_spread working;
};

struct tally_row {
    int64_t orders;
    int64_t orders_of_team;
    int64_t posts;
    int64_t posts_of_team;
    int64_t orders_filled;
    int64_t posts_filled;
    struct tally_time times[MILESTONES];
};
#define TALLY_ALL SIZE_MAX

/* Of the orders, those of one place, or of all with TALLY_ALL. */
struct tally_row tally_count(struct arena *arena, const struct tally_order *orders, size_t count,
                             size_t place, const struct calendar_options *calendar);

/* Median and 90th percentile of at least one number, which are put in order: interpolated, as
 * Excel's PERCENTILE.INC and PostgreSQL's percentile_cont. */
struct tally_spread tally_spread(int64_t *numbers, size_t count);

struct tally_pair {
    size_t giver; /* a place: the candidates' home */
    size_t taker; /* the orders' */
    int64_t hires;
};

struct tally_balance {
    int64_t given;    /* its candidates hired on others' orders */
    int64_t received; /* others' candidates hired on its orders */
    int64_t own;      /* its candidates hired on its own orders */
};

/* One per place; given and received are the same in all places together. */
struct tally_balance *tally_balance(struct arena *arena, size_t places,
                                    const struct tally_pair *pairs, size_t count);
