/*
 * A sheet of orders (SHEET.md) → what each of its rows says: the draft that it becomes, its faults
 * and what was not understood. Pure but for what the sheet is read from; waits for that alone, some
 * seconds for a large XLSX, and some milliseconds a row: for a worker's thread.
 */
#pragma once

#include "common/sheet/sheet_reader.h"
#include "services/orders/linter/linter.h"
#include "services/orders/posting.h"

#define SHEET_ROWS_CAP 500

struct sheet_row {
    size_t line;
    bool sent;       /* to the database */
    json_t *errors;  /* [{"pointer", "code", "detail"}] */
    json_t *unknown; /* the draft's "not_understood" */
    json_t *remarks;
};

struct sheet_rows {
    struct sheet_row rows[SHEET_ROWS_CAP];
    size_t count;
    json_t *items; /* of those that are sent: {"reference", "digest", "body"} */
};

/* What rows are read with; only read. */
struct sheet_tools {
    const struct text_words *words;
    const struct posting_trade *trades;
    size_t trade_count;
    const struct linter *linter;
    struct calendar_date today;
};

void sheet_rows_init(struct sheet_rows *rows);
void sheet_rows_deinit(struct sheet_rows *rows);

/* 0, and faults of the file as a whole in `check` (rows then mean nothing); else an error of
 * sheet_reader_next, with its `detail`. */
MUST_CHECK int sheet_rows_read(struct sheet_reader *reader, const struct sheet_tools *tools,
                               struct sheet_rows *rows, struct json_check *check,
                               struct error_detail *detail);
