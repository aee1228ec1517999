/*
 * The candidate's page, as HTML that works without script, from 320 px on, by keyboard and with a
 * screen reader. Pure: what stands on it is given. It shows employer and job, never the candidate,
 * since whoever holds the link can open it.
 */
#pragma once

#include "common/base/buffer.h"

#define PAGE_CAP ((size_t)131072)

enum page_notice {
    PAGE_AS_IT_IS,
    PAGE_NOT_TICKED, /* a yes without the tick that the text was read */
    PAGE_NOT_OURS    /* the form was not one that this page was sent with */
};

struct page {
    const char *state;     /* of citizen_view (0027); an unknown one shows that we know no link */
    const char *statement; /* lines; "# " a heading, "- " an item */
    const char *digest;    /* of the statement, hexadecimal */
    const char *answer_by; /* for people */
    const char *seal;      /* binds the form to this page */
    enum page_notice notice;
};

/* The whole style, for the hash in Content-Security-Policy. */
extern const char page_style[];

/* Appends to `bytes`, whose cap is PAGE_CAP. */
void page_write(struct buffer *bytes, const struct page *page);
