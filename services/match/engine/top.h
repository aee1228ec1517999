/*
 * The best k by score, tie hash and id (RANKING.md R16, R17): a heap with the last of them on top,
 * and how many there are of each score.
 */
#pragma once

#include "services/match/engine/snapshot.h"

struct standing {
    uint64_t tie;
    const uint8_t *id; /* the snapshot's */
    struct snapshot_at at;
    uint16_t score;
    uint8_t lacks; /* as engine_standing */
};

/* Whether `left` stands before `right`. */
bool standing_before(const struct standing *left, const struct standing *right);

struct top {
    uint64_t tie_of_order;
    struct standing *standings;
    size_t count;
    size_t cap;
    size_t room;                            /* allocated */
    uint32_t bar;                           /* a lower score does not get in */
    size_t found;                           /* counted in */
    uint32_t counts[2][ENGINE_POINTS + 1];  /* of each score, in two parts */
    uint32_t with_score[ENGINE_POINTS + 1]; /* their sums; set by top_sort */
};

/* Empties it, for the best `cap`. Allocates only when `cap` is larger than ever before. */
void top_reset(struct top *top, const uint8_t order[ENGINE_ID_SIZE], size_t cap);
void top_deinit(struct top *top);
/* Offers one who has been counted, with a score that reaches the bar; sets `tie` itself. */
void top_offer(struct top *top, struct standing standing);
/* Puts the standings in their order, the best first. Nobody is offered after that. */
void top_sort(struct top *top);

/* `turn`: any number, best one up each time. Many have one score, and to count up a number that was
 * counted up just now is to wait for it: so there are two, in turns. */
static inline void top_count(struct top *top, uint16_t score, size_t turn)
{
    top->found++;
    top->counts[turn % 2][score]++;
}
/* Raises the bar to what those counted allow, all of whom that reach it are offered sooner or
 * later. */
void top_raise_bar(struct top *top);
