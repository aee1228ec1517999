/* A segment from plain candidates: the facts are dealt out to rows by counting. */
#include "common/base/mem.h"
#include "services/match/engine/build.h"
#include "services/match/engine/radix.h"

/* ---- which rows there are ---- */

/* From key to number of postings, open addressing, at most half full. */
struct tally {
    struct tally_slot {
        uint32_t key;   /* TALLY_FREE: none */
        uint32_t count; /* later the row */
    } * slots;
    uint32_t slot_count, used;
};
#define TALLY_FREE UINT32_MAX /* no kind is 7 */
#define TALLY_FIRST 1024

static void tally_init(struct tally *tally, uint32_t slot_count)
{
    *tally = (struct tally){.slot_count = slot_count};
    tally->slots = mem_alloc(slot_count * sizeof *tally->slots);
    memset(tally->slots, 0xff, slot_count * sizeof *tally->slots);
}

static struct tally_slot *tally_find(const struct tally *tally, uint32_t key)
{
    uint32_t at = build_hash_key(key) & (tally->slot_count - 1);
    while (tally->slots[at].key != key && tally->slots[at].key != TALLY_FREE) {
        at = (at + 1) & (tally->slot_count - 1);
    }
    return &tally->slots[at];
}

static void tally_grow(struct tally *tally)
{
    struct tally larger;
    tally_init(&larger, tally->slot_count * 2);
    for (uint32_t i = 0; i < tally->slot_count; i++) {
        if (tally->slots[i].key != TALLY_FREE) {
            *tally_find(&larger, tally->slots[i].key) = tally->slots[i];
        }
    }
    larger.used = tally->used;
    mem_free(tally->slots);
    *tally = larger;
}

static void tally_add(struct tally *tally, uint32_t key)
{
    struct tally_slot *slot = tally_find(tally, key);
    if (slot->key != TALLY_FREE) {
        slot->count++;
        return;
    }
    *slot = (struct tally_slot){.key = key, .count = 1};
    if (++tally->used > tally->slot_count / 2) {
        tally_grow(tally);
    }
}

/* ---- days ---- */

#define DAY_STEP 16
#define DAY_STEPS ((UINT16_MAX + 1) / DAY_STEP)

/* Buckets cover all but the outermost facts of a kind: one certificate that is valid to 2099 does
 * not make them all wide. */
#define OUTERMOST 200 /* one in so many at either end */

static struct buckets cover(const uint32_t *steps, uint64_t total)
{
    uint64_t before = 0;
    int32_t first = 0;
    while (first + 1 < DAY_STEPS && before + steps[first] <= total / OUTERMOST) {
        before += steps[first++];
    }
    uint64_t after = 0;
    int32_t last = DAY_STEPS - 1;
    while (last > first && after + steps[last] <= total / OUTERMOST) {
        after += steps[last--];
    }
    const int32_t days = (last + 1 - first) * DAY_STEP;
    return (struct buckets){.first_day = first * DAY_STEP,
                            .width = (days + PACKED_BUCKETS - 1) / PACKED_BUCKETS};
}

static int32_t day_that_counts(const struct engine_fact *fact)
{
    if (!segment_by_use(fact->kind)) {
        return fact->valid_until;
    }
    return fact->last_used != ENGINE_NO_DAY ? fact->last_used : fact->stated_on;
}

/* ---- the build ---- */

struct plain_build {
    struct builder builder;
    const struct engine_candidate *const *candidates;
    size_t count;
    struct build_who *who;
    struct tally tally;
    uint32_t *steps; /* ENGINE_KIND_COUNT * DAY_STEPS: how many facts have their day there */
    size_t facts;
};

static void survey_fact(struct plain_build *build, const struct engine_fact *fact)
{
    tally_add(&build->tally, segment_key(fact->kind, fact->code));
    const int32_t day = day_that_counts(fact);
    if (day > 0 && day <= UINT16_MAX) {
        build->steps[(size_t)fact->kind * DAY_STEPS + (size_t)day / DAY_STEP]++;
    }
}

/* Looks at every fact once: rows, days, trades. */
static int survey(struct plain_build *build)
{
    for (size_t i = 0; i < build->count; i++) {
        const struct engine_candidate *candidate = build->candidates[i];
        uint32_t trade = UINT32_MAX;
        for (size_t f = 0; f < candidate->fact_count; f++) {
            const struct engine_fact *fact = &candidate->facts[f];
            survey_fact(build, fact);
            if (fact->kind == ENGINE_OCCUPATION && fact->code < trade) {
                trade = fact->code;
            }
        }
        build->facts += candidate->fact_count;
        build->who[i] = (struct build_who){.latitude = candidate->place.latitude,
                                           .longitude = candidate->place.longitude,
                                           .trade = trade,
                                           .from = (uint32_t)i};
    }
    return build->facts > INT32_MAX ? ERROR_LIMIT : 0;
}

/* The day on which most facts were stated, if there is one (Boyer and Moore's vote). */
static uint16_t usual_day(const struct engine_candidate *candidate)
{
    int32_t usual = 0;
    size_t lead = 0;
    for (size_t i = 0; i < candidate->fact_count; i++) {
        const int32_t day = candidate->facts[i].stated_on;
        if (day <= 0 || day > UINT16_MAX) {
            continue;
        }
        if (lead == 0) {
            usual = day;
        }
        lead += day == usual ? 1 : (size_t)-1;
    }
    return (uint16_t)usual;
}

static struct attributes attributes_of(const struct engine_candidate *candidate)
{
    return (struct attributes){
        .latitude = candidate->place.latitude,
        .longitude = candidate->place.longitude,
        .available_from = candidate->available_from,
        .screening_until = candidate->screening_until,
        .municipality = candidate->municipality,
        .max_travel_km = candidate->max_travel_km,
        .stated_on = usual_day(candidate),
        .work = candidate->work,
        .flags = (uint8_t)((candidate->is_protected ? ATTRIBUTES_PROTECTED : 0) |
                           (candidate->withdrawn ? ATTRIBUTES_WITHDRAWN : 0)),
    };
}

static void place_candidates(struct plain_build *build)
{
    struct segment *segment = build->builder.segment;
    build_places(&build->builder, build->who);
    for (uint32_t at = 0; at < segment->count; at++) {
        const struct engine_candidate *candidate = build->candidates[build->who[at].from];
        memcpy(segment->ids[at], candidate->id, ENGINE_ID_SIZE);
        segment->attributes[at] = attributes_of(candidate);
    }
    build_boxes(segment);
}

static void choose_buckets(struct plain_build *build)
{
    for (size_t kind = 0; kind < ENGINE_KIND_COUNT; kind++) {
        const uint32_t *steps = build->steps + kind * DAY_STEPS;
        uint64_t total = 0;
        for (size_t i = 0; i < DAY_STEPS; i++) {
            total += steps[i];
        }
        build->builder.segment->buckets[kind] = cover(steps, total);
    }
}

/* Deals the facts out to their rows, in the order of the candidates. `next` is where each row
 * begins and becomes where it ends. */
static void deal(struct plain_build *build, struct posting *postings, uint32_t *next)
{
    const struct segment *segment = build->builder.segment;
    for (uint32_t at = 0; at < segment->count; at++) {
        const struct engine_candidate *candidate = build->candidates[build->who[at].from];
        for (size_t f = 0; f < candidate->fact_count; f++) {
            const struct engine_fact *fact = &candidate->facts[f];
            const uint32_t row =
                tally_find(&build->tally, segment_key(fact->kind, fact->code))->count;
            postings[next[row]++] =
                build_posting(&build->builder, fact, at, segment->attributes[at].stated_on);
        }
    }
}

static int build_rows(struct plain_build *build)
{
    const uint32_t rows = build->tally.used;
    uint32_t *keys = mem_array(rows, sizeof *keys);
    uint32_t *ends = mem_array(rows, sizeof *ends);
    struct posting *postings = mem_array(build->facts, sizeof *postings);
    uint32_t row = 0;
    for (uint32_t i = 0; i < build->tally.slot_count; i++) {
        if (build->tally.slots[i].key != TALLY_FREE) {
            keys[row++] = build->tally.slots[i].key;
        }
    }
    radix_sort_keys(keys, rows);
    uint32_t begin = 0;
    for (row = 0; row < rows; row++) {
        struct tally_slot *slot = tally_find(&build->tally, keys[row]);
        ends[row] = begin;
        begin += slot->count;
        slot->count = row;
    }
    deal(build, postings, ends);
    int error = 0;
    for (row = 0; row < rows && error == 0; row++) {
        const uint32_t from = row > 0 ? ends[row - 1] : 0;
        error = build_row(&build->builder, keys[row], postings + from, ends[row] - from);
    }
    mem_free(postings);
    mem_free(ends);
    mem_free(keys);
    return error;
}

int segment_build(const struct engine_candidate *const *candidates, size_t count,
                  struct segment **segment)
{
    if (count >= INT32_MAX) {
        return ERROR_LIMIT;
    }
    struct plain_build build = {.candidates = candidates, .count = count};
    build_init(&build.builder, count);
    build.who = mem_array(count, sizeof *build.who);
    build.steps = mem_array((size_t)ENGINE_KIND_COUNT * DAY_STEPS, sizeof *build.steps);
    tally_init(&build.tally, TALLY_FIRST);
    int error = survey(&build);
    if (error == 0) {
        place_candidates(&build);
        error = build_ids(build.builder.segment);
    }
    if (error == 0) {
        choose_buckets(&build);
        error = build_rows(&build);
    }
    if (error == 0) {
        *segment = build_finish(&build.builder);
    } else {
        build_deinit(&build.builder);
    }
    mem_free(build.tally.slots);
    mem_free(build.steps);
    mem_free(build.who);
    return error;
}
