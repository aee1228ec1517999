/*
 * Standard Webhooks 1.0, symmetric signatures: `v1,` and the base64 of HMAC-SHA256 over
 * "<webhook-id>.<webhook-timestamp>.<body>", keyed with the endpoint's secret. A secret is 32
 * random bytes (the specification asks for 24 to 64), shown to people as `whsec_` and its base64.
 */
#pragma once

#include "common/base/arena.h"

#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_SECRET_SIZE 32

/* The value of the header webhook-signature, in the arena. `timestamp` is in seconds. */
char *signature_v1(struct arena *arena, const char *id, int64_t timestamp, const void *body,
                   size_t length, const void *secret, size_t secret_length);

char *signature_secret_text(struct arena *arena, const void *secret, size_t length);
