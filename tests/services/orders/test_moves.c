/* The states of a job order: who moves it where and why, and what an order's end does to the people
 * on its list. */
#include "tests/services/shortlists/server.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static struct answer move(struct world *world, enum actor actor, const char *order,
                          const char *body)
{
    return server_ask(world->server, actor, "POST",
                      arena_printf(world->scene->arena, "/v1/job-orders/%s/state", order),
                      "If-Match: *\r\n", body);
}

static struct answer read_order(struct world *world, enum actor actor, const char *order)
{
    return server_ask(world->server, actor, "GET",
                      arena_printf(world->scene->arena, "/v1/job-orders/%s", order), NULL, NULL);
}

/* An order that has been brought to `state` as an order comes there. */
static const char *order_in(struct scene *scene, const char *state)
{
    static const struct {
        const char *state, *reason;
    } reasons[] = {{"paused", "enough_referrals"},
                   {"filled", "filled"},
                   {"closed", "employer_withdrew"},
                   {"expired", "start_passed"},
                   {"cancelled", "mistake"}};
    const char *order = scene_order(scene);
    const char *reason = NULL;

    if (str_equal(state, "open"))
        return order;
    if (str_equal(state, "draft")) {
        scene_root(scene, "ALTER TABLE job_order DISABLE TRIGGER order_step");
        scene_root(scene, "UPDATE job_order SET state = 'draft' WHERE id = '%s'", order);
        scene_root(scene, "ALTER TABLE job_order ENABLE TRIGGER order_step");
        return order;
    }
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (str_equal(reasons[i].state, state))
            reason = reasons[i].reason;
    if (str_equal(state, "expired"))
        scene_root(scene, "SELECT order_move(order_lock('%s'), 'expired', 'start_passed')", order);
    else
        scene_get(scene, TEAM,
                  "SELECT order_set_state('%s', 0, '%s', nullif('%s', ''), NULL, NULL, NULL)",
                  order, state, reason ? reason : "");
    return order;
}

static void an_order_is_treated_paused_and_taken_up_again(void **state)
{
    struct world *world = *state;
    const char *order = scene_order(world->scene);
    struct answer answer = move(world, TEAM_MACHINE, order, "{\"state\": \"in_treatment\"}");

    assert_answer(&answer, 403, "named-person-required");
    answer = move(world, TEAM, order, "{\"state\": \"in_treatment\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v2\"");
    assert_string_equal(answer_text(&answer, "state"), "in_treatment");
    assert_string_equal(answer_text(&answer, "treated_by"), "Tea Teamsen (fiktiv)");
    answer = move(world, TEAM, order, "{\"state\": \"in_treatment\"}");
    assert_answer(&answer, 409, "state-conflict");
    answer = move(world, TEAM_MACHINE, order,
                  "{\"state\": \"paused\", \"reason\": \"other\", \"text\": \"Ringer mandag\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "treated_by"), "");
    assert_string_equal(answer_text(&answer, "state_reason"), "other");
    assert_string_equal(answer_text(&answer, "state_text"), "Ringer mandag");
    assert_string_equal(answer_text(&answer, "closed_reason"), "");
    /* The employer sees how its order stands, not what the partners say to each other. */
    answer = read_order(world, EMPLOYER, order);
    assert_string_equal(answer_text(&answer, "state"), "paused");
    assert_string_equal(answer_text(&answer, "state_text"), "");
    answer = move(world, TEAM, order, "{\"state\": \"open\", \"reason\": \"more_wanted\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state_text"), "");
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT string_agg(concat_ws(' ', kind, code, reason, person), ', ' ORDER BY id)"
                   " FROM order_event WHERE order_id = '%s' AND kind = 'state'",
                   order),
        "state open Tea Teamsen (fiktiv), state in_treatment Tea Teamsen (fiktiv), state paused "
        "other,"
        " state open more_wanted Tea Teamsen (fiktiv)");
    assert_string_equal(scene_root(world->scene,
                                   "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit"
                                   " WHERE subject_id = '%s'",
                                   order),
                        "order.created order.moved order.moved order.moved");
}

static void a_treated_order_names_who_and_hides_it_from_the_employer(void **state)
{
    struct world *world = *state;
    const char *order = scene_order(world->scene);
    struct answer answer = move(world, TEAM, order, "{\"state\": \"in_treatment\"}");

    answer = read_order(world, HORSENS, order);
    assert_string_equal(answer_text(&answer, "treated_by"), "Tea Teamsen (fiktiv)");
    answer = read_order(world, EMPLOYER, order);
    assert_string_equal(answer_text(&answer, "state"), "in_treatment");
    assert_string_equal(answer_text(&answer, "treated_by"), "");
    /* In another's name nobody treats. */
    scene_refused(world->scene, TEAM, "named-person-required",
                  "UPDATE job_order SET treated_by = 'Aage Aagaard (fiktiv)' WHERE id = '%s'",
                  order);
    scene_refused(world->scene, TEAM, "named-person-required",
                  "UPDATE job_order SET treated_by = NULL WHERE id = '%s'", order);
}

/* Whoever moves an order, by whichever way: the same steps. */
static void nobody_goes_round_the_steps(void **state)
{
    struct scene *scene = ((struct world *)*state)->scene;
    static const char *const states[] = {"draft",  "open",   "in_treatment", "paused",
                                         "filled", "closed", "expired",      "cancelled"};
    static const char *const reasons[] = {NULL,     NULL,    NULL,           "enough_referrals",
                                          "filled", "other", "start_passed", "mistake"};
    static const char *const legal[] = {"oxc", "tpfcex", "opfcex", "otfcex", "", "", "", ""};
    static const char letters[] = "dotpfcex";

    for (size_t from = 0; from < COUNT(states); from++)
        for (size_t to = 0; to < COUNT(states); to++) {
            bool allowed = strchr(legal[from], letters[to]) != NULL;
            const char *order = order_in(scene, states[from]);
            const char *text =
                arena_printf(scene->arena,
                             "UPDATE job_order SET state = '%s', closed_reason = nullif('%s', ''),"
                             " treated_by = nullif('%s', '') WHERE id = '%s' AND state = '%s'",
                             states[to], reasons[to] ? reasons[to] : "",
                             to == 2 ? "Tea Teamsen (fiktiv)" : "", order, states[from]);
            if (from == to)
                continue;
            if (!allowed || to == 6)
                scene_refused(scene, TEAM, "state-conflict", "%s", text);
            else
                scene_get(scene, TEAM, "%s", text);
        }
    for (size_t to = 3; to < COUNT(states); to++) {
        const char *order = order_in(scene, "open");
        scene_refused(scene, TEAM, "state-conflict",
                      "UPDATE job_order SET state = '%s' WHERE id = '%s'", states[to], order);
        scene_refused(scene, TEAM, "state-conflict",
                      "UPDATE job_order SET state = '%s', closed_reason = 'bored' WHERE id = '%s'",
                      states[to], order);
    }
    scene_refused(scene, TEAM, "state-conflict",
                  "UPDATE job_order SET state = 'filled', closed_reason = 'all_posts_filled'"
                  " WHERE id = '%s'",
                  order_in(scene, "open"));
}

static void a_move_says_all_that_is_wrong_with_it(void **state)
{
    struct world *world = *state;
    const char *order = scene_order(world->scene);
    static const struct {
        const char *body, *errors;
    } rows[] = {
        {"{}", "/state REQUIRED\n"},
        {"{\"state\": \"expired\", \"reason\": \"start_passed\"}", "/state CHOICE\n"},
        {"{\"state\": \"paused\"}", "/reason REQUIRED\n"},
        {"{\"state\": \"paused\", \"reason\": \"mistake\", \"x\": 1}",
         "/reason CHOICE\n/x UNKNOWN_MEMBER\n"},
        {"{\"state\": \"filled\", \"reason\": \"all_posts_filled\"}", "/reason CHOICE\n"},
        {"{\"state\": \"cancelled\", \"reason\": \"other\"}", "/text REQUIRED\n"},
        {"{\"state\": \"cancelled\", \"reason\": \"other\", \"text\": \"\"}", "/text FORMAT\n"},
        {"{\"state\": \"open\", \"reason\": \"other\", \"text\": 7}",
         "/reason CHOICE\n/text TYPE\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer = move(world, TEAM, order, rows[i].body);
        assert_answer(&answer, 422, "invalid-body");
        assert_string_equal(answer_errors(world->server, &answer), rows[i].errors);
    }
    struct answer answer = move(world, AARHUS_PERSON, order, "{\"state\": \"in_treatment\"}");
    assert_answer(&answer, 404, "not-found");
    answer = move(world, EMPLOYER, order, "{\"state\": \"filled\", \"reason\": \"filled\"}");
    assert_answer(&answer, 404, "not-found");
    answer = move(world, TEAM, order, "{\"state\": \"open\"}");
    assert_answer(&answer, 409, "state-conflict");
}

static void a_draft_is_opened_by_a_move_as_by_a_change(void **state)
{
    struct world *world = *state;
    const char *order = scene_get(
        world->scene, TEAM,
        "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
        "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Kladde\", \"posts\": 2,"
        " \"occupations\": [\"7114.8\"], \"postcode\": \"8000\", \"start_date\": \"2026-12-01\","
        " \"kinds\": [\"permanent\"], \"draft\": true, \"first_rung\": \"own\"}', now(), now())");
    struct answer answer =
        move(world, TEAM, order, "{\"state\": \"paused\", \"reason\": \"employer_waits\"}");

    assert_answer(&answer, 409, "state-conflict");
    answer = move(world, TEAM, order, "{\"state\": \"open\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "open");
    assert_string_equal(answer_text(&answer, "first_rung"), "own");
    assert_string_not_equal(answer_text(&answer, "due_at"), "");
    assert_int_equal(answer_integer(&answer, "version"), 2);
    assert_string_equal(scene_root(world->scene,
                                   "SELECT payload ->> 'order_version' FROM job WHERE kind = 'rank'"
                                   " AND payload ->> 'order_id' = '%s'",
                                   order),
                        "2");
    answer = server_ask(world->server, TEAM, "PATCH",
                        arena_printf(world->scene->arena, "/v1/job-orders/%s", order),
                        "If-Match: *\r\n", "{\"first_rung\": \"all\"}");
    assert_answer(&answer, 409, "state-conflict");
}

static void what_was_changed_in_the_pause_is_ranked_after_it(void **state)
{
    struct world *world = *state;
    const char *order = order_in(world->scene, "paused");
    static const char ranks[] = "SELECT string_agg(payload ->> 'order_version', ' ' ORDER BY id)"
                                " FROM job WHERE kind = 'rank' AND payload ->> 'order_id' = '%s'";
    struct answer answer = server_ask(world->server, TEAM, "PATCH",
                                      arena_printf(world->scene->arena, "/v1/job-orders/%s", order),
                                      "If-Match: *\r\n", "{\"radius_km\": 20}");

    assert_answer(&answer, 200, NULL);
    assert_string_equal(scene_root(world->scene, ranks, order), "1");
    answer = move(world, TEAM, order, "{\"state\": \"open\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(scene_root(world->scene, ranks, order), "1 3");
}

/* --- the end --- */

/* Confirmed, yes, approved, released, interview, hired: takes a candidate's entry as many steps. */
static void walk(struct scene *scene, const char *order, int candidate, int steps)
{
    static const char *const moves[] = {
        "UPDATE shortlist_entry SET state = 'confirmed' WHERE id = '%s'",
        "SELECT entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\": "
        "\"2026-11-20T10:00:00Z\","
        " \"how\": \"telephone\", \"text_version\": \"2026-1\"}')",
        "SELECT entry_approve('%s', 0)",
        "SELECT entry_release('POST', '/release', gen_random_uuid()::text, 'f', '%s', "
        "'public_task')",
        "UPDATE shortlist_entry SET state = 'interview' WHERE id = '%s'",
        "UPDATE shortlist_entry SET state = 'hired' WHERE id = '%s'",
    };
    const char *entry = scene_entry(scene, order, candidate);

    for (int i = 0; i < steps; i++) {
        char *text = arena_strdup(scene->arena, moves[i]);
        const char *place = strstr(text, "%s");
        scene_get(scene, i < 2 ? AARHUS : TEAM, "%.*s%s%s", (int)(place - text), text, entry,
                  place + 2);
    }
}

/* The employer's endpoint for CVs; what is told before there is one goes nowhere. */
static void employer_listens(struct scene *scene)
{
    scene_root(scene,
               "INSERT INTO endpoint (organisation_id, state, url, kinds) SELECT '" EMPLOYER_ID
               "', 'active', 'https://example.invalid', '{cv.released,cv.recalled,order.changed}'"
               " WHERE NOT EXISTS (SELECT FROM endpoint)");
}

static void deliver(struct scene *scene, const char *order, int candidate, const char *state)
{
    scene_root(scene,
               "UPDATE delivery d SET state = '%s' FROM outbox x WHERE x.id = d.outbox_id"
               " AND x.kind = 'cv.released' AND x.entry_id = '%s'",
               state, scene_entry(scene, order, candidate));
}

/* Eight people of Aarhus on the order's list, each a step further than the one before: proposed,
 * confirmed, yes, approved, released (its CV waits), released (delivered), interview, hired. */
static const char *order_with_all(struct scene *scene)
{
    const char *order = scene_order(scene);

    employer_listens(scene);
    /* Whoever was hired before has left that job. */
    scene_root(scene, "UPDATE shortlist_entry SET hired_until = now() WHERE state = 'hired'");
    scene_shortlist(scene, order, 1, 9);
    for (int i = 1; i <= 4; i++)
        walk(scene, order, i, i - 1);
    walk(scene, order, 5, 4);
    walk(scene, order, 6, 4);
    deliver(scene, order, 6, "delivered");
    walk(scene, order, 7, 5);
    deliver(scene, order, 7, "delivered");
    walk(scene, order, 8, 6);
    deliver(scene, order, 8, "delivered");
    return order;
}

static const char *states_of(struct scene *scene, const char *order)
{
    return scene_root(scene,
                      "SELECT string_agg(state, ' ' ORDER BY candidate_id) FROM shortlist_entry"
                      " WHERE order_id = '%s'",
                      order);
}

static const char *recalled(struct scene *scene, const char *order)
{
    return scene_root(
        scene,
        "SELECT coalesce(string_agg(right(e.candidate_id::text, 1), ' ' ORDER BY"
        " e.candidate_id), '') FROM outbox x JOIN shortlist_entry e ON e.id = x.entry_id"
        " WHERE x.kind = 'cv.recalled' AND x.order_id = '%s'"
        " AND x.payload ->> 'reason' = 'order_over'",
        order);
}

static const char *waiting(struct scene *scene, const char *order)
{
    return scene_root(
        scene,
        "SELECT string_agg(d.state, ' ' ORDER BY x.entry_id) FROM delivery d JOIN outbox x"
        " ON x.id = d.outbox_id WHERE x.order_id = '%s' AND x.kind = 'cv.released'"
        " AND d.state <> 'delivered'",
        order);
}

static void an_order_without_need_ends_all_but_the_hired(void **state)
{
    struct world *world = *state;
    static const char *const bodies[] = {
        "{\"state\": \"closed\", \"reason\": \"employer_found_others\"}",
        "{\"state\": \"cancelled\", \"reason\": \"duplicate\"}",
    };

    for (size_t i = 0; i < COUNT(bodies) + 1; i++) {
        const char *order = order_with_all(world->scene);
        if (i < COUNT(bodies)) {
            struct answer answer = move(world, TEAM, order, bodies[i]);
            assert_answer(&answer, 200, NULL);
        } else {
            scene_root(world->scene,
                       "SELECT order_move(order_lock('%s'), 'expired', 'start_passed')", order);
        }
        assert_string_equal(states_of(world->scene, order),
                            "obsolete obsolete obsolete obsolete obsolete obsolete obsolete hired"
                            " obsolete");
        assert_string_equal(recalled(world->scene, order), "6 7");
        assert_string_equal(waiting(world->scene, order), "cancelled");
        assert_string_equal(scene_root(world->scene,
                                       "SELECT count(*) FROM release r WHERE order_id = '%s'"
                                       " AND release_in_force(id)",
                                       order),
                            "0");
        assert_string_equal(scene_root(world->scene,
                                       "SELECT count(*) FROM referral WHERE order_id = '%s'"
                                       " AND to_state = 'obsolete' AND reason = 'order_over'",
                                       order),
                            "8");
        struct answer answer = move(world, TEAM, order, "{\"state\": \"open\"}");
        assert_answer(&answer, 409, "state-conflict");
    }
}

static void a_filled_order_keeps_those_whom_the_employer_has_met_or_read(void **state)
{
    struct world *world = *state;
    const char *order = order_with_all(world->scene);
    struct answer answer =
        server_ask(world->server, TEAM, "POST",
                   arena_printf(world->scene->arena, "/v1/job-orders/%s/close", order),
                   "If-Match: *\r\n", "{\"reason\": \"filled\"}");

    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "filled");
    assert_string_equal(answer_text(&answer, "closed_reason"), "filled");
    assert_string_equal(states_of(world->scene, order),
                        "obsolete obsolete obsolete obsolete obsolete released interview hired"
                        " obsolete");
    assert_string_equal(recalled(world->scene, order), "");
    assert_string_equal(waiting(world->scene, order), "cancelled");
    /* Answered for they can be still. */
    scene_get(world->scene, TEAM, "UPDATE shortlist_entry SET state = 'interview' WHERE id = '%s'",
              scene_entry(world->scene, order, 6));
}

static void a_cv_under_way_when_the_order_is_filled_counts_as_sent(void **state)
{
    struct world *world = *state;
    const char *order = order_with_all(world->scene);

    deliver(world->scene, order, 5, "leased");
    struct answer answer =
        move(world, TEAM, order, "{\"state\": \"filled\", \"reason\": \"filled\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(states_of(world->scene, order),
                        "obsolete obsolete obsolete obsolete released released interview hired"
                        " obsolete");
    /* If that attempt is lost it is not made again. */
    assert_string_equal(scene_root(world->scene,
                                   "SELECT delivery_hindrance(x) FROM outbox x WHERE x.kind ="
                                   " 'cv.released' AND x.entry_id = '%s'",
                                   scene_entry(world->scene, order, 5)),
                        "not_in_force");
}

static void whoever_must_know_is_told_of_the_end(void **state)
{
    struct world *world = *state;
    const char *order = order_with_all(world->scene);
    static const char told[] =
        "SELECT string_agg(DISTINCT o.name, ', ' ORDER BY o.name) FROM outbox x JOIN organisation o"
        " ON o.id = x.organisation_id WHERE x.kind = '%s' AND x.order_id = '%s'"
        " AND x.payload ->> 'state' = '%s'";

    scene_root(world->scene, "SELECT order_move(order_lock('%s'), 'expired', 'start_passed')",
               order);
    assert_string_equal(scene_root(world->scene, told, "order.changed", order, "expired"),
                        "Aarhus, Beton A/S (fiktiv), Team Bygge & Anlæg");
    assert_string_equal(scene_root(world->scene, told, "entry.changed", order, "obsolete"),
                        "Aarhus, Team Bygge & Anlæg");
    assert_string_equal(
        scene_root(
            world->scene,
            "SELECT string_agg(o.name || ' ' || a.action || ' ' || cardinality(a.candidates),"
            " ', ' ORDER BY o.name, a.seq) FROM audit a JOIN organisation o ON o.id ="
            " a.organisation_id WHERE a.subject_kind = 'job_order' AND a.subject_id = '%s'"
            " AND a.action <> 'order.created'",
            order),
        "Aarhus cv.recalled 2, Aarhus entry.obsolete 8, Team Bygge & Anlæg order.moved 0");
}

/* What the watch does when it is woken. */
static void look_at_orders(struct scene *scene)
{
    const struct pg_result *rows = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(scene->match, "SELECT order_tick(1000)", NULL, 0, &rows, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

static void an_order_is_filled_when_its_posts_are(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;
    const char *order = order_with_all(scene);

    assert_string_equal(scene_root(scene, "SELECT order_fill(order_lock('%s'))", order), "f");
    scene_root(scene, "DELETE FROM order_attention");
    scene_get(scene, TEAM, "UPDATE shortlist_entry SET state = 'hired' WHERE id = '%s'",
              scene_entry(scene, order, 7));
    assert_string_equal(scene_root(scene, "SELECT order_id FROM order_attention"), order);
    look_at_orders(scene);
    assert_string_equal(
        states_of(scene, order),
        "obsolete obsolete obsolete obsolete obsolete released hired hired obsolete");
    struct answer answer = read_order(world, EMPLOYER, order);
    assert_string_equal(answer_text(&answer, "state"), "filled");
    assert_string_equal(answer_text(&answer, "closed_reason"), "all_posts_filled");
    assert_string_equal(scene_root(scene, "SELECT order_fill(order_lock('%s'))", order), "f");
}

static void an_order_for_fewer_posts_may_be_filled_already(void **state)
{
    struct world *world = *state;
    const char *order = order_with_all(world->scene);
    struct answer answer =
        move(world, TEAM, order, "{\"state\": \"paused\", \"reason\": \"enough_referrals\"}");

    assert_answer(&answer, 200, NULL);
    look_at_orders(world->scene);
    answer = read_order(world, TEAM, order);
    assert_string_equal(answer_text(&answer, "state"), "paused");
    answer = server_ask(world->server, TEAM, "PATCH",
                        arena_printf(world->scene->arena, "/v1/job-orders/%s", order),
                        "If-Match: *\r\n", "{\"posts\": 1}");
    assert_answer(&answer, 200, NULL);
    look_at_orders(world->scene);
    answer = read_order(world, TEAM, order);
    assert_string_equal(answer_text(&answer, "state"), "filled");
}

static void kinds_of_work_that_end_say_when(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *kinds;
        bool ends;
    } rows[] = {{"\"permanent\"", false},    {"\"temporary\"", true},
                {"\"seasonal\"", true},      {"\"job_rotation\"", true},
                {"\"wage_subsidy\"", false}, {"\"work_trial\"", true},
                {"\"flex\"", false},         {"\"permanent\", \"temporary\"", true}};
    static const char *const rests[] = {"", ", \"end_date\": null",
                                        ", \"end_date\": \"2027-03-31\"", ", \"draft\": true"};

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t k = 0; k < COUNT(rests); k++) {
            const char *body = arena_printf(
                world->scene->arena,
                "{\"employer\": {\"cvr\": \"" EMPLOYER_CVR "\", \"name\": \"Beton A/S (fiktiv)\"},"
                " \"title\": \"x\", \"posts\": 1, \"occupations\": [\"7114.8\"], \"postcode\":"
                " \"8000\", \"start_date\": \"2026-12-01\", \"kinds\": [%s]%s}",
                rows[i].kinds, rests[k]);
            const char *key =
                arena_printf(world->scene->arena, "Idempotency-Key: \"e%zu-%zu\"\r\n", i, k);
            struct answer answer =
                server_ask(world->server, TEAM, "POST", "/v1/job-orders", key, body);
            if (rows[i].ends && k < 2) {
                assert_answer(&answer, 422, "invalid-body");
                assert_string_equal(answer_errors(world->server, &answer), "/end_date REQUIRED\n");
                continue;
            }
            assert_answer(&answer, 201, NULL);
            if (k < 3)
                continue;
            answer = move(world, TEAM, answer_text(&answer, "id"), "{\"state\": \"open\"}");
            assert_answer(&answer, rows[i].ends ? 422 : 200, rows[i].ends ? "invalid-body" : NULL);
        }
}

/* A yes is to the job that was shown: it may not become another one under it. */
static void a_job_that_somebody_said_yes_to_stays_that_job(void **state)
{
    struct scene *scene = ((struct world *)*state)->scene;
    static const char *const terms[] = {"{\"title\": \"Nattevagt\"}", "{\"postcode\": \"8900\"}",
                                        "{\"start_date\": \"2027-01-04\"}",
                                        "{\"end_date\": \"2027-06-30\"}",
                                        "{\"kinds\": [\"permanent\", \"flex\"]}"};
    static const char *const states[] = {"yes", "approved", "released"};
    static const int people[] = {37, 38, 39};

    for (size_t i = 0; i < COUNT(states); i++) {
        const char *entry = scene_entry_in(scene, people[i], states[i]);
        const char *order =
            scene_root(scene, "SELECT order_id FROM shortlist_entry WHERE id = '%s'", entry);
        for (size_t k = 0; k < COUNT(terms); k++)
            scene_refused(scene, TEAM, "state-conflict",
                          "SELECT order_change('%s', 0, '%s', now(), now())", order, terms[k]);
        scene_refused(scene, TEAM, "state-conflict",
                      "UPDATE job_order SET title = 'Nattevagt' WHERE id = '%s'", order);
        /* How many, and how far they may live, is not what they said yes to. */
        scene_get(scene, TEAM, "SELECT order_change('%s', 0, '{\"posts\": 3}', now(), now())",
                  order);
        scene_get(scene, HORSENS, "SELECT entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')",
                  entry);
        scene_get(scene, TEAM, "SELECT order_change('%s', 0, '%s', now(), now())", order, terms[0]);
    }
}

static int setup(void **state)
{
    return world_open(state, "orders_moves");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_treated_paused_and_taken_up_again),
        cmocka_unit_test(a_treated_order_names_who_and_hides_it_from_the_employer),
        cmocka_unit_test(nobody_goes_round_the_steps),
        cmocka_unit_test(a_move_says_all_that_is_wrong_with_it),
        cmocka_unit_test(a_draft_is_opened_by_a_move_as_by_a_change),
        cmocka_unit_test(what_was_changed_in_the_pause_is_ranked_after_it),
        cmocka_unit_test(an_order_without_need_ends_all_but_the_hired),
        cmocka_unit_test(a_filled_order_keeps_those_whom_the_employer_has_met_or_read),
        cmocka_unit_test(a_cv_under_way_when_the_order_is_filled_counts_as_sent),
        cmocka_unit_test(whoever_must_know_is_told_of_the_end),
        cmocka_unit_test(an_order_is_filled_when_its_posts_are),
        cmocka_unit_test(an_order_for_fewer_posts_may_be_filled_already),
        cmocka_unit_test(kinds_of_work_that_end_say_when),
        cmocka_unit_test(a_job_that_somebody_said_yes_to_stays_that_job),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
