#include "common/sheet/sheet_reader.h"

#include "common/base/mem.h"
#include "common/sheet/cells.h"
#include "common/sheet/workbook.h"

#include <string.h>
#include <strings.h>

_Static_assert(CELLS_COLUMNS_CAP == SHEET_READER_COLUMNS_CAP, "one cap");
_Static_assert(CELLS_RECORD_CAP == SHEET_READER_ROW_CAP, "one cap");

#define XLSX_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define WIDEST 3 /* bytes of UTF-8 that a character of Windows-1252 can take */

struct sheet_reader {
    struct sheet_reader_options options;
    sheet_reader_read *read;
    void *argument;
    struct workbook *workbook; /* of XLSX, once it is read */
    char *bytes;               /* the window: bytes[start .. end) are not taken yet */
    size_t start;
    size_t end;
    size_t line;   /* of bytes[start] */
    size_t faulty; /* rows so far */
    bool last;     /* nothing follows the window */
    bool begun;
};

struct sheet_reader *sheet_reader_create(const struct sheet_reader_options *options,
                                         sheet_reader_read *read, void *argument)
{
    struct sheet_reader *reader = mem_zalloc(sizeof *reader);

    reader->options = *options;
    reader->read = read;
    reader->argument = argument;
    reader->line = 1;
    if (options->form == SHEET_READER_CSV)
        reader->bytes = mem_zalloc(SHEET_READER_WINDOW);
    return reader;
}

void sheet_reader_destroy(struct sheet_reader **reader)
{
    if (*reader == NULL)
        return;
    workbook_destroy(&(*reader)->workbook);
    mem_wipe_free((*reader)->bytes, SHEET_READER_WINDOW);
    mem_free(*reader);
    *reader = NULL;
}

/* --- the window --------------------------------------------------------------------------------
 */

/* WHATWG's index of windows-1252, 0x80 to 0x9F; 0: none. */
static const unsigned short upper_controls[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* A byte that is no character stays one that UTF-8 has not, so that its row has a fault. */
static size_t put_1252(unsigned char byte, char *out)
{
    unsigned code = byte;

    if (byte >= 0x80 && byte < 0xA0)
        code = upper_controls[byte - 0x80];
    if (code < 0x80) {
        out[0] = code == 0 && byte != 0 ? '\xFF' : (char)byte;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3F));
    out[2] = (char)(0x80 | (code & 0x3F));
    return 3;
}

/* Reads behind the window's end; what is not UTF-8 is read behind the room that it may grow to. */
static ssize_t read_more(struct sheet_reader *reader)
{
    size_t room = SHEET_READER_WINDOW - reader->end;
    char *out = reader->bytes + reader->end;

    if (reader->options.charset == SHEET_READER_UTF8)
        return reader->read(reader->argument, out, room);
    size_t most = room / WIDEST;
    const char *in = out + room - most;
    ssize_t got = reader->read(reader->argument, out + room - most, most);
    size_t written = 0;
    for (ssize_t i = 0; i < got; i++)
        written += put_1252((unsigned char)in[i], out + written);
    return got < 0 ? got : (ssize_t)written;
}

/* Fills the window; what is left of it moves to its front. */
static int fill(struct sheet_reader *reader)
{
    memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
    while (!reader->last && SHEET_READER_WINDOW - reader->end >= WIDEST) {
        ssize_t got = read_more(reader);
        if (got < 0)
            return (int)got;
        reader->end += (size_t)got;
        reader->last = got == 0;
    }
    return 0;
}

/* At least one record's worth of bytes, or all that are left. */
static int need(struct sheet_reader *reader)
{
    if (reader->last || reader->end - reader->start >= CELLS_RECORD_CAP + 1)
        return 0;
    return fill(reader);
}

static void take(struct sheet_reader *reader, size_t bytes, size_t lines)
{
    reader->start += bytes;
    reader->line += lines;
}

/* A line that is longer than any record may be: the rest of it is passed over. */
static int pass_over(struct sheet_reader *reader)
{
    for (;;) {
        size_t left = reader->end - reader->start;
        char *end = left > 0 ? memchr(reader->bytes + reader->start, '\n', left) : NULL;
        if (end != NULL) {
            reader->start = (size_t)(end - reader->bytes) + 1;
            return 0;
        }
        reader->start = reader->end;
        if (reader->last)
            return 0;
        int error = fill(reader);
        if (error != 0)
            return error;
    }
}

/* --- the first line ----------------------------------------------------------------------------
 */

/* Of the signs outside quotes in the first line, the one that stands most often; ';' when equal. */
static char guess(const char *bytes, size_t length)
{
    static const char signs[] = ";\t,";
    size_t counts[sizeof signs - 1] = {0};
    size_t best = 0;
    bool quoted = false;

    for (size_t i = 0; i < length && (quoted || bytes[i] != '\n'); i++) {
        const char *sign = bytes[i] != '\0' ? strchr(signs, bytes[i]) : NULL;
        if (bytes[i] == '"')
            quoted = !quoted;
        else if (sign != NULL && !quoted)
            counts[sign - signs]++;
    }
    for (size_t i = 1; i < sizeof signs - 1; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    return signs[best];
}

/* Excel's own way to say the separator: "sep=," alone on the first line. */
static bool said(const char *bytes, size_t length, size_t *taken)
{
    if (length < 5 || strncasecmp(bytes, "sep=", 4) != 0 || strchr(";,\t|", bytes[4]) == NULL)
        return false;
    *taken = 5;
    if (*taken < length && bytes[*taken] == '\r')
        ++*taken;
    if (*taken < length && bytes[*taken] != '\n')
        return false;
    *taken += *taken < length;
    return true;
}

static void begin(struct sheet_reader *reader)
{
    size_t length = reader->end - reader->start;
    const char *bytes = reader->bytes + reader->start;
    size_t taken = 0;

    reader->begun = true;
    if (reader->options.charset == SHEET_READER_UTF8 && length >= 3 &&
        memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        take(reader, 3, 0);
        bytes += 3;
        length -= 3;
    }
    if (said(bytes, length, &taken)) {
        reader->options.separator = bytes[4];
        take(reader, taken, 1);
    }
    while (reader->options.separator == '\0' && length > 0 &&
           (*bytes == '\n' || *bytes == '\r')) { /* the line that decides is the first with text */
        bytes++;
        length--;
    }
    if (reader->options.separator == '\0')
        reader->options.separator = guess(bytes, length);
}

/* --- rows --------------------------------------------------------------------------------------
 */

static enum sheet_reader_fault fault_of(enum cells_outcome outcome)
{
    switch (outcome) {
    case CELLS_ENCODING:
        return SHEET_READER_ENCODING;
    case CELLS_QUOTES:
        return SHEET_READER_QUOTES;
    case CELLS_COLUMNS:
        return SHEET_READER_COLUMNS;
    case CELLS_LONG:
        return SHEET_READER_LENGTH;
    case CELLS_RECORD:
    case CELLS_MORE:
        break;
    }
    return SHEET_READER_GOOD;
}

static void give(struct arena *arena, const struct cells *cells, struct sheet_reader_row *row)
{
    const char **texts = arena_array(arena, cells->count, sizeof *texts);

    memcpy(texts, cells->texts, cells->count * sizeof *texts);
    row->texts = texts;
    row->count = cells->count;
}

static bool any_text(const struct cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        if (cells->texts[i][0] != '\0')
            return true;
    }
    return false;
}

static int next_csv(struct sheet_reader *reader, struct arena *arena, struct sheet_reader_row *row)
{
    struct cells cells;

    for (;;) {
        int error = need(reader);
        if (error != 0)
            return error;
        if (!reader->begun)
            begin(reader);
        if (reader->start == reader->end)
            return 0;
        const char *at = reader->bytes + reader->start;
        row->line = reader->line;
        enum cells_outcome outcome = cells_read(arena, reader->options.separator, at,
                                                reader->end - reader->start, reader->last, &cells);
        bool cut = outcome == CELLS_LONG && at[cells.bytes - 1] != '\n';
        row->bytes = cells.bytes;
        row->fault = fault_of(outcome);
        take(reader, cells.bytes, cells.lines);
        error = cut ? pass_over(reader) : 0;
        if (error != 0)
            return error;
        if (row->fault == SHEET_READER_GOOD && !any_text(&cells))
            continue;
        if (row->fault == SHEET_READER_GOOD)
            give(arena, &cells, row);
        return 1;
    }
}

static int next_xlsx(struct sheet_reader *reader, struct arena *arena, struct sheet_reader_row *row,
                     struct error_detail *detail)
{
    int error = reader->workbook == NULL
                    ? workbook_read(reader->read, reader->argument, &workbook_limits,
                                    &reader->workbook, detail)
                    : 0;

    return error != 0 ? error : workbook_next(reader->workbook, arena, row, detail);
}

int sheet_reader_next(struct sheet_reader *reader, struct arena *arena,
                      struct sheet_reader_row *row, struct error_detail *detail)
{
    *row = (struct sheet_reader_row){0};
    int found = reader->options.form == SHEET_READER_CSV ? next_csv(reader, arena, row)
                                                         : next_xlsx(reader, arena, row, detail);
    if (found != 1 || row->fault == SHEET_READER_GOOD ||
        ++reader->faulty <= SHEET_READER_FAULTS_CAP)
        return found;
    error_detail_set(detail, "too many rows with faults",
                     "Mere end 1.000 rækker kan ikke læses, så resten er ikke læst. Er tegnsættet "
                     "det rigtige?");
    return ERROR_LIMIT;
}

/* --- words -------------------------------------------------------------------------------------
 */

static const struct {
    const char *code;
    const char *text;
} faults[] = {
    [SHEET_READER_GOOD] = {NULL, NULL},
    [SHEET_READER_ENCODING] = {"ENCODING", "Rækken er ikke UTF-8; gem filen som CSV UTF-8."},
    [SHEET_READER_QUOTES] = {"QUOTES", "Et anførselstegn mangler eller står forkert."},
    [SHEET_READER_COLUMNS] = {"COLUMNS", "Rækken har mere end 500 celler."},
    [SHEET_READER_LENGTH] = {"LENGTH", "Rækken er længere end 64 KiB; mangler der et afsluttende "
                                       "anførselstegn?"},
};

const char *sheet_reader_fault_code(enum sheet_reader_fault fault)
{
    return faults[fault].code;
}

const char *sheet_reader_fault_text(enum sheet_reader_fault fault)
{
    return faults[fault].text;
}

/* The value of charset= in the parameters, without its quotes. */
static bool charset(const char *parameters, const char **name, size_t *length)
{
    const char *at = strcasestr(parameters, "charset=");

    if (at == NULL)
        return false;
    at += strlen("charset=");
    at += *at == '"';
    *name = at;
    *length = strcspn(at, "\"; \t");
    return true;
}

bool sheet_reader_media_type(const char *type, struct sheet_reader_options *options)
{
    size_t length = strcspn(type, "; \t");
    const char *name;
    size_t name_length;

    *options = (struct sheet_reader_options){0};
    if (length == strlen(XLSX_TYPE) && strncasecmp(type, XLSX_TYPE, length) == 0) {
        options->form = SHEET_READER_XLSX;
        return true;
    }
    if (length != strlen("text/csv") || strncasecmp(type, "text/csv", length) != 0)
        return false;
    if (!charset(type + length, &name, &name_length))
        return true;
    if (name_length == strlen("windows-1252") &&
        strncasecmp(name, "windows-1252", name_length) == 0)
        options->charset = SHEET_READER_WINDOWS_1252;
    else if (name_length != strlen("utf-8") || strncasecmp(name, "utf-8", name_length) != 0)
        return false;
    return true;
}
