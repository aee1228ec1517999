/* P8: what waits for others slows nobody's claim, though the plans were made when nothing waited
 * (0041), among the partitions of two weeks. */
#include "common/crypto/crypto.h"
#include "tests/services/deliver/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define WAITING "3000"
#define FEW 200 /* rows that a claim of two and its end may look at */

/* How many rows of the outbox a statement looks at. */
static long looked_at(struct scene *scene, const char *statement)
{
    static const char *const counted = "SELECT sum(seq_tup_read + idx_tup_fetch)"
                                       " FROM pg_stat_xact_user_tables"
                                       " WHERE relname ~ '^(delivery|outbox)_'";
    scene_sql(scene, "BEGIN");
    const long before = atol(scene_sql(scene, "%s", counted));
    scene_sql(scene, "%s", statement);
    const long rows = atol(scene_sql(scene, "%s", counted)) - before;
    scene_sql(scene, "COMMIT");
    return rows;
}

static void claim_and_end_two(struct scene *scene)
{
    scene_put(scene, "entry.changed", SCENE_TEAM);
    scene_put(scene, "entry.changed", SCENE_TEAM);
    scene_sql(scene, "TRUNCATE taken");
    assert_in_range(looked_at(scene, "INSERT INTO taken SELECT delivery_id, token"
                                     " FROM delivery_claim(10, 10, 10, '30 s')"),
                    2, FEW);
    assert_in_range(
        looked_at(scene,
                  "SELECT delivery_finish_delivered(array_agg(delivery_id), array_agg(token),"
                  " array_agg('answered'::text), array_agg(200), array_agg(77),"
                  " array_agg(''::text), array_agg(1::bigint), array_agg(''::text)) FROM taken"),
        2, FEW);
}

static void test_a_claim_reads_what_it_takes(void **state)
{
    struct scene *scene = *state;
    scene_endpoint(scene, SCENE_TEAM, "{entry.changed}");
    const char *paused = scene_endpoint(scene, SCENE_TEAM, "{order.short}");
    scene_sql(scene, "UPDATE endpoint SET held_until = 'infinity' WHERE id = '%s'", paused);
    scene_sql(scene, "CREATE TABLE taken (delivery_id uuid, token uuid)");
    scene_sql(scene, "SELECT outbox_days((now() AT TIME ZONE 'UTC')::date - 14, 14)");
    scene_sql(scene, "VACUUM ANALYZE");
    claim_and_end_two(scene);
    scene_sql(scene, "SELECT count(outbox_put('order.short', '" SCENE_TEAM "', '" SCENE_ORDER
                     "', NULL, event_payload => '{}')) FROM generate_series(1, " WAITING ")");
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM delivery WHERE state = 'waiting'"),
                        WAITING);
    claim_and_end_two(scene);
    assert_string_equal(scene_sql(scene, "SELECT count(*) FROM delivery WHERE state = 'delivered'"),
                        "4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_claim_reads_what_it_takes, scene_set_up,
                                        scene_tear_down),
    };
    if (crypto_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
