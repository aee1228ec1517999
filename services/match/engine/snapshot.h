/*
 * The pool at one version, for the engine's own files: indexed pieces, the graves of those in them
 * who are no longer what they were, and a short tail of candidates that are not indexed yet. Of all
 * three a snapshot holds only how much is its own, so that a successor is soon made.
 */
#pragma once

#include "services/match/engine/ground.h"
#include "services/match/engine/tail.h"

#define SNAPSHOT_SEGMENTS_CAP GROUND_PIECES_CAP
#define SNAPSHOT_TAIL_CAP TAIL_CAP

struct engine_snapshot {
    int64_t version;
    size_t count; /* live, tail included */
    size_t bytes;
    size_t bytes_cap;                    /* of successors; 0: none */
    const struct snapshot_piece *pieces; /* the ground's, largest first; snapshot_dead_bits */
    size_t piece_count;
    /* In plain form, facts sorted by segment_key. Only the first `tail_count`, and of those not the
     * dead, are this snapshot's. */
    const struct engine_candidate *const *tail;
    size_t tail_count;
    size_t tail_living;
    uint64_t tail_dead[SNAPSHOT_TAIL_CAP / 64];
    /* owned by snapshot.c */
    struct ground *ground;   /* NULL: no pieces */
    size_t grave_count;      /* of the ground's, this snapshot's */
    struct tail *tail_owner; /* NULL: the tail is empty */
    size_t tail_bytes;
};

static inline bool snapshot_tail_dead(const struct engine_snapshot *snapshot, size_t at)
{
    return (snapshot->tail_dead[at / 64] >> (at % 64) & 1) != 0;
}

/* Where a candidate lies: a piece and its segment's candidate, or the tail. */
#define SNAPSHOT_IN_TAIL UINT32_MAX
struct snapshot_at {
    uint32_t piece; /* or SNAPSHOT_IN_TAIL */
    uint32_t candidate;
};

MUST_CHECK int snapshot_find(const struct engine_snapshot *snapshot,
                             const uint8_t id[ENGINE_ID_SIZE], struct snapshot_at *at);
/* segment_find_soon and segment_find_next of the largest piece, where most are. */
static inline void snapshot_find_soon(const struct engine_snapshot *snapshot,
                                      const uint8_t id[ENGINE_ID_SIZE])
{
    if (snapshot->piece_count > 0) {
        segment_find_soon(snapshot->pieces[0].segment, id);
    }
}
static inline void snapshot_find_next(const struct engine_snapshot *snapshot,
                                      const uint8_t id[ENGINE_ID_SIZE])
{
    if (snapshot->piece_count > 0) {
        segment_find_next(snapshot->pieces[0].segment, id);
    }
}
/* Attributes and id in plain form; the facts only of one in the tail. */
struct engine_candidate snapshot_plain(const struct engine_snapshot *snapshot,
                                       struct snapshot_at at);

/* The dead of a block as bits, by local number, room for BLOCK_CAP; NULL: nobody. `room` may be
 * what is returned. Cost: nothing, or a kilobyte copied when somebody has left the block lately. */
static inline const uint64_t *snapshot_dead_bits(const struct engine_snapshot *snapshot,
                                                 uint32_t piece, uint32_t block,
                                                 uint64_t room[BLOCK_CAP / 64])
{
    return ground_dead(snapshot->ground, snapshot->grave_count, piece, block, room);
}

/* ---- for those who make snapshots: apply.c, compact.c, image.c ---- */

/* A successor of the same content, to be changed before anybody sees it. NULL: the empty pool. */
struct engine_snapshot *snapshot_copy(const struct engine_snapshot *previous, int64_t version);
/* Makes the pieces its own, as they stand: all who have left them are in their bits. */
void snapshot_settle(struct engine_snapshot *snapshot);
/* Of a settled one: takes over the segment and the dead. */
void snapshot_add_piece(struct engine_snapshot *snapshot, struct segment *segment,
                        struct dead *dead, uint32_t live);
void snapshot_drop_piece(struct engine_snapshot *snapshot, size_t piece);
/* Whoever lies there has left. */
void snapshot_bury(struct engine_snapshot *snapshot, struct snapshot_at at);
void snapshot_drop_tail(struct engine_snapshot *snapshot);
/* A segment of those in the tail; NULL: it is empty. */
MUST_CHECK int snapshot_seal_tail(const struct engine_snapshot *snapshot, struct segment **segment);
/* The last thing: sets `bytes`. ERROR_LIMIT when they are over the cap. */
MUST_CHECK int snapshot_account(struct engine_snapshot *snapshot);
