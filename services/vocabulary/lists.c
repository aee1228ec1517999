#include "services/vocabulary/lists.h"

#include "common/base/str.h"
#include "services/vocabulary/list_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROW_ARENA_CAP ((size_t)4 << 20)
#define FAULT_SIZE 240

const char *list_cell(const struct list_reader *reader, size_t column)
{
    return reader->row.cells[reader->columns[column]];
}

static void tell(struct list_reader *reader, const char *column, const char *code,
                 const char *detail)
{
    const struct list_fault fault = {reader->row.line, column, code, detail};

    reader->summary->faults++;
    reader->sink->fault(reader->sink->argument, &fault);
}

void list_fail(struct list_reader *reader, size_t column, const char *code, const char *format, ...)
{
    char detail[FAULT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    tell(reader, column == LIST_ROW ? "" : reader->format->columns[column], code, detail);
}

/* --- the file's name ------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* "da" where the name has "_da" before '_', '.' or its end; likewise "en"; Danish first. */
static const char *language_of(const char *name)
{
    static const char *const languages[] = {"da", "en"};

    for (size_t i = 0; i < 2; i++)
        for (const char *at = strchr(name, '_'); at != NULL; at = strchr(at + 1, '_'))
            if (str_starts(at + 1, languages[i]) && strchr("_.", at[3]) != NULL)
                return languages[i];
    return "";
}

/* "_v1.0.8" → "1.0.8", "_2008" → "2008"; "" without. */
static void release_of(const char *name, char release[LIST_RELEASE_SIZE])
{
    release[0] = '\0';
    for (const char *at = strchr(name, '_'); at != NULL; at = strchr(at + 1, '_')) {
        const char *start = at[1] == 'v' ? at + 2 : at + 1;
        size_t length = strspn(start, "0123456789.");
        while (length > 0 && start[length - 1] == '.')
            length--;
        if (length > 0 && length < LIST_RELEASE_SIZE && (at[1] == 'v' || length == 4)) {
            memcpy(release, start, length);
            release[length] = '\0';
        }
    }
}

/* --- the heading ----------------------------------------------------------------------------- */

static bool find_column(const struct record *heading, const char *name, size_t *place)
{
    for (size_t i = 0; i < heading->count; i++)
        if (str_equal(heading->cells[i], name)) {
            *place = i;
            return true;
        }
    return false;
}

static bool fits(struct list_reader *reader, const struct list_format *format)
{
    for (size_t i = 0; i < LIST_COLUMNS_CAP && format->columns[i] != NULL; i++)
        if (!find_column(&reader->row, format->columns[i], &reader->columns[i]))
            return false;
    reader->format = format;
    return true;
}

/* Reads the heading and finds the format; NULL when there is none. The caller destroys them. */
static struct records *open_rows(struct list_reader *reader, const char *bytes, size_t length)
{
    static const char separators[] = {',', '\t'};

    for (size_t s = 0; s < sizeof separators; s++) {
        struct records *records = records_create(bytes, length, separators[s]);
        if (records_next(records, reader->arena, &reader->row) == RECORDS_RECORD)
            for (size_t i = 0; i < list_formats_count; i++)
                if (list_formats[i].separator == separators[s] && fits(reader, &list_formats[i]))
                    return records;
        records_destroy(&records);
    }
    return NULL;
}

/* --- the rows -------------------------------------------------------------------------------- */

static void tell_outcome(struct list_reader *reader, enum records_outcome outcome)
{
    if (outcome == RECORDS_ENCODING)
        tell(reader, "", "ENCODING", "Filen skal være UTF-8 uden NUL.");
    else if (outcome == RECORDS_QUOTES)
        tell(reader, "", "QUOTES",
             "Et anførselstegn mangler eller står forkert; i en celle skrives det dobbelt.");
    else if (outcome == RECORDS_LONG)
        tell(reader, "", "QUOTES", "Rækken slutter ikke; mangler der et anførselstegn?");
    else
        tell(reader, "", "COLUMNS", "Rækken har for mange celler.");
}

static void read_rows(struct list_reader *reader, struct records *records, size_t width)
{
    for (;;) {
        arena_reset(reader->arena);
        const enum records_outcome outcome = records_next(records, reader->arena, &reader->row);
        if (outcome == RECORDS_END)
            return;
        reader->summary->rows++;
        if (outcome != RECORDS_RECORD)
            tell_outcome(reader, outcome);
        else if (reader->row.count > width ||
                 (reader->row.count < width && !reader->format->short_rows))
            list_fail(reader, LIST_ROW, "COLUMNS", "Rækken har %zu celler; overskriften har %zu.",
                      reader->row.count, width);
        else
            reader->format->read(reader);
    }
}

/* What tells this file from others with the same heading. */
static const char *list_part(const struct list_reader *reader, const char *name)
{
    if (reader->format->languages)
        return reader->language;
    if (reader->format->pillars)
        return strstr(name, "SkillPillar") != NULL ? "skills" : "occupations";
    return "";
}

static void name_list(struct list_reader *reader, const char *name)
{
    struct list_summary *summary = reader->summary;

    reader->language = language_of(name);
    release_of(name, summary->release);
    const char *part = list_part(reader, name);
    snprintf(summary->name, sizeof summary->name, "%s%s%s", reader->format->name,
             part[0] != '\0' ? "-" : "", part);
    if (reader->format->languages && reader->language[0] == '\0')
        tell(reader, "", "HEADING", "Filens navn skal sige sproget: _da eller _en.");
}

int list_read(const char *path, const char *bytes, size_t length, const struct list_sink *sink,
              struct list_summary *summary)
{
    struct list_reader reader = {.sink = sink, .summary = summary};
    int error = ERROR_NOT_FOUND;

    *summary = (struct list_summary){0};
    reader.arena = arena_create(ROW_ARENA_CAP);
    struct records *records = open_rows(&reader, bytes, length);
    if (records != NULL) {
        const size_t width = reader.row.count;
        name_list(&reader, base_name(path));
        reader.seen = json_object();
        if (summary->faults == 0)
            read_rows(&reader, records, width);
        json_decref(reader.seen);
        records_destroy(&records);
        error = 0;
    }
    arena_destroy(&reader.arena);
    return error;
}
