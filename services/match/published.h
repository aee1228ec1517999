/*
 * The pool's newest snapshot, under readers on any thread: built aside, swapped in as one pointer,
 * freed when the last reader lets go. Taking and releasing cost a short lock and never wait for a
 * build.
 */
#pragma once

#include "services/match/engine/engine.h"

struct published;
struct published_reader;

struct published *published_create(void);
void published_destroy(struct published **published); /* no reader holds anything */

/* Takes ownership. Readers that hold an older one keep it. */
void published_swap(struct published *published, struct engine_snapshot *snapshot);

/* NULL until the first swap. Pair with published_release. */
struct published_reader *published_take(struct published *published);
const struct engine_snapshot *published_snapshot(const struct published_reader *reader);
void published_release(struct published *published, struct published_reader **reader);

/* The version that is in, or -1. */
int64_t published_version(struct published *published);
