#include "common/base/sheet.h"

#include <string.h>

#define SEPARATOR ';'

void sheet_init(struct sheet *sheet, struct buffer *buffer)
{
    *sheet = (struct sheet){.buffer = buffer};
    buffer_text(buffer, "\xEF\xBB\xBF");
}

static void begin_field(struct sheet *sheet)
{
    if (sheet->begun)
        buffer_char(sheet->buffer, SEPARATOR);
    sheet->begun = true;
}

/* What spreadsheets take for the beginning of a formula, the full-width signs too; white space
 * before it does not make it harmless. */
static bool begins_formula(const char *text)
{
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
                                       "\xEF\xBC\xA0"};

    if (text[0] == '\t' || text[0] == '\r' || text[0] == '\n')
        return true;
    text += strspn(text, " ");
    if (text[0] != '\0' && strchr("=+-@", text[0]) != NULL)
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return true;
    return false;
}

void sheet_text(struct sheet *sheet, const char *text)
{
    begin_field(sheet);
    if (text == NULL)
        return;
    const bool guarded = begins_formula(text);
    if (text[strcspn(text, ";\"\r\n\t")] == '\0') {
        if (guarded)
            buffer_char(sheet->buffer, '\'');
        buffer_text(sheet->buffer, text);
        return;
    }
    buffer_text(sheet->buffer, guarded ? "\"'" : "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buffer_char(sheet->buffer, '"');
        buffer_char(sheet->buffer, *text);
    }
    buffer_char(sheet->buffer, '"');
}

void sheet_integer(struct sheet *sheet, int64_t number)
{
    begin_field(sheet);
    buffer_integer(sheet->buffer, number);
}

void sheet_decimal(struct sheet *sheet, int64_t number, unsigned decimals)
{
    uint64_t unit = 1;
    const uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;

    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    begin_field(sheet);
    if (number < 0)
        buffer_char(sheet->buffer, '-');
    buffer_unsigned(sheet->buffer, size / unit);
    if (decimals == 0)
        return;
    buffer_char(sheet->buffer, ',');
    for (unit /= 10; unit > 0; unit /= 10)
        buffer_char(sheet->buffer, (char)('0' + size / unit % 10));
}

void sheet_empty(struct sheet *sheet)
{
    begin_field(sheet);
}

void sheet_end_row(struct sheet *sheet)
{
    buffer_text(sheet->buffer, "\r\n");
    sheet->begun = false;
}
