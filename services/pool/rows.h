/*
 * An import's body, row by row: NDJSON (one object to a line) or CSV (columns.h), as the JSON body
 * that PUT takes. Pure but for the reader given. Holds at most ROWS_WINDOW bytes at a time. A row
 * that cannot be read is a row with a fault, and the next one is read all the same.
 */
#pragma once

#include "common/json/json.h"

#include <sys/types.h>

#define ROWS_WINDOW ((size_t)262144)

enum rows_form { ROWS_NDJSON, ROWS_CSV };

/* The next bytes; 0 at the end; negative error. */
typedef ssize_t rows_read(void *argument, void *bytes, size_t size);

struct rows;

struct row {
    size_t line;  /* of the file where the row begins, from 1 */
    size_t bytes; /* of the file that it took */
    json_t *body; /* a new reference; NULL when nothing could be made of it */
};

struct rows *rows_create(enum rows_form form, rows_read *read, void *argument);
void rows_destroy(struct rows **rows);

/* 1: a row, with the faults of reading it in `check` (freshly initialised by the caller; pointers
 * are as rows_column takes them). 0: no more. ERROR_INVALID: the file as a whole is no good (a CSV
 * heading), with faults. Other errors are the reader's. */
MUST_CHECK int rows_next(struct rows *rows, struct json_check *check, struct row *row);

/* What a person calls the place: the first member of a pointer, or the column of a CSV file. */
const char *rows_column(const struct rows *rows, struct arena *arena, const json_t *body,
                        const char *pointer);
