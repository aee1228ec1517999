#include "tests/services/shortlists/scene.h"

#include "common/base/buffer.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEAM_KEY "00000000-0000-4000-8000-00000000a001"

static const struct {
    const char *organisation, *key, *person;
} actors[] = {
    [TEAM] = {TEAM_ID, TEAM_KEY, "Tea Teamsen (fiktiv)"},
    [TEAM_MACHINE] = {TEAM_ID, "00000000-0000-4000-8000-00000000a002", NULL},
    [AARHUS] = {AARHUS_ID, "00000000-0000-4000-8000-00000000a751", NULL},
    [AARHUS_PERSON] = {AARHUS_ID, "00000000-0000-4000-8000-00000000b751", "Aage Aagaard (fiktiv)"},
    [HORSENS] = {HORSENS_ID, "00000000-0000-4000-8000-00000000a615", NULL},
    [HORSENS_PERSON] = {HORSENS_ID, "00000000-0000-4000-8000-00000000b615", "Hanne Holm (fiktiv)"},
    [EMPLOYER] = {EMPLOYER_ID, "00000000-0000-4000-8000-00000000e002", NULL},
    [NOBODY] = {"", "", NULL},
};

const char *scene_organisation(enum actor actor)
{
    return actors[actor].organisation;
}

const char *scene_key(enum actor actor)
{
    return actors[actor].key;
}

struct pg_context scene_context(enum actor actor)
{
    return (struct pg_context){.tenant = actors[actor].organisation,
                               .actor = actors[actor].key,
                               .request = "test",
                               .purpose = "prøve"};
}

const char *scene_candidate(struct scene *scene, int number)
{
    return arena_printf(scene->arena, "00000000-0000-4000-9000-0000000000%02d", number);
}

static struct session *open_as(const char *conninfo, const char *role)
{
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_open(conninfo, role, &session, &detail) != 0)
        fail_msg("%s", detail.private_text);
    return session;
}

static void populate(struct scene *scene)
{
    struct error_detail detail = {{0}, {0}};
    static const char script[] =
        "SET search_path TO emnebank, public;"
        "INSERT INTO organisation (id, kind, name, municipality_code, cvr) VALUES"
        " ('" TEAM_ID "', 'team', 'Team Bygge & Anlæg', NULL, NULL),"
        " ('" AARHUS_ID "', 'municipality', 'Aarhus', '0751', '55133018'),"
        " ('" HORSENS_ID "', 'municipality', 'Horsens', '0615', '29189889'),"
        " ('" EMPLOYER_ID "', 'employer', 'Beton A/S (fiktiv)', NULL, '" EMPLOYER_CVR "');"
        "INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode,"
        " max_travel_km, available_from, kinds, content_mac)"
        " SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,"
        " CASE WHEN n <= 20 THEN '" AARHUS_ID "'::uuid ELSE '" HORSENS_ID "' END,"
        " CASE WHEN n <= 20 THEN 'AA-' ELSE 'HO-' END || lpad(n::text, 2, '0'), 0, '8000', 50,"
        " '2026-01-01', '{permanent}', '\\x00' FROM generate_series(1, 40) AS g (n)";

    if (session_exec(scene->root, script, &detail) != 0)
        fail_msg("%s", detail.private_text);
    for (size_t i = 0; i < NOBODY; i++)
        scene_root(
            scene,
            "INSERT INTO api_key (id, organisation_id, hash, person, label, scopes, expires_at)"
            " VALUES ('%s', '%s', sha256('%zu'), nullif('%s', ''), 'prøve', '{}',"
            " now() + interval '1 day')",
            actors[i].key, actors[i].organisation, i, actors[i].person ? actors[i].person : "");
}

struct scene *scene_open(const char *name)
{
    struct scene *scene = mem_zalloc(sizeof *scene);

    scene->arena = arena_create(0);
    scene->conninfo = pg_cluster_database(name);
    scene->root = open_as(scene->conninfo, NULL);
    scene->front = open_as(scene->conninfo, "emnebank_front");
    scene->match = open_as(scene->conninfo, "emnebank_match");
    populate(scene);
    return scene;
}

void scene_close(struct scene **scene)
{
    if (!*scene)
        return;
    session_close(&(*scene)->match);
    session_close(&(*scene)->front);
    session_close(&(*scene)->root);
    arena_destroy(&(*scene)->arena);
    mem_free(*scene);
    *scene = NULL;
}

int scene_teardown(void **state)
{
    struct scene *scene = *state;

    scene_close(&scene);
    return 0;
}

static const char *first_cell(struct scene *scene, const struct pg_result *rows)
{
    return pg_rows(rows) == 0 ? "" : arena_strdup(scene->arena, pg_text(rows, 0, 0));
}

static const char *run(struct scene *scene, struct session *session, const char *text)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;

    if (session_query(session, text, NULL, 0, &rows, &detail) != 0)
        fail_msg("%s\n%s", text, detail.private_text);
    return first_cell(scene, rows);
}

const char *scene_root(struct scene *scene, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vprintf(scene->arena, format, arguments);
    va_end(arguments);
    return run(scene, scene->root, text);
}

static void begin_as(struct scene *scene, enum actor actor)
{
    struct pg_context context = scene_context(actor);

    assert_int_equal(session_exec(scene->front, "BEGIN", NULL), 0);
    assert_int_equal(session_context(scene->front, &context, NULL), 0);
}

const char *scene_get(struct scene *scene, enum actor actor, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vprintf(scene->arena, format, arguments);
    va_end(arguments);
    begin_as(scene, actor);
    const char *cell = run(scene, scene->front, text);
    assert_int_equal(session_exec(scene->front, "COMMIT", NULL), 0);
    return cell;
}

void scene_refused(struct scene *scene, enum actor actor, const char *expected, const char *format,
                   ...)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vprintf(scene->arena, format, arguments);
    va_end(arguments);
    begin_as(scene, actor);
    int error = session_query(scene->front, text, NULL, 0, &rows, &detail);
    assert_int_equal(session_exec(scene->front, "ROLLBACK", NULL), 0);
    if (error == 0)
        fail_msg("was let through, should be refused with %s:\n%s", expected, text);
    if (!str_starts(detail.public_text, expected))
        fail_msg("expected %s, was: %s\n%s", expected, detail.private_text, text);
}

const char *scene_order(struct scene *scene)
{
    return scene_get(
        scene, TEAM,
        "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
        "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Struktører\","
        " \"posts\": 2, \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
        " \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"]}', now(), now())");
}

const char *scene_store(struct scene *scene, const char *order, int first, int last)
{
    return scene_store_version(scene, order, 1, first, last);
}

const char *scene_store_version(struct scene *scene, const char *order, int version, int first,
                                int last)
{
    struct buffer ranked, scores, lists, texts;

    buffer_init(&ranked, 65536);
    buffer_init(&scores, 65536);
    buffer_init(&lists, 65536);
    buffer_init(&texts, 65536);
    for (int i = first; i <= last; i++) {
        buffer_printf(&ranked, "%s%s", i == first ? "" : ",", scene_candidate(scene, i));
        buffer_printf(&scores, "%s%d", i == first ? "" : ",", 900 - i);
        buffer_printf(&lists, "%s[]", i == first ? "" : ",");
        buffer_printf(&texts, "%s\"\\\"fordi\\\"\"", i == first ? "" : ",");
    }
    const char *text =
        arena_printf(scene->arena,
                     "SELECT shortlist_store('%s', %d, 1, 0, '2026-12-01', 40, '{}', '[]', '{%s}',"
                     " '{%s}', '{%s}', '{%s}', '{%s}', '{}', 1)",
                     order, version, ranked.data, scores.data, lists.data, lists.data, texts.data);
    buffer_deinit(&ranked);
    buffer_deinit(&scores);
    buffer_deinit(&lists);
    buffer_deinit(&texts);
    return run(scene, scene->match, text);
}

const char *scene_shortlist(struct scene *scene, const char *order, int first, int last)
{
    const char *stored = scene_store(scene, order, first, last);

    /* The orders here are one employer's and would take turns (order_choose): these tests are of
     * what follows when somebody has been put forward. */
    scene_root(scene,
               "UPDATE shortlist_entry SET state = 'proposed' WHERE state = 'reserve' AND "
               "shortlist_id = nullif('%s', '')::uuid",
               stored);
    return stored;
}

const char *scene_entry(struct scene *scene, const char *order, int candidate)
{
    return scene_root(scene,
                      "SELECT e.id FROM shortlist_entry e JOIN shortlist s ON s.id = e.shortlist_id"
                      " WHERE e.order_id = '%s' AND e.candidate_id = '%s'"
                      " ORDER BY s.order_version DESC LIMIT 1",
                      order, scene_candidate(scene, candidate));
}

const char *scene_entry_in(struct scene *scene, int number, const char *state)
{
    static const struct {
        const char *state, *body; /* NULL: what the team does */
    } steps[] = {
        {"confirmed", "{\"answer\": \"confirm\"}"},
        {"yes", "{\"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\","
                " \"how\": \"telephone\", \"text_version\": \"2026-1\"}"},
        {"approved", NULL},
        {"released", NULL},
    };
    enum actor home = number <= 20 ? AARHUS : HORSENS;
    const char *order = scene_order(scene);

    scene_shortlist(scene, order, number, number);
    const char *entry = scene_entry(scene, order, number);
    if (str_equal(state, "proposed"))
        return entry;
    if (str_equal(state, "declined")) {
        scene_get(scene, home,
                  "SELECT status FROM entry_answer('%s', 0,"
                  " '{\"answer\": \"decline\", \"reason\": \"moved\"}')",
                  entry);
        return entry;
    }
    bool no = str_equal(state, "no");
    bool withdrawn = str_equal(state, "withdrawn");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].body)
            scene_get(scene, home, "SELECT status FROM entry_answer('%s', 0, '%s')", entry,
                      steps[i].body);
        else if (str_equal(steps[i].state, "approved"))
            scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
        else
            scene_get(scene, TEAM,
                      "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s',"
                      " 'public_task')",
                      entry, entry);
        if (str_equal(steps[i].state, state))
            return entry;
        if (no || (withdrawn && i == 1)) {
            scene_get(scene, home,
                      "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"%s\"}')", entry,
                      no ? "no" : "withdraw");
            return entry;
        }
    }
    fail_msg("no way to %s", state);
    return NULL;
}
