/* What is JSON for us and what is not: RFC 8259 and RFC 7493, after the cases of JSONTestSuite. */
#include "common/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIFTEEN_OPEN "[[[[[[[[[[[[[[["
#define FIFTEEN_CLOSED "]]]]]]]]]]]]]]]"

/* Texts with their length, since some hold NUL. */
#define T(text_) (text_), sizeof(text_) - 1

struct vector {
    const char *text;
    size_t length;
    const char *canonical; /* accepted: what it is written as again; refused: the fault's text */
};

static const struct vector accepted[] = {
    {T("{}"), "{}"},
    {T("[]"), "[]"},
    {T(" \t\r\n{ \"a\" : 1 } \n"), "{\"a\":1}"},
    {T("null"), "null"},
    {T("true"), "true"},
    {T("\"x\""), "\"x\""},
    {T("\"\""), "\"\""},
    {T("0"), "0"},
    {T("-0"), "0"},
    {T("-1"), "-1"},
    {T("1.5"), "1.5"},
    {T("1E2"), "100.0"},
    {T("1e+2"), "100.0"},
    {T("123.456e78"), "1.23456e80"},
    {T("9007199254740991"), "9007199254740991"},
    {T("-9007199254740991"), "-9007199254740991"},
    {T("[1.0]"), "[1.0]"},
    {T("{\"\":0}"), "{\"\":0}"},
    {T("{\"b\":1,\"a\":2}"), "{\"a\":2,\"b\":1}"},
    {T("{\"a\":{\"a\":1}}"), "{\"a\":{\"a\":1}}"},
    {T("{\"a\":1,\"A\":2}"), "{\"A\":2,\"a\":1}"},
    {T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {T("\"\\u00e6\\u00D8\""), "\"æØ\""},
    {T("\"æøåÆØÅ\""), "\"æøåÆØÅ\""},
    {T("\"\\uD83D\\uDD28\""), "\"\xF0\x9F\x94\xA8\""},
    {T("\"\xF0\x9F\x94\xA8\""), "\"\xF0\x9F\x94\xA8\""},
    {T("\"\xF4\x8F\xBF\xBD\""), "\"\xF4\x8F\xBF\xBD\""},
    {T("\"\xEF\xBF\xBD\""), "\"\xEF\xBF\xBD\""},
    {T("\"\\u007F\""), "\"\x7F\""},
    {T("\"\x7F\""), "\"\x7F\""},
    {T("\"\\\\u0000\""), "\"\\\\u0000\""},
    {T("\"\\\\uFFFF\""), "\"\\\\uFFFF\""},
    {T("\"[[[[[[[[[[[[[[[[[[[[\""), "\"[[[[[[[[[[[[[[[[[[[[\""},
    {T("\"9007199254740993\""), "\"9007199254740993\""},
    {T("\"\\\"[[[[[[[[[[[[[[[[[[[[\""), "\"\\\"[[[[[[[[[[[[[[[[[[[[\""},
    {T(FIFTEEN_OPEN "[]" FIFTEEN_CLOSED), FIFTEEN_OPEN "[]" FIFTEEN_CLOSED},
    {T("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"),
     "[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"},
};

static const struct vector refused[] = {
    /* names */
    {T("{\"a\":1,\"a\":2}"), "the same name twice in one object"},
    {T("{\"a\":1,\"\\u0061\":2}"), "the same name twice in one object"},
    {T("{\"\xC3\xA6\":1,\"\\u00e6\":2}"), "the same name twice in one object"},
    {T("[{\"x\":{\"a\":1,\"b\":2,\"a\":1}}]"), "the same name twice in one object"},
    {T("{\"a\\u0000b\":1}"), "NUL character in a string or a name"},
    {T("{a:1}"), "not JSON (RFC 8259)"},
    {T("{1:1}"), "not JSON (RFC 8259)"},
    {T("{\"a\" 1}"), "not JSON (RFC 8259)"},
    {T("{\"a\":}"), "not JSON (RFC 8259)"},
    {T("{\"a\":1,}"), "not JSON (RFC 8259)"},
    {T("{'a':1}"), "not JSON (RFC 8259)"},
    /* NUL, byte order mark, encodings */
    {T("\"a\\u0000b\""), "NUL character in a string or a name"},
    {T("\"a\0b\""), "NUL byte"},
    {T("[1]\0"), "NUL byte"},
    {T("\0[1]"), "NUL byte"},
    {T("1\0"), "NUL byte"},
    {T("\xEF\xBB\xBF{}"), "byte order mark; JSON begins without one"},
    {T("\xFE\xFF\0{\0}"), "NUL byte"},
    {T("{\0}\0"), "NUL byte"},
    {T("\"\xC0\xAF\""), "not valid UTF-8"},
    {T("\"\xE0\x80\xAF\""), "not valid UTF-8"},
    {T("\"\xF0\x80\x80\xAF\""), "not valid UTF-8"},
    {T("\"\xED\xA0\x80\""), "not valid UTF-8"},
    {T("\"\xF4\x90\x80\x80\""), "not valid UTF-8"},
    {T("\"\xE6\""), "not valid UTF-8"},
    {T("\"\xFF\""), "not valid UTF-8"},
    {T("\"\\uD800\""), "not JSON (RFC 8259)"},
    {T("\"\\uDC00\""), "not JSON (RFC 8259)"},
    {T("\"\\uD800\\u0041\""), "not JSON (RFC 8259)"},
    {T("\"\\uDD28\\uD83D\""), "not JSON (RFC 8259)"},
    {T("\"\\uFFFF\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    {T("\"\\ufdd0\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    {T("\"\\uD83F\\uDFFE\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    {T("\"\xEF\xBF\xBF\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    {T("\"\xEF\xB7\xAF\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    {T("\"\xF0\x9F\xBF\xBE\""), "noncharacter in a string (RFC 7493 section 2.1)"},
    /* numbers */
    {T("9007199254740992"), "integer outside -(2^53-1) to 2^53-1"},
    {T("[-9007199254740992]"), "integer outside -(2^53-1) to 2^53-1"},
    {T("100000000000000000000"), "integer outside -(2^53-1) to 2^53-1"},
    {T("1e400"), "number too large"},
    {T("-1e400"), "number too large"},
    {T("01"), "not JSON (RFC 8259)"},
    {T("-01"), "not JSON (RFC 8259)"},
    {T("+1"), "not JSON (RFC 8259)"},
    {T("-"), "not JSON (RFC 8259)"},
    {T(".5"), "not JSON (RFC 8259)"},
    {T("5."), "not JSON (RFC 8259)"},
    {T("1e"), "not JSON (RFC 8259)"},
    {T("0x10"), "something follows the value"},
    {T("NaN"), "not JSON (RFC 8259)"},
    {T("Infinity"), "not JSON (RFC 8259)"},
    {T("1,5"), "something follows the value"},
    /* depth */
    {T(FIFTEEN_OPEN "[[]]" FIFTEEN_CLOSED), "nested deeper than 16 levels"},
    {T(FIFTEEN_OPEN "{\"a\":{}}" FIFTEEN_CLOSED), "nested deeper than 16 levels"},
    {T(FIFTEEN_OPEN "[["), "nested deeper than 16 levels"},
    /* structure */
    {T(""), "ends too early"},
    {T(" "), "ends too early"},
    {T("["), "ends too early"},
    {T("{\"a\":1"), "ends too early"},
    {T("\"abc"), "ends too early"},
    {T("[1,]"), "not JSON (RFC 8259)"},
    {T("[,1]"), "not JSON (RFC 8259)"},
    {T("[1 2]"), "not JSON (RFC 8259)"},
    {T("]"), "not JSON (RFC 8259)"},
    {T("[1]]"), "something follows the value"},
    {T("{}{}"), "something follows the value"},
    {T("[1] x"), "something follows the value"},
    {T("[1}"), "not JSON (RFC 8259)"},
    {T("True"), "not JSON (RFC 8259)"},
    {T("nul"), "not JSON (RFC 8259)"},
    {T("[1]//x"), "something follows the value"},
    {T("/**/[1]"), "not JSON (RFC 8259)"},
    {T("\"a\nb\""), "not JSON (RFC 8259)"},
    {T("\"a\tb\""), "not JSON (RFC 8259)"},
    {T("\"\x1F\""), "not JSON (RFC 8259)"},
    {T("\"\\x41\""), "not JSON (RFC 8259)"},
    {T("\"\\u00g0\""), "not JSON (RFC 8259)"},
    {T("\"\\u12\""), "not JSON (RFC 8259)"},
    {T("\"\\"), "not JSON (RFC 8259)"},
    {T("\xC2\xA0[1]"), "not JSON (RFC 8259)"},
    {T("[1]\f"), "something follows the value"},
};

static void accepts_json(void **state)
{
    struct arena *arena = arena_create(0);

    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct json_fault fault;
        json_t *value;
        if (json_read(accepted[i].text, accepted[i].length, &value, &fault))
            fail_msg("refused %s: %s", accepted[i].text, fault.text);
        assert_string_equal(json_canonical(arena, value), accepted[i].canonical);
        json_decref(value);
    }
    arena_destroy(&arena);
}

static void refuses_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        /* On the heap without a NUL, so that the address sanitizer sees one byte too many. */
        char *bytes = malloc(refused[i].length ? refused[i].length : 1);
        struct json_fault fault;
        json_t *value;
        memcpy(bytes, refused[i].text, refused[i].length);
        if (json_read(bytes, refused[i].length, &value, &fault) != ERROR_INVALID)
            fail_msg("accepted %s", refused[i].text);
        assert_null(value);
        if (strcmp(fault.text, refused[i].canonical) != 0)
            fail_msg("%s: says \"%s\", not \"%s\"", refused[i].text, fault.text,
                     refused[i].canonical);
        assert_true(fault.line >= 1 && fault.column >= 1);
        free(bytes);
    }
}

static void names_the_place(void **state)
{
    struct json_fault fault;
    json_t *value;

    (void)state;
    static const char deep[] = "{\n  \"æ\": [9007199254740992]\n}";
    assert_int_equal(json_read(deep, strlen(deep), &value, &fault), ERROR_INVALID);
    assert_int_equal(fault.line, 2);
    assert_int_equal(fault.column, 9);
    static const char broken[] = "{\n\n  \"a\": hemmelig\n}";
    assert_int_equal(json_read(broken, strlen(broken), &value, &fault), ERROR_INVALID);
    assert_int_equal(fault.line, 3);
    assert_null(strstr(fault.text, "hemmelig"));
}

static void caps_the_size(void **state)
{
    char *bytes = malloc(JSON_INPUT_CAP + 1);
    struct json_fault fault;
    json_t *value;

    (void)state;
    memset(bytes, ' ', JSON_INPUT_CAP + 1);
    memcpy(bytes, "{}", 2);
    assert_int_equal(json_read(bytes, JSON_INPUT_CAP, &value, &fault), 0);
    json_decref(value);
    assert_int_equal(json_read(bytes, JSON_INPUT_CAP + 1, &value, &fault), ERROR_INVALID);
    assert_string_equal(fault.text, "longer than 262144 bytes");
    free(bytes);
}

static void writes_the_same_bytes_whatever_the_order(void **state)
{
    static const char one[] = "{\"b\":[1,{\"y\":1,\"x\":2}],\"a\":\"ø\"}";
    static const char two[] = "{ \"a\":\"\\u00f8\", \"b\":[1, {\"x\":2, \"y\":1}] }";
    struct arena *arena = arena_create(0);
    struct json_fault fault;
    json_t *first;
    json_t *second;

    (void)state;
    assert_int_equal(json_read(one, strlen(one), &first, &fault), 0);
    assert_int_equal(json_read(two, strlen(two), &second, &fault), 0);
    assert_string_equal(json_canonical(arena, first), json_canonical(arena, second));
    assert_string_equal(json_text(arena, first), "{\"b\":[1,{\"y\":1,\"x\":2}],\"a\":\"ø\"}");
    json_decref(first);
    json_decref(second);
    arena_destroy(&arena);
}

static void writes_strings_that_read_back(void **state)
{
    static const char text[] = "\x01\"\\/\n\x7F Ærø \xF0\x9F\x94\xA8";
    struct buffer buffer;
    struct json_fault fault;
    json_t *value;

    (void)state;
    buffer_init(&buffer, 1000);
    buffer_json(&buffer, text);
    assert_int_equal(json_read(buffer.data, buffer.length, &value, &fault), 0);
    assert_string_equal(json_string_value(value), text);
    json_decref(value);
    buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_json),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(names_the_place),
        cmocka_unit_test(caps_the_size),
        cmocka_unit_test(writes_the_same_bytes_whatever_the_order),
        cmocka_unit_test(writes_strings_that_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
