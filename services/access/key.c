#include "services/access/key.h"

#include "common/base/str.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ID_DIGITS 32
#define SECRET_TEXT 43
#define CRC_DIGITS 8

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static uint32_t crc32(const char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) ? UINT32_C(0xEDB88320) : 0);
    }
    return ~crc;
}

static void secret_text(const uint8_t secret[ACCESS_SECRET_SIZE], char text[SECRET_TEXT + 1])
{
    uint32_t bits = 0;
    int held = 0;
    size_t length = 0;

    for (size_t i = 0; i < ACCESS_SECRET_SIZE; i++) {
        bits = (bits << 8) | secret[i];
        for (held += 8; held >= 6; held -= 6)
            text[length++] = alphabet[(bits >> (held - 6)) & 63];
    }
    text[length++] = alphabet[(bits << (6 - held)) & 63];
    text[length] = '\0';
}

/* The one form only: the two spare bits of the last character are zero. */
static bool secret_read(const char *text, uint8_t secret[ACCESS_SECRET_SIZE])
{
    uint32_t bits = 0;
    int held = 0;
    size_t length = 0;

    for (size_t i = 0; i < SECRET_TEXT; i++) {
        const char *place = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
        if (place == NULL)
            return false;
        bits = (bits << 6) | (uint32_t)(place - alphabet);
        held += 6;
        if (held >= 8 && length < ACCESS_SECRET_SIZE) {
            held -= 8;
            secret[length++] = (uint8_t)(bits >> held);
        }
    }
    return length == ACCESS_SECRET_SIZE && (bits & ((1U << held) - 1)) == 0;
}

static bool environment_valid(const char *text, size_t length)
{
    if (length < 2 || length >= ACCESS_ENVIRONMENT_SIZE)
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz") >= length;
}

static bool lower_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

/* "550e8400e29b…" to "550e8400-e29b-…" */
static void uuid_from_digits(const char *digits, char id[RANDOM_UUID_SIZE])
{
    snprintf(id, RANDOM_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
             digits + 16, digits + 20);
}

static bool digits_from_uuid(const char *id, char digits[ID_DIGITS + 1])
{
    char again[RANDOM_UUID_SIZE];
    size_t length = 0;

    if (strnlen(id, RANDOM_UUID_SIZE) != RANDOM_UUID_SIZE - 1)
        return false;
    for (; *id != '\0'; id++) {
        if (*id == '-')
            continue;
        if (length == ID_DIGITS)
            return false;
        digits[length++] = *id;
    }
    digits[length] = '\0';
    if (length != ID_DIGITS || !lower_hex(digits, ID_DIGITS))
        return false;
    uuid_from_digits(digits, again);
    return memcmp(again, id - (RANDOM_UUID_SIZE - 1), RANDOM_UUID_SIZE) == 0;
}

const char *access_environment(const char *configured)
{
    return str_equal(configured, "production") ? "prod" : configured;
}

int access_key_make(const struct access_key *key, char text[ACCESS_KEY_TEXT_SIZE])
{
    char digits[ID_DIGITS + 1], secret[SECRET_TEXT + 1];

    if (!environment_valid(key->environment, strnlen(key->environment, ACCESS_ENVIRONMENT_SIZE)) ||
        !digits_from_uuid(key->id, digits))
        return ERROR_INVALID;
    secret_text(key->secret, secret);
    int length =
        snprintf(text, ACCESS_KEY_TEXT_SIZE, "emb_%s_%s_%s", key->environment, digits, secret);
    snprintf(text + length, ACCESS_KEY_TEXT_SIZE - (size_t)length, "_%08x",
             crc32(text, (size_t)length));
    return 0;
}

int access_key_parse(const char *text, struct access_key *key)
{
    const size_t tail = 1 + ID_DIGITS + 1 + SECRET_TEXT + 1 + CRC_DIGITS;
    uint8_t crc[4];

    memset(key, 0, sizeof *key);
    size_t length = strnlen(text, ACCESS_KEY_TEXT_SIZE);
    if (length >= ACCESS_KEY_TEXT_SIZE || !str_starts(text, "emb_") || length < 4 + 2 + tail)
        return ERROR_INVALID;
    const size_t name = length - 4 - tail;
    const char *id = text + 4 + name + 1;
    const char *secret = id + ID_DIGITS + 1;
    const char *check = secret + SECRET_TEXT + 1;
    if (!environment_valid(text + 4, name) || id[-1] != '_' || secret[-1] != '_' ||
        check[-1] != '_' || !lower_hex(id, ID_DIGITS) || !lower_hex(check, CRC_DIGITS) ||
        str_unhex(check, crc, sizeof crc) != 0 || !secret_read(secret, key->secret)) {
        memset(key, 0, sizeof *key);
        return ERROR_INVALID;
    }
    uint32_t said =
        (uint32_t)crc[0] << 24 | (uint32_t)crc[1] << 16 | (uint32_t)crc[2] << 8 | crc[3];
    if (said != crc32(text, length - CRC_DIGITS - 1)) {
        memset(key, 0, sizeof *key);
        return ERROR_INVALID;
    }
    memcpy(key->environment, text + 4, name);
    uuid_from_digits(id, key->id);
    return 0;
}
