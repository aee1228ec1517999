#include "services/vocabulary/suggest_route.h"

#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/worker.h"
#include "services/vocabulary/suggest/suggest.h"
#include "sql/vocabulary_sql.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define TEXT_MOST 300 /* characters of q */
#define LIMIT_DEFAULT 10
#define ANSWER_CAP ((size_t)1 << 20)
#define BUILDS_QUEUED 2 /* one is made at a time */

static struct metric bytes_held =
    METRIC_GAUGE("emnebank_suggest_bytes", "Memory of the index of labels");
static struct metric labels_held = METRIC_GAUGE("emnebank_suggest_labels", "Labels in the index");
static struct metric builds = METRIC_COUNTER("emnebank_suggest_builds_total", "Indexes built");
static struct metric too_long =
    METRIC_GAUGE("emnebank_suggest_labels_left_out", "Labels too long for the index");

struct metric *const suggest_metrics[] = {&bytes_held, &labels_held, &builds, &too_long};
const size_t suggest_metrics_count = COUNT(suggest_metrics);

/* --- the desk: one index, many readers ---------------------------------------------------------
 */

/* Stands in its call's arena. */
struct question {
    struct rest_call *call; /* the front's alone, as are the next three */
    const char *text, *kind;
    size_t limit;
    int64_t version;
    struct suggest_door *door;

    /* Under the desk's lock, while it is in `waiting`. */
    LIST_ENTRY(question) next;
    bool told;
};

LIST_HEAD(questions, question);

struct edition {
    struct suggest *suggest;
    int64_t version;
    size_t holders;                /* readers, and one more while it is the newest */
    struct suggest_scratch *spare; /* that the last reader left, or NULL */
};

struct suggest_desk {
    pthread_mutex_t lock; /* of all below, and of the editions' holders and spares */
    struct edition *newest;
    bool building;
    struct questions waiting; /* for the edition under way, or told of it and not back yet */
    struct worker_pool *worker;
};

struct suggest_door {
    struct suggest_desk *desk;
};

struct suggest_desk *suggest_desk_create(void)
{
    struct suggest_desk *desk = mem_zalloc(sizeof *desk);

    pthread_mutex_init(&desk->lock, NULL);
    LIST_INIT(&desk->waiting);
    desk->worker = worker_pool_create(1, BUILDS_QUEUED);
    return desk;
}

static void edition_destroy(struct edition *edition)
{
    suggest_scratch_destroy(&edition->spare);
    suggest_destroy(&edition->suggest);
    mem_free(edition);
}

/* With the lock held. Returns what is to be destroyed without it, or NULL. */
static struct edition *let_go(struct edition *edition)
{
    return edition != NULL && --edition->holders == 0 ? edition : NULL;
}

void suggest_desk_destroy(struct suggest_desk **desk)
{
    struct suggest_desk *gone = *desk;

    if (gone == NULL)
        return;
    worker_pool_destroy(&gone->worker);
    if (gone->newest != NULL)
        edition_destroy(gone->newest);
    pthread_mutex_destroy(&gone->lock);
    mem_free(gone);
    *desk = NULL;
}

static void look_again(void *argument);

/* With the lock held: nobody makes an edition any more, and who waits for it looks again. A front
 * takes its questions out under the lock before its loop goes. */
static void end_building(struct suggest_desk *desk)
{
    struct question *question;

    desk->building = false;
    LIST_FOREACH(question, &desk->waiting, next)
    {
        if (!question->told) {
            question->told = true;
            loop_post(rest_loop(question->call), look_again, question);
        }
    }
}

/* With the lock held. */
static void wait_for_end(struct suggest_desk *desk, struct question *question)
{
    question->told = false;
    LIST_INSERT_HEAD(&desk->waiting, question, next);
}

static void publish(struct suggest_desk *desk, struct suggest *suggest, int64_t version)
{
    struct edition *made = mem_zalloc(sizeof *made);
    struct edition *old = made;

    *made = (struct edition){.suggest = suggest, .version = version, .holders = 1};
    metric_set(&bytes_held, (int64_t)suggest_memory(suggest));
    metric_set(&labels_held, (int64_t)suggest_labels(suggest));
    metric_add(&builds, 1);
    pthread_mutex_lock(&desk->lock);
    if (desk->newest == NULL || desk->newest->version <= version) {
        old = let_go(desk->newest);
        desk->newest = made;
    }
    end_building(desk);
    pthread_mutex_unlock(&desk->lock);
    if (old != NULL)
        edition_destroy(old); /* or the new one, where a newer had come */
}

/* The newest, if it is of this version or somebody makes that one now. Else NULL: where there is
 * none yet and somebody makes one, the question waits for it; if not, `make`: the caller makes it.
 */
static struct edition *take(struct suggest_desk *desk, struct question *question, bool *make,
                            struct suggest_scratch **scratch)
{
    pthread_mutex_lock(&desk->lock);
    struct edition *edition = desk->newest;
    if (edition != NULL && edition->version < question->version && !desk->building)
        edition = NULL;
    *make = edition == NULL && !desk->building;
    if (edition != NULL) {
        edition->holders++;
        *scratch = edition->spare;
        edition->spare = NULL;
    } else if (*make) {
        desk->building = true;
    } else {
        wait_for_end(desk, question);
    }
    pthread_mutex_unlock(&desk->lock);
    if (edition != NULL && *scratch == NULL)
        *scratch = suggest_scratch_create(edition->suggest);
    return edition;
}

static void give_back(struct suggest_desk *desk, struct edition *edition,
                      struct suggest_scratch *scratch)
{
    pthread_mutex_lock(&desk->lock);
    if (edition->spare == NULL) {
        edition->spare = scratch;
        scratch = NULL;
    }
    struct edition *gone = let_go(edition);
    pthread_mutex_unlock(&desk->lock);
    suggest_scratch_destroy(&scratch);
    if (gone != NULL)
        edition_destroy(gone);
}

/* --- one question ------------------------------------------------------------------------------
 */

static void write_hit(struct buffer *answer, const struct suggest_hit *hit)
{
    buffer_text(answer, "{\"kind\":");
    buffer_json(answer, hit->kind);
    buffer_text(answer, ",\"code\":");
    buffer_json(answer, hit->code);
    buffer_text(answer, ",\"label\":");
    buffer_json(answer, hit->label);
    buffer_text(answer, ",\"matched\":");
    buffer_json(answer, hit->matched);
    buffer_printf(answer, ",\"score\":%d}", hit->score);
}

static void reply(struct question *question, const struct suggest_hit *hits, size_t count)
{
    struct buffer answer;

    buffer_init(&answer, ANSWER_CAP);
    buffer_text(&answer, "{\"q\":");
    buffer_json(&answer, question->text);
    buffer_text(&answer, ",\"suggestions\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_char(&answer, ',');
        write_hit(&answer, &hits[i]);
    }
    buffer_text(&answer, "]}");
    rest_reply_text(question->call, 200, "application/json", answer.data, answer.length);
    buffer_deinit(&answer);
}

/* --- a new index -------------------------------------------------------------------------------
 */

/* Its own, since the question may be taken back while the worker is at it. */
struct task {
    struct suggest_desk *desk;
    struct suggest_build *build;
    int64_t version;
};

static void give_up(struct suggest_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    end_building(desk);
    pthread_mutex_unlock(&desk->lock);
}

static void build(void *argument) /* on the worker's thread */
{
    struct task *task = argument;

    publish(task->desk, suggest_finish(&task->build), task->version);
    mem_free(task);
}

static struct suggest_build *fill(const struct pg_result *rows)
{
    struct suggest_build *filled = suggest_begin();
    int64_t left_out = 0;

    for (size_t row = 0; row < pg_rows(rows); row++) {
        const char *kind = pg_text(rows, row, 0);
        const struct suggest_label label = {.kind = kind,
                                            .code = pg_text(rows, row, 1),
                                            .text = pg_text(rows, row, 2),
                                            .weight = (int)pg_int64(rows, row, 3),
                                            .aside = str_starts(kind, "esco-")};
        left_out += suggest_add(filled, &label) != 0;
    }
    metric_set(&too_long, left_out);
    return filled;
}

static void leave(struct question *question)
{
    struct suggest_desk *desk = question->door->desk;

    pthread_mutex_lock(&desk->lock);
    LIST_REMOVE(question, next);
    pthread_mutex_unlock(&desk->lock);
}

static void have_labels(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct question *question = rest_state(call);
    struct suggest_desk *desk = question->door->desk;

    if (outcome->error != 0) {
        give_up(desk);
        rest_failed(call, outcome);
        return;
    }
    struct task *task = mem_zalloc(sizeof *task);
    *task = (struct task){.desk = desk,
                          .build = fill(pg_outcome_result(outcome, 1)),
                          .version = pg_int64(pg_outcome_result(outcome, 0), 0, 0)};
    question->version = task->version;
    pthread_mutex_lock(&desk->lock); /* before it is begun, so that its end is not missed */
    wait_for_end(desk, question);
    pthread_mutex_unlock(&desk->lock);
    if (worker_submit(desk->worker, NULL, build, NULL, task) != 0) {
        suggest_abandon(&task->build);
        mem_free(task);
        leave(question);
        give_up(desk);
        rest_problem(call, "temporarily-unavailable", NULL);
    }
}

/* --- from what is there, or once it is ---------------------------------------------------------
 */

static void look(struct question *question)
{
    static const struct pg_step steps[] = {{&vocabulary_sql_suggest_version, NULL, 0},
                                           {&vocabulary_sql_labels, NULL, 0}};
    struct suggest_desk *desk = question->door->desk;
    struct suggest_hit hits[SUGGEST_LIMIT_CAP];
    struct suggest_scratch *scratch = NULL;
    bool make;

    struct edition *edition = take(desk, question, &make, &scratch);
    if (make)
        rest_batch_raw(question->call, steps, COUNT(steps), have_labels);
    if (edition == NULL)
        return;
    const size_t count =
        suggest_find(edition->suggest, scratch, question->text, strlen(question->text),
                     question->kind, question->limit, hits);
    reply(question, hits, count);
    give_back(desk, edition, scratch);
}

static void look_again(void *argument)
{
    leave(argument);
    look(argument);
}

static void have_version(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct question *question = rest_state(call);

    question->version = pg_int64(pg_outcome_result(outcome, 0), 0, 0);
    look(question);
}

/* --- the door ----------------------------------------------------------------------------------
 */

struct suggest_door *suggest_door_create(struct suggest_desk *desk)
{
    struct suggest_door *door = mem_zalloc(sizeof *door);

    door->desk = desk;
    return door;
}

/* A call that still waits behind this door, or NULL. */
static struct rest_call *take_call(struct suggest_door *door)
{
    struct question *question;
    struct rest_call *call = NULL;

    pthread_mutex_lock(&door->desk->lock);
    LIST_FOREACH(question, &door->desk->waiting, next)
    {
        if (question->door == door)
            break;
    }
    if (question != NULL) {
        LIST_REMOVE(question, next);
        call = question->call;
    }
    pthread_mutex_unlock(&door->desk->lock);
    return call;
}

void suggest_door_destroy(struct suggest_door **door)
{
    struct rest_call *call;

    if (*door == NULL)
        return;
    while ((call = take_call(*door)) != NULL)
        rest_problem(call, "temporarily-unavailable", NULL);
    mem_free(*door);
    *door = NULL;
}

/* --- the route ---------------------------------------------------------------------------------
 */

static bool known_kind(const char *kind)
{
    static const char *const kinds[] = {"competence", "certificate",     "licence",   "language",
                                        "occupation", "esco-occupation", "esco-skill"};

    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(kind, kinds[i]))
            return true;
    return kind == NULL;
}

/* What is wrong with the query, or NULL. */
static const char *read_query(struct rest_call *call, struct question *question)
{
    const char *limit = rest_query(call, "limit");
    int64_t most = LIMIT_DEFAULT;

    question->text = rest_query(call, "q");
    question->kind = rest_query(call, "kind");
    if (question->text == NULL || question->text[0] == '\0')
        return "q skal angives: den tekst, der søges koder til.";
    if (!str_utf8_valid(question->text, strlen(question->text)) ||
        str_utf8_count(question->text) > TEXT_MOST)
        return "q skal være UTF-8 på højst 300 tegn.";
    if (!known_kind(question->kind))
        return "kind skal være competence, certificate, licence, language, occupation, "
               "esco-occupation eller esco-skill.";
    if (limit != NULL && str_int64(limit, 1, SUGGEST_LIMIT_CAP, &most) != 0)
        return "limit skal være et tal fra 1 til 50.";
    question->limit = (size_t)most;
    return NULL;
}

static void suggest(struct rest_call *call)
{
    static const char *const names[] = {"q", "kind", "limit", NULL};
    static const struct pg_step step = {&vocabulary_sql_suggest_version, NULL, 0};
    struct question *question = arena_alloc(rest_arena(call), sizeof *question);

    *question = (struct question){.call = call, .door = rest_room(call)};
    if (!rest_query_only(call, names))
        return;
    const char *fault = read_query(call, question);
    if (fault != NULL) {
        rest_problem(call, "query-invalid", fault);
        return;
    }
    rest_set_state(call, question);
    rest_batch(call, &step, 1, have_version);
}

static const struct rest_route routes[] = {
    {HTTP_GET, "/v1/vocabulary/suggest", "reference:read", 0, "opslag i ordlisten", suggest},
};

const struct rest_table suggest_routes = {routes, COUNT(routes)};
