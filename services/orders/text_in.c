#include "services/orders/text_in.h"

#include "services/orders/draft.h"
#include "services/orders/lint.h"
#include "services/orders/posting.h"
#include "services/orders/room.h"
#include "services/orders/words_in.h"

#include <string.h>

#define TEXT_MOST 5000    /* characters */
#define FINDINGS_MOST 150 /* as proto/openapi.yaml: a reader has seen enough by then */

/* A text or a posting on its way: words are asked for on the loop, a worker reads. */
struct reading {
    struct rest_call *call;
    void (*read)(struct reading *reading);
    struct text_words *words;
    const struct linter *linter;
    const struct posting_trade *trades;
    size_t trade_count;
    struct calendar_date today;
    const char *text;
    struct draft *draft;
    const char *answer;
};

/* What the texts say that an ad may not: the title that was made of one is in it already. */
static json_t *findings_of(const struct reading *reading, const json_t *sources)
{
    json_t *all = json_array(), *source;
    size_t index;

    json_array_foreach(sources, index, source)
    {
        if (json_array_size(all) >= FINDINGS_MOST)
            break;
        json_t *some = lint_text(reading->linter, rest_arena(reading->call),
                                 json_string_value(json_object_get(source, "source")),
                                 json_string_value(json_object_get(source, "text")));
        json_array_extend(all, some);
        json_decref(some);
    }
    while (json_array_size(all) > FINDINGS_MOST)
        json_array_remove(all, json_array_size(all) - 1);
    return all;
}

/* On the worker. The call's arena is nobody else's until the answer. */
static void work(void *argument)
{
    struct reading *reading = argument;
    struct arena *arena = rest_arena(reading->call);

    reading->draft = draft_create(arena, reading->words, reading->today);
    reading->read(reading);
    json_t *answer = draft_finish(&reading->draft);
    json_object_set_new(answer, "findings",
                        findings_of(reading, json_object_get(answer, "sources")));
    reading->answer = json_text(arena, answer);
    json_decref(answer);
    text_words_destroy(&reading->words);
}

static void reply(void *argument)
{
    struct reading *reading = argument;

    rest_reply_text(reading->call, 200, "application/json", reading->answer,
                    strlen(reading->answer));
}

static void have_words(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct reading *reading = rest_state(call);

    reading->words = words_in_read(outcome);
    reading->trades = words_in_trades(rest_arena(call), outcome, &reading->trade_count);
    reading->linter = orders_linter(call);
    if (worker_submit(orders_readers(call, SHEET_READER_CSV), rest_loop(call), work, reply,
                      reading) == 0)
        return;
    text_words_destroy(&reading->words);
    rest_problem(call, "temporarily-unavailable", "Mange tekster læses lige nu; prøv igen.");
}

static struct reading *reading_create(struct rest_call *call, void (*read)(struct reading *))
{
    struct reading *reading = arena_alloc(rest_arena(call), sizeof *reading);

    *reading = (struct reading){.call = call, .read = read, .today = words_in_today()};
    rest_set_state(call, reading);
    return reading;
}

/* --- POST /v1/job-orders/from-text
 * ----------------------------------------------------------------------------- */

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

static void read_text(struct reading *reading)
{
    draft_text(reading->draft, "", reading->text);
}

void order_from_text(struct rest_call *call)
{
    static const char *const names[] = {"text", "as_of", NULL};
    struct reading *reading = reading_create(call, read_text);
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    reading->text = json_check_text(&check, rest_body(call), "", "text", JSON_REQUIRED, TEXT_MOST);
    const char *day = json_check_date(&check, rest_body(call), "", "as_of", JSON_OPTIONAL);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    if (day != NULL)
        reading->today = day_of(day);
    rest_batch(call, words_in_steps, WORDS_STEPS, have_words);
}

/* --- POST /v1/job-orders/from-posting
 * -------------------------------------------------------------------------- */

static void read_posting(struct reading *reading)
{
    posting_read(rest_arena(reading->call), reading->draft, rest_body(reading->call),
                 reading->trades, reading->trade_count);
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
    (void)reading_create(call, read_posting);
    rest_batch(call, words_in_steps, WORDS_STEPS, have_words);
}
