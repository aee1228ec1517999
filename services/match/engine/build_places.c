/* Who lies where: a KD split by place into blocks of nearly equal size. */
#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/gates.h"

#include <stdlib.h>

enum axis { BY_LATITUDE, BY_LONGITUDE, BY_TRADE };

static uint64_t biased(int32_t coordinate)
{
    return (uint32_t)coordinate ^ UINT32_C(0x80000000);
}

/* Neighbours on the axis; those at one place by trade. */
static uint64_t axis_key(const struct build_who *who, enum axis axis)
{
    switch (axis) {
    case BY_LATITUDE:
        return biased(who->latitude) << 32 | who->trade;
    case BY_LONGITUDE:
        return biased(who->longitude) << 32 | who->trade;
    default:
        return (uint64_t)who->trade << 32 | who->from;
    }
}

/* Cosine of whole degrees in thousandths (Bhaskara). */
static int64_t cosine(int64_t degrees)
{
    return 4000 * (8100 - degrees * degrees) / (32400 + degrees * degrees);
}

static enum axis widest(const struct build_who *who, size_t count)
{
    int64_t south = INT32_MAX;
    int64_t north = INT32_MIN;
    int64_t west = INT32_MAX;
    int64_t east = INT32_MIN;
    for (size_t i = 0; i < count; i++) {
        south = who[i].latitude < south ? who[i].latitude : south;
        north = who[i].latitude > north ? who[i].latitude : north;
        west = who[i].longitude < west ? who[i].longitude : west;
        east = who[i].longitude > east ? who[i].longitude : east;
    }
    if (south == north && west == east) {
        return BY_TRADE;
    }
    const int64_t middle = (south + north) / 2000000;
    const int64_t scale = middle > -90 && middle < 90 ? cosine(middle) : 1000;
    return (north - south) * 1000 >= (east - west) * scale ? BY_LATITUDE : BY_LONGITUDE;
}

static void swap(struct build_who *left, struct build_who *right)
{
    const struct build_who kept = *left;
    *left = *right;
    *right = kept;
}

static uint64_t median_of_three(const struct build_who *who, size_t low, size_t high,
                                enum axis axis)
{
    const uint64_t a = axis_key(&who[low], axis);
    const uint64_t b = axis_key(&who[low + (high - low) / 2], axis);
    const uint64_t c = axis_key(&who[high], axis);
    const uint64_t least = a < b ? a : b;
    const uint64_t most = a < b ? b : a;
    return c < least ? least : (c > most ? most : c);
}

/* Hoare's selection: afterwards nobody before `nth` has a greater key than anybody from it on. */
static void part_at(struct build_who *who, size_t count, size_t nth, enum axis axis)
{
    size_t low = 0;
    size_t high = count - 1;
    while (low < high) {
        const uint64_t pivot = median_of_three(who, low, high, axis);
        size_t i = low;
        size_t j = high;
        for (;;) {
            while (axis_key(&who[i], axis) < pivot) {
                i++;
            }
            while (axis_key(&who[j], axis) > pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            swap(&who[i++], &who[j--]);
        }
        if (nth <= j) {
            high = j;
        } else {
            low = j + 1;
        }
    }
}

static int compare_in_block(const void *left, const void *right)
{
    const struct build_who *l = left;
    const struct build_who *r = right;
    if (l->latitude != r->latitude) {
        return l->latitude < r->latitude ? -1 : 1;
    }
    if (l->longitude != r->longitude) {
        return l->longitude < r->longitude ? -1 : 1;
    }
    if (l->trade != r->trade) {
        return l->trade < r->trade ? -1 : 1;
    }
    return (l->from > r->from) - (l->from < r->from);
}

/* As many blocks as it says, in nearly equal parts. Depth: the logarithm of their number. */
static void split(struct build_who *who, size_t count, size_t blocks, uint32_t first,
                  struct block **next)
{
    if (blocks == 1) {
        qsort(who, count, sizeof *who, compare_in_block);
        **next = (struct block){.first = first, .count = (uint32_t)count};
        (*next)++;
        return;
    }
    const size_t left = count * (blocks / 2) / blocks;
    part_at(who, count, left, widest(who, count));
    split(who, left, blocks / 2, first, next);
    split(who + left, count - left, blocks - blocks / 2, first + (uint32_t)left, next);
}

/* Small segments have smaller blocks, so that a circle still leaves most of them out. */
#define SMALL_BLOCK 1024
#define BLOCKS_WANTED 24
static size_t blocks_for(size_t count)
{
    size_t cap = count / BLOCKS_WANTED;
    cap = cap < SMALL_BLOCK ? SMALL_BLOCK : (cap > BLOCK_CAP ? BLOCK_CAP : cap);
    return (count + cap - 1) / cap;
}

void build_places(struct builder *builder, struct build_who *who)
{
    struct segment *segment = builder->segment;
    const size_t blocks = blocks_for(segment->count);
    segment->block_count = (uint32_t)blocks;
    segment->blocks = mem_array(blocks, sizeof *segment->blocks);
    struct block *next = segment->blocks;
    split(who, segment->count, blocks, 0, &next);
}

static void widen(struct block *block, const struct attributes *who)
{
    if (who->latitude == INT32_MIN || who->longitude == INT32_MIN) {
        block->place_unknown = true;
    } else {
        block->south = who->latitude < block->south ? who->latitude : block->south;
        block->north = who->latitude > block->north ? who->latitude : block->north;
        block->west = who->longitude < block->west ? who->longitude : block->west;
        block->east = who->longitude > block->east ? who->longitude : block->east;
    }
    if (who->max_travel_km == 0) {
        block->unlimited_travel = true;
    } else if (who->max_travel_km > block->longest_travel_km) {
        block->longest_travel_km = who->max_travel_km;
    }
}

void build_boxes(struct segment *segment)
{
    for (uint32_t b = 0; b < segment->block_count; b++) {
        struct block *block = &segment->blocks[b];
        *block = (struct block){.first = block->first,
                                .count = block->count,
                                .south = INT32_MAX,
                                .north = INT32_MIN,
                                .west = INT32_MAX,
                                .east = INT32_MIN};
        for (uint32_t i = 0; i < block->count; i++) {
            widen(block, &segment->attributes[block->first + i]);
        }
    }
    gates_destroy(&segment->gates);
    segment->gates = gates_create(segment);
}
