/*
 * A candidate's personal data at rest: each field sealed under the candidate's own key, which is
 * wrapped by the municipality's key from the keyring (DESIGN 8, D7, D8). Every field is bound to
 * municipality, reference and field name, so none opens in another's place. Texts and bytes lie in
 * the arena given. The CPR number stands as ten digits.
 */
#pragma once

#include "common/base/arena.h"
#include "common/crypto/crypto.h"

/* NULL: not known. */
struct person {
    const char *name;
    const char *phone;
    const char *email;
    const char *address;
    const char *note;
    const char *cpr;
};

struct sealed_bytes {
    const uint8_t *bytes; /* NULL: nothing there */
    size_t length;
};

/* As the columns of candidate_person. */
struct person_sealed {
    struct sealed_bytes wrapped_key;
    struct sealed_bytes name;
    struct sealed_bytes phone;
    struct sealed_bytes email;
    struct sealed_bytes address;
    struct sealed_bytes note;
    struct sealed_bytes cpr;
    struct sealed_bytes cpr_index; /* blind index: equal for equal CPR within the municipality */
};

/* Under a fresh candidate key. `key` is keyring_find(municipality). */
void person_seal(struct arena *arena, const struct crypto_key *key, const char *municipality,
                 const char *external_ref, const struct person *person,
                 struct person_sealed *sealed);
/* ERROR_DENIED when anything was not sealed for this municipality, reference and field. Opens what
 * is there; `sealed` may lack fields that the reader has no use for. */
MUST_CHECK int person_open(struct arena *arena, const struct crypto_key *key,
                           const char *municipality, const char *external_ref,
                           const struct person_sealed *sealed, struct person *person);
