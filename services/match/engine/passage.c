#include "services/match/engine/passage.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/gates.h"
#include "services/match/engine/rules.h"

#include <endian.h>
#include <string.h>

#define GATE_SIZE (sizeof(struct gate_line) / GATE_LANES)

/* What the gates are asked to let through, the same in each lane. */
struct caller {
    gate_lanes start, as_of, work;
    gate_lanes travel_km; /* that of the run at hand takes */
    uint32_t km;          /* the same; nowhere on the globe as much as GATE_UNLIMITED */
};

static gate_lanes in_each_lane(uint32_t value)
{
    return (uint16_t)value - (gate_lanes){0};
}

static struct caller caller_of(const struct engine_order *order)
{
    return (struct caller){.start = in_each_lane(gate_day(order->start)),
                           .as_of = in_each_lane(gate_day(order->as_of)),
                           .work = in_each_lane(order->work)};
}

/* A byte for each lane, the first lane's in the lowest: 1 for who passes. No branches: who passes
 * is as good as random. */
typedef uint8_t lane_bytes __attribute__((vector_size(GATE_LANES)));
static inline uint64_t let_through(const struct gate_line *line, const struct caller *caller)
{
    const gate_lanes passing =
        (gate_lanes)((line->available <= caller->start) & (line->screened >= caller->as_of) &
                     (line->travel_km >= caller->travel_km) & ((line->work & caller->work) != 0));
    const lane_bytes bytes = __builtin_convertvector(passing & 1, lane_bytes);
    uint64_t word;
    memcpy(&word, &bytes, sizeof word);
    return le64toh(word);
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
    bool within = true;
    caller->km = 0;
    if (distance_known(order->place) && !distance_known(run->place)) {
        caller->km = GATE_UNLIMITED;
        within = order->radius_km == 0;
    } else if (distance_known(order->place)) {
        caller->km = distance_road_km(run->place, order->place);
        within = order->radius_km == 0 || caller->km <= order->radius_km;
    }
    caller->travel_km = in_each_lane(caller->km);
    return within;
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

static void pass_gates(struct look *look, const struct gate_line *lines,
                       const struct place_run *run)
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
            const uint64_t passing = let_through(&lines[local / GATE_LANES], &caller);
            look->survivors[kept] = local;
            kept += passing >> (local % GATE_LANES * 8) & 1;
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

void passage_filter(struct look *look)
{
    const struct block *block = &look->segment->blocks[look->block];
    const struct gates *gates = look->segment->gates;
    const uint64_t *dead =
        snapshot_dead_bits(look->snapshot, look->piece_index, look->block, look->dead);
    if (dead != NULL) {
        leave_out_the_dead(look, dead);
    }
    look_charge(look, look->count, block->count * GATE_SIZE);
    pass_gates(look, gates_of(gates, look->block), gates->runs + gates->runs_from[look->block]);
    if (!gates_decide(look->plan.order)) {
        ask_the_rules(look, block->first);
    }
}

/* ---- who passes, of everybody ---- */

bool passage_streams(const struct look *look, size_t count)
{
    return count * GATE_LANES >= look->segment->blocks[look->block].count;
}

/* Memory is asked for what is read that much later; more than the machine does by itself, which
 * begins anew in each page. */
#define LINES_AHEAD 24

static inline void open_one(uint8_t *open, uint32_t local, uint64_t passing)
{
    open[local] = (uint8_t)(passing >> (local % GATE_LANES * 8) & 1);
}

/* From `local` on to the run's end, and to the end of that line: what is written there is written
 * again for the next run. */
static void open_run(const struct gate_line *lines, const struct caller *caller, uint32_t local,
                     uint32_t end, uint8_t *open)
{
    if (local % GATE_LANES != 0) {
        const uint64_t passing = let_through(&lines[local / GATE_LANES], caller);
        for (; local < end && local % GATE_LANES != 0; local++) {
            open_one(open, local, passing);
        }
    }
    for (; local < end; local += GATE_LANES) {
        __builtin_prefetch(&lines[local / GATE_LANES + LINES_AHEAD]);
        const uint64_t passing = htole64(let_through(&lines[local / GATE_LANES], caller));
        memcpy(open + local, &passing, sizeof passing);
    }
}

static void shut_the_dead(const uint64_t *dead, uint32_t count, uint8_t *open)
{
    for (uint32_t word = 0; word * 64 < count; word++) {
        for (uint64_t left = dead[word]; left != 0; left &= left - 1) {
            open[word * 64 + (uint32_t)__builtin_ctzll(left)] = 0;
        }
    }
}

static void shut_by_the_rules(struct look *look, const struct block *block)
{
    for (uint32_t i = 0; i < block->count; i++) {
        const struct engine_candidate plain = segment_plain(look->segment, block->first + i);
        if (look->open[i] != 0 && rules_person(&look->plan, &plain) != ENGINE_ELIGIBLE) {
            look->open[i] = 0;
        }
    }
}

void passage_open(struct look *look)
{
    const struct engine_order *order = look->plan.order;
    const struct block *block = &look->segment->blocks[look->block];
    const struct gates *gates = look->segment->gates;
    const struct gate_line *lines = gates_of(gates, look->block);
    const struct place_run *run = gates->runs + gates->runs_from[look->block];
    const uint64_t *dead =
        snapshot_dead_bits(look->snapshot, look->piece_index, look->block, look->dead);
    struct caller caller = caller_of(order);
    for (uint32_t i = 0; i < block->count; i = run++->end) {
        if (within_radius(order, run, &caller)) {
            open_run(lines, &caller, i, run->end, look->open);
        } else {
            memset(look->open + i, 0, run->end - i);
        }
    }
    memset(look->open + block->count, 0, (BLOCK_CAP - block->count) % 64); /* passage_bits */
    if (dead != NULL) {
        shut_the_dead(dead, block->count, look->open);
    }
    if (!gates_decide(order)) {
        shut_by_the_rules(look, block);
    }
    look->counters.bytes_streamed += block->count * GATE_SIZE;
}

/* ---- what keeps the others out ---- */

static inline uint16_t fails(bool yes, enum engine_reason reason)
{
    return (uint16_t)((yes ? 1U : 0U) << reason);
}

/* One lane of a line. */
struct gate {
    uint16_t available, screened, travel_km, work;
};

static inline struct gate gate_at(const struct gate_line *lines, uint32_t local)
{
    const struct gate_line *line = &lines[local / GATE_LANES];
    const unsigned lane = local % GATE_LANES;
    return (struct gate){.available = line->available[lane],
                         .screened = line->screened[lane],
                         .travel_km = line->travel_km[lane],
                         .work = line->work[lane]};
}

static inline uint16_t gate_failures(const struct gate *gate, const struct gate *caller)
{
    const unsigned flags = gate->work >> GATE_FLAGS_SHIFT;
    const bool is_protected = (flags & ATTRIBUTES_PROTECTED) != 0;
    const bool withdrawn = (flags & ATTRIBUTES_WITHDRAWN) != 0;
    return (uint16_t)(fails(is_protected, ENGINE_PROTECTED) |
                      fails(withdrawn & !is_protected, ENGINE_WITHDRAWN) |
                      fails(gate->screened == 0, ENGINE_SCREENING_MISSING) |
                      fails((gate->screened != 0) & (gate->screened < caller->screened),
                            ENGINE_SCREENING_EXPIRED) |
                      fails(gate->available > caller->available, ENGINE_NOT_AVAILABLE_BY_START) |
                      fails((gate->work & caller->work) == 0, ENGINE_KINDS_NOT_ACCEPTED));
}

/* The three rules of R6; of a run whose place is unknown the first alone. */
static inline uint16_t distance_failures(const struct gate *gate, uint32_t km, bool near)
{
    if (km == GATE_UNLIMITED) {
        return fails(!near | (gate->travel_km != GATE_UNLIMITED), ENGINE_PLACE_UNKNOWN);
    }
    return (uint16_t)(fails(!near, ENGINE_TOO_FAR_ORDER) |
                      fails(gate->travel_km < km, ENGINE_TOO_FAR_CANDIDATE));
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
    const struct gate_line *lines = gates_of(look->segment->gates, look->block);
    const struct place_run *run =
        look->segment->gates->runs + look->segment->gates->runs_from[look->block];
    const struct gate asked = {.available = gate_day(order->start),
                               .screened = gate_day(order->as_of),
                               .work = order->work};
    struct caller caller = caller_of(order);
    for (uint32_t i = 0; i < block->count; run++) {
        const bool near = within_radius(order, run, &caller);
        for (; i < run->end; i++) {
            const struct gate gate = gate_at(lines, i);
            failures[i] = gate_failures(&gate, &asked) | distance_failures(&gate, caller.km, near);
        }
    }
    for (uint32_t i = 0; !gates_decide(order) && i < block->count; i++) {
        failures[i] = failures_by_rules(look, block->first + i);
    }
}
