/*
 * POST /v1/candidates/import. A worker reads the file row by row, checks the rows and seals the
 * people; the loop has each batch of rows written, a transaction of its own; then the worker goes
 * on. When the database goes away halfway, what was written stays, and the same file sent again
 * ends the work. A file of a series, or of a batch of people, is a run, which begins before the
 * first row and ends after the last with who is missing.
 */
#include "services/pool/import.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "services/pool/body.h"
#include "sql/pool_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES ((size_t)2 << 20)   /* of the file */
#define BATCH_MEMORY ((size_t)16 << 20) /* what was made of it, before the last row */
#define NOBODY_MISSING "{\"missing\":0,\"missing_rows\":[],\"missing_unknown\":\"partial\"}"

static void import_destroy(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        json_decref(import->pending[i].not_understood);
        json_decref(import->pending[i].body);
    }
    json_decref(import->prepared);
    json_decref(import->defaults);
    rows_destroy(&import->rows);
    seen_destroy(&import->seen);
    resume_words_destroy(&import->words);
    arena_destroy(&import->plan);
    arena_destroy(&import->arena);
    buffer_deinit(&import->rejections);
    buffer_deinit(&import->results);
    buffer_deinit(&import->gaps);
    rest_places_leave(import->pool->imports, import->place);
    mem_free(import);
}

static void fail(struct import *import, const struct pg_outcome *outcome)
{
    struct rest_call *call = import->call;

    import_destroy(import);
    rest_failed(call, outcome);
}

static ssize_t read_body(void *argument, void *bytes, size_t size)
{
    struct import *import = argument;

    return http_request_read(rest_http(import->call), bytes, size);
}

/* --- the answer --- */

static void answer(struct import *import, const char *missing)
{
    struct rest_call *call = import->call;
    struct buffer text;

    import_write(import, missing, &text);
    import_destroy(import);
    rest_reply_text(call, 200, "application/json", text.data, text.length);
    buffer_deinit(&text);
}

static void answer_broken(struct import *import)
{
    struct rest_call *call = import->call;

    if (import->error == ERROR_INVALID)
        rest_problem_check(call, &import->broken);
    else if (import->error == ERROR_UNAVAILABLE)
        rest_problem(call, "temporarily-unavailable", import->broken.errors[0].detail);
    else
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
    import_destroy(import);
}

static void finished(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0)
        fail(import, outcome);
    else
        answer(import, pg_text(pg_outcome_result(outcome, 0), 0, 0));
}

/* Why the file itself cannot say who is missing, whatever the database says; NULL: it can. */
static const char *doubt_of(const struct import *import)
{
    if (!import->complete)
        return "partial";
    if (import->cut)
        return "too_many_rows";
    if (import->confirmed)
        return NULL;
    return import->total == 0 ? "no_rows" : import->unread ? "unreadable_rows" : NULL;
}

static void finish(struct import *import)
{
    if (import->run == NULL) {
        answer(import, NOBODY_MISSING);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(import->run), PG_TEXT(doubt_of(import)),
                                              PG_TEXT(import->confirmed ? "true" : "false"),
                                              PG_TEXT(import_counts(import))};
    const struct pg_step step = {&pool_sql_import_end, parameters, 4};

    rest_batch_raw(import->call, &step, 1, finished);
}

/* --- batches of rows --- */

/* The words of a resume, on the worker's time: there are tens of thousands. */
static void read_words(struct import *import)
{
    struct json_fault fault;
    json_t *rows = NULL;

    if (json_read_own(import->words_text, strlen(import->words_text), &rows, &fault) == 0)
        import->words = resume_words_create(rows);
    else
        import->error = ERROR_INTERNAL;
    json_decref(rows);
}

/* On a worker: reads rows until the batch is full or the file ends. */
static void gather(void *argument)
{
    struct import *import = argument;
    size_t bytes = 0;

    if (import->form == ROWS_RESUME && import->words == NULL)
        read_words(import);
    arena_reset(import->arena);
    json_decref(import->prepared);
    import->prepared = json_array();
    while (import->error == 0 && !import->ended && import->count < IMPORT_ROWS &&
           bytes < BATCH_BYTES && arena_used(import->arena) < BATCH_MEMORY) {
        struct row row;
        struct json_check check;
        json_check_init(&check, import->arena);
        int found = rows_next(import->rows, &check, &row);
        if (found < 0) {
            import->error = found;
            import->broken = check;
            return;
        }
        if (found == 0)
            import->ended = true;
        else
            import_row(import, &row, &check);
        bytes += row.bytes;
    }
}

static void gathered(void *argument);

/* The queue has a place for each import that was let in (rest_places_enter). */
static void go_on(struct import *import)
{
    struct rest_call *call = import->call;

    if (worker_submit(import->workers, rest_loop(call), gather, gathered, import) == 0)
        return;
    import_destroy(import);
    rest_places_refuse(call, ERROR_UNAVAILABLE);
}

static void settle(struct import *import, const struct pg_result *results)
{
    import_settle(import, results);
    if (import->ended)
        finish(import);
    else
        go_on(import);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0)
        fail(import, outcome);
    else
        settle(import, pg_outcome_result(outcome, 0));
}

/* Back on the loop, with a batch. */
static void gathered(void *argument)
{
    struct import *import = argument;

    if (import->error != 0) {
        answer_broken(import);
        return;
    }
    if (json_array_size(import->prepared) == 0) {
        settle(import, NULL);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(json_text(import->arena, import->prepared)),
                                              PG_TEXT(import->run)};
    const struct pg_step step = {&pool_sql_import, parameters, 2};
    rest_batch_raw(import->call, &step, 1, written);
}

/* --- the beginning --- */

static void begun(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);
    size_t next = 0;

    if (outcome->error != 0) {
        fail(import, outcome);
        return;
    }
    if (import->source != NULL || import->tag != NULL)
        import->run = arena_strdup(import->plan, pg_text(pg_outcome_result(outcome, next++), 0, 0));
    if (import->form == ROWS_RESUME) {
        const struct pg_result *words = pg_outcome_result(outcome, next);
        import->words_text = arena_strdup(import->plan, pg_text(words, 0, 0));
        import->today = arena_strdup(import->plan, pg_text(words, 0, 1));
    }
    go_on(import);
}

static void begin(struct import *import)
{
    const struct pg_parameter parameters[] = {PG_TEXT(import->source), PG_TEXT(import->tag)};
    struct pg_step steps[2];
    size_t count = 0;

    if (import->source != NULL || import->tag != NULL)
        steps[count++] = (struct pg_step){&pool_sql_import_begin, parameters, 2};
    if (import->form == ROWS_RESUME)
        steps[count++] = (struct pg_step){&pool_sql_import_words, NULL, 0};
    if (count > 0)
        rest_batch_raw(import->call, steps, count, begun);
    else
        go_on(import);
}

/* "true" or "false"; `*value` as it was when it is not said. */
static bool read_flag(struct rest_call *call, const char *name, bool *value)
{
    const char *text = rest_query(call, name);

    if (text != NULL)
        *value = str_equal(text, "true");
    return text == NULL || *value || str_equal(text, "false");
}

static const char *const query_names[] = {
    "source",        "complete",   "confirmed", "batch",     "results", "available_from",
    "max_travel_km", "protection", "kinds",     "stated_on", NULL};

/* The kinds of work in "permanent,flex"; NULL when one is none. A new reference. */
static json_t *read_kinds(const char *text)
{
    json_t *kinds = json_array();
    char word[32];

    for (;;) {
        const size_t length = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : 0), text);
        if (kind_index(work_kinds, word) < 0) {
            json_decref(kinds);
            return NULL;
        }
        json_array_append_new(kinds, json_string(word));
        if (text[length] == '\0')
            return kinds;
        text += length + 1;
    }
}

/* What the query says of resumes that do not say it themselves; false when it is none. */
static bool read_defaults(struct import *import)
{
    static const char *const days[] = {"available_from", "stated_on"};
    const char *distance = rest_query(import->call, "max_travel_km");
    const char *protection = rest_query(import->call, "protection");
    const char *kinds = rest_query(import->call, "kinds");
    bool good = true;

    import->defaults = json_object();
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const char *day = rest_query(import->call, days[i]);
        good = good && (day == NULL || json_date_valid(day));
        if (day != NULL)
            json_object_set_new(import->defaults, days[i], json_string(day));
    }
    if (distance != NULL) {
        const long km = strspn(distance, "0123456789") == strlen(distance) && strlen(distance) < 4
                            ? strtol(distance, NULL, 10)
                            : 0;
        good = good && km >= 1 && km <= POOL_TRAVEL_MAX;
        json_object_set_new(import->defaults, "max_travel_km", json_integer(km));
    }
    if (protection != NULL) {
        good = good && kind_index(protections, protection) >= 0;
        json_object_set_new(import->defaults, "protection", json_string(protection));
    }
    if (kinds != NULL) {
        json_t *list = read_kinds(kinds);
        good = good && list != NULL;
        json_object_set_new(import->defaults, "kinds", list);
    }
    return good;
}

/* False, and a 400 sent, when the query asks for what is none. */
static bool read_query(struct import *import)
{
    struct rest_call *call = import->call;
    const char *results = rest_query(call, "results");

    import->source = rest_query(call, "source");
    import->tag = rest_query(call, "batch");
    import->all_results = results != NULL;
    if ((import->source != NULL &&
         (!pool_tag_good(import->source) || pool_has_cpr(import->source))) ||
        (import->tag != NULL && !pool_tag_good(import->tag)) ||
        (results != NULL && !str_equal(results, "all")) ||
        !read_flag(call, "complete", &import->complete) ||
        !read_flag(call, "confirmed", &import->confirmed)) {
        rest_problem(call, "query-invalid",
                     "source og batch er små bogstaver a-z, cifre og bindestreger, højst 40, og "
                     "intet personnummer; "
                     "complete og confirmed er true eller false; results er all.");
        return false;
    }
    if ((import->complete || import->confirmed) && import->source == NULL) {
        rest_problem(call, "query-invalid", "complete og confirmed siges om en source.");
        return false;
    }
    if (!read_defaults(import)) {
        rest_problem(
            call, "query-invalid",
            "available_from og stated_on er datoer som 2026-12-01; max_travel_km er 1-500; "
            "protection er none, address eller name_and_address; kinds er arbejdsformer "
            "med komma imellem.");
        return false;
    }
    return true;
}

static void start(struct rest_call *call, const struct crypto_key *key,
                  const struct rows_type *type, size_t place)
{
    struct pool *pool = rest_room(call);
    struct import *import = mem_zalloc(sizeof *import);

    import->pool = pool;
    import->call = call;
    import->place = place;
    import->key = key;
    import->workers = type->form == ROWS_SHEET && type->sheet.form == SHEET_READER_XLSX
                          ? pool->sheets
                          : pool->workers;
    import->form = type->form;
    import->rows = rows_create(type, read_body, import);
    import->seen = seen_create();
    import->plan = arena_create((size_t)64 << 20);
    import->arena = arena_create(0);
    import_answer_init(import);
    rest_set_state(call, import);
    if (!read_query(import)) {
        import_destroy(import);
        return;
    }
    begin(import);
}

void pool_post_import(struct rest_call *call)
{
    const char *media_type = http_request_header(rest_http(call), "Content-Type");
    struct pool *pool = rest_room(call);
    struct rows_type type;

    if (*rest_principal(call)->municipality == '\0') {
        rest_problem(call, "forbidden", "Kun kommuner har kandidater.");
        return;
    }
    if (media_type == NULL || !rows_media_type(media_type, &type)) {
        rest_problem(call, "media-type-unsupported",
                     "Filen skal være application/x-ndjson, text/csv (UTF-8, eller "
                     "charset=windows-1252), et XLSX-regneark eller "
                     "application/vnd.jsonresume+json.");
        return;
    }
    const struct crypto_key *key = rest_query_only(call, query_names) ? pool_own_key(call) : NULL;
    if (key == NULL)
        return;
    size_t place;
    const int error = rest_places_enter(pool->imports, call, &place);
    if (error == 0)
        start(call, key, &type, place);
    else
        rest_places_refuse(call, error);
}
