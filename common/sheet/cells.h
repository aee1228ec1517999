/*
 * CSV as Excel writes it (RFC 4180 with ';' or what else the country separates with), over libcsv.
 * Pure: bytes in, one record out, nothing kept. A cell in quotes may hold the separator, '"'
 * written twice, and line breaks, so a record may take several lines; the caller learns how many.
 */
#pragma once

#include "common/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define CELLS_COLUMNS_CAP 500
#define CELLS_RECORD_CAP ((size_t)65536) /* bytes */

enum cells_outcome {
    CELLS_RECORD,   /* a record; a blank line is one without cells */
    CELLS_MORE,     /* the record does not end within these bytes */
    CELLS_ENCODING, /* not UTF-8, or with a NUL */
    CELLS_QUOTES,   /* a '"' stands where none can, or the last one is missing */
    CELLS_COLUMNS,  /* more than CELLS_COLUMNS_CAP */
    CELLS_LONG,     /* no end within CELLS_RECORD_CAP */
};

struct cells {
    const char *texts[CELLS_COLUMNS_CAP]; /* in the arena; spaces around unquoted cells are gone */
    size_t count;
    size_t lines; /* of the input that the record took */
    size_t bytes; /* the same, counted in bytes: where the next record begins */
};

/* Reads the record at the start of `bytes`. `last`: nothing follows them. With CELLS_QUOTES and
 * CELLS_LONG only the first line is taken, so that a forgotten quote does not swallow the rows
 * after it (all bytes when not even that line ends). CELLS_MORE comes neither when `last` nor with
 * CELLS_RECORD_CAP bytes or more. */
enum cells_outcome cells_read(struct arena *arena, char separator, const char *bytes, size_t length,
                              bool last, struct cells *cells);
