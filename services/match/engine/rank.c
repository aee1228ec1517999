#include "common/base/mem.h"
#include "services/match/engine/query.h"

#include <string.h>

static void take_census(const struct engine_census *census, struct engine_ranking *ranking)
{
    ranking->pool = census->pool;
    ranking->eligible = census->eligible;
    memcpy(ranking->excluded, census->excluded, sizeof ranking->excluded);
    memcpy(ranking->excluded_by_part, census->excluded_by_part, sizeof ranking->excluded_by_part);
}

static void take_scores(const struct engine_scratch *scratch, struct engine_ranking *ranking)
{
    const struct plan *plan = &scratch->look.plan;
    ranking->part_count = plan->part_count;
    for (size_t part = 0; part < plan->part_count; part++) {
        ranking->shares[part] = plan->parts[part].of;
    }
    for (size_t score = 0; score <= ENGINE_POINTS; score++) {
        ranking->with_score[score] = scratch->top.with_score[score];
    }
}

static void write_entries(const struct engine_snapshot *snapshot, const struct engine_order *order,
                          struct engine_scratch *scratch, struct engine_ranking *ranking)
{
    ranking->count = scratch->top.count;
    ranking->entries = mem_array(ranking->count, sizeof *ranking->entries);
    ranking->parts = mem_array(ranking->count * ranking->part_count, sizeof *ranking->parts);
    for (size_t i = 0; i < ranking->count; i++) {
        engine_explain(snapshot, order, scratch, i, &ranking->entries[i],
                       ranking->parts + i * ranking->part_count);
    }
}

int engine_rank(const struct engine_snapshot *snapshot, const struct engine_order *order, size_t k,
                struct engine_ranking **result)
{
    struct engine_scratch *scratch = engine_scratch_create();
    struct engine_ranking *ranking = mem_zalloc(sizeof *ranking);
    struct engine_census census;
    int error = engine_census(snapshot, order, scratch, &census);
    if (error == 0) {
        error = query_run(snapshot, order, ENGINE_STRICT, k, NULL, scratch);
    }
    if (error != 0) {
        goto cleanup;
    }
    ranking->version = snapshot->version;
    take_census(&census, ranking);
    take_scores(scratch, ranking);
    write_entries(snapshot, order, scratch, ranking);
    *result = ranking;
    ranking = NULL;

cleanup:
    engine_ranking_destroy(&ranking);
    engine_scratch_destroy(&scratch);
    return error;
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
