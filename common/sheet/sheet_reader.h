/*
 * A sheet of rows and cells from a file: CSV (RFC 4180, any of ';' ',' and tab between cells) or
 * XLSX (ECMA-376). What the cells mean is the caller's. CSV is streamed: a window of
 * SHEET_READER_WINDOW bytes is held, whatever the file's size. An XLSX file is a zip, whose list of
 * contents stands last, so it is taken whole at the first sheet_reader_next; SHEET_READER_FILE_CAP
 * and the other caps are tested before anything is unpacked. A helper program reads it
 * (workbook.h), and that first call waits for it, some seconds for the largest files: not for an
 * event loop. No other call waits for anything but the function that gives the bytes.
 *
 * Pure but for the function that gives the bytes. A row that cannot be read is a row with a fault,
 * and the next one is read all the same. One thread at a time.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SHEET_READER_WINDOW ((size_t)262144)
#define SHEET_READER_COLUMNS_CAP 500
#define SHEET_READER_ROWS_CAP 200000                     /* of XLSX */
#define SHEET_READER_FILE_CAP ((size_t)64 * 1024 * 1024) /* bytes of XLSX */
#define SHEET_READER_UNPACKED_CAP ((size_t)4 * SHEET_READER_FILE_CAP)
#define SHEET_READER_ROW_CAP ((size_t)65536) /* bytes of text in a row */
#define SHEET_READER_FAULTS_CAP 1000         /* rows with a fault; a file with more is no good */

enum sheet_reader_form { SHEET_READER_CSV, SHEET_READER_XLSX };

/* Of CSV. UTF-8 may begin with its byte order mark. */
enum sheet_reader_charset { SHEET_READER_UTF8, SHEET_READER_WINDOWS_1252 };

struct sheet_reader_options {
    enum sheet_reader_form form;
    enum sheet_reader_charset charset;
    char separator; /* of CSV; 0: "sep=" in the first line, or what stands most often in it */
};

enum sheet_reader_fault {
    SHEET_READER_GOOD,
    SHEET_READER_ENCODING, /* not of the charset, or with a NUL */
    SHEET_READER_QUOTES,   /* a '"' stands where none can, or the last one is missing */
    SHEET_READER_COLUMNS,  /* more than SHEET_READER_COLUMNS_CAP */
    SHEET_READER_LENGTH,   /* more than SHEET_READER_ROW_CAP bytes */
};

struct sheet_reader_row {
    size_t line;  /* CSV: of the file, where the row begins; XLSX: the row's number. From 1 */
    size_t bytes; /* of the file that it took; 0 in XLSX */
    enum sheet_reader_fault fault;
    size_t count;             /* 0 with a fault */
    const char *const *texts; /* UTF-8 in the caller's arena; empty cells are "" */
};

/* The next bytes of the file; 0 at the end; negative error. */
typedef ssize_t sheet_reader_read(void *argument, void *bytes, size_t size);

struct sheet_reader;

struct sheet_reader *sheet_reader_create(const struct sheet_reader_options *options,
                                         sheet_reader_read *read, void *argument);
void sheet_reader_destroy(struct sheet_reader **reader); /* wipes what it held */

/*
 * 1: the next row that has a cell (blank rows are passed over), its texts in `arena`. 0: no more.
 * ERROR_INVALID and ERROR_LIMIT: the file as a whole is no good, and `detail` says why in Danish
 * (NULL: nobody asks). ERROR_UNAVAILABLE, of XLSX alone: there is no room to read it now, as
 * `detail` says; the same file later may do. Other errors are the reader's. After an error nothing
 * is left but to destroy it.
 *
 * Of XLSX the first sheet that has a cell is read, a hidden one only when there is no other; hidden
 * rows and columns are read as the others, and of merged cells the first has the text. Text as it
 * stands, numbers as "1250000" or "0.5" (never with exactly three decimals, which a reader of
 * Danish numbers would take for thousands: "1.1250"), days as "2026-03-01" and moments as
 * "2026-03-01 07:30" (by the cell's format), clocks as "07:30" and sums of hours as "37:00", truths
 * as "1" and "0", errors as empty cells, a formula as its last value.
 */
MUST_CHECK int sheet_reader_next(struct sheet_reader *reader, struct arena *arena,
                                 struct sheet_reader_row *row, struct error_detail *detail);

/* "ENCODING", and what a person is told of it. NULL for SHEET_READER_GOOD. */
const char *sheet_reader_fault_code(enum sheet_reader_fault fault);
const char *sheet_reader_fault_text(enum sheet_reader_fault fault);

/*
 * What a media type asks for (RFC 9110 section 8.3): text/csv, with charset=utf-8 (also when none
 * is said) or windows-1252, and that of XLSX. False for any other.
 */
bool sheet_reader_media_type(const char *type, struct sheet_reader_options *options);
