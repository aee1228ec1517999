#include "services/pool/prepare.h"

#include "common/base/str.h"
#include "common/domain/kinds.h"

#include <string.h>

static char *hex(struct arena *arena, const uint8_t *bytes, size_t length)
{
    char *text = arena_alloc(arena, 2 * length + 1);

    str_hex(bytes, length, text);
    return text;
}

static void put_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, name, json_string(text));
}

static void put_sealed(struct arena *arena, json_t *object, const char *name,
                       const struct sealed_bytes *sealed)
{
    if (sealed->bytes != NULL)
        put_text(object, name, hex(arena, sealed->bytes, sealed->length));
}

static json_t *sealed_person(struct arena *arena, const struct crypto_key *key,
                             const char *municipality, const char *external_ref,
                             const struct person *person)
{
    struct person_sealed sealed;
    json_t *object = json_object();

    person_seal(arena, key, municipality, external_ref, person, &sealed);
    put_sealed(arena, object, "wrapped_key", &sealed.wrapped_key);
    put_sealed(arena, object, "name", &sealed.name);
    put_sealed(arena, object, "phone", &sealed.phone);
    put_sealed(arena, object, "email", &sealed.email);
    put_sealed(arena, object, "address", &sealed.address);
    put_sealed(arena, object, "note", &sealed.note);
    put_sealed(arena, object, "cpr", &sealed.cpr);
    put_sealed(arena, object, "cpr_index", &sealed.cpr_index);
    return object;
}

/* Of the body's canonical form without its reference, so that PUT and an import tell the same. */
static char *content_mac(struct arena *arena, const struct crypto_key *key, const json_t *body)
{
    struct crypto_key mac_key;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    json_t *content = json_object();
    const char *name;
    json_t *value;
    union {
        const json_t *read;
        json_t *write;
    } bare = {.read = body};

    json_object_foreach(bare.write, name, value)
    {
        if (strcmp(name, "external_ref") != 0)
            json_object_set(content, name, value);
    }
    const char *text = json_canonical(arena, content);
    json_decref(content);
    crypto_key_derive(key, "content-mac", &mac_key);
    crypto_hmac(mac_key.bytes, sizeof mac_key.bytes, text, strlen(text), digest);
    crypto_wipe(&mac_key, sizeof mac_key);
    return hex(arena, digest, sizeof digest);
}

static json_t *copy_list(const json_t *list)
{
    return list != NULL ? json_deep_copy(list) : json_array();
}

/* Facts keep their places, since faults are named by place; what is no good becomes {}. */
static json_t *judgeable_facts(const json_t *facts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(facts); i++) {
        const json_t *fact = json_array_get(facts, i);
        json_t *copy = json_object();
        const char *kind = json_string_value(json_object_get(fact, "kind"));
        if (kind_index(fact_kinds, kind) >= 0) {
            put_text(copy, "kind", kind);
            put_text(copy, "code", json_string_value(json_object_get(fact, "code")));
        }
        json_array_append_new(list, copy);
    }
    return list;
}

/* For a row that is only looked at: whether the number stands on somebody else. */
static json_t *cpr_alone(struct arena *arena, const struct crypto_key *key,
                         const char *municipality, const char *external_ref, const char *cpr)
{
    const struct person person = {.cpr = cpr};
    struct person_sealed sealed;
    json_t *object = json_object();

    person_seal(arena, key, municipality, external_ref, &person, &sealed);
    put_sealed(arena, object, "cpr_index", &sealed.cpr_index);
    return object;
}

json_t *pool_prepare(struct arena *arena, const struct crypto_key *key, const char *municipality,
                     const char *external_ref, const json_t *body, const struct pool_body *good,
                     bool apply)
{
    json_t *row = json_object();

    put_text(row, "external_ref", external_ref);
    put_text(row, "postcode", good->postcode);
    json_object_set_new(row, "apply", json_boolean(apply));
    json_object_set_new(row, "facts",
                        apply ? copy_list(good->facts) : judgeable_facts(good->facts));
    if (!apply) {
        json_object_set_new(row, "person",
                            cpr_alone(arena, key, municipality, external_ref, good->person.cpr));
        return row;
    }

    json_object_set_new(row, "max_travel_km", json_integer(good->max_travel_km));
    put_text(row, "available_from", good->available_from);
    put_text(row, "protection", good->protection);
    json_object_set_new(row, "kinds", copy_list(good->kinds));
    if (good->screened_on != NULL)
        json_object_set_new(row, "screening",
                            json_pack("{s:s, s:s, s:s}", "by", good->screened_by, "on",
                                      good->screened_on, "until", good->screening_until));
    put_text(row, "content_mac", content_mac(arena, key, body));
    json_object_set_new(row, "person",
                        sealed_person(arena, key, municipality, external_ref, &good->person));
    return row;
}
