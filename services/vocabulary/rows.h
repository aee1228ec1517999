/*
 * The rows of an official list: CSV as the European Commission writes it (RFC 4180, ',' between the
 * cells, line breaks within quotes) over libcsv, or cells with tabs between them and no quotes.
 * Pure: bytes in, one row at a time out, each with the line that it begins on. What follows a row
 * that cannot be read is read all the same, so that every fault of a file is found at once.
 */
#pragma once

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define ROWS_COLUMNS_CAP 32
#define ROWS_RECORD_CAP ((size_t)262144) /* bytes */

enum rows_outcome {
    ROWS_ROW,
    ROWS_END,
    ROWS_ENCODING, /* not UTF-8, or with a NUL */
    ROWS_QUOTES,   /* a '"' stands where none can, or the last one is missing */
    ROWS_COLUMNS,  /* more than ROWS_COLUMNS_CAP */
    ROWS_LONG,     /* no end within ROWS_RECORD_CAP */
};

struct row {
    const char *cells[ROWS_COLUMNS_CAP]; /* in the arena; "" beyond `count` */
    size_t count;
    size_t line; /* from 1 */
};

struct rows;

/* The bytes are the caller's and outlive the rows; a byte order mark at their start is passed over.
 */
struct rows *rows_create(const char *bytes, size_t length, char separator);
void rows_destroy(struct rows **rows);
/* Blank lines are passed over. `row->line` is set whatever the outcome is. */
enum rows_outcome rows_next(struct rows *rows, struct arena *arena, struct row *row);
