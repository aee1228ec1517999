#include "services/leads/sources.h"

#include "services/leads/mapping.h"
#include "sql/leads_sql.h"

#define SOURCE_MISSING "Kilden findes ikke."

void sources_list(struct rest_call *call)
{
    static const char *const none[] = {NULL};

    if (rest_query_only(call, none))
        rest_run(call, &leads_sql_source_list, NULL, 0);
}

void sources_read(struct rest_call *call)
{
    static const char *const none[] = {NULL};
    const char *id = rest_path_id(call, SOURCE_MISSING);

    if (id == NULL || !rest_query_only(call, none))
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    rest_run(call, &leads_sql_source_read, parameters, 1);
}

/* The body as it is stored; NULL when it has faults, and those are answered, with the database's of
 * the name. */
static const char *checked_body(struct rest_call *call, const char *id)
{
    static const char *const members[] = {"name", "mapping", NULL};
    struct arena *arena = rest_arena(call);
    struct json_check *check = arena_alloc(arena, sizeof *check);
    const json_t *body = rest_body(call);
    const char *text = json_text(arena, body);

    json_check_init(check, arena);
    json_check_members(check, body, "", members);
    json_check_text(check, body, "", "name", JSON_REQUIRED, 100);
    const json_t *mapping = json_check_object(check, body, "", "mapping", JSON_REQUIRED);
    if (mapping != NULL)
        (void)mapping_read(check, mapping, "/mapping");
    if (json_check_ok(check))
        return text;
    const struct pg_parameter parameters[] = {PG_TEXT(text), PG_TEXT(id)};
    rest_problem_faults(call, check, &leads_sql_source_faults, parameters, 2);
    return NULL;
}

void sources_create(struct rest_call *call)
{
    const char *body = checked_body(call, NULL);

    if (body == NULL)
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(body)};
    rest_run(call, &leads_sql_source_create, parameters, 1);
}

void sources_put(struct rest_call *call)
{
    const char *id = rest_path_id(call, SOURCE_MISSING);
    const char *body = id != NULL ? checked_body(call, id) : NULL;

    if (body == NULL)
        return;
    const struct pg_parameter parameters[] = {PG_TEXT(id), rest_version_seen(call), PG_TEXT(body)};
    rest_run(call, &leads_sql_source_put, parameters, 3);
}
