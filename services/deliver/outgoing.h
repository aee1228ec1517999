/*
 * From a claimed row to the request that is sent: the endpoint's keys, its certificate and a CV's
 * person are opened, the payload is rendered and signed. Everything lies in the arena, which should
 * go as soon as the request has been handed on, since it holds personal data and a private key
 * (outgoing_wipe).
 */
#pragma once

#include "common/base/arena.h"
#include "common/fetch/fetch.h"
#include "common/pg/pg.h"

struct deliver;

/* Columns of sql/statements/deliver/claim.sql. */
enum claim_column {
    CLAIM_DELIVERY,
    CLAIM_VERDICT,
    CLAIM_WHY,
    CLAIM_TOKEN,
    CLAIM_ATTEMPT,
    CLAIM_KIND,
    CLAIM_EVENT_AT,
    CLAIM_VERSION,
    CLAIM_ENDPOINT,
    CLAIM_URL,
    CLAIM_MODE,
    CLAIM_SECRETS, /* sealed, all that are live, newest first, one after another */
    CLAIM_SIGNING_KEYS,
    CLAIM_SIGNED_BY,
    CLAIM_IDENTITY,
    CLAIM_IDENTITY_AT,
    CLAIM_PIN,
    CLAIM_DATA,
    CLAIM_MUNICIPALITY,
    CLAIM_EXTERNAL_REF,
    CLAIM_WRAPPED_KEY,
    CLAIM_NAME,
    CLAIM_PHONE,
    CLAIM_EMAIL,
};

struct outgoing {
    struct fetch_request request;
    struct fetch_header headers[4];
    char digest[65];  /* SHA-256 of the body, hex */
    char *client_pem; /* that of the request */
};

/* ERROR_NOT_FOUND, ERROR_DENIED: a key is not there or does not fit, which an operator can mend;
 * ERROR_LIMIT: the payload is too large, now and always. `reason` is a code. An endpoint
 * that has a certificate is never sent to without it. */
MUST_CHECK int outgoing_make(struct arena *arena, const struct deliver *deliver,
                             const struct pg_result *claimed, size_t row, struct outgoing *outgoing,
                             const char **reason);
/* The private key goes, once the request has been handed on. */
void outgoing_wipe(struct outgoing *outgoing);
