#include "services/match/engine/plan.h"

#include "services/match/engine/segment.h"

#define OCCUPATION_WEIGHT 5
#define WEIGHT_MAXIMUM 5
#define LEVEL_MAXIMUM 6
#define STALE_AFTER_DAYS 1826 /* five years, one of them a leap year */
#define DAY_LIMIT 1000000

static bool day_plausible(int32_t day)
{
    return day > -DAY_LIMIT && day < DAY_LIMIT;
}

static bool relations_plausible(const struct engine_related *related, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (related[i].relation <= ENGINE_EXACT || related[i].relation >= ENGINE_RELATION_COUNT) {
            return false;
        }
    }
    return true;
}

static int check_requirement(const struct engine_requirement *requirement)
{
    if (requirement->related_count > ENGINE_RELATED_CAP) {
        return ERROR_LIMIT;
    }
    if (requirement->weight < 1 || requirement->weight > WEIGHT_MAXIMUM ||
        requirement->minimum_level > LEVEL_MAXIMUM ||
        (unsigned)requirement->kind >= ENGINE_KIND_COUNT ||
        !relations_plausible(requirement->related, requirement->related_count)) {
        return ERROR_INVALID;
    }
    return 0;
}

static int check(const struct engine_order *order)
{
    if (order->occupation_count > ENGINE_OCCUPATIONS_CAP ||
        order->related_count > ENGINE_RELATED_CAP ||
        order->requirement_count > ENGINE_REQUIREMENTS_CAP) {
        return ERROR_LIMIT;
    }
    if (order->occupation_count == 0 || !day_plausible(order->start) ||
        !day_plausible(order->as_of) ||
        !relations_plausible(order->related, order->related_count)) {
        return ERROR_INVALID;
    }
    if (order->end != ENGINE_NO_DAY && (!day_plausible(order->end) || order->end < order->start)) {
        return ERROR_INVALID;
    }
    for (size_t i = 0; i < order->requirement_count; i++) {
        const int error = check_requirement(&order->requirements[i]);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

/* Largest remainder: whole shares that sum to ENGINE_POINTS; equal remainders go to the first. */
void engine_shares(const unsigned *weights, size_t count, uint16_t *shares)
{
    unsigned total = 0;
    for (size_t i = 0; i < count; i++) {
        total += weights[i];
    }
    unsigned remainders[ENGINE_PARTS_CAP];
    unsigned left = ENGINE_POINTS;
    for (size_t i = 0; i < count; i++) {
        shares[i] = (uint16_t)(ENGINE_POINTS * weights[i] / total);
        remainders[i] = ENGINE_POINTS * weights[i] % total + 1; /* 0: has had its point */
        left -= shares[i];
    }
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t i = 1; i < count; i++) {
            if (remainders[i] > remainders[largest]) {
                largest = i;
            }
        }
        shares[largest]++;
        remainders[largest] = 0;
    }
}

/* ---- keys ---- */

static void add_key(struct plan *plan, struct plan_part *part, uint32_t code,
                    enum engine_relation relation)
{
    if (code == 0) {
        return; /* a word that nobody in the pool has */
    }
    plan->keys[plan->key_count++] =
        (struct plan_key){.key = segment_key(part->kind, code),
                          .halvings = (uint8_t)engine_relation_halvings(relation),
                          .relation = relation};
    part->key_count++;
}

/* Those that count in full, then, where partial credit is given at all, the rest. */
static void add_related(struct plan *plan, struct plan_part *part,
                        const struct engine_related *related, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (engine_relation_halvings(related[i].relation) == 0) {
            add_key(plan, part, related[i].code, related[i].relation);
        }
    }
    part->full_count = part->key_count;
    for (size_t i = 0; i < count && !part->must; i++) {
        if (engine_relation_halvings(related[i].relation) > 0) {
            add_key(plan, part, related[i].code, related[i].relation);
        }
    }
}

/* ---- parts ---- */

static void make_occupation(const struct engine_order *order, struct plan *plan)
{
    struct plan_part *part = &plan->parts[0];
    *part = (struct plan_part){
        .kind = ENGINE_OCCUPATION,
        .must = order->occupation_must,
        .valid_on = order->start,
        .keys = plan->keys + plan->key_count,
    };
    for (size_t i = 0; i < order->occupation_count; i++) {
        add_key(plan, part, order->occupations[i], ENGINE_EXACT);
    }
    add_related(plan, part, order->related, order->related_count);
}

static void make_requirement(const struct engine_order *order,
                             const struct engine_requirement *requirement, struct plan *plan,
                             struct plan_part *part)
{
    const bool to_the_end = requirement->valid_through && order->end != ENGINE_NO_DAY;
    *part = (struct plan_part){
        .kind = requirement->kind,
        .must = requirement->must,
        .expires = requirement->expires,
        .minimum_level = requirement->minimum_level,
        .valid_on = to_the_end ? order->end : order->start,
        .keys = plan->keys + plan->key_count,
    };
    add_key(plan, part, requirement->code, ENGINE_EXACT);
    add_related(plan, part, requirement->related, requirement->related_count);
}

int plan_make(const struct engine_order *order, struct plan *plan)
{
    const int error = check(order);
    if (error != 0) {
        return error;
    }
    plan->order = order;
    plan->stale_before = order->as_of - STALE_AFTER_DAYS;
    plan->part_count = 1 + order->requirement_count;
    plan->key_count = 0;

    unsigned weights[ENGINE_PARTS_CAP] = {OCCUPATION_WEIGHT};
    make_occupation(order, plan);
    for (size_t i = 0; i < order->requirement_count; i++) {
        make_requirement(order, &order->requirements[i], plan, &plan->parts[1 + i]);
        weights[1 + i] = order->requirements[i].weight;
    }
    uint16_t shares[ENGINE_PARTS_CAP];
    engine_shares(weights, plan->part_count, shares);
    for (size_t i = 0; i < plan->part_count; i++) {
        plan->parts[i].of = shares[i];
    }
    return 0;
}
