/*
 * What was known of a candidate at a moment, about a day: over the socket, with the clock turned by
 * the test (clock_hands). In November the clock in Denmark is one hour ahead of UTC.
 */
#include "tests/services/pool/scene.h"

#include "common/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MONDAY "2026-11-23T08:00:00Z"
#define TUESDAY "2026-11-24T12:00:00Z"
#define WEDNESDAY "2026-11-25T12:00:00Z"
#define FRIDAY "2026-11-27T12:00:00Z"

static struct arena *arena;

static void turn(struct scene *scene, const char *moment)
{
    scene_exec(scene, arena_printf(arena,
                                   "INSERT INTO clock_hands VALUES (true, '%s')"
                                   " ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at",
                                   moment));
}

/* A week of its own: turned back, the clock would put later versions of the pool before older ones.
 */
static void begin_week(struct scene *scene)
{
    scene_exec(scene, "DELETE FROM pool_version_at");
    turn(scene, MONDAY);
}

static void put(struct scene *scene, const char *reference, const char *from,
                const char *protection, const char *facts)
{
    struct answer answer = scene_json(
        scene, AARHUS, arena_printf(arena, "PUT /v1/candidates/0751/%s", reference), "",
        arena_printf(arena,
                     "{\"person\":{\"name\":\"Ida Prøve (fiktiv)\"},\"postcode\":\"8000\","
                     "\"max_travel_km\":50,\"available_from\":\"%s\",\"kinds\":[\"permanent\"],"
                     "\"protection\":\"%s\",\"screening\":{\"by\":\"MK\",\"on\":\"2026-11-20\","
                     "\"until\":\"2026-11-26\"},\"facts\":[%s]}",
                     from, protection, facts));

    if (answer.status != 200 && answer.status != 201)
        fail_msg("%d %s", answer.status, answer.body);
}

static const json_t *history(struct scene *scene, const char *reference, const char *recorded,
                             const char *valid)
{
    struct answer answer = scene_json(
        scene, AARHUS,
        arena_printf(arena, "GET /v1/candidates/0751/%s/history?recorded_at=%s&valid_on=%s",
                     reference, recorded, valid),
        "", NULL);

    if (answer.status != 200)
        fail_msg("%d %s", answer.status, answer.body);
    return answer.json;
}

static const char *word(const json_t *value)
{
    return json_is_null(value) ? "-" : json_is_true(value) ? "yes" : "no";
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "-";
}

/* "since until recorded_at" of what was known. */
static const char *availability(const json_t *known)
{
    const json_t *said = json_object_get(known, "availability");

    return arena_printf(arena, "%s %s %s %s", word(json_object_get(known, "available")),
                        text_of(said, "valid_from"), text_of(said, "valid_to"),
                        text_of(said, "recorded_at"));
}

static const char *flag(const json_t *known, const char *name)
{
    return word(json_object_get(known, name));
}

static void a_correction_leaves_what_was_known_before(void **state)
{
    struct scene *scene = *state;

    begin_week(scene);
    put(scene, "H-1", "2026-11-25", "none", "");
    turn(scene, "2026-11-25T09:00:00Z");
    put(scene, "H-1", "2026-11-27", "none", "");
    turn(scene, FRIDAY);
    assert_string_equal(availability(history(scene, "H-1", TUESDAY, "2026-11-26")),
                        "yes 2026-11-25 - 2026-11-23T08:00:00.000Z");
    assert_string_equal(availability(history(scene, "H-1", TUESDAY, "2026-11-24")),
                        "no 2026-11-25 - 2026-11-23T08:00:00.000Z");
    assert_string_equal(availability(history(scene, "H-1", WEDNESDAY, "2026-11-26")),
                        "no 2026-11-27 - 2026-11-25T09:00:00.000Z");
    assert_string_equal(availability(history(scene, "H-1", WEDNESDAY, "2026-11-27")),
                        "yes 2026-11-27 - 2026-11-25T09:00:00.000Z");
    /* Another change does not make the statement a newer one. */
    put(scene, "H-1", "2026-11-27", "address", "");
    assert_string_equal(availability(history(scene, "H-1", FRIDAY, "2026-11-27")),
                        "yes 2026-11-27 - 2026-11-25T09:00:00.000Z");
    const json_t *before = history(scene, "H-1", "2026-11-23T07:59:59Z", "2026-11-26");
    assert_string_equal(availability(before), "- - - -");
    assert_string_equal(flag(before, "known"), "no");
    /* The screening's last day is good. */
    assert_string_equal(flag(history(scene, "H-1", FRIDAY, "2026-11-26"), "screened"), "yes");
    assert_string_equal(flag(history(scene, "H-1", FRIDAY, "2026-11-27"), "screened"), "no");
}

static void protection_does_not_show_before_it_was_set(void **state)
{
    struct scene *scene = *state;

    begin_week(scene);
    put(scene, "H-2", "2026-11-23", "none", "");
    turn(scene, "2026-11-25T09:00:00Z");
    put(scene, "H-2", "2026-11-23", "name_and_address", "");
    turn(scene, "2026-11-26T09:00:00Z");
    put(scene, "H-2", "2026-11-23", "none", "");
    turn(scene, FRIDAY);
    static const struct {
        const char *recorded, *valid, *expected;
    } rows[] = {
        {TUESDAY, "2026-11-26", "no"},                /* not known yet */
        {"2026-11-25T08:59:59Z", "2026-11-25", "no"}, /* nor a second before */
        {WEDNESDAY, "2026-11-26", "yes"},             /* and then for the days that follow */
        {WEDNESDAY, "2026-11-25", "yes"},
        {WEDNESDAY, "2026-11-24", "no"},
        {FRIDAY, "2026-11-24", "no"},
        {FRIDAY, "2026-11-25", "yes"},
        {FRIDAY, "2026-11-26", "yes"}, /* until nine */
        {FRIDAY, "2026-11-27", "no"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const json_t *known = history(scene, "H-2", rows[i].recorded, rows[i].valid);
        if (strcmp(flag(known, "protected"), rows[i].expected) != 0)
            fail_msg("row %zu: %s", i, flag(known, "protected"));
    }
    const json_t *periods =
        json_object_get(history(scene, "H-2", FRIDAY, "2026-11-27"), "protection");
    assert_int_equal(json_array_size(periods), 3);
    const json_t *second = json_array_get(periods, 1);
    assert_string_equal(text_of(second, "valid_from"), "2026-11-25T09:00:00.000Z");
    assert_string_equal(text_of(second, "valid_to"), "2026-11-26T09:00:00.000Z");
    assert_string_equal(text_of(second, "recorded_at"), "2026-11-25T09:00:00.000Z");
    assert_string_equal(text_of(json_array_get(periods, 2), "valid_to"), "-");
    assert_int_equal(json_array_size(json_object_get(history(scene, "H-2", TUESDAY, "2026-11-27"),
                                                     "protection")),
                     1);
}

static void who_has_left_was_there_before(void **state)
{
    struct scene *scene = *state;

    begin_week(scene);
    put(scene, "H-3", "2026-11-23", "none",
        "{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":\"2026-11-26\","
        "\"stated_on\":\"2026-06-01\",\"source\":\"certificate_seen\"}");
    turn(scene, "2026-11-25T09:00:00Z");
    struct answer removed =
        scene_json(scene, AARHUS, "PATCH /v1/candidates/0751/H-3/facts", "If-Match: *\r\n",
                   "{\"remove\":[{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\"}]}");
    assert_int_equal(removed.status, 200);
    turn(scene, "2026-11-26T09:00:00Z");
    struct answer gone = scene_json(scene, AARHUS, "POST /v1/candidates/0751/H-3/withdrawal",
                                    "If-Match: *\r\n", "{\"reason\":\"moved\"}");
    assert_int_equal(gone.status, 200);
    assert_string_equal(availability(history(scene, "H-3", WEDNESDAY, "2026-11-26")),
                        "yes 2026-11-23 - 2026-11-23T08:00:00.000Z");
    assert_string_equal(availability(history(scene, "H-3", FRIDAY, "2026-11-26")),
                        "no 2026-11-23 2026-11-26 2026-11-23T08:00:00.000Z");
    assert_string_equal(availability(history(scene, "H-3", FRIDAY, "2026-11-25")),
                        "yes 2026-11-23 2026-11-26 2026-11-23T08:00:00.000Z");
    assert_string_equal(flag(history(scene, "H-3", FRIDAY, "2026-11-26"), "withdrawn"), "yes");
    const json_t *facts = json_object_get(history(scene, "H-3", TUESDAY, "2026-11-26"), "facts");
    assert_int_equal(json_array_size(facts), 1);
    assert_string_equal(flag(json_array_get(facts, 0), "in_force"), "yes");
    facts = json_object_get(history(scene, "H-3", TUESDAY, "2026-11-27"), "facts");
    assert_string_equal(flag(json_array_get(facts, 0), "in_force"), "no");
    facts = json_object_get(history(scene, "H-3", WEDNESDAY, "2026-11-26"), "facts");
    assert_int_equal(json_array_size(facts), 0);
}

static void only_the_home_asks_and_it_is_written_down(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum caller caller;
        const char *path;
        int status;
    } rows[] = {
        {AARHUS, "0751/H-1/history", 200},
        {AARHUS, "0751/NONE/history", 404},
        {AARHUS, "0730/H-1/history", 404},
        {RANDERS, "0751/H-1/history", 404},
        {RANDERS, "0730/H-1/history", 404},
        {EMPLOYER, "0751/H-1/history", 403},
        {NOBODY, "0751/H-1/history", 401},
        {AARHUS, "0751/H-1/history?recorded_at=tirsdag", 400},
        {AARHUS, "0751/H-1/history?recorded_at=2026-11-24", 400},
        {AARHUS, "0751/H-1/history?valid_on=2026-11-31", 400},
        {AARHUS, "0751/H-1/history?as_of=2026-11-30", 400},
    };
    static const char reads[] =
        "SELECT count(*) FROM audit WHERE action = 'candidate.history_read'";
    const int64_t before = scene_number(scene, reads);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer answer =
            scene_json(scene, rows[i].caller,
                       arena_printf(arena, "GET /v1/candidates/%s", rows[i].path), "", NULL);
        if (answer.status != rows[i].status)
            fail_msg("row %zu: %d %s", i, answer.status, answer.body);
    }
    assert_int_equal(scene_number(scene, reads), before + 1);
    /* The function tells a stranger nothing either. */
    struct session *front = scene_role(scene, "emnebank_front");
    const struct pg_result *result = NULL;
    const struct pg_context randers = {.tenant = scene_organisation(scene, RANDERS),
                                       .actor = scene_key_id(scene, RANDERS),
                                       .request = "test",
                                       .purpose = "prøve"};
    assert_int_equal(session_exec(front, "BEGIN", NULL), 0);
    assert_int_equal(session_context(front, &randers, NULL), 0);
    const char *query =
        arena_printf(arena, "SELECT candidate_as_of('%s', now(), current_date)",
                     scene_text(scene, "SELECT id FROM candidate WHERE external_ref = 'H-1'"));
    assert_int_equal(session_query(front, query, NULL, 0, &result, NULL), 0);
    assert_true(pg_is_null(result, 0, 0));
    session_close(&front);
}

/* As after the migration of a pool that had versions already. */
static void before_history_there_are_no_moments(void **state)
{
    struct scene *scene = *state;

    turn(scene, FRIDAY);
    put(scene, "H-4", "2026-11-23", "address", "");
    scene_exec(scene, "DELETE FROM pool_version_at;"
                      "INSERT INTO pool_version_at SELECT version, '2026-11-28T08:00:00Z', false"
                      " FROM pool_version");
    const json_t *known = history(scene, "H-4", "2026-11-28T12:00:00Z", "2026-11-25");
    assert_string_equal(availability(known), "yes 2026-11-23 - -");
    assert_string_equal(flag(known, "protected"), "yes"); /* the careful side */
    assert_string_equal(text_of(known, "history_from"), "2026-11-28T08:00:00.000Z");
    assert_string_equal(flag(history(scene, "H-4", FRIDAY, "2026-11-25"), "known"), "no");
    turn(scene, "2026-11-29T09:00:00Z");
    put(scene, "H-4", "2026-11-30", "address", "");
    assert_string_equal(availability(history(scene, "H-4", "2026-11-29T12:00:00Z", "2026-11-30")),
                        "yes 2026-11-30 - 2026-11-29T09:00:00.000Z");
}

static int set_up(void **state)
{
    arena = arena_create(0);
    return scene_open(state);
}

static int tear_down(void **state)
{
    arena_destroy(&arena);
    return scene_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correction_leaves_what_was_known_before),
        cmocka_unit_test(protection_does_not_show_before_it_was_set),
        cmocka_unit_test(who_has_left_was_there_before),
        cmocka_unit_test(only_the_home_asks_and_it_is_written_down),
        cmocka_unit_test(before_history_there_are_no_moments),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
