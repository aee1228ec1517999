/* The inside of a world, for the files of this folder alone. */
#pragma once

#include "tests/bench/workload/draw.h"
#include "tests/bench/workload/workload.h"

#define WORLD_GENERAL 48      /* competences that any occupation has use for */
#define WORLD_OWN 32          /* competences that belong to one occupation */
#define WORLD_LIST 120        /* competences that an occupation draws from */
#define WORLD_CERTIFICATES 12 /* certificates that an occupation draws from */

enum world_purpose { WORLD_TOWNS, WORLD_LISTS, WORLD_CANDIDATES, WORLD_ORDERS };

struct world_occupation {
    uint32_t competences[WORLD_LIST]; /* the most common first */
    uint32_t certificates[WORLD_CERTIFICATES];
};

struct workload {
    uint64_t seed;
    unsigned town_count;
    struct engine_place towns[WORKLOAD_TOWNS_CAP];
    uint32_t town_sums[WORKLOAD_TOWNS_CAP];
    struct world_occupation occupations[WORKLOAD_OCCUPATIONS];
    uint32_t occupation_sums[WORKLOAD_OCCUPATIONS];
    uint32_t list_sums[WORLD_LIST];
    uint32_t general_sums[WORLD_GENERAL];
    uint32_t certificate_sums[WORLD_CERTIFICATES];
    uint32_t language_sums[WORKLOAD_LANGUAGES];
};

/* An id of which workload_number gives the number back; `bits` make up the rest. */
void world_id(uint64_t bits, uint64_t number, uint8_t id[ENGINE_ID_SIZE]);
