#include "tests/bench/workload/draw.h"

#include <math.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

struct draw draw_from(uint64_t seed, uint64_t purpose, uint64_t number)
{
    return (struct draw){.state = mix(mix(seed) + purpose * UINT64_C(0xD1342543DE82EF95)) ^
                                  mix(number + UINT64_C(0x9E3779B97F4A7C15))};
}

uint64_t draw_bits(struct draw *draw)
{
    draw->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(draw->state);
}

uint32_t draw_below(struct draw *draw, uint32_t limit)
{
    return (uint32_t)((draw_bits(draw) >> 32) * limit >> 32);
}

int32_t draw_between(struct draw *draw, int32_t least, int32_t most)
{
    return least + (int32_t)draw_below(draw, (uint32_t)(most - least) + 1);
}

bool draw_chance(struct draw *draw, unsigned percent)
{
    return draw_below(draw, 100) < percent;
}

void draw_zipf(uint32_t *sums, size_t count, double exponent)
{
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        total += pow((double)i + 1, -exponent);
    }
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += pow((double)i + 1, -exponent);
        sums[i] = (uint32_t)(sum / total * 4294967294.0);
    }
    sums[count - 1] = UINT32_MAX;
}

size_t draw_rank(struct draw *draw, const uint32_t *sums, size_t count)
{
    const uint32_t at = (uint32_t)(draw_bits(draw) >> 32);
    size_t low = 0;
    size_t high = count - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (sums[middle] < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
