/*
 * What goes on beside the follower, on a thread of its own, one thing at a time: merging the
 * snapshot's small pieces, and writing the snapshot file (where there is one).
 *
 *     quiet → compacting → ready → quiet        ready: waits until the follower adopts it
 *     quiet → writing → quiet
 *
 * A file never outlives an erasure: it is removed when one is seen, and written again only from
 * pieces that were merged since, so that no byte of whoever was erased is left in it.
 *
 * All calls but upkeep_adopt on the loop's thread.
 */
#pragma once

#include "common/ev/loop.h"
#include "services/match/published.h"

struct upkeep;

struct upkeep_parts { /* all outlive it */
    struct loop *loop;
    struct published *published;
    struct engine_vocabulary *vocabulary;
    const char *file; /* NULL: none */
    loop_task *ready; /* a compaction may be adopted */
    void *argument;
};

struct upkeep *upkeep_create(const struct upkeep_parts *parts);
/* After the loop has ended. Finishes what is under way and writes the file, if it is behind. */
void upkeep_destroy(struct upkeep **upkeep);

/* Runs a task of the follower's on the upkeep's thread, such as reading the file. */
MUST_CHECK int upkeep_run(struct upkeep *upkeep, loop_task *work, loop_task *done, void *argument);

/* The name of the database that the published snapshots are of, from here on. */
void upkeep_origin(struct upkeep *upkeep, const char *origin);
/* The file holds the pool of this version. */
void upkeep_restored(struct upkeep *upkeep, int64_t version);
/* The next snapshot does not descend from the one before. */
void upkeep_reloading(struct upkeep *upkeep);
/* Somebody has been erased who may be in a snapshot or in the file. Before that is published. */
void upkeep_erased(struct upkeep *upkeep);
/* A snapshot has been published. `loaded`: it was read from the start. */
void upkeep_published(struct upkeep *upkeep, bool loaded);
/* Memory is short: merge everything, whether it is due or not. */
void upkeep_press(struct upkeep *upkeep);

/* Whether a compaction waits to be adopted. */
bool upkeep_is_ready(const struct upkeep *upkeep);
/* The successor of `current`, which is published. On any thread, while the state is ready. */
MUST_CHECK int upkeep_adopt(struct upkeep *upkeep, const struct engine_snapshot *current,
                            struct engine_snapshot **next);
/* It was adopted and published (or, with an error, not). */
void upkeep_adopted(struct upkeep *upkeep, int error);
