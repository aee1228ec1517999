#include "tests/services/match/agreed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_same_part(const struct engine_part *part, const struct oracle_part *expected)
{
    assert_int_equal(part->status, expected->status);
    assert_int_equal(part->points, expected->points);
    assert_int_equal(part->of, expected->of);
    assert_int_equal(part->has_fact, expected->fact != NULL);
    if (expected->fact == NULL) {
        return;
    }
    assert_int_equal(part->relation, expected->relation);
    assert_int_equal(part->related, expected->relation > ENGINE_IMPLIED);
    assert_int_equal(part->fact.kind, expected->fact->kind);
    assert_int_equal(part->fact.code, expected->fact->code);
    assert_int_equal(part->fact.level, expected->fact->level);
    assert_int_equal(part->fact.years, expected->fact->years);
    assert_int_equal(part->fact.valid_until, expected->fact->valid_until);
    assert_int_equal(part->fact.last_used, expected->fact->last_used);
    assert_int_equal(part->fact.stated_on, expected->fact->stated_on);
}

void assert_agreed(const struct engine_entry *entry, const struct oracle_result *expected,
                   int part_count)
{
    assert_memory_equal(entry->id, expected->candidate->id, ENGINE_ID_SIZE);
    assert_int_equal(entry->municipality, expected->candidate->municipality);
    assert_int_equal(entry->score, expected->score);
    assert_int_equal(entry->has_distance, expected->has_distance);
    assert_int_equal(entry->road_km, expected->road_km);
    for (int part = 0; part < part_count; part++) {
        assert_same_part(&entry->parts[part], &expected->parts[part]);
    }
}
