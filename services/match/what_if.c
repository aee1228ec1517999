#include "services/match/what_if.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/order_body.h"
#include "services/match/counts.h"
#include "services/match/desk.h"
#include "services/match/room.h"
#include "sql/match_sql.h"

#include <stdio.h>
#include <string.h>

#define TEXT_CAP ((size_t)256 << 10)
#define DRAFT_ID "00000000-0000-0000-0000-000000000000"

struct what_if {
    bool draft;
    const char *municipalities; /* a line each: code|name */
};

/* A rule that is not a requirement: who is kept out by it alone. */
struct rule_cost {
    const char *rule;
    enum engine_reason reasons[2];
    const char *text;
};

static const struct rule_cost rule_costs[] = {
    {"radius", {ENGINE_TOO_FAR_ORDER, ENGINE_TOO_FAR_ORDER}, "jobordrens afstandsgrænse"},
    {"travel",
     {ENGINE_TOO_FAR_CANDIDATE, ENGINE_TOO_FAR_CANDIDATE},
     "kandidaternes egen grænse for afstand"},
    {"start",
     {ENGINE_NOT_AVAILABLE_BY_START, ENGINE_NOT_AVAILABLE_BY_START},
     "kravet om at være ledig ved jobstart"},
    {"kinds", {ENGINE_KINDS_NOT_ACCEPTED, ENGINE_KINDS_NOT_ACCEPTED}, "jobordrens ansættelsesform"},
    {"screening",
     {ENGINE_SCREENING_MISSING, ENGINE_SCREENING_EXPIRED},
     "kravet om en gyldig screening"},
};
#define RULE_COSTS (sizeof rule_costs / sizeof rule_costs[0])

static size_t kept_out(const struct engine_census *census, const struct rule_cost *cost)
{
    const size_t first = census->only[cost->reasons[0]];
    return cost->reasons[1] != cost->reasons[0] ? first + census->only[cost->reasons[1]] : first;
}

/* ---- per municipality ---- */

static size_t eligible_of(const struct engine_census *census, const char *code)
{
    int64_t wanted = 0;
    if (str_int64(code, 0, UINT16_MAX, &wanted) != 0) {
        return 0;
    }
    for (size_t i = 0; i < census->municipality_count; i++) {
        if (census->municipalities[i].municipality == wanted) {
            return census->municipalities[i].eligible;
        }
    }
    return 0;
}

/* Those that have enough to be shown; what a text would say of them goes to `said`. */
static void write_municipalities(struct desk_question *question, const struct engine_census *census,
                                 struct writer *json, struct buffer *said)
{
    const struct what_if *asked = question->state;
    const size_t step = question->match->step;
    char *rest = arena_strdup(question->arena, asked->municipalities);
    size_t shown;
    writer_member_array(json, "municipalities");
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        const char *code = strsep(&line, "|");
        const size_t count = eligible_of(census, code);
        if (line == NULL || count == 0 || !counts_shown(count, step, &shown)) {
            continue;
        }
        writer_object(json);
        writer_member_text(json, "municipality", code);
        writer_member_text(json, "name", line);
        writer_member_unsigned(json, "at_least", shown);
        writer_object_end(json);
        buffer_text(said, said->length > 0 ? ", " : "");
        buffer_printf(said, "%s ", line);
        counts_say(count, step, said);
    }
    writer_array_end(json);
}

/* ---- what each rule costs ---- */

static void say_cost(size_t count, size_t step, const char *what, struct buffer *text)
{
    buffer_printf(text, "\nUden %s: ", what);
    counts_say(count, step, text);
    buffer_text(text, " flere.");
}

static void write_cost(size_t count, size_t step, struct writer *json)
{
    counts_members(count, step, json);
    writer_object_end(json);
}

static void write_costs(const struct desk_question *question, const struct explain *explain,
                        const struct engine_census *census, struct writer *json,
                        struct buffer *text)
{
    const size_t step = question->match->step;
    writer_member_array(json, "costs");
    for (size_t part = 0; part < explain->asked->part_count; part++) {
        if (!explain->asked->parts[part].must) {
            continue;
        }
        struct buffer what;
        buffer_init(&what, TEXT_CAP);
        buffer_text(&what, "kravet om ");
        explain_label(explain, part, &what);
        writer_object(json);
        writer_member_text(json, "rule", "requirement");
        writer_name(json, "requirement");
        explain_reference(explain, part, json);
        write_cost(census->only_part[part], step, json);
        say_cost(census->only_part[part], step, what.data, text);
        buffer_deinit(&what);
    }
    for (size_t i = 0; i < RULE_COSTS; i++) {
        const size_t count = kept_out(census, &rule_costs[i]);
        writer_object(json);
        writer_member_text(json, "rule", rule_costs[i].rule);
        writer_member_null(json, "requirement");
        write_cost(count, step, json);
        say_cost(count, step, rule_costs[i].text, text);
    }
    writer_array_end(json);
}

/* ---- the answer ---- */

static void say_eligible(const struct engine_census *census, size_t step,
                         const struct buffer *municipalities, struct buffer *text)
{
    buffer_text(text, "Kandidater, der opfylder alle ufravigelige regler: ");
    counts_say(census->eligible, step, text);
    buffer_char(text, '.');
    if (municipalities->length > 0) {
        buffer_printf(text, "\nHeraf i %s.", municipalities->data);
    }
}

static void write_answer(struct desk_question *question, const struct explain *explain,
                         const struct engine_census *census)
{
    const struct what_if *asked = question->state;
    const size_t step = question->match->step;
    struct writer json;
    struct buffer municipalities, costs, text;
    buffer_init(&municipalities, TEXT_CAP);
    buffer_init(&costs, TEXT_CAP);
    buffer_init(&text, TEXT_CAP);
    writer_init(&json, &question->answer);
    writer_object(&json);
    writer_member_text(&json, "order_id", asked->draft ? NULL : question->order);
    desk_members(explain, &json);
    writer_member_unsigned(&json, "step", step);
    writer_member_object(&json, "eligible");
    counts_members(census->eligible, step, &json);
    writer_object_end(&json);
    write_municipalities(question, census, &json, &municipalities);
    write_costs(question, explain, census, &json, &costs);
    say_eligible(census, step, &municipalities, &text);
    buffer_append(&text, costs.data, costs.length);
    if (step > 1) {
        buffer_printf(&text, "\nAntal er rundet ned til nærmeste %zu, og færre siges ikke.", step);
    }
    writer_name(&json, "explanation_da");
    writer_text_bytes(&json, text.data, text.length);
    writer_object_end(&json);
    writer_finish(&json);
    question->answer.full = question->answer.full || buffer_full(&text) || buffer_full(&costs);
    buffer_deinit(&text);
    buffer_deinit(&costs);
    buffer_deinit(&municipalities);
}

static int answer(struct desk_question *question, const struct explain *explain,
                  const struct engine_order *order)
{
    return desk_census(question, explain, order, write_answer);
}

static const struct desk_kind kind = {
    .failed = "match.what_if_failed", .missing = "Jobordren findes ikke.", .answer = answer};

/* ---- asking ---- */

static struct desk_question *new_question(struct rest_call *call, bool draft,
                                          const char *municipalities)
{
    struct desk_question *question = desk_question(call, &kind);
    struct what_if *asked = arena_alloc(question->arena, sizeof *asked);
    asked->draft = draft;
    asked->municipalities = arena_strdup(question->arena, municipalities);
    question->state = asked;
    return question;
}

static void ask(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *allowed = pg_outcome_result(outcome, 0);
    struct desk_question *question = new_question(call, false, pg_text(allowed, 0, 2));
    question->pool_version = pg_int64(allowed, 0, 0);
    question->order = arena_strdup(question->arena, pg_text(allowed, 0, 1));
    desk_ask(question);
}

void what_if(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *order = rest_path_id(call, "Jobordren findes ikke.");
    if (order == NULL || !rest_query_only(call, queries) || !desk_open(call)) {
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(order)};
    const struct pg_step step = {&match_sql_what_if_allowed, parameters, 1};
    rest_batch(call, &step, 1, ask);
}

static void ask_draft(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *draft = pg_outcome_result(outcome, 0);
    struct desk_question *question = new_question(call, true, pg_text(draft, 0, DEMAND_COLUMNS));
    if (demand_read(question->arena, draft, DRAFT_ID, &question->demand) != 0) {
        desk_forget(question);
        rest_problem(call, "internal-error", NULL);
        return;
    }
    question->pool_version = question->demand.pool_version;
    desk_ask(question);
}

void what_if_draft(struct rest_call *call)
{
    struct json_check *check = arena_alloc(rest_arena(call), sizeof *check);
    char *now = arena_alloc(rest_arena(call), CLOCK_TEXT_SIZE);
    json_check_init(check, rest_arena(call));
    order_body_check(check, rest_body(call), ORDER_NEW);
    const struct pg_parameter parameters[] = {PG_TEXT(json_text(rest_arena(call), rest_body(call))),
                                              PG_TEXT(now)};
    if (!json_check_ok(check)) {
        rest_problem_faults(call, check, &match_sql_what_if_faults, parameters, 1);
        return;
    }
    if (!desk_open(call)) {
        return;
    }
    clock_text(clock_now(), now);
    const struct pg_step step = {&match_sql_what_if_draft, parameters, 2};
    rest_batch(call, &step, 1, ask_draft);
}
