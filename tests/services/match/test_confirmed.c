/*
 * Who is confirmed today is worth no more points, only still there: the real engine, before the
 * last day of a screening, after it, and after the confirmation.
 */
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HOME "0a000000-0000-4000-8000-000000000001"

/* Odd numbers: those of one home. 5 says nothing of last use; it was stated years ago. */
static const int people[] = {1, 3, 5};
#define PEOPLE (sizeof people / sizeof people[0])

static int set_up(void **state)
{
    *state = running_open("confirmed");
    return 0;
}

static int tear_down(void **state)
{
    struct running *running = *state;

    running_close(&running);
    return 0;
}

/* The same order again, ranked on the pool as it is now; `number` makes its id. */
static void rank(struct running *scene, int number)
{
    running_follow(scene);
    owner_ask(scene->owner,
              "SELECT emnebank.fictional_order('0192a000-0000-7000-8000-%012d',"
              " 'open')",
              number);
    running_jobs(scene);
}

/* "score: points of each part" of one person on a list, "" when not on it. */
static const char *points(struct running *scene, int number, int person)
{
    const struct pg_result *result = owner_ask(
        scene->owner,
        "SELECT coalesce((SELECT e.score || ':' || (SELECT string_agg(p ->> 'points', ' ') FROM"
        " json_array_elements(e.parts::json) p) FROM emnebank.shortlist_entry e WHERE e.order_id ="
        " '0192a000-0000-7000-8000-%012d' AND e.candidate_id = emnebank.fictional_id(%d)), '')",
        number, person);

    return pg_text(result, 0, 0);
}

static const char *explained(struct running *scene, int number, int person)
{
    return pg_text(
        owner_ask(scene->owner,
                  "SELECT e.explanation_da || e.facts::text FROM emnebank.shortlist_entry"
                  " e WHERE e.order_id = '0192a000-0000-7000-8000-%012d' AND"
                  " e.candidate_id = emnebank.fictional_id(%d)",
                  number, person),
        0, 0);
}

static void screened_until(struct running *scene, int person, const char *day)
{
    owner_ask(scene->owner,
              "WITH c AS (UPDATE emnebank.candidate SET screening_until = %s WHERE id ="
              " emnebank.fictional_id(%d) RETURNING *)"
              " SELECT emnebank.candidate_publish(c, NULL, NULL) FROM c",
              day, person);
}

/* All that can be: the screening, every fact's day, a longer certificate. As the home. */
static void confirm(struct running *scene, int person)
{
    owner_ask(scene->owner, "SELECT set_config('app.tenant', '" HOME "', false)");
    const struct pg_result *result = owner_ask(
        scene->owner,
        "SELECT (emnebank.candidate_confirm_many(jsonb_build_array(jsonb_build_object("
        "'external_ref', 'fiktiv-%d', 'screening', jsonb_build_object('by', 'MK', 'on',"
        " current_date - 1, 'until', '2091-01-01'), 'facts', '[{\"kind\":\"occupation\",\"code\":"
        "\"7114.8\"},{\"kind\":\"competence\",\"code\":\"formwork\"},{\"kind\":\"certificate\","
        "\"code\":\"epoxy-isocyanate\",\"valid_until\":\"2091-12-31\"}]'::jsonb)))).body::jsonb ->>"
        " 'changed'",
        person);
    assert_string_equal(pg_text(result, 0, 0), "1");
    owner_ask(scene->owner, "SELECT set_config('app.tenant', '', false)");
}

static void a_confirmation_is_worth_no_points(void **state)
{
    struct running *scene = *state;
    char was[PEOPLE][64];

    for (size_t i = 0; i < PEOPLE; i++)
        owner_ask(scene->owner, "SELECT emnebank.fictional(%d, %d)", people[i], 2 + (int)i);
    owner_ask(scene->owner, "UPDATE emnebank.candidate_fact SET last_used = NULL, stated_on ="
                            " current_date - 1800 WHERE candidate_id = emnebank.fictional_id(5)");
    rank(scene, 1);
    for (size_t i = 0; i < PEOPLE; i++) {
        strncpy(was[i], points(scene, 1, people[i]), sizeof was[i] - 1);
        was[i][sizeof was[i] - 1] = '\0';
    }
    assert_string_equal(was[0], "833:334 333 166");
    assert_string_equal(was[1], "1000:334 333 333");
    assert_string_equal(was[2], "1000:334 333 333");

    /* The last day counts; after it they are gone, and the others stand as they stood. */
    screened_until(scene, 3, "current_date - 2");
    screened_until(scene, 5, "current_date - 2");
    rank(scene, 2);
    assert_string_equal(points(scene, 2, 1), was[0]);
    assert_string_equal(points(scene, 2, 3), "");
    assert_string_equal(points(scene, 2, 5), "");

    for (size_t i = 0; i < PEOPLE; i++)
        confirm(scene, people[i]);
    rank(scene, 3);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_string_equal(points(scene, 3, people[i]), was[i]);
        assert_non_null(strstr(explained(scene, 3, people[i]), "31.12.2091"));
        assert_null(strstr(explained(scene, 3, people[i]), "31.12.2090"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_confirmation_is_worth_no_points, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
