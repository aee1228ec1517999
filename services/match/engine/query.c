#include "services/match/engine/query.h"

#include "common/base/mem.h"
#include "services/match/engine/lists.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"
#include "services/match/engine/score.h"
#include "services/match/engine/survivors.h"
#include "services/match/engine/tie.h"

#include <string.h>

struct query {
    const struct engine_snapshot *snapshot;
    enum engine_mode mode;
    struct look *look;
    struct top *top;
    struct rival *rival; /* or NULL */
};

/* ---- the rival ---- */

static bool is_rival(const struct rival *rival, uint32_t piece, uint32_t candidate)
{
    return rival->at.piece == piece && rival->at.candidate == candidate;
}

static void compare_to_rival(const struct query *query, uint16_t score, const uint8_t *id)
{
    struct rival *rival = query->rival;
    if (score < rival->standing.score) {
        return;
    }
    const struct standing other = {
        .score = score, .id = id, .tie = tie_with(query->top->tie_of_order, id)};
    rival->before += standing_before(&other, &rival->standing) ? 1 : 0;
}

static void leave_rival_out(const struct query *query, uint32_t first)
{
    struct look *look = query->look;
    size_t kept = 0;
    for (size_t i = 0; i < look->count; i++) {
        if (!is_rival(query->rival, look->piece_index, first + look->survivors[i])) {
            look->survivors[kept++] = look->survivors[i];
        }
    }
    look->count = kept;
}

/* ---- pieces ---- */

/* Counts the survivors; returns how many reach the bar, whose numbers are then in `aside`. */
static size_t count_scores(struct look *look, struct top *top)
{
    size_t reaching = 0;
    for (size_t i = 0; i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        const uint16_t score = look->score[local];
        top_count(top, score, i);
        look->aside[reaching] = local;
        reaching += score >= top->bar ? 1 : 0;
    }
    return reaching;
}

/* The same after the bar was raised. */
static size_t still_reaching(struct look *look, const struct top *top, size_t reaching)
{
    size_t kept = 0;
    for (size_t i = 0; i < reaching; i++) {
        const uint16_t local = look->aside[i];
        look->aside[kept] = local;
        kept += look->score[local] >= top->bar ? 1 : 0;
    }
    return kept;
}

static void collect(const struct query *query, uint32_t first)
{
    struct look *look = query->look;
    struct top *top = query->top;
    size_t reaching = count_scores(look, top);
    if (reaching > top->cap) { /* memory need not bring the ids of all of them */
        top_raise_bar(top);
        reaching = still_reaching(look, top, reaching);
    }
    for (size_t i = 0; i < reaching; i++) {
        __builtin_prefetch(look->segment->ids[first + look->aside[i]]);
    }
    for (size_t i = 0; i < reaching; i++) {
        const uint16_t local = look->aside[i];
        if (look->score[local] >= top->bar) {
            const uint32_t candidate = first + local;
            top_offer(top, (struct standing){.id = look->segment->ids[candidate],
                                             .at = {look->piece_index, candidate},
                                             .score = look->score[local],
                                             .lacks = query->mode == ENGINE_STRICT
                                                          ? ENGINE_LACKS_NONE
                                                          : look->lacks[local]});
        }
    }
    look->counters.random_lines += reaching;
}

static void look_into_block(const struct query *query, uint32_t block)
{
    struct look *look = query->look;
    const uint32_t first = look->segment->blocks[block].first;
    look->block = block;
    look->counters.blocks++;
    survivors_find(look, query->mode);
    if (query->rival != NULL) {
        leave_rival_out(query, first);
    }
    if (look->count == 0) {
        return;
    }
    score_survivors(look, query->mode);
    collect(query, first);
    for (size_t i = 0; query->rival != NULL && i < look->count; i++) {
        const uint16_t local = look->survivors[i];
        compare_to_rival(query, look->score[local], look->segment->ids[first + local]);
    }
}

/* The first block from `block` on that the circle reaches. */
static uint32_t next_in_reach(const struct look *look, uint32_t block)
{
    while (block < look->segment->block_count && !look_reaches(look, block)) {
        block++;
    }
    return block;
}

static void fetch_musts(const struct look *look, uint32_t block)
{
    for (size_t i = 0; block < look->segment->block_count && i < look->must_count; i++) {
        lists_fetch(look, look->musts[i], block);
    }
}

/* While one block is looked into, memory brings the musts' lists of the next. */
static void look_into_piece(const struct query *query, uint32_t piece)
{
    struct look *look = query->look;
    look_at_piece(look, query->snapshot, piece);
    if (!survivors_possible(look, query->mode)) {
        return;
    }
    const uint32_t end = look->segment->block_count;
    uint32_t block = next_in_reach(look, 0);
    fetch_musts(look, block);
    while (block < end) {
        const uint32_t next = next_in_reach(look, block + 1);
        fetch_musts(look, next);
        look_into_block(query, block);
        block = next;
    }
    look->counters.bytes_streamed += end * sizeof(struct block);
}

/* ---- the tail: candidates as they came, judged by the rules themselves ---- */

/* False when they lack more than the mode allows. */
static bool judge_musts(const struct query *query, const struct engine_candidate *candidate,
                        struct standing *standing)
{
    const struct look *look = query->look;
    for (size_t i = 0; i < look->must_count; i++) {
        const uint8_t part = look->musts[i];
        const struct engine_part judged =
            points_best(&look->plan, part, candidate->facts, candidate->fact_count);
        if (rules_must(&judged) == ENGINE_ELIGIBLE) {
            standing->score = (uint16_t)(standing->score + judged.points);
        } else if (query->mode == ENGINE_STRICT || standing->lacks != ENGINE_LACKS_NONE) {
            return false;
        } else {
            standing->lacks = part;
        }
    }
    return true;
}

static void look_at_plain(const struct query *query, const struct engine_candidate *candidate,
                          struct snapshot_at at)
{
    const struct look *look = query->look;
    struct standing standing = {.id = candidate->id, .at = at, .lacks = ENGINE_LACKS_NONE};
    if (rules_person(&look->plan, candidate) != ENGINE_ELIGIBLE ||
        !judge_musts(query, candidate, &standing)) {
        return;
    }
    for (size_t i = 0; i < look->nice_count; i++) {
        const struct engine_part judged =
            points_best(&look->plan, look->nices[i], candidate->facts, candidate->fact_count);
        standing.score = (uint16_t)(standing.score + judged.points);
    }
    top_count(query->top, standing.score, 0);
    if (standing.score >= query->top->bar) {
        top_offer(query->top, standing);
    }
    if (query->rival != NULL) {
        compare_to_rival(query, standing.score, standing.id);
    }
}

static void look_into_tail(const struct query *query)
{
    const struct engine_snapshot *snapshot = query->snapshot;
    for (uint32_t i = 0; i < snapshot->tail_count; i++) {
        const bool dead = (snapshot->tail_dead[i / 64] >> (i % 64) & 1) != 0;
        if (!dead && (query->rival == NULL || !is_rival(query->rival, SNAPSHOT_IN_TAIL, i))) {
            look_at_plain(query, snapshot->tail[i], (struct snapshot_at){SNAPSHOT_IN_TAIL, i});
        }
    }
    query->look->counters.random_lines += 2 * snapshot->tail_count;
}

/* ---- the whole ---- */

int query_run(const struct engine_snapshot *snapshot, const struct engine_order *order,
              enum engine_mode mode, size_t k, struct rival *rival, struct engine_scratch *scratch)
{
    const struct query query = {.snapshot = snapshot,
                                .mode = mode,
                                .look = &scratch->look,
                                .top = &scratch->top,
                                .rival = rival};
    const int error = k > ENGINE_ENTRIES_CAP ? ERROR_LIMIT : look_begin(&scratch->look, order);
    if (error != 0) {
        return error;
    }
    scratch->look.counters.queries++;
    top_reset(&scratch->top, order->id, k);
    for (uint32_t piece = 0; piece < snapshot->piece_count; piece++) {
        look_into_piece(&query, piece);
    }
    look_into_tail(&query);
    top_sort(&scratch->top);
    return 0;
}

static uint16_t municipality(const struct engine_snapshot *snapshot, struct snapshot_at at)
{
    return at.piece == SNAPSHOT_IN_TAIL
               ? snapshot->tail[at.candidate]->municipality
               : snapshot->pieces[at.piece].segment->attributes[at.candidate].municipality;
}

int engine_query(const struct engine_snapshot *snapshot, const struct engine_order *order,
                 enum engine_mode mode, size_t k, struct engine_scratch *scratch,
                 const struct engine_answer **answer)
{
    const int error = query_run(snapshot, order, mode, k, NULL, scratch);
    if (error != 0) {
        return error;
    }
    const struct top *top = &scratch->top;
    if (top->count > scratch->standing_room) {
        scratch->standings = mem_resize(scratch->standings, top->room, sizeof *scratch->standings);
        scratch->standing_room = top->room;
    }
    for (size_t i = 0; i < top->count; i++) {
        const struct standing *from = &top->standings[i];
        struct engine_standing *to = &scratch->standings[i];
        memcpy(to->id, from->id, ENGINE_ID_SIZE);
        to->municipality = municipality(snapshot, from->at);
        to->score = from->score;
        to->lacks = from->lacks;
        to->tied = top->with_score[from->score] > 1;
    }
    scratch->answer = (struct engine_answer){.version = snapshot->version,
                                             .pool = snapshot->count,
                                             .found = top->found,
                                             .count = top->count,
                                             .standings = scratch->standings};
    *answer = &scratch->answer;
    return 0;
}
