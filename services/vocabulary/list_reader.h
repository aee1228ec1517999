/* What the rows of each list have in common: inside of lists.h. */
#pragma once

#include "common/json/json.h"
#include "services/vocabulary/lists.h"
#include "services/vocabulary/records.h"

#define LIST_COLUMNS_CAP 12

struct list_reader {
    const struct list_format *format;
    const struct list_sink *sink;
    struct list_summary *summary;
    const char *language;             /* of the file's name, or "" */
    struct arena *arena;              /* of the row */
    json_t *seen;                     /* concept → the line and label where it first stood */
    size_t columns[LIST_COLUMNS_CAP]; /* where the format's columns stand in this file */
    struct record row;
};

struct list_format {
    const char *name; /* of the list */
    bool languages;   /* the name gets "-da" or "-en" */
    bool pillars;     /* "-occupations" or "-skills", as ESCO names its two pillars */
    bool short_rows;  /* empty cells at the end may be missing */
    char separator;
    const char *columns[LIST_COLUMNS_CAP]; /* all must be there; the order is the format's own */
    /* One row: terms and arcs, or faults and nothing. */
    void (*read)(struct list_reader *reader);
};

/* The first that fits the heading counts. */
extern const struct list_format list_formats[];
extern const size_t list_formats_count;

/* The cell of the format's n-th column. */
const char *list_cell(const struct list_reader *reader, size_t column);
/* Records a fault of that column (LIST_ROW: of the row). */
#define LIST_ROW SIZE_MAX
void list_fail(struct list_reader *reader, size_t column, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
