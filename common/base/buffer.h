/*
 * A growing byte buffer, born with a cap. After an append that would pass the cap, or after any
 * earlier failure, the buffer is `full`: appends do nothing and `buffer_full` says so, so that a
 * writer checks once at its end. The bytes are always followed by a NUL that is not counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char character);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string literal with its quotes (RFC 8259 section 7). What is not UTF-8 becomes U+FFFD, so
 * that the result is JSON whatever the bytes were. */
void buffer_json(struct buffer *buffer, const char *text);
