#include "services/match/engine/tie.h"

#include <endian.h>
#include <string.h>

/* SplitMix64's finalizer (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t z)
{
    z += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t big_endian(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return be64toh(value);
}

uint64_t tie_of_order(const uint8_t order[ENGINE_ID_SIZE])
{
    return mix(mix(big_endian(order)) ^ big_endian(order + 8));
}

uint64_t tie_with(uint64_t of_order, const uint8_t candidate[ENGINE_ID_SIZE])
{
    return mix(mix(of_order ^ big_endian(candidate)) ^ big_endian(candidate + 8));
}

uint64_t tie_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE])
{
    return tie_with(tie_of_order(order), candidate);
}
