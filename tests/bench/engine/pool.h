/* The benchmark's pool in the engine: loaded, and changed as it would be in service. */
#pragma once

#include "tests/bench/workload/workload.h"

/* Candidates 0 to size - 1, indexed into one piece, as after a start. NULL: it failed. */
struct engine_snapshot *pool_load(const struct workload *workload, uint64_t size);

/*
 * `count` changes, made ready: change k gives the terms and facts of candidate WORKLOAD_CHANGED + k
 * to candidate workload_changed(k). NULL: no memory.
 */
struct pool_changes;
struct pool_changes *pool_changes_create(const struct workload *workload, uint64_t size,
                                         size_t count);
void pool_changes_destroy(struct pool_changes **changes);

/* Applies all, `batch` per version, compacting whenever that is due; `from` stays as it was.
 * `aside` grows by the nanoseconds that the compactions took, which the daemon leaves to a thread
 * of their own: every change is in a snapshot, and so in answers, before one of them begins. */
MUST_CHECK int pool_change(const struct engine_snapshot *from, const struct pool_changes *changes,
                           size_t batch, struct engine_snapshot **last, uint64_t *aside);
