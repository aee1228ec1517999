#include "services/pool/rows.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/pool/columns.h"

#include <string.h>
#include <strings.h>

#define LINE_CAP ((size_t)65536)    /* bytes of a line of NDJSON */
#define RESUME_CAP ((size_t)131072) /* bytes of a resume */

struct rows {
    enum rows_form form;
    struct sheet_reader *sheet;    /* of ROWS_SHEET; with these two: */
    struct arena *arena;           /* of the heading */
    const struct columns *columns; /* NULL until the heading is read */
    bool open;                     /* of resumes: a list has begun and not ended */
    bool ended;                    /* the file was given up */

    sheet_reader_read *read; /* of ROWS_NDJSON, and all that follows */
    void *argument;
    char *bytes; /* the window: bytes[start .. end) are not taken yet; a NUL follows */
    size_t start;
    size_t end;
    size_t line; /* of bytes[start] */
    bool last;   /* nothing follows the window */
};

bool rows_media_type(const char *type, struct rows_type *found)
{
    static const struct {
        const char *name;
        enum rows_form form;
    } json[] = {{"application/x-ndjson", ROWS_NDJSON},
                {"application/vnd.jsonresume+json", ROWS_RESUME}};
    const size_t length = strcspn(type, "; \t");
    const char *rest = type + length + strspn(type + length, "; \t");

    *found = (struct rows_type){0};
    for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
        found->form = json[i].form;
        if (length == strlen(json[i].name) && strncasecmp(type, json[i].name, length) == 0)
            return *rest == '\0' || strcasecmp(rest, "charset=utf-8") == 0 ||
                   strcasecmp(rest, "charset=\"utf-8\"") == 0;
    }
    found->form = ROWS_SHEET;
    return sheet_reader_media_type(type, &found->sheet);
}

struct rows *rows_create(const struct rows_type *type, sheet_reader_read *read, void *argument)
{
    struct rows *rows = mem_zalloc(sizeof *rows);

    rows->form = type->form;
    rows->line = 1;
    if (type->form == ROWS_SHEET) {
        rows->arena = arena_create(0);
        rows->sheet = sheet_reader_create(&type->sheet, read, argument);
        return rows;
    }
    rows->read = read;
    rows->argument = argument;
    rows->bytes = mem_zalloc(ROWS_WINDOW + 1);
    return rows;
}

void rows_destroy(struct rows **rows)
{
    if (*rows == NULL)
        return;
    sheet_reader_destroy(&(*rows)->sheet);
    arena_destroy(&(*rows)->arena);
    if ((*rows)->bytes != NULL)
        mem_wipe_free((*rows)->bytes, ROWS_WINDOW + 1);
    mem_free(*rows);
    *rows = NULL;
}

/* --- sheets --- */

/* The file as a whole is no good, or there is no room for it. */
static int refuse(struct json_check *check, int error, const struct error_detail *detail)
{
    if (error != ERROR_INVALID && error != ERROR_LIMIT && error != ERROR_UNAVAILABLE)
        return error;
    json_check_fail(check, "", error == ERROR_LIMIT ? "LIMIT" : "FILE", "%s", detail->public_text);
    return error == ERROR_UNAVAILABLE ? error : ERROR_INVALID;
}

static int read_heading(struct rows *rows, struct json_check *check)
{
    struct sheet_reader_row heading;
    struct error_detail detail;
    int found = sheet_reader_next(rows->sheet, rows->arena, &heading, &detail);

    if (found < 0)
        return refuse(check, found, &detail);
    if (found == 0)
        json_check_fail(check, "", "HEADING", "Filen er tom; første linje skal være kolonnenavne.");
    else if (heading.fault != SHEET_READER_GOOD)
        json_check_fail(check, "", sheet_reader_fault_code(heading.fault), "%s",
                        sheet_reader_fault_text(heading.fault));
    else
        rows->columns = columns_read(rows->arena, &heading, check);
    return rows->columns != NULL ? 0 : ERROR_INVALID;
}

static int next_of_sheet(struct rows *rows, struct json_check *check, struct row *row)
{
    struct sheet_reader_row cells;
    struct error_detail detail;

    if (rows->columns == NULL) {
        int error = read_heading(rows, check);
        if (error != 0)
            return error;
    }
    int found = rows->ended ? 0 : sheet_reader_next(rows->sheet, check->arena, &cells, &detail);
    if (found == 0)
        return 0;
    if (found == ERROR_INVALID || found == ERROR_LIMIT) { /* rows before this one are in already */
        rows->ended = row->cut = true;
        row->line = rows->line;
        return refuse(check, found, &detail) == ERROR_INVALID ? 1 : found;
    }
    if (found < 0)
        return found;
    rows->line = cells.line;
    row->line = cells.line;
    row->bytes = cells.bytes;
    if (cells.fault == SHEET_READER_GOOD)
        row->body = columns_body(rows->columns, &cells, check);
    else
        json_check_fail(check, "", sheet_reader_fault_code(cells.fault), "%s",
                        sheet_reader_fault_text(cells.fault));
    return 1;
}

/* --- NDJSON --- */

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
    if (rows->last || rows->end - rows->start >= 2 * LINE_CAP)
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
        size_t left = rows->end - rows->start;
        if (left == 0)
            return 0;
        const char *line = rows->bytes + rows->start;
        const char *end = memchr(line, '\n', left);
        size_t length = end != NULL ? (size_t)(end - line) : left;
        row->line = rows->line;
        row->bytes = length + (end != NULL);
        take(rows, row->bytes, 1);
        if (length > LINE_CAP) {
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

/* --- resumes --- */

/* Passes over what may stand between two objects. False at the end of the file. */
static int skip_between(struct rows *rows, bool *more)
{
    for (;;) {
        int error = need(rows);
        if (error != 0)
            return error;
        const char *at = rows->bytes + rows->start;
        const size_t length = strspn(at, " \t\r\n,[]");
        size_t lines = 0;
        for (size_t i = 0; i < length; i++) {
            lines += at[i] == '\n';
            rows->open = at[i] == '[' || (rows->open && at[i] != ']');
        }
        take(rows, length, lines);
        *more = rows->start < rows->end;
        if (*more || rows->last)
            return 0;
    }
}

/* The bytes of the object that begins at `at`; 0 when it does not end within `length`. */
static size_t object_length(const char *at, size_t length, size_t *lines)
{
    size_t depth = 0;
    bool quoted = false;

    *lines = 0;
    for (size_t i = 0; i < length; i++) {
        *lines += at[i] == '\n';
        if (quoted && at[i] == '\\')
            i++;
        else if (at[i] == '"')
            quoted = !quoted;
        else if (!quoted && (at[i] == '{' || at[i] == '['))
            depth++;
        else if (!quoted && (at[i] == '}' || at[i] == ']') && --depth == 0)
            return i + 1;
    }
    return 0;
}

static int next_resume(struct rows *rows, struct json_check *check, struct row *row)
{
    bool more;
    int error = rows->ended ? 0 : skip_between(rows, &more);

    if (error != 0 || rows->ended)
        return error;
    row->line = rows->line;
    if (!more && rows->open) {
        rows->ended = row->cut = true;
        json_check_fail(check, "", "JSON", "Listen mangler sin slutning; filen er skåret over.");
        return 1;
    }
    if (!more)
        return 0;
    const char *at = rows->bytes + rows->start;
    const size_t left = rows->end - rows->start;
    size_t lines = 0;
    const size_t length =
        *at == '{' ? object_length(at, left < RESUME_CAP ? left : RESUME_CAP, &lines) : 0;
    if (length == 0) { /* nobody could say where the next one begins */
        rows->ended = row->cut = true;
        json_check_fail(check, "", *at == '{' && left >= RESUME_CAP ? "LENGTH" : "JSON",
                        "Her skulle et JSON-objekt på højst 128 KiB stå; resten er ikke læst.");
        return 1;
    }
    row->bytes = length;
    row->body = parse_line(at, length, check);
    take(rows, length, lines);
    return 1;
}

int rows_next(struct rows *rows, struct json_check *check, struct row *row)
{
    *row = (struct row){.line = rows->line};
    switch (rows->form) {
    case ROWS_SHEET:
        return next_of_sheet(rows, check, row);
    case ROWS_RESUME:
        return next_resume(rows, check, row);
    case ROWS_NDJSON:
        break;
    }
    return next_ndjson(rows, check, row);
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
