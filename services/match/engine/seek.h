/* Where a number is in an ascending list of local numbers. */
#pragma once

#include "services/match/engine/segment.h"

#include <string.h>

/* Numbers compared side by side; as signed ones, which machines do in one instruction. */
#define SEEK_STRIDE 16
typedef int16_t seek_half __attribute__((vector_size(SEEK_STRIDE)));
_Static_assert(BLOCK_CAP <= INT16_MAX, "a local number is a signed one too");

static inline uint32_t seek_smaller_of_stride(const uint16_t *locals, uint16_t local)
{
    seek_half one;
    seek_half other;
    uint64_t lanes[2];
    memcpy(&one, locals, sizeof one);
    memcpy(&other, locals + SEEK_STRIDE / 2, sizeof other);
    const seek_half smaller = -((one < (int16_t)local) + (other < (int16_t)local));
    memcpy(lanes, &smaller, sizeof lanes);
    return (uint32_t)((lanes[0] + lanes[1]) * UINT64_C(0x0001000100010001) >> 48);
}

/* The first place from `at` on with this number or a greater one, or `end`: in leaps that double,
 * then by halves, at last a stride at once. */
static inline uint32_t seek_from(const uint16_t *locals, uint32_t at, uint32_t end, uint16_t local)
{
    uint32_t leap = SEEK_STRIDE;
    while (end - at > leap && locals[at + leap - 1] < local) {
        at += leap;
        leap *= 2;
    }
    uint32_t high = end - at > leap ? at + leap : end;
    while (high - at > SEEK_STRIDE) {
        const uint32_t middle = at + (high - at) / 2;
        if (locals[middle] < local) {
            at = middle + 1;
        } else {
            high = middle;
        }
    }
    if (end - at >= SEEK_STRIDE) {
        return at + seek_smaller_of_stride(locals + at, local);
    }
    while (at < end && locals[at] < local) {
        at++;
    }
    return at;
}

/* The same in a list of which nothing is known yet: by halves without a branch, so that searches in
 * several lists run side by side. */
static inline uint32_t seek_alone(const uint16_t *locals, uint32_t count, uint16_t local)
{
    uint32_t at = 0;
    for (uint32_t left = count; left > SEEK_STRIDE;) {
        const uint32_t half = left / 2;
        const uint32_t smaller = locals[at + half - 1] < local ? 1 : 0;
        at += half & (0 - smaller);
        left -= half;
    }
    if (count >= SEEK_STRIDE) {
        at = at + SEEK_STRIDE <= count ? at : count - SEEK_STRIDE;
        return at + seek_smaller_of_stride(locals + at, local);
    }
    return seek_from(locals, 0, count, local);
}
