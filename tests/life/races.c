/*
 * Races: several sessions do at once what must not both happen, thousands of times, each time with
 * a person of their own, and after each the database is asked what became of it (races.sql).
 *
 *     withdraw  the candidate's yes is taken back while the team releases and a sender claims the
 * CV hire      two employers hire one person, while senders claim stop      pushes are stopped
 * while a CV is approved, released and claimed
 *
 * In each a watch looks at the orders, as it does in the daemon. Nobody waits: the parties start at
 * a barrier, each after a few hundred microseconds of chance. A deadlock is a fault, though the
 * daemon would try again.
 */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/life/town.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20260326
#define TRIES 200
#define STAGGER 1500 /* microseconds, at most */
#define PARTIES 4
#define OUTCOMES 4
#define RACERS 2 /* the first of the parties; the others go with them */

struct race;

struct party {
    struct race *race;
    struct session *session;
    pthread_t thread;
    struct dice dice;
    void (*act)(struct party *party);
    const char *refused; /* SQLSTATE of this try; NULL: let through */
    int64_t claimed;     /* CVs, this try */
    int64_t late;        /* CVs claimed after the stop was committed, all tries */
    int64_t deadlocks;   /* all tries */
};

struct race {
    struct town town;
    pthread_barrier_t start, end;
    struct party parties[PARTIES];
    int tries, faults;
    char entry[2][TOWN_ID_SIZE], home[TOWN_ID_SIZE];
    atomic_bool stopped; /* the stop is committed */
    atomic_int done;     /* racers who have come to their end */
    bool waiting;        /* the CV is there before the race begins */
    bool over;
    int64_t outcomes[OUTCOMES];
};

/* ---- parties ---- */

static void stagger(struct party *party)
{
    const int64_t until = clock_monotonic() + (int64_t)dice_below(&party->dice, STAGGER);

    while (clock_monotonic() < until)
        ;
}

static void attempt(struct party *party, const char *statement)
{
    party->refused = town_try(party->session, statement);
    if (party->refused && str_equal(party->refused, "40P01"))
        party->deadlocks++;
}

/* Claims what is due and delivers it; how many CVs. Locked rows are left for the next claim, as in
 * the daemon. */
static int64_t claim(struct session *session)
{
    char id[8][TOWN_ID_SIZE], token[8][TOWN_ID_SIZE];
    int64_t cvs = 0;
    size_t count = 0;
    const struct pg_result *rows =
        town_ask(session, "SELECT delivery_id, token, kind FROM delivery_claim(8, 8, 10, '1 "
                          "minute') WHERE verdict = 'send'");

    for (; count < pg_rows(rows); count++) {
        snprintf(id[count], TOWN_ID_SIZE, "%s", pg_text(rows, count, 0));
        snprintf(token[count], TOWN_ID_SIZE, "%s", pg_text(rows, count, 1));
        cvs += str_equal(pg_text(rows, count, 2), "cv.released");
    }
    for (size_t i = 0; i < count; i++)
        town_ask(session,
                 "SELECT delivery_finish('%s', '%s', 'delivered', NULL, 0, 0, 'ok', 200, 2, '', "
                 "repeat('0', 64))",
                 id[i], token[i]);
    return cvs;
}

/* Chance in round trips: an approval and a release take many. */
static void look_about(struct party *party, uint64_t most)
{
    for (uint64_t looks = dice_below(&party->dice, most); looks > 0; looks--)
        town_ask(party->session, "SELECT app_now()");
}

static void claim_once(struct party *party)
{
    const bool stopped = atomic_load(&party->race->stopped);
    const int64_t cvs = claim(party->session);

    party->claimed += cvs;
    if (stopped)
        party->late += cvs;
}

/* For as long as the two who race have not come to their end, and after it. */
static void send_mail(struct party *party)
{
    look_about(party, 8);
    while (atomic_load(&party->race->done) < RACERS)
        claim_once(party);
    claim_once(party);
    claim_once(party);
}

static void watch(struct party *party)
{
    for (int i = 0; i < 2; i++)
        attempt(party, "SELECT checked FROM life_tick('orders')");
}

static void withdraw(struct party *party)
{
    char text[256];

    look_about(party, dice_percent(&party->dice, 60) ? 1 : 100);
    snprintf(text, sizeof text,
             "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')",
             party->race->entry[0]);
    attempt(party, text);
}

static void release(struct party *party)
{
    char text[256];

    snprintf(text, sizeof text,
             "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')",
             party->race->entry[0], party->race->entry[0]);
    attempt(party, text);
}

static void approve_and_release(struct party *party)
{
    char text[256];

    snprintf(text, sizeof text, "SELECT status FROM entry_approve('%s', 0)", party->race->entry[0]);
    attempt(party, text);
    if (!party->refused)
        release(party);
}

static void hire(struct party *party)
{
    char text[256];

    snprintf(text, sizeof text,
             "SELECT status FROM entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')",
             party->race->entry[party == &party->race->parties[0] ? 0 : 1]);
    attempt(party, text);
}

/* The CV waits already. */
static void stand_by(struct party *party)
{
    party->refused = NULL;
}

static void stop(struct party *party)
{
    look_about(party, party->race->waiting ? 4 : 150);
    attempt(party, "SELECT status FROM push_stop_set(0, true, 'prøve')");
    if (!party->refused)
        atomic_store(&party->race->stopped, true);
}

static void *take_part(void *argument)
{
    struct party *party = argument;

    for (;;) {
        pthread_barrier_wait(&party->race->start);
        if (party->race->over)
            return NULL;
        stagger(party);
        party->act(party);
        if (party < party->race->parties + RACERS)
            atomic_fetch_add(&party->race->done, 1);
        pthread_barrier_wait(&party->race->end);
    }
}

/* ---- the race ---- */

static void fault(struct race *race, int n, const char *what)
{
    if (race->faults++ < 10)
        printf("FALSE in try %d: %s\n", n, what);
}

static void bring(struct race *race, int place, int n, int employer, const char *upto)
{
    snprintf(
        race->entry[place], TOWN_ID_SIZE, "%s",
        pg_text(town_ask(race->town.root, "SELECT life.bring(%d, %d, '%s')", n, employer, upto), 0,
                0));
}

static void run_parties(struct race *race)
{
    for (int i = 0; i < PARTIES; i++) {
        race->parties[i].refused = NULL;
        race->parties[i].claimed = 0;
    }
    atomic_store(&race->stopped, false);
    atomic_store(&race->done, 0);
    pthread_barrier_wait(&race->start);
    pthread_barrier_wait(&race->end);
}

/* The verdict of a function of races.sql. */
static void judge(struct race *race, int n, const char *question)
{
    const char *wrong = pg_text(town_ask(race->town.root, "%s", question), 0, 0);

    if (*wrong != '\0')
        fault(race, n, wrong);
}

static void try_withdraw(struct race *race, int n)
{
    char text[256];
    struct party *home = &race->parties[0], *team = &race->parties[1], *sender = &race->parties[2];

    bring(race, 0, n, 1 + n % 100, "approved");
    snprintf(
        race->home, TOWN_ID_SIZE, "%s",
        pg_text(town_ask(race->town.root,
                         "SELECT organisation_id FROM emnebank.shortlist_entry WHERE id = '%s'",
                         race->entry[0]),
                0, 0));
    town_act(home->session, race->home, true);
    run_parties(race);
    if (home->refused)
        fault(race, n, "the yes could not be taken back");
    snprintf(text, sizeof text, "SELECT life.after_withdraw('%s', %s)", race->entry[0],
             team->refused ? "false" : "true");
    judge(race, n, text);
    if (claim(race->town.deliver) != 0)
        fault(race, n, "a CV left after the yes was taken back");
    race->outcomes[team->refused ? 0 : sender->claimed > 0 ? 2 : 1]++;
}

static void try_hire(struct race *race, int n)
{
    char text[256], employer[TOWN_ID_SIZE];
    int first = 1 + n % 50;

    bring(race, 0, n, first, "released");
    bring(race, 1, n, first + 50, "released");
    for (int i = 0; i < 2; i++) {
        snprintf(employer, sizeof employer, "00000000-0000-4000-8000-0000000e%04d", first + 50 * i);
        town_act(race->parties[i].session, employer, false);
    }
    run_parties(race);
    const bool a = !race->parties[0].refused, b = !race->parties[1].refused;
    if (a == b) {
        fault(race, n, a ? "both were let through" : "neither was let through");
        race->outcomes[2]++;
    } else {
        snprintf(text, sizeof text, "SELECT life.after_hire('%s', '%s')", race->entry[a ? 0 : 1],
                 race->entry[a ? 1 : 0]);
        judge(race, n, text);
        race->outcomes[a ? 0 : 1]++;
    }
    claim(race->town.deliver);
}

static void try_stop(struct race *race, int n)
{
    char text[256];
    struct party *sender = &race->parties[2];

    race->waiting = n % 2 != 0;
    bring(race, 0, n, 1 + n % 100, race->waiting ? "released" : "yes");
    race->parties[0].act = race->waiting ? stand_by : approve_and_release;
    run_parties(race);
    if (race->parties[0].refused || race->parties[1].refused)
        fault(race, n, "refused");
    const bool before = sender->claimed > 0;
    if (claim(race->town.deliver) != 0)
        fault(race, n, "a CV left while pushes were stopped");
    snprintf(text, sizeof text, "SELECT life.after_stop('%s', %s, false)", race->entry[0],
             before ? "true" : "false");
    judge(race, n, text);
    town_ask(race->town.front, "SELECT status FROM push_stop_set(0, false, 'prøve')");
    if (claim(race->town.deliver) != (before ? 0 : 1))
        fault(race, n, "the CV that waited did not leave, once");
    snprintf(text, sizeof text, "SELECT life.after_stop('%s', %s, true)", race->entry[0],
             before ? "true" : "false");
    judge(race, n, text);
    race->outcomes[(race->waiting ? 0 : 2) + (before ? 0 : 1)]++;
}

static const struct kind {
    const char *name;
    void (*try)(struct race *race, int n);
    struct {
        void (*act)(struct party *party);
        const char *role;
    } parties[PARTIES];
    const char *outcomes[OUTCOMES];
} kinds[] = {
    {"withdraw",
     try_withdraw,
     {{withdraw, "emnebank_front"},
      {release, "emnebank_front"},
      {send_mail, "emnebank_deliver"},
      {watch, "emnebank_match"}},
     {"the yes was taken back first", "released first, and the CV never left",
      "the CV left, and was recalled"}},
    {"hire",
     try_hire,
     {{hire, "emnebank_front"},
      {hire, "emnebank_front"},
      {send_mail, "emnebank_deliver"},
      {watch, "emnebank_match"}},
     {"the first employer", "the second employer", "none or both"}},
    {"stop",
     try_stop,
     {{approve_and_release, "emnebank_front"},
      {stop, "emnebank_front"},
      {send_mail, "emnebank_deliver"},
      {watch, "emnebank_match"}},
     {"a waiting CV left before the stop", "a waiting CV waited, and left once",
      "a new CV left before the stop", "a new CV waited, and left once"}},
};

static void open_parties(struct race *race, const struct kind *kind, uint64_t seed)
{
    pthread_barrier_init(&race->start, NULL, PARTIES + 1);
    pthread_barrier_init(&race->end, NULL, PARTIES + 1);
    for (int i = 0; i < PARTIES; i++) {
        struct party *party = &race->parties[i];
        *party = (struct party){
            .race = race, .act = kind->parties[i].act, .dice = {seed + (uint64_t)i + 2}};
        party->session = town_session(race->town.conninfo, kind->parties[i].role);
        if (str_equal(kind->parties[i].role, "emnebank_front"))
            town_act(party->session, TOWN_TEAM, true);
        pthread_create(&party->thread, NULL, take_part, party);
    }
}

static void close_parties(struct race *race)
{
    race->over = true;
    pthread_barrier_wait(&race->start);
    for (int i = 0; i < PARTIES; i++) {
        pthread_join(race->parties[i].thread, NULL);
        session_close(&race->parties[i].session);
    }
    pthread_barrier_destroy(&race->start);
    pthread_barrier_destroy(&race->end);
}

static int run(const struct kind *kind, int tries, uint64_t seed)
{
    struct race race = {.tries = tries};
    int64_t late = 0, deadlocks = 0;

    town_open(&race.town, kind->name, seed, tries);
    town_script(&race.town, "races.sql");
    town_act(race.town.front, TOWN_TEAM, true);
    open_parties(&race, kind, seed);
    const int64_t began = clock_monotonic();
    for (int n = 1; n <= tries; n++) {
        kind->try(&race, n);
        town_ask(race.town.root,
                 "SELECT life.leave(ARRAY[nullif('%s', ''), nullif('%s', '')]::uuid[])",
                 race.entry[0], race.entry[1]);
        claim(race.town.deliver);
    }
    const double seconds = (double)(clock_monotonic() - began) / 1e6;
    close_parties(&race);
    for (int i = 0; i < PARTIES; i++) {
        late += race.parties[i].late;
        deadlocks += race.parties[i].deadlocks;
    }
    const int64_t broken = town_number(
        race.town.root, "SELECT count(*) FROM life.faults() f WHERE f.rule NOT LIKE 'due:%%'");
    town_close(&race.town);
    printf("%s: %d tries in %.1f seconds, seed %llu\n", kind->name, tries, seconds,
           (unsigned long long)seed);
    for (int i = 0; i < OUTCOMES && kind->outcomes[i]; i++)
        printf("  %6lld  %s\n", (long long)race.outcomes[i], kind->outcomes[i]);
    printf("  %6d  faults, %lld deadlocks, %lld CVs after the stop, %lld faults in the tables at "
           "the end\n",
           race.faults, (long long)deadlocks, (long long)late, (long long)broken);
    return race.faults + deadlocks + late + broken == 0 ? 0 : 1;
}

static int usage(FILE *out)
{
    fprintf(
        out,
        "usage: races [--tries N] [--race withdraw|hire|stop] [--seed N]\n"
        "Runs N tries (200) of each race, or of one, on a database of its own; needs the cluster\n"
        "of tests/support/pg (start it with: tests/support/pg start BUILD).\n");
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    int tries = TRIES, failed = 0;
    uint64_t seed = SEED;
    const char *only = NULL;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (str_equal(argv[i], "--help"))
            return usage(stdout);
        if (!value)
            return usage(stderr);
        if (str_equal(argv[i], "--tries"))
            tries = atoi(value);
        else if (str_equal(argv[i], "--race"))
            only = value;
        else if (str_equal(argv[i], "--seed"))
            seed = strtoull(value, NULL, 10);
        else
            return usage(stderr);
        i++;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!only || str_equal(only, kinds[i].name))
            failed |= run(&kinds[i], tries, seed);
    return failed;
}
