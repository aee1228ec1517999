#include "services/match/engine/passage.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/gates.h"

#define NO_LIMIT UINT32_MAX

static uint32_t limit_km(uint16_t stated)
{
    return stated > 0 ? stated : NO_LIMIT;
}

struct passage_road passage_nowhere(void)
{
    return (struct passage_road){.home = ENGINE_NO_PLACE, .km = UINT32_MAX};
}

/* Towns are runs, so the distance is most often that of the one before. */
static inline uint32_t road_km(const struct engine_order *order,
                               const struct attributes *attributes, struct passage_road *road)
{
    if (attributes->latitude == road->home.latitude &&
        attributes->longitude == road->home.longitude) {
        return road->km;
    }
    road->home = (struct engine_place){attributes->latitude, attributes->longitude};
    road->km = distance_known(road->home) ? distance_road_km(road->home, order->place) : UINT32_MAX;
    return road->km;
}

/* An unknown day is before every other, and means never. */
static inline bool available(const struct attributes *attributes, int32_t start)
{
    return (attributes->available_from != ENGINE_NO_DAY) & (attributes->available_from <= start);
}

/* ---- many at once ---- */

static void leave_out_the_dead(struct look *look, const uint64_t *dead)
{
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        look->survivors[kept] = local;
        kept += (dead[local / 64] >> (local % 64) & 1) == 0 ? 1 : 0;
    }
    look->count = kept;
}

/* What a gate has to let through. */
struct caller {
    uint16_t start, as_of;
    uint8_t work;
    uint32_t km; /* from the run at hand; nowhere on the globe as much as GATE_UNLIMITED */
};

/* No branches: who passes is as good as random. */
static inline bool lets_through(const struct gate *gate, const struct caller *caller)
{
    return ((gate->flags & (ATTRIBUTES_PROTECTED | ATTRIBUTES_WITHDRAWN)) == 0) &
           (gate->screened >= caller->as_of) & (gate->available <= caller->start) &
           ((gate->work & caller->work) != 0) & (gate->travel_km >= caller->km);
}

/* How far the run is; false when that is too far for the order. An unknown place is farther than
 * any limit that is stated (R6). */
static bool within_radius(const struct engine_order *order, const struct place_run *run,
                          struct caller *caller)
{
    caller->km = 0;
    if (!distance_known(order->place)) {
        return true;
    }
    if (!distance_known(run->place)) {
        caller->km = GATE_UNLIMITED;
        return order->radius_km == 0;
    }
    caller->km = distance_road_km(run->place, order->place);
    return order->radius_km == 0 || caller->km <= order->radius_km;
}

/* The attributes have the last word where a day was clamped. */
static void ask_again(struct look *look, const struct attributes *attributes)
{
    struct passage_road road = passage_nowhere();
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        look->survivors[kept] = local;
        kept += passage_failures(look->plan.order, &attributes[local], &road) == 0 ? 1 : 0;
    }
    look->count = kept;
}

static void pass_gates(struct look *look, const struct gate *gates, const struct place_run *run)
{
    const struct engine_order *order = look->plan.order;
    struct caller caller = {
        .start = gate_day(order->start), .as_of = gate_day(order->as_of), .work = order->work};
    size_t kept = 0;
    for (size_t i = 0; i < look->count; run++) {
        if (look->survivors[i] >= run->end) {
            continue; /* nobody of this place is left */
        }
        const bool near = within_radius(order, run, &caller);
        for (; i < look->count && look->survivors[i] < run->end; i++) {
            const uint16_t local = look->survivors[i];
            look->survivors[kept] = local;
            kept += near & lets_through(&gates[local], &caller) ? 1 : 0;
        }
    }
    look->count = kept;
}

void passage_filter(struct look *look)
{
    const struct engine_order *order = look->plan.order;
    const struct block *block = &look->segment->blocks[look->block];
    const struct gates *gates = look->segment->gates;
    const uint64_t *dead = snapshot_dead_bits(look->piece, look->block);
    if (dead != NULL) {
        leave_out_the_dead(look, dead);
    }
    look_charge(look, look->count, block->count * sizeof *gates->of);
    pass_gates(look, gates->of + block->first, gates->runs + gates->runs_from[look->block]);
    if (!gate_day_exact(order->start) || !gate_day_exact(order->as_of)) {
        ask_again(look, look->segment->attributes + block->first);
    }
}

/* ---- one by one, for the census ---- */

enum passage_rule { IN_THE_POOL, SCREENED, AVAILABLE, ACCEPTS_WORK, PLACED, NEAR_ORDER, NEAR_HOME };

static unsigned failed(bool yes, enum passage_rule rule)
{
    return yes ? 1U << rule : 0;
}

static unsigned distance_failures(const struct engine_order *order,
                                  const struct attributes *attributes, struct passage_road *road)
{
    const uint32_t km = road_km(order, attributes, road);
    if (km == UINT32_MAX) {
        return failed(order->radius_km > 0 || attributes->max_travel_km > 0, PLACED);
    }
    return failed(km > limit_km(order->radius_km), NEAR_ORDER) |
           failed(km > limit_km(attributes->max_travel_km), NEAR_HOME);
}

unsigned passage_failures(const struct engine_order *order, const struct attributes *attributes,
                          struct passage_road *road)
{
    unsigned failures =
        failed((attributes->flags & (ATTRIBUTES_PROTECTED | ATTRIBUTES_WITHDRAWN)) != 0,
               IN_THE_POOL) |
        failed(attributes->screening_until < order->as_of, SCREENED) |
        failed(!available(attributes, order->start), AVAILABLE) |
        failed((attributes->work & order->work) == 0, ACCEPTS_WORK);
    if (distance_known(order->place)) {
        failures |= distance_failures(order, attributes, road);
    }
    return failures;
}

enum engine_reason passage_reason(const struct attributes *attributes, unsigned rule)
{
    switch ((enum passage_rule)rule) {
    case IN_THE_POOL:
        return (attributes->flags & ATTRIBUTES_PROTECTED) != 0 ? ENGINE_PROTECTED
                                                               : ENGINE_WITHDRAWN;
    case SCREENED:
        return attributes->screening_until == ENGINE_NO_DAY ? ENGINE_SCREENING_MISSING
                                                            : ENGINE_SCREENING_EXPIRED;
    case AVAILABLE:
        return ENGINE_NOT_AVAILABLE_BY_START;
    case ACCEPTS_WORK:
        return ENGINE_KINDS_NOT_ACCEPTED;
    case PLACED:
        return ENGINE_PLACE_UNKNOWN;
    case NEAR_ORDER:
        return ENGINE_TOO_FAR_ORDER;
    case NEAR_HOME:
        return ENGINE_TOO_FAR_CANDIDATE;
    }
    return ENGINE_ELIGIBLE;
}
