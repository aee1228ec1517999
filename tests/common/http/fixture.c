#include "tests/common/http/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define LARGE ((size_t)4194304)
#define HUGE ((size_t)33554432)

uint64_t fixture_sum(uint64_t sum, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ byte[i]) * UINT64_C(1099511628211);
    return sum;
}

static void answer_import(struct http_request *request)
{
    static char bytes[65536];
    uint64_t sum = FIXTURE_SUM_SEED;
    size_t length = 0;
    ssize_t got;
    while ((got = http_request_read(request, bytes, sizeof bytes)) > 0) {
        sum = fixture_sum(sum, bytes, (size_t)got);
        length += (size_t)got;
    }
    char text[64];
    const int size = snprintf(text, sizeof text, "%zu %016llx", length, (unsigned long long)sum);
    http_respond(request, got == 0 ? 200 : 500, "text/plain", text, (size_t)size);
}

static void answer_large(struct http_request *request, size_t length)
{
    struct buffer body;
    buffer_init(&body, length);
    memset(buffer_room(&body, length), 'x', length);
    buffer_wrote(&body, length);
    http_respond_buffer(request, 200, "text/plain", &body);
    buffer_deinit(&body);
}

static void handle(struct http_request *request, void *argument)
{
    struct fixture *fixture = argument;
    const char *path = http_request_path(request);
    atomic_fetch_add(&fixture->served, 1);
    if (strstr(path, "smuggled") != NULL)
        atomic_fetch_add(&fixture->smuggled, 1);
    if (strcmp(path, "/hold") == 0) {
        fixture->held = request;
        sem_post(&fixture->holding);
        return;
    }
    if (strcmp(path, "/import") == 0) {
        answer_import(request);
        return;
    }
    if (strcmp(path, "/large") == 0 || strcmp(path, "/huge") == 0) {
        answer_large(request, path[1] == 'l' ? LARGE : HUGE);
        return;
    }
    const char *text = arena_printf(
        http_request_arena(request), "%s %s %s %zu %s", http_request_method_text(request), path,
        http_request_query(request), http_request_length(request), http_request_body(request));
    http_respond_header(request, "X-Test", "a");
    http_respond(request, 200, "text/plain", text, strlen(text));
}

static size_t body_cap(enum http_method method, const char *path, void *argument)
{
    (void)argument;
    return method == HTTP_POST && strcmp(path, "/import") == 0 ? HTTP_IMPORT_CAP : HTTP_BODY_CAP;
}

static void *run(void *argument)
{
    struct fixture *fixture = argument;
    loop_run(fixture->loop);
    return NULL;
}

void fixture_start(struct fixture *fixture, const struct http_options *options, const char *address)
{
    struct error_detail detail = {0};
    memset(fixture, 0, sizeof *fixture);
    sem_init(&fixture->holding, 0, 0);
    sem_init(&fixture->drained, 0, 0);
    fixture->loop = loop_create();
    if (http_listen(address != NULL ? address : "127.0.0.1:0", &fixture->socket, &detail) != 0)
        fail_msg("listen: %s", detail.public_text);
    assert_int_equal(http_address(fixture->socket, fixture->address, sizeof fixture->address), 0);
    fixture->server = http_server_create(fixture->loop, options, handle, body_cap, fixture);
    assert_int_equal(http_server_accept(fixture->server, fixture->socket), 0);
    assert_int_equal(pthread_create(&fixture->thread, NULL, run, fixture), 0);
}

void fixture_stop(struct fixture *fixture)
{
    loop_stop(fixture->loop);
    pthread_join(fixture->thread, NULL);
    http_server_destroy(&fixture->server);
    loop_destroy(&fixture->loop);
    close(fixture->socket);
    sem_destroy(&fixture->holding);
    sem_destroy(&fixture->drained);
}

struct errand {
    loop_task *task;
    void *argument;
    sem_t done;
};

static void run_errand(void *argument)
{
    struct errand *errand = argument;
    errand->task(errand->argument);
    sem_post(&errand->done);
}

void fixture_run(struct fixture *fixture, loop_task *task, void *argument)
{
    struct errand errand = {.task = task, .argument = argument};
    sem_init(&errand.done, 0, 0);
    loop_post(fixture->loop, run_errand, &errand);
    sem_wait(&errand.done);
    sem_destroy(&errand.done);
}

static void release(void *argument)
{
    struct fixture *fixture = argument;
    struct http_request *request = fixture->held;
    fixture->held = NULL;
    http_respond(request, 200, "text/plain", "released", 8);
}

void fixture_release(struct fixture *fixture)
{
    fixture_run(fixture, release, fixture);
}

/* --- the client --- */

int client_open(const struct fixture *fixture)
{
    const struct timeval limit = {.tv_sec = 60};
    const int yes = 1;
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    assert_int_equal(getsockname(fixture->socket, (struct sockaddr *)&address, &length), 0);
    const int client = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client >= 0);
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    assert_int_equal(connect(client, (struct sockaddr *)&address, length), 0);
    return client;
}

void client_send(int client, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        const ssize_t sent = send(client, at, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += sent;
        length -= (size_t)sent;
    }
}

void client_text(int client, const char *text)
{
    client_send(client, text, strlen(text));
}

/* One read more; 0 at the end, also at a reset. */
static size_t more(int client, char *answer, size_t size, size_t have)
{
    assert_true(have + 1 < size);
    const ssize_t got = recv(client, answer + have, size - have - 1, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail_msg("the server says nothing; so far: %.200s", answer);
    if (got <= 0)
        return 0;
    answer[have + (size_t)got] = '\0';
    return (size_t)got;
}

size_t client_until(int client, char *answer, size_t size, const char *text)
{
    size_t have = 0;
    answer[0] = '\0';
    while (strstr(answer, text) == NULL) {
        const size_t got = more(client, answer, size, have);
        if (got == 0)
            fail_msg("closed before \"%s\": %.200s", text, answer);
        have += got;
    }
    return have;
}

size_t client_rest(int client, char *answer, size_t size)
{
    size_t have = 0;
    size_t got;
    answer[0] = '\0';
    while ((got = more(client, answer, size, have)) > 0)
        have += got;
    return have;
}

void client_answer(int client, char *answer, size_t size)
{
    size_t have = client_until(client, answer, size, "\r\n\r\n");
    const size_t head = (size_t)(strstr(answer, "\r\n\r\n") - answer) + 4;
    const char *field = strstr(answer, "Content-Length: ");
    assert_non_null(field);
    const size_t whole = head + (size_t)strtoul(field + 16, NULL, 10);
    while (have < whole) {
        const size_t got = more(client, answer, size, have);
        if (got == 0)
            fail_msg("closed inside the body: %.200s", answer);
        have += got;
    }
    assert_int_equal(have, whole);
}

bool client_silent(int client, int milliseconds)
{
    struct pollfd wait = {.fd = client, .events = POLLIN};
    return poll(&wait, 1, milliseconds) == 0;
}
