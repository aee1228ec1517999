/* Days of the outbox: made, kept while anything of them is open, and dropped; what outlives them
 * (0029). Days are moved by telling outbox_days what day it is. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CV_KINDS "{cv.released,cv.recalled}"

/* What outbox_days does, so many days from now: made, dropped, kept. */
static const char *days(struct scene *scene, int from_now)
{
    return scene_sql(scene,
                     "SELECT concat_ws(' ', made, dropped, kept) FROM"
                     " outbox_days((now() AT TIME ZONE 'UTC')::date + %d, 2, 30, 13)",
                     from_now);
}

static const char *partitions(struct scene *scene, const char *parent)
{
    return scene_sql(scene, "SELECT count(*) FROM pg_inherits WHERE inhparent = '%s'::regclass",
                     parent);
}

/* The delivery is claimed and ends so; class and status of its attempt. */
static void ends(struct scene *scene, const char *delivery, const char *outcome, const char *class,
                 int status)
{
    ASSERT_SQL(scene, "1",
               "SELECT count(*) FROM delivery_claim(10, 8, 10, '60 s') WHERE delivery_id = '%s' AND"
               " verdict = 'send'",
               delivery);
    ASSERT_SQL(
        scene, "t",
        "SELECT delivery_finish(id, lease_token, '%s', 'x', 0, 0, '%s', %d, 10, NULL, '%064d')"
        " FROM delivery WHERE id = '%s'",
        outcome, class, status, 7, delivery);
}

static void test_days_are_made_ahead(void **state)
{
    struct scene *scene = *state;
    static const char *const parents[] = {"outbox", "delivery", "delivery_attempt", "change"};
    assert_string_equal(days(scene, 0), "0 0 0"); /* the migration made them */
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(partitions(scene, parents[i]), partitions(scene, "outbox"));
    const char *before = partitions(scene, "outbox");
    assert_string_equal(days(scene, 3), "3 0 0");
    ASSERT_SQL(scene, "3",
               "SELECT count(*) - %s FROM pg_inherits WHERE inhparent = 'outbox'::regclass",
               before);
    /* An event goes to its day, and all that belongs to it. */
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    ends(scene, scene_put(scene, "order.changed", SCENE_EMPLOYER), "delivered", "answered", 204);
    ASSERT_SQL(
        scene, "t t t t",
        "SELECT concat_ws(' ', (SELECT x.tableoid::regclass::text FROM outbox x) = 'outbox_' || "
        "day,"
        " (SELECT x.tableoid::regclass::text FROM delivery x) = 'delivery_' || day,"
        " (SELECT x.tableoid::regclass::text FROM delivery_attempt x) = 'delivery_attempt_' || day,"
        " (SELECT x.tableoid::regclass::text FROM change x) = 'change_' || day)"
        " FROM to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD') AS day");
}

/* Nobody but the owner reaches a day by itself. */
static void test_days_are_closed(void **state)
{
    struct scene *scene = *state;
    days(scene, 5);
    ASSERT_SQL(
        scene, "",
        "SELECT string_agg(c.relname, ',') FROM pg_class c JOIN pg_inherits i ON i.inhrelid ="
        " c.oid WHERE c.relkind = 'r' AND i.inhparent IN ('outbox'::regclass, 'delivery'::regclass,"
        " 'delivery_attempt'::regclass, 'change'::regclass, 'delivery_past'::regclass)"
        " AND (has_table_privilege('emnebank_front', c.oid, 'SELECT') OR NOT c.relrowsecurity OR"
        " NOT c.relforcerowsecurity)");
}

/* Whatever is open keeps its whole day, however old. */
static void test_nothing_open_is_dropped(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const char *done = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    ends(scene, done, "delivered", "answered", 204);
    const char *waiting = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    ASSERT_SQL(scene, "0 1",
               "SELECT concat_ws(' ', dropped, kept) FROM outbox_days((now() AT TIME ZONE"
               " 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery_past");
    /* Under way. */
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM delivery_claim(10, 8, 10, '60 s')");
    ASSERT_SQL(scene, "0 1",
               "SELECT concat_ws(' ', dropped, kept) FROM outbox_days((now() AT TIME ZONE"
               " 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(
        scene, "t",
        "SELECT delivery_finish(id, lease_token, 'dead', 'exhausted', 0, 0, 'timeout', 0, 10,"
        " NULL, 'x') FROM delivery WHERE id = '%s'",
        waiting);
    ASSERT_SQL(scene, "1 0",
               "SELECT concat_ws(' ', dropped, kept) FROM outbox_days((now() AT TIME ZONE"
               " 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(
        scene, "0 0 0 0",
        "SELECT concat_ws(' ', (SELECT count(*) FROM outbox), (SELECT count(*) FROM delivery),"
        " (SELECT count(*) FROM delivery_attempt), (SELECT count(*) FROM change))");
    ASSERT_SQL(scene, "dead,delivered",
               "SELECT string_agg(state, ',' ORDER BY state) FROM delivery_past");
}

/* Not younger than it is to be kept. */
static void test_kept_as_long_as_promised(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    ends(scene, scene_put(scene, "order.changed", SCENE_EMPLOYER), "delivered", "answered", 204);
    ASSERT_SQL(scene, "0",
               "SELECT dropped FROM outbox_days((now() AT TIME ZONE 'UTC')::date + 30, 2, 30, 13)");
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM delivery");
    ASSERT_SQL(scene, "1",
               "SELECT dropped FROM outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery");
}

/* What waits for an endpoint that has been disabled since then ends with a reason. */
static void test_a_disabled_endpoint_holds_no_day(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled', changed_at = now()");
    ASSERT_SQL(scene, "1",
               "SELECT dropped FROM outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(scene, "dead endpoint_disabled",
               "SELECT concat_ws(' ', state, reason) FROM delivery_past");
}

/* delivery_past has what GET /v1/deliveries/{id} showed; release_reached who has, or may have, a
 * CV. */
static void test_what_is_remembered(void **state)
{
    struct scene *scene = *state;
    const char *sure = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *releases[3];
    const char *deliveries[3];
    for (int i = 0; i < 3; i++) {
        releases[i] = scene_release(scene);
        deliveries[i] = scene_send(scene, releases[i]);
        ends(scene, deliveries[i], i == 0 ? "delivered" : "dead",
             i == 0   ? "answered"
             : i == 1 ? "timeout"
                      : "connect",
             i == 0 ? 204 : 0);
    }
    const char *shown =
        scene_sql(scene,
                  "SELECT delivery_document(d) || jsonb_build_object('attempt_log', (SELECT"
                  " jsonb_agg(attempt_document(a) ORDER BY a.number) FROM delivery_attempt a WHERE"
                  " a.delivery_id = d.id)) FROM delivery d WHERE d.id = '%s'",
                  deliveries[1]);
    ASSERT_SQL(scene, "1",
               "SELECT dropped FROM outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(
        scene, shown,
        "SELECT delivery_past_document(d) || jsonb_build_object('attempt_log', d.attempt_log)"
        " FROM delivery_past d WHERE d.id = '%s'",
        deliveries[1]);
    ASSERT_SQL(scene, "webhook t",
               "SELECT concat_ws(' ', how, certain) FROM release_reached WHERE"
               " release_id = '%s' AND place = '%s'",
               releases[0], sure);
    ASSERT_SQL(scene, "webhook f",
               "SELECT concat_ws(' ', how, certain) FROM release_reached WHERE release_id = '%s'",
               releases[1]);
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM release_reached WHERE release_id = '%s'",
               releases[2]);
    ASSERT_SQL(
        scene, "0",
        "SELECT count(*) FROM delivery_past d WHERE d::text LIKE '%%Prøve nr%%' OR d::text LIKE"
        " '%%example.dk%%' OR d::text LIKE '%%00 00 00%%'");
}

/* Whoever was told where a CV is, and no more, has none: not after its day has gone, either. */
static void test_an_announcement_is_no_cv(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    scene_sql(scene, "UPDATE endpoint SET mode = 'thin'");
    ends(scene, scene_send(scene, scene_release(scene)), "delivered", "answered", 204);
    days(scene, 31);
    ASSERT_SQL(scene, "delivered", "SELECT state FROM delivery_past");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM release_reached");
}

/* What stands in the feed a second time is kept from then on as long as anything is; who has not
 * read it by then is told. */
static void test_what_was_put_back_holds_its_day(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    ends(scene, scene_put(scene, "order.changed", SCENE_EMPLOYER), "delivered", "answered", 204);
    scene_sql(scene, "UPDATE change SET again = true, created_at = now() + interval '9 days'");
    days(scene, 31);
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM outbox");
    const char *last =
        scene_sql(scene, "SELECT concat_ws(' ', c.xid, c.id) FROM change c WHERE c.again");
    scene_sql(scene, "UPDATE change SET created_at = now() - interval '1 day'");
    days(scene, 31);
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM outbox");
    ASSERT_SQL(scene, last, "SELECT concat_ws(' ', f.xid, f.id) FROM change_floor f");
}

/* The yes is taken back long after its day has gone: who has the CV, or may have it, hears of it.
 */
static void test_recall_after_the_day(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *has = scene_release(scene);
    const char *may_have = scene_release(scene);
    const char *never = scene_release(scene);
    ends(scene, scene_send(scene, has), "delivered", "answered", 204);
    ends(scene, scene_send(scene, may_have), "dead", "timeout", 0);
    ends(scene, scene_send(scene, never), "dead", "dns", 0);
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date, 2, 30, 13)");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM outbox");
    ASSERT_SQL(scene, "t t", "SELECT concat_ws(' ', release_left('%s'), NOT release_left('%s'))",
               has, never);
    ASSERT_SQL(scene, "t", "SELECT release_revoke('%s', 'consent_withdrawn')", has);
    ASSERT_SQL(scene, "t", "SELECT release_revoke('%s', 'consent_withdrawn')", may_have);
    ASSERT_SQL(scene, "f", "SELECT release_revoke('%s', 'consent_withdrawn')", never);
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery WHERE kind = 'cv.recalled'");
    scene_start(scene);
    scene_until(scene, "SELECT count(*) = 2 FROM delivery WHERE kind = 'cv.recalled' AND state ="
                       " 'delivered'");
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(receiver_request(scene->receiver, i)->body, "cv.recalled"));
}

/* A CV and its recall are events once, also when the first one's day is gone. */
static void test_a_cv_is_told_once_for_good(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    ends(scene, scene_send(scene, release), "delivered", "answered", 204);
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(
        scene, "1",
        "SELECT count(*) FROM release_event WHERE release_id = '%s' AND kind = 'cv.released'",
        release);
    ASSERT_SQL(scene, "refused", "SELECT scene_refused($$SELECT scene_send('%s')$$)", release);
}

/* Rows of before there were days, with ids that are chance, leave the default partitions. */
static void test_legacy_rows_leave(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int n = 0; n < 3; n++) {
        /* 40 days old and delivered, 40 days old and waiting, 1 day old and delivered. */
        scene_sql(scene,
                  "WITH event AS (INSERT INTO outbox (id, kind, organisation_id, created_at) VALUES"
                  " (gen_random_uuid(), 'order.changed', '" SCENE_EMPLOYER "', now() - interval '%d"
                  " days') RETURNING *), made AS (INSERT INTO delivery (id, outbox_id, endpoint_id,"
                  " organisation_id, kind, version, fresh, state, attempts, created_at) SELECT"
                  " gen_random_uuid(), id, '%s', organisation_id, kind, version, false, '%s', 1,"
                  " created_at FROM event RETURNING *), tried AS (INSERT INTO delivery_attempt"
                  " (delivery_id, number, organisation_id) SELECT id, 1, organisation_id FROM made)"
                  " INSERT INTO change (organisation_id, outbox_id, kind, created_at) SELECT"
                  " organisation_id, id, kind, created_at FROM event",
                  n == 2 ? 1 : 40, endpoint, n == 1 ? "waiting" : "delivered");
    }
    ASSERT_SQL(scene, "3", "SELECT count(*) FROM delivery_default");
    days(scene, 0);
    ASSERT_SQL(
        scene, "3 3 3 3",
        "SELECT concat_ws(' ', (SELECT count(*) FROM outbox_default), (SELECT count(*) FROM"
        " delivery_default), (SELECT count(*) FROM delivery_attempt_default), (SELECT count(*)"
        " FROM change_default))");
    scene_sql(scene, "UPDATE delivery SET state = 'dead' WHERE state = 'waiting'");
    days(scene, 0);
    ASSERT_SQL(
        scene, "1 1 1 1",
        "SELECT concat_ws(' ', (SELECT count(*) FROM outbox_default), (SELECT count(*) FROM"
        " delivery_default), (SELECT count(*) FROM delivery_attempt_default), (SELECT count(*)"
        " FROM change_default))");
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery_past_default");
}

/* A recall that waits for a disabled endpoint has a trigger that speaks at the commit: its day goes
 * all the same. */
static void test_a_recall_that_waits_holds_no_day(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    ends(scene, scene_send(scene, release), "delivered", "answered", 204);
    ASSERT_SQL(scene, "t", "SELECT release_revoke('%s', 'consent_withdrawn')", release);
    scene_sql(scene, "UPDATE endpoint SET state = 'disabled', changed_at = now()");
    ASSERT_SQL(scene, "1",
               "SELECT dropped FROM outbox_days((now() AT TIME ZONE 'UTC')::date + 31, 2, 30, 13)");
    ASSERT_SQL(scene, "dead endpoint_disabled",
               "SELECT concat_ws(' ', state, reason) FROM delivery_past WHERE kind ="
               " 'cv.recalled'");
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM recall_failed");
}

/* Of many ids that are chance some are of a day or a month to come: it lives in the default
 * partition, and the others are made. */
static void test_ids_of_chance_stop_no_day(void **state)
{
    struct scene *scene = *state;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene,
              "WITH event AS (INSERT INTO outbox (id, kind, organisation_id) VALUES"
              " (gen_random_uuid(), 'order.changed', '" SCENE_EMPLOYER "') RETURNING *)"
              " INSERT INTO delivery (id, outbox_id, endpoint_id, organisation_id, kind, version,"
              " fresh, state) SELECT event_id(((now() AT TIME ZONE 'UTC')::date + 4)::timestamp AT"
              " TIME ZONE 'UTC' + interval '1 hour'), id, '%s', organisation_id, kind, version,"
              " false, 'delivered' FROM event",
              endpoint);
    scene_sql(scene,
              "INSERT INTO delivery_past SELECT event_id(now() + make_interval(months => n)), id,"
              " id, organisation_id, 'order.changed', NULL, NULL, NULL, NULL, 'delivered', NULL, 1,"
              " now(), now(), '[]' FROM endpoint, unnest(ARRAY[4, 5]) AS n");
    assert_string_equal(days(scene, 3), "2 0 0"); /* of the days 3, 4 and 5 */
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC' + interval '4 months')::date)");
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery_past_default");
    /* Nor does what stands there stay for ever. */
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC' + interval '14 months')::date)");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery_past");
}

/* A CV that the feed has put off, or put back, keeps the event in the default partitions, too. */
static void test_legacy_waits_for_what_is_put_off(void **state)
{
    struct scene *scene = *state;
    const char *event = scene_sql(
        scene, "INSERT INTO outbox (id, kind, organisation_id, created_at) VALUES"
               " (gen_random_uuid(), 'order.changed', '" SCENE_EMPLOYER "', now() - interval '40"
               " days') RETURNING id");
    scene_sql(scene,
              "INSERT INTO event_put_off (outbox_id, organisation_id, since) VALUES ('%s',"
              " '" SCENE_EMPLOYER "', now() - interval '20 days')",
              event);
    days(scene, 0);
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM outbox");
    scene_sql(scene, "DELETE FROM event_put_off");
    scene_sql(scene,
              "INSERT INTO change (organisation_id, outbox_id, kind, created_at, again) VALUES"
              " ('" SCENE_EMPLOYER "', '%s', 'order.changed', now() - interval '31 days', true)",
              event);
    days(scene, 0);
    ASSERT_SQL(scene, "0 0",
               "SELECT concat_ws(' ', (SELECT count(*) FROM outbox), (SELECT count(*) FROM"
               " change))");
}

/* Marks, feeds and cursors that a dump brought from a cluster with higher transaction numbers: the
 * sweep begins anew in this one's; nothing is left behind, and an old cursor is told. */
static void test_a_dump_begins_anew(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    ends(scene, scene_put(scene, "order.changed", SCENE_EMPLOYER), "delivered", "answered", 204);
    const char *came = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_sql(scene, "UPDATE change SET xid = '900000000000'");
    scene_sql(scene, "UPDATE delivery SET xid = '900000000000'");
    scene_sql(scene, "UPDATE endpoint_mark SET fresh_from = '900000000000', moved_at = now()");
    scene_sql(scene, "SELECT set_config('app.tenant', '" SCENE_EMPLOYER "', false)");
    const char *made = scene_put(scene, "order.changed", SCENE_EMPLOYER);
    /* What came with the dump is found by its own mark; what is made from now on is not. */
    ASSERT_SQL(scene, came, "SELECT delivery_id FROM delivery_claim(10, 8, 10, '60 s')");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery_claim(10, 8, 10, '60 s')");
    scene_sql(scene, "SELECT delivery_sweep()");
    ASSERT_SQL(scene, made, "SELECT delivery_id FROM delivery_claim(10, 8, 10, '60 s')");
    ASSERT_SQL(scene, "3",
               "SELECT count(*) FROM change c WHERE (c.xid, c.id) > ('0'::xid8, 0) AND c.xid <"
               " pg_snapshot_xmin(pg_current_snapshot())");
    scene_sql(scene,
              "CREATE FUNCTION public.scene_place(place text) RETURNS text LANGUAGE plpgsql"
              " SET search_path = emnebank AS $$ BEGIN RETURN feed_position(place); EXCEPTION"
              " WHEN SQLSTATE 'EB410' THEN RETURN 'expired'; END $$");
    ASSERT_SQL(scene, "expired", "SELECT public.scene_place('900000000000:1')");
    /* Also once this cluster's own numbers have come as far. */
    ASSERT_SQL(scene, "expired",
               "SELECT public.scene_place('5:' || (SELECT last_id FROM feed_restored))");
    ASSERT_SQL(scene, "1:2", "SELECT public.scene_place('1:2')");
    ASSERT_SQL(scene, "t",
               "SELECT public.scene_place('5:' || (SELECT last_id + 1 FROM feed_restored)) <>"
               " 'expired'");
    ASSERT_SQL(scene, "0:0", "SELECT public.scene_place('')");
}

/* What is under way is counted although the clock was turned back an hour, and what was lost then
 * is found in its time. */
static void test_a_clock_that_is_turned_back(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int i = 0; i < 4; i++)
        scene_put(scene, "order.changed", SCENE_EMPLOYER);
    scene_sql(scene, "UPDATE endpoint_mark SET moved_at = now() + interval '1 hour', leased_from ="
                     " now() + interval '1 hour'");
    scene_sql(scene, "SELECT delivery_sweep()");
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery_claim(10, 2, 10, '60 s')");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery_claim(10, 2, 10, '60 s')");
    /* As if these had been claimed by the clock of before. */
    scene_sql(scene, "UPDATE delivery_attempt SET started_at = started_at + interval '1 hour'");
    scene_sql(scene, "UPDATE delivery SET lease_until = lease_until + interval '1 hour' WHERE state"
                     " = 'leased'");
    scene_sql(scene, "SELECT delivery_sweep()");
    ASSERT_SQL(
        scene, "2",
        "SELECT count(*) FROM delivery WHERE state = 'leased' AND lease_until BETWEEN now() +"
        " interval '50 seconds' AND now() + interval '61 seconds'");
}

/* Begun before midnight, or long before it, and committed after: claimed all the same, by the
 * sweep's help when the day before yesterday is over. */
static void test_over_midnight(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int back = 1; back <= 2; back++) {
        scene_sql(scene,
                  "ALTER TABLE outbox ALTER id SET DEFAULT event_id(now() - interval '%d days')",
                  back);
        scene_sql(scene,
                  "ALTER TABLE delivery ALTER id SET DEFAULT event_id(now() - interval '%d days')",
                  back);
        const char *late = scene_put(scene, "order.changed", SCENE_EMPLOYER);
        /* Nobody made that day. */
        ASSERT_SQL(scene, "delivery_default",
                   "SELECT tableoid::regclass FROM delivery WHERE id = '%s'", late);
        if (back == 2)
            scene_sql(scene, "SELECT delivery_sweep()");
        ends(scene, late, "delivered", "answered", 204);
    }
    /* Made later, it would stand beside what is there: it is not, and nothing is lost. */
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date - 1, 0, 30, 13)");
    ASSERT_SQL(scene, "2", "SELECT count(*) FROM delivery_default");
}

/* Months of what became of deliveries go after thirteen. */
static void test_months_go(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    ends(scene, scene_put(scene, "order.changed", SCENE_EMPLOYER), "delivered", "answered", 204);
    days(scene, 31);
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM delivery_past");
    scene_sql(scene, "SELECT outbox_days((date_trunc('month', now() AT TIME ZONE 'UTC') + interval"
                     " '13 months')::date)");
    ASSERT_SQL(scene, "1", "SELECT count(*) FROM delivery_past");
    scene_sql(scene, "SELECT outbox_days((date_trunc('month', now() AT TIME ZONE 'UTC') + interval"
                     " '14 months')::date)");
    ASSERT_SQL(scene, "0", "SELECT count(*) FROM delivery_past");
}

/* A delivery that is made for an old event belongs to the event's day, and leaves with it. */
static void test_made_later_belongs_to_its_event(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene,
              "UPDATE endpoint SET state = 'disabled', created_at = now() - interval '2 days'");
    const char *event = scene_sql(scene, "SELECT outbox_put('order.changed', '" SCENE_EMPLOYER
                                         "', '" SCENE_ORDER "')");
    scene_sql(scene, "UPDATE endpoint SET state = 'active'");
    ASSERT_SQL(scene, "1",
               "SELECT cardinality(delivery_make(e, ARRAY(SELECT endpoint_missed_events(e, now() -"
               " interval '1 hour', NULL, 10)))) FROM endpoint e");
    ASSERT_SQL(scene, "t f",
               "SELECT concat_ws(' ', left(id::text, 13) = left('%s', 13), fresh) FROM delivery",
               event);
}

static int set_up(void **state)
{
    scene_set_up(state);
    scene_sql(*state,
              "CREATE FUNCTION public.scene_refused(words text) RETURNS text LANGUAGE plpgsql AS"
              " $$ BEGIN EXECUTE words; RETURN 'taken'; EXCEPTION WHEN unique_violation THEN"
              " RETURN 'refused'; END $$");
    return 0;
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_days_are_made_ahead),
        SCENE(test_days_are_closed),
        SCENE(test_nothing_open_is_dropped),
        SCENE(test_kept_as_long_as_promised),
        SCENE(test_a_disabled_endpoint_holds_no_day),
        SCENE(test_what_is_remembered),
        SCENE(test_an_announcement_is_no_cv),
        SCENE(test_what_was_put_back_holds_its_day),
        SCENE(test_recall_after_the_day),
        SCENE(test_a_cv_is_told_once_for_good),
        SCENE(test_legacy_rows_leave),
        SCENE(test_a_recall_that_waits_holds_no_day),
        SCENE(test_ids_of_chance_stop_no_day),
        SCENE(test_legacy_waits_for_what_is_put_off),
        SCENE(test_a_dump_begins_anew),
        SCENE(test_a_clock_that_is_turned_back),
        SCENE(test_over_midnight),
        SCENE(test_months_go),
        SCENE(test_made_later_belongs_to_its_event),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
