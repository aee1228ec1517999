/*
 * What a query is looking at: an order's parts as one segment has them, and the candidates of one
 * block who are still in the running. All of it lies in the scratch; nothing here allocates.
 */
#pragma once

#include "services/match/engine/grade.h"
#include "services/match/engine/plan.h"
#include "services/match/engine/snapshot.h"

/* A key of a part that the segment has. */
struct term {
    const struct plan_key *key;
    const struct grades *grades;
    uint32_t row;
    uint32_t at; /* where the fact of somebody who was located is, or would be */
};

struct sighted_part {
    struct term *terms;
    size_t count;
    bool done;
};

/* Somebody taken for one who meets a must, whose packed byte does not say. */
struct doubt {
    uint32_t position; /* of the fact */
    uint16_t local;
    uint16_t part;
};
#define LOOK_DOUBTS_CAP (2 * BLOCK_CAP)

#define LOOK_LINE 64 /* bytes that memory gives at a time */

struct look {
    struct plan plan;
    uint8_t musts[ENGINE_PARTS_CAP]; /* parts */
    uint8_t nices[ENGINE_PARTS_CAP];
    size_t must_count, nice_count;
    struct grades grades[ENGINE_PARTS_CAP][GRADE_HALVINGS];

    /* The segment at hand. */
    const struct engine_snapshot *snapshot;
    const struct snapshot_piece *piece;
    const struct segment *segment;
    uint32_t piece_index;
    struct sighted_part parts[ENGINE_PARTS_CAP];
    struct term terms[PLAN_KEYS_CAP];
    size_t term_count;

    /* The block at hand: the numbers of those who are left of it, in ascending order. What follows
     * is by number, and means something at the survivors' alone. */
    uint32_t block;
    size_t count;
    uint16_t survivors[BLOCK_CAP + 1]; /* room for one who does not stay */
    uint8_t lacks[BLOCK_CAP];          /* in near-miss, as engine_standing */
    uint16_t score[BLOCK_CAP];
    uint16_t best[BLOCK_CAP]; /* of several facts for one part */

    /* Whether everybody's gates were asked first, and then who passes them (passage_open). */
    bool streams;
    uint8_t open[BLOCK_CAP];

    uint64_t dead[BLOCK_CAP / 64]; /* room for the bits of those who are not alive */
    uint16_t holders[BLOCK_CAP + 1];
    uint16_t aside[BLOCK_CAP + 1]; /* places in a list to look at once more */

    /* Marks by number: those that bear the stamp of the day, so that nothing has to be cleared. */
    uint16_t stamp;
    uint16_t marks[BLOCK_CAP];
    size_t doubt_count;
    struct doubt doubts[LOOK_DOUBTS_CAP];

    struct engine_counters counters;
};

/* For a new order. ERROR_INVALID and ERROR_LIMIT as engine_rank. */
MUST_CHECK int look_begin(struct look *look, const struct engine_order *order);
/* From a piece of the snapshot, no part sighted yet. */
void look_at_piece(struct look *look, const struct engine_snapshot *snapshot, uint32_t piece);
/* Finds the rows that the part's keys have in the segment, unless that is done. */
void look_sight(struct look *look, size_t part);
/* The same, for tables of standings instead of points. */
void look_sight_standings(struct look *look, size_t part);
/* Whether anybody in the block can pass the rule of distance (R6). */
bool look_reaches(const struct look *look, uint32_t block);
/* A stamp that no mark bears. */
uint16_t look_stamp(struct look *look);
/* Accounts for `count` reads that are spread over `span` bytes. */
static inline void look_charge(struct look *look, size_t count, size_t span)
{
    if (count * LOOK_LINE < span) {
        look->counters.random_lines += count;
    } else {
        look->counters.bytes_streamed += span;
    }
}
