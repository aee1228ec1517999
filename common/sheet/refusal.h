/*
 * Why an XLSX file as a whole is not read. The helper names the reason by its number, and what a
 * person is told stands on this side: no text of a process that a hostile file may have taken over.
 */
#pragma once

#include "common/base/error.h"

#include <stdint.h>

enum refusal {
    REFUSAL_NONE,
    REFUSAL_OTHER,      /* no XLSX at all */
    REFUSAL_UNREADABLE, /* looks like one, but breaks its rules */
    REFUSAL_PASSWORD,
    REFUSAL_XLS,
    REFUSAL_XLSB,
    REFUSAL_ODS,
    REFUSAL_TWICE,  /* two parts of one name */
    REFUSAL_LARGE,  /* unpacked */
    REFUSAL_SHEETS, /* too many */
    REFUSAL_COLUMNS,
    REFUSAL_ROWS,
    REFUSAL_CELLS,
    REFUSAL_STYLES,
    REFUSAL_ADDRESS, /* a cell that says no place */
    REFUSAL_MEMORY,  /* from here: the limits of the helper; ERROR_LIMIT */
    REFUSAL_TIME,
    REFUSAL_OUTPUT,
    REFUSAL_COUNT
};

/* ERROR_INVALID or ERROR_LIMIT, and `detail`. A number that is none is REFUSAL_UNREADABLE. */
MUST_CHECK int refusal_say(uint32_t refusal, struct error_detail *detail);
