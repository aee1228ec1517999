/*
 * The rules about a candidate as a whole (RANKING.md R1-R6), asked of a block's gates (gates.h).
 * They are those of rules_person, arranged for many candidates in a row: plain comparisons without
 * branches, a line of gates at once, and the distance once for a run of neighbours.
 */
#pragma once

#include "services/match/engine/look.h"

#include <endian.h>
#include <string.h>

/* Leaves among the survivors those who are alive in this snapshot and whom none of R1 to R6
 * excludes. */
void passage_filter(struct look *look);
/* Whether so many are asked about that their gates are read line by line, none left out: then
 * asking everybody is as quick. */
bool passage_streams(const struct look *look, size_t count);
/* Sets `open` for everybody of the block at hand: 1 for those whom passage_filter would leave. */
void passage_open(struct look *look);
/* Then: who is open of 64, as bits, from `local` on, which 64 divides. */
static inline uint64_t passage_bits(const struct look *look, uint32_t local)
{
    uint64_t bits = 0;
    for (unsigned byte = 0; byte < 8; byte++) {
        uint64_t eight;
        memcpy(&eight, look->open + local + 8 * byte, sizeof eight);
        /* Moves the lowest bit of each byte into the highest byte. */
        bits |= le64toh(eight) * UINT64_C(0x0102040810204080) >> 56 << (8 * byte);
    }
    return bits;
}

/* For everybody of the block at hand, dead or alive: which of R1 to R6 exclude, as bits
 * 1 << enum engine_reason. Of whom R1 excludes the other bits say nothing. */
void passage_failures(const struct look *look, uint16_t *failures);
