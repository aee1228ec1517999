/*
 * What competences, certificates, licences, languages and occupations are called in Danish. Filled
 * once, before any thread but the filling one sees it; after that it only answers. A few hundred
 * entries; a search looks at all of them.
 */
#pragma once

#include "services/match/engine/engine.h"

struct labels;

struct labels *labels_create(void);
void labels_destroy(struct labels **labels);
/* Later ones of the same kind and code are ignored. The texts are copied. */
void labels_add(struct labels *labels, enum engine_kind kind, const char *code, const char *label,
                bool expires);

/* The code itself where it has no label. */
const char *labels_of(const struct labels *labels, enum engine_kind kind, const char *code);
/* Whether one of this kind expires, so that a fact without a date is unknown (RANKING.md R11). */
bool labels_expires(const struct labels *labels, enum engine_kind kind, const char *code);
/* The occupations with the same four digits of DISCO-08 as `code`, itself among them, in the order
 * in which they were added (by bytes); writes at most `cap`, returns how many. */
size_t labels_related(const struct labels *labels, const char *code, const char **codes,
                      size_t cap);
