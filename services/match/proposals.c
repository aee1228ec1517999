#include "services/match/proposals.h"
#include "services/match/engine/reverse.h"

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/json/writer.h"
#include "common/obs/log.h"
#include "services/match/asked.h"
#include "services/match/metrics.h"
#include "sql/match_sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define RETRY (1 * CLOCK_SECOND)
#define BATCHES_CAP 64
#define LISTS_BYTES ((size_t)256 << 20)
#define TEXT_BYTES ((size_t)64 << 20)
#define OPENINGS_CAP 10000 /* orders of one candidate */
#define NO_DAY INT32_MIN

enum proposals_state { IDLE, ASKING, READING, MATCHING, STORING };

struct batch {
    STAILQ_ENTRY(batch) next;
    int64_t pool_version;
    struct engine_candidate *changed;
    size_t count;
    struct arena *arena;
};
STAILQ_HEAD(batches, batch);

/* A list in the book. */
struct list {
    uint8_t order[ENGINE_ID_SIZE];
    uint8_t shortlist[ENGINE_ID_SIZE];
    bool room;
    uint16_t last_score;
    bool stands; /* in the look that is under way */
};

/* A list that is to be put into the book, as the database gave it. */
struct row {
    struct list list;
    const char *asked;
    size_t entries;
    uint8_t last[ENGINE_ID_SIZE];
};

struct proposals {
    struct proposals_parts parts;
    struct loop_timer *timer;
    enum proposals_state state;
    struct batches waiting; /* the first one is being worked on */
    size_t waiting_count;

    int32_t today; /* of the book; NO_DAY: it is empty */
    struct engine_orders *book;
    struct list *lists; /* what is in it, by order */
    size_t list_count;
    size_t list_room;

    /* One round. */
    struct arena *arena;
    struct row *rows;
    size_t row_count;
    struct buffer wanted; /* uuid[] */
    struct buffer changed;
    struct buffer found; /* JSON */
    int error;
};

static void begin(void *argument);

/* The one place where the state moves. */
static void move(struct proposals *proposals, enum proposals_state state)
{
    static const unsigned next[] __attribute__((unused)) = {
        [IDLE] = 1U << ASKING,
        [ASKING] = 1U << READING | 1U << MATCHING | 1U << IDLE,
        [READING] = 1U << MATCHING | 1U << IDLE,
        [MATCHING] = 1U << STORING | 1U << IDLE,
        [STORING] = 1U << IDLE,
    };
    assert((next[proposals->state] & 1U << state) != 0);
    proposals->state = state;
}

struct proposals *proposals_create(const struct proposals_parts *parts)
{
    struct proposals *proposals = mem_zalloc(sizeof *proposals);
    proposals->parts = *parts;
    proposals->today = NO_DAY;
    proposals->book = engine_orders_create();
    proposals->timer = loop_timer_create(parts->loop, begin, proposals);
    STAILQ_INIT(&proposals->waiting);
    buffer_init(&proposals->wanted, TEXT_BYTES);
    buffer_init(&proposals->changed, TEXT_BYTES);
    buffer_init(&proposals->found, TEXT_BYTES);
    return proposals;
}

static void forget_batch(struct proposals *proposals)
{
    struct batch *batch = STAILQ_FIRST(&proposals->waiting);
    STAILQ_REMOVE_HEAD(&proposals->waiting, next);
    proposals->waiting_count--;
    arena_destroy(&batch->arena);
    mem_free(batch->changed);
    mem_free(batch);
}

void proposals_destroy(struct proposals **proposals)
{
    struct proposals *gone = *proposals;
    if (gone == NULL) {
        return;
    }
    *proposals = NULL;
    while (!STAILQ_EMPTY(&gone->waiting)) {
        forget_batch(gone);
    }
    loop_timer_destroy(&gone->timer);
    engine_orders_destroy(&gone->book);
    arena_destroy(&gone->arena);
    buffer_deinit(&gone->wanted);
    buffer_deinit(&gone->changed);
    buffer_deinit(&gone->found);
    mem_free(gone->lists);
    mem_free(gone);
}

void proposals_take(void *argument, int64_t pool_version, struct engine_candidate *changed,
                    size_t count, struct arena *arena)
{
    struct proposals *proposals = argument;
    struct batch *batch = mem_zalloc(sizeof *batch);
    if (proposals->waiting_count == BATCHES_CAP) {
        log_event(LOG_WARNING, "match.changes_not_proposed", LOG_INT("pool_version", pool_version),
                  LOG_INT("candidates", (int64_t)count));
        mem_free(changed);
        arena_destroy(&arena);
        mem_free(batch);
        return;
    }
    *batch = (struct batch){
        .pool_version = pool_version, .changed = changed, .count = count, .arena = arena};
    STAILQ_INSERT_TAIL(&proposals->waiting, batch, next);
    proposals->waiting_count++;
    if (proposals->state == IDLE && proposals->waiting_count == 1) {
        loop_timer_arm(proposals->timer, 0);
    }
}

static bool passes(int error)
{
    return error == ERROR_UNAVAILABLE || error == ERROR_TIMEOUT || error == ERROR_UNCERTAIN ||
           error == ERROR_CONFLICT;
}

/* The round is over. Trouble that passes is tried again; anything else would only fail again. */
static void finish(struct proposals *proposals, int error)
{
    const bool again = error != 0 && passes(error);
    arena_destroy(&proposals->arena);
    proposals->rows = NULL;
    proposals->row_count = 0;
    move(proposals, IDLE);
    if (error != 0) {
        log_event(again ? LOG_WARNING : LOG_ERROR, "match.not_proposed",
                  LOG_TEXT("error", error_name(error)));
    }
    if (!again) {
        forget_batch(proposals);
    }
    if (!STAILQ_EMPTY(&proposals->waiting)) {
        loop_timer_arm(proposals->timer, again ? RETRY : 0);
    }
}

/* ---- storing ---- */

static void on_stored(const struct pg_outcome *outcome, void *argument)
{
    struct proposals *proposals = argument;
    if (outcome->error == 0) {
        const int64_t made = pg_int64(pg_outcome_result(outcome, 0), 0, 0);
        metric_add(&match_proposals, made);
        if (made > 0) {
            log_event(LOG_INFO, "match.proposed", LOG_INT("proposals", made));
        }
    }
    finish(proposals, outcome->error);
}

static void store(void *argument)
{
    struct proposals *proposals = argument;
    const struct batch *batch = STAILQ_FIRST(&proposals->waiting);
    if (proposals->error != 0) {
        finish(proposals, proposals->error);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(arena_printf(proposals->arena, "%" PRId64, batch->pool_version)),
        PG_TEXT(proposals->changed.data), PG_TEXT(proposals->found.data)};
    const struct pg_step step = {&match_sql_proposals_made, parameters, 3};
    move(proposals, STORING);
    pg_run(proposals->parts.pg, NULL, &step, 1, on_stored, proposals);
}

/* ---- matching, on a worker thread ---- */

static int compare_lists(const void *left, const void *right)
{
    const struct list *l = left;
    const struct list *r = right;
    return memcmp(l->order, r->order, ENGINE_ID_SIZE);
}

/* Codes that nobody in the pool has yet must be found once somebody has them. */
static void learn_words(struct engine_vocabulary *vocabulary, const struct asked *asked)
{
    for (size_t i = 0; i < asked->part_count; i++) {
        const struct asked_part *part = &asked->parts[i];
        for (size_t j = 0; j < part->code_count; j++) {
            engine_vocabulary_add(vocabulary, part->codes[j].code);
        }
        for (size_t j = 0; j < part->related_count; j++) {
            engine_vocabulary_add(vocabulary, part->related[j].code);
        }
    }
}

static void add_list(struct proposals *proposals, const struct list *list)
{
    if (proposals->list_count == proposals->list_room) {
        proposals->list_room = proposals->list_room > 0 ? 2 * proposals->list_room : 64;
        proposals->lists =
            mem_resize(proposals->lists, proposals->list_room, sizeof *proposals->lists);
    }
    proposals->lists[proposals->list_count++] = *list;
}

/* Into the book, as it was asked but for the day, which is today. */
static int put_order(struct proposals *proposals, struct row *row)
{
    struct engine_vocabulary *vocabulary = proposals->parts.vocabulary;
    struct asked asked;
    struct engine_order order;
    int error = asked_read(row->asked, strlen(row->asked), proposals->arena, &asked);
    if (error != 0) {
        return error;
    }
    asked.as_of = proposals->today;
    learn_words(vocabulary, &asked);
    error = asked_order(&asked, vocabulary, proposals->arena, &order);
    if (error != 0) {
        return error;
    }
    struct engine_bar bar = {.room = row->entries < asked.k, .score = row->list.last_score};
    memcpy(bar.id, row->last, ENGINE_ID_SIZE);
    row->list.room = bar.room;
    return engine_orders_put(proposals->book, &order, &bar);
}

/* One that cannot be put must not stand in the way of the others. */
static void put_row(struct proposals *proposals, struct row *row)
{
    const int error = put_order(proposals, row);
    if (error != 0) {
        char id[ENGINE_ID_TEXT_SIZE];
        engine_id_write(row->list.shortlist, id);
        log_event(LOG_ERROR, "match.list_not_understood", LOG_TEXT("shortlist", id),
                  LOG_TEXT("error", error_name(error)));
    }
    add_list(proposals, &row->list);
}

static void write_hit(struct proposals *proposals, const struct engine_candidate *candidate,
                      const struct engine_opening *opening, struct writer *json)
{
    struct list wanted;
    char text[ENGINE_ID_TEXT_SIZE];
    memcpy(wanted.order, opening->order, ENGINE_ID_SIZE);
    const struct list *list = bsearch(&wanted, proposals->lists, proposals->list_count,
                                      sizeof *proposals->lists, compare_lists);
    if (list == NULL) {
        return;
    }
    writer_object(json);
    engine_id_write(list->order, text);
    writer_member_text(json, "order_id", text);
    engine_id_write(list->shortlist, text);
    writer_member_text(json, "shortlist_id", text);
    engine_id_write(candidate->id, text);
    writer_member_text(json, "candidate_id", text);
    writer_member_unsigned(json, "score", opening->score);
    if (list->room) {
        writer_member_null(json, "last_score");
    } else {
        writer_member_unsigned(json, "last_score", list->last_score);
    }
    writer_object_end(json);
}

static void match_batch(struct proposals *proposals, const struct batch *batch)
{
    struct engine_opening *openings = mem_array(OPENINGS_CAP, sizeof *openings);
    struct writer json;
    buffer_clear(&proposals->changed);
    buffer_clear(&proposals->found);
    writer_init(&json, &proposals->found);
    writer_array(&json);
    for (size_t i = 0; i < batch->count; i++) {
        const struct engine_candidate *candidate = &batch->changed[i];
        char id[ENGINE_ID_TEXT_SIZE];
        engine_id_write(candidate->id, id);
        buffer_printf(&proposals->changed, "%s%s", i > 0 ? "," : "{", id);
        const size_t found = candidate->removed ? 0
                                                : engine_orders_match(proposals->book, candidate,
                                                                      openings, OPENINGS_CAP);
        for (size_t j = 0; j < found && j < OPENINGS_CAP; j++) {
            write_hit(proposals, candidate, &openings[j], &json);
        }
    }
    buffer_text(&proposals->changed, batch->count > 0 ? "}" : "{}");
    writer_array_end(&json);
    writer_finish(&json);
    mem_free(openings);
}

static void work(void *argument)
{
    struct proposals *proposals = argument;
    for (size_t i = 0; i < proposals->row_count; i++) {
        put_row(proposals, &proposals->rows[i]);
    }
    if (proposals->list_count > 1) {
        qsort(proposals->lists, proposals->list_count, sizeof *proposals->lists, compare_lists);
    }
    if (proposals->error == 0) {
        match_batch(proposals, STAILQ_FIRST(&proposals->waiting));
        proposals->error =
            buffer_full(&proposals->found) || buffer_full(&proposals->changed) ? ERROR_LIMIT : 0;
    }
}

static void submit(struct proposals *proposals)
{
    const int error =
        worker_submit(proposals->parts.workers, proposals->parts.loop, work, store, proposals);
    if (error != 0) {
        finish(proposals, error);
        return;
    }
    move(proposals, MATCHING);
}

/* ---- the book ---- */

enum bar_column { SHORTLIST, ORDER, ASKED, ENTRIES, LAST_SCORE, LAST_CANDIDATE };

static int read_row(struct proposals *proposals, const struct pg_result *result, size_t at,
                    struct row *row)
{
    *row = (struct row){
        .list = {.last_score = (uint16_t)pg_int64(result, at, LAST_SCORE)},
        .asked = arena_strdup(proposals->arena, pg_text(result, at, ASKED)),
        .entries = (size_t)pg_int64(result, at, ENTRIES),
    };
    int error = engine_id_read(pg_text(result, at, SHORTLIST), row->list.shortlist);
    if (error == 0) {
        error = engine_id_read(pg_text(result, at, ORDER), row->list.order);
    }
    if (error == 0 && !pg_is_null(result, at, LAST_CANDIDATE)) {
        error = engine_id_read(pg_text(result, at, LAST_CANDIDATE), row->last);
    }
    return error;
}

static void on_bars(const struct pg_outcome *outcome, void *argument)
{
    struct proposals *proposals = argument;
    int error = outcome->error;
    if (error == 0) {
        const struct pg_result *result = pg_outcome_result(outcome, 0);
        const size_t count = pg_rows(result);
        proposals->rows = arena_array(proposals->arena, count, sizeof *proposals->rows);
        for (size_t i = 0; i < count && error == 0; i++) {
            error = read_row(proposals, result, i, &proposals->rows[i]);
        }
        proposals->row_count = count;
    }
    if (error != 0) {
        finish(proposals, error);
        return;
    }
    submit(proposals);
}

static struct list *find_list(struct proposals *proposals, const uint8_t shortlist[ENGINE_ID_SIZE])
{
    for (size_t i = 0; i < proposals->list_count; i++) {
        if (memcmp(proposals->lists[i].shortlist, shortlist, ENGINE_ID_SIZE) == 0) {
            return &proposals->lists[i];
        }
    }
    return NULL;
}

/* Takes out of the book what does not stand any more; on another day all, since days count. */
static void clear_book(struct proposals *proposals)
{
    size_t kept = 0;
    for (size_t i = 0; i < proposals->list_count; i++) {
        if (proposals->lists[i].stands) {
            proposals->lists[kept++] = proposals->lists[i];
        } else {
            engine_orders_remove(proposals->book, proposals->lists[i].order);
        }
    }
    proposals->list_count = kept;
}

/* Marks the lists that stand, and writes down those that the book does not have. */
static int mark_lists(struct proposals *proposals, const struct pg_result *result)
{
    buffer_clear(&proposals->wanted);
    for (size_t i = 0; i < proposals->list_count; i++) {
        proposals->lists[i].stands = false;
    }
    for (size_t row = 0; row < pg_rows(result); row++) {
        uint8_t shortlist[ENGINE_ID_SIZE];
        const int32_t today = (int32_t)pg_int64(result, row, 1);
        const int error = engine_id_read(pg_text(result, row, 0), shortlist);
        if (error != 0) {
            return error;
        }
        struct list *known = today == proposals->today ? find_list(proposals, shortlist) : NULL;
        if (known != NULL) {
            known->stands = true;
        } else {
            buffer_printf(&proposals->wanted, "%s%s", proposals->wanted.length > 0 ? "," : "{",
                          pg_text(result, row, 0));
        }
    }
    if (pg_rows(result) > 0) {
        proposals->today = (int32_t)pg_int64(result, 0, 1);
    }
    return buffer_full(&proposals->wanted) ? ERROR_LIMIT : 0;
}

static void on_standing(const struct pg_outcome *outcome, void *argument)
{
    struct proposals *proposals = argument;
    int error = outcome->error;
    if (error == 0) {
        error = mark_lists(proposals, pg_outcome_result(outcome, 0));
    }
    if (error != 0) {
        finish(proposals, error);
        return;
    }
    clear_book(proposals);
    if (proposals->wanted.length == 0) {
        submit(proposals);
        return;
    }
    buffer_char(&proposals->wanted, '}');
    const struct pg_parameter parameters[] = {PG_TEXT(proposals->wanted.data)};
    const struct pg_step step = {&match_sql_standing_bars, parameters, 1};
    move(proposals, READING);
    pg_run(proposals->parts.pg, NULL, &step, 1, on_bars, proposals);
}

static void begin(void *argument)
{
    struct proposals *proposals = argument;
    const int64_t now = clock_now();
    proposals->arena = arena_create(LISTS_BYTES);
    const struct pg_parameter parameters[] = {PG_TEXT(arena_printf(
        proposals->arena, "%" PRId64 ".%06" PRId64, now / CLOCK_SECOND, now % CLOCK_SECOND))};
    const struct pg_step step = {&match_sql_standing, parameters, 1};
    move(proposals, ASKING);
    pg_run(proposals->parts.pg, NULL, &step, 1, on_standing, proposals);
}
