/*
 * Writes JSON (RFC 8259) straight into a buffer, piece by piece, for answers and stored documents:
 * no tree is built, and nothing is allocated but the buffer's own growth. Compact; commas are set
 * by the writer. What would be no JSON (a value without a name in an object, a bracket that closes
 * another) is a fault of the program and asserted. Whether all fitted is the buffer's to say
 * (buffer_full); a caller checks once, at the end.
 *
 * Names are the program's own: printable ASCII that needs no escape, asserted. A name that comes
 * from elsewhere goes through writer_key.
 *
 * A writer is a small struct on the stack; it owns nothing. Several writers may follow each other
 * on one buffer, never at the same time.
 */
#pragma once

#include "common/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WRITER_DEPTH_CAP 64

struct writer {
    struct buffer *buffer;
    uint64_t objects; /* one bit per open bracket, the innermost lowest: an object's */
    unsigned depth;
    bool comma; /* something stands before the next member or element */
    bool named; /* a name waits for its value */
};

void writer_init(struct writer *writer, struct buffer *buffer);
/* Asserts that every bracket was closed. */
void writer_finish(const struct writer *writer);

void writer_object(struct writer *writer);
void writer_object_end(struct writer *writer);
void writer_array(struct writer *writer);
void writer_array_end(struct writer *writer);

void writer_key(struct writer *writer, const char *name);

void writer_text(struct writer *writer, const char *text); /* NULL: null */
void writer_text_bytes(struct writer *writer, const char *text, size_t length);
void writer_integer(struct writer *writer, int64_t number);
/* One whole value that is JSON already. */
void writer_raw(struct writer *writer, const char *json, size_t length);
/* Members or elements that are JSON already, with the commas between them; at least one. */
void writer_raw_members(struct writer *writer, const char *json, size_t length);

/* ---- what there is most of, inline: a literal becomes a few stores ---- */

/* Whether a name or a value may stand here, and the text needs no escape; asserted. */
void writer_check_name(const struct writer *writer, const char *name);
void writer_check_value(const struct writer *writer);
void writer_check_plain(const char *text);

static inline void writer_name(struct writer *writer, const char *name)
{
    const size_t length = strlen(name);
#ifndef NDEBUG
    writer_check_name(writer, name);
#endif
    writer->named = true;
    if (writer->comma) {
        buffer_char(writer->buffer, ',');
    }
    char *room = buffer_room(writer->buffer, length + 3);
    if (room != NULL) {
        room[0] = '"';
        memcpy(room + 1, name, length);
        memcpy(room + 1 + length, "\":", 2);
        buffer_wrote(writer->buffer, length + 3);
    }
}

/* Before every value: it has a name if it stands in an object, and its comma if it needs one. */
static inline void writer_begin_value(struct writer *writer)
{
#ifndef NDEBUG
    writer_check_value(writer);
#endif
    if (writer->comma && !writer->named) {
        buffer_char(writer->buffer, ',');
    }
    writer->comma = true;
    writer->named = false;
}

static inline void writer_unsigned(struct writer *writer, uint64_t number)
{
    writer_begin_value(writer);
    buffer_unsigned(writer->buffer, number);
}

static inline void writer_bool(struct writer *writer, bool value)
{
    writer_begin_value(writer);
    if (value) {
        buffer_append(writer->buffer, "true", 4);
    } else {
        buffer_append(writer->buffer, "false", 5);
    }
}

static inline void writer_null(struct writer *writer)
{
    writer_begin_value(writer);
    buffer_append(writer->buffer, "null", 4);
}

/* A text of the program's own: printable ASCII that needs no escape, asserted. A day, a code of a
 * closed list, an id. */
static inline void writer_plain(struct writer *writer, const char *text)
{
    const size_t length = strlen(text);
#ifndef NDEBUG
    writer_check_plain(text);
#endif
    writer_begin_value(writer);
    char *room = buffer_room(writer->buffer, length + 2);
    if (room != NULL) {
        room[0] = '"';
        memcpy(room + 1, text, length);
        room[1 + length] = '"';
        buffer_wrote(writer->buffer, length + 2);
    }
}

/* ---- a name and its value at once ---- */

static inline void writer_member_object(struct writer *writer, const char *name)
{
    writer_name(writer, name);
    writer_object(writer);
}

static inline void writer_member_array(struct writer *writer, const char *name)
{
    writer_name(writer, name);
    writer_array(writer);
}

static inline void writer_member_text(struct writer *writer, const char *name, const char *text)
{
    writer_name(writer, name);
    writer_text(writer, text);
}

static inline void writer_member_plain(struct writer *writer, const char *name, const char *text)
{
    writer_name(writer, name);
    writer_plain(writer, text);
}

static inline void writer_member_integer(struct writer *writer, const char *name, int64_t number)
{
    writer_name(writer, name);
    writer_integer(writer, number);
}

static inline void writer_member_unsigned(struct writer *writer, const char *name, uint64_t number)
{
    writer_name(writer, name);
    writer_unsigned(writer, number);
}

static inline void writer_member_bool(struct writer *writer, const char *name, bool value)
{
    writer_name(writer, name);
    writer_bool(writer, value);
}

static inline void writer_member_null(struct writer *writer, const char *name)
{
    writer_name(writer, name);
    writer_null(writer);
}
