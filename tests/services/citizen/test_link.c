/* The candidate's link: made by the home, opened by anybody, answered once, taken back. */
#include "tests/services/citizen/site.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static int set_up(void **state)
{
    return site_open(state, "citizen_link");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_yes_is_the_candidates_own),
    };
    return cmocka_run_group_tests(tests, set_up, site_close);
}
