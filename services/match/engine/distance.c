#include "services/match/engine/distance.h"

#include <stdlib.h>

#define METRES_PER_DEGREE 111195 /* of a great circle: 6,371,008.8 m * pi / 180 */
#define MILLIONTHS 1000000

bool distance_known(struct engine_place place)
{
    return place.latitude != INT32_MIN && place.longitude != INT32_MIN;
}

/*
 * The cosine of a latitude in thousandths of a degree, in millionths, by Bhaskara's rational
 * formula: within 0.2 % everywhere, and the same on every machine, which libm's is not.
 */
static int64_t cosine(int64_t thousandths)
{
    const int64_t square = thousandths * thousandths;
    return 4 * MILLIONTHS * (INT64_C(8100000000) - square) / (INT64_C(32400000000) + square);
}

/* The square of the distance in metres, on a plane that touches the globe half-way. */
static int64_t square_metres(struct engine_place from, struct engine_place to)
{
    const int64_t north = llabs((int64_t)from.latitude - to.latitude);
    const int64_t east = llabs((int64_t)from.longitude - to.longitude);
    const int64_t middle = llabs((int64_t)from.latitude + to.latitude) / 2000;
    const int64_t y = north * METRES_PER_DEGREE / MILLIONTHS;
    const int64_t x = east * cosine(middle) / MILLIONTHS * METRES_PER_DEGREE / MILLIONTHS;
    return x * x + y * y;
}

/* (1.3 * metres)^2 <= (1000 * limit)^2, both sides times 100. */
static bool within(int64_t square, int64_t limit_km)
{
    return 169 * square <= INT64_C(100000000) * limit_km * limit_km;
}

bool distance_within(struct engine_place from, struct engine_place to, uint32_t limit_km)
{
    return within(square_metres(from, to), limit_km);
}

uint32_t distance_road_km(struct engine_place from, struct engine_place to)
{
    const int64_t square = square_metres(from, to);
    int64_t below = -1;
    int64_t enough = 100000; /* more than once around the globe */
    while (enough - below > 1) {
        const int64_t middle = (below + enough) / 2;
        if (within(square, middle)) {
            enough = middle;
        } else {
            below = middle;
        }
    }
    return (uint32_t)enough;
}
