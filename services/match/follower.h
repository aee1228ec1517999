/*
 * Keeps the published snapshot up with the pool in PostgreSQL, and the words with its vocabulary.
 * It asks for both versions at least every 5 s and whenever it is woken. A vocabulary that has
 * moved is read anew. When the pool has moved on, it reads what changed since the version that it
 * has, page by page and as of the version that it saw, builds the next snapshot on a worker thread
 * and swaps it in. Everything but that build runs on the loop.
 *
 *     idle → asking (→ naming) (→ restoring) → reading → building → idle
 *     idle → adopting → idle
 *
 * Once, at the start, it goes on from the snapshot file, if there is one of this database. Small
 * pieces are merged beside it (upkeep.h) and adopted between two looks. A pool that would take more
 * memory than it may stays out: the one before stays in, and a metric says so.
 *
 * A failure leaves the old snapshot in and tries again after a second.
 */
#pragma once

#include "common/ev/loop.h"
#include "common/ev/worker.h"
#include "common/pg/pg.h"
#include "services/match/published.h"
#include "services/match/words.h"

#include <sys/queue.h>

struct follower;

/* Gets what changed in a refresh of a pool that was there before, once it is published: takes the
 * array (of mem.h) and the arena, in which the facts are. On the loop. */
typedef void follower_changed(void *argument, int64_t pool_version,
                              struct engine_candidate *changed, size_t count, struct arena *arena);

struct follower_parts { /* all outlive the follower */
    struct loop *loop;
    struct pg_pool *pg; /* as emnebank_match */
    struct worker_pool *workers;
    struct published *published;
    struct engine_vocabulary *vocabulary;
    struct words_shelf *shelf; /* has words before the first swap */
    size_t memory_limit;       /* bytes of a snapshot; 0: none */
    follower_changed *changed; /* NULL: nobody asks */
    void *changed_argument;
    const char *file; /* NULL: none */
};

struct follower *follower_create(const struct follower_parts *parts);
/* After the loop has ended. Writes the snapshot file, if it is behind. */
void follower_destroy(struct follower **follower);
void follower_wake(struct follower *follower);

/*
 * Runs `task` once, after a look at the pool that began after this call, whether the look succeeded
 * or not: the caller reads the published version. The waiter is the caller's until then.
 */
struct follower_waiter {
    STAILQ_ENTRY(follower_waiter) next;
    loop_task *task;
    void *argument;
};
void follower_catch_up(struct follower *follower, struct follower_waiter *waiter);
