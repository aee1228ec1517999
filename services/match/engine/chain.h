/*
 * Finds entries of a log that only grows at its end and is shared by successive snapshots, each of
 * which knows how many of its entries are its own: every entry is linked to the one before it in
 * its chain. Whoever reads passes over entries that are newer than its own. One writer at a time:
 * who has claimed the entry.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define CHAIN_LOG 512 /* entries at most */
#define CHAINS 256    /* a power of two */
#define CHAIN_END UINT16_MAX

struct chains {
    _Atomic uint16_t newest[CHAINS]; /* its number + 1; 0: none. So zeroed is empty */
    uint16_t before[CHAIN_LOG];      /* likewise */
};

static inline void chain_add(struct chains *chains, uint32_t chain, uint32_t entry)
{
    _Atomic uint16_t *newest = &chains->newest[chain % CHAINS];
    chains->before[entry] = atomic_load_explicit(newest, memory_order_relaxed);
    atomic_store_explicit(newest, (uint16_t)(entry + 1), memory_order_release);
}

/* Of the entry that was linked before: CHAIN_END: none. */
static inline uint32_t chain_before(const struct chains *chains, uint32_t entry)
{
    return (uint16_t)(chains->before[entry] - 1u);
}

/* The newest of the chain that is among the first `count`. */
static inline uint32_t chain_newest(const struct chains *chains, uint32_t chain, uint32_t count)
{
    uint32_t entry =
        (uint16_t)(atomic_load_explicit(&chains->newest[chain % CHAINS], memory_order_acquire) -
                   1u);
    while (entry != CHAIN_END && entry >= count) {
        entry = chain_before(chains, entry);
    }
    return entry;
}
