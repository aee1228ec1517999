#include "services/orders/words_in.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "sql/orders_sql.h"

/* Read anew each time: a word that the team has just added counts at once, and texts are few. */
const struct pg_step words_in_steps[WORDS_STEPS] = {
    {&orders_sql_words, NULL, 0},
    {&orders_sql_places, NULL, 0},
    {&orders_sql_trades, NULL, 0},
};

struct text_words *words_in_read(const struct pg_outcome *outcome)
{
    const struct pg_result *labels = pg_outcome_result(outcome, 0),
                           *places = pg_outcome_result(outcome, 1);
    struct text_words *words = text_words_create();

    for (size_t row = 0; row < pg_rows(labels); row++) {
        int64_t weight;
        if (str_int64(pg_text(labels, row, 3), 0, 100, &weight) != 0)
            weight = 0;
        text_words_label(words, pg_text(labels, row, 0), pg_text(labels, row, 1),
                         pg_text(labels, row, 2), (int)weight);
    }
    for (size_t row = 0; row < pg_rows(places); row++)
        text_words_place(words, pg_text(places, row, 0), pg_text(places, row, 1));
    text_words_settle(words);
    return words;
}

const struct posting_trade *words_in_trades(struct arena *arena, const struct pg_outcome *outcome,
                                            size_t *count)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 2);
    struct posting_trade *trades = arena_array(arena, pg_rows(rows) + 1, sizeof *trades);

    *count = pg_rows(rows);
    for (size_t row = 0; row < *count; row++)
        trades[row] = (struct posting_trade){arena_strdup(arena, pg_text(rows, row, 0)),
                                             arena_strdup(arena, pg_text(rows, row, 1)),
                                             arena_strdup(arena, pg_text(rows, row, 2))};
    return trades;
}

struct calendar_date words_in_today(void)
{
    int64_t since_midnight;

    return calendar_local(clock_now(), &since_midnight);
}
