/* One job: what its handler sees, and telling the database how it ended. */
#include "common/queue/job.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/obs/log.h"
#include "common/queue/internal.h"
#include "sql/queue_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A job's memory; handlers with more to hold bring their own. */
#define ARENA_CAP ((size_t)64 << 20)
#define TELLINGS 5
#define TELLING_DELAY (500 * CLOCK_MILLISECOND)
#define NUMBER_SIZE 24

struct job *job_create(struct job_runner *runner, const struct runner_kind *kind, int64_t id,
                       int64_t attempts, const char *token, const char *payload)
{
    struct job *job = mem_zalloc(sizeof *job);
    struct json_fault fault;

    job->runner = runner;
    job->kind = kind;
    job->arena = arena_create(ARENA_CAP);
    job->id = id;
    job->attempts = attempts;
    job->token = arena_strdup(job->arena, token);
    if (json_read(payload, strlen(payload), &job->payload, &fault) != 0) {
        job->payload = NULL;
    }
    return job;
}

void job_destroy(struct job **job)
{
    struct job *gone = *job;

    if (gone == NULL) {
        return;
    }
    *job = NULL;
    loop_timer_destroy(&gone->again);
    json_decref(gone->payload);
    arena_destroy(&gone->arena);
    mem_free(gone);
}

struct arena *job_arena(struct job *job)
{
    return job->arena;
}

const json_t *job_payload(const struct job *job)
{
    return job->payload;
}

void *job_room(const struct job *job)
{
    return job->kind->room;
}

struct pg_pool *job_pg(const struct job *job)
{
    return job_runner_pg(job->runner);
}

struct loop *job_loop(const struct job *job)
{
    return job_runner_loop(job->runner);
}

int64_t job_id(const struct job *job)
{
    return job->id;
}

const char *job_token(const struct job *job)
{
    return job->token;
}

/* --- the end --------------------------------------------------------------------------------- */

static void tell(void *argument);

static void log_end(const struct job *job, const char *state)
{
    enum log_level level = strcmp(state, "done") == 0 ? LOG_INFO : LOG_WARNING;

    log_event(level, "job.finished", LOG_TEXT("kind", job->kind->kind.name), LOG_INT("id", job->id),
              LOG_TEXT("state", state), LOG_TEXT("reason", job->reason != NULL ? job->reason : ""),
              LOG_INT("attempts", job->attempts));
}

static bool is_temporary(int error)
{
    return error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN;
}

static void told(const struct pg_outcome *outcome, void *argument)
{
    struct job *job = argument;
    int64_t again_in = -1;

    if (is_temporary(outcome->error) && ++job->tellings < TELLINGS &&
        !job_runner_gone(job->runner)) {
        if (job->again == NULL) {
            job->again = loop_timer_create(job_loop(job), tell, job);
        }
        job->pausing = true;
        loop_timer_arm(job->again, TELLING_DELAY << job->tellings);
        return;
    }
    if (outcome->error != 0) {
        log_event(LOG_ERROR, "job.finish_failed", LOG_TEXT("kind", job->kind->kind.name),
                  LOG_INT("id", job->id), LOG_TEXT("error", error_name(outcome->error)));
    } else if (!pg_is_null(pg_outcome_result(outcome, 0), 0, 0)) {
        const char *state = pg_text(pg_outcome_result(outcome, 0), 0, 0);
        again_in = strcmp(state, "waiting") == 0 ? job->wait : -1;
        log_end(job, state);
    } else if (job->tellings == 0) {
        /* Otherwise an earlier telling, whose answer was lost, may have been heard. */
        log_event(LOG_WARNING, "job.lease_lost", LOG_TEXT("kind", job->kind->kind.name),
                  LOG_INT("id", job->id));
    }
    job_runner_forget(job->runner, job, again_in);
}

static void tell(void *argument)
{
    struct job *job = argument;
    job->pausing = false;
    char id[NUMBER_SIZE];
    char wait[NUMBER_SIZE];
    char cap[NUMBER_SIZE];

    snprintf(id, sizeof id, "%" PRId64, job->id);
    snprintf(wait, sizeof wait, "%" PRId64, job->wait);
    snprintf(cap, sizeof cap, "%d", job->kind->kind.attempts);
    const struct pg_parameter parameters[] = {PG_TEXT(id),           PG_TEXT(job->token),
                                              PG_TEXT(job->outcome), PG_TEXT(job->reason),
                                              PG_TEXT(wait),         PG_TEXT(cap)};
    const struct pg_step step = {&queue_sql_finish, parameters,
                                 sizeof parameters / sizeof parameters[0]};
    pg_run(job_pg(job), NULL, &step, 1, told, job);
}

static void finish(struct job *job, const char *outcome, const char *reason, int64_t wait)
{
    assert(job->outcome == NULL); /* exactly once */
    job->outcome = outcome;
    job->reason = reason != NULL ? arena_strdup(job->arena, reason) : NULL;
    job->wait = wait > 0 ? wait : 0;
    if (job_runner_gone(job->runner)) {
        job_runner_forget(job->runner, job, -1);
    } else {
        tell(job);
    }
}

void job_done(struct job *job)
{
    finish(job, "done", NULL, 0);
}

void job_retry(struct job *job, int64_t delay, const char *reason)
{
    finish(job, "retry", reason, delay);
}

void job_dead(struct job *job, const char *reason)
{
    finish(job, "dead", reason, 0);
}
