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
    size_t source_count;
    struct {
        struct segment *segment;
        struct dead *dead; /* as they were */
    } sources[SNAPSHOT_SEGMENTS_CAP];
    /* The tail, when it was taken too: those of it who lived. */
    struct tail *tail;
    size_t tail_count;
    uint64_t tail_dead[SNAPSHOT_TAIL_CAP / 64];
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
    size_t living = snapshot->tail_count;
    for (size_t word = 0; word < SNAPSHOT_TAIL_CAP / 64; word++) {
        living -= (size_t)__builtin_popcountll(snapshot->tail_dead[word]);
    }
    return living >= TAIL_FULL ? living : 0;
}

/* The first of the pieces that are to become one, up to the last, with `more` candidates that are a
 * piece besides (0: none); piece_count: none. */
static size_t choose(const struct engine_snapshot *snapshot, size_t more)
{
    size_t of_level[LEVELS] = {0};
    size_t first = snapshot->piece_count;
    of_level[level_of(more)] += more > 0 ? 1 : 0;
    for (size_t i = 0; i < snapshot->piece_count; i++) {
        of_level[level_of(snapshot->pieces[i].live)]++;
    }
    for (size_t i = snapshot->piece_count; i-- > 0;) {
        const struct snapshot_piece *piece = &snapshot->pieces[i];
        if (of_level[level_of(piece->live)] >= FAN || much_dead(piece)) {
            first = i;
        }
    }
    if (first == snapshot->piece_count) {
        return first;
    }
    size_t together = more;
    for (size_t i = first; i < snapshot->piece_count; i++) {
        together += snapshot->pieces[i].live;
    }
    while (together > 0 && first > 0 && snapshot->pieces[first - 1].live <= SWALLOW * together) {
        together += snapshot->pieces[--first].live;
    }
    return first;
}

bool engine_compaction_due(const struct engine_snapshot *snapshot)
{
    return tail_ready(snapshot) > 0 || choose(snapshot, 0) < snapshot->piece_count;
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
    size_t first = choose(snapshot, 0);
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

static void remember(struct engine_compaction *compaction, const struct engine_snapshot *snapshot,
                     size_t first, bool tail)
{
    for (size_t i = first; i < snapshot->piece_count; i++) {
        const size_t to = compaction->source_count++;
        compaction->sources[to].segment = snapshot->pieces[i].segment;
        compaction->sources[to].dead = snapshot->pieces[i].dead;
        segment_hold(snapshot->pieces[i].segment);
        dead_hold(snapshot->pieces[i].dead);
    }
    if (tail) {
        compaction->tail = snapshot->tail_owner;
        tail_hold(compaction->tail);
        compaction->tail_count = snapshot->tail_count;
        memcpy(compaction->tail_dead, snapshot->tail_dead, sizeof compaction->tail_dead);
    }
}

int engine_compaction_run(const struct engine_snapshot *snapshot, bool everything,
                          struct engine_compaction **compaction)
{
    struct engine_compaction *made = mem_zalloc(sizeof *made);
    struct segment *tail = NULL;
    const size_t ready = tail_ready(snapshot);
    const bool with_tail = everything || ready > 0;
    const size_t first = everything ? 0 : choose(snapshot, ready);
    int error = with_tail ? snapshot_seal_tail(snapshot, &tail) : 0;
    if (error == 0) {
        error = merge_from(snapshot, first, tail, &made->merged);
    }
    segment_release(&tail);
    if (error != 0) {
        mem_free(made);
        return error;
    }
    remember(made, snapshot, first, with_tail);
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
    for (size_t i = 0; i < self->source_count; i++) {
        segment_release(&self->sources[i].segment);
        dead_release(&self->sources[i].dead);
    }
    segment_release(&self->merged);
    tail_release(&self->tail);
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
                       const struct engine_compaction *compaction)
{
    const bool still_there = s->tail_owner == compaction->tail;
    bool empty = true;
    for (size_t i = 0; i < compaction->tail_count; i++) {
        if ((compaction->tail_dead[i / 64] >> (i % 64) & 1) != 0) {
            continue;
        }
        if (!still_there || snapshot_tail_dead(s, i)) {
            bury(adoption, compaction->tail->ids[i]);
        } else {
            s->tail_dead[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    for (size_t i = 0; i < s->tail_count; i++) {
        empty = empty && snapshot_tail_dead(s, i);
    }
    if (empty) {
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

static int adopt(struct engine_snapshot *s, const struct engine_compaction *compaction)
{
    struct adoption adoption = {.merged = compaction->merged,
                                .live = compaction->merged != NULL ? compaction->merged->count : 0};
    for (size_t i = 0; i < compaction->source_count; i++) {
        struct segment *source = compaction->sources[i].segment;
        const size_t at = piece_of(s, source);
        if (at == s->piece_count) {
            dead_release(&adoption.dead);
            return ERROR_CONFLICT;
        }
        bury_piece(&adoption, source, compaction->sources[i].dead, s->pieces[at].dead);
        snapshot_drop_piece(s, at);
    }
    if (compaction->tail != NULL) {
        adopt_tail(&adoption, s, compaction);
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
