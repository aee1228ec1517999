/* A generated pool and order, ranked by the engine, and what tests ask of the rankings. */
#pragma once

#include "services/match/engine/engine.h"
#include "tests/services/match/generate.h"

/* How often a test draws a new scene: the number of the command line, or this. */
#define RANKINGS_CASES 10000
int rankings_cases(int argc, char **argv);

#define RANKINGS_CANDIDATES 10
struct scene {
    struct generate_pool pool; /* the first RANKINGS_CANDIDATES */
    struct generate_order order;
};

/* Every second order asks for nothing that must be, so that lists are long and partial; and every
 * second pool has nobody whom R1 to R6 exclude. */
void scene_draw(uint64_t *random, struct scene *scene);

/* Room for everybody. Fails the test when the engine does not answer. */
struct engine_ranking *rankings_of(const struct engine_order *order,
                                   const struct engine_candidate *candidates, size_t count);
struct engine_ranking *rankings_of_scene(const struct scene *scene);
const struct engine_entry *rankings_entry(const struct engine_ranking *ranking,
                                          const uint8_t id[ENGINE_ID_SIZE]);
void assert_same_parts(const struct engine_part *left, const struct engine_part *right,
                       size_t count);
void assert_same_ranking(const struct engine_ranking *left, const struct engine_ranking *right);
/* Whether a fact of this kind and code can count for a part; with `in_full`, more than by halves:
 * it is what is asked for, or implies it. */
bool rankings_counts(const struct engine_order *order, size_t part, const struct engine_fact *fact,
                     bool in_full);
