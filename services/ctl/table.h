/* Aligned columns for a terminal, counted in UTF-8 code points. */
#pragma once

#include <stddef.h>

#define TABLE_COLUMNS_CAP 10

struct table_row {
    const char *cells[TABLE_COLUMNS_CAP];
};

/* The first row is the heading. The last column is not padded. */
void table_print(const struct table_row *rows, size_t count, size_t columns);
/* Text, then spaces up to `width` characters; printf counts bytes. */
void table_cell(const char *text, size_t width);
