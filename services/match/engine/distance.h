/* Distance as the crow flies times a road factor of 1.3, in integers (RANKING.md R5). Pure. */
#pragma once

#include "services/match/engine/engine.h"

bool distance_known(struct engine_place place);
/* Whole kilometres by road, rounded up. */
uint32_t distance_road_km(struct engine_place from, struct engine_place to);
/* distance_road_km(from, to) <= limit, without the root. */
bool distance_within(struct engine_place from, struct engine_place to, uint32_t limit_km);

/* A box of places, edges included. */
struct distance_box {
    int32_t south, north, west, east;
};
/* False only when no place in the box is within the limit: a bound below the distance of each, in
 * the same rounded integers, so that nobody at the circle's edge is lost. */
bool distance_box_within(const struct distance_box *box, struct engine_place to, uint32_t limit_km);
