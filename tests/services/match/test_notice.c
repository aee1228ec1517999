/*
 * From an order that is short to the notice: the real engine ranks it, works out the gap, and the
 * notice has it, exact for the team and in steps for the municipality that received the order.
 */
#include "tests/services/match/owner.h"
#include "tests/services/match/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDER "0192a000-0000-7000-8000-000000000001"
#define AARHUS "0a000000-0000-4000-8000-000000000001"

static int set_up(void **state)
{
    *state = running_open("notice");
    return 0;
}

static int tear_down(void **state)
{
    struct running *running = *state;

    running_close(&running);
    return 0;
}

static const char *ask(struct running *scene, const char *text)
{
    const struct pg_result *result = owner_ask(scene->owner, "%s", text);

    return pg_rows(result) == 0 ? "" : pg_text(result, 0, 0);
}

static void look(struct running *scene)
{
    while (atoi(ask(scene, "SELECT order_tick(1)")) > 0)
        ;
}

/* Two fit, seven lack nothing but the epoxy course; four are wanted. */
static void the_notice_names_the_course(void **state)
{
    struct running *scene = *state;

    ask(scene, "SELECT fictional(n, 3) FROM generate_series(1, 9) n");
    ask(scene, "SELECT fictional_certificate(n, 'epoxy-isocyanate', false)"
               " FROM generate_series(3, 9) n");
    running_follow(scene);
    ask(scene, "SELECT fictional_order('" ORDER "', 'draft')");
    ask(scene, "UPDATE job_order SET state = 'open', organisation_id = '" AARHUS "',"
               " received_at = now(), due_at = now() + interval '2 days'");
    running_jobs(scene);
    look(scene);
    assert_string_equal(ask(scene, "SELECT rung FROM job_order"), "notice");
    assert_string_equal(ask(scene, "SELECT count(*) FROM outbox WHERE kind = 'order.short'"), "0");
    running_jobs(scene); /* the gap */
    look(scene);
    assert_string_equal(
        ask(scene, "SELECT string_agg(concat(o.kind, ': ', x.payload ->> 'live', ' of ',"
                   " x.payload ->> 'minimum', ', ',"
                   " x.payload #>> '{gap,courses,0,requirement,code}', ' ',"
                   " x.payload #>> '{gap,courses,0,candidates,at_least}'), '; ' ORDER BY o.kind)"
                   " FROM outbox x JOIN organisation o ON o.id = x.organisation_id"
                   " WHERE x.kind = 'order.short'"),
        "municipality: 2 of 4, epoxy-isocyanate 5; team: 2 of 4, epoxy-isocyanate 7");
    /* What all partners may read of it is what the municipality was told. */
    assert_string_equal(ask(scene, "SELECT detail #>> '{gap,step}' FROM order_event"
                                   " WHERE kind = 'notice'"),
                        "5");
}

/* An order that is over when the job comes: nobody waits, and nothing is stored. */
static void an_order_that_is_over_has_no_gap(void **state)
{
    struct running *scene = *state;

    ask(scene, "DELETE FROM order_gap");
    ask(scene, "UPDATE job_order SET state = 'cancelled', closed_reason = 'mistake'");
    ask(scene, "SELECT job_enqueue('notice', '{\"order_id\": \"" ORDER "\"}')");
    ask(scene, "SELECT job_enqueue('notice', '{\"order_id\": \"" AARHUS "\"}')");
    ask(scene, "SELECT job_enqueue('notice', '{}')");
    running_jobs(scene);
    assert_string_equal(ask(scene,
                            "SELECT string_agg(concat(state, '/' || reason), ' ' ORDER BY id)"
                            " FROM job WHERE kind = 'notice'"),
                        "done done dead/order-unknown dead/payload-invalid");
    assert_string_equal(ask(scene, "SELECT count(*) FROM order_gap"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_notice_names_the_course),
        cmocka_unit_test(an_order_that_is_over_has_no_gap),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
