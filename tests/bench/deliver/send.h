/*
 * The senders that are compared: one event again and again over kept connections to the sink, each
 * as soon as the one before is answered. Anything else than a 200 ends the program.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEND_PORTS_CAP 256
#define SEND_CONNECTIONS_CAP 256

struct plan {
    int ports[SEND_PORTS_CAP];
    size_t port_count;
    size_t connections;
    int64_t duration; /* nanoseconds */
    const char *ca;   /* PEM file: over TLS; NULL: without */
    bool both;        /* ours: signed with v1 and v1a; otherwise with v1 alone */
    const char *data; /* the event's `data`, JSON */
};

/* What is counted: once each connection should stand, for as long as the plan says. */
struct meter {
    const struct plan *plan;
    uint64_t answered;
    uint64_t first;     /* answers before these are not counted */
    int64_t begun, end; /* nanoseconds; 0: not yet */
};

struct meter meter_start(const struct plan *plan);
/* An answer. False when the time is over. */
bool meter_count(struct meter *meter);

/* Fixed bytes, neither rendered nor signed: what sockets and epoll alone would give. */
struct meter send_raw(const struct plan *plan);
/* The bytes signed anew each time, by libcurl multi with nothing around it: a handle for each
 * connection, made once. */
struct meter send_curl(const struct plan *plan);
/* The product's own way from a claimed row to the answer: secret opened, event rendered, signed and
 * digested (services/deliver/outgoing), sent under the address policy (common/fetch), answer
 * judged. All but the database. */
struct meter send_ours(const struct plan *plan);
