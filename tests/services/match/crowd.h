/*
 * A pool that has been lived in: grown by changes large and small and by compactions, so that it
 * has pieces, dead in them and a tail; beside it the same people as a plain array, for the oracle.
 * Everybody in it is fictional.
 */
#pragma once

#include "tests/services/match/generate.h"

#define CROWD_CAP 4000

struct crowd {
    size_t count; /* who have ever been in it, in the order in which they came */
    bool here[CROWD_CAP];
    struct engine_candidate people[CROWD_CAP];
    struct engine_fact facts[CROWD_CAP][GENERATE_FACTS];
    struct engine_snapshot *snapshot;
    bool kept; /* the snapshot is somebody else's */
    int64_t version;
    /* Those who are here, in the same order. */
    size_t present_count;
    struct engine_candidate present[CROWD_CAP];
};

struct crowd *crowd_create(void);
void crowd_destroy(struct crowd **crowd);
/* Empties it and lets `count` come at once, then changes them in `steps` steps drawn from the seed.
 */
void crowd_live(struct crowd *crowd, uint64_t *state, size_t count, size_t steps);
/* One more such step. */
void crowd_step(struct crowd *crowd, uint64_t *state);
/* Hands over the snapshot as it is: the next step will leave it alone. */
struct engine_snapshot *crowd_keep(struct crowd *crowd);
