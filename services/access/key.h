/*
 * The text of an API key (D4): emb_<env>_<id>_<secret>_<crc>
 *
 *     emb     so that a secret scanner knows it:
 * emb_[a-z]{2,8}_[0-9a-f]{32}_[A-Za-z0-9_-]{43}_[0-9a-f]{8} env     2 to 8 letters a-z: which
 * installation it is for id      32 hex digits, the key's uuid secret  32 random bytes as
 * base64url, 43 characters; the database keeps only their SHA-256 crc     8 hex digits, CRC-32 (ISO
 * 3309) of all before the last '_': tells a typing fault from a wrong key
 *
 * Pure functions.
 */
#pragma once

#include "common/base/error.h"
#include "common/base/random.h"

#include <stddef.h>
#include <stdint.h>

#define ACCESS_SECRET_SIZE 32
#define ACCESS_ENVIRONMENT_SIZE 9
#define ACCESS_KEY_TEXT_SIZE 104 /* the longest, with its NUL */

struct access_key {
    char environment[ACCESS_ENVIRONMENT_SIZE];
    char id[RANDOM_UUID_SIZE];
    uint8_t secret[ACCESS_SECRET_SIZE];
};

/* The configuration's name of an environment as keys have it: "production" is "prod", others stand
 * as they are. */
const char *access_environment(const char *configured);

/* ERROR_INVALID when the environment or the id is malformed. */
MUST_CHECK int access_key_make(const struct access_key *key, char text[ACCESS_KEY_TEXT_SIZE]);
/* ERROR_INVALID unless `text` is exactly such a key with the right CRC. */
MUST_CHECK int access_key_parse(const char *text, struct access_key *key);
