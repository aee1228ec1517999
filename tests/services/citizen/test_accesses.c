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

static int set_up(void **state)
{
    return site_open(state, "citizen_accesses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_way_is_told_without_staff),
    };
    return cmocka_run_group_tests(tests, set_up, site_close);
}
