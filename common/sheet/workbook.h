/*
 * An XLSX file's first sheet that has a cell, read by a helper program (process.h): whatever a
 * hostile file does to liborcus ends there. The helper has ended when workbook_read returns; its
 * rows wait in memory that no name leads to (memfd_create), at most WORKBOOK_OUTPUT bytes, until
 * workbook_destroy. Only sheet_reader uses it; caps, texts and errors are described there.
 *
 * In the whole process at most WORKBOOK_LIVING helpers run at once: another reader waits for
 * WORKBOOK_PATIENCE_MS and is then told to come again, as is one that would be the
 * WORKBOOK_HELD + 1st sheet whose rows are held. Any thread may call.
 */
#pragma once

#include "common/sheet/process.h"
#include "common/sheet/sheet_reader.h"

#define WORKBOOK_LIVING 2
#define WORKBOOK_HELD 8
#define WORKBOOK_PATIENCE_MS 20000
#define WORKBOOK_SECONDS 60               /* 200,000 rows of 20 texts took 8 to 18 of a busy one */
#define WORKBOOK_WALL_MS 120000           /* for the same on a busy machine */
#define WORKBOOK_MEMORY ((size_t)1 << 30) /* 1 GiB */
#define WORKBOOK_OUTPUT ((size_t)1 << 28) /* 256 MiB */

struct workbook;

/* The limits above as one; tests, which have no minutes, have their own. */
struct workbook_limits {
    struct confine_limits helper;
    int wall_ms;     /* how long it is waited for */
    int patience_ms; /* and for a place */
};
extern const struct workbook_limits workbook_limits;

/* Waits for the helper: not for an event loop. */
MUST_CHECK int workbook_read(sheet_reader_read *read, void *argument,
                             const struct workbook_limits *limits, struct workbook **workbook,
                             struct error_detail *detail);
/* 1: the next row that has a cell. 0: no more. ERROR_INVALID or ERROR_LIMIT, with `detail`: the
 * file is none after all. */
MUST_CHECK int workbook_next(struct workbook *workbook, struct arena *arena,
                             struct sheet_reader_row *row, struct error_detail *detail);
void workbook_destroy(struct workbook **workbook); /* waits for nothing */
