/*
 * What an endpoint's deliveries are signed with, as it stands in the database: sealed under the
 * keyring's `server` key and bound to its endpoint and scheme, so that none can be put in the place
 * of another.
 */
#pragma once

#include "common/domain/person.h"
#include "common/rest/rest.h"
#include "services/deliver/signature.h"

struct deliver;

/* Of one scheme, under way at the same time: the present one and those in their grace. */
#define SECRETS_CAP 4

/* In the arena. */
struct sealed_bytes secret_seal(struct arena *arena, const struct deliver *deliver,
                                const char *endpoint, const struct signature_key *key);
/* The public half of a v1a key as a parameter, in the arena; NULL of a v1 secret. */
struct pg_parameter secret_public(struct arena *arena, const struct signature_key *key);
/* Opens those of one scheme that stand one after another in `sealed` into `keys` from `*count` on,
 * which it advances; `keys` has room for SECRETS_CAP more. ERROR_DENIED when one does not open or
 * there are too many. Wipe the keys in either case. */
MUST_CHECK int secrets_open(struct arena *arena, const struct deliver *deliver,
                            const char *endpoint, enum signature_scheme scheme,
                            struct sealed_bytes sealed, struct signature_key *keys, size_t *count);

/* Answers with an api_reply whose body gets the secret that is the call's state, as text: it is
 * shown here and never again, since the stored answer of an idempotency key has none. */
void secret_shown(struct rest_call *call, const struct pg_outcome *outcome);
