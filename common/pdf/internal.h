/* What the files of this room share; nobody else includes it. */
#pragma once

#include "common/pdf/pdf.h"

#include <pango/pangocairo.h>

/* Points of 1/72 inch: A4, and what is left free of it. */
#define PDF_WIDTH 595.28
#define PDF_HEIGHT 841.89
#define PDF_MARGIN 56.7
#define PDF_INNER (PDF_WIDTH - 2 * PDF_MARGIN)

enum pdf_kind { PDF_TITLE, PDF_HEADING, PDF_PARAGRAPH, PDF_ITEM, PDF_ROW };

/* One or two texts beside each other. A list's bullet is a text of its own. */
struct pdf_block {
    enum pdf_kind kind;
    PangoLayout *cells[2]; /* the second may be NULL */
    double left[2];        /* of the page, in points */
};

struct pdf {
    PangoFontMap *fonts;
    PangoContext *context;
    struct pdf_block *blocks;
    size_t count;
    size_t allocated;
    char *title;
    char *footer;
    int64_t created;
    bool full;
};

/* A layout of cleaned text, `width` points wide; the caller's to unref. */
PangoLayout *pdf_layout(struct pdf *pdf, const char *text, double size, bool bold, double width);

/* Appends the text as the header promises it; at most three times as long. Pure. */
void pdf_clean(struct buffer *clean, const char *text);

/* Lays all blocks out over pages and draws them. How many pages there were; 0 when there would be
 * more than PDF_PAGES_CAP. */
int pdf_pages(struct pdf *pdf, cairo_t *cairo);
