#include "tests/bench/oracle/judge.h"

#include <stdlib.h>
#include <string.h>

/* ---- R5 ---- */

static int64_t absolute(int64_t value)
{
    return value < 0 ? -value : value;
}

static uint16_t road_km(struct engine_place a, struct engine_place b)
{
    const int64_t n = absolute((int64_t)a.latitude - b.latitude);
    const int64_t e = absolute((int64_t)a.longitude - b.longitude);
    const int64_t m = absolute((int64_t)a.latitude + b.latitude) / 2000;
    const int64_t c =
        INT64_C(4000000) * (INT64_C(8100000000) - m * m) / (INT64_C(32400000000) + m * m);
    const int64_t y = n * 111195 / 1000000;
    const int64_t x = e * c / 1000000 * 111195 / 1000000;
    int64_t d = 0;
    while (169 * (x * x + y * y) > INT64_C(100000000) * d * d) {
        d++;
    }
    return (uint16_t)d;
}

uint16_t *judge_distances(const struct workload *workload)
{
    const unsigned count = workload_town_count(workload);
    uint16_t *distances = malloc((size_t)count * count * sizeof *distances);
    for (unsigned from = 0; distances != NULL && from < count; from++) {
        for (unsigned to = 0; to < count; to++) {
            distances[(size_t)from * count + to] =
                road_km(workload_town_place(workload, from), workload_town_place(workload, to));
        }
    }
    return distances;
}

/* ---- the order ---- */

/* R8: whole shares of 1000; what is left goes to the largest remainders, the first of equals. */
static void share(struct judge_order *order, const unsigned *weights)
{
    unsigned sum = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        sum += weights[i];
    }
    unsigned left = 1000;
    bool had[JUDGE_PARTS_CAP] = {false};
    for (size_t i = 0; i < order->part_count; i++) {
        order->parts[i].share = (uint16_t)(1000 * weights[i] / sum);
        left -= order->parts[i].share;
    }
    while (left-- > 0) {
        size_t most = JUDGE_PARTS_CAP;
        for (size_t i = 0; i < order->part_count; i++) {
            if (!had[i] &&
                (most == JUDGE_PARTS_CAP || 1000 * weights[i] % sum > 1000 * weights[most] % sum)) {
                most = i;
            }
        }
        had[most] = true;
        order->parts[most].share++;
    }
}

void judge_prepare(const struct workload *workload, const uint16_t *distances,
                   enum workload_class class, uint32_t number, struct judge_order *order)
{
    unsigned weights[JUDGE_PARTS_CAP] = {5};
    memset(order, 0, sizeof *order);
    workload_order(workload, class, number, &order->asked);
    const struct engine_order *asked = &order->asked.order;
    order->road_km = distances + (size_t)order->asked.town * workload_town_count(workload);
    order->part_count = 1 + asked->requirement_count;
    order->parts[0] = (struct judge_part){.code = order->asked.occupation,
                                          .must = asked->occupation_must,
                                          .ages = true,
                                          .valid_on = asked->start};
    for (size_t i = 0; i < asked->requirement_count; i++) {
        const struct engine_requirement *requirement = &asked->requirements[i];
        const bool through = requirement->valid_through && asked->end != ENGINE_NO_DAY;
        order->parts[1 + i] = (struct judge_part){
            .code = requirement->code,
            .must = requirement->must,
            .ages = requirement->kind == ENGINE_COMPETENCE,
            .expires = requirement->expires,
            .minimum_level = requirement->minimum_level,
            .valid_on = through ? asked->end : asked->start,
        };
        weights[1 + i] = requirement->weight;
    }
    share(order, weights);
}

/* ---- the candidate ---- */

void judge_take(struct judge_facts *facts, const struct workload_candidate *candidate)
{
    for (size_t i = 0; i < facts->count; i++) {
        facts->by_code[facts->codes[i]] = NULL;
    }
    facts->candidate = candidate;
    facts->count = candidate->candidate.fact_count;
    for (size_t i = 0; i < facts->count; i++) {
        facts->codes[i] = candidate->facts[i].code;
        facts->by_code[facts->codes[i]] = &candidate->facts[i];
    }
}

/* R1-R6. */
static bool may_be_listed(const struct workload_candidate *who, const struct judge_order *order)
{
    const struct engine_candidate *candidate = &who->candidate;
    const struct engine_order *asked = &order->asked.order;
    if (candidate->is_protected || candidate->withdrawn) {
        return false;
    }
    if (candidate->screening_until == ENGINE_NO_DAY || candidate->screening_until < asked->as_of) {
        return false;
    }
    if (candidate->available_from == ENGINE_NO_DAY || candidate->available_from > asked->start) {
        return false;
    }
    if ((candidate->work & asked->work) == 0) {
        return false;
    }
    if (asked->radius_km == 0 && candidate->max_travel_km == 0) {
        return true;
    }
    if (who->town == WORKLOAD_NO_TOWN) {
        return false;
    }
    const uint16_t km = order->road_km[who->town];
    return (asked->radius_km == 0 || km <= asked->radius_km) &&
           (candidate->max_travel_km == 0 || km <= candidate->max_travel_km);
}

/* R10-R15: the points that the part earns; -1: it earns none and, if a must, is not met. */
static int earned(const struct judge_facts *facts, const struct judge_order *order,
                  const struct judge_part *part)
{
    const struct engine_fact *fact = facts->by_code[part->code];
    if (fact == NULL) {
        return -1;
    }
    if (fact->valid_until != ENGINE_NO_DAY && fact->valid_until < part->valid_on) {
        return -1;
    }
    if (fact->valid_until == ENGINE_NO_DAY && part->expires) {
        return -1;
    }
    int halvings = 0;
    if (part->minimum_level > 0) {
        const int short_of = part->minimum_level - fact->level;
        if (fact->level == ENGINE_LEVEL_UNKNOWN || short_of > 1 || (part->must && short_of > 0)) {
            return -1;
        }
        halvings += short_of == 1;
    }
    if (part->must) {
        return part->share;
    }
    const int32_t used = fact->last_used == ENGINE_NO_DAY ? fact->stated_on : fact->last_used;
    halvings += part->ages && order->asked.order.as_of - used > 1826;
    return halvings == 0 ? part->share : part->share / (2 * halvings);
}

struct judge_verdict judge(const struct judge_facts *facts, const struct judge_order *order,
                           int may_lack)
{
    struct judge_verdict verdict = {.listed = false, .lacking = -1};
    if (!may_be_listed(facts->candidate, order)) {
        return verdict;
    }
    int lacking = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        if (!order->parts[i].must) {
            continue;
        }
        const int points = earned(facts, order, &order->parts[i]);
        if (points >= 0) {
            verdict.score = (uint16_t)(verdict.score + points);
        } else if (++lacking > may_lack) {
            return verdict;
        } else {
            verdict.lacking = (int)i;
        }
    }
    for (size_t i = 0; i < order->part_count; i++) {
        const int points = order->parts[i].must ? -1 : earned(facts, order, &order->parts[i]);
        verdict.score = (uint16_t)(verdict.score + (points > 0 ? points : 0));
    }
    verdict.listed = true;
    return verdict;
}

/* ---- R17 ---- */

static uint64_t stir(uint64_t z)
{
    z += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t absorb(uint64_t h, const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t words[2] = {0, 0};
    for (size_t i = 0; i < ENGINE_ID_SIZE; i++) {
        words[i / 8] = words[i / 8] << 8 | id[i];
    }
    return stir(stir(h ^ words[0]) ^ words[1]);
}

uint64_t judge_tie(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE])
{
    return absorb(absorb(0, order), candidate);
}
