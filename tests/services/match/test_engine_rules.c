/* Each rule of RANKING.md at its edge, and the numbers that the page states. */
#include "services/match/engine/distance.h"
#include "services/match/engine/engine.h"
#include "services/match/engine/tie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TODAY 20800
#define START 20850
#define COMPETENCE 7
#define CERTIFICATE 8
#define OCCUPATION 9
#define RELATED 10
#define OTHER 11

struct scene {
    uint32_t occupation;
    struct engine_related related;
    struct engine_related requirement_related; /* of the requirement, once it has one */
    struct engine_requirement requirement;
    struct engine_order order;
    struct engine_fact fact;
    struct engine_candidate candidate;
};

/* One nice competence with weight 5 and one candidate whom no rule excludes. */
static struct scene plain(void)
{
    return (struct scene){
        .occupation = OCCUPATION,
        .related = {RELATED, ENGINE_UNIT},
        .requirement = {.kind = ENGINE_COMPETENCE, .code = COMPETENCE, .weight = 5},
        .order = {.id = {1},
                  .occupation_count = 1,
                  .related_count = 1,
                  .requirement_count = 1,
                  .place = {56000000, 10000000},
                  .start = START,
                  .end = ENGINE_NO_DAY,
                  .work = ENGINE_PERMANENT,
                  .as_of = TODAY},
        .fact = {.kind = ENGINE_COMPETENCE,
                 .code = COMPETENCE,
                 .level = 3,
                 .years = ENGINE_YEARS_UNKNOWN,
                 .valid_until = ENGINE_NO_DAY,
                 .last_used = ENGINE_NO_DAY,
                 .stated_on = TODAY},
        .candidate = {.id = {2},
                      .place = {56000000, 10000000},
                      .available_from = TODAY,
                      .work = ENGINE_PERMANENT,
                      .screening_until = TODAY,
                      .fact_count = 1},
    };
}

static struct engine_ranking *rank(struct scene *scene)
{
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    scene->order.occupations = &scene->occupation;
    scene->order.related = &scene->related;
    scene->requirement.related = &scene->requirement_related;
    scene->order.requirements = &scene->requirement;
    scene->candidate.facts = &scene->fact;
    assert_int_equal(engine_apply(NULL, 1, &scene->candidate, 1, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &scene->order, 1, &ranking), 0);
    engine_snapshot_destroy(&snapshot);
    return ranking;
}

static void assert_reason(struct scene scene, enum engine_reason reason)
{
    struct engine_ranking *ranking = rank(&scene);
    assert_int_equal(ranking->count, reason == ENGINE_ELIGIBLE ? 1 : 0);
    if (reason != ENGINE_ELIGIBLE) {
        assert_int_equal(ranking->excluded[reason], 1);
    }
    engine_ranking_destroy(&ranking);
}

/* What the part (0: occupation, 1: the requirement) earns; both are worth 500. */
static void assert_part(struct scene scene, size_t part, enum engine_status status, int points)
{
    struct engine_ranking *ranking = rank(&scene);
    assert_int_equal(ranking->count, 1);
    assert_int_equal(ranking->entries[0].parts[part].of, 500);
    assert_int_equal(ranking->entries[0].parts[part].status, status);
    assert_int_equal(ranking->entries[0].parts[part].points, points);
    engine_ranking_destroy(&ranking);
}

static void r1_protected_and_withdrawn_are_out(void **state)
{
    (void)state;
    struct scene scene = plain();
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.candidate.withdrawn = true;
    assert_reason(scene, ENGINE_WITHDRAWN);
    scene.candidate.is_protected = true;
    assert_reason(scene, ENGINE_PROTECTED);
}

static void r2_screening_holds_to_its_last_day(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.candidate.screening_until = TODAY - 1;
    assert_reason(scene, ENGINE_SCREENING_EXPIRED);
    scene.candidate.screening_until = ENGINE_NO_DAY;
    assert_reason(scene, ENGINE_SCREENING_MISSING);
}

static void r3_available_on_the_start_day_is_in_time(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.candidate.available_from = START;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.candidate.available_from = START + 1;
    assert_reason(scene, ENGINE_NOT_AVAILABLE_BY_START);
    scene.candidate.available_from = ENGINE_NO_DAY;
    assert_reason(scene, ENGINE_NOT_AVAILABLE_BY_START);
}

static void r4_one_common_kind_of_work_is_enough(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.order.work = ENGINE_PERMANENT | ENGINE_FLEX;
    scene.candidate.work = ENGINE_SEASONAL | ENGINE_FLEX;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.candidate.work = ENGINE_SEASONAL;
    assert_reason(scene, ENGINE_KINDS_NOT_ACCEPTED);
}

static void r5_distance_is_what_the_page_says(void **state)
{
    (void)state;
    const struct engine_place aarhus = {56162939, 10203921};
    const struct engine_place randers = {56460000, 10036000};
    assert_int_equal(distance_road_km(aarhus, randers), 45);
    assert_int_equal(distance_road_km(randers, aarhus), 45);
    assert_int_equal(distance_road_km(aarhus, aarhus), 0);
    for (uint32_t limit = 0; limit < 100; limit++) {
        assert_int_equal(distance_within(aarhus, randers, limit), limit >= 45);
    }
    const struct engine_place far_apart[] = {{90000000, -180000000}, {-90000000, 180000000}};
    assert_false(distance_within(far_apart[0], far_apart[1], 20000)); /* and nothing overflows */
}

static void r6_both_limits_count_and_an_unknown_place_is_not_near(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.candidate.place.latitude += 300000; /* 33.4 km north: 44 by road */
    scene.order.radius_km = 44;
    scene.candidate.max_travel_km = 44;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.order.radius_km = 43;
    assert_reason(scene, ENGINE_TOO_FAR_ORDER);
    scene.order.radius_km = 0;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.candidate.max_travel_km = 43;
    assert_reason(scene, ENGINE_TOO_FAR_CANDIDATE);
    scene.candidate.place = ENGINE_NO_PLACE;
    assert_reason(scene, ENGINE_PLACE_UNKNOWN);
    scene.candidate.max_travel_km = 0;
    assert_reason(scene, ENGINE_ELIGIBLE); /* nobody set a limit */
    scene.order.radius_km = 10;
    assert_reason(scene, ENGINE_PLACE_UNKNOWN);
    scene.order.place = ENGINE_NO_PLACE;
    assert_reason(scene, ENGINE_ELIGIBLE);
}

static void r7_a_must_is_never_partial(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.requirement.must = true;
    scene.requirement.minimum_level = 3;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.fact.level = 2;
    assert_reason(scene, ENGINE_MUST_LEVEL);
    scene.fact.level = ENGINE_LEVEL_UNKNOWN;
    assert_reason(scene, ENGINE_MUST_UNKNOWN);
    scene.fact.code = COMPETENCE + 1;
    assert_reason(scene, ENGINE_MUST_MISSING);

    scene = plain();
    scene.requirement.must = true;
    scene.fact.last_used = 1;
    assert_part(scene, 1, ENGINE_MATCHED, 500); /* age of use does not decide a must */

    scene = plain();
    scene.order.occupation_must = true;
    scene.fact.kind = ENGINE_OCCUPATION;
    scene.fact.code = RELATED;
    assert_reason(scene, ENGINE_MUST_MISSING);
    scene.fact.code = OCCUPATION;
    assert_part(scene, 0, ENGINE_MATCHED, 500);
}

static void r8_shares_by_largest_remainder(void **state)
{
    (void)state;
    struct engine_requirement requirements[ENGINE_REQUIREMENTS_CAP];
    const uint32_t occupation = OCCUPATION;
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    for (size_t i = 0; i < ENGINE_REQUIREMENTS_CAP; i++) {
        requirements[i] = (struct engine_requirement){.code = 1, .weight = 5};
    }
    struct engine_order order = {.occupations = &occupation,
                                 .occupation_count = 1,
                                 .requirements = requirements,
                                 .requirement_count = 2,
                                 .end = ENGINE_NO_DAY};
    assert_int_equal(engine_apply(NULL, 1, NULL, 0, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), 0);
    assert_int_equal(ranking->shares[0], 334);
    assert_int_equal(ranking->shares[1], 333);
    assert_int_equal(ranking->shares[2], 333);
    engine_ranking_destroy(&ranking);

    requirements[1].weight = 1; /* 5 5 1 of 11: 454 6/11, 454 6/11, 90 10/11 */
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), 0);
    assert_int_equal(ranking->shares[0], 455);
    assert_int_equal(ranking->shares[1], 454);
    assert_int_equal(ranking->shares[2], 91);
    engine_ranking_destroy(&ranking);

    order.requirement_count = ENGINE_REQUIREMENTS_CAP;
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), 0);
    engine_ranking_destroy(&ranking);
    order.requirement_count = ENGINE_REQUIREMENTS_CAP + 1;
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), ERROR_LIMIT);
    order.requirement_count = 2;
    requirements[0].weight = 6;
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), ERROR_INVALID);
    requirements[0].weight = 5;
    order.occupation_count = 0;
    assert_int_equal(engine_rank(snapshot, &order, 1, &ranking), ERROR_INVALID);
    engine_snapshot_destroy(&snapshot);
}

static struct scene with_certificate(void)
{
    struct scene scene = plain();
    scene.requirement.kind = ENGINE_CERTIFICATE;
    scene.requirement.code = CERTIFICATE;
    scene.fact.kind = ENGINE_CERTIFICATE;
    scene.fact.code = CERTIFICATE;
    return scene;
}

static void r10_a_certificate_holds_on_the_day_needed(void **state)
{
    (void)state;
    struct scene scene = with_certificate();
    scene.fact.valid_until = START;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.fact.valid_until = START - 1;
    assert_part(scene, 1, ENGINE_EXPIRED, 0);
    scene.requirement.must = true;
    assert_reason(scene, ENGINE_CERTIFICATE_EXPIRED);

    scene.fact.valid_until = START + 9;
    scene.order.end = START + 10;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.requirement.valid_through = true;
    assert_reason(scene, ENGINE_CERTIFICATE_EXPIRED);
    scene.fact.valid_until = START + 10;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.order.end = ENGINE_NO_DAY; /* open: the start decides */
    scene.fact.valid_until = START;
    assert_reason(scene, ENGINE_ELIGIBLE);
}

static void r11_no_expiry_date_is_unknown_where_there_should_be_one(void **state)
{
    (void)state;
    struct scene scene = with_certificate();
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.requirement.expires = true;
    assert_part(scene, 1, ENGINE_UNKNOWN, 0);
    scene.requirement.must = true;
    assert_reason(scene, ENGINE_MUST_UNKNOWN);
}

static void r12_one_level_too_low_is_half_for_a_nice(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.fact.level = ENGINE_LEVEL_UNKNOWN;
    assert_part(scene, 1, ENGINE_MATCHED, 500); /* no level was asked for */
    scene.requirement.minimum_level = 4;
    assert_part(scene, 1, ENGINE_UNKNOWN, 0);
    scene.fact.level = 2;
    assert_part(scene, 1, ENGINE_MISSING, 0);
    scene.fact.level = 3;
    assert_part(scene, 1, ENGINE_PARTIAL, 250);
    scene.fact.level = 4;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
}

static void r13_five_years_unused_is_half(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.fact.last_used = TODAY - 1826;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.fact.last_used = TODAY - 1827;
    assert_part(scene, 1, ENGINE_PARTIAL, 250);
    scene.requirement.minimum_level = 4;
    assert_part(scene, 1, ENGINE_PARTIAL, 125); /* both: a quarter */
    scene.requirement.minimum_level = 0;
    scene.fact.last_used = ENGINE_NO_DAY;
    scene.fact.stated_on = TODAY - 1827;
    assert_part(scene, 1, ENGINE_PARTIAL, 250);
    scene.fact.kind = scene.requirement.kind = ENGINE_LANGUAGE;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
}

static void r14_a_related_occupation_is_half(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.fact.kind = ENGINE_OCCUPATION;
    scene.fact.code = OCCUPATION;
    assert_part(scene, 0, ENGINE_MATCHED, 500);
    scene.fact.code = RELATED;
    assert_part(scene, 0, ENGINE_PARTIAL, 250);
    scene.fact.code = RELATED + 1;
    assert_part(scene, 0, ENGINE_MISSING, 0);
}

/* The requirement is for COMPETENCE (or another kind's), the candidate has OTHER. */
static struct scene with_relation(enum engine_kind kind, enum engine_relation relation)
{
    struct scene scene = plain();
    scene.requirement.kind = kind;
    scene.requirement.related_count = 1;
    scene.requirement_related = (struct engine_related){OTHER, relation};
    scene.fact.kind = kind;
    scene.fact.code = OTHER;
    return scene;
}

static void r18_a_licence_counts_as_those_it_includes(void **state)
{
    (void)state;
    struct scene scene = with_relation(ENGINE_LICENCE, ENGINE_IMPLIED);
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.requirement.must = true;
    assert_part(scene, 1, ENGINE_MATCHED, 500);
    scene.fact.valid_until = START;
    assert_reason(scene, ENGINE_ELIGIBLE);
    scene.fact.valid_until = START - 1; /* it must hold itself */
    assert_reason(scene, ENGINE_CERTIFICATE_EXPIRED);
    scene = with_relation(ENGINE_LICENCE, ENGINE_IMPLIED);
    scene.requirement.must = true;
    scene.fact.code = OTHER + 1;
    assert_reason(scene, ENGINE_MUST_MISSING);
    scene.fact.code = OTHER; /* of another kind */
    scene.fact.kind = ENGINE_CERTIFICATE;
    assert_reason(scene, ENGINE_MUST_MISSING);
}

static void r19_a_related_competence_is_half_or_a_quarter(void **state)
{
    (void)state;
    static const struct {
        enum engine_relation relation;
        int points;
    } expected[] = {{ENGINE_CLOSE, 250},
                    {ENGINE_BROADER, 250},
                    {ENGINE_NARROWER, 250},
                    {ENGINE_GROUP, 125},
                    {ENGINE_SHARED_OCCUPATION, 125}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct scene scene = with_relation(ENGINE_COMPETENCE, expected[i].relation);
        assert_part(scene, 1, ENGINE_PARTIAL, expected[i].points);
        scene.requirement.minimum_level = 4; /* has 3 */
        assert_part(scene, 1, ENGINE_PARTIAL, expected[i].points / 2);
        scene.fact.last_used = TODAY - 1827;
        assert_part(scene, 1, ENGINE_PARTIAL, expected[i].points / 4);
        scene.requirement.minimum_level = 5;
        assert_part(scene, 1, ENGINE_MISSING, 0);
        scene.requirement.minimum_level = 0;
        scene.requirement.must = true;
        assert_reason(scene, ENGINE_MUST_MISSING); /* not even seen */
    }
    struct scene scene = with_relation(ENGINE_CERTIFICATE, ENGINE_CLOSE);
    scene.requirement.expires = true;
    assert_part(scene, 1, ENGINE_UNKNOWN, 0);
    scene.fact.valid_until = START;
    assert_part(scene, 1, ENGINE_PARTIAL, 250);
}

static void r20_a_related_occupation_is_half_or_a_quarter(void **state)
{
    (void)state;
    struct scene scene = plain();
    scene.fact.kind = ENGINE_OCCUPATION;
    scene.fact.code = RELATED;
    for (unsigned r = ENGINE_CLOSE; r < ENGINE_RELATION_COUNT; r++) {
        scene.related.relation = (enum engine_relation)r;
        assert_part(scene, 0, ENGINE_PARTIAL, r >= ENGINE_GROUP ? 125 : 250);
    }
    scene.order.occupation_must = true;
    assert_reason(scene, ENGINE_MUST_MISSING);
}

/* R9: two facts that earn as much, one by the stronger relation, the other later and higher. */
static void r9_of_equal_points_the_stronger_relation_is_shown(void **state)
{
    (void)state;
    const struct engine_related related[] = {{RELATED, ENGINE_UNIT}, {OTHER, ENGINE_CLOSE}};
    struct scene scene = plain();
    struct engine_fact facts[2] = {scene.fact, scene.fact};
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    facts[0] = (struct engine_fact){.kind = ENGINE_OCCUPATION,
                                    .code = OTHER,
                                    .level = 5,
                                    .valid_until = ENGINE_NO_DAY,
                                    .last_used = TODAY};
    facts[1] = facts[0];
    facts[1].code = RELATED;
    facts[1].level = 1;
    facts[1].last_used = TODAY - 1000;
    scene.order.occupations = &scene.occupation;
    scene.order.related = related;
    scene.order.related_count = 2;
    scene.order.requirement_count = 0;
    scene.candidate.facts = facts;
    scene.candidate.fact_count = 2;
    assert_int_equal(engine_apply(NULL, 1, &scene.candidate, 1, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &scene.order, 1, &ranking), 0);
    assert_int_equal(ranking->entries[0].parts[0].fact.code, RELATED);
    assert_int_equal(ranking->entries[0].parts[0].relation, ENGINE_UNIT);
    assert_int_equal(ranking->entries[0].score, 500);
    engine_ranking_destroy(&ranking);
    engine_snapshot_destroy(&snapshot);
}

static void a_ruleset_knows_its_relations(void **state)
{
    (void)state;
    static const int since[ENGINE_RELATION_COUNT] = {1, 2, 1, 3, 3, 3, 3, 3};
    for (unsigned r = 0; r < ENGINE_RELATION_COUNT; r++) {
        for (int ruleset = ENGINE_RULESET_OLDEST; ruleset <= ENGINE_RULESET; ruleset++) {
            assert_int_equal(engine_ruleset_counts(ruleset, (enum engine_relation)r),
                             ruleset >= since[r]);
        }
    }
}

static void a_relation_of_no_kind_is_refused(void **state)
{
    (void)state;
    struct scene scene = with_relation(ENGINE_COMPETENCE, ENGINE_EXACT);
    struct engine_snapshot *snapshot = NULL;
    struct engine_ranking *ranking = NULL;
    scene.order.occupations = &scene.occupation;
    scene.order.related = &scene.related;
    scene.order.requirements = &scene.requirement;
    scene.requirement.related = &scene.requirement_related;
    assert_int_equal(engine_apply(NULL, 1, NULL, 0, &snapshot), 0);
    assert_int_equal(engine_rank(snapshot, &scene.order, 1, &ranking), ERROR_INVALID);
    scene.requirement_related.relation = ENGINE_RELATION_COUNT;
    assert_int_equal(engine_rank(snapshot, &scene.order, 1, &ranking), ERROR_INVALID);
    scene.requirement_related.relation = ENGINE_CLOSE;
    scene.requirement.related_count = ENGINE_RELATED_CAP + 1;
    assert_int_equal(engine_rank(snapshot, &scene.order, 1, &ranking), ERROR_LIMIT);
    engine_snapshot_destroy(&snapshot);
}

static void r17_the_hash_is_what_the_page_says(void **state)
{
    (void)state;
    const uint8_t order[ENGINE_ID_SIZE] = {0x01, 0x92, 0xa0, 0, 0, 0, 0x70, 0,
                                           0x80, 0,    0,    0, 0, 0, 0,    0x01};
    const uint8_t candidate[ENGINE_ID_SIZE] = {0x5f, 0x8d, 0, 0, 0, 0, 0x40, 0,
                                               0x80, 0,    0, 0, 0, 0, 0,    0x0a};
    assert_true(tie_hash(order, candidate) == UINT64_C(0x598e7952f8d70c83));
}

static void a_vocabulary_keeps_its_words(void **state)
{
    (void)state;
    struct engine_vocabulary *vocabulary = engine_vocabulary_create();
    char key[32];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "word-%u", i);
        assert_int_equal(engine_vocabulary_add(vocabulary, key), i + 1);
        assert_int_equal(engine_vocabulary_add(vocabulary, key), i + 1);
    }
    assert_int_equal(engine_vocabulary_find(vocabulary, "word-4321"), 4322);
    assert_string_equal(engine_vocabulary_text(vocabulary, 4322), "word-4321");
    assert_int_equal(engine_vocabulary_find(vocabulary, "word"), 0);
    const char *keys[100]; /* more than are looked up side by side */
    uint32_t codes[100];
    for (uint32_t i = 0; i < 100; i++) {
        keys[i] = i % 3 != 0 ? engine_vocabulary_text(vocabulary, 50 * i) : "word";
    }
    engine_vocabulary_find_all(vocabulary, keys, 100, codes);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(codes[i], i % 3 != 0 ? 50 * i : 0);
    }
    assert_null(engine_vocabulary_text(vocabulary, 0));
    assert_null(engine_vocabulary_text(vocabulary, 5001));
    engine_vocabulary_destroy(&vocabulary);
}

static void an_id_is_read_as_it_is_written(void **state)
{
    (void)state;
    const char *text = "5f8d0000-0000-4000-8000-00000000000a";
    uint8_t id[ENGINE_ID_SIZE];
    char again[ENGINE_ID_TEXT_SIZE];
    assert_int_equal(engine_id_read(text, id), 0);
    assert_int_equal(id[0], 0x5f);
    assert_int_equal(id[ENGINE_ID_SIZE - 1], 0x0a);
    engine_id_write(id, again);
    assert_string_equal(again, text);
    assert_int_equal(engine_id_read("5f8d0000-0000-4000-8000-00000000000", id), ERROR_INVALID);
    assert_int_equal(engine_id_read("5f8d0000-0000-4000-8000-00000000000g", id), ERROR_INVALID);
    assert_int_equal(engine_id_read("5f8d0000000040008000-00000000000a-----", id), ERROR_INVALID);
}

static void a_snapshot_refuses_the_same_id_twice(void **state)
{
    (void)state;
    const struct engine_candidate twice[2] = {{.id = {1}}, {.id = {1}}};
    struct engine_snapshot *snapshot = NULL;
    assert_int_equal(engine_apply(NULL, 1, twice, 2, &snapshot), ERROR_INVALID);
    assert_null(snapshot);
}

static void a_snapshot_gives_back_the_facts(void **state)
{
    (void)state;
    struct scene scene = plain();
    struct engine_snapshot *snapshot = NULL;
    struct engine_fact facts[2];
    size_t count = 0;
    scene.candidate.facts = &scene.fact;
    assert_int_equal(engine_apply(NULL, 1, &scene.candidate, 1, &snapshot), 0);
    assert_int_equal(engine_snapshot_facts(snapshot, scene.candidate.id, facts, 2, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(facts[0].code, COMPETENCE);
    assert_int_equal(facts[0].kind, ENGINE_COMPETENCE);
    assert_int_equal(facts[0].level, 3);
    const uint8_t stranger[ENGINE_ID_SIZE] = {9};
    assert_int_equal(engine_snapshot_facts(snapshot, stranger, facts, 2, &count), ERROR_NOT_FOUND);
    engine_snapshot_destroy(&snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r1_protected_and_withdrawn_are_out),
        cmocka_unit_test(r2_screening_holds_to_its_last_day),
        cmocka_unit_test(r3_available_on_the_start_day_is_in_time),
        cmocka_unit_test(r4_one_common_kind_of_work_is_enough),
        cmocka_unit_test(r5_distance_is_what_the_page_says),
        cmocka_unit_test(r6_both_limits_count_and_an_unknown_place_is_not_near),
        cmocka_unit_test(r7_a_must_is_never_partial),
        cmocka_unit_test(r8_shares_by_largest_remainder),
        cmocka_unit_test(r10_a_certificate_holds_on_the_day_needed),
        cmocka_unit_test(r11_no_expiry_date_is_unknown_where_there_should_be_one),
        cmocka_unit_test(r12_one_level_too_low_is_half_for_a_nice),
        cmocka_unit_test(r13_five_years_unused_is_half),
        cmocka_unit_test(r14_a_related_occupation_is_half),
        cmocka_unit_test(r18_a_licence_counts_as_those_it_includes),
        cmocka_unit_test(r19_a_related_competence_is_half_or_a_quarter),
        cmocka_unit_test(r20_a_related_occupation_is_half_or_a_quarter),
        cmocka_unit_test(r9_of_equal_points_the_stronger_relation_is_shown),
        cmocka_unit_test(a_ruleset_knows_its_relations),
        cmocka_unit_test(a_relation_of_no_kind_is_refused),
        cmocka_unit_test(r17_the_hash_is_what_the_page_says),
        cmocka_unit_test(a_vocabulary_keeps_its_words),
        cmocka_unit_test(an_id_is_read_as_it_is_written),
        cmocka_unit_test(a_snapshot_refuses_the_same_id_twice),
        cmocka_unit_test(a_snapshot_gives_back_the_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
