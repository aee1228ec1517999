/*
 * The clock and the ladder of an order, on a real PostgreSQL whose clock the test turns. Monday 23
 * November 2026: received at 8:00, due at 16:00, half time at 12:00, three quarters at 14:00. All
 * times here are local; in November Copenhagen is UTC+1.
 */
#include "tests/services/shortlists/server.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/calendar.h"
#include "services/orders/hours.h"
#include "sql/orders_sql.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY "2026-11-23"
#define SKANDERBORG_ID "00000000-0000-4000-8000-000000000746"

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

static const char *cell(struct scene *scene, const char *wanted, const char *column)
{
    return scene_root(scene, "SELECT %s FROM emnebank.job_order WHERE id = '%s'", column, wanted);
}

/* A time of the order as it is in Copenhagen, "23 16:00". */
static void assert_at(struct scene *scene, const char *wanted, const char *column,
                      const char *expected)
{
    assert_string_equal(
        scene_root(scene,
                   "SELECT to_char(%s AT TIME ZONE 'Europe/Copenhagen', 'DD HH24:MI')"
                   " FROM emnebank.job_order WHERE id = '%s'",
                   column, wanted),
        expected);
}

static void answer(struct scene *scene, const char *wanted, int candidate, const char *body)
{
    enum actor home = candidate <= 20 ? AARHUS : HORSENS;

    scene_get(scene, home, "SELECT status FROM entry_answer('%s', 0, '%s')",
              scene_entry(scene, wanted, candidate), body);
}

static void decline(struct scene *scene, const char *wanted, int first, int last)
{
    for (int i = first; i <= last; i++)
        answer(scene, wanted, i, "{\"answer\": \"decline\", \"reason\": \"moved\"}");
}

static void confirm(struct scene *scene, const char *wanted, int first, int last)
{
    for (int i = first; i <= last; i++)
        answer(scene, wanted, i, "{\"answer\": \"confirm\"}");
}

/* ---- the clock ---- */

static void opening_sets_the_marks_in_office_hours(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    assert_at(scene, wanted, "warn_half_at", "23 12:00");
    assert_at(scene, wanted, "warn_late_at", "23 14:00");
    /* Received on Monday at 14, due on Tuesday at 12: six office hours. */
    wanted = scene_get(scene, TEAM,
                       "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
                       "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Struktører\","
                       " \"posts\": 2, \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
                       " \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"]}',"
                       " '2026-11-23 14:00 Europe/Copenhagen',"
                       " '2026-11-24 12:00 Europe/Copenhagen')");
    assert_at(scene, wanted, "warn_half_at", "24 09:00");
    assert_at(scene, wanted, "warn_late_at", "24 10:30");
}

/* SQL adds up what the calendar computed: the same to the microsecond, over summer time and
 * holidays. */
static void sql_counts_working_time_as_the_calendar_does(void **state)
{
    struct scene *scene = fresh(state);
    int64_t from;

    assert_int_equal(calendar_read_time("2026-03-25T10:07:03.5Z", &from), 0);
    for (int i = 0; i < 60; i++, from += 13 * CLOCK_HOUR + 7 * CLOCK_MINUTE) {
        int64_t to = from + (int64_t)i * 9 * CLOCK_HOUR;
        char texts[3][CLOCK_TEXT_SIZE];
        int64_t span = calendar_working_time(from, to, &calendar_defaults);
        clock_text(from, texts[0]);
        clock_text(to, texts[1]);
        assert_int_equal(
            atoll(scene_root(scene,
                             "SELECT (extract(epoch FROM emnebank.working_time('%s', '%s'))"
                             " * 1000000)::bigint",
                             texts[0], texts[1])),
            span);
        clock_text(calendar_working_share(from, to, 3, 4, &calendar_defaults), texts[2]);
        assert_string_equal(
            scene_root(scene,
                       "SELECT emnebank.order_time(emnebank.working_share('%s', '%s', 0.75))",
                       texts[0], texts[1]),
            texts[2]);
    }
}

/* Whoever has enough that their homes vouch for is left in peace. */
static void enough_vouched_for_is_not_warned_of(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "08:01");
    confirm(scene, wanted, 1, 4);
    at(scene, "12:00");
    at(scene, "14:00");
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 0);
    assert_int_equal(told(scene, wanted, TEAM, "order.climbed"), 0);
    assert_string_equal(cell(scene, wanted, "rung"), "all");
    at(scene, "16:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "candidates");
    /* Long after its start it has nothing to wait for, and is not looked at for nothing. */
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '2026-12-20 12:00 Europe/Copenhagen'");
    look(scene);
    assert_string_equal(cell(scene, wanted, "check_at IS NULL"), "t");
    assert_string_equal(cell(scene, wanted, "state"), "open");
}

static void less_than_an_hour_is_said_at_once(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_root(scene,
               "UPDATE emnebank.job_order SET due_at = '" DAY " 08:40 Europe/Copenhagen'"
               " WHERE id = '%s'",
               wanted);
    scene_store(scene, wanted, 1, 20);
    look(scene);
    assert_string_equal(events(scene, wanted), "rung:all/first warning:hurried");
    at(scene, "08:20");
    assert_string_equal(events(scene, wanted),
                        "rung:all/first warning:hurried rung:relaxed/silence warning:half");
}

/* ---- the ladder ---- */

/* The order's own municipality first, then its neighbours, then all. */
static void own_then_neighbours_then_all(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, AARHUS, ", \"first_rung\": \"own\"");

    scene_store(scene, wanted, 15, 50); /* 15-20 Aarhus, 21-40 Horsens, 41-50 Skanderborg */
    at(scene, "08:01");
    assert_entries(scene, wanted, "proposed", 6);
    assert_string_equal(events(scene, wanted), "rung:own/first");
    decline(scene, wanted, 15, 16); /* four are left: enough */
    look(scene);
    assert_string_equal(cell(scene, wanted, "rung"), "own");
    decline(scene, wanted, 17, 17);
    look(scene);
    assert_entries(scene, wanted, "proposed", 8);
    assert_string_equal(scene_root(scene,
                                   "SELECT string_agg(DISTINCT o.name, ' ' ORDER BY o.name)"
                                   " FROM emnebank.shortlist_entry e JOIN emnebank.organisation o"
                                   " ON o.id = e.organisation_id WHERE e.order_id = '%s'"
                                   " AND e.state = 'proposed'",
                                   wanted),
                        "Aarhus Skanderborg");
    assert_string_equal(events(scene, wanted),
                        "rung:own/first rung:neighbours/too_few put_forward:5/rung");
}

/* An organisation's own way, or the team's for all. */
static void the_first_rung_is_a_setting(void **state)
{
    struct scene *scene = fresh(state);

    scene_root(scene, "INSERT INTO emnebank.policy (organisation_id, first_rung)"
                      " VALUES ('" AARHUS_ID "', 'own'), ('" TEAM_ID "', 'neighbours')");
    assert_string_equal(cell(scene, order(scene, AARHUS, ""), "rung"), "own");
    assert_string_equal(cell(scene, order(scene, TEAM, ""), "rung"), "neighbours");
    assert_string_equal(cell(scene, order(scene, AARHUS, ", \"first_rung\": \"all\""), "rung"),
                        "all");
}

/* A home that says nothing does not hold the order: at half time the next rung puts forward. */
static void silence_climbs_at_half_time(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, AARHUS, ", \"first_rung\": \"own\"");

    scene_store(scene, wanted, 11, 50);
    at(scene, "11:59");
    assert_string_equal(cell(scene, wanted, "rung"), "own");
    at(scene, "12:00");
    assert_string_equal(cell(scene, wanted, "rung"), "neighbours");
    assert_entries(scene, wanted, "no_answer", 8);
    assert_entries(scene, wanted, "proposed", 8);
    assert_string_equal(events(scene, wanted),
                        "rung:own/first rung:neighbours/silence put_forward:8/next warning:half");
}

/* One word from anybody, and it is not silence. */
static void one_answer_is_no_silence(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, AARHUS, ", \"first_rung\": \"own\"");

    scene_store(scene, wanted, 1, 40);
    at(scene, "08:01");
    confirm(scene, wanted, 1, 1);
    at(scene, "12:00");
    assert_string_equal(cell(scene, wanted, "rung"), "own");
    assert_entries(scene, wanted, "no_answer", 7);
    assert_entries(scene, wanted, "proposed", 7);
}

static void a_decline_brings_the_next_in_rank(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "09:00");
    decline(scene, wanted, 3, 3);
    look(scene);
    assert_entries(scene, wanted, "proposed", 8);
    assert_string_equal(scene_root(scene,
                                   "SELECT state FROM emnebank.shortlist_entry WHERE id = '%s'",
                                   scene_entry(scene, wanted, 9)),
                        "proposed");
    assert_string_equal(events(scene, wanted), "rung:all/first put_forward:1/next");
}

/* A list is cut at twenty. When all on it have fallen away there may be more in the pool: a longer
 * one is asked for before anybody says that there are too few, and nobody is put forward twice. */
static void a_list_that_is_used_up_is_made_longer(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "09:00");
    decline(scene, wanted, 1, 8);
    look(scene);
    decline(scene, wanted, 9, 16);
    look(scene);
    assert_entries(scene, wanted, "proposed", 4);
    decline(scene, wanted, 17, 17);
    look(scene);
    look(scene);
    assert_string_equal(events(scene, wanted), "rung:all/first put_forward:8/next"
                                               " put_forward:4/next rung:relaxed/too_few");
    assert_string_equal(cell(scene, wanted, "ranking_version"), "2");
    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) FROM emnebank.job WHERE kind = 'rank' AND"
                                   " payload ->> 'order_id' = '%s'",
                                   wanted),
                        "2");
    scene_store_version(scene, wanted, 2, 1, 26);
    look(scene);
    assert_string_equal(scene_root(scene,
                                   "SELECT emnebank.order_numbers(o) ->> 'put_forward'"
                                   " FROM emnebank.job_order o WHERE id = '%s'",
                                   wanted),
                        "25"); /* people, whichever list they were on */
    assert_entries(scene, wanted, "declined", 17);
    assert_entries(scene, wanted, "proposed", 8); /* 18 to 25 */
    decline(scene, wanted, 18, 25);
    look(scene); /* one is left, and nobody more in the pool: that was it */
    assert_entries(scene, wanted, "proposed", 1);
    assert_string_equal(cell(scene, wanted, "rung"), "notice");
    assert_string_equal(cell(scene, wanted, "ranking_version"), "2");
}

/* The pool has no more than the list had: the longer list is as long, and that was it. */
static void a_list_that_cannot_be_longer_ends_in_a_notice(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    look(scene);
    decline(scene, wanted, 1, 8);
    look(scene);
    decline(scene, wanted, 9, 16);
    look(scene);
    decline(scene, wanted, 17, 17);
    look(scene);
    scene_store_version(scene, wanted, 2, 1, 20);
    look(scene);
    at(scene, "08:01");
    assert_string_equal(cell(scene, wanted, "ranking_version"), "2");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
}

/* The longer list never comes, and the order's time is over: two minutes, and notice is given. */
static void a_longer_list_that_never_comes_is_not_waited_for(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    look(scene);
    confirm(scene, wanted, 1, 4);
    at(scene, "16:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "candidates");
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '2026-11-25 12:00 Europe/Copenhagen'");
    look(scene);
    decline(scene, wanted, 1, 4);
    look(scene);
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '2026-11-26 12:00 Europe/Copenhagen'");
    look(scene);
    assert_string_equal(cell(scene, wanted, "ranking_version"), "2");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0);
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = at + interval '2 minutes'");
    look(scene);
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = at + interval '1 minute'");
    look(scene);
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
}

/* A late answer counts: the deadline has others asked, it shuts nobody out. */
static void a_late_answer_counts(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 8);
    at(scene, "12:00");
    assert_entries(scene, wanted, "no_answer", 8);
    confirm(scene, wanted, 1, 4);
    look(scene);
    assert_entries(scene, wanted, "confirmed", 4);
    at(scene, "16:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "candidates");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0);
}

/* ---- the notice ---- */

/* Too few from the beginning: all rungs at once, and the notice goes to the team and to whoever
 * received the order, with the gap as each may see it. */
static void too_few_are_noticed_at_once_with_the_gap(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, AARHUS, "");

    scene_store(scene, wanted, 1, 3);
    look(scene);
    assert_string_equal(events(scene, wanted),
                        "rung:all/first rung:relaxed/too_few rung:notice/too_few");
    assert_int_equal(atoi(scene_root(scene,
                                     "SELECT count(*) FROM emnebank.job WHERE kind = 'notice'"
                                     " AND payload ->> 'order_id' = '%s'",
                                     wanted)),
                     1);
    scene_root(scene, "SELECT emnebank.order_gap_put('%s', 1, '{\"step\": 1}', '{\"step\": 5}')",
               wanted);
    look(scene); /* the gap is there: no minute is waited for */
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
    assert_int_equal(told(scene, wanted, AARHUS, "order.short"), 1);
    assert_int_equal(told(scene, wanted, HORSENS, "order.short"), 0);
    assert_string_equal(
        scene_root(scene,
                   "SELECT string_agg(concat(o.kind, ' ', x.payload #>> '{gap,step}', ' ',"
                   " x.payload ->> 'live', ' of ', x.payload ->> 'minimum', ', ',"
                   " x.payload ->> 'missing'), '; ' ORDER BY o.kind)"
                   " FROM emnebank.outbox x JOIN emnebank.organisation o"
                   " ON o.id = x.organisation_id"
                   " WHERE x.order_id = '%s' AND x.kind = 'order.short'",
                   wanted),
        "municipality 5 3 of 4, 1; team 1 3 of 4, 1");
    at(scene, "16:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "notice");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
}

/* A gap of the order as it was before it changed is not the gap. */
static void a_gap_of_another_version_is_not_told(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 2);
    look(scene);
    scene_root(scene, "SELECT emnebank.order_gap_put('%s', 0, '{}', '{}')", wanted);
    look(scene);
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0);
    at(scene, "08:01");
    assert_string_equal(scene_root(scene,
                                   "SELECT payload -> 'gap' FROM emnebank.outbox"
                                   " WHERE order_id = '%s' AND kind = 'order.short'",
                                   wanted),
                        "null");
}

/* The engine is away: nobody is ranked, and the team is told before it is due all the same. */
static void an_order_that_is_not_ranked_is_noticed_before_due(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    at(scene, "15:44");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0);
    at(scene, "15:45");
    at(scene, "15:46");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
    at(scene, "16:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "notice");
    assert_string_equal(events(scene, wanted),
                        "rung:all/first warning:three_quarters rung:notice/no_list"
                        " notice:short/no_list answered:notice");
}

/* Nobody looked all day. Then the breach is said, and the notice still goes. */
static void a_day_without_a_watch_is_a_breach(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    at(scene, "17:00");
    assert_string_equal(cell(scene, wanted, "due_outcome"), "breach");
    assert_string_equal(events(scene, wanted),
                        "rung:all/first rung:notice/no_list warning:three_quarters"
                        " notice:short/no_list breach:breach");
    assert_string_equal(scene_root(scene,
                                   "SELECT string_agg(payload ->> 'warning', ' ' ORDER BY"
                                   " payload ->> 'warning') FROM emnebank.outbox"
                                   " WHERE order_id = '%s' AND kind = 'order.warning'",
                                   wanted),
                        "breach three_quarters");
}

/* An order that people change after its notice has another chance, and another notice. */
static void a_changed_order_is_noticed_anew(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 2);
    look(scene);
    at(scene, "08:01");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);
    scene_root(scene,
               "UPDATE emnebank.job_order SET version = 2, ranking_version = 2 WHERE id = '%s'",
               wanted);
    look(scene);
    assert_string_equal(cell(scene, wanted, "rung"), "relaxed");
    at(scene, "15:45"); /* not ranked again */
    at(scene, "15:46");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 2);
}

/* ---- standing still, ending ---- */

/* Six office hours were left at the pause, and are left after it: until 11 on Tuesday. */
static void a_paused_order_stands_still(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "10:00");
    scene_root(scene,
               "UPDATE emnebank.job_order SET state = 'paused',"
               " closed_reason = 'enough_referrals' WHERE id = '%s'",
               wanted);
    at(scene, "12:30");
    decline(scene, wanted, 1, 1);
    look(scene);
    assert_entries(scene, wanted, "proposed", 7); /* nobody new */
    assert_string_equal(events(scene, wanted), "rung:all/first");
    at(scene, "13:00");
    scene_root(scene,
               "UPDATE emnebank.job_order SET state = 'open', closed_reason = NULL"
               " WHERE id = '%s'",
               wanted);
    assert_at(scene, wanted, "warn_half_at", "23 15:00");
    assert_at(scene, wanted, "warn_late_at", "24 09:00");
    assert_at(scene, wanted, "due_at", "24 11:00");
    look(scene);
    assert_entries(scene, wanted, "proposed", 8);
    assert_entries(scene, wanted, "no_answer", 0);
    at(scene, "15:00");
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 1);
}

static void an_order_that_nobody_is_on_the_way_for_expires(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 4);
    at(scene, "08:01");
    decline(scene, wanted, 1, 4);
    look(scene);
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '2026-12-15 23:59 Europe/Copenhagen'");
    look(scene);
    assert_string_equal(cell(scene, wanted, "state"), "open");
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '2026-12-16 00:00 Europe/Copenhagen'");
    look(scene);
    assert_string_equal(cell(scene, wanted, "state"), "expired");
    assert_string_equal(cell(scene, wanted, "check_at IS NULL"), "t");
}

/* ---- once ---- */

/* A look that the database lost is as if it had not been. */
static void a_crash_in_a_look_changes_nothing(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 20);
    at(scene, "11:00");
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '" DAY " 12:00 Europe/Copenhagen'");
    assert_int_equal(session_exec(scene->match, "BEGIN", NULL), 0);
    as_match(scene->match, "SELECT order_tick(1)");
    assert_int_equal(session_exec(scene->match, "ROLLBACK", NULL), 0);
    assert_string_equal(events(scene, wanted), "rung:all/first");
    look(scene);
    look(scene);
    assert_string_equal(events(scene, wanted),
                        "rung:all/first rung:relaxed/silence put_forward:8/next warning:half");
}

#define WATCHES 3

struct watching {
    struct scene *scene;
    struct session *session;
    pthread_t thread;
    int looks;
};

static void *watch_thread(void *argument)
{
    struct watching *watching = argument;

    for (int idle = 0; idle < 3;) {
        const char *checked =
            as_match(watching->session, "SELECT checked FROM life_tick('orders')");
        idle = atoi(checked) > 0 ? 0 : idle + 1;
        watching->looks += idle == 0 ? 1 : 0;
    }
    return NULL;
}

/* Three watches at once over ten orders that have come to half time. */
static void many_watches_do_everything_once(void **state)
{
    struct scene *scene = fresh(state);
    struct watching watching[WATCHES];
    const char *orders[10];
    int looks = 0;

    for (int i = 0; i < 10; i++) {
        orders[i] = order(scene, TEAM, "");
        scene_store(scene, orders[i], 1 + 5 * i, 5 + 5 * i);
    }
    at(scene, "08:01");
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '" DAY " 12:00 Europe/Copenhagen'");
    for (int i = 0; i < WATCHES; i++) {
        watching[i] = (struct watching){.scene = scene};
        assert_int_equal(
            session_open(scene->conninfo, "emnebank_match", &watching[i].session, NULL), 0);
        assert_int_equal(pthread_create(&watching[i].thread, NULL, watch_thread, &watching[i]), 0);
    }
    for (int i = 0; i < WATCHES; i++) {
        assert_int_equal(pthread_join(watching[i].thread, NULL), 0);
        session_close(&watching[i].session);
        looks += watching[i].looks;
    }
    print_message("%d looks by %d watches\n", looks, WATCHES);
    assert_true(looks >= 10);
    for (int i = 0; i < 10; i++)
        assert_string_equal(events(scene, orders[i]),
                            "rung:all/first rung:relaxed/silence rung:notice/too_few warning:half");
}

/* One order that cannot be looked at holds up no other. */
static void a_failing_look_stands_in_nobodys_way(void **state)
{
    struct scene *scene = fresh(state);
    const char *broken = order(scene, TEAM, "");
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, broken, 1, 20);
    scene_store(scene, wanted, 21, 40);
    at(scene, "08:01");
    scene_root(scene,
               "ALTER TABLE emnebank.order_event ADD CONSTRAINT broken CHECK"
               " (order_id <> '%s' OR kind <> 'warning')",
               broken);
    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '" DAY " 12:00 Europe/Copenhagen'");
    for (int i = 0; i < 20; i++)
        as_match(scene->match, "SELECT checked FROM life_tick('orders')");
    assert_string_equal(events(scene, broken), "rung:all/first");
    assert_at(scene, broken, "check_at", "23 12:01");
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 1);
    scene_root(scene, "ALTER TABLE emnebank.order_event DROP CONSTRAINT broken");
    at(scene, "12:01");
    assert_int_equal(told(scene, broken, TEAM, "order.warning"), 1);
}

/* ---- over the API ---- */

/* `seconds`: how long the feed is asked again at its end. What others of the cluster have open
 * holds it back. */
static bool in_feed(struct server *server, enum actor actor, const char *kind, const char *wanted,
                    int seconds)
{
    const int64_t until = clock_monotonic() + seconds * CLOCK_SECOND;
    char target[512] = "/v1/changes?limit=200";

    for (;;) {
        struct answer page = server_ask(server, actor, "GET", target, "", NULL);
        const json_t *items = json_object_get(page.json, "items");
        size_t i;
        json_t *item;
        assert_answer(&page, 200, NULL);
        json_array_foreach(items, i, item)
        {
            if (str_equal(json_string_value(json_object_get(item, "kind")), kind) &&
                str_equal(json_string_value(json_object_get(item, "order_id")), wanted))
                return true;
        }
        if (json_array_size(items) > 0)
            snprintf(target, sizeof target, "/v1/changes?limit=200&cursor=%s",
                     answer_text(&page, "next"));
        else if (clock_monotonic() >= until)
            return false;
    }
}

/* Read by the API on the moment itself: the notice is in both feeds, and the order is not overdue;
 * one that was broken is. */
static void the_feed_has_the_notice_before_due(void **state)
{
    struct scene *scene = fresh(state);
    struct server *server = server_start(scene);
    const char *wanted = order(scene, AARHUS, "");
    const char *broken = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 3);
    look(scene);
    assert_false(in_feed(server, TEAM, "order.short", wanted, 0));
    at(scene, "08:01");
    assert_true(in_feed(server, TEAM, "order.short", wanted, 30));
    assert_true(in_feed(server, AARHUS, "order.short", wanted, 30));
    assert_false(in_feed(server, HORSENS, "order.short", wanted, 0));

    scene_root(scene, "UPDATE emnebank.clock_hands SET at = '" DAY " 16:01 Europe/Copenhagen'");
    struct answer late =
        server_ask(server, HORSENS, "GET", "/v1/job-orders?overdue=true", "", NULL);
    assert_answer(&late, 200, NULL);
    const json_t *items = json_object_get(late.json, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "id")), broken);

    struct answer page = server_ask(
        server, HORSENS, "GET",
        arena_printf(scene->arena, "/v1/job-orders/%s/events?limit=50", wanted), "", NULL);
    assert_answer(&page, 200, NULL);
    assert_non_null(strstr(page.body, "\"kind\": \"notice\""));
    page = server_ask(server, EMPLOYER, "GET",
                      arena_printf(scene->arena, "/v1/job-orders/%s/events", wanted), "", NULL);
    assert_answer(&page, 403, "forbidden");
    page = server_ask(server, HORSENS, "GET", "/v1/job-orders?overdue=nej", "", NULL);
    assert_answer(&page, 400, "query-invalid");
    server_stop(&server);
}

/* Nobody ever answers: those who were put forward fall away at their deadlines, the reserve comes
 * in, and when it is used up the team is told, well before the order is due. */
static void silence_ends_in_a_notice_before_due(void **state)
{
    struct scene *scene = fresh(state);
    const char *wanted = order(scene, TEAM, "");

    scene_store(scene, wanted, 1, 19);
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

    at(scene, "14:00"); /* three quarters; half of what was left at 12. Three are left */
    assert_entries(scene, wanted, "no_answer", 16);
    assert_entries(scene, wanted, "proposed", 3);
    assert_int_equal(told(scene, wanted, TEAM, "order.warning"), 2);
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 0); /* the gap is being worked out */
    at(scene, "14:01");
    assert_int_equal(told(scene, wanted, TEAM, "order.short"), 1);

    at(scene, "16:00");
    at(scene, "16:30");
    assert_string_equal(
        events(scene, wanted),
        "rung:all/first rung:relaxed/silence put_forward:8/next warning:half put_forward:3/next"
        " rung:notice/too_few warning:three_quarters notice:short/too_few answered:notice");
}

static int open_stage(void **state)
{
    struct scene *scene = scene_open("ladder");

    configure(scene);
    /* A neighbour of Aarhus, as Horsens is not; candidates 41 to 50. */
    scene_root(scene, "INSERT INTO emnebank.organisation (id, kind, name, municipality_code, cvr)"
                      " VALUES ('" SKANDERBORG_ID "', 'municipality', 'Skanderborg', '0746',"
                      " '29189633')");
    scene_root(scene,
               "INSERT INTO emnebank.candidate (id, organisation_id, external_ref, changed_version,"
               " postcode, max_travel_km, available_from, kinds, content_mac)"
               " SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,"
               " '" SKANDERBORG_ID "', 'SK-' || n, 0, '8660', 50, '2026-01-01', '{permanent}',"
               " '\\x00' FROM generate_series(41, 50) AS g (n)");
    *state = scene;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_sets_the_marks_in_office_hours),
        cmocka_unit_test(sql_counts_working_time_as_the_calendar_does),
        cmocka_unit_test(enough_vouched_for_is_not_warned_of),
        cmocka_unit_test(less_than_an_hour_is_said_at_once),
        cmocka_unit_test(own_then_neighbours_then_all),
        cmocka_unit_test(the_first_rung_is_a_setting),
        cmocka_unit_test(silence_climbs_at_half_time),
        cmocka_unit_test(one_answer_is_no_silence),
        cmocka_unit_test(a_decline_brings_the_next_in_rank),
        cmocka_unit_test(a_list_that_is_used_up_is_made_longer),
        cmocka_unit_test(a_list_that_cannot_be_longer_ends_in_a_notice),
        cmocka_unit_test(a_longer_list_that_never_comes_is_not_waited_for),
        cmocka_unit_test(a_late_answer_counts),
        cmocka_unit_test(too_few_are_noticed_at_once_with_the_gap),
        cmocka_unit_test(a_gap_of_another_version_is_not_told),
        cmocka_unit_test(an_order_that_is_not_ranked_is_noticed_before_due),
        cmocka_unit_test(a_day_without_a_watch_is_a_breach),
        cmocka_unit_test(a_changed_order_is_noticed_anew),
        cmocka_unit_test(a_paused_order_stands_still),
        cmocka_unit_test(an_order_that_nobody_is_on_the_way_for_expires),
        cmocka_unit_test(a_crash_in_a_look_changes_nothing),
        cmocka_unit_test(many_watches_do_everything_once),
        cmocka_unit_test(a_failing_look_stands_in_nobodys_way),
        cmocka_unit_test(the_feed_has_the_notice_before_due),
        cmocka_unit_test(silence_ends_in_a_notice_before_due),
    };
    return cmocka_run_group_tests(tests, open_stage, scene_teardown);
}
