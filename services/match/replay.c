#include "services/match/replay.h"

#include "common/base/str.h"
#include "services/match/replay_compare.h"
#include "services/match/replay_pool.h"
#include "sql/match_sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIST_BYTES ((size_t)2 << 30)
#define NOBODY "00000000-0000-0000-0000-000000000000"
#define VOCABULARY_BEFORE 1 /* lists stored before their input was kept had these words */
#define BEGIN_READING "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

/* The columns of sql/statements/match/replay_next.sql. */
enum column {
    ID,
    ORDER,
    ORDER_VERSION,
    RULESET,
    POOL_VERSION,
    AS_OF,
    CONSIDERED,
    EXCLUDED,
    REQUIREMENTS,
    ASKED,
    VOCABULARY_VERSION,
    LISTED,
    DIGEST_THEN,
    DIGEST_NOW,
    DEPARTED
};

struct replay {
    struct session *session;
    const char *wanted; /* one list, or NULL */
    replay_report *report;
    void *argument;
    struct replay_counts *counts;
    struct error_detail *detail;
    struct replay_pool *pool;
    int64_t version;                        /* of the transaction that is open, or -1 */
    const struct engine_snapshot *snapshot; /* of `version`; NULL: the pool has not come so far */

    struct arena *arena; /* of one list */
};

static const char *number(struct replay *replay, int64_t value)
{
    return arena_printf(replay->arena, "%" PRId64, value);
}

const char *replay_outcome_code(enum replay_outcome outcome)
{
    static const char *const codes[REPLAY_OUTCOME_COUNT] = {"identical", "erased", "differs",
                                                            "cannot"};
    return codes[outcome];
}

/* ---- reading ---- */

static const char *copy(struct replay *replay, const struct pg_result *rows, size_t row,
                        size_t column)
{
    return pg_is_null(rows, row, column) ? NULL
                                         : arena_strdup(replay->arena, pg_text(rows, row, column));
}

/* The list after (version, id); ERROR_NOT_FOUND when there is none. */
static int read_next(struct replay *replay, int64_t version, const char *id,
                     struct replay_list *list)
{
    const struct pg_parameter parameters[] = {PG_TEXT(number(replay, version)), PG_TEXT(id),
                                              PG_TEXT(replay->wanted)};
    const struct pg_result *rows;
    const int error = session_query(replay->session, match_sql_replay_next.text, parameters, 3,
                                    &rows, replay->detail);
    if (error != 0 || pg_rows(rows) == 0) {
        return error != 0 ? error : ERROR_NOT_FOUND;
    }
    *list = (struct replay_list){
        .id = copy(replay, rows, 0, ID),
        .order = copy(replay, rows, 0, ORDER),
        .order_version = (int)pg_int64(rows, 0, ORDER_VERSION),
        .ruleset = (int)pg_int64(rows, 0, RULESET),
        .pool_version = pg_int64(rows, 0, POOL_VERSION),
        .as_of = (int32_t)pg_int64(rows, 0, AS_OF),
        .considered = (size_t)pg_int64(rows, 0, CONSIDERED),
        .excluded = copy(replay, rows, 0, EXCLUDED),
        .requirements = copy(replay, rows, 0, REQUIREMENTS),
        .asked = copy(replay, rows, 0, ASKED),
        .vocabulary_version = pg_is_null(rows, 0, VOCABULARY_VERSION)
                                  ? VOCABULARY_BEFORE
                                  : pg_int64(rows, 0, VOCABULARY_VERSION),
        .listed = (size_t)pg_int64(rows, 0, LISTED),
        .digest_then = copy(replay, rows, 0, DIGEST_THEN),
        .digest_now = copy(replay, rows, 0, DIGEST_NOW),
        .departed = (size_t)pg_int64(rows, 0, DEPARTED),
    };
    return 0;
}

static int read_entries(struct replay *replay, struct replay_list *list)
{
    const struct pg_parameter parameters[] = {PG_TEXT(list->id)};
    const struct pg_result *rows;
    const int error = session_query(replay->session, match_sql_replay_entries.text, parameters, 1,
                                    &rows, replay->detail);
    if (error != 0) {
        return error;
    }
    list->count = pg_rows(rows);
    list->entries = arena_array(replay->arena, list->count, sizeof *list->entries);
    for (size_t row = 0; row < list->count; row++) {
        list->entries[row] = (struct replay_entry){
            .candidate = copy(replay, rows, row, 0),
            .rank = (uint32_t)pg_int64(rows, row, 1),
            .score = (uint32_t)pg_int64(rows, row, 2),
            .parts = copy(replay, rows, row, 3),
            .facts = copy(replay, rows, row, 4),
            .text = copy(replay, rows, row, 5),
        };
    }
    return 0;
}

static int read_erased(struct replay *replay, const struct replay_list *list,
                       struct replay_result *result)
{
    const struct pg_parameter parameters[] = {PG_TEXT(list->id),
                                              PG_TEXT(number(replay, list->pool_version))};
    const struct pg_result *rows;
    if (list->departed == 0) {
        return 0;
    }
    const int error = session_query(replay->session, match_sql_replay_erased.text, parameters, 2,
                                    &rows, replay->detail);
    if (error != 0) {
        return error;
    }
    result->erased_id_count = pg_rows(rows);
    result->erased_ids =
        arena_array(replay->arena, result->erased_id_count, sizeof *result->erased_ids);
    for (size_t row = 0; row < result->erased_id_count; row++) {
        result->erased_ids[row] = copy(replay, rows, row, 0);
    }
    return 0;
}

/* ---- what was asked ---- */

static int cannot(struct replay_result *result, const char *reason)
{
    result->outcome = REPLAY_CANNOT;
    result->reason = reason;
    return 0;
}

/* From the order, where it still is the one that was ranked. */
static int rebuild_asked(struct replay *replay, const struct replay_list *list,
                         const struct words *words, struct asked *asked,
                         struct replay_result *result)
{
    const struct pg_parameter parameters[] = {PG_TEXT(list->order), PG_TEXT("0")};
    const struct pg_result *rows;
    struct demand demand;
    int error =
        session_query(replay->session, match_sql_order.text, parameters, 2, &rows, replay->detail);
    if (error != 0) {
        return error;
    }
    if (pg_rows(rows) == 0 || demand_read(replay->arena, rows, list->order, &demand) != 0 ||
        demand.version != list->order_version) {
        return cannot(result, "order_changed");
    }
    demand.as_of = list->as_of; /* not the day of the replay */
    error = asked_make(&demand, list->ruleset, words, replay->arena, asked);
    return error != 0 ? cannot(result, "not_ranked") : 0;
}

static int find_asked(struct replay *replay, const struct replay_list *list,
                      const struct words *words, struct asked *asked, struct replay_result *result)
{
    if (list->asked == NULL) {
        return rebuild_asked(replay, list, words, asked, result);
    }
    if (asked_read(list->asked, strlen(list->asked), replay->arena, asked) != 0) {
        replay_differ(result, "asked", list->asked, NULL);
        result->outcome = REPLAY_DIFFERS;
    }
    return 0;
}

/* ---- one list ---- */

static int rank(struct replay *replay, const struct replay_list *list, const struct words *words,
                const struct asked *asked, struct replay_result *result)
{
    struct engine_vocabulary *vocabulary = replay_pool_vocabulary(replay->pool);
    struct engine_order order;
    struct engine_ranking *ranking = NULL;
    int error = asked_order(asked, vocabulary, replay->arena, &order);
    if (error == 0) {
        error = engine_rank(replay->snapshot, &order, asked->k, &ranking);
    }
    if (error != 0) {
        return cannot(result, "not_ranked");
    }
    const struct explain explain = {
        .asked = asked,
        .snapshot = replay->snapshot,
        .ranking = ranking,
        .vocabulary = vocabulary,
        .words = words,
    };
    replay_compare(list, &explain, replay->arena, result);
    engine_ranking_destroy(&ranking);
    return 0;
}

/* On the pool of its version, which is in memory. Errors are the database's. */
static int replay_list(struct replay *replay, struct replay_list *list,
                       struct replay_result *result)
{
    const struct words *words = NULL;
    struct asked asked;
    int error = replay_pool_words(replay->pool, list->vocabulary_version, &words, replay->detail);
    if (error == ERROR_NOT_FOUND) {
        return cannot(result, "vocabulary_newer");
    }
    if (error == 0) {
        error = read_entries(replay, list);
    }
    if (error == 0) {
        error = read_erased(replay, list, result);
    }
    if (error == 0) {
        error = find_asked(replay, list, words, &asked, result);
    }
    if (error != 0 || result->outcome != REPLAY_IDENTICAL) {
        return error;
    }
    return rank(replay, list, words, &asked, result);
}

/* ---- version after version ---- */

static int finish_version(struct replay *replay)
{
    if (replay->version < 0) {
        return 0;
    }
    replay->version = -1;
    return session_exec(replay->session, "COMMIT", replay->detail);
}

static int start_version(struct replay *replay, int64_t version)
{
    int error = finish_version(replay);
    if (error == 0) {
        error = session_exec(replay->session, BEGIN_READING, replay->detail);
    }
    if (error == 0) {
        replay->version = version;
        replay->snapshot = NULL;
        error = replay_pool_at(replay->pool, version, &replay->snapshot, replay->detail);
    }
    return error == ERROR_NOT_FOUND ? 0 : error;
}

/* The list as the open transaction sees it, which has begun after it was found. */
static int read_again(struct replay *replay, struct replay_list *list)
{
    const char *wanted = replay->wanted;
    replay->wanted = list->id;
    const int error = read_next(replay, list->pool_version - 1, NOBODY, list);
    replay->wanted = wanted;
    return error;
}

static int do_one(struct replay *replay, struct replay_list *list)
{
    struct replay_result result = {
        .outcome = REPLAY_IDENTICAL,
        .shortlist = list->id,
        .order = list->order,
        .ruleset = list->ruleset,
        .pool_version = list->pool_version,
        .vocabulary_version = list->vocabulary_version,
    };
    int error = 0;
    if (list->pool_version != replay->version) {
        error = start_version(replay, list->pool_version);
        if (error == 0) {
            error = read_again(replay, list);
        }
    }
    if (error == 0 && replay->snapshot == NULL) {
        error = cannot(&result, "pool_newer");
    } else if (error == 0 &&
               (list->ruleset < ENGINE_RULESET_OLDEST || list->ruleset > ENGINE_RULESET)) {
        error = cannot(&result, "ruleset_unknown");
    } else if (error == 0) {
        error = replay_list(replay, list, &result);
    }
    if (error == 0) {
        replay->counts->lists++;
        replay->counts->of[result.outcome]++;
        replay->report(&result, replay->argument);
    }
    return error;
}

static int do_all(struct replay *replay)
{
    struct replay_list list = {.id = NOBODY, .pool_version = -1};
    char id[ENGINE_ID_TEXT_SIZE] = NOBODY;
    int error;
    do {
        arena_reset(replay->arena);
        error = read_next(replay, list.pool_version, id, &list);
        if (error == 0) {
            error = do_one(replay, &list);
            snprintf(id, sizeof id, "%s", list.id);
        } else if (error == ERROR_NOT_FOUND) {
            return replay->wanted != NULL && replay->counts->lists == 0 ? ERROR_NOT_FOUND : 0;
        }
    } while (error == 0);
    return error;
}

/* ---- the run ---- */

/* `error`: what ended it, if it did not come to the end. */
static int write_audit(struct replay *replay, int error)
{
    const struct replay_counts *counts = replay->counts;
    const char *outcome = arena_printf(
        replay->arena,
        "{\"lists\":%zu,\"identical\":%zu,\"erased\":%zu,\"differs\":%zu,\"cannot\":%zu,"
        "\"complete\":%s}",
        counts->lists, counts->of[REPLAY_IDENTICAL], counts->of[REPLAY_ERASED],
        counts->of[REPLAY_DIFFERS], counts->of[REPLAY_CANNOT], error == 0 ? "true" : "false");
    const struct pg_parameter parameters[] = {
        PG_TEXT(replay->wanted != NULL ? replay->wanted : "all"), PG_TEXT(outcome)};
    const struct pg_result *rows;
    struct error_detail *detail = error == 0 ? replay->detail : NULL; /* the first fault is told */
    int failed = session_exec(replay->session, "ROLLBACK; SET ROLE emnebank_owner", detail);
    if (failed == 0) {
        failed = session_query(replay->session, match_sql_replay_done.text, parameters, 2, &rows,
                               detail);
    }
    return error != 0 ? error : failed;
}

int replay_run(struct session *session, const char *shortlist, replay_report *report,
               void *argument, struct replay_counts *counts, struct error_detail *detail)
{
    struct replay replay = {
        .session = session,
        .wanted = shortlist,
        .report = report,
        .argument = argument,
        .counts = counts,
        .detail = detail,
        .pool = replay_pool_create(session),
        .version = -1,
        .arena = arena_create(LIST_BYTES),
    };
    *counts = (struct replay_counts){.lists = 0};
    int error = session_exec(session, "SET ROLE emnebank_owner", detail);
    if (error == 0) {
        error = do_all(&replay);
    }
    if (error == 0) {
        error = finish_version(&replay);
    }
    if (error != ERROR_NOT_FOUND) {
        error = write_audit(&replay, error);
    }
    arena_destroy(&replay.arena);
    replay_pool_destroy(&replay.pool);
    return error;
}
