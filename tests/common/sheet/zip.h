/*
 * A zip written part by part (APPNOTE.TXT 4.3), such as no honest program writes: names twice,
 * sizes that lie, flags that are not so. And the parts of a small XLSX file around one sheet.
 */
#pragma once

#include "common/base/buffer.h"

struct zip {
    struct buffer bytes;
    struct buffer list;
    unsigned count;
    unsigned flags;  /* of the parts that follow; 1: encrypted */
    unsigned claims; /* their sizes as the list says them; 0: the true ones */
};

void zip_init(struct zip *zip);
void zip_add(struct zip *zip, const char *name, const void *part, size_t length); /* packed */
void zip_text(struct zip *zip, const char *name, const char *text);
void zip_finish(struct zip *zip); /* the file is in `bytes` */
void zip_deinit(struct zip *zip);

/* What stands around the sheet of a file; NULL: nothing. */
struct zip_book {
    const char *sheet;     /* within <worksheet> */
    const char *strings;   /* within <sst> */
    const char *styles;    /* within <styleSheet> */
    const char *before;    /* within <worksheet> of a sheet before it … */
    const char *state;     /* … and its state, "hidden" */
    const char *root;      /* how parts are named: "/" from the root, "./" */
    const char *from_1904; /* "1", and "true" as LibreOffice has it */
};

/* All parts of the book; the caller may add more, and finishes. */
void zip_add_book(struct zip *zip, const struct zip_book *book);
