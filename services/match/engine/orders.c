/* The other way round: one candidate against every open order. */
#include "services/match/engine/orders_index.h"

#include "common/base/mem.h"
#include "services/match/engine/distance.h"
#include "services/match/engine/tie.h"

#include <endian.h>
#include <string.h>

#define FREE UINT32_MAX
#define LINE 64         /* bytes of memory that come at once */
#define FETCHED 256     /* bytes of an order */
#define AHEAD 8         /* orders */
#define SETTLE_AFTER 64 /* changes, at least, before all orders are looked at anew */

struct hit {
    uint64_t first; /* bytes of its id, as they sort */
    const uint8_t *order;
    uint16_t score;
};

struct engine_orders {
    struct open_order **orders; /* by slot; NULL: free */
    uint32_t slot_count;
    uint32_t slot_room;
    uint32_t *spare; /* slots that were freed */
    uint32_t spare_count;
    uint32_t *by_id; /* open addressing from id to slot */
    uint32_t by_id_count;
    size_t count;
    size_t bytes;

    struct orders_index index;
    size_t changes; /* since the index was last settled */
    size_t settled; /* orders in it then */

    /* Of the match that runs. */
    uint32_t match;
    struct plan plan;
    struct orders_candidate candidate;
    const struct pivot **pivots; /* that the candidate has */
    size_t pivot_count;
    size_t pivot_room;
    uint32_t *passed; /* postings under a key that a glance lets through */
    size_t passed_room;
    struct open_order **open; /* those that nothing has ruled out yet */
    size_t open_count;
    size_t open_room;
    struct hit *hits;
    size_t hit_count;
    size_t hit_room;
};

struct engine_orders *engine_orders_create(void)
{
    struct engine_orders *orders = mem_zalloc(sizeof *orders);
    orders->bytes = sizeof *orders;
    orders_index_init(&orders->index);
    return orders;
}

void engine_orders_destroy(struct engine_orders **orders)
{
    struct engine_orders *gone = *orders;
    if (gone == NULL) {
        return;
    }
    *orders = NULL;
    for (uint32_t slot = 0; slot < gone->slot_count; slot++) {
        mem_free(gone->orders[slot]);
    }
    orders_index_deinit(&gone->index);
    mem_free(gone->orders);
    mem_free(gone->spare);
    mem_free(gone->by_id);
    orders_candidate_deinit(&gone->candidate);
    mem_free(gone->pivots);
    mem_free(gone->passed);
    mem_free(gone->open);
    mem_free(gone->hits);
    mem_free(gone);
}

size_t engine_orders_count(const struct engine_orders *orders)
{
    return orders->count;
}

size_t engine_orders_bytes(const struct engine_orders *orders)
{
    return orders->bytes + orders->index.bytes + orders->candidate.bytes;
}

/* ---- from id to slot ---- */

static uint32_t first_place(const struct engine_orders *orders, const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t halves[2];
    memcpy(halves, id, sizeof halves);
    const uint64_t hash = (halves[0] ^ halves[1]) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(hash >> 32) & (orders->by_id_count - 1);
}

/* Where the id stands in `by_id`, or the free place where it would. */
static uint32_t place_of(const struct engine_orders *orders, const uint8_t id[ENGINE_ID_SIZE])
{
    uint32_t place = first_place(orders, id);
    while (orders->by_id[place] != FREE &&
           memcmp(orders->orders[orders->by_id[place]]->id, id, ENGINE_ID_SIZE) != 0) {
        place = (place + 1) & (orders->by_id_count - 1);
    }
    return place;
}

static void grow(struct engine_orders *orders)
{
    const uint32_t room = orders->slot_room > 0 ? 2 * orders->slot_room : 256;
    orders->bytes += (room - orders->slot_room) *
                     (sizeof *orders->orders + sizeof *orders->spare + 2 * sizeof *orders->by_id);
    orders->orders = mem_resize(orders->orders, room, sizeof(struct open_order *));
    orders->spare = mem_resize(orders->spare, room, sizeof *orders->spare);
    orders->slot_room = room;
    orders->by_id_count = 2 * room;
    orders->by_id = mem_resize(orders->by_id, orders->by_id_count, sizeof *orders->by_id);
    memset(orders->by_id, 0xff, orders->by_id_count * sizeof *orders->by_id);
    for (uint32_t slot = 0; slot < orders->slot_count; slot++) {
        if (orders->orders[slot] != NULL) {
            orders->by_id[place_of(orders, orders->orders[slot]->id)] = slot;
        }
    }
}

/* Closes the gap, so that whoever stands behind it is still found. */
static void forget_place(struct engine_orders *orders, uint32_t place)
{
    const uint32_t mask = orders->by_id_count - 1;
    uint32_t gap = place;
    for (uint32_t at = (gap + 1) & mask; orders->by_id[at] != FREE; at = (at + 1) & mask) {
        const uint32_t home = first_place(orders, orders->orders[orders->by_id[at]]->id);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            orders->by_id[gap] = orders->by_id[at];
            gap = at;
        }
    }
    orders->by_id[gap] = FREE;
}

/* ---- putting and removing ---- */

void engine_orders_remove(struct engine_orders *orders, const uint8_t id[ENGINE_ID_SIZE])
{
    const uint32_t place = orders->by_id_count > 0 ? place_of(orders, id) : 0;
    if (orders->by_id_count == 0 || orders->by_id[place] == FREE) {
        return;
    }
    const uint32_t slot = orders->by_id[place];
    struct open_order *gone = orders->orders[slot];
    forget_place(orders, place);
    orders_index_remove(&orders->index, gone);
    orders_index_ask(&orders->index, gone, -1);
    orders->orders[slot] = NULL;
    orders->spare[orders->spare_count++] = slot;
    orders->bytes -= open_order_bytes(gone);
    orders->count--;
    mem_free(gone);
}

int engine_orders_put(struct engine_orders *orders, const struct engine_order *order,
                      const struct engine_bar *bar)
{
    const int error = plan_make(order, &orders->plan);
    if (error != 0) {
        return error;
    }
    engine_orders_remove(orders, order->id);
    if (orders->spare_count == 0 && orders->slot_count == ORDERS_SLOTS_CAP) {
        return ERROR_LIMIT;
    }
    if (orders->spare_count == 0 && orders->slot_count == orders->slot_room) {
        grow(orders);
    }
    const uint32_t slot =
        orders->spare_count > 0 ? orders->spare[--orders->spare_count] : orders->slot_count++;
    struct open_order *open = open_order_make(&orders->plan, bar);
    orders->by_id[place_of(orders, order->id)] = slot;
    orders->orders[slot] = open;
    orders->bytes += open_order_bytes(open);
    orders->count++;
    orders->changes++;
    orders_index_ask(&orders->index, open, 1);
    open->where = orders_index_choose(&orders->index, open);
    orders_index_add(&orders->index, open);
    return 0;
}

/* What is rare is known better when more orders are there: now and then all of them are placed
 * anew, which costs each put a constant. */
static void settle(struct engine_orders *orders)
{
    const size_t due = orders->settled > SETTLE_AFTER ? orders->settled : SETTLE_AFTER;
    if (orders->changes < due) {
        return;
    }
    orders->changes = 0;
    orders->settled = orders->count;
    orders_index_clear(&orders->index);
    for (uint32_t slot = 0; slot < orders->slot_count; slot++) {
        struct open_order *open = orders->orders[slot];
        if (open != NULL) {
            open->where = orders_index_choose(&orders->index, open);
            orders_index_add(&orders->index, open);
        }
    }
}

/* ---- the orders ---- */

/* R16, R17: before the last one on the list. */
static bool beats_bar(const struct open_order *open, const uint8_t id[ENGINE_ID_SIZE],
                      uint16_t score)
{
    if (open->bar.room || score != open->bar.score) {
        return open->bar.room || score > open->bar.score;
    }
    const uint64_t tie = tie_hash(open->id, id);
    const uint64_t bar_tie = tie_hash(open->id, open->bar.id);
    return tie != bar_tie ? tie < bar_tie : memcmp(id, open->bar.id, ENGINE_ID_SIZE) < 0;
}

static void add_hit(struct engine_orders *orders, const struct open_order *open, uint16_t score)
{
    if (orders->hit_count == orders->hit_room) {
        const size_t room = orders->hit_room > 0 ? 2 * orders->hit_room : 64;
        orders->bytes += (room - orders->hit_room) * sizeof *orders->hits;
        orders->hits = mem_resize(orders->hits, room, sizeof *orders->hits);
        orders->hit_room = room;
    }
    uint64_t first;
    memcpy(&first, open->id, sizeof first);
    orders->hits[orders->hit_count++] =
        (struct hit){.first = be64toh(first), .order = open->id, .score = score};
}

static void try_order(struct engine_orders *orders, struct open_order *open)
{
    uint16_t score;
    if (open->seen == orders->match) {
        return; /* by another of the keys that it stands under */
    }
    open->seen = orders->match;
    if (open_order_score(open, &orders->candidate, &orders->plan, &score) &&
        beats_bar(open, orders->candidate.stated->id, score)) {
        add_hit(orders, open, score);
    }
}

/* Of two limits, 0 being none. */
static uint16_t nearer(uint16_t one, uint16_t other)
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

/* False only where R2, R3 or R5 exclude. */
static bool may_come(const struct posting *posting, const struct engine_candidate *candidate)
{
    if (candidate->available_from > posting->start || candidate->screening_until < posting->as_of) {
        return false;
    }
    const uint16_t limit = nearer(posting->radius_km, candidate->max_travel_km);
    return limit == 0 || !distance_known(candidate->place) || !distance_known(posting->place) ||
           distance_within(candidate->place, posting->place, limit);
}

/* Room for `more` orders behind those that are open. */
static void make_room_for_open(struct engine_orders *orders, size_t more)
{
    if (orders->open_count + more > orders->open_room) {
        const size_t room = 2 * (orders->open_count + more);
        orders->bytes += (room - orders->open_room) * sizeof(struct open_order *);
        orders->open = mem_resize(orders->open, room, sizeof(struct open_order *));
        orders->open_room = room;
    }
}

static void make_room_to_pass(struct engine_orders *orders, size_t count)
{
    if (count > orders->passed_room) {
        orders->bytes += (count - orders->passed_room) * sizeof *orders->passed;
        orders->passed = mem_resize(orders->passed, count, sizeof *orders->passed);
        orders->passed_room = count;
    }
}

static uint8_t sign_of(const struct engine_orders *orders, uint64_t glance, unsigned must)
{
    const uint64_t mask = (UINT64_C(1) << ORDERS_SIGN_BITS) - 1;
    return orders->candidate.signs[glance >> (GLANCE_WORK_BITS + must * ORDERS_SIGN_BITS) & mask];
}

/* Without branches, since nobody could foretell them; returns how many passed. */
static uint32_t glance_at(struct engine_orders *orders, const struct pivot *pivot)
{
    const uint64_t work = orders->candidate.stated->work;
    uint32_t *passed = orders->passed;
    uint32_t count = 0;
    for (uint32_t i = 0; i < pivot->count; i++) {
        const uint64_t glance = pivot->glances[i];
        unsigned may = (glance & work) != 0 ? 1 : 0;
        for (unsigned must = 0; must < GLANCE_MUSTS; must++) {
            may &= sign_of(orders, glance, must);
        }
        passed[count] = i;
        count += may;
    }
    return count;
}

static void look_under(struct engine_orders *orders, const struct pivot *pivot)
{
    make_room_to_pass(orders, pivot->count);
    const uint32_t passed = glance_at(orders, pivot);
    make_room_for_open(orders, passed);
    for (uint32_t i = 0; i < passed; i++) {
        __builtin_prefetch(&pivot->postings[orders->passed[i]]);
    }
    for (uint32_t i = 0; i < passed; i++) {
        const struct posting *posting = &pivot->postings[orders->passed[i]];
        if (may_come(posting, orders->candidate.stated)) {
            orders->open[orders->open_count++] = posting->open;
        }
    }
}

static void add_pivot(struct engine_orders *orders, uint32_t key)
{
    const struct pivot *pivot = orders_index_find(&orders->index, key);
    if (pivot != NULL && pivot->count > 0) {
        __builtin_prefetch(pivot->glances);
        orders->pivots[orders->pivot_count++] = pivot;
    }
}

/* What the candidate's keys and place lead to. Memory is fetched one step ahead. */
static void find_pivots(struct engine_orders *orders)
{
    const struct orders_candidate *candidate = &orders->candidate;
    const size_t count = candidate->key_count + 2;
    if (count > orders->pivot_room) {
        orders->bytes += (count - orders->pivot_room) * sizeof(struct pivot *);
        orders->pivots = mem_resize(orders->pivots, count, sizeof(struct pivot *));
        orders->pivot_room = count;
    }
    orders->pivot_count = 0;
    for (size_t i = 0; i < candidate->key_count; i++) {
        orders_index_fetch(&orders->index, candidate->keys[i]);
    }
    for (size_t i = 0; i < candidate->key_count; i++) {
        add_pivot(orders, candidate->keys[i]);
    }
    add_pivot(orders, ORDERS_ANYWHERE);
    if (distance_known(candidate->stated->place)) {
        add_pivot(orders, orders_index_cell(candidate->stated->place));
    }
}

static void fetch(const struct open_order *open)
{
    for (size_t line = 0; line < FETCHED; line += LINE) {
        __builtin_prefetch((const char *)open + line);
    }
}

/* Orders lie anywhere in memory: those that come next are fetched while this one is looked at. */
static void try_open(struct engine_orders *orders)
{
    for (size_t i = 0; i < orders->open_count && i < AHEAD; i++) {
        fetch(orders->open[i]);
    }
    for (size_t i = 0; i < orders->open_count; i++) {
        if (i + AHEAD < orders->open_count) {
            fetch(orders->open[i + AHEAD]);
        }
        try_order(orders, orders->open[i]);
    }
}

static void begin_match(struct engine_orders *orders)
{
    orders->hit_count = 0;
    orders->open_count = 0;
    orders->match++;
    if (orders->match == 0) { /* round once: nobody has been seen */
        for (uint32_t slot = 0; slot < orders->slot_count; slot++) {
            if (orders->orders[slot] != NULL) {
                orders->orders[slot]->seen = 0;
            }
        }
        orders->match = 1;
    }
}

static bool hit_after(const struct hit *one, const struct hit *other)
{
    return one->first != other->first ? one->first > other->first
                                      : memcmp(one->order, other->order, ENGINE_ID_SIZE) > 0;
}

static void sift_down(struct hit *hits, size_t at, size_t count)
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && hit_after(&hits[child + 1], &hits[child])) {
            child++;
        }
        if (!hit_after(&hits[child], &hits[at])) {
            return;
        }
        const struct hit kept = hits[at];
        hits[at] = hits[child];
        hits[child] = kept;
        at = child;
    }
}

/* By heap: in place, and qsort may allocate. */
static void sort_hits(struct hit *hits, size_t count)
{
    for (size_t at = count / 2; at > 0; at--) {
        sift_down(hits, at - 1, count);
    }
    for (size_t last = count; last > 1; last--) {
        const struct hit kept = hits[0];
        hits[0] = hits[last - 1];
        hits[last - 1] = kept;
        sift_down(hits, 0, last - 1);
    }
}

/* False only where R1 to R3 exclude from every order. */
static bool may_come_anywhere(const struct engine_candidate *candidate)
{
    return !candidate->is_protected && !candidate->withdrawn &&
           candidate->screening_until != ENGINE_NO_DAY &&
           candidate->available_from != ENGINE_NO_DAY;
}

size_t engine_orders_match(struct engine_orders *orders, const struct engine_candidate *candidate,
                           struct engine_opening *openings, size_t cap)
{
    settle(orders);
    if (!may_come_anywhere(candidate)) {
        return 0;
    }
    begin_match(orders);
    orders_candidate_look(&orders->candidate, candidate);
    find_pivots(orders);
    for (size_t i = 0; i < orders->pivot_count; i++) {
        look_under(orders, orders->pivots[i]);
    }
    try_open(orders);
    sort_hits(orders->hits, orders->hit_count);
    for (size_t i = 0; i < orders->hit_count && i < cap; i++) {
        openings[i] =
            (struct engine_opening){.order = orders->hits[i].order, .score = orders->hits[i].score};
    }
    return orders->hit_count;
}
