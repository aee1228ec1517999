#include "common/base/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BOM "\xEF\xBB\xBF"

static struct buffer buffer;
static struct sheet sheet;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&buffer, 4096);
    sheet_init(&sheet, &buffer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_deinit(&buffer);
    return 0;
}

static void rows_end_in_crlf_and_fields_in_semicolons(void **state)
{
    (void)state;
    sheet_text(&sheet, "Kommune");
    sheet_text(&sheet, "Andel besat (%)");
    sheet_end_row(&sheet);
    sheet_text(&sheet, "Århus, Ø");
    sheet_integer(&sheet, -7);
    sheet_empty(&sheet);
    sheet_text(&sheet, NULL);
    sheet_end_row(&sheet);
    assert_string_equal(buffer.data, BOM "Kommune;Andel besat (%)\r\nÅrhus, Ø;-7;;\r\n");
}

static void decimals_have_a_comma(void **state)
{
    (void)state;
    sheet_decimal(&sheet, 125, 2);
    sheet_decimal(&sheet, 5, 2);
    sheet_decimal(&sheet, -5, 1);
    sheet_decimal(&sheet, 1000, 1);
    sheet_decimal(&sheet, 42, 0);
    sheet_decimal(&sheet, INT64_MIN, 1);
    assert_string_equal(buffer.data, BOM "1,25;0,05;-0,5;100,0;42;-922337203685477580,8");
}

static void what_is_special_is_quoted(void **state)
{
    (void)state;
    sheet_text(&sheet, "a;b");
    sheet_text(&sheet, "sagt \"ja\"");
    sheet_text(&sheet, "to\nlinjer");
    sheet_text(&sheet, "'");
    assert_string_equal(buffer.data, BOM "\"a;b\";\"sagt \"\"ja\"\"\";\"to\nlinjer\";'");
}

static void formulas_are_disarmed(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"=1+1", "'=1+1"},
        {"+45 12345678", "'+45 12345678"},
        {"-", "'-"},
        {"@sum", "'@sum"},
        {"  =1", "'  =1"},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"=a;\"b\"", "\"'=a;\"\"b\"\"\""},
        {"\xEF\xBC\x9D"
         "1",
         "'\xEF\xBC\x9D"
         "1"},
        {"a=1", "a=1"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&buffer);
        sheet_init(&sheet, &buffer);
        sheet_text(&sheet, cases[i].text);
        assert_string_equal(buffer.data + sizeof BOM - 1, cases[i].written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_end_in_crlf_and_fields_in_semicolons, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(decimals_have_a_comma, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_special_is_quoted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(formulas_are_disarmed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
