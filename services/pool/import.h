/* An import on its way, between import.c (the flow), import_row.c and import_answer.c. */
#pragma once

#include "common/base/buffer.h"
#include "services/pool/internal.h"
#include "services/pool/resume.h"
#include "services/pool/rows.h"
#include "services/pool/seen.h"

#define IMPORT_ROWS 500 /* of a batch: a transaction, and at most one version of the pool */

struct fault {
    const char *column;
    const char *pointer; /* NULL in a sheet, which has none */
    const char *code;
    const char *detail;
};

/* A row of the batch in hand; texts in the batch's arena. */
struct pending {
    size_t line;
    json_t *body;
    json_t *not_understood; /* of a resume: an array of {"pointer", "text", "reason"} */
    const char *reference;  /* NULL: none that is one */
    bool sent;              /* to the database */
    struct fault *faults;
    size_t fault_count;
};

struct import {
    struct pool *pool;
    struct rest_call *call; /* gone once it is answered */
    size_t place;           /* among the imports that were let in */
    const struct crypto_key *key;
    struct worker_pool *workers;
    enum rows_form form;
    struct rows *rows;
    struct seen *seen;

    const char *source; /* the series; NULL: of none */
    const char *tag;    /* the batch that the rows join; NULL: none */
    bool complete;      /* the file is the whole series */
    bool confirmed;     /* somebody says so although it is short or has rows that cannot be read */
    bool all_results;   /* each row's outcome is asked for */
    const char *run;    /* NULL: neither series nor batch */

    struct arena *plan; /* lives as long as the import */
    const char *words_text;
    struct resume_words *words; /* of ROWS_RESUME */
    const char *today;
    json_t *defaults;

    bool ended;  /* the last row is read */
    bool cut;    /* and there were more */
    bool unread; /* a row could not be read so far that it is known whose it is */
    int error;   /* why the file cannot be read, with the reasons in `broken` */
    struct json_check broken;

    struct arena *arena; /* of the batch */
    struct pending pending[IMPORT_ROWS];
    size_t count;
    json_t *prepared;

    int64_t total, created, updated, unchanged, rejected;
    size_t named, results_named, gaps_named;
    int64_t more, results_more, gaps_more;
    struct buffer rejections;
    struct buffer results;
    struct buffer gaps;
};

/* --- import_row.c, on a worker --- */

/* Takes the body of `row`; `check` is what reading it has found. */
void import_row(struct import *import, const struct row *row, struct json_check *check);

/* Adds what the database has found wrong with the row's body. On the loop. */
void import_row_faults(struct import *import, struct pending *row, const struct json_check *check);

/* --- import_answer.c --- */

/* Counts the batch and names its rows in their order; `results` are of those that were sent. */
void import_settle(struct import *import, const struct pg_result *results);
/* {"rows", "created", …} for the audit, in the batch's arena. */
const char *import_counts(const struct import *import);
/* The whole answer, with `missing` as candidate_import_end says it. The caller deinits. */
void import_write(const struct import *import, const char *missing, struct buffer *text);
/* Empty buffers, with their caps. */
void import_answer_init(struct import *import);
