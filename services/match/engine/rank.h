/* The first k of a pool by score, tie hash and id (RANKING.md R16, R17); shared by engine_rank and
 * engine_why. */
#pragma once

#include "services/match/engine/plan.h"
#include "services/match/engine/snapshot.h"

struct standing {
    uint16_t score;
    uint64_t tie;
    uint32_t candidate; /* in the snapshot; its order is the order of ids */
};

/* Whether `left` stands before `right`. */
bool rank_before(const struct standing *left, const struct standing *right);
struct standing rank_standing(const struct engine_snapshot *snapshot, uint32_t candidate,
                              const struct engine_candidate *plain, const struct plan *plan);

/* The most facts that any candidate has. */
size_t rank_facts_cap(const struct engine_snapshot *snapshot);
/* The candidate in plain form; `facts` has room for its facts, and gets them sorted. */
struct engine_candidate rank_plain(const struct engine_snapshot *snapshot, uint32_t candidate,
                                   struct engine_fact *facts);

/* The best `cap` seen so far: a heap with the last of them on top. */
struct rank_top {
    struct standing *standings;
    size_t count;
    size_t cap;
};

void rank_top_add(struct rank_top *top, const struct standing *standing);
