/*
 * Those who act in the simulated week, each through the product's own functions and as its own
 * role: homes that answer many at once, the team that approves and releases, employers, the sender
 * of CVs, and whoever changes, pauses and ends orders. What they do, the dice decide. Refusals of
 * class EB409 are part of life and are counted.
 */
#pragma once

#include "tests/life/town.h"

enum deed {
    DEED_ANSWERS,
    DEED_LATE, /* refused: somebody else was first, or the order is over */
    DEED_LEAVINGS,
    DEED_ADDITIONS,
    DEED_APPROVALS,
    DEED_RELEASES,
    DEED_OUTCOMES,
    DEED_CVS_SENT,
    DEED_RECALLS_SENT,
    DEED_ORDERS_CHANGED,
    DEED_ORDERS_MOVED,
    DEEDS
};
extern const char *const deed_names[DEEDS];

struct people {
    struct town *town;
    struct dice dice;
    int keys; /* of idempotency */
    int64_t done[DEEDS];
};

void people_home_sits(struct people *people, const struct town_home *home);
void people_team_sits(struct people *people);
void people_employers_answer(struct people *people);
/* Claims and delivers all that is due. */
void people_mail_leaves(struct people *people);
/* One order changed, taken, paused, opened again, closed or cancelled by whoever received it. */
void people_order_affairs(struct people *people);
void people_push_stop(struct people *people, bool stop);
/* Automatic release at one municipality for some days. */
void people_auto_release(struct people *people, const char *code, int days);
