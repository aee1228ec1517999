#include "services/match/engine/checksum.h"

#include <string.h>

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t stir(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

void checksum_init(struct checksum *checksum)
{
    *checksum = (struct checksum){
        .lanes = {PRIME_1 + PRIME_2, PRIME_2, 0, UINT64_C(0) - PRIME_1},
    };
}

void checksum_add(struct checksum *checksum, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t lanes[4];
    memcpy(lanes, checksum->lanes, sizeof lanes);
    for (size_t left = length; left >= CHECKSUM_STRIPE; left -= CHECKSUM_STRIPE) {
        uint64_t words[4];
        memcpy(words, at, sizeof words);
        for (size_t i = 0; i < 4; i++) {
            lanes[i] = stir(lanes[i], words[i]);
        }
        at += CHECKSUM_STRIPE;
    }
    memcpy(checksum->lanes, lanes, sizeof lanes);
    checksum->length += length;
}

uint64_t checksum_value(const struct checksum *checksum)
{
    const uint64_t *lanes = checksum->lanes;
    uint64_t value = PRIME_5;
    if (checksum->length > 0) {
        value =
            rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
        for (size_t i = 0; i < 4; i++) {
            value = (value ^ stir(0, lanes[i])) * PRIME_1 + PRIME_4;
        }
    }
    value += checksum->length;
    value = (value ^ value >> 33) * PRIME_2;
    value = (value ^ value >> 29) * PRIME_3;
    return value ^ value >> 32;
}
