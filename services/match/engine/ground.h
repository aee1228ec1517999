/*
 * The indexed pieces of a pool and the graves of those who have left them since the pieces were put
 * together: a log that only grows at its end and is shared by successive snapshots, each of which
 * knows how many graves are its own. So a change writes one line and copies nothing. Who had left
 * before stands in the pieces' own bits, where the graves go when the pieces change or the log is
 * full. Counted references.
 */
#pragma once

#include "services/match/engine/chain.h"
#include "services/match/engine/dead.h"
#include "services/match/engine/segment.h"

#define GROUND_PIECES_CAP 32
#define GROUND_GRAVES CHAIN_LOG

/* A segment as it is when nobody has been buried since. */
struct snapshot_piece {
    struct segment *segment;
    struct dead *dead; /* those who have left or stand elsewhere; NULL: nobody */
    uint32_t live;     /* how many are left */
};

struct grave {
    uint32_t piece, candidate;
};

struct ground {
    atomic_size_t references;
    atomic_size_t used; /* graves, claimed by the newest snapshot */
    size_t bytes;       /* of the pieces too: ground_sum */
    bool uneven;        /* compact_uneven */
    size_t piece_count;
    struct snapshot_piece pieces[GROUND_PIECES_CAP]; /* largest first */
    struct chains chains;                            /* of graves, by ground_chain */
    struct grave graves[GROUND_GRAVES];
};

void ground_hold(struct ground *ground);     /* NULL is fine */
void ground_release(struct ground **ground); /* NULL is fine */
/* Nobody but the caller has it. */
bool ground_is_own(const struct ground *ground);
/* Makes it the caller's own, with the first `graves` of its graves in the pieces' bits and none in
 * the log: in place, or a copy when others have it too. NULL: one without pieces. */
void ground_own(struct ground **ground, size_t graves);
void ground_sum(struct ground *ground);

/* Of the caller's own. `add` takes over the segment and the dead. */
void ground_add(struct ground *ground, struct segment *segment, struct dead *dead, uint32_t live);
void ground_drop(struct ground *ground, size_t piece);
void ground_mark(struct ground *ground, uint32_t piece, uint32_t candidate);

/* Digs grave number `graves`. False: the log is full, or a newer snapshot has that one; the caller
 * then copies. */
bool ground_bury(struct ground *ground, size_t graves, uint32_t piece, uint32_t candidate);
/* Of a candidate whose piece's bits say nothing against it: whether it has one of the first
 * `graves`. */
bool ground_buried(const struct ground *ground, size_t graves, uint32_t piece, uint32_t candidate);
/* Those of a block who are not alive, by local number; NULL: nobody. `room` may be what is
 * returned. */
const uint64_t *ground_dead(const struct ground *ground, size_t graves, uint32_t piece,
                            uint32_t block, uint64_t room[BLOCK_CAP / 64]);

/* By the pieces' bits alone. */
static inline const uint64_t *piece_dead_bits(const struct snapshot_piece *piece, uint32_t block)
{
    return piece->dead != NULL ? dead_bits(piece->dead, block) : NULL;
}
static inline bool piece_dead(const struct snapshot_piece *piece, uint32_t block, uint32_t local)
{
    const uint64_t *bits = piece_dead_bits(piece, block);
    return bits != NULL && (bits[local / 64] >> (local % 64) & 1) != 0;
}
