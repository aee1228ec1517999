#include "services/match/engine/gates.h"

#include "common/base/mem.h"

#include <string.h>

static uint16_t travel_of(const struct attributes *attributes)
{
    const uint16_t travel = attributes->max_travel_km;
    if (travel == 0) {
        return GATE_UNLIMITED;
    }
    return travel == GATE_UNLIMITED ? GATE_UNLIMITED - 1 : travel;
}

static void set_lane(struct gate_line *line, unsigned lane, const struct attributes *attributes)
{
    const int32_t available = attributes->available_from;
    const int32_t screened = attributes->screening_until;
    const unsigned flags = attributes->flags;
    line->available[lane] = available == ENGINE_NO_DAY ? GATE_NEVER : gate_day(available);
    line->screened[lane] = screened == ENGINE_NO_DAY ? 0 : gate_day(screened);
    line->travel_km[lane] = travel_of(attributes);
    line->work[lane] = flags != 0 ? (uint16_t)(flags << GATE_FLAGS_SHIFT) : attributes->work;
}

static uint32_t lines_for(const struct block *block)
{
    return (block->count + GATE_LANES - 1) / GATE_LANES;
}

static void set_lines(const struct segment *segment, const struct block *block,
                      struct gate_line *lines)
{
    if (block->count % GATE_LANES != 0) {
        memset(&lines[block->count / GATE_LANES], 0, sizeof *lines);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        set_lane(&lines[i / GATE_LANES], i % GATE_LANES, &segment->attributes[block->first + i]);
    }
}

/* Returns their size in bytes. */
static size_t make_lines(const struct segment *segment, struct gates *gates)
{
    gates->lines_from = mem_array((size_t)segment->block_count + 1, sizeof *gates->lines_from);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        gates->lines_from[b + 1] = gates->lines_from[b] + lines_for(&segment->blocks[b]);
    }
    const size_t size = gates->lines_from[segment->block_count] * sizeof *gates->lines;
    gates->lines = mem_alloc_wide(size);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        set_lines(segment, &segment->blocks[b], gates->lines + gates->lines_from[b]);
    }
    return size;
}

static bool at(const struct place_run *run, const struct attributes *attributes)
{
    return run->place.latitude == attributes->latitude &&
           run->place.longitude == attributes->longitude;
}

/* Writes the block's runs unless `runs` is NULL; returns how many there are. */
static uint32_t find_runs(const struct segment *segment, const struct block *block,
                          struct place_run *runs)
{
    const struct attributes *attributes = segment->attributes + block->first;
    struct place_run run = {.end = 0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->count; i++) {
        if (i == 0 || !at(&run, &attributes[i])) {
            run.place = (struct engine_place){attributes[i].latitude, attributes[i].longitude};
            count++;
        }
        run.end = i + 1;
        if (runs != NULL) {
            runs[count - 1] = run;
        }
    }
    return count;
}

struct gates *gates_create(const struct segment *segment)
{
    struct gates *gates = mem_zalloc(sizeof *gates);
    const size_t lines = make_lines(segment, gates);
    gates->runs_from = mem_array((size_t)segment->block_count + 1, sizeof *gates->runs_from);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        gates->runs_from[b + 1] =
            gates->runs_from[b] + find_runs(segment, &segment->blocks[b], NULL);
    }
    const size_t runs = gates->runs_from[segment->block_count];
    gates->runs = mem_array(runs, sizeof *gates->runs);
    for (uint32_t b = 0; b < segment->block_count; b++) {
        find_runs(segment, &segment->blocks[b], gates->runs + gates->runs_from[b]);
    }
    gates->bytes = sizeof *gates + lines + runs * sizeof *gates->runs +
                   2 * ((size_t)segment->block_count + 1) * sizeof *gates->runs_from;
    return gates;
}

void gates_destroy(struct gates **gates)
{
    if (*gates == NULL) {
        return;
    }
    mem_free((*gates)->lines);
    mem_free((*gates)->lines_from);
    mem_free((*gates)->runs);
    mem_free((*gates)->runs_from);
    mem_free(*gates);
    *gates = NULL;
}
