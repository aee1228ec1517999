/* One candidate at a time: PUT, GET, the facts, the screening, the withdrawal. */
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/json/writer.h"
#include "services/pool/internal.h"
#include "services/pool/prepare.h"
#include "sql/pool_sql.h"

#include <string.h>

#define CPR_BIRTH_DIGITS 6
#define DOCUMENT_CAP ((size_t)4 << 20)

const char *pool_own_reference(struct rest_call *call)
{
    const char *municipality = rest_principal(call)->municipality;

    if (*municipality != '\0' && str_equal(municipality, rest_parameter(call, "municipality")))
        return rest_parameter(call, "external_ref");
    rest_problem(call, "not-found", "Kandidaten findes ikke.");
    return NULL;
}

static struct json_check *check_create(struct rest_call *call)
{
    struct json_check *check = arena_alloc(rest_arena(call), sizeof *check);

    json_check_init(check, rest_arena(call));
    return check;
}

void pool_put_candidate(struct rest_call *call)
{
    const char *reference = pool_own_reference(call);
    const struct crypto_key *key = reference != NULL ? pool_own_key(call) : NULL;
    struct pool_body good;

    if (key == NULL)
        return;
    struct json_check *check = check_create(call);
    (void)pool_reference_check(check, "", reference);
    pool_body_check(check, rest_body(call), false, &good);
    json_t *row = pool_prepare(rest_arena(call), key, rest_principal(call)->municipality, reference,
                               rest_body(call), &good, json_check_ok(check));
    const char *text = json_text(rest_arena(call), row);
    json_decref(row);

    bool asked = http_request_header(rest_http(call), "If-Match") != NULL;
    const struct pg_parameter parameters[] = {PG_TEXT(text),
                                              asked ? rest_version_seen(call) : PG_NULL};
    if (json_check_ok(check))
        rest_run(call, &pool_sql_put, parameters, 2);
    else
        rest_problem_faults(call, check, &pool_sql_faults, parameters, 1);
}

enum read_column {
    READ_VERSION,
    READ_DOCUMENT,
    READ_KEY,
    READ_NAME,
    READ_PHONE,
    READ_EMAIL,
    READ_ADDRESS,
    READ_NOTE,
    READ_CPR
};

static struct sealed_bytes sealed_column(struct arena *arena, const struct pg_result *row,
                                         enum read_column column)
{
    struct sealed_bytes sealed = {0};

    sealed.bytes = pg_bytes(arena, row, 0, column, &sealed.length);
    return sealed;
}

static void put_text(struct writer *json, const char *name, const char *text)
{
    if (text != NULL)
        writer_member_text(json, name, text);
}

/* Of the CPR number only the birth date's digits: enough to see whose it is, not to use it. */
static void write_person(struct arena *arena, const struct person *person, struct writer *json)
{
    writer_member_object(json, "person");
    put_text(json, "name", person->name);
    put_text(json, "phone", person->phone);
    put_text(json, "email", person->email);
    put_text(json, "address", person->address);
    put_text(json, "note", person->note);
    if (person->cpr != NULL)
        put_text(json, "cpr", arena_printf(arena, "%.*s-••••", CPR_BIRTH_DIGITS, person->cpr));
    writer_object_end(json);
}

/* The database's document, an object with members, and the person that only the caller's key opens.
 */
static void reply_opened(struct rest_call *call, const char *document, const struct person *person)
{
    struct buffer text;
    struct writer json;

    buffer_init(&text, DOCUMENT_CAP);
    writer_init(&json, &text);
    writer_object(&json);
    writer_raw_members(&json, document + 1, strlen(document) - 2);
    write_person(rest_arena(call), person, &json);
    writer_object_end(&json);
    writer_finish(&json);
    if (buffer_full(&text))
        rest_problem(call, "internal-error", NULL);
    else
        rest_reply_text(call, 200, "application/json", text.data, text.length);
    buffer_deinit(&text);
}

static void answer_candidate(struct rest_call *call, const struct pg_outcome *outcome)
{
    const struct pg_result *row = pg_outcome_result(outcome, 0);
    const struct crypto_key *key = pool_own_key(call);

    if (key == NULL)
        return;
    struct arena *arena = rest_arena(call);
    const struct person_sealed sealed = {
        .wrapped_key = sealed_column(arena, row, READ_KEY),
        .name = sealed_column(arena, row, READ_NAME),
        .phone = sealed_column(arena, row, READ_PHONE),
        .email = sealed_column(arena, row, READ_EMAIL),
        .address = sealed_column(arena, row, READ_ADDRESS),
        .note = sealed_column(arena, row, READ_NOTE),
        .cpr = sealed_column(arena, row, READ_CPR),
    };
    struct person person;

    if (person_open(arena, key, rest_principal(call)->municipality,
                    rest_parameter(call, "external_ref"), &sealed, &person) != 0) {
        rest_problem(call, "internal-error", "Personoplysningerne kan ikke åbnes.");
        return;
    }
    rest_etag(call, pg_int64(row, 0, READ_VERSION));
    reply_opened(call, pg_text(row, 0, READ_DOCUMENT), &person);
}

void pool_get_candidate(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *reference = pool_own_reference(call);

    if (reference == NULL || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(reference)};
    const struct pg_step step = {&pool_sql_read, parameters, 1};
    rest_batch(call, &step, 1, answer_candidate);
}

static bool names_same(const json_t *left, const json_t *right)
{
    const json_t *kind = json_object_get(left, "kind");
    const json_t *code = json_object_get(left, "code");

    return kind != NULL && code != NULL && json_equal(kind, json_object_get(right, "kind")) &&
           json_equal(code, json_object_get(right, "code"));
}

static void check_removed(struct json_check *check, const json_t *removed, const json_t *given)
{
    static const char *const names[] = {"kind", "code", NULL};

    for (size_t i = 0; i < json_array_size(removed); i++) {
        const json_t *fact = json_array_get(removed, i);
        const char *pointer = json_check_item(check, "/remove", i);
        json_check_members(check, fact, pointer, names);
        (void)json_check_choice(check, fact, pointer, "kind", JSON_REQUIRED, fact_kinds);
        (void)json_check_text(check, fact, pointer, "code", JSON_REQUIRED, 64);
        for (size_t j = 0; j < json_array_size(given); j++) {
            if (names_same(fact, json_array_get(given, j)))
                json_check_fail(check, pointer, "DUPLICATE",
                                "Kan ikke både sættes og fjernes; se /set/%zu.", j);
        }
    }
}

static const char *list_text(struct rest_call *call, const json_t *list)
{
    return list != NULL ? json_text(rest_arena(call), list) : "[]";
}

void pool_patch_facts(struct rest_call *call)
{
    static const char *const names[] = {"set", "remove", NULL};
    const char *reference = pool_own_reference(call);

    if (reference == NULL)
        return;
    const json_t *body = rest_body(call);
    struct json_check *check = check_create(call);
    json_check_members(check, body, "", names);
    const json_t *given = json_check_array(check, body, "", "set", JSON_OPTIONAL, POOL_FACTS_CAP);
    const json_t *removed =
        json_check_array(check, body, "", "remove", JSON_OPTIONAL, POOL_FACTS_CAP);
    if (json_check_ok(check) && given == NULL && removed == NULL)
        json_check_fail(check, "", "REQUIRED", "Angiv set, remove eller begge.");
    pool_facts_check(check, given, "/set");
    check_removed(check, removed, given);

    const struct pg_parameter parameters[] = {PG_TEXT(reference), rest_version_seen(call),
                                              PG_TEXT(list_text(call, given)),
                                              PG_TEXT(list_text(call, removed))};
    if (json_check_ok(check))
        rest_run(call, &pool_sql_patch_facts, parameters, 4);
    else
        rest_problem_check(call, check);
}

void pool_put_screening(struct rest_call *call)
{
    static const char *const names[] = {"by", "on", "until", NULL};
    const char *reference = pool_own_reference(call);
    struct pool_body good = {0};

    if (reference == NULL)
        return;
    struct json_check *check = check_create(call);
    json_check_members(check, rest_body(call), "", names);
    pool_screening_check(check, rest_body(call), "", &good);
    if (!json_check_ok(check)) {
        rest_problem_check(call, check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(reference), rest_version_seen(call),
                                              PG_TEXT(good.screened_by), PG_TEXT(good.screened_on),
                                              PG_TEXT(good.screening_until)};
    rest_run(call, &pool_sql_put_screening, parameters, 5);
}

void pool_post_withdrawal(struct rest_call *call)
{
    static const char *const names[] = {"reason", NULL};
    const char *reference = pool_own_reference(call);

    if (reference == NULL)
        return;
    struct json_check *check = check_create(call);
    json_check_members(check, rest_body(call), "", names);
    int reason =
        json_check_choice(check, rest_body(call), "", "reason", JSON_REQUIRED, withdraw_reasons);
    if (!json_check_ok(check)) {
        rest_problem_check(call, check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(reference), rest_version_seen(call),
                                              PG_TEXT(withdraw_reasons[reason])};
    rest_run(call, &pool_sql_withdraw, parameters, 3);
}
