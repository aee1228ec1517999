#include "tests/bench/deliver/send.h"
#include "tests/bench/deliver/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define ANSWER_CAP 1024

struct connection {
    struct wire wire;
    char *request;
    size_t length;
    char answer[ANSWER_CAP];
    size_t answer_length;
};

static SSL_CTX *client_context(const char *ca)
{
    if (ca == NULL)
        return NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
        fail(ca);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

/* The same headers and as many bytes as the others send. */
static void make_request(struct connection *connection, const struct plan *plan, int port)
{
    char body[1024];
    const int body_length =
        snprintf(body, sizeof body,
                 "{\"type\":\"entry.changed\",\"timestamp\":\"2026-11-23T08:00:00."
                 "000000Z\",\"schema_version\":1,\"data\":%s}",
                 plan->data);
    const int length = asprintf(
        &connection->request,
        "POST /hooks HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: emnebank/0.1\r\nAccept: */*\r\n"
        "content-type: application/json\r\nwebhook-id: msg_0190d3e0-5f6a-7c11-8a53-0242ac120005\r\n"
        "webhook-timestamp: 1795420800\r\n"
        "webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=\r\n"
        "Content-Length: %d\r\n\r\n%s",
        port, body_length, body);
    if (length < 0)
        fail("asprintf");
    connection->length = (size_t)length;
}

static void send_one(struct connection *connection)
{
    connection->answer_length = 0;
    if (wire_write(&connection->wire, connection->request, connection->length) != 0)
        fail("send");
}

/* Whether the answer is in whole. */
static bool answered(struct connection *connection)
{
    const ssize_t got = wire_read(&connection->wire, connection->answer + connection->answer_length,
                                  sizeof connection->answer - connection->answer_length);
    if (got < 0)
        fail("the sink has closed");
    connection->answer_length += (size_t)got;
    if (message_length(connection->answer, connection->answer_length) == 0)
        return false;
    if (memcmp(connection->answer, "HTTP/1.1 200 ", 13) != 0)
        fail("not a 200");
    return true;
}

static struct meter drive(int epoll, const struct plan *plan)
{
    struct epoll_event events[64];
    struct meter meter = meter_start(plan);
    for (bool on = true; on;) {
        const int ready = epoll_wait(epoll, events, 64, 1000);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!answered(connection))
                continue;
            on = meter_count(&meter) && on;
            send_one(connection);
        }
    }
    return meter;
}

struct meter send_raw(const struct plan *plan)
{
    static struct connection connections[SEND_CONNECTIONS_CAP];
    SSL_CTX *const context = client_context(plan->ca);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < plan->connections && i < SEND_CONNECTIONS_CAP; i++) {
        struct connection *connection = &connections[i];
        const int port = plan->ports[i % plan->port_count];
        wire_connect(&connection->wire, port, context);
        make_request(connection, plan, port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->wire.socket, &event) != 0)
            fail("epoll_ctl");
        send_one(connection);
    }
    const struct meter meter = drive(epoll, plan);
    for (size_t i = 0; i < plan->connections && i < SEND_CONNECTIONS_CAP; i++) {
        wire_close(&connections[i].wire);
        free(connections[i].request);
    }
    SSL_CTX_free(context);
    return meter;
}
