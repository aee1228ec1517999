/*
 * What a posting's packed byte is worth to a part of an order: a table of 256 answers, asked of
 * points_judge with sample facts when the table is made, so that it can never disagree with the
 * rules. A byte says what a fact's level is and about when its day is; a part asks only whether
 * that day is before one certain day. So all buckets but the one that holds that day have an
 * answer.
 */
#pragma once

#include "services/match/engine/plan.h"
#include "services/match/engine/segment.h"

#define GRADE_EXACT UINT16_MAX /* the byte does not say: judge the fact itself */
#define GRADE_HALVINGS 3       /* keys differ only in how often they halve: 0, 1 or 2 times */

/* How a must stands, the best last, so that the best of several facts is the greatest (R9). */
#define GRADE_NO_FACT 0u
#define GRADE_MET 4u
unsigned grade_standing(const struct engine_part *judged);
enum engine_reason grade_reason(unsigned standing); /* ENGINE_ELIGIBLE: met */

#define GRADE_LEVELS 7 /* unknown, and 1 to 6 */

struct grades {
    uint16_t of[256]; /* points, or standings of a must; no fact: 0 */
    /* What a level is worth before the day asked about, since it, and without a day. */
    uint16_t before[GRADE_LEVELS + 1], since[GRADE_LEVELS + 1], undated[GRADE_LEVELS + 1];
    int32_t day_asked;
    bool judged; /* the three above are for the order at hand */
    bool filled; /* the table is for these buckets */
    struct buckets buckets;
};

/* Before a new order. */
static inline void grades_forget(struct grades *grades)
{
    grades->judged = false;
    grades->filled = false;
}

/* For a byte that is GRADE_EXACT and not PACKED_EXACT, with the fact's day. */
static inline uint16_t grade_on(const struct grades *grades, uint8_t packed, int32_t day)
{
    const unsigned level = packed >> PACKED_LEVEL_SHIFT;
    return day < grades->day_asked ? grades->before[level] : grades->since[level];
}

/* Points by packed byte. Cost: at most 21 judgements once per order, and filling the table when the
 * buckets are others than before. */
void grades_points(const struct plan *plan, size_t part, const struct plan_key *key,
                   const struct buckets *buckets, struct grades *grades);
/* The same with the standings of a must. */
void grades_standings(const struct plan *plan, size_t part, const struct plan_key *key,
                      const struct buckets *buckets, struct grades *grades);
