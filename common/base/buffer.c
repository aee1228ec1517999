#include "common/base/buffer.h"

#include "common/base/mem.h"
#include "common/base/str.h"

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

/* Makes room for `more` bytes and the NUL; false (and full) when the cap forbids it. */
static bool reserve(struct buffer *buffer, size_t more)
{
    if (buffer->full)
        return false;
    if (more > buffer->cap - buffer->length) {
        buffer->full = true;
        return false;
    }

    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->allocated)
        return true;

    size_t size = buffer->allocated ? buffer->allocated : FIRST_SIZE;
    while (size < needed)
        size = size > buffer->cap / 2 ? buffer->cap + 1 : size * 2;
    buffer->data = mem_resize(buffer->data, size, 1);
    buffer->allocated = size;
    return true;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_char(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
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
    if (!reserve(buffer, (size_t)length))
        return;

    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
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

void buffer_json(struct buffer *buffer, const char *text)
{
    size_t left = strlen(text);
    const char *plain = text; /* what needs no escape is appended in one piece */

    buffer_char(buffer, '"');
    while (left > 0) {
        unsigned char byte = (unsigned char)*text;
        size_t step = byte < 0x80 ? 1 : str_utf8_step(text, left);

        if (step && byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) {
            text += step;
            left -= step;
            continue;
        }
        buffer_append(buffer, plain, (size_t)(text - plain));
        if (step)
            json_escape(buffer, byte);
        else
            buffer_text(buffer, "\xEF\xBF\xBD");
        text++;
        left--;
        plain = text;
    }
    buffer_append(buffer, plain, (size_t)(text - plain));
    buffer_char(buffer, '"');
}
