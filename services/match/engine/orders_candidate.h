/*
 * A candidate as a match against open orders asks about them: which facts have this key? For the
 * engine's own files.
 */
#pragma once

#include "services/match/engine/engine.h"

#define ORDERS_NO_FACT UINT32_MAX
#define ORDERS_SIGN_BITS 12 /* of a place among the signs */

struct orders_candidate {
    const struct engine_candidate *stated;
    uint32_t *keys; /* each once */
    size_t key_count;
    uint32_t *next; /* by fact: another one with its key; ORDERS_NO_FACT: none */
    size_t fact_room;
    struct orders_seat *seats; /* open addressing from key to fact */
    uint32_t seat_count;
    /* 1 for each key and level that there is a fact for, at orders_candidate_sign(); at 0 always.
     * A byte each, not a bit: they are asked for more often than set. */
    uint8_t signs[1 << ORDERS_SIGN_BITS];
    size_t bytes;
};

struct orders_seat {
    uint32_t key; /* 0: free */
    uint32_t first;
};

/* Begin with all bytes 0. Keeps what it has allocated for the next candidate; `stated` has to
 * outlive the use. */
void orders_candidate_look(struct orders_candidate *candidate,
                           const struct engine_candidate *stated);
void orders_candidate_deinit(struct orders_candidate *candidate);

static inline uint32_t orders_candidate_hash(uint32_t key)
{
    return key * UINT32_C(2654435769); /* 2^32 / the golden ratio: the upper bits are mixed */
}

/* Where it shows that no fact of this key has the level or a higher one; level 0 is any. */
static inline uint32_t orders_candidate_sign(uint32_t key, unsigned level)
{
    return (orders_candidate_hash(key) + level * UINT32_C(2246822507)) >> (32 - ORDERS_SIGN_BITS);
}

/* Some fact with the key; the others follow by `next`. */
static inline uint32_t orders_candidate_first(const struct orders_candidate *candidate,
                                              uint32_t key)
{
    const uint32_t mask = candidate->seat_count - 1;
    uint32_t at = orders_candidate_hash(key) >> 16 & mask;
    while (candidate->seats[at].key != key && candidate->seats[at].key != 0) {
        at = (at + 1) & mask;
    }
    return candidate->seats[at].key == key && key != 0 ? candidate->seats[at].first
                                                       : ORDERS_NO_FACT;
}
