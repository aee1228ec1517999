#include "common/base/str.h"

#include <string.h>

bool str_equal(const char *left, const char *right)
{
    if (!left || !right)
        return left == right;
    return strcmp(left, right) == 0;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_blank(const char *text)
{
    return !text || text[strspn(text, " \t\r\n\v\f")] == '\0';
}

int str_int64(const char *text, int64_t minimum, int64_t maximum, int64_t *value)
{
    if (!text)
        return ERROR_INVALID;

    bool negative = *text == '-';
    const char *digit = text + negative;
    int64_t sum = 0;

    if (*digit == '\0')
        return ERROR_INVALID;
    /* Summed below zero, where there is room for one more than above it. */
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return ERROR_INVALID;
        if (__builtin_mul_overflow(sum, INT64_C(10), &sum) ||
            __builtin_sub_overflow(sum, (int64_t)(*digit - '0'), &sum))
            return ERROR_INVALID;
    }
    if (!negative && __builtin_sub_overflow(INT64_C(0), sum, &sum))
        return ERROR_INVALID;
    if (sum < minimum || sum > maximum)
        return ERROR_INVALID;
    *value = sum;
    return 0;
}

static bool continues(const unsigned char *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((at[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t str_utf8_step(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned char lead = at[0];

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0; /* a lone continuation, or an overlong form of two bytes */
    if (lead < 0xE0)
        return length >= 2 && continues(at + 1, 1) ? 2 : 0;
    if (lead < 0xF0) {
        if (length < 3 || !continues(at + 1, 2))
            return 0;
        bool overlong = lead == 0xE0 && at[1] < 0xA0;
        bool surrogate = lead == 0xED && at[1] >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead < 0xF5) {
        if (length < 4 || !continues(at + 1, 3))
            return 0;
        bool overlong = lead == 0xF0 && at[1] < 0x90;
        bool beyond = lead == 0xF4 && at[1] >= 0x90; /* above U+10FFFF */
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

bool str_utf8_valid(const char *bytes, size_t length)
{
    while (length > 0) {
        size_t step = str_utf8_step(bytes, length);
        if (!step)
            return false;
        bytes += step;
        length -= step;
    }
    return true;
}

size_t str_utf8_count(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

void str_hex(const void *bytes, size_t length, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++) {
        *text++ = digits[at[i] >> 4];
        *text++ = digits[at[i] & 15];
    }
    *text = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

int str_unhex(const char *text, void *bytes, size_t length)
{
    unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++) {
        int high = hex_value(text[0]);
        int low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0)
            return ERROR_INVALID;
        at[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    return *text ? ERROR_INVALID : 0;
}
