#include "common/base/mem.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rank.h"
#include "services/match/engine/rules.h"

#include <string.h>

/* The others' list of k, and the candidate's place among all others with the standing given. */
static void look_at_others(const struct engine_snapshot *snapshot, const struct plan *plan,
                           const struct standing *own, struct engine_fact *facts,
                           struct rank_top *top, size_t *rank)
{
    *rank = 1;
    for (uint32_t other = 0; other < snapshot->count; other++) {
        const struct engine_candidate plain = rank_plain(snapshot, other, facts);
        if (other == own->candidate || rules_first(plan, &plain).reason != ENGINE_ELIGIBLE) {
            continue;
        }
        const struct standing standing = rank_standing(snapshot, other, &plain, plan);
        *rank += rank_before(&standing, own) ? 1 : 0;
        rank_top_add(top, &standing);
    }
}

/* Points that would lift `own` before the last of the others' list. */
static uint16_t missing_points(const struct rank_top *top, const struct standing *own)
{
    if (top->cap == 0) {
        return ENGINE_POINTS;
    }
    if (top->count < top->cap || rank_before(own, &top->standings[0])) {
        return 0;
    }
    struct standing level = *own; /* with as many points as the last one */
    level.score = top->standings[0].score;
    return (uint16_t)(level.score - own->score + (rank_before(&level, &top->standings[0]) ? 0 : 1));
}

/* The fewest parts to be met in full that are worth `short_by`: the largest gains first. */
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

/* What is known of one whom nothing shields: rank, points short and the way onto the list. */
static void look_at_own(const struct engine_snapshot *snapshot, const struct plan *plan, size_t k,
                        uint32_t candidate, struct engine_fact *facts, struct engine_why *why)
{
    const struct engine_candidate plain = rank_plain(snapshot, candidate, facts);
    uint16_t gains[ENGINE_PARTS_CAP] = {0};
    for (size_t i = 0; i < plan->part_count; i++) {
        if (!plan->parts[i].must) {
            const struct engine_part part = points_best(plan, i, plain.facts, plain.fact_count);
            gains[i] = (uint16_t)(part.of - part.points);
        }
    }
    const struct standing own = rank_standing(snapshot, candidate, &plain, plan);
    struct rank_top top = {.standings = mem_array(k, sizeof *top.standings), .cap = k};
    look_at_others(snapshot, plan, &own, facts, &top, &why->rank);
    why->score = own.score;
    why->short_by = missing_points(&top, &own);
    find_changes(gains, plan->part_count, why);
    mem_free(top.standings);
}

int engine_why(const struct engine_snapshot *snapshot, const struct engine_order *order, size_t k,
               const uint8_t id[ENGINE_ID_SIZE], struct engine_why *why)
{
    struct plan plan;
    const int error = k > ENGINE_ENTRIES_CAP ? ERROR_LIMIT : plan_make(order, &plan);
    if (error != 0) {
        return error;
    }
    const uint32_t candidate = snapshot_find(snapshot, id);
    if (candidate == snapshot->count) {
        return ERROR_NOT_FOUND;
    }
    memset(why, 0, sizeof *why);
    struct engine_fact *facts = mem_array(rank_facts_cap(snapshot), sizeof *facts);
    const struct engine_candidate plain = rank_plain(snapshot, candidate, facts);
    struct verdict verdicts[RULES_VERDICTS_CAP];
    why->reason_count = rules_all(&plan, &plain, verdicts);
    for (size_t i = 0; i < why->reason_count; i++) {
        why->reasons[i] = verdicts[i].reason;
        why->reason_parts[i] = verdicts[i].part;
    }
    /* Neither a score nor a way onto the list for the protected: both would say who they are. */
    if (why->reason_count == 0 || why->reasons[0] > ENGINE_WITHDRAWN) {
        look_at_own(snapshot, &plan, k, candidate, facts, why);
    }
    mem_free(facts);
    return 0;
}
