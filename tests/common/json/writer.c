/* The streaming writer: its forms one by one, and against jansson on a thousand made-up documents.
 */
#include "common/json/writer.h"

#include "common/base/str.h"
#include "common/json/json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    struct buffer *buffer = malloc(sizeof *buffer);

    buffer_init(buffer, (size_t)1 << 20);
    *state = buffer;
    return 0;
}

static int tear_down(void **state)
{
    buffer_deinit(*state);
    free(*state);
    return 0;
}

static void sets_commas_itself(void **state)
{
    struct buffer *buffer = *state;
    struct writer writer;

    writer_init(&writer, buffer);
    writer_object(&writer);
    writer_member_object(&writer, "empty");
    writer_object_end(&writer);
    writer_member_array(&writer, "list");
    writer_integer(&writer, -1);
    writer_array(&writer);
    writer_array_end(&writer);
    writer_object(&writer);
    writer_member_null(&writer, "a");
    writer_object_end(&writer);
    writer_text(&writer, NULL);
    writer_array_end(&writer);
    writer_member_bool(&writer, "yes", true);
    writer_member_bool(&writer, "no", false);
    writer_key(&writer, "\"ø\"");
    writer_unsigned(&writer, 7);
    writer_object_end(&writer);
    writer_finish(&writer);
    assert_string_equal(buffer->data,
                        "{\"empty\":{},\"list\":[-1,[],{\"a\":null},null],\"yes\":true,"
                        "\"no\":false,\"\\\"ø\\\"\":7}");
}

static void takes_what_is_json_already(void **state)
{
    struct buffer *buffer = *state;
    struct writer writer;

    writer_init(&writer, buffer);
    writer_object(&writer);
    writer_raw_members(&writer, "\"a\":1,\"b\":2", 11);
    writer_name(&writer, "c");
    writer_raw(&writer, "[3]", 3);
    writer_raw_members(&writer, "\"d\":4", 5);
    writer_object_end(&writer);
    writer_finish(&writer);
    assert_string_equal(buffer->data, "{\"a\":1,\"b\":2,\"c\":[3],\"d\":4}");
}

static void writes_every_integer(void **state)
{
    static const int64_t numbers[] = {0,         1,         -1,        9,           10,
                                      -10,       999,       1000,      INT32_MAX,   INT32_MIN,
                                      INT64_MAX, INT64_MIN, 1LL << 53, -(1LL << 53)};
    struct buffer *buffer = *state;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char expected[32];
        struct writer writer;
        buffer_clear(buffer);
        writer_init(&writer, buffer);
        writer_integer(&writer, numbers[i]);
        snprintf(expected, sizeof expected, "%" PRId64, numbers[i]);
        assert_string_equal(buffer->data, expected);
    }
    buffer_clear(buffer);
    buffer_unsigned(buffer, UINT64_MAX);
    assert_string_equal(buffer->data, "18446744073709551615");
}

static void what_does_not_fit_is_said_once(void **state)
{
    struct buffer small;
    struct writer writer;

    (void)state;
    for (size_t cap = 0; cap < 40; cap++) {
        static const char whole[] = "{\"name\":\"struktør\",\"list\":[12345,true]}";
        buffer_init(&small, cap);
        writer_init(&writer, &small);
        writer_object(&writer);
        writer_member_text(&writer, "name", "struktør");
        writer_member_array(&writer, "list");
        writer_integer(&writer, 12345);
        writer_bool(&writer, true);
        writer_array_end(&writer);
        writer_object_end(&writer);
        writer_finish(&writer);
        assert_int_equal(buffer_full(&small), cap < sizeof whole - 1);
        assert_memory_equal(small.data, whole, small.length); /* a beginning, never a hole */
        buffer_deinit(&small);
    }
}

/* ---- against jansson ---- */

static uint64_t next(uint64_t *seed) /* splitmix64 */
{
    uint64_t value = *seed += 0x9E3779B97F4A7C15;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
    value = (value ^ value >> 27) * 0x94D049BB133111EB;
    return value ^ value >> 31;
}

/* Any text without NUL and noncharacters, as json_read would take it back; the lengths reach over
 * several of the writer's strides of eight bytes. */
static void make_text(uint64_t *seed, char *text, size_t cap)
{
    static const char *const pieces[] = {"a",       "B",
                                         " ",       "\"",
                                         "\\",      "/",
                                         "\b",      "\n",
                                         "\x1F",    "\x7F",
                                         "æ",       "Ø",
                                         "€",       "漢",
                                         "\x01",    "\t",
                                         "beton",   "stilladsmontør",
                                         "\r\n",    "0",
                                         "{\"a\":", "\xF0\x9F\x94\xA8",
                                         "12345678"};
    const size_t count = next(seed) % 12;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[next(seed) % (sizeof pieces / sizeof pieces[0])];
        if (length + strlen(piece) >= cap)
            break;
        memcpy(text + length, piece, strlen(piece));
        length += strlen(piece);
    }
    text[length] = '\0';
}

static json_t *make_value(uint64_t *seed, struct writer *writer, unsigned depth);

static json_t *make_object(uint64_t *seed, struct writer *writer, unsigned depth)
{
    json_t *object = json_object();
    writer_object(writer);
    for (uint64_t i = next(seed) % 6; i > 0; i--) {
        char name[128];
        make_text(seed, name, sizeof name - 8);
        snprintf(name + strlen(name), 8, "%u", (unsigned)i); /* no name twice */
        writer_key(writer, name);
        json_object_set_new(object, name, make_value(seed, writer, depth + 1));
    }
    writer_object_end(writer);
    return object;
}

static json_t *make_array(uint64_t *seed, struct writer *writer, unsigned depth)
{
    json_t *array = json_array();
    writer_array(writer);
    for (uint64_t i = next(seed) % 6; i > 0; i--)
        json_array_append_new(array, make_value(seed, writer, depth + 1));
    writer_array_end(writer);
    return array;
}

/* The same value twice: into the writer, and as a tree. */
static json_t *make_value(uint64_t *seed, struct writer *writer, unsigned depth)
{
    char text[128];
    const int64_t number = (int64_t)next(seed) >> (10 + next(seed) % 53);

    switch (next(seed) % (depth < 6 ? 7 : 5)) {
    case 0:
        writer_null(writer);
        return json_null();
    case 1:
        writer_bool(writer, number > 0);
        return json_boolean(number > 0);
    case 2:
        writer_integer(writer, number);
        return json_integer(number);
    case 3:
    case 4:
        make_text(seed, text, sizeof text);
        writer_text(writer, text);
        return json_string(text);
    case 5:
        return make_object(seed, writer, depth);
    default:
        return make_array(seed, writer, depth);
    }
}

static void jansson_reads_what_was_meant(void **state)
{
    struct buffer *buffer = *state;

    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t seed = i;
        struct writer writer;
        struct json_fault fault;
        json_t *read;
        buffer_clear(buffer);
        writer_init(&writer, buffer);
        json_t *meant = make_object(&seed, &writer, 0);
        writer_finish(&writer);
        assert_false(buffer_full(buffer));
        assert_int_equal(json_read(buffer->data, buffer->length, &read, &fault), 0);
        assert_true(json_equal(meant, read));
        json_decref(read);
        json_decref(meant);
    }
}

/* One byte after the other: what the strides of eight are held against. ASCII alone. */
static void escape_slowly(const char *bytes, size_t length, struct buffer *buffer)
{
    static const char letters[] = "btnfr";
    static const char meant[] = "\b\t\n\f\r";

    buffer_char(buffer, '"');
    for (size_t i = 0; i < length; i++) {
        const char *letter = bytes[i] ? strchr(meant, bytes[i]) : NULL;
        if (bytes[i] == '"' || bytes[i] == '\\')
            buffer_printf(buffer, "\\%c", bytes[i]);
        else if (letter)
            buffer_printf(buffer, "\\%c", letters[letter - meant]);
        else if (bytes[i] < 0x20 || bytes[i] == 0x7F)
            buffer_printf(buffer, "\\u%04x", bytes[i]);
        else
            buffer_char(buffer, bytes[i]);
    }
    buffer_char(buffer, '"');
}

/* Every ASCII character at every place of texts up to three strides long. */
static void escapes_wherever_it_stands(void **state)
{
    struct buffer *buffer = *state;
    struct buffer expected;

    buffer_init(&expected, 1000);
    for (size_t length = 1; length <= 25; length++) {
        for (size_t place = 0; place < length; place++) {
            for (int character = 0; character < 0x80; character++) {
                char text[32];
                memset(text, 'x', sizeof text);
                text[place] = (char)character;
                buffer_clear(buffer);
                buffer_clear(&expected);
                buffer_json_bytes(buffer, text, length);
                escape_slowly(text, length, &expected);
                assert_string_equal(buffer->data, expected.data);
            }
        }
    }
    buffer_deinit(&expected);
}

/* Whatever the bytes are, what comes out is a string that jansson takes, and what was UTF-8 without
 * NUL comes back as it was. */
static void any_bytes_become_a_string(void **state)
{
    struct buffer *buffer = *state;
    uint64_t seed = 20261122;

    for (int i = 0; i < 20000; i++) {
        char bytes[40];
        const size_t length = next(&seed) % sizeof bytes;
        const unsigned spread = i % 2 ? 0xFF : 0x7F;
        for (size_t at = 0; at < length; at++)
            bytes[at] = (char)(next(&seed) & spread);
        buffer_clear(buffer);
        buffer_json_bytes(buffer, bytes, length);
        json_t *value =
            json_loadb(buffer->data, buffer->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        if (str_utf8_valid(bytes, length)) {
            assert_int_equal(json_string_length(value), length);
            assert_memory_equal(json_string_value(value), bytes, length);
        }
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sets_commas_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_what_is_json_already, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_every_integer, set_up, tear_down),
        cmocka_unit_test(what_does_not_fit_is_said_once),
        cmocka_unit_test_setup_teardown(jansson_reads_what_was_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(escapes_wherever_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_become_a_string, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
