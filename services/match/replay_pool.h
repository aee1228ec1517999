/* The pool and the words as they were, version after version, for a replay. Blocking. */
#pragma once

#include "common/pg/session.h"
#include "services/match/engine/engine.h"
#include "services/match/words.h"

struct replay_pool;

struct replay_pool *replay_pool_create(struct session *session);
void replay_pool_destroy(struct replay_pool **pool);
struct engine_vocabulary *replay_pool_vocabulary(struct replay_pool *pool);

/*
 * The pool at `version`, not below the one before; it lives until the next call. Reads only what
 * changed since the version before, and in one transaction with whatever the caller reads beside
 * it. ERROR_NOT_FOUND: the pool has not come so far.
 */
MUST_CHECK int replay_pool_at(struct replay_pool *pool, int64_t version,
                              const struct engine_snapshot **snapshot, struct error_detail *detail);
/* The words of a vocabulary version, the last one kept. ERROR_NOT_FOUND as above. */
MUST_CHECK int replay_pool_words(struct replay_pool *pool, int64_t version,
                                 const struct words **words, struct error_detail *detail);
