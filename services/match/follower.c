#include "services/match/follower.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "services/match/feed.h"
#include "services/match/metrics.h"
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
    IDLE,     /* the timer runs */
    ASKING,   /* for the versions of pool and vocabulary */
    NAMING,   /* the words of another vocabulary version */
    READING,  /* pages of what changed */
    BUILDING, /* on a worker thread */
};

struct follower {
    struct follower_parts parts;
    struct loop_timer *timer;
    enum follower_state state;
    int64_t named;          /* the vocabulary version on the shelf, or NO_VERSION */
    bool again;             /* woken while busy */
    struct waiters waiting; /* for the look that is under way */
    struct waiters later;   /* for the next one */
    int64_t have;           /* the version that is published, or NO_VERSION: read the whole pool */

    /* One look: the versions that the database has. */
    int64_t naming;
    int64_t wanted;

    /* One refresh, from READING to the end of BUILDING. */
    char after[ENGINE_ID_TEXT_SIZE]; /* the last id read */
    struct arena *arena;
    struct engine_candidate *changed;
    size_t count;
    size_t room;
    struct engine_snapshot *built;
    int build_error;
};

static void begin(void *argument);

/* The one place where the state moves. */
static void move(struct follower *follower, enum follower_state state)
{
    static const unsigned next[] __attribute__((unused)) = {
        [IDLE] = 1U << ASKING,
        [ASKING] = 1U << NAMING | 1U << READING | 1U << IDLE,
        [NAMING] = 1U << READING | 1U << IDLE,
        [READING] = 1U << BUILDING | 1U << IDLE,
        [BUILDING] = 1U << IDLE,
    };
    assert((next[follower->state] & 1U << state) != 0);
    follower->state = state;
}

struct follower *follower_create(const struct follower_parts *parts)
{
    struct follower *follower = mem_zalloc(sizeof *follower);
    follower->parts = *parts;
    follower->have = NO_VERSION;
    follower->named = NO_VERSION;
    follower->timer = loop_timer_create(parts->loop, begin, follower);
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

static void finish(struct follower *follower, int error)
{
    struct waiters done = STAILQ_HEAD_INITIALIZER(done);
    forget_refresh(follower);
    move(follower, IDLE);
    if (error != 0) {
        log_event(LOG_WARNING, "match.pool_not_read", LOG_TEXT("error", error_name(error)));
    }
    loop_timer_arm(follower->timer, follower->again ? 0 : error != 0 ? RETRY : POLL);
    STAILQ_CONCAT(&done, &follower->waiting);
    while (!STAILQ_EMPTY(&done)) {
        struct follower_waiter *waiter = STAILQ_FIRST(&done);
        STAILQ_REMOVE_HEAD(&done, next);
        waiter->task(waiter->argument); /* may free the waiter, and may call us */
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
    published_release(follower->parts.published, &reader);
}

static void built(void *argument)
{
    struct follower *follower = argument;
    if (follower->build_error != 0) {
        follower->have = NO_VERSION;
        finish(follower, follower->build_error);
        return;
    }
    metric_set(&match_pool_candidates, (int64_t)engine_snapshot_count(follower->built));
    metric_set(&match_pool_version, follower->wanted);
    published_swap(follower->parts.published, follower->built);
    follower->built = NULL;
    follower->have = follower->wanted;
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

/* ---- asking ---- */

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

/* The vocabulary is there; now the pool. */
static void look_at_pool(struct follower *follower)
{
    if (follower->wanted == follower->have) {
        finish(follower, 0);
        return;
    }
    if (follower->wanted < follower->have) { /* another database, or one restored: start over */
        follower->have = NO_VERSION;
    }
    start_reading(follower);
}

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
    look_at_pool(follower);
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

static void on_version(const struct pg_outcome *outcome, void *argument)
{
    struct follower *follower = argument;
    if (outcome->error != 0) {
        finish(follower, outcome->error);
        return;
    }
    follower->wanted = pg_int64(pg_outcome_result(outcome, 0), 0, 0);
    follower->naming = pg_int64(pg_outcome_result(outcome, 0), 0, 1);
    if (follower->naming != follower->named) {
        ask_words(follower);
        return;
    }
    look_at_pool(follower);
}

static void begin(void *argument)
{
    struct follower *follower = argument;
    const struct pg_step step = {&match_sql_versions, NULL, 0};
    move(follower, ASKING);
    follower->again = false;
    STAILQ_CONCAT(&follower->waiting, &follower->later);
    pg_run(follower->parts.pg, NULL, &step, 1, on_version, follower);
}
