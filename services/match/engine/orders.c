/* The other way round: one candidate against every open order. */
#include "services/match/engine/orders_index.h"
#include "services/match/engine/reverse.h"

#include "common/base/mem.h"
#include "services/match/engine/distance.h"
#include "services/match/engine/plan.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"
#include "services/match/engine/segment.h"
#include "services/match/engine/tie.h"

#include <string.h>

#define FREE UINT32_MAX
#define LINE 64         /* bytes of memory that come at once */
#define FETCHED 1024    /* bytes of an order */
#define AHEAD 4         /* orders */
#define SETTLE_AFTER 64 /* changes, at least, before all orders are looked at anew */

struct open_order {
    struct engine_order order; /* its arrays follow this struct in memory */
    size_t bytes;
    struct engine_bar bar;
    uint64_t bar_tie;
    size_t where;  /* it stands in the index */
    uint32_t seen; /* by the match of this number */
};

struct hit {
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
    uint64_t *keys; /* of the candidate's facts, with their places */
    struct engine_fact *facts;
    size_t fact_room;
    uint64_t bloom[16];
    uint32_t *open; /* slots of the orders that nothing has ruled out yet */
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
    mem_free(gone->keys);
    mem_free(gone->facts);
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
    return orders->bytes + orders->index.bytes;
}

/* ---- a copy of an order ---- */

static size_t related_bytes(size_t count)
{
    return count * sizeof(struct engine_related);
}

static size_t bytes_of(const struct engine_order *order)
{
    size_t bytes =
        sizeof(struct open_order) + order->requirement_count * sizeof *order->requirements +
        order->occupation_count * sizeof *order->occupations + related_bytes(order->related_count);
    for (size_t i = 0; i < order->requirement_count; i++) {
        bytes += related_bytes(order->requirements[i].related_count);
    }
    return bytes;
}

/* Appends to the copy's memory; what is larger in alignment goes first. */
static const void *append(uint8_t **end, const void *from, size_t bytes)
{
    uint8_t *to = *end;
    if (bytes > 0) {
        memcpy(to, from, bytes);
    }
    *end += bytes;
    return to;
}

static struct open_order *copy_order(const struct engine_order *order, const struct engine_bar *bar)
{
    const size_t bytes = bytes_of(order);
    struct open_order *open = mem_zalloc(bytes);
    uint8_t *end = (uint8_t *)(open + 1);
    open->bytes = bytes;
    open->bar = *bar;
    open->bar_tie = tie_hash(order->id, bar->id);
    open->order = *order;
    struct engine_requirement *requirements = (struct engine_requirement *)end;
    open->order.requirements =
        append(&end, order->requirements, order->requirement_count * sizeof *order->requirements);
    open->order.related = append(&end, order->related, related_bytes(order->related_count));
    for (size_t i = 0; i < order->requirement_count; i++) {
        requirements[i].related = append(&end, order->requirements[i].related,
                                         related_bytes(order->requirements[i].related_count));
    }
    open->order.occupations =
        append(&end, order->occupations, order->occupation_count * sizeof *order->occupations);
    return open;
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
           memcmp(orders->orders[orders->by_id[place]]->order.id, id, ENGINE_ID_SIZE) != 0) {
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
            orders->by_id[place_of(orders, orders->orders[slot]->order.id)] = slot;
        }
    }
}

/* Closes the gap, so that whoever stands behind it is still found. */
static void forget_place(struct engine_orders *orders, uint32_t place)
{
    const uint32_t mask = orders->by_id_count - 1;
    uint32_t gap = place;
    for (uint32_t at = (gap + 1) & mask; orders->by_id[at] != FREE; at = (at + 1) & mask) {
        const uint32_t home = first_place(orders, orders->orders[orders->by_id[at]]->order.id);
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
    orders_index_remove(&orders->index, &gone->order, gone->where, slot);
    orders_index_ask(&orders->index, &gone->order, -1);
    orders->orders[slot] = NULL;
    orders->spare[orders->spare_count++] = slot;
    orders->bytes -= gone->bytes;
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
    struct open_order *open = copy_order(order, bar);
    orders->by_id[place_of(orders, order->id)] = slot;
    orders->orders[slot] = open;
    orders->bytes += open->bytes;
    orders->count++;
    orders->changes++;
    orders_index_ask(&orders->index, &open->order, 1);
    open->where = orders_index_choose(&orders->index, &open->order);
    orders_index_add(&orders->index, &open->order, open->where, slot);
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
            open->where = orders_index_choose(&orders->index, &open->order);
            orders_index_add(&orders->index, &open->order, open->where, slot);
        }
    }
}

/* ---- the candidate ---- */

/* In place, without memory of its own (Shell 1959; gaps of Ciura 2001). */
static void sort_keys(uint64_t *keys, size_t count)
{
    static const size_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
        const size_t gap = gaps[g];
        for (size_t i = gap; i < count; i++) {
            const uint64_t kept = keys[i];
            size_t at = i;
            for (; at >= gap && keys[at - gap] > kept; at -= gap) {
                keys[at] = keys[at - gap];
            }
            keys[at] = kept;
        }
    }
}

static void make_room_for_facts(struct engine_orders *orders, size_t count)
{
    if (count > orders->fact_room) {
        orders->bytes +=
            (count - orders->fact_room) * (sizeof *orders->keys + sizeof *orders->facts);
        orders->keys = mem_resize(orders->keys, count, sizeof *orders->keys);
        orders->facts = mem_resize(orders->facts, count, sizeof *orders->facts);
        orders->fact_room = count;
    }
}

static uint32_t bloom_bit(uint32_t key)
{
    return (key * UINT32_C(2654435769)) >> 22; /* of 1024 */
}

static bool may_have(const struct engine_orders *orders, uint32_t key)
{
    const uint32_t bit = bloom_bit(key);
    return (orders->bloom[bit / 64] >> (bit % 64) & 1) != 0;
}

/* The candidate with facts sorted by segment_key. */
static struct engine_candidate look_at(struct engine_orders *orders,
                                       const struct engine_candidate *candidate)
{
    struct engine_candidate sorted = *candidate;
    make_room_for_facts(orders, candidate->fact_count);
    memset(orders->bloom, 0, sizeof orders->bloom);
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const uint32_t key = segment_key(candidate->facts[i].kind, candidate->facts[i].code);
        const uint32_t bit = bloom_bit(key);
        orders->keys[i] = (uint64_t)key << 32 | i;
        orders->bloom[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    sort_keys(orders->keys, candidate->fact_count);
    for (size_t i = 0; i < candidate->fact_count; i++) {
        orders->facts[i] = candidate->facts[(uint32_t)orders->keys[i]];
    }
    sorted.facts = orders->facts;
    return sorted;
}

/* ---- the orders ---- */

/* False: a must is not met. */
static bool score_order(const struct plan *plan, const struct engine_candidate *candidate,
                        uint16_t *score)
{
    unsigned sum = 0;
    for (size_t part = 0; part < plan->part_count; part++) {
        if (plan->parts[part].must) {
            const struct engine_part judged =
                points_best(plan, part, candidate->facts, candidate->fact_count);
            if (rules_must(&judged) != ENGINE_ELIGIBLE) {
                return false;
            }
            sum += judged.points;
        }
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        if (!plan->parts[part].must) {
            sum += points_best(plan, part, candidate->facts, candidate->fact_count).points;
        }
    }
    *score = (uint16_t)sum;
    return true;
}

/* R16, R17: before the last one on the list. */
static bool beats_bar(const struct open_order *open, const uint8_t id[ENGINE_ID_SIZE],
                      uint16_t score)
{
    if (open->bar.room || score != open->bar.score) {
        return open->bar.room || score > open->bar.score;
    }
    const uint64_t tie = tie_hash(open->order.id, id);
    return tie != open->bar_tie ? tie < open->bar_tie
                                : memcmp(id, open->bar.id, ENGINE_ID_SIZE) < 0;
}

static void add_hit(struct engine_orders *orders, const struct open_order *open, uint16_t score)
{
    if (orders->hit_count == orders->hit_room) {
        const size_t room = orders->hit_room > 0 ? 2 * orders->hit_room : 64;
        orders->bytes += (room - orders->hit_room) * sizeof *orders->hits;
        orders->hits = mem_resize(orders->hits, room, sizeof *orders->hits);
        orders->hit_room = room;
    }
    orders->hits[orders->hit_count++] = (struct hit){.order = open->order.id, .score = score};
}

static bool has_key(const struct engine_orders *orders, size_t fact_count, uint32_t key)
{
    size_t low = 0;
    size_t high = fact_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((uint32_t)(orders->keys[middle] >> 32) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < fact_count && (uint32_t)(orders->keys[low] >> 32) == key;
}

/* Whether there is a fact for every must, as yet of any level and day. */
static bool has_musts(const struct engine_orders *orders, const struct engine_order *order,
                      size_t fact_count)
{
    uint32_t keys[ORDERS_KEYS_CAP];
    for (size_t part = 0; part <= order->requirement_count; part++) {
        if (!orders_index_is_must(order, part)) {
            continue;
        }
        const size_t count = orders_index_must_keys(order, part, keys);
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            found = may_have(orders, keys[i]) && has_key(orders, fact_count, keys[i]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void try_order(struct engine_orders *orders, struct open_order *open,
                      const struct engine_candidate *candidate)
{
    uint16_t score;
    if (open->seen == orders->match) {
        return; /* by another of the keys that it stands under */
    }
    open->seen = orders->match;
    orders->plan.order = &open->order; /* is all that the rules about the person look at */
    if (rules_person(&orders->plan, candidate) == ENGINE_ELIGIBLE &&
        has_musts(orders, &open->order, candidate->fact_count) &&
        plan_make(&open->order, &orders->plan) == 0 &&
        score_order(&orders->plan, candidate, &score) && beats_bar(open, candidate->id, score)) {
        add_hit(orders, open, score);
    }
}

static bool differs_by_more(int32_t one, int32_t other, int32_t reach)
{
    const int64_t difference = (int64_t)one - other;
    return difference > reach || -difference > reach;
}

/* False only where a rule excludes or a must is missing. */
static bool may_meet(const struct engine_orders *orders, const struct posting *posting,
                     const struct engine_candidate *candidate)
{
    const struct engine_place home = candidate->place;
    if ((posting->work & candidate->work) == 0 || candidate->available_from > posting->start) {
        return false;
    }
    if (distance_known(home) &&
        (differs_by_more(home.latitude, posting->place.latitude, posting->reach.latitude) ||
         differs_by_more(home.longitude, posting->place.longitude, posting->reach.longitude))) {
        return false;
    }
    for (size_t i = 0; i < ORDERS_ALSO; i++) {
        if (posting->also[i] != 0 && !may_have(orders, posting->also[i])) {
            return false;
        }
    }
    return true;
}

static void add_open(struct engine_orders *orders, uint32_t slot)
{
    if (orders->open_count == orders->open_room) {
        const size_t room = orders->open_room > 0 ? 2 * orders->open_room : 256;
        orders->bytes += (room - orders->open_room) * sizeof *orders->open;
        orders->open = mem_resize(orders->open, room, sizeof *orders->open);
        orders->open_room = room;
    }
    orders->open[orders->open_count++] = slot;
}

static void look_under(struct engine_orders *orders, uint32_t key,
                       const struct engine_candidate *candidate)
{
    const struct pivot *pivot = orders_index_find(&orders->index, key);
    for (uint32_t i = 0; pivot != NULL && i < pivot->count; i++) {
        if (may_meet(orders, &pivot->postings[i], candidate)) {
            add_open(orders, pivot->postings[i].slot);
        }
    }
}

/* Orders lie anywhere in memory: those that come next are fetched while this one is looked at. */
static void try_open(struct engine_orders *orders, const struct engine_candidate *candidate)
{
    for (size_t i = 0; i < orders->open_count; i++) {
        if (i + AHEAD < orders->open_count) {
            const char *next = (const char *)orders->orders[orders->open[i + AHEAD]];
            for (size_t line = 0; line < FETCHED; line += LINE) {
                __builtin_prefetch(next + line);
            }
        }
        try_order(orders, orders->orders[orders->open[i]], candidate);
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

static void sift_down(struct hit *hits, size_t at, size_t count)
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count &&
            memcmp(hits[child + 1].order, hits[child].order, ENGINE_ID_SIZE) > 0) {
            child++;
        }
        if (memcmp(hits[at].order, hits[child].order, ENGINE_ID_SIZE) >= 0) {
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

size_t engine_orders_match(struct engine_orders *orders, const struct engine_candidate *candidate,
                           struct engine_opening *openings, size_t cap)
{
    settle(orders);
    begin_match(orders);
    const struct engine_candidate sorted = look_at(orders, candidate);
    for (size_t i = 0; i < sorted.fact_count; i++) {
        const uint32_t key = (uint32_t)(orders->keys[i] >> 32);
        if (i == 0 || key != (uint32_t)(orders->keys[i - 1] >> 32)) {
            look_under(orders, key, &sorted);
        }
    }
    look_under(orders, ORDERS_ANYWHERE, &sorted);
    if (distance_known(sorted.place)) {
        look_under(orders, orders_index_cell(sorted.place), &sorted);
    }
    try_open(orders, &sorted);
    sort_hits(orders->hits, orders->hit_count);
    for (size_t i = 0; i < orders->hit_count && i < cap; i++) {
        openings[i] =
            (struct engine_opening){.order = orders->hits[i].order, .score = orders->hits[i].score};
    }
    return orders->hit_count;
}
