#include "common/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_ends_with_nul(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100000);
    assert_string_equal(buffer.data, "");
    for (int i = 0; i < 10000; i++)
        buffer_printf(&buffer, "%d,", i % 10);
    buffer_char(&buffer, '!');
    buffer_text(&buffer, "ø");
    buffer_append(&buffer, "a\0b", 3);
    assert_false(buffer_full(&buffer));
    assert_int_equal(buffer.length, 20000 + 1 + 2 + 3);
    assert_memory_equal(buffer.data + 19998, "9,!øa\0b", 9);
    buffer_deinit(&buffer);
    buffer_deinit(&buffer);
}

static void holds_exactly_its_cap(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 300; cap++) {
        struct buffer buffer;
        buffer_init(&buffer, cap);
        for (size_t i = 0; i < cap; i++)
            buffer_char(&buffer, 'x');
        assert_false(buffer_full(&buffer));
        buffer_char(&buffer, 'y');
        assert_true(buffer_full(&buffer));
        assert_int_equal(buffer.length, cap);
        assert_int_equal(strlen(buffer.data), cap);
        buffer_deinit(&buffer);
    }
}

static void stays_full_until_cleared(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 8);
    buffer_text(&buffer, "otte");
    buffer_printf(&buffer, "%s", "for meget");
    assert_true(buffer_full(&buffer));
    buffer_char(&buffer, 'x'); /* would fit, but a hole in the text would be worse */
    assert_string_equal(buffer.data, "otte");
    buffer_clear(&buffer);
    buffer_text(&buffer, "x");
    assert_false(buffer_full(&buffer));
    assert_string_equal(buffer.data, "x");
    buffer_deinit(&buffer);
}

static void writes_json_strings(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } vectors[] = {
        {"", "\"\""},
        {"struktør", "\"struktør\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1F\x7F", "\"\\u0001\\u001f\\u007f\""},
        {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
        {"\xC3", "\"\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xF0\x9F\x94\xA8", "\"\xF0\x9F\x94\xA8\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct buffer buffer;
        buffer_init(&buffer, 1000);
        buffer_json(&buffer, vectors[i].text);
        assert_string_equal(buffer.data, vectors[i].json);
        buffer_deinit(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_ends_with_nul),
        cmocka_unit_test(holds_exactly_its_cap),
        cmocka_unit_test(stays_full_until_cleared),
        cmocka_unit_test(writes_json_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
