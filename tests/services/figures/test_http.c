/* GET /v1/figures on a history made by hand, with answers worked out by hand. The history is
 * written as it would have been left by orders and entries, their triggers off; that the triggers
 * leave it so is shown by the last tests. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/services/shortlists/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795514400000000) /* 2026-11-24 11:00 Danish time */

/* --- the history --- */

static const char *order_id(struct scene *scene, int number)
{
    return arena_printf(scene->arena, "00000000-0000-4000-a000-0000000000%02d", number);
}

static const char *entry_id(struct scene *scene, int order, int candidate)
{
    return arena_printf(scene->arena, "00000000-0000-4000-b000-00000000%02d%02d", order, candidate);
}

struct made_order {
    int number;
    const char *receiver;
    int posts;
    const char *occupations;
    const char *postcode;
    const char *kinds;
    const char *state;
    const char *received; /* UTC */
};

static void make_order(struct scene *scene, const struct made_order *made)
{
    scene_root(scene,
               "INSERT INTO emnebank.job_order (id, organisation_id, employer_id, title, posts,"
               " minimum, occupations, postcode, start_date, kinds, pool_version, state,"
               " received_at, due_at) VALUES ('%s', '%s', '" EMPLOYER_ID "', 'Prøve', %d, 4, '%s',"
               " '%s', '2027-01-01', '%s', 0, '%s', '%s',"
               " CASE WHEN '%s' <> 'draft' THEN timestamptz '%s' END)",
               order_id(scene, made->number), made->receiver, made->posts, made->occupations,
               made->postcode, made->kinds, made->state, made->received, made->state,
               made->received);
}

/* An entry of the order that stands as `state` now; `occupation` is what ranking matched. */
static void make_entry(struct scene *scene, int order, int candidate, const char *state,
                       const char *occupation)
{
    scene_root(scene,
               "INSERT INTO emnebank.shortlist_entry (id, shortlist_id, order_id, candidate_id,"
               " organisation_id, rank, score, parts, facts, explanation_da, state)"
               " VALUES ('%s', gen_random_uuid(), '%s', '%s', '%s', %d, 500,"
               " '[{\"part\": 0, \"fact\": {\"code\": \"%s\"}}]', '[]', 'fordi', '%s')",
               entry_id(scene, order, candidate), order_id(scene, order),
               scene_candidate(scene, candidate), candidate <= 20 ? AARHUS_ID : HORSENS_ID,
               candidate, occupation, state);
}

static void make_step(struct scene *scene, int order, int candidate, const char *state,
                      const char *at)
{
    scene_root(scene,
               "INSERT INTO emnebank.referral (at, order_id, entry_id, candidate_id,"
               " organisation_id, to_state, actor) VALUES ('%s', '%s', '%s', '%s', '%s', '%s',"
               " 'system')",
               at, order_id(scene, order), entry_id(scene, order, candidate),
               scene_candidate(scene, candidate), candidate <= 20 ? AARHUS_ID : HORSENS_ID, state);
}

static void make_hire(struct scene *scene, int order, int candidate, const char *occupation,
                      const char *at)
{
    make_entry(scene, order, candidate, "hired", occupation);
    make_step(scene, order, candidate, "hired", at);
}

/* The border of September and October, in summer time: the first order is September's, the second
 * October's first. */
static void make_october(struct scene *scene)
{
    make_order(scene, &(struct made_order){1, TEAM_ID, 1, "{7114.8}", "8000", "{permanent}",
                                           "closed", "2026-09-30T21:59:59.999Z"});
    make_order(scene, &(struct made_order){2, TEAM_ID, 2, "{7114.8}", "8000", "{permanent}", "open",
                                           "2026-09-30T22:00:00Z"});
    make_entry(scene, 2, 21, "hired", "7114.8");
    make_step(scene, 2, 21, "proposed", "2026-10-01T08:00:00Z");
    make_step(scene, 2, 21, "confirmed", "2026-10-01T10:00:00Z");
    make_step(scene, 2, 21, "yes", "2026-10-01T11:00:00Z");
    make_step(scene, 2, 21, "approved", "2026-10-02T07:00:00Z");
    make_step(scene, 2, 21, "released", "2026-10-02T08:00:00Z");
    make_step(scene, 2, 21, "hired", "2026-10-05T08:00:00Z");
    /* Who comes second does not count; a person in reserve or dropped at once was never put
     * forward. */
    make_entry(scene, 2, 22, "declined", "7114.8");
    make_step(scene, 2, 22, "proposed", "2026-10-01T09:00:00Z");
    make_step(scene, 2, 22, "declined", "2026-10-01T09:30:00Z");
    make_entry(scene, 2, 23, "withdrawn", "7114.8");
    make_step(scene, 2, 23, "withdrawn", "2026-09-30T22:30:00Z");

    /* Aarhus' own, on the Saturday before the clocks go back; the workplace is in Horsens. It was
     * paused and taken up again, and a hire of it was undone: neither changes a figure. */
    make_order(scene,
               &(struct made_order){3, AARHUS_ID, 1, "{7115.3,7114.8}", "8700",
                                    "{permanent,temporary}", "filled", "2026-10-24T08:00:00Z"});
    scene_root(
        scene,
        "INSERT INTO emnebank.order_event (order_id, at, kind, code) SELECT '%s', at, 'state',"
        " code FROM (VALUES ('paused', timestamptz '2026-10-25T08:00Z'),"
        " ('open', '2026-10-26T07:00Z')) AS moved (code, at)",
        order_id(scene, 3));
    make_entry(scene, 3, 24, "withdrawn", "7115.3");
    make_step(scene, 3, 24, "proposed", "2026-10-26T09:30:00Z");
    make_step(scene, 3, 24, "released", "2026-10-26T10:30:00Z");
    make_step(scene, 3, 24, "hired", "2026-10-26T10:45:00Z");
    make_entry(scene, 3, 1, "hired", "7114.8");
    make_step(scene, 3, 1, "proposed", "2026-10-26T08:00:00Z");
    make_step(scene, 3, 1, "yes", "2026-10-26T09:00:00Z"); /* late, without a confirmation */
    make_step(scene, 3, 1, "released", "2026-10-26T10:00:00Z");
    make_step(scene, 3, 1, "interview", "2026-10-26T11:00:00Z");
    make_step(scene, 3, 1, "hired", "2026-10-27T08:00:00Z");

    /* October's last, in winter time, taken back; and a draft that nobody opened. */
    make_order(scene, &(struct made_order){4, HORSENS_ID, 3, "{7114.8}", "8000", "{seasonal}",
                                           "cancelled", "2026-10-31T22:59:59.999Z"});
    make_order(scene, &(struct made_order){5, TEAM_ID, 9, "{}", "8000", "{permanent}", "draft",
                                           "2026-10-10T08:00:00Z"});
}

/* November: outside, and a seasonal team of Horsens' people. */
static void make_november(struct scene *scene)
{
    make_order(scene, &(struct made_order){6, TEAM_ID, 1, "{7114.8}", "7400", "{permanent}",
                                           "filled", "2026-10-31T23:00:00Z"});
    make_entry(scene, 6, 2, "hired", "7114.8");
    make_step(scene, 6, 2, "proposed", "2026-11-02T08:00:00Z");
    make_step(scene, 6, 2, "hired", "2026-11-10T08:00:00Z");
    make_order(scene, &(struct made_order){7, TEAM_ID, 6, "{7114.8}", "8000", "{seasonal}",
                                           "filled", "2026-11-03T08:00:00Z"});
    for (int candidate = 25; candidate <= 31; candidate++)
        make_hire(scene, 7, candidate, "7114.8", "2026-11-05T08:00:00Z");
    make_order(scene, &(struct made_order){8, TEAM_ID, 1, "{7115.3}", "8700", "{flex}", "filled",
                                           "2026-11-03T09:00:00Z"});
    make_hire(scene, 8, 3, "7115.3", "2026-11-06T08:00:00Z");
}

static int open_world(void **state)
{
    world_open(state, "figures_http");
    struct world *world = *state;

    clock_fake(NOW);
    scene_root(world->scene, "SET session_replication_role = replica");
    make_october(world->scene);
    make_november(world->scene);
    scene_root(world->scene, "SET session_replication_role = origin");
    return 0;
}

/* --- what is asked and answered --- */

static struct answer ask(struct world *world, enum actor actor, const char *query)
{
    const char *target = arena_printf(world->scene->arena, "/v1/figures%s", query);
    struct answer answer = server_ask(world->server, actor, "GET", target, NULL, NULL);

    assert_answer(&answer, 200, NULL);
    return answer;
}

/* What the answer says of a place in its first month: its bytes, as numbers are written there. */
static void assert_counts(const struct answer *answer, const char *name, const char *expected)
{
    const char *place = strstr(answer->body, name);

    assert_non_null(place);
    const char *counts = strstr(place, "\"orders\":");
    assert_non_null(counts);
    if (!str_starts(counts, expected))
        fail_msg("expected %s\ngot %.*s", expected, (int)strlen(expected), counts);
}

#define NO_TIME "{\"orders\":0,\"clock_hours\":null,\"working_hours\":null}"
#define TIME(orders_, clock_median_, clock_p90_, working_median_, working_p90_)                    \
    "{\"orders\":" #orders_ ",\"clock_hours\":{\"median\":" #clock_median_ ",\"p90\":" #clock_p90_ \
    "},\"working_hours\":{\"median\":" #working_median_ ",\"p90\":" #working_p90_ "}}"

static void october_is_as_it_was(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "?from=2026-10&to=2026-10");

    assert_counts(&answer, "\"name\":\"Alle\"",
                  "\"orders\":3,\"orders_of_team\":1,\"posts\":6,\"posts_of_team\":2,"
                  "\"orders_put_forward\":2,\"share_put_forward\":0.6667,"
                  "\"orders_released\":2,\"share_released\":0.6667,"
                  "\"orders_filled\":1,\"share_orders_filled\":0.3333,"
                  "\"posts_filled\":2,\"share_posts_filled\":0.3333,\"time_to\":{"
                  "\"put_forward\":" TIME(
                      2, 29.00, 44.20, 1.50,
                      1.90) ","
                           "\"confirmed\":" TIME(2, 30.50, 45.30, 3.00,
                                                 3.80) ","
                                                       "\"released\":" TIME(
                                                           2, 42.00, 48.40, 6.50,
                                                           9.30) ","
                                                                "\"hired\":" TIME(2, 89.00, 102.60,
                                                                                  13.50,
                                                                                  17.10) "}}");
    assert_counts(&answer, "\"name\":\"Horsens\"",
                  "\"orders\":1,\"orders_of_team\":0,\"posts\":3,\"posts_of_team\":0,"
                  "\"orders_put_forward\":0,\"share_put_forward\":0.0000,"
                  "\"orders_released\":0,\"share_released\":0.0000,"
                  "\"orders_filled\":0,\"share_orders_filled\":0.0000,"
                  "\"posts_filled\":0,\"share_posts_filled\":0.0000,\"time_to\":{"
                  "\"put_forward\":" NO_TIME ",\"confirmed\":" NO_TIME ",\"released\":" NO_TIME
                  ",\"hired\":" NO_TIME "}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(october_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
