/* The watch itself, on its loop: it writes down the office hours, looks when it is started and when
 * it is woken, goes on after trouble, and may be destroyed in the middle of a look. */
#include "tests/services/shortlists/scene.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "services/orders/orders.h"
#include "services/orders/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY "2026-11-23"
#define PATIENCE (60 * CLOCK_SECOND)
#define LOOK_EVERY (5 * CLOCK_MILLISECOND)

struct stage {
    struct scene *scene;
    struct conf *conf;
    struct loop *loop;
    struct pg_pool *pg;
    struct watch *watch;
    struct loop_timer *timer;
    const char *wanted; /* SQL that gives 't' when what is waited for is there; or */
    const char *metric; /* one that is … */
    int64_t least;      /* … so much then */
    int64_t until;
    bool found;
};

static int64_t counted(const char *name)
{
    for (size_t i = 0; i < orders_metrics_count; i++)
        if (str_equal(orders_metrics[i]->name, name))
            return atomic_load(&orders_metrics[i]->value);
    fail_msg("no metric %s", name);
    return 0;
}

static void peek(void *argument)
{
    struct stage *stage = argument;

    stage->found = stage->metric ? counted(stage->metric) >= stage->least
                                 : str_equal(scene_root(stage->scene, "%s", stage->wanted), "t");
    if (stage->found || clock_monotonic() > stage->until)
        event_base_loopbreak(loop_base(stage->loop));
    else
        loop_timer_arm(stage->timer, LOOK_EVERY);
}

static void run(struct stage *stage)
{
    stage->until = clock_monotonic() + PATIENCE;
    loop_timer_arm(stage->timer, 0);
    event_base_dispatch(loop_base(stage->loop));
    if (!stage->found)
        fail_msg("never came: %s", stage->metric ? stage->metric : stage->wanted);
}

/* Runs the loop until the database says so. */
static void until(struct stage *stage, const char *wanted)
{
    stage->wanted = wanted;
    stage->metric = NULL;
    run(stage);
}

static void until_counted(struct stage *stage, const char *metric, int64_t least)
{
    stage->metric = metric;
    stage->least = least;
    run(stage);
}

static int set_up(void **state)
{
    static const char lines[] = "[orders]\noffice_opens = 7h\nwatch_interval = 1h\n";
    static const struct conf_table *const tables[] = {&orders_conf};
    static struct stage stage;
    struct buffer faults;
    struct pg_options options = {.user = "emnebank_match"};

    buffer_init(&faults, 4096);
    stage.scene = scene_open("watch");
    options.conninfo = stage.scene->conninfo;
    assert_int_equal(conf_parse("test", lines, strlen(lines), tables, 1, &stage.conf, &faults), 0);
    buffer_deinit(&faults);
    stage.loop = loop_create();
    stage.timer = loop_timer_create(stage.loop, peek, &stage);
    stage.pg = pg_pool_create(stage.loop, &options);
    stage.watch = watch_create(stage.loop, stage.pg, stage.conf);
    *state = &stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;

    watch_destroy(&stage->watch);
    pg_pool_destroy(&stage->pg);
    loop_timer_destroy(&stage->timer);
    loop_destroy(&stage->loop);
    conf_destroy(&stage->conf);
    scene_close(&stage->scene);
    return 0;
}

static void turn(struct stage *stage, const char *time)
{
    scene_root(stage->scene,
               "INSERT INTO emnebank.clock_hands (at) VALUES ('" DAY " %s Europe/Copenhagen')"
               " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
               time);
}

/* An order that was open before anybody watched: its marks are those of the office hours. */
static void it_starts_every_clock(void **state)
{
    struct stage *stage = *state;

    turn(stage, "08:00");
    scene_get(stage->scene, TEAM,
              "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR
              "\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": \"Struktører\", \"posts\": 2,"
              " \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
              " \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"]}',"
              " '" DAY " 08:00 Europe/Copenhagen', '2026-11-24 12:00 Europe/Copenhagen')");
    watch_start(stage->watch);
    until(stage, "SELECT EXISTS (SELECT FROM emnebank.job_order WHERE marks = 1)");
    /* Eight hours on Monday, five on Tuesday from 7 on. */
    assert_string_equal(scene_root(stage->scene,
                                   "SELECT to_char(warn_half_at AT TIME ZONE 'Europe/Copenhagen',"
                                   " 'DD HH24:MI') FROM emnebank.job_order"),
                        "23 14:30");
    assert_string_equal(scene_root(stage->scene, "SELECT count(*) > 900 FROM emnebank.office_hours"
                                                 " WHERE opens_at AT TIME ZONE 'Europe/Copenhagen'"
                                                 " = day + time '07:00'"),
                        "t");
}

static void it_looks_when_it_is_woken_and_counts(void **state)
{
    struct stage *stage = *state;

    turn(stage, "14:30");
    watch_wake(stage->watch);
    watch_wake(stage->watch);
    until(stage, "SELECT EXISTS (SELECT FROM emnebank.order_event WHERE code = 'half')");
    turn(stage, "23:00");
    scene_root(stage->scene, "UPDATE emnebank.clock_hands SET at = '2026-11-24 13:00'");
    watch_wake(stage->watch);
    until(stage, "SELECT due_outcome = 'breach' FROM emnebank.job_order");
    until_counted(stage, "emnebank_orders_breaches_total", 1);
    until_counted(stage, "emnebank_orders_notices_total", 1);
    until_counted(stage, "emnebank_orders_climbs_total", 1);
    until_counted(stage, "emnebank_orders_open", 1);
}

/* Five years after, nobody can be held to a reason; the watch sees to it, not the next exception.
 */
static void it_forgets_reasons(void **state)
{
    struct stage *stage = *state;

    scene_root(stage->scene,
               "INSERT INTO emnebank.order_exemption (order_id, at, rule, title, reason,"
               " legal_basis, person, organisation_id)"
               " SELECT o.id, emnebank.app_now() - years * interval '1 year' - interval '1 hour',"
               " 'age', o.title, 'r' || years, 'other_act', 'Test (fiktiv)', o.organisation_id"
               " FROM emnebank.job_order o, (VALUES (4), (5)) AS y (years)");
    struct watch *second = watch_create(stage->loop, stage->pg, stage->conf);
    watch_start(second);
    until(stage, "SELECT count(*) = 1 FROM emnebank.order_exemption WHERE reason IS NULL"
                 " AND salt IS NULL");
    assert_string_equal(scene_root(stage->scene, "SELECT reason FROM emnebank.order_exemption"
                                                 " WHERE reason IS NOT NULL"),
                        "r4");
    watch_destroy(&second);
}

/* Free words of the panel and of contacts have their time too; what is younger stays. */
static void it_forgets_what_was_said_in_free_words(void **state)
{
    struct stage *stage = *state;

    scene_root(stage->scene,
               "INSERT INTO emnebank.panel_answer (employer_id, said_on, needs, note, recorded_by)"
               " SELECT o.employer_id, said_on, '[]', 'Ring til Bo (fiktiv)', t.id"
               " FROM emnebank.job_order o, emnebank.organisation t,"
               " (VALUES (date '2025-08-01'), ('2026-11-01')) AS d (said_on)"
               " WHERE t.kind = 'team'");
    scene_root(stage->scene,
               "WITH l AS (INSERT INTO emnebank.lead (data) VALUES ('{\"winner\": {\"name\":"
               " \"Beton A/S (fiktiv)\"}}') RETURNING id)"
               " INSERT INTO emnebank.lead_contact (lead_id, organisation_id, channel, role,"
               " outcome, held_on, guide_version, answers, created_at)"
               " SELECT l.id, t.id, 'phone', 'foreman', 'reached', '2025-01-01', 1,"
               " '{\"note\": \"Ring til Bo (fiktiv)\", \"agreement\": \"ja\"}', d.at"
               " FROM l, emnebank.organisation t, (VALUES (now() - interval '366 days'),"
               " (now() - interval '364 days')) AS d (at) WHERE t.kind = 'team'");
    scene_root(stage->scene, "UPDATE emnebank.clock_hands SET at = '2026-11-25 13:00'");
    watch_wake(stage->watch);
    until(stage, "SELECT count(note) = 1 FROM emnebank.panel_answer");
    until(stage, "SELECT count(*) = 1 FROM emnebank.lead_contact WHERE answers ? 'note'");
    assert_string_equal(
        scene_root(stage->scene, "SELECT said_on FROM emnebank.panel_answer WHERE note <> ''"),
        "2026-11-01");
    assert_string_equal(scene_root(stage->scene, "SELECT created_at > now() - interval '1 year'"
                                                 " FROM emnebank.lead_contact"
                                                 " WHERE answers ? 'note'"),
                        "t");
    assert_string_equal(scene_root(stage->scene, "SELECT count(*) FROM emnebank.lead_contact"
                                                 " WHERE answers ? 'agreement'"),
                        "2");
}

/* What other rooms' clocks come to is called in turn, and trouble there holds nobody up. */
static void another_rooms_trouble_stays_there(void **state)
{
    struct stage *stage = *state;

    scene_root(stage->scene,
               "CREATE OR REPLACE FUNCTION emnebank.auto_release_tick() RETURNS int LANGUAGE"
               " plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$");
    scene_root(stage->scene, "CREATE TABLE emnebank.fresh_called (at timestamptz)");
    scene_root(stage->scene, "GRANT ALL ON emnebank.fresh_called TO emnebank_owner");
    scene_root(stage->scene,
               "CREATE OR REPLACE FUNCTION emnebank.fresh_tick() RETURNS int LANGUAGE sql"
               " AS $$ INSERT INTO emnebank.fresh_called VALUES (now()); SELECT 0 $$");
    int64_t failures = counted("emnebank_orders_look_failures_total");
    watch_wake(stage->watch);
    until(stage, "SELECT EXISTS (SELECT FROM emnebank.fresh_called)");
    until_counted(stage, "emnebank_orders_look_failures_total", failures + 1);
}

/* The answer that is still on its way is let go. */
static void it_may_be_destroyed_in_a_look(void **state)
{
    struct stage *stage = *state;
    struct watch *second = watch_create(stage->loop, stage->pg, stage->conf);

    watch_start(second);
    event_base_loop(loop_base(stage->loop), EVLOOP_ONCE); /* the timer has run: it is asking */
    watch_destroy(&second);
    assert_null(second);
    watch_destroy(&second);
    scene_root(stage->scene, "DELETE FROM emnebank.fresh_called");
    watch_wake(stage->watch);
    until(stage, "SELECT EXISTS (SELECT FROM emnebank.fresh_called)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_every_clock),
        cmocka_unit_test(it_looks_when_it_is_woken_and_counts),
        cmocka_unit_test(it_forgets_reasons),
        cmocka_unit_test(it_forgets_what_was_said_in_free_words),
        cmocka_unit_test(another_rooms_trouble_stays_there),
        cmocka_unit_test(it_may_be_destroyed_in_a_look),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
