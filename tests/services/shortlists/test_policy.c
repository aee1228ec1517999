/* An organisation's settings, and automatic release: off, on, over; and what it never does. */
#include "tests/services/shortlists/server.h"

#include "common/base/clock.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- settings --- */

static const char *body(struct world *world, const char *rung, const char *lists, const char *floor,
                        const char *release)
{
    return arena_printf(world->scene->arena,
                        "{\"first_rung\": %s, \"lists_per_candidate\": %s, \"wishes_floor\": %s,"
                        " \"auto_release\": %s}",
                        rung, lists, floor, release);
}

static struct answer put(struct world *world, enum actor actor, const char *match, const char *text)
{
    return server_ask(world->server, actor, "PUT", "/v1/policy",
                      arena_printf(world->scene->arena, "If-Match: %s\r\n", match), text);
}

static struct answer get(struct world *world, enum actor actor)
{
    return server_ask(world->server, actor, "GET", "/v1/policy", NULL, NULL);
}

static const char *in_force(struct world *world, enum actor actor)
{
    struct answer answer = get(world, actor);
    const json_t *used = json_object_get(answer.json, "in_force");

    assert_answer(&answer, 200, NULL);
    return arena_printf(world->scene->arena, "%s %d %d",
                        json_string_value(json_object_get(used, "first_rung")),
                        (int)json_integer_value(json_object_get(used, "lists_per_candidate")),
                        (int)json_integer_value(json_object_get(used, "wishes_floor")));
}

static const char *until(struct world *world, int64_t ahead)
{
    char text[CLOCK_TEXT_SIZE];

    clock_text(clock_now() + ahead, text);
    return arena_printf(world->scene->arena, "{\"until\": \"%s\"}", text);
}

static void what_is_not_set_is_the_team_s(void **state)
{
    struct world *world = *state;
    struct answer answer = get(world, HORSENS);

    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v1\"");
    assert_true(json_is_null(json_object_get(answer.json, "auto_release")));
    assert_string_equal(in_force(world, HORSENS), "all 3 0");
    answer = put(world, TEAM, "\"v1\"", body(world, "\"neighbours\"", "5", "100", "null"));
    assert_answer(&answer, 200, NULL);
    assert_string_equal(in_force(world, HORSENS), "neighbours 5 100");
    answer = put(world, HORSENS_PERSON, "*", body(world, "\"own\"", "null", "0", "null"));
    assert_answer(&answer, 200, NULL);
    assert_string_equal(in_force(world, HORSENS), "own 5 0");
    assert_string_equal(in_force(world, AARHUS), "neighbours 5 100");
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT (person IS NOT NULL) || ' ' || (detail ->> 'first_rung') FROM"
                   " audit WHERE action = 'policy.changed' AND organisation_id = '" HORSENS_ID "'"),
        "true own");
    answer = put(world, TEAM, "*", body(world, "null", "null", "null", "null"));
    assert_answer(&answer, 200, NULL);
}

static void who_may_set_what(void **state)
{
    struct world *world = *state;
    const char *on = body(world, "null", "null", "null", until(world, CLOCK_DAY));
    const char *nothing = body(world, "null", "null", "null", "null");

    struct answer answer = put(world, AARHUS, "*", nothing);
    assert_answer(&answer, 403, "named-person-required");
    answer = put(world, EMPLOYER, "*", nothing);
    assert_answer(&answer, 403, "forbidden");
    answer = put(world, TEAM, "*", on); /* a municipality's own decision */
    assert_answer(&answer, 403, "forbidden");
    answer = put(world, AARHUS_PERSON, "\"v77\"", on);
    assert_answer(&answer, 412, "version-stale");
    answer = put(world, AARHUS_PERSON, "*",
                 body(world, "null", "null", "null", until(world, -CLOCK_SECOND)));
    assert_answer(&answer, 409, "state-conflict");
    answer = put(world, AARHUS_PERSON, "*",
                 body(world, "\"relaxed\"", "51", "-1", until(world, 31 * CLOCK_DAY)));
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/auto_release/until RANGE\n/first_rung CHOICE\n"
                        "/lists_per_candidate RANGE\n/wishes_floor RANGE\n");
    answer = put(world, AARHUS_PERSON, "*", "{}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/auto_release REQUIRED\n/first_rung REQUIRED\n"
                        "/lists_per_candidate REQUIRED\n/wishes_floor REQUIRED\n");
    /* Not even past the API. */
    scene_refused(world->scene, AARHUS_PERSON, "the database refused (42501",
                  "UPDATE policy SET wishes_floor = 1");
}

/* --- automatic release --- */

static void turn_on(struct world *world, int64_t ahead)
{
    struct answer answer =
        put(world, AARHUS_PERSON, "*", body(world, "null", "null", "null", until(world, ahead)));
    assert_answer(&answer, 200, NULL);
}

static void turn_off(struct world *world)
{
    struct answer answer =
        put(world, AARHUS_PERSON, "*", body(world, "null", "null", "null", "null"));
    assert_answer(&answer, 200, NULL);
}

/* As the watch calls it. */
static int64_t tick(struct world *world)
{
    const struct pg_result *rows = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(world->scene->match, "SELECT auto_release_tick()", NULL, 0, &rows, &detail) !=
        0)
        fail_msg("%s", detail.private_text);
    return pg_int64(rows, 0, 0);
}

/* An entry whose candidate said yes and is screened for long. */
static const char *yes_of(struct world *world, int candidate)
{
    scene_root(world->scene, "UPDATE candidate SET screening_until = '2099-01-01' WHERE id = '%s'",
               scene_candidate(world->scene, candidate));
    return scene_entry_in(world->scene, candidate, "yes");
}

static const char *state_of(struct world *world, const char *entry)
{
    return scene_root(world->scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
}

static void off_until_it_is_on(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    const char *entry = yes_of(world, 1);
    const char *others = yes_of(world, 21); /* of Horsens, which has it off */
    const char *unasked = scene_entry_in(scene, 2, "confirmed");

    scene_root(scene, "UPDATE candidate SET screening_until = '2099-01-01' WHERE id = '%s'",
               scene_candidate(scene, 2));
    assert_int_equal(tick(world), 0);
    turn_on(world, CLOCK_DAY);
    scene_root(scene, "DELETE FROM change");
    assert_int_equal(tick(world), 1);
    assert_int_equal(tick(world), 0);
    assert_string_equal(state_of(world, entry), "released");
    assert_string_equal(state_of(world, others), "yes");
    assert_string_equal(state_of(world, unasked), "confirmed");

    /* By whose switch, and told and written down as a consultant's two steps are. */
    assert_string_equal(
        scene_root(scene,
                   "SELECT concat_ws(' ', a.automatic, a.person = k.person, a.key_id = '%s',"
                   " a.organisation_id = '" AARHUS_ID "', r.legal_basis, release_in_force(r.id))"
                   " FROM approval a JOIN api_key k ON k.id = a.key_id JOIN release r ON"
                   " r.approval_id = a.id WHERE a.entry_id = '%s'",
                   scene_key(AARHUS_PERSON), entry),
        "t t t t public_task t");
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(concat_ws(' ', CASE WHEN c.organisation_id = '" TEAM_ID
                   "' THEN 'team' WHEN c.organisation_id = '" AARHUS_ID
                   "' THEN 'home' ELSE 'employer' END, c.kind, x.payload ->> 'state'), ', '"
                   " ORDER BY c.organisation_id, c.id) FROM change c JOIN outbox x ON"
                   " x.id = c.outbox_id WHERE x.entry_id = '%s'",
                   entry),
        "team entry.changed approved, team entry.changed released, home entry.changed approved,"
        " home entry.changed released, employer cv.released");
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(concat_ws(' ', action, actor, detail ->> 'automatic',"
                   " count), ', ' ORDER BY action) FROM (SELECT action, actor, detail,"
                   " count(DISTINCT organisation_id) AS count FROM audit WHERE subject_id = '%s'"
                   " AND action IN ('entry.approved', 'entry.released') GROUP BY 1, 2, 3) AS a",
                   entry),
        "entry.approved emnebank_match true 2, entry.released emnebank_match true 2");
    struct answer answer =
        server_ask(world->server, TEAM, "GET",
                   arena_printf(scene->arena, "/v1/shortlist-entries/%s", entry), NULL, NULL);
    assert_true(
        json_is_true(json_object_get(json_object_get(answer.json, "approval"), "automatic")));
    assert_string_equal(
        scene_root(scene, "SELECT count(DISTINCT organisation_id) FROM audit WHERE action ="
                          " 'auto_release.on' AND person IS NOT NULL"),
        "2");
    /* The candidate takes the yes back as ever. */
    scene_get(scene, AARHUS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    assert_string_equal(state_of(world, entry), "withdrawn");
    turn_off(world);
}

static void never_whom_a_person_must_look_at(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    static const char *const changes[] = {
        "protection = 'address'", "screening_until = current_date - 2", "screening_until = NULL"};
    const char *entries[3];

    for (int i = 0; i < 3; i++) {
        entries[i] = yes_of(world, 3 + i);
        scene_root(scene, "UPDATE candidate SET %s WHERE id = '%s'", changes[i],
                   scene_candidate(scene, 3 + i));
    }
    turn_on(world, CLOCK_DAY);
    assert_int_equal(tick(world), 0);
    for (int i = 0; i < 3; i++)
        assert_string_equal(state_of(world, entries[i]), "yes");
    /* Not even where the home has lifted the protection for this one: that is a consultant's. */
    scene_get(scene, AARHUS_PERSON, "SELECT entry_lift_protection('%s', 0)", entries[0]);
    assert_int_equal(tick(world), 0);
    turn_off(world);
}

static void over_is_over(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    const char *entry = yes_of(world, 6);

    turn_on(world, 2 * CLOCK_DAY);
    scene_root(scene, "INSERT INTO clock_hands (at) VALUES (now() + interval '2 days 1 minute')");
    assert_int_equal(tick(world), 0);
    /* Settings that name it as it stands may be set; it stays over, and the first person's. */
    struct answer answer = get(world, AARHUS);
    const json_t *release = json_object_get(answer.json, "auto_release");
    json_t *until = json_pack("{s:O}", "until", json_object_get(release, "until"));
    char *stands = json_dumps(until, 0);
    json_decref(until);
    answer = put(world, AARHUS_PERSON, "*", body(world, "null", "null", "7", stands));
    free(stands);
    assert_answer(&answer, 200, NULL);
    assert_int_equal(tick(world), 0);
    scene_root(scene, "UPDATE clock_hands SET at = now() + interval '1 day'");
    scene_root(scene, "UPDATE api_key SET revoked_at = now() WHERE id = '%s'",
               scene_key(AARHUS_PERSON)); /* who turned it on has left */
    assert_int_equal(tick(world), 0);
    scene_root(scene,
               "UPDATE api_key SET revoked_at = NULL, expires_at = now() - interval '1 hour'"
               " WHERE id = '%s'",
               scene_key(AARHUS_PERSON));
    assert_int_equal(tick(world), 0);
    scene_root(scene, "UPDATE api_key SET expires_at = now() + interval '1 day' WHERE id = '%s'",
               scene_key(AARHUS_PERSON));
    scene_root(scene, "UPDATE push_stop SET stopped = true, reason = 'p', person = 'p',"
                      " organisation_id = '" TEAM_ID "', since = now()");
    assert_int_equal(tick(world), 0);
    scene_root(scene, "UPDATE push_stop SET stopped = false");
    assert_string_equal(state_of(world, entry), "yes");
    assert_int_equal(tick(world), 1);
    scene_root(scene, "DELETE FROM clock_hands");
    turn_off(world);
}

/* Whatever writes: an automatic approval needs the switch, and is good for nothing else. */
static void the_invariant_holds(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    struct error_detail detail = {{0}, {0}};
    const char *entry = yes_of(world, 7);
    const char *text =
        arena_printf(scene->arena,
                     "INSERT INTO approval (entry_id, organisation_id, person, key_id, automatic)"
                     " SELECT '%s', '" AARHUS_ID "', k.person, k.id, true FROM api_key k WHERE"
                     " k.id = '%s'",
                     entry, scene_key(AARHUS_PERSON));

    assert_int_not_equal(session_exec(scene->root, text, &detail), 0); /* off */
    assert_true(str_starts(detail.public_text, "named-person-required"));
    turn_on(world, CLOCK_DAY);
    scene_refused(scene, TEAM, "named-person-required", "%s",
                  "INSERT INTO approval (entry_id, organisation_id, person, key_id, automatic)"
                  " SELECT id, '" TEAM_ID "', 'x', gen_random_uuid(), true FROM shortlist_entry"
                  " WHERE state = 'yes' LIMIT 1");
    assert_int_not_equal(
        session_exec(scene->root,
                     arena_printf(scene->arena,
                                  "INSERT INTO approval (entry_id, organisation_id, person, key_id,"
                                  " automatic) VALUES ('%s', '" AARHUS_ID "', 'En anden', '%s',"
                                  " true)",
                                  entry, scene_key(AARHUS_PERSON)),
                     &detail),
        0);
    assert_true(str_starts(detail.public_text, "named-person-required"));
    assert_int_not_equal(/* nobody's call makes one, whoever calls */
                         session_exec(
                             scene->root,
                             arena_printf(scene->arena,
                                          "BEGIN; SET LOCAL app.tenant = '" TEAM_ID "'; %s", text),
                             &detail),
                         0);
    assert_true(str_starts(detail.public_text, "named-person-required"));
    assert_int_equal(session_exec(scene->root, "ROLLBACK", &detail), 0);
    /* Approved so, no consultant releases it, nor anybody on another basis. */
    assert_int_equal(session_exec(scene->root, text, &detail), 0);
    scene_root(scene, "UPDATE shortlist_entry SET state = 'approved' WHERE id = '%s'", entry);
    scene_refused(scene, TEAM, "approval-missing",
                  "SELECT entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')", entry);
    assert_int_not_equal(
        session_exec(scene->root,
                     arena_printf(scene->arena,
                                  "INSERT INTO release (entry_id, candidate_id, order_id,"
                                  " employer_id, home_id, consent_id, approval_id, legal_basis)"
                                  " SELECT c.entry_id, c.candidate_id, c.order_id, c.employer_id,"
                                  " c.organisation_id, c.id, a.id, 'consent' FROM consent c JOIN"
                                  " approval a ON a.entry_id = c.entry_id WHERE c.entry_id = '%s'",
                                  entry),
                     &detail),
        0);
    assert_true(str_starts(detail.public_text, "approval-missing"));
    turn_off(world);
    /* Past the API nobody turns it on in another's name. */
    assert_int_not_equal(
        session_exec(scene->root,
                     arena_printf(scene->arena,
                                  "UPDATE policy SET auto_release_until = now() + interval '1 d',"
                                  " auto_release_by = 'x', auto_release_key = '%s'"
                                  " WHERE organisation_id = '" AARHUS_ID "'",
                                  scene_key(AARHUS_PERSON)),
                     &detail),
        0);
    assert_true(str_starts(detail.public_text, "forbidden"));
}

static int setup(void **state)
{
    return world_open(state, "policy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_set_is_the_team_s),
        cmocka_unit_test(who_may_set_what),
        cmocka_unit_test(off_until_it_is_on),
        cmocka_unit_test(never_whom_a_person_must_look_at),
        cmocka_unit_test(over_is_over),
        cmocka_unit_test(the_invariant_holds),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
