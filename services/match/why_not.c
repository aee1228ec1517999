#include "services/match/why_not.h"

#include "common/base/mem.h"
#include "common/domain/uuid.h"
#include "common/obs/log.h"
#include "services/match/day.h"
#include "services/match/explain.h"
#include "services/match/metrics.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <pthread.h>
#include <sys/queue.h>

#define QUESTION_BYTES ((size_t)8 << 20)
#define ANSWER_BYTES ((size_t)1 << 20)
#define NOT_READY "Emnebanken er ved at blive læst ind. Prøv igen om lidt."

struct question {
    LIST_ENTRY(question) next;
    struct rest_call *call; /* the front's alone */
    struct loop *front;
    struct match *match;

    /* Under the desk's lock. */
    struct match_door *door; /* NULL: nobody waits any more */
    bool finished;           /* the match is done with it */

    /* The match's until `finished`, then the front's. */
    struct arena *arena;
    const char *order;
    const char *candidate;
    int64_t pool_version; /* answer on this or newer */
    struct demand demand;
    struct follower_waiter waiter;
    bool waited;
    int error;
    struct buffer answer; /* JSON */
};

LIST_HEAD(questions, question);

struct why_not_desk {
    pthread_mutex_t lock; /* of `out`, and of who holds a question */
    struct questions out;
};

struct match_door {
    struct match *match; /* NULL: none here */
};

static void question_free(struct question *question)
{
    struct arena *arena = question->arena; /* in which the question itself stands */
    buffer_deinit(&question->answer);
    arena_destroy(&arena);
}

/* ---- desk and doors ---- */

struct why_not_desk *why_not_desk_create(void)
{
    struct why_not_desk *desk = mem_zalloc(sizeof *desk);
    pthread_mutex_init(&desk->lock, NULL);
    LIST_INIT(&desk->out);
    return desk;
}

void why_not_desk_destroy(struct why_not_desk **desk)
{
    struct why_not_desk *gone = *desk;
    if (gone == NULL) {
        return;
    }
    *desk = NULL;
    while (!LIST_EMPTY(&gone->out)) { /* nobody waits for these */
        struct question *question = LIST_FIRST(&gone->out);
        metric_add(&match_questions, question->finished ? 0 : -1);
        LIST_REMOVE(question, next);
        question_free(question);
    }
    pthread_mutex_destroy(&gone->lock);
    mem_free(gone);
}

struct match_door *match_door_create(struct match *match)
{
    struct match_door *door = mem_zalloc(sizeof *door);
    door->match = match;
    return door;
}

/* A call that still waits behind this door; its question is freed here or, while the match has it,
 * there. NULL when there is none. */
static struct rest_call *take_call(struct match_door *door)
{
    struct why_not_desk *desk = door->match->desk;
    struct rest_call *call = NULL;
    struct question *question;
    pthread_mutex_lock(&desk->lock);
    LIST_FOREACH(question, &desk->out, next)
    {
        if (question->door == door) {
            break;
        }
    }
    if (question != NULL) {
        call = question->call;
        question->door = NULL;
        if (question->finished) {
            LIST_REMOVE(question, next);
            question_free(question);
        }
    }
    pthread_mutex_unlock(&desk->lock);
    return call;
}

void match_door_destroy(struct match_door **door)
{
    struct rest_call *call;
    if (*door == NULL) {
        return;
    }
    while ((*door)->match != NULL && (call = take_call(*door)) != NULL) {
        rest_problem(call, "temporarily-unavailable", NULL);
    }
    mem_free(*door);
    *door = NULL;
}

/* ---- back on the front's thread ---- */

static void reply(struct rest_call *call, const struct question *question)
{
    switch (question->error) {
    case 0:
        rest_reply_text(call, 200, "application/json", question->answer.data,
                        question->answer.length);
        return;
    case ERROR_NOT_FOUND:
        rest_problem(call, "not-found", "Kandidaten findes ikke.");
        return;
    case ERROR_UNAVAILABLE:
    case ERROR_TIMEOUT:
    case ERROR_UNCERTAIN:
        rest_problem(call, "temporarily-unavailable", NOT_READY);
        return;
    default:
        rest_problem(call, "internal-error", NULL);
    }
}

static void deliver(void *argument)
{
    struct question *question = argument;
    struct why_not_desk *desk = question->match->desk;
    pthread_mutex_lock(&desk->lock);
    LIST_REMOVE(question, next);
    pthread_mutex_unlock(&desk->lock);
    reply(question->call, question);
    question_free(question);
}

/* ---- on the match's loop ---- */

/* Gives the question to the front, or frees it when that has gone. The post is made under the lock,
 * so that the front's loop is still there. */
static void finish(struct question *question, int error)
{
    struct why_not_desk *desk = question->match->desk;
    pthread_mutex_lock(&desk->lock);
    const bool awaited = question->door != NULL;
    question->error = error;
    question->finished = true;
    metric_add(&match_questions, -1);
    if (awaited) {
        loop_post(question->front, deliver, question);
    } else {
        LIST_REMOVE(question, next);
    }
    pthread_mutex_unlock(&desk->lock);
    if (!awaited) {
        question_free(question);
    }
}

static void write_answer(struct question *question, const struct asked *asked,
                         const struct words *words, const struct engine_snapshot *snapshot,
                         const struct engine_why *why)
{
    const struct explain explain = {
        .asked = asked,
        .snapshot = snapshot,
        .vocabulary = question->match->vocabulary,
        .words = words,
    };
    struct writer json;
    char as_of[DAY_TEXT_SIZE];
    day_iso(asked->as_of, as_of);
    writer_init(&json, &question->answer);
    writer_object(&json);
    writer_member_text(&json, "order_id", question->order);
    writer_member_object(&json, "candidate");
    writer_member_text(&json, "id", question->candidate);
    writer_object_end(&json);
    writer_member_integer(&json, "ruleset", asked->ruleset);
    writer_member_integer(&json, "pool_version", engine_snapshot_version(snapshot));
    writer_member_text(&json, "as_of", as_of);
    explain_why_members(&explain, why, asked->k, &json);
    writer_object_end(&json);
    writer_finish(&json);
}

static int ask_why(struct question *question, const struct words *words,
                   const struct engine_snapshot *snapshot)
{
    struct match *match = question->match;
    struct asked asked;
    struct engine_order order;
    struct engine_why why;
    uint8_t id[ENGINE_ID_SIZE];
    int error = engine_id_read(question->candidate, id);
    if (error == 0) {
        error = asked_make(&question->demand, match->ruleset, words, question->arena, &asked);
    }
    if (error == 0) {
        error = asked_order(&asked, match->vocabulary, question->arena, &order);
    }
    if (error == 0) {
        error = engine_why(snapshot, &order, asked.k, id, &why);
    }
    if (error == 0) {
        write_answer(question, &asked, words, snapshot, &why);
        error = buffer_full(&question->answer) ? ERROR_LIMIT : 0;
    }
    return error;
}

static void work(void *argument) /* on a worker thread */
{
    struct question *question = argument;
    struct match *match = question->match;
    struct words *words = words_shelf_take(match->shelf);
    struct published_reader *reader = published_take(match->published);
    question->error = ask_why(question, words, published_snapshot(reader));
    published_release(match->published, &reader);
    words_release(&words);
}

static void worked(void *argument)
{
    struct question *question = argument;
    if (question->error != 0 && question->error != ERROR_NOT_FOUND) {
        log_event(LOG_ERROR, "match.why_not_failed", LOG_TEXT("order", question->order),
                  LOG_TEXT("error", error_name(question->error)));
    }
    finish(question, question->error);
}

static void answer_when_caught_up(void *argument)
{
    struct question *question = argument;
    struct match *match = question->match;
    if (published_version(match->published) >= question->pool_version) {
        if (worker_submit(match->workers, match->loop, work, worked, question) != 0) {
            finish(question, ERROR_UNAVAILABLE);
        }
        return;
    }
    if (question->waited) {
        finish(question, ERROR_UNAVAILABLE);
        return;
    }
    question->waited = true;
    question->waiter =
        (struct follower_waiter){.task = answer_when_caught_up, .argument = question};
    follower_catch_up(match->follower, &question->waiter);
}

static void on_order(const struct pg_outcome *outcome, void *argument)
{
    struct question *question = argument;
    if (outcome->error != 0) {
        finish(question, outcome->error);
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    if (pg_rows(result) == 0) {
        finish(question, ERROR_NOT_FOUND);
        return;
    }
    if (demand_read(question->arena, result, question->order, &question->demand) != 0) {
        finish(question, ERROR_INTERNAL);
        return;
    }
    if (question->demand.pool_version > question->pool_version) { /* changed since it was asked */
        question->pool_version = question->demand.pool_version;
    }
    answer_when_caught_up(question);
}

static void begin(void *argument)
{
    struct question *question = argument;
    demand_ask(question->match->pg, question->arena, question->order, on_order, question);
}

/* ---- asking, on the front's thread ---- */

static void ask(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *allowed = pg_outcome_result(outcome, 0);
    struct match_door *door = rest_room(call);
    struct why_not_desk *desk = door->match->desk;
    struct arena *arena = arena_create(QUESTION_BYTES);
    struct question *question = arena_alloc(arena, sizeof *question);
    *question = (struct question){
        .call = call,
        .front = rest_loop(call),
        .match = door->match,
        .door = door,
        .arena = arena,
        .pool_version = pg_int64(allowed, 0, 0),
        .order = arena_strdup(arena, pg_text(allowed, 0, 1)),
        .candidate = arena_strdup(arena, pg_text(allowed, 0, 2)),
    };
    buffer_init(&question->answer, ANSWER_BYTES);
    pthread_mutex_lock(&desk->lock);
    LIST_INSERT_HEAD(&desk->out, question, next);
    metric_add(&match_questions, 1);
    pthread_mutex_unlock(&desk->lock);
    loop_post(door->match->loop, begin, question);
}

static bool is_id(struct rest_call *call, const char *id, const char *missing)
{
    if (uuid_valid(id)) {
        return true;
    }
    rest_problem(call, "not-found", missing);
    return false;
}

static void why_not(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const struct match_door *door = rest_room(call);
    const char *order = rest_parameter(call, "id");
    const char *candidate = rest_parameter(call, "candidate");
    if (!is_id(call, order, "Jobordren findes ikke.") ||
        !is_id(call, candidate, "Kandidaten findes ikke.") || !rest_query_only(call, queries)) {
        return;
    }
    if (door->match == NULL) {
        rest_problem(call, "temporarily-unavailable", "Her svares der ikke på det.");
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order), PG_TEXT(candidate)};
    const struct pg_step step = {&match_sql_why_not_allowed, parameters, 2};
    rest_batch(call, &step, 1, ask);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/job-orders/{id}/why-not/{candidate}", "shortlists:read", 0,
     "svar på, hvorfor en kandidat ikke er på kandidatlisten", why_not},
};
const struct rest_table match_routes = {routes, sizeof routes / sizeof routes[0]};
