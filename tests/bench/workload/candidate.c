#include "tests/bench/workload/world.h"

#include <string.h>

#define COMPETENCES_LEAST 18
#define COMPETENCES_MOST 46
#define ATTEMPTS 6 /* to draw something that the candidate does not yet have */

/* A fact that is being collected: what all facts of one candidate share, and where they go. */
struct collector {
    struct draw draw;
    struct workload_candidate *out;
    int32_t stated_on;
};

static bool has(const struct collector *collector, uint32_t code)
{
    for (size_t i = 0; i < collector->out->candidate.fact_count; i++) {
        if (collector->out->facts[i].code == code) {
            return true;
        }
    }
    return false;
}

static struct engine_fact *add(struct collector *collector, enum engine_kind kind, uint32_t code)
{
    struct engine_candidate *candidate = &collector->out->candidate;
    if (candidate->fact_count == WORKLOAD_FACTS_CAP || has(collector, code)) {
        return NULL;
    }
    struct engine_fact *fact = &collector->out->facts[candidate->fact_count++];
    *fact = (struct engine_fact){
        .code = code,
        .kind = kind,
        .level = ENGINE_LEVEL_UNKNOWN,
        .years = ENGINE_YEARS_UNKNOWN,
        .valid_until = ENGINE_NO_DAY,
        .last_used = ENGINE_NO_DAY,
        .stated_on = collector->stated_on,
    };
    return fact;
}

/* Mostly of late; for some long ago; for a quarter nobody has said. */
static int32_t last_used(struct collector *collector)
{
    const uint32_t sort = draw_below(&collector->draw, 100);
    if (sort < 25) {
        return ENGINE_NO_DAY;
    }
    return sort < 82 ? collector->stated_on - draw_between(&collector->draw, 0, 900)
                     : collector->stated_on - draw_between(&collector->draw, 900, 5000);
}

static uint8_t level(struct collector *collector)
{
    static const uint8_t levels[] = {0, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5};
    return levels[draw_below(&collector->draw, sizeof levels)];
}

static uint32_t draw_competence(const struct workload *world, struct draw *draw,
                                const uint32_t *occupations, size_t count)
{
    if (draw_chance(draw, 15)) {
        return WORKLOAD_FIRST_COMPETENCE +
               (uint32_t)draw_rank(draw, world->general_sums, WORLD_GENERAL);
    }
    const uint32_t occupation = occupations[count > 1 && draw_chance(draw, 30) ? 1 : 0];
    const size_t rank = draw_rank(draw, world->list_sums, WORLD_LIST);
    return world->occupations[occupation].competences[rank];
}

static void add_competences(const struct workload *world, struct collector *collector,
                            const uint32_t *occupations, size_t count)
{
    const int32_t wanted = draw_between(&collector->draw, COMPETENCES_LEAST, COMPETENCES_MOST);
    for (int32_t i = 0; i < wanted; i++) {
        struct engine_fact *fact = NULL;
        for (int attempt = 0; attempt < ATTEMPTS && fact == NULL; attempt++) {
            fact = add(collector, ENGINE_COMPETENCE,
                       draw_competence(world, &collector->draw, occupations, count));
        }
        if (fact != NULL) {
            fact->level = level(collector);
            fact->last_used = last_used(collector);
        }
    }
}

static void add_certificates(const struct workload *world, struct collector *collector,
                             const struct world_occupation *occupation)
{
    const int32_t wanted = draw_between(&collector->draw, 0, 5) + draw_chance(&collector->draw, 30);
    for (int32_t i = 0; i < wanted; i++) {
        const size_t rank =
            draw_rank(&collector->draw, world->certificate_sums, WORLD_CERTIFICATES);
        struct engine_fact *fact =
            add(collector, ENGINE_CERTIFICATE, occupation->certificates[rank]);
        if (fact == NULL || draw_chance(&collector->draw, 15)) {
            continue; /* had already, or the last day is not stated */
        }
        fact->valid_until = WORKLOAD_AS_OF + (draw_chance(&collector->draw, 15)
                                                  ? draw_between(&collector->draw, -900, -1)
                                                  : draw_between(&collector->draw, 0, 1800));
    }
}

static size_t add_occupations(const struct workload *world, struct collector *collector,
                              uint32_t occupations[3])
{
    const uint32_t sort = draw_below(&collector->draw, 100);
    const size_t wanted = sort < 60 ? 1 : sort < 90 ? 2 : 3;
    size_t count = 0;
    for (size_t i = 0; i < wanted; i++) {
        const uint32_t number =
            (uint32_t)draw_rank(&collector->draw, world->occupation_sums, WORKLOAD_OCCUPATIONS);
        struct engine_fact *fact =
            add(collector, ENGINE_OCCUPATION, WORKLOAD_FIRST_OCCUPATION + number);
        if (fact != NULL) {
            fact->last_used = last_used(collector);
            occupations[count++] = number;
        }
    }
    return count;
}

static void add_languages(const struct workload *world, struct collector *collector)
{
    static const uint8_t danish[] = {0, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6};
    if (draw_chance(&collector->draw, 94)) {
        add(collector, ENGINE_LANGUAGE, WORKLOAD_DANISH)->level =
            danish[draw_below(&collector->draw, sizeof danish)];
    }
    const uint32_t more = draw_below(&collector->draw, 3);
    for (uint32_t i = 0; i < more; i++) {
        const size_t rank =
            draw_rank(&collector->draw, world->language_sums + 1, WORKLOAD_LANGUAGES - 1);
        struct engine_fact *fact =
            add(collector, ENGINE_LANGUAGE, WORKLOAD_DANISH + 1 + (uint32_t)rank);
        if (fact != NULL) {
            fact->level = (uint8_t)draw_below(&collector->draw, 7);
        }
    }
}

static uint8_t kinds_of_work(struct draw *draw)
{
    static const struct {
        uint8_t work;
        uint8_t percent;
    } kinds[] = {
        {ENGINE_PERMANENT, 85},    {ENGINE_TEMPORARY, 65},    {ENGINE_SEASONAL, 25},
        {ENGINE_JOB_ROTATION, 15}, {ENGINE_WAGE_SUBSIDY, 30}, {ENGINE_WORK_TRIAL, 20},
        {ENGINE_FLEX, 5},
    };
    uint8_t work = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        work |= draw_chance(draw, kinds[i].percent) ? kinds[i].work : 0;
    }
    return work;
}

static void fill_terms(struct draw *draw, struct engine_candidate *candidate)
{
    static const uint16_t limits[] = {0, 0, 0, 15, 25, 30, 40, 50, 60, 80, 100, 150};
    candidate->max_travel_km = limits[draw_below(draw, sizeof limits / sizeof limits[0])];
    const uint32_t available = draw_below(draw, 100);
    candidate->available_from = available == 0   ? ENGINE_NO_DAY
                                : available < 70 ? WORKLOAD_AS_OF - draw_between(draw, 0, 300)
                                                 : WORKLOAD_AS_OF + draw_between(draw, 1, 180);
    candidate->work = kinds_of_work(draw);
    const uint32_t screening = draw_below(draw, 100);
    candidate->screening_until = screening < 4    ? ENGINE_NO_DAY
                                 : screening < 12 ? WORKLOAD_AS_OF - draw_between(draw, 1, 400)
                                                  : WORKLOAD_AS_OF + draw_between(draw, 0, 365);
    candidate->is_protected = draw_chance(draw, 1);
    candidate->withdrawn = draw_chance(draw, 3);
    candidate->municipality = (uint16_t)draw_below(draw, 98);
}

#define CHANGE_STRIDE 7919 /* a prime */

uint64_t workload_changed(uint64_t k, uint64_t size)
{
    return k * CHANGE_STRIDE % size;
}

static void sort_by_code(struct engine_fact *facts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct engine_fact fact = facts[i];
        size_t at = i;
        for (; at > 0 && facts[at - 1].code > fact.code; at--) {
            facts[at] = facts[at - 1];
        }
        facts[at] = fact;
    }
}

void workload_candidate(const struct workload *world, uint64_t number,
                        struct workload_candidate *out)
{
    struct collector collector = {
        .draw = draw_from(world->seed, WORLD_CANDIDATES, number),
        .out = out,
    };
    struct draw *draw = &collector.draw;
    out->candidate = (struct engine_candidate){.facts = out->facts};
    world_id(draw_bits(draw), number, out->candidate.id);

    out->town = (uint16_t)draw_rank(draw, world->town_sums, world->town_count);
    if (draw_below(draw, 200) == 0) {
        out->town = WORKLOAD_NO_TOWN;
    }
    out->candidate.place =
        out->town == WORKLOAD_NO_TOWN ? ENGINE_NO_PLACE : world->towns[out->town];
    fill_terms(draw, &out->candidate);

    collector.stated_on = WORKLOAD_AS_OF - (draw_chance(draw, 90) ? draw_between(draw, 0, 900)
                                                                  : draw_between(draw, 900, 2600));
    uint32_t occupations[3];
    const size_t count = add_occupations(world, &collector, occupations);
    add_competences(world, &collector, occupations, count);
    add_certificates(world, &collector, &world->occupations[occupations[0]]);
    add_languages(world, &collector);
    sort_by_code(out->facts, out->candidate.fact_count);
}

void workload_change(const struct workload *world, uint64_t k, struct workload_candidate *candidate)
{
    uint8_t id[ENGINE_ID_SIZE];
    memcpy(id, candidate->candidate.id, sizeof id);
    workload_candidate(world, WORKLOAD_CHANGED + k, candidate);
    memcpy(candidate->candidate.id, id, sizeof id);
}
