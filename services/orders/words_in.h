/* The vocabulary, the places and the trades' official numbers as the database has them, for reading
 * texts. */
#pragma once

#include "common/pg/pg.h"
#include "services/orders/posting.h"

#define WORDS_STEPS 3

/* The first steps of a batch; words_in_read and words_in_trades read their results. */
extern const struct pg_step words_in_steps[WORDS_STEPS];

/* The caller destroys them. */
struct text_words *words_in_read(const struct pg_outcome *outcome);
/* In the arena. */
const struct posting_trade *words_in_trades(struct arena *arena, const struct pg_outcome *outcome,
                                            size_t *count);
/* Today in Denmark. */
struct calendar_date words_in_today(void);
