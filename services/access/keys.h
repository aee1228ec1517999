/*
 * Keys made, listed and ended from the command line: blocking, on a session of a user who is a
 * member of emnebank_owner. Every change stands in the organisation's audit.
 */
#pragma once

#include "common/pg/session.h"
#include "services/access/key.h"

#define ACCESS_DAYS_MAXIMUM 365

struct access_request {
    const char *organisation; /* municipality code, "team", or an employer's CVR number */
    const char *environment;  /* the configuration's: access_environment is applied */
    const char *label;        /* what it is for */
    const char *person;       /* the named person who holds it; NULL: a machine's */
    const char *scopes; /* space-separated, or NULL for the preset of the organisation's kind */
    int days;           /* until it expires: 1 to ACCESS_DAYS_MAXIMUM */
};

struct access_made {
    char text[ACCESS_KEY_TEXT_SIZE]; /* shown once; wipe it */
    char id[RANDOM_UUID_SIZE];
    char expires_at[32]; /* RFC 3339 */
};

/* ERROR_NOT_FOUND: no such organisation. ERROR_INVALID: an unknown scope, days out of range, no
 * label. */
MUST_CHECK int access_keys_create(struct session *session, const struct access_request *request,
                                  struct access_made *made, struct error_detail *detail);
/* One row per key: id, organisation, label, person, scopes, created, expires, last used, state
 * ("active", "expired", "revoked"). Valid until the next call on this session, which stays
 * emnebank_owner. */
MUST_CHECK int access_keys_list(struct session *session, const struct pg_result **rows,
                                struct error_detail *detail);
/* ERROR_NOT_FOUND when there is no such key. Ending one that is ended is fine. */
MUST_CHECK int access_keys_revoke(struct session *session, const char *id,
                                  struct error_detail *detail);

/* Every scope there is, and the preset for "municipality", "team" and "employer" (NULL for another
 * kind). */
extern const char *const access_scopes[];
const char *access_preset(const char *kind);
