/* What people write, and the codes that must come first; ties, kinds, limits, and the same answer
 * each time. */
#include "services/vocabulary/suggest/suggest.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static const struct suggest_label labels[] = {
    {.kind = "occupation", .code = "7115.1", .text = "Tømrer", .weight = 100},
    {.kind = "occupation", .code = "7115.1", .text = "bygningstømrer", .weight = 95},
    {.kind = "occupation", .code = "7114.1", .text = "Betonmager", .weight = 100},
    {.kind = "occupation", .code = "7114.1", .text = "betonarbejder", .weight = 95},
    {.kind = "occupation",
     .code = "9312.98",
     .text = "Specialarbejder, jord og beton",
     .weight = 100},
    {.kind = "occupation", .code = "9312.98", .text = "jord- og betonarbejder", .weight = 95},
    {.kind = "occupation", .code = "9312.97", .text = "jordarbejder", .weight = 95},
    {.kind = "occupation", .code = "8341.2", .text = "Maskinfører", .weight = 100},
    {.kind = "occupation", .code = "8341.2", .text = "gravemaskinefører", .weight = 95},
    {.kind = "occupation", .code = "8343.2", .text = "Kranfører", .weight = 100},
    {.kind = "occupation", .code = "7126.51", .text = "VVS-montør", .weight = 100},
    {.kind = "occupation", .code = "7411.1", .text = "Elektriker", .weight = 100},
    {.kind = "occupation", .code = "7411.2", .text = "el-installatør", .weight = 100},
    {.kind = "occupation", .code = "7119.1", .text = "Stilladsmontør", .weight = 100},
    {.kind = "occupation", .code = "7119.1", .text = "stilladsarbejder", .weight = 95},
    {.kind = "occupation", .code = "7131.1", .text = "Maler", .weight = 100},
    {.kind = "occupation", .code = "7131.2", .text = "Måler", .weight = 100},
    {.kind = "licence",
     .code = "CE",
     .text = "Kørekort CE, lastbil med påhængskøretøj",
     .weight = 100},
    {.kind = "licence", .code = "B", .text = "Kørekort B, personbil", .weight = 100},
    {.kind = "certificate", .code = "wet-room", .text = "Vådrum", .weight = 100},
    {.kind = "competence", .code = "wet-room", .text = "Vådrumssikring", .weight = 100},
    {.kind = "competence", .code = "b-twin", .text = "Brostøbning", .weight = 100},
    {.kind = "competence", .code = "a-twin", .text = "Brostøbning", .weight = 100},
    {.kind = "esco-skill",
     .code = "http://x/1",
     .text = "tømrerarbejde",
     .weight = 100,
     .aside = true},
};

struct world {
    struct suggest *suggest;
    struct suggest_scratch *scratch;
};

static struct suggest *build(size_t step)
{
    struct suggest_build *making = suggest_begin();

    for (size_t i = 0; i < COUNT(labels); i++)
        assert_int_equal(suggest_add(making, &labels[i * step % COUNT(labels)]), 0);
    return suggest_finish(&making);
}

static int setup(void **state)
{
    static struct world world;

    world.suggest = build(1);
    world.scratch = suggest_scratch_create(world.suggest);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    suggest_scratch_destroy(&world->scratch);
    suggest_destroy(&world->suggest);
    return 0;
}

static size_t ask(const struct world *world, const char *text, const char *kind, size_t limit,
                  struct suggest_hit *hits)
{
    return suggest_find(world->suggest, world->scratch, text, strlen(text), kind, limit, hits);
}

static void test_what_people_write(void **state)
{
    static const char *const cases[][2] = {
        {"tømrer", "7115.1"},
        {"TØMRER", "7115.1"},
        {"toemrer", "7115.1"},
        {"tomrer", "7115.1"},
        {"tømmrer", "7115.1"},
        {"tmører", "7115.1"},
        {"tømrerne", "7115.1"},
        {"erfaren tømrer søges m/k", "7115.1"},
        {"to\xcc\x88mrer", "7115.1"},
        {"beton arbejder", "7114.1"},
        {"beton-arbejder", "7114.1"},
        {"betonarb.", "7114.1"},
        {"bettonarbejder", "7114.1"},
        {"betonarbejdere", "7114.1"},
        {"jord- og betonarb.", "9312.98"},
        {"jord & betonarbejder", "9312.98"},
        {"jordarb.", "9312.97"},
        {"gravemaskineforer", "8341.2"},
        {"gravemaskine fører", "8341.2"},
        {"vvs'er", "7126.51"},
        {"V.V.S. montør", "7126.51"},
        {"elinstallatør", "7411.2"},
        {"elektirker", "7411.1"},
        {"stilladsarb", "7119.1"},
        {"maler", "7131.1"},
        {"maaler", "7131.2"},
        {"kørekort C+E", "CE"},
        {"Koerekort c/e", "CE"},
        {"kranførerske", "8343.2"},
        {"kra\xc2\xadnfører", "8343.2"},
    };
    struct suggest_hit hits[10];

    for (size_t i = 0; i < COUNT(cases); i++) {
        const size_t count = ask(*state, cases[i][0], NULL, 10, hits);
        if (count == 0 || strcmp(hits[0].code, cases[i][1]) != 0)
            fail_msg("%s: %s, not %s", cases[i][0], count > 0 ? hits[0].code : "nothing",
                     cases[i][1]);
    }
}

static void test_hopeless_texts_have_no_answer(void **state)
{
    static const char *const texts[] = {"", " ", "---", "日本語", "\xff\xfe", "?!", "’"};
    struct suggest_hit hits[10];

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(ask(*state, texts[i], NULL, 10, hits), 0);
}

static void test_scores_fall_and_the_same_words_are_best(void **state)
{
    struct suggest_hit hits[50];
    const size_t count = ask(*state, "Betonmager", NULL, 50, hits);

    assert_true(count > 1);
    assert_int_equal(hits[0].score, SUGGEST_SCORE_MOST);
    for (size_t i = 1; i < count; i++)
        assert_true(hits[i].score > 0 && hits[i].score <= hits[i - 1].score &&
                    hits[i].score < SUGGEST_SCORE_MOST);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(strcmp(hits[i].code, hits[j].code) == 0 &&
                         strcmp(hits[i].kind, hits[j].kind) == 0);
    assert_int_equal(ask(*state, "beton", NULL, 2, hits), 2);
}

static void test_a_synonym_is_shown_under_the_codes_own_name(void **state)
{
    struct suggest_hit hits[1];

    assert_int_equal(ask(*state, "gravemaskinefører", NULL, 1, hits), 1);
    assert_string_equal(hits[0].label, "Maskinfører");
    assert_string_equal(hits[0].matched, "gravemaskinefører");
}

static void test_kinds(void **state)
{
    struct suggest_hit hits[10];

    assert_int_equal(ask(*state, "vådrum", "certificate", 10, hits), 1);
    assert_string_equal(hits[0].kind, "certificate");
    assert_int_equal(ask(*state, "vådrum", NULL, 10, hits) >= 2, 1); /* one code, two kinds */
    for (size_t i = ask(*state, "tømrerarbejde", NULL, 10, hits); i > 0; i--)
        assert_string_not_equal(hits[i - 1].kind, "esco-skill");
    assert_int_equal(ask(*state, "tømrerarbejde", "esco-skill", 10, hits), 1);
    assert_int_equal(ask(*state, "tømrer", "nonsense", 10, hits), 0);
}

static void test_ties_go_by_the_code(void **state)
{
    struct suggest_hit hits[2];

    assert_int_equal(ask(*state, "brostøbning", NULL, 2, hits), 2);
    assert_int_equal(hits[0].score, hits[1].score);
    assert_string_equal(hits[0].code, "a-twin");
    assert_string_equal(hits[1].code, "b-twin");
}

/* 5 and the number of labels have no common divisor: another order of the same labels. */
static void test_the_order_of_labels_does_not_matter(void **state)
{
    static const char *const texts[] = {"betonarb.", "kran", "fører", "montør beton", "søges vvs"};
    struct world other = {.suggest = build(5)};
    struct suggest_hit hits[10], others[10];

    other.scratch = suggest_scratch_create(other.suggest);
    for (size_t i = 0; i < COUNT(texts); i++) {
        const size_t count = ask(*state, texts[i], NULL, 10, hits);
        assert_int_equal(ask(&other, texts[i], NULL, 10, others), count);
        for (size_t h = 0; h < count; h++) {
            assert_string_equal(hits[h].code, others[h].code);
            assert_int_equal(hits[h].score, others[h].score);
        }
    }
    suggest_scratch_destroy(&other.scratch);
    suggest_destroy(&other.suggest);
}

static void test_bad_labels_are_refused(void **state)
{
    static char longest[SUGGEST_TEXT_CAP + 2];
    const struct suggest_label bad[] = {{.kind = "", .code = "", .text = "x"},
                                        {.kind = "", .code = "x", .text = ""},
                                        {.kind = "", .code = "x", .text = "\xc3"},
                                        {.kind = "", .code = "x", .text = longest}};
    struct suggest_build *making = suggest_begin();

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(suggest_add(making, &bad[i]), ERROR_INVALID);
    struct suggest *empty = suggest_finish(&making);
    struct world world = {empty, suggest_scratch_create(empty)};
    struct suggest_hit hits[1];
    assert_int_equal(suggest_labels(empty), 0);
    assert_int_equal(ask(&world, "tømrer", NULL, 1, hits), 0);
    suggest_scratch_destroy(&world.scratch);
    suggest_destroy(&empty);
}

static void test_memory_is_accounted(void **state)
{
    const struct world *world = *state;

    assert_int_equal(suggest_labels(world->suggest), COUNT(labels));
    assert_int_equal(suggest_codes(world->suggest), COUNT(labels) - 5);
    assert_true(suggest_memory(world->suggest) > 10000 && suggest_memory(world->suggest) < 2000000);
}

static void *ask_often(void *argument)
{
    struct world own = *(struct world *)argument;
    struct suggest_hit hits[10];

    own.scratch = suggest_scratch_create(own.suggest);
    for (int i = 0; i < 200; i++)
        if (ask(&own, i % 2 == 0 ? "betonarb." : "toemrer", NULL, 10, hits) == 0 ||
            strcmp(hits[0].code, i % 2 == 0 ? "7114.1" : "7115.1") != 0)
            own.suggest = NULL;
    suggest_scratch_destroy(&own.scratch);
    return (void *)own.suggest;
}

static void test_threads_share_an_index(void **state)
{
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, *state), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *right;
        pthread_join(threads[i], &right);
        assert_non_null(right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_people_write),
        cmocka_unit_test(test_hopeless_texts_have_no_answer),
        cmocka_unit_test(test_scores_fall_and_the_same_words_are_best),
        cmocka_unit_test(test_a_synonym_is_shown_under_the_codes_own_name),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_ties_go_by_the_code),
        cmocka_unit_test(test_the_order_of_labels_does_not_matter),
        cmocka_unit_test(test_bad_labels_are_refused),
        cmocka_unit_test(test_memory_is_accounted),
        cmocka_unit_test(test_threads_share_an_index),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
