/*
 * A client's certificate for TLS (such as an OCES3 system certificate), over OpenSSL's libcrypto,
 * which libcurl sends it with and which no other room includes: chain and private key, from PEM or
 * PKCS#12, are checked and written as one PEM.
 *
 * A certificate that has any fault is not to be used at all: never send without it instead.
 */
#pragma once

#include "common/base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* Certificates of one chain, the leaf counted. */
#define CERTIFICATE_CHAIN_CAP 8

enum certificate_fault {
    CERTIFICATE_UNREADABLE = 1 << 0,      /* there is none in the text, or a broken one */
    CERTIFICATE_CHAIN_BROKEN = 1 << 1,    /* one that issued none of the others, or too many */
    CERTIFICATE_NOT_YET_VALID = 1 << 2,   /* one of the chain */
    CERTIFICATE_EXPIRED = 1 << 3,         /* one of the chain */
    CERTIFICATE_NOT_FOR_CLIENTS = 1 << 4, /* its uses leave out TLS clients */
    CERTIFICATE_KEY_UNREADABLE = 1 << 5,
    CERTIFICATE_KEY_LOCKED = 1 << 6,        /* encrypted, and the password is missing or wrong */
    CERTIFICATE_KEY_WEAK = 1 << 7,          /* less than RSA-2048 or P-224 */
    CERTIFICATE_KEY_FOREIGN = 1 << 8,       /* it is not that of the first certificate */
    CERTIFICATE_BUNDLE_UNREADABLE = 1 << 9, /* no PKCS#12, or sealed with ciphers of the past */
    CERTIFICATE_BUNDLE_LOCKED = 1 << 10,    /* the password is missing or wrong */
};

struct certificate {
    char *pem;           /* leaf, its issuers in order, key (PKCS#8): wipe it after use */
    const char *subject; /* of the leaf, as RFC 4514 writes it */
    int64_t not_after;   /* of the leaf, in seconds since 1970 */
};

/* Both return 0, or every fault that was found (a sum of enum certificate_fault); then
 * `certificate` is empty. What it points at is in the arena. `now` is in seconds since 1970. The
 * first certificate is the leaf; its issuers follow in any order, with or without the root.
 * `password` opens an encrypted key; NULL: there is none. */
unsigned certificate_from_pem(struct arena *arena, const char *chain, const char *key,
                              const char *password, int64_t now, struct certificate *certificate);
unsigned certificate_from_pkcs12(struct arena *arena, const void *bytes, size_t length,
                                 const char *password, int64_t now,
                                 struct certificate *certificate);
