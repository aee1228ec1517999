/*
 * What liborcus reads of an XLSX file, written as messages to a descriptor. It ends the process on
 * some broken files (an assertion of its own), so it runs in a program of its own (helper.c), and
 * this is how that one speaks to workbook.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A row: `line` from 1 and upwards, its fault, `count` texts, each with its NUL, in `bytes` bytes
 * that follow. The last message has line 0 and, as its fault, an enum refusal: REFUSAL_NONE when
 * all rows have been said. */
struct orcus_rows_message {
    uint32_t line;
    uint32_t fault; /* enum sheet_reader_fault */
    uint32_t count;
    uint32_t bytes;
};

/* At most `most` bytes. What the process is to end with: PROCESS_EXIT_… of process.h. */
int orcus_rows_write(const char *bytes, size_t length, int target, size_t most);
