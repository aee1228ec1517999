#include "services/match/desk.h"

#include "common/base/mem.h"
#include "common/obs/log.h"
#include "services/match/day.h"
#include "services/match/metrics.h"
#include "services/match/room.h"

#include <pthread.h>
#include <sys/queue.h>

#define QUESTION_BYTES ((size_t)8 << 20)
#define ANSWER_BYTES ((size_t)4 << 20)
#define NOT_READY "Emnebanken er ved at blive læst ind. Prøv igen om lidt."

/* A question on its way; stands in the question's arena. */
struct desk_passage {
    LIST_ENTRY(desk_passage) next;
    struct desk_question question;
    struct rest_call *call; /* the front's alone */
    struct loop *front;

    /* Under the desk's lock. */
    struct match_door *door; /* NULL: nobody waits any more */
    bool finished;           /* the match is done with it */

    struct follower_waiter waiter;
    bool waited;
    int error;
};

LIST_HEAD(passages, desk_passage);

struct desk {
    pthread_mutex_t lock; /* of `out`, and of who holds a question */
    struct passages out;
};

struct match_door {
    struct match *match; /* NULL: none here */
};

static void passage_free(struct desk_passage *passage)
{
    struct arena *arena = passage->question.arena;
    buffer_deinit(&passage->question.answer);
    arena_destroy(&arena);
}

static struct desk *desk_of(const struct desk_passage *passage)
{
    return passage->question.match->desk;
}

/* ---- desk and doors ---- */

struct desk *desk_create(void)
{
    struct desk *desk = mem_zalloc(sizeof *desk);
    pthread_mutex_init(&desk->lock, NULL);
    LIST_INIT(&desk->out);
    return desk;
}

void desk_destroy(struct desk **desk)
{
    struct desk *gone = *desk;
    if (gone == NULL) {
        return;
    }
    *desk = NULL;
    while (!LIST_EMPTY(&gone->out)) { /* nobody waits for these */
        struct desk_passage *passage = LIST_FIRST(&gone->out);
        metric_add(&match_questions, passage->finished ? 0 : -1);
        LIST_REMOVE(passage, next);
        passage_free(passage);
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
    struct desk *desk = door->match->desk;
    struct rest_call *call = NULL;
    struct desk_passage *passage;
    pthread_mutex_lock(&desk->lock);
    LIST_FOREACH(passage, &desk->out, next)
    {
        if (passage->door == door) {
            break;
        }
    }
    if (passage != NULL) {
        call = passage->call;
        passage->door = NULL;
        if (passage->finished) {
            LIST_REMOVE(passage, next);
            passage_free(passage);
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

static void reply(struct rest_call *call, struct desk_passage *passage)
{
    struct desk_question *question = &passage->question;
    switch (passage->error) {
    case 0:
        if (question->kind->reply != NULL) {
            question->kind->reply(call, question);
        } else {
            rest_reply_buffer(call, 200, "application/json", &question->answer);
        }
        return;
    case ERROR_NOT_FOUND:
        rest_problem(call, "not-found", question->kind->missing);
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
    struct desk_passage *passage = argument;
    struct desk *desk = desk_of(passage);
    pthread_mutex_lock(&desk->lock);
    LIST_REMOVE(passage, next);
    pthread_mutex_unlock(&desk->lock);
    reply(passage->call, passage);
    passage_free(passage);
}

/* ---- on the match's loop ---- */

/* Gives the question to the front, or frees it when that has gone. The post is made under the lock,
 * so that the front's loop is still there. */
static void finish(struct desk_passage *passage, int error)
{
    struct desk *desk = desk_of(passage);
    pthread_mutex_lock(&desk->lock);
    const bool awaited = passage->door != NULL;
    passage->error = error;
    passage->finished = true;
    metric_add(&match_questions, -1);
    if (awaited) {
        loop_post(passage->front, deliver, passage);
    } else {
        LIST_REMOVE(passage, next);
    }
    pthread_mutex_unlock(&desk->lock);
    if (!awaited) {
        passage_free(passage);
    }
}

void desk_members(const struct explain *explain, struct writer *json)
{
    char as_of[DAY_TEXT_SIZE];
    day_iso(explain->asked->as_of, as_of);
    writer_member_integer(json, "ruleset", explain->asked->ruleset);
    writer_member_integer(json, "pool_version", engine_snapshot_version(explain->snapshot));
    writer_member_text(json, "as_of", as_of);
}

static int answer(struct desk_question *question, const struct words *words,
                  const struct engine_snapshot *snapshot)
{
    struct match *match = question->match;
    struct asked asked;
    struct engine_order order;
    const struct explain explain = {
        .asked = &asked, .snapshot = snapshot, .vocabulary = match->vocabulary, .words = words};
    int error = asked_make(&question->demand, match->ruleset, words, question->arena, &asked);
    if (error == 0) {
        error = asked_order(&asked, match->vocabulary, question->arena, &order);
    }
    if (error == 0) {
        error = question->kind->answer(question, &explain, &order);
    }
    return error == 0 && buffer_full(&question->answer) ? ERROR_LIMIT : error;
}

static void work(void *argument) /* on a worker thread */
{
    struct desk_passage *passage = argument;
    struct match *match = passage->question.match;
    struct words *words = words_shelf_take(match->shelf);
    struct published_reader *reader = published_take(match->published);
    passage->error = answer(&passage->question, words, published_snapshot(reader));
    published_release(match->published, &reader);
    words_release(&words);
}

static void worked(void *argument)
{
    struct desk_passage *passage = argument;
    if (passage->error != 0 && passage->error != ERROR_NOT_FOUND) {
        log_event(LOG_ERROR, passage->question.kind->failed,
                  LOG_TEXT("order", passage->question.demand.id),
                  LOG_TEXT("error", error_name(passage->error)));
    }
    finish(passage, passage->error);
}

static void answer_when_caught_up(void *argument)
{
    struct desk_passage *passage = argument;
    struct match *match = passage->question.match;
    if (published_version(match->published) >= passage->question.pool_version) {
        if (worker_submit(match->workers, match->loop, work, worked, passage) != 0) {
            finish(passage, ERROR_UNAVAILABLE);
        }
        return;
    }
    if (passage->waited) {
        finish(passage, ERROR_UNAVAILABLE);
        return;
    }
    passage->waited = true;
    passage->waiter = (struct follower_waiter){.task = answer_when_caught_up, .argument = passage};
    follower_catch_up(match->follower, &passage->waiter);
}

static void on_order(const struct pg_outcome *outcome, void *argument)
{
    struct desk_passage *passage = argument;
    struct desk_question *question = &passage->question;
    if (outcome->error != 0) {
        finish(passage, outcome->error);
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    if (pg_rows(result) == 0) {
        finish(passage, ERROR_NOT_FOUND);
        return;
    }
    if (demand_read(question->arena, result, question->order, &question->demand) != 0) {
        finish(passage, ERROR_INTERNAL);
        return;
    }
    if (question->demand.pool_version > question->pool_version) { /* changed since it was asked */
        question->pool_version = question->demand.pool_version;
    }
    answer_when_caught_up(passage);
}

static void begin(void *argument)
{
    struct desk_passage *passage = argument;
    struct desk_question *question = &passage->question;
    if (question->order == NULL) {
        answer_when_caught_up(passage);
    } else {
        demand_ask(question->match->pg, question->arena, question->order, on_order, passage);
    }
}

/* ---- asking, on the front's thread ---- */

bool desk_open(struct rest_call *call)
{
    const struct match_door *door = rest_room(call);
    if (door->match == NULL) {
        rest_problem(call, "temporarily-unavailable", "Her svares der ikke på det.");
    }
    return door->match != NULL;
}

struct desk_question *desk_question(struct rest_call *call, const struct desk_kind *kind)
{
    struct match_door *door = rest_room(call);
    struct arena *arena = arena_create(QUESTION_BYTES);
    struct desk_passage *passage = arena_alloc(arena, sizeof *passage);
    *passage = (struct desk_passage){
        .question = {.kind = kind, .match = door->match, .arena = arena, .passage = passage},
        .call = call,
        .front = rest_loop(call),
        .door = door,
    };
    buffer_init(&passage->question.answer, ANSWER_BYTES);
    return &passage->question;
}

void desk_forget(struct desk_question *question)
{
    passage_free(question->passage);
}

void desk_ask(struct desk_question *question)
{
    struct desk_passage *passage = question->passage;
    struct desk *desk = question->match->desk;
    pthread_mutex_lock(&desk->lock);
    LIST_INSERT_HEAD(&desk->out, passage, next);
    metric_add(&match_questions, 1);
    pthread_mutex_unlock(&desk->lock);
    loop_post(question->match->loop, begin, passage);
}

int desk_census(struct desk_question *question, const struct explain *explain,
                const struct engine_order *order,
                void (*write)(struct desk_question *question, const struct explain *explain,
                              const struct engine_census *census))
{
    struct engine_scratch *scratch = engine_scratch_create();
    struct engine_census census;
    const int error = engine_census(explain->snapshot, order, scratch, &census);
    if (error == 0) {
        write(question, explain, &census);
    }
    engine_scratch_destroy(&scratch);
    return error;
}
