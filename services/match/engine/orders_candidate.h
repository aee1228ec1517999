/*
 * A candidate as a match against open orders asks about them: which facts have this key? For the
 * engine's own files.
 */
#pragma once

#include "services/match/engine/engine.h"

#define ORDERS_NO_FACT UINT32_MAX
#define ORDERS_SIGNATURE_BITS 12 /* of a place in the signature */

struct orders_candidate {
    const struct engine_candidate *stated;
    uint32_t *keys; /* each once */
    size_t key_count;
    uint32_t *next; /* by fact: another one with its key; ORDERS_NO_FACT: none */
    size_t fact_room;
    struct orders_seat *seats; /* open addressing from key to fact */
    uint32_t seat_count;
    /* A bit for each key, at orders_candidate_bit(); bit 0 is always set. */
    uint64_t signature[(1 << ORDERS_SIGNATURE_BITS) / 64];
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

static inline uint32_t orders_candidate_bit(uint32_t key)
{
    return orders_candidate_hash(key) >> (32 - ORDERS_SIGNATURE_BITS);
}

/* Of a key's bit; no fact with the key when 0. */
static inline uint64_t orders_candidate_may(const struct orders_candidate *candidate, uint64_t bit)
{
    return candidate->signature[bit / 64] >> (bit % 64) & 1;
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
