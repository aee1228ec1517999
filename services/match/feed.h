/* Rows of the database as the engine's candidates, and as words. */
#pragma once

#include "common/base/arena.h"
#include "common/pg/pg.h"
#include "services/match/engine/engine.h"
#include "services/match/words.h"

/* One row of sql/statements/match/pool_page.sql; a candidate who was not in the pool yet is
 * `removed`. Facts live in the arena. ERROR_INVALID: not a row that we understand. */
MUST_CHECK int feed_candidate(struct arena *arena, const struct pg_result *result, size_t row,
                              struct engine_vocabulary *vocabulary,
                              struct engine_candidate *candidate);

/* All rows of sql/statements/match/words.sql, and of relations.sql. ERROR_INVALID as above. */
MUST_CHECK int feed_names(const struct pg_result *result, struct words *words);
MUST_CHECK int feed_relations(const struct pg_result *result, struct words *words);
