#include "services/match/engine/rank.h"

#include "common/base/mem.h"
#include "services/match/engine/distance.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"
#include "services/match/engine/tie.h"

#include <stdlib.h>
#include <string.h>

bool rank_before(const struct standing *left, const struct standing *right)
{
    if (left->score != right->score) {
        return left->score > right->score;
    }
    if (left->tie != right->tie) {
        return left->tie < right->tie;
    }
    return left->candidate < right->candidate;
}

size_t rank_facts_cap(const struct engine_snapshot *snapshot)
{
    size_t most = 0;
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const size_t count = snapshot->fact_from[i + 1] - snapshot->fact_from[i];
        most = count > most ? count : most;
    }
    return most;
}

struct engine_candidate rank_plain(const struct engine_snapshot *snapshot, uint32_t candidate,
                                   struct engine_fact *facts)
{
    const uint32_t from = snapshot->fact_from[candidate];
    struct engine_candidate plain = {
        .municipality = snapshot->municipalities[candidate],
        .place = snapshot->places[candidate],
        .max_travel_km = snapshot->max_travel_km[candidate],
        .available_from = snapshot->available_from[candidate],
        .work = snapshot->work[candidate],
        .screening_until = snapshot->screening_until[candidate],
        .is_protected = (snapshot->flags[candidate] & SNAPSHOT_PROTECTED) != 0,
        .withdrawn = (snapshot->flags[candidate] & SNAPSHOT_WITHDRAWN) != 0,
        .facts = facts,
        .fact_count = snapshot->fact_from[candidate + 1] - from,
    };
    memcpy(plain.id, snapshot->ids[candidate], ENGINE_ID_SIZE);
    for (size_t i = 0; i < plain.fact_count; i++) {
        facts[i] = snapshot_fact(snapshot, from + (uint32_t)i);
    }
    return plain;
}

/* For a candidate whom no rule excludes, so every must is met and earns its share. */
struct standing rank_standing(const struct engine_snapshot *snapshot, uint32_t candidate,
                              const struct engine_candidate *plain, const struct plan *plan)
{
    unsigned score = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct plan_part *part = &plan->parts[i];
        score +=
            part->must ? part->of : points_best(plan, i, plain->facts, plain->fact_count).points;
    }
    return (struct standing){
        .score = (uint16_t)score,
        .tie = tie_hash(plan->order->id, snapshot->ids[candidate]),
        .candidate = candidate,
    };
}

/* ---- the best k ---- */

static void swap(struct standing *left, struct standing *right)
{
    const struct standing kept = *left;
    *left = *right;
    *right = kept;
}

static void sift_up(struct standing *heap, size_t at)
{
    while (at > 0 && rank_before(&heap[(at - 1) / 2], &heap[at])) {
        swap(&heap[(at - 1) / 2], &heap[at]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct standing *heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (rank_before(&heap[last], &heap[child])) {
                last = child;
            }
        }
        if (last == at) {
            return;
        }
        swap(&heap[at], &heap[last]);
        at = last;
    }
}

void rank_top_add(struct rank_top *top, const struct standing *standing)
{
    if (top->count < top->cap) {
        top->standings[top->count++] = *standing;
        sift_up(top->standings, top->count - 1);
    } else if (top->cap > 0 && rank_before(standing, &top->standings[0])) {
        top->standings[0] = *standing;
        sift_down(top->standings, top->count);
    }
}

static int compare_standings(const void *left, const void *right)
{
    return rank_before(left, right) ? -1 : 1;
}

/* ---- the list ---- */

static void explain(const struct engine_candidate *plain, const struct plan *plan,
                    const struct standing *standing, struct engine_entry *entry,
                    struct engine_part *parts)
{
    memcpy(entry->id, plain->id, ENGINE_ID_SIZE);
    entry->municipality = plain->municipality;
    entry->score = standing->score;
    if (distance_known(plan->order->place) && distance_known(plain->place)) {
        entry->has_distance = true;
        entry->road_km = distance_road_km(plain->place, plan->order->place);
    }
    for (size_t i = 0; i < plan->part_count; i++) {
        parts[i] = points_best(plan, i, plain->facts, plain->fact_count);
    }
    entry->parts = parts;
}

static void write_entries(const struct engine_snapshot *snapshot, const struct plan *plan,
                          const struct rank_top *top, struct engine_fact *facts,
                          struct engine_ranking *ranking)
{
    ranking->count = top->count;
    ranking->entries = mem_array(top->count, sizeof *ranking->entries);
    ranking->parts = mem_array(top->count * plan->part_count, sizeof *ranking->parts);
    for (size_t i = 0; i < top->count; i++) {
        struct engine_entry *entry = &ranking->entries[i];
        const struct engine_candidate plain =
            rank_plain(snapshot, top->standings[i].candidate, facts);
        explain(&plain, plan, &top->standings[i], entry, ranking->parts + i * plan->part_count);
        entry->rank = (uint32_t)i + 1;
        entry->tied = ranking->with_score[entry->score] > 1;
    }
}

/* One pass over the pool: who is out and by which rule, who is in and the best of them. */
static void look_at_all(const struct engine_snapshot *snapshot, const struct plan *plan,
                        struct rank_top *top, struct engine_fact *facts,
                        struct engine_ranking *ranking)
{
    for (uint32_t candidate = 0; candidate < snapshot->count; candidate++) {
        const struct engine_candidate plain = rank_plain(snapshot, candidate, facts);
        const struct verdict verdict = rules_first(plan, &plain);
        if (verdict.reason == ENGINE_ELIGIBLE) {
            const struct standing standing = rank_standing(snapshot, candidate, &plain, plan);
            ranking->eligible++;
            ranking->with_score[standing.score]++;
            rank_top_add(top, &standing);
            continue;
        }
        ranking->excluded[verdict.reason]++;
        if (verdict.reason >= ENGINE_MUST_MISSING) {
            ranking->excluded_by_part[verdict.part]++;
        }
    }
}

int engine_rank(const struct engine_snapshot *snapshot, const struct engine_order *order, size_t k,
                struct engine_ranking **result)
{
    struct plan plan;
    const int error = k > ENGINE_ENTRIES_CAP ? ERROR_LIMIT : plan_make(order, &plan);
    if (error != 0) {
        return error;
    }
    struct engine_ranking *ranking = mem_zalloc(sizeof *ranking);
    struct rank_top top = {.standings = mem_array(k, sizeof *top.standings), .cap = k};
    ranking->version = snapshot->version;
    ranking->pool = snapshot->count;
    ranking->part_count = plan.part_count;
    for (size_t i = 0; i < plan.part_count; i++) {
        ranking->shares[i] = plan.parts[i].of;
    }
    struct engine_fact *facts = mem_array(rank_facts_cap(snapshot), sizeof *facts);
    look_at_all(snapshot, &plan, &top, facts, ranking);
    if (top.count > 1) {
        qsort(top.standings, top.count, sizeof *top.standings, compare_standings);
    }
    write_entries(snapshot, &plan, &top, facts, ranking);
    mem_free(facts);
    mem_free(top.standings);
    *result = ranking;
    return 0;
}

void engine_ranking_destroy(struct engine_ranking **ranking)
{
    if (*ranking == NULL) {
        return;
    }
    mem_free((*ranking)->entries);
    mem_free((*ranking)->parts);
    mem_free(*ranking);
    *ranking = NULL;
}
