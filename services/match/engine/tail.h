/*
 * The newest candidates, not indexed yet, in plain form: an array that only grows at its end and is
 * shared by successive snapshots, each of which knows how much of it is its own. Counted
 * references.
 */
#pragma once

#include "services/match/engine/chain.h"
#include "services/match/engine/engine.h"

#include <string.h>

#define TAIL_CAP CHAIN_LOG
/* So many are worth a segment. The rest of the places are for those who come while it is made. */
#define TAIL_FULL 128

struct tail {
    atomic_size_t references;
    atomic_size_t used;   /* claimed by the newest snapshot */
    struct chains chains; /* of ids, by tail_chain */
    uint8_t ids[TAIL_CAP][ENGINE_ID_SIZE];
    struct engine_candidate *items[TAIL_CAP]; /* facts by segment_key, beside the candidate */
    struct tail_chunk *chunks;                /* what the items lie in, newest first */
};

static inline uint32_t tail_chain(const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t words[2];
    memcpy(words, id, sizeof words);
    return (uint32_t)((words[0] ^ words[1]) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

struct tail *tail_create(void);
void tail_hold(struct tail *tail);     /* NULL is fine */
void tail_release(struct tail **tail); /* NULL is fine */

/* Takes the places `from` to `from + count` - 1. False: there is no room, or a newer snapshot has
 * taken them; the caller then copies. */
bool tail_claim(struct tail *tail, size_t from, size_t count);
/* Fills a place that the caller has claimed with a deep copy; returns the bytes that it takes. */
size_t tail_put(struct tail *tail, size_t at, const struct engine_candidate *candidate);
