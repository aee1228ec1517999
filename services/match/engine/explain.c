#include "services/match/engine/explain.h"

#include "services/match/engine/distance.h"
#include "services/match/engine/lists.h"
#include "services/match/engine/points.h"
#include "services/match/engine/scratch.h"

#include <string.h>

void explain_parts(const struct engine_snapshot *snapshot, struct look *look, struct snapshot_at at,
                   struct engine_part *parts)
{
    const struct plan *plan = &look->plan;
    if (at.piece == SNAPSHOT_IN_TAIL) {
        const struct engine_candidate *plain = snapshot->tail[at.candidate];
        for (size_t part = 0; part < plan->part_count; part++) {
            parts[part] = points_best(plan, part, plain->facts, plain->fact_count);
        }
        return;
    }
    if (look->piece != &snapshot->pieces[at.piece]) {
        look_at_piece(look, snapshot, at.piece);
    }
    look->block = segment_block_of(look->segment, at.candidate);
    const uint16_t local = (uint16_t)(at.candidate - look->segment->blocks[look->block].first);
    for (size_t part = 0; part < plan->part_count; part++) {
        look_sight(look, part);
        lists_locate(look, part, local);
    }
    for (size_t part = 0; part < plan->part_count; part++) {
        parts[part] = lists_explain(look, part, local);
    }
}

void engine_explain(const struct engine_snapshot *snapshot, const struct engine_order *order,
                    struct engine_scratch *scratch, size_t index, struct engine_entry *entry,
                    struct engine_part *parts)
{
    const struct standing *standing = &scratch->top.standings[index];
    const struct engine_candidate plain = snapshot_plain(snapshot, standing->at);
    scratch->look.plan.order = order;
    *entry = (struct engine_entry){
        .municipality = plain.municipality,
        .rank = (uint32_t)index + 1,
        .score = standing->score,
        .tied = scratch->top.with_score[standing->score] > 1,
        .has_distance = distance_known(order->place) && distance_known(plain.place),
        .parts = parts,
    };
    memcpy(entry->id, standing->id, ENGINE_ID_SIZE);
    if (entry->has_distance) {
        entry->road_km = distance_road_km(plain.place, order->place);
    }
    explain_parts(snapshot, &scratch->look, standing->at, parts);
}
