/* What the server does for clients that mean well, and against those that are slow or many. */
#include "common/base/clock.h"
#include "tests/common/http/fixture.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define HOST "Host: emnebank.test\r\n"
#define DRIP_LIMIT (20 * CLOCK_SECOND)

static struct fixture fixture;
static char answer[8388608];

static int start_with(const struct http_options *options)
{
    fixture_start(&fixture, options, NULL);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with(NULL);
}

/* Hasty beside the minute that a test waits, not beside what a busy machine takes for two lines. */
static int start_hasty(void **state)
{
    const struct http_options options = {.head_deadline = CLOCK_SECOND,
                                         .request_deadline = 2 * CLOCK_SECOND};
    (void)state;
    return start_with(&options);
}

static int start_small(void **state)
{
    const struct http_options options = {.connections = 3};
    (void)state;
    return start_with(&options);
}

static int start_little_spool(void **state)
{
    const struct http_options options = {.spool_bytes = (size_t)1 << 20};
    (void)state;
    return start_with(&options);
}

static int start_two_per_address(void **state)
{
    const struct http_options options = {.connections_per_address = 2};
    (void)state;
    return start_with(&options);
}

static int stop(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

static const char *body_of(const char *text)
{
    return strstr(text, "\r\n\r\n") + 4;
}

static void ask(int client, const char *request, const char *expected)
{
    client_text(client, request);
    client_answer(client, answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    assert_string_equal(body_of(answer), expected);
}

static void a_connection_carries_many_requests(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    ask(client, "GET /a?b=c HTTP/1.1\r\n" HOST "\r\n", "GET /a b=c 0 ");
    assert_non_null(strstr(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(answer, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(answer, "\r\nContent-Type: text/plain\r\n"));
    assert_non_null(strstr(answer, "\r\nX-Test: a\r\n"));
    assert_null(strstr(answer, "\r\nServer:"));
    assert_null(strstr(answer, "Connection: close"));
    ask(client, "POST /b HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST /b  5 hello");
    ask(client, "PATCH /c HTTP/1.1\r\n" HOST "\r\n", "PATCH /c  0 ");
    ask(client, "DELETE /d HTTP/1.1\r\n" HOST "\r\n", "DELETE /d  0 ");
    ask(client, "GET //x:99999999/ HTTP/1.1\r\n" HOST "\r\n", "GET //x:99999999/  0 ");
    close(client);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET /1 HTTP/1.1\r\n" HOST "\r\n"
                        "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 30\r\n\r\n"
                        "GET /smuggled HTTP/1.1\r\n\r\nabcd"
                        "HEAD /3 HTTP/1.1\r\n" HOST "\r\n"
                        "GET /4 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
                        "GET /5 HTTP/1.1\r\n" HOST "\r\n");
    client_rest(client, answer, sizeof answer);
    const char *first = strstr(answer, "GET /1  0 ");
    const char *second = strstr(answer, "POST /2  30 GET /smuggled HTTP/1.1\r\n\r\nabcd");
    const char *fourth = strstr(answer, "GET /4  0 ");
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(fourth);
    assert_true(first < second && second < fourth);
    assert_null(strstr(answer, "GET /5"));
    assert_int_equal(atomic_load(&fixture.smuggled), 0);
    assert_int_equal(atomic_load(&fixture.served), 4);
    close(client);
}

static void head_answers_the_headers_of_get_without_a_body(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "HEAD /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    const size_t length = client_rest(client, answer, sizeof answer);
    assert_non_null(strstr(answer, "\r\nContent-Length: 11\r\n"));
    assert_non_null(strstr(answer, "\r\nContent-Type: text/plain\r\n"));
    assert_ptr_equal(body_of(answer), answer + length);
    close(client);
}

static void an_old_client_gets_one_answer(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET /old HTTP/1.0\r\n\r\n");
    client_rest(client, answer, sizeof answer);
    assert_string_equal(body_of(answer), "GET /old  0 ");
    close(client);
}

static void a_client_that_closed_its_half_is_answered(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    shutdown(client, SHUT_WR);
    client_rest(client, answer, sizeof answer);
    assert_int_equal(strlen(body_of(answer)), 4194304);
    close(client);
}

static void a_client_that_closed_its_half_is_answered_all_it_asked(void **state)
{
    static const char request[] = "GET /a HTTP/1.1\r\n" HOST "\r\n";
    char requests[3 * sizeof request];
    size_t answers = 0;
    (void)state;
    const int client = client_open(&fixture);
    snprintf(requests, sizeof requests, "%s%s%s", request, request, request);
    client_text(client, requests);
    shutdown(client, SHUT_WR);
    client_rest(client, answer, sizeof answer);
    for (const char *at = answer; (at = strstr(at, "GET /a  0 ")) != NULL; at++)
        answers++;
    assert_int_equal(answers, 3);
    close(client);
}

static void a_body_may_be_expected(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client,
                "POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    client_until(client, answer, sizeof answer, "\r\n\r\n");
    assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
    ask(client, "hello", "POST /a  5 hello");
    close(client);
}

/* --- slow clients --- */

/* Drips bytes until an answer comes; what must not happen is that each byte buys more time. */
static void drip(int client, const char *byte, const char *expected)
{
    const int64_t begin = clock_monotonic();
    while (client_silent(client, 10) && clock_monotonic() - begin < DRIP_LIMIT)
        client_text(client, byte);
    client_rest(client, answer, sizeof answer);
    assert_memory_equal(answer, expected, strlen(expected));
    assert_in_range(clock_monotonic() - begin, 0, DRIP_LIMIT);
    close(client);
}

static void a_slow_head_is_ended(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET / HTTP/1.1\r\n" HOST "X: ");
    drip(client, "a", "HTTP/1.1 408 ");
    assert_int_equal(atomic_load(&fixture.served), 0);
}

static void a_slow_body_is_ended(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
    drip(client, "a", "HTTP/1.1 408 ");
    assert_int_equal(atomic_load(&fixture.served), 0);
}

static void an_idle_connection_is_closed_without_a_word(void **state)
{
    (void)state;
    const int fresh = client_open(&fixture);
    const int kept = client_open(&fixture);
    ask(kept, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    assert_int_equal(client_rest(fresh, answer, sizeof answer), 0);
    assert_int_equal(client_rest(kept, answer, sizeof answer), 0);
    close(fresh);
    close(kept);
}

static void a_client_that_does_not_read_is_dropped(void **state)
{
    const int small = 4096;
    char bytes[4096];
    size_t total = 0;
    struct pollfd wait = {.events = POLLERR | POLLHUP};
    (void)state;
    const int client = client_open(&fixture);
    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client_text(client, "GET /huge HTTP/1.1\r\n" HOST "\r\n");
    wait.fd = client;
    assert_int_equal(poll(&wait, 1, 60000), 1); /* reset, not closed behind megabytes */
    for (ssize_t got; (got = recv(client, bytes, sizeof bytes, 0)) > 0;)
        total += (size_t)got;
    assert_in_range(total, 0, 33554431);
    close(client);
}

/* --- many clients --- */

static void beyond_the_cap_nobody_is_accepted_until_one_leaves(void **state)
{
    int clients[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        clients[i] = client_open(&fixture);
        ask(clients[i], "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    }
    const int waiting = client_open(&fixture); /* in the kernel's queue */
    client_text(waiting, "GET /w HTTP/1.1\r\n" HOST "\r\n");
    ask(clients[0], "GET /b HTTP/1.1\r\n" HOST "\r\n", "GET /b  0 ");
    assert_int_equal(atomic_load(&fixture.served), 4);
    assert_true(client_silent(waiting, 50));
    close(clients[1]);
    client_answer(waiting, answer, sizeof answer);
    assert_string_equal(body_of(answer), "GET /w  0 ");
    close(clients[0]);
    close(clients[2]);
    close(waiting);
}

static void one_address_has_a_cap_of_its_own(void **state)
{
    (void)state;
    const int first = client_open(&fixture);
    const int second = client_open(&fixture);
    ask(first, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    ask(second, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    const int third = client_open(&fixture);
    client_rest(third, answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 503 ", 13);
    assert_non_null(strstr(answer, "\r\nRetry-After: 1\r\n"));
    close(first);
    close(second);
    close(third);
}

/* --- large bodies --- */

static size_t peak_memory(void)
{
    char line[256];
    size_t peak = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %zu kB", &peak) == 1)
            break;
    fclose(file);
    return peak * 1024;
}

static void an_import_of_64_mib_leaves_memory_flat(void **state)
{
    static unsigned char bytes[65536];
    char expected[64];
    uint64_t sum = FIXTURE_SUM_SEED;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    const int client = client_open(&fixture);
    ask(client, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    const size_t before = peak_memory();
    client_text(client, "POST /import HTTP/1.1\r\n" HOST "Content-Length: 67108864\r\n\r\n");
    for (size_t sent = 0; sent < HTTP_IMPORT_CAP; sent += sizeof bytes) {
        client_send(client, bytes, sizeof bytes);
        sum = fixture_sum(sum, bytes, sizeof bytes);
    }
    snprintf(expected, sizeof expected, "67108864 %016llx", (unsigned long long)sum);
    client_answer(client, answer, sizeof answer);
    assert_string_equal(body_of(answer), expected);
    const size_t grown = peak_memory() - before;
    print_message("import of 64 MiB: peak memory grew by %zu KiB\n", grown / 1024);
    if (SANITIZED)
        print_message("not held to 16 MiB: the sanitizer keeps what was freed\n");
    else
        assert_in_range(grown, 0, (size_t)16 * 1024 * 1024);
    ask(client, "GET /after HTTP/1.1\r\n" HOST "\r\n", "GET /after  0 ");
    close(client);
}

/* What nobody has shown a key for yet must not fill the disk. */
static void large_bodies_share_a_cap(void **state)
{
    static const char large[] = "POST /import HTTP/1.1\r\n" HOST "Content-Length: 700000\r\n\r\n";
    static const char small[] = "POST /import HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n";
    char *body = calloc(1, 700000);
    (void)state;
    const int first = client_open(&fixture);
    client_text(first, "POST /import HTTP/1.1\r\n" HOST
                       "Content-Length: 700000\r\nExpect: 100-continue\r\n\r\n");
    client_until(first, answer, sizeof answer, "100 Continue\r\n\r\n"); /* its room is taken */
    client_send(first, body, 1000);
    const int second = client_open(&fixture);
    client_text(second, large);
    client_rest(second, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 503"));
    close(second);
    const int third = client_open(&fixture);
    ask(third, small, "0 14650fb0739d0383");
    close(third);
    client_send(first, body, 699000);
    client_answer(first, answer, sizeof answer);
    assert_non_null(strstr(body_of(answer), "700000 "));
    client_text(first, large); /* the room is free again */
    client_send(first, body, 700000);
    client_answer(first, answer, sizeof answer);
    assert_non_null(strstr(body_of(answer), "700000 "));
    close(first);
    free(body);
}

static void a_small_import_and_the_largest_body_stay_in_memory(void **state)
{
    char *body = malloc(HTTP_BODY_CAP);
    char expected[64];
    (void)state;
    memset(body, 'b', HTTP_BODY_CAP);
    const int client = client_open(&fixture);
    ask(client, "POST /import HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "0 14650fb0739d0383");
    client_text(client, "POST /import HTTP/1.1\r\n" HOST "Content-Length: 262144\r\n\r\n");
    client_send(client, body, HTTP_BODY_CAP);
    snprintf(expected, sizeof expected, "262144 %016llx",
             (unsigned long long)fixture_sum(FIXTURE_SUM_SEED, body, HTTP_BODY_CAP));
    client_answer(client, answer, sizeof answer);
    assert_string_equal(body_of(answer), expected);
    client_text(client, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 262144\r\n\r\n");
    client_send(client, body, HTTP_BODY_CAP);
    client_answer(client, answer, sizeof answer);
    assert_int_equal(strlen(body_of(answer)), strlen("POST /echo  262144 ") + HTTP_BODY_CAP);
    free(body);
    close(client);
}

/* --- clients that leave, servers that end --- */

static void reset(int client)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(client);
}

static void a_client_may_leave_while_the_handler_works(void **state)
{
    (void)state;
    const int other = client_open(&fixture);
    for (int polite = 0; polite < 2; polite++) {
        const int client = client_open(&fixture);
        client_text(client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
        sem_wait(&fixture.holding);
        if (polite)
            close(client);
        else
            reset(client);
        ask(other, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
        fixture_release(&fixture);
        ask(other, "GET /b HTTP/1.1\r\n" HOST "\r\n", "GET /b  0 ");
    }
    close(other);
}

/* First its half, then the rest: the next write is EPIPE, and would be a SIGPIPE. */
static void a_client_may_leave_in_the_middle_of_an_answer(void **state)
{
    char bytes[1024];
    (void)state;
    for (int round = 0; round < 20; round++) {
        const int client = client_open(&fixture);
        client_text(client, "GET /large HTTP/1.1\r\n" HOST "\r\n");
        shutdown(client, SHUT_WR);
        assert_true(recv(client, bytes, sizeof bytes, 0) > 0);
        close(client);
    }
    const int other = client_open(&fixture);
    ask(other, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    close(other);
}

static void a_client_may_leave_in_the_middle_of_a_body(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    const int other = client_open(&fixture);
    client_text(client, "POST /import HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nabc");
    ask(other, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    reset(client);
    ask(other, "GET /b HTTP/1.1\r\n" HOST "\r\n", "GET /b  0 ");
    close(other);
}

static void drained(void *argument)
{
    struct fixture *self = argument;
    sem_post(&self->drained);
}

static void drain(void *argument)
{
    struct fixture *self = argument;
    http_server_drain(self->server, drained, self);
}

static void a_drain_waits_for_what_is_in_flight(void **state)
{
    (void)state;
    const int idle = client_open(&fixture);
    const int busy = client_open(&fixture);
    ask(idle, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
    client_text(busy, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    sem_wait(&fixture.holding);
    fixture_run(&fixture, drain, &fixture);
    assert_int_equal(client_rest(idle, answer, sizeof answer), 0);
    assert_int_equal(sem_trywait(&fixture.drained), -1);
    assert_true(client_silent(busy, 20));
    fixture_release(&fixture);
    client_rest(busy, answer, sizeof answer);
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_string_equal(body_of(answer), "released");
    sem_wait(&fixture.drained);
    close(idle);
    close(busy);
}

static void a_drain_with_nothing_in_flight_is_over_at_once(void **state)
{
    (void)state;
    fixture_run(&fixture, drain, &fixture);
    sem_wait(&fixture.drained);
}

static void destroy(void *argument)
{
    struct fixture *self = argument;
    http_server_destroy(&self->server);
}

static void an_answer_may_come_after_the_server_is_gone(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    sem_wait(&fixture.holding);
    fixture_run(&fixture, destroy, &fixture);
    assert_int_equal(client_rest(client, answer, sizeof answer), 0);
    fixture_release(&fixture);
    close(client);
}

/* The answer's memory is the server's, and libevent has not let go of it yet. */
static void the_server_may_go_in_the_middle_of_an_answer(void **state)
{
    (void)state;
    const int client = client_open(&fixture);
    client_text(client, "GET /huge HTTP/1.1\r\n" HOST "\r\n");
    client_until(client, answer, sizeof answer, "\r\n\r\n");
    fixture_run(&fixture, destroy, &fixture);
    close(client);
}

static void a_unix_socket_serves_too(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "unix:/tmp/emnebank-test-%d.sock", (int)getpid());
    for (int round = 0; round < 2; round++) { /* the second finds the first one's file */
        fixture_start(&fixture, NULL, path);
        assert_string_equal(fixture.address, path);
        const int client = client_open(&fixture);
        ask(client, "GET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a  0 ");
        close(client);
        fixture_stop(&fixture);
    }
    unlink(path + 5);
}

static void wrong_addresses_are_told(void **state)
{
    static const char *const wrong[] = {
        "", "8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:http", ":80", "unix:"};
    struct error_detail detail;
    int socket = -1;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(http_listen(wrong[i], &socket, &detail), ERROR_INVALID);
}

#define WITH(test_, setup_) cmocka_unit_test_setup_teardown(test_, setup_, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_connection_carries_many_requests, start),
        WITH(pipelined_requests_are_answered_in_order, start),
        WITH(head_answers_the_headers_of_get_without_a_body, start),
        WITH(an_old_client_gets_one_answer, start),
        WITH(a_client_that_closed_its_half_is_answered, start),
        WITH(a_client_that_closed_its_half_is_answered_all_it_asked, start),
        WITH(a_body_may_be_expected, start),
        WITH(a_slow_head_is_ended, start_hasty),
        WITH(a_slow_body_is_ended, start_hasty),
        WITH(an_idle_connection_is_closed_without_a_word, start_hasty),
        WITH(a_client_that_does_not_read_is_dropped, start_hasty),
        WITH(beyond_the_cap_nobody_is_accepted_until_one_leaves, start_small),
        WITH(one_address_has_a_cap_of_its_own, start_two_per_address),
        WITH(an_import_of_64_mib_leaves_memory_flat, start),
        WITH(large_bodies_share_a_cap, start_little_spool),
        WITH(a_small_import_and_the_largest_body_stay_in_memory, start),
        WITH(a_client_may_leave_while_the_handler_works, start),
        WITH(a_client_may_leave_in_the_middle_of_an_answer, start),
        WITH(a_client_may_leave_in_the_middle_of_a_body, start),
        WITH(a_drain_waits_for_what_is_in_flight, start),
        WITH(a_drain_with_nothing_in_flight_is_over_at_once, start),
        WITH(an_answer_may_come_after_the_server_is_gone, start),
        WITH(the_server_may_go_in_the_middle_of_an_answer, start),
        cmocka_unit_test(a_unix_socket_serves_too),
        cmocka_unit_test(wrong_addresses_are_told),
    };
    return cmocka_run_group_tests_name("common/http server", tests, NULL, NULL);
}
