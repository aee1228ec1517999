/*
 * What a home says of its candidates, kept fresh: the tasks to confirm, and the confirmations, one
 * at a time or many. A confirmation moves dates and nothing else (0025_freshness.sql).
 */
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "services/pool/body.h"
#include "services/pool/internal.h"
#include "sql/pool_sql.h"

#include <stdio.h>

#define ITEMS_CAP 1000
#define CODE_CAP 64
#define VERSION_MAX INT32_MAX

/* --- tasks --- */

static bool one_of(const char *text, const char *const *choices)
{
    return text == NULL || kind_index(choices, text) >= 0;
}

/* False with an answer sent when a filter is none. */
static bool filters_good(struct rest_call *call)
{
    static const char *const states[] = {"open", "done", "obsolete", NULL};
    static const char *const kinds[] = {"confirm_screening", "confirm_fact", NULL};
    const char *due_before = rest_query(call, "due_before");

    if (!one_of(rest_query(call, "state"), states)) {
        rest_problem(call, "query-invalid", "state skal være open, done eller obsolete.");
        return false;
    }
    if (!one_of(rest_query(call, "kind"), kinds)) {
        rest_problem(call, "query-invalid", "kind skal være confirm_screening eller confirm_fact.");
        return false;
    }
    if (due_before != NULL && !json_date_valid(due_before)) {
        rest_problem(call, "query-invalid", "due_before skal være en dato som 2026-12-01.");
        return false;
    }
    return true;
}

void pool_get_tasks(struct rest_call *call)
{
    static const char *const names[] = {"state", "kind", "due_before", "cursor", "limit", NULL};
    char size[24];

    if (!rest_query_only(call, names) || !filters_good(call))
        return;
    size_t limit = rest_limit(call);
    const char *after = limit != 0 ? rest_cursor_read(call) : NULL;
    if (after == NULL)
        return;
    snprintf(size, sizeof size, "%zu", limit);
    const struct pg_parameter parameters[] = {
        PG_TEXT(after), PG_TEXT(size), PG_TEXT(rest_query(call, "state")),
        PG_TEXT(rest_query(call, "kind")), PG_TEXT(rest_query(call, "due_before"))};
    const struct pg_step step = {&pool_sql_tasks, parameters, 5};
    rest_batch(call, &step, 1, pool_answer_page);
}

/* --- confirmations --- */

static void check_fact(struct json_check *check, const json_t *facts, size_t place,
                       const char *base)
{
    static const char *const names[] = {"kind", "code", "stated_on", "valid_until", NULL};
    const json_t *fact = json_array_get(facts, place);

    json_check_members(check, fact, base, names);
    int kind = json_check_choice(check, fact, base, "kind", JSON_REQUIRED, fact_kinds);
    (void)json_check_text(check, fact, base, "code", JSON_REQUIRED, CODE_CAP);
    (void)json_check_date(check, fact, base, "stated_on", JSON_OPTIONAL);
    const char *until = json_check_date(check, fact, base, "valid_until", JSON_OPTIONAL);
    if (until != NULL && kind >= 0 && !str_equal(fact_kinds[kind], "certificate") &&
        !str_equal(fact_kinds[kind], "licence"))
        json_check_fail(check, json_check_pointer(check, base, "valid_until"), "NOT_ALLOWED",
                        "Kun certifikater og kørekort udløber.");
    size_t earlier = pool_fact_before(facts, place);
    if (earlier != place)
        json_check_fail(check, base, "DUPLICATE", "Samme oplysning som nummer %zu.", earlier + 1);
}

/* What both forms say of one candidate: {"screening"?, "facts"?}, one of them at least. */
static void check_said(struct json_check *check, const json_t *said, const char *base)
{
    static const char *const names[] = {"by", "on", "until", NULL};
    const char *pointer = json_check_pointer(check, base, "screening");
    struct pool_body good = {0};
    size_t before = check->count;

    const json_t *screening = json_check_object(check, said, base, "screening", JSON_OPTIONAL);
    if (screening != NULL) {
        json_check_members(check, screening, pointer, names);
        pool_screening_check(check, screening, pointer, &good);
    }
    const json_t *facts =
        json_check_array(check, said, base, "facts", JSON_OPTIONAL, POOL_FACTS_CAP);
    pointer = json_check_pointer(check, base, "facts");
    for (size_t i = 0; i < json_array_size(facts); i++)
        check_fact(check, facts, i, json_check_item(check, pointer, i));
    if (check->count == before && screening == NULL && json_array_size(facts) == 0)
        json_check_fail(check, base, "REQUIRED", "Angiv screening, facts eller begge.");
}

/* The same for the database; `base` is the pointer to it in the body. */
static json_t *said_of(const json_t *said, const char *reference, int64_t version, const char *base)
{
    json_t *prepared = json_pack("{s:s, s:I, s:s}", "external_ref", reference, "version",
                                 (json_int_t)version, "base", base);

    json_object_set(prepared, "screening", json_object_get(said, "screening"));
    json_object_set(prepared, "facts", json_object_get(said, "facts"));
    return prepared;
}

void pool_post_confirmation(struct rest_call *call)
{
    static const char *const names[] = {"screening", "facts", NULL};
    const char *reference = pool_own_reference(call);
    struct json_check check;

    if (reference == NULL)
        return;
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    check_said(&check, rest_body(call), "");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    json_t *said = said_of(rest_body(call), reference, rest_if_match(call), "");
    const struct pg_parameter parameters[] = {PG_TEXT(json_text(rest_arena(call), said))};
    json_decref(said);
    rest_run(call, &pool_sql_confirm, parameters, 1);
}

static json_t *faults_of(const struct json_check *check)
{
    json_t *faults = json_array();

    for (size_t i = 0; i < check->count; i++) {
        const struct json_error *error = &check->errors[i];
        json_array_append_new(faults, json_pack("{s:s, s:s, s:s}", "pointer", error->pointer,
                                                "code", error->code, "detail", error->detail));
    }
    return faults;
}

/* What the database is given of one item: the item with its pointer, or what is wrong with it. A
 * reference that is none is not repeated. */
static json_t *prepare(struct arena *arena, const json_t *item, size_t place)
{
    static const char *const names[] = {"external_ref", "version", "screening", "facts", NULL};
    struct json_check check;

    json_check_init(&check, arena);
    const char *base = json_check_item(&check, "/items", place);
    if (!json_is_object(item)) {
        json_check_fail(&check, base, "TYPE", "Skal være et objekt.");
        return json_pack("{s:n, s:o}", "external_ref", "errors", faults_of(&check));
    }
    json_check_members(&check, item, base, names);
    const char *reference =
        json_check_text(&check, item, base, "external_ref", JSON_REQUIRED, REFERENCE_CAP);
    bool good =
        reference != NULL &&
        pool_reference_check(&check, json_check_pointer(&check, base, "external_ref"), reference);
    int64_t version =
        json_check_integer(&check, item, base, "version", JSON_OPTIONAL, 1, VERSION_MAX, 0);
    check_said(&check, item, base);
    if (!json_check_ok(&check))
        return json_pack("{s:s?, s:o}", "external_ref", good ? reference : NULL, "errors",
                         faults_of(&check));
    return said_of(item, reference, version, base);
}

static const char *prepared_items(struct arena *arena, const json_t *items)
{
    json_t *all = json_array();

    for (size_t i = 0; i < json_array_size(items); i++)
        json_array_append_new(all, prepare(arena, json_array_get(items, i), i));
    const char *text = json_text(arena, all);
    json_decref(all);
    return text;
}

void pool_post_confirmations(struct rest_call *call)
{
    static const char *const names[] = {"items", NULL};
    struct json_check check;

    if (*rest_principal(call)->municipality == '\0') {
        rest_problem(call, "forbidden", "Kun kommuner har kandidater.");
        return;
    }
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    const json_t *items =
        json_check_array(&check, rest_body(call), "", "items", JSON_REQUIRED, ITEMS_CAP);
    if (items != NULL && json_array_size(items) == 0)
        json_check_fail(&check, "/items", "LENGTH", "Skal have mindst én bekræftelse.");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(prepared_items(rest_arena(call), items))};
    rest_run(call, &pool_sql_confirm_many, parameters, 1);
}
