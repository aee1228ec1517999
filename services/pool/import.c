/*
 * POST /v1/candidates/import. A worker reads the file row by row, checks the rows and seals the
 * people; the loop has each batch of rows written, a transaction of its own; then the worker goes
 * on. When the database goes away halfway, what was written stays, and the same file sent again
 * ends the work.
 */
#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/json/writer.h"
#include "services/pool/internal.h"
#include "services/pool/prepare.h"
#include "services/pool/rows.h"
#include "services/pool/seen.h"
#include "sql/pool_sql.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BATCH_ROWS 500
#define BATCH_BYTES ((size_t)2 << 20) /* of the file */
#define NAMED_CAP 10000
#define ANSWER_CAP ((size_t)32 << 20)
#define ROW_FAULTS_CAP 100
#define BUSY_TEXT "Mange filer læses ind lige nu; prøv igen."

struct fault {
    const char *column;
    const char *pointer; /* NULL in a sheet, which has none */
    const char *code;
    const char *detail;
};

/* A row of the batch in hand. */
struct pending {
    size_t line;
    json_t *body;
    bool sent; /* to the database */
    struct fault *faults;
    size_t fault_count;
};

struct import {
    struct rest_call *call;
    const struct crypto_key *key;
    struct worker_pool *workers;
    bool pointers; /* faults have a JSON Pointer */
    struct rows *rows;
    struct seen *seen;
    bool ended;
    int error; /* why the file cannot be read, with the reasons in `broken` */
    struct json_check broken;

    struct arena *arena; /* of the batch */
    struct pending pending[BATCH_ROWS];
    size_t count;
    json_t *prepared;

    int64_t total, created, updated, unchanged, rejected, more;
    size_t named;
    struct buffer rejections;
};

static void import_destroy(struct import *import)
{
    for (size_t i = 0; i < import->count; i++)
        json_decref(import->pending[i].body);
    json_decref(import->prepared);
    rows_destroy(&import->rows);
    seen_destroy(&import->seen);
    arena_destroy(&import->arena);
    buffer_deinit(&import->rejections);
    pool_import_leave(rest_room(import->call));
    mem_free(import);
}

static ssize_t read_body(void *argument, void *bytes, size_t size)
{
    struct import *import = argument;

    return http_request_read(rest_http(import->call), bytes, size);
}

/* --- one row --- */

static bool names_column(const struct pending *row, const char *column)
{
    for (size_t i = 0; i < row->fault_count; i++) {
        if (str_equal(row->faults[i].column, column))
            return true;
    }
    return false;
}

/* Adds what a check found. `dedupe`: a cell that could not be read is not said to be missing too.
 */
static void add_faults(struct import *import, struct pending *row, const struct json_check *check,
                       bool dedupe)
{
    size_t known = row->fault_count;

    if (row->faults == NULL && check->count > 0)
        row->faults = arena_array(import->arena, ROW_FAULTS_CAP, sizeof *row->faults);
    for (size_t i = 0; i < check->count && row->fault_count < ROW_FAULTS_CAP; i++) {
        const struct json_error *error = &check->errors[i];
        const struct pending before = {.faults = row->faults, .fault_count = known};
        const char *column = rows_column(import->rows, import->arena, row->body, error->pointer);
        if (dedupe && names_column(&before, column))
            continue;
        row->faults[row->fault_count++] = (struct fault){
            .column = column,
            .pointer = import->pointers ? error->pointer : NULL,
            .code = error->code,
            .detail = error->detail,
        };
    }
}

static void check_reference(struct import *import, struct pending *row, struct json_check *check,
                            const char *reference)
{
    if (reference == NULL || !pool_reference_check(check, "/external_ref", reference))
        return;
    size_t earlier = seen_before(import->seen, reference, row->line);
    if (earlier != 0)
        json_check_fail(check, "/external_ref", "DUPLICATE",
                        "Samme reference som på linje %zu; kun den første er taget.", earlier);
}

/* The body's own rules, then on its way to the database's. */
static void check_body(struct import *import, struct pending *row)
{
    const char *municipality = rest_principal(import->call)->municipality;
    struct pool_body good;
    struct json_check check;

    json_check_init(&check, import->arena);
    const char *reference =
        json_check_text(&check, row->body, "", "external_ref", JSON_REQUIRED, 200);
    check_reference(import, row, &check, reference);
    pool_body_check(&check, row->body, true, &good);
    add_faults(import, row, &check, true);
    json_t *prepared =
        pool_prepare(import->arena, import->key, municipality, reference != NULL ? reference : "",
                     row->body, &good, row->fault_count == 0);
    json_object_set_new(prepared, "line", json_integer((json_int_t)row->line));
    json_array_append_new(import->prepared, prepared);
    row->sent = true;
}

/* --- the answer --- */

static void reject(struct import *import, const struct pending *row, const struct fault *fault)
{
    struct buffer *text = &import->rejections;
    struct writer json;

    if (import->named == NAMED_CAP || text->length > ANSWER_CAP / 2) {
        import->more++;
        return;
    }
    buffer_text(text, import->named > 0 ? "," : "");
    writer_init(&json, text);
    writer_object(&json);
    writer_member_unsigned(&json, "line", row->line);
    writer_member_text(&json, "column", fault->column);
    if (fault->pointer != NULL)
        writer_member_text(&json, "pointer", fault->pointer);
    writer_member_text(&json, "code", fault->code);
    writer_member_text(&json, "detail", fault->detail);
    writer_object_end(&json);
    import->named++;
}

static void answer(struct import *import)
{
    struct rest_call *call = import->call;
    struct buffer text;
    struct writer json;

    metric_add(&pool_rows_read, import->total);
    metric_add(&pool_rows_rejected, import->rejected);
    buffer_init(&text, ANSWER_CAP);
    writer_init(&json, &text);
    writer_object(&json);
    writer_member_integer(&json, "rows", import->total);
    writer_member_integer(&json, "created", import->created);
    writer_member_integer(&json, "updated", import->updated);
    writer_member_integer(&json, "unchanged", import->unchanged);
    writer_member_integer(&json, "rejected", import->rejected);
    writer_member_integer(&json, "more", import->more);
    writer_member_array(&json, "rejections");
    if (import->rejections.length > 0)
        writer_raw_members(&json, import->rejections.data, import->rejections.length);
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
    import_destroy(import);
    rest_reply_text(call, 200, "application/json", text.data, text.length);
    buffer_deinit(&text);
}

/* --- batches --- */

/* Counts the batch and names its bad rows in their order; `results` are of those that were sent. */
static void settle(struct import *import, const struct pg_result *results)
{
    size_t next = 0;

    for (size_t i = 0; i < import->count; i++) {
        struct pending *row = &import->pending[i];
        const char *outcome = "rejected";
        if (row->sent) {
            struct json_check check;
            json_check_init(&check, import->arena);
            json_check_merge(&check, pg_text(results, next, 2));
            add_faults(import, row, &check, false);
            outcome = pg_text(results, next++, 1);
        }
        import->created += str_equal(outcome, "created");
        import->updated += str_equal(outcome, "updated");
        import->unchanged += str_equal(outcome, "unchanged");
        import->rejected += str_equal(outcome, "rejected");
        for (size_t j = 0; j < row->fault_count; j++)
            reject(import, row, &row->faults[j]);
        json_decref(row->body);
    }
    import->total += (int64_t)import->count;
    import->count = 0;
}

/* One row into the batch. */
static void take(struct import *import, struct row *row, struct json_check *check)
{
    struct pending *pending = &import->pending[import->count++];

    *pending = (struct pending){.line = row->line, .body = row->body};
    import->ended = row->cut;
    if (import->total + (int64_t)import->count > (int64_t)SEEN_CAP) {
        import->ended = true;
        json_check_fail(check, "", "LIMIT",
                        "Filen har mere end %zu rækker; resten er ikke læst. Del den.", SEEN_CAP);
    }
    add_faults(import, pending, check, false);
    if (row->body != NULL && !import->ended)
        check_body(import, pending);
}

/* On a worker: reads rows until the batch is full or the file ends. */
static void gather(void *argument)
{
    struct import *import = argument;
    size_t bytes = 0;

    arena_reset(import->arena);
    json_decref(import->prepared);
    import->prepared = json_array();
    while (!import->ended && import->count < BATCH_ROWS && bytes < BATCH_BYTES) {
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
            take(import, &row, &check);
        bytes += row.bytes;
    }
}

static void gathered(void *argument);

/* The queue has a place for each import that was let in (pool_import_enter). */
static void go_on(struct import *import)
{
    struct rest_call *call = import->call;

    if (worker_submit(import->workers, rest_loop(call), gather, gathered, import) == 0)
        return;
    import_destroy(import);
    rest_problem(call, "temporarily-unavailable", BUSY_TEXT);
}

static void settled(struct import *import)
{
    if (import->ended)
        answer(import);
    else
        go_on(import);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0) {
        import_destroy(import);
        rest_failed(call, outcome);
        return;
    }
    settle(import, pg_outcome_result(outcome, 0));
    settled(import);
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

/* Back on the loop, with a batch. */
static void gathered(void *argument)
{
    struct import *import = argument;

    if (import->error != 0) {
        answer_broken(import);
        return;
    }
    if (json_array_size(import->prepared) > 0) {
        const struct pg_parameter parameters[] = {
            PG_TEXT(json_text(import->arena, import->prepared))};
        const struct pg_step step = {&pool_sql_import, parameters, 1};
        rest_batch_raw(import->call, &step, 1, written);
        return;
    }
    settle(import, NULL);
    settled(import);
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
                     "charset=windows-1252) eller et XLSX-regneark.");
        return;
    }
    const struct crypto_key *key = pool_own_key(call);
    if (key == NULL)
        return;
    if (!pool_import_enter(pool)) {
        rest_problem(call, "temporarily-unavailable", BUSY_TEXT);
        return;
    }
    struct import *import = mem_zalloc(sizeof *import);
    import->call = call;
    import->key = key;
    import->workers = type.form == ROWS_SHEET && type.sheet.form == SHEET_READER_XLSX
                          ? pool->sheets
                          : pool->workers;
    import->pointers = type.form != ROWS_SHEET;
    import->rows = rows_create(&type, read_body, import);
    import->seen = seen_create();
    import->arena = arena_create(0);
    buffer_init(&import->rejections, ANSWER_CAP);
    rest_set_state(call, import);
    go_on(import);
}
