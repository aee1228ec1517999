/*
 * Whether an endpoint's receiver expects us (B13): endpoint.verify carries a challenge, and whoever
 * runs the address answers 200 and {"challenge": "<the same>"} to that very request, which lasts
 * shorter than a minute. The challenge is a MAC of the delivery's id under a key of its own,
 * derived from the keyring's `server` key: the same at each attempt, of no use for another, and
 * written down nowhere.
 */
#pragma once

#include "common/base/arena.h"
#include "services/deliver/schedule.h"

struct deliver;

#define VERIFY_KIND "endpoint.verify"
#define VERIFY_ANSWER_CAP ((size_t)4096) /* of the answer's body so much is looked at */
#define VERIFY_ATTEMPTS 4                /* the schedule's first: done within an hour */

bool verify_is(const char *kind);
/* The event's data, in the arena. */
char *verify_data(struct arena *arena, const struct deliver *deliver, const char *endpoint,
                  const char *delivery);
/* As schedule_decide, on its own shorter ladder: delivered is an answer with the challenge alone,
 * any other 2xx fails with the reason VERIFY_NOT_ECHOED. The last failure keeps its reason. */
struct decision verify_decide(const struct deliver *deliver, const char *delivery,
                              const struct fetch_answer *answer, int attempt);

#define VERIFY_NOT_ECHOED "challenge_not_echoed"
