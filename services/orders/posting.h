/*
 * A job posting of schema.org (https://schema.org/JobPosting, JSON-LD) → a draft. The posting
 * stands alone, in `@graph`, or as one of several there (then the first). What each member says is
 * put where an order has a place for it; texts are read as free text; all else is listed as not
 * understood. Nothing is fetched: no context, no link. Pure.
 */
#pragma once

#include "services/orders/draft.h"

#define POSTING_TEXT_CAP 8000 /* characters of one member; the rest is listed as not understood */

/* Official addresses and numbers of the trades, as a posting may name them. */
struct posting_trade {
    const char *code, *disco, *esco;
};

/* The JobPosting in a document, or NULL. */
const json_t *posting_find(const json_t *document);
/* Nothing where there is none. */
void posting_read(struct arena *arena, struct draft *draft, const json_t *document,
                  const struct posting_trade *trades, size_t count);

/* HTML as text: tags out (what ends a line becomes a line break), entities resolved. In the arena.
 */
const char *posting_plain(struct arena *arena, const char *html);
