/* The pure functions: patterns, queries, single headers, and the table of problems. */
#include "common/rest/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void patterns_fit_whole_paths(void **state)
{
    static const struct {
        const char *pattern;
        const char *path;
        bool fits;
    } rows[] = {
        {"/", "/", true},
        {"/v1/a", "/v1/a", true},
        {"/v1/a", "/v1/a/", false},
        {"/v1/a", "/v1/ab", false},
        {"/v1/ab", "/v1/a", false},
        {"/v1/a", "/v1", false},
        {"/v1", "/v1/a", false},
        {"/v1/{id}", "/v1/x", true},
        {"/v1/{id}", "/v1/", false},
        {"/v1/{id}", "/v1/x/y", false},
        {"/v1/{id}/facts", "/v1/x/facts", true},
        {"/v1/{id}/facts", "/v1//facts", false},
        {"/v1/{a}/{b}", "/v1/x/y%2Fz", true},
        {"/v1/a", "//v1/a", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (match_pattern(rows[i].pattern, rows[i].path) != rows[i].fits)
            fail_msg("%s against %s", rows[i].pattern, rows[i].path);
}

static void a_word_is_closer_than_a_parameter(void **state)
{
    (void)state;
    assert_true(match_compare("/v1/import", "/v1/{id}") > 0);
    assert_true(match_compare("/v1/{id}", "/v1/import") < 0);
    assert_true(match_compare("/v1/a/{b}", "/v1/{a}/b") > 0);
    assert_int_equal(match_compare("/v1/{a}", "/v1/{b}"), 0);
}

static void parameters_are_decoded(void **state)
{
    struct rest_pair pairs[REST_PARAMETERS];
    size_t count;
    (void)state;
    assert_true(match_parameters(arena, "/v1/{municipality}/x/{external_ref}",
                                 "/v1/0751/x/a%2fb+%C3%A6", pairs, &count));
    assert_int_equal(count, 2);
    assert_string_equal(pairs[0].name, "municipality");
    assert_string_equal(pairs[0].value, "0751");
    assert_string_equal(pairs[1].name, "external_ref");
    assert_string_equal(pairs[1].value, "a/b+\xc3\xa6");
    assert_false(match_parameters(arena, "/{a}", "/%00", pairs, &count));
    assert_false(match_parameters(arena, "/{a}", "/a%0Ab", pairs, &count));
    assert_false(match_parameters(arena, "/{a}", "/%ff", pairs, &count));
    assert_false(match_parameters(arena, "/{a}", "/%C3", pairs, &count));
}

static void queries_are_taken_apart(void **state)
{
    struct rest_pair pairs[REST_QUERIES];
    size_t count;
    (void)state;
    assert_true(match_query(arena, "", pairs, &count));
    assert_int_equal(count, 0);
    assert_true(match_query(arena, "a=b+c&&d&e=f=g&%61=%26", pairs, &count));
    assert_int_equal(count, 4);
    assert_string_equal(pairs[0].value, "b c");
    assert_string_equal(pairs[1].name, "d");
    assert_string_equal(pairs[1].value, "");
    assert_string_equal(pairs[2].value, "f=g");
    assert_string_equal(pairs[3].name, "a");
    assert_string_equal(pairs[3].value, "&");
    assert_false(match_query(arena, "a=%00", pairs, &count));
    assert_false(match_query(arena, "a=%e6", pairs, &count));
    char many[200] = "";
    for (int i = 0; i <= REST_QUERIES; i++)
        strcat(many, "a=b&");
    assert_false(match_query(arena, many, pairs, &count));
}

static void accept_gives_each_type_its_quality(void **state)
{
    static const struct {
        const char *accept;
        int quality;
    } rows[] = {
        {NULL, 1000},
        {"", 1000},
        {"application/json", 1000},
        {"APPLICATION/JSON; charset=utf-8", 1000},
        {"*/*", 1000},
        {"application/*;q=0.5", 500},
        {"text/html, */*;q=0.1", 100},
        {"text/html", 0},
        {"application/json;q=0, */*", 0},
        {"*/*;q=0.9,application/json;q=0.25", 250},
        {"application/json;v=1 ; q=0.7", 700},
        {"application/jsonx", 0},
        {"application/json;q=1.5", 0},
        {",,;;q", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (accept_quality(rows[i].accept, "application/json") != rows[i].quality)
            fail_msg("%s", rows[i].accept);
}

static void danish_unless_english_is_liked_better(void **state)
{
    static const struct {
        const char *header;
        enum rest_language language;
    } rows[] = {
        {NULL, REST_DANISH},
        {"", REST_DANISH},
        {"da", REST_DANISH},
        {"en", REST_ENGLISH},
        {"en-GB,en;q=0.9", REST_ENGLISH},
        {"da-DK,da;q=0.9,en;q=0.8", REST_DANISH},
        {"en;q=0.8,da;q=0.9", REST_DANISH},
        {"de, en;q=0.5", REST_ENGLISH},
        {"de", REST_DANISH},
        {"*", REST_DANISH},
        {"en, *", REST_DANISH},
        {"en, *;q=0.5", REST_ENGLISH},
        {"da;q=0, *", REST_ENGLISH},
        {"en;q=0", REST_DANISH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (accept_language(rows[i].header) != rows[i].language)
            fail_msg("%s", rows[i].header);
}

static void idempotency_keys_are_strings_or_tokens(void **state)
{
    static const struct {
        const char *header;
        const char *key; /* NULL: malformed */
    } rows[] = {
        {"abc-123", "abc-123"},
        {"\"abc-123\"", "abc-123"},
        {"\"a\\\"b\\\\\"", "a\"b\\"},
        {"", NULL},
        {"\"\"", NULL},
        {"\"", NULL},
        {"\"abc", NULL},
        {"\"abc\"d", NULL},
        {"\"a\\bc\"", NULL},
        {"\"abc\\", NULL},
        {"a b", NULL},
        {"a,b", NULL},
        {"a;p=1", NULL},
        {"\"a b\"", NULL},
        {"\xc3\xa6", NULL},
        {"\"\xc3\xa6\"", NULL},
    };
    char longest[260];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *key = accept_idempotency_key(arena, rows[i].header);
        if ((key == NULL) != (rows[i].key == NULL) ||
            (key != NULL && strcmp(key, rows[i].key) != 0))
            fail_msg("%s", rows[i].header);
    }
    memset(longest, 'k', sizeof longest);
    longest[255] = '\0';
    assert_non_null(accept_idempotency_key(arena, longest));
    longest[255] = 'k';
    longest[256] = '\0';
    assert_null(accept_idempotency_key(arena, longest));
}

static void if_match_takes_our_strong_tags_only(void **state)
{
    (void)state;
    assert_int_equal(accept_if_match("\"v7\""), 7);
    assert_int_equal(accept_if_match("\"v9223372036854775807\""), INT64_MAX);
    assert_int_equal(accept_if_match("*"), 0);
    static const char *const wrong[] = {"",        "v7",
                                        "7",       "\"7\"",
                                        "\"v\"",   "\"v07\"",
                                        "\"v0\"",  "\"v-1\"",
                                        "\"v 7\"", "W/\"v7\"",
                                        "\"v7\"x", "\"v7\", \"v8\"",
                                        "\"v7",    "\"v99999999999999999999\""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (accept_if_match(wrong[i]) != -1)
            fail_msg("%s", wrong[i]);
}

static void if_none_match_takes_lists_and_weak_tags(void **state)
{
    (void)state;
    assert_true(accept_if_none_match("\"v7\"", 7));
    assert_true(accept_if_none_match("\"v6\", W/\"v7\" ", 7));
    assert_true(accept_if_none_match("*", 7));
    assert_false(accept_if_none_match("\"v6\"", 7));
    assert_false(accept_if_none_match("\"another-tag-that-is-much-longer-than-ours\"", 7));
    assert_false(accept_if_none_match("", 7));
}

static void traces_and_ids_are_taken_when_well_formed(void **state)
{
    char trace[REST_TRACE_SIZE];
    (void)state;
    assert_true(accept_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", trace));
    assert_string_equal(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_true(
        accept_trace("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", trace));
    static const char *const wrong[] = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (accept_trace(wrong[i], trace))
            fail_msg("%s", wrong[i]);
    assert_false(accept_trace(NULL, trace));
    assert_true(accept_request_id("a.B_9-"));
    assert_false(accept_request_id(""));
    assert_false(accept_request_id("a b"));
    assert_false(accept_request_id("a\"b"));
    assert_false(accept_request_id(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")); /* 65 */
}

static void problems_are_named_once_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < problem_types_count; i++) {
        const struct problem_type *type = &problem_types[i];
        assert_ptr_equal(problem_find(type->slug), type);
        assert_in_range(type->status, 400, 599);
        assert_true(strlen(type->title_da) > 0 && strlen(type->title_en) > 0);
        assert_int_equal(strspn(type->slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(type->slug));
    }
    assert_string_equal(problem_find("no-such-thing")->slug, "internal-error");
    assert_string_equal(problem_find(NULL)->slug, "internal-error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit_whole_paths),
        cmocka_unit_test(a_word_is_closer_than_a_parameter),
        cmocka_unit_test(parameters_are_decoded),
        cmocka_unit_test(queries_are_taken_apart),
        cmocka_unit_test(accept_gives_each_type_its_quality),
        cmocka_unit_test(danish_unless_english_is_liked_better),
        cmocka_unit_test(idempotency_keys_are_strings_or_tokens),
        cmocka_unit_test(if_match_takes_our_strong_tags_only),
        cmocka_unit_test(if_none_match_takes_lists_and_weak_tags),
        cmocka_unit_test(traces_and_ids_are_taken_when_well_formed),
        cmocka_unit_test(problems_are_named_once_in_both_languages),
    };
    return cmocka_run_group_tests_name("common/rest parsing", tests, setup, teardown);
}
