/*
 * Numbers drawn from a seed and a number: SplitMix64, so that whatever is generated depends on
 * nothing else. Not for secrets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
    uint64_t state;
};

/* A stream of its own for each (seed, purpose, number). */
struct draw draw_from(uint64_t seed, uint64_t purpose, uint64_t number);
uint64_t draw_bits(struct draw *draw);
uint32_t draw_below(struct draw *draw, uint32_t limit); /* 0 to limit - 1 */
int32_t draw_between(struct draw *draw, int32_t least, int32_t most);
bool draw_chance(struct draw *draw, unsigned percent);

/* Weights 1 / (rank + 1)^exponent of `count` ranks, summed up, for draw_rank. */
void draw_zipf(uint32_t *sums, size_t count, double exponent);
/* A rank, by weights summed up to `sums`, the last of which is UINT32_MAX. */
size_t draw_rank(struct draw *draw, const uint32_t *sums, size_t count);
