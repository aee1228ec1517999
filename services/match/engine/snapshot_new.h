/*
 * The pool at one version, for the engine's own files: immutable pieces, the bits of those in them
 * that are no longer what they were, and a short tail of candidates that are not indexed yet.
 */
#pragma once

#include "services/match/engine/dead.h"
#include "services/match/engine/segment.h"

#define SNAPSHOT_SEGMENTS_CAP 32
#define SNAPSHOT_TAIL_CAP 128

/* A segment as one snapshot sees it. */
struct snapshot_piece {
    struct segment *segment;
    struct dead
        *dead;     /* those who have left or stand elsewhere; NULL: nobody. snapshot_dead_bits */
    uint32_t live; /* how many are left */
};

struct engine_snapshot {
    int64_t version;
    size_t count; /* live, tail included */
    size_t bytes;
    struct snapshot_piece pieces[SNAPSHOT_SEGMENTS_CAP]; /* largest first */
    size_t piece_count;
    /* In plain form, facts sorted by segment_key. Only the first `tail_count`, and of those not the
     * dead, are this snapshot's. */
    const struct engine_candidate *const *tail;
    size_t tail_count;
    uint64_t tail_dead[SNAPSHOT_TAIL_CAP / 64];
    /* owned by snapshot.c */
    struct tail *tail_owner;
};

/* Where a candidate lies: a piece and its segment's candidate, or the tail. */
#define SNAPSHOT_IN_TAIL UINT32_MAX
struct snapshot_at {
    uint32_t piece; /* or SNAPSHOT_IN_TAIL */
    uint32_t candidate;
};

MUST_CHECK int snapshot_find(const struct engine_snapshot *snapshot,
                             const uint8_t id[ENGINE_ID_SIZE], struct snapshot_at *at);
/* Attributes and id in plain form; the facts only of one in the tail. */
struct engine_candidate snapshot_plain(const struct engine_snapshot *snapshot,
                                       struct snapshot_at at);

/* The dead of a block as bits, by local number, room for BLOCK_CAP; NULL: nobody. */
static inline const uint64_t *snapshot_dead_bits(const struct snapshot_piece *piece, uint32_t block)
{
    return piece->dead != NULL ? dead_bits(piece->dead, block) : NULL;
}
static inline bool snapshot_dead(const struct snapshot_piece *piece, uint32_t block, uint32_t local)
{
    const uint64_t *bits = snapshot_dead_bits(piece, block);
    return bits != NULL && (bits[local / 64] >> (local % 64) & 1) != 0;
}
