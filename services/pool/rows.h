/*
 * An import's body, row by row: NDJSON (one object to a line) or a sheet of CSV or XLSX (columns.h)
 * as the JSON body that PUT takes, or JSON Resumes as they are (one, an array of them, or one after
 * another). Pure but for the reader given. A row that cannot be read is a
 * row with a fault, and the next one is read all the same. Memory: ROWS_WINDOW for JSON, what
 * common/sheet says of a sheet. An XLSX file takes seconds, so not on an event loop; one thread at
 * a time.
 */
#pragma once

#include "common/json/json.h"
#include "common/sheet/sheet_reader.h"

#define ROWS_WINDOW ((size_t)262144)

enum rows_form { ROWS_NDJSON, ROWS_SHEET, ROWS_RESUME };

struct rows_type {
    enum rows_form form;
    struct sheet_reader_options sheet; /* of ROWS_SHEET */
};

struct rows;

struct row {
    size_t line;  /* of the file where the row begins, from 1 */
    size_t bytes; /* of the file that it took; 0 in XLSX */
    json_t *body; /* a new reference; NULL when nothing could be made of it */
    bool cut;     /* what stands behind it in the file is not read; `check` says why */
};

/* What a media type asks for (RFC 9110 section 8.3): application/x-ndjson,
 * application/vnd.jsonresume+json, or what
 * sheet_reader_media_type takes. False for any other. */
bool rows_media_type(const char *type, struct rows_type *found);

struct rows *rows_create(const struct rows_type *type, sheet_reader_read *read, void *argument);
void rows_destroy(struct rows **rows);

/* 1: a row, with the faults of reading it in `check` (freshly initialised by the caller; pointers
 * are as rows_column takes them). 0: no more. ERROR_INVALID: the file as a whole is no good (its
 * heading, or no workbook), and ERROR_UNAVAILABLE: there is no room to read it now; both with the
 * reasons in `check`. Other errors are the reader's. */
MUST_CHECK int rows_next(struct rows *rows, struct json_check *check, struct row *row);

/* What a person calls the place: the first member of a pointer, or the column of a sheet. */
const char *rows_column(const struct rows *rows, struct arena *arena, const json_t *body,
                        const char *pointer);
