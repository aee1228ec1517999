/*
 * XXH64 (Yann Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md) with seed 0, over whole
 * stripes of 32 bytes: whoever writes pads. It finds every accident; it is no defence against
 * forgery. Cost: several bytes per cycle.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CHECKSUM_STRIPE 32

struct checksum {
    uint64_t lanes[4];
    uint64_t length;
};

void checksum_init(struct checksum *checksum);
/* `length` is a multiple of CHECKSUM_STRIPE; `bytes` need no alignment. */
void checksum_add(struct checksum *checksum, const void *bytes, size_t length);
uint64_t checksum_value(const struct checksum *checksum);
