#include "services/vocabulary/suggest/number.h"

uint32_t number_log2(uint64_t value)
{
    if (value <= 1)
        return 0;
    const uint32_t whole = 63U - (uint32_t)__builtin_clzll(value);
    /* 1.31 fixed point; each squaring gives one bit of the fraction. */
    uint64_t rest = whole >= 31 ? value >> (whole - 31) : value << (31 - whole);
    uint32_t result = whole;
    for (int bit = 0; bit < 4; bit++) {
        rest = rest * rest >> 31;
        result <<= 1;
        if (rest >> 32 != 0) {
            rest >>= 1;
            result |= 1;
        }
    }
    return result;
}

uint32_t number_root(uint64_t value)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= value)
            root |= bit;
    return (uint32_t)root;
}
