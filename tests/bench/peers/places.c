#include "tests/bench/peers/places.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned town_of(const struct data *data, size_t candidate)
{
    const unsigned town = data->pool.town[candidate];
    return town == DATA_NO_TOWN ? data->towns : town;
}

void places_init(struct places *places, const struct data *data)
{
    const size_t count = data->pool.count;
    places->candidates = malloc(count * sizeof *places->candidates);
    places->from = calloc((size_t)data->towns + 2, sizeof *places->from);
    size_t *next = calloc((size_t)data->towns + 2, sizeof *next);
    if (places->candidates == NULL || places->from == NULL || next == NULL) {
        fprintf(stderr, "places: no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        places->from[town_of(data, i) + 1]++;
    }
    for (unsigned town = 0; town <= data->towns; town++) {
        places->from[town + 1] += places->from[town];
        next[town] = places->from[town];
    }
    for (size_t i = 0; i < count; i++) {
        places->candidates[next[town_of(data, i)]++] = (uint32_t)i;
    }
    free(next);
}

size_t places_within(const struct places *places, const struct data *data,
                     const struct data_order *order, struct places_range *ranges)
{
    const uint16_t *km = data->distances + (size_t)order->town * data->towns;
    size_t count = 0;
    for (unsigned town = 0; town < data->towns; town++) {
        const struct places_range range = {places->from[town], places->from[town + 1]};
        if (km[town] > order->radius || range.begin == range.end) {
            continue;
        }
        if (count > 0 && ranges[count - 1].end == range.begin) {
            ranges[count - 1].end = range.end;
        } else {
            ranges[count++] = range;
        }
    }
    return count;
}
