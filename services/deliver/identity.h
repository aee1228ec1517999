/*
 * What a receiver is shown when it asks who calls (mutual TLS): a client's certificate and its key,
 * and the public keys that we take from the receiver in return (a pin). The certificate stands in
 * the database as one PEM, sealed under the keyring's `server` key and bound to its endpoint.
 */
#pragma once

#include "common/domain/person.h"

struct deliver;

/* In the arena. */
struct sealed_bytes identity_seal(struct arena *arena, const struct deliver *deliver,
                                  const char *endpoint, const char *pem);
/* ERROR_DENIED when it does not open: then nothing may be sent. Wipe `*pem` after use. */
MUST_CHECK int identity_open(struct arena *arena, const struct deliver *deliver,
                             const char *endpoint, struct sealed_bytes sealed, char **pem);
