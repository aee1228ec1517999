/* Who has seen a candidate: all organisations' chains, once each, without staff. */
#include "tests/services/citizen/site.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *parsed(const struct api_answer *answer)
{
    struct json_fault fault;
    json_t *body = NULL;

    if (answer->status != 200)
        fail_msg("%s\n%s", answer->head, answer->body);
    assert_int_equal(json_read_own(answer->body, answer->length, &body, &fault), 0);
    return body;
}

static struct api_answer ask(struct site *site, enum actor actor, const char *who,
                             const char *query, const char *headers)
{
    return site_ask_as(
        site, actor,
        arena_printf(site->scene->arena, "GET /v1/candidates/%s/accesses%s", who, query), headers,
        NULL);
}

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* "kind action order's title" of each row, the oldest first. */
static const char *lines(struct site *site, const json_t *items)
{
    const char *text = "";

    for (size_t i = json_array_size(items); i-- > 0;) {
        const json_t *row = json_array_get(items, i);
        text = arena_printf(site->scene->arena, "%s%s %s %s\n", text,
                            member(json_object_get(row, "by"), "kind"), member(row, "action"),
                            member(json_object_get(row, "order"), "title"));
    }
    return text;
}

static void the_whole_way_is_told_without_staff(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 1, "confirmed");

    site_answer(site, site_link(site, AARHUS, entry), "yes");
    scene_get(site->scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    scene_get(site->scene, TEAM,
              "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')",
              entry, entry);
    scene_get(site->scene, TEAM,
              "SELECT (shortlist_read(order_id)).status FROM shortlist_entry"
              " WHERE id = '%s'",
              entry);
    const struct api_answer answer = ask(site, AARHUS, "0751/AA-01", "", NULL);
    json_t *body = parsed(&answer);
    assert_string_equal(lines(site, json_object_get(body, "items")),
                        "system candidate.listed Struktører\n"
                        "municipality entry.confirmed Struktører\n"
                        "municipality entry.asked Struktører\n"
                        "candidate entry.yes Struktører\n"
                        "team entry.approved Struktører\n"
                        "team entry.released Struktører\n"
                        "team candidate.listed Struktører\n");
    const json_t *sent = json_array_get(json_object_get(body, "sent"), 0);
    assert_string_equal(member(json_object_get(sent, "order"), "employer"), "Beton A/S (fiktiv)");
    assert_true(json_is_null(json_object_get(sent, "delivered_at")));
    assert_int_equal(json_array_size(json_object_get(body, "steps")), 6);
    assert_true(json_is_null(json_object_get(body, "next")));
    assert_null(strstr(answer.body, "Teamsen"));
    assert_null(strstr(answer.body, "Aagaard"));
    assert_null(strstr(answer.body, scene_key(TEAM)));
    json_decref(body);
    /* Reading it was written down too. */
    const struct api_answer again = ask(site, AARHUS, "0751/AA-01", "?limit=1", NULL);
    body = parsed(&again);
    assert_string_equal(lines(site, json_object_get(body, "items")),
                        "municipality candidate.accesses_read \n");
    assert_true(json_is_string(json_object_get(body, "next")));
    json_decref(body);
}

static void what_was_sent_and_called_back_is_told(void **state)
{
    struct site *site = *state;
    const char *entry;

    scene_root(site->scene,
               "INSERT INTO endpoint (organisation_id, state, url, kinds) VALUES ('" EMPLOYER_ID
               "', 'active', 'https://employer.test', '{cv.released,cv.recalled}')");
    entry = scene_entry_in(site->scene, 2, "released");
    scene_root(site->scene,
               "UPDATE delivery d SET state = 'delivered', finished_at = '2026-11-23T08:15:00Z'"
               " FROM outbox x WHERE x.id = d.outbox_id AND x.entry_id = '%s'",
               entry);
    scene_get(site->scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"withdraw\"}')", entry);
    const struct api_answer answer = ask(site, AARHUS, "0751/AA-02", "", NULL);
    json_t *body = parsed(&answer);
    const json_t *sent = json_array_get(json_object_get(body, "sent"), 0);
    assert_string_equal(member(sent, "delivered_at"), "2026-11-23T08:15:00.000Z");
    assert_true(*member(sent, "recalled_at") != '\0');
    assert_string_equal(member(sent, "legal_basis"), "public_task");
    assert_string_equal(json_string_value(json_array_get(json_object_get(sent, "data"), 0)),
                        "dit navn");
    assert_non_null(
        strstr(lines(site, json_object_get(body, "items")), "municipality cv.recalled"));
    assert_true(json_is_null(json_object_get(sent, "recall_received_at")));
    json_decref(body);
    /* What the employer's system then answers is told, too. */
    const struct api_answer page = ask(site, AARHUS, "0751/AA-02", "", "Accept: text/html\r\n");
    assert_non_null(strstr(page.body, "Ikke endnu"));
    scene_root(site->scene, "UPDATE delivery d SET state = 'delivered', finished_at ="
                            " '2026-11-24T09:30:00Z' WHERE d.kind = 'cv.recalled'");
    const struct api_answer later = ask(site, AARHUS, "0751/AA-02", "", NULL);
    body = parsed(&later);
    sent = json_array_get(json_object_get(body, "sent"), 0);
    assert_string_equal(member(sent, "recall_received_at"), "2026-11-24T09:30:00.000Z");
    json_decref(body);
}

/* A client that gives two requests one id hides neither; an act that stands in two chains is one.
 */
static void each_access_is_told_once_and_none_is_hidden(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 3, "proposed");

    for (int i = 0; i < 3; i++)
        scene_get(site->scene, TEAM, "SELECT (entry_read('%s')).status", entry);
    scene_get(site->scene, TEAM,
              "SELECT audit_append('candidate.near_miss', 'job_order', order_id::text,"
              " ARRAY[candidate_id]) FROM shortlist_entry WHERE id = '%s'",
              entry);
    /* Of the team's act, the copy in the home's chain. */
    scene_root(site->scene,
               "SELECT set_config('app.tenant', '" TEAM_ID "', false),"
               " set_config('app.actor', '%s', false), set_config('app.request', 'test', false)",
               scene_key(TEAM));
    scene_root(site->scene,
               "SELECT audit_append_for('" AARHUS_ID "', 'candidate.near_miss', 'job_order',"
               " order_id::text, ARRAY[candidate_id]) FROM shortlist_entry WHERE id = '%s'",
               entry);
    scene_root(site->scene, "SELECT set_config('app.tenant', '', false),"
                            " set_config('app.actor', '', false),"
                            " set_config('app.request', '', false)");
    const struct api_answer answer = ask(site, AARHUS, "0751/AA-03", "", NULL);
    json_t *body = parsed(&answer);
    assert_string_equal(lines(site, json_object_get(body, "items")),
                        "system candidate.listed Struktører\n"
                        "team candidate.listed Struktører\n"
                        "team candidate.listed Struktører\n"
                        "team candidate.listed Struktører\n"
                        "team candidate.near_miss Struktører\n");
    json_decref(body);
}

static void a_list_of_many_shows_this_one_alone(void **state)
{
    struct site *site = *state;
    const char *order = scene_order(site->scene);

    scene_shortlist(site->scene, order, 14, 24);
    scene_get(site->scene, HORSENS, "SELECT (shortlist_read('%s')).status", order);
    const struct api_answer answer = ask(site, AARHUS, "0751/AA-14", "", NULL);
    json_t *body = parsed(&answer);
    assert_string_equal(lines(site, json_object_get(body, "items")),
                        "system candidate.listed Struktører\n"
                        "municipality candidate.listed Struktører\n");
    assert_non_null(strstr(answer.body, "\"name\":\"Horsens\""));
    for (int i = 15; i <= 24; i++)
        assert_null(strstr(answer.body, scene_candidate(site->scene, i)));
    json_decref(body);
}

static void pages_lead_through_all_of_it(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 8, "approved");
    const char *cursor = "";
    size_t count = 0;

    for (int i = 0; i < 7; i++)
        scene_get(site->scene, AARHUS, "SELECT (entry_read('%s')).status", entry);
    do {
        const struct api_answer answer =
            ask(site, AARHUS, "0751/AA-08",
                arena_printf(site->scene->arena, "?limit=4%s%s", *cursor ? "&cursor=" : "", cursor),
                NULL);
        json_t *body = parsed(&answer);
        count += json_array_size(json_object_get(body, "items"));
        cursor = arena_strdup(site->scene->arena, member(body, "next"));
        json_decref(body);
    } while (*cursor != '\0');
    /* Listed, confirmed, yes, approved, and seven readings; those of this walk are newer. */
    assert_int_equal(count, 11);
    assert_string_equal(scene_root(site->scene,
                                   "SELECT count(*) FROM audit"
                                   " WHERE action = 'candidate.accesses_read'"
                                   " AND candidates = ARRAY['%s'::uuid]",
                                   scene_candidate(site->scene, 8)),
                        "3");
}

static void only_the_home_reads_it(void **state)
{
    struct site *site = *state;

    assert_int_equal(ask(site, HORSENS, "0751/AA-06", "", NULL).status, 404);
    assert_int_equal(ask(site, HORSENS, "0615/AA-06", "", NULL).status, 404);
    assert_int_equal(ask(site, TEAM, "0751/AA-06", "", NULL).status, 404);
    assert_int_equal(ask(site, EMPLOYER, "0751/AA-06", "", NULL).status, 404);
    assert_int_equal(ask(site, AARHUS, "0751/AA-99", "", NULL).status, 404);
    assert_int_equal(ask(site, AARHUS, "0751/AA-06", "?x=1", NULL).status, 400);
    assert_int_equal(ask(site, AARHUS, "0751/AA-06", "", "Accept: image/png\r\n").status, 406);
    scene_refused(site->scene, NOBODY, "not-found",
                  "SELECT * FROM citizen_accesses('0751', 'AA-06', '', 50)");
}

static void the_page_is_the_same_and_stays_text(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 7, "released");

    scene_root(site->scene, "ALTER TABLE job_order DISABLE TRIGGER order_terms_hold");
    scene_root(site->scene,
               "UPDATE job_order SET title = $t$<script>alert(1)</script>\"'$t$ WHERE id ="
               " (SELECT order_id FROM shortlist_entry WHERE id = '%s')",
               entry);
    scene_root(site->scene, "ALTER TABLE job_order ENABLE TRIGGER order_terms_hold");
    scene_get(site->scene, TEAM,
              "SELECT set_config('app.purpose', '<img src=x onerror=alert(1)>', true),"
              " (entry_read('%s')).status",
              entry);
    const struct api_answer page = ask(site, AARHUS, "0751/AA-07", "",
                                       "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n");
    assert_int_equal(page.status, 200);
    assert_string_equal(site_header(site, &page, "Content-Type"), "text/html; charset=utf-8");
    assert_string_equal(site_header(site, &page, "Referrer-Policy"), "no-referrer");
    assert_true(str_starts(site_header(site, &page, "Content-Security-Policy"),
                           "default-src 'none'; style-src 'sha256-"));
    assert_headline(page.body, "Hvem har set dine oplysninger i emnebanken");
    assert_non_null(strstr(page.body, "C-579/21"));
    assert_non_null(strstr(page.body, "Frigav dit CV til arbejdsgiveren"));
    assert_non_null(strstr(page.body, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; hos "));
    assert_non_null(strstr(page.body, "&lt;img src=x"));
    assert_null(strstr(page.body, "<script"));
    assert_null(strstr(page.body, "<img"));
    assert_null(strstr(page.body, "Teamsen"));
}

/* Whatever the database's functions write of a candidate has words; events are not acts. */
static void every_action_is_told_in_danish(void **state)
{
    struct site *site = *state;

    assert_string_equal(
        scene_root(site->scene,
                   "SELECT coalesce(string_agg(a.action, ' ' ORDER BY a.action), '') FROM (SELECT"
                   " action FROM audit WHERE candidates <> '{}' UNION SELECT (regexp_matches("
                   "prosrc, $r$'((?:candidate|entry|cv|changes|proposals)[.][a-z_]+)'$r$, 'g'))[1]"
                   " FROM pg_proc WHERE pronamespace = 'emnebank'::regnamespace"
                   " AND proname NOT LIKE 'citizen%%') AS a (action)"
                   " WHERE citizen_action(a.action) = citizen_action('unknown') AND a.action"
                   " <> ALL ('{entry.changed,candidate.batch,candidate.expiring,cv.released}')"),
        "");
    assert_string_equal(
        scene_root(site->scene,
                   "SELECT coalesce(string_agg(s, ' '), '') FROM unnest('{proposed,confirmed,asked,"
                   "yes,approved,released,interview,hired,declined,replaced,no,no_answer,"
                   "not_relevant,withdrawn,obsolete}'::text[]) AS s"
                   " WHERE citizen_step(s) = citizen_step('unknown')"
                   " OR citizen_action('entry.' || s) = citizen_action('unknown')"),
        "");
}

static int set_up(void **state)
{
    return site_open(state, "citizen_accesses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_way_is_told_without_staff),
        cmocka_unit_test(what_was_sent_and_called_back_is_told),
        cmocka_unit_test(each_access_is_told_once_and_none_is_hidden),
        cmocka_unit_test(a_list_of_many_shows_this_one_alone),
        cmocka_unit_test(pages_lead_through_all_of_it),
        cmocka_unit_test(only_the_home_reads_it),
        cmocka_unit_test(the_page_is_the_same_and_stays_text),
        cmocka_unit_test(every_action_is_told_in_danish),
    };
    return cmocka_run_group_tests(tests, set_up, site_close);
}
