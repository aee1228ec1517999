/* Rows of official lists: line breaks in quotes, line numbers, and every fault with what follows
 * it. */
#include "services/vocabulary/gunzip.h"
#include "services/vocabulary/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct arena *arena;
    struct records *records;
    struct record record;
};

static void open_bytes(struct scene *scene, const char *bytes, size_t length, char separator)
{
    scene->arena = arena_create(0);
    scene->records = records_create(bytes, length, separator);
}

static void open_text(struct scene *scene, const char *text, char separator)
{
    open_bytes(scene, text, strlen(text), separator);
}

static void close_all(struct scene *scene)
{
    records_destroy(&scene->records);
    arena_destroy(&scene->arena);
}

/* The next record begins on `line` and is `cells`, joined by '|'. */
static void expect_record(struct scene *scene, size_t line, const char *cells)
{
    char joined[512] = "";
    size_t length = 0;

    assert_int_equal(records_next(scene->records, scene->arena, &scene->record), RECORDS_RECORD);
    for (size_t i = 0; i < scene->record.count; i++)
        length += (size_t)snprintf(joined + length, sizeof joined - length, "%s%s",
                                   i > 0 ? "|" : "", scene->record.cells[i]);
    assert_string_equal(joined, cells);
    assert_int_equal(scene->record.line, line);
}

static void expect_outcome(struct scene *scene, size_t line, enum records_outcome outcome)
{
    assert_int_equal(records_next(scene->records, scene->arena, &scene->record), outcome);
    assert_int_equal(scene->record.line, line);
}

static void quotes_hold_commas_quotes_and_line_breaks(void **state)
{
    struct scene scene;

    (void)state;
    open_text(&scene,
              "\xef\xbb\xbf"
              "a,b\r\n\"1,\"\"x\"\"\r\n2\", æ \r\n\r\n\n,\"\"\nlast,one",
              ',');
    expect_record(&scene, 1, "a|b");
    expect_record(&scene, 2, "1,\"x\"\n2| æ ");
    expect_record(&scene, 6, "|");
    expect_record(&scene, 7, "last|one");
    assert_string_equal(scene.record.cells[5], "");
    expect_outcome(&scene, 8, RECORDS_END);
    expect_outcome(&scene, 8, RECORDS_END);
    close_all(&scene);
}

static void tabs_know_no_quotes(void **state)
{
    struct scene scene;

    (void)state;
    open_text(&scene, "a\t\"b\n\n\t\r\nc", '\t');
    expect_record(&scene, 1, "a|\"b");
    expect_record(&scene, 3, "|");
    expect_record(&scene, 4, "c");
    close_all(&scene);
}

static void a_fault_takes_its_own_line_alone(void **state)
{
    static const char text[] = "a,b\n\"open,b\nc,d\nx\"y,z\ne\xff,f\ng,h\n";
    struct scene scene;

    (void)state;
    open_text(&scene, text, ',');
    expect_record(&scene, 1, "a|b");
    /* Its quote closes in "x"", where none can: the line that it stands on is at fault, and c,d
     * after it is read. */
    expect_outcome(&scene, 2, RECORDS_QUOTES);
    expect_record(&scene, 3, "c|d");
    expect_outcome(&scene, 4, RECORDS_QUOTES);
    expect_outcome(&scene, 5, RECORDS_ENCODING);
    expect_record(&scene, 6, "g|h");
    expect_outcome(&scene, 7, RECORDS_END);
    close_all(&scene);
}

static void a_nul_is_no_text(void **state)
{
    struct scene scene;

    (void)state;
    open_bytes(&scene, "a\0b\nc\n", 6, ',');
    expect_outcome(&scene, 1, RECORDS_ENCODING);
    expect_record(&scene, 2, "c");
    close_all(&scene);
}

static void what_is_too_wide_or_too_long_is_said(void **state)
{
    static char text[RECORDS_RECORD_CAP + 200];
    struct scene scene;

    (void)state;
    memset(text, ',', RECORDS_COLUMNS_CAP);
    memcpy(text + RECORDS_COLUMNS_CAP, "\nb\n\"", 4);
    memset(text + strlen(text), '\n', RECORDS_RECORD_CAP);
    memcpy(text + strlen(text), "\"\nd\n", 5);
    open_text(&scene, text, ',');
    expect_outcome(&scene, 1, RECORDS_COLUMNS);
    expect_record(&scene, 2, "b");
    expect_outcome(&scene, 3, RECORDS_LONG);
    close_all(&scene);
}

/* "a,b\n" by gzip. */
static const uint8_t packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00,
                                 0x02, 0xff, 0x4b, 0xd4, 0x49, 0xe2, 0x02, 0x00,
                                 0xc5, 0x10, 0x97, 0x24, 0x04, 0x00, 0x00, 0x00};

static void packed_bytes_are_unpacked_whole_or_not_at_all(void **state)
{
    struct buffer plain;

    (void)state;
    buffer_init(&plain, 1 << 20);
    assert_true(gunzip_packed((const char *)packed, sizeof packed));
    assert_false(gunzip_packed("a,b\n", 4));
    assert_int_equal(gunzip((const char *)packed, sizeof packed - 1, &plain), ERROR_INVALID);
    buffer_clear(&plain);
    uint8_t spoilt[sizeof packed];
    memcpy(spoilt, packed, sizeof packed);
    spoilt[sizeof packed - 8] ^= 1; /* the checksum */
    assert_int_equal(gunzip((const char *)spoilt, sizeof spoilt, &plain), ERROR_INVALID);
    buffer_clear(&plain);
    assert_int_equal(gunzip((const char *)packed, sizeof packed, &plain), 0);
    assert_string_equal(plain.data, "a,b\n");
    buffer_clear(&plain);
    uint8_t twice[2 * sizeof packed]; /* as `cat` joins packed files */
    memcpy(twice, packed, sizeof packed);
    memcpy(twice + sizeof packed, packed, sizeof packed);
    assert_int_equal(gunzip((const char *)twice, sizeof twice, &plain), 0);
    assert_string_equal(plain.data, "a,b\na,b\n");
    buffer_clear(&plain);
    assert_int_equal(gunzip((const char *)twice, sizeof twice - 1, &plain), ERROR_INVALID);
    buffer_clear(&plain);
    twice[sizeof packed] = 'x'; /* no member */
    assert_int_equal(gunzip((const char *)twice, sizeof twice, &plain), ERROR_INVALID);
    buffer_deinit(&plain);
    buffer_init(&plain, 2);
    assert_int_equal(gunzip((const char *)packed, sizeof packed, &plain), ERROR_LIMIT);
    buffer_deinit(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_hold_commas_quotes_and_line_breaks),
        cmocka_unit_test(tabs_know_no_quotes),
        cmocka_unit_test(a_fault_takes_its_own_line_alone),
        cmocka_unit_test(a_nul_is_no_text),
        cmocka_unit_test(what_is_too_wide_or_too_long_is_said),
        cmocka_unit_test(packed_bytes_are_unpacked_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
