#include "services/vocabulary/rows.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <csv.h>
#include <string.h>

struct rows {
    const char *bytes;
    size_t length;
    size_t at;   /* where the next record begins */
    size_t line; /* of that place, from 1 */
    char separator;
};

/* One record while it is read. */
struct reading {
    struct arena *arena;
    struct row *row;
    bool ended;
    bool crowded;
};

struct rows *rows_create(const char *bytes, size_t length, char separator)
{
    struct rows *rows = mem_zalloc(sizeof *rows);

    rows->bytes = bytes;
    rows->length = length;
    rows->at = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    rows->line = 1;
    rows->separator = separator;
    return rows;
}

void rows_destroy(struct rows **rows)
{
    mem_free(*rows);
    *rows = NULL;
}

static void take_cell(void *bytes, size_t length, void *argument)
{
    struct reading *reading = argument;
    struct row *row = reading->row;

    if (row->count == ROWS_COLUMNS_CAP)
        reading->crowded = true;
    else
        row->cells[row->count++] = length > 0 ? arena_strndup(reading->arena, bytes, length) : "";
}

static void take_end(int character, void *argument)
{
    struct reading *reading = argument;

    (void)character;
    reading->ended = true;
}

/* CR is cut off before libcsv sees it, and spaces are part of a cell. */
static int ends_record(unsigned char character)
{
    return character == '\n';
}

static int is_space(unsigned char character)
{
    (void)character;
    return 0;
}

/* The line at `at` without its line break; `*next` is where the one after it begins. */
static size_t line_length(const struct rows *rows, size_t at, size_t *next)
{
    const char *start = rows->bytes + at;
    const char *end = memchr(start, '\n', rows->length - at);
    size_t length = end != NULL ? (size_t)(end - start) : rows->length - at;

    *next = at + length + (end != NULL);
    if (end != NULL && length > 0 && start[length - 1] == '\r')
        length--;
    return length;
}

static bool text_good(const char *bytes, size_t length)
{
    return memchr(bytes, '\0', length) == NULL && str_utf8_valid(bytes, length);
}

/* Takes the lines of one record from `rows`, or its first line alone when it has no end. */
static enum rows_outcome read_record(struct rows *rows, struct csv_parser *parser,
                                     struct reading *reading)
{
    const size_t start = rows->at, first_line = rows->line;
    enum rows_outcome outcome = ROWS_ROW;
    size_t at = start, lines = 0;

    while (!reading->ended && outcome == ROWS_ROW && at < rows->length) {
        const char *line = rows->bytes + at;
        size_t next;
        const size_t length = line_length(rows, at, &next);
        if (!text_good(line, length))
            outcome = ROWS_ENCODING;
        else if (next - start > ROWS_RECORD_CAP)
            outcome = ROWS_LONG;
        else if (csv_parse(parser, line, length, take_cell, take_end, reading) != length ||
                 csv_parse(parser, "\n", 1, take_cell, take_end, reading) != 1)
            outcome = ROWS_QUOTES;
        at = next;
        lines++;
    }
    if (outcome == ROWS_ROW && !reading->ended)
        outcome = ROWS_QUOTES;
    if (outcome == ROWS_QUOTES || outcome == ROWS_LONG) {
        (void)line_length(rows, start, &at);
        lines = 1;
    }
    rows->at = at;
    rows->line = first_line + lines;
    return outcome != ROWS_ROW || !reading->crowded ? outcome : ROWS_COLUMNS;
}

static enum rows_outcome read_csv(struct rows *rows, struct reading *reading)
{
    struct csv_parser parser;

    if (csv_init(&parser, CSV_STRICT | CSV_APPEND_NULL) != 0)
        return ROWS_QUOTES;
    csv_set_delim(&parser, (unsigned char)rows->separator);
    csv_set_term_func(&parser, ends_record);
    csv_set_space_func(&parser, is_space);
    const enum rows_outcome outcome = read_record(rows, &parser, reading);
    csv_free(&parser);
    return outcome;
}

static enum rows_outcome read_tabs(struct rows *rows, struct reading *reading)
{
    const char *at = rows->bytes + rows->at;
    size_t next;
    const size_t length = line_length(rows, rows->at, &next);
    const char *end = at + length;

    rows->at = next;
    rows->line++;
    if (length > ROWS_RECORD_CAP)
        return ROWS_LONG;
    if (!text_good(at, length))
        return ROWS_ENCODING;
    for (;;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        char *cell = arena_strndup(reading->arena, at, (size_t)((tab != NULL ? tab : end) - at));
        take_cell(cell, strlen(cell), reading);
        if (tab == NULL)
            return reading->crowded ? ROWS_COLUMNS : ROWS_ROW;
        at = tab + 1;
    }
}

enum rows_outcome rows_next(struct rows *rows, struct arena *arena, struct row *row)
{
    struct reading reading = {.arena = arena, .row = row};
    size_t next;

    while (rows->at < rows->length && line_length(rows, rows->at, &next) == 0) {
        rows->at = next;
        rows->line++;
    }
    row->count = 0;
    row->line = rows->line;
    for (size_t i = 0; i < ROWS_COLUMNS_CAP; i++)
        row->cells[i] = "";
    if (rows->at >= rows->length)
        return ROWS_END;
    return rows->separator == '\t' ? read_tabs(rows, &reading) : read_csv(rows, &reading);
}
