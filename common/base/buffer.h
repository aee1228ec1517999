/*
 * A growing byte buffer, born with a cap. After an append that would pass the cap, or after any
 * earlier failure, the buffer is `full`: appends do nothing and `buffer_full` says so, so that a
 * writer checks once at its end. The bytes are always followed by a NUL that is not counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data;
    size_t length;
    size_t allocated;
    size_t cap;
    bool full;
};

void buffer_init(struct buffer *buffer, size_t cap);
void buffer_deinit(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
bool buffer_full(const struct buffer *buffer);
/* For writers of many small pieces: the place of `more` further bytes, or NULL (and full) where the
 * cap forbids them. What was written there counts when buffer_wrote says how much of it. */
char *buffer_grow(struct buffer *buffer, size_t more); /* the slow half of buffer_room */
static inline char *buffer_room(struct buffer *buffer, size_t more)
{
    if (!buffer->full && more < buffer->allocated - buffer->length) {
        return buffer->data + buffer->length;
    }
    return buffer_grow(buffer, more);
}
static inline void buffer_wrote(struct buffer *buffer, size_t length)
{
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}
/* Inline, so that what is known of the length when compiling makes a few stores of it. */
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    char *room = buffer_room(buffer, length);
    if (room != NULL && length > 0) {
        memcpy(room, bytes, length);
        buffer_wrote(buffer, length);
    }
}
static inline void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}
static inline void buffer_char(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
}
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Decimal digits, as printf's %llu and %lld, at a tenth of their cost. */
void buffer_digits(struct buffer *buffer, uint64_t number); /* the slow half of buffer_unsigned */
static inline void buffer_unsigned(struct buffer *buffer, uint64_t number)
{
    if (number < 10) { /* most of them */
        buffer_char(buffer, (char)('0' + number));
    } else {
        buffer_digits(buffer, number);
    }
}
void buffer_integer(struct buffer *buffer, int64_t number);
/* A JSON string literal with its quotes (RFC 8259 section 7). What is not UTF-8 becomes U+FFFD, so
 * that the result is JSON whatever the bytes were. Runs that need no escape are copied eight bytes
 * at a time. */
void buffer_json(struct buffer *buffer, const char *text);
void buffer_json_bytes(struct buffer *buffer, const char *bytes, size_t length);
