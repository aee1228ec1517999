/*
 * The attributes once more, as a query reads them: eight bytes per candidate in place of 24, eight
 * candidates to a line of memory, side by side so that they are asked at once; and the places as
 * runs of neighbours, so that a distance is worked out once for a town. Made from the attributes,
 * owned by the segment.
 */
#pragma once

#include "services/match/engine/segment.h"

#define GATE_LANES 8
typedef uint16_t gate_lanes __attribute__((vector_size(GATE_LANES * sizeof(uint16_t))));

/* Eight candidates of one block; beyond its last one, some who accept no work.
 * Days are those of 1970-01-01 to 2149-06-06 and clamped to them: what a clamped day decides
 * wrongly it lets pass, so for an order with a day out there the attributes have the last word. */
struct gate_line {
    gate_lanes available; /* GATE_NEVER: unknown */
    gate_lanes screened;  /* last day; 0: none */
    gate_lanes travel_km; /* GATE_UNLIMITED: no limit stated */
    gate_lanes work;      /* of one who is protected or withdrawn that alone, and no work */
};
#define GATE_NEVER UINT16_MAX
#define GATE_UNLIMITED UINT16_MAX
#define GATE_FIRST_DAY 1
#define GATE_LAST_DAY (UINT16_MAX - 1)
#define GATE_FLAGS_SHIFT 8 /* enum attributes_flag, above the kinds of work */

/* Neighbours in a block who live at one place. */
struct place_run {
    struct engine_place place;
    uint32_t end; /* the local number after theirs */
};

struct gates {
    struct gate_line *lines; /* block after block, each from a line of its own */
    uint32_t *lines_from;    /* by block */
    struct place_run *runs;  /* block after block */
    uint32_t *runs_from;     /* by block */
    size_t bytes;
};

static inline const struct gate_line *gates_of(const struct gates *gates, uint32_t block)
{
    return gates->lines + gates->lines_from[block];
}

static inline uint16_t gate_day(int32_t day)
{
    if (day < GATE_FIRST_DAY) {
        return GATE_FIRST_DAY;
    }
    return day > GATE_LAST_DAY ? GATE_LAST_DAY : (uint16_t)day;
}

/* Whether comparing with the day, clamped, says what comparing with the day itself does. */
static inline bool gate_day_exact(int32_t day)
{
    return day > GATE_FIRST_DAY && day < GATE_LAST_DAY;
}

/* From the segment's blocks and attributes. */
struct gates *gates_create(const struct segment *segment);
void gates_destroy(struct gates **gates);
