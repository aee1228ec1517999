#include "common/json/scan.h"

#include "common/json/json.h"

#include <stdio.h>
#include <string.h>

struct scan {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    unsigned depth;
    size_t values; /* that may still come */
};

/* Lines and columns are counted only when there is something to tell; columns in characters. */
static int refuse(const struct scan *scan, struct json_fault *fault, const char *text)
{
    fault->line = 1;
    fault->column = 1;
    for (const unsigned char *at = scan->start; at < scan->at; at++) {
        if (*at == '\n') {
            fault->line++;
            fault->column = 1;
        } else if ((*at & 0xC0) != 0x80) {
            fault->column++;
        }
    }
    snprintf(fault->text, sizeof fault->text, "%s", text);
    return ERROR_INVALID;
}

static size_t left(const struct scan *scan)
{
    return (size_t)(scan->end - scan->at);
}

/* U+FDD0..U+FDEF and the last two of each plane, as UTF-8 at `at`. */
static bool noncharacter_here(const struct scan *scan)
{
    const unsigned char *at = scan->at;

    if (at[0] == 0xEF && left(scan) >= 3) {
        if (at[1] == 0xB7)
            return at[2] >= 0x90 && at[2] <= 0xAF;
        return at[1] == 0xBF && at[2] >= 0xBE;
    }
    if (at[0] >= 0xF0 && left(scan) >= 4)
        return (at[1] & 0x0F) == 0x0F && at[2] == 0xBF && at[3] >= 0xBE;
    return false;
}

/* The value of `\uXXXX` at `offset`, or -1 when no such thing stands there. */
static long escape_value(const struct scan *scan, size_t offset)
{
    const unsigned char *at = scan->at + offset;
    long value = 0;

    if (left(scan) < offset + 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        unsigned char lower = at[i] | 0x20;
        if (at[i] >= '0' && at[i] <= '9')
            value = value << 4 | (at[i] - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

static bool noncharacter_escaped(const struct scan *scan)
{
    long first = escape_value(scan, 0);

    if (first >= 0xFDD0 && first <= 0xFDEF)
        return true;
    if (first == 0xFFFE || first == 0xFFFF)
        return true;
    if (first < 0xD800 || first > 0xDBFF)
        return false;
    long second = escape_value(scan, 6);
    return (first & 0x3F) == 0x3F && (second == 0xDFFE || second == 0xDFFF);
}

/* Eight bytes of a string that need no look: no quote, no backslash, no NUL, and below 0x80. */
static bool eight_plain(const unsigned char *at)
{
    const uint64_t each = UINT64_MAX / 255;
    uint64_t bytes;

    memcpy(&bytes, at, sizeof bytes);
    const uint64_t quote = (bytes ^ each * '"') - each;
    const uint64_t backslash = (bytes ^ each * '\\') - each;
    return ((bytes | (bytes - each) | quote | backslash) & each * 0x80) == 0;
}

/* From after the opening quote to after the closing one. */
static int skip_string(struct scan *scan, struct json_fault *fault)
{
    for (;;) {
        while (left(scan) >= 8 && eight_plain(scan->at))
            scan->at += 8;
        if (scan->at == scan->end || *scan->at == '"')
            break;
        if (*scan->at == '\0')
            return refuse(scan, fault, "NUL byte");
        if (*scan->at >= 0xEF ? noncharacter_here(scan)
                              : *scan->at == '\\' && noncharacter_escaped(scan))
            return refuse(scan, fault, "noncharacter in a string (RFC 7493 section 2.1)");
        scan->at += *scan->at == '\\' && left(scan) >= 2 ? 2 : 1;
    }
    if (scan->at < scan->end)
        scan->at++;
    return 0;
}

/* An integer has no fraction and no exponent; only those must be exact (RFC 7493 section 2.2). */
static int skip_number(struct scan *scan, struct json_fault *fault)
{
    static const char limit[] = "9007199254740991";
    const size_t limit_digits = sizeof limit - 1;
    struct scan start = *scan;
    const unsigned char *digits;

    if (*scan->at == '-')
        scan->at++;
    while (scan->at < scan->end && *scan->at == '0')
        scan->at++;
    digits = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;

    size_t count = (size_t)(scan->at - digits);
    if (scan->at < scan->end && *scan->at != '\0' && strchr(".eE", *scan->at)) {
        while (scan->at < scan->end && *scan->at != '\0' && strchr("0123456789.eE+-", *scan->at))
            scan->at++;
        return 0;
    }
    if (count > limit_digits || (count == limit_digits && memcmp(digits, limit, count) > 0))
        return refuse(&start, fault, "integer outside -(2^53-1) to 2^53-1");
    return 0;
}

/* A comma or a bracket promises one value more. */
static int count_value(struct scan *scan, struct json_fault *fault)
{
    if (scan->values == 0)
        return refuse(scan, fault, "more values than are read at once");
    scan->values--;
    return 0;
}

static int step(struct scan *scan, struct json_fault *fault)
{
    if (strchr(",[{", *scan->at) && *scan->at != '\0' && count_value(scan, fault) != 0)
        return ERROR_INVALID;
    switch (*scan->at) {
    case '\0':
        return refuse(scan, fault, "NUL byte");
    case '"':
        scan->at++;
        return skip_string(scan, fault);
    case '[':
    case '{':
        if (++scan->depth > JSON_DEPTH_CAP)
            return refuse(scan, fault, "nested deeper than 16 levels");
        break;
    case ']':
    case '}':
        if (scan->depth > 0)
            scan->depth--;
        break;
    default:
        if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9'))
            return skip_number(scan, fault);
    }
    scan->at++;
    return 0;
}

int json_scan(const char *bytes, size_t length, size_t cap, size_t values, struct json_fault *fault)
{
    const unsigned char *start = (const unsigned char *)bytes;
    struct scan scan = {.at = start, .start = start, .end = start + length, .values = values};
    char longer[64];

    if (length > cap) {
        snprintf(longer, sizeof longer, "longer than %zu bytes", cap);
        return refuse(&scan, fault, longer);
    }
    if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        return refuse(&scan, fault, "byte order mark; JSON begins without one");
    while (scan.at < scan.end) {
        int error = step(&scan, fault);
        if (error)
            return error;
    }
    return 0;
}
