/*
 * An export's file on its way. The worker reads rows, some hundred at a time; the loop has them
 * written, a transaction for each of these batches; then the worker goes on. When the database goes
 * away halfway, what was written stays, and the same file sent again ends the work.
 */
#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/json/writer.h"
#include "services/leads/mapping.h"
#include "services/leads/room.h"
#include "services/leads/sources.h"
#include "sql/leads_sql.h"

#include <string.h>

#define BATCH_ROWS 200 /* a new lead costs milliseconds, and a batch has the pool's ten seconds */
#define BATCH_BYTES ((size_t)2 << 20) /* of JSON */
#define GUESS_ROWS 50
#define GUESS_TRIES (4 * GUESS_ROWS) /* rows with faults among them */
#define NAMED_CAP 10000              /* faults */
#define PREVIEW_CAP 1000             /* rows of a dry run */
#define ANSWER_CAP ((size_t)32 << 20)

/* A row of the batch in hand; texts in the batch's arena. */
struct pending {
    size_t line;
    const struct mapping_fault *faults;
    size_t fault_count;
    const char *json; /* what the database gets, see source_take.sql; NULL: nothing */
};

struct export
{
    struct leads *leads;
    struct rest_call *call; /* gone once it is answered */
    size_t place;           /* among the files that were let in */
    const char *source;
    bool dry;
    bool complete;  /* the file is the whole list */
    bool confirmed; /* somebody says so although it is short or has rows that cannot be read */
    struct sheet_reader *reader;
    enum sheet_reader_form form;

    struct arena *plan; /* of the mapping */
    json_t *mapping_json;
    const struct mapping *mapping;
    struct mapping_places places;
    const char *run;
    const char *today;
    bool bound;  /* the first row is read */
    bool ended;  /* the last one is */
    bool cut;    /* the file has more rows than are read */
    bool unread; /* a row could not be read so far that it is known which it is */

    struct arena *arena; /* of the batch */
    struct pending pending[BATCH_ROWS];
    size_t count;
    struct buffer rows; /* what goes to the database */
    int error;
    struct error_detail detail;
    struct json_check check; /* of mapping and heading */

    int64_t total, created, updated, unchanged, attached, rejected, more;
    size_t named, previewed;
    struct buffer faults;
    struct buffer preview;
    const char *missing; /* {"missing", "missing_rows", "missing_unknown"}, once that is known */
    int64_t missing_count;
};

static void export_destroy(struct export *export)
{
    rest_places_leave(export->leads->exports, export->place);
    sheet_reader_destroy(&export->reader);
    json_decref(export->mapping_json);
    arena_destroy(&export->plan);
    arena_destroy(&export->arena);
    buffer_deinit(&export->rows);
    buffer_deinit(&export->faults);
    buffer_deinit(&export->preview);
    mem_free(export);
}

static ssize_t read_body(void *argument, void *bytes, size_t size)
{
    return http_request_read(rest_http(argument), bytes, size);
}

/* NULL when the body is no sheet or there are too many files, and that has been answered. */
static struct export *export_create(struct rest_call *call)
{
    const char *type = http_request_header(rest_http(call), "Content-Type");
    struct leads *leads = rest_room(call);
    struct sheet_reader_options options;

    if (type == NULL || !sheet_reader_media_type(type, &options)) {
        rest_problem(call, "media-type-unsupported",
                     "Filen skal være text/csv (UTF-8, eller charset=windows-1252) eller et "
                     "XLSX-regneark.");
        return NULL;
    }
    size_t place;
    const int error = rest_places_enter(leads->exports, call, &place);
    if (error != 0) {
        rest_places_refuse(call, error);
        return NULL;
    }
    struct export *export = mem_zalloc(sizeof *export);
    export->leads = leads;
    export->call = call;
    export->place = place;
    export->reader = sheet_reader_create(&options, read_body, call);
    export->form = options.form;
    export->plan = arena_create(0);
    export->arena = arena_create(0);
    json_check_init(&export->check, export->plan);
    buffer_init(&export->rows, 4 * BATCH_BYTES);
    buffer_init(&export->faults, ANSWER_CAP / 2);
    buffer_init(&export->preview, ANSWER_CAP / 2);
    rest_set_state(call, export);
    return export;
}

/* Hands the next part to the worker. */
static void submit(struct export *export, loop_task *work, loop_task *done)
{
    struct rest_call *call = export->call;
    struct worker_pool *pool =
        export->form == SHEET_READER_XLSX ? export->leads->sheets : export->leads->rows;

    if (worker_submit(pool, rest_loop(call), work, done, export) == 0)
        return;
    export_destroy(export);
    rest_places_refuse(call, ERROR_UNAVAILABLE);
}

/* What keeps a file from being read at all. */
static void answer_broken(struct export *export)
{
    struct rest_call *call = export->call;
    struct json_check check;

    if (export->error == 0) {
        rest_problem_check(call, &export->check);
    } else if (export->error == ERROR_INVALID || export->error == ERROR_LIMIT) {
        json_check_init(&check, rest_arena(call));
        json_check_fail(&check, "", export->error == ERROR_LIMIT ? "LIMIT" : "FILE", "%s",
                        export->detail.public_text);
        rest_problem_check(call, &check);
    } else if (export->error == ERROR_UNAVAILABLE) {
        rest_problem(call, "temporarily-unavailable", export->detail.public_text);
    } else {
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
    }
    export_destroy(export);
}

/* --- on the worker: rows -----------------------------------------------------------------------
 */

/* The first row of the file, which names the columns. False when there is none, or it cannot be
 * read. */
static bool read_heading(struct export *export, struct arena *arena,
                         struct sheet_reader_row *heading)
{
    int found = sheet_reader_next(export->reader, arena, heading, &export->detail);

    if (found < 0)
        export->error = found;
    else if (found == 0)
        json_check_fail(&export->check, "", "HEADING",
                        "Filen er tom; første linje skal være kolonnenavne.");
    else if (heading->fault != SHEET_READER_GOOD)
        json_check_fail(&export->check, "", sheet_reader_fault_code(heading->fault), "%s",
                        sheet_reader_fault_text(heading->fault));
    return found == 1 && heading->fault == SHEET_READER_GOOD;
}

static void add_fault(struct export *export, struct pending *row, const char *code,
                      const char *detail)
{
    struct mapping_fault *fault = arena_alloc(export->arena, sizeof *fault);

    *fault = (struct mapping_fault){"", code, detail};
    row->faults = fault;
    row->fault_count = 1;
}

/* Of a row that becomes no lead: it is in the file all the same, if it says which it is. NULL: it
 * does not. */
static const char *present_json(struct export *export, size_t line, const struct mapping_row *row)
{
    json_t *object = json_pack("{s:I}", "line", (json_int_t)line);

    if (row->key[0] != '\0')
        json_object_set_new(object, "row", json_string(row->key));
    else if (row->project != NULL)
        json_object_set(object, "project", row->project);
    const char *text = json_object_size(object) > 1 ? json_text(export->arena, object) : NULL;
    json_decref(object);
    return text;
}

static const char *row_json(struct export *export, size_t line, const struct mapping_row *row)
{
    json_t *object = json_pack("{s:I, s:s, s:O, s:O}", "line", (json_int_t)line, "row", row->key,
                               "item", row->item, "raw", row->raw);
    const char *text = json_text(export->arena, object);

    json_decref(object);
    return text;
}

static void read_row(struct export *export, const struct sheet_reader_row *cells)
{
    struct pending *pending = &export->pending[export->count++];
    struct mapping_row row;

    *pending = (struct pending){.line = cells->line};
    if (cells->fault != SHEET_READER_GOOD) {
        export->unread = true;
        add_fault(export, pending, sheet_reader_fault_code(cells->fault),
                  sheet_reader_fault_text(cells->fault));
        return;
    }
    mapping_row_read(export->mapping, &export->places, cells, export->today, export->arena, &row);
    struct mapping_fault *faults = arena_array(export->arena, row.fault_count + 1, sizeof *faults);
    memcpy(faults, row.faults, row.fault_count * sizeof *faults);
    pending->faults = faults;
    pending->fault_count = row.fault_count;
    pending->json = row.item != NULL ? row_json(export, cells->line, &row)
                                     : present_json(export, cells->line, &row);
    if (pending->json != NULL) {
        buffer_text(&export->rows, export->rows.length > 1 ? "," : "");
        buffer_text(&export->rows, pending->json);
    } else {
        export->unread = true;
    }
    mapping_row_release(&row);
}

static void gather(void *argument)
{
    struct export *export = argument;
    struct sheet_reader_row row;

    if (!export->bound && (!read_heading(export, export->plan, &row) ||
                           !mapping_bind(export->mapping, &row, &export->check, &export->places)))
        return;
    export->bound = true;
    arena_reset(export->arena);
    buffer_clear(&export->rows);
    buffer_text(&export->rows, "[");
    while (export->count < BATCH_ROWS && export->rows.length < BATCH_BYTES) {
        int found = sheet_reader_next(export->reader, export->arena, &row, &export->detail);
        if (found < 0) {
            export->error = found;
            return;
        }
        export->ended = found == 0;
        if (export->ended)
            break;
        if (export->total + (int64_t) export->count == SHEET_READER_ROWS_CAP) {
            struct pending *over = &export->pending[export->count++];
            *over = (struct pending){.line = row.line};
            add_fault(export, over, "LIMIT",
                      "Filen har mere end 200.000 rækker; resten er ikke læst. Del den.");
            export->cut = export->ended = true;
            break;
        }
        read_row(export, &row);
    }
    buffer_text(&export->rows, "]");
}

/* --- the answer --------------------------------------------------------------------------------
 */

static void name_fault(struct export *export, size_t line, const char *severity,
                       const struct mapping_fault *fault)
{
    struct writer json;

    if (export->named == NAMED_CAP || export->faults.length > ANSWER_CAP / 4) {
        export->more++;
        return;
    }
    buffer_text(&export->faults, export->named++ > 0 ? "," : "");
    writer_init(&json, &export->faults);
    writer_object(&json);
    writer_member_unsigned(&json, "line", line);
    writer_member_text(&json, "column", fault->column);
    writer_member_text(&json, "severity", severity);
    writer_member_text(&json, "code", fault->code);
    writer_member_text(&json, "detail", fault->detail);
    writer_object_end(&json);
}

/* What a row of a dry run would become: what was sent of it, and the outcome. */
static void show(struct export *export, const struct pending *row, const json_t *result)
{
    if (export->previewed == PREVIEW_CAP || export->preview.length > ANSWER_CAP / 4)
        return;
    const char *lead = json_string_value(json_object_get(result, "lead_id"));
    buffer_text(&export->preview, export->previewed++ > 0 ? "," : "");
    buffer_append(&export->preview, row->json, strlen(row->json) - 1);
    buffer_text(&export->preview, ",\"outcome\":");
    buffer_json(&export->preview, json_string_value(json_object_get(result, "outcome")));
    buffer_text(&export->preview, ",\"lead_id\":");
    if (lead != NULL)
        buffer_json(&export->preview, lead);
    else
        buffer_text(&export->preview, "null");
    buffer_text(&export->preview, "}");
}

static void answer(struct export *export)
{
    struct rest_call *call = export->call;
    struct buffer text;
    struct writer json;

    buffer_init(&text, 2 * ANSWER_CAP);
    writer_init(&json, &text);
    writer_object(&json);
    writer_member_bool(&json, "dry_run", export->dry);
    writer_member_integer(&json, "rows", export->total);
    writer_member_integer(&json, "created", export->created);
    writer_member_integer(&json, "updated", export->updated);
    writer_member_integer(&json, "unchanged", export->unchanged);
    writer_member_integer(&json, "attached", export->attached);
    writer_member_integer(&json, "rejected", export->rejected);
    writer_raw_members(&json, export->missing + 1, strlen(export->missing) - 2);
    writer_member_integer(&json, "more", export->more);
    writer_member_array(&json, "faults");
    if (export->faults.length > 0)
        writer_raw_members(&json, export->faults.data, export->faults.length);
    writer_array_end(&json);
    writer_member_array(&json, "preview");
    if (export->preview.length > 0)
        writer_raw_members(&json, export->preview.data, export->preview.length);
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
    export_destroy(export);
    rest_reply_text(call, 200, "application/json", text.data, text.length);
    buffer_deinit(&text);
}

static const char *counts(struct export *export)
{
    return arena_printf(export->arena,
                        "{\"rows\":%lld,\"created\":%lld,\"updated\":%lld,\"unchanged\":%lld,"
                        "\"attached\":%lld,\"rejected\":%lld,\"missing\":%lld}",
                        (long long)export->total, (long long)export->created,
                        (long long)export->updated, (long long)export->unchanged,
                        (long long)export->attached, (long long)export->rejected,
                        (long long)export->missing_count);
}

/* --- what is missing ---------------------------------------------------------------------------
 */

static void finished(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct export *export = rest_state(call);

    if (outcome->error == 0) {
        answer(export);
        return;
    }
    export_destroy(export);
    rest_failed(call, outcome);
}

static void finish(struct export *export)
{
    const struct pg_parameter parameters[] = {PG_TEXT(export->source), PG_TEXT(export->run),
                                              PG_TEXT(counts(export))};
    const struct pg_step step = {&leads_sql_source_finish, parameters, 3};

    rest_batch_raw(export->call, &step, 1, finished);
}

static void unlisted(struct rest_call *call, const struct pg_outcome *outcome);

/* Some hundred, behind this place. */
static void unlist(struct export *export, const char *after)
{
    const struct pg_parameter parameters[] = {PG_TEXT(export->source), PG_TEXT(export->run),
                                              PG_TEXT(after)};
    const struct pg_step step = {&leads_sql_source_unlist, parameters, 3};

    rest_batch_raw(export->call, &step, 1, unlisted);
}

static void unlisted(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct export *export = rest_state(call);

    if (outcome->error != 0) {
        export_destroy(export);
        rest_failed(call, outcome);
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    if (pg_is_null(result, 0, 0))
        finish(export);
    else
        unlist(export, arena_strdup(export->arena, pg_text(result, 0, 0)));
}

static void looked(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct export *export = rest_state(call);
    struct json_fault fault;
    json_t *said = NULL;

    if (outcome->error != 0) {
        export_destroy(export);
        rest_failed(call, outcome);
        return;
    }
    const char *text = pg_text(pg_outcome_result(outcome, 0), 0, 0);
    export->missing = arena_strdup(export->arena, text);
    if (json_read_own(text, strlen(text), &said, &fault) == 0)
        export->missing_count = json_integer_value(json_object_get(said, "missing"));
    json_decref(said);
    if (export->missing_count > 0 && !export->dry)
        unlist(export, "0");
    else
        finish(export);
}

/* Why the file itself cannot say what is missing, whatever the database says; NULL: it can. */
static const char *doubt_of(const struct export *export)
{
    if (!export->complete)
        return "partial";
    if (export->cut)
        return "too_many_rows";
    if (export->confirmed)
        return NULL;
    return export->total == 0 ? "no_rows" : export->unread ? "unreadable_rows" : NULL;
}

static void look(struct export *export)
{
    const struct pg_parameter parameters[] = {PG_TEXT(export->source), PG_TEXT(export->run),
                                              PG_TEXT(doubt_of(export)),
                                              PG_TEXT(export->confirmed ? "true" : "false")};
    const struct pg_step step = {&leads_sql_source_missing, parameters, 4};

    rest_batch_raw(export->call, &step, 1, looked);
}

/* --- batches -----------------------------------------------------------------------------------
 */

static void gathered(void *argument);

static void count_row(struct export *export, const struct pending *row, const json_t *result)
{
    const char *outcome = json_string_value(json_object_get(result, "outcome"));
    const bool duplicate = str_equal(outcome, "duplicate");
    const bool created = str_equal(outcome, "created");
    const bool updated = str_equal(outcome, "updated");
    const bool unchanged = str_equal(outcome, "unchanged");
    const bool attached = str_equal(outcome, "attached");
    const bool good = created || updated || unchanged || attached;

    export->created += created;
    export->updated += updated;
    export->unchanged += unchanged;
    export->attached += attached;
    export->rejected += !good;
    for (size_t i = 0; i < row->fault_count; i++)
        name_fault(export, row->line, good ? "warning" : "rejected", &row->faults[i]);
    if (duplicate) {
        const struct mapping_fault fault = {
            "", "DUPLICATE",
            arena_printf(export->arena, "Samme række som på linje %lld; kun den første er taget.",
                         (long long)json_integer_value(json_object_get(result, "line")))};
        name_fault(export, row->line, "rejected", &fault);
    }
    if (good && export->dry)
        show(export, row, result);
}

/* Counts the batch; `results` are of the rows that were sent, in their order. */
static void settle(struct export *export, const json_t *results)
{
    size_t next = 0;

    for (size_t i = 0; i < export->count; i++) {
        const struct pending *row = &export->pending[i];
        count_row(export, row, row->json != NULL ? json_array_get(results, next++) : NULL);
    }
    export->total += (int64_t) export->count;
    export->count = 0;
    if (export->ended)
        look(export);
    else
        submit(export, gather, gathered);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct export *export = rest_state(call);
    struct json_fault fault;
    json_t *results = NULL;

    if (outcome->error != 0) {
        export_destroy(export);
        rest_failed(call, outcome);
        return;
    }
    const char *text = pg_text(pg_outcome_result(outcome, 0), 0, 0);
    if (json_read_own(text, strlen(text), &results, &fault) != 0) {
        export_destroy(export);
        rest_problem(call, "internal-error", "Filen kunne ikke læses.");
        return;
    }
    settle(export, results);
    json_decref(results);
}

static void gathered(void *argument)
{
    struct export *export = argument;

    if (export->error != 0 || !json_check_ok(&export->check)) {
        answer_broken(export);
        return;
    }
    if (export->rows.length <= 2) {
        settle(export, NULL);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(export->source), PG_TEXT(export->run),
                                              PG_TEXT(export->rows.data),
                                              PG_TEXT(export->dry ? "true" : "false")};
    const struct pg_step step = {&leads_sql_source_take, parameters, 4};
    rest_batch_raw(export->call, &step, 1, written);
}

static void begun(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct export *export = rest_state(call);
    struct json_fault fault;

    if (outcome->error != 0) {
        export_destroy(export);
        rest_failed(call, outcome);
        return;
    }
    const struct pg_result *result = pg_outcome_result(outcome, 0);
    const char *mapping = pg_text(result, 0, 0);
    if (json_read_own(mapping, strlen(mapping), &export->mapping_json, &fault) == 0)
        export->mapping = mapping_read(&export->check, export->mapping_json, "/mapping");
    export->run = arena_strdup(export->plan, pg_text(result, 0, 1));
    export->today = arena_strdup(export->plan, pg_text(result, 0, 2));
    if (export->mapping == NULL)
        answer_broken(export);
    else
        submit(export, gather, gathered);
}

/* "true" or "false"; `*value` as it was when it is not said. False, and a 400 sent, for another
 * word. */
static bool query_truth(struct rest_call *call, const char *name, bool *value)
{
    const char *text = rest_query(call, name);

    if (text != NULL && !str_equal(text, "true") && !str_equal(text, "false")) {
        rest_problem(call, "query-invalid", "dry_run, complete og confirmed er true eller false.");
        return false;
    }
    if (text != NULL)
        *value = str_equal(text, "true");
    return true;
}

void sources_import(struct rest_call *call)
{
    static const char *const names[] = {"dry_run", "complete", "confirmed", NULL};
    const char *id = rest_path_id(call, "Kilden findes ikke.");
    bool dry = false;
    bool complete = true;
    bool confirmed = false;

    if (id == NULL || !rest_query_only(call, names) || !query_truth(call, "dry_run", &dry) ||
        !query_truth(call, "complete", &complete) || !query_truth(call, "confirmed", &confirmed))
        return;
    struct export *export = export_create(call);
    if (export == NULL)
        return;
    export->source = id;
    export->dry = dry;
    export->complete = complete;
    export->confirmed = confirmed;
    const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(dry ? "true" : "false")};
    const struct pg_step step = {&leads_sql_source_begin, parameters, 2};
    rest_batch_raw(call, &step, 1, begun);
}

/* --- POST /v1/lead-sources/guess ---------------------------------------------------------------
 */

static void guess(void *argument)
{
    struct export *export = argument;
    struct sheet_reader_row heading;
    struct sheet_reader_row *rows = arena_array(export->plan, GUESS_ROWS, sizeof *rows);
    size_t count = 0;

    if (!read_heading(export, export->plan, &heading))
        return;
    for (size_t tries = 0; count < GUESS_ROWS && tries < GUESS_TRIES; tries++) {
        int found = sheet_reader_next(export->reader, export->plan, &rows[count], &export->detail);
        if (found < 0)
            export->error = found;
        if (found <= 0)
            break;
        count += rows[count].fault == SHEET_READER_GOOD;
    }
    if (export->error == 0)
        export->mapping_json = mapping_guess(&heading, rows, count);
}

static void guessed(void *argument)
{
    struct export *export = argument;
    struct rest_call *call = export->call;

    if (export->mapping_json == NULL) {
        answer_broken(export);
        return;
    }
    rest_reply(call, 200, export->mapping_json);
    export_destroy(export);
}

void sources_guess(struct rest_call *call)
{
    static const char *const none[] = {NULL};

    if (!rest_query_only(call, none))
        return;
    struct export *export = export_create(call);
    if (export != NULL)
        submit(export, guess, guessed);
}
