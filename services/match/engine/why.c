#include "services/match/engine/explain.h"
#include "services/match/engine/query.h"
#include "services/match/engine/rules.h"
#include "services/match/engine/tie.h"

#include <string.h>

/* Points that would lift `own` before the last of the others' list, which has
 * room for k. */
static uint16_t missing_points(const struct top *others, size_t k, const struct standing *own)
{
    if (k == 0) {
        return ENGINE_POINTS;
    }
    if (others->count < k || standing_before(own, &others->standings[k - 1])) {
        return 0;
    }
    const struct standing *last = &others->standings[k - 1];
    struct standing level = *own; /* with as many points as the last one */
    level.score = last->score;
    return (uint16_t)(last->score - own->score + (standing_before(&level, last) ? 0 : 1));
}

/* The fewest parts to be met in full that are worth `short_by`: the largest
 * gains first. */
static void find_changes(const uint16_t *gains, size_t part_count, struct engine_why *why)
{
    bool taken[ENGINE_PARTS_CAP] = {false};
    unsigned gained = 0;
    while (gained < why->short_by) {
        size_t best = part_count;
        for (size_t i = 0; i < part_count; i++) {
            if (!taken[i] && gains[i] > 0 && (best == part_count || gains[i] > gains[best])) {
                best = i;
            }
        }
        if (best == part_count) {
            why->change_count = 0;
            return;
        }
        taken[best] = true;
        gained += gains[best];
        why->changes[why->change_count++] = best;
    }
    why->reachable = true;
}

static void add_reason(struct engine_why *why, enum engine_reason reason, size_t part)
{
    why->reasons[why->reason_count] = reason;
    why->reason_parts[why->reason_count++] = part;
}

static void find_reasons(const struct plan *plan, const struct engine_candidate *plain,
                         const struct engine_part *parts, struct engine_why *why)
{
    struct verdict verdicts[RULES_VERDICTS_CAP];
    const size_t count = rules_all(plan, plain, verdicts);
    for (size_t i = 0; i < count && verdicts[i].reason < ENGINE_MUST_MISSING; i++) {
        add_reason(why, verdicts[i].reason, 0); /* `plain` has no facts: musts are asked below */
    }
    if (why->reason_count > 0 && why->reasons[0] <= ENGINE_WITHDRAWN) {
        return;
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        const enum engine_reason reason = rules_must(&parts[part]);
        if (plan->parts[part].must && reason != ENGINE_ELIGIBLE) {
            add_reason(why, reason, part);
        }
    }
}

/* What the candidate earns, or would if only the rules stood in the way;
 * returns the score. */
static uint16_t find_gains(const struct plan *plan, const struct engine_part *parts,
                           uint16_t *gains)
{
    uint16_t score = 0;
    for (size_t part = 0; part < plan->part_count; part++) {
        const uint16_t points = plan->parts[part].must ? parts[part].of : parts[part].points;
        gains[part] = (uint16_t)(parts[part].of - points);
        score = (uint16_t)(score + points);
    }
    return score;
}

static int explain_why(const struct engine_snapshot *snapshot, const struct engine_order *order,
                       size_t k, struct snapshot_at at, struct engine_scratch *scratch,
                       struct engine_why *why)
{
    const struct plan *plan = &scratch->look.plan;
    struct engine_part parts[ENGINE_PARTS_CAP];
    uint16_t gains[ENGINE_PARTS_CAP];
    int error = look_begin(&scratch->look, order);
    if (error != 0) {
        return error;
    }
    struct engine_candidate plain = snapshot_plain(snapshot, at);
    plain.fact_count = 0;
    explain_parts(snapshot, &scratch->look, at, parts);
    memset(why, 0, sizeof *why);
    find_reasons(plan, &plain, parts, why);
    if (why->reason_count > 0 && why->reasons[0] <= ENGINE_WITHDRAWN) {
        return 0; /* neither a score nor a way onto the list: both would say who is
                     protected */
    }
    struct rival own = {.at = at,
                        .standing = {.score = find_gains(plan, parts, gains),
                                     .tie = tie_hash(order->id, plain.id),
                                     .id = plain.id}};
    error = query_run(snapshot, order, ENGINE_STRICT, k, &own, scratch);
    if (error != 0) {
        return error;
    }
    why->score = own.standing.score;
    why->rank = own.before + 1;
    why->short_by = missing_points(&scratch->top, k, &own.standing);
    find_changes(gains, plan->part_count, why);
    return 0;
}

int engine_why(const struct engine_snapshot *snapshot, const struct engine_order *order, size_t k,
               const uint8_t id[ENGINE_ID_SIZE], struct engine_why *why)
{
    if (k > ENGINE_ENTRIES_CAP) {
        return ERROR_LIMIT;
    }
    struct snapshot_at at;
    const int found = snapshot_find(snapshot, id, &at);
    struct engine_scratch *scratch = engine_scratch_create();
    /* An order that cannot be is told before a candidate who is not there. */
    const int error = found != 0 ? look_begin(&scratch->look, order)
                                 : explain_why(snapshot, order, k, at, scratch, why);
    engine_scratch_destroy(&scratch);
    return error != 0 ? error : found;
}
