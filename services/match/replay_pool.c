#include "services/match/replay_pool.h"

#include "common/base/mem.h"
#include "services/match/feed.h"
#include "sql/match_sql.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE_ROWS 1000
#define BATCH_CAP ((size_t)4 << 30)
#define NUMBER_SIZE 24
#define NO_VERSION (-1)

struct replay_pool {
    struct session *session;
    struct engine_vocabulary *vocabulary;
    struct engine_snapshot *snapshot; /* NULL: none yet */
    int64_t seen; /* the pool's newest version when it was last read: who was gone then is gone */
    struct words *words;
};

struct batch {
    struct arena *arena;
    struct engine_candidate *changed;
    size_t count;
    size_t room;
};

struct replay_pool *replay_pool_create(struct session *session)
{
    struct replay_pool *pool = mem_zalloc(sizeof *pool);
    pool->session = session;
    pool->vocabulary = engine_vocabulary_create();
    return pool;
}

void replay_pool_destroy(struct replay_pool **pool)
{
    if (*pool == NULL) {
        return;
    }
    words_release(&(*pool)->words);
    engine_snapshot_destroy(&(*pool)->snapshot);
    engine_vocabulary_destroy(&(*pool)->vocabulary);
    mem_free(*pool);
    *pool = NULL;
}

struct engine_vocabulary *replay_pool_vocabulary(struct replay_pool *pool)
{
    return pool->vocabulary;
}

static const char *number(struct arena *arena, int64_t value)
{
    return arena_printf(arena, "%" PRId64, value);
}

static struct engine_candidate *add(struct batch *batch)
{
    if (batch->count == batch->room) {
        batch->room = batch->room > 0 ? 2 * batch->room : PAGE_ROWS;
        batch->changed = mem_resize(batch->changed, batch->room, sizeof *batch->changed);
    }
    return &batch->changed[batch->count++];
}

/* Who has been erased while we read: the snapshot before still has them. */
static int read_departures(struct replay_pool *pool, int64_t now, struct batch *batch,
                           struct error_detail *detail)
{
    const struct pg_parameter parameters[] = {PG_TEXT(number(batch->arena, pool->seen)),
                                              PG_TEXT(number(batch->arena, now))};
    const struct pg_result *rows;
    int error =
        session_query(pool->session, match_sql_pool_departures.text, parameters, 2, &rows, detail);
    for (size_t row = 0; error == 0 && row < pg_rows(rows); row++) {
        struct engine_candidate *gone = add(batch);
        *gone = (struct engine_candidate){.removed = true};
        error = engine_id_read(pg_text(rows, row, 0), gone->id);
    }
    return error;
}

static int read_changes(struct replay_pool *pool, int64_t version, struct batch *batch,
                        struct error_detail *detail)
{
    const int64_t have =
        pool->snapshot != NULL ? engine_snapshot_version(pool->snapshot) : NO_VERSION;
    char after[ENGINE_ID_TEXT_SIZE];
    size_t got;
    int error = 0;
    engine_id_write((const uint8_t[ENGINE_ID_SIZE]){0}, after); /* before all others */
    do {
        const struct pg_parameter parameters[] = {
            PG_TEXT(number(batch->arena, have)), PG_TEXT(number(batch->arena, version)),
            PG_TEXT(after), PG_TEXT(number(batch->arena, PAGE_ROWS))};
        const struct pg_result *rows;
        error =
            session_query(pool->session, match_sql_pool_page.text, parameters, 4, &rows, detail);
        got = error == 0 ? pg_rows(rows) : 0;
        for (size_t row = 0; error == 0 && row < got; row++) {
            error = feed_candidate(batch->arena, rows, row, pool->vocabulary, add(batch));
        }
        if (got > 0) {
            snprintf(after, sizeof after, "%s", pg_text(rows, got - 1, 0));
        }
    } while (error == 0 && got == PAGE_ROWS);
    return error;
}

/* What PostgreSQL has come to: pool, vocabulary. */
static int read_newest(struct session *session, size_t column, int64_t *version,
                       struct error_detail *detail)
{
    const struct pg_result *row;
    const int error = session_query(session, match_sql_versions.text, NULL, 0, &row, detail);
    if (error == 0) {
        *version = pg_int64(row, 0, column);
    }
    return error;
}

int replay_pool_at(struct replay_pool *pool, int64_t version,
                   const struct engine_snapshot **snapshot, struct error_detail *detail)
{
    struct batch batch = {.arena = arena_create(BATCH_CAP)};
    struct engine_snapshot *next = NULL;
    int64_t now;
    int error = read_newest(pool->session, 0, &now, detail);
    if (error == 0 && version > now) {
        error = ERROR_NOT_FOUND;
    }
    if (error == 0 && pool->snapshot != NULL) {
        error = read_departures(pool, now, &batch, detail);
    }
    if (error == 0) {
        error = read_changes(pool, version, &batch, detail);
    }
    if (error == 0) {
        error = engine_apply(pool->snapshot, version, batch.changed, batch.count, &next);
    }
    if (error == 0) {
        engine_snapshot_destroy(&pool->snapshot);
        pool->snapshot = next;
        pool->seen = now;
        *snapshot = next;
    }
    mem_free(batch.changed);
    arena_destroy(&batch.arena);
    return error;
}

int replay_pool_words(struct replay_pool *pool, int64_t version, const struct words **words,
                      struct error_detail *detail)
{
    char text[NUMBER_SIZE];
    const struct pg_parameter parameters[] = {PG_TEXT(text)};
    const struct pg_result *rows;
    int64_t now;
    *words = pool->words;
    if (pool->words != NULL && words_version(pool->words) == version) {
        return 0;
    }
    int error = read_newest(pool->session, 1, &now, detail);
    if (error != 0 || version > now || version < 1) {
        return error != 0 ? error : ERROR_NOT_FOUND;
    }
    struct words *next = words_create(version);
    snprintf(text, sizeof text, "%" PRId64, version);
    error = session_query(pool->session, match_sql_words.text, parameters, 1, &rows, detail);
    if (error == 0) {
        error = feed_names(rows, next);
    }
    if (error == 0) {
        error =
            session_query(pool->session, match_sql_relations.text, parameters, 1, &rows, detail);
    }
    if (error == 0) {
        error = feed_relations(rows, next);
    }
    if (error != 0) {
        words_release(&next);
        return error;
    }
    words_release(&pool->words);
    pool->words = next;
    *words = next;
    return 0;
}
