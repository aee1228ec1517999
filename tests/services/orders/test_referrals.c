/* The log of referrals: who reads what of it, page by page and as a sheet. */
#include "tests/services/shortlists/server.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static struct answer ask(struct world *world, enum actor actor, const char *query)
{
    return server_ask(world->server, actor, "GET",
                      arena_printf(world->scene->arena, "/v1/referrals%s", query), NULL, NULL);
}

/* "state actor person" of each item, the newest first. */
static const char *lines(struct world *world, const struct answer *answer)
{
    const json_t *items = json_object_get(answer->json, "items");
    const char *text = "";

    for (size_t i = 0; i < json_array_size(items); i++) {
        const struct answer item = {.json = json_array_get(items, i)};
        text = arena_printf(world->scene->arena, "%s%s%s %s %s", text, i ? ", " : "",
                            answer_text(&item, "to_state"), answer_text(&item, "actor"),
                            answer_text(&item, "person"));
    }
    return text;
}

static const char *of_order(struct world *world, const char *entry)
{
    return scene_root(world->scene, "SELECT order_id FROM shortlist_entry WHERE id = '%s'", entry);
}

static void each_reads_the_steps_and_its_own_staff(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 1, "proposed");
    const char *query =
        arena_printf(world->scene->arena, "?order=%s&limit=200", of_order(world, entry));

    scene_get(world->scene, AARHUS_PERSON,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    scene_get(world->scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\":"
              " \"2026-11-20T10:00:00Z\", \"how\": \"telephone\", \"text_version\": \"2026-1\"}')",
              entry);
    scene_get(world->scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    struct answer answer = ask(world, TEAM, query);
    assert_answer(&answer, 200, NULL);
    assert_string_equal(lines(world, &answer),
                        "approved team Tea Teamsen (fiktiv), yes home , confirmed home Aage Aagaard"
                        " (fiktiv), proposed system ");
    answer = ask(world, AARHUS, query);
    assert_string_equal(lines(world, &answer),
                        "approved team , yes home , confirmed home Aage Aagaard (fiktiv),"
                        " proposed system ");
    answer = ask(world, HORSENS, query);
    assert_string_equal(lines(world, &answer),
                        "approved team , yes home , confirmed home , proposed system ");
    const json_t *items = json_object_get(answer.json, "items");
    const json_t *candidate = json_object_get(json_array_get(items, 0), "candidate");
    assert_true(json_is_null(json_object_get(candidate, "external_ref")));
    answer = ask(world, EMPLOYER, query);
    assert_answer(&answer, 403, "scope-missing");
    scene_refused(world->scene, EMPLOYER, "forbidden", "SELECT referral_lines('{}', 100, 10)");
}

static void a_listing_is_audited(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 2, "confirmed");
    const char *order = of_order(world, entry);
    struct answer answer =
        ask(world, HORSENS, arena_printf(world->scene->arena, "?order=%s&actor=home", order));

    assert_answer(&answer, 200, NULL);
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT concat_ws(' ', action, subject_kind, purpose, candidates[1]) FROM audit"
                   " WHERE organisation_id = '" HORSENS_ID "' AND subject_id = '%s'",
                   order),
        arena_printf(world->scene->arena, "candidate.listed referral opslag i formidlingsloggen %s",
                     scene_candidate(world->scene, 2)));
}

static void it_is_filtered(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    const char *near = scene_entry_in(world->scene, 3, "declined");
    const char *far = scene_entry_in(world->scene, 23, "yes");
    const char *far_order = of_order(world, far);

    scene_root(world->scene,
               "UPDATE referral SET at = '2026-03-29T21:59:59Z' WHERE order_id = '%s'"
               " AND to_state = 'yes'",
               far_order);
    const struct {
        enum actor actor;
        const char *query, *expected;
    } rows[] = {
        {TEAM, arena_printf(arena, "order=%s&state=declined", of_order(world, near)),
         "declined home "},
        {TEAM, arena_printf(arena, "order=%s&actor=home", far_order), "yes home , confirmed home "},
        {TEAM, arena_printf(arena, "order=%s&home=0751", far_order), ""},
        {TEAM, arena_printf(arena, "order=%s&home=0615&state=yes", far_order), "yes home "},
        {TEAM, arena_printf(arena, "order=%s&home=0101", far_order), ""},
        /* Days are Denmark's: the last second of Sunday's, in which the summer began. */
        {TEAM, arena_printf(arena, "order=%s&to=2026-03-29", far_order), "yes home "},
        {TEAM, arena_printf(arena, "order=%s&to=2026-03-28", far_order), ""},
        {TEAM, arena_printf(arena, "order=%s&from=2026-03-29&to=2026-03-29", far_order),
         "yes home "},
        {TEAM, arena_printf(arena, "order=%s&from=2026-03-30&state=yes", far_order), ""},
        /* Whom a home does not own it cannot follow from order to order; the team can. */
        {TEAM, arena_printf(arena, "candidate=%s&state=yes", scene_candidate(world->scene, 23)),
         "yes home "},
        {HORSENS, arena_printf(arena, "candidate=%s&state=yes", scene_candidate(world->scene, 23)),
         "yes home "},
        {AARHUS, arena_printf(arena, "candidate=%s&state=yes", scene_candidate(world->scene, 23)),
         ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer = ask(world, rows[i].actor, arena_printf(arena, "?%s", rows[i].query));
        assert_answer(&answer, 200, NULL);
        assert_string_equal(lines(world, &answer), rows[i].expected);
    }
    static const char *const wrong[] = {"?from=2026-03-30&to=2026-03-29",
                                        "?order=7",
                                        "?candidate=x",
                                        "?home=751",
                                        "?state=lost",
                                        "?actor=me",
                                        "?from=2026-02-30",
                                        "?to=29-03-2026",
                                        "?limit=0",
                                        "?x=1",
                                        "?state=no&state=no"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct answer answer = ask(world, TEAM, wrong[i]);
        assert_answer(&answer, 400, "query-invalid");
    }
}

static void every_step_is_on_one_page(void **state)
{
    struct world *world = *state;
    const char *total = scene_root(world->scene, "SELECT count(*) FROM referral");
    const char *query = "?limit=3";
    int seen = 0;

    for (int pages = 0; query; pages++) {
        struct answer answer = ask(world, TEAM, query);
        assert_answer(&answer, 200, NULL);
        size_t items = json_array_size(json_object_get(answer.json, "items"));
        assert_true(items > 0 && items <= 3 && pages < 100);
        seen += (int)items;
        const char *next = answer_text(&answer, "next");
        query = *next ? arena_printf(world->scene->arena, "?limit=3&cursor=%s", next) : NULL;
        assert_int_equal(query != NULL, server_header(world->server, &answer, "Link") != NULL);
    }
    assert_int_equal(seen, atoi(total));
}

static void danish_excel_opens_it(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 4, "declined");
    const char *order = of_order(world, entry);

    scene_root(world->scene,
               "UPDATE job_order SET title = '=HYPERLINK(\"x\"); æøå' WHERE id = '%s'", order);
    scene_root(world->scene,
               "UPDATE referral SET at = '2026-06-01T08:00:05Z' WHERE order_id = '%s'", order);
    struct answer answer = server_ask(
        world->server, AARHUS, "GET",
        arena_printf(world->scene->arena, "/v1/referrals?order=%s&state=declined", order),
        "Accept: text/csv\r\n", NULL);
    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "Content-Type"),
                        "text/csv; charset=utf-8");
    assert_string_equal(
        answer.body,
        arena_printf(world->scene->arena,
                     "\xEF\xBB\xBFTidspunkt;Jobordre;Titel;Arbejdsgiver;Emne;Kandidat;Reference;"
                     "Hjemkommune;Fra;Til;Hvem;Person;Grund\r\n"
                     "01-06-2026 10:00:05;%s;\"'=HYPERLINK(\"\"x\"\"); æøå\";Beton A/S (fiktiv);%s;"
                     "%s;AA-04;Aarhus;foreslået;afvist;hjemkommunen;;moved\r\n",
                     order, entry, scene_candidate(world->scene, 4)));
    answer = server_ask(world->server, TEAM, "GET", "/v1/referrals?limit=2",
                        "Accept: text/csv, application/json;q=0.5\r\n", NULL);
    assert_answer(&answer, 200, NULL);
    assert_non_null(server_header(world->server, &answer, "Link"));
    answer = server_ask(world->server, TEAM, "GET", "/v1/referrals", "Accept: text/html\r\n", NULL);
    assert_answer(&answer, 406, "not-acceptable");
}

static int setup(void **state)
{
    return world_open(state, "orders_referrals");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reads_the_steps_and_its_own_staff),
        cmocka_unit_test(a_listing_is_audited),
        cmocka_unit_test(it_is_filtered),
        cmocka_unit_test(every_step_is_on_one_page),
        cmocka_unit_test(danish_excel_opens_it),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
