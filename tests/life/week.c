/*
 * A week of the partnership, on a clock that the test turns: orders from Thursday 26 March to
 * Monday 6 April 2026, over the change to summer time (29 March), skærtorsdag, langfredag and 2.
 * påskedag; ten municipalities of which two never answer and one always declines; 2,000 made-up
 * people. Everything decided is decided by the product: the lists are ranked by the real engine,
 * the deadlines computed by the calendar, the clocks of orders run by life_tick as the watch runs
 * it, answers, approvals, releases and outcomes go through the functions of the API as the roles of
 * the daemon.
 *
 * One event after another, whichever is next: what somebody does (drawn beforehand from the seed)
 * or what an order's clock comes to (check_at). Nothing sleeps. What must hold is in truths.sql.
 *
 *     life_week [--seed N] [--orders N] [--people N]
 */
#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "services/figures/tally.h"
#include "services/orders/hours.h"
#include "sql/orders_sql.h"
#include "tests/life/people.h"
#include "tests/services/match/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20260326
#define ORDERS 40 /* the short week that CI runs; the whole one has 400 */
#define PEOPLE 2000
#define ROUNDS 10000 /* of one moment, before it is called a circle */

static const struct calendar_date first_day = {2026, 3, 26}, last_arrival = {2026, 4, 6},
                                  last_day = {2026, 4, 10};

enum happening { /* at the same moment in this order */
                 PUSH_STOPS,
                 PUSH_RESUMES,
                 AUTO_RELEASE,
                 ORDER_COMES,
                 HOME_SITS,
                 TEAM_SITS,
                 EMPLOYERS_ANSWER,
                 ORDER_AFFAIRS,
                 MAIL_LEAVES,
                 STOCK_TAKEN
};

struct event {
    int64_t at;
    enum happening what;
    int which;
};

struct week {
    struct town town;
    struct people people;
    struct running *match;
    struct dice dice;
    uint64_t seed;
    int orders, inhabitants;
    struct event *events;
    size_t count, allocated;
    int64_t now, looks, failed_looks, auto_released, tasks;
    int faults;
};

/* ---- the plan ---- */

static void plan(struct week *week, struct calendar_date day, int64_t since_midnight,
                 enum happening what, int which)
{
    if (week->count == week->allocated) {
        week->allocated = week->allocated ? 2 * week->allocated : 1024;
        week->events = mem_resize(week->events, week->allocated, sizeof *week->events);
    }
    week->events[week->count++] = (struct event){calendar_moment(day, since_midnight), what, which};
}

static int earlier(const void *left, const void *right)
{
    const struct event *a = left, *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    return a->which - b->which;
}

static int64_t number(struct calendar_date day)
{
    return calendar_day_number(day);
}

/* Every so many minutes of the office's day, a few more or less. */
static void plan_sittings(struct week *week, struct calendar_date day, int every,
                          enum happening what, int which)
{
    int64_t at = 8 * CLOCK_HOUR + (int64_t)dice_below(&week->dice, 30) * CLOCK_MINUTE;

    while (at < 16 * CLOCK_HOUR) {
        plan(week, day, at, what, which);
        at += ((int64_t)every * 2 / 3 + (int64_t)dice_below(&week->dice, (uint64_t)every * 2 / 3)) *
              CLOCK_MINUTE;
    }
}

static void plan_day(struct week *week, struct calendar_date day)
{
    for (int hour = 0; hour < 24; hour += 3)
        plan(week, day, hour * CLOCK_HOUR + 1, STOCK_TAKEN, 0);
    if (!calendar_working_day(day, &calendar_defaults))
        return;
    for (int i = 0; i < TOWN_HOMES; i++)
        plan_sittings(week, day, 40, HOME_SITS, i);
    plan_sittings(week, day, 30, TEAM_SITS, 0);
    plan_sittings(week, day, 240, EMPLOYERS_ANSWER, 0);
    plan_sittings(week, day, 25, ORDER_AFFAIRS, 0);
    for (int minute = 8 * 60; minute < 17 * 60; minute += 10)
        plan(week, day, minute * CLOCK_MINUTE + 30 * CLOCK_SECOND, MAIL_LEAVES, 0);
}

/* Nine in ten in the office hours of a working day; the others whenever, in the night of the change
 * of clocks and on holidays too. */
static void plan_orders(struct week *week)
{
    const uint64_t days = (uint64_t)(number(last_arrival) - number(first_day) + 1);

    for (int i = 1; i <= week->orders; i++) {
        const bool office = dice_percent(&week->dice, 90);
        struct calendar_date day;
        do
            day = calendar_day_date(number(first_day) + (int64_t)dice_below(&week->dice, days));
        while (office && !calendar_working_day(day, &calendar_defaults));
        const int64_t at =
            office ? 7 * CLOCK_HOUR + (int64_t)dice_below(&week->dice, (uint64_t)(10 * CLOCK_HOUR))
                   : (int64_t)dice_below(&week->dice, (uint64_t)CLOCK_DAY);
        plan(week, day, at, ORDER_COMES, i);
    }
}

static void plan_week(struct week *week)
{
    for (int64_t day = number(first_day); day <= number(last_day); day++)
        plan_day(week, calendar_day_date(day));
    plan_orders(week);
    plan(week, (struct calendar_date){2026, 3, 30}, 8 * CLOCK_HOUR, AUTO_RELEASE, 0);
    plan(week, (struct calendar_date){2026, 3, 31}, 10 * CLOCK_HOUR, PUSH_STOPS, 0);
    plan(week, (struct calendar_date){2026, 3, 31}, 11 * CLOCK_HOUR, PUSH_RESUMES, 0);
    qsort(week->events, week->count, sizeof *week->events, earlier);
}

/* ---- the clock ---- */

static void turn_hands(struct week *week, int64_t at)
{
    week->now = at;
    clock_fake(at);
    town_ask(week->town.root,
             "INSERT INTO emnebank.clock_hands (at) VALUES (timestamptz 'epoch' + %lld * interval "
             "'1 microsecond')"
             " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
             (long long)at);
}

static int64_t tick(struct week *week, const char *turn)
{
    const struct pg_result *done =
        town_ask(week->town.match, "SELECT checked, failed, order_id FROM life_tick('%s')", turn);

    if (!pg_is_null(done, 0, 1)) {
        week->failed_looks++;
        printf("a look at order %s failed: %s\n", pg_text(done, 0, 2), pg_text(done, 0, 1));
    }
    return pg_int64(done, 0, 0);
}

/* Lets the engine and the watch come to rest; `all`: the clocks of other rooms, too. */
static void settle(struct week *week, bool all)
{
    for (int rounds = 0; rounds < ROUNDS; rounds++) {
        int64_t looked = 0;
        if (town_number(week->town.root,
                        "SELECT count(*) FROM emnebank.job WHERE state IN ('waiting', 'leased')") >
            0)
            running_jobs(week->match);
        while (tick(week, "orders") > 0)
            if (++looked > ROUNDS)
                town_fail("the watch goes in a circle");
        const int64_t released = all ? tick(week, "release") : 0,
                      tasks = all ? tick(week, "fresh") : 0;
        week->looks += looked;
        week->auto_released += released;
        week->tasks += tasks;
        if (looked + released + tasks == 0)
            return;
    }
    town_fail("the town does not come to rest");
}

static int64_t next_look(struct week *week)
{
    const int64_t at =
        town_number(week->town.root, "SELECT coalesce((extract(epoch FROM min(check_at)) * "
                                     "1000000)::bigint, 0) FROM emnebank.job_order");
    if (at != 0 && at <= week->now)
        town_fail("an order is to be looked at again at once, after it has been looked at");
    return at == 0 ? INT64_MAX : at;
}

static void configure(struct week *week)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;
    struct arena *arena = arena_create(0);
    struct pg_parameter parameters[HOURS_PARAMETERS + 3];

    hours_parameters(&calendar_defaults, week->now, arena, parameters);
    parameters[HOURS_PARAMETERS] = PG_TEXT("3600000000");
    parameters[HOURS_PARAMETERS + 1] = PG_TEXT("900000000");
    parameters[HOURS_PARAMETERS + 2] = PG_TEXT("14");
    if (session_query(week->town.match, orders_sql_watch_rules.text, parameters,
                      HOURS_PARAMETERS + 3, &rows, &detail) != 0)
        town_fail("%s", detail.private_text);
    arena_destroy(&arena);
}

/* ---- what happens ---- */

static void order_comes(struct week *week, int n)
{
    char receiver[TOWN_ID_SIZE], body[4096];

    snprintf(body, sizeof body, "%s",
             pg_text(town_ask(week->town.root, "SELECT life.order_body(%d)", n), 0, 0));
    snprintf(receiver, sizeof receiver, "%s",
             pg_text(town_ask(week->town.root, "SELECT life.receiver(%d)", n), 0, 0));
    town_act(week->town.front, receiver, true);
    town_ask(week->town.front,
             "SELECT order_new('%s', timestamptz 'epoch' + %lld * interval '1 microsecond',"
             " timestamptz 'epoch' + %lld * interval '1 microsecond')",
             body, (long long)week->now, (long long)calendar_due(week->now, &calendar_defaults));
}

/* What a function of truths.sql finds false; a line each. */
static void take_stock(struct week *week, const char *function)
{
    const struct pg_result *faults = town_ask(
        week->town.root, "SELECT f.rule, count(*), min(f.detail) FROM %s f GROUP BY 1 ORDER BY 1",
        function);

    for (size_t i = 0; i < pg_rows(faults); i++) {
        char at[CLOCK_TEXT_SIZE];
        clock_text(week->now, at);
        printf("FALSE at %s: %s: %s times, first %s\n", at, pg_text(faults, i, 0),
               pg_text(faults, i, 1), pg_text(faults, i, 2));
        week->faults++;
    }
}

static void happen(struct week *week, const struct event *event)
{
    switch (event->what) {
    case PUSH_STOPS:
    case PUSH_RESUMES:
        people_push_stop(&week->people, event->what == PUSH_STOPS);
        break;
    case AUTO_RELEASE:
        people_auto_release(&week->people, "0710", 3);
        break;
    case ORDER_COMES:
        order_comes(week, event->which);
        break;
    case HOME_SITS:
        people_home_sits(&week->people, &town_homes[event->which]);
        break;
    case TEAM_SITS:
        people_team_sits(&week->people);
        break;
    case EMPLOYERS_ANSWER:
        people_employers_answer(&week->people);
        break;
    case ORDER_AFFAIRS:
        people_order_affairs(&week->people);
        break;
    case MAIL_LEAVES:
        people_mail_leaves(&week->people);
        break;
    case STOCK_TAKEN:
        take_stock(week, "life.faults_now()");
        break;
    }
}

static void live(struct week *week)
{
    for (size_t i = 0; i < week->count;) {
        const int64_t look = next_look(week);
        const bool happens = week->events[i].at <= look;
        turn_hands(week, happens ? week->events[i].at : look);
        const bool all = happens && week->events[i].what >= TEAM_SITS;
        if (happens)
            happen(week, &week->events[i++]);
        settle(week, all);
    }
    /* What was put off, for a home to confirm first, by the machine's clock. */
    town_ask(week->town.root,
             "UPDATE emnebank.delivery SET next_at = now() WHERE state = 'waiting'");
    people_mail_leaves(&week->people);
}

/* ---- what came of it ---- */

static void print_table(struct week *week, const char *title, const char *function)
{
    const struct pg_result *rows = town_ask(
        week->town.root,
        "SELECT concat_ws(' | ', t.*) FROM (SELECT (f).* FROM (SELECT f FROM %s f) x) t", function);
    printf("\n%s\n", title);
    for (size_t i = 0; i < pg_rows(rows); i++)
        printf("  %s\n", pg_text(rows, i, 0));
}

static size_t place_of(const char *code)
{
    for (size_t i = 0; i < TOWN_HOMES; i++)
        if (str_equal(town_homes[i].code, code))
            return i;
    town_fail("a hire outside the ten: '%s'", code);
}

/* The figures' balance, by the product's own query and count, against one from the log. */
static void check_balance(struct week *week)
{
    struct arena *arena = arena_create(0);
    struct tally_pair pairs[TOWN_HOMES * TOWN_HOMES];
    int64_t sum = 0, hires = 0;

    town_act(week->town.front, TOWN_TEAM, true);
    const struct pg_result *rows =
        town_ask(week->town.front, "SELECT giver, taker, hires FROM figures_balance('{2026-03-01 "
                                   "00:00 Europe/Copenhagen, 2026-04-01 00:00 Europe/Copenhagen,"
                                   " 2026-05-01 00:00 Europe/Copenhagen}')");
    const size_t count = pg_rows(rows);
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct tally_pair){place_of(pg_text(rows, i, 0)), place_of(pg_text(rows, i, 1)),
                                       pg_int64(rows, i, 2)};
    const struct tally_balance *balance = tally_balance(arena, TOWN_HOMES, pairs, count);
    const struct pg_result *recount =
        town_ask(week->town.root, "SELECT code, given, received, own FROM life.balance()");
    printf("\nbalance: given, received, own, and the difference\n");
    for (size_t i = 0; i < pg_rows(recount); i++) {
        const size_t place = place_of(pg_text(recount, i, 0));
        const struct tally_balance *one = &balance[place];
        printf("  %-12s %4lld %4lld %4lld %+5lld\n", town_homes[place].name, (long long)one->given,
               (long long)one->received, (long long)one->own,
               (long long)(one->given - one->received));
        if (one->given != pg_int64(recount, i, 1) || one->received != pg_int64(recount, i, 2) ||
            one->own != pg_int64(recount, i, 3)) {
            printf("FALSE: the log says %s, %s, %s\n", pg_text(recount, i, 1),
                   pg_text(recount, i, 2), pg_text(recount, i, 3));
            week->faults++;
        }
        sum += one->given - one->received;
        hires += one->given + one->own;
    }
    if (sum != 0 || hires == 0) {
        printf("FALSE: the balance of %lld hires sums to %lld\n", (long long)hires, (long long)sum);
        week->faults++;
    }
    arena_destroy(&arena);
}

/* A week in which nothing happened proves nothing. */
static void check_full(struct week *week)
{
    static const enum deed needed[] = {
        DEED_ANSWERS,  DEED_LEAVINGS, DEED_ADDITIONS,    DEED_APPROVALS,      DEED_RELEASES,
        DEED_OUTCOMES, DEED_CVS_SENT, DEED_RECALLS_SENT, DEED_ORDERS_CHANGED, DEED_ORDERS_MOVED};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (week->people.done[needed[i]] == 0) {
            printf("FALSE: nothing was done: %s\n", deed_names[needed[i]]);
            week->faults++;
        }
    if (week->auto_released == 0 || week->tasks == 0) {
        printf("FALSE: nothing was released by itself, or no screening came to its end\n");
        week->faults++;
    }
    if (week->failed_looks > 0)
        week->faults++;
}

static void report(struct week *week, double seconds)
{
    print_table(week, "orders by outcome", "life.outcomes()");
    print_table(week, "rungs: reason, orders", "life.rungs()");
    print_table(week, "told", "life.told()");
    print_table(week, "entries", "life.entries()");
    print_table(week, "minutes from received: orders, median, p90; in office hours: median, p90",
                "life.times()");
    check_balance(week);
    printf("\ndone\n");
    for (int i = 0; i < DEEDS; i++)
        printf("  %-22s %6lld\n", deed_names[i], (long long)week->people.done[i]);
    printf("  %-22s %6lld\n  %-22s %6lld\n  %-22s %6lld\n", "released by itself",
           (long long)week->auto_released, "looks at orders", (long long)week->looks,
           "freshness tasks", (long long)week->tasks);
    check_full(week);
    printf("\nseed %llu: %d orders, %zu events, %d people, %.1f seconds, %d faults\n",
           (unsigned long long)week->seed, week->orders, week->count, week->inhabitants, seconds,
           week->faults);
}

/* ---- */

static int read_arguments(struct week *week, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (str_equal(argv[i], "--seed"))
            week->seed = strtoull(argv[i + 1], NULL, 10);
        else if (str_equal(argv[i], "--orders"))
            week->orders = atoi(argv[i + 1]);
        else if (str_equal(argv[i], "--people"))
            week->inhabitants = atoi(argv[i + 1]);
        else
            return -1;
    }
    return argc % 2 == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct week week = {.seed = SEED, .orders = ORDERS, .inhabitants = PEOPLE};

    if (read_arguments(&week, argc, argv) != 0) {
        fprintf(stderr, "usage: life_week [--seed N] [--orders N] [--people N]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const int64_t began = clock_monotonic();
    town_open(&week.town, "life_week", week.seed, week.inhabitants);
    week.dice.state = week.seed;
    week.people = (struct people){.town = &week.town, .dice = {week.seed + 1}};
    plan_week(&week);
    turn_hands(&week, week.events[0].at);
    configure(&week);
    week.match = running_open_on(week.town.conninfo);
    live(&week);
    take_stock(&week, "life.faults()");
    clock_real();
    report(&week, (double)(clock_monotonic() - began) / 1e6);
    running_close(&week.match);
    town_close(&week.town);
    mem_free(week.events);
    return week.faults == 0 ? 0 : 1;
}
