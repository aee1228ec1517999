#include "common/base/error.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_every_code(void **state)
{
    (void)state;
    assert_string_equal(error_name(0), "none");
    assert_string_equal(error_name(ERROR_INVALID), "invalid");
    assert_string_equal(error_name(ERROR_DENIED), "denied");
    assert_string_equal(error_name(ERROR_TIMEOUT), "timeout");
    assert_string_equal(error_name(ERROR_INTERNAL), "internal");
    assert_string_equal(error_name(ERROR_INTERNAL - 1), "unknown");
    assert_string_equal(error_name(1), "unknown");
}

static void fills_both_texts(void **state)
{
    struct error_detail detail;

    (void)state;
    error_detail_set(&detail, "linje 4", "%d poster mangler", 3);
    assert_string_equal(detail.public_text, "3 poster mangler");
    assert_string_equal(detail.private_text, "linje 4");
    error_detail_set(&detail, NULL, "x");
    assert_string_equal(detail.private_text, "");
    error_detail_set(NULL, NULL, "ignored");
}

static void cuts_between_characters(void **state)
{
    char text[1024] = "";
    struct error_detail detail;

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        text[shift] = '\0';
        while (strlen(text) < 900)
            strcat(text, "ø\xE2\x82\xAC\xF0\x9F\x94\xA8");
        error_detail_set(&detail, text, "%s", text);
        assert_true(str_utf8_valid(detail.public_text, strlen(detail.public_text)));
        assert_true(str_utf8_valid(detail.private_text, strlen(detail.private_text)));
        assert_true(strlen(detail.public_text) >= sizeof detail.public_text - 4);
        assert_true(strlen(detail.private_text) >= sizeof detail.private_text - 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_code),
        cmocka_unit_test(fills_both_texts),
        cmocka_unit_test(cuts_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
