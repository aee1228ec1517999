#include "services/deliver/identity.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/crypto/certificate.h"
#include "services/deliver/room.h"
#include "sql/deliver_sql.h"

#include <inttypes.h>
#include <string.h>

#define MATERIAL_CAP 65536 /* of each text, in bytes */
#define PASSWORD_CAP 255
#define PINS_CAP 3
#define PIN_PREFIX "sha256//"

static const char *context_of(struct arena *arena, const char *endpoint)
{
    return arena_printf(arena, "endpoint/%s/identity", endpoint);
}

struct sealed_bytes identity_seal(struct arena *arena, const struct deliver *deliver,
                                  const char *endpoint, const char *pem)
{
    size_t length = strlen(pem);
    uint8_t *bytes = arena_alloc(arena, length + CRYPTO_SEAL_OVERHEAD);

    crypto_seal(deliver_server_key(deliver), context_of(arena, endpoint), pem, length, bytes);
    return (struct sealed_bytes){.bytes = bytes, .length = length + CRYPTO_SEAL_OVERHEAD};
}

int identity_open(struct arena *arena, const struct deliver *deliver, const char *endpoint,
                  struct sealed_bytes sealed, char **pem)
{
    if (sealed.length < CRYPTO_SEAL_OVERHEAD)
        return ERROR_DENIED;
    *pem =
        arena_alloc(arena, sealed.length - CRYPTO_SEAL_OVERHEAD + 1); /* zeroed: it ends in NUL */
    return crypto_open(deliver_server_key(deliver), context_of(arena, endpoint), sealed.bytes,
                       sealed.length, *pem);
}

/* --- what is wrong with a certificate --- */

/* Which member of the body it is about: of PEM texts and of a PKCS#12. */
static const struct {
    unsigned fault;
    const char *pem, *pkcs12;
    const char *detail;
} faults[] = {
    {CERTIFICATE_UNREADABLE, "/certificate", "/pkcs12",
     "Der er intet læseligt certifikat; PEM begynder med -----BEGIN CERTIFICATE-----."},
    {CERTIFICATE_CHAIN_BROKEN, "/certificate", "/pkcs12",
     "Kæden hænger ikke sammen: hvert certifikat efter det første skal have udstedt et af de "
     "andre, "
     "og der må højst være 8."},
    {CERTIFICATE_NOT_YET_VALID, "/certificate", "/pkcs12",
     "Certifikatet, eller et i dets kæde, gælder ikke endnu."},
    {CERTIFICATE_EXPIRED, "/certificate", "/pkcs12",
     "Certifikatet, eller et i dets kæde, er udløbet."},
    {CERTIFICATE_NOT_FOR_CLIENTS, "/certificate", "/pkcs12",
     "Certifikatet må ikke bruges af en klient (extendedKeyUsage uden clientAuth)."},
    {CERTIFICATE_KEY_UNREADABLE, "/key", "/pkcs12",
     "Der er ingen læselig privat nøgle; PEM begynder med -----BEGIN PRIVATE KEY-----."},
    {CERTIFICATE_KEY_LOCKED, "/password", "/password",
     "Nøglen er krypteret, og adgangskoden mangler eller er forkert."},
    {CERTIFICATE_KEY_WEAK, "/key", "/pkcs12",
     "Nøglen er for svag: mindst RSA med 2048 bit eller en kurve som P-256."},
    {CERTIFICATE_KEY_FOREIGN, "/key", "/pkcs12", "Nøglen hører ikke til det første certifikat."},
    {CERTIFICATE_BUNDLE_UNREADABLE, "/pkcs12", "/pkcs12",
     "Det er ikke en læselig PKCS#12; en, der er krypteret med RC2 eller 3DES, skal gemmes på ny."},
    {CERTIFICATE_BUNDLE_LOCKED, "/password", "/password", "Adgangskoden mangler eller er forkert."},
};

static void name_faults(struct json_check *check, unsigned found, bool pkcs12)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (found & faults[i].fault)
            json_check_fail(check, pkcs12 ? faults[i].pkcs12 : faults[i].pem, "FORMAT", "%s",
                            faults[i].detail);
    }
}

/* --- the body --- */

/* A text as it came: PEM has lines, and Windows ends them in its own way. NULL when it is absent or
 * none. */
static const char *material(struct json_check *check, const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);
    const char *pointer = json_check_pointer(check, "", name);
    if (value == NULL)
        return NULL;
    if (!json_is_string(value))
        json_check_fail(check, pointer, "TYPE", "Skal være tekst.");
    else if (json_string_length(value) == 0 || json_string_length(value) > MATERIAL_CAP)
        json_check_fail(check, pointer, "LENGTH", "Skal være mellem 1 og %d bytes.", MATERIAL_CAP);
    else
        return json_string_value(value);
    return NULL;
}

static bool pin_good(struct arena *arena, const char *pin)
{
    const size_t size = strlen(PIN_PREFIX) + 44; /* the base64 of 32 bytes */
    for (size_t count = 1; count <= PINS_CAP; count++) {
        uint8_t *digest = NULL;
        size_t length = 0;
        if (strlen(pin) < size || strncmp(pin, PIN_PREFIX, strlen(PIN_PREFIX)) != 0)
            return false;
        const char *text =
            arena_strndup(arena, pin + strlen(PIN_PREFIX), size - strlen(PIN_PREFIX));
        if (crypto_unbase64(arena, text, &digest, &length) != 0 || length != CRYPTO_DIGEST_SIZE)
            return false;
        pin += size;
        if (*pin++ != ';')
            return pin[-1] == '\0';
    }
    return false;
}

static const char *check_pin(struct json_check *check, const json_t *body)
{
    const char *pin = json_check_text(check, body, "", "pin", JSON_OPTIONAL, 200);
    if (pin != NULL && !pin_good(check->arena, pin))
        json_check_fail(check, "/pin", "FORMAT",
                        "Skal være sha256// og base64 af 32 bytes; højst %d, adskilt af ;.",
                        PINS_CAP);
    return pin;
}

static void check_pkcs12(struct json_check *check, const char *text, const char *password,
                         int64_t now, struct certificate *certificate)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (crypto_unbase64(check->arena, text, &bytes, &length) != 0) {
        json_check_fail(check, "/pkcs12", "FORMAT", "Skal være base64.");
        return;
    }
    name_faults(check,
                certificate_from_pkcs12(check->arena, bytes, length, password, now, certificate),
                true);
    crypto_wipe(bytes, length);
}

/* Which of the members stand together. */
static void check_members(struct json_check *check, const json_t *body)
{
    bool chain = json_object_get(body, "certificate") != NULL;
    bool key = json_object_get(body, "key") != NULL;
    bool pkcs12 = json_object_get(body, "pkcs12") != NULL;
    if (pkcs12 && (chain || key))
        json_check_fail(check, "/pkcs12", "NOT_ALLOWED", "Enten pkcs12 eller certificate og key.");
    else if (chain != key)
        json_check_fail(check, chain ? "/key" : "/certificate", "REQUIRED",
                        "Certifikat og nøgle hører sammen.");
    else if (!chain && !pkcs12 && json_object_get(body, "pin") == NULL)
        json_check_fail(check, "/certificate", "REQUIRED",
                        "Certifikat og nøgle, pkcs12 eller pin skal være der.");
}

static void check_certificate(struct json_check *check, const json_t *body,
                              struct certificate *certificate)
{
    const char *chain = material(check, body, "certificate");
    const char *key = material(check, body, "key");
    const char *pkcs12 = material(check, body, "pkcs12");
    const char *password =
        json_check_text(check, body, "", "password", JSON_OPTIONAL, PASSWORD_CAP);
    int64_t now = clock_now() / CLOCK_SECOND;
    check_members(check, body);
    if (pkcs12 != NULL)
        check_pkcs12(check, pkcs12, password, now, certificate);
    else if (chain != NULL && key != NULL)
        name_faults(check,
                    certificate_from_pem(check->arena, chain, key, password, now, certificate),
                    false);
}

/* --- routes --- */

void identity_put(struct rest_call *call)
{
    static const char *const members[] = {"certificate", "key", "pkcs12", "password", "pin", NULL};
    struct arena *arena = rest_arena(call);
    const char *id = deliver_path_id(call);
    struct certificate certificate = {0};
    struct sealed_bytes sealed = {0};
    struct json_check check;
    if (id == NULL)
        return;
    json_check_init(&check, arena);
    json_check_members(&check, rest_body(call), "", members);
    const char *pin = check_pin(&check, rest_body(call));
    check_certificate(&check, rest_body(call), &certificate);
    if (certificate.pem != NULL) {
        sealed = identity_seal(arena, rest_room(call), id, certificate.pem);
        crypto_wipe(certificate.pem, strlen(certificate.pem));
    }
    if (!json_check_ok(&check)) {
        rest_problem_check(call, &check);
        return;
    }
    const struct pg_parameter parameters[] = {
        PG_TEXT(id),
        rest_version_seen(call),
        sealed.bytes == NULL ? PG_NULL : PG_BYTES(sealed.bytes, sealed.length),
        PG_TEXT(certificate.subject),
        PG_TEXT(sealed.bytes == NULL ? NULL
                                     : arena_printf(arena, "%" PRId64, certificate.not_after)),
        PG_TEXT(pin),
    };
    rest_run(call, &deliver_sql_identity_put, parameters, sizeof parameters / sizeof *parameters);
}

void identity_delete(struct rest_call *call)
{
    deliver_run_seen(call, &deliver_sql_identity_remove);
}
