#include "services/match/follower.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "services/match/feed.h"
#include "services/match/metrics.h"
#include "services/match/snapshot_file.h"
#include "services/match/upkeep.h"
#include "sql/match_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define POLL (5 * CLOCK_SECOND)
#define RETRY (1 * CLOCK_SECOND)
#define PAGE_ROWS 1000
#define BATCH_CAP ((size_t)4 << 30) /* bytes of one refresh; a million candidates take one */
#define NO_VERSION (-1)
#define NUMBER_SIZE 24

STAILQ_HEAD(waiters, follower_waiter);

enum follower_state {
    IDLE,      /* the timer runs */
    ASKING,    /* for the versions of pool and vocabulary */
    NAMING,    /* the words of another vocabulary version */
    RESTORING, /* from the file, on a thread */
    READING,   /* pages of what changed */
    BUILDING,  /* on a worker thread */
    ADOPTING,  /* a compaction, on a worker thread */
};

struct follower {
    struct follower_parts parts;
    struct loop_timer *timer;
    struct upkeep *upkeep;
    enum follower_state state;
    bool placed;            /* the database's name is known, and the file has been tried */
    bool crowded;           /* the newest pool takes more memory than it may */
    bool pressed;           /* … and merging everything has been tried */
    int64_t named;          /* the vocabulary version on the shelf, or NO_VERSION */
    bool again;             /* woken while busy */
    struct waiters waiting; /* for the look that is under way */
    struct waiters later;   /* for the next one */
    int64_t have;           /* the version that is published, or NO_VERSION: read the whole
                               pool */

    /* One look: the versions that the database has. */
    int64_t naming;
    int64_t wanted;

    /* One refresh, from READING to the end of BUILDING. */
    char after[ENGINE_ID_TEXT_SIZE]; /* the last id read */
    struct arena *arena;
    struct engine_candidate *changed;
    size_t count;
    size_t room;
    struct engine_snapshot *built; /* or restored, or adopted */
    int build_error;
    char origin[ENGINE_ORIGIN_SIZE];
    int64_t began;
};

static void begin(void *argument);

/* The one place where the state moves. */
static void move(struct follower *follower, enum follower_state state)
{
    static const unsigned next[] __attribute__((unused)) = {
        [IDLE] = 1U << ASKING | 1U << ADOPTING,
        [ASKING] = 1U << NAMING | 1U << RESTORING | 1U << READING | 1U << IDLE,
        [NAMING] = 1U << RESTORING | 1U << READING | 1U << IDLE,
        [RESTORING] = 1U << READING | 1U << IDLE,
        [READING] = 1U << BUILDING | 1U << IDLE,
        [BUILDING] = 1U << IDLE,
        [ADOPTING] = 1U << IDLE,
    };
    assert((next[follower->state] & 1U << state) != 0);
    follower->state = state;
}

static void compaction_ready(void *argument);

struct follower *follower_create(const struct follower_parts *parts)
{
    struct follower *follower = mem_zalloc(sizeof *follower);
    follower->parts = *parts;
    follower->have = NO_VERSION;
    follower->named = NO_VERSION;
    follower->timer = loop_timer_create(parts->loop, begin, follower);
    follower->upkeep = upkeep_create(&(struct upkeep_parts){
        .loop = parts->loop,
        .published = parts->published,
        .vocabulary = parts->vocabulary,
        .file = parts->file,
        .ready = compaction_ready,
        .argument = follower,
    });
    STAILQ_INIT(&follower->waiting);
    STAILQ_INIT(&follower->later);
    loop_timer_arm(follower->timer, 0);
    return follower;
}

static void forget_refresh(struct follower *follower)
{
    arena_destroy(&follower->arena);
    mem_free(follower->changed);
    follower->changed = NULL;
    follower->count = 0;
    follower->room = 0;
    engine_snapshot_destroy(&follower->built);
}

void follower_destroy(struct follower **follower)
{
    if (*follower == NULL) {
        return;
    }
    loop_timer_destroy(&(*follower)->timer);
    upkeep_destroy(&(*follower)->upkeep);
    forget_refresh(*follower);
    mem_free(*follower);
    *follower = NULL;
}

void follower_wake(struct follower *follower)
{
    if (follower->state == IDLE) {
        loop_timer_arm(follower->timer, 0);
    } else {
        follower->again = true;
    }
}

void follower_catch_up(struct follower *follower, struct follower_waiter *waiter)
{
    STAILQ_INSERT_TAIL(&follower->later, waiter, next);
    follower_wake(follower);
}

static void adopt_when_ready(struct follower *follower);

static void finish(struct follower *follower, int error)
{
    struct waiters done = STAILQ_HEAD_INITIALIZER(done);
    const bool retry =
        error != 0 && error != ERROR_LIMIT; /* memory does not come back in a second */
    forget_refresh(follower);
    move(follower, IDLE);
    if (retry) {
        log_event(LOG_WARNING, "match.pool_not_read", LOG_TEXT("error", error_name(error)));
    }
    loop_timer_arm(follower->timer, follower->again ? 0 : retry ? RETRY : POLL);
    adopt_when_ready(follower);
    STAILQ_CONCAT(&done, &follower->waiting);
    while (!STAILQ_EMPTY(&done)) {
        struct follower_waiter *waiter = STAILQ_FIRST(&done);
        STAILQ_REMOVE_HEAD(&done, next);
        waiter->task(waiter->argument); /* may free the waiter, and may call us */
    }
}

/* ---- publishing ---- */

static void publish(struct follower *follower, bool loaded)
{
    struct engine_snapshot *snapshot = follower->built;
    follower->built = NULL;
    engine_snapshot_limit(snapshot, follower->parts.memory_limit);
    metric_set(&match_pool_candidates, (int64_t)engine_snapshot_count(snapshot));
    metric_set(&match_pool_version, engine_snapshot_version(snapshot));
    metric_set(&match_pool_bytes, (int64_t)engine_snapshot_bytes(snapshot));
    metric_set(&match_pool_pieces, (int64_t)engine_snapshot_pieces(snapshot));
    follower->have = engine_snapshot_version(snapshot);
    published_swap(follower->parts.published, snapshot);
    upkeep_published(follower->upkeep, loaded);
}

/* ---- adopting what was merged ---- */

static void adopt(void *argument) /* on a worker thread */
{
    struct follower *follower = argument;
    struct published_reader *reader = published_take(follower->parts.published);
    follower->build_error =
        upkeep_adopt(follower->upkeep, published_snapshot(reader), &follower->built);
    published_release(follower->parts.published, &reader);
}

static void adopted(void *argument)
{
    struct follower *follower = argument;
    if (follower->build_error == 0) {
        publish(follower, false);
    }
    upkeep_adopted(follower->upkeep, follower->build_error);
    move(follower, IDLE);
    loop_timer_arm(follower->timer, follower->again || follower->crowded ? 0 : POLL);
}

/* Between two looks: it takes moments, and what waits for the pool waits for no
 * more than that. */
static void adopt_when_ready(struct follower *follower)
{
    if (upkeep_is_ready(follower->upkeep) &&
        worker_submit(follower->parts.workers, follower->parts.loop, adopt, adopted, follower) ==
            0) {
        loop_timer_disarm(follower->timer);
        move(follower, ADOPTING);
    }
}

static void compaction_ready(void *argument)
{
    struct follower *follower = argument;
    if (follower->state == IDLE) {
        adopt_when_ready(follower);
    }
}

/* ---- building ---- */

static void build(void *argument) /* on a worker thread */
{
    struct follower *follower = argument;
    struct published_reader *reader = NULL;
    const struct engine_snapshot *previous = NULL;
    if (follower->have != NO_VERSION) {
        reader = published_take(follower->parts.published);
        previous = published_snapshot(reader);
    }
    follower->build_error = engine_apply(previous, follower->wanted, follower->changed,
                                         follower->count, &follower->built);
    if (follower->build_error == 0 && previous == NULL && follower->parts.memory_limit != 0 &&
        engine_snapshot_bytes(follower->built) > follower->parts.memory_limit) {
        follower->build_error = ERROR_LIMIT;
    }
    published_release(follower->parts.published, &reader);
}

/* The pool that is in stays in; merging all pieces may make room, so that is
 * tried once. */
static void crowd(struct follower *follower)
{
    if (!follower->crowded) {
        log_event(LOG_ERROR, "match.memory_full", LOG_INT("pool_version", follower->wanted),
                  LOG_INT("limit", (int64_t)follower->parts.memory_limit));
    }
    metric_set(&match_memory_full, 1);
    follower->crowded = true;
    if (!follower->pressed && follower->have != NO_VERSION) {
        follower->pressed = true;
        upkeep_press(follower->upkeep);
    }
}

static void uncrowd(struct follower *follower)
{
    metric_set(&match_memory_full, 0);
    follower->crowded = false;
    follower->pressed = false;
}

static void tell_changed(struct follower *follower)
{
    if (follower->parts.changed == NULL || follower->count == 0) {
        return;
    }
    follower->parts.changed(follower->parts.changed_argument, follower->have, follower->changed,
                            follower->count, follower->arena);
    follower->changed = NULL;
    follower->count = 0;
    follower->room = 0;
    follower->arena = NULL;
}

static void built(void *argument)
{
    struct follower *follower = argument;
    const bool loaded = follower->have == NO_VERSION;
    if (follower->build_error == ERROR_LIMIT) {
        crowd(follower);
        finish(follower, ERROR_LIMIT);
        return;
    }
    if (follower->build_error != 0) {
        follower->have = NO_VERSION;
        finish(follower, follower->build_error);
        return;
    }
    uncrowd(follower);
    publish(follower, loaded);
    if (!loaded) {
        tell_changed(follower);
    }
    finish(follower, 0);
}

/* ---- reading ---- */

static struct engine_candidate *add_changed(struct follower *follower)
{
    if (follower->count == follower->room) {
        follower->room = follower->room > 0 ? 2 * follower->room : PAGE_ROWS;
        follower->changed =
            mem_resize(follower->changed, follower->room, sizeof *follower->changed);
    }
    return &follower->changed[follower->count++];
}

static int add_departures(struct follower *follower, const struct pg_result *result)
{
    for (size_t row = 0; row < pg_rows(result); row++) {
        struct engine_candidate *gone = add_changed(follower);
        *gone = (struct engine_candidate){.removed = true};
        if (engine_id_read(pg_text(result, row, 0), gone->id) != 0) {
            return ERROR_INVALID;
        }
    }
    return 0;
}

static int add_page(struct follower *follower, const struct pg_result *result)
{
    for (size_t row = 0; row < pg_rows(result); row++) {
        const int error = feed_candidate(follower->arena, result, row, follower->parts.vocabulary,
                                         add_changed(follower));
        if (error != 0) {
            return error;
        }
    }
    if (follower->count > 0) {
        engine_id_write(follower->changed[follower->count - 1].id, follower->after);
    }
    metric_add(&match_candidates_read, (int64_t)pg_rows(result));
    return 0;
}

static void ask_page(struct follower *follower);

static void on_page(const struct pg_outcome *outcome, void *argument)
{
    struct follower *follower = argument;
    int error = outcome->error;
    if (error == 0) {
        error = add_page(follower, pg_outcome_result(outcome, 0));
    }
    if (error == 0 && pg_rows(pg_outcome_result(outcome, 0)) == PAGE_ROWS) {
        ask_page(follower);
        return;
    }
    if (error == 0) {
        error =
            worker_submit(follower->parts.workers, follower->parts.loop, build, built, follower);
    }
    if (error != 0) {
        finish(follower, error);
        return;
    }
    move(follower, BUILDING);
}

static void number(int64_t value, char text[NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%" PRId64, value);
}

static void ask_page(struct follower *follower)
{
    char have[NUMBER_SIZE], wanted[NUMBER_SIZE], rows[NUMBER_SIZE];
    number(follower->have, have);
    number(follower->wanted, wanted);
    number(PAGE_ROWS, rows);
    const struct pg_parameter parameters[] = {PG_TEXT(have), PG_TEXT(wanted),
                                              PG_TEXT(follower->after), PG_TEXT(rows)};
    const struct pg_step step = {&match_sql_pool_page, parameters, 4};
    pg_run(follower->parts.pg, NULL, &step, 1, on_page, follower);
}

static void on_departures(const struct pg_outcome *outcome, void *argument)
{
    struct follower *follower = argument;
    const int error = outcome->error != 0 ? outcome->error
                                          : add_departures(follower, pg_outcome_result(outcome, 0));
    if (error != 0) {
        finish(follower, error);
        return;
    }
    if (follower->count > 0) {
        upkeep_erased(follower->upkeep);
    }
    ask_page(follower);
}

static void ask_departures(struct follower *follower)
{
    char have[NUMBER_SIZE], wanted[NUMBER_SIZE];
    number(follower->have, have);
    number(follower->wanted, wanted);
    const struct pg_parameter parameters[] = {PG_TEXT(have), PG_TEXT(wanted)};
    const struct pg_step step = {&match_sql_pool_departures, parameters, 2};
    pg_run(follower->parts.pg, NULL, &step, 1, on_departures, follower);
}

static void start_reading(struct follower *follower)
{
    move(follower, READING);
    engine_id_write((const uint8_t[ENGINE_ID_SIZE]){0}, follower->after); /* before all others */
    follower->arena = arena_create(BATCH_CAP);
    if (follower->have == NO_VERSION) {
        ask_page(follower);
    } else {
        ask_departures(follower);
    }
}

static void look_at_pool(struct follower *follower)
{
    if (follower->wanted == follower->have) {
        finish(follower, 0);
        return;
    }
    if (follower->wanted < follower->have) { /* another database, or one restored: start over */
        log_event(LOG_WARNING, "match.pool_went_back", LOG_INT("have", follower->have),
                  LOG_INT("pool_version", follower->wanted));
        follower->have = NO_VERSION;
    }
    if (follower->have == NO_VERSION) {
        upkeep_reloading(follower->upkeep);
    }
    start_reading(follower);
}

/* ---- the file ---- */

static void restore(void *argument) /* on the upkeep's thread */
{
    struct follower *follower = argument;
    follower->build_error = snapshot_file_read(follower->parts.file, follower->origin,
                                               follower->parts.vocabulary, &follower->built);
}

static void restored(void *argument)
{
    struct follower *follower = argument;
    if (follower->build_error == 0) {
        log_event(LOG_INFO, "match.snapshot_restored",
                  LOG_INT("pool_version", engine_snapshot_version(follower->built)),
                  LOG_INT("candidates", (int64_t)engine_snapshot_count(follower->built)),
                  LOG_INT("microseconds", clock_monotonic() - follower->began));
        upkeep_restored(follower->upkeep, engine_snapshot_version(follower->built));
        publish(follower, false);
    } else if (follower->build_error != ERROR_NOT_FOUND) {
        log_event(LOG_WARNING, "match.snapshot_refused",
                  LOG_TEXT("error", error_name(follower->build_error)));
    }
    look_at_pool(follower);
}

/* The vocabulary is there; now the pool, from the file when this is the first
 * look. */
static void look_further(struct follower *follower)
{
    const bool first = !follower->placed;
    follower->placed = true;
    follower->began = clock_monotonic();
    if (first && follower->parts.file != NULL && follower->have == NO_VERSION &&
        upkeep_run(follower->upkeep, restore, restored, follower) == 0) {
        move(follower, RESTORING);
        return;
    }
    look_at_pool(follower);
}

/* ---- asking ---- */

static void on_words(const struct pg_outcome *outcome, void *argument)
{
    struct follower *follower = argument;
    struct words *words = words_create(follower->naming);
    int error = outcome->error;
    if (error == 0) {
        error = feed_names(pg_outcome_result(outcome, 0), words);
    }
    if (error == 0) {
        error = feed_relations(pg_outcome_result(outcome, 1), words);
    }
    if (error != 0) {
        words_release(&words);
        finish(follower, error);
        return;
    }
    words_shelf_put(follower->parts.shelf, words);
    metric_set(&match_vocabulary_version, follower->naming);
    follower->named = follower->naming;
    look_further(follower);
}

static void ask_words(struct follower *follower)
{
    char version[NUMBER_SIZE];
    number(follower->naming, version);
    const struct pg_parameter parameters[] = {PG_TEXT(version)};
    const struct pg_step steps[] = {{&match_sql_words, parameters, 1},
                                    {&match_sql_relations, parameters, 1}};
    move(follower, NAMING);
    pg_run(follower->parts.pg, NULL, steps, 2, on_words, follower);
}

/* For the file alone: not every server tells everybody. */
static bool wants_origin(const struct follower *follower)
{
    return !follower->placed && follower->parts.file != NULL;
}

static void on_version(const struct pg_outcome *outcome, void *argument)
{
    struct follower *follower = argument;
    if (outcome->error != 0) {
        finish(follower, outcome->error);
        return;
    }
    follower->wanted = pg_int64(pg_outcome_result(outcome, 0), 0, 0);
    follower->naming = pg_int64(pg_outcome_result(outcome, 0), 0, 1);
    if (wants_origin(follower)) {
        snprintf(follower->origin, sizeof follower->origin, "%s",
                 pg_text(pg_outcome_result(outcome, 1), 0, 0));
        upkeep_origin(follower->upkeep, follower->origin);
    }
    if (follower->naming != follower->named) {
        ask_words(follower);
        return;
    }
    look_further(follower);
}

static void begin(void *argument)
{
    struct follower *follower = argument;
    const struct pg_step steps[] = {{&match_sql_versions, NULL, 0}, {&match_sql_origin, NULL, 0}};
    move(follower, ASKING);
    follower->again = false;
    STAILQ_CONCAT(&follower->waiting, &follower->later);
    pg_run(follower->parts.pg, NULL, steps, wants_origin(follower) ? 2 : 1, on_version, follower);
}
