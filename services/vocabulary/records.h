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

#define RECORDS_COLUMNS_CAP 32
#define RECORDS_RECORD_CAP ((size_t)65536) /* bytes */

enum records_outcome {
    RECORDS_RECORD,
    RECORDS_END,
    RECORDS_ENCODING, /* not UTF-8, or with a NUL */
    RECORDS_QUOTES,   /* a '"' stands where none can, or the last one is missing */
    RECORDS_COLUMNS,  /* more than RECORDS_COLUMNS_CAP */
    RECORDS_LONG,     /* no end within RECORDS_RECORD_CAP */
};

struct record {
    const char *cells[RECORDS_COLUMNS_CAP]; /* in the arena; "" beyond `count` */
    size_t count;
    size_t line; /* from 1 */
};

struct records;

/* The bytes are the caller's and outlive the records; a byte order mark at their start is passed
 * over.
 */
struct records *records_create(const char *bytes, size_t length, char separator);
void records_destroy(struct records **records);
/* Blank lines are passed over. `record->line` is set whatever the outcome is. */
enum records_outcome records_next(struct records *records, struct arena *arena,
                                  struct record *record);
