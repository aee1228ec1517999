#include "services/match/engine/segment.h"

#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/gates.h"

#include <string.h>

void segment_hold(struct segment *segment)
{
    atomic_fetch_add_explicit(&segment->references, 1, memory_order_relaxed);
}

void segment_release(struct segment **segment)
{
    struct segment *self = *segment;
    *segment = NULL;
    if (self == NULL ||
        atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    mem_free(self->blocks);
    mem_free(self->ids);
    mem_free(self->attributes);
    gates_destroy(&self->gates);
    mem_free(self->by_id.slots);
    mem_free(self->row_keys);
    mem_free(self->row_slots);
    mem_free(self->offsets);
    mem_free(self->locals);
    mem_free(self->packed);
    mem_free(self->days);
    mem_free(self->years);
    mem_free(self->stated);
    mem_free(self->others);
    mem_free(self->wide);
    mem_free(self);
}

/* ---- finding ---- */

uint32_t segment_row(const struct segment *segment, uint32_t key)
{
    const uint32_t mask = segment->row_slot_count - 1;
    uint32_t at = build_hash_key(key) & mask;
    for (;;) {
        const uint32_t row = segment->row_slots[at];
        if (row == SEGMENT_NO_ROW || segment->row_keys[row] == key) {
            return row;
        }
        at = (at + 1) & mask;
    }
}

/* The next slot from `*at` on that may be of this hash; free: there is none. Goes past it. */
static uint32_t next_slot(const struct id_index *index, uint32_t hash, uint32_t *at)
{
    for (;;) {
        const uint32_t slot = index->slots[*at];
        *at = *at + 1 < index->slot_count ? *at + 1 : 0;
        if (slot == ID_SLOT_FREE || ((slot ^ hash) & ~index->number_mask) == 0) {
            return slot;
        }
    }
}

uint32_t segment_find(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE])
{
    const struct id_index *index = &segment->by_id;
    const uint64_t hash = build_hash_id(id);
    uint32_t at = build_id_home(hash, index->slot_count);
    for (;;) {
        const uint32_t slot = next_slot(index, (uint32_t)hash, &at);
        if (slot == ID_SLOT_FREE) {
            return segment->count;
        }
        const uint32_t candidate = slot & index->number_mask;
        if (memcmp(segment->ids[candidate], id, ENGINE_ID_SIZE) == 0) {
            return candidate;
        }
    }
}

void segment_find_soon(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE])
{
    const struct id_index *index = &segment->by_id;
    __builtin_prefetch(index->slots + build_id_home(build_hash_id(id), index->slot_count));
}

void segment_find_next(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE])
{
    const struct id_index *index = &segment->by_id;
    const uint64_t hash = build_hash_id(id);
    uint32_t at = build_id_home(hash, index->slot_count);
    const uint32_t slot = next_slot(index, (uint32_t)hash, &at);
    if (slot != ID_SLOT_FREE) {
        __builtin_prefetch(segment->ids[slot & index->number_mask]);
    }
}

/* The last of the blocks from `low` to `high` that begins at or before the candidate. */
static uint32_t block_within(const struct segment *segment, uint32_t candidate, uint32_t low,
                             uint32_t high)
{
    while (low < high) {
        const uint32_t middle = low + (high - low + 1) / 2;
        if (segment->blocks[middle].first <= candidate) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

/* Blocks are nearly of one size, so the place of the candidate all but tells. */
uint32_t segment_block_of(const struct segment *segment, uint32_t candidate)
{
    const uint32_t last = segment->block_count - 1;
    const uint32_t guess = (uint32_t)((uint64_t)candidate * segment->block_count / segment->count);
    const uint32_t low = guess > 0 ? guess - 1 : 0;
    const uint32_t high = guess < last ? guess + 1 : last;
    const bool within = segment->blocks[low].first <= candidate &&
                        (high == last || segment->blocks[high + 1].first > candidate);
    return within ? block_within(segment, candidate, low, high)
                  : block_within(segment, candidate, 0, last);
}

/* ---- reading ---- */

struct engine_candidate segment_plain(const struct segment *segment, uint32_t candidate)
{
    const struct attributes *from = &segment->attributes[candidate];
    struct engine_candidate plain = {
        .municipality = from->municipality,
        .place = {.latitude = from->latitude, .longitude = from->longitude},
        .max_travel_km = from->max_travel_km,
        .available_from = from->available_from,
        .work = from->work,
        .screening_until = from->screening_until,
        .is_protected = (from->flags & ATTRIBUTES_PROTECTED) != 0,
        .withdrawn = (from->flags & ATTRIBUTES_WITHDRAWN) != 0,
    };
    memcpy(plain.id, segment->ids[candidate], ENGINE_ID_SIZE);
    return plain;
}

const struct wide_fact *segment_wide(const struct segment *segment, uint32_t position)
{
    uint32_t low = 0;
    uint32_t high = segment->wide_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (segment->wide[middle].position < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return &segment->wide[low];
}

static int32_t plain_day(uint16_t day)
{
    return day == 0 ? ENGINE_NO_DAY : (int32_t)day;
}

struct engine_fact segment_fact(const struct segment *segment, uint32_t row, uint32_t position,
                                uint32_t candidate)
{
    const uint32_t key = segment->row_keys[row];
    const uint8_t packed = segment->packed[position];
    struct engine_fact fact = {
        .kind = segment_kind(key),
        .code = segment_code(key),
        .years = segment->years != NULL ? segment->years[position] : ENGINE_YEARS_UNKNOWN,
    };
    if ((packed & PACKED_BUCKET_MASK) == PACKED_EXACT) {
        const struct wide_fact *wide = segment_wide(segment, position);
        fact.level = (uint8_t)wide->level;
        fact.valid_until = wide->valid_until;
        fact.last_used = wide->last_used;
        fact.stated_on = wide->stated_on;
        return fact;
    }
    const int32_t day = plain_day(segment->days[position]);
    const int32_t other =
        segment->others != NULL ? plain_day(segment->others[position]) : ENGINE_NO_DAY;
    const uint16_t stated = segment->stated != NULL ? segment->stated[position] : 0;
    fact.level = packed >> PACKED_LEVEL_SHIFT;
    fact.valid_until = segment_by_use(fact.kind) ? ENGINE_NO_DAY : day;
    fact.last_used = segment_by_use(fact.kind) ? day : other;
    fact.stated_on = stated != 0 ? stated : segment->attributes[candidate].stated_on;
    return fact;
}

/* The first position of the list that is of this local number, or the list's end. */
static uint32_t seek_local(const struct segment *segment, struct list list, uint16_t local)
{
    uint32_t low = list.from;
    uint32_t high = list.from + list.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (segment->locals[middle] < local) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Where a search in many lists goes next: memory brings the lists of some rows while those of the
 * rows before them are searched. */
#define ROWS_AT_ONCE 64
struct rows {
    uint32_t first, count;
    struct list lists[ROWS_AT_ONCE]; /* of one block */
};

static void next_rows(const struct segment *segment, uint32_t block, uint32_t first,
                      struct rows *rows)
{
    const uint32_t left = segment->row_count - first;
    rows->first = first;
    rows->count = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
    for (uint32_t i = 0; i < rows->count; i++) {
        rows->lists[i] = segment_list(segment, first + i, block);
        __builtin_prefetch(segment->locals + rows->lists[i].from + rows->lists[i].count / 2);
    }
}

/* The first position in the list that is of this local number; the list's end: none. */
static uint32_t position_of(const struct segment *segment, struct list list, uint16_t local)
{
    if (!list.dense) {
        return seek_local(segment, list, local);
    }
    const uint32_t at = list.from + local;
    return segment->packed[at] == PACKED_ABSENT ? list.from + list.count : at;
}

size_t segment_facts(const struct segment *segment, uint32_t candidate, struct engine_fact *facts,
                     size_t cap)
{
    const uint32_t block = segment_block_of(segment, candidate);
    const uint16_t local = (uint16_t)(candidate - segment->blocks[block].first);
    struct rows rows[2];
    size_t count = 0;
    next_rows(segment, block, 0, &rows[0]);
    for (size_t turn = 0; rows[turn % 2].count > 0; turn++) {
        const struct rows *now = &rows[turn % 2];
        next_rows(segment, block, now->first + now->count, &rows[(turn + 1) % 2]);
        for (uint32_t i = 0; i < now->count; i++) {
            const struct list list = now->lists[i];
            const uint32_t end = list.from + list.count;
            uint32_t at = list.count > 0 ? position_of(segment, list, local) : end;
            for (; at < end && segment->locals[at] == local; at++, count++) {
                if (count < cap) {
                    facts[count] = segment_fact(segment, now->first + i, at, candidate);
                }
            }
        }
    }
    return count;
}
