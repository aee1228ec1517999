#include "services/match/rank_job.h"

#include "common/base/clock.h"
#include "common/obs/log.h"
#include "services/match/asked.h"
#include "services/match/explain.h"
#include "services/match/metrics.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <assert.h>
#include <inttypes.h>

#define SOON (250 * CLOCK_MILLISECOND)
#define LATER (2 * CLOCK_SECOND)
#define EXCLUDED_BYTES ((size_t)4 << 10)
#define ASKED_BYTES ((size_t)4 << 20)

/* One run of the job; in the job's arena. */
struct rank {
    struct job *job;
    struct match *match;
    struct demand demand;
    struct follower_waiter waiter;
    bool waited;

    /* What the worker thread found. */
    int error;
    struct asked asked;
    int64_t pool_version;
    size_t considered;
    size_t eligible;
    size_t entry_count;
    struct buffer input; /* JSON: what was asked */
    struct buffer excluded;
    struct buffer requirements;
    struct explain_columns entries;
    int64_t duration;
};

/* Temporary trouble is tried again; anything else would only fail again. */
static void fail(struct rank *rank, int error, const char *reason)
{
    if (error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN ||
        error == ERROR_CONFLICT) {
        job_retry(rank->job, LATER, reason);
    } else {
        job_dead(rank->job, reason);
    }
}

/* ---- storing ---- */

static void on_stored(const struct pg_outcome *outcome, void *argument)
{
    struct rank *rank = argument;
    if (outcome->error != 0) {
        log_event(LOG_ERROR, "match.not_stored", LOG_TEXT("order", rank->demand.id),
                  LOG_TEXT("sqlstate", outcome->sqlstate),
                  LOG_TEXT("error", error_name(outcome->error)));
        fail(rank, outcome->error, "not-stored");
        return;
    }
    metric_add(&match_rankings, 1);
    log_event(
        LOG_INFO, "match.ranked", LOG_TEXT("order", rank->demand.id),
        LOG_INT("order_version", rank->demand.version), LOG_INT("pool_version", rank->pool_version),
        LOG_INT("considered", (int64_t)rank->considered),
        LOG_INT("eligible", (int64_t)rank->eligible),
        LOG_INT("entries", (int64_t)rank->entry_count), LOG_INT("microseconds", rank->duration));
    job_done(rank->job);
}

static const char *number(struct rank *rank, int64_t value)
{
    return arena_printf(job_arena(rank->job), "%" PRId64, value);
}

static void forget_texts(struct rank *rank)
{
    explain_columns_deinit(&rank->entries);
    buffer_deinit(&rank->requirements);
    buffer_deinit(&rank->excluded);
    buffer_deinit(&rank->input);
}

static struct pg_parameter column(struct rank *rank, const struct buffer *lines)
{
    return pg_lines(job_arena(rank->job), lines->data, lines->length, rank->entry_count);
}

static void store(void *argument)
{
    struct rank *rank = argument;
    if (rank->error != 0) {
        forget_texts(rank);
        fail(rank, rank->error, "not-ranked");
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(rank->demand.id),
        PG_TEXT(number(rank, rank->demand.version)),
        PG_TEXT(number(rank, rank->asked.ruleset)),
        PG_TEXT(number(rank, rank->pool_version)),
        PG_TEXT(number(rank, rank->demand.as_of)),
        PG_TEXT(number(rank, (int64_t)rank->considered)),
        PG_TEXT(rank->excluded.data),
        PG_TEXT(rank->requirements.data),
        PG_TEXT(rank->entries.candidates.data),
        PG_TEXT(rank->entries.scores.data),
        column(rank, &rank->entries.parts),
        column(rank, &rank->entries.facts),
        column(rank, &rank->entries.explanations),
        PG_TEXT(rank->input.data),
        PG_TEXT(number(rank, rank->asked.vocabulary_version)),
    };
    const struct pg_step step = {&match_sql_store, parameters,
                                 sizeof parameters / sizeof parameters[0]};
    pg_run(rank->match->pg, NULL, &step, 1, on_stored, rank); /* copies the texts */
    forget_texts(rank);
}

/* ---- ranking, on a worker thread ---- */

static int write_down(struct rank *rank, const struct words *words,
                      const struct engine_snapshot *snapshot, const struct engine_ranking *ranking)
{
    const struct explain explain = {
        .asked = &rank->asked,
        .snapshot = snapshot,
        .ranking = ranking,
        .vocabulary = rank->match->vocabulary,
        .words = words,
    };
    asked_write(&rank->asked, &rank->input);
    explain_columns(&explain, &rank->entries);
    explain_excluded(ranking, &rank->excluded);
    explain_requirements(&explain, &rank->requirements);
    return explain_columns_full(&rank->entries) || buffer_full(&rank->excluded) ||
                   buffer_full(&rank->requirements) || buffer_full(&rank->input)
               ? ERROR_LIMIT
               : 0;
}

/* Everything from `asked` alone, so that a replay finds the same. */
static int rank_asked(struct rank *rank, const struct words *words,
                      const struct engine_snapshot *snapshot)
{
    struct arena *arena = job_arena(rank->job);
    struct engine_order order;
    struct engine_ranking *ranking = NULL;
    int error = asked_make(&rank->demand, rank->match->ruleset, words, arena, &rank->asked);
    if (error == 0) {
        error = asked_order(&rank->asked, rank->match->vocabulary, arena, &order);
    }
    if (error == 0) {
        error = engine_rank(snapshot, &order, rank->asked.k, &ranking);
    }
    if (error == 0) {
        rank->pool_version = ranking->version;
        rank->considered = ranking->pool;
        rank->eligible = ranking->eligible;
        rank->entry_count = ranking->count;
        error = write_down(rank, words, snapshot, ranking);
    }
    engine_ranking_destroy(&ranking);
    return error;
}

static void work(void *argument)
{
    struct rank *rank = argument;
    const int64_t began = clock_monotonic();
    explain_columns_init(&rank->entries);
    buffer_init(&rank->excluded, EXCLUDED_BYTES);
    buffer_init(&rank->requirements, ASKED_BYTES);
    buffer_init(&rank->input, ASKED_BYTES);
    struct words *words = words_shelf_take(rank->match->shelf);
    struct published_reader *reader = published_take(rank->match->published);
    rank->error = rank_asked(rank, words, published_snapshot(reader));
    published_release(rank->match->published, &reader);
    words_release(&words);
    rank->duration = clock_monotonic() - began;
}

/* ---- a pool that is new enough ---- */

static void rank_when_caught_up(void *argument)
{
    struct rank *rank = argument;
    if (published_version(rank->match->published) >= rank->demand.pool_version) {
        if (worker_submit(rank->match->workers, rank->match->loop, work, store, rank) != 0) {
            job_retry(rank->job, SOON, "workers-busy");
        }
        return;
    }
    if (rank->waited) {
        job_retry(rank->job, SOON, "pool-behind");
        return;
    }
    rank->waited = true;
    metric_add(&match_waits, 1);
    rank->waiter = (struct follower_waiter){.task = rank_when_caught_up, .argument = rank};
    follower_catch_up(rank->match->follower, &rank->waiter);
}

/* ---- the order ---- */

static void on_order(const struct pg_outcome *outcome, void *argument)
{
    struct rank *rank = argument;
    if (outcome->error != 0) {
        fail(rank, outcome->error, "order-not-read");
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    if (pg_rows(result) == 0) {
        job_dead(rank->job, "order-unknown");
        return;
    }
    const char *id = json_string_value(json_object_get(job_payload(rank->job), "order_id"));
    if (demand_read(job_arena(rank->job), result, id, &rank->demand) != 0) {
        job_dead(rank->job, "order-not-understood");
        return;
    }
    if (!rank->demand.open) { /* closed meanwhile: nobody waits for a list */
        job_done(rank->job);
        return;
    }
    rank_when_caught_up(rank);
}

void rank_job(struct job *job)
{
    struct match *match = job_room(job);
    const char *id = json_string_value(json_object_get(job_payload(job), "order_id"));
    assert(job_loop(job) == match->loop);
    if (id == NULL) {
        job_dead(job, "payload-invalid");
        return;
    }
    struct rank *rank = arena_alloc(job_arena(job), sizeof *rank);
    rank->job = job;
    rank->match = match;
    demand_ask(match->pg, job_arena(job), id, on_order, rank);
}
