#include "services/pool/rows.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/pool/columns.h"

#include <string.h>

#define ENCODING_TEXT "Rækken er ikke UTF-8; gem filen som CSV UTF-8."

struct rows {
    enum rows_form form;
    rows_read *read;
    void *argument;
    struct arena *arena;           /* of the heading */
    const struct columns *columns; /* NULL until the heading is read */
    char *bytes; /* the window: bytes[start .. end) are not taken yet; a NUL follows */
    size_t start;
    size_t end;
    size_t line; /* of bytes[start] */
    bool last;   /* nothing follows the window */
    bool begun;
};

struct rows *rows_create(enum rows_form form, rows_read *read, void *argument)
{
    struct rows *rows = mem_zalloc(sizeof *rows);

    rows->form = form;
    rows->read = read;
    rows->argument = argument;
    rows->arena = arena_create(0);
    rows->bytes = mem_zalloc(ROWS_WINDOW + 1);
    rows->line = 1;
    return rows;
}

void rows_destroy(struct rows **rows)
{
    if (*rows == NULL)
        return;
    arena_destroy(&(*rows)->arena);
    mem_wipe_free((*rows)->bytes, ROWS_WINDOW + 1);
    mem_free(*rows);
    *rows = NULL;
}

/* Fills the window; what is left of it moves to its front. */
static int fill(struct rows *rows)
{
    memmove(rows->bytes, rows->bytes + rows->start, rows->end - rows->start);
    rows->end -= rows->start;
    rows->start = 0;
    while (!rows->last && rows->end < ROWS_WINDOW) {
        ssize_t got = rows->read(rows->argument, rows->bytes + rows->end, ROWS_WINDOW - rows->end);
        if (got < 0)
            return (int)got;
        rows->end += (size_t)got;
        rows->last = got == 0;
    }
    rows->bytes[rows->end] = '\0';
    return 0;
}

/* At least one record's worth of bytes, or all that are left. */
static int need(struct rows *rows)
{
    if (rows->last || rows->end - rows->start >= 2 * CELLS_RECORD_CAP)
        return 0;
    return fill(rows);
}

static void take(struct rows *rows, size_t bytes, size_t lines)
{
    rows->start += bytes;
    rows->line += lines;
}

/* A line that is longer than any record may be: the rest of it is passed over. */
static int pass_over(struct rows *rows)
{
    for (;;) {
        size_t left = rows->end - rows->start;
        char *end = left > 0 ? memchr(rows->bytes + rows->start, '\n', left) : NULL;
        if (end != NULL) {
            take(rows, (size_t)(end - rows->bytes) + 1 - rows->start, 0);
            return 0;
        }
        rows->start = rows->end;
        if (rows->last)
            return 0;
        int error = fill(rows);
        if (error != 0)
            return error;
    }
}

static void skip_mark(struct rows *rows)
{
    if (!rows->begun && rows->end - rows->start >= 3 &&
        memcmp(rows->bytes + rows->start, "\xEF\xBB\xBF", 3) == 0)
        rows->start += 3;
    rows->begun = true;
}

static void cells_fault(struct json_check *check, enum cells_outcome outcome)
{
    switch (outcome) {
    case CELLS_ENCODING:
        json_check_fail(check, "", "ENCODING", ENCODING_TEXT);
        break;
    case CELLS_QUOTES:
        json_check_fail(check, "", "QUOTES", "Et anførselstegn mangler eller står forkert.");
        break;
    case CELLS_COLUMNS:
        json_check_fail(check, "", "COLUMNS", "Rækken har mere end %d celler.", CELLS_COLUMNS_CAP);
        break;
    case CELLS_LONG:
        json_check_fail(check, "", "LENGTH",
                        "Rækken er længere end 64 KiB; mangler der et afsluttende anførselstegn?");
        break;
    case CELLS_RECORD:
    case CELLS_MORE:
        break;
    }
}

/* The next record that is not a blank line; 0 at the end. */
static int next_cells(struct rows *rows, struct arena *arena, struct cells *cells,
                      enum cells_outcome *outcome, struct row *row)
{
    for (;;) {
        int error = need(rows);
        if (error != 0)
            return error;
        skip_mark(rows);
        if (rows->start == rows->end)
            return 0;
        row->line = rows->line;
        const char *at = rows->bytes + rows->start;
        *outcome = cells_read(arena, ';', at, rows->end - rows->start, rows->last, cells);
        bool cut = *outcome == CELLS_LONG && at[cells->bytes - 1] != '\n';
        row->bytes = cells->bytes;
        take(rows, cells->bytes, cells->lines);
        error = cut ? pass_over(rows) : 0;
        if (error != 0)
            return error;
        if (*outcome != CELLS_RECORD || cells->count > 0)
            return 1;
    }
}

static int read_heading(struct rows *rows, struct json_check *check)
{
    enum cells_outcome outcome;
    struct cells cells;
    struct row row;
    int error = next_cells(rows, rows->arena, &cells, &outcome, &row);

    if (error < 0)
        return error;
    if (error == 0)
        json_check_fail(check, "", "HEADING", "Filen er tom; første linje skal være kolonnenavne.");
    else if (outcome != CELLS_RECORD)
        cells_fault(check, outcome);
    else
        rows->columns = columns_read(rows->arena, &cells, check);
    return rows->columns != NULL ? 0 : ERROR_INVALID;
}

static int next_csv(struct rows *rows, struct json_check *check, struct row *row)
{
    enum cells_outcome outcome;
    struct cells cells;

    if (rows->columns == NULL) {
        int error = read_heading(rows, check);
        if (error != 0)
            return error;
    }
    int found = next_cells(rows, check->arena, &cells, &outcome, row);
    if (found <= 0)
        return found;
    if (outcome == CELLS_RECORD)
        row->body = columns_body(rows->columns, &cells, check);
    else
        cells_fault(check, outcome);
    return 1;
}

static json_t *parse_line(const char *line, size_t length, struct json_check *check)
{
    struct json_fault fault;
    json_t *body = NULL;

    if (!str_utf8_valid(line, length)) {
        json_check_fail(check, "", "ENCODING", "Linjen er ikke UTF-8.");
    } else if (json_read(line, length, &body, &fault) != 0) {
        json_check_fail(check, "", "JSON", "Linjen er ikke gyldig JSON (tegn %zu).", fault.column);
    } else if (!json_is_object(body)) {
        json_check_fail(check, "", "TYPE", "Linjen skal være et JSON-objekt.");
        json_decref(body);
        body = NULL;
    }
    return body;
}

static int next_ndjson(struct rows *rows, struct json_check *check, struct row *row)
{
    for (;;) {
        int error = need(rows);
        if (error != 0)
            return error;
        rows->begun = true;
        size_t left = rows->end - rows->start;
        if (left == 0)
            return 0;
        const char *line = rows->bytes + rows->start;
        const char *end = memchr(line, '\n', left);
        size_t length = end != NULL ? (size_t)(end - line) : left;
        row->line = rows->line;
        row->bytes = length + (end != NULL);
        take(rows, row->bytes, 1);
        if (length > CELLS_RECORD_CAP) {
            json_check_fail(check, "", "LENGTH", "Linjen er længere end 64 KiB.");
            error = end == NULL ? pass_over(rows) : 0;
            return error != 0 ? error : 1;
        }
        if (strspn(line, " \t\r") < length) {
            row->body = parse_line(line, length, check);
            return 1;
        }
    }
}

int rows_next(struct rows *rows, struct json_check *check, struct row *row)
{
    *row = (struct row){.line = rows->line};
    return rows->form == ROWS_CSV ? next_csv(rows, check, row) : next_ndjson(rows, check, row);
}

const char *rows_column(const struct rows *rows, struct arena *arena, const json_t *body,
                        const char *pointer)
{
    if (*pointer == '\0')
        return "";
    if (rows->columns != NULL)
        return columns_name(rows->columns, body, pointer);
    return arena_strndup(arena, pointer + 1, strcspn(pointer + 1, "/"));
}
