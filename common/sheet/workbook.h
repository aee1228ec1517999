/*
 * An XLSX file's first sheet that has a cell, read in a process of its own: whatever a hostile file
 * does to liborcus ends there, with its memory and its time (WORKBOOK_SECONDS of the processor,
 * WORKBOOK_MEMORY more than the caller has). Only sheet_reader uses it; caps, texts and errors are
 * described there. Waits for that process: not for an event loop.
 */
#pragma once

#include "common/sheet/sheet_reader.h"

#define WORKBOOK_SECONDS 120
#define WORKBOOK_MEMORY ((size_t)3 << 29) /* 1.5 GiB */

struct workbook;

/* The bytes are not kept. */
MUST_CHECK int workbook_read(const char *bytes, size_t length, struct workbook **workbook,
                             struct error_detail *detail);
/* 1: the next row that has a cell. 0: no more. ERROR_INVALID, with `detail`: the file is none after
 * all. */
MUST_CHECK int workbook_next(struct workbook *workbook, struct arena *arena,
                             struct sheet_reader_row *row, struct error_detail *detail);
void workbook_destroy(struct workbook **workbook);
