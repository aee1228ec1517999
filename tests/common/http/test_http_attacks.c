/*
 * The attacks that evhttp 2.1.12 lets through, or answers with pages of its own, over a raw socket.
 * Each must be refused with its status as problem+json, the connection must end, and the request
 * hidden behind it must not be served.
 */
#include "tests/common/http/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: emnebank.test\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST "\r\n" /* 46 bytes */

struct attack {
    const char *name;
    const char *bytes;
    size_t length;
    int status;
};

#define ATTACK(name_, status_, bytes_)                                                             \
    {                                                                                              \
        .name = (name_), .bytes = (bytes_), .length = sizeof(bytes_) - 1, .status = (status_)      \
    }

static const struct attack attacks[] = {
    ATTACK("HEAD with a body", 400, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 46\r\n\r\n"),
    ATTACK("GET with a body", 400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 46\r\n\r\n"),
    ATTACK("DELETE with a body", 400, "DELETE / HTTP/1.1\r\n" HOST "Content-Length: 46\r\n\r\n"),
    ATTACK("TE gzip", 411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n"),
    ATTACK("TE xchunked", 411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n"),
    ATTACK("TE empty", 411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n"),
    ATTACK("TE chunked", 411,
           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ATTACK("TE with a space before the colon", 400,
           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ATTACK("TE with a tab before the colon", 400,
           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    ATTACK("CL twice, equal", 400,
           "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    ATTACK("CL twice, different", 400,
           "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\ncontent-length: 46\r\n\r\n"),
    ATTACK("CL +5", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello"),
    ATTACK("CL -1", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"),
    ATTACK("CL 0x5", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello"),
    ATTACK("CL 5,5", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5,5\r\n\r\nhello"),
    ATTACK("CL 5 5", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\nhello"),
    ATTACK("CL empty", 400, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"),
    ATTACK("CL beyond 64 bits", 400,
           "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551621\r\n\r\nhello"),
    ATTACK("CL and TE", 400,
           "POST / HTTP/1.1\r\n" HOST
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ATTACK("chunk size 0x5", 411,
           "POST / HTTP/1.1\r\n" HOST
           "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
    ATTACK("chunk size +5", 411,
           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"),
    ATTACK("chunk size with junk", 411,
           "POST / HTTP/1.1\r\n" HOST
           "Transfer-Encoding: chunked\r\n\r\n5 junk\r\nhello\r\n0\r\n\r\n"),
    ATTACK("no CRLF after a chunk", 411,
           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n"),
    ATTACK("header name with a space", 400, "GET / HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n"),
    ATTACK("header name empty", 400, "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n"),
    ATTACK("header without a colon", 400, "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n"),
    ATTACK("NUL in a header's value", 400,
           "GET / HTTP/1.1\r\n" HOST "Authorization: Bearer abc\0def\r\n\r\n"),
    ATTACK("NUL in a header's name", 400, "GET / HTTP/1.1\r\n" HOST "X\0Y: a\r\n\r\n"),
    ATTACK("NUL in the target", 400, "GET /a\0b HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("control character in a value", 400, "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n"),
    ATTACK("bare LF after the request line", 400, "GET / HTTP/1.1\n" HOST "\r\n"),
    ATTACK("bare LF after a header", 400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
    ATTACK("bare LF alone", 400, "GET / HTTP/1.1\nHost: a\n\n"),
    ATTACK("bare CR in a value", 400, "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"),
    ATTACK("obs-fold with a space", 400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"),
    ATTACK("obs-fold with a tab", 400, "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n"),
    ATTACK("white space before the first header", 400, "GET / HTTP/1.1\r\n " HOST "\r\n"),
    ATTACK("no Host", 400, "GET / HTTP/1.1\r\nX: a\r\n\r\n"),
    ATTACK("two Host", 400, "GET / HTTP/1.1\r\n" HOST "Host: other.test\r\n\r\n"),
    ATTACK("Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ATTACK("Authorization twice", 400,
           "GET / HTTP/1.1\r\n" HOST "Authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n"),
    ATTACK("If-Match twice", 400,
           "PATCH / HTTP/1.1\r\n" HOST "If-Match: \"v9\"\r\nIf-Match: *\r\n\r\n"),
    ATTACK("absolute-URI", 400, "GET http://emnebank.test/ HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("asterisk", 400, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("space in the target", 400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("two spaces before the version", 400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("tab in the request line", 400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("fragment in the target", 400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("half an escape", 400, "GET /a%4 HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("byte above 127 in the target", 400, "GET /\xc3\xa6 HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("HTTP/1.9", 505, "GET / HTTP/1.9\r\n" HOST "\r\n"),
    ATTACK("HTTP/3.0", 400, "GET / HTTP/3.0\r\n" HOST "\r\n"),
    ATTACK("HTTP/0.9", 400, "GET /\r\n"),
    ATTACK("HTTP/0.9 in words", 400, "GET / HTTP/0.9\r\n" HOST "\r\n"),
    ATTACK("HTTP/1.10", 400, "GET / HTTP/1.10\r\n" HOST "\r\n"),
    ATTACK("lower case http", 400, "GET / http/1.1\r\n" HOST "\r\n"),
    ATTACK("HTTP/2 preface", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ATTACK("over-limit body", 413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 262145\r\n\r\n"),
    ATTACK("over-limit import", 413,
           "POST /import HTTP/1.1\r\n" HOST "Content-Length: 67108865\r\n\r\n"),
    ATTACK("Expect", 417,
           "POST / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 46\r\n\r\n"),
    ATTACK("unknown method", 501, "BREW / HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("method in lower case", 501, "get / HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("CONNECT", 501, "CONNECT emnebank.test:443 HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("empty lines", 400, "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    ATTACK("TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
};

static struct fixture fixture;

static int start(void **state)
{
    const struct http_options options = {.connections_per_address = 0};
    (void)state;
    fixture_start(&fixture, &options, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

static void check_refused(const char *name, int status, int client)
{
    static char answer[65536];
    char line[32];
    client_rest(client, answer, sizeof answer);
    close(client);
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0)
        fail_msg("%s: %d expected, got: %.60s", name, status, answer);
    if (strstr(answer, "\r\nContent-Type: application/problem+json\r\n") == NULL ||
        strstr(answer, "\r\nConnection: close\r\n") == NULL ||
        strstr(answer, "\"type\":\"/problems/") == NULL)
        fail_msg("%s: not a problem that closes: %s", name, answer);
    if (strstr(answer, "}HTTP/1.1 ") != NULL)
        fail_msg("%s: two answers: %s", name, answer);
    if (atomic_load(&fixture.smuggled) != 0)
        fail_msg("%s: the hidden request was served", name);
    if (atomic_load(&fixture.served) != 0)
        fail_msg("%s: reached the handler", name);
}

static void every_attack_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const int client = client_open(&fixture);
        client_send(client, attacks[i].bytes, attacks[i].length);
        client_text(client, SMUGGLED);
        check_refused(attacks[i].name, attacks[i].status, client);
    }
}

static void every_attack_is_refused_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const int client = client_open(&fixture);
        for (size_t at = 0; at < attacks[i].length; at++)
            client_send(client, attacks[i].bytes + at, 1);
        client_text(client, SMUGGLED);
        check_refused(attacks[i].name, attacks[i].status, client);
    }
}

/* `before`, then `length` times 'a', then `after`. */
static void long_head(const char *name, int status, const char *before, size_t length,
                      const char *after)
{
    char *filler = malloc(length);
    memset(filler, 'a', length);
    const int client = client_open(&fixture);
    client_text(client, before);
    client_send(client, filler, length);
    client_text(client, after);
    client_text(client, SMUGGLED);
    check_refused(name, status, client);
    free(filler);
}

static void heads_that_are_too_large_are_refused(void **state)
{
    (void)state;
    long_head("target of 4097", 414, "GET /", 4096, " HTTP/1.1\r\n" HOST "\r\n");
    long_head("endless target", 414, "GET /", 100000, " HTTP/1.1\r\n" HOST "\r\n");
    long_head("endless method", 414, "", 100000, " / HTTP/1.1\r\n" HOST "\r\n");
    long_head("header of 16 KiB", 431, "GET / HTTP/1.1\r\n" HOST "X: ", 16384, "\r\n\r\n");
    long_head("endless header", 431, "GET / HTTP/1.1\r\n" HOST "X: ", 1000000, "\r\n\r\n");
    long_head("endless header name", 431, "GET / HTTP/1.1\r\n" HOST, 1000000, ": a\r\n\r\n");
    char many[4096] = "GET / HTTP/1.1\r\n" HOST;
    for (int i = 0; i < 100; i++)
        strcat(many, "X: a\r\n");
    long_head("101 headers", 431, many, 0, "\r\n");
}

static void the_largest_allowed_are_served(void **state)
{
    static char head[32768];
    static char answer[65536];
    (void)state;
    int at = snprintf(head, sizeof head, "GET /");
    memset(head + at, 'a', 4095);
    at += 4095;
    at += snprintf(head + at, sizeof head - (size_t)at, " HTTP/1.1\r\n" HOST "X: ");
    memset(head + at, 'b', 16300);
    at += 16300;
    at += snprintf(head + at, sizeof head - (size_t)at, "\r\n\r\n");
    const int client = client_open(&fixture);
    client_send(client, head, (size_t)at);
    client_answer(client, answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(client);
    assert_int_equal(atomic_exchange(&fixture.served, 0), 1);
}

/* The refusal must reach a client that is still sending, and is not listening until it has. */
static void a_refusal_survives_a_body_that_is_on_its_way(void **state)
{
    static char body[400000];
    static char answer[65536];
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "POST / HTTP/1.1\r\n" HOST "Content-Length: 400000\r\n\r\n");
    client_send(client, body, sizeof body);
    client_until(client, answer, sizeof answer, "body-too-large");
    assert_memory_equal(answer, "HTTP/1.1 413 ", 13);
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_refused),
        cmocka_unit_test(every_attack_is_refused_byte_by_byte),
        cmocka_unit_test(heads_that_are_too_large_are_refused),
        cmocka_unit_test(the_largest_allowed_are_served),
        cmocka_unit_test(a_refusal_survives_a_body_that_is_on_its_way),
    };
    return cmocka_run_group_tests_name("common/http attacks", tests, start, stop);
}
