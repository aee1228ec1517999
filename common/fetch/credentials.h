/* What a client shows and expects in TLS. Pure: text in, text out. */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>

/* A PEM file in its two halves; wiped when given back. */
struct credentials {
    char *chain; /* certificates, in the order that they stood in */
    char *key;   /* one private key, unencrypted */
};

/* ERROR_INVALID unless there is at least one certificate and exactly one key that needs no
 * password, in 64 KiB at most. What stands between and around the blocks is left out. Whether the
 * halves can be read and fit together only TLS knows. */
MUST_CHECK int credentials_read(const char *pem, struct credentials *credentials);
void credentials_deinit(struct credentials *credentials);

/* "sha256//" and 32 bytes in base64, once or more, joined by ";". libcurl would take anything else
 * for the name of a file. */
bool pin_valid(const char *pin);
