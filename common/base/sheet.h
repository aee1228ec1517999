/*
 * A table as Danish Excel opens it by double click, written into a buffer: UTF-8 with a byte order
 * mark, `;` between fields, CRLF after rows, decimal comma. (RFC 4180 but for the separator, which
 * Excel takes from the country's list separator.)
 *
 * Text is guarded against formula injection: what would begin a formula gets an apostrophe before
 * it (OWASP, CSV Injection). Numbers are written by functions of their own and need no guard.
 *
 * A sheet is a small struct on the stack; it owns nothing. Whether all fitted is the buffer's to
 * say (buffer_full), once, at the end.
 */
#pragma once

#include "common/base/buffer.h"

struct sheet {
    struct buffer *buffer;
    bool begun; /* the row has a field */
};

/* Writes the byte order mark. */
void sheet_init(struct sheet *sheet, struct buffer *buffer);
void sheet_text(struct sheet *sheet, const char *text); /* NULL: an empty field */
void sheet_integer(struct sheet *sheet, int64_t number);
/* `number` counts units of 10^-decimals: sheet_decimal(sheet, 125, 2) is 1,25. */
void sheet_decimal(struct sheet *sheet, int64_t number, unsigned decimals);
void sheet_empty(struct sheet *sheet);
void sheet_end_row(struct sheet *sheet);
