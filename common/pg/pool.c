#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/obs/log.h"
#include "common/pg/backoff.h"
#include "common/pg/connection.h"

#include <assert.h>

#define DEFAULT_CONNECTIONS 4
#define DEFAULT_QUEUE 256
#define DEFAULT_DEADLINE (10 * CLOCK_SECOND)
#define RETRIES 3
#define RETRY_DELAY (10 * CLOCK_MILLISECOND)
/* Attempts to connect that failed in a row, over about two seconds, until the database is held to
 * be away: then callers are told at once instead of at their deadline (C12), and we look by
 * ourselves. */
#define AWAY_AFTER 5

struct pg_pool {
    struct loop *loop;
    char *conninfo;
    char *user;
    size_t cap;       /* of connections */
    size_t queue_cap; /* of batches that wait or pause */
    int64_t deadline;

    struct pg_connection **connections;
    size_t count;
    size_t attempts;   /* of connecting, for the walk over the hosts */
    unsigned failures; /* of connecting, since the last success */
    bool backing_off;

    struct pg_batches waiting;  /* for a connection, first in first out */
    struct pg_batches pausing;  /* before a retry, each with its own timer */
    struct pg_batches finished; /* their `done` is due */
    size_t queued;              /* waiting and pausing */

    struct loop_timer *expiry;  /* of the first that waits */
    struct loop_timer *backoff; /* before the next attempt to connect */
    struct loop_timer *telling; /* runs `done`s */
    unsigned holds;             /* callbacks under way that still need the pool */
    bool destroyed;
};

static void pump(struct pg_pool *pool);

/* --- telling ------------------------------------------------------------------------------- */

static void finish(struct pg_pool *pool, struct pg_batch *batch)
{
    STAILQ_INSERT_TAIL(&pool->finished, batch, next);
    loop_timer_arm(pool->telling, 0);
}

static void finish_with(struct pg_pool *pool, struct pg_batch *batch, int error)
{
    pg_batch_fail(batch, error);
    finish(pool, batch);
}

static void release(struct pg_pool *pool)
{
    pool->holds--;
    if (pool->holds > 0 || !pool->destroyed) {
        return;
    }
    loop_timer_destroy(&pool->expiry);
    loop_timer_destroy(&pool->backoff);
    loop_timer_destroy(&pool->telling);
    mem_free(pool->connections);
    mem_free(pool->conninfo);
    mem_free(pool->user);
    mem_free(pool);
}

/* A `done` may call pg_run and may destroy the pool. */
static void tell(void *argument)
{
    struct pg_pool *pool = argument;

    pool->holds++;
    while (!STAILQ_EMPTY(&pool->finished)) {
        struct pg_batch *batch = STAILQ_FIRST(&pool->finished);
        STAILQ_REMOVE_HEAD(&pool->finished, next);
        pg_batch_finish(batch);
    }
    release(pool);
}

/* --- waiting --------------------------------------------------------------------------------- */

static void expire(void *argument)
{
    struct pg_pool *pool = argument;
    int64_t now = clock_monotonic();
    bool connected = false;

    for (size_t i = 0; i < pool->count; i++) {
        connected = connected || !pg_connection_connecting(pool->connections[i]);
    }
    while (!STAILQ_EMPTY(&pool->waiting) && STAILQ_FIRST(&pool->waiting)->deadline <= now) {
        struct pg_batch *batch = STAILQ_FIRST(&pool->waiting);
        STAILQ_REMOVE_HEAD(&pool->waiting, next);
        pool->queued--;
        finish_with(pool, batch, connected ? ERROR_TIMEOUT : ERROR_UNAVAILABLE);
    }
    pump(pool);
}

/* All batches get the same time, so the first that waits is the first to run out of it. */
static void arm_expiry(struct pg_pool *pool)
{
    if (STAILQ_EMPTY(&pool->waiting)) {
        loop_timer_disarm(pool->expiry);
        return;
    }
    int64_t left = STAILQ_FIRST(&pool->waiting)->deadline - clock_monotonic();
    loop_timer_arm(pool->expiry, left > 0 ? left : 0);
}

static void resume(void *argument)
{
    struct pg_batch *batch = argument;
    struct pg_pool *pool = batch->pool;

    STAILQ_REMOVE(&pool->pausing, batch, pg_batch, next);
    STAILQ_INSERT_HEAD(&pool->waiting, batch, next); /* it is the oldest */
    pump(pool);
}

static void retry(struct pg_pool *pool, struct pg_batch *batch)
{
    int64_t delay = (RETRY_DELAY << batch->retries) / 2 +
                    (int64_t)random_below((uint64_t)RETRY_DELAY << batch->retries);

    batch->retries++;
    log_event(LOG_DEBUG, "pg.retry", LOG_TEXT("sqlstate", batch->sqlstate),
              LOG_INT("retries", batch->retries));
    pg_batch_reset(batch);
    if (batch->pause == NULL) {
        batch->pause = loop_timer_create(pool->loop, resume, batch);
    }
    STAILQ_INSERT_TAIL(&pool->pausing, batch, next);
    pool->queued++;
    loop_timer_arm(batch->pause, delay);
}

/* --- connections ----------------------------------------------------------------------------- */

static void on_usable(void *owner, struct pg_connection *connection)
{
    struct pg_pool *pool = owner;
    (void)connection;

    pool->failures = 0;
    pump(pool);
}

static void on_concluded(void *owner, struct pg_batch *batch)
{
    struct pg_pool *pool = owner;

    if (!pool->destroyed && pg_batch_may_retry(batch) && batch->retries < RETRIES &&
        clock_monotonic() < batch->deadline) {
        retry(pool, batch);
    } else {
        finish(pool, batch);
    }
}

static bool away(const struct pg_pool *pool)
{
    if (pool->failures < AWAY_AFTER) {
        return false;
    }
    for (size_t i = 0; i < pool->count; i++) {
        if (!pg_connection_connecting(pool->connections[i])) {
            return false;
        }
    }
    return true;
}

static void abandon(struct pg_pool *pool, struct pg_batches *batches)
{
    while (!STAILQ_EMPTY(batches)) {
        struct pg_batch *batch = STAILQ_FIRST(batches);
        STAILQ_REMOVE_HEAD(batches, next);
        pool->queued--;
        finish_with(pool, batch, ERROR_UNAVAILABLE);
    }
}

static void remove_connection(struct pg_pool *pool, struct pg_connection *connection)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->connections[i] == connection) {
            pool->connections[i] = pool->connections[--pool->count];
            break;
        }
    }
    pg_connection_destroy(&connection);
}

static void on_lost(void *owner, struct pg_connection *connection, bool before_use)
{
    struct pg_pool *pool = owner;

    if (before_use && !pool->backing_off) {
        pool->backing_off = true;
        loop_timer_arm(pool->backoff, pg_backoff(pool->failures));
        pool->failures++;
    }
    remove_connection(pool, connection);
    if (away(pool)) {
        abandon(pool, &pool->waiting);
    }
    pump(pool);
}

static void open_connection(struct pg_pool *pool)
{
    static const struct pg_connection_owner calls = {on_usable, on_concluded, on_lost};

    pool->connections[pool->count++] = pg_connection_create(pool->loop, pool->conninfo, pool->user,
                                                            pool->attempts++, &calls, pool);
}

static void end_backoff(void *argument)
{
    struct pg_pool *pool = argument;

    pool->backing_off = false;
    if (away(pool) && pool->count == 0) {
        open_connection(pool);
    }
    pump(pool);
}

static void open_what_is_needed(struct pg_pool *pool)
{
    size_t connecting = 0;
    size_t wanted = 0;
    struct pg_batch *batch = NULL;

    for (size_t i = 0; i < pool->count; i++) {
        connecting += pg_connection_connecting(pool->connections[i]);
    }
    STAILQ_FOREACH(batch, &pool->waiting, next)
    {
        if (++wanted == pool->cap) {
            break;
        }
    }
    while (!pool->backing_off && connecting < wanted && pool->count < pool->cap) {
        open_connection(pool);
        connecting++;
    }
}

static struct pg_connection *find_idle(const struct pg_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (pg_connection_idle(pool->connections[i])) {
            return pool->connections[i];
        }
    }
    return NULL;
}

/* Gives waiting batches to idle connections, opens more as needed. */
static void pump(struct pg_pool *pool)
{
    struct pg_connection *idle = NULL;

    if (pool->destroyed) {
        return;
    }
    while (!STAILQ_EMPTY(&pool->waiting) && (idle = find_idle(pool)) != NULL) {
        struct pg_batch *batch = STAILQ_FIRST(&pool->waiting);
        if (pg_connection_run(idle, batch)) {
            STAILQ_REMOVE_HEAD(&pool->waiting, next);
            pool->queued--;
        } else {
            remove_connection(pool, idle);
        }
    }
    open_what_is_needed(pool);
    arm_expiry(pool);
}

/* --- the contract ---------------------------------------------------------------------------- */

struct pg_pool *pg_pool_create(struct loop *loop, const struct pg_options *options)
{
    struct pg_pool *pool = mem_zalloc(sizeof *pool);

    pool->loop = loop;
    pool->conninfo = mem_strdup(options->conninfo);
    pool->user = options->user != NULL ? mem_strdup(options->user) : NULL;
    pool->cap = options->connections != 0 ? options->connections : DEFAULT_CONNECTIONS;
    pool->queue_cap = options->queue != 0 ? options->queue : DEFAULT_QUEUE;
    pool->deadline = options->deadline != 0 ? options->deadline : DEFAULT_DEADLINE;
    pool->connections = mem_array(pool->cap, sizeof *pool->connections);
    STAILQ_INIT(&pool->waiting);
    STAILQ_INIT(&pool->pausing);
    STAILQ_INIT(&pool->finished);
    pool->expiry = loop_timer_create(loop, expire, pool);
    pool->backoff = loop_timer_create(loop, end_backoff, pool);
    pool->telling = loop_timer_create(loop, tell, pool);
    return pool;
}

void pg_pool_destroy(struct pg_pool **pool)
{
    struct pg_pool *gone = *pool;

    if (gone == NULL) {
        return;
    }
    *pool = NULL;
    assert(!gone->destroyed);
    gone->holds++;
    gone->destroyed = true;
    while (gone->count > 0) {
        remove_connection(gone, gone->connections[gone->count - 1]);
    }
    for (struct pg_batch *batch = STAILQ_FIRST(&gone->pausing); batch != NULL;
         batch = STAILQ_NEXT(batch, next)) {
        loop_timer_disarm(batch->pause);
    }
    abandon(gone, &gone->waiting);
    abandon(gone, &gone->pausing);
    tell(gone);
    release(gone);
}

void pg_run(struct pg_pool *pool, const struct pg_context *context, const struct pg_step *steps,
            size_t count, pg_done *done, void *argument)
{
    struct pg_batch *batch = pg_batch_create(context, steps, count, done, argument);

    batch->pool = pool;
    batch->deadline = clock_monotonic() + pool->deadline;
    if (pool->destroyed || pool->queued >= pool->queue_cap || away(pool)) {
        finish_with(pool, batch, ERROR_UNAVAILABLE);
        return;
    }
    STAILQ_INSERT_TAIL(&pool->waiting, batch, next);
    pool->queued++;
    pump(pool);
}
