#include "services/match/engine/plan.h"

#include "services/match/engine/snapshot.h"

#include <string.h>

#define OCCUPATION_WEIGHT 5
#define WEIGHT_MAXIMUM 5
#define LEVEL_MAXIMUM 6
#define STALE_AFTER_DAYS 1826 /* five years, one of them a leap year */
#define DAY_LIMIT 1000000

static bool day_plausible(int32_t day)
{
    return day > -DAY_LIMIT && day < DAY_LIMIT;
}

static int check(const struct engine_order *order)
{
    if (order->occupation_count > ENGINE_OCCUPATIONS_CAP ||
        order->related_count > ENGINE_RELATED_CAP ||
        order->requirement_count > ENGINE_REQUIREMENTS_CAP) {
        return ERROR_LIMIT;
    }
    if (order->occupation_count == 0 || !day_plausible(order->start) ||
        !day_plausible(order->as_of)) {
        return ERROR_INVALID;
    }
    if (order->end != ENGINE_NO_DAY && (!day_plausible(order->end) || order->end < order->start)) {
        return ERROR_INVALID;
    }
    for (size_t i = 0; i < order->requirement_count; i++) {
        const struct engine_requirement *requirement = &order->requirements[i];
        if (requirement->weight < 1 || requirement->weight > WEIGHT_MAXIMUM ||
            requirement->minimum_level > LEVEL_MAXIMUM ||
            (unsigned)requirement->kind >= ENGINE_KIND_COUNT) {
            return ERROR_INVALID;
        }
    }
    return 0;
}

/* Largest remainder: whole shares that sum to ENGINE_POINTS; equal remainders go to the first. */
static void share_points(struct plan *plan, const unsigned *weights)
{
    unsigned total = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        total += weights[i];
    }
    unsigned remainders[ENGINE_PARTS_CAP];
    unsigned left = ENGINE_POINTS;
    for (size_t i = 0; i < plan->part_count; i++) {
        plan->parts[i].of = (uint16_t)(ENGINE_POINTS * weights[i] / total);
        remainders[i] = ENGINE_POINTS * weights[i] % total + 1; /* 0: has had its point */
        left -= plan->parts[i].of;
    }
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t i = 1; i < plan->part_count; i++) {
            if (remainders[i] > remainders[largest]) {
                largest = i;
            }
        }
        plan->parts[largest].of++;
        remainders[largest] = 0;
    }
}

static struct plan_part occupation_part(const struct engine_order *order, uint32_t *keys)
{
    const size_t exact = order->occupation_count;
    const size_t related = order->occupation_must ? 0 : order->related_count;
    for (size_t i = 0; i < exact; i++) {
        keys[i] = snapshot_key(ENGINE_OCCUPATION, order->occupations[i]);
    }
    for (size_t i = 0; i < related; i++) {
        keys[exact + i] = snapshot_key(ENGINE_OCCUPATION, order->related[i]);
    }
    return (struct plan_part){
        .kind = ENGINE_OCCUPATION,
        .must = order->occupation_must,
        .valid_on = order->start,
        .keys = keys,
        .key_count = exact + related,
        .exact_count = exact,
    };
}

static struct plan_part requirement_part(const struct engine_order *order,
                                         const struct engine_requirement *requirement,
                                         uint32_t *key)
{
    const bool to_the_end = requirement->valid_through && order->end != ENGINE_NO_DAY;
    *key = snapshot_key(requirement->kind, requirement->code);
    return (struct plan_part){
        .kind = requirement->kind,
        .must = requirement->must,
        .expires = requirement->expires,
        .minimum_level = requirement->minimum_level,
        .valid_on = to_the_end ? order->end : order->start,
        .keys = key,
        .key_count = 1,
        .exact_count = 1,
    };
}

int plan_make(const struct engine_order *order, struct plan *plan)
{
    const int error = check(order);
    if (error != 0) {
        return error;
    }
    memset(plan, 0, sizeof *plan);
    plan->order = order;
    plan->stale_before = order->as_of - STALE_AFTER_DAYS;
    plan->part_count = 1 + order->requirement_count;

    unsigned weights[ENGINE_PARTS_CAP] = {OCCUPATION_WEIGHT};
    plan->parts[0] = occupation_part(order, plan->keys);
    uint32_t *key = plan->keys + plan->parts[0].key_count;
    for (size_t i = 0; i < order->requirement_count; i++) {
        plan->parts[1 + i] = requirement_part(order, &order->requirements[i], key++);
        weights[1 + i] = order->requirements[i].weight;
    }
    share_points(plan, weights);
    return 0;
}
