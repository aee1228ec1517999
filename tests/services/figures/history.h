/*
 * A history made by hand for the tests of figures, whose answers can be worked out by hand. It is
 * written as orders and entries would have left it, their triggers off; that the triggers leave it
 * so is shown by test_http.c's last test. And how the tests ask and look.
 *
 * September to November 2026 of two municipalities and the team: a month that begins in summer time
 * and ends in winter time, an order paused and taken up again, a hire undone, one outside.
 */
#pragma once

#include "tests/services/shortlists/server.h"

#define BOM "\xEF\xBB\xBF"

/* cmocka's group fixture: a world with the history, on the 24th of November. */
int history_open(void **state, const char *name);

struct answer ask(struct world *world, enum actor actor, const char *query); /* JSON */
/* A table; what it is of is the query's. */
const char *ask_csv(struct world *world, enum actor actor, const char *query);

/* What the answer says of a place where it is counted first: its bytes, as numbers are written
 * there. */
const char *row_of(struct world *world, const struct answer *answer, const char *name);
void assert_says(const char *text, const char *expected);

/* Hours as they are written. */
struct hours {
    int orders; /* 0: none came so far */
    const char *clock_median, *clock_p90, *working_median, *working_p90;
};
void assert_time(struct world *world, const char *row, const char *milestone, struct hours hours);
