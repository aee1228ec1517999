/*
 * When a delivery is tried again (B3): ten attempts over 75 h 35 min, each pause ±20 % so that
 * receivers that came back are not met by everybody at once; a receiver's own wish (Retry-After) is
 * honoured up to a day. And what an answer means. Pure but for the jitter's randomness.
 */
#pragma once

#include "common/fetch/fetch.h"

#include <stdbool.h>

#define SCHEDULE_ATTEMPTS 10

/* The pause after attempt `attempt` (1 …) failed, in microseconds; -1 when that was the last one.
 * `retry_after` is -1 when the receiver said nothing. */
int64_t schedule_pause(int attempt, int64_t retry_after);

enum verdict {
    VERDICT_DELIVERED, /* 2xx alone */
    VERDICT_RETRY,
    VERDICT_DEAD, /* refused for good, or no attempt is left */
    VERDICT_GONE, /* 410: the receiver wants nothing more; the endpoint is disabled */
    VERDICT_HELD, /* pushes are stopped: nothing left, so no attempt is used up */
};

struct decision {
    enum verdict verdict;
    const char *reason; /* a code; NULL when delivered */
    int64_t pause;      /* of a retry */
    int64_t hold;       /* of the whole endpoint (429, 502, 504, 503 with Retry-After); 0: none */
};

struct decision schedule_decide(const struct fetch_answer *answer, int attempt);

/* 'delivered', 'retry', 'dead', 'gone', 'held': as delivery_finish takes it. */
const char *schedule_verdict_name(enum verdict verdict);
const char *schedule_class_name(enum fetch_class class);
