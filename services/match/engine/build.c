/* Rows of postings, one after another. */
#include "services/match/engine/build.h"

#include "common/base/mem.h"
#include "services/match/engine/gates.h"

#define POSTINGS_CAP (size_t) INT32_MAX

void build_init(struct builder *builder, size_t candidates)
{
    struct segment *segment = mem_zalloc(sizeof *segment);
    atomic_init(&segment->references, 1);
    segment->count = (uint32_t)candidates;
    segment->ids = mem_alloc_wide(candidates * sizeof *segment->ids);
    segment->attributes = mem_array(candidates, sizeof *segment->attributes);
    *builder = (struct builder){.segment = segment};
}

void build_deinit(struct builder *builder)
{
    segment_release(&builder->segment);
    mem_free(builder->wide);
    builder->wide = NULL;
}

/* ---- who ---- */

/* Three in four are taken: a search goes past one or two. */
static uint32_t slots_for(uint32_t count)
{
    return count + count / 3 + 1;
}

static uint32_t numbers_below(uint32_t count)
{
    uint32_t mask = 1;
    while (mask < count) {
        mask = mask << 1 | 1;
    }
    return mask;
}

/* Puts the candidate into the first free slot from its home on. False: its id is there already. */
static bool put_id(struct id_index *index, uint8_t (*ids)[ENGINE_ID_SIZE], uint32_t candidate)
{
    const uint64_t hash = build_hash_id(ids[candidate]);
    const uint32_t above = (uint32_t)hash & ~index->number_mask;
    uint32_t at = build_id_home(hash, index->slot_count);
    for (; index->slots[at] != ID_SLOT_FREE; at = at + 1 < index->slot_count ? at + 1 : 0) {
        const uint32_t slot = index->slots[at];
        if ((slot & ~index->number_mask) == above &&
            memcmp(ids[slot & index->number_mask], ids[candidate], ENGINE_ID_SIZE) == 0) {
            return false;
        }
    }
    index->slots[at] = above | candidate;
    return true;
}

int build_index(uint8_t (*ids)[ENGINE_ID_SIZE], uint32_t count, struct id_index *index)
{
    const uint32_t slots = slots_for(count);
    *index = (struct id_index){.slots = mem_alloc_wide(slots * sizeof *index->slots),
                               .slot_count = slots,
                               .number_mask = numbers_below(count)};
    memset(index->slots, 0xff, slots * sizeof *index->slots);
    for (uint32_t i = 0; i < count; i++) {
        if (!put_id(index, ids, i)) {
            return ERROR_INVALID;
        }
    }
    return 0;
}

int build_ids(struct segment *segment)
{
    return build_index(segment->ids, segment->count, &segment->by_id);
}

/* ---- postings ---- */

struct posting build_wide(struct builder *builder, const struct wide_fact *wide, uint32_t at,
                          uint8_t years)
{
    if (builder->wide_count == builder->wide_cap) {
        builder->wide_cap = builder->wide_cap * 2 + 16;
        builder->wide = mem_resize(builder->wide, builder->wide_cap, sizeof *builder->wide);
    }
    const uint32_t place = builder->wide_count++;
    builder->wide[place] = *wide;
    return (struct posting){.at = at,
                            .day = (uint16_t)place,
                            .stated = (uint16_t)(place >> 16),
                            .level = POSTING_WIDE,
                            .years = years};
}

static bool fits(int32_t day)
{
    return day > 0 && day <= UINT16_MAX;
}

static bool fits_or_none(int32_t day)
{
    return day == ENGINE_NO_DAY || fits(day);
}

static uint16_t narrow(int32_t day)
{
    return day == ENGINE_NO_DAY ? 0 : (uint16_t)day;
}

struct posting build_posting(struct builder *builder, const struct engine_fact *fact, uint32_t at,
                             uint16_t usual)
{
    const bool by_use = segment_by_use(fact->kind);
    const bool ends = by_use && fact->valid_until != ENGINE_NO_DAY;
    if (!fits(fact->stated_on) || !fits_or_none(fact->last_used) ||
        !fits_or_none(fact->valid_until) || fact->level > POSTING_LEVEL_CAP || ends) {
        const struct wide_fact wide = {.valid_until = fact->valid_until,
                                       .last_used = fact->last_used,
                                       .stated_on = fact->stated_on,
                                       .level = fact->level};
        return build_wide(builder, &wide, at, fact->years);
    }
    return (struct posting){
        .at = at,
        .day = narrow(by_use ? fact->last_used : fact->valid_until),
        .other = narrow(by_use ? ENGINE_NO_DAY : fact->last_used),
        .stated = fact->stated_on == usual ? 0 : (uint16_t)fact->stated_on,
        .level = fact->level,
        .years = fact->years,
    };
}

/* ---- rows ---- */

/* Room for `more` places. */
static int reserve(struct builder *builder, size_t more)
{
    struct segment *s = builder->segment;
    const size_t needed = s->posting_count + more;
    if (needed > POSTINGS_CAP) {
        return ERROR_LIMIT;
    }
    if (needed <= builder->posting_cap) {
        return 0;
    }
    size_t cap = needed + needed / 4;
    cap = cap > POSTINGS_CAP ? POSTINGS_CAP : cap;
    s->locals = mem_resize(s->locals, cap, sizeof *s->locals);
    s->packed = mem_resize(s->packed, cap, sizeof *s->packed);
    s->days = mem_resize(s->days, cap, sizeof *s->days);
    if (s->years != NULL) {
        s->years = mem_resize(s->years, cap, sizeof *s->years);
    }
    if (s->stated != NULL) {
        s->stated = mem_resize(s->stated, cap, sizeof *s->stated);
    }
    if (s->others != NULL) {
        s->others = mem_resize(s->others, cap, sizeof *s->others);
    }
    builder->posting_cap = (uint32_t)cap;
    return 0;
}

/* The optional columns are made when the first posting needs them; before it they had nothing to
 * say. */
static void need_columns(struct builder *builder, const struct posting *postings, size_t count)
{
    struct segment *s = builder->segment;
    bool years = false;
    uint16_t stated = 0;
    uint16_t others = 0;
    for (size_t i = 0; i < count; i++) {
        years |= postings[i].years != ENGINE_YEARS_UNKNOWN;
        if (postings[i].level != POSTING_WIDE) {
            stated |= postings[i].stated;
            others |= postings[i].other;
        }
    }
    const size_t before = s->posting_count;
    if (years && s->years == NULL) {
        s->years = mem_resize(NULL, builder->posting_cap, sizeof *s->years);
        memset(s->years, ENGINE_YEARS_UNKNOWN, before);
    }
    if (stated != 0 && s->stated == NULL) {
        s->stated = mem_resize(NULL, builder->posting_cap, sizeof *s->stated);
        memset(s->stated, 0, before * sizeof *s->stated);
    }
    if (others != 0 && s->others == NULL) {
        s->others = mem_resize(NULL, builder->posting_cap, sizeof *s->others);
        memset(s->others, 0, before * sizeof *s->others);
    }
}

/* Places of a dense list in which nobody stands. */
static void put_absent(struct segment *s, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        s->locals[from + i] = (uint16_t)i;
    }
    memset(s->packed + from, PACKED_ABSENT, count);
    memset(s->days + from, 0, count * sizeof *s->days);
    if (s->years != NULL) {
        memset(s->years + from, ENGINE_YEARS_UNKNOWN, count);
    }
    if (s->stated != NULL) {
        memset(s->stated + from, 0, count * sizeof *s->stated);
    }
    if (s->others != NULL) {
        memset(s->others + from, 0, count * sizeof *s->others);
    }
}

/* Bucket 1 also holds all earlier days, the last one all later ones. */
static uint8_t bucket_of(const struct buckets *buckets, int32_t day)
{
    if (day < buckets->first_day) {
        return 1;
    }
    const int32_t bucket = (day - buckets->first_day) / buckets->width;
    return bucket >= PACKED_BUCKETS ? PACKED_BUCKETS : (uint8_t)(bucket + 1);
}

static uint8_t packed_of(const struct segment *segment, enum engine_kind kind,
                         const struct posting *posting)
{
    uint8_t bucket = PACKED_NO_DAY;
    if (posting->day != 0) {
        bucket = bucket_of(&segment->buckets[kind], posting->day);
    } else if (segment_by_use(kind)) {
        const uint16_t usual = segment->attributes[posting->at].stated_on;
        bucket = bucket_of(&segment->buckets[kind], posting->stated != 0 ? posting->stated : usual);
    }
    return (uint8_t)(posting->level << PACKED_LEVEL_SHIFT | bucket);
}

static int32_t plain_day(uint16_t day)
{
    return day == 0 ? ENGINE_NO_DAY : (int32_t)day;
}

static struct wide_fact widen(const struct segment *segment, enum engine_kind kind,
                              const struct posting *posting)
{
    const bool by_use = segment_by_use(kind);
    const uint16_t usual = segment->attributes[posting->at].stated_on;
    return (struct wide_fact){
        .valid_until = plain_day(by_use ? posting->other : posting->day),
        .last_used = plain_day(by_use ? posting->day : posting->other),
        .stated_on = posting->stated != 0 ? posting->stated : usual,
        .level = posting->level,
    };
}

static void put_wide(struct builder *builder, enum engine_kind kind, uint32_t position,
                     const struct posting *posting)
{
    struct segment *s = builder->segment;
    if (s->wide_count == builder->segment_wide_cap) {
        builder->segment_wide_cap = builder->segment_wide_cap * 2 + 16;
        s->wide = mem_resize(s->wide, builder->segment_wide_cap, sizeof *s->wide);
    }
    struct wide_fact *wide = &s->wide[s->wide_count++];
    *wide = posting->level == POSTING_WIDE
                ? builder->wide[posting->day | (uint32_t)posting->stated << 16]
                : widen(s, kind, posting);
    wide->position = position;
}

static void put(struct builder *builder, enum engine_kind kind, const struct posting *posting,
                uint32_t position, uint16_t local, bool twin)
{
    struct segment *s = builder->segment;
    const bool wide = twin || posting->level == POSTING_WIDE;
    s->locals[position] = local;
    s->packed[position] = wide ? PACKED_EXACT : packed_of(s, kind, posting);
    s->days[position] = wide ? 0 : posting->day;
    if (s->years != NULL) {
        s->years[position] = posting->years;
    }
    if (s->stated != NULL) {
        s->stated[position] = wide ? 0 : posting->stated;
    }
    if (s->others != NULL) {
        s->others[position] = wide ? 0 : posting->other;
    }
    if (wide) {
        put_wide(builder, kind, position, posting);
    }
}

static bool somebody_twice(const struct posting *postings, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (postings[i].at == postings[i - 1].at) {
            return true;
        }
    }
    return false;
}

/* The candidate has another fact with this key, which a query must not miss. */
static bool has_twin(const struct posting *postings, size_t count, size_t at)
{
    return (at > 0 && postings[at - 1].at == postings[at].at) ||
           (at + 1 < count && postings[at + 1].at == postings[at].at);
}

/* The list of one block. */
static int build_list(struct builder *builder, uint32_t *offset, enum engine_kind kind,
                      const struct block *block, const struct posting *postings, size_t count)
{
    struct segment *s = builder->segment;
    const bool twins = somebody_twice(postings, count);
    const bool dense = 2 * count >= block->count && !twins;
    const size_t places = dense ? block->count : count;
    const uint32_t from = s->posting_count;
    const int error = reserve(builder, places);
    if (error != 0) {
        return error;
    }
    need_columns(builder, postings, count);
    if (dense) {
        put_absent(s, from, block->count);
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t local = postings[i].at - block->first;
        put(builder, kind, &postings[i], from + (dense ? local : (uint32_t)i), (uint16_t)local,
            twins && has_twin(postings, count, i));
    }
    *offset = from | (dense ? LIST_DENSE : 0);
    s->posting_count += (uint32_t)places;
    return 0;
}

/* A row's offsets, zeroed. */
static uint32_t *next_row(struct builder *builder, uint32_t key)
{
    struct segment *s = builder->segment;
    const size_t stride = (size_t)s->block_count + 1;
    if (s->row_count == builder->row_cap) {
        builder->row_cap = builder->row_cap * 2 + 256;
        s->row_keys = mem_resize(s->row_keys, builder->row_cap, sizeof *s->row_keys);
        s->offsets = mem_resize(s->offsets, builder->row_cap * stride, sizeof *s->offsets);
    }
    s->row_keys[s->row_count] = key;
    return s->offsets + s->row_count++ * stride;
}

int build_row(struct builder *builder, uint32_t key, const struct posting *postings, size_t count)
{
    const struct segment *s = builder->segment;
    uint32_t *offsets = next_row(builder, key);
    size_t from = 0;
    for (uint32_t b = 0; b < s->block_count; b++) {
        const struct block *block = &s->blocks[b];
        const uint32_t end = block->first + block->count;
        size_t until = from;
        while (until < count && postings[until].at < end) {
            until++;
        }
        offsets[b] = s->posting_count;
        if (until > from) {
            const int error = build_list(builder, &offsets[b], segment_kind(key), block,
                                         postings + from, until - from);
            if (error != 0) {
                return error;
            }
        }
        from = until;
    }
    offsets[s->block_count] = s->posting_count;
    return 0;
}

/* ---- the end ---- */

void build_slots(struct segment *segment)
{
    uint32_t slots = 4;
    while (slots < segment->row_count * 2) {
        slots *= 2;
    }
    mem_free(segment->row_slots);
    segment->row_slots = mem_alloc(slots * sizeof *segment->row_slots);
    segment->row_slot_count = slots;
    memset(segment->row_slots, 0xff, slots * sizeof *segment->row_slots);
    for (uint32_t row = 0; row < segment->row_count; row++) {
        uint32_t at = build_hash_key(segment->row_keys[row]) & (slots - 1);
        while (segment->row_slots[at] != SEGMENT_NO_ROW) {
            at = (at + 1) & (slots - 1);
        }
        segment->row_slots[at] = row;
    }
}

void build_sum(struct segment *segment)
{
    const struct segment *s = segment;
    const size_t rows = (size_t)s->row_count;
    size_t posting = sizeof *s->locals + sizeof *s->packed + sizeof *s->days;
    posting += s->years != NULL ? sizeof *s->years : 0;
    posting += s->stated != NULL ? sizeof *s->stated : 0;
    posting += s->others != NULL ? sizeof *s->others : 0;
    const size_t candidate = sizeof *s->ids + sizeof *s->attributes;
    segment->bytes = sizeof *s + s->gates->bytes + s->block_count * sizeof *s->blocks +
                     s->count * candidate + slots_for(s->count) * sizeof *s->by_id.slots +
                     rows * sizeof *s->row_keys + s->row_slot_count * sizeof *s->row_slots +
                     rows * ((size_t)s->block_count + 1) * sizeof *s->offsets +
                     s->posting_count * posting + s->wide_count * sizeof *s->wide;
}

struct segment *build_finish(struct builder *builder)
{
    struct segment *s = builder->segment;
    const size_t postings = s->posting_count;
    const size_t stride = (size_t)s->block_count + 1;
    s->row_keys = mem_resize(s->row_keys, s->row_count, sizeof *s->row_keys);
    s->offsets = mem_settle(s->offsets, s->row_count * stride, sizeof *s->offsets);
    s->locals = mem_settle(s->locals, postings, sizeof *s->locals);
    s->packed = mem_settle(s->packed, postings, sizeof *s->packed);
    s->days = mem_settle(s->days, postings, sizeof *s->days);
    s->years = s->years != NULL ? mem_resize(s->years, postings, sizeof *s->years) : NULL;
    s->stated = s->stated != NULL ? mem_resize(s->stated, postings, sizeof *s->stated) : NULL;
    s->others = s->others != NULL ? mem_resize(s->others, postings, sizeof *s->others) : NULL;
    s->wide = s->wide != NULL ? mem_resize(s->wide, s->wide_count, sizeof *s->wide) : NULL;
    build_slots(s);
    build_sum(s);
    builder->segment = NULL;
    build_deinit(builder);
    return s;
}
