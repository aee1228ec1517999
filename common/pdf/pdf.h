/*
 * Documents of text as PDF 1.5, A4: headings, paragraphs, lists and rows of two columns, over as
 * many pages as they take. A document is gathered block by block and laid out at the end, since
 * every page says how many there are.
 *
 *     struct pdf *pdf = pdf_create(&(struct pdf_options){.title = "CV", .created = released_at});
 *     pdf_title(pdf, "Åse Østergård (fiktiv)");
 *     pdf_heading(pdf, "Kontakt");
 *     pdf_row(pdf, "Telefon", "+45 00 00 00 00");
 *     error = pdf_write(pdf, &bytes);
 *     pdf_destroy(&pdf);
 *
 * Text is data: UTF-8 in any script that the machine's fonts have, right to left too. What is not
 * UTF-8, control characters and what turns the direction of text become U+FFFD; a line end stays
 * one, other white space is a space. NULL is "". The text can be copied, searched and read aloud:
 * it is embedded with its characters, and its parts are tagged as what they are.
 *
 * Bytes: the same calls give the same bytes, on machines with the same fonts and libraries; the
 * only time in them is `created`.
 *
 * Threads: a document belongs to one thread at a time; any number of threads may have one each.
 * Cost: about 3 ms and 1 MiB for a page; the process's first document also reads the machine's
 * list of fonts.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/base/error.h"

#include <stdint.h>

#define PDF_TEXT_CAP 16384 /* bytes of one block's text */
#define PDF_BLOCKS_CAP 4096
#define PDF_PAGES_CAP 500

struct pdf;

struct pdf_options {
    const char *title;  /* in the document's properties; a reader shows it as the window's title */
    const char *footer; /* at the foot of every page, beside "Side 1 af 2"; NULL: none */
    int64_t created;    /* microseconds since 1970 (common/base/clock.h); shown to the second */
};

/* Copies what it is given. */
struct pdf *pdf_create(const struct pdf_options *options);
void pdf_destroy(struct pdf **pdf);

void pdf_title(struct pdf *pdf, const char *text);   /* what the document is about; largest */
void pdf_heading(struct pdf *pdf, const char *text); /* never the last on its page */
void pdf_paragraph(struct pdf *pdf, const char *text);
void pdf_item(struct pdf *pdf, const char *text);                   /* with a bullet */
void pdf_row(struct pdf *pdf, const char *left, const char *right); /* left: what, right: which */

/* Appends the document to `bytes`; afterwards only pdf_destroy makes sense. ERROR_LIMIT: one of the
 * caps above, or the buffer's own, was passed. ERROR_UNAVAILABLE: the machine has no font. */
MUST_CHECK int pdf_write(struct pdf *pdf, struct buffer *bytes);
