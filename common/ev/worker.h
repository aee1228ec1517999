/*
 * A small pool of threads for work that would hold up an event loop (ranking, parsing a large
 * file). The queue has a cap; a full queue answers ERROR_LIMIT and the caller pushes back. `done`
 * runs on the loop that submitted.
 */
#pragma once

#include "common/ev/loop.h"

#include <stddef.h>

struct worker_pool;

struct worker_pool *worker_pool_create(size_t threads, size_t queue_cap);
void worker_pool_destroy(
    struct worker_pool **pool); /* finishes what is queued; `done`s are posted */
MUST_CHECK int worker_submit(struct worker_pool *pool, struct loop *loop, loop_task *work,
                             loop_task *done, void *argument);
