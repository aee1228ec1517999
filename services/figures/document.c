/* The figures as JSON. Shares are fractions with four decimals, times are hours with two. */
#include "common/base/clock.h"
#include "common/json/writer.h"
#include "services/figures/report.h"

#include <stdio.h>

#define SHARE_DECIMALS 4
#define HOUR_DECIMALS 2
#define NUMBER_SIZE 32

int64_t report_share(int64_t part, int64_t whole, unsigned decimals)
{
    int64_t unit = 1;

    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    return (2 * part * unit + whole) / (2 * whole);
}

int64_t report_hours(int64_t time)
{
    return (time + CLOCK_HOUR / 200) / (CLOCK_HOUR / 100);
}

/* `number` counts units of 10^-decimals and is not negative. */
static void member_decimal(struct writer *json, const char *name, int64_t number, unsigned decimals)
{
    char text[NUMBER_SIZE];
    int64_t unit = 1;

    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    const int length = snprintf(text, sizeof text, "%lld.%0*lld", (long long)(number / unit),
                                (int)decimals, (long long)(number % unit));
    writer_name(json, name);
    writer_raw(json, text, (size_t)length);
}

static void member_share(struct writer *json, const char *name, int64_t part, int64_t whole)
{
    if (whole == 0)
        writer_member_null(json, name);
    else
        member_decimal(json, name, report_share(part, whole, SHARE_DECIMALS), SHARE_DECIMALS);
}

static void member_place(struct writer *json, const char *name, const struct place *place)
{
    static const char *const kinds[] = {"municipality", "outside", "all"};

    writer_member_object(json, name);
    writer_member_plain(json, "kind", kinds[place->kind]);
    writer_member_text(json, "code", place->code);
    writer_member_text(json, "name", place->name);
    writer_object_end(json);
}

static void member_spread(struct writer *json, const char *name, const struct tally_spread *spread)
{
    writer_member_object(json, name);
    member_decimal(json, "median", report_hours(spread->median), HOUR_DECIMALS);
    member_decimal(json, "p90", report_hours(spread->p90), HOUR_DECIMALS);
    writer_object_end(json);
}

static void member_time(struct writer *json, const char *name, const struct tally_time *time)
{
    writer_member_object(json, name);
    writer_member_integer(json, "orders", time->orders);
    if (time->orders == 0) {
        writer_member_null(json, "clock_hours");
        writer_member_null(json, "working_hours");
    } else {
        member_spread(json, "clock_hours", &time->clock);
        member_spread(json, "working_hours", &time->working);
    }
    writer_object_end(json);
}

static void counts(struct writer *json, const struct tally_row *row)
{
    const int64_t put_forward = row->times[MILESTONE_PUT_FORWARD].orders;
    const int64_t released = row->times[MILESTONE_RELEASED].orders;

    writer_member_integer(json, "orders", row->orders);
    writer_member_integer(json, "orders_of_team", row->orders_of_team);
    writer_member_integer(json, "posts", row->posts);
    writer_member_integer(json, "posts_of_team", row->posts_of_team);
    writer_member_integer(json, "orders_put_forward", put_forward);
    member_share(json, "share_put_forward", put_forward, row->orders);
    writer_member_integer(json, "orders_released", released);
    member_share(json, "share_released", released, row->orders);
    writer_member_integer(json, "orders_filled", row->orders_filled);
    member_share(json, "share_orders_filled", row->orders_filled, row->orders);
    writer_member_integer(json, "posts_filled", row->posts_filled);
    member_share(json, "share_posts_filled", row->posts_filled, row->posts);
    writer_member_object(json, "time_to");
    member_time(json, "put_forward", &row->times[MILESTONE_PUT_FORWARD]);
    member_time(json, "confirmed", &row->times[MILESTONE_CONFIRMED]);
    member_time(json, "released", &row->times[MILESTONE_RELEASED]);
    member_time(json, "hired", &row->times[MILESTONE_HIRED]);
    writer_object_end(json);
}

/* The rows of a month, or, with its number one too high, of the whole period. */
static void rows(struct writer *json, const struct report *report, size_t month)
{
    char name[MONTH_TEXT_SIZE];

    month_text(report->months.first + (int64_t)month, name);
    for (size_t place = 0; place < report->place_count; place++) {
        if (!report_shows(report, place))
            continue;
        writer_object(json);
        if (month < report->months.count)
            writer_member_plain(json, "month", name);
        member_place(json, "place", &report->places[place]);
        counts(json, &report->rows[month * report->place_count + place]);
        writer_object_end(json);
    }
}

static void hires(struct writer *json, const struct report *report, const char *breakdown)
{
    for (size_t i = 0; i < report->hires_count; i++) {
        const struct report_hires *counted = &report->hires[i];
        if (strcmp(counted->breakdown, breakdown) != 0 || !report_shows(report, counted->place))
            continue;
        writer_object(json);
        member_place(json, "place", &report->places[counted->place]);
        writer_member_text(json, "code", counted->code);
        writer_member_text(json, "title", counted->title);
        writer_member_integer(json, "hires", counted->hires);
        writer_member_bool(json, "exact", counted->exact);
        writer_object_end(json);
    }
}

static void balance(struct writer *json, const struct report *report)
{
    writer_member_array(json, "places");
    for (size_t place = 0; place + 1 < report->place_count; place++) {
        const struct tally_balance *row = &report->balance[place];
        if (!report_shows(report, place))
            continue;
        writer_object(json);
        member_place(json, "place", &report->places[place]);
        writer_member_integer(json, "given", row->given);
        writer_member_integer(json, "received", row->received);
        writer_member_integer(json, "own", row->own);
        writer_member_integer(json, "balance", row->given - row->received);
        writer_object_end(json);
    }
    writer_array_end(json);
    writer_member_array(json, "pairs");
    for (size_t i = 0; i < report->pair_count; i++) {
        const struct tally_pair *pair = &report->pairs[i];
        if (!report_shows(report, pair->giver) && !report_shows(report, pair->taker))
            continue;
        writer_object(json);
        member_place(json, "giver", &report->places[pair->giver]);
        member_place(json, "taker", &report->places[pair->taker]);
        writer_member_integer(json, "hires", pair->hires);
        writer_object_end(json);
    }
    writer_array_end(json);
}

void report_json(const struct report *report, struct buffer *text)
{
    char month[MONTH_TEXT_SIZE];
    struct writer json;

    writer_init(&json, text);
    writer_object(&json);
    month_text(report->months.first, month);
    writer_member_plain(&json, "from", month);
    month_text(report->months.first + (int64_t)report->months.count - 1, month);
    writer_member_plain(&json, "to", month);
    writer_member_array(&json, "months");
    for (size_t i = 0; i < report->months.count; i++)
        rows(&json, report, i);
    writer_array_end(&json);
    writer_member_array(&json, "period");
    rows(&json, report, report->months.count);
    writer_array_end(&json);
    writer_member_object(&json, "hires");
    writer_member_array(&json, "occupations");
    hires(&json, report, "occupation");
    writer_array_end(&json);
    writer_member_array(&json, "kinds");
    hires(&json, report, "kind");
    writer_array_end(&json);
    writer_object_end(&json);
    writer_member_object(&json, "balance");
    balance(&json, report);
    writer_object_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
}
