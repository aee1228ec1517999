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

#define POLE 90000 /* thousandths of a degree; beyond it the cosine's formula turns negative */

/* How far `at` is outside the range, in millionths of a degree. */
static int64_t outside(int32_t at, int32_t low, int32_t high)
{
    if (at < low) {
        return (int64_t)low - at;
    }
    return at > high ? (int64_t)at - high : 0;
}

/*
 * Each step of square_metres with the box's smallest difference and smallest cosine. Every step
 * grows with the difference and with the cosine, its division included, so the outcome is at most
 * that of any place in the box.
 */
bool distance_box_within(const struct distance_box *box, struct engine_place to, uint32_t limit_km)
{
    const int64_t south = llabs((int64_t)box->south + to.latitude) / 2000;
    const int64_t north = llabs((int64_t)box->north + to.latitude) / 2000;
    const int64_t farthest = south > north ? south : north; /* from the equator: least cosine */
    if (farthest > POLE) {
        return true;
    }
    const int64_t y = outside(to.latitude, box->south, box->north) * METRES_PER_DEGREE / MILLIONTHS;
    const int64_t x = outside(to.longitude, box->west, box->east) * cosine(farthest) / MILLIONTHS *
                      METRES_PER_DEGREE / MILLIONTHS;
    return within(x * x + y * y, limit_km);
}
