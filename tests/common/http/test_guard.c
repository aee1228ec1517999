/* The guard as a pure function: what passes, what it found, and that pieces change nothing. */
#include "common/http/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum guard_verdict scan(struct guard *guard, const char *text)
{
    guard_init(guard);
    return guard_scan(guard, text, strlen(text));
}

static void assert_span(const char *bytes, struct guard_span span, const char *expected)
{
    assert_int_equal(span.length, strlen(expected));
    assert_memory_equal(bytes + span.at, expected, span.length);
}

static void a_head_is_taken_apart(void **state)
{
    static const char head[] = "POST /v1/a%C3%A6?b=c HTTP/1.1\r\n"
                               "Host: [::1]:8080\r\n"
                               "content-length:  12 \r\n"
                               "X-Purpose: \xc3\xa6\r\n"
                               "Empty:\r\n"
                               "\r\nrest";
    struct guard guard;
    (void)state;
    assert_int_equal(scan(&guard, head), GUARD_PASSED);
    assert_int_equal(guard.method, HTTP_POST);
    assert_span(head, guard.method_text, "POST");
    assert_span(head, guard.target, "/v1/a%C3%A6?b=c");
    assert_int_equal(guard.minor, 1);
    assert_int_equal(guard.content_length, 12);
    assert_int_equal(guard.head_length, strlen(head) - 4);
    assert_true(guard.keep_alive);
    assert_int_equal(guard.count, 4);
    assert_span(head, guard.field[1].name, "content-length");
    assert_span(head, guard.field[1].value, "12");
    assert_span(head, guard.field[2].value, "\xc3\xa6");
    assert_span(head, guard.field[3].value, "");
}

static void a_connection_is_kept_only_when_both_want_it(void **state)
{
    static const struct {
        const char *head;
        bool keep;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: te , CLOSE\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
    };
    struct guard guard;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(scan(&guard, rows[i].head), GUARD_PASSED);
        assert_int_equal(guard.keep_alive, rows[i].keep);
    }
}

static void only_100_continue_is_expected(void **state)
{
    struct guard guard;
    (void)state;
    assert_int_equal(scan(&guard, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"),
                     GUARD_PASSED);
    assert_true(guard.expects_continue);
    assert_int_equal(scan(&guard, "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n"),
                     GUARD_REFUSED);
    assert_int_equal(guard.status, 417);
}

static void pieces_give_the_same_verdict(void **state)
{
    static const char head[] = "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    const size_t head_length = strlen(head) - 3;
    struct guard guard;
    (void)state;
    guard_init(&guard);
    for (size_t length = 0; length < head_length; length++)
        assert_int_equal(guard_scan(&guard, head, length), GUARD_MORE);
    assert_int_equal(guard_scan(&guard, head, head_length), GUARD_PASSED);
    assert_int_equal(guard.head_length, head_length);
    assert_int_equal(guard.content_length, 3);
}

static void no_head_longer_than_the_cap_waits_for_more(void **state)
{
    static char head[GUARD_HEAD_CAP + 1];
    static const char *const fillers[] = {"a", "X: a\r\n", "\r\n", "a\r\n", " ", "/"};
    struct guard guard;
    (void)state;
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        for (int with_line = 0; with_line < 2; with_line++) {
            size_t at = 0;
            if (with_line)
                at = strlen(strcpy(head, "GET / HTTP/1.1\r\n"));
            while (at < GUARD_HEAD_CAP) {
                head[at] = fillers[i][at % strlen(fillers[i])];
                at++;
            }
            guard_init(&guard);
            assert_int_equal(guard_scan(&guard, head, GUARD_HEAD_CAP), GUARD_REFUSED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_taken_apart),
        cmocka_unit_test(a_connection_is_kept_only_when_both_want_it),
        cmocka_unit_test(only_100_continue_is_expected),
        cmocka_unit_test(pieces_give_the_same_verdict),
        cmocka_unit_test(no_head_longer_than_the_cap_waits_for_more),
    };
    return cmocka_run_group_tests_name("common/http guard", tests, NULL, NULL);
}
