/* One order on one small pool by each ruleset, written out by hand from RANKING.md: a digger driver
 * who must be allowed to drive a lorry. Everybody is fictional. */
#include "services/match/engine/engine.h"
#include "tests/services/match/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TODAY 20800
#define LONG_AGO (TODAY - 1827)

/* Codes, in an order of no meaning. */
enum word { KERBS = 1, EXCAVATION, DRAINAGE, LEVELLING, EARTHWORKS, SURVEYING };
enum licence { CE = 7, C, BE };
enum trade { DIGGER = 10, LABOURER, CRANE };

#define HAS(kind, code, used)                                                                      \
    {                                                                                              \
        code, kind, 0, ENGINE_YEARS_UNKNOWN, ENGINE_NO_DAY, used, TODAY                            \
    }
#define CAN(word) HAS(ENGINE_COMPETENCE, word, TODAY)
#define COULD(word) HAS(ENGINE_COMPETENCE, word, LONG_AGO)
#define DRIVES(licence) HAS(ENGINE_LICENCE, licence, ENGINE_NO_DAY)
#define IS(trade) HAS(ENGINE_OCCUPATION, trade, TODAY)

#define PEOPLE 7
#define FACTS 6
static const struct engine_fact facts[PEOPLE][FACTS] = {
    /* 1 Asta (fiktiv): everything, word for word */
    {IS(DIGGER), DRIVES(C), CAN(EXCAVATION), CAN(SURVEYING), DRIVES(BE)},
    /* 2 Bent (fiktiv): the same, but CE is all that his licence says */
    {IS(DIGGER), DRIVES(CE), CAN(EXCAVATION), CAN(SURVEYING)},
    /* 3 Carla (fiktiv): crane driver; earthworks and levelling */
    {IS(CRANE), DRIVES(C), CAN(EARTHWORKS), CAN(LEVELLING)},
    /* 4 David (fiktiv): labourer with both licences; kerbs and drainage */
    {IS(LABOURER), DRIVES(C), DRIVES(CE), CAN(KERBS), CAN(DRAINAGE)},
    /* 5 Else (fiktiv): a trailer, but no lorry */
    {DRIVES(BE)},
    /* 6 Finn (fiktiv): dug long ago, and moves earth now */
    {IS(DIGGER), DRIVES(C), COULD(EXCAVATION), CAN(EARTHWORKS)},
    /* 7 Gudrun (fiktiv): drained long ago */
    {DRIVES(C), COULD(DRAINAGE)},
};

static const uint32_t occupations[] = {DIGGER};
static const struct engine_related near_digger[] = {{CRANE, ENGINE_UNIT}, {LABOURER, ENGINE_CLOSE}};
static const struct engine_related near_excavation[] = {
    {EARTHWORKS, ENGINE_CLOSE}, {DRAINAGE, ENGINE_GROUP}, {KERBS, ENGINE_SHARED_OCCUPATION}};
static const struct engine_related near_surveying[] = {{LEVELLING, ENGINE_NARROWER}};
static const struct engine_related includes[] = {{CE, ENGINE_IMPLIED}};

/* Weights 5 5 4 3 3: the shares are 250 250 200 150 150. */
#define PARTS 5
static void ask(struct generate_order *asked)
{
    *asked = (struct generate_order){.order = {.id = {0x01, 0x92},
                                               .occupation_count = 1,
                                               .related_count = 2,
                                               .requirement_count = PARTS - 1,
                                               .place = ENGINE_NO_PLACE,
                                               .start = TODAY + 30,
                                               .end = ENGINE_NO_DAY,
                                               .work = ENGINE_PERMANENT,
                                               .as_of = TODAY}};
    memcpy(asked->occupations, occupations, sizeof occupations);
    memcpy(asked->related, near_digger, sizeof near_digger);
    memcpy(asked->requirement_related[0], includes, sizeof includes);
    memcpy(asked->requirement_related[1], near_excavation, sizeof near_excavation);
    memcpy(asked->requirement_related[2], near_surveying, sizeof near_surveying);
    memcpy(asked->requirement_related[3], includes, sizeof includes);
    asked->requirements[0] = (struct engine_requirement){
        .kind = ENGINE_LICENCE, .code = C, .must = true, .weight = 5, .related_count = 1};
    asked->requirements[1] =
        (struct engine_requirement){.code = EXCAVATION, .weight = 4, .related_count = 3};
    asked->requirements[2] =
        (struct engine_requirement){.code = SURVEYING, .weight = 3, .related_count = 1};
    asked->requirements[3] = (struct engine_requirement){
        .kind = ENGINE_LICENCE, .code = BE, .weight = 3, .related_count = 1};
}

static struct engine_snapshot *pool(void)
{
    struct engine_candidate people[PEOPLE];
    struct engine_snapshot *snapshot = NULL;
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = (struct engine_candidate){.id = {(uint8_t)(i + 1)},
                                              .place = ENGINE_NO_PLACE,
                                              .available_from = TODAY,
                                              .work = ENGINE_PERMANENT,
                                              .screening_until = TODAY,
                                              .facts = facts[i]};
        while (people[i].fact_count < FACTS && facts[i][people[i].fact_count].code != 0) {
            people[i].fact_count++;
        }
    }
    assert_int_equal(engine_apply(NULL, 1, people, PEOPLE, &snapshot), 0);
    return snapshot;
}

struct line {
    unsigned candidate;
    int points[PARTS]; /* occupation, C, excavation, surveying, BE */
    int score;
    enum engine_relation relations[PARTS];
};

#define EXACT ENGINE_EXACT
#define IMPLIED ENGINE_IMPLIED

static void assert_list(int ruleset, const struct line *lines, size_t count)
{
    struct generate_order asked;
    struct generate_order known;
    struct engine_ranking *ranking = NULL;
    struct engine_snapshot *snapshot = pool();
    ask(&asked);
    generate_known(&asked, ruleset, &known);
    assert_int_equal(engine_rank(snapshot, &known.order, PEOPLE, &ranking), 0);
    assert_int_equal(ranking->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct engine_entry *entry = &ranking->entries[i];
        assert_int_equal(entry->id[0], lines[i].candidate);
        assert_int_equal(entry->score, lines[i].score);
        for (size_t part = 0; part < PARTS; part++) {
            assert_int_equal(entry->parts[part].points, lines[i].points[part]);
            assert_int_equal(entry->parts[part].relation, lines[i].relations[part]);
        }
    }
    engine_ranking_destroy(&ranking);
    engine_snapshot_destroy(&snapshot);
}

static void ruleset_1_knows_the_four_digits(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {1, {250, 250, 200, 150, 150}, 1000, {EXACT}}, {6, {250, 250, 100, 0, 0}, 600, {EXACT}},
        {3, {125, 250, 0, 0, 0}, 375, {ENGINE_UNIT}},  {4, {0, 250, 0, 0, 0}, 250, {EXACT}},
        {7, {0, 250, 0, 0, 0}, 250, {EXACT}},
    };
    assert_list(1, lines, sizeof lines / sizeof lines[0]);
}

/* Bent's CE is a C, and a BE; so is David's. */
static void ruleset_2_adds_licences(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {1, {250, 250, 200, 150, 150}, 1000, {EXACT}},
        {2, {250, 250, 200, 150, 150}, 1000, {EXACT, IMPLIED, EXACT, EXACT, IMPLIED}},
        {6, {250, 250, 100, 0, 0}, 600, {EXACT}},
        {4, {0, 250, 0, 0, 150}, 400, {EXACT, EXACT, EXACT, EXACT, IMPLIED}},
        {3, {125, 250, 0, 0, 0}, 375, {ENGINE_UNIT}},
        {7, {0, 250, 0, 0, 0}, 250, {EXACT}},
    };
    assert_list(2, lines, sizeof lines / sizeof lines[0]);
}

/* Finn's own digging counts before earthworks of as many points; David's drainage before his kerbs.
 */
static void ruleset_3_adds_related_ones(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {1, {250, 250, 200, 150, 150}, 1000, {EXACT}},
        {2, {250, 250, 200, 150, 150}, 1000, {EXACT, IMPLIED, EXACT, EXACT, IMPLIED}},
        {6, {250, 250, 100, 0, 0}, 600, {EXACT}},
        {4, {125, 250, 50, 0, 150}, 575, {ENGINE_CLOSE, EXACT, ENGINE_GROUP, EXACT, IMPLIED}},
        {3, {125, 250, 100, 75, 0}, 550, {ENGINE_UNIT, EXACT, ENGINE_CLOSE, ENGINE_NARROWER}},
        {7, {0, 250, 25, 0, 0}, 275, {EXACT, EXACT, ENGINE_GROUP}},
    };
    assert_list(3, lines, sizeof lines / sizeof lines[0]);
}

/* Else has a trailer but no lorry: by each ruleset she lacks part 1, and the BE is hers. By ruleset
 * 1 so does Bent, whose CE is nothing but a CE there. */
static void the_near_misses_are_a_list_of_their_own(void **state)
{
    (void)state;
    static const struct {
        int ruleset;
        unsigned candidates[PEOPLE];
        uint16_t scores[PEOPLE];
        uint8_t lacks[PEOPLE];
    } expected[] = {
        {1, {1, 6, 2, 3, 4, 7, 5}, {1000, 600, 600, 375, 250, 250, 150}, {0, 0, 1, 0, 0, 0, 1}},
        {3, {1, 2, 6, 4, 3, 7, 5}, {1000, 1000, 600, 575, 550, 275, 150}, {0, 0, 0, 0, 0, 0, 1}},
    };
    struct engine_snapshot *snapshot = pool();
    struct engine_scratch *scratch = engine_scratch_create();
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        struct generate_order asked;
        struct generate_order known;
        const struct engine_answer *answer = NULL;
        ask(&asked);
        generate_known(&asked, expected[e].ruleset, &known);
        assert_int_equal(
            engine_query(snapshot, &known.order, ENGINE_NEAR_MISS, PEOPLE, scratch, &answer), 0);
        assert_int_equal(answer->count, PEOPLE);
        for (size_t i = 0; i < PEOPLE; i++) {
            const uint8_t lacks =
                expected[e].lacks[i] != 0 ? expected[e].lacks[i] : ENGINE_LACKS_NONE;
            assert_int_equal(answer->standings[i].id[0], expected[e].candidates[i]);
            assert_int_equal(answer->standings[i].score, expected[e].scores[i]);
            assert_int_equal(answer->standings[i].lacks, lacks);
        }
    }
    engine_scratch_destroy(&scratch);
    engine_snapshot_destroy(&snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_near_misses_are_a_list_of_their_own),
        cmocka_unit_test(ruleset_1_knows_the_four_digits),
        cmocka_unit_test(ruleset_2_adds_licences),
        cmocka_unit_test(ruleset_3_adds_related_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
