#include "services/match/engine/passage.h"

#include "services/match/engine/distance.h"

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

/* R1 to R4. */
static inline bool suits(const struct engine_order *order, const struct attributes *attributes)
{
    const bool in_the_pool =
        (attributes->flags & (ATTRIBUTES_PROTECTED | ATTRIBUTES_WITHDRAWN)) == 0;
    const bool screened = attributes->screening_until >= order->as_of;
    const bool accepts = (attributes->work & order->work) != 0;
    return in_the_pool & screened & accepts & available(attributes, order->start);
}

void passage_filter(struct look *look)
{
    const struct engine_order *order = look->plan.order;
    const struct block *block = &look->segment->blocks[look->block];
    const struct attributes *attributes = look->segment->attributes + block->first;
    const uint64_t *dead = snapshot_dead_bits(look->piece, look->block);
    const bool distance_decides = distance_known(order->place);
    const uint32_t radius = limit_km(order->radius_km);
    struct passage_road road = passage_nowhere();
    look_charge(look, look->count, block->count * sizeof *attributes);
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        const struct survivor survivor = look->survivors[i];
        const struct attributes *own = &attributes[survivor.local];
        if (!suits(order, own) ||
            (dead != NULL && (dead[survivor.local / 64] >> (survivor.local % 64) & 1) != 0)) {
            continue;
        }
        if (distance_decides) {
            const uint32_t km = road_km(order, own, &road);
            if (km > radius || km > limit_km(own->max_travel_km)) {
                continue;
            }
        }
        look->survivors[kept++] = survivor;
    }
    look->count = kept;
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
