/* One row of an import: its faults, and on its way to the database. */
#include "common/base/str.h"
#include "services/pool/import.h"
#include "services/pool/prepare.h"

#include <string.h>

#define ROW_FAULTS_CAP 100
#define REFERENCE_TEXT 200 /* characters that are looked at */

static bool names_column(const struct fault *faults, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(faults[i].column, column))
            return true;
    }
    return false;
}

/* Where a fault stands. `of_body`: the pointer is of the body made of a resume, not of the resume.
 */
static const char *pointer_of(const struct import *import, const char *pointer, bool of_body)
{
    if (import->form == ROWS_SHEET)
        return NULL;
    return import->form == ROWS_RESUME && of_body ? resume_pointer(import->arena, pointer)
                                                  : pointer;
}

/* Adds what a check found, but nothing in the columns of the first `known` faults: a cell that
 * could not be read is not said to be missing too. */
static void add_faults(struct import *import, struct pending *row, const struct json_check *check,
                       bool of_body, size_t known)
{

    if (row->faults == NULL && check->count > 0)
        row->faults = arena_array(import->arena, ROW_FAULTS_CAP, sizeof *row->faults);
    for (size_t i = 0; i < check->count && row->fault_count < ROW_FAULTS_CAP; i++) {
        const struct json_error *error = &check->errors[i];
        const char *pointer = pointer_of(import, error->pointer, of_body);
        const char *column = rows_column(import->rows, import->arena, row->body,
                                         pointer != NULL ? pointer : error->pointer);
        if (names_column(row->faults, known, column))
            continue;
        row->faults[row->fault_count++] = (struct fault){
            .column = column,
            .pointer = pointer,
            .code = error->code,
            .detail = error->detail,
        };
    }
}

static void check_reference(struct import *import, struct pending *row, struct json_check *check)
{
    const char *text =
        json_check_text(check, row->body, "", "external_ref", JSON_REQUIRED, REFERENCE_TEXT);

    if (text == NULL || !pool_reference_check(check, "/external_ref", text))
        return;
    row->reference = text;
    size_t earlier = seen_before(import->seen, text, row->line);
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
    check_reference(import, row, &check);
    pool_body_check(&check, row->body, true, &good);
    add_faults(import, row, &check, true, import->form == ROWS_SHEET ? row->fault_count : 0);
    json_t *prepared = pool_prepare(import->arena, import->key, municipality,
                                    row->reference != NULL ? row->reference : "", row->body, &good,
                                    row->fault_count == 0);
    json_object_set_new(prepared, "line", json_integer((json_int_t)import->count));
    json_object_set_new(prepared, "known", json_boolean(row->reference != NULL));
    json_array_append_new(import->prepared, prepared);
    row->sent = true;
}

/* The candidate that a resume tells of, in its place. */
static void read_resume(struct import *import, struct pending *row, struct json_check *check)
{
    json_t *resume = row->body;

    row->not_understood = json_array();
    row->body = resume_body(resume, import->words, import->today, import->defaults, check,
                            row->not_understood);
    json_decref(resume);
}

void import_row(struct import *import, const struct row *row, struct json_check *check)
{
    struct pending *pending = &import->pending[import->count++];

    *pending = (struct pending){.line = row->line, .body = row->body};
    import->cut = row->cut;
    if (import->total + (int64_t)import->count > (int64_t)SEEN_CAP) {
        import->cut = true;
        json_check_fail(check, "", "LIMIT",
                        "Filen har mere end %zu rækker; resten er ikke læst. Del den.", SEEN_CAP);
    }
    import->ended = import->cut;
    if (import->form == ROWS_RESUME && row->body != NULL)
        read_resume(import, pending, check);
    add_faults(import, pending, check, false, 0);
    if (pending->body != NULL && !import->cut)
        check_body(import, pending);
    import->unread |= pending->reference == NULL;
}

void import_row_faults(struct import *import, struct pending *row, const struct json_check *check)
{
    add_faults(import, row, check, true, 0);
}
