#include "tests/bench/engine/pool.h"

#include "tests/bench/peers/serve.h"

#include <stdlib.h>

#define LOAD_BATCH 250000

/* ---- candidates that outlive the struct that they were generated in ---- */

struct pool_changes {
    struct engine_candidate *candidates;
    struct engine_fact *facts;
    size_t count, fact_count;
};

static struct pool_changes *store_create(size_t count)
{
    struct pool_changes *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return NULL;
    }
    store->candidates = malloc(count * sizeof *store->candidates);
    store->facts = malloc(count * WORKLOAD_FACTS_CAP * sizeof *store->facts);
    if (store->candidates == NULL || store->facts == NULL) {
        pool_changes_destroy(&store);
    }
    return store;
}

void pool_changes_destroy(struct pool_changes **changes)
{
    if (*changes != NULL) {
        free((*changes)->candidates);
        free((*changes)->facts);
        free(*changes);
        *changes = NULL;
    }
}

static void keep(struct pool_changes *store, const struct engine_candidate *candidate)
{
    struct engine_fact *facts = store->facts + store->fact_count;
    for (size_t i = 0; i < candidate->fact_count; i++) {
        facts[i] = candidate->facts[i];
    }
    store->fact_count += candidate->fact_count;
    store->candidates[store->count] = *candidate;
    store->candidates[store->count++].facts = facts;
}

/* ---- versions ---- */

static int apply(struct engine_snapshot **snapshot, const struct engine_candidate *candidates,
                 size_t count)
{
    struct engine_snapshot *next = NULL;
    const int64_t version = *snapshot == NULL ? 1 : engine_snapshot_version(*snapshot) + 1;
    const int error = engine_apply(*snapshot, version, candidates, count, &next);
    if (error == 0) {
        engine_snapshot_destroy(snapshot);
        *snapshot = next;
    }
    return error;
}

static int compact(struct engine_snapshot **snapshot, bool everything)
{
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    int error = engine_compaction_run(*snapshot, everything, &compaction);
    if (error == 0) {
        error = engine_compaction_adopt(*snapshot, compaction, &next);
    }
    if (error == 0) {
        engine_snapshot_destroy(snapshot);
        *snapshot = next;
    }
    engine_compaction_destroy(&compaction);
    return error;
}

/* ---- the pool ---- */

static int load_batch(const struct workload *workload, uint64_t first, size_t count,
                      struct pool_changes *store, struct engine_snapshot **snapshot)
{
    struct workload_candidate candidate;
    store->count = 0;
    store->fact_count = 0;
    for (uint64_t i = 0; i < count; i++) {
        workload_candidate(workload, first + i, &candidate);
        keep(store, &candidate.candidate);
    }
    return apply(snapshot, store->candidates, store->count);
}

struct engine_snapshot *pool_load(const struct workload *workload, uint64_t size)
{
    struct pool_changes *store = store_create(LOAD_BATCH);
    struct engine_snapshot *snapshot = NULL;
    int error = store == NULL ? ERROR_LIMIT : 0;
    for (uint64_t first = 0; error == 0 && first < size; first += LOAD_BATCH) {
        const uint64_t left = size - first;
        error = load_batch(workload, first, left < LOAD_BATCH ? (size_t)left : LOAD_BATCH, store,
                           &snapshot);
    }
    pool_changes_destroy(&store);
    if (error == 0) {
        error = compact(&snapshot, true);
    }
    if (error != 0) {
        engine_snapshot_destroy(&snapshot);
    }
    return snapshot;
}

struct pool_changes *pool_changes_create(const struct workload *workload, uint64_t size,
                                         size_t count)
{
    struct pool_changes *changes = store_create(count);
    struct workload_candidate candidate;
    for (size_t k = 0; changes != NULL && k < count; k++) {
        workload_candidate(workload, workload_changed(k, size), &candidate);
        workload_change(workload, k, &candidate);
        keep(changes, &candidate.candidate);
    }
    return changes;
}

int pool_change(const struct engine_snapshot *from, const struct pool_changes *changes,
                size_t batch, struct engine_snapshot **last, uint64_t *aside)
{
    /* An empty change gives a snapshot of our own, which may be destroyed as we go. */
    struct engine_snapshot *snapshot = NULL;
    int error = engine_apply(from, engine_snapshot_version(from) + 1, NULL, 0, &snapshot);
    for (size_t at = 0; error == 0 && at < changes->count; at += batch) {
        const size_t left = changes->count - at;
        error = apply(&snapshot, changes->candidates + at, left < batch ? left : batch);
        if (error == 0 && engine_compaction_due(snapshot)) {
            const uint64_t before = serve_now();
            error = compact(&snapshot, false);
            *aside += serve_now() - before;
        }
    }
    if (error != 0) {
        engine_snapshot_destroy(&snapshot);
    }
    *last = snapshot;
    return error;
}
