#include "services/vocabulary/records.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <csv.h>
#include <string.h>

struct records {
    const char *bytes;
    size_t length;
    size_t at;   /* where the next record begins */
    size_t line; /* of that place, from 1 */
    char separator;
};

/* One record while it is read. */
struct reading {
    struct arena *arena;
    struct record *record;
    bool ended;
    bool crowded;
};

struct records *records_create(const char *bytes, size_t length, char separator)
{
    struct records *records = mem_zalloc(sizeof *records);

    records->bytes = bytes;
    records->length = length;
    records->at = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    records->line = 1;
    records->separator = separator;
    return records;
}

void records_destroy(struct records **records)
{
    mem_free(*records);
    *records = NULL;
}

static void take_cell(void *bytes, size_t length, void *argument)
{
    struct reading *reading = argument;
    struct record *record = reading->record;

    if (record->count == RECORDS_COLUMNS_CAP)
        reading->crowded = true;
    else
        record->cells[record->count++] =
            length > 0 ? arena_strndup(reading->arena, bytes, length) : "";
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
static size_t line_length(const struct records *records, size_t at, size_t *next)
{
    const char *start = records->bytes + at;
    const char *end = memchr(start, '\n', records->length - at);
    size_t length = end != NULL ? (size_t)(end - start) : records->length - at;

    *next = at + length + (end != NULL);
    if (end != NULL && length > 0 && start[length - 1] == '\r')
        length--;
    return length;
}

static bool text_good(const char *bytes, size_t length)
{
    return memchr(bytes, '\0', length) == NULL && str_utf8_valid(bytes, length);
}

/* Takes the lines of one record from `records`, or its first line alone when it has no end. */
static enum records_outcome read_record(struct records *records, struct csv_parser *parser,
                                        struct reading *reading)
{
    const size_t start = records->at, first_line = records->line;
    enum records_outcome outcome = RECORDS_RECORD;
    size_t at = start, lines = 0;

    while (!reading->ended && outcome == RECORDS_RECORD && at < records->length) {
        const char *line = records->bytes + at;
        size_t next;
        const size_t length = line_length(records, at, &next);
        if (!text_good(line, length))
            outcome = RECORDS_ENCODING;
        else if (next - start > RECORDS_RECORD_CAP)
            outcome = RECORDS_LONG;
        else if (csv_parse(parser, line, length, take_cell, take_end, reading) != length ||
                 csv_parse(parser, "\n", 1, take_cell, take_end, reading) != 1)
            outcome = RECORDS_QUOTES;
        at = next;
        lines++;
    }
    if (outcome == RECORDS_RECORD && !reading->ended)
        outcome = RECORDS_QUOTES;
    if (outcome == RECORDS_QUOTES || outcome == RECORDS_LONG) {
        (void)line_length(records, start, &at);
        lines = 1;
    }
    records->at = at;
    records->line = first_line + lines;
    return outcome != RECORDS_RECORD || !reading->crowded ? outcome : RECORDS_COLUMNS;
}

static enum records_outcome read_csv(struct records *records, struct reading *reading)
{
    struct csv_parser parser;

    if (csv_init(&parser, CSV_STRICT | CSV_APPEND_NULL) != 0)
        return RECORDS_QUOTES;
    csv_set_delim(&parser, (unsigned char)records->separator);
    csv_set_term_func(&parser, ends_record);
    csv_set_space_func(&parser, is_space);
    const enum records_outcome outcome = read_record(records, &parser, reading);
    csv_free(&parser);
    return outcome;
}

static enum records_outcome read_tabs(struct records *records, struct reading *reading)
{
    const char *at = records->bytes + records->at;
    size_t next;
    const size_t length = line_length(records, records->at, &next);
    const char *end = at + length;

    records->at = next;
    records->line++;
    if (length > RECORDS_RECORD_CAP)
        return RECORDS_LONG;
    if (!text_good(at, length))
        return RECORDS_ENCODING;
    for (;;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        char *cell = arena_strndup(reading->arena, at, (size_t)((tab != NULL ? tab : end) - at));
        take_cell(cell, strlen(cell), reading);
        if (tab == NULL)
            return reading->crowded ? RECORDS_COLUMNS : RECORDS_RECORD;
        at = tab + 1;
    }
}

enum records_outcome records_next(struct records *records, struct arena *arena,
                                  struct record *record)
{
    struct reading reading = {.arena = arena, .record = record};
    size_t next;

    while (records->at < records->length && line_length(records, records->at, &next) == 0) {
        records->at = next;
        records->line++;
    }
    record->count = 0;
    record->line = records->line;
    for (size_t i = 0; i < RECORDS_COLUMNS_CAP; i++)
        record->cells[i] = "";
    if (records->at >= records->length)
        return RECORDS_END;
    return records->separator == '\t' ? read_tabs(records, &reading) : read_csv(records, &reading);
}
