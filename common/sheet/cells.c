#include "common/sheet/cells.h"

#include "common/base/str.h"

#include <csv.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct cells *cells;
    bool ended;
    bool crowded;
};

/* The last CR of a line is cut off before libcsv sees it; any other is part of a cell. */
static int ends_record(unsigned char character)
{
    return character == '\n';
}

static void take_cell(void *bytes, size_t length, void *argument)
{
    struct reading *reading = argument;
    struct cells *cells = reading->cells;

    if (cells->count == CELLS_COLUMNS_CAP)
        reading->crowded = true;
    else
        cells->texts[cells->count++] =
            length > 0 ? arena_strndup(reading->arena, bytes, length) : "";
}

static void take_end(int character, void *argument)
{
    struct reading *reading = argument;

    (void)character;
    reading->ended = true;
}

/* One line of the record, its line break written as "\n". False when its quotes are wrong. */
static bool feed(struct csv_parser *parser, const char *line, size_t length, bool broken,
                 struct reading *reading)
{
    if (broken && length > 0 && line[length - 1] == '\r')
        length--;
    if (csv_parse(parser, line, length, take_cell, take_end, reading) != length)
        return false;
    return !broken || csv_parse(parser, "\n", 1, take_cell, take_end, reading) == 1;
}

static bool blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    }
    return true;
}

static size_t line_length(const char *bytes, size_t length, bool *broken)
{
    const char *end = length > 0 ? memchr(bytes, '\n', length) : NULL;

    *broken = end != NULL;
    return end != NULL ? (size_t)(end - bytes) : length;
}

static enum cells_outcome read_lines(struct csv_parser *parser, const char *bytes, size_t length,
                                     bool last, struct reading *reading)
{
    struct cells *cells = reading->cells;
    size_t cap = length < CELLS_RECORD_CAP ? length : CELLS_RECORD_CAP;

    while (!reading->ended) {
        bool broken;
        size_t line = line_length(bytes + cells->bytes, cap - cells->bytes, &broken);
        if (!broken && length >= CELLS_RECORD_CAP)
            return CELLS_LONG;
        if (!broken && !last)
            return CELLS_MORE;
        if (!feed(parser, bytes + cells->bytes, line, broken, reading))
            return CELLS_QUOTES;
        cells->bytes += line + broken;
        cells->lines++;
        if (!broken)
            break;
    }
    if (!reading->ended && csv_fini(parser, take_cell, take_end, reading) != 0)
        return CELLS_QUOTES;
    if (reading->crowded)
        return CELLS_COLUMNS;
    if (memchr(bytes, '\0', cells->bytes) != NULL || !str_utf8_valid(bytes, cells->bytes))
        return CELLS_ENCODING;
    return CELLS_RECORD;
}

static enum cells_outcome read_record(struct arena *arena, char separator, const char *bytes,
                                      size_t length, bool last, struct cells *cells)
{
    struct reading reading = {.arena = arena, .cells = cells};
    struct csv_parser parser;

    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return CELLS_QUOTES;
    csv_set_delim(&parser, (unsigned char)separator);
    csv_set_term_func(&parser, ends_record);
    enum cells_outcome outcome = read_lines(&parser, bytes, length, last, &reading);
    csv_free(&parser);
    return outcome;
}

enum cells_outcome cells_read(struct arena *arena, char separator, const char *bytes, size_t length,
                              bool last, struct cells *cells)
{
    bool broken;
    size_t first = line_length(bytes, length, &broken);
    enum cells_outcome outcome = CELLS_RECORD;

    cells->count = cells->lines = cells->bytes = 0;
    if (!broken && !last && length < CELLS_RECORD_CAP)
        return CELLS_MORE;
    if (blank(bytes, first))
        cells->bytes = first + broken;
    else
        outcome = read_record(arena, separator, bytes, length, last, cells);
    if (outcome == CELLS_MORE)
        return outcome;
    if (outcome != CELLS_RECORD)
        cells->count = 0;
    if (outcome == CELLS_QUOTES || outcome == CELLS_LONG) {
        cells->bytes = first + broken;
        cells->lines = 0;
    }
    if (cells->lines == 0)
        cells->lines = 1;
    return outcome;
}
