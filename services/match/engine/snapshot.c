#include "services/match/engine/snapshot.h"

#include "common/base/mem.h"
#include "services/match/engine/compact.h"

#include <string.h>

/* ---- making ---- */

struct engine_snapshot *snapshot_copy(const struct engine_snapshot *previous, int64_t version)
{
    struct engine_snapshot *s = mem_alloc(sizeof *s);
    if (previous == NULL) {
        *s = (struct engine_snapshot){0};
    } else {
        *s = *previous;
        ground_hold(s->ground);
        tail_hold(s->tail_owner);
    }
    s->version = version;
    return s;
}

void engine_snapshot_destroy(struct engine_snapshot **snapshot)
{
    struct engine_snapshot *s = *snapshot;
    if (s == NULL) {
        return;
    }
    *snapshot = NULL;
    ground_release(&s->ground);
    tail_release(&s->tail_owner);
    mem_free(s);
}

void snapshot_settle(struct engine_snapshot *snapshot)
{
    ground_own(&snapshot->ground, snapshot->grave_count);
    snapshot->grave_count = 0;
    snapshot->pieces = snapshot->ground->pieces;
    snapshot->piece_count = snapshot->ground->piece_count;
}

void snapshot_add_piece(struct engine_snapshot *snapshot, struct segment *segment,
                        struct dead *dead, uint32_t live)
{
    ground_add(snapshot->ground, segment, dead, live);
    snapshot->piece_count = snapshot->ground->piece_count;
}

void snapshot_drop_piece(struct engine_snapshot *snapshot, size_t piece)
{
    ground_drop(snapshot->ground, piece);
    snapshot->piece_count = snapshot->ground->piece_count;
}

void snapshot_bury(struct engine_snapshot *snapshot, struct snapshot_at at)
{
    snapshot->count--;
    if (at.piece == SNAPSHOT_IN_TAIL) {
        snapshot->tail_living--;
        snapshot->tail_dead[at.candidate / 64] |= UINT64_C(1) << (at.candidate % 64);
        return;
    }
    if (!ground_is_own(snapshot->ground) &&
        ground_bury(snapshot->ground, snapshot->grave_count, at.piece, at.candidate)) {
        snapshot->grave_count++;
        return;
    }
    snapshot_settle(snapshot);
    ground_mark(snapshot->ground, at.piece, at.candidate);
}

void snapshot_drop_tail(struct engine_snapshot *snapshot)
{
    tail_release(&snapshot->tail_owner);
    snapshot->tail = NULL;
    snapshot->tail_count = 0;
    snapshot->tail_living = 0;
    snapshot->tail_bytes = 0;
    memset(snapshot->tail_dead, 0, sizeof snapshot->tail_dead);
}

int snapshot_account(struct engine_snapshot *snapshot)
{
    struct ground *ground = snapshot->ground;
    if (ground != NULL && ground_is_own(ground)) {
        ground_sum(ground);
        ground->uneven = compact_uneven(ground->pieces, ground->piece_count);
    }
    const size_t bytes =
        sizeof *snapshot + snapshot->tail_bytes + (ground != NULL ? ground->bytes : 0);
    snapshot->bytes = bytes;
    return snapshot->bytes_cap != 0 && bytes > snapshot->bytes_cap ? ERROR_LIMIT : 0;
}

/* ---- reading ---- */

void engine_snapshot_limit(struct engine_snapshot *snapshot, size_t bytes)
{
    snapshot->bytes_cap = bytes;
}

int64_t engine_snapshot_version(const struct engine_snapshot *snapshot)
{
    return snapshot->version;
}

size_t engine_snapshot_count(const struct engine_snapshot *snapshot)
{
    return snapshot->count;
}

size_t engine_snapshot_bytes(const struct engine_snapshot *snapshot)
{
    return snapshot->bytes;
}

size_t engine_snapshot_pieces(const struct engine_snapshot *snapshot)
{
    return snapshot->piece_count;
}

static bool find_in_tail(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE],
                         struct snapshot_at *at)
{
    const struct tail *tail = snapshot->tail_owner;
    if (tail == NULL) {
        return false;
    }
    uint32_t i = chain_newest(&tail->chains, tail_chain(id), (uint32_t)snapshot->tail_count);
    for (; i != CHAIN_END; i = chain_before(&tail->chains, i)) {
        if (memcmp(tail->ids[i], id, ENGINE_ID_SIZE) == 0 && !snapshot_tail_dead(snapshot, i)) {
            *at = (struct snapshot_at){.piece = SNAPSHOT_IN_TAIL, .candidate = i};
            return true;
        }
    }
    return false;
}

static bool find_in_piece(const struct engine_snapshot *snapshot, uint32_t index,
                          const uint8_t id[ENGINE_ID_SIZE], uint32_t *candidate)
{
    const struct snapshot_piece *piece = &snapshot->pieces[index];
    const struct segment *segment = piece->segment;
    const uint32_t found = segment_find(segment, id);
    if (found == segment->count) {
        return false;
    }
    *candidate = found;
    if (piece->dead != NULL) {
        const uint32_t block = segment_block_of(segment, found);
        if (piece_dead(piece, block, found - segment->blocks[block].first)) {
            return false;
        }
    }
    return !ground_buried(snapshot->ground, snapshot->grave_count, index, found);
}

int snapshot_find(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE],
                  struct snapshot_at *at)
{
    if (find_in_tail(snapshot, id, at)) {
        return 0;
    }
    for (uint32_t i = 0; i < snapshot->piece_count; i++) {
        if (find_in_piece(snapshot, i, id, &at->candidate)) {
            at->piece = i;
            return 0;
        }
    }
    return ERROR_NOT_FOUND;
}

struct engine_candidate snapshot_plain(const struct engine_snapshot *snapshot,
                                       struct snapshot_at at)
{
    return at.piece == SNAPSHOT_IN_TAIL
               ? *snapshot->tail[at.candidate]
               : segment_plain(snapshot->pieces[at.piece].segment, at.candidate);
}

int engine_snapshot_facts(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE],
                          struct engine_fact *facts, size_t cap, size_t *count)
{
    struct snapshot_at at;
    if (snapshot_find(snapshot, id, &at) != 0) {
        return ERROR_NOT_FOUND;
    }
    if (at.piece != SNAPSHOT_IN_TAIL) {
        *count = segment_facts(snapshot->pieces[at.piece].segment, at.candidate, facts, cap);
        return 0;
    }
    const struct engine_candidate *candidate = snapshot->tail[at.candidate];
    *count = candidate->fact_count;
    const size_t copied = *count < cap ? *count : cap;
    if (copied > 0) {
        memcpy(facts, candidate->facts, copied * sizeof *facts);
    }
    return 0;
}
