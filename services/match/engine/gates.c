#include "services/match/engine/gates.h"

#include "common/base/mem.h"

static struct gate gate_of(const struct attributes *attributes)
{
    const int32_t available = attributes->available_from;
    const int32_t screened = attributes->screening_until;
    const uint16_t travel = attributes->max_travel_km;
    return (struct gate){
        .available = available == ENGINE_NO_DAY ? GATE_NEVER : gate_day(available),
        .screened = screened == ENGINE_NO_DAY ? 0 : gate_day(screened),
        .travel_km =
            travel == 0 ? GATE_UNLIMITED : (travel == GATE_UNLIMITED ? GATE_UNLIMITED - 1 : travel),
        .work = attributes->work,
        .flags = attributes->flags,
    };
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
    gates->of = mem_alloc_wide(segment->count * sizeof *gates->of);
    for (uint32_t i = 0; i < segment->count; i++) {
        gates->of[i] = gate_of(&segment->attributes[i]);
    }
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
    gates->bytes = sizeof *gates + segment->count * sizeof *gates->of + runs * sizeof *gates->runs +
                   ((size_t)segment->block_count + 1) * sizeof *gates->runs_from;
    return gates;
}

void gates_destroy(struct gates **gates)
{
    if (*gates == NULL) {
        return;
    }
    mem_free((*gates)->of);
    mem_free((*gates)->runs);
    mem_free((*gates)->runs_from);
    mem_free(*gates);
    *gates = NULL;
}
