/*
 * A prepared row: what SQL's candidate_apply takes. The person is sealed here, so that no name ever
 * travels to the database; the keyed digest of the body tells a repeat without telling the body.
 */
#pragma once

#include "services/pool/body.h"

/* A new object. `body` is the JSON as it was sent; `good` what the check left. With faults in the
 * body (`apply` false) only what the database can judge goes along. */
json_t *pool_prepare(struct arena *arena, const struct crypto_key *key, const char *municipality,
                     const char *external_ref, const json_t *body, const struct pool_body *good,
                     bool apply);
