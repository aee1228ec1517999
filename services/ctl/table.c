#include "services/ctl/table.h"

#include "common/base/str.h"

#include <stdio.h>

static size_t width(const struct table_row *rows, size_t count, size_t column)
{
    size_t widest = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t wide = str_utf8_count(rows[i].cells[column]);
        widest = wide > widest ? wide : widest;
    }
    return widest;
}

void table_cell(const char *text, size_t width)
{
    const size_t wide = str_utf8_count(text);

    fputs(text, stdout);
    printf("%*s", (int)(wide < width ? width - wide : 0), "");
}

void table_print(const struct table_row *rows, size_t count, size_t columns)
{
    size_t widths[TABLE_COLUMNS_CAP];

    for (size_t column = 0; column < columns; column++)
        widths[column] = width(rows, count, column);
    for (size_t i = 0; i < count; i++) {
        for (size_t column = 0; column < columns; column++) {
            const bool last = column + 1 == columns;
            table_cell(rows[i].cells[column], last ? 0 : widths[column] + 2);
        }
        putchar('\n');
    }
}
