/*
 * An XLSX file's first sheet that has a cell, over liborcus (workbook.cpp, the one C++ file). Only
 * sheet_reader uses it; caps, texts and errors are described there. The caps are tested on the
 * zip's own list before anything is unpacked, and again while cells are taken.
 */
#pragma once

#include "common/sheet/sheet_reader.h"

struct workbook;

/* The bytes are not kept. */
MUST_CHECK int workbook_read(const char *bytes, size_t length, struct workbook **workbook,
                             struct error_detail *detail);
/* The next row that has a cell; false: no more. */
bool workbook_next(struct workbook *workbook, struct arena *arena, struct sheet_reader_row *row);
void workbook_destroy(struct workbook **workbook);
