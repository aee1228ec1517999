#include "services/match/engine/snapshot.h"

#include "common/base/mem.h"

#include <string.h>

/* ---- making ---- */

struct engine_snapshot *snapshot_copy(const struct engine_snapshot *previous, int64_t version)
{
    struct engine_snapshot *s = mem_alloc(sizeof *s);
    if (previous == NULL) {
        *s = (struct engine_snapshot){0};
    } else {
        *s = *previous;
        for (size_t i = 0; i < s->piece_count; i++) {
            segment_hold(s->pieces[i].segment);
            dead_hold(s->pieces[i].dead);
        }
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
    for (size_t i = 0; i < s->piece_count; i++) {
        segment_release(&s->pieces[i].segment);
        dead_release(&s->pieces[i].dead);
    }
    tail_release(&s->tail_owner);
    mem_free(s);
}

void snapshot_add_piece(struct engine_snapshot *snapshot, struct segment *segment,
                        struct dead *dead, uint32_t live)
{
    size_t at = snapshot->piece_count++;
    for (; at > 0 && snapshot->pieces[at - 1].segment->count < segment->count; at--) {
        snapshot->pieces[at] = snapshot->pieces[at - 1];
    }
    snapshot->pieces[at] = (struct snapshot_piece){.segment = segment, .dead = dead, .live = live};
}

void snapshot_drop_piece(struct engine_snapshot *snapshot, size_t piece)
{
    segment_release(&snapshot->pieces[piece].segment);
    dead_release(&snapshot->pieces[piece].dead);
    snapshot->piece_count--;
    for (size_t i = piece; i < snapshot->piece_count; i++) {
        snapshot->pieces[i] = snapshot->pieces[i + 1];
    }
}

void snapshot_drop_tail(struct engine_snapshot *snapshot)
{
    tail_release(&snapshot->tail_owner);
    snapshot->tail = NULL;
    snapshot->tail_count = 0;
    snapshot->tail_bytes = 0;
    memset(snapshot->tail_dead, 0, sizeof snapshot->tail_dead);
}

int snapshot_account(struct engine_snapshot *snapshot)
{
    size_t bytes = sizeof *snapshot + snapshot->tail_bytes;
    for (size_t i = 0; i < snapshot->piece_count; i++) {
        const struct snapshot_piece *piece = &snapshot->pieces[i];
        bytes += piece->segment->bytes + (piece->dead != NULL ? piece->dead->bytes : 0);
    }
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
    const uint64_t tag = tail_tag(id);
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        if (tail->tags[i] == tag && memcmp(tail->ids[i], id, ENGINE_ID_SIZE) == 0 &&
            !snapshot_tail_dead(snapshot, i)) {
            *at = (struct snapshot_at){.piece = SNAPSHOT_IN_TAIL, .candidate = (uint32_t)i};
            return true;
        }
    }
    return false;
}

static bool find_in_piece(const struct snapshot_piece *piece, const uint8_t id[ENGINE_ID_SIZE],
                          uint32_t *candidate)
{
    const struct segment *segment = piece->segment;
    const uint32_t found = segment_find(segment, id);
    if (found == segment->count) {
        return false;
    }
    *candidate = found;
    if (piece->dead == NULL) {
        return true;
    }
    const uint32_t block = segment_block_of(segment, found);
    return !snapshot_dead(piece, block, found - segment->blocks[block].first);
}

int snapshot_find(const struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE],
                  struct snapshot_at *at)
{
    if (find_in_tail(snapshot, id, at)) {
        return 0;
    }
    for (uint32_t i = 0; i < snapshot->piece_count; i++) {
        if (find_in_piece(&snapshot->pieces[i], id, &at->candidate)) {
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
