/*
 * What the sink and the raw sender share: bytes over a non-blocking socket of loopback, with TLS or
 * without, and where an HTTP message ends. For measuring alone: whatever should not happen ends the
 * program.
 */
#pragma once

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct wire {
    int socket;
    SSL *ssl; /* NULL: no TLS */
};

_Noreturn void fail(const char *what); /* perror and out */
int64_t now_ns(void);                  /* CLOCK_MONOTONIC */

/* `context` NULL: no TLS. The handshake is made by the first reads and writes. */
void wire_accept(struct wire *wire, int socket, SSL_CTX *context);
/* Blocks until connection and handshake stand; non-blocking afterwards. */
void wire_connect(struct wire *wire, int port, SSL_CTX *context);
void wire_close(struct wire *wire);

/* Bytes read; 0: none now; -1: the other end has closed, or broke. */
ssize_t wire_read(struct wire *wire, char *bytes, size_t room);
/* Everything or -1: what is sent here always fits into a socket's buffer. */
int wire_write(struct wire *wire, const char *bytes, size_t length);

/* Length of the first HTTP message in the bytes, by its Content-Length; 0: more must come. */
size_t message_length(const char *bytes, size_t length);
/* The value of a header of that message, up to the end of its line; NULL: it has none. */
const char *message_header(const char *bytes, size_t length, const char *name);
