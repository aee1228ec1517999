/* Sending again what was given up or missed: one delivery, or an endpoint's since a time. */
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "services/deliver/kinds.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#define TIME_CAP 40

static const char *const states[] = {"dead", "cancelled", "missed", NULL};

static bool is_state(const char *name)
{
    for (size_t i = 0; states[i] != NULL; i++) {
        if (str_equal(states[i], name))
            return true;
    }
    return false;
}

static bool is_kind(const char *name)
{
    return kind_find(name) != NULL;
}

/* An optional list of words as a PostgreSQL array literal, or `fallback` where there is none; every
 * word is plain ASCII without quotes. */
static const char *check_words(struct json_check *check, const json_t *body, const char *name,
                               bool (*known)(const char *), const char *allowed,
                               const char *fallback)
{
    const json_t *list = json_check_array(check, body, "", name, JSON_OPTIONAL, kinds_count);
    const char *pointer = json_check_pointer(check, "", name);
    const char *literal = "";
    if (list == NULL)
        return fallback;
    if (json_array_size(list) == 0)
        json_check_fail(check, pointer, "RANGE", "Mindst ét skal nævnes, eller feltet udelades.");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (!known(word)) {
            json_check_fail(check, json_check_item(check, pointer, i), "UNKNOWN",
                            "Skal være en af: %s.", allowed);
            continue;
        }
        literal = arena_printf(check->arena, "%s%s%s", literal, i == 0 ? "" : ",", word);
    }
    return arena_printf(check->arena, "{%s}", literal);
}

static const char *check_since(struct json_check *check, const json_t *body)
{
    const char *since = json_check_text(check, body, "", "since", JSON_REQUIRED, TIME_CAP);
    int64_t time;
    if (since != NULL && calendar_read_time(since, &time) != 0)
        json_check_fail(check, "/since", "FORMAT", "Et tidspunkt som 2026-11-24T08:00:00Z.");
    return since;
}

void endpoint_post_replay(struct rest_call *call)
{
    static const char *const members[] = {"since", "kinds", "states", NULL};
    const char *id = deliver_path_id(call);
    struct json_check check;
    if (id == NULL)
        return;
    json_check_init(&check, rest_arena(call));
    json_check_members(&check, rest_body(call), "", members);
    const char *since = check_since(&check, rest_body(call));
    const char *wanted =
        check_words(&check, rest_body(call), "kinds", is_kind, kinds_wanted(check.arena), NULL);
    const char *wanted_states = check_words(&check, rest_body(call), "states", is_state,
                                            "dead, cancelled, missed", "{dead,missed}");
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(since), PG_TEXT(wanted),
                                              PG_TEXT(wanted_states)};
    rest_run(call, &deliver_sql_endpoint_replay, parameters,
             sizeof parameters / sizeof *parameters);
}

void delivery_post_replay(struct rest_call *call)
{
    const char *id = deliver_path_id(call);
    if (id != NULL)
        rest_run(call, &deliver_sql_delivery_replay, (const struct pg_parameter[]){PG_TEXT(id)}, 1);
}
