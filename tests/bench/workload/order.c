#include "tests/bench/workload/world.h"

#include <string.h>

struct asker {
    const struct workload *world;
    const struct world_occupation *occupation;
    struct draw draw;
    struct workload_order *out;
};

/* NULL when the order asks for it already. */
static struct engine_requirement *ask(struct asker *asker, enum engine_kind kind, uint32_t code)
{
    struct workload_order *out = asker->out;
    for (size_t i = 0; i < out->order.requirement_count; i++) {
        if (out->requirements[i].code == code) {
            return NULL;
        }
    }
    struct engine_requirement *requirement = &out->requirements[out->order.requirement_count++];
    *requirement = (struct engine_requirement){
        .kind = kind,
        .code = code,
        .weight = (uint8_t)draw_between(&asker->draw, 1, 5),
        .expires = workload_expires(asker->world, code),
    };
    return requirement;
}

static struct engine_requirement *ask_competence(struct asker *asker, uint32_t code)
{
    static const uint8_t levels[] = {0, 0, 0, 1, 2, 2, 3, 4};
    struct engine_requirement *requirement = ask(asker, ENGINE_COMPETENCE, code);
    if (requirement != NULL) {
        requirement->minimum_level = levels[draw_below(&asker->draw, sizeof levels)];
    }
    return requirement;
}

static struct engine_requirement *ask_certificate(struct asker *asker)
{
    const size_t rank = draw_rank(&asker->draw, asker->world->certificate_sums, WORLD_CERTIFICATES);
    struct engine_requirement *requirement =
        ask(asker, ENGINE_CERTIFICATE, asker->occupation->certificates[rank]);
    if (requirement != NULL) {
        requirement->valid_through = draw_chance(&asker->draw, 30);
    }
    return requirement;
}

static uint32_t listed(struct asker *asker)
{
    const size_t rank = draw_rank(&asker->draw, asker->world->list_sums, WORLD_LIST);
    return asker->occupation->competences[rank];
}

static uint32_t general(struct asker *asker)
{
    return WORKLOAD_FIRST_COMPETENCE +
           (uint32_t)draw_rank(&asker->draw, asker->world->general_sums, WORLD_GENERAL);
}

/* What is common in the trade: the commoner of two. */
static uint32_t usual(struct asker *asker)
{
    const size_t one = draw_rank(&asker->draw, asker->world->list_sums, WORLD_LIST);
    const size_t other = draw_rank(&asker->draw, asker->world->list_sums, WORLD_LIST);
    return asker->occupation->competences[one < other ? one : other];
}

/* Two to four musts, such as employers ask. */
static void ask_musts(struct asker *asker)
{
    static const uint8_t counts[] = {2, 2, 2, 3, 3, 4};
    const size_t wanted = counts[draw_below(&asker->draw, sizeof counts)];
    while (asker->out->order.requirement_count < wanted) {
        const uint32_t sort = draw_below(&asker->draw, 100);
        struct engine_requirement *must = sort < 10   ? ask_certificate(asker)
                                          : sort < 50 ? ask_competence(asker, general(asker))
                                                      : ask_competence(asker, usual(asker));
        if (must != NULL) {
            must->must = true;
            must->minimum_level = must->minimum_level > 2 ? 2 : must->minimum_level;
        }
    }
}

static void ask_nices(struct asker *asker, int32_t least, int32_t most)
{
    const size_t wanted =
        asker->out->order.requirement_count + (size_t)draw_between(&asker->draw, least, most);
    while (asker->out->order.requirement_count < wanted) {
        const uint32_t sort = draw_below(&asker->draw, 100);
        if (sort < 12) {
            ask_certificate(asker);
        } else {
            ask_competence(asker, sort < 30 ? general(asker) : listed(asker));
        }
    }
}

static void ask_language(struct asker *asker)
{
    struct engine_requirement *danish = ask(asker, ENGINE_LANGUAGE, WORKLOAD_DANISH);
    danish->minimum_level = (uint8_t)draw_between(&asker->draw, 2, 4);
    danish->must = draw_chance(&asker->draw, 60);
}

static void fill_terms(struct draw *draw, enum workload_class class, struct engine_order *order)
{
    static const uint8_t kinds[] = {ENGINE_PERMANENT,
                                    ENGINE_PERMANENT,
                                    ENGINE_PERMANENT | ENGINE_TEMPORARY,
                                    ENGINE_TEMPORARY,
                                    ENGINE_SEASONAL | ENGINE_TEMPORARY,
                                    ENGINE_WAGE_SUBSIDY};
    const bool is_broad = class == WORKLOAD_BROAD;
    order->radius_km =
        (uint16_t)(is_broad ? draw_between(draw, 35, 200) : draw_between(draw, 20, 100));
    order->start = WORKLOAD_AS_OF + draw_between(draw, 7, 120);
    order->end = draw_chance(draw, 60) ? order->start + draw_between(draw, 30, 400) : ENGINE_NO_DAY;
    order->work = kinds[draw_below(draw, sizeof kinds)];
    order->as_of = WORKLOAD_AS_OF;
}

void workload_order(const struct workload *world, enum workload_class class, uint32_t number,
                    struct workload_order *out)
{
    const enum workload_class asked = class == WORKLOAD_NEAR_MISS ? WORKLOAD_STRICT : class;
    struct asker asker = {
        .world = world,
        .draw = draw_from(world->seed, WORLD_ORDERS + (uint64_t)asked, number),
        .out = out,
    };
    memset(out, 0, sizeof *out);
    world_id(draw_bits(&asker.draw), number, out->order.id);
    const size_t trade = draw_rank(&asker.draw, world->occupation_sums, WORKLOAD_OCCUPATIONS);
    asker.occupation = &world->occupations[trade];
    out->occupation = WORKLOAD_FIRST_OCCUPATION + (uint32_t)trade;
    out->town = (uint16_t)draw_rank(&asker.draw, world->town_sums, world->town_count);
    fill_terms(&asker.draw, asked, &out->order);
    out->order.place = world->towns[out->town];
    out->order.occupations = &out->occupation;
    out->order.occupation_count = 1;
    out->order.requirements = out->requirements;

    if (asked == WORKLOAD_BROAD) {
        const uint32_t common = WORKLOAD_FIRST_COMPETENCE + draw_below(&asker.draw, 8);
        ask(&asker, ENGINE_COMPETENCE, common)->must = true;
        ask_nices(&asker, 8, 12);
    } else {
        ask_musts(&asker);
        ask_language(&asker);
        ask_nices(&asker, 5, 12);
    }
}
