#include "services/match/engine/passage.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/gates.h"
#include "services/match/engine/rules.h"

/* What a gate is asked to let through. */
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

static struct caller caller_of(const struct engine_order *order)
{
    return (struct caller){
        .start = gate_day(order->start), .as_of = gate_day(order->as_of), .work = order->work};
}

/* Else what a gate decides is only a first guess. */
static bool gates_decide(const struct engine_order *order)
{
    return gate_day_exact(order->start) && gate_day_exact(order->as_of);
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

/* ---- who is left ---- */

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

static void pass_gates(struct look *look, const struct gate *gates, const struct place_run *run)
{
    const struct engine_order *order = look->plan.order;
    struct caller caller = caller_of(order);
    const size_t count = look->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; run++) {
        if (look->survivors[i] >= run->end) {
            continue; /* nobody of this place is left */
        }
        if (!within_radius(order, run, &caller)) {
            while (i < count && look->survivors[i] < run->end) {
                i++;
            }
            continue;
        }
        for (; i < count && look->survivors[i] < run->end; i++) {
            const uint16_t local = look->survivors[i];
            look->survivors[kept] = local;
            kept += lets_through(&gates[local], &caller) ? 1 : 0;
        }
    }
    look->count = kept;
}

static void ask_the_rules(struct look *look, uint32_t first)
{
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        const struct engine_candidate plain = segment_plain(look->segment, first + local);
        look->survivors[kept] = local;
        kept += rules_person(&look->plan, &plain) == ENGINE_ELIGIBLE ? 1 : 0;
    }
    look->count = kept;
}

bool passage_streams(const struct look *look)
{
    return look->count * (LOOK_LINE / sizeof(struct gate)) >=
           look->segment->blocks[look->block].count;
}

void passage_filter(struct look *look)
{
    const struct block *block = &look->segment->blocks[look->block];
    const struct gates *gates = look->segment->gates;
    const uint64_t *dead =
        snapshot_dead_bits(look->snapshot, look->piece_index, look->block, look->dead);
    if (dead != NULL) {
        leave_out_the_dead(look, dead);
    }
    look_charge(look, look->count, block->count * sizeof *gates->of);
    pass_gates(look, gates->of + block->first, gates->runs + gates->runs_from[look->block]);
    if (!gates_decide(look->plan.order)) {
        ask_the_rules(look, block->first);
    }
}

/* ---- what keeps the others out ---- */

static inline uint16_t fails(bool yes, enum engine_reason reason)
{
    return (uint16_t)((yes ? 1U : 0U) << reason);
}

static inline uint16_t gate_failures(const struct gate *gate, const struct caller *caller)
{
    const bool is_protected = (gate->flags & ATTRIBUTES_PROTECTED) != 0;
    const bool withdrawn = (gate->flags & ATTRIBUTES_WITHDRAWN) != 0;
    return (uint16_t)(fails(is_protected, ENGINE_PROTECTED) |
                      fails(withdrawn & !is_protected, ENGINE_WITHDRAWN) |
                      fails(gate->screened == 0, ENGINE_SCREENING_MISSING) |
                      fails((gate->screened != 0) & (gate->screened < caller->as_of),
                            ENGINE_SCREENING_EXPIRED) |
                      fails(gate->available > caller->start, ENGINE_NOT_AVAILABLE_BY_START) |
                      fails((gate->work & caller->work) == 0, ENGINE_KINDS_NOT_ACCEPTED));
}

/* The three rules of R6; of a run whose place is unknown the first alone. */
static inline uint16_t distance_failures(const struct gate *gate, const struct caller *caller,
                                         bool near)
{
    if (caller->km == GATE_UNLIMITED) {
        return fails(!near | (gate->travel_km != GATE_UNLIMITED), ENGINE_PLACE_UNKNOWN);
    }
    return (uint16_t)(fails(!near, ENGINE_TOO_FAR_ORDER) |
                      fails(gate->travel_km < caller->km, ENGINE_TOO_FAR_CANDIDATE));
}

static uint16_t failures_by_rules(const struct look *look, uint32_t candidate)
{
    struct verdict verdicts[RULES_VERDICTS_CAP];
    const struct engine_candidate plain = segment_plain(look->segment, candidate);
    const size_t count = rules_all(&look->plan, &plain, verdicts);
    uint16_t failures = 0;
    for (size_t i = 0; i < count && verdicts[i].reason < ENGINE_MUST_MISSING; i++) {
        failures |= fails(true, verdicts[i].reason);
    }
    return failures;
}

void passage_failures(const struct look *look, uint16_t *failures)
{
    const struct engine_order *order = look->plan.order;
    const struct block *block = &look->segment->blocks[look->block];
    const struct gate *gates = look->segment->gates->of + block->first;
    const struct place_run *run =
        look->segment->gates->runs + look->segment->gates->runs_from[look->block];
    struct caller caller = caller_of(order);
    for (uint32_t i = 0; i < block->count; run++) {
        const bool near = within_radius(order, run, &caller);
        for (; i < run->end; i++) {
            failures[i] =
                gate_failures(&gates[i], &caller) | distance_failures(&gates[i], &caller, near);
        }
    }
    for (uint32_t i = 0; !gates_decide(order) && i < block->count; i++) {
        failures[i] = failures_by_rules(look, block->first + i);
    }
}
