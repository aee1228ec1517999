#include "services/match/engine/orders_index.h"

#include "common/base/mem.h"
#include "services/match/engine/distance.h"
#include "services/match/engine/segment.h"

#include <stdlib.h>
#include <string.h>

#define FREE UINT32_MAX

/*
 * Cells of half a degree north by one degree east. An order stands in those that its radius
 * touches; one with a radius over RADIUS_CAP, or near a pole, stands anywhere. 150 km by road are
 * at most 1.04 degrees north and, up to 70 degrees of latitude, 3.2 degrees east.
 */
#define CELL_NORTH 500000
#define CELL_EAST 1000000
#define CELL_COLUMNS 361
#define CELL_KEYS (UINT32_C(5) << 29) /* above every segment_key */
#define RADIUS_CAP 150
#define LATITUDE_CAP 70000000
#define ROWS_AROUND 3
#define COLUMNS_AROUND 4
#define CELLS_CAP ((2 * ROWS_AROUND + 1) * (2 * COLUMNS_AROUND + 1))
#define KEYS_CAP (ENGINE_OCCUPATIONS_CAP + ENGINE_RELATED_CAP + 1)
_Static_assert(CELLS_CAP <= KEYS_CAP, "one array takes either");

#define DEGREE 1000000

/* ---- keys ---- */

static int32_t floor_cell(int32_t at, int32_t size)
{
    return at >= 0 ? at / size : -((size - 1 - at) / size);
}

static uint32_t cell_key(int32_t row, int32_t column)
{
    return CELL_KEYS | (uint32_t)((row + 90 * DEGREE / CELL_NORTH) * CELL_COLUMNS + column +
                                  180 * DEGREE / CELL_EAST);
}

uint32_t orders_index_cell(struct engine_place place)
{
    return cell_key(floor_cell(place.latitude, CELL_NORTH), floor_cell(place.longitude, CELL_EAST));
}

static size_t place_keys(const struct open_order *order, uint32_t keys[KEYS_CAP])
{
    const struct engine_place place = order->place;
    if (!distance_known(place) || order->radius_km == 0 || order->radius_km > RADIUS_CAP ||
        abs(place.latitude) > LATITUDE_CAP || abs(place.longitude) > 170 * DEGREE) {
        keys[0] = ORDERS_ANYWHERE;
        return 1;
    }
    const int32_t middle_row = floor_cell(place.latitude, CELL_NORTH);
    const int32_t middle_column = floor_cell(place.longitude, CELL_EAST);
    size_t count = 0;
    for (int32_t row = middle_row - ROWS_AROUND; row <= middle_row + ROWS_AROUND; row++) {
        for (int32_t column = middle_column - COLUMNS_AROUND;
             column <= middle_column + COLUMNS_AROUND; column++) {
            const struct distance_box box = {.south = row * CELL_NORTH,
                                             .north = (row + 1) * CELL_NORTH - 1,
                                             .west = column * CELL_EAST,
                                             .east = (column + 1) * CELL_EAST - 1};
            if (distance_box_within(&box, place, order->radius_km)) {
                keys[count++] = cell_key(row, column);
            }
        }
    }
    return count;
}

/* Under which the order stands. */
static size_t keys_of(const struct open_order *open, uint32_t keys[KEYS_CAP])
{
    if (open->where == OPEN_ORDER_BY_PLACE) {
        return place_keys(open, keys);
    }
    const uint32_t end = open_order_part_end(open, open->where);
    size_t count = 0;
    for (uint32_t at = open->where; at < end; at++) {
        keys[count] = open->terms[at].key;
        count += keys[count] != 0 ? 1 : 0;
    }
    return count;
}

/* ---- from key to pivot ---- */

void orders_index_init(struct orders_index *index)
{
    memset(index, 0, sizeof *index);
}

void orders_index_deinit(struct orders_index *index)
{
    for (uint32_t i = 0; i < index->pivot_count; i++) {
        mem_free(index->pivots[i].glances);
        mem_free(index->pivots[i].postings);
    }
    mem_free(index->pivots);
    mem_free(index->slots);
}

static uint32_t first_slot(const struct orders_index *index, uint32_t key)
{
    return (key * UINT32_C(2654435769)) & (index->slot_count - 1);
}

/* Where the key stands, or the free place where it would. */
static uint32_t slot_of(const struct orders_index *index, uint32_t key)
{
    uint32_t slot = first_slot(index, key);
    while (index->slots[slot] != FREE && index->pivots[index->slots[slot]].key != key) {
        slot = (slot + 1) & (index->slot_count - 1);
    }
    return slot;
}

static void grow(struct orders_index *index)
{
    const uint32_t room = index->pivot_room > 0 ? 2 * index->pivot_room : 512;
    index->bytes += (room - index->pivot_room) * (sizeof *index->pivots + 2 * sizeof(uint32_t));
    index->pivots = mem_resize(index->pivots, room, sizeof *index->pivots);
    index->pivot_room = room;
    index->slot_count = 2 * room;
    index->slots = mem_resize(index->slots, index->slot_count, sizeof *index->slots);
    memset(index->slots, 0xff, index->slot_count * sizeof *index->slots);
    for (uint32_t i = 0; i < index->pivot_count; i++) {
        index->slots[slot_of(index, index->pivots[i].key)] = i;
    }
}

static struct pivot *pivot_at(struct orders_index *index, uint32_t key)
{
    if (index->pivot_count == index->pivot_room) {
        grow(index);
    }
    const uint32_t slot = slot_of(index, key);
    if (index->slots[slot] == FREE) {
        index->slots[slot] = index->pivot_count;
        index->pivots[index->pivot_count++] = (struct pivot){.key = key};
    }
    return &index->pivots[index->slots[slot]];
}

void orders_index_fetch(const struct orders_index *index, uint32_t key)
{
    if (index->slot_count > 0) {
        __builtin_prefetch(&index->slots[first_slot(index, key)]);
    }
}

const struct pivot *orders_index_find(const struct orders_index *index, uint32_t key)
{
    if (index->slot_count == 0) {
        return NULL;
    }
    const uint32_t slot = slot_of(index, key);
    return index->slots[slot] != FREE ? &index->pivots[index->slots[slot]] : NULL;
}

/* ---- the rarest must ---- */

void orders_index_ask(struct orders_index *index, const struct open_order *open, int by)
{
    for (uint32_t at = 0; at < open->term_count && open->terms[at].must; at++) {
        if (open->terms[at].key != 0) {
            pivot_at(index, open->terms[at].key)->asked += (uint32_t)by;
        }
    }
}

/* How many musts ask for what meets this one. On the benchmark's pool and orders this finds as few
 * postings as counting the candidates does. */
static uint64_t commonness(const struct orders_index *index, const struct open_order *open,
                           uint32_t at, uint32_t end)
{
    uint64_t sum = 0;
    for (; at < end; at++) {
        const struct pivot *pivot = orders_index_find(index, open->terms[at].key);
        if (pivot != NULL) {
            sum += pivot->asked;
        }
    }
    return sum;
}

uint32_t orders_index_choose(const struct orders_index *index, const struct open_order *open)
{
    uint32_t best = OPEN_ORDER_BY_PLACE;
    uint64_t fewest = UINT64_MAX;
    for (uint32_t at = 0; at < open->term_count && open->terms[at].must;) {
        const uint32_t end = open_order_part_end(open, at);
        const uint64_t many = commonness(index, open, at, end);
        if (many < fewest) {
            best = at;
            fewest = many;
        }
        at = end;
    }
    return best;
}

/* ---- postings ---- */

/* Whether the sign of this must says something: one that several keys meet needs none of them
 * alone, and of the one that the order stands under there is a fact. */
static bool tells(const struct open_order *open, uint32_t at, uint32_t end)
{
    return end == at + 1 && open->terms[at].key != 0 &&
           (at != open->where || open->terms[at].minimum_level > 0);
}

static uint64_t glance_of(const struct open_order *open)
{
    uint64_t glance = open->work;
    unsigned musts = 0;
    for (uint32_t at = 0; at < open->term_count && open->terms[at].must && musts < GLANCE_MUSTS;) {
        const struct open_term *term = &open->terms[at];
        const uint32_t end = open_order_part_end(open, at);
        if (tells(open, at, end)) {
            glance |= (uint64_t)orders_candidate_sign(term->key, term->minimum_level)
                      << (GLANCE_WORK_BITS + musts++ * ORDERS_SIGN_BITS);
        }
        at = end;
    }
    return glance;
}

static void make_room(struct orders_index *index, struct pivot *pivot)
{
    if (pivot->count < pivot->room) {
        return;
    }
    const uint32_t room = pivot->room > 0 ? 2 * pivot->room : 4;
    index->bytes += (room - pivot->room) * (sizeof *pivot->glances + sizeof *pivot->postings);
    pivot->glances = mem_resize(pivot->glances, room, sizeof *pivot->glances);
    pivot->postings = mem_resize(pivot->postings, room, sizeof *pivot->postings);
    pivot->room = room;
}

void orders_index_add(struct orders_index *index, struct open_order *open)
{
    uint32_t keys[KEYS_CAP];
    const size_t count = keys_of(open, keys);
    const uint64_t glance = glance_of(open);
    for (size_t i = 0; i < count; i++) {
        struct pivot *pivot = pivot_at(index, keys[i]);
        make_room(index, pivot);
        pivot->glances[pivot->count] = glance;
        pivot->postings[pivot->count++] = (struct posting){.open = open,
                                                           .start = open->start,
                                                           .as_of = open->as_of,
                                                           .place = open->place,
                                                           .radius_km = open->radius_km};
    }
}

void orders_index_remove(struct orders_index *index, const struct open_order *open)
{
    uint32_t keys[KEYS_CAP];
    const size_t count = keys_of(open, keys);
    for (size_t i = 0; i < count; i++) {
        struct pivot *pivot = pivot_at(index, keys[i]);
        for (uint32_t at = pivot->count; at > 0; at--) { /* a code may stand twice in an order */
            if (pivot->postings[at - 1].open == open) {
                pivot->count--;
                pivot->glances[at - 1] = pivot->glances[pivot->count];
                pivot->postings[at - 1] = pivot->postings[pivot->count];
            }
        }
    }
}

void orders_index_clear(struct orders_index *index)
{
    for (uint32_t i = 0; i < index->pivot_count; i++) {
        index->pivots[i].count = 0;
    }
}
