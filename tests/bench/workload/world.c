#include "tests/bench/workload/world.h"

#include <stdlib.h>

_Static_assert(WORLD_GENERAL + WORLD_OWN * WORKLOAD_OCCUPATIONS == WORKLOAD_COMPETENCES,
               "every competence is general or belongs to one occupation");

const char *workload_class_name(enum workload_class class)
{
    static const char *const names[] = {"strict", "near-miss", "broad", "open"};
    return names[class];
}

/* In millionths of a degree: Denmark, and Europe from Lisbon to Riga. */
struct extent {
    unsigned towns;
    int32_t south, north, west, east;
};

static const struct extent extents[] = {
    [WORKLOAD_DENMARK] = {60, 54850000, 57550000, 8200000, 12600000},
    [WORKLOAD_EUROPE] = {1500, 38000000, 59000000, -9000000, 24000000},
};

static void place_towns(struct workload *world, const struct extent *extent)
{
    world->town_count = extent->towns;
    for (unsigned i = 0; i < extent->towns; i++) {
        struct draw draw = draw_from(world->seed, WORLD_TOWNS, i);
        world->towns[i].latitude = draw_between(&draw, extent->south, extent->north);
        world->towns[i].longitude = draw_between(&draw, extent->west, extent->east);
    }
    draw_zipf(world->town_sums, extent->towns, 0.8);
}

/* An occupation's own competences are the most common of its list; the rest it shares. */
static void fill_occupation(struct workload *world, uint32_t number)
{
    struct world_occupation *occupation = &world->occupations[number];
    struct draw draw = draw_from(world->seed, WORLD_LISTS, number);
    for (uint32_t i = 0; i < WORLD_LIST; i++) {
        const bool own = i < WORLD_OWN;
        occupation->competences[i] =
            WORKLOAD_FIRST_COMPETENCE + WORLD_GENERAL +
            (own ? number * WORLD_OWN + i : draw_below(&draw, WORLD_OWN * WORKLOAD_OCCUPATIONS));
    }
    for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
        occupation->certificates[i] =
            WORKLOAD_FIRST_CERTIFICATE + draw_below(&draw, WORKLOAD_CERTIFICATES);
    }
}

struct workload *workload_create(enum workload_region region, uint64_t seed)
{
    struct workload *world = calloc(1, sizeof *world);
    if (world == NULL) {
        return NULL;
    }
    world->seed = seed;
    place_towns(world, &extents[region]);
    for (uint32_t i = 0; i < WORKLOAD_OCCUPATIONS; i++) {
        fill_occupation(world, i);
    }
    draw_zipf(world->occupation_sums, WORKLOAD_OCCUPATIONS, 0.75);
    draw_zipf(world->list_sums, WORLD_LIST, 0.9);
    draw_zipf(world->general_sums, WORLD_GENERAL, 1.0);
    draw_zipf(world->certificate_sums, WORLD_CERTIFICATES, 0.7);
    draw_zipf(world->language_sums, WORKLOAD_LANGUAGES, 1.0);
    return world;
}

void workload_destroy(struct workload **workload)
{
    free(*workload);
    *workload = NULL;
}

unsigned workload_town_count(const struct workload *workload)
{
    return workload->town_count;
}

struct engine_place workload_town_place(const struct workload *workload, unsigned town)
{
    return workload->towns[town];
}

bool workload_expires(const struct workload *workload, uint32_t code)
{
    (void)workload;
    return code >= WORKLOAD_FIRST_CERTIFICATE && code < WORKLOAD_FIRST_OCCUPATION && code % 7 != 0;
}

/* As a version 4 UUID looks: eight bytes at random, then the number. */
void world_id(uint64_t bits, uint64_t number, uint8_t id[ENGINE_ID_SIZE])
{
    for (size_t i = 0; i < 8; i++) {
        id[i] = (uint8_t)(bits >> (56 - 8 * i));
        id[8 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    id[6] = (uint8_t)(0x40 | (id[6] & 0x0F));
    id[8] = 0x80;
}

uint64_t workload_number(const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t number = 0;
    for (size_t i = 9; i < ENGINE_ID_SIZE; i++) {
        number = number << 8 | id[i];
    }
    return number;
}
