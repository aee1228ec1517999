/* Rows of CSV and XLSX. The XLSX files are written by libxlsxwriter, a library of its own. */
#include "common/sheet/sheet_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <xlsxwriter.h>

/* Gives bytes in bites, as a socket would. */
struct feed {
    const char *bytes;
    size_t left;
    size_t bite;
};

static ssize_t feed_read(void *argument, void *bytes, size_t size)
{
    struct feed *feed = argument;
    size_t count = feed->left < feed->bite ? feed->left : feed->bite;

    if (count > size)
        count = size;
    memcpy(bytes, feed->bytes, count);
    feed->bytes += count;
    feed->left -= count;
    return (ssize_t)count;
}

/* All rows as text: "line:a|b" or "line!CODE", a line each. Ends with "=error" if the file is none.
 */
static char *read_all(const struct sheet_reader_options *options, const void *bytes, size_t length,
                      size_t bite)
{
    static char text[65536];
    struct feed feed = {bytes, length, bite};
    struct sheet_reader *reader = sheet_reader_create(options, feed_read, &feed);
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    struct error_detail detail;
    size_t used = 0;
    int found;

    text[0] = '\0';
    while ((found = sheet_reader_next(reader, arena, &row, &detail)) == 1) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%zu", row.line);
        if (row.fault != SHEET_READER_GOOD)
            used += (size_t)snprintf(text + used, sizeof text - used, "!%s",
                                     sheet_reader_fault_code(row.fault));
        for (size_t i = 0; i < row.count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%c%s", i == 0 ? ':' : '|',
                                     row.texts[i]);
        used += (size_t)snprintf(text + used, sizeof text - used, "\n");
        assert_true(used < sizeof text);
        arena_reset(arena);
    }
    if (found < 0)
        snprintf(text + used, sizeof text - used, "=%s %s\n", error_name(found),
                 detail.public_text);
    arena_destroy(&arena);
    sheet_reader_destroy(&reader);
    assert_null(reader);
    return text;
}

static void csv_is(struct sheet_reader_options options, const char *file, const char *rows)
{
    const size_t bites[] = {1, 3, 1000};

    for (size_t i = 0; i < sizeof bites / sizeof bites[0]; i++)
        assert_string_equal(read_all(&options, file, strlen(file), bites[i]), rows);
}

static void test_separator(void **state)
{
    const struct sheet_reader_options any = {0};

    (void)state;
    csv_is(any, "a;b,c\n1;2\n", "1:a|b,c\n2:1|2\n");
    csv_is(any, "a,b,c\r\n\"1,5\",2,\r\n", "1:a|b|c\n2:1,5|2|\n");
    csv_is(any, "a\tb\n1;2\t3\n", "1:a|b\n2:1;2|3\n");
    csv_is(any, "\"a;b;c\",d\n1,2\n", "1:a;b;c|d\n2:1|2\n");
    csv_is(any, "alone\n1;2\n", "1:alone\n2:1|2\n");
    csv_is(any, "\n\r\na,b\n", "3:a|b\n");
    csv_is(any, "sep=,\r\na;b,c\r\n", "2:a;b|c\n");
    csv_is((struct sheet_reader_options){.separator = ','}, "a;b;c,d\n", "1:a;b;c|d\n");
}

static void test_rows(void **state)
{
    const struct sheet_reader_options any = {0};

    (void)state;
    csv_is(any, "", "");
    csv_is(any, "\xEF\xBB\xBF", "");
    csv_is(any, "\xEF\xBB\xBF\xC3\xA6;b\n\n;;\n1;\"x\ny\"\n2;3", "1:\xC3\xA6|b\n4:1|x\ny\n6:2|3\n");
    csv_is(any, "a;b\n1;x\"y\n2;3\n", "1:a|b\n2!QUOTES\n3:2|3\n");
    csv_is(any, "a;b\nS\xF8ren;1\n2;3\n", "1:a|b\n2!ENCODING\n3:2|3\n");
}

static void test_windows_1252(void **state)
{
    const struct sheet_reader_options western = {.charset = SHEET_READER_WINDOWS_1252};

    (void)state;
    csv_is(western, "S\xF8ren \xC6r\xF8;\x80 5\n", "1:Søren Ærø|€ 5\n");
    csv_is(western, "a;b\n\x81;1\nc;d\n", "1:a|b\n2!ENCODING\n3:c|d\n");
}

/* A file of many windows, each of whose bytes widens. */
static void test_windows(void **state)
{
    const size_t rows = 100000;
    char *file = malloc(rows * 16 + 1);
    size_t length = 0;
    struct sheet_reader_options western = {.charset = SHEET_READER_WINDOWS_1252};

    (void)state;
    for (size_t i = 0; i < rows; i++)
        length += (size_t)sprintf(file + length, "%06zu;\x80\x80\xE6\xF8\n", i);
    struct feed feed = {file, length, 7777};
    struct sheet_reader *reader = sheet_reader_create(&western, feed_read, &feed);
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    size_t count = 0;
    while (sheet_reader_next(reader, arena, &row, NULL) == 1) {
        assert_int_equal(row.fault, SHEET_READER_GOOD);
        assert_int_equal(row.line, ++count);
        assert_int_equal(strtoul(row.texts[0], NULL, 10), count - 1);
        assert_string_equal(row.texts[1], "€€æø");
        arena_reset(arena);
    }
    assert_int_equal(count, rows);
    arena_destroy(&arena);
    sheet_reader_destroy(&reader);
    free(file);
}

/* Rows of nothing are passed over, however many there are, and take nothing. */
static void test_nothing(void **state)
{
    static const char row[] = ";;;;;; ;;;;;;;;;\n";
    const size_t rows = 400000, size = sizeof row - 1;
    const struct sheet_reader_options options = {.separator = ';'};
    char *file = malloc(rows * size);
    struct feed feed = {file, rows * size, 65536};
    struct sheet_reader *reader = sheet_reader_create(&options, feed_read, &feed);
    struct arena *arena = arena_create(1 << 20);
    struct sheet_reader_row found;
    struct error_detail detail;

    (void)state;
    assert_non_null(file);
    for (size_t i = 0; i < rows; i++)
        memcpy(file + i * size, row, size);
    assert_int_equal(sheet_reader_next(reader, arena, &found, &detail), 0);
    arena_destroy(&arena);
    sheet_reader_destroy(&reader);
    free(file);
}

static void test_long(void **state)
{
    char *file = malloc(SHEET_READER_ROW_CAP * 6);
    const struct sheet_reader_options any = {0};

    (void)state;
    strcpy(file, "a;b\n");
    memset(file + 4, 'x', SHEET_READER_ROW_CAP * 5);
    strcpy(file + 4 + SHEET_READER_ROW_CAP * 5, "\n1;2\n");
    assert_string_equal(read_all(&any, file, strlen(file), 999999), "1:a|b\n2!LENGTH\n3:1|2\n");
    strcpy(file, "a;b\n");
    memset(file + 4, ';', SHEET_READER_COLUMNS_CAP);
    strcpy(file + 4 + SHEET_READER_COLUMNS_CAP, "\n1;2\n");
    assert_string_equal(read_all(&any, file, strlen(file), 999999), "1:a|b\n2!COLUMNS\n3:1|2\n");
    free(file);
}

/* A thousand rows that cannot be read are named, and one more ends the file. */
static void test_faults(void **state)
{
    const struct sheet_reader_options options = {.separator = ';'};
    const size_t size = 6;
    char *file = malloc((SHEET_READER_FAULTS_CAP + 2) * size);
    (void)state;

    assert_non_null(file);
    for (size_t i = 0; i < SHEET_READER_FAULTS_CAP + 2; i++)
        memcpy(file + i * size, i == 7 ? "good;\n" : "x\"x;;\n", size);
    const char *rows = read_all(&options, file, (SHEET_READER_FAULTS_CAP + 1) * size, 4096);
    assert_non_null(strstr(rows, "8:good|\n9!QUOTES\n"));
    assert_non_null(strstr(rows, "\n1001!QUOTES\n"));
    assert_null(strstr(rows, "="));
    rows = read_all(&options, file, (SHEET_READER_FAULTS_CAP + 2) * size, 4096);
    assert_non_null(strstr(rows, "\n1001!QUOTES\n=limit Mere end 1.000 rækker kan ikke læses"));
    free(file);
}

/* --- XLSX --------------------------------------------------------------------------------------
 */

static const struct sheet_reader_options xlsx = {.form = SHEET_READER_XLSX};

struct book {
    char path[64];
    lxw_workbook *book;
};

static lxw_worksheet *book_open(struct book *book, bool inline_strings)
{
    lxw_workbook_options options = {.constant_memory = inline_strings, .tmpdir = NULL};

    snprintf(book->path, sizeof book->path, "/tmp/emnebank-sheet-%ld.xlsx", (long)getpid());
    book->book = workbook_new_opt(book->path, &options);
    assert_non_null(book->book);
    return workbook_add_worksheet(book->book, NULL);
}

static char *book_close(struct book *book, size_t *length)
{
    assert_int_equal(workbook_close(book->book), LXW_NO_ERROR);
    FILE *file = fopen(book->path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    unlink(book->path);
    return bytes;
}

static void book_is(struct book *book, const char *rows)
{
    size_t length;
    char *bytes = book_close(book, &length);

    assert_string_equal(read_all(&xlsx, bytes, length, 4096), rows);
    free(bytes);
}

static void write_cells(struct book *book, lxw_worksheet *sheet)
{
    lxw_format *day = workbook_add_format(book->book);
    lxw_format *moment = workbook_add_format(book->book);
    lxw_format *amount = workbook_add_format(book->book);
    lxw_datetime when = {2026, 3, 1, 7, 30, 0};
    lxw_datetime on = {2026, 3, 1, 0, 0, 0};

    format_set_num_format(day, "dd-mm-yyyy");
    format_set_num_format(moment, "yyyy-mm-dd hh:mm");
    format_set_num_format(amount, "#,##0.00 \"kr. den\"");
    worksheet_write_string(sheet, 0, 0, "Projekt", NULL);
    worksheet_write_string(sheet, 0, 1, "Værdi", NULL);
    worksheet_write_string(sheet, 2, 0, "Ny skole & <hal>", NULL);
    worksheet_write_number(sheet, 2, 1, 12500000, amount);
    worksheet_write_number(sheet, 2, 2, 0.5, NULL);
    worksheet_write_datetime(sheet, 2, 3, &on, day);
    worksheet_write_datetime(sheet, 2, 4, &when, moment);
    worksheet_write_boolean(sheet, 2, 5, 1, NULL);
    worksheet_write_formula_num(sheet, 2, 6, "=B3*2", NULL, 25000000);
    worksheet_write_formula_str(sheet, 2, 7, "=A3", NULL, "Ny skole");
    worksheet_write_blank(sheet, 3, 0, day);
    worksheet_write_number(sheet, 4, 0, 12345674, NULL);
}

#define CELLS_TEXT                                                                                 \
    "1:Projekt|Værdi\n"                                                                           \
    "3:Ny skole & <hal>|12500000|0.5|2026-03-01|2026-03-01 07:30|1|25000000|Ny skole\n"            \
    "5:12345674\n"

static void test_xlsx(void **state)
{
    struct book book;

    (void)state;
    write_cells(&book, book_open(&book, false));
    book_is(&book, CELLS_TEXT);
    write_cells(&book, book_open(&book, true)); /* texts stand in their cells */
    book_is(&book, CELLS_TEXT);
}

/* The first sheet that has a cell is the one. */
static void test_xlsx_sheets(void **state)
{
    struct book book;

    (void)state;
    book_open(&book, false);
    lxw_worksheet *second = workbook_add_worksheet(book.book, "Anden");
    lxw_worksheet *third = workbook_add_worksheet(book.book, "Tredje");
    worksheet_write_string(second, 0, 0, "to", NULL);
    worksheet_write_string(third, 0, 0, "tre", NULL);
    book_is(&book, "1:to\n");
    book_open(&book, false);
    book_is(&book, "");
}

static void test_xlsx_caps(void **state)
{
    struct book book;

    (void)state;
    lxw_worksheet *sheet = book_open(&book, false);
    worksheet_write_number(sheet, 0, SHEET_READER_COLUMNS_CAP - 1, 7, NULL);
    worksheet_write_number(sheet, SHEET_READER_ROWS_CAP - 1, 0, 8, NULL);
    size_t length;
    char *bytes = book_close(&book, &length);
    assert_non_null(strstr(read_all(&xlsx, bytes, length, 4096), "|7\n200000:8\n"));
    free(bytes);
    sheet = book_open(&book, false);
    worksheet_write_number(sheet, 0, SHEET_READER_COLUMNS_CAP, 7, NULL);
    book_is(&book, "=invalid Regnearket har mere end 500 kolonner.\n");
    sheet = book_open(&book, false);
    worksheet_write_number(sheet, SHEET_READER_ROWS_CAP, 0, 7, NULL);
    book_is(&book,
            "=invalid Regnearket har mere end 200.000 rækker; del det, eller gem det som CSV.\n");
}

/* What the zip's own list says of a part's size is believed before anything is unpacked. */
static void test_xlsx_bomb(void **state)
{
    struct book book;
    size_t length;

    (void)state;
    write_cells(&book, book_open(&book, false));
    char *bytes = book_close(&book, &length);
    for (size_t i = 0; i + 46 < length; i++) {
        if (memcmp(bytes + i, "PK\1\2", 4) == 0)
            memcpy(bytes + i + 24, "\xFF\xFF\xFF\x0F", 4);
    }
    assert_string_equal(read_all(&xlsx, bytes, length, 4096),
                        "=invalid Regnearket fylder mere end 256 MiB udpakket; gem det som CSV.\n");
    free(bytes);
}

/* Any cut of a file, and a byte of it turned, ends in rows or in one reason, never in a crash. */
static void test_xlsx_broken(void **state)
{
    struct book book;
    size_t length;

    (void)state;
    assert_string_equal(read_all(&xlsx, "a;b\n", 4, 4096),
                        "=invalid Filen er ikke et XLSX-regneark.\n");
    write_cells(&book, book_open(&book, false));
    char *bytes = book_close(&book, &length);
    for (size_t cut = 0; cut < length; cut += 113)
        assert_non_null(strstr(read_all(&xlsx, bytes, cut, 4096), "=invalid "));
    for (size_t i = 0; i < length; i += 47) {
        bytes[i] ^= 0x55;
        read_all(&xlsx, bytes, length, 4096);
        bytes[i] ^= 0x55;
    }
    assert_string_equal(read_all(&xlsx, bytes, length, 4096), CELLS_TEXT);
    free(bytes);
}

static void test_media_type(void **state)
{
    struct sheet_reader_options options;

    (void)state;
    assert_true(sheet_reader_media_type("text/csv", &options));
    assert_int_equal(options.form, SHEET_READER_CSV);
    assert_true(sheet_reader_media_type("Text/CSV; charset=\"UTF-8\"", &options));
    assert_true(sheet_reader_media_type("text/csv;charset=Windows-1252;header=present", &options));
    assert_int_equal(options.charset, SHEET_READER_WINDOWS_1252);
    assert_true(sheet_reader_media_type(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &options));
    assert_int_equal(options.form, SHEET_READER_XLSX);
    assert_false(sheet_reader_media_type("text/csv; charset=utf-16", &options));
    assert_false(sheet_reader_media_type("text/csvx", &options));
    assert_false(sheet_reader_media_type("application/json", &options));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separator),    cmocka_unit_test(test_rows),
        cmocka_unit_test(test_windows_1252), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_faults),       cmocka_unit_test(test_long),
        cmocka_unit_test(test_nothing),      cmocka_unit_test(test_xlsx),
        cmocka_unit_test(test_xlsx_sheets),  cmocka_unit_test(test_xlsx_caps),
        cmocka_unit_test(test_xlsx_bomb),    cmocka_unit_test(test_xlsx_broken),
        cmocka_unit_test(test_media_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
