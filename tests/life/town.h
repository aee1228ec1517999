/*
 * The world of the simulated week and of the races (town.sql): the ten municipalities, the team,
 * employers with endpoints for CVs, and a pool of people, all made up (fiktiv) from a seed.
 * Statements run as the daemon's own roles. One thread at a time; a race opens sessions of its own.
 */
#pragma once

#include "common/base/arena.h"
#include "common/pg/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Chance from a seed. The same seed, the same throws. */
struct dice {
    uint64_t state;
};
uint64_t dice_below(struct dice *dice, uint64_t bound); /* 0 .. bound-1 */
bool dice_percent(struct dice *dice, unsigned percent);

struct town {
    const char *conninfo;
    struct session *root;    /* superuser: turns the hands of the clock, looks, and checks */
    struct session *front;   /* emnebank_front */
    struct session *match;   /* emnebank_match */
    struct session *deliver; /* emnebank_deliver */
};

#define TOWN_HOMES 10
enum town_manner { ANSWERS, SILENT, DECLINES };
struct town_home {
    const char *code, *name;
    enum town_manner manner;
};
extern const struct town_home town_homes[TOWN_HOMES];

#define TOWN_TEAM "00000000-0000-4000-8000-000000000001"
#define TOWN_ID_SIZE 37
/* The organisation of a municipality. */
void town_home_id(const char *code, char id[TOWN_ID_SIZE]);

/* A fresh, migrated database with `people` candidates. Ends the program with the reason when it
 * cannot. */
void town_open(struct town *town, const char *name, uint64_t seed, int people);
void town_script(struct town *town, const char *file); /* of this folder */
void town_close(struct town *town);
struct session *town_session(const char *conninfo, const char *role);

/* From here on the session's statements are an organisation's: by a machine's key, or a named
 * person's. */
void town_act(struct session *session, const char *organisation, bool person);

/* The result is valid until the session is asked again. A statement that fails ends the program
 * with the reason. */
const struct pg_result *town_ask(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int64_t town_number(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A statement that may be refused; NULL when it was not, else the problem's slug or the SQLSTATE
 * (in the session, until it is asked again). A refusal that is neither of class EB nor a deadlock
 * ends the program. */
const char *town_try(struct session *session, const char *statement);

void town_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
