/* The page by itself: every state, every notice, and titles that try to leave their place. */
#include "services/citizen/page.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const states[] = {"asked",   "changed", "yes",   "no",     "withdrawn",
                                     "expired", "over",    "ended", "failed", "unknown"};

static size_t count(const char *text, const char *what)
{
    size_t found = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + strlen(what), what))
        found++;
    return found;
}

static struct page a_page(const char *state)
{
    return (struct page){.state = state,
                         .statement = "# Hvem\nAarhus spørger.\n- et\n- to\nSlut.",
                         .digest = "abc",
                         .answer_by = "1. december 2026 kl. 12.00",
                         .seal = "def"};
}

static void every_state_is_a_whole_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct buffer bytes;
        const struct page page = a_page(states[i]);
        buffer_init(&bytes, PAGE_CAP);
        page_write(&bytes, &page);
        assert_false(buffer_full(&bytes));
        assert_true(str_starts(bytes.data, "<!DOCTYPE html>\n<html lang=\"da\"><head>"));
        assert_int_equal(count(bytes.data, "<h1>"), 1);
        assert_int_equal(count(bytes.data, "<main>"), 1);
        assert_int_equal(count(bytes.data, "<title>"), 1);
        assert_null(strstr(bytes.data, "<script"));
        const bool asked = str_equal(states[i], "asked") || str_equal(states[i], "changed");
        const bool yes = str_equal(states[i], "yes");
        assert_int_equal(count(bytes.data, "<form method=\"post\">"), asked ? 2 : yes ? 1 : 0);
        assert_int_equal(count(bytes.data, "<ul><li>et</li><li>to</li></ul>"), asked || yes);
        assert_int_equal(count(bytes.data, "<label for=\"last\">"), asked);
        buffer_deinit(&bytes);
    }
}

static void a_fault_is_told_where_it_is(void **state)
{
    struct page page = a_page("asked");
    struct buffer bytes;

    (void)state;
    page.notice = PAGE_NOT_TICKED;
    buffer_init(&bytes, PAGE_CAP);
    page_write(&bytes, &page);
    assert_non_null(strstr(bytes.data, "<title>Fejl: "));
    assert_non_null(strstr(bytes.data, "id=\"fejl\" role=\"alert\""));
    assert_non_null(strstr(bytes.data, "aria-invalid=\"true\" aria-describedby=\"fejl\""));
    buffer_deinit(&bytes);
}

static void a_title_stays_text(void **state)
{
    struct page page = a_page("asked");
    struct buffer plain, attacked;

    (void)state;
    buffer_init(&plain, PAGE_CAP);
    buffer_init(&attacked, PAGE_CAP);
    page_write(&plain, &page);
    page.statement = "# </h2><script>alert(1)</script>\n\"><img src=x onerror=alert(1)>\n"
                     "- </li></ul><svg/onload=alert(1)>\n- to\nSlut.";
    page.digest = page.seal = page.answer_by = "\"><script>alert(1)</script>";
    page_write(&attacked, &page);
    assert_int_equal(count(attacked.data, "<"), count(plain.data, "<"));
    assert_null(strstr(attacked.data, "<script"));
    assert_null(strstr(attacked.data, "<img"));
    assert_null(strstr(attacked.data, "<svg"));
    buffer_deinit(&plain);
    buffer_deinit(&attacked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_is_a_whole_page),
        cmocka_unit_test(a_fault_is_told_where_it_is),
        cmocka_unit_test(a_title_stays_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
