/* Certificates that the openssl command makes (certificate.sh), read by us: PEM and PKCS#12, good
 * and each kind of bad. What we write is read by openssl again. */
#include "common/crypto/certificate.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DAY ((int64_t)86400)

struct scene {
    char folder[64];
    struct arena *arena;
    int64_t now;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    char command[512];

    *state = scene;
    scene->arena = arena_create(0);
    snprintf(scene->folder, sizeof scene->folder, "/tmp/emnebank-certificates.XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    snprintf(command, sizeof command, "sh '%s' '%s'", CERTIFICATE_SH, scene->folder);
    int failed = system(command);
    scene->now = (int64_t)time(NULL);
    return failed;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    char command[128];

    snprintf(command, sizeof command, "rm -r '%s'", scene->folder);
    arena_destroy(&scene->arena);
    int failed = system(command);
    free(scene);
    return failed;
}

static char *read_file(struct scene *scene, const char *name, size_t *length)
{
    char *bytes = arena_alloc(scene->arena, 65536);
    FILE *file = fopen(arena_printf(scene->arena, "%s/%s", scene->folder, name), "re");

    assert_non_null(file);
    *length = fread(bytes, 1, 65535, file);
    fclose(file);
    return bytes;
}

static const char *text(struct scene *scene, const char *name)
{
    size_t length;
    return read_file(scene, name, &length);
}

static unsigned from_pem(struct scene *scene, const char *chain, const char *key,
                         const char *password, struct certificate *certificate)
{
    return certificate_from_pem(scene->arena, text(scene, chain), text(scene, key), password,
                                scene->now, certificate);
}

/* What was made of it presents itself to openssl as a client's, with its chain and its key. */
static void assert_whole(struct scene *scene, const struct certificate *certificate)
{
    char command[1024];
    const char *path = arena_printf(scene->arena, "%s/written.pem", scene->folder);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(certificate->pem, 1, strlen(certificate->pem), file),
                     strlen(certificate->pem));
    fclose(file);
    snprintf(
        command, sizeof command,
        "openssl verify -purpose sslclient -CAfile '%s/root.pem' -untrusted '%s' '%s' >/dev/null"
        " && openssl x509 -in '%s' -noout -pubkey >'%s/a' && openssl pkey -in '%s' -pubout >'%s/b'"
        " && cmp '%s/a' '%s/b'",
        scene->folder, path, path, path, scene->folder, path, scene->folder, scene->folder,
        scene->folder);
    assert_int_equal(system(command), 0);
}

static void reads_pem(void **state)
{
    struct scene *scene = *state;
    struct certificate certificate;

    assert_int_equal(from_pem(scene, "chain.pem", "leaf.key", NULL, &certificate), 0);
    assert_string_equal(certificate.subject, "CN=Løn & Værktøj (fiktiv),O=Prøvebyg,C=DK");
    assert_true(certificate.not_after > scene->now + 29 * DAY &&
                certificate.not_after < scene->now + 31 * DAY);
    assert_whole(scene, &certificate);
    /* Issuers in any order, lines as Windows ends them, text between, a key that a password opens.
     */
    assert_int_equal(from_pem(scene, "jumbled.pem", "leaf.key", NULL, &certificate), 0);
    assert_whole(scene, &certificate);
    assert_int_equal(from_pem(scene, "leaf.pem", "leaf.key", NULL, &certificate), 0);
    assert_int_equal(from_pem(scene, "windows.pem", "leaf.key", NULL, &certificate), 0);
    assert_int_equal(from_pem(scene, "chain.pem", "locked.key", "hemmelig", &certificate), 0);
    assert_whole(scene, &certificate);
    assert_null(strstr(certificate.pem, "ENCRYPTED"));
}

static void names_every_fault(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *chain, *key, *password;
        unsigned faults;
    } bad[] = {
        {"leaf.key", "leaf.key", NULL, CERTIFICATE_UNREADABLE},
        {"chain.pem", "chain.pem", NULL, CERTIFICATE_KEY_UNREADABLE},
        {"broken.pem", "leaf.key", NULL, CERTIFICATE_UNREADABLE},
        {"empty", "empty", NULL, CERTIFICATE_UNREADABLE | CERTIFICATE_KEY_UNREADABLE},
        {"chain.pem", "locked.key", NULL, CERTIFICATE_KEY_LOCKED},
        {"chain.pem", "locked.key", "forkert", CERTIFICATE_KEY_LOCKED},
        {"chain.pem", "other.key", NULL, CERTIFICATE_KEY_FOREIGN},
        {"expired.pem", "leaf.key", NULL, CERTIFICATE_EXPIRED},
        {"expired.pem", "other.key", NULL, CERTIFICATE_EXPIRED | CERTIFICATE_KEY_FOREIGN},
        {"server.pem", "leaf.key", NULL, CERTIFICATE_NOT_FOR_CLIENTS},
        {"weak.pem", "weak.key", NULL, CERTIFICATE_KEY_WEAK},
        {"strangers.pem", "leaf.key", NULL, CERTIFICATE_CHAIN_BROKEN},
        {"many.pem", "leaf.key", NULL, CERTIFICATE_CHAIN_BROKEN},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct certificate certificate;
        unsigned faults = from_pem(scene, bad[i].chain, bad[i].key, bad[i].password, &certificate);
        if (faults != bad[i].faults)
            fail_msg("%s, %s: faults %x, not %x", bad[i].chain, bad[i].key, faults, bad[i].faults);
        assert_null(certificate.pem);
    }
    struct certificate certificate;
    scene->now -= 2 * DAY;
    assert_int_equal(from_pem(scene, "chain.pem", "leaf.key", NULL, &certificate),
                     CERTIFICATE_NOT_YET_VALID);
    scene->now += 33 * DAY;
    assert_int_equal(from_pem(scene, "leaf.pem", "leaf.key", NULL, &certificate),
                     CERTIFICATE_EXPIRED);
}

static void reads_pkcs12(void **state)
{
    struct scene *scene = *state;
    struct certificate certificate;
    size_t length;
    const char *bytes = read_file(scene, "good.p12", &length);

    assert_int_equal(
        certificate_from_pkcs12(scene->arena, bytes, length, "hemmelig", scene->now, &certificate),
        0);
    assert_whole(scene, &certificate);
    assert_int_equal(
        certificate_from_pkcs12(scene->arena, bytes, length, "forkert", scene->now, &certificate),
        CERTIFICATE_BUNDLE_LOCKED);
    assert_int_equal(
        certificate_from_pkcs12(scene->arena, bytes, length, NULL, scene->now, &certificate),
        CERTIFICATE_BUNDLE_LOCKED);
    assert_int_equal(certificate_from_pkcs12(scene->arena, bytes, length / 2, "hemmelig",
                                             scene->now, &certificate),
                     CERTIFICATE_BUNDLE_UNREADABLE);
    assert_int_equal(
        certificate_from_pkcs12(scene->arena, "", 0, "hemmelig", scene->now, &certificate),
        CERTIFICATE_BUNDLE_UNREADABLE);
    bytes = read_file(scene, "bare.p12", &length);
    assert_int_equal(
        certificate_from_pkcs12(scene->arena, bytes, length, NULL, scene->now, &certificate), 0);
    assert_whole(scene, &certificate);
    bytes = read_file(scene, "keyless.p12", &length);
    assert_int_equal(
        certificate_from_pkcs12(scene->arena, bytes, length, "hemmelig", scene->now, &certificate) &
            CERTIFICATE_KEY_UNREADABLE,
        CERTIFICATE_KEY_UNREADABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_pem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_every_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_pkcs12, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
