#include "services/match/upkeep.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/worker.h"
#include "common/obs/log.h"
#include "services/match/metrics.h"
#include "services/match/snapshot_file.h"

#include <assert.h>
#include <stdio.h>

#define QUEUE_CAP 4
#define WRITE_EVERY (5 * CLOCK_MINUTE) /* after compactions; an erasure does not wait */

enum upkeep_state {
    QUIET,
    COMPACTING, /* on the thread */
    READY,      /* the compaction waits for the follower */
    WRITING,    /* on the thread */
};

struct upkeep {
    struct upkeep_parts parts;
    struct worker_pool *thread;
    enum upkeep_state state;
    struct published_reader *reader; /* what is compacted or written */
    int error;

    /* Compacting. */
    bool pressed;    /* merge everything at the next chance */
    bool everything; /* the one under way does */
    bool orphaned;   /* the one under way is of snapshots that have been replaced */
    struct engine_compaction *compaction;
    int64_t began;

    /* The file. */
    char origin[ENGINE_ORIGIN_SIZE];
    bool purge;           /* bytes of somebody erased may be in the pieces still */
    bool behind;          /* what is published should be in the file */
    uint64_t erasures;    /* seen so far, */
    uint64_t seen_before; /* and when what is under way began */
    int64_t written_at;
    int64_t file_version; /* -1: there is no file, or not one of ours */
};

static void next(struct upkeep *upkeep);

struct upkeep *upkeep_create(const struct upkeep_parts *parts)
{
    struct upkeep *upkeep = mem_zalloc(sizeof *upkeep);
    upkeep->parts = *parts;
    upkeep->thread = worker_pool_create(1, QUEUE_CAP);
    upkeep->file_version = -1;
    upkeep->written_at = INT64_MIN;
    return upkeep;
}

/* The one place where the state moves. */
static void move(struct upkeep *upkeep, enum upkeep_state state)
{
    static const unsigned allowed[] __attribute__((unused)) = {
        [QUIET] = 1U << COMPACTING | 1U << WRITING,
        [COMPACTING] = 1U << READY | 1U << QUIET,
        [READY] = 1U << QUIET,
        [WRITING] = 1U << QUIET,
    };
    assert((allowed[upkeep->state] & 1U << state) != 0);
    upkeep->state = state;
}

int upkeep_run(struct upkeep *upkeep, loop_task *work, loop_task *done, void *argument)
{
    return worker_submit(upkeep->thread, upkeep->parts.loop, work, done, argument);
}

/* Holds what is published while `work` looks at it on the thread. */
static bool begin(struct upkeep *upkeep, enum upkeep_state state, loop_task *work, loop_task *done)
{
    upkeep->reader = published_take(upkeep->parts.published);
    upkeep->seen_before = upkeep->erasures;
    upkeep->began = clock_monotonic();
    if (upkeep->reader == NULL || upkeep_run(upkeep, work, done, upkeep) != 0) {
        published_release(upkeep->parts.published, &upkeep->reader);
        return false;
    }
    move(upkeep, state);
    return true;
}

/* ---- compacting ---- */

static void compact(void *argument) /* on the thread */
{
    struct upkeep *upkeep = argument;
    upkeep->error = engine_compaction_run(published_snapshot(upkeep->reader), upkeep->everything,
                                          &upkeep->compaction);
}

static void compacted(void *argument)
{
    struct upkeep *upkeep = argument;
    published_release(upkeep->parts.published, &upkeep->reader);
    if (upkeep->error != 0 || upkeep->orphaned) {
        upkeep_adopted(upkeep, upkeep->error);
        return;
    }
    move(upkeep, READY);
    upkeep->parts.ready(upkeep->parts.argument);
}

static bool start_compaction(struct upkeep *upkeep, bool everything)
{
    upkeep->everything = everything;
    upkeep->orphaned = false;
    return begin(upkeep, COMPACTING, compact, compacted);
}

bool upkeep_is_ready(const struct upkeep *upkeep)
{
    return upkeep->state == READY;
}

int upkeep_adopt(struct upkeep *upkeep, const struct engine_snapshot *current,
                 struct engine_snapshot **adopted)
{
    assert(upkeep->state == READY);
    return engine_compaction_adopt(current, upkeep->compaction, adopted);
}

void upkeep_adopted(struct upkeep *upkeep, int error)
{
    const bool done = error == 0 && !upkeep->orphaned;
    engine_compaction_destroy(&upkeep->compaction);
    if (done) {
        metric_add(&match_compactions, 1);
        log_event(LOG_INFO, "match.compacted", LOG_INT("everything", upkeep->everything ? 1 : 0),
                  LOG_INT("microseconds", clock_monotonic() - upkeep->began));
        upkeep->behind = true;
        upkeep->pressed = upkeep->pressed && !upkeep->everything;
        if (upkeep->everything && upkeep->erasures == upkeep->seen_before) {
            upkeep->purge = false;
        }
    } else if (error != 0) {
        log_event(LOG_ERROR, "match.not_compacted", LOG_TEXT("error", error_name(error)));
        upkeep->pressed = false; /* the next snapshot may be another matter */
    }
    move(upkeep, QUIET);
    if (done) {
        next(upkeep);
    }
}

/* ---- the file ---- */

static void write_file(void *argument) /* on the thread */
{
    struct upkeep *upkeep = argument;
    upkeep->error = snapshot_file_write(upkeep->parts.file, published_snapshot(upkeep->reader),
                                        upkeep->parts.vocabulary, upkeep->origin);
}

/* Keeps what was written aside, unless somebody in it was erased meanwhile. */
static void keep(struct upkeep *upkeep)
{
    const int64_t version = engine_snapshot_version(published_snapshot(upkeep->reader));
    if (upkeep->error == 0 && upkeep->erasures != upkeep->seen_before) {
        snapshot_file_drop(upkeep->parts.file);
        upkeep->behind = true;
        return;
    }
    if (upkeep->error == 0) {
        upkeep->error = snapshot_file_keep(upkeep->parts.file);
    }
    if (upkeep->error != 0) {
        log_event(LOG_ERROR, "match.snapshot_not_written",
                  LOG_TEXT("error", error_name(upkeep->error)));
        return;
    }
    upkeep->file_version = version;
    log_event(LOG_INFO, "match.snapshot_written", LOG_INT("pool_version", version),
              LOG_INT("microseconds", clock_monotonic() - upkeep->began));
}

static void written(void *argument)
{
    struct upkeep *upkeep = argument;
    keep(upkeep);
    published_release(upkeep->parts.published, &upkeep->reader);
    move(upkeep, QUIET);
    next(upkeep);
}

static bool start_writing(struct upkeep *upkeep)
{
    upkeep->behind = false;
    upkeep->written_at = clock_monotonic();
    return begin(upkeep, WRITING, write_file, written);
}

static bool has_file(const struct upkeep *upkeep)
{
    return upkeep->parts.file != NULL && upkeep->origin[0] != '\0';
}

void upkeep_origin(struct upkeep *upkeep, const char *origin)
{
    snprintf(upkeep->origin, sizeof upkeep->origin, "%s", origin);
}

void upkeep_restored(struct upkeep *upkeep, int64_t version)
{
    upkeep->file_version = version;
}

void upkeep_erased(struct upkeep *upkeep)
{
    upkeep->erasures++;
    upkeep->purge = true;
    upkeep->behind = true;
    upkeep->written_at = INT64_MIN;
    upkeep->file_version = -1;
    if (upkeep->parts.file != NULL && snapshot_file_remove(upkeep->parts.file) != 0) {
        log_event(LOG_ERROR, "match.snapshot_not_removed", LOG_TEXT("error", "io"));
    }
}

/* ---- what is next ---- */

static void next(struct upkeep *upkeep)
{
    struct published_reader *reader = NULL;
    if (upkeep->state != QUIET || (reader = published_take(upkeep->parts.published)) == NULL) {
        return;
    }
    const bool due = engine_compaction_due(published_snapshot(reader));
    const int64_t now = clock_monotonic();
    published_release(upkeep->parts.published, &reader);
    if (upkeep->pressed || (upkeep->purge && has_file(upkeep))) {
        start_compaction(upkeep, true);
    } else if (due) {
        start_compaction(upkeep, false);
    } else if (has_file(upkeep) && upkeep->behind &&
               (upkeep->written_at == INT64_MIN || now - upkeep->written_at >= WRITE_EVERY)) {
        start_writing(upkeep);
    }
}

void upkeep_reloading(struct upkeep *upkeep)
{
    upkeep->orphaned = true;
    if (upkeep->state == READY) {
        upkeep_adopted(upkeep, 0);
    }
}

void upkeep_published(struct upkeep *upkeep, bool loaded)
{
    upkeep->behind = upkeep->behind || loaded;
    if (loaded) { /* who was erased is in none of its pieces */
        upkeep->purge = false;
        upkeep->written_at = INT64_MIN;
    }
    next(upkeep);
}

void upkeep_press(struct upkeep *upkeep)
{
    upkeep->pressed = true;
    next(upkeep);
}

/* ---- the end ---- */

/* The loop has ended, so what the thread has finished since is still to be concluded. */
static void conclude(struct upkeep *upkeep)
{
    if (upkeep->state == WRITING) {
        keep(upkeep);
    }
    published_release(upkeep->parts.published, &upkeep->reader);
    engine_compaction_destroy(&upkeep->compaction);
    upkeep->state = QUIET;
}

static void write_last(struct upkeep *upkeep)
{
    upkeep->reader = published_take(upkeep->parts.published);
    if (upkeep->reader != NULL && has_file(upkeep) && !upkeep->purge &&
        engine_snapshot_version(published_snapshot(upkeep->reader)) != upkeep->file_version) {
        upkeep->seen_before = upkeep->erasures;
        upkeep->began = clock_monotonic();
        write_file(upkeep);
        keep(upkeep);
    }
    published_release(upkeep->parts.published, &upkeep->reader);
}

void upkeep_destroy(struct upkeep **upkeep)
{
    struct upkeep *gone = *upkeep;
    if (gone == NULL) {
        return;
    }
    *upkeep = NULL;
    worker_pool_destroy(&gone->thread);
    conclude(gone);
    write_last(gone);
    mem_free(gone);
}
