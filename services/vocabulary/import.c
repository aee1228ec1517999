#include "services/vocabulary/import.h"

#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "services/vocabulary/gunzip.h"
#include "services/vocabulary/lists.h"
#include "sql/vocabulary_sql.h"

#include <stdio.h>
#include <string.h>

#define BATCH_BYTES ((size_t)1 << 20)
#define BATCH_CAP (BATCH_BYTES + ((size_t)1 << 20)) /* a row more than BATCH_BYTES */

/* A file of the import once it is known which list it is. */
struct list_file {
    const struct import_file *file;
    struct buffer plain; /* of a packed one */
    const char *bytes;
    size_t length;
    bool is_list;
    struct list_summary summary;
};

struct import {
    struct session *session;
    const struct import_options *options;
    struct error_detail *detail;
    struct list_file *files;
    size_t count;
    size_t current; /* the file that is read */
    json_t *report;
    json_t *faults;
    json_int_t more_faults;
    struct buffer terms, arcs; /* JSON arrays that grow: "[[…],[…]" */
    int error;                 /* of the database, while staging */
};

static const char *file_name(const struct list_file *file)
{
    const char *slash = strrchr(file->file->path, '/');

    return slash != NULL ? slash + 1 : file->file->path;
}

static void add_fault(struct import *import, size_t line, const char *column, const char *code,
                      const char *detail)
{
    if (json_array_size(import->faults) >= IMPORT_FAULTS_CAP) {
        import->more_faults++;
        return;
    }
    json_array_append_new(import->faults, json_pack("{s:s, s:I, s:s, s:s, s:s}", "file",
                                                    file_name(&import->files[import->current]),
                                                    "line", (json_int_t)line, "column", column,
                                                    "code", code, "detail", detail));
}

/* --- first pass: what the files are, and all that is wrong with them ---------------------------
 */

static void ignore_term(void *argument, const struct list_term *term)
{
    (void)argument;
    (void)term;
}

static void ignore_arc(void *argument, const struct list_arc *arc)
{
    (void)argument;
    (void)arc;
}

static void note_fault(void *argument, const struct list_fault *fault)
{
    add_fault(argument, fault->line, fault->column, fault->code, fault->detail);
}

static bool unpack(struct import *import, struct list_file *file)
{
    file->bytes = file->file->bytes;
    file->length = file->file->length;
    if (!gunzip_packed(file->bytes, file->length))
        return true;
    const int error = gunzip(file->bytes, file->length, &file->plain);
    if (error != 0) {
        add_fault(import, 0, "", error == ERROR_LIMIT ? "LIMIT" : "FORMAT",
                  error == ERROR_LIMIT ? "Den pakkede fil er for stor."
                                       : "Den pakkede fil (gzip) er beskadiget.");
        return false;
    }
    file->bytes = file->plain.length > 0 ? file->plain.data : "";
    file->length = file->plain.length;
    return true;
}

static void check_alone(struct import *import)
{
    const struct list_file *file = &import->files[import->current];
    char detail[160];

    for (size_t i = 0; i < import->current; i++) {
        const struct list_file *other = &import->files[i];
        if (!other->is_list || !str_equal(other->summary.name, file->summary.name))
            continue;
        snprintf(detail, sizeof detail, "Er samme liste som %.80s; indlæs en af dem.",
                 file_name(other));
        add_fault(import, 0, "", "DUPLICATE", detail);
    }
}

static void check_file(struct import *import)
{
    struct list_file *file = &import->files[import->current];
    const struct list_sink sink = {ignore_term, ignore_arc, note_fault, import};

    if (!unpack(import, file))
        return;
    file->is_list =
        list_read(file->file->path, file->bytes, file->length, &sink, &file->summary) == 0;
    if (file->is_list)
        check_alone(import);
    else if (file->file->named)
        add_fault(import, 1, "", "HEADING",
                  "Overskriften er ikke en af de lister, der kan indlæses.");
    else
        json_array_append_new(json_object_get(import->report, "passed_over"),
                              json_string(file_name(file)));
}

/* --- second pass: into the database ------------------------------------------------------------
 */

static int query(struct import *import, const struct sql_statement *statement,
                 const struct pg_parameter *parameters, size_t count,
                 const struct pg_result **result)
{
    return session_query(import->session, statement->text, parameters, count, result,
                         import->detail);
}

/* Sends what has gathered. */
static void flush(struct import *import)
{
    const struct pg_result *result;

    buffer_text(&import->terms, import->terms.length > 0 ? "]" : "[]");
    buffer_text(&import->arcs, import->arcs.length > 0 ? "]" : "[]");
    const struct pg_parameter parameters[] = {PG_TEXT(import->files[import->current].summary.name),
                                              PG_TEXT(import->terms.data),
                                              PG_TEXT(import->arcs.data)};
    if (import->error == 0)
        import->error = buffer_full(&import->terms) || buffer_full(&import->arcs)
                            ? ERROR_LIMIT
                            : query(import, &vocabulary_sql_import_stage, parameters, 3, &result);
    buffer_clear(&import->terms);
    buffer_clear(&import->arcs);
}

static void add_row(struct import *import, struct buffer *rows, const char *const *cells,
                    size_t count)
{
    buffer_text(rows, rows->length > 0 ? ",[" : "[[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_char(rows, ',');
        buffer_json(rows, cells[i]);
    }
    buffer_char(rows, ']');
    if (rows->length > BATCH_BYTES)
        flush(import);
}

static void stage_term(void *argument, const struct list_term *term)
{
    static const char *const places[] = {"0", "1", "2"};
    struct import *import = argument;
    const char *const cells[] = {term->kind,     term->code,          term->notation,
                                 term->language, places[term->place], term->text};

    add_row(import, &import->terms, cells, sizeof cells / sizeof cells[0]);
}

static void stage_arc(void *argument, const struct list_arc *arc)
{
    struct import *import = argument;
    const char *const cells[] = {arc->kind, arc->code, arc->relation, arc->related_kind,
                                 arc->related};

    add_row(import, &import->arcs, cells, sizeof cells / sizeof cells[0]);
}

/* Names the list to the database; `*same` when it is what was imported last. */
static int begin_list(struct import *import, struct list_file *file, bool first, bool *same)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char hex[2 * CRYPTO_DIGEST_SIZE + 1], rows[24];
    const struct pg_result *result;
    const char *release = import->options->release;

    crypto_sha256(file->bytes, file->length, digest);
    str_hex(digest, sizeof digest, hex);
    snprintf(rows, sizeof rows, "%zu", file->summary.rows);
    if (release == NULL && file->summary.release[0] != '\0')
        release = file->summary.release;
    const struct pg_parameter parameters[] = {PG_TEXT(file->summary.name),
                                              PG_TEXT(file_name(file)),
                                              PG_TEXT(release),
                                              PG_TEXT(hex),
                                              PG_TEXT(rows),
                                              PG_TEXT(first ? "true" : "false")};
    const int error = query(import, &vocabulary_sql_import_begin, parameters,
                            sizeof parameters / sizeof parameters[0], &result);
    if (error == 0)
        *same = pg_bool(result, 0, 0);
    return error;
}

static int begin_lists(struct import *import, bool *same)
{
    bool first = true;
    int error = 0;

    *same = true;
    for (size_t i = 0; i < import->count && error == 0; i++) {
        bool this_same = true;
        if (!import->files[i].is_list)
            continue;
        error = begin_list(import, &import->files[i], first, &this_same);
        *same = *same && this_same;
        first = false;
    }
    return error;
}

static int stage_lists(struct import *import)
{
    const struct list_sink sink = {stage_term, stage_arc, note_fault, import};

    for (import->current = 0; import->current < import->count; import->current++) {
        struct list_file *file = &import->files[import->current];
        struct list_summary summary;
        if (file->is_list &&
            list_read(file->file->path, file->bytes, file->length, &sink, &summary) == 0)
            flush(import);
    }
    return import->error;
}

static int merge_lists(struct import *import)
{
    const struct pg_result *result;
    struct json_fault fault;
    json_t *lists;

    int error = query(import, &vocabulary_sql_import_end, NULL, 0, &result);
    if (error != 0)
        return error;
    const char *text = pg_text(result, 0, 2);
    json_object_set_new(import->report, "changed", json_boolean(pg_bool(result, 0, 0)));
    json_object_set_new(import->report, "version", json_integer(pg_int64(result, 0, 1)));
    error = json_read_own(text, strlen(text), &lists, &fault);
    if (error == 0)
        json_object_set_new(import->report, "lists", lists);
    return error;
}

/* Everything in one transaction, which holds the vocabulary from begin_lists on. */
static int store(struct import *import)
{
    bool same = false;

    int error =
        session_exec(import->session, "BEGIN; SET LOCAL ROLE emnebank_owner", import->detail);
    if (error == 0)
        error = begin_lists(import, &same);
    if (error == 0 && !same)
        error = stage_lists(import);
    if (error == 0 && !same)
        error = merge_lists(import);
    const bool keep = error == 0 && !same && !import->options->dry_run;
    const int ended = session_exec(import->session, keep ? "COMMIT" : "ROLLBACK",
                                   error == 0 ? import->detail : NULL);
    return error != 0 ? error : ended;
}

static json_t *empty_report(bool dry_run)
{
    return json_pack("{s:b, s:b, s:n, s:I, s:[], s:[], s:[]}", "changed", 0, "dry_run", dry_run,
                     "version", "faults_more", (json_int_t)0, "faults", "passed_over", "lists");
}

static int run(struct import *import)
{
    for (import->current = 0; import->current < import->count; import->current++)
        check_file(import);
    json_object_set_new(import->report, "faults_more", json_integer(import->more_faults));
    return json_array_size(import->faults) > 0 ? ERROR_INVALID : store(import);
}

int import_lists(struct session *session, const struct import_file *files, size_t count,
                 const struct import_options *options, json_t **report, struct error_detail *detail)
{
    struct import import = {
        .session = session, .options = options, .detail = detail, .count = count};

    import.files = mem_array(count + 1, sizeof *import.files);
    for (size_t i = 0; i < count; i++) {
        import.files[i].file = &files[i];
        buffer_init(&import.files[i].plain, IMPORT_FILE_CAP);
    }
    buffer_init(&import.terms, BATCH_CAP);
    buffer_init(&import.arcs, BATCH_CAP);
    import.report = empty_report(options->dry_run);
    import.faults = json_object_get(import.report, "faults");
    const int error = run(&import);
    *report = NULL;
    if (error == 0 || error == ERROR_INVALID)
        *report = json_incref(import.report);
    json_decref(import.report);
    buffer_deinit(&import.terms);
    buffer_deinit(&import.arcs);
    for (size_t i = 0; i < count; i++)
        buffer_deinit(&import.files[i].plain);
    mem_free(import.files);
    return error;
}
