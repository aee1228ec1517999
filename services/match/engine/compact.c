#include "services/match/engine/compact.h"

#include "common/base/mem.h"
#include "services/match/engine/merge.h"

#include <string.h>

/*
 * Log-structured: pieces are of a level by their size, each level FAN times the one below, and as
 * soon as there are FAN of one level they become one, together with all that is smaller and with
 * larger ones up to SWALLOW times what they are together. What lies beside the pool costs a query
 * three to four times its share, so it is kept below a twenty-fourth; a candidate is moved some
 * dozens of times for that, in the background.
 */
#define FAN 4
#define SWALLOW 24
#define FIRST_LEVEL ((size_t)TAIL_FULL)
#define LEVELS 16
#define MOSTLY_DEAD 4 /* one in so many */

struct engine_compaction {
    struct segment *merged; /* NULL: nobody is left */
    /* What it was made from, settled: the pieces from `first` on and, when `with_tail`, those of
     * the tail who lived. */
    struct engine_snapshot *from;
    size_t first;
    bool with_tail;
    /* Whose graves, so many of them, are in the bits of `from`. */
    struct ground *ground;
    size_t grave_count;
};

/* ---- choosing ---- */

static size_t level_of(size_t live)
{
    size_t level = 0;
    size_t size = FIRST_LEVEL * FAN;
    while (level + 1 < LEVELS && live >= size) {
        level++;
        size *= FAN;
    }
    return level;
}

static bool much_dead(const struct snapshot_piece *piece)
{
    return (piece->segment->count - piece->live) * (uint64_t)MOSTLY_DEAD > piece->segment->count;
}

/* How many of the tail are to become a segment: all that live, if they are enough for it. */
static size_t tail_ready(const struct engine_snapshot *snapshot)
{
    return snapshot->tail_living >= TAIL_FULL ? snapshot->tail_living : 0;
}

/* The first of the pieces that are to become one, up to the last, with `more` candidates that are a
 * piece besides (0: none); `count`: none. */
static size_t choose(const struct snapshot_piece *pieces, size_t count, size_t more)
{
    size_t of_level[LEVELS] = {0};
    size_t first = count;
    of_level[level_of(more)] += more > 0 ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        of_level[level_of(pieces[i].live)]++;
    }
    for (size_t i = count; i-- > 0;) {
        if (of_level[level_of(pieces[i].live)] >= FAN || much_dead(&pieces[i])) {
            first = i;
        }
    }
    if (first == count) {
        return first;
    }
    size_t together = more;
    for (size_t i = first; i < count; i++) {
        together += pieces[i].live;
    }
    while (together > 0 && first > 0 && pieces[first - 1].live <= SWALLOW * together) {
        together += pieces[--first].live;
    }
    return first;
}

bool compact_uneven(const struct snapshot_piece *pieces, size_t count)
{
    return choose(pieces, count, 0) < count;
}

/* Who has been buried since the pieces were put together is few, and makes them uneven in time. */
bool engine_compaction_due(const struct engine_snapshot *snapshot)
{
    return tail_ready(snapshot) > 0 || (snapshot->ground != NULL && snapshot->ground->uneven);
}

/* ---- merging ---- */

/* `tail_segment` may be NULL. */
static int merge_from(const struct engine_snapshot *snapshot, size_t first,
                      struct segment *tail_segment, struct segment **merged)
{
    struct merge_source sources[SNAPSHOT_SEGMENTS_CAP + 1];
    size_t count = 0;
    for (size_t i = first; i < snapshot->piece_count; i++) {
        sources[count++] = (struct merge_source){.segment = snapshot->pieces[i].segment,
                                                 .dead = snapshot->pieces[i].dead};
    }
    if (tail_segment != NULL && count == 0) {
        segment_hold(tail_segment);
        *merged = tail_segment;
        return 0;
    }
    if (tail_segment != NULL) {
        sources[count++] = (struct merge_source){.segment = tail_segment};
    }
    return merge_segments(sources, count, merged);
}

int compact_now(struct engine_snapshot *snapshot)
{
    size_t first = choose(snapshot->pieces, snapshot->piece_count, 0);
    if (first + 1 >= snapshot->piece_count) {
        first = snapshot->piece_count / 2;
    }
    struct segment *merged = NULL;
    const int error = merge_from(snapshot, first, NULL, &merged);
    if (error != 0) {
        return error;
    }
    while (snapshot->piece_count > first) {
        snapshot_drop_piece(snapshot, snapshot->piece_count - 1);
    }
    if (merged != NULL) {
        snapshot_add_piece(snapshot, merged, NULL, merged->count);
    }
    return 0;
}

int snapshot_seal_tail(const struct engine_snapshot *snapshot, struct segment **segment)
{
    const struct engine_candidate *list[SNAPSHOT_TAIL_CAP];
    size_t listed = 0;
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        if (!snapshot_tail_dead(snapshot, i)) {
            list[listed++] = snapshot->tail[i];
        }
    }
    *segment = NULL;
    return listed > 0 ? segment_build(list, listed, segment) : 0;
}

int engine_compaction_run(const struct engine_snapshot *snapshot, bool everything,
                          struct engine_compaction **compaction)
{
    struct engine_compaction *made = mem_zalloc(sizeof *made);
    struct segment *tail = NULL;
    const size_t ready = tail_ready(snapshot);
    made->ground = snapshot->ground;
    ground_hold(made->ground);
    made->grave_count = snapshot->grave_count;
    made->from = snapshot_copy(snapshot, snapshot->version);
    snapshot_settle(made->from);
    made->with_tail = everything || ready > 0;
    made->first = everything ? 0 : choose(made->from->pieces, made->from->piece_count, ready);
    int error = made->with_tail ? snapshot_seal_tail(snapshot, &tail) : 0;
    if (error == 0) {
        error = merge_from(made->from, made->first, tail, &made->merged);
    }
    segment_release(&tail);
    if (error != 0) {
        engine_compaction_destroy(&made);
        return error;
    }
    *compaction = made;
    return 0;
}

void engine_compaction_destroy(struct engine_compaction **compaction)
{
    struct engine_compaction *self = *compaction;
    if (self == NULL) {
        return;
    }
    *compaction = NULL;
    if (self->merged != NULL) {
        segment_release(&self->merged);
    }
    engine_snapshot_destroy(&self->from);
    ground_release(&self->ground);
    mem_free(self);
}

/* ---- adopting ---- */

/* The merged segment as it is to stand in the successor. */
struct adoption {
    const struct segment *merged;
    struct dead *dead;
    uint32_t live;
};

static void bury(struct adoption *adoption, const uint8_t id[ENGINE_ID_SIZE])
{
    const struct segment *merged = adoption->merged;
    const uint32_t candidate = segment_find(merged, id);
    const uint32_t block = segment_block_of(merged, candidate);
    dead_mark(&adoption->dead, merged->block_count, block, candidate - merged->blocks[block].first);
    adoption->live--;
}

/* Those of a block who died since. */
static void bury_block(struct adoption *adoption, const struct segment *source, uint32_t block,
                       const uint64_t *before, const uint64_t *now)
{
    if (now == NULL || now == before) {
        return;
    }
    for (uint32_t word = 0; word < BLOCK_CAP / 64; word++) {
        uint64_t bits = now[word] & ~(before != NULL ? before[word] : 0);
        for (; bits != 0; bits &= bits - 1) {
            const uint32_t local = word * 64 + (uint32_t)__builtin_ctzll(bits);
            bury(adoption, source->ids[source->blocks[block].first + local]);
        }
    }
}

static void bury_piece(struct adoption *adoption, const struct segment *source,
                       const struct dead *before, const struct dead *now)
{
    if (now == NULL || now == before) {
        return;
    }
    for (uint32_t b = 0; b < source->block_count; b++) {
        bury_block(adoption, source, b, before != NULL ? dead_bits(before, b) : NULL,
                   dead_bits(now, b));
    }
}

/* Those who were in the tail are now in the merged segment, unless they have moved on since. */
static void adopt_tail(struct adoption *adoption, struct engine_snapshot *s,
                       const struct engine_snapshot *from)
{
    const bool still_there = s->tail_owner == from->tail_owner;
    for (uint32_t i = 0; i < from->tail_count; i++) {
        if (snapshot_tail_dead(from, i)) {
            continue;
        }
        if (!still_there || snapshot_tail_dead(s, i)) {
            bury(adoption, from->tail_owner->ids[i]);
        } else {
            s->tail_dead[i / 64] |= UINT64_C(1) << (i % 64);
            s->tail_living--;
        }
    }
    if (s->tail_living == 0) {
        snapshot_drop_tail(s);
    }
}

static size_t piece_of(const struct engine_snapshot *snapshot, const struct segment *segment)
{
    size_t at = 0;
    while (at < snapshot->piece_count && snapshot->pieces[at].segment != segment) {
        at++;
    }
    return at;
}

/* Settles the successor. What the compaction has settled is not settled again. */
static void settle(struct engine_snapshot *s, const struct engine_compaction *compaction)
{
    if (s->ground == NULL || s->ground != compaction->ground) {
        snapshot_settle(s);
        return;
    }
    struct ground *buried = s->ground;
    const size_t count = s->grave_count;
    s->ground = compaction->from->ground;
    ground_hold(s->ground);
    s->grave_count = 0;
    snapshot_settle(s);
    for (size_t i = compaction->grave_count; i < count; i++) {
        ground_mark(s->ground, buried->graves[i].piece, buried->graves[i].candidate);
    }
    ground_release(&buried);
}

static int adopt(struct engine_snapshot *s, const struct engine_compaction *compaction)
{
    const struct engine_snapshot *from = compaction->from;
    struct adoption adoption = {.merged = compaction->merged,
                                .live = compaction->merged != NULL ? compaction->merged->count : 0};
    settle(s, compaction);
    for (size_t i = compaction->first; i < from->piece_count; i++) {
        const struct segment *source = from->pieces[i].segment;
        const size_t at = piece_of(s, source);
        if (at == s->piece_count) {
            dead_release(&adoption.dead);
            return ERROR_CONFLICT;
        }
        bury_piece(&adoption, source, from->pieces[i].dead, s->pieces[at].dead);
        snapshot_drop_piece(s, at);
    }
    if (compaction->with_tail) {
        adopt_tail(&adoption, s, from);
    }
    if (adoption.live == 0) {
        dead_release(&adoption.dead);
        return 0;
    }
    segment_hold(compaction->merged);
    snapshot_add_piece(s, compaction->merged, adoption.dead, adoption.live);
    return 0;
}

int engine_compaction_adopt(const struct engine_snapshot *current,
                            const struct engine_compaction *compaction,
                            struct engine_snapshot **next)
{
    struct engine_snapshot *s = snapshot_copy(current, current->version);
    int error = adopt(s, compaction);
    if (error == 0) {
        error = snapshot_account(s);
    }
    if (error != 0) {
        engine_snapshot_destroy(&s);
        return error;
    }
    *next = s;
    return 0;
}
