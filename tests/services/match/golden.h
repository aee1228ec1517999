/*
 * A small pool written by hand, and one order: structural workers for a light-rail stretch, who
 * must have an epoxy certificate that is valid on the start date. Everybody is fictional.
 */
#pragma once

#include "services/match/engine/engine.h"

#define GOLDEN_CANDIDATES 12
#define GOLDEN_REQUIREMENTS 5

enum golden_day {
    GOLDEN_AS_OF = 20800,    /* 2026-12-13 */
    GOLDEN_START = 20850,    /* 2027-02-01 */
    GOLDEN_STATED = 20487,   /* 2026-02-03 */
    GOLDEN_NEXT_YEAR = 21183 /* 2027-12-31 */
};

struct golden {
    struct engine_vocabulary *vocabulary;
    struct engine_snapshot *snapshot;
    struct engine_order order;
};

/* Candidate `number` counts from 1: id 5f8d0000-0000-4000-8000-0000000000NN. */
void golden_id(unsigned number, uint8_t id[ENGINE_ID_SIZE]);
void golden_create(struct golden *golden);
void golden_destroy(struct golden *golden);
