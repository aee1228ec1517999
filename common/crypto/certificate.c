#include "common/crypto/certificate.h"

#include "common/crypto/crypto.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define SECURITY_BITS 112 /* of RSA-2048 and P-224 */

/* What was read, before it is checked. Owns all of it. */
struct material {
    X509 *chain[CERTIFICATE_CHAIN_CAP]; /* the leaf first */
    size_t count;
    EVP_PKEY *key;
};

static void material_deinit(struct material *material)
{
    for (size_t i = 0; i < material->count; i++)
        X509_free(material->chain[i]);
    EVP_PKEY_free(material->key);
    /* What went wrong here is told by now; libcurl asks the same queue of what went wrong there. */
    ERR_clear_error();
}

/* Takes the certificate. */
static unsigned add(struct material *material, X509 *certificate)
{
    if (material->count == CERTIFICATE_CHAIN_CAP) {
        X509_free(certificate);
        return CERTIFICATE_CHAIN_BROKEN;
    }
    material->chain[material->count++] = certificate;
    return 0;
}

/* --- checks --- */

static bool issued(X509 *issuer, X509 *subject)
{
    return X509_check_issued(issuer, subject) == X509_V_OK &&
           X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
}

/* Puts the issuers behind the leaf in the order in which TLS sends them. */
static unsigned order_chain(struct material *material)
{
    for (size_t i = 1; i < material->count; i++) {
        size_t found = i;
        while (found < material->count && !issued(material->chain[found], material->chain[i - 1]))
            found++;
        if (found == material->count)
            return CERTIFICATE_CHAIN_BROKEN;
        X509 *issuer = material->chain[found];
        material->chain[found] = material->chain[i];
        material->chain[i] = issuer;
    }
    return 0;
}

static unsigned check_dates(const struct material *material, int64_t now)
{
    unsigned faults = 0;
    time_t at = (time_t)now;

    for (size_t i = 0; i < material->count; i++) {
        if (X509_cmp_time(X509_get0_notBefore(material->chain[i]), &at) != -1)
            faults |= CERTIFICATE_NOT_YET_VALID;
        if (X509_cmp_time(X509_get0_notAfter(material->chain[i]), &at) != 1)
            faults |= CERTIFICATE_EXPIRED;
    }
    return faults;
}

static unsigned check_use(const struct material *material)
{
    return X509_check_purpose(material->chain[0], X509_PURPOSE_SSL_CLIENT, 0) == 1
               ? 0
               : CERTIFICATE_NOT_FOR_CLIENTS;
}

static unsigned check_key(const struct material *material)
{
    unsigned faults = 0;

    if (EVP_PKEY_get_security_bits(material->key) < SECURITY_BITS)
        faults |= CERTIFICATE_KEY_WEAK;
    if (material->count > 0 && X509_check_private_key(material->chain[0], material->key) != 1)
        faults |= CERTIFICATE_KEY_FOREIGN;
    return faults;
}

static unsigned check(struct material *material, int64_t now)
{
    unsigned faults = 0;

    if (material->count > 0)
        faults |= order_chain(material) | check_dates(material, now) | check_use(material);
    if (material->key != NULL)
        faults |= check_key(material);
    return faults;
}

/* --- writing --- */

/* The bytes of a memory BIO as text in the arena; the BIO wipes its own when it is freed. */
static char *text_of(struct arena *arena, BIO *bio)
{
    const char *bytes = NULL;
    long length = BIO_get_mem_data(bio, &bytes);

    return arena_strndup(arena, bytes, length > 0 ? (size_t)length : 0);
}

static void write_pem(struct arena *arena, const struct material *material,
                      struct certificate *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (size_t i = 0; i < material->count; i++)
        PEM_write_bio_X509(bio, material->chain[i]);
    PEM_write_bio_PKCS8PrivateKey(bio, material->key, NULL, NULL, 0, NULL, NULL);
    certificate->pem = text_of(arena, bio);
    BIO_free(bio);
}

static void describe(struct arena *arena, X509 *leaf, struct certificate *certificate)
{
    struct tm end = {0};
    BIO *bio = BIO_new(BIO_s_mem());

    X509_NAME_print_ex(bio, X509_get_subject_name(leaf), 0,
                       XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    certificate->subject = text_of(arena, bio);
    ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end);
    certificate->not_after = timegm(&end);
    BIO_free(bio);
}

static unsigned conclude(struct arena *arena, struct material *material, unsigned faults,
                         int64_t now, struct certificate *certificate)
{
    *certificate = (struct certificate){0};
    faults |= check(material, now);
    if (faults == 0) {
        write_pem(arena, material, certificate);
        describe(arena, material->chain[0], certificate);
    }
    material_deinit(material);
    return faults;
}

/* --- reading --- */

struct password {
    const char *text;
    bool asked;
};

/* Without one of its own OpenSSL would ask at the terminal. */
static int give_password(char *bytes, int size, int writing, void *argument)
{
    struct password *password = argument;
    (void)writing;
    password->asked = true;
    size_t length = password->text == NULL ? 0 : strlen(password->text);
    if (length == 0 || length > (size_t)size)
        return -1;
    memcpy(bytes, password->text, length);
    return (int)length;
}

static unsigned read_chain(struct material *material, const char *text)
{
    unsigned faults = 0;
    BIO *bio = BIO_new_mem_buf(text, -1);
    struct password none = {0};
    X509 *certificate;

    while ((certificate = PEM_read_bio_X509(bio, NULL, give_password, &none)) != NULL)
        faults |= add(material, certificate);
    /* The end of the text is a missing begin line; anything else is a broken certificate. */
    if (material->count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        faults |= CERTIFICATE_UNREADABLE;
    ERR_clear_error();
    BIO_free(bio);
    return faults;
}

static unsigned read_key(struct material *material, const char *text, const char *given)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    struct password password = {.text = given};

    material->key = PEM_read_bio_PrivateKey(bio, NULL, give_password, &password);
    ERR_clear_error();
    BIO_free(bio);
    if (material->key != NULL)
        return 0;
    return password.asked ? CERTIFICATE_KEY_LOCKED : CERTIFICATE_KEY_UNREADABLE;
}

unsigned certificate_from_pem(struct arena *arena, const char *chain, const char *key,
                              const char *password, int64_t now, struct certificate *certificate)
{
    struct material material = {0};
    unsigned faults = read_chain(&material, chain) | read_key(&material, key, password);

    return conclude(arena, &material, faults, now, certificate);
}

/* The parts of an opened bundle. */
static unsigned take_bundle(struct material *material, PKCS12 *bundle, const char *password)
{
    X509 *leaf = NULL;
    STACK_OF(X509) *others = NULL;
    unsigned faults = 0;

    if (PKCS12_parse(bundle, password, &material->key, &leaf, &others) != 1)
        return CERTIFICATE_BUNDLE_UNREADABLE;
    if (leaf == NULL)
        faults |= CERTIFICATE_UNREADABLE;
    else
        faults |= add(material, leaf);
    if (material->key == NULL)
        faults |= CERTIFICATE_KEY_UNREADABLE;
    while (leaf != NULL && others != NULL && sk_X509_num(others) > 0)
        faults |= add(material, sk_X509_shift(others));
    sk_X509_pop_free(others, X509_free);
    return faults;
}

/* No password and an empty one are not the same to PKCS#12, but to those who make it. PKCS12_parse
 * tries both as well. */
static bool unlocks(PKCS12 *bundle, const char *password)
{
    return PKCS12_verify_mac(bundle, password, -1) == 1 ||
           (password == NULL && PKCS12_verify_mac(bundle, "", 0) == 1);
}

unsigned certificate_from_pkcs12(struct arena *arena, const void *bytes, size_t length,
                                 const char *password, int64_t now, struct certificate *certificate)
{
    struct material material = {0};
    unsigned faults = CERTIFICATE_BUNDLE_UNREADABLE;
    const unsigned char *place = bytes;
    PKCS12 *bundle = d2i_PKCS12(NULL, &place, (long)length);

    if (bundle != NULL && !unlocks(bundle, password))
        faults = CERTIFICATE_BUNDLE_LOCKED;
    else if (bundle != NULL)
        faults = take_bundle(&material, bundle, password);
    PKCS12_free(bundle);
    return conclude(arena, &material, faults, now, certificate);
}
