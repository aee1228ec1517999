/*
 * For tests of TLS: certificates that openssl makes on the spot, and a receiver (Node) that speaks
 * HTTP/2 and asks for client certificates. Functions assert, so only for cmocka tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A folder of certificates; see make_pki.sh for what is in it. */
struct pki {
    char folder[64];
    char path[160];
};

void pki_create(struct pki *pki);
void pki_destroy(struct pki *pki);
/* Its path, until the next call. */
const char *pki_path(struct pki *pki, const char *name);
/* What stands in it; the caller's (mem_free). */
char *pki_read(struct pki *pki, const char *name);

enum tls_manner {
    TLS_HTTP2 = 1,   /* offers it */
    TLS_CLIENTS = 2, /* wants a certificate of the authority's */
};

struct tls_receiver;

struct tls_request {
    char version[4]; /* "1.1", "2.0" */
    int connection;  /* counted from 1 */
    char peer[64];   /* whom the client's certificate names; "-" for none */
    char path[64];
    int length; /* of the body */
};

/* With the certificate of that name. Paths: /ok, /silent (no answer), /stalls (a head and one
 * byte), /large (200,000 bytes). */
struct tls_receiver *tls_receiver_create(struct pki *pki, const char *certificate,
                                         enum tls_manner manner);
void tls_receiver_destroy(struct tls_receiver **receiver);
int tls_receiver_port(const struct tls_receiver *receiver);
/* The next request that it got; waits for it. */
struct tls_request tls_receiver_next(struct tls_receiver *receiver);
/* Waits until it says that the connection of this number has ended. */
void tls_receiver_await_end(struct tls_receiver *receiver, int connection);
