/* The HTML writer: every context with what tries to leave it. */
#include "common/html/html.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAP ((size_t)1 << 20)
#define DOCTYPE "<!DOCTYPE html>\n"

struct page {
    struct buffer buffer;
    struct html html;
};

static void begin(struct page *page)
{
    buffer_init(&page->buffer, CAP);
    html_init(&page->html, &page->buffer);
}

static void assert_page(struct page *page, const char *expected)
{
    html_finish(&page->html);
    assert_false(buffer_full(&page->buffer));
    assert_string_equal(page->buffer.data + strlen(DOCTYPE), expected);
    buffer_deinit(&page->buffer);
}

static void a_page_is_written_as_it_is_said(void **state)
{
    struct page page;

    (void)state;
    begin(&page);
    html_open(&page.html, "html");
    html_attribute(&page.html, "lang", "da");
    html_open(&page.html, "body");
    html_element(&page.html, "h1", "Rødgrød & fløde");
    html_void(&page.html, "input");
    html_attribute(&page.html, "name", "svar");
    html_attribute(&page.html, "class", NULL);
    html_flag(&page.html, "required");
    html_open(&page.html, "a");
    html_url(&page.html, "href", "/problems/not-found");
    html_text(&page.html, NULL);
    html_text(&page.html, "mere");
    html_close(&page.html, "a");
    html_close(&page.html, "body");
    html_close(&page.html, "html");
    assert_page(&page,
                "<html lang=\"da\"><body><h1>Rødgrød &amp; fløde</h1><input name=\"svar\" required>"
                "<a href=\"/problems/not-found\">mere</a></body></html>\n");
}

/* What is known to leave one context or another, in old parsers too. */
static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1) `",
    "</title><script>alert(1)</script>",
    "</textarea></style><svg/onload=alert(1)>",
    "<!--<script>-->",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "\xC0\xBCscript\xC0\xBE", /* overlong < and > */
    "\xE2\x80\xAE>tpircs<",   /* turned around */
    "<\x01script>",
    "\xEF\xBC\x9Cscript\xEF\xBC\x9E", /* full-width, which stays what it is */
    "\x80\x81\xFE\xFF",
    "\" autofocus onfocus=alert(1) x=\"",
};

static void nothing_leaves_a_text_or_an_attribute(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct page page;
        begin(&page);
        html_open(&page.html, "p");
        html_attribute(&page.html, "title", attacks[i]);
        html_text(&page.html, attacks[i]);
        html_close(&page.html, "p");
        html_finish(&page.html);
        const char *text = page.buffer.data + strlen(DOCTYPE);
        /* <p title="…">…</p>: four angle brackets and two quotes, whatever came in. */
        size_t less = 0, greater = 0, quotes = 0;
        for (const char *at = text; *at != '\0'; at++) {
            less += *at == '<';
            greater += *at == '>';
            quotes += *at == '"';
            assert_true(*at != '\'' && *at != '`');
            assert_true((unsigned char)*at >= 0x20 || *at == '\n');
        }
        assert_int_equal(less, 2);
        assert_int_equal(greater, 2);
        assert_int_equal(quotes, 2);
        assert_true(str_utf8_valid(text, strlen(text)));
        assert_null(strstr(text, "\xE2\x80\xAE"));
        buffer_deinit(&page.buffer);
    }
}

static void an_address_leads_to_ourselves_or_over_tls(void **state)
{
    static const struct {
        const char *url, *written;
    } rows[] = {
        {"/svar/abc", "/svar/abc"},
        {"/a?b=1&c=\"", "/a?b=1&amp;c=&quot;"},
        {"#fejl", "#fejl"},
        {"https://example.dk/", "https://example.dk/"},
        {"http://example.dk/", "#"},
        {"//example.dk", "#"},
        {"/\\example.dk", "#"},
        {"/\t/example.dk", "#"},
        {"javascript:alert(1)", "#"},
        {" javascript:alert(1)", "#"},
        {"JaVaScRiPt:alert(1)", "#"},
        {"data:text/html,x", "#"},
        {"vbscript:x", "#"},
        {"svar", "#"},
        {"", "#"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page page;
        char expected[200];
        begin(&page);
        html_open(&page.html, "a");
        html_url(&page.html, "href", rows[i].url);
        html_close(&page.html, "a");
        snprintf(expected, sizeof expected, "<a href=\"%s\"></a>\n", rows[i].written);
        assert_page(&page, expected);
    }
}

static void a_full_buffer_is_told_once(void **state)
{
    struct buffer buffer;
    struct html html;

    (void)state;
    buffer_init(&buffer, 40);
    html_init(&html, &buffer);
    html_open(&html, "p");
    for (int i = 0; i < 100; i++)
        html_text(&html, "<");
    html_close(&html, "p");
    html_finish(&html);
    assert_true(buffer_full(&buffer));
    buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_written_as_it_is_said),
        cmocka_unit_test(nothing_leaves_a_text_or_an_attribute),
        cmocka_unit_test(an_address_leads_to_ourselves_or_over_tls),
        cmocka_unit_test(a_full_buffer_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
