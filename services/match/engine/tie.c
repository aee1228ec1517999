#include "services/match/engine/tie.h"

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
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

uint64_t tie_hash(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE])
{
    uint64_t hash = 0;
    hash = mix(hash ^ big_endian(order));
    hash = mix(hash ^ big_endian(order + 8));
    hash = mix(hash ^ big_endian(candidate));
    hash = mix(hash ^ big_endian(candidate + 8));
    return hash;
}
