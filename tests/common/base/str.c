#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void compares(void **state)
{
    (void)state;
    assert_true(str_equal("a", "a"));
    assert_false(str_equal("a", "A"));
    assert_false(str_equal("a", NULL));
    assert_true(str_equal(NULL, NULL));
    assert_true(str_starts("jobordre", "job"));
    assert_true(str_starts("jobordre", ""));
    assert_false(str_starts("jo", "job"));
    assert_true(str_blank(NULL) && str_blank("") && str_blank(" \t\r\n"));
    assert_false(str_blank(" x "));
}

static void reads_integers(void **state)
{
    static const char *const refused[] = {
        "",
        "-",
        "+5",
        " 5",
        "5 ",
        "5x",
        "0x5",
        "1.0",
        "--1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999",
    };
    int64_t value = 77;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(str_int64(refused[i], INT64_MIN, INT64_MAX, &value), ERROR_INVALID);
    assert_int_equal(str_int64(NULL, 0, 1, &value), ERROR_INVALID);
    assert_int_equal(str_int64("11", 0, 10, &value), ERROR_INVALID);
    assert_int_equal(str_int64("-1", 0, 10, &value), ERROR_INVALID);
    assert_int_equal(value, 77);

    assert_int_equal(str_int64("9223372036854775807", 0, INT64_MAX, &value), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(str_int64("-9223372036854775808", INT64_MIN, 0, &value), 0);
    assert_true(value == INT64_MIN);
    assert_int_equal(str_int64("0010", 0, 10, &value), 0);
    assert_int_equal(value, 10);
}

static void judges_utf8(void **state)
{
    static const char *const good[] = {
        "",
        "abc",
        "æøåÆØÅ",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC3",
        "\xC3\x28",
        "\xE0\x9F\xBF",
        "\xE2\x82",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x9F\x94",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "a\xE6\x62",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(str_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(str_utf8_valid(bad[i], strlen(bad[i])));
    assert_false(str_utf8_valid("\xC3\xA6", 1));
    assert_int_equal(str_utf8_count("Ærø \xF0\x9F\x94\xA8"), 5);
}

static void writes_and_reads_hex(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x7F, 0x80, 0xFF, 0xAB};
    unsigned char back[5];
    char text[11];

    (void)state;
    str_hex(bytes, sizeof bytes, text);
    assert_string_equal(text, "007f80ffab");
    assert_int_equal(str_unhex("007F80ffAb", back, 5), 0);
    assert_memory_equal(back, bytes, 5);
    assert_int_equal(str_unhex("007f80ffa", back, 5), ERROR_INVALID);
    assert_int_equal(str_unhex("007f80ffabc", back, 5), ERROR_INVALID);
    assert_int_equal(str_unhex("007f80ffag", back, 5), ERROR_INVALID);
    assert_int_equal(str_unhex("", back, 1), ERROR_INVALID);
    assert_int_equal(str_unhex("", back, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(judges_utf8),
        cmocka_unit_test(writes_and_reads_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
