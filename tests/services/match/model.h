/*
 * The pool as a trivial map from person to candidate, to hold snapshots against: what was put in
 * must come out, whatever happened in between. Everybody in it is fictional.
 */
#pragma once

#include "services/match/engine/snapshot.h"

#define MODEL_PEOPLE 600
#define MODEL_FACTS 12

struct model {
    size_t count;
    uint32_t highest_code; /* of a fact: the highest possible, until somebody says otherwise */
    bool here[MODEL_PEOPLE];
    struct engine_candidate people[MODEL_PEOPLE];
    struct engine_fact facts[MODEL_PEOPLE][MODEL_FACTS];
};

struct model *model_create(void);
void model_destroy(struct model **model);
struct model *model_copy(const struct model *model);

/* Changes `count` different people, drawn from the seed: some leave, others come or are changed, a
 * few leave who were not there. `changed` has room for them; their facts live in the model. */
void model_change(struct model *model, uint64_t *state, size_t count,
                  struct engine_candidate *changed);
/* Fails the test unless the snapshot is the model: every candidate, every field, every fact, and
 * every promise of segment.h about how they lie. */
void model_check(const struct model *model, const struct engine_snapshot *snapshot);
