#include "services/match/engine/lists.h"
#include "services/match/engine/passage.h"
#include "services/match/engine/rules.h"
#include "services/match/engine/scratch.h"

#include <string.h>

/* ---- one candidate counted ---- */

static void count_municipality(struct engine_scratch *scratch, uint16_t code)
{
    scratch->by_municipality[code]++;
    scratch->municipality_low = code < scratch->municipality_low ? code : scratch->municipality_low;
    scratch->municipality_high =
        code > scratch->municipality_high ? code : scratch->municipality_high;
}

static void count(struct engine_scratch *scratch, struct engine_census *census,
                  struct verdict first, bool alone, uint16_t municipality)
{
    if (first.reason == ENGINE_ELIGIBLE) {
        census->eligible++;
        count_municipality(scratch, municipality);
        return;
    }
    const bool of_a_must = first.reason >= ENGINE_MUST_MISSING;
    census->excluded[first.reason]++;
    census->excluded_by_part[first.part] += of_a_must ? 1 : 0;
    if (alone) {
        census->only[first.reason]++;
        census->only_part[first.part] += of_a_must ? 1 : 0;
    }
}

/* ---- a block, one rule after another ---- */

static void ask_about_persons(struct engine_scratch *scratch, const struct block *block)
{
    passage_failures(&scratch->look, scratch->failures);
    for (uint32_t i = 0; i < block->count; i++) {
        const unsigned failures = scratch->failures[i];
        scratch->reason[i] = failures == 0 ? ENGINE_ELIGIBLE : (uint8_t)__builtin_ctz(failures);
        scratch->part[i] = 0;
        scratch->several[i] = (failures & (failures - 1)) != 0 ? 1 : 0;
    }
}

static void ask_about_must(struct engine_scratch *scratch, const struct block *block, uint8_t part)
{
    uint8_t reasons[GRADE_MET + 1];
    for (unsigned standing = GRADE_NO_FACT; standing <= GRADE_MET; standing++) {
        reasons[standing] = (uint8_t)grade_reason(standing);
    }
    memset(scratch->standing, GRADE_NO_FACT, block->count);
    lists_standings(&scratch->look, part, scratch->standing);
    for (uint32_t i = 0; i < block->count; i++) {
        const uint8_t reason = reasons[scratch->standing[i]];
        const bool met = reason == ENGINE_ELIGIBLE;
        const bool first = scratch->reason[i] == ENGINE_ELIGIBLE;
        scratch->several[i] |= !met & !first;
        scratch->part[i] = (!met & first) ? part : scratch->part[i];
        scratch->reason[i] = first ? reason : scratch->reason[i];
    }
}

/* R1 hides what else excludes, so whom it excludes counts as excluded by it alone. */
static bool alone(const struct engine_scratch *scratch, uint32_t local)
{
    return scratch->several[local] == 0 || scratch->reason[local] <= ENGINE_WITHDRAWN;
}

static void ask_block(struct engine_scratch *scratch, uint32_t index, struct engine_census *census)
{
    struct look *look = &scratch->look;
    const struct block *block = &look->segment->blocks[index];
    const uint64_t *dead = snapshot_dead_bits(look->snapshot, look->piece_index, index, look->dead);
    look->block = index;
    ask_about_persons(scratch, block);
    for (size_t i = 0; i < look->must_count; i++) {
        ask_about_must(scratch, block, look->musts[i]);
    }
    for (uint32_t i = 0; i < block->count; i++) {
        if (dead != NULL && (dead[i / 64] >> (i % 64) & 1) != 0) {
            continue;
        }
        const struct verdict first = {.reason = (enum engine_reason)scratch->reason[i],
                                      .part = scratch->part[i]};
        count(scratch, census, first, alone(scratch, i),
              first.reason == ENGINE_ELIGIBLE
                  ? look->segment->attributes[block->first + i].municipality
                  : 0);
    }
}

/* ---- the whole ---- */

static void ask_tail(const struct engine_snapshot *snapshot, struct engine_scratch *scratch,
                     struct engine_census *census)
{
    struct verdict verdicts[RULES_VERDICTS_CAP];
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        if ((snapshot->tail_dead[i / 64] >> (i % 64) & 1) != 0) {
            continue;
        }
        const struct engine_candidate *plain = snapshot->tail[i];
        const size_t failures = rules_all(&scratch->look.plan, plain, verdicts);
        const struct verdict none = {.reason = ENGINE_ELIGIBLE};
        count(scratch, census, failures > 0 ? verdicts[0] : none, failures == 1,
              plain->municipality);
    }
}

/* Leaves the counts at zero for the next one. */
static void write_municipalities(struct engine_scratch *scratch, struct engine_census *census)
{
    for (uint32_t code = scratch->municipality_low; code <= scratch->municipality_high; code++) {
        const uint32_t eligible = scratch->by_municipality[code];
        scratch->by_municipality[code] = 0;
        if (eligible > 0 && census->municipality_count < ENGINE_MUNICIPALITIES_CAP) {
            const size_t at = census->municipality_count++;
            census->municipalities[at].municipality = (uint16_t)code;
            census->municipalities[at].eligible = eligible;
        }
    }
}

int engine_census(const struct engine_snapshot *snapshot, const struct engine_order *order,
                  struct engine_scratch *scratch, struct engine_census *census)
{
    struct look *look = &scratch->look;
    const int error = look_begin(look, order);
    if (error != 0) {
        return error;
    }
    memset(census, 0, sizeof *census);
    scratch->municipality_low = UINT16_MAX;
    scratch->municipality_high = 0;
    census->pool = snapshot->count;
    for (uint32_t piece = 0; piece < snapshot->piece_count; piece++) {
        look_at_piece(look, snapshot, piece);
        for (size_t i = 0; i < look->must_count; i++) {
            look_sight_standings(look, look->musts[i]);
        }
        for (uint32_t block = 0; block < look->segment->block_count; block++) {
            ask_block(scratch, block, census);
        }
    }
    ask_tail(snapshot, scratch, census);
    write_municipalities(scratch, census);
    return 0;
}
