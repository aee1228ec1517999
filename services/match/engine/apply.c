/* The next snapshot from the previous one and what changed. */
#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/compact.h"
#include "services/match/engine/snapshot.h"

#include <string.h>

static bool same_id(const struct engine_candidate *left, const struct engine_candidate *right)
{
    return memcmp(left->id, right->id, ENGINE_ID_SIZE) == 0;
}

#define FEW 16
static int check_distinct(const struct engine_candidate *changed, size_t count)
{
    if (count <= FEW) {
        for (size_t i = 1; i < count; i++) {
            for (size_t j = 0; j < i; j++) {
                if (same_id(&changed[i], &changed[j])) {
                    return ERROR_INVALID;
                }
            }
        }
        return 0;
    }
    uint8_t(*ids)[ENGINE_ID_SIZE] = mem_alloc(count * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        memcpy(ids[i], changed[i].id, ENGINE_ID_SIZE);
    }
    struct id_index index = {0};
    const int error = build_index(ids, (uint32_t)count, &index);
    mem_free(index.slots);
    mem_free(ids);
    return error;
}

static bool possible(const struct engine_candidate *candidate)
{
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const struct engine_fact *fact = &candidate->facts[i];
        if ((unsigned)fact->kind >= ENGINE_KIND_COUNT || fact->code >> SEGMENT_CODE_BITS != 0) {
            return false;
        }
    }
    return segment_place_possible(candidate->place);
}

static int check_ranges(const struct engine_candidate *changed, size_t count)
{
    size_t facts = 0;
    for (size_t i = 0; i < count; i++) {
        if (changed[i].removed) {
            continue;
        }
        if (!possible(&changed[i])) {
            return ERROR_INVALID;
        }
        facts += changed[i].fact_count;
    }
    return facts > INT32_MAX ? ERROR_LIMIT : 0;
}

/* Whoever has this id is no more. */
static void bury(struct engine_snapshot *snapshot, const uint8_t id[ENGINE_ID_SIZE])
{
    struct snapshot_at at;
    if (snapshot_find(snapshot, id, &at) == 0) {
        snapshot_bury(snapshot, at);
    }
}

/* Memory brings what is asked about those who come next: a search is little but waiting for it. */
#define SOON 8
#define NEXT 4
static void bury_all(struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                     size_t count)
{
    if (count > TAIL_FULL) {
        snapshot_settle(snapshot); /* so many are marked at once rather than one by one */
    }
    for (size_t i = 0; i < count; i++) {
        if (i + SOON < count) {
            snapshot_find_soon(snapshot, changed[i + SOON].id);
        }
        if (i + NEXT < count) {
            snapshot_find_next(snapshot, changed[i + NEXT].id);
        }
        bury(snapshot, changed[i].id);
    }
}

/* The living, those of the tail first. */
static size_t gather(const struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                     size_t count, const struct engine_candidate **list)
{
    size_t listed = 0;
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        if (!snapshot_tail_dead(snapshot, i)) {
            list[listed++] = snapshot->tail[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!changed[i].removed) {
            list[listed++] = &changed[i];
        }
    }
    return listed;
}

/* Makes a segment of the tail and the changed ones. */
static int seal(struct engine_snapshot *snapshot, const struct engine_candidate *const *list,
                size_t listed)
{
    struct segment *segment = NULL;
    int error = segment_build(list, listed, &segment);
    if (error != 0) {
        return error;
    }
    snapshot_drop_tail(snapshot);
    snapshot_settle(snapshot);
    if (snapshot->piece_count >= SNAPSHOT_SEGMENTS_CAP - 1) {
        error = compact_now(snapshot);
    }
    if (error != 0) {
        segment_release(&segment);
        return error;
    }
    snapshot_add_piece(snapshot, segment, NULL, segment->count);
    return 0;
}

/* A tail of its own, for a snapshot that has none or whose tail has been continued by another. */
static void begin_tail(struct engine_snapshot *snapshot, const struct engine_candidate *const *list,
                       size_t listed)
{
    struct tail *tail = tail_create();
    if (!tail_claim(tail, 0, listed)) {
        listed = 0; /* the caller knows that there is room in a new one */
    }
    struct tail *old = snapshot->tail_owner; /* `list` may point into it */
    snapshot->tail_owner = NULL;
    snapshot_drop_tail(snapshot);
    snapshot->tail_owner = tail;
    snapshot->tail = (const struct engine_candidate *const *)tail->items;
    snapshot->tail_bytes = sizeof *tail;
    for (size_t i = 0; i < listed; i++) {
        snapshot->tail_bytes += tail_put(tail, i, list[i]);
    }
    snapshot->tail_count = listed;
    snapshot->tail_living = listed;
    tail_release(&old);
}

/* By what it takes at the least, so that a batch that is far too large is not even
 * indexed. */
static bool over_cap(const struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                     size_t count)
{
    size_t least = 0;
    for (size_t i = 0; i < count && snapshot->bytes_cap != 0; i++) {
        if (!changed[i].removed) {
            least +=
                ENGINE_ID_SIZE + sizeof(struct attributes) +
                changed[i].fact_count * (sizeof(uint16_t) + sizeof(uint8_t) + sizeof(uint16_t));
        }
    }
    return snapshot->bytes_cap != 0 && snapshot->bytes + least > snapshot->bytes_cap;
}

/* They are enough for a segment, or the tail has no room for them or is no longer this snapshot's
 * to continue. `added` of them are not removed. */
static int add_elsewhere(struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                         size_t count, size_t added)
{
    const struct engine_candidate **list = mem_alloc((snapshot->tail_count + count) * sizeof *list);
    const size_t listed = gather(snapshot, changed, count, list);
    int error = 0;
    if (added <= TAIL_FULL && listed <= TAIL_CAP / 2) {
        begin_tail(snapshot, list, listed);
    } else {
        error = seal(snapshot, list, listed);
    }
    mem_free(list);
    return error;
}

/* Puts those who are not removed at the end of the tail, where they do not count yet. Returns the
 * bytes that they take. */
static size_t put_behind(const struct engine_snapshot *snapshot,
                         const struct engine_candidate *changed, size_t count)
{
    size_t at = snapshot->tail_count;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (!changed[i].removed) {
            bytes += tail_put(snapshot->tail_owner, at++, &changed[i]);
        }
    }
    return bytes;
}

/* Those who changed are no longer what they were, but what they are now. Memory brings what they
 * were while what they are is copied. */
static int exchange(struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                    size_t count)
{
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        added += changed[i].removed ? 0 : 1;
    }
    if (added > 0 && over_cap(snapshot, changed, count)) {
        return ERROR_LIMIT;
    }
    snapshot->count += added;
    if (added > 0 && added <= TAIL_FULL && snapshot->tail_owner != NULL &&
        tail_claim(snapshot->tail_owner, snapshot->tail_count, added)) {
        const size_t bytes = put_behind(snapshot, changed, count);
        bury_all(snapshot, changed, count);
        snapshot->tail_count += added;
        snapshot->tail_living += added;
        snapshot->tail_bytes += bytes;
        return 0;
    }
    bury_all(snapshot, changed, count);
    return added > 0 ? add_elsewhere(snapshot, changed, count, added) : 0;
}

static int apply(struct engine_snapshot *snapshot, const struct engine_candidate *changed,
                 size_t count)
{
    for (size_t i = 0; i < count && i < SOON; i++) {
        snapshot_find_soon(snapshot, changed[i].id);
    }
    int error = check_distinct(changed, count);
    if (error == 0) {
        error = check_ranges(changed, count);
    }
    if (error != 0) {
        return error;
    }
    for (size_t i = 0; i < count && i < NEXT; i++) {
        snapshot_find_next(snapshot, changed[i].id);
    }
    error = exchange(snapshot, changed, count);
    return error != 0 ? error : snapshot_account(snapshot);
}

int engine_apply(const struct engine_snapshot *previous, int64_t version,
                 const struct engine_candidate *changed, size_t count,
                 struct engine_snapshot **next)
{
    if (count >= INT32_MAX) {
        return ERROR_LIMIT;
    }
    struct engine_snapshot *s = snapshot_copy(previous, version);
    const int error = apply(s, changed, count);
    if (error != 0) {
        engine_snapshot_destroy(&s);
        return error;
    }
    *next = s;
    return 0;
}
