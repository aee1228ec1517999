/*
 * Writes HTML (WHATWG) straight into a buffer, piece by piece. Whatever is data comes in through a
 * function that knows where it stands, and is escaped there; there is no way to write data that is
 * not (OWASP ASVS 1.2.1: by construction, not by care):
 *
 *     text        html_text, html_element      between tags
 *     attribute   html_attribute, html_flag    always in double quotes
 *     URL         html_url                     own paths, fragments and https alone
 *     style       html_style                   a constant of the program, never data
 *
 * Names of elements and attributes are constants of the program. What would open another context
 * (script, style and on… attributes, an address as a plain attribute) is a fault of the program and
 * asserted, as is a tag that closes another. Bytes that are not UTF-8, and control characters,
 * become U+FFFD.
 *
 * A writer is a small struct on the stack; it owns nothing. Whether all fitted is the buffer's to
 * say (buffer_full); a caller checks once, at the end.
 */
#pragma once

#include "common/base/buffer.h"

#include <stdbool.h>

#define HTML_DEPTH_CAP 32

struct html {
    struct buffer *buffer;
    const char *open[HTML_DEPTH_CAP]; /* elements, the outermost first */
    unsigned depth;
    bool in_tag; /* attributes may follow */
};

/* Begins with the doctype. */
void html_init(struct html *html, struct buffer *buffer);
/* Asserts that every element was closed. */
void html_finish(struct html *html);

void html_open(struct html *html, const char *element);
void html_close(struct html *html, const char *element); /* asserted to be the innermost */
void html_void(struct html *html, const char *element);  /* one without content: meta, br, input */

/* Right after html_open or html_void; NULL writes no attribute. */
void html_attribute(struct html *html, const char *name, const char *value);
void html_flag(struct html *html, const char *name); /* required, checked */
/* href, action, src or cite. An address that begins with neither one "/", "#" nor "https://"
 * becomes "#": nothing runs, nothing leads elsewhere over an open line. */
void html_url(struct html *html, const char *name, const char *url);

void html_text(struct html *html, const char *text); /* NULL: nothing */
/* Opens, text, closes. */
void html_element(struct html *html, const char *element, const char *text);
/* A style element. `css` is a constant of the program without "<". */
void html_style(struct html *html, const char *css);
