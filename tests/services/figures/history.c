#include "tests/services/figures/history.h"

#include "common/base/clock.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795514400000000) /* 2026-11-24 11:00 Danish time */

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

int history_open(void **state, const char *name)
{
    world_open(state, name);
    struct world *world = *state;

    clock_fake(NOW);
    scene_root(world->scene, "SET session_replication_role = replica");
    make_october(world->scene);
    make_november(world->scene);
    scene_root(world->scene, "SET session_replication_role = origin");
    return 0;
}

/* --- what is asked and answered --- */

struct answer ask(struct world *world, enum actor actor, const char *query)
{
    const char *target = arena_printf(world->scene->arena, "/v1/figures%s", query);
    struct answer answer = server_ask(world->server, actor, "GET", target, NULL, NULL);

    assert_answer(&answer, 200, NULL);
    return answer;
}

const char *row_of(struct world *world, const struct answer *answer, const char *name)
{
    struct arena *arena = world->scene->arena;
    const char *row =
        strstr(answer->body, arena_printf(arena, "\"name\":\"%s\"},\"orders\"", name));

    assert_non_null(row);
    const char *end = strstr(row, "\"place\"");
    return arena_strndup(arena, row, end != NULL ? (size_t)(end - row) : strlen(row));
}

void assert_says(const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL)
        fail_msg("expected %s\nin %s", expected, text);
}

static const char *spread_text(struct arena *arena, const char *median, const char *p90)
{
    return median == NULL ? "null" : arena_printf(arena, "{\"median\":%s,\"p90\":%s}", median, p90);
}

void assert_time(struct world *world, const char *row, const char *milestone, struct hours hours)
{
    struct arena *arena = world->scene->arena;

    assert_says(row, arena_printf(arena,
                                  "\"%s\":{\"orders\":%d,\"clock_hours\":%s,\"working_hours\":%s}",
                                  milestone, hours.orders,
                                  spread_text(arena, hours.clock_median, hours.clock_p90),
                                  spread_text(arena, hours.working_median, hours.working_p90)));
}

const char *ask_csv(struct world *world, enum actor actor, const char *query)
{
    const char *target = arena_printf(world->scene->arena, "/v1/figures?%s", query);
    struct answer answer =
        server_ask(world->server, actor, "GET", target, "Accept: text/csv\r\n", NULL);

    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "Content-Type"),
                        "text/csv; charset=utf-8");
    assert_says(server_header(world->server, &answer, "Content-Disposition"),
                "attachment; filename=\"emnebank-");
    return answer.body;
}
