#include "services/access/key.h"
#include "services/access/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char id[] = "550e8400-e29b-41d4-a716-446655440000";

static void make(char text[ACCESS_KEY_TEXT_SIZE], const char *environment)
{
    struct access_key key = {0};

    snprintf(key.environment, sizeof key.environment, "%s", environment);
    memcpy(key.id, id, sizeof id);
    for (size_t i = 0; i < sizeof key.secret; i++)
        key.secret[i] = (uint8_t)(i * 7 + 1);
    assert_int_equal(access_key_make(&key, text), 0);
}

/* The CRC was computed by another program (zlib's crc32), the base64url too. */
static void a_key_has_this_text(void **state)
{
    char text[ACCESS_KEY_TEXT_SIZE];
    (void)state;

    make(text, "demo");
    assert_string_equal(text, "emb_demo_550e8400e29b41d4a716446655440000_"
                              "AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09o_6d18d4be");
}

static void what_is_made_parses(void **state)
{
    static const char *const environments[] = {"prod", "demo", "test", "aa", "abcdefgh"};
    char text[ACCESS_KEY_TEXT_SIZE], again[ACCESS_KEY_TEXT_SIZE];
    struct access_key key;
    (void)state;

    for (size_t i = 0; i < sizeof environments / sizeof environments[0]; i++) {
        make(text, environments[i]);
        assert_int_equal(access_key_parse(text, &key), 0);
        assert_string_equal(key.environment, environments[i]);
        assert_string_equal(key.id, id);
        assert_int_equal(key.secret[31], 31 * 7 + 1);
        assert_int_equal(access_key_make(&key, again), 0);
        assert_string_equal(again, text);
    }
}

static void every_changed_character_is_refused(void **state)
{
    char text[ACCESS_KEY_TEXT_SIZE];
    struct access_key key;
    (void)state;

    make(text, "demo");
    for (size_t i = 0; text[i] != '\0'; i++) {
        char kept = text[i];
        text[i] = kept == 'x' ? 'y' : 'x';
        if (access_key_parse(text, &key) != ERROR_INVALID)
            fail_msg("character %zu may be changed", i);
        text[i] = kept;
    }
    assert_int_equal(access_key_parse(text, &key), 0);
}

static void other_texts_are_refused(void **state)
{
    static const char *const table[] = {
        "",
        "emb_",
        "Bearer emb_demo_1_2_3",
        "emb__550e8400e29b41d4a716446655440000_AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09o_"
        "00000000",
        "EMB_demo_550e8400e29b41d4a716446655440000_AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09o_"
        "00000000",
        "emb_toolongname_550e8400e29b41d4a716446655440000_"
        "AQgPFh0kKzI5QEdOVVxjanF4f4aNlJuiqbC3vsXM09o_00000000",
    };
    char text[ACCESS_KEY_TEXT_SIZE + 8];
    struct access_key key;
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(access_key_parse(table[i], &key), ERROR_INVALID);
    make(text, "demo");
    strcat(text, " ");
    assert_int_equal(access_key_parse(text, &key), ERROR_INVALID);
    make(text, "demo");
    text[strlen(text) - 1] = '\0';
    assert_int_equal(access_key_parse(text, &key), ERROR_INVALID);
}

static void a_malformed_id_makes_no_key(void **state)
{
    static const char *const ids[] = {
        "", "550e8400e29b41d4a716446655440000", "550E8400-e29b-41d4-a716-446655440000",
        "550e8400e-29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-44665544000g"};
    char text[ACCESS_KEY_TEXT_SIZE];
    (void)state;

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct access_key key = {.environment = "demo"};
        snprintf(key.id, sizeof key.id, "%s", ids[i]);
        assert_int_equal(access_key_make(&key, text), ERROR_INVALID);
    }
}

static void presets_hold_known_scopes_only(void **state)
{
    static const char *const kinds[] = {"municipality", "team", "employer"};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        char scopes[512];
        snprintf(scopes, sizeof scopes, "%s", access_preset(kinds[i]));
        for (char *scope = strtok(scopes, " "); scope != NULL; scope = strtok(NULL, " ")) {
            size_t known = 0;
            while (access_scopes[known] != NULL && strcmp(access_scopes[known], scope) != 0)
                known++;
            if (access_scopes[known] == NULL)
                fail_msg("%s", scope);
        }
    }
    assert_null(access_preset("nobody"));
    assert_null(strstr(access_preset("employer"), "candidates"));
    assert_null(strstr(access_preset("municipality"), "approve"));
    assert_null(strstr(access_preset("team"), "answer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_this_text),
        cmocka_unit_test(what_is_made_parses),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_malformed_id_makes_no_key),
        cmocka_unit_test(presets_hold_known_scopes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
