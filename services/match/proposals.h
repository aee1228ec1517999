/*
 * Who changed and would now come on an open order's list is proposed to the team; the list stays as
 * it is. After each refresh of the pool but the first, the candidates that changed are matched
 * against a book of all lists that stand, each with what was asked for it and its last place. The
 * book is brought up to date from the database first.
 *
 *     idle → asking (which lists stand) → reading (new ones) → matching (worker) → storing → idle
 *
 * Trouble that passes tries the same changes again after a second. Everything but matching runs on
 * the loop.
 */
#pragma once

#include "common/base/arena.h"
#include "common/ev/loop.h"
#include "common/ev/worker.h"
#include "common/pg/pg.h"
#include "services/match/engine/engine.h"

struct proposals;

struct proposals_parts { /* all outlive the proposals */
    struct loop *loop;
    struct pg_pool *pg; /* as emnebank_match */
    struct worker_pool *workers;
    struct engine_vocabulary *vocabulary;
};

struct proposals *proposals_create(const struct proposals_parts *parts);
void proposals_destroy(struct proposals **proposals); /* after loop and workers have ended */

/* What changed up to this pool version; takes the array (of mem.h) and the arena, in which the
 * facts are. When too many wait already they are left out, and that is logged. */
void proposals_take(void *proposals, int64_t pool_version, struct engine_candidate *changed,
                    size_t count, struct arena *arena);
