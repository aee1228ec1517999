#include "common/domain/person.h"

#include <stddef.h>
#include <string.h>

/* Where a field stands in both structs, so that sealing and opening cannot disagree. */
static const struct field {
    const char *name;
    size_t plain;
    size_t sealed;
} fields[] = {
    {"name", offsetof(struct person, name), offsetof(struct person_sealed, name)},
    {"phone", offsetof(struct person, phone), offsetof(struct person_sealed, phone)},
    {"email", offsetof(struct person, email), offsetof(struct person_sealed, email)},
    {"address", offsetof(struct person, address), offsetof(struct person_sealed, address)},
    {"note", offsetof(struct person, note), offsetof(struct person_sealed, note)},
    {"cpr", offsetof(struct person, cpr), offsetof(struct person_sealed, cpr)},
};
#define FIELDS (sizeof fields / sizeof fields[0])

/* No municipality code and no field name holds a '/', so no two contexts are the same text. */
static const char *context(struct arena *arena, const char *municipality, const char *external_ref,
                           const char *field)
{
    return arena_printf(arena, "candidate/%s/%s/%s", municipality, external_ref, field);
}

static struct sealed_bytes seal(struct arena *arena, const struct crypto_key *key,
                                const char *bound, const void *plain, size_t length)
{
    uint8_t *bytes = arena_alloc(arena, length + CRYPTO_SEAL_OVERHEAD);

    crypto_seal(key, bound, plain, length, bytes);
    return (struct sealed_bytes){.bytes = bytes, .length = length + CRYPTO_SEAL_OVERHEAD};
}

static struct sealed_bytes blind_index(struct arena *arena, const struct crypto_key *key,
                                       const char *cpr)
{
    struct crypto_key index_key;
    uint8_t *digest = arena_alloc(arena, CRYPTO_DIGEST_SIZE);

    crypto_key_derive(key, "cpr-index", &index_key);
    crypto_hmac(index_key.bytes, sizeof index_key.bytes, cpr, strlen(cpr), digest);
    crypto_wipe(&index_key, sizeof index_key);
    return (struct sealed_bytes){.bytes = digest, .length = CRYPTO_DIGEST_SIZE};
}

void person_seal(struct arena *arena, const struct crypto_key *key, const char *municipality,
                 const char *external_ref, const struct person *person,
                 struct person_sealed *sealed)
{
    struct crypto_key wrapping, own;

    memset(sealed, 0, sizeof *sealed);
    crypto_key_random(&own);
    crypto_key_derive(key, "candidate-wrap", &wrapping);
    sealed->wrapped_key =
        seal(arena, &wrapping, context(arena, municipality, external_ref, "key"), &own, sizeof own);
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = *(const char *const *)((const char *)person + fields[i].plain);
        struct sealed_bytes *place = (struct sealed_bytes *)((char *)sealed + fields[i].sealed);
        const char *bound = context(arena, municipality, external_ref, fields[i].name);
        if (text != NULL)
            *place = seal(arena, &own, bound, text, strlen(text));
    }
    if (person->cpr != NULL)
        sealed->cpr_index = blind_index(arena, key, person->cpr);
    crypto_wipe(&own, sizeof own);
    crypto_wipe(&wrapping, sizeof wrapping);
}

static int open_field(struct arena *arena, const struct crypto_key *key, const char *bound,
                      const struct sealed_bytes *sealed, const char **text)
{
    if (sealed->bytes == NULL)
        return 0;
    if (sealed->length < CRYPTO_SEAL_OVERHEAD)
        return ERROR_DENIED;
    /* The arena's memory is zeroed, so the text ends with a NUL. */
    char *plain = arena_alloc(arena, sealed->length - CRYPTO_SEAL_OVERHEAD + 1);
    int error = crypto_open(key, bound, sealed->bytes, sealed->length, plain);
    *text = error == 0 ? plain : NULL;
    return error;
}

int person_open(struct arena *arena, const struct crypto_key *key, const char *municipality,
                const char *external_ref, const struct person_sealed *sealed, struct person *person)
{
    struct crypto_key wrapping, own;

    memset(person, 0, sizeof *person);
    if (sealed->wrapped_key.bytes == NULL ||
        sealed->wrapped_key.length != sizeof own + CRYPTO_SEAL_OVERHEAD)
        return ERROR_DENIED;
    crypto_key_derive(key, "candidate-wrap", &wrapping);
    int error = crypto_open(&wrapping, context(arena, municipality, external_ref, "key"),
                            sealed->wrapped_key.bytes, sealed->wrapped_key.length, &own);
    for (size_t i = 0; i < FIELDS && error == 0; i++) {
        const struct sealed_bytes *place =
            (const struct sealed_bytes *)((const char *)sealed + fields[i].sealed);
        const char **text = (const char **)((char *)person + fields[i].plain);
        error = open_field(arena, &own, context(arena, municipality, external_ref, fields[i].name),
                           place, text);
    }
    crypto_wipe(&own, sizeof own);
    crypto_wipe(&wrapping, sizeof wrapping);
    if (error != 0)
        memset(person, 0, sizeof *person);
    return error;
}
