/*
 * What the codes of facts and orders mean in one version of the vocabulary: what each is called in
 * Danish, whether one of its kind expires, and which others count in its place. Filled by one
 * thread; from the first words_hold on it never changes and any number of threads may ask. The last
 * holder frees it. A look-up is one step in a hash table.
 */
#pragma once

#include "services/match/engine/engine.h"

struct words;

struct words_relation {
    const char *code; /* of the same kind */
    enum engine_relation relation;
};

/* The caller holds it. */
struct words *words_create(int64_t version);
struct words *words_hold(struct words *words);
void words_release(struct words **words);
int64_t words_version(const struct words *words);

/* Later ones of the same kind and code are ignored. Texts are copied. */
void words_add(struct words *words, enum engine_kind kind, const char *code, const char *label,
               bool expires);
/* A fact with `related` counts in place of `code`, by `relation`. Neither need have been added. */
void words_relate(struct words *words, enum engine_kind kind, const char *code, const char *related,
                  enum engine_relation relation);
/* "unit"; ERROR_INVALID when there is none such, or it is "exact". */
MUST_CHECK int words_read_relation(const char *name, enum engine_relation *relation);

/* All that is known of a code, in one look. */
struct words_found {
    const char *label; /* the code itself where it has none */
    bool expires;
    const struct words_relation *related; /* as words_related */
    size_t related_count;
};
struct words_found words_look(const struct words *words, enum engine_kind kind, const char *code);

struct words_key {
    enum engine_kind kind;
    const char *code;
};
/* The same of many, whose waits for memory pass side by side. */
void words_look_all(const struct words *words, const struct words_key *keys, size_t count,
                    struct words_found *found);

/* The code itself where it has no label. */
const char *words_label(const struct words *words, enum engine_kind kind, const char *code);
/* A fact without a last valid day is unknown where this is so (RANKING.md R11). */
bool words_expires(const struct words *words, enum engine_kind kind, const char *code);
/* In the order in which they were added; they live as long as the words. */
size_t words_related(const struct words *words, enum engine_kind kind, const char *code,
                     const struct words_relation **related);

/* ---- the newest, under readers on any thread ---- */

struct words_shelf;

struct words_shelf *words_shelf_create(void);
void words_shelf_destroy(struct words_shelf **shelf);
/* Takes the caller's hold. Who holds older ones keeps them. */
void words_shelf_put(struct words_shelf *shelf, struct words *words);
struct words *words_shelf_take(struct words_shelf *shelf); /* NULL until the first; release it */
