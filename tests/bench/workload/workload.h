/*
 * The generated world of the benchmark: towns, occupations and their competences, candidates and
 * job orders, in the engine's own terms. Candidate `i` and order `j` depend on the seed and their
 * number alone, so 100,000 candidates are the first of a million. Nobody in it
 * exists. Threads: a world never changes once made.
 */
#pragma once

#include "services/match/engine/engine.h"

#define WORKLOAD_AS_OF 20779 /* 2026-11-22; the whole benchmark knows this one day */

/* Codes are dense and distinct over all kinds, as a vocabulary gives them. */
#define WORKLOAD_COMPETENCES 14000
#define WORKLOAD_CERTIFICATES 300
#define WORKLOAD_OCCUPATIONS 436
#define WORKLOAD_LANGUAGES 21
#define WORKLOAD_FIRST_COMPETENCE 1
#define WORKLOAD_FIRST_CERTIFICATE (WORKLOAD_FIRST_COMPETENCE + WORKLOAD_COMPETENCES)
#define WORKLOAD_FIRST_OCCUPATION (WORKLOAD_FIRST_CERTIFICATE + WORKLOAD_CERTIFICATES)
#define WORKLOAD_FIRST_LANGUAGE (WORKLOAD_FIRST_OCCUPATION + WORKLOAD_OCCUPATIONS)
#define WORKLOAD_CODES (WORKLOAD_FIRST_LANGUAGE + WORKLOAD_LANGUAGES) /* one above the last */
#define WORKLOAD_DANISH WORKLOAD_FIRST_LANGUAGE

#define WORKLOAD_FACTS_CAP 80
#define WORKLOAD_REQUIREMENTS_CAP 24
#define WORKLOAD_TOWNS_CAP 1500
#define WORKLOAD_NO_TOWN UINT16_MAX

enum workload_region { WORKLOAD_DENMARK, WORKLOAD_EUROPE };

/* Near-miss asks the strict orders, with one must lacking. Open orders are those that a changed
 * candidate is matched against: like strict ones, others. */
enum workload_class { WORKLOAD_STRICT, WORKLOAD_NEAR_MISS, WORKLOAD_BROAD, WORKLOAD_OPEN };
#define WORKLOAD_CLASSES 3 /* those with a list as answer */
#define WORKLOAD_ORDERS 200
#define WORKLOAD_CHANGED                                                                           \
    100000000 /* candidates from here on are in no pool: new or changed ones                       \
               */
const char *workload_class_name(enum workload_class class);

struct workload;

/* NULL: no memory. */
struct workload *workload_create(enum workload_region region, uint64_t seed);
void workload_destroy(struct workload **workload);

unsigned workload_town_count(const struct workload *workload);
struct engine_place workload_town_place(const struct workload *workload, unsigned town);
/* Whether certificates of this code expire (R11). */
bool workload_expires(const struct workload *workload, uint32_t code);

/* `candidate.facts` points into the struct: fill in place, do not copy. Facts are sorted by code.
 */
struct workload_candidate {
    struct engine_candidate candidate;
    uint16_t town; /* WORKLOAD_NO_TOWN: place unknown */
    struct engine_fact facts[WORKLOAD_FACTS_CAP];
};
void workload_candidate(const struct workload *workload, uint64_t number,
                        struct workload_candidate *candidate);
/* Change `k` of a pool of `size` befalls this candidate: another one for each k below size. */
uint64_t workload_changed(uint64_t k, uint64_t size);
/* Gives the candidate the terms and facts of change `k`; it keeps its id. */
void workload_change(const struct workload *workload, uint64_t k,
                     struct workload_candidate *candidate);
/* The number of the candidate or order that has this id. */
uint64_t workload_number(const uint8_t id[ENGINE_ID_SIZE]);

/* `order` points into the struct likewise. */
struct workload_order {
    struct engine_order order;
    uint16_t town;
    uint32_t occupation;
    struct engine_requirement requirements[WORKLOAD_REQUIREMENTS_CAP];
};
void workload_order(const struct workload *workload, enum workload_class class, uint32_t number,
                    struct workload_order *order);
