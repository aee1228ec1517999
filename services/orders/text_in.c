#include "services/orders/text_in.h"

#include "services/orders/draft.h"
#include "services/orders/lint.h"
#include "services/orders/posting.h"
#include "services/orders/room.h"
#include "services/orders/words_in.h"

#define TEXT_MOST 5000    /* characters */
#define FINDINGS_MOST 150 /* as proto/openapi.yaml: a reader has seen enough by then */

/* What the texts say that an ad may not: the title that was made of one is in it already. */
static json_t *findings_of(struct rest_call *call, const json_t *sources)
{
    json_t *all = json_array(), *source;
    size_t index;

    json_array_foreach(sources, index, source)
    {
        json_t *some = lint_text(orders_linter(call), rest_arena(call),
                                 json_string_value(json_object_get(source, "source")),
                                 json_string_value(json_object_get(source, "text")));
        json_array_extend(all, some);
        json_decref(some);
    }
    while (json_array_size(all) > FINDINGS_MOST)
        json_array_remove(all, json_array_size(all) - 1);
    return all;
}

static void reply(struct rest_call *call, struct draft *draft)
{
    json_t *answer = draft_finish(&draft);

    json_object_set_new(answer, "findings", findings_of(call, json_object_get(answer, "sources")));
    rest_reply(call, 200, answer);
    json_decref(answer);
}

/* --- POST /v1/job-orders/from-text
 * ----------------------------------------------------------------------------- */

struct asked {
    const char *text;
    struct calendar_date today;
};

/* Of a date that json_check_date has taken. */
static struct calendar_date day_of(const char *text)
{
    int parts[3] = {0};

    for (int part = 0; *text != '\0'; text++) {
        if (*text == '-')
            part++;
        else
            parts[part] = 10 * parts[part] + (*text - '0');
    }
    return (struct calendar_date){parts[0], parts[1], parts[2]};
}

static void read_text(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct asked *asked = rest_state(call);
    struct text_words *words = words_in_read(outcome);
    struct draft *draft = draft_create(rest_arena(call), words, asked->today);

    draft_text(draft, "", asked->text);
    reply(call, draft);
    text_words_destroy(&words);
}

void order_from_text(struct rest_call *call)
{
    static const char *const names[] = {"text", "as_of", NULL};
    struct asked *asked = arena_alloc(rest_arena(call), sizeof *asked);
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    asked->text = json_check_text(&check, rest_body(call), "", "text", JSON_REQUIRED, TEXT_MOST);
    const char *day = json_check_date(&check, rest_body(call), "", "as_of", JSON_OPTIONAL);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    asked->today = day != NULL ? day_of(day) : words_in_today();
    rest_set_state(call, asked);
    rest_batch(call, words_in_steps, WORDS_STEPS, read_text);
}

/* --- POST /v1/job-orders/from-posting
 * -------------------------------------------------------------------------- */

static void read_posting(struct rest_call *call, const struct pg_outcome *outcome)
{
    size_t count;
    const struct posting_trade *trades = words_in_trades(rest_arena(call), outcome, &count);
    struct text_words *words = words_in_read(outcome);
    struct draft *draft = draft_create(rest_arena(call), words, words_in_today());

    posting_read(rest_arena(call), draft, rest_body(call), trades, count);
    reply(call, draft);
    text_words_destroy(&words);
}

void order_from_posting(struct rest_call *call)
{
    if (posting_find(rest_body(call)) == NULL) {
        struct json_check check;
        json_check_init(&check, rest_arena(call));
        json_check_fail(&check, "/@type", "REQUIRED",
                        "Skal være et JobPosting fra schema.org, alene eller i @graph.");
        rest_problem_check(call, &check);
        return;
    }
    rest_batch(call, words_in_steps, WORDS_STEPS, read_posting);
}
