/*
 * The clock and the ladder of an order, on a real PostgreSQL whose clock the test turns. Monday 23
 * November 2026: received at 8:00, due at 16:00, half time at 12:00, three quarters at 14:00. All
 * times here are local; in November Copenhagen is UTC+1.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/clock.h"
#include "common/domain/calendar.h"
#include "services/orders/hours.h"
#include "sql/orders_sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY "2026-11-23"

/* ---- the stage ---- */

static const char *as_match(struct session *session, const char *text)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;

    if (session_query(session, text, NULL, 0, &rows, &detail) != 0)
        fail_msg("%s\n%s", text, detail.private_text);
    return pg_rows(rows) == 0 ? "" : pg_text(rows, 0, 0);
}

/* Looks at every order until there is nothing to look at. */
static void look(struct scene *scene)
{
    for (int rounds = 0; atoi(as_match(scene->match, "SELECT order_tick(1)")) > 0; rounds++)
        assert_true(rounds < 500);
}

/* Turns the hands to a local time of the day, "12:00", and looks. */
static void at(struct scene *scene, const char *time)
{
    scene_root(scene,
               "INSERT INTO emnebank.clock_hands (at) VALUES ('" DAY " %s Europe/Copenhagen')"
               " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
               time);
    look(scene);
}

static void configure(struct scene *scene)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *rows = NULL;
    struct pg_parameter parameters[HOURS_PARAMETERS + 3];
    int64_t now;

    assert_int_equal(calendar_read_time(DAY "T07:00:00Z", &now), 0);
    hours_parameters(&calendar_defaults, now, scene->arena, parameters);
    parameters[HOURS_PARAMETERS] = PG_TEXT("3600000000");
    parameters[HOURS_PARAMETERS + 1] = PG_TEXT("900000000");
    parameters[HOURS_PARAMETERS + 2] = PG_TEXT("14");
    if (session_query(scene->match, orders_sql_watch_rules.text, parameters, HOURS_PARAMETERS + 3,
                      &rows, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

/* Each test has the pool to itself: orders of earlier ones are over. */
static struct scene *fresh(void **state)
{
    struct scene *scene = *state;

    scene_root(scene,
               "UPDATE emnebank.job_order SET state = 'cancelled', closed_reason = 'mistake',"
               " treated_by = NULL"
               " WHERE NOT emnebank.order_over(state)");
    scene_root(scene, "DELETE FROM emnebank.policy");
    at(scene, "08:00");
    return scene;
}

/* Two posts, so at least four candidates: eight are put forward. `more` are members of the body. */
static const char *order(struct scene *scene, enum actor actor, const char *more)
{
    return scene_get(scene, actor,
                     "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
                     "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Struktører\","
                     " \"posts\": 2, \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
                     " \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"]%s}',"
                     " '" DAY " 08:00 Europe/Copenhagen', '" DAY " 16:00 Europe/Copenhagen')",
                     more);
}

/* What happened to the order, "rung:all/first warning:half …"; steps of its state left out. */
static const char *events(struct scene *scene, const char *wanted)
{
    return scene_root(scene,
                      "SELECT coalesce(string_agg(concat(kind, ':', code, '/' || reason), ' '"
                      " ORDER BY id), '') FROM emnebank.order_event"
                      " WHERE order_id = '%s' AND kind <> 'state'",
                      wanted);
}

/* How many entries of the order are in a state. */
static void assert_entries(struct scene *scene, const char *wanted, const char *state, int count)
{
    const char *found = scene_root(scene,
                                   "SELECT count(*) FROM emnebank.shortlist_entry"
                                   " WHERE order_id = '%s' AND state = '%s'",
                                   wanted, state);
    if (atoi(found) != count)
        fail_msg("%s entries are %s, not %d", found, state, count);
}

/* What an organisation was told of the order, by kind of event. */
static int told(struct scene *scene, const char *wanted, enum actor actor, const char *kind)
{
    return atoi(scene_root(scene,
                           "SELECT count(*) FROM emnebank.change c JOIN emnebank.outbox x"
                           " ON x.id = c.outbox_id WHERE x.order_id = '%s' AND c.kind = '%s'"
                           " AND c.organisation_id = '%s'",
                           wanted, kind, scene_organisation(actor)));
}

/* ---- the clock ---- */

/* Nobody ever answers: those who were put forward fall away at their deadlines, the reserve comes
 * in, and when it is used up the team is told, well before the order is due. */
static void silence_ends_in_a_notice_before_due(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "08:01");
    assert_entries(scene, wanted, "proposed", 8);
    assert_string_equal(events(scene, wanted), "rung:all/first");

    at(scene, "11:59:59");
    assert_string_equal(events(scene, wanted), "rung:all/first");

    at(scene, "12:00"); /* half: a deadline, a rung for silence, a warning */
    assert_entries(scene, wanted, "no_answer", 8);
    assert_entries(scene, wanted, "proposed", 8);
    assert_string_equal(events(scene, wanted),
                        "rung:all/first rung:relaxed/silence put_forward:8/next warning:half");
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 1);
    assert_int_equal(told(scene, wanted, TEAM, "order.climbed"), 1);

    at(scene, "14:00"); /* three quarters; half of what was left at 12 */
    assert_entries(scene, wanted, "no_answer", 16);
    assert_entries(scene, wanted, "proposed", 4);
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 2);
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0);

    at(scene, "15:00"); /* nobody is left */
    assert_entries(scene, wanted, "no_answer", 20);
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0); /* the gap is being worked out */
    at(scene, "15:01");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);

    at(scene, "16:00");
    at(scene, "16:30");
    assert_string_equal(
        events(scene, wanted),
        "rung:all/first rung:relaxed/silence put_forward:8/next warning:half put_forward:4/next"
        " warning:three_quarters rung:notice/too_few notice:short/too_few answered:notice");
}

static int open_stage(void **state)
{
    struct scene *scene = scene_open("ladder");

    configure(scene);
    *state = scene;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_in_a_notice_before_due),
    };
    return cmocka_run_group_tests(tests, open_stage, scene_teardown);
}
