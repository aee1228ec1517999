/*
 * The keys that live outside the database: one 32-byte key per organisation, in a file of lines
 * `<organisation key name> <64 hex digits>` (mode 0400 or 0600, else refused), for instance `0751
 * 3f…`. The names are municipality codes, plus `server` for what belongs to no municipality
 * (endpoint secrets, cursors). Immutable after load, so shared between threads.
 */
#pragma once

#include "common/crypto/crypto.h"

struct keyring;

MUST_CHECK int keyring_load(const char *path, struct keyring **keyring,
                            struct error_detail *detail);
/* A keyring with fresh random keys for the names (NULL-terminated), written to `path` with mode
 * 0600; refuses to overwrite. */
MUST_CHECK int keyring_generate(const char *path, const char *const *names,
                                struct error_detail *detail);
void keyring_destroy(struct keyring **keyring); /* wipes */

/* NULL when there is none of that name. */
const struct crypto_key *keyring_find(const struct keyring *keyring, const char *name);
