/*
 * A small HTTP/1.1 receiver on 127.0.0.1 for tests, on threads of its own: it records what it got
 * and answers as it was told, badly when asked. Not evhttp, so that what it saw was really on the
 * wire. All functions may be called from the test's thread at any time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct receiver;

enum receiver_manner {
    RECEIVER_ANSWERS,
    RECEIVER_HANGS,      /* says nothing until the peer gives up */
    RECEIVER_CLOSES,     /* says nothing and hangs up */
    RECEIVER_FLOODS,     /* a body without end */
    RECEIVER_STALLS,     /* a head, one byte of a body, and then nothing */
    RECEIVER_DRIPS_HEAD, /* a head without end, a byte now and then */
    RECEIVER_DRIPS_BODY, /* a body without end, a byte now and then */
    RECEIVER_LONG_HEAD,  /* a head of 96 KiB, and the end of it */
    RECEIVER_HINTS,      /* 103 without end */
};

struct receiver_reply {
    enum receiver_manner manner;
    int status;
    const char *headers; /* "Retry-After: 7\r\n"; NULL for none */
    const char *body;    /* NULL for none */
};

struct receiver_request {
    char line[512]; /* "POST /hook HTTP/1.1" */
    char *head;     /* all header lines */
    char *body;
    size_t length;
};

struct receiver *receiver_create(void);
void receiver_destroy(struct receiver **receiver);
int receiver_port(const struct receiver *receiver);
/* Ends every connection; for what hangs until the test has seen enough. */
void receiver_hang_up(struct receiver *receiver);
/* The next reply that has not been given yet; when there is none it answers 204. */
void receiver_will(struct receiver *receiver, struct receiver_reply reply);
size_t receiver_requests(struct receiver *receiver);
size_t receiver_connections(struct receiver *receiver);
size_t receiver_open(struct receiver *receiver); /* those that have not ended */
/* The most requests that were under way at one time. */
size_t receiver_peak(struct receiver *receiver);
/* Valid until the receiver is destroyed. */
const struct receiver_request *receiver_request(struct receiver *receiver, size_t index);
/* The value of a header of that request in `value`; false when it has none. */
bool receiver_header(const struct receiver_request *request, const char *name, char *value,
                     size_t size);
