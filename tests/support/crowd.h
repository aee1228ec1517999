/*
 * A crowd at the database: sessions of the daemon's roles that act at once, for the stress tests.
 * Round after round all begin at a barrier and act so many times; between rounds nobody acts, and
 * the caller does, or asks, what it wants. Any error but the API's own refusals (class EB) is a
 * fault of the product: it is counted, and the first ones are printed.
 */
#pragma once

#include "tests/life/town.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

struct crowd;

struct actor {
    struct crowd *crowd;
    const struct part *part;
    struct session *session, *notes; /* notes: superuser */
    pthread_t thread;
    struct dice dice;
    int number; /* among those of its part */
    int64_t acts, refusals, deadlocks;
};

struct part {
    const char *name;
    const char *role; /* NULL: superuser, who finds the tables by name here */
    int actors, acts; /* acts in a round */
    void (*act)(struct actor *actor);
};

#define CROWD_MOST 24
struct crowd {
    pthread_barrier_t start, end;
    pthread_mutex_t lock; /* faults, and what the caller's parts share */
    struct actor actors[CROWD_MOST];
    int count;
    int again;   /* how often a deadlock is asked again before it is a fault: the daemon's pool does
                  */
    void *world; /* the caller's, for its parts */
    int64_t faults;
    bool over;
};

/* The parts live as long as the crowd. Ends the program when a session cannot be opened. */
void crowd_open(struct crowd *crowd, const char *conninfo, const struct part *parts, size_t count,
                uint64_t seed);
void crowd_round(struct crowd *crowd); /* returns when all have acted */
void crowd_close(struct crowd *crowd);

/* NULL when it was refused: by the API's own word, or by `allowed`. Anything else is a fault.
 * The result is valid until the actor asks again. */
const struct pg_result *crowd_ask(struct actor *actor, const char *allowed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void crowd_fault(struct actor *actor, const char *what, const char *where);

/* Prints a line for each rule that `query` (rule, detail) names; how many there are. */
int64_t crowd_broken(struct session *session, const char *query);
/* Prints rounds, seconds, seed, acts and refusals, and what `query` (what, times) counts. */
void crowd_report(const struct crowd *crowd, int rounds, double seconds, uint64_t seed,
                  struct session *session, const char *query);

/* --UNIT N and --seed N. False: not to run; `*status` is the program's end. */
struct crowd_options {
    const char *program, *unit, *what; /* what: a line of help */
    int much;
    uint64_t seed;
};
bool crowd_options(struct crowd_options *options, int argc, char **argv, int *status);
