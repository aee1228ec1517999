#include "common/json/writer.h"

#include <assert.h>

void writer_init(struct writer *writer, struct buffer *buffer)
{
    *writer = (struct writer){.buffer = buffer};
}

void writer_finish(const struct writer *writer)
{
    assert(writer->depth == 0 && !writer->named);
    (void)writer;
}

/* Inline: what only assertions ask is not asked in a release. */
static inline bool in_object(const struct writer *writer)
{
    return writer->depth > 0 && (writer->objects & 1) != 0;
}

static inline bool stands_for_itself(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\') {
            return false;
        }
    }
    return true;
}

void writer_check_name(const struct writer *writer, const char *name)
{
    assert(in_object(writer) && !writer->named && stands_for_itself(name));
    (void)writer;
    (void)name;
}

void writer_check_value(const struct writer *writer)
{
    assert(in_object(writer) == writer->named);
    assert(writer->depth > 0 || !writer->comma); /* one value alone is a document */
    (void)writer;
}

void writer_check_plain(const char *text)
{
    assert(stands_for_itself(text));
    (void)text;
}

/* ---- brackets ---- */

static void open_bracket(struct writer *writer, char bracket, bool object)
{
    writer_begin_value(writer);
    assert(writer->depth < WRITER_DEPTH_CAP);
    writer->objects = writer->objects << 1 | (object ? 1 : 0);
    writer->depth++;
    writer->comma = false;
    buffer_char(writer->buffer, bracket);
}

static void close_bracket(struct writer *writer, char bracket)
{
    assert(!writer->named);
    writer->objects >>= 1;
    writer->depth--;
    writer->comma = true;
    buffer_char(writer->buffer, bracket);
}

void writer_object(struct writer *writer)
{
    open_bracket(writer, '{', true);
}

void writer_object_end(struct writer *writer)
{
    assert(in_object(writer));
    close_bracket(writer, '}');
}

void writer_array(struct writer *writer)
{
    open_bracket(writer, '[', false);
}

void writer_array_end(struct writer *writer)
{
    assert(writer->depth > 0 && !in_object(writer));
    close_bracket(writer, ']');
}

/* ---- names ---- */

void writer_key(struct writer *writer, const char *name)
{
    assert(in_object(writer) && !writer->named);
    if (writer->comma) {
        buffer_char(writer->buffer, ',');
    }
    writer->named = true;
    buffer_json(writer->buffer, name);
    buffer_char(writer->buffer, ':');
}

/* ---- values ---- */

void writer_text(struct writer *writer, const char *text)
{
    if (text == NULL) {
        writer_null(writer);
        return;
    }
    writer_text_bytes(writer, text, strlen(text));
}

void writer_text_bytes(struct writer *writer, const char *text, size_t length)
{
    writer_begin_value(writer);
    buffer_json_bytes(writer->buffer, text, length);
}

void writer_integer(struct writer *writer, int64_t number)
{
    writer_begin_value(writer);
    buffer_integer(writer->buffer, number);
}

void writer_raw(struct writer *writer, const char *json, size_t length)
{
    assert(length > 0);
    writer_begin_value(writer);
    buffer_append(writer->buffer, json, length);
}

void writer_raw_members(struct writer *writer, const char *json, size_t length)
{
    assert(writer->depth > 0 && !writer->named && length > 0);
    if (writer->comma) {
        buffer_char(writer->buffer, ',');
    }
    writer->comma = true;
    buffer_append(writer->buffer, json, length);
}
