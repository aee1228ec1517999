#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/fetch/fetch.h"
#include "common/obs/log.h"
#include "services/deliver/outgoing.h"
#include "services/deliver/room.h"
#include "services/deliver/schedule.h"
#include "services/deliver/sweeper.h"
#include "services/deliver/verify.h"
#include "sql/deliver_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#define FINISH_AGAIN CLOCK_SECOND
/* Ends are told together: when nobody is being sent to any more, or after so long. */
#define FINISH_WITHIN (5 * CLOCK_MILLISECOND)
#define FINISH_TOGETHER 256
#define ARENA_CAP ((size_t)4 << 20)
#define COLUMN_CAP ((size_t)FINISH_TOGETHER * 1024)
/* How long the database's word that pushes are not stopped counts, from when it was asked: no
 * request begins later, even if nothing is heard of a stop. */
#define LEAVE (4 * CLOCK_SECOND)
/* While a request has not begun, so often is the word asked for anew. */
#define RENEW CLOCK_SECOND
/* Withdrawals that are heard of before the claim's own answer; the latest of them are remembered.
 */
#define WITHDRAWN_CAP 64

/* One claimed attempt. */
struct attempt {
    TAILQ_ENTRY(attempt) next;
    struct sender *sender;
    enum {
        ATTEMPT_SENDING,   /* the receiver has it */
        ATTEMPT_ANSWERED,  /* its end is told with those of others */
        ATTEMPT_FINISHING, /* the database is told what came of it */
        ATTEMPT_PAUSING,   /* the database could not be told; once more soon */
    } state;
    char delivery[37];
    char token[37];
    char kind[32];
    int number;
    bool begun;        /* something of it may have left */
    bool withdrawn;    /* the yes was taken back since it was claimed */
    int64_t lease_end; /* monotonic: from here on it is another's */
    size_t bytes;
    char digest[65];
    char *signed_by;
    struct fetch_answer answer; /* without a body */
    struct decision decision;
    struct loop_timer *pause;
};

/* Attempts whose ends are told in one transaction. */
struct finishing {
    struct sender *sender;
    bool delivered; /* all of them, in one statement; otherwise in one for each */
    size_t count;
    struct attempt *attempts[FINISH_TOGETHER];
};

TAILQ_HEAD(attempt_list, attempt);

struct sender {
    struct loop *loop;
    struct pg_pool *pg;
    const struct deliver *deliver;
    struct fetch_client *fetch;
    struct sweeper *sweeper;
    struct loop_timer *poll;
    int64_t poll_at;  /* monotonic; of the armed timer */
    int64_t retry_at; /* monotonic; the first retry that this sender knows of, or 0 */
    struct attempt_list attempts;
    size_t in_flight;
    size_t sending;            /* of those in flight: not answered yet */
    size_t unbegun;            /* of those: have no connection yet */
    size_t answered;           /* and those whose end nobody has been told */
    size_t ending;             /* and those whose end the database is being told */
    struct loop_timer *finish; /* tells the ends of those */
    bool started;
    bool claiming;       /* a claim is at the database */
    size_t asked;        /* for so many */
    int64_t asked_at;    /* monotonic */
    int64_t leave_until; /* monotonic: until then requests may begin */
    bool stopped;        /* the database said so */
    bool renewing;
    struct loop_timer *renew;
    char withdrawn[WITHDRAWN_CAP][37]; /* deliveries, in turn */
    size_t withdrawals;
    bool again; /* something happened meanwhile: claim once more */
    bool gone;  /* destroyed; freed with the last answer of the database */
    loop_task *drained;
    void *drained_argument;
};

static void claim(struct sender *sender);

/* How many more may be under way. */
static size_t room(const struct sender *sender)
{
    return sender->deliver->in_flight - sender->in_flight;
}

/* --- ends --- */

/* After anything that may have been the last thing under way. May free the sender. */
static void settle(struct sender *sender)
{
    if (sender->claiming || sender->in_flight > 0)
        return;
    if (sender->gone) {
        mem_free(sender);
        return;
    }
    if (sender->drained != NULL) {
        loop_task *drained = sender->drained;
        sender->drained = NULL;
        sender->started = false;
        drained(sender->drained_argument);
    }
}

static void attempt_end(struct attempt *attempt)
{
    struct sender *sender = attempt->sender;
    TAILQ_REMOVE(&sender->attempts, attempt, next);
    sender->in_flight--;
    metric_add(&deliver_in_flight, -1);
    loop_timer_destroy(&attempt->pause);
    mem_free(attempt->signed_by);
    mem_free(attempt);
}

/* No later than in `delay`; an earlier appointment stands. */
static void poll_within(struct sender *sender, int64_t delay)
{
    int64_t at = clock_monotonic() + delay;
    if (sender->poll_at != 0 && sender->poll_at <= at)
        return;
    sender->poll_at = at;
    loop_timer_arm(sender->poll, delay);
}

static void retry_within(struct sender *sender, int64_t delay)
{
    int64_t at = clock_monotonic() + delay;
    if (sender->retry_at == 0 || at < sender->retry_at)
        sender->retry_at = at;
    poll_within(sender, delay);
}

static void count(const struct attempt *attempt)
{
    bool dead =
        attempt->decision.verdict == VERDICT_DEAD || attempt->decision.verdict == VERDICT_GONE;
    metric_add(&deliver_outcomes[attempt->answer.class], 1);
    if (attempt->decision.verdict == VERDICT_DELIVERED)
        metric_add(&deliver_delivered, 1);
    else if (attempt->decision.verdict == VERDICT_HELD)
        metric_add(&deliver_held, 1);
    else
        metric_add(dead ? &deliver_dead : &deliver_retried, 1);
    log_event(dead ? LOG_WARNING : LOG_INFO, "deliver.attempt",
              LOG_TEXT("delivery", attempt->delivery), LOG_TEXT("kind", attempt->kind),
              LOG_INT("attempt", attempt->number),
              LOG_TEXT("verdict", schedule_verdict_name(attempt->decision.verdict)),
              LOG_TEXT("reason", attempt->decision.reason == NULL ? "" : attempt->decision.reason),
              LOG_TEXT("class", schedule_class_name(attempt->answer.class)),
              LOG_INT("status", attempt->answer.status),
              LOG_INT("duration_us", attempt->answer.duration));
}

/* --- the database is told --- */

static void finish_alone(struct attempt *attempt);

static void finish_again(void *argument)
{
    finish_alone(argument);
}

static bool may_pass(int error)
{
    return error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN;
}

static void pause_attempt(struct attempt *attempt)
{
    attempt->state = ATTEMPT_PAUSING;
    if (attempt->pause == NULL)
        attempt->pause = loop_timer_create(attempt->sender->loop, finish_again, attempt);
    loop_timer_arm(attempt->pause, FINISH_AGAIN);
}

/* Whether the lease was still ours, of one of those that were told together. */
static bool was_ours(const struct finishing *finishing, const struct pg_outcome *outcome, size_t i)
{
    if (!finishing->delivered)
        return pg_bool(pg_outcome_result(outcome, i), 0, 0);
    const char *array = pg_text(pg_outcome_result(outcome, 0), 0, 0); /* {t,f,…} */
    return strlen(array) > 2 * i + 1 && array[2 * i + 1] == 't';
}

/* One of those that were told together. */
static void conclude(struct attempt *attempt, const struct pg_outcome *outcome, bool ours)
{
    struct sender *sender = attempt->sender;
    if (outcome->error != 0) {
        log_event(LOG_ERROR, "deliver.finish_failed", LOG_TEXT("delivery", attempt->delivery),
                  LOG_TEXT("error", error_name(outcome->error)),
                  LOG_TEXT("sqlstate", outcome->sqlstate));
    } else if (!ours) {
        metric_add(&deliver_lost, 1);
        log_event(LOG_WARNING, "deliver.lease_lost", LOG_TEXT("delivery", attempt->delivery),
                  LOG_INT("attempt", attempt->number));
    } else {
        count(attempt);
        if (attempt->decision.verdict == VERDICT_RETRY && !sender->gone)
            retry_within(sender, attempt->decision.pause);
    }
    attempt_end(attempt);
}

static void finished(const struct pg_outcome *outcome, void *argument)
{
    struct finishing *finishing = argument;
    struct sender *sender = finishing->sender;
    sender->ending -= finishing->count;
    for (size_t i = 0; i < finishing->count; i++) {
        struct attempt *attempt = finishing->attempts[i];
        /* A repeat after an uncertain end finds its token spent and changes nothing. */
        if (may_pass(outcome->error) && !sender->gone &&
            clock_monotonic() + FINISH_AGAIN < attempt->lease_end)
            pause_attempt(attempt);
        else if (outcome->error != 0 && finishing->count > 1 && !sender->gone)
            finish_alone(attempt); /* the fault of one is not that of all */
        else
            conclude(attempt, outcome, outcome->error == 0 && was_ours(finishing, outcome, i));
    }
    mem_free(finishing);
    /* Where more are about to end than there is room for, one claim for all of them is cheaper. */
    if (!sender->gone && sender->ending + sender->answered <= room(sender))
        sender_wake(sender);
    settle(sender);
}

/* A receiver that answered 200 and did not know the challenge must be able to see that. */
static const char *class_name(const struct attempt *attempt)
{
    const char *reason = attempt->decision.reason;
    return reason != NULL && str_equal(reason, VERIFY_NOT_ECHOED)
               ? VERIFY_NOT_ECHOED
               : schedule_class_name(attempt->answer.class);
}

/* What delivery_finish is told of one attempt; the texts are in `arena`. */
static struct pg_step finish_step(struct arena *arena, const struct attempt *attempt)
{
    enum { PARAMETERS = 14 };
    const struct decision *decision = &attempt->decision;
    const bool cv = strncmp(attempt->kind, "cv.", 3) == 0;
    struct pg_parameter *parameters = arena_array(arena, PARAMETERS, sizeof *parameters);
    const struct pg_parameter values[PARAMETERS] = {
        PG_TEXT(attempt->delivery),
        PG_TEXT(attempt->token),
        PG_TEXT(schedule_verdict_name(decision->verdict)),
        PG_TEXT(decision->reason),
        PG_TEXT(arena_printf(arena, "%" PRId64, decision->pause)),
        PG_TEXT(arena_printf(arena, "%" PRId64, decision->hold)),
        PG_TEXT(class_name(attempt)),
        PG_TEXT(arena_printf(arena, "%d", attempt->answer.status)),
        PG_TEXT(arena_printf(arena, "%zu", attempt->bytes)),
        /* A receiver may answer with what it was sent; of a CV nothing is kept. */
        PG_TEXT(cv ? NULL : attempt->answer.excerpt),
        PG_TEXT(attempt->digest),
        PG_TEXT(arena_printf(arena, "%" PRId64, attempt->answer.duration)),
        PG_TEXT(attempt->signed_by),
        PG_TEXT(attempt->answer.body_sha256),
    };
    memcpy(parameters, values, sizeof values);
    return (struct pg_step){&deliver_sql_finish, parameters, PARAMETERS};
}

/* What delivery_finish_delivered is told of them: an array for each column. */
static struct pg_step delivered_step(struct arena *arena, const struct finishing *finishing)
{
    enum { DELIVERY, TOKEN, CLASS, STATUS, BYTES, EXCERPT, DURATION, SIGNED_BY, PARAMETERS };
    struct pg_parameter *parameters = arena_array(arena, PARAMETERS, sizeof *parameters);
    struct buffer columns[PARAMETERS];
    for (size_t column = 0; column < PARAMETERS; column++)
        buffer_init(&columns[column], COLUMN_CAP);
    for (size_t i = 0; i < finishing->count; i++) {
        const struct attempt *attempt = finishing->attempts[i];
        buffer_printf(&columns[DELIVERY], "%s\n", attempt->delivery);
        buffer_printf(&columns[TOKEN], "%s\n", attempt->token);
        buffer_printf(&columns[CLASS], "%s\n", class_name(attempt));
        buffer_printf(&columns[STATUS], "%d\n", attempt->answer.status);
        buffer_printf(&columns[BYTES], "%zu\n", attempt->bytes);
        buffer_printf(&columns[EXCERPT], "%s\n", attempt->answer.excerpt);
        buffer_printf(&columns[DURATION], "%" PRId64 "\n", attempt->answer.duration);
        buffer_printf(&columns[SIGNED_BY], "%s\n", attempt->signed_by);
    }
    for (size_t column = 0; column < PARAMETERS; column++) {
        assert(!buffer_full(&columns[column]));
        parameters[column] =
            pg_lines(arena, columns[column].data, columns[column].length - 1, finishing->count);
        buffer_deinit(&columns[column]);
    }
    return (struct pg_step){&deliver_sql_finish_delivered, parameters, PARAMETERS};
}

static void tell(struct finishing *finishing)
{
    const struct pg_context context = {0};
    struct pg_step steps[FINISH_TOGETHER];
    struct arena *arena = arena_create(ARENA_CAP);
    for (size_t i = 0; i < finishing->count; i++) {
        finishing->attempts[i]->state = ATTEMPT_FINISHING;
        if (!finishing->delivered)
            steps[i] = finish_step(arena, finishing->attempts[i]);
    }
    if (finishing->delivered)
        steps[0] = delivered_step(arena, finishing);
    finishing->sender->ending += finishing->count;
    pg_run(finishing->sender->pg, &context, steps, finishing->delivered ? 1 : finishing->count,
           finished, finishing);
    arena_destroy(&arena);
}

static void finish_alone(struct attempt *attempt)
{
    struct finishing *finishing = mem_zalloc(sizeof *finishing);
    finishing->sender = attempt->sender;
    finishing->attempts[finishing->count++] = attempt;
    tell(finishing);
}

/* All that are answered and came to `verdict`. */
static void finish_all(struct sender *sender, enum verdict verdict)
{
    struct attempt *attempt = TAILQ_FIRST(&sender->attempts);
    while (attempt != NULL) {
        struct finishing *finishing = mem_zalloc(sizeof *finishing);
        finishing->sender = sender;
        finishing->delivered = verdict == VERDICT_DELIVERED;
        for (; attempt != NULL && finishing->count < FINISH_TOGETHER;
             attempt = TAILQ_NEXT(attempt, next)) {
            if (attempt->state == ATTEMPT_ANSWERED && attempt->decision.verdict == verdict)
                finishing->attempts[finishing->count++] = attempt;
        }
        sender->answered -= finishing->count;
        if (finishing->count > 0)
            tell(finishing);
        else
            mem_free(finishing);
    }
}

static void finish_answered(void *argument)
{
    struct sender *sender = argument;
    loop_timer_disarm(sender->finish);
    finish_all(sender, VERDICT_DELIVERED);
    finish_all(sender, VERDICT_HELD);
}

/* More than its delivery changes: an endpoint, or the audit of a home. Such an end is told by
 * itself, so that no two transactions wait for each other's. */
static bool ends_alone(const struct attempt *attempt)
{
    return (attempt->decision.verdict != VERDICT_DELIVERED &&
            attempt->decision.verdict != VERDICT_HELD) ||
           strncmp(attempt->kind, "cv.", 3) == 0 || verify_is(attempt->kind);
}

static void finish(struct attempt *attempt)
{
    struct sender *sender = attempt->sender;
    if (ends_alone(attempt)) {
        finish_alone(attempt);
        return;
    }
    attempt->state = ATTEMPT_ANSWERED;
    if (sender->answered++ == 0)
        loop_timer_arm(sender->finish, FINISH_WITHIN);
}

static void answered(const struct fetch_answer *answer, void *argument)
{
    struct attempt *attempt = argument;
    struct sender *sender = attempt->sender;
    sender->sending--;
    if (!attempt->begun)
        sender->unbegun--;
    if (sender->gone) {
        attempt_end(attempt);
        return;
    }
    attempt->answer = *answer;
    attempt->answer.body = NULL;
    attempt->decision = verify_is(attempt->kind) ? verify_decide(sender->deliver, attempt->delivery,
                                                                 answer, attempt->number)
                                                 : schedule_decide(answer, attempt->number);
    finish(attempt);
    if (sender->sending == 0 && sender->answered > 0)
        loop_timer_arm(sender->finish, 0);
}

/* --- whether pushes are stopped --- */

static void learn(struct sender *sender, bool stopped)
{
    sender->leave_until = stopped ? 0 : sender->asked_at + LEAVE;
    if (sender->stopped == stopped)
        return;
    sender->stopped = stopped;
    metric_set(&deliver_stopped, stopped ? 1 : 0);
    log_event(LOG_WARNING, stopped ? "deliver.stopped" : "deliver.resumed",
              LOG_INT("in_flight", (int64_t)sender->in_flight));
}

/* Asked when a connection stands. A recall goes on: it protects somebody. */
static bool may_begin(void *argument)
{
    struct attempt *attempt = argument;
    struct sender *sender = attempt->sender;
    if (attempt->withdrawn && !attempt->begun)
        return false;
    if (clock_monotonic() >= sender->leave_until && !str_equal(attempt->kind, "cv.recalled"))
        return false;
    if (!attempt->begun)
        sender->unbegun--;
    attempt->begun = true;
    return true;
}

static void on_renew(void *argument)
{
    struct sender *sender = argument;
    sender->renewing = sender->unbegun > 0;
    if (!sender->renewing)
        return;
    loop_timer_arm(sender->renew, RENEW);
    claim(sender);
}

/* --- a claimed row is sent --- */

/* Nothing could be sent: a key is missing or the event cannot be rendered. */
static void not_sent(struct attempt *attempt, int error, const char *reason)
{
    int64_t pause = error == ERROR_LIMIT ? -1 : schedule_pause(attempt->number, -1);
    attempt->answer = (struct fetch_answer){.class = FETCH_REFUSED_BY_POLICY, .retry_after = -1};
    attempt->decision = (struct decision){.verdict = pause < 0 ? VERDICT_DEAD : VERDICT_RETRY,
                                          .reason = reason,
                                          .pause = pause < 0 ? 0 : pause};
    log_event(LOG_ERROR, "deliver.not_rendered", LOG_TEXT("delivery", attempt->delivery),
              LOG_TEXT("reason", reason));
    finish(attempt);
}

static bool heard_of(const struct sender *sender, const char *delivery)
{
    for (size_t i = 0; i < WITHDRAWN_CAP; i++) {
        if (str_equal(sender->withdrawn[i], delivery))
            return true;
    }
    return false;
}

void sender_withdraw(struct sender *sender, const char *delivery)
{
    struct attempt *attempt = NULL;
    metric_add(&deliver_withdrawn, 1);
    snprintf(sender->withdrawn[sender->withdrawals++ % WITHDRAWN_CAP], sizeof sender->withdrawn[0],
             "%s", delivery);
    TAILQ_FOREACH(attempt, &sender->attempts, next)
    {
        if (str_equal(attempt->delivery, delivery))
            attempt->withdrawn = true;
    }
}

static void send_row(struct sender *sender, const struct pg_result *claimed, size_t row)
{
    struct attempt *attempt = mem_zalloc(sizeof *attempt);
    struct arena *arena = arena_create(ARENA_CAP);
    struct outgoing outgoing;
    const char *reason = NULL;
    attempt->sender = sender;
    attempt->number = (int)pg_int64(claimed, row, CLAIM_ATTEMPT);
    attempt->lease_end = clock_monotonic() + sender->deliver->lease;
    snprintf(attempt->delivery, sizeof attempt->delivery, "%s",
             pg_text(claimed, row, CLAIM_DELIVERY));
    snprintf(attempt->token, sizeof attempt->token, "%s", pg_text(claimed, row, CLAIM_TOKEN));
    snprintf(attempt->kind, sizeof attempt->kind, "%s", pg_text(claimed, row, CLAIM_KIND));
    attempt->withdrawn = heard_of(sender, attempt->delivery);
    attempt->signed_by = mem_strdup(pg_text(claimed, row, CLAIM_SIGNED_BY));
    TAILQ_INSERT_TAIL(&sender->attempts, attempt, next);
    sender->in_flight++;
    metric_add(&deliver_in_flight, 1);
    metric_add(&deliver_attempts, 1);
    int error = outgoing_make(arena, sender->deliver, claimed, row, &outgoing, &reason);
    if (error == 0) {
        attempt->state = ATTEMPT_SENDING;
        sender->sending++;
        sender->unbegun++;
        attempt->bytes = outgoing.request.length;
        memcpy(attempt->digest, outgoing.digest, sizeof attempt->digest);
        outgoing.request.may_begin = may_begin;
        fetch_start(sender->fetch, &outgoing.request, answered, attempt);
        if (!attempt->begun && !sender->renewing) {
            sender->renewing = true;
            loop_timer_arm(sender->renew, RENEW);
        }
    } else {
        not_sent(attempt, error, reason);
    }
    outgoing_wipe(&outgoing);
    arena_destroy(&arena); /* the opened person goes with it */
}

static void ended_row(const struct pg_result *claimed, size_t row)
{
    const char *verdict = pg_text(claimed, row, CLAIM_VERDICT);
    metric_add(str_equal(verdict, "cancelled") ? &deliver_cancelled : &deliver_dead, 1);
    log_event(LOG_WARNING, "deliver.ended",
              LOG_TEXT("delivery", pg_text(claimed, row, CLAIM_DELIVERY)),
              LOG_TEXT("kind", pg_text(claimed, row, CLAIM_KIND)), LOG_TEXT("verdict", verdict),
              LOG_TEXT("reason", pg_text(claimed, row, CLAIM_WHY)),
              LOG_INT("attempts", pg_int64(claimed, row, CLAIM_ATTEMPT)));
}

/* --- claims --- */

static void claimed(const struct pg_outcome *outcome, void *argument)
{
    struct sender *sender = argument;
    sender->claiming = false;
    if (!sender->gone && outcome->error == 0) {
        const struct pg_result *rows = pg_outcome_result(outcome, 0);
        const size_t count = pg_rows(rows);
        const bool stopped = count > 0 && str_equal(pg_text(rows, 0, CLAIM_VERDICT), "stopped");
        learn(sender, stopped);
        for (size_t row = stopped ? 1 : 0; row < count; row++) {
            if (str_equal(pg_text(rows, row, CLAIM_VERDICT), "send"))
                send_row(sender, rows, row);
            else
                ended_row(rows, row);
        }
        /* Fewer than asked for: that is all, until there is news or one of these ends. */
        sender->again = sender->again || (!stopped && count == sender->asked && room(sender) > 0);
    } else if (!sender->gone) {
        sender->again = false; /* the next poll tries again */
        log_event(LOG_WARNING, "deliver.claim_failed",
                  LOG_TEXT("error", error_name(outcome->error)),
                  LOG_TEXT("sqlstate", outcome->sqlstate));
    }
    if (!sender->gone && sender->again)
        claim(sender);
    settle(sender);
}

static void claim(struct sender *sender)
{
    char most[24], per_endpoint[24], attempts[12], lease[24];
    if (!sender->started || sender->gone || sender->drained != NULL)
        return;
    if (sender->claiming) {
        sender->again = true;
        return;
    }
    sender->again = false;
    if (sender->in_flight >= sender->deliver->in_flight && sender->unbegun == 0)
        return; /* the next one that ends claims */
    sender->asked = room(sender);
    snprintf(most, sizeof most, "%zu", sender->asked);
    snprintf(per_endpoint, sizeof per_endpoint, "%zu", sender->deliver->per_endpoint);
    snprintf(attempts, sizeof attempts, "%d", SCHEDULE_ATTEMPTS);
    snprintf(lease, sizeof lease, "%" PRId64, sender->deliver->lease);
    const struct pg_parameter parameters[] = {PG_TEXT(most), PG_TEXT(per_endpoint),
                                              PG_TEXT(attempts), PG_TEXT(lease)};
    const struct pg_context context = {0};
    const struct pg_step step = {&deliver_sql_claim, parameters,
                                 sizeof parameters / sizeof *parameters};
    sender->claiming = true;
    sender->asked_at = clock_monotonic();
    pg_run(sender->pg, &context, &step, 1, claimed, sender);
}

static void on_poll(void *argument)
{
    struct sender *sender = argument;
    int64_t now = clock_monotonic();
    sender->poll_at = 0;
    if (sender->retry_at <= now)
        sender->retry_at = 0;
    else if (sender->retry_at - now < sender->deliver->poll)
        poll_within(sender, sender->retry_at - now);
    poll_within(sender, sender->deliver->poll);
    claim(sender);
}

static void on_swept(void *argument)
{
    claim(argument);
}

/* --- the sender --- */

struct sender *sender_create(struct loop *loop, struct pg_pool *pg, const struct deliver *deliver)
{
    struct sender *sender = mem_zalloc(sizeof *sender);
    const struct fetch_options options = {.allow_loopback = deliver->allow_loopback,
                                          .ca_file = deliver->ca_file,
                                          .connect_deadline = deliver->connect_deadline,
                                          .total_deadline = deliver->deadline};
    sender->loop = loop;
    sender->pg = pg;
    sender->deliver = deliver;
    sender->fetch = fetch_client_create(loop, &options);
    metric_set(&deliver_stopped, 0);
    sender->sweeper = sweeper_create(loop, pg, deliver, on_swept, sender);
    sender->poll = loop_timer_create(loop, on_poll, sender);
    sender->finish = loop_timer_create(loop, finish_answered, sender);
    sender->renew = loop_timer_create(loop, on_renew, sender);
    TAILQ_INIT(&sender->attempts);
    return sender;
}

void sender_start(struct sender *sender)
{
    sender->started = true;
    on_poll(sender);
    sweeper_start(sender->sweeper);
}

void sender_wake(struct sender *sender)
{
    claim(sender);
}

void sender_drain(struct sender *sender, loop_task *drained, void *argument)
{
    sender->drained = drained;
    sender->drained_argument = argument;
    loop_timer_disarm(sender->poll);
    settle(sender);
}

void sender_destroy(struct sender **pointer)
{
    struct sender *sender = *pointer;
    if (sender == NULL)
        return;
    *pointer = NULL;
    sender->gone = true;
    sender->drained = NULL;
    fetch_client_destroy(&sender->fetch);
    sweeper_destroy(&sender->sweeper);
    struct attempt *attempt = TAILQ_FIRST(&sender->attempts);
    while (attempt != NULL) {
        struct attempt *after = TAILQ_NEXT(attempt, next);
        if (attempt->state == ATTEMPT_PAUSING || attempt->state == ATTEMPT_ANSWERED)
            attempt_end(attempt);
        attempt = after;
    }
    loop_timer_destroy(&sender->poll);
    loop_timer_destroy(&sender->finish);
    loop_timer_destroy(&sender->renew);
    settle(sender);
}
