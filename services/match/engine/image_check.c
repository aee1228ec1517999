/* Nothing that was read is used before it has been looked at here. */
#include "services/match/engine/build.h"
#include "services/match/engine/image.h"

static bool buckets_sound(const struct segment *segment)
{
    for (size_t kind = 0; kind < ENGINE_KIND_COUNT; kind++) {
        const struct buckets *buckets = &segment->buckets[kind];
        if (buckets->first_day < 0 || buckets->first_day > UINT16_MAX || buckets->width < 1 ||
            buckets->width > UINT16_MAX) {
            return false;
        }
    }
    return true;
}

static bool attributes_sound(const struct segment *segment)
{
    for (uint32_t i = 0; i < segment->count; i++) {
        const struct attributes *who = &segment->attributes[i];
        if ((who->flags & ~(ATTRIBUTES_PROTECTED | ATTRIBUTES_WITHDRAWN)) != 0 ||
            !segment_place_possible((struct engine_place){who->latitude, who->longitude})) {
            return false;
        }
    }
    return true;
}

static bool keys_sound(const struct segment *segment, uint32_t last_code)
{
    for (uint32_t row = 0; row < segment->row_count; row++) {
        const uint32_t key = segment->row_keys[row];
        if ((row > 0 && key <= segment->row_keys[row - 1]) ||
            (unsigned)segment_kind(key) >= ENGINE_KIND_COUNT || segment_code(key) > last_code) {
            return false;
        }
    }
    return true;
}

/* Lists lie one after another, without gaps, and fill the arrays. */
static bool offsets_sound(const struct segment *segment)
{
    const size_t stride = (size_t)segment->block_count + 1;
    uint32_t next = 0;
    for (uint32_t row = 0; row < segment->row_count; row++) {
        const uint32_t *offsets = segment->offsets + row * stride;
        for (uint32_t b = 0; b < segment->block_count; b++) {
            const uint32_t end = offsets[b + 1] & ~LIST_DENSE;
            if ((offsets[b] & ~LIST_DENSE) != next || end < next || end > segment->posting_count ||
                ((offsets[b] & LIST_DENSE) != 0 && end - next != segment->blocks[b].count)) {
                return false;
            }
            next = end;
        }
        if (offsets[segment->block_count] != next) {
            return false;
        }
    }
    return next == segment->posting_count;
}

static bool wide_sound(const struct segment *segment)
{
    for (uint32_t i = 0; i < segment->wide_count; i++) {
        const struct wide_fact *wide = &segment->wide[i];
        if (wide->position >= segment->posting_count || wide->level > UINT8_MAX ||
            (i > 0 && wide->position <= segment->wide[i - 1].position)) {
            return false;
        }
    }
    return true;
}

static bool packed_sound(uint8_t packed, enum engine_kind kind)
{
    const unsigned bucket = packed & PACKED_BUCKET_MASK;
    return packed >> PACKED_LEVEL_SHIFT <= POSTING_LEVEL_CAP &&
           !(bucket == PACKED_NO_DAY && segment_by_use(kind));
}

/* One list. `wide` is the next of the wide facts and moves on. */
static bool list_sound(const struct segment *segment, enum engine_kind kind, uint32_t block,
                       struct list list, uint32_t *wide)
{
    const uint32_t people = segment->blocks[block].count;
    uint32_t before = UINT32_MAX;
    for (uint32_t i = list.from; i < list.from + list.count; i++) {
        const uint32_t local = segment->locals[i];
        const uint8_t packed = segment->packed[i];
        const bool exact = (packed & PACKED_BUCKET_MASK) == PACKED_EXACT;
        const bool twin = i > list.from && local == before;
        if (local >= people || (i > list.from && local < before) ||
            (list.dense && local != i - list.from)) {
            return false;
        }
        before = local;
        if (list.dense && packed == PACKED_ABSENT) {
            continue;
        }
        if (!packed_sound(packed, kind) ||
            (twin && !(exact && (segment->packed[i - 1] & PACKED_BUCKET_MASK) == PACKED_EXACT))) {
            return false;
        }
        if (exact && (*wide == segment->wide_count || segment->wide[(*wide)++].position != i)) {
            return false;
        }
    }
    return true;
}

static bool lists_sound(const struct segment *segment)
{
    uint32_t wide = 0;
    for (uint32_t row = 0; row < segment->row_count; row++) {
        const enum engine_kind kind = segment_kind(segment->row_keys[row]);
        for (uint32_t b = 0; b < segment->block_count; b++) {
            if (!list_sound(segment, kind, b, segment_list(segment, row, b), &wide)) {
                return false;
            }
        }
    }
    return wide == segment->wide_count;
}

bool image_sound(const struct segment *segment, uint32_t last_code)
{
    return buckets_sound(segment) && attributes_sound(segment) && keys_sound(segment, last_code) &&
           offsets_sound(segment) && wide_sound(segment) && lists_sound(segment);
}
