#include "services/match/engine/ground.h"

#include "common/base/mem.h"

#include <string.h>

/* ---- holding ---- */

void ground_hold(struct ground *ground)
{
    if (ground != NULL) {
        atomic_fetch_add_explicit(&ground->references, 1, memory_order_relaxed);
    }
}

void ground_release(struct ground **ground)
{
    struct ground *self = *ground;
    *ground = NULL;
    if (self == NULL ||
        atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < self->piece_count; i++) {
        segment_release(&self->pieces[i].segment);
        dead_release(&self->pieces[i].dead);
    }
    mem_free(self);
}

bool ground_is_own(const struct ground *ground)
{
    return atomic_load_explicit(&ground->references, memory_order_acquire) == 1;
}

/* ---- pieces ---- */

static struct ground *copy_pieces(const struct ground *from)
{
    struct ground *copy = mem_zalloc(sizeof *copy);
    atomic_init(&copy->references, 1);
    if (from != NULL) {
        copy->piece_count = from->piece_count;
        memcpy(copy->pieces, from->pieces, from->piece_count * sizeof *copy->pieces);
    }
    for (size_t i = 0; i < copy->piece_count; i++) {
        segment_hold(copy->pieces[i].segment);
        dead_hold(copy->pieces[i].dead);
    }
    return copy;
}

void ground_own(struct ground **ground, size_t graves)
{
    struct ground *old = *ground;
    struct ground *own = old != NULL && ground_is_own(old) ? old : copy_pieces(old);
    for (size_t i = 0; i < graves; i++) {
        ground_mark(own, old->graves[i].piece, old->graves[i].candidate);
    }
    if (own != old) {
        ground_release(&old);
        *ground = own;
        return;
    }
    atomic_store_explicit(&own->used, 0, memory_order_relaxed);
    memset(&own->chains, 0, sizeof own->chains);
}

void ground_sum(struct ground *ground)
{
    ground->bytes = sizeof *ground;
    for (size_t i = 0; i < ground->piece_count; i++) {
        const struct snapshot_piece *piece = &ground->pieces[i];
        ground->bytes += piece->segment->bytes + (piece->dead != NULL ? piece->dead->bytes : 0);
    }
}

void ground_add(struct ground *ground, struct segment *segment, struct dead *dead, uint32_t live)
{
    size_t at = ground->piece_count++;
    for (; at > 0 && ground->pieces[at - 1].segment->count < segment->count; at--) {
        ground->pieces[at] = ground->pieces[at - 1];
    }
    ground->pieces[at] = (struct snapshot_piece){.segment = segment, .dead = dead, .live = live};
}

void ground_drop(struct ground *ground, size_t piece)
{
    segment_release(&ground->pieces[piece].segment);
    dead_release(&ground->pieces[piece].dead);
    ground->piece_count--;
    for (size_t i = piece; i < ground->piece_count; i++) {
        ground->pieces[i] = ground->pieces[i + 1];
    }
}

void ground_mark(struct ground *ground, uint32_t piece, uint32_t candidate)
{
    struct snapshot_piece *from = &ground->pieces[piece];
    const struct segment *segment = from->segment;
    const uint32_t block = segment_block_of(segment, candidate);
    from->live--;
    dead_mark(&from->dead, segment->block_count, block, candidate - segment->blocks[block].first);
}

/* ---- graves ---- */

/* A block's candidates are of two ranges at most. */
static uint32_t range_of(uint32_t candidate)
{
    return candidate / BLOCK_CAP;
}

/* The largest piece has most ranges and most graves: it is the others that make way. */
static uint32_t chain_of(uint32_t piece, uint32_t range)
{
    return range + piece * (CHAINS / 5 * 2 + 1);
}

bool ground_bury(struct ground *ground, size_t graves, uint32_t piece, uint32_t candidate)
{
    size_t expected = graves;
    if (graves == GROUND_GRAVES ||
        !atomic_compare_exchange_strong(&ground->used, &expected, graves + 1)) {
        return false;
    }
    ground->graves[graves] = (struct grave){.piece = piece, .candidate = candidate};
    chain_add(&ground->chains, chain_of(piece, range_of(candidate)), (uint32_t)graves);
    return true;
}

bool ground_buried(const struct ground *ground, size_t graves, uint32_t piece, uint32_t candidate)
{
    const uint32_t chain = chain_of(piece, range_of(candidate));
    uint32_t at = chain_newest(&ground->chains, chain, (uint32_t)graves);
    while (at != CHAIN_END &&
           (ground->graves[at].candidate != candidate || ground->graves[at].piece != piece)) {
        at = chain_before(&ground->chains, at);
    }
    return at != CHAIN_END;
}

const uint64_t *ground_dead(const struct ground *ground, size_t graves, uint32_t piece,
                            uint32_t block, uint64_t room[BLOCK_CAP / 64])
{
    const struct block *of = &ground->pieces[piece].segment->blocks[block];
    const uint64_t *bits = piece_dead_bits(&ground->pieces[piece], block);
    if (graves == 0) {
        return bits;
    }
    for (uint32_t range = range_of(of->first); range <= range_of(of->first + of->count - 1);
         range++) {
        uint32_t at = chain_newest(&ground->chains, chain_of(piece, range), (uint32_t)graves);
        for (; at != CHAIN_END; at = chain_before(&ground->chains, at)) {
            const uint32_t local = ground->graves[at].candidate - of->first;
            if (ground->graves[at].piece != piece || local >= of->count) {
                continue;
            }
            if (bits == NULL) {
                memset(room, 0, BLOCK_CAP / 8);
            } else if (bits != room) {
                memcpy(room, bits, BLOCK_CAP / 8);
            }
            bits = room;
            room[local / 64] |= UINT64_C(1) << (local % 64);
        }
    }
    return bits;
}
