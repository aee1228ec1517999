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
_Static_assert(CELLS_CAP <= ORDERS_KEYS_CAP, "one array takes either");

#define DEGREE 1000000

/* ---- keys ---- */

static size_t add_key(uint32_t keys[ORDERS_KEYS_CAP], size_t count, enum engine_kind kind,
                      uint32_t code)
{
    keys[count] = segment_key(kind, code);
    return count + (code != 0 ? 1 : 0);
}

bool orders_index_is_must(const struct engine_order *order, size_t part)
{
    return part == 0 ? order->occupation_must : order->requirements[part - 1].must;
}

size_t orders_index_must_keys(const struct engine_order *order, size_t part,
                              uint32_t keys[ORDERS_KEYS_CAP])
{
    const struct engine_requirement *asked = part > 0 ? &order->requirements[part - 1] : NULL;
    const enum engine_kind kind = part > 0 ? asked->kind : ENGINE_OCCUPATION;
    const struct engine_related *related = part > 0 ? asked->related : order->related;
    const size_t related_count = part > 0 ? asked->related_count : order->related_count;
    size_t count = part > 0 ? add_key(keys, 0, kind, asked->code) : 0;
    for (size_t i = 0; part == 0 && i < order->occupation_count; i++) {
        count = add_key(keys, count, kind, order->occupations[i]);
    }
    for (size_t i = 0; i < related_count; i++) {
        if (engine_relation_halvings(related[i].relation) == 0) {
            count = add_key(keys, count, kind, related[i].code);
        }
    }
    return count;
}

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

static size_t place_keys(const struct engine_order *order, uint32_t keys[ORDERS_KEYS_CAP])
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

static size_t keys_of(const struct engine_order *order, size_t where,
                      uint32_t keys[ORDERS_KEYS_CAP])
{
    return where == ORDERS_BY_PLACE ? place_keys(order, keys)
                                    : orders_index_must_keys(order, where, keys);
}

/* ---- from key to pivot ---- */

void orders_index_init(struct orders_index *index)
{
    memset(index, 0, sizeof *index);
}

void orders_index_deinit(struct orders_index *index)
{
    for (uint32_t i = 0; i < index->pivot_count; i++) {
        mem_free(index->pivots[i].postings);
    }
    mem_free(index->pivots);
    mem_free(index->slots);
}

/* Where the key stands, or the free place where it would. */
static uint32_t slot_of(const struct orders_index *index, uint32_t key)
{
    uint32_t slot = (key * UINT32_C(2654435769)) & (index->slot_count - 1);
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

const struct pivot *orders_index_find(const struct orders_index *index, uint32_t key)
{
    if (index->slot_count == 0) {
        return NULL;
    }
    const uint32_t slot = slot_of(index, key);
    return index->slots[slot] != FREE ? &index->pivots[index->slots[slot]] : NULL;
}

/* ---- the rarest must ---- */

void orders_index_ask(struct orders_index *index, const struct engine_order *order, int by)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    for (size_t part = 0; part <= order->requirement_count; part++) {
        const size_t count =
            orders_index_is_must(order, part) ? orders_index_must_keys(order, part, keys) : 0;
        for (size_t i = 0; i < count; i++) {
            pivot_at(index, keys[i])->asked += (uint32_t)by;
        }
    }
}

/* How many musts ask for what meets this one. On the benchmark's pool and orders this finds as few
 * postings as counting the candidates does. */
static uint64_t commonness(const struct orders_index *index, const struct engine_order *order,
                           size_t part)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    const size_t count = orders_index_must_keys(order, part, keys);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pivot *pivot = orders_index_find(index, keys[i]);
        if (pivot != NULL) {
            sum += pivot->asked;
        }
    }
    return sum;
}

size_t orders_index_choose(const struct orders_index *index, const struct engine_order *order)
{
    size_t best = ORDERS_BY_PLACE;
    uint64_t fewest = 0;
    for (size_t part = 0; part <= order->requirement_count; part++) {
        if (!orders_index_is_must(order, part)) {
            continue;
        }
        const uint64_t many = commonness(index, order, part);
        if (best == ORDERS_BY_PLACE || many < fewest) {
            best = part;
            fewest = many;
        }
    }
    return best;
}

/* ---- postings ---- */

/* The largest difference that a box of places with the smallest one may have and still be within
 * the radius; `box` and `edge` are where it is tried. */
static int32_t reach(struct distance_box *box, int32_t *edge, int32_t *other,
                     const struct engine_order *order, int32_t from, int32_t limit)
{
    int32_t inside = 0;
    int32_t outside = limit;
    while (outside - inside > 1) {
        const int32_t middle = inside + (outside - inside) / 2;
        *edge = *other = from + middle;
        if (distance_box_within(box, order->place, order->radius_km)) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    return outside == limit ? INT32_MAX : outside;
}

static struct engine_place reach_of(const struct engine_order *order)
{
    const struct engine_place place = order->place;
    struct engine_place far = {INT32_MAX, INT32_MAX};
    if (!distance_known(place) || order->radius_km == 0 || abs(place.latitude) > LATITUDE_CAP) {
        return far;
    }
    struct distance_box box = {.west = place.longitude, .east = place.longitude};
    far.latitude = reach(&box, &box.south, &box.north, order, place.latitude,
                         180 * DEGREE - 2 * abs(place.latitude) - 2000);
    if (far.latitude == INT32_MAX || abs(place.latitude) + far.latitude > 85 * DEGREE) {
        return far;
    }
    box.south = place.latitude - far.latitude;
    box.north = place.latitude + far.latitude;
    far.longitude = reach(&box, &box.west, &box.east, order, place.longitude, 360 * DEGREE);
    return far;
}

static struct posting make_posting(const struct engine_order *order, size_t where, uint32_t slot)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    size_t also = 0;
    struct posting posting = {
        .slot = slot,
        .work = order->work,
        .start = order->start,
        .reach = reach_of(order),
    };
    if (posting.reach.latitude != INT32_MAX) {
        posting.place = order->place;
    }
    for (size_t part = 0; part <= order->requirement_count && also < ORDERS_ALSO; part++) {
        if (part != where && orders_index_is_must(order, part) &&
            orders_index_must_keys(order, part, keys) == 1) {
            posting.also[also++] = keys[0];
        }
    }
    return posting;
}

void orders_index_add(struct orders_index *index, const struct engine_order *order, size_t where,
                      uint32_t slot)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    const size_t count = keys_of(order, where, keys);
    const struct posting posting = make_posting(order, where, slot);
    for (size_t i = 0; i < count; i++) {
        struct pivot *pivot = pivot_at(index, keys[i]);
        if (pivot->count == pivot->room) {
            const uint32_t room = pivot->room > 0 ? 2 * pivot->room : 4;
            index->bytes += (room - pivot->room) * sizeof *pivot->postings;
            pivot->postings = mem_resize(pivot->postings, room, sizeof *pivot->postings);
            pivot->room = room;
        }
        pivot->postings[pivot->count++] = posting;
    }
}

void orders_index_remove(struct orders_index *index, const struct engine_order *order, size_t where,
                         uint32_t slot)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    const size_t count = keys_of(order, where, keys);
    for (size_t i = 0; i < count; i++) {
        struct pivot *pivot = pivot_at(index, keys[i]);
        for (uint32_t at = pivot->count; at > 0; at--) { /* a code may stand twice in an order */
            if (pivot->postings[at - 1].slot == slot) {
                pivot->postings[at - 1] = pivot->postings[--pivot->count];
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
