/*
 * A job order in the making, put together from texts and values: a body as POST /v1/job-orders
 * takes it, each piece with where it came from and how sure it is, and what was not understood.
 * Nothing is stored. What has been said once is not said over: a second start stands aside with a
 * note. One thread; everything is the arena's or is released by draft_finish.
 */
#pragma once

#include "common/json/json.h"
#include "services/orders/text/text.h"

struct draft;

struct draft *draft_create(struct arena *arena, const struct text_words *words,
                           struct calendar_date today);

/* Reads a free text. `source` is the JSON Pointer of the member that it came from; "" for a text
 * alone. The text is UTF-8 and is kept as the source that spans count in (Unicode code points). */
void draft_text(struct draft *draft, const char *source, const char *text);

/* A value that a member says as such: put at `field` ("/posts") where nothing is yet. Steals
 * `value`. `note` may be NULL. False when something else stands there already; the span then says
 * so. */
bool draft_value(struct draft *draft, const char *source, const char *text, const char *field,
                 json_t *value, int confidence, const char *note);
/* The same of one item: "/occupations", "/kinds". */
void draft_item(struct draft *draft, const char *source, const char *text, const char *list,
                const char *item, int confidence, const char *note);
/* Understood, and an order has no place for it. */
void draft_aside(struct draft *draft, const char *source, const char *text, const char *value,
                 const char *note);
/* Not understood: the member's text whole. */
void draft_unknown(struct draft *draft, const char *source, const char *text);

bool draft_has(const struct draft *draft, const char *field);

/* {"draft", "missing", "spans", "not_understood", "remarks", "sources"}: a new reference. The draft
 * is over. */
json_t *draft_finish(struct draft **draft);
