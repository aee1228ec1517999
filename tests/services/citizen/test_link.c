/* The candidate's link: made by the home, opened by anybody, answered once, taken back. */
#include "tests/services/citizen/site.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ASKED "Må vi sende dit CV til en arbejdsgiver?"
#define YES "Du har sagt ja til, at vi må sende dit CV"
#define NO "Du har sagt nej"
#define WITHDRAWN "Dit ja er trukket tilbage"
#define EXPIRED "Linket gælder ikke længere"
#define OVER "Jobbet er ikke åbent længere"
#define ENDED "Du skal ikke svare"
#define UNKNOWN "Vi kender ikke linket"

static const char *entry_state(struct site *site, const char *entry)
{
    return scene_root(site->scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
}

static void assert_state(struct site *site, const char *entry, const char *state)
{
    assert_string_equal(entry_state(site, entry), state);
}

static void a_yes_is_the_candidates_own(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 1, "confirmed");
    const char *path = site_link(site, AARHUS, entry);

    assert_state(site, entry, "asked");
    const char *page = site_page(site, path);
    assert_headline(page, ASKED);
    assert_non_null(strstr(page, "Beton A/S (fiktiv) (CVR-nummer 12345674)"));
    assert_non_null(strstr(page, "Struktører"));
    assert_non_null(strstr(page, "Aarhus Kommune spørger dig."));
    assert_headline(site_answer(site, path, "yes"), YES);
    assert_state(site, entry, "yes");
    assert_string_equal(
        scene_root(site->scene,
                   "SELECT concat_ws(' ', c.how, c.given_by, c.text_version,"
                   " t.body LIKE '%%Må Aarhus Kommune sende dit CV til Beton A/S (fiktiv)%%',"
                   " c.text_hash = sha256(convert_to(t.body, 'UTF8')))"
                   " FROM consent c JOIN consent_text t ON t.hash = c.text_hash"
                   " WHERE c.entry_id = '%s'",
                   entry),
        "link candidate 2026-11 t t");
    assert_string_equal(scene_root(site->scene,
                                   "SELECT actor || ' ' || coalesce(person, 'nobody') FROM referral"
                                   " WHERE entry_id = '%s' AND to_state = 'yes'",
                                   entry),
                        "candidate nobody");
    assert_string_equal(
        scene_root(site->scene,
                   "SELECT string_agg(o.kind || ' ' || split_part(a.actor, ':', 1) || ' '"
                   " || coalesce(a.person, 'nobody'), ', ' ORDER BY o.kind) FROM audit a"
                   " JOIN organisation o ON o.id = a.organisation_id"
                   " WHERE a.action = 'entry.yes' AND a.subject_id = '%s'",
                   entry),
        "municipality link nobody, team link nobody");
}

static void a_no_is_told_to_home_and_team(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 2, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, path), "no", false);

    assert_headline(site_send(site, path, form), NO);
    assert_state(site, entry, "no");
    assert_string_equal(
        scene_root(
            site->scene,
            "SELECT string_agg(o.kind, ' ' ORDER BY o.kind) FROM outbox x JOIN organisation o"
            " ON o.id = x.organisation_id WHERE x.entry_id = '%s'"
            " AND x.payload ->> 'state' = 'no'",
            entry),
        "municipality team");
    /* The answer stands: neither the form again nor another one changes it. */
    assert_headline(site_send(site, path, form), NO);
    assert_headline(site_page(site, path), NO);
    assert_state(site, entry, "no");
    assert_string_equal(
        scene_root(site->scene, "SELECT count(*) FROM consent WHERE entry_id = '%s'", entry), "0");
}

/* All that could change: versions, rows and the chains of the audit. */
static const char *everything(struct site *site)
{
    return scene_root(site->scene,
                      "SELECT concat_ws(' ', (SELECT sum(version) FROM shortlist_entry),"
                      " (SELECT count(*) FROM consent), (SELECT count(*) FROM referral),"
                      " (SELECT sum(seq) FROM audit_head), (SELECT count(*) FROM outbox),"
                      " (SELECT string_agg(l::text, ' ' ORDER BY l.id) FROM citizen_link l))");
}

static void scanners_of_mail_answer_nothing(void **state)
{
    struct site *site = *state;
    struct arena *arena = site->scene->arena;
    const char *entry = scene_entry_in(site->scene, 3, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *before = everything(site);

    for (int i = 0; i < 20; i++) {
        assert_headline(site_page(site, path), ASKED);
        assert_headline(site_page(site, arena_printf(arena, "%s?svar=yes&last=ja&utm=%d", path, i)),
                        ASKED);
        const struct api_answer head =
            site_ask(site, arena_printf(arena, "HEAD %s", path), NULL, NULL);
        assert_int_equal(head.status, 200);
        assert_string_equal(head.body, "");
    }
    assert_string_equal(everything(site), before);
    assert_headline(site_answer(site, path, "yes"), YES);
}

static void a_yes_needs_the_tick(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 4, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *page = site_page(site, path);

    page = site_send(site, path, site_form(site, page, "yes", false));
    assert_headline(page, ASKED);
    assert_non_null(strstr(page, "aria-describedby=\"fejl\""));
    assert_state(site, entry, "asked");
    assert_headline(site_send(site, path, site_form(site, page, "yes", true)), YES);
}

static void sending_twice_is_sending_once(void **state)
{
    struct site *site = *state;
    struct arena *arena = site->scene->arena;

    for (int round = 0; round < 5; round++) {
        const char *entry = scene_entry_in(site->scene, 5, "confirmed");
        const char *path = site_link(site, AARHUS, entry);
        const char *form = site_form(site, site_page(site, path), "yes", true);
        int sockets[8];
        for (int i = 0; i < 8; i++)
            sockets[i] =
                api_send(site->api, arena_printf(arena, "POST %s", path),
                         "Content-Type: application/x-www-form-urlencoded\r\n", form, strlen(form));
        for (int i = 0; i < 8; i++) {
            const struct api_answer answer = api_receive(sockets[i], arena);
            assert_int_equal(answer.status, 200);
            assert_headline(answer.body, YES);
        }
        assert_string_equal(
            scene_root(site->scene,
                       "SELECT concat_ws(' ', (SELECT count(*) FROM consent WHERE entry_id = '%s'),"
                       " (SELECT count(*) FROM referral WHERE entry_id = '%s'"
                       "  AND to_state = 'yes'))",
                       entry, entry),
            "1 1");
    }
}

/* A yes that has led to a CV: what waits is stopped, who has it is told. */
static void a_yes_is_taken_back_by_the_same_link(void **state)
{
    struct site *site = *state;
    static const struct {
        const char *delivery, *after, *recalls;
    } rows[] = {{"waiting", "cancelled", "0"}, {"delivered", "delivered", "1"}};

    scene_root(site->scene,
               "INSERT INTO endpoint (organisation_id, state, url, kinds) VALUES ('" EMPLOYER_ID
               "', 'active', 'https://employer.test', '{cv.released,cv.recalled}')");
    for (size_t i = 0; i < 2; i++) {
        const char *entry = scene_entry_in(site->scene, 6, "confirmed");
        const char *path = site_link(site, AARHUS, entry);
        site_answer(site, path, "yes");
        scene_get(site->scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
        scene_get(site->scene, TEAM,
                  "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')",
                  entry, entry);
        scene_root(site->scene,
                   "UPDATE delivery d SET state = '%s' FROM outbox x WHERE x.id = d.outbox_id"
                   " AND x.entry_id = '%s' AND x.kind = 'cv.released'",
                   rows[i].delivery, entry);
        /* The link's time to answer is over; taking back has none. */
        scene_root(site->scene,
                   "UPDATE citizen_link SET expires_at = now() - interval '1 day'"
                   " WHERE entry_id = '%s'",
                   entry);
        assert_headline(site_page(site, path), YES);
        assert_headline(site_answer(site, path, "withdraw"), WITHDRAWN);
        assert_state(site, entry, "withdrawn");
        assert_string_equal(
            scene_root(site->scene,
                       "SELECT d.state FROM delivery d JOIN outbox x ON x.id = d.outbox_id"
                       " WHERE x.entry_id = '%s' AND x.kind = 'cv.released'",
                       entry),
            rows[i].after);
        assert_string_equal(scene_root(site->scene,
                                       "SELECT count(*) FROM outbox WHERE entry_id = '%s'"
                                       " AND kind = 'cv.recalled'",
                                       entry),
                            rows[i].recalls);
        assert_string_equal(scene_root(site->scene,
                                       "SELECT actor FROM referral WHERE entry_id = '%s'"
                                       " AND to_state = 'withdrawn'",
                                       entry),
                            "candidate");
        assert_headline(site_page(site, path), WITHDRAWN);
    }
}

static void a_caseworkers_yes_is_taken_back_by_a_link_too(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 7, "approved");
    const char *path = site_link(site, AARHUS, entry);

    assert_state(site, entry, "approved");
    assert_string_equal(
        scene_root(site->scene, "SELECT given_by FROM consent WHERE entry_id = '%s'", entry),
        "caseworker");
    assert_headline(site_answer(site, path, "withdraw"), WITHDRAWN);
    assert_state(site, entry, "withdrawn");
}

static void a_link_has_its_time(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 8, "confirmed");
    const char *path;

    /* Three days, but never longer than a day after the order's due time. */
    scene_root(site->scene,
               "UPDATE job_order SET due_at = now() + interval '30 days' WHERE id ="
               " (SELECT order_id FROM shortlist_entry WHERE id = '%s')",
               entry);
    path = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, path), "yes", true);
    scene_root(site->scene, "INSERT INTO clock_hands VALUES (true, now() + interval '71 hours')");
    assert_headline(site_page(site, path), ASKED);
    scene_root(site->scene, "UPDATE clock_hands SET at = now() + interval '73 hours'");
    assert_headline(site_page(site, path), EXPIRED);
    assert_headline(site_send(site, path, form), EXPIRED);
    assert_state(site, entry, "asked");
    scene_root(site->scene,
               "UPDATE job_order SET due_at = app_now() + interval '1 hour' WHERE id ="
               " (SELECT order_id FROM shortlist_entry WHERE id = '%s')",
               entry);
    path = site_link(site, AARHUS, entry);
    assert_string_equal(scene_root(site->scene,
                                   "SELECT expires_at - app_now() FROM citizen_link"
                                   " WHERE entry_id = '%s' AND ended_at IS NULL",
                                   entry),
                        "1 day 01:00:00");
    scene_root(site->scene, "UPDATE clock_hands SET at = at + interval '2 days'");
    const struct api_answer late = site_ask_as(
        site, AARHUS, arena_printf(site->scene->arena, "POST /v1/shortlist-entries/%s/link", entry),
        "Idempotency-Key: \"late\"\r\n", "{}");
    assert_int_equal(late.status, 409);
    assert_non_null(strstr(late.body, "/problems/state-conflict"));
    scene_root(site->scene, "DELETE FROM clock_hands");
}

static void a_new_link_ends_the_old_one(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 9, "confirmed");
    const char *old = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, old), "yes", true);
    const char *new = site_link(site, AARHUS, entry);

    assert_headline(site_page(site, old), EXPIRED);
    assert_headline(site_send(site, old, form), EXPIRED);
    assert_state(site, entry, "asked");
    assert_headline(site_answer(site, new, "yes"), YES);
}

static void what_was_not_read_is_not_agreed_to(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 10, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, path), "yes", true);

    scene_root(site->scene,
               "UPDATE job_order SET title = 'Stilladsarbejder' WHERE id ="
               " (SELECT order_id FROM shortlist_entry WHERE id = '%s')",
               entry);
    const char *page = site_send(site, path, form);
    assert_headline(page, ASKED);
    assert_non_null(strstr(page, "Oplysningerne om jobbet er ændret"));
    assert_non_null(strstr(page, "Stilladsarbejder"));
    assert_state(site, entry, "asked");
    assert_headline(site_send(site, path, site_form(site, page, "yes", true)), YES);
}

static void when_the_order_is_over_so_is_the_question(void **state)
{
    struct site *site = *state;
    static const char *const states[] = {"confirmed", "yes"};

    for (size_t i = 0; i < 2; i++) {
        const char *entry = scene_entry_in(site->scene, 11 + (int)i, states[i]);
        const char *path = site_link(site, AARHUS, entry);
        const char *form =
            site_form(site, site_page(site, path), i == 0 ? "yes" : "withdraw", true);
        scene_get(site->scene, TEAM,
                  "SELECT status FROM order_close((SELECT order_id FROM shortlist_entry"
                  " WHERE id = '%s'), 0, 'filled')",
                  entry);
        assert_headline(site_page(site, path), OVER);
        assert_headline(site_send(site, path, form), OVER);
    }
}

static void a_cv_that_is_still_used_is_still_taken_back(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 23, "released");
    const char *path = site_link(site, HORSENS, entry);

    scene_root(site->scene, "UPDATE shortlist_entry SET state = 'interview' WHERE id = '%s'",
               entry);
    scene_get(site->scene, TEAM,
              "SELECT status FROM order_close((SELECT order_id FROM shortlist_entry"
              " WHERE id = '%s'), 0, 'filled')",
              entry);
    assert_state(site, entry, "interview");
    assert_headline(site_answer(site, path, "withdraw"), WITHDRAWN);
    assert_state(site, entry, "withdrawn");
}

static void who_is_not_asked_any_more_need_not_answer(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 13, "confirmed");
    const char *path = site_link(site, AARHUS, entry);

    scene_get(site->scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0,"
              " '{\"answer\": \"decline\", \"reason\": \"moved\"}')",
              entry);
    assert_headline(site_page(site, path), ENDED);
}

/* Too late, and on the way to another order of the same employer: not on both. */
static void a_late_yes_takes_nobody_from_another_list_of_the_employer(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 16, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, path), "yes", true);

    scene_root(site->scene, "UPDATE shortlist_entry SET state = 'no_answer' WHERE id = '%s'",
               entry);
    assert_headline(site_page(site, path), ASKED);
    scene_entry_in(site->scene, 16, "proposed");
    assert_headline(site_page(site, path), ENDED);
    assert_headline(site_send(site, path, form), ENDED);
    assert_state(site, entry, "no_answer");
}

static void nobody_learns_whose_link_it_was(void **state)
{
    struct site *site = *state;
    static const char *const paths[] = {
        "/svar/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/svar/x",
        "/svar/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", /* last bits that mean nothing */
        "/svar/%3Cscript%3E",
        "/svar/..%2f..%2fetc",
        "/svar/'%20OR%20'1'='1"};
    const char *first = site_page(site, paths[0]);

    assert_headline(first, UNKNOWN);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_string_equal(site_page(site, paths[i]), first);
        assert_string_equal(site_send(site, paths[i], "svar=yes&last=ja&tekst=0&side=0"), first);
    }
}

/* --- forms that are not the page's own --- */

static void assert_refused(struct site *site, const char *path, const char *headers,
                           const char *form)
{
    const struct api_answer answer =
        site_ask(site, arena_printf(site->scene->arena, "POST %s", path), headers, form);

    assert_int_equal(answer.status, 200);
    assert_headline(answer.body, ASKED);
    if (strstr(answer.body, "Dit svar er ikke gemt") == NULL)
        fail_msg("taken: %s %s", headers, form);
}

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static void only_the_pages_own_form_answers(void **state)
{
    struct site *site = *state;
    struct arena *arena = site->scene->arena;
    const char *entry = scene_entry_in(site->scene, 14, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const char *form = site_form(site, site_page(site, path), "yes", true);
    const char *other = site_link(site, AARHUS, scene_entry_in(site->scene, 15, "confirmed"));

    assert_refused(site, path, FORM "Sec-Fetch-Site: cross-site\r\n", form);
    assert_refused(site, path, FORM "Sec-Fetch-Site: same-site\r\n", form);
    assert_refused(site, path, FORM "Origin: https://evil.test\r\n", form);
    assert_refused(site, path, "Content-Type: text/plain\r\n", form);
    assert_refused(site, path, "Content-Type: application/json\r\n", form);
    assert_refused(site, path, "", form);
    assert_refused(site, path, FORM, "");
    assert_refused(site, path, FORM, "svar=yes&last=ja");
    assert_refused(site, path, FORM, arena_printf(arena, "%s&svar=no", form));
    assert_refused(site, path, FORM, arena_printf(arena, "%s&x=%%ff", form));
    assert_refused(site, path, FORM, arena_printf(arena, "%s&x=%%00", form));
    assert_refused(site, path, FORM, site_form(site, site_page(site, other), "yes", true));
    assert_refused(site, path, FORM, site_form(site, site_page(site, path), "withdraw", true));
    assert_refused(site, path, FORM, site_form(site, site_page(site, path), "maybe", true));
    assert_state(site, entry, "asked");
    const struct api_answer answer =
        site_ask(site, arena_printf(arena, "POST %s", path), FORM "Origin: " SITE_URL "\r\n", form);
    assert_headline(answer.body, YES);
}

/* --- making links --- */

static struct api_answer make(struct site *site, enum actor actor, const char *entry,
                              const char *key, const char *body)
{
    struct arena *arena = site->scene->arena;

    return site_ask_as(site, actor,
                       arena_printf(arena, "POST /v1/shortlist-entries/%s/link", entry),
                       arena_printf(arena, "Idempotency-Key: \"%s\"\r\n", key), body);
}

static void only_the_home_asks_and_sees_the_address_once(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 16, "proposed");

    assert_int_equal(make(site, AARHUS, entry, "a", "{}").status, 409);
    scene_get(site->scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    assert_int_equal(make(site, HORSENS, entry, "a", "{}").status, 404);
    assert_int_equal(make(site, TEAM, entry, "a", "{}").status, 404);
    assert_int_equal(make(site, AARHUS, "7", "a", "{}").status, 404);
    assert_int_equal(make(site, AARHUS, entry, "a", "{\"x\":1}").status, 422);
    const struct api_answer made = make(site, AARHUS, entry, "b", "{}");
    assert_int_equal(made.status, 201);
    assert_non_null(strstr(made.body, "\"state\":\"asked\""));
    assert_non_null(strstr(made.body, "Må vi sende dit CV til en arbejdsgiver?"));
    const struct api_answer again = make(site, AARHUS, entry, "b", "{}");
    assert_int_equal(again.status, 201);
    assert_non_null(strstr(again.body, "\"url\": null"));
    assert_null(strstr(again.body, "/svar/"));
    assert_string_equal(
        scene_root(site->scene, "SELECT count(*) FROM citizen_link WHERE entry_id = '%s'", entry),
        "1");
}

static void no_key_says_yes_for_the_candidate(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 17, "confirmed");

    site_link(site, AARHUS, entry);
    scene_root(site->scene, "INSERT INTO consent_text VALUES (sha256('x'), '1', 'x')");
    scene_root(site->scene,
               "UPDATE citizen_link SET answer = 'yes', answered_at = now()"
               " WHERE entry_id = '%s'",
               entry);
    scene_refused(
        site->scene, AARHUS_PERSON, "forbidden",
        "INSERT INTO consent (entry_id, candidate_id, order_id, employer_id, organisation_id,"
        " given_at, recorded_by, how, given_by, text_version, text_hash)"
        " SELECT e.id, e.candidate_id, e.order_id, '" EMPLOYER_ID "', e.organisation_id, now(),"
        " 'x', 'link', 'candidate', '1', sha256('x') FROM shortlist_entry e WHERE e.id = '%s'",
        entry);
    scene_refused(
        site->scene, AARHUS_PERSON, "the database refused (23514",
        "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"yes\", \"how\": \"link\","
        " \"given_at\": \"2026-11-20T10:00:00Z\", \"text_version\": \"1\"}')",
        entry);
    /* What was said is not changed after. */
    const char *own = scene_entry_in(site->scene, 18, "confirmed");
    site_answer(site, site_link(site, AARHUS, own), "yes");
    scene_root(site->scene,
               "DO $$ BEGIN"
               " UPDATE consent SET withdrawn_at = now(), given_by = 'caseworker', how = 'letter'"
               " WHERE entry_id = '%s'; RAISE 'let through';"
               " EXCEPTION WHEN SQLSTATE 'EB409' THEN NULL; END $$",
               own);
    scene_refused(site->scene, AARHUS_PERSON, "the database refused (42501",
                  "SELECT * FROM citizen_link");
    scene_refused(site->scene, AARHUS_PERSON, "the database refused (42501",
                  "SELECT * FROM consent_text");
}

/* --- what a page lets out --- */

static void a_page_is_locked_down(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 19, "confirmed");
    const char *path = site_link(site, AARHUS, entry);
    const struct api_answer answer =
        site_ask(site, arena_printf(site->scene->arena, "GET %s", path), NULL, NULL);
    static const struct {
        const char *name, *value;
    } headers[] = {
        {"Cache-Control", "no-store"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Robots-Tag", "noindex"},
        {"Content-Language", "da"},
        {"Content-Type", "text/html; charset=utf-8"},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        assert_string_equal(site_header(site, &answer, headers[i].name), headers[i].value);
    const char *policy = site_header(site, &answer, "Content-Security-Policy");
    assert_true(str_starts(policy, "default-src 'none'; style-src 'sha256-"));
    assert_non_null(strstr(policy, "form-action 'self'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    /* The style on the page is the one that the policy lets through. */
    const char *style = strstr(answer.body, "<style>") + strlen("<style>");
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    crypto_sha256(style, (size_t)(strstr(style, "</style>") - style), digest);
    assert_non_null(strstr(policy, crypto_base64(site->scene->arena, digest, sizeof digest)));
    /* Nothing of the candidate, whoever holds the link. */
    assert_null(strstr(answer.body, "AA-19"));
    assert_null(strstr(answer.body, scene_candidate(site->scene, 19)));
    assert_null(strstr(answer.body, entry));
}

static void titles_and_names_stay_text(void **state)
{
    struct site *site = *state;
    static const char *const attacks[] = {"<script>alert(1)</script>",
                                          "\"><img src=x onerror=alert(1)>",
                                          "</h2></main><form action=//evil.test>",
                                          "$$</li><svg onload=alert(1)>",
                                          "# Overskrift\n- punkt\n# Endnu en",
                                          "&lt;b&gt;",
                                          "javascript:alert(1)"};

    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const char *entry = scene_entry_in(site->scene, 20, "confirmed");
        const char *path = site_link(site, AARHUS, entry);
        const char *plain = site_page(site, path);
        size_t tags = 0, plain_tags = 0;
        scene_root(site->scene,
                   "UPDATE job_order SET title = $t$%s$t$ WHERE id ="
                   " (SELECT order_id FROM shortlist_entry WHERE id = '%s')",
                   attacks[i], entry);
        scene_root(site->scene, "UPDATE organisation SET name = $t$%s$t$ WHERE kind = 'employer'",
                   attacks[i]);
        const char *page = site_page(site, path);
        for (const char *at = plain; *at != '\0'; at++)
            plain_tags += *at == '<';
        for (const char *at = page; *at != '\0'; at++)
            tags += *at == '<';
        assert_int_equal(tags, plain_tags);
        assert_null(strstr(page, "<script"));
        scene_root(site->scene, "UPDATE organisation SET name = 'Beton A/S (fiktiv)'"
                                " WHERE kind = 'employer'");
    }
}

/* Everything that the daemon writes while `run` runs. */
static const char *logged(struct site *site, void (*run)(struct site *site, const char *path),
                          const char *path)
{
    struct arena *arena = site->scene->arena;
    char *text = arena_alloc(arena, 262144);
    char name[] = "/tmp/emnebank-citizen-log-XXXXXX";
    const int file = mkstemp(name);
    const int before = dup(STDERR_FILENO);

    assert_true(file >= 0 && before >= 0);
    unlink(name);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    run(site, path);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    assert_true(pread(file, text, 262143, 0) > 0);
    close(file);
    close(before);
    return text;
}

static void go_all_ways(struct site *site, const char *path)
{
    struct arena *arena = site->scene->arena;

    site_ask(site, arena_printf(arena, "GET %s/x", path), NULL, NULL);
    site_ask(site, arena_printf(arena, "PUT %s", path), NULL, "");
    site_ask(site, arena_printf(arena, "GET %s?%%ff", path), NULL, NULL);
    site_send(site, path, "svar=yes");
    site_answer(site, path, "yes");
    site_answer(site, path, "withdraw");
}

static void a_token_stands_nowhere(void **state)
{
    struct site *site = *state;
    const char *path = site_link(site, HORSENS, scene_entry_in(site->scene, 21, "confirmed"));
    const char *token = path + strlen("/svar/");
    const char *log = logged(site, go_all_ways, path);

    assert_non_null(strstr(log, "/svar/{token}"));
    assert_null(strstr(log, token));
    assert_string_equal(
        scene_root(
            site->scene,
            "SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c"
            " FROM emnebank.%%I t WHERE t::text LIKE %%L', tablename, '%%%s%%'), false, true,"
            " '')))[1]::text::int) FROM pg_tables WHERE schemaname = 'emnebank'",
            token),
        "0");
}

static void what_the_page_says_is_what_is_sent(void **state)
{
    struct site *site = *state;
    const char *entry = scene_entry_in(site->scene, 22, "released");

    /* Members of the CV that are no data of the candidate. */
    assert_string_equal(
        scene_root(
            site->scene,
            "SELECT coalesce(string_agg(coalesce(cv.member, said.member), ' '), 'the same')"
            " FROM (WITH sent AS (SELECT event_cv(r.id) AS data FROM release r"
            "                     WHERE r.entry_id = '%s')"
            "       SELECT jsonb_object_keys(data - 'cv') AS member FROM sent"
            "       UNION SELECT jsonb_object_keys(data -> 'cv') FROM sent"
            "       UNION SELECT 'basics.' || jsonb_object_keys(data #> '{cv,basics}') FROM sent"
            "       UNION SELECT 'basics.location.' ||"
            "                    jsonb_object_keys(data #> '{cv,basics,location}') FROM sent"
            "       UNION SELECT 'availability.' ||"
            "                    jsonb_object_keys(data #> '{cv,availability}') FROM sent"
            "       UNION SELECT unnest(ARRAY['basics.name', 'basics.phone', 'basics.email'])"
            "       EXCEPT SELECT unnest(ARRAY['release_id', 'entry_id', 'order_id',"
            "           'order_title', 'legal_basis', 'href', 'basics', 'availability',"
            "           'basics.location', 'basics.location.countryCode', 'basics.label',"
            "           'left_out'])) AS cv"
            " FULL JOIN citizen_sent() AS said ON said.member = cv.member"
            " WHERE cv.member IS NULL OR said.member IS NULL",
            entry),
        "the same");
}

static int set_up(void **state)
{
    return site_open(state, "citizen_link");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_yes_is_the_candidates_own),
        cmocka_unit_test(a_no_is_told_to_home_and_team),
        cmocka_unit_test(scanners_of_mail_answer_nothing),
        cmocka_unit_test(a_yes_needs_the_tick),
        cmocka_unit_test(sending_twice_is_sending_once),
        cmocka_unit_test(a_yes_is_taken_back_by_the_same_link),
        cmocka_unit_test(a_caseworkers_yes_is_taken_back_by_a_link_too),
        cmocka_unit_test(a_link_has_its_time),
        cmocka_unit_test(a_new_link_ends_the_old_one),
        cmocka_unit_test(what_was_not_read_is_not_agreed_to),
        cmocka_unit_test(when_the_order_is_over_so_is_the_question),
        cmocka_unit_test(a_cv_that_is_still_used_is_still_taken_back),
        cmocka_unit_test(who_is_not_asked_any_more_need_not_answer),
        cmocka_unit_test(a_late_yes_takes_nobody_from_another_list_of_the_employer),
        cmocka_unit_test(nobody_learns_whose_link_it_was),
        cmocka_unit_test(only_the_pages_own_form_answers),
        cmocka_unit_test(only_the_home_asks_and_sees_the_address_once),
        cmocka_unit_test(no_key_says_yes_for_the_candidate),
        cmocka_unit_test(a_page_is_locked_down),
        cmocka_unit_test(titles_and_names_stay_text),
        cmocka_unit_test(a_token_stands_nowhere),
        cmocka_unit_test(what_the_page_says_is_what_is_sent),
    };
    return cmocka_run_group_tests(tests, set_up, site_close);
}
