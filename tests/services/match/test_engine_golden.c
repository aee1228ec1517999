/* The list of one order, written out by hand from RANKING.md: it fails if one place changes. */
#include "tests/services/match/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct place_on_list {
    unsigned candidate;
    uint16_t points[1 + GOLDEN_REQUIREMENTS]; /* occupation, epoxy, pouring, formwork, road, da */
    uint16_t score;
    bool tied;
    uint32_t road_km;
};

static const struct place_on_list expected[] = {
    {1, {250, 250, 200, 150, 100, 50}, 1000, false, 0},
    {2, {250, 250, 100, 150, 0, 50}, 800, true, 48},
    {4, {250, 250, 100, 150, 0, 50}, 800, true, 31},
    {11, {0, 250, 200, 75, 100, 0}, 625, true, 31},
    {3, {125, 250, 100, 0, 100, 50}, 625, true, 0},
    {6, {250, 250, 0, 0, 0, 0}, 500, false, 0},
};
#define EXPECTED (sizeof expected / sizeof expected[0])

static void the_list_is_this_one(void **state)
{
    (void)state;
    struct golden golden;
    struct engine_ranking *ranking = NULL;
    golden_create(&golden);
    assert_int_equal(engine_rank(golden.snapshot, &golden.order, 20, &ranking), 0);
    assert_int_equal(ranking->count, EXPECTED);
    for (size_t i = 0; i < EXPECTED; i++) {
        const struct engine_entry *entry = &ranking->entries[i];
        assert_int_equal(entry->id[ENGINE_ID_SIZE - 1], expected[i].candidate);
        assert_int_equal(entry->rank, i + 1);
        assert_int_equal(entry->score, expected[i].score);
        assert_int_equal(entry->tied, expected[i].tied);
        assert_true(entry->has_distance);
        assert_int_equal(entry->road_km, expected[i].road_km);
        for (size_t part = 0; part <= GOLDEN_REQUIREMENTS; part++) {
            assert_int_equal(entry->parts[part].points, expected[i].points[part]);
        }
    }
    engine_ranking_destroy(&ranking);
    golden_destroy(&golden);
}

static void the_others_are_out_for_these_reasons(void **state)
{
    (void)state;
    struct golden golden;
    struct engine_ranking *ranking = NULL;
    golden_create(&golden);
    assert_int_equal(engine_rank(golden.snapshot, &golden.order, 20, &ranking), 0);
    assert_int_equal(ranking->pool, GOLDEN_CANDIDATES);
    assert_int_equal(ranking->eligible, EXPECTED);
    assert_int_equal(ranking->excluded[ENGINE_CERTIFICATE_EXPIRED], 1);    /* 5 */
    assert_int_equal(ranking->excluded[ENGINE_MUST_UNKNOWN], 1);           /* 7 */
    assert_int_equal(ranking->excluded[ENGINE_MUST_MISSING], 1);           /* 8 */
    assert_int_equal(ranking->excluded[ENGINE_PROTECTED], 1);              /* 9 */
    assert_int_equal(ranking->excluded[ENGINE_TOO_FAR_CANDIDATE], 1);      /* 10 */
    assert_int_equal(ranking->excluded[ENGINE_NOT_AVAILABLE_BY_START], 1); /* 12 */
    assert_int_equal(ranking->excluded_by_part[1], 3);
    engine_ranking_destroy(&ranking);
    golden_destroy(&golden);
}

static struct engine_why why_not(const struct golden *golden, size_t k, unsigned candidate)
{
    struct engine_why why;
    uint8_t id[ENGINE_ID_SIZE];
    golden_id(candidate, id);
    assert_int_equal(engine_why(golden->snapshot, &golden->order, k, id, &why), 0);
    return why;
}

/* With room for three: Anna 1000, Bo 800, Ditte 800. */
static void the_smallest_change_is_named(void **state)
{
    (void)state;
    struct golden golden;
    golden_create(&golden);

    /* Fie has 500. Pouring (200), formwork (150) bring 850, past Ditte's 800. */
    struct engine_why why = why_not(&golden, 3, 6);
    assert_int_equal(why.reason_count, 0);
    assert_int_equal(why.rank, 6);
    assert_int_equal(why.short_by, 300); /* her hash is before Ditte's */
    assert_true(why.reachable);
    assert_int_equal(why.change_count, 2);
    assert_int_equal(why.changes[0], 2);
    assert_int_equal(why.changes[1], 3);

    /* Hanne lacks only the epoxy certificate; with it she has 1000. */
    why = why_not(&golden, 3, 8);
    assert_int_equal(why.reason_count, 1);
    assert_int_equal(why.reasons[0], ENGINE_MUST_MISSING);
    assert_int_equal(why.reason_parts[0], 1);
    assert_int_equal(why.score, 1000);
    assert_int_equal(why.rank, 2); /* Anna's hash is before hers */
    assert_true(why.reachable);
    assert_int_equal(why.change_count, 0);
    golden_destroy(&golden);
}

static void a_protected_person_gives_nothing_away(void **state)
{
    (void)state;
    struct golden golden;
    golden_create(&golden);
    const struct engine_why why = why_not(&golden, 3, 9);
    assert_int_equal(why.reason_count, 1);
    assert_string_equal(engine_reason_code(why.reasons[0]), "not_available");
    assert_string_equal(engine_reason_code(ENGINE_WITHDRAWN), "not_available");
    assert_string_equal(engine_reason_text(ENGINE_PROTECTED), engine_reason_text(ENGINE_WITHDRAWN));
    assert_int_equal(why.score, 0);
    assert_int_equal(why.rank, 0);
    assert_int_equal(why.short_by, 0);
    assert_false(why.reachable);
    assert_int_equal(why.change_count, 0);
    golden_destroy(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_this_one),
        cmocka_unit_test(the_others_are_out_for_these_reasons),
        cmocka_unit_test(the_smallest_change_is_named),
        cmocka_unit_test(a_protected_person_gives_nothing_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
