/*
 * What liborcus reads of an XLSX file, written as messages to a descriptor. It ends the process on
 * some broken files (an assertion of its own), so it runs in a process of its own (workbook.c), and
 * this is how the two speak.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A row: `line` from 1, its fault, `count` texts, each with its NUL, in `bytes` bytes that follow.
 * The last message has line 0, and one of these as its count. */
struct orcus_rows_message {
    uint32_t line;
    uint32_t fault; /* enum sheet_reader_fault */
    uint32_t count;
    uint32_t bytes;
};

#define ORCUS_ROWS_END 0
#define ORCUS_ROWS_REFUSED 1 /* the reason follows, in Danish, without a NUL */

void orcus_rows_write(const char *bytes, size_t length, int target);
