/*
 * A shortlist as a file: GET /v1/job-orders/{id}/shortlist of those who ask for text/csv or
 * application/pdf. It holds what the same reader's JSON holds, fewer things of each, and for a home
 * the names of its own candidates (not of the protected, nor of those who have left the pool). Who
 * is in it is audited before the first byte is written.
 *
 * What is written is pure: a `struct file` in, bytes out.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/json/json.h"
#include "common/rest/rest.h"

#define FILE_ROWS 500 /* of one file; it says how many the list has */

struct file_row {
    const json_t *entry; /* as in the JSON of the list */
    const char *home;    /* the municipality's name */
    const char *name;    /* NULL: not the reader's own, or not to be named */
};

struct file {
    struct arena *arena; /* what is made while writing */
    const json_t *list;  /* order, requirements, ruleset…: the heading of shortlist_file (0058) */
    const struct file_row *rows;
    size_t count;
    int64_t taken; /* microseconds: when it was asked for */
};

/* Answers with a file if that is what the caller would rather have; false, and nothing happens, if
 * it is JSON. */
bool file_answer(struct rest_call *call);

/* A table for Danish Excel (common/base/sheet.h). */
void file_sheet(const struct file *file, struct buffer *bytes);
/* A document (common/pdf); errors as pdf_write. About 1 ms an entry. */
MUST_CHECK int file_pdf(const struct file *file, struct buffer *bytes);

/* --- what both say alike (file_words.c); texts in the arena, or constant --- */

/* A member of an object, "" when it is missing or no text. */
const char *file_text(const json_t *object, const char *name);
int64_t file_number(const json_t *object, const char *name);
/* "2026-12-01" as "01-12-2026", a moment as "01-12-2026 09:15" of Danish time; "" for neither. */
const char *file_day(const struct file *file, const char *day);
const char *file_moment(const struct file *file, const char *moment);
/* "sat i spil", "afvist"… */
const char *file_state(const json_t *entry);
/* Why it was declined, is not relevant or obsolete, in Danish; "" for nothing. */
const char *file_reason(const json_t *entry);
/* What the home has to confirm first; "" for nothing. */
const char *file_stale(const json_t *entry);
/* "Fag 357/357 · Forskalling 143/286 delvist", or why somebody stands outside the ranking. */
const char *file_why(const struct file *file, const json_t *entry);
