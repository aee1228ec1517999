/* What a claim takes of one endpoint: of a line its first alone (B11), so many at a time, so many a
 * second (B7). */
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

#define OTHER_ORDER "00000000-0000-4000-8000-00000000b002"

/* An event of the order; its delivery. */
static const char *put(struct scene *scene, const char *order)
{
    const char *event =
        scene_sql(scene, "SELECT outbox_put('order.changed', '" SCENE_EMPLOYER "', '%s')", order);
    return scene_sql(scene, "SELECT id FROM delivery WHERE outbox_id = '%s'", event);
}

/* What a claim begins, in the order of its rows. */
static const char *claim(struct scene *scene)
{
    return scene_sql(scene,
                     "SELECT coalesce(string_agg(delivery_id::text, ',' ORDER BY version), '')"
                     " FROM delivery_claim(64, 8, 10, '60 s') WHERE verdict = 'send'");
}

static void finish(struct scene *scene, const char *delivery, const char *outcome)
{
    ASSERT_SQL(scene, "t",
               "SELECT delivery_finish(id, lease_token, '%s', 'status', 3600000000, 0, 'answered',"
               " 400, 10, NULL, 'x') FROM delivery WHERE id = '%s'",
               outcome, delivery);
}

static const char *two(struct scene *scene, const char *first, const char *second)
{
    return arena_printf(scene->arena, "%s,%s", first, second);
}

static void test_one_of_a_line_at_a_time(void **state)
{
    struct scene *scene = *state;
    scene_sql(scene, "SET session_replication_role = replica");
    scene_sql(scene,
              "INSERT INTO job_order SELECT (jsonb_populate_record(o, '{\"id\": \"" OTHER_ORDER
              "\"}')).* FROM job_order o");
    scene_sql(scene, "SET session_replication_role = origin");
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    scene_sql(scene, "UPDATE endpoint SET fifo = true");
    const char *first = put(scene, SCENE_ORDER);
    const char *second = put(scene, SCENE_ORDER);
    const char *third = put(scene, SCENE_ORDER);
    const char *beside = put(scene, OTHER_ORDER);
    assert_string_equal(claim(scene), two(scene, first, beside));
    assert_string_equal(claim(scene), "");
    finish(scene, beside, "delivered");
    assert_string_equal(claim(scene), "");
    ASSERT_SQL(scene, first, "SELECT delivery_blocked_by(d) FROM delivery d WHERE d.id = '%s'",
               third);
    ASSERT_SQL(scene, "0", "SELECT endpoint_lines_blocked(e) FROM endpoint e");

    /* The head fails: those behind it wait for it, and that can be seen. */
    finish(scene, first, "retry");
    assert_string_equal(claim(scene), "");
    ASSERT_SQL(scene, "1", "SELECT endpoint_lines_blocked(e) FROM endpoint e WHERE e.id = '%s'",
               endpoint);
    ASSERT_SQL(scene, first,
               "SELECT delivery_document(d) ->> 'blocked_by' FROM delivery d WHERE d.id = '%s'",
               second);
    ASSERT_SQL(scene, "",
               "SELECT delivery_document(d) ->> 'blocked_by' FROM delivery d WHERE d.id = '%s'",
               first);
    scene_sql(scene, "UPDATE delivery SET next_at = now() WHERE id = '%s'", first);
    assert_string_equal(claim(scene), first);

    /* Given up or delivered, the next has its turn. */
    finish(scene, first, "dead");
    assert_string_equal(claim(scene), second);
    finish(scene, second, "delivered");
    assert_string_equal(claim(scene), third);
    ASSERT_SQL(scene, "0", "SELECT endpoint_lines_blocked(e) FROM endpoint e");
}

/* Without that wish all of an order go as they come. */
static void test_no_lines_unasked(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    const char *first = put(scene, SCENE_ORDER);
    const char *second = put(scene, SCENE_ORDER);
    assert_string_equal(claim(scene), two(scene, first, second));
}

/* Its own number counts, not the sender's, on all machines together. */
static void test_concurrency(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int n = 1; n <= 20; n++)
        put(scene, SCENE_ORDER);
    scene_sql(scene, "UPDATE endpoint SET concurrency = 3");
    claim(scene);
    claim(scene);
    ASSERT_SQL(scene, "3", "SELECT count(*) FROM delivery WHERE state = 'leased'");
    finish(scene, scene_sql(scene, "SELECT id FROM delivery WHERE state = 'leased' LIMIT 1"),
           "delivered");
    claim(scene);
    ASSERT_SQL(scene, "3", "SELECT count(*) FROM delivery WHERE state = 'leased'");
    scene_sql(scene, "UPDATE endpoint SET concurrency = NULL");
    claim(scene);
    ASSERT_SQL(scene, "8", "SELECT count(*) FROM delivery WHERE state = 'leased'");
}

/* A second's worth at once, then as time gives; turned by moving the bucket's clock. */
static void test_rate(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_EMPLOYER, "{order.changed}");
    for (int n = 1; n <= 20; n++)
        put(scene, SCENE_ORDER);
    scene_sql(scene, "UPDATE endpoint SET concurrency = 32, rate = 4");
    claim(scene);
    ASSERT_SQL(scene, "4", "SELECT count(*) FROM delivery WHERE state = 'leased'");
    scene_sql(scene, "UPDATE endpoint_mark SET tokens = 0, filled_at = now() + interval '1 s'");
    assert_string_equal(claim(scene), "");
    scene_sql(scene, "UPDATE endpoint_mark SET tokens = 0, filled_at = now() - interval '0.5 s'");
    claim(scene);
    ASSERT_SQL(scene, "t", "SELECT count(*) BETWEEN 6 AND 8 FROM delivery WHERE state = 'leased'");
    const char *leased = scene_sql(scene, "SELECT count(*) FROM delivery WHERE state = 'leased'");
    scene_sql(scene, "UPDATE endpoint_mark SET tokens = 0, filled_at = now() - interval '1 hour'");
    claim(scene);
    ASSERT_SQL(scene, "4", "SELECT count(*) - %s FROM delivery WHERE state = 'leased'", leased);
}

int main(void)
{
#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_one_of_a_line_at_a_time),
        SCENE(test_no_lines_unasked),
        SCENE(test_concurrency),
        SCENE(test_rate),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
