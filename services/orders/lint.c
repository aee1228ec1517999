#include "services/orders/lint.h"

#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/domain/order_body.h"
#include "services/orders/room.h"
#include "sql/orders_sql.h"

#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define TEXT_MOST 20000 /* characters that POST …/lint reads */
#define PHRASE_MOST 160 /* bytes of a phrase that a fault repeats */
#define NATIVE_LEVEL 6  /* C2 of the six of the CEFR */

enum reply_column { REPLY_STATUS, REPLY_BODY, REPLY_ETAG, REPLY_LOCATION, REPLY_REPLAYED };

/* --- findings ----------------------------------------------------------------------------------
 */

static json_int_t points_before(struct arena *arena, const char *text, size_t bytes)
{
    return (json_int_t)str_utf8_count(arena_strndup(arena, text, bytes));
}

/* The codes that an exemption from the rule may name. */
static json_t *bases_of(const char *rule)
{
    json_t *codes = json_array();

    for (const struct order_basis *basis = order_bases; basis->code != NULL; basis++)
        if (order_basis_allows(basis, rule))
            json_array_append_new(codes, json_string(basis->code));
    return codes;
}

static json_t *one_finding(struct arena *arena, const char *pointer, const char *text,
                           const struct linter_finding *found)
{
    const struct linter_ground *ground = linter_ground(found->rule);

    return json_pack("{s:s, s:I, s:I, s:s%, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "pointer", pointer,
                     "start", points_before(arena, text, found->start), "end",
                     points_before(arena, text, found->end), "phrase", text + found->start,
                     found->end - found->start, "rule", ground->code, "rule_da", ground->name,
                     "severity", linter_severity_name(found->severity), "law", found->law,
                     "suggestion", found->suggestion, "exceptions_da", ground->exceptions,
                     "legal_bases", bases_of(ground->code));
}

json_t *lint_text(const struct linter *linter, struct arena *arena, const char *pointer,
                  const char *text)
{
    struct linter_finding *findings = arena_array(arena, LINTER_FINDINGS_CAP, sizeof *findings);
    json_t *list = json_array();
    size_t count;

    /* What cannot be read has faults of its own: bodies are UTF-8, and a title is short. */
    if (linter_find(linter, text, strlen(text), findings, LINTER_FINDINGS_CAP, &count) < 0)
        return list;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, one_finding(arena, pointer, text, &findings[i]));
    return list;
}

/* The highest level of Danish as a must is a mother tongue by another name. */
static void native_levels(struct json_check *pointers, json_t *list, const json_t *body)
{
    const struct linter_ground *ground = linter_ground(LINTER_LANGUAGE);
    const json_t *requirements = json_object_get(body, "requirements");

    for (size_t i = 0; i < json_array_size(requirements); i++) {
        const json_t *item = json_array_get(requirements, i);
        const char *necessity = json_string_value(json_object_get(item, "necessity"));
        const char *kind = json_string_value(json_object_get(item, "kind"));
        const json_int_t level = json_integer_value(json_object_get(item, "minimum_level"));
        if (!str_equal(kind, "language") || !str_equal(necessity, "must") || level < NATIVE_LEVEL)
            continue;
        const char *pointer = json_check_pointer(
            pointers, json_check_item(pointers, "/requirements", i), "minimum_level");
        json_array_append_new(
            list, json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "pointer",
                            pointer, "start", 0, "end", 0, "phrase", "C2", "rule", ground->code,
                            "rule_da", ground->name, "severity", linter_severity_name(LINTER_WARN),
                            "law", ground->law, "suggestion", ground->suggestion, "exceptions_da",
                            ground->exceptions, "legal_bases", bases_of(ground->code)));
    }
}

json_t *lint_findings(const struct linter *linter, struct arena *arena, const json_t *body)
{
    const char *title = json_string_value(json_object_get(body, "title"));
    struct json_check *pointers = arena_alloc(arena, sizeof *pointers);
    json_t *list = title ? lint_text(linter, arena, "/title", title) : json_array();

    json_check_init(pointers, arena);
    native_levels(pointers, list, body);
    return list;
}

/* --- what is refused ---------------------------------------------------------------------------
 */

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static bool refuses(const json_t *finding)
{
    return str_equal(member(finding, "severity"), linter_severity_name(LINTER_REFUSE));
}

/* Whether `rules`, of objects with a `rule` or of names, has this one. */
static bool has_rule(const json_t *rules, const char *rule)
{
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *item = json_array_get(rules, i);
        const char *name = json_is_string(item) ? json_string_value(item) : member(item, "rule");
        if (str_equal(name, rule))
            return true;
    }
    return false;
}

static const char *shortened(struct arena *arena, const char *phrase)
{
    const size_t length = strlen(phrase);
    size_t end = 0;

    while (end < length && end + str_utf8_step(phrase + end, length - end) <= PHRASE_MOST)
        end += str_utf8_step(phrase + end, length - end);
    return arena_strndup(arena, phrase, end);
}

/* The one place where an answer repeats what came in: the words that a person is asked to change.
 */
static void refuse(struct json_check *check, const json_t *finding)
{
    json_check_fail(check, member(finding, "pointer"), "DISCRIMINATION",
                    "»%s« handler om %s (%s), %s. %s",
                    shortened(check->arena, member(finding, "phrase")), member(finding, "rule_da"),
                    member(finding, "rule"), member(finding, "law"), member(finding, "suggestion"));
}

static void refuse_all(struct json_check *check, const json_t *findings, const json_t *exempted)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        if (refuses(finding) && !has_rule(exempted, member(finding, "rule")))
            refuse(check, finding);
    }
}

static void exemptions_of_nothing(struct json_check *check, const json_t *findings,
                                  const json_t *exemptions)
{
    for (size_t i = 0; i < json_array_size(exemptions); i++) {
        const char *rule = member(json_array_get(exemptions, i), "rule");
        if (kind_index(order_rules, rule) >= 0 && !has_rule(findings, rule))
            json_check_fail(
                check, json_check_pointer(check, json_check_item(check, "/exemptions", i), "rule"),
                "NOT_ALLOWED", "Titlen siger intet, som denne undtagelse gælder.");
    }
}

void lint_check(struct json_check *check, const struct linter *linter, const json_t *body)
{
    const json_t *exemptions = json_object_get(body, "exemptions");
    json_t *findings = lint_findings(linter, check->arena, body);

    refuse_all(check, findings, exemptions);
    exemptions_of_nothing(check, findings, exemptions);
    json_decref(findings);
}

/* --- answers -----------------------------------------------------------------------------------
 */

/* The answer's object with one member more; NULL when there is nothing to add. */
static const char *with_findings(struct rest_call *call, const char *body)
{
    json_t *findings = lint_findings(orders_linter(call), rest_arena(call), rest_body(call));
    const char *text = NULL;

    if (json_array_size(findings) > 0)
        text = arena_printf(rest_arena(call), "%.*s,\"findings\":%s}", (int)strlen(body) - 1, body,
                            json_text(rest_arena(call), findings));
    json_decref(findings);
    return text;
}

void lint_reply(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const char *body = NULL;

    if (pg_rows(rows) == 1 && pg_int64(rows, 0, REPLY_STATUS) < 300 &&
        str_starts(pg_text(rows, 0, REPLY_BODY), "{"))
        body = with_findings(call, pg_text(rows, 0, REPLY_BODY));
    if (!body) {
        rest_reply_row(call, outcome, 0);
        return;
    }
    if (!pg_is_null(rows, 0, REPLY_ETAG))
        rest_etag(call, pg_int64(rows, 0, REPLY_ETAG));
    if (!pg_is_null(rows, 0, REPLY_LOCATION))
        rest_header(call, "Location", pg_text(rows, 0, REPLY_LOCATION));
    if (pg_bool(rows, 0, REPLY_REPLAYED))
        rest_header(call, "Idempotency-Replayed", "true");
    rest_reply_text(call, (int)pg_int64(rows, 0, REPLY_STATUS), "application/json", body,
                    strlen(body));
}

/* A text on its way: a worker reads, since a long one takes tens of milliseconds. */
struct text_look {
    struct rest_call *call;
    const struct linter *linter;
    const char *text;
    const char *answer;
};

/* On the worker. The call's arena is nobody else's until the answer. */
static void read_text(void *argument)
{
    struct text_look *look = argument;
    json_t *findings = lint_text(look->linter, rest_arena(look->call), "/text", look->text);
    bool refused = false;

    for (size_t i = 0; i < json_array_size(findings); i++)
        refused = refused || refuses(json_array_get(findings, i));
    json_t *answer = json_pack("{s:b, s:o}", "refused", refused, "findings", findings);
    look->answer = json_text(rest_arena(look->call), answer);
    json_decref(answer);
}

static void reply_text(void *argument)
{
    const struct text_look *look = argument;

    rest_reply_text(look->call, 200, "application/json", look->answer, strlen(look->answer));
}

void lint_route(struct rest_call *call)
{
    static const char *const names[] = {"text", NULL};
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    const char *text =
        json_check_text(&check, rest_body(call), "", "text", JSON_REQUIRED, TEXT_MOST);
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    if (strlen(text) > LINTER_TEXT_CAP) { /* what is not read gets no clean bill */
        json_check_fail(&check, "/text", "LENGTH", "Teksten må højst fylde %zu KiB.",
                        LINTER_TEXT_CAP >> 10);
        rest_problem_check(call, &check);
        return;
    }
    struct text_look *look = arena_alloc(rest_arena(call), sizeof *look);
    *look = (struct text_look){.call = call, .linter = orders_linter(call), .text = text};
    if (worker_submit(orders_readers(call, SHEET_READER_CSV), rest_loop(call), read_text,
                      reply_text, look) != 0)
        rest_problem(call, "temporarily-unavailable", "Mange tekster læses lige nu; prøv igen.");
}

void lint_exemptions(struct rest_call *call)
{
    static const char *const queries[] = {NULL};
    const char *id = rest_path_id(call, "Jobordren findes ikke.");

    if (!id || !rest_query_only(call, queries))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &orders_sql_exemptions, parameters, COUNT(parameters));
}

/* --- drafts that open --------------------------------------------------------------------------
 */

struct opening {
    rest_handler *open;
};

static void judge_title(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *rows = pg_outcome_result(outcome, 0);
    const struct opening *opening = rest_state(call);
    struct json_check check;
    struct json_fault fault;
    json_t *exempted = NULL;

    json_check_init(&check, rest_arena(call));
    if (pg_rows(rows) == 1) {
        const char *rules = pg_text(rows, 0, 1);
        if (json_read_own(rules, strlen(rules), &exempted, &fault) < 0)
            exempted = NULL; /* then nothing is exempted */
        json_t *findings =
            lint_text(orders_linter(call), rest_arena(call), "/title", pg_text(rows, 0, 0));
        refuse_all(&check, findings, exempted);
        json_decref(findings);
        json_decref(exempted);
    }
    if (json_check_ok(&check))
        opening->open(call);
    else
        rest_problem_check(call, &check);
}

void lint_before(struct rest_call *call, const char *order, rest_handler *open)
{
    struct opening *opening = arena_alloc(rest_arena(call), sizeof *opening);
    const struct pg_parameter parameters[] = {PG_TEXT(order)};
    const struct pg_step step = {&orders_sql_title, parameters, COUNT(parameters)};

    opening->open = open;
    rest_set_state(call, opening);
    rest_batch(call, &step, 1, judge_title);
}
