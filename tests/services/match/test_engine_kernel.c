/*
 * The parts that queries are quick by, each against the rule that it stands for: the bound of a
 * box, the tables of packed bytes, gates; and that a query allocates nothing.
 */
#include "services/match/engine/distance.h"
#include "services/match/engine/gates.h"
#include "services/match/engine/grade.h"
#include "services/match/engine/points.h"
#include "services/match/engine/rules.h"
#include "tests/services/match/crowd.h"
#include "tests/services/match/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ask_everything(const struct engine_snapshot *snapshot, const struct engine_order *order,
                           struct engine_scratch *scratch)
{
    static struct engine_census census;
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    const struct engine_answer *answer = NULL;
    for (int mode = ENGINE_STRICT; mode <= ENGINE_NEAR_MISS; mode++) {
        assert_int_equal(
            engine_query(snapshot, order, (enum engine_mode)mode, 30, scratch, &answer), 0);
        for (size_t i = 0; i < answer->count; i++) {
            engine_explain(snapshot, order, scratch, i, &entry, parts);
        }
    }
    assert_int_equal(engine_census(snapshot, order, scratch, &census), 0);
}

static void a_query_allocates_nothing(void **state)
{
    (void)state;
    struct crowd *crowd = crowd_create();
    struct engine_scratch *scratch = engine_scratch_create();
    uint64_t random = 3;
    crowd_live(crowd, &random, 2500, 4);
    struct generate_order order;
    generate_order(&random, &order);
    ask_everything(crowd->snapshot, &order.order, scratch);
    const size_t before = heap_allocations();
    assert_true(before > 0); /* the count counts */
    for (int i = 0; i < 50; i++) {
        generate_order(&random, &order);
        order.order.occupation_must = i % 10 == 0;
        for (size_t r = 0; r < order.order.requirement_count; r++) {
            order.requirements[r].must &= i % 3 != 0; /* some without musts, so broad as can be */
        }
        ask_everything(crowd->snapshot, &order.order, scratch);
        assert_int_equal(heap_allocations(), before);
    }
    const struct engine_counters counters = engine_scratch_counters(scratch);
    assert_int_equal(counters.queries, 2 * 51);
    assert_true(counters.blocks > 0 && counters.bytes_streamed > 0);
    assert_true(counters.random_lines > 0 && counters.scored > 0);
    engine_scratch_destroy(&scratch);
    crowd_destroy(&crowd);
}

/* ---- boxes ---- */

static int32_t between(uint64_t *random, int32_t low, int32_t high)
{
    return low + (int32_t)generate_below(random, (uint64_t)((int64_t)high - low + 1));
}

static struct engine_place within(uint64_t *random, const struct distance_box *box)
{
    struct engine_place place = {between(random, box->south, box->north),
                                 between(random, box->west, box->east)};
    switch (generate_below(random, 5)) { /* the edges are where a bound is wrong */
    case 0:
        place.latitude = box->south;
        break;
    case 1:
        place.latitude = box->north;
        break;
    case 2:
        place.longitude = box->west;
        break;
    case 3:
        place.longitude = box->east;
        break;
    default:
        break;
    }
    return place;
}

/* The circle just reaches somebody in the box, so it must reach the box. */
static void no_box_hides_the_edge_of_a_circle(void **state)
{
    (void)state;
    uint64_t random = 8;
    size_t beyond = 0;
    for (int i = 0; i < 200000; i++) {
        const bool polar = i % 10 == 0;
        const int32_t south = between(&random, polar ? -90000000 : 54000000, 57000000);
        const int32_t west = between(&random, 8000000, 15000000);
        const int32_t size = 1 << generate_below(&random, 21);
        const struct distance_box box = {south, south + between(&random, 0, size), west,
                                         west + between(&random, 0, size)};
        const struct engine_place order = {between(&random, 53000000, 58000000),
                                           between(&random, 7000000, 16000000)};
        const struct engine_place home = within(&random, &box);
        const uint32_t km = distance_road_km(home, order);
        assert_true(distance_box_within(&box, order, km));
        beyond += km > 3 && !distance_box_within(&box, order, km / 2) ? 1 : 0;
    }
    assert_true(beyond > 50000); /* a bound that always says yes is none */
}

/* ---- tables ---- */

/* As a segment packs it. */
static uint8_t pack(const struct buckets *buckets, const struct engine_fact *fact)
{
    const int32_t used = fact->last_used != ENGINE_NO_DAY ? fact->last_used : fact->stated_on;
    const int32_t day = segment_by_use(fact->kind) ? used : fact->valid_until;
    int32_t bucket = day < buckets->first_day ? 0 : (day - buckets->first_day) / buckets->width;
    bucket = bucket >= PACKED_BUCKETS ? PACKED_BUCKETS - 1 : bucket;
    return (uint8_t)(fact->level << PACKED_LEVEL_SHIFT |
                     (day == ENGINE_NO_DAY ? PACKED_NO_DAY : (unsigned)bucket + 1));
}

static void assert_graded(const struct plan *plan, size_t part, uint64_t *random, size_t *told)
{
    const struct plan_part *asked = &plan->parts[part];
    const struct buckets buckets = {.first_day =
                                        between(random, GENERATE_AS_OF - 4000, GENERATE_AS_OF),
                                    .width = between(random, 1, 200)};
    for (size_t k = 0; k < asked->key_count; k++) {
        struct engine_fact fact = generate_fact(random);
        fact.kind = asked->kind;
        fact.code = segment_code(asked->keys[k].key);
        fact.valid_until = segment_by_use(fact.kind) ? ENGINE_NO_DAY : fact.valid_until;
        const struct engine_part judged = points_judge(plan, part, &asked->keys[k], &fact);
        const uint8_t packed = pack(&buckets, &fact);
        struct grades points = {.judged = false};
        struct grades standings = {.judged = false};
        grades_points(plan, part, &asked->keys[k], &buckets, &points);
        grades_standings(plan, part, &asked->keys[k], &buckets, &standings);
        *told += points.of[packed] != GRADE_EXACT ? 1 : 0;
        if (points.of[packed] != GRADE_EXACT) {
            assert_int_equal(points.of[packed], judged.points);
        }
        if (standings.of[packed] != GRADE_EXACT) {
            assert_int_equal(standings.of[packed], grade_standing(&judged));
            assert_int_equal(grade_reason(standings.of[packed]), rules_must(&judged));
        }
        assert_int_equal(points.of[PACKED_ABSENT], 0);
        assert_int_equal(points.of[PACKED_EXACT], GRADE_EXACT);
    }
}

static void a_table_says_what_the_rules_say(void **state)
{
    (void)state;
    static struct plan plan;
    uint64_t random = 9;
    size_t told = 0;
    size_t parts = 0;
    for (int i = 0; i < 20000; i++) {
        struct generate_order order;
        generate_order(&random, &order);
        assert_int_equal(plan_make(&order.order, &plan), 0);
        for (size_t part = 0; part < plan.part_count; part++, parts++) {
            assert_graded(&plan, part, &random, &told);
        }
    }
    assert_true(told > parts / 2); /* a table that never says anything is none */
}

/* ---- gates ---- */

enum { PEOPLE = 403, FEW = 20, GONE = 9, HELD_BY_MANY = 2, HELD_BY_FEW = 3 };
static const int32_t days[] = {ENGINE_NO_DAY, -900000, -1,    0,     1,     2,     3,
                               20799,         20800,   20801, 65533, 65534, 65535, 900000};
/* Where a limit is as far as a byte or a number of 15 or 16 bits reaches, or farther than anywhere
 * on the globe. */
static const uint16_t limits[] = {0,   1,   45,    44,    253,   254,   255,   256,
                                  257, 900, 32766, 32767, 32768, 58000, 65534, 65535};
#define FACT(of)                                                                                   \
    {                                                                                              \
        .code = of, .valid_until = ENGINE_NO_DAY, .last_used = ENGINE_NO_DAY, .stated_on = 20000   \
    }
#define SOME(random, of) of[generate_below(random, sizeof of / sizeof of[0])]

/* Aarhus, Randers (45 km by road), some 250 km and 260 km away, round the globe, and nowhere. */
static struct engine_place some_place(uint64_t *random)
{
    static const struct engine_place places[] = {{56162939, 10203921},   {56460000, 10036000},
                                                 {54430000, 10203921},   {54370000, 10203921},
                                                 {-90000000, 180000000}, {90000000, -180000000},
                                                 {0, -170000000},        {INT32_MIN, INT32_MIN}};
    return SOME(random, places);
}

static void draw_people(uint64_t *random, struct engine_candidate *people)
{
    static const struct engine_fact facts[] = {FACT(HELD_BY_MANY), FACT(HELD_BY_FEW)};
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = (struct engine_candidate){.place = some_place(random),
                                              .max_travel_km = SOME(random, limits),
                                              .available_from = SOME(random, days),
                                              .screening_until = SOME(random, days),
                                              .work = (uint8_t)generate_below(random, 4),
                                              .is_protected = generate_below(random, 20) == 0,
                                              .withdrawn = generate_below(random, 20) == 0,
                                              .facts = facts,
                                              .fact_count = i % FEW == 0 ? 2 : i % 2};
        for (size_t byte = 0; byte < ENGINE_ID_SIZE; byte++) {
            people[i].id[byte] = (uint8_t)generate_below(random, 256);
        }
    }
}

/* All at once, so that they have gates; then some of them leave. */
static struct engine_snapshot *snapshot_of(struct engine_candidate *people)
{
    struct engine_snapshot *all = NULL;
    struct engine_snapshot *left = NULL;
    assert_int_equal(engine_apply(NULL, 1, people, PEOPLE, &all), 0);
    for (size_t i = 0; i < GONE; i++) {
        people[i].removed = true;
    }
    assert_int_equal(engine_apply(all, 2, people, GONE, &left), 0);
    engine_snapshot_destroy(&all);
    return left;
}

static struct engine_order draw_order(uint64_t *random, const struct engine_requirement *must)
{
    static const uint32_t occupation = 1;
    const int32_t start = SOME(random, days);
    const int32_t as_of = SOME(random, days);
    return (struct engine_order){.occupations = &occupation,
                                 .occupation_count = 1,
                                 .requirements = must,
                                 .requirement_count = (size_t)generate_below(random, 2),
                                 .place = some_place(random),
                                 .radius_km = SOME(random, limits),
                                 .start = start == ENGINE_NO_DAY ? 20800 : start,
                                 .as_of = as_of == ENGINE_NO_DAY ? 20800 : as_of,
                                 .end = ENGINE_NO_DAY,
                                 .work = (uint8_t)(1 + generate_below(random, 3))};
}

/* A must that many have is met by a stream of gates, one that few have by the gates of those few.
 */
static void gates_say_what_the_rules_say(void **state)
{
    (void)state;
    static struct engine_candidate people[PEOPLE];
    static struct engine_census census;
    static struct plan plan;
    struct engine_scratch *scratch = engine_scratch_create();
    const struct engine_answer *answer = NULL;
    uint64_t random = 10;
    size_t eligible = 0;
    draw_people(&random, people);
    struct engine_snapshot *snapshot = snapshot_of(people);
    for (int i = 0; i < 5000; i++) {
        const struct engine_requirement must = {
            .code = i % 2 == 0 ? HELD_BY_MANY : HELD_BY_FEW, .must = true, .weight = 1};
        const struct engine_order order = draw_order(&random, &must);
        size_t reasons[ENGINE_REASON_COUNT] = {0};
        assert_int_equal(plan_make(&order, &plan), 0);
        for (size_t who = GONE; who < PEOPLE; who++) {
            reasons[rules_first(&plan, &people[who]).reason]++;
        }
        eligible += reasons[ENGINE_ELIGIBLE];
        assert_int_equal(engine_query(snapshot, &order, ENGINE_STRICT, 1, scratch, &answer), 0);
        assert_int_equal(answer->found, reasons[ENGINE_ELIGIBLE]);
        assert_int_equal(engine_query(snapshot, &order, ENGINE_NEAR_MISS, 1, scratch, &answer), 0);
        assert_int_equal(answer->found, reasons[ENGINE_ELIGIBLE] + reasons[ENGINE_MUST_MISSING]);
        assert_int_equal(engine_census(snapshot, &order, scratch, &census), 0);
        assert_int_equal(census.eligible, reasons[ENGINE_ELIGIBLE]);
        for (int reason = ENGINE_PROTECTED; reason < ENGINE_REASON_COUNT; reason++) {
            assert_int_equal(census.excluded[reason], reasons[reason]);
        }
    }
    assert_true(eligible > 5000); /* else it says little */
    engine_snapshot_destroy(&snapshot);
    engine_scratch_destroy(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_allocates_nothing),
        cmocka_unit_test(no_box_hides_the_edge_of_a_circle),
        cmocka_unit_test(a_table_says_what_the_rules_say),
        cmocka_unit_test(gates_say_what_the_rules_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
