#include "common/base/buffer.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_SIZE ((size_t)64)

void buffer_init(struct buffer *buffer, size_t cap)
{
    /* One byte of the address space is left for the NUL. */
    buffer->cap = cap < SIZE_MAX ? cap : SIZE_MAX - 1;
    buffer->allocated = cap < FIRST_SIZE ? cap + 1 : FIRST_SIZE;
    buffer->data = mem_alloc(buffer->allocated);
    buffer->data[0] = '\0';
    buffer->length = 0;
    buffer->full = false;
}

void buffer_deinit(struct buffer *buffer)
{
    mem_free(buffer->data);
    *buffer = (struct buffer){.data = NULL};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->full = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

bool buffer_full(const struct buffer *buffer)
{
    return buffer->full;
}

char *buffer_grow(struct buffer *buffer, size_t more)
{
    if (buffer->full)
        return NULL;
    if (more > buffer->cap - buffer->length) {
        buffer->full = true;
        return NULL;
    }

    size_t needed = buffer->length + more + 1;
    if (needed > buffer->allocated) {
        size_t size = buffer->allocated ? buffer->allocated : FIRST_SIZE;
        while (size < needed)
            size = size > buffer->cap / 2 ? buffer->cap + 1 : size * 2;
        buffer->data = mem_resize(buffer->data, size, 1);
        buffer->allocated = size;
    }
    return buffer->data + buffer->length;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->full = true;
        return;
    }
    char *room = buffer_room(buffer, (size_t)length);
    if (!room)
        return;

    va_start(arguments, format);
    vsnprintf(room, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

#define DIGITS_CAP 20 /* of 2^64 - 1 */

void buffer_digits(struct buffer *buffer, uint64_t number)
{
    char digits[DIGITS_CAP];
    size_t first = DIGITS_CAP;

    if (number >= 100 && number < 1000) { /* points, most often */
        digits[0] = (char)('0' + number / 100);
        digits[1] = (char)('0' + number / 10 % 10);
        digits[2] = (char)('0' + number % 10);
        buffer_append(buffer, digits, 3);
        return;
    }
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(buffer, digits + first, DIGITS_CAP - first);
}

void buffer_integer(struct buffer *buffer, int64_t number)
{
    if (number >= 0) {
        buffer_unsigned(buffer, (uint64_t)number);
        return;
    }
    buffer_char(buffer, '-');
    buffer_unsigned(buffer, 0 - (uint64_t)number);
}

static void json_escape(struct buffer *buffer, unsigned char byte)
{
    static const char short_forms[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };

    if (byte < sizeof short_forms && short_forms[byte])
        buffer_append(buffer, (const char[]){'\\', short_forms[byte]}, 2);
    else
        buffer_printf(buffer, "\\u%04x", byte);
}

#define EACH_BYTE (UINT64_MAX / 255) /* 0x0101…01 */
#define HIGH_BITS (EACH_BYTE * 0x80)

/*
 * A bit for each of eight bytes that does not stand for itself in a string: not ASCII, a control
 * character, a quote, a backslash or DEL. The lowest bit that is set is right; a byte above it may
 * be accused wrongly, by a borrow from below.
 */
static uint64_t suspects(uint64_t bytes)
{
    const uint64_t control = bytes - EACH_BYTE * 0x20;
    const uint64_t quote = (bytes ^ EACH_BYTE * '"') - EACH_BYTE;
    const uint64_t backslash = (bytes ^ EACH_BYTE * '\\') - EACH_BYTE;
    const uint64_t del = (bytes ^ EACH_BYTE * 0x7F) - EACH_BYTE;

    return (bytes | control | quote | backslash | del) & HIGH_BITS;
}

/* How many bytes from here on are plain ASCII; eight at a time where there are eight. */
static size_t ascii_run(const char *bytes, size_t length)
{
    size_t at = 0;

    while (length - at >= sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, bytes + at, sizeof eight);
        const uint64_t found = suspects(le64toh(eight));
        if (found != 0)
            return at + (size_t)__builtin_ctzll(found) / 8;
        at += sizeof eight;
    }
    while (at < length) {
        const unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7F)
            break;
        at++;
    }
    return at;
}

/* How many bytes at the start need no escape: ASCII, and other characters that are whole. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t at = 0;

    for (;;) {
        at += ascii_run(bytes + at, length - at);
        if (at == length || (unsigned char)bytes[at] < 0x80)
            return at;
        const size_t step = str_utf8_step(bytes + at, length - at);
        if (step == 0)
            return at;
        at += step;
    }
}

void buffer_json_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
    buffer_char(buffer, '"');
    while (length > 0) {
        const size_t plain = plain_run(bytes, length);
        buffer_append(buffer, bytes, plain);
        bytes += plain;
        length -= plain;
        if (length == 0)
            break;
        if ((unsigned char)*bytes < 0x80)
            json_escape(buffer, (unsigned char)*bytes);
        else
            buffer_text(buffer, "\xEF\xBF\xBD");
        bytes++;
        length--;
    }
    buffer_char(buffer, '"');
}

void buffer_json(struct buffer *buffer, const char *text)
{
    buffer_json_bytes(buffer, text, strlen(text));
}
