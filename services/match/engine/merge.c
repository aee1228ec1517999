#include "services/match/engine/merge.h"

#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/radix.h"

#define LEFT_OUT UINT32_MAX

struct merge {
    const struct merge_source *sources;
    size_t count;
    uint32_t *base;     /* per source: the number of its first candidate */
    uint32_t *next_row; /* per source: the first row that is not merged yet */
    uint32_t *at;       /* per old number: the place in the new segment, or LEFT_OUT */
    struct builder builder;
    struct posting *postings, *spare;
    size_t posting_cap;
};

static bool is_dead(const struct merge_source *source, uint32_t block, uint32_t local)
{
    const uint64_t *bits = source->dead != NULL ? dead_bits(source->dead, block) : NULL;
    return bits != NULL && (bits[local / 64] >> (local % 64) & 1) != 0;
}

/* ---- who ---- */

/* Per old number the least occupation code. */
static void find_trades(const struct merge *merge, uint32_t *trades)
{
    for (size_t s = 0; s < merge->count; s++) {
        const struct segment *from = merge->sources[s].segment;
        for (uint32_t row = from->row_count; row-- > 0;) {
            if (segment_kind(from->row_keys[row]) != ENGINE_OCCUPATION) {
                break; /* the last kind: its rows are the last */
            }
            for (uint32_t b = 0; b < from->block_count; b++) {
                const struct list list = segment_list(from, row, b);
                for (uint32_t i = list.from; i < list.from + list.count; i++) {
                    if (from->packed[i] != PACKED_ABSENT) {
                        trades[merge->base[s] + from->blocks[b].first + from->locals[i]] =
                            segment_code(from->row_keys[row]);
                    }
                }
            }
        }
    }
}

/* Lists the living; returns how many. */
static size_t list_living(const struct merge *merge, const uint32_t *trades, struct build_who *who)
{
    size_t living = 0;
    for (size_t s = 0; s < merge->count; s++) {
        const struct segment *from = merge->sources[s].segment;
        for (uint32_t b = 0; b < from->block_count; b++) {
            for (uint32_t local = 0; local < from->blocks[b].count; local++) {
                const uint32_t candidate = from->blocks[b].first + local;
                const struct attributes *attributes = &from->attributes[candidate];
                if (is_dead(&merge->sources[s], b, local)) {
                    continue;
                }
                who[living++] = (struct build_who){.latitude = attributes->latitude,
                                                   .longitude = attributes->longitude,
                                                   .trade = trades[merge->base[s] + candidate],
                                                   .from = merge->base[s] + candidate};
            }
        }
    }
    return living;
}

static size_t source_of(const struct merge *merge, uint32_t number)
{
    size_t s = merge->count - 1;
    while (merge->base[s] > number) {
        s--;
    }
    return s;
}

/* Puts the living in their places; fills `at`. */
static int place(struct merge *merge, struct build_who *who, size_t living)
{
    build_init(&merge->builder, living);
    build_places(&merge->builder, who);
    struct segment *segment = merge->builder.segment;
    for (uint32_t at = 0; at < living; at++) {
        const size_t s = source_of(merge, who[at].from);
        const struct segment *from = merge->sources[s].segment;
        const uint32_t candidate = who[at].from - merge->base[s];
        memcpy(segment->ids[at], from->ids[candidate], ENGINE_ID_SIZE);
        segment->attributes[at] = from->attributes[candidate];
        merge->at[who[at].from] = at;
    }
    build_boxes(segment);
    return build_ids(segment);
}

/* ---- rows ---- */

/* Each kind's buckets cover what they covered in any of the sources. */
static void join_buckets(const struct merge *merge)
{
    for (size_t kind = 0; kind < ENGINE_KIND_COUNT; kind++) {
        int32_t first = INT32_MAX;
        int32_t end = INT32_MIN;
        for (size_t s = 0; s < merge->count; s++) {
            const struct buckets *from = &merge->sources[s].segment->buckets[kind];
            const int32_t from_end = from->first_day + PACKED_BUCKETS * from->width;
            first = from->first_day < first ? from->first_day : first;
            end = from_end > end ? from_end : end;
        }
        merge->builder.segment->buckets[kind] = (struct buckets){
            .first_day = first, .width = (end - first + PACKED_BUCKETS - 1) / PACKED_BUCKETS};
    }
}

static void need_room(struct merge *merge, size_t postings)
{
    if (postings > merge->posting_cap) {
        merge->posting_cap = postings + postings / 2;
        mem_free(merge->spare);
        merge->postings = mem_resize(merge->postings, merge->posting_cap, sizeof *merge->postings);
        merge->spare = mem_alloc(merge->posting_cap * sizeof *merge->spare);
    }
}

static struct posting posting_at(struct merge *merge, const struct segment *from, uint32_t position,
                                 uint32_t at)
{
    const uint8_t packed = from->packed[position];
    const uint8_t years = from->years != NULL ? from->years[position] : ENGINE_YEARS_UNKNOWN;
    if ((packed & PACKED_BUCKET_MASK) == PACKED_EXACT) {
        return build_wide(&merge->builder, segment_wide(from, position), at, years);
    }
    return (struct posting){
        .at = at,
        .day = from->days[position],
        .stated = from->stated != NULL ? from->stated[position] : 0,
        .other = from->others != NULL ? from->others[position] : 0,
        .level = packed >> PACKED_LEVEL_SHIFT,
        .years = years,
    };
}

/* Appends the living of one list to the row's postings; returns how many there are then. */
static size_t take_list(struct merge *merge, size_t source, uint32_t block, struct list list,
                        size_t count)
{
    const struct segment *from = merge->sources[source].segment;
    const uint32_t *at = merge->at + merge->base[source] + from->blocks[block].first;
    for (uint32_t i = list.from; i < list.from + list.count; i++) {
        const uint32_t to = at[from->locals[i]];
        if (to != LEFT_OUT && from->packed[i] != PACKED_ABSENT) {
            merge->postings[count++] = posting_at(merge, from, i, to);
        }
    }
    return count;
}

static size_t take_row(struct merge *merge, size_t source, uint32_t row, size_t count)
{
    const struct segment *from = merge->sources[source].segment;
    const struct list first = segment_list(from, row, 0);
    const struct list last = segment_list(from, row, from->block_count - 1);
    need_room(merge, count + (last.from + last.count - first.from));
    for (uint32_t b = 0; b < from->block_count; b++) {
        count = take_list(merge, source, b, segment_list(from, row, b), count);
    }
    return count;
}

/* The least key of the rows that are not merged yet. */
static bool next_key(const struct merge *merge, uint32_t *key)
{
    bool found = false;
    for (size_t s = 0; s < merge->count; s++) {
        const struct segment *from = merge->sources[s].segment;
        if (merge->next_row[s] < from->row_count &&
            (!found || from->row_keys[merge->next_row[s]] < *key)) {
            *key = from->row_keys[merge->next_row[s]];
            found = true;
        }
    }
    return found;
}

static int merge_rows(struct merge *merge)
{
    uint32_t key = 0;
    int error = 0;
    while (error == 0 && next_key(merge, &key)) {
        size_t count = 0;
        for (size_t s = 0; s < merge->count; s++) {
            const struct segment *from = merge->sources[s].segment;
            if (merge->next_row[s] < from->row_count && from->row_keys[merge->next_row[s]] == key) {
                count = take_row(merge, s, merge->next_row[s]++, count);
            }
        }
        if (count > 0) {
            radix_sort_postings(merge->postings, merge->spare, count,
                                merge->builder.segment->count);
            error = build_row(&merge->builder, key, merge->postings, count);
        }
    }
    return error;
}

/* ---- the whole ---- */

static int merge_living(struct merge *merge, struct build_who *who, size_t living,
                        struct segment **merged)
{
    int error = place(merge, who, living);
    if (error == 0) {
        join_buckets(merge);
        error = merge_rows(merge);
    }
    if (error == 0) {
        *merged = build_finish(&merge->builder);
    } else {
        build_deinit(&merge->builder);
    }
    mem_free(merge->postings);
    mem_free(merge->spare);
    return error;
}

int merge_segments(const struct merge_source *sources, size_t count, struct segment **merged)
{
    struct merge merge = {.sources = sources, .count = count};
    merge.base = mem_array(count, sizeof *merge.base);
    merge.next_row = mem_array(count, sizeof *merge.next_row);
    size_t total = 0;
    for (size_t s = 0; s < count; s++) {
        merge.base[s] = (uint32_t)total;
        total += sources[s].segment->count;
    }
    int error = total >= INT32_MAX ? ERROR_LIMIT : 0;
    *merged = NULL;
    if (error == 0) {
        struct build_who *who = mem_array(total, sizeof *who);
        merge.at = mem_alloc(total * sizeof *merge.at);
        memset(merge.at, 0xff, total * sizeof *merge.at); /* serves as the trades first */
        find_trades(&merge, merge.at);
        const size_t living = list_living(&merge, merge.at, who);
        memset(merge.at, 0xff, total * sizeof *merge.at);
        if (living > 0) {
            error = merge_living(&merge, who, living, merged);
        }
        mem_free(who);
        mem_free(merge.at);
    }
    mem_free(merge.next_row);
    mem_free(merge.base);
    return error;
}
