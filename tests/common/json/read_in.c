/* Documents that live in an arena: as good as any other, and none of malloc's business. */
#include "common/json/json.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char order[] =
    "{\"posts\":10,\"postcode\":\"1003\",\"kinds\":[\"flex\",\"seasonal\"],"
    "\"requirements\":[{\"code\":\"\\u00f8l\",\"must\":true,\"weight\":2.5},"
    "{\"code\":\"bevis\",\"must\":false,\"weight\":-3}],\"note\":null}";

static const json_t *read_in(struct arena *arena, const char *text)
{
    struct json_fault fault;
    const json_t *value;

    assert_int_equal(json_read_in(arena, text, strlen(text), &value, &fault), 0);
    return value;
}

static json_t *read_alone(const char *text)
{
    struct json_fault fault;
    json_t *value;

    assert_int_equal(json_read(text, strlen(text), &value, &fault), 0);
    return value;
}

/* What is read and released besides must not get at the arena, nor the arena's tree at malloc: a
 * sanitizer tells if it does. */
static void lives_as_long_as_its_arena(void **state)
{
    struct arena *arena = arena_create(0);
    struct arena *texts = arena_create(0);

    (void)state;
    for (int round = 0; round < 3; round++) {
        const json_t *tree = read_in(arena, order);
        const size_t used = arena_used(arena);
        json_t *other = read_alone(order);
        assert_true(used > 0);
        assert_int_equal(arena_used(arena), used);
        assert_true(json_equal(tree, other));
        const char *canonical = json_canonical(texts, tree);
        assert_string_equal(canonical, json_canonical(texts, other));
        json_decref(other);
        assert_string_equal(canonical, json_canonical(texts, tree));
        arena_reset(arena);
    }
    arena_destroy(&texts);
    arena_destroy(&arena);
}

static void lends_its_parts(void **state)
{
    struct arena *arena = arena_create(0);
    const json_t *tree = read_in(arena, order);
    json_t *kept = json_deep_copy(tree);
    json_t *other = json_object();

    (void)state;
    assert_int_equal(json_object_set(other, "of", json_object_get(tree, "requirements")), 0);
    json_decref(other);
    json_decref(json_incref(json_object_get(tree, "postcode")));
    assert_true(json_equal(tree, kept));
    arena_destroy(&arena);

    json_t *again = read_alone(order);
    assert_true(json_equal(again, kept));
    json_decref(again);
    json_decref(kept);
}

/* Refused by the scan, by jansson at once, and by jansson with half a tree in its hands. */
static void leaves_the_arena_when_refused(void **state)
{
    static const char *const refused[] = {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "",
                                          "{\"a\":[{\"b\":\"c\"},\"d\",{\"e\":1,\"e\":2}]}"};
    struct arena *arena = arena_create(0);

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct json_fault fault;
        const json_t *value;
        assert_int_equal(json_read_in(arena, refused[i], strlen(refused[i]), &value, &fault),
                         ERROR_INVALID);
        assert_null(value);
        assert_int_equal(fault.line, 1);
        assert_true(fault.text[0] != '\0');
        const size_t used = arena_used(arena);
        json_decref(read_alone(order));
        assert_int_equal(arena_used(arena), used);
    }
    arena_destroy(&arena);
}

static void leaves_dumps_to_free(void **state)
{
    struct arena *arena = arena_create(0);
    const json_t *tree = read_in(arena, order);
    const size_t used = arena_used(arena);
    char *text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);

    (void)state;
    assert_non_null(text);
    assert_int_equal(arena_used(arena), used);
    arena_destroy(&arena);
    assert_int_equal(strncmp(text, "{\"kinds\":", 9), 0);
    free(text);
}

/* `unit` as often as a document may hold it, between brackets. */
static char *many(const char *unit)
{
    const size_t length = strlen(unit);
    const size_t count = (JSON_INPUT_CAP - 2) / length;
    char *text = malloc(JSON_INPUT_CAP + 1);

    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        memcpy(text + 1 + i * length, unit, length);
    memcpy(text + count * length, "]", 2); /* in place of the last comma */
    return text;
}

/* An arena ends the process at its cap, which a stranger's body must not reach. */
static void stays_far_below_the_cap(void **state)
{
    static const char *const units[] = {"{},", "[],", "0,", "\"\",", "{\"\":0},", "[{}],", "1.5,"};
    static const size_t most = (size_t)24 << 20;

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct arena *arena = arena_create(most);
        char *text = many(units[i]);
        assert_true(json_array_size(read_in(arena, text)) >= JSON_INPUT_CAP / 8);
        free(text);
        arena_destroy(&arena);
    }
}

static void reads_a_long_text(void **state)
{
    struct arena *arena = arena_create(0);
    char *text = malloc(JSON_INPUT_CAP + 1);

    (void)state;
    memset(text, 'x', JSON_INPUT_CAP);
    text[0] = text[JSON_INPUT_CAP - 1] = '"';
    text[JSON_INPUT_CAP] = '\0';
    const json_t *value = read_in(arena, text);
    assert_int_equal(json_string_length(value), JSON_INPUT_CAP - 2);
    assert_int_equal(strncmp(json_string_value(value), text + 1, JSON_INPUT_CAP - 2), 0);
    free(text);
    arena_destroy(&arena);
}

#define ROUNDS 300

/* Says whether all went well: cmocka's assertions belong to the first thread. */
static void *read_by_turns(void *expected)
{
    struct arena *arena = arena_create(0);
    struct json_fault fault;
    const json_t *tree = NULL;
    json_t *other = NULL;
    bool well = true;

    for (int i = 0; i < ROUNDS && well; i++) {
        arena_reset(arena);
        well = json_read_in(arena, order, sizeof order - 1, &tree, &fault) == 0 &&
               json_read(order, sizeof order - 1, &other, &fault) == 0 && json_equal(tree, other) &&
               strcmp(json_canonical(arena, tree), expected) == 0;
        json_decref(other);
        other = NULL;
    }
    arena_destroy(&arena);
    return well ? expected : NULL;
}

static void keeps_threads_apart(void **state)
{
    struct arena *arena = arena_create(0);
    char *expected = json_canonical(arena, read_in(arena, order));
    pthread_t threads[2];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_by_turns, expected), 0);
    for (size_t i = 0; i < 2; i++) {
        void *answer;
        assert_int_equal(pthread_join(threads[i], &answer), 0);
        assert_ptr_equal(answer, expected);
    }
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_as_long_as_its_arena),    cmocka_unit_test(lends_its_parts),
        cmocka_unit_test(leaves_the_arena_when_refused), cmocka_unit_test(leaves_dumps_to_free),
        cmocka_unit_test(stays_far_below_the_cap),       cmocka_unit_test(reads_a_long_text),
        cmocka_unit_test(keeps_threads_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
