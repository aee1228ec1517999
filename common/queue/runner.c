/* Claims what is due and hands it to the handlers. */
#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "common/queue/internal.h"
#include "sql/queue_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define POLL (5 * CLOCK_SECOND) /* NOTIFY is only a hint (C7) */
#define SWEEP (10 * CLOCK_MINUTE)
#define KEEP (7 * CLOCK_DAY)
#define SWEEP_MAXIMUM "1000"
#define KINDS_CAP 32
#define LIST_CAP 4096
#define NUMBER_SIZE 24

struct job_runner {
    struct loop *loop;
    struct pg_pool *pg;
    size_t concurrency;
    struct runner_kind kinds[KINDS_CAP];
    size_t kind_count;
    struct buffer names; /* the kinds as PostgreSQL arrays: {rank,notify} */
    struct buffer leases;
    struct buffer caps;

    LIST_HEAD(, job) jobs;
    size_t running; /* length of `jobs` */
    struct loop_timer *poll;
    int64_t poll_at; /* clock_monotonic */
    struct loop_timer *sweep;
    bool started;
    bool claiming; /* a claim is on its way */
    size_t asked;  /* for so many */
    bool woken;    /* there may be more than the last claim took */
    bool sweeping;

    loop_task *drained; /* set: claims no more */
    void *drained_argument;
    bool draining;
    unsigned holds; /* calls and answers under way that still need the runner */
    bool destroyed;
};

static void claim(struct job_runner *runner);

struct loop *job_runner_loop(const struct job_runner *runner)
{
    return runner->loop;
}

struct pg_pool *job_runner_pg(const struct job_runner *runner)
{
    return runner->pg;
}

bool job_runner_gone(const struct job_runner *runner)
{
    return runner->destroyed;
}

static void arm_poll(struct job_runner *runner, int64_t delay)
{
    runner->poll_at = clock_monotonic() + delay;
    loop_timer_arm(runner->poll, delay);
}

/* Frees a destroyed runner once nothing points to it any more. */
static void free_if_unused(struct job_runner *runner)
{
    if (!runner->destroyed || runner->running > 0 || runner->holds > 0) {
        return;
    }
    buffer_deinit(&runner->names);
    buffer_deinit(&runner->leases);
    buffer_deinit(&runner->caps);
    mem_free(runner);
}

static void tell_if_drained(struct job_runner *runner)
{
    if (!runner->draining || runner->running > 0 || runner->claiming) {
        return;
    }
    loop_task *drained = runner->drained;
    runner->drained = NULL;
    if (drained != NULL) {
        drained(runner->drained_argument); /* may destroy the runner */
    }
}

void job_runner_forget(struct job_runner *runner, struct job *job, int64_t again_in)
{
    LIST_REMOVE(job, entry);
    runner->running--;
    job_destroy(&job);
    if (runner->destroyed) {
        free_if_unused(runner);
    } else if (runner->draining) {
        tell_if_drained(runner);
    } else if (runner->woken) {
        claim(runner);
    } else if (again_in >= 0 && clock_monotonic() + again_in < runner->poll_at) {
        arm_poll(runner, again_in);
    }
}

/* --- claiming -------------------------------------------------------------------------------- */

static const struct runner_kind *find_kind(const struct job_runner *runner, const char *name)
{
    for (size_t i = 0; i < runner->kind_count; i++) {
        if (str_equal(runner->kinds[i].kind.name, name)) {
            return &runner->kinds[i];
        }
    }
    return NULL;
}

static void start_job(struct job_runner *runner, const struct pg_result *rows, size_t row)
{
    const struct runner_kind *kind = find_kind(runner, pg_text(rows, row, 1));

    if (pg_is_null(rows, row, 4)) {
        log_event(LOG_ERROR, "job.abandoned", LOG_TEXT("kind", pg_text(rows, row, 1)),
                  LOG_INT("id", pg_int64(rows, row, 0)),
                  LOG_INT("attempts", pg_int64(rows, row, 3)));
        return;
    }
    struct job *job = job_create(runner, kind, pg_int64(rows, row, 0), pg_int64(rows, row, 3),
                                 pg_text(rows, row, 4), pg_text(rows, row, 2));
    LIST_INSERT_HEAD(&runner->jobs, job, entry);
    runner->running++;
    if (job_payload(job) == NULL) {
        job_dead(job, "payload-unreadable");
    } else {
        kind->kind.handler(job);
    }
}

static void claimed(const struct pg_outcome *outcome, void *argument)
{
    struct job_runner *runner = argument;

    if (outcome->error != 0) {
        log_event(LOG_WARNING, "job.claim_failed", LOG_TEXT("error", error_name(outcome->error)));
    } else if (!runner->destroyed) {
        const struct pg_result *rows = pg_outcome_result(outcome, 0);
        size_t count = pg_rows(rows);
        /* Fewer than asked for: that is all, until there is news. */
        runner->woken = runner->woken || count >= runner->asked;
        for (size_t row = 0; row < count && !runner->destroyed; row++) {
            start_job(runner, rows, row);
        }
    }
    runner->claiming = false;
    runner->holds--;
    if (runner->destroyed) {
        free_if_unused(runner);
    } else if (runner->draining) {
        tell_if_drained(runner);
    } else if (runner->woken && outcome->error == 0) {
        claim(runner);
    }
}

/* Asks for as many as there are places for; `poll` asks again in any case. */
static void claim(struct job_runner *runner)
{
    char maximum[NUMBER_SIZE];

    if (runner->claiming || runner->draining || runner->running >= runner->concurrency ||
        runner->kind_count == 0) {
        return;
    }
    runner->claiming = true;
    runner->holds++; /* a handler may destroy the runner */
    runner->woken = false;
    runner->asked = runner->concurrency - runner->running;
    snprintf(maximum, sizeof maximum, "%zu", runner->asked);
    const struct pg_parameter parameters[] = {PG_TEXT(runner->names.data),
                                              PG_TEXT(runner->leases.data),
                                              PG_TEXT(runner->caps.data), PG_TEXT(maximum)};
    const struct pg_step step = {&queue_sql_claim, parameters,
                                 sizeof parameters / sizeof parameters[0]};
    pg_run(runner->pg, NULL, &step, 1, claimed, runner);
}

static void on_poll(void *argument)
{
    struct job_runner *runner = argument;

    arm_poll(runner, POLL);
    runner->woken = true;
    claim(runner);
}

/* --- sweeping -------------------------------------------------------------------------------- */

static void swept(const struct pg_outcome *outcome, void *argument)
{
    struct job_runner *runner = argument;

    runner->sweeping = false;
    runner->holds--;
    if (outcome->error == 0) {
        log_event(LOG_DEBUG, "job.swept",
                  LOG_INT("jobs", pg_int64(pg_outcome_result(outcome, 0), 0, 0)));
    }
    free_if_unused(runner);
}

static void on_sweep(void *argument)
{
    struct job_runner *runner = argument;
    char age[NUMBER_SIZE];

    loop_timer_arm(runner->sweep, SWEEP);
    if (runner->sweeping || runner->draining) {
        return;
    }
    runner->sweeping = true;
    runner->holds++;
    snprintf(age, sizeof age, "%" PRId64, KEEP);
    const struct pg_parameter parameters[] = {PG_TEXT(age), PG_TEXT(SWEEP_MAXIMUM)};
    const struct pg_step step = {&queue_sql_sweep, parameters, 2};
    pg_run(runner->pg, NULL, &step, 1, swept, runner);
}

/* --- the contract ---------------------------------------------------------------------------- */

struct job_runner *job_runner_create(struct loop *loop, struct pg_pool *pg, size_t concurrency)
{
    struct job_runner *runner = mem_zalloc(sizeof *runner);

    runner->loop = loop;
    runner->pg = pg;
    runner->concurrency = concurrency;
    buffer_init(&runner->names, LIST_CAP);
    buffer_init(&runner->leases, LIST_CAP);
    buffer_init(&runner->caps, LIST_CAP);
    LIST_INIT(&runner->jobs);
    runner->poll = loop_timer_create(loop, on_poll, runner);
    runner->sweep = loop_timer_create(loop, on_sweep, runner);
    return runner;
}

void job_runner_add(struct job_runner *runner, const struct job_kind *kind, void *room)
{
    assert(!runner->started);
    assert(runner->kind_count < KINDS_CAP);
    assert(kind->lease > 0 && kind->attempts > 0);
    assert(find_kind(runner, kind->name) == NULL);
    runner->kinds[runner->kind_count++] = (struct runner_kind){*kind, room};
}

static void write_lists(struct job_runner *runner)
{
    for (size_t i = 0; i < runner->kind_count; i++) {
        const struct job_kind *kind = &runner->kinds[i].kind;
        const char *before = i == 0 ? "{" : ",";
        buffer_printf(&runner->names, "%s%s", before, kind->name);
        buffer_printf(&runner->leases, "%s%" PRId64, before, kind->lease);
        buffer_printf(&runner->caps, "%s%d", before, kind->attempts);
    }
    buffer_char(&runner->names, '}');
    buffer_char(&runner->leases, '}');
    buffer_char(&runner->caps, '}');
    assert(!buffer_full(&runner->names) && !buffer_full(&runner->leases) &&
           !buffer_full(&runner->caps));
}

void job_runner_start(struct job_runner *runner)
{
    assert(!runner->started);
    runner->started = true;
    write_lists(runner);
    arm_poll(runner, 0);
    loop_timer_arm(runner->sweep, SWEEP);
}

void job_runner_wake(struct job_runner *runner)
{
    if (runner->started) {
        runner->woken = true;
        claim(runner);
    }
}

void job_runner_drain(struct job_runner *runner, loop_task *drained, void *argument)
{
    runner->draining = true;
    runner->drained = drained;
    runner->drained_argument = argument;
    tell_if_drained(runner);
}

/* Jobs whose end could not be told yet; their leases run out. The others end by themselves. */
static void forget_pausing(struct job_runner *runner)
{
    struct job *next = NULL;

    runner->holds++;
    for (struct job *job = LIST_FIRST(&runner->jobs); job != NULL; job = next) {
        next = LIST_NEXT(job, entry);
        if (job->pausing) {
            job_runner_forget(runner, job, -1);
        }
    }
    runner->holds--;
}

void job_runner_destroy(struct job_runner **runner)
{
    struct job_runner *gone = *runner;

    if (gone == NULL) {
        return;
    }
    *runner = NULL;
    gone->destroyed = true;
    gone->draining = true;
    gone->drained = NULL;
    loop_timer_destroy(&gone->poll);
    loop_timer_destroy(&gone->sweep);
    forget_pausing(gone);
    free_if_unused(gone);
}
