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
#define SHEET_TEXT_CAP ((size_t)4 << 20) /* bytes of text in all cells together */

/* JSON that is written already, so that whoever answers copies it and no more. */
struct sheet_row {
    size_t line;
    bool sent;           /* to the database */
    const char *errors;  /* [{"pointer", "code", "detail"}] */
    const char *unknown; /* the draft's "not_understood" */
    const char *remarks;
};

struct sheet_rows {
    struct sheet_row rows[SHEET_ROWS_CAP];
    size_t count;
    const char *items; /* of those that are sent: [{"reference", "digest", "body"}] */
};

/* What rows are read with; only read. */
struct sheet_tools {
    const struct text_words *words;
    const struct posting_trade *trades;
    size_t trade_count;
    const struct linter *linter;
    struct calendar_date today;
};

/* 0, and faults of the file as a whole in `check` (rows then mean nothing); else an error of
 * sheet_reader_next, with its `detail`. Texts of the rows stand in the check's arena. */
MUST_CHECK int sheet_rows_read(struct sheet_reader *reader, const struct sheet_tools *tools,
                               struct sheet_rows *rows, struct json_check *check,
                               struct error_detail *detail);
