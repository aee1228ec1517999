#include "common/crypto/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_HEX "FF0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1EFF"

struct fixture {
    char folder[64];
    char path[96];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.folder, "/tmp/emnebank-keyring-XXXXXX");
    if (!mkdtemp(fixture.folder))
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/keys", fixture.folder);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    unlink(fixture->path);
    return rmdir(fixture->folder);
}

static void put(const struct fixture *fixture, const char *bytes, size_t length, mode_t mode)
{
    unlink(fixture->path);
    FILE *file = fopen(fixture->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(fixture->path, mode), 0);
}

static void reads_keys_by_name(void **state)
{
    static const char text[] = "# keys\n0751 " HEX "\n\n0730\t" OTHER_HEX "  \r\nserver " HEX;
    struct fixture *fixture = *state;
    struct error_detail detail;
    struct keyring *keyring;

    put(fixture, text, strlen(text), 0400);
    assert_int_equal(keyring_load(fixture->path, &keyring, &detail), 0);
    const struct crypto_key *key = keyring_find(keyring, "0751");
    assert_non_null(key);
    for (size_t i = 0; i < sizeof key->bytes; i++)
        assert_int_equal(key->bytes[i], i);
    assert_int_equal(keyring_find(keyring, "0730")->bytes[0], 0xFF);
    assert_non_null(keyring_find(keyring, "server"));
    assert_null(keyring_find(keyring, "0746"));
    assert_null(keyring_find(keyring, "075"));
    keyring_destroy(&keyring);
    assert_null(keyring);
    keyring_destroy(&keyring);
}

static void refuses_a_file_that_others_can_read(void **state)
{
    static const mode_t bad[] = {0640, 0604, 0644, 0660, 0700, 0500, 0606, 0666, 04600};
    static const mode_t good[] = {0400, 0600};
    struct fixture *fixture = *state;
    struct error_detail detail;
    struct keyring *keyring;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(fixture, "0751 " HEX "\n", 5 + 64 + 1, bad[i]);
        assert_int_equal(keyring_load(fixture->path, &keyring, &detail), ERROR_DENIED);
        assert_null(keyring);
        assert_non_null(strstr(detail.public_text, "mode 0400 or 0600"));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        put(fixture, "0751 " HEX "\n", 5 + 64 + 1, good[i]);
        assert_int_equal(keyring_load(fixture->path, &keyring, &detail), 0);
        keyring_destroy(&keyring);
    }
    assert_int_equal(keyring_load(fixture->folder, &keyring, &detail), ERROR_DENIED);
    unlink(fixture->path);
    assert_int_equal(keyring_load(fixture->path, &keyring, &detail), ERROR_NOT_FOUND);
}

static void names_the_line_but_not_the_key(void **state)
{
    static const struct {
        const char *text;
        const char *line;
    } vectors[] = {
        {"0751 " HEX "\n0751 " OTHER_HEX "\n", "keys:2: the name stands twice"},
        {"\n# x\n0751 " HEX "0\n", "keys:3: after the name"},
        {"0751 0001\n", "keys:1: after the name"},
        {"0751\n", "keys:1: after the name"},
        {"0751 " HEX " x\n0751", "keys:1: after the name"},
        {"ODDER " HEX "\n", "keys:1: a name has"},
        {" 0751 " HEX "\n", "keys:1: a name has"},
        {"a23456789012345678901234567890123 " HEX "\n", "keys:1: a name has"},
        {"0751 zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
         "keys:1: after"},
        {"", "keys: holds no key"},
        {"# nothing\n", "keys: holds no key"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct error_detail detail = {.public_text = ""};
        struct keyring *keyring;
        put(fixture, vectors[i].text, strlen(vectors[i].text), 0600);
        assert_int_equal(keyring_load(fixture->path, &keyring, &detail), ERROR_INVALID);
        if (!strstr(detail.public_text, vectors[i].line))
            fail_msg("\"%s\" is not in \"%s\"", vectors[i].line, detail.public_text);
        assert_null(strstr(detail.public_text, "0102"));
        assert_null(strstr(detail.private_text, "0102"));
        assert_null(keyring);
    }
    struct error_detail detail;
    struct keyring *keyring;
    put(fixture, "0751 " HEX "\n\0x", 5 + 64 + 3, 0600);
    assert_int_equal(keyring_load(fixture->path, &keyring, &detail), ERROR_INVALID);
    assert_non_null(strstr(detail.public_text, "NUL"));
}

static void generates_keys_once(void **state)
{
    static const char *const names[] = {"0751", "0730", "server", NULL};
    static const char *const bad[] = {"0751", "Århus", NULL};
    struct fixture *fixture = *state;
    struct error_detail detail;
    struct keyring *keyring;
    struct stat status;

    unlink(fixture->path);
    assert_int_equal(keyring_generate(fixture->path, bad, &detail), ERROR_INVALID);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
    mode_t mask = umask(0);
    assert_int_equal(keyring_generate(fixture->path, names, &detail), 0);
    umask(mask);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(keyring_load(fixture->path, &keyring, &detail), 0);
    const struct crypto_key *one = keyring_find(keyring, "0751");
    const struct crypto_key *two = keyring_find(keyring, "server");
    assert_non_null(one);
    assert_non_null(two);
    assert_memory_not_equal(one->bytes, two->bytes, sizeof one->bytes);
    keyring_destroy(&keyring);
    assert_int_equal(keyring_generate(fixture->path, names, &detail), ERROR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_by_name),
        cmocka_unit_test(refuses_a_file_that_others_can_read),
        cmocka_unit_test(names_the_line_but_not_the_key),
        cmocka_unit_test(generates_keys_once),
    };

    return crypto_init() || cmocka_run_group_tests(tests, set_up, tear_down);
}
