/*
 * POST /v1/candidates/import. The file is read row by row and written in batches, each a
 * transaction of its own; between two batches the loop is free for others. When the database goes
 * away halfway, what was written stays, and the same file sent again ends the work.
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

struct fault {
    const char *column;
    const char *pointer; /* NULL in CSV, which has none */
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
    enum rows_form form;
    struct rows *rows;
    struct seen *seen;
    bool ended;

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
            .pointer = import->form == ROWS_NDJSON ? error->pointer : NULL,
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

/* Reads rows until the batch is full or the file ends. */
static int gather(struct import *import, struct json_check *heading)
{
    size_t bytes = 0;

    arena_reset(import->arena);
    json_decref(import->prepared);
    import->prepared = json_array();
    while (import->count < BATCH_ROWS && bytes < BATCH_BYTES) {
        struct row row;
        struct json_check check;
        json_check_init(&check, import->arena);
        int found = rows_next(import->rows, &check, &row);
        if (found == ERROR_INVALID)
            *heading = check;
        if (found < 0)
            return found;
        import->ended = found == 0 || import->total + (int64_t)import->count >= (int64_t)SEEN_CAP;
        if (found == 0)
            break;
        struct pending *pending = &import->pending[import->count++];
        *pending = (struct pending){.line = row.line, .body = row.body};
        if (import->ended)
            json_check_fail(&check, "", "LIMIT",
                            "Filen har mere end %zu rækker; resten er ikke læst. Del den.",
                            SEEN_CAP);
        add_faults(import, pending, &check, false);
        if (import->ended)
            break;
        if (row.body != NULL)
            check_body(import, pending);
        bytes += row.bytes;
    }
    return 0;
}

static void go(void *argument);

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0) {
        import_destroy(import);
        rest_failed(call, outcome);
        return;
    }
    settle(import, pg_outcome_result(outcome, 0));
    if (import->ended)
        answer(import);
    else
        go(import);
}

static void fail(struct import *import, int error, const struct json_check *heading)
{
    struct rest_call *call = import->call;

    if (error == ERROR_INVALID)
        rest_problem_check(call, heading);
    else
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
    import_destroy(import);
}

/* One batch. Without anything for the database the loop still gets its turn before the next. */
static void go(void *argument)
{
    struct import *import = argument;
    struct json_check heading;
    int error = gather(import, &heading);

    if (error != 0) {
        fail(import, error, &heading);
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
    if (import->ended)
        answer(import);
    else
        loop_post(rest_loop(import->call), go, import);
}

/* The media type, with a charset of UTF-8 or none; -1 for another. */
static int form_of(const char *content_type)
{
    static const struct {
        const char *type;
        enum rows_form form;
    } forms[] = {{"application/x-ndjson", ROWS_NDJSON}, {"text/csv", ROWS_CSV}};

    for (size_t i = 0; content_type != NULL && i < sizeof forms / sizeof forms[0]; i++) {
        size_t length = strlen(forms[i].type);
        if (strncasecmp(content_type, forms[i].type, length) != 0)
            continue;
        const char *rest = content_type + length + strspn(content_type + length, " ;");
        if (*rest == '\0' || strcasecmp(rest, "charset=utf-8") == 0 ||
            strcasecmp(rest, "charset=\"utf-8\"") == 0)
            return forms[i].form;
    }
    return -1;
}

void pool_post_import(struct rest_call *call)
{
    int form = form_of(http_request_header(rest_http(call), "Content-Type"));

    if (*rest_principal(call)->municipality == '\0') {
        rest_problem(call, "forbidden", "Kun kommuner har kandidater.");
        return;
    }
    if (form < 0) {
        rest_problem(call, "media-type-unsupported",
                     "Filen skal være application/x-ndjson eller text/csv i UTF-8.");
        return;
    }
    const struct crypto_key *key = pool_own_key(call);
    if (key == NULL)
        return;
    struct import *import = mem_zalloc(sizeof *import);
    import->call = call;
    import->key = key;
    import->form = (enum rows_form)form;
    import->rows = rows_create(import->form, read_body, import);
    import->seen = seen_create();
    import->arena = arena_create(0);
    buffer_init(&import->rejections, ANSWER_CAP);
    rest_set_state(call, import);
    go(import);
}
