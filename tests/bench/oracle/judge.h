/*
 * Brute force: one candidate tried against one order, written from services/match/RANKING.md
 * (ruleset 1, R1-R13 and R15-R17) for the benchmark's workload, in which a candidate has at most
 * one fact per code and no code has related ones. Shares no line with the engine.
 */
#pragma once

#include "tests/bench/workload/workload.h"

#define JUDGE_PARTS_CAP (1 + WORKLOAD_REQUIREMENTS_CAP)
#define JUDGE_FAR UINT16_MAX

/* What the order asks, a line per part: the occupation, then the requirements. */
struct judge_part {
    uint32_t code;
    bool must;
    bool ages;    /* R13 */
    bool expires; /* R11 */
    uint8_t minimum_level;
    uint16_t share; /* R8 */
    int32_t valid_on;
};

struct judge_order {
    struct workload_order asked;
    struct judge_part parts[JUDGE_PARTS_CAP];
    size_t part_count;
    const uint16_t *road_km; /* by the candidate's town */
};

/* Road kilometres between all towns, [from * count + to]; the caller frees it. NULL: no memory. */
uint16_t *judge_distances(const struct workload *workload);
void judge_prepare(const struct workload *workload, const uint16_t *distances,
                   enum workload_class class, uint32_t number, struct judge_order *order);

/* One candidate's facts by code; starts as zeros. */
struct judge_facts {
    const struct engine_fact *by_code[WORKLOAD_CODES];
    uint32_t codes[WORKLOAD_FACTS_CAP]; /* that are filled in */
    size_t count;
    const struct workload_candidate *candidate;
};
void judge_take(struct judge_facts *facts, const struct workload_candidate *candidate);

struct judge_verdict {
    bool listed;
    uint16_t score;
    int lacking; /* the part of the must that is not met; -1: none */
};
/* `may_lack`: how many musts may be not met: 0, or 1 for near-miss. */
struct judge_verdict judge(const struct judge_facts *facts, const struct judge_order *order,
                           int may_lack);
uint64_t judge_tie(const uint8_t order[ENGINE_ID_SIZE], const uint8_t candidate[ENGINE_ID_SIZE]);
