#include "services/match/notice_job.h"

#include "common/base/clock.h"
#include "common/obs/log.h"
#include "services/match/asked.h"
#include "services/match/explain.h"
#include "services/match/gap.h"
#include "services/match/metrics.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <assert.h>
#include <inttypes.h>

#define SOON (250 * CLOCK_MILLISECOND)
#define LATER (2 * CLOCK_SECOND)
#define GAP_BYTES ((size_t)512 << 10)

/* One run of the job; in the job's arena. */
struct notice {
    struct job *job;
    struct match *match;
    const char *order;
    const char *courses;
    struct demand demand;
    struct follower_waiter waiter;
    bool waited;

    /* What the worker thread found. */
    int error;
    struct buffer team; /* JSON */
    struct buffer partners;
};

/* Temporary trouble is tried again; anything else would only fail again. */
static void fail(struct notice *notice, int error, const char *reason)
{
    if (error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN) {
        job_retry(notice->job, LATER, reason);
    } else {
        job_dead(notice->job, reason);
    }
}

/* ---- storing ---- */

static void on_stored(const struct pg_outcome *outcome, void *argument)
{
    struct notice *notice = argument;
    if (outcome->error != 0) {
        fail(notice, outcome->error, "not-stored");
        return;
    }
    job_done(notice->job);
}

static void store(void *argument)
{
    struct notice *notice = argument;
    if (notice->error == 0) {
        const struct pg_parameter parameters[] = {
            PG_TEXT(notice->order),
            PG_TEXT(arena_printf(job_arena(notice->job), "%d", notice->demand.version)),
            PG_TEXT(notice->team.data),
            PG_TEXT(notice->partners.data),
        };
        const struct pg_step step = {&match_sql_notice_store, parameters,
                                     sizeof parameters / sizeof parameters[0]};
        pg_run(notice->match->pg, NULL, &step, 1, on_stored, notice); /* copies the texts */
    }
    buffer_deinit(&notice->partners);
    buffer_deinit(&notice->team);
    if (notice->error != 0) {
        log_event(LOG_ERROR, "match.gap_failed", LOG_TEXT("order", notice->order),
                  LOG_TEXT("error", error_name(notice->error)));
        fail(notice, notice->error, "no-gap");
    }
}

/* ---- the gap, on a worker thread ---- */

static int find_gap(struct notice *notice, const struct words *words,
                    const struct engine_snapshot *snapshot)
{
    struct match *match = notice->match;
    struct arena *arena = job_arena(notice->job);
    struct asked asked;
    struct engine_order order;
    struct engine_census census;
    const struct explain explain = {
        .asked = &asked, .snapshot = snapshot, .vocabulary = match->vocabulary, .words = words};
    int error = asked_make(&notice->demand, match->ruleset, words, arena, &asked);
    if (error == 0) {
        error = asked_order(&asked, match->vocabulary, arena, &order);
    }
    if (error == 0) {
        struct engine_scratch *scratch = engine_scratch_create();
        error = engine_census(snapshot, &order, scratch, &census);
        engine_scratch_destroy(&scratch);
    }
    if (error == 0) {
        struct gap_view view = {
            .order = notice->order, .courses = notice->courses, .step = 1, .arena = arena};
        gap_write(&view, &explain, &census, &notice->team);
        view.step = match->step;
        gap_write(&view, &explain, &census, &notice->partners);
        error = buffer_full(&notice->team) || buffer_full(&notice->partners) ? ERROR_LIMIT : 0;
    }
    return error;
}

static void work(void *argument)
{
    struct notice *notice = argument;
    buffer_init(&notice->team, GAP_BYTES);
    buffer_init(&notice->partners, GAP_BYTES);
    struct words *words = words_shelf_take(notice->match->shelf);
    struct published_reader *reader = published_take(notice->match->published);
    notice->error = find_gap(notice, words, published_snapshot(reader));
    published_release(notice->match->published, &reader);
    words_release(&words);
}

/* ---- a pool that is new enough ---- */

static void work_when_caught_up(void *argument)
{
    struct notice *notice = argument;
    if (published_version(notice->match->published) >= notice->demand.pool_version) {
        if (worker_submit(notice->match->workers, notice->match->loop, work, store, notice) != 0) {
            job_retry(notice->job, SOON, "workers-busy");
        }
        return;
    }
    if (notice->waited) {
        job_retry(notice->job, SOON, "pool-behind");
        return;
    }
    notice->waited = true;
    metric_add(&match_waits, 1);
    notice->waiter = (struct follower_waiter){.task = work_when_caught_up, .argument = notice};
    follower_catch_up(notice->match->follower, &notice->waiter);
}

/* ---- the order, and what courses give ---- */

static void on_order(const struct pg_outcome *outcome, void *argument)
{
    struct notice *notice = argument;
    if (outcome->error != 0) {
        fail(notice, outcome->error, "order-not-read");
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    if (pg_rows(result) == 0) {
        job_dead(notice->job, "order-unknown");
        return;
    }
    if (demand_read(job_arena(notice->job), result, notice->order, &notice->demand) != 0) {
        job_dead(notice->job, "order-not-understood");
        return;
    }
    if (!notice->demand.open) { /* over meanwhile: nobody waits for a notice */
        job_done(notice->job);
        return;
    }
    work_when_caught_up(notice);
}

static void on_courses(const struct pg_outcome *outcome, void *argument)
{
    struct notice *notice = argument;
    if (outcome->error != 0) {
        fail(notice, outcome->error, "courses-not-read");
        return;
    }
    notice->courses =
        arena_strdup(job_arena(notice->job), pg_text(pg_outcome_result(outcome, 0), 0, 0));
    demand_ask(notice->match->pg, job_arena(notice->job), notice->order, on_order, notice);
}

void notice_job(struct job *job)
{
    static const struct pg_step step = {&match_sql_notice_courses, NULL, 0};
    struct match *match = job_room(job);
    const char *order = json_string_value(json_object_get(job_payload(job), "order_id"));
    assert(job_loop(job) == match->loop);
    if (order == NULL) {
        job_dead(job, "payload-invalid");
        return;
    }
    struct notice *notice = arena_alloc(job_arena(job), sizeof *notice);
    *notice =
        (struct notice){.job = job, .match = match, .order = arena_strdup(job_arena(job), order)};
    pg_run(match->pg, NULL, &step, 1, on_courses, notice);
}
