#include "services/shortlists/bulk.h"

#include "common/domain/uuid.h"
#include "services/shortlists/answer.h"
#include "sql/shortlists_sql.h"

#define ITEMS_CAP 500
#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

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

/* What the database is given of one item: {"id", "version", "body"}, or {"id", "errors"}; an id
 * that is none is not repeated. */
static json_t *prepare(struct arena *arena, json_t *item, size_t place)
{
    const char *id = json_string_value(json_object_get(item, "id"));
    json_t *prepared = json_pack("{s:s?}", "id", uuid_valid(id) ? id : NULL);
    struct json_check check;

    json_check_init(&check, arena);
    const char *base = json_check_item(&check, "/items", place);
    if (!json_is_object(item))
        json_check_fail(&check, base, "TYPE", "Skal være et objekt.");
    else
        answer_item_check(&check, item, base);
    if (!json_check_ok(&check)) {
        json_object_set_new(prepared, "errors", faults_of(&check));
        return prepared;
    }
    json_object_set_new(prepared, "version",
                        json_integer(json_integer_value(json_object_get(item, "version"))));
    json_object_set(prepared, "body", item);
    return prepared;
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

void bulk_answer(struct rest_call *call)
{
    static const char *const names[] = {"items", NULL};
    struct json_check check;

    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", names);
    const json_t *items =
        json_check_array(&check, rest_body(call), "", "items", JSON_REQUIRED, ITEMS_CAP);
    if (items && json_array_size(items) == 0)
        json_check_fail(&check, "/items", "RANGE", "Skal have mindst ét svar.");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT("POST"),
        PG_TEXT(http_request_path(rest_http(call))),
        PG_TEXT(rest_idempotency_key(call)),
        PG_TEXT(rest_fingerprint(call)),
        PG_TEXT(prepared_items(rest_arena(call), items)),
    };
    rest_run(call, &shortlists_sql_answers, parameters, COUNT(parameters));
}
