#include "tests/services/forecast/sites.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LINES_CAP ((size_t)1 << 16)

int sites_open(void **state, const char *name)
{
    if (world_open(state, name) != 0)
        return -1;
    struct world *world = *state;
    scene_root(world->scene,
               "INSERT INTO emnebank.clock_hands (one, at) VALUES (true, '2026-11-24T10:00:00Z')"
               " ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at RETURNING 1");
    return 0;
}

int sites_clear(void **state)
{
    struct world *world = *state;

    scene_root(world->scene, "DELETE FROM emnebank.need");
    scene_root(world->scene, "DELETE FROM emnebank.panel_answer");
    scene_root(world->scene, "DELETE FROM emnebank.need_rule WHERE version > 1");
    scene_root(world->scene, "DELETE FROM emnebank.need_ruleset WHERE version > 1");
    scene_root(world->scene, "DELETE FROM emnebank.lead_origin");
    scene_root(world->scene, "DELETE FROM emnebank.lead_municipality");
    scene_root(world->scene, "DELETE FROM emnebank.lead");
    scene_root(world->scene, "DELETE FROM emnebank.candidate_fact WHERE kind = 'occupation'");
    return 0;
}

static const char * or (const char *said, const char *otherwise)
{
    return said != NULL ? said : otherwise;
}

/* A JSON text, or null for "". */
static const char *text(struct arena *arena, const char *said, const char *otherwise)
{
    const char *value = or (said, otherwise);

    return value[0] != '\0' ? arena_printf(arena, "\"%s\"", value) : "null";
}

const char *site_make(struct world *world, const struct site *site)
{
    struct scene *scene = world->scene;
    struct arena *arena = scene->arena;
    const char *data = arena_printf(
        arena,
        "{\"winner\": {\"name\": \"Byg (fiktiv)\", \"cvr\": %s}, \"value\": %s, \"cpv\": %s,"
        " \"start_date\": %s, \"end_date\": %s, \"places\": %s%s}",
        text(arena, or (site->cvr, ""), ""),
        or (site->value, "{\"minor\": 6000000000, \"currency\": \"DKK\"}"),
        text(arena, site->cpv, "45210000"), text(arena, site->begins, "2027-01-15"),
        text(arena, site->ends, "2027-12-20"),
        or (site->places, "[{\"country\": \"DNK\", \"postal_code\": \"8000\"}]"),
        or (site->more, ""));
    const char *lead = scene_root(
        scene, "INSERT INTO emnebank.lead (data, stage) VALUES ('%s', '%s') RETURNING id", data,
        or (site->stage, "awarded"));
    scene_root(scene,
               "INSERT INTO emnebank.lead_municipality SELECT '%s', code"
               " FROM regexp_split_to_table('%s', ' ') AS c (code) WHERE code <> ''",
               lead, or (site->municipality, "0751"));
    if (site->project != NULL)
        scene_root(scene,
                   "WITH source AS (INSERT INTO emnebank.lead_source (name, mapping)"
                   " VALUES (gen_random_uuid()::text, '{}') RETURNING id)"
                   " INSERT INTO emnebank.lead_origin (lead_id, source, row_key, data, stage,"
                   " project) SELECT '%s', id, '1', '%s', '%s', '%s' FROM source",
                   lead, data, or (site->stage, "awarded"), site->project);
    return lead;
}

const char *site_people(struct world *world, const char *lead, const char *trade, const char *month)
{
    return scene_get(world->scene, TEAM,
                     "SELECT round(people::numeric, 4) FROM need_of_rules(need_version(), '%s',"
                     " '%s-01', '%s-01') WHERE trade_code = '%s'",
                     lead, month, month, trade);
}

static struct answer ask(struct world *world, enum actor actor, const char *query)
{
    struct answer answer =
        server_ask(world->server, actor, "GET",
                   arena_printf(world->scene->arena, "/v1/forecast%s", query), NULL, NULL);

    if (answer.status != 200)
        fail_msg("%s: %d %s", query, answer.status, answer.body);
    assert_non_null(answer.json);
    return answer;
}

const char *forecast_of(struct world *world, enum actor actor, const char *query)
{
    return ask(world, actor, query).body;
}

static const char *member(const json_t *object, const char *name)
{
    return or (json_string_value(json_object_get(object, name)), "");
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static void row_line(const json_t *row, struct buffer *lines)
{
    const json_t *place = json_object_get(row, "place");
    const bool municipality = str_equal(member(place, "kind"), "municipality");

    buffer_printf(lines, "%s %s %s %.1f %.1f+%.1f+%.1f", member(row, "month"),
                  member(json_object_get(row, "trade"), "code"),
                  member(place, municipality ? "code" : "kind"), number(row, "needed"),
                  number(row, "by_rule"), number(row, "by_contact"), number(row, "by_panel"));
    if (json_is_null(json_object_get(row, "supply")))
        buffer_text(lines, " - -\n");
    else
        buffer_printf(lines, " %d%s %.1f\n", (int)number(row, "supply"),
                      json_is_true(json_object_get(row, "exact")) ? "" : "~", number(row, "short"));
}

void assert_rows(struct world *world, enum actor actor, const char *query, const char *lines)
{
    const json_t *rows = json_object_get(ask(world, actor, query).json, "rows");
    struct buffer found;

    buffer_init(&found, LINES_CAP);
    buffer_text(&found, "");
    for (size_t i = 0; i < json_array_size(rows); i++)
        row_line(json_array_get(rows, i), &found);
    assert_string_equal(found.data, lines);
    buffer_deinit(&found);
}

void assert_unknown(struct world *world, const char *query, const char *lines)
{
    const json_t *items = json_object_get(ask(world, TEAM, query).json, "unknown");
    struct buffer found;

    buffer_init(&found, LINES_CAP);
    buffer_text(&found, "");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        buffer_printf(&found, "%s %d", member(item, "reason"), (int)number(item, "leads"));
        if (json_is_null(json_object_get(item, "people")))
            buffer_text(&found, " -\n");
        else
            buffer_printf(&found, " %.1f\n", number(item, "people"));
    }
    assert_string_equal(found.data, lines);
    buffer_deinit(&found);
}
