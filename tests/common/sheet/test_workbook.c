/* XLSX files as no honest program writes them, and such as only some do: each is read, or is
 * refused with one text. */
#include "common/base/mem.h"
#include "common/sheet/sheet_reader.h"
#include "common/sheet/workbook.h"
#include "tests/common/sheet/zip.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define CAP ((size_t)1 << 29)
#define UNREADABLE "Filen er ikke et XLSX-regneark, der kan læses."

struct feed {
    const char *bytes;
    size_t left;
};

static ssize_t feed_read(void *argument, void *bytes, size_t size)
{
    struct feed *feed = argument;
    const size_t count = feed->left < size ? feed->left : size;

    memcpy(bytes, feed->bytes, count);
    feed->bytes += count;
    feed->left -= count;
    return (ssize_t)count;
}

/* The first rows as "line:a|b" or "line!CODE" with '/' between them, then "=text" if the file is
 * none, "+n" if there were n rows more. */
static const char *rows_of(const char *bytes, size_t length)
{
    static char text[8192];
    const struct sheet_reader_options options = {.form = SHEET_READER_XLSX};
    struct feed feed = {bytes, length};
    struct sheet_reader *reader = sheet_reader_create(&options, feed_read, &feed);
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    struct error_detail detail;
    size_t used = 0, more = 0;
    int found;

    text[0] = '\0';
    while ((found = sheet_reader_next(reader, arena, &row, &detail)) == 1) {
        more += used > sizeof text / 2;
        if (used > sizeof text / 2)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", used > 0 ? "/" : "",
                                 row.line);
        if (row.fault != SHEET_READER_GOOD)
            used += (size_t)snprintf(text + used, sizeof text - used, "!%s",
                                     sheet_reader_fault_code(row.fault));
        for (size_t i = 0; i < row.count && used < sizeof text; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%c%.200s",
                                     i == 0 ? ':' : '|', row.texts[i]);
        assert_true(used < sizeof text);
        arena_reset(arena);
    }
    if (found < 0)
        snprintf(text + used, sizeof text - used, "=%s", detail.public_text);
    else if (more > 0)
        snprintf(text + used, sizeof text - used, "+%zu", more);
    arena_destroy(&arena);
    sheet_reader_destroy(&reader);
    return text;
}

static void book_is(const struct zip_book *book, const char *rows)
{
    struct zip zip;

    zip_init(&zip);
    zip_add_book(&zip, book);
    zip_finish(&zip);
    assert_string_equal(rows_of(zip.bytes.data, zip.bytes.length), rows);
    zip_deinit(&zip);
}

static void sheet_is(const char *sheet, const char *rows)
{
    book_is(&(struct zip_book){.sheet = sheet}, rows);
}

#define DATA(rows) "<sheetData>" rows "</sheetData>"

/* --- cells -------------------------------------------------------------------------------------
 */

static void test_places(void **state)
{
    static const char *const none[] = {"A0", "1A", "", "7", "$", "Æ1"};
    static const char *const wide[] = {"XFE1", "ZZZZZZZZZZ1", "SG1"};
    char sheet[256];
    (void)state;

    sheet_is(DATA("<row r=\"3\"><c r=\"A3\"><v>3</v></c></row><row r=\"1\"><c r=\"B1\"><v>2</v>"
                  "</c><c r=\"A1\"><v>1</v></c></row>"),
             "1:1|2/3:3");
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>"
                  "<row r=\"1\"><c r=\"A1\"><v>3</v></c></row>"),
             "1:3");
    sheet_is(DATA("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
             "1:1|2/2:3");
    sheet_is(DATA("<row r=\"1\"><c r=\"SF1\"><v>1</v></c></row>") "<x>", "=" UNREADABLE);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        snprintf(sheet, sizeof sheet, DATA("<row r=\"1\"><c r=\"%s\"><v>1</v></c></row>"), none[i]);
        sheet_is(sheet, "=En celle har en adresse, der ikke kan læses.");
    }
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        snprintf(sheet, sizeof sheet, DATA("<row r=\"1\"><c r=\"%s\"><v>1</v></c></row>"), wide[i]);
        sheet_is(sheet, "=Regnearket har mere end 500 kolonner.");
    }
    sheet_is(DATA("<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>"),
             "=Regnearket har mere end 200.000 rækker; del det, eller gem det som CSV.");
}

/* The last value, whatever its type and the formula's. */
static void test_formulas(void **state)
{
    (void)state;
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><f>1+1</f><v>2</v></c>"
                  "<c r=\"B1\" t=\"str\"><f>\"a\"</f><v>a &amp; b</v></c>"
                  "<c r=\"C1\" t=\"b\"><f>1=1</f><v>1</v></c>"
                  "<c r=\"D1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c r=\"E1\"><f>G1</f></c>"
                  "<c r=\"F1\"><v>7</v></c></row>"),
             "1:2|a & b|1|||7");
    sheet_is(
        DATA("<row r=\"1\"><c r=\"A1\" t=\"str\"><f t=\"array\" ref=\"A1:B2\">X(\"&lt;v&gt;\")"
             "</f><v>a</v></c><c r=\"B1\"><v>2</v></c></row><row r=\"2\">"
             "<c r=\"A2\" t='str'><v>c</v></c><c r=\"B2\" t=\"d\"><v>2026-03-01</v></c></row>"
             "<row r=\"3\"><c r=\"A3\"><f t=\"shared\" ref=\"A3:A4\" si=\"0\">B1</f><v>3</v></c>"
             "</row><row r=\"4\"><c r=\"A4\"><f t=\"shared\" si=\"0\"/><v>4</v></c></row>"),
        "1:a|2/2:c|2026-03-01/3:3/4:4");
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><f>1+1</c><c r=\"B1\"><v>3</v></c></row>"),
             "=" UNREADABLE);
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><f>1+1<v>2</v></row>"), "=" UNREADABLE);
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><f>1+1<v>2</v></c><c r=\"B1\"><f>3</f><v>3</v></c>"
                  "</row>"),
             "=" UNREADABLE);
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></c></row>"),
             "=" UNREADABLE);
}

static void test_texts_in_cells(void **state)
{
    (void)state;
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>S&#248;ren &amp; &lt;S&gt;</t>"
                  "</is></c><c r=\"B1\" t=\"inlineStr\"><is><r><t>to </t></r><r><t>dele</t></r>"
                  "<rPh sb=\"0\" eb=\"1\"><t>lyd</t></rPh></is></c>"
                  "<c r=\"C1\" t=\"inlineStr\"><is/></c><c r=\"D1\"><v>4</v></c></row>"),
             "1:Søren & <S>|to dele||4");
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>S\xF8ren</t></is></c></row>"
                  "<row r=\"2\"><c r=\"A2\"><v>2</v></c></row>"),
             "1!ENCODING/2:2");
    book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c>"
                                             "<c r=\"B1\" t=\"s\"><v>9</v></c>"
                                             "<c r=\"C1\" t=\"s\"><v>0</v></c></row>"),
                               .strings = "<si><t>a</t></si><si><r><t>b</t></r><r><t>c</t></r>"
                                          "</si>"},
            "1:bc||a");
}

/* As XML cannot hold them (ECMA-376 22.9.2.19): Excel for Mac and exports end lines so. */
static void test_written_signs(void **state)
{
    (void)state;
    book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>"
                                             "<c r=\"B1\" t=\"inlineStr\"><is><t>_x005F_x000d_"
                                             "</t></is></c><c r=\"C1\" t=\"str\"><f>A1</f>"
                                             "<v>_x20AC__x00E6__x0041__x0905_</v></c></row>"),
                               .strings = "<si><t>Gade 1_x000D_&#10;8000 Aarhus</t></si>"},
            "1:Gade 1\r\n8000 Aarhus|_x000d_|€æAअ");
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>_x0000__xD83D__x00G0_a_x_ "
                  "max_x1 _x000D</t></is></c></row>"),
             "1:_x0000__xD83D__x00G0_a_x_ max_x1 _x000D");
}

/* openpyxl and Microsoft's Open XML SDK name parts from the root. */
static void test_parts_named_from_the_root(void **state)
{
    static const char *const roots[] = {"/", "./"};
    (void)state;

    for (size_t i = 0; i < 2; i++)
        book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>"
                                                 "<c r=\"B1\" s=\"1\"><v>45000</v></c></row>"),
                                   .strings = "<si><t>tekst</t></si>",
                                   .styles = "<cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs>",
                                   .root = roots[i]},
                "1:tekst|2023-03-15");
}

/* Lists to choose from stand in a sheet that nobody sees. */
static void test_hidden_sheets(void **state)
{
    static const char *const states[] = {"hidden", "veryHidden", "visible"};
    struct zip_book book = {.before = DATA("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"),
                            .sheet = DATA("<row r=\"1\"><c r=\"A1\"><v>2</v></c></row>")};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        book.state = states[i];
        book_is(&book, i < 2 ? "1:2" : "1:1");
    }
    book.sheet = DATA("");
    book.state = "hidden";
    book_is(&book, "1:1");
}

/* Amounts are no clocks for the currency's sake, and hours may be more than a day has. */
static void test_formats(void **state)
{
    static const struct {
        const char *code, *serial, *text;
    } cases[] = {{"[$USD-409]#,##0", "45000.75", "45000.75"},
                 {"[$SEK]\\ #,##0.00", "45000.75", "45000.75"},
                 {"[White][$CHF]0", "45000.75", "45000.75"},
                 {"[h]:mm", "1.5416666666666667", "37:00"},
                 {"[mm]:ss", "0.0625", "01:30"},
                 {"h:mm", "1.5416666666666667", "13:00"},
                 {"[$-F400]h:mm:ss AM/PM", "0.75", "18:00"},
                 {"[$-406]d. mmmm yyyy;@", "45000", "2023-03-15"},
                 {"d [h]", "45000.5", "2023-03-15 12:00"},
                 {"mmm-yy", "45000", "2023-03-15"},
                 {"yyyy-mm-dd", "45000.99999", "2023-03-15"},
                 {"yyyy-mm-dd hh:mm", "45000.9999", "2023-03-15 23:59"},
                 {"yyyy-mm-dd hh:mm", "45000.312499999993", "2023-03-15 07:30"}};
    char styles[512], sheet[256], rows[64];
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(styles, sizeof styles,
                 "<numFmts><numFmt numFmtId=\"164\" formatCode=\"%s\"/></numFmts>"
                 "<cellXfs><xf/><xf numFmtId=\"164\"/></cellXfs>",
                 cases[i].code);
        snprintf(sheet, sizeof sheet, DATA("<row r=\"1\"><c r=\"A1\" s=\"1\"><v>%s</v></c></row>"),
                 cases[i].serial);
        snprintf(rows, sizeof rows, "1:%s", cases[i].text);
        book_is(&(struct zip_book){.sheet = sheet, .styles = styles}, rows);
    }
    book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" s=\"1\"><v>45000</v></c>"
                                             "</row>"),
                               .styles = "<cellXfs><xf numFmtId=\"14\"/><xf/></cellXfs>"},
            "1:45000"); /* a look without a format has not the one before it */
    sheet_is(DATA("<row r=\"1\"><c r=\"A1\"><v>1234567890123456</v></c>"
                  "<c r=\"B1\"><v>9007199254740992</v></c><c r=\"C1\"><v>1e17</v></c></row>"),
             "1:1234567890123456|9007199254740992|1e+17");
}

#define XFS                                                                                        \
    "<numFmts count=\"3\"><numFmt numFmtId=\"164\" formatCode=\"dd\\-mm\\-yyyy\"/>"                \
    "<numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/>"                                             \
    "<numFmt numFmtId=\"166\" formatCode=\"0.00&quot;d&quot;\"/></numFmts>"                        \
    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/>"                      \
    "<xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/></cellXfs>"

static void dates_are(const char *serials[], size_t count, const char *from_1904, const char *rows)
{
    char sheet[2048] = "<sheetData><row r=\"1\">";
    size_t used = strlen(sheet);

    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(sheet + used, sizeof sheet - used,
                                 "<c r=\"%c1\" s=\"1\"><v>%s</v></c>", (char)('A' + i), serials[i]);
    snprintf(sheet + used, sizeof sheet - used, "</row></sheetData>");
    book_is(&(struct zip_book){.sheet = sheet, .styles = XFS, .from_1904 = from_1904}, rows);
}

static void test_dates(void **state)
{
    const char *from_1900[] = {"1", "59", "61", "45000", "2958465", "2958466", "-1", "45000.7"};
    const char *from_1904[] = {"0", "1", "43538", "2957003", "2957004", "1e300"};
    (void)state;

    dates_are(from_1900, 8, NULL,
              "1:1900-01-01|1900-02-28|1900-03-01|2023-03-15|9999-12-31|2958466|-1|2023-03-15");
    for (size_t i = 0; i < 2; i++)
        dates_are(from_1904, 6, i == 0 ? "1" : "true",
                  "1:1904-01-01|1904-01-02|2023-03-15|9999-12-31|2957004|1e+300");
    book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" s=\"2\"><v>45000.5</v></c>"
                                             "<c r=\"B1\" s=\"2\"><v>45000</v></c>"
                                             "<c r=\"C1\" s=\"3\"><v>45000</v></c>"
                                             "<c r=\"D1\" s=\"4\"><v>0.75</v></c>"
                                             "<c r=\"E1\" s=\"5\"><v>1.125</v></c>"
                                             "<c r=\"F1\" s=\"77\"><v>45000</v></c></row>"),
                               .styles = XFS},
            "1:2023-03-15 12:00|2023-03-15|2023-03-15|18:00|1.1250|45000");
}

/* --- many --------------------------------------------------------------------------------------
 */

static char *repeat(const char *before, const char *unit, size_t times, const char *after)
{
    const size_t size = strlen(unit), start = strlen(before);
    char *text = malloc(start + size * times + strlen(after) + 1);

    assert_non_null(text);
    memcpy(text, before, start);
    for (size_t i = 0; i < times; i++)
        memcpy(text + start + i * size, unit, size);
    memcpy(text + start + size * times, after, strlen(after) + 1);
    return text;
}

#define ONE DATA("<row r=\"1\"><c r=\"A1\" s=\"60000\"><v>45000</v></c></row>")

static void test_many_styles(void **state)
{
    char *legal = repeat("<cellXfs>", "<xf numFmtId=\"14\"/>", 65490, "</cellXfs>");
    char *many = repeat("<cellXfs>", "<xf numFmtId=\"14\"/>", 1000000, "</cellXfs>");
    char *formats = repeat("<numFmts>", "<numFmt numFmtId=\"200\" formatCode=\"0\"/>", 200,
                           "</numFmts><cellXfs><xf numFmtId=\"200\"/></cellXfs>");
    struct buffer numbered;
    (void)state;

    book_is(&(struct zip_book){.sheet = ONE, .styles = legal}, "1:2023-03-15");
    book_is(&(struct zip_book){.sheet = ONE, .styles = many},
            "=Regnearket har for mange celleformater; gem det som CSV.");
    book_is(&(struct zip_book){.sheet = ONE, .styles = formats}, "1:45000");
    buffer_init(&numbered, CAP);
    buffer_text(&numbered, "<numFmts>");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&numbered, "<numFmt numFmtId=\"%d\" formatCode=\"yyyy\"/>", 200 + i);
    buffer_text(&numbered, "</numFmts>");
    book_is(&(struct zip_book){.sheet = ONE, .styles = numbered.data},
            "=Regnearket har for mange celleformater; gem det som CSV.");
    buffer_deinit(&numbered);
    free(legal);
    free(many);
    free(formats);
}

static void test_many_strings(void **state)
{
    char *strings = repeat("", "<si><t>Byggeri</t></si>", 1000000, "<si><t>sidst</t></si>");
    (void)state;

    book_is(&(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>999999</v></c>"
                                             "<c r=\"B1\" t=\"s\"><v>1000000</v></c></row>"),
                               .strings = strings},
            "1:Byggeri|sidst");
    free(strings);
}

/* One text of 30 KB in every row: little in the file, six gigabytes of rows. */
static void test_a_text_that_is_said_often(void **state)
{
    char *strings = repeat("<si><t>", "0123456789", 3000, "</t></si>");
    struct buffer sheet;
    (void)state;

    buffer_init(&sheet, CAP);
    buffer_text(&sheet, "<sheetData><row r=\"1\">");
    for (int i = 0; i < 3; i++)
        buffer_printf(&sheet, "<c r=\"%c1\" t=\"s\"><v>0</v></c>", 'A' + i);
    buffer_text(&sheet, "</row></sheetData>");
    book_is(&(struct zip_book){.sheet = sheet.data, .strings = strings}, "1!LENGTH");
    buffer_clear(&sheet);
    buffer_text(&sheet, "<sheetData>");
    for (int i = 1; i <= 20000; i++)
        buffer_printf(&sheet, "<row r=\"%d\"><c r=\"A%d\" t=\"s\"><v>0</v></c></row>", i, i);
    buffer_text(&sheet, "</sheetData>");
    book_is(&(struct zip_book){.sheet = sheet.data, .strings = strings},
            "=Regnearkets celler fylder mere end 256 MiB; del det.");
    buffer_deinit(&sheet);
    free(strings);
}

static void test_xml_that_grows(void **state)
{
    struct zip zip;
    char *deep = repeat("<sheetData>", "<row>", 400000, "</sheetData>");
    (void)state;

    zip_init(&zip);
    zip_add_book(&zip, &(struct zip_book){0});
    zip_text(
        &zip, "xl/worksheets/sheet1.xml",
        "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY x SYSTEM "
        "\"file:///etc/passwd\">]><worksheet xmlns=\"http://schemas.openxmlformats.org/"
        "spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>"
        "&c;&x;</t></is></c></row></sheetData></worksheet>");
    zip_finish(&zip);
    const char *rows = rows_of(zip.bytes.data, zip.bytes.length);
    assert_null(strstr(rows, "aaaaaaaaaa"));
    assert_null(strstr(rows, "root"));
    zip_deinit(&zip);
    sheet_is(deep, "=" UNREADABLE);
    free(deep);
}

/* --- zips --------------------------------------------------------------------------------------
 */

static void more_is(const char *name, const char *part, unsigned flags, const char *rows)
{
    struct zip zip;

    zip_init(&zip);
    zip_add_book(&zip,
                 &(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>")});
    zip.flags = flags;
    zip_text(&zip, name, part);
    zip_finish(&zip);
    assert_string_equal(rows_of(zip.bytes.data, zip.bytes.length), rows);
    zip_deinit(&zip);
}

static void test_names(void **state)
{
    static const char twice[] =
        "=Regnearkets fil har to dele med samme navn; gem den igen fra Excel.";
    (void)state;

    more_is("docProps/app.xml", "<a/>", 0, "1:1");
    more_is("xl/printerSettings/p.bin", "<f>", 0, "1:1");
    more_is("xl/worksheets/sheet1.xml", "<worksheet/>", 0, twice);
    more_is("xl/Worksheets/SHEET1.xml", "<worksheet/>", 0, twice);
    more_is("docProps/app.xml", "<a/>", 1,
            "=Regnearket er beskyttet med en adgangskode; gem det uden.");
    more_is("xl/workbook.bin", "", 0,
            "=Filen er et binært Excel-regneark (.xlsb); gem det som XLSX.");
    more_is("META-INF/manifest.xml", "", 0,
            "=Filen er et OpenDocument-regneark (.ods); gem det som XLSX.");
}

static void test_other_kinds(void **state)
{
    static const char old[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 W\0o\0r\0k\0b\0o\0o\0k\0";
    static const char sealed[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
                                 "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
    static const char *const others[] = {
        "", "PK", "a;b\n1;2\n", "<html><table>", "PK\3\4", "\x1F\x8B\x08 packed", "%PDF-1.7"};
    struct zip zip;
    (void)state;

    assert_string_equal(rows_of(old, sizeof old - 1),
                        "=Filen er et gammelt Excel-regneark (.xls); gem det som XLSX.");
    assert_string_equal(rows_of(sealed, sizeof sealed - 1),
                        "=Regnearket er beskyttet med en adgangskode; gem det uden.");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_string_equal(rows_of(others[i], strlen(others[i])),
                            "=Filen er ikke et XLSX-regneark.");
    zip_init(&zip);
    zip_text(&zip, "[Content_Types].xml", "<Types/>");
    zip_text(&zip, "word/document.xml", "<document/>");
    zip_finish(&zip);
    assert_string_equal(rows_of(zip.bytes.data, zip.bytes.length),
                        "=Filen er ikke et XLSX-regneark.");
    zip_deinit(&zip);
}

/* Nothing, packed a thousand times: more than may be, said as it is; and said to be ten bytes. */
static void test_bombs(void **state)
{
    const size_t sizes[] = {SHEET_READER_UNPACKED_CAP + 1, (size_t)16 << 20};
    char *nothing = mem_zalloc(sizes[0]);
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct zip zip;
        zip_init(&zip);
        zip_add_book(&zip, &(struct zip_book){0});
        zip.claims = i == 0 ? 0 : 10;
        zip_add(&zip, "xl/worksheets/sheet1.xml", nothing, sizes[i]);
        zip_finish(&zip);
        assert_true(zip.bytes.length < (size_t)4 << 20);
        assert_string_equal(rows_of(zip.bytes.data, zip.bytes.length),
                            i == 0
                                ? "=Regnearket fylder mere end 256 MiB udpakket; gem det som CSV."
                                : "=" UNREADABLE);
        zip_deinit(&zip);
    }
    mem_free(nothing);
}

/* A part of two gigabytes, packed, in a file of two thousand bytes. */
static void test_a_part_beyond_the_file(void **state)
{
    struct zip zip;
    (void)state;

    zip_init(&zip);
    zip_add_book(&zip, &(struct zip_book){.sheet = DATA("")});
    memcpy(zip.list.data + 20, "\xFF\xFF\xFF\x7F", 4);
    zip_finish(&zip);
    assert_string_equal(rows_of(zip.bytes.data, zip.bytes.length), "=" UNREADABLE);
    zip_deinit(&zip);
}

/* A bit of the texts turned: it may unpack, to other texts. */
static void test_a_damaged_part(void **state)
{
    static const char name[] = "xl/sharedStrings.xml";
    struct buffer sheet, strings;
    struct zip zip;
    char whole[4096];
    (void)state;

    buffer_init(&sheet, CAP);
    buffer_init(&strings, CAP);
    buffer_text(&sheet, "<sheetData><row>");
    for (int i = 0; i < 200; i++) {
        buffer_printf(&sheet, "<c t=\"s\"><v>%d</v></c>", i);
        buffer_printf(&strings, "<si><t>Hal %d</t></si>", i * 7919);
    }
    buffer_text(&sheet, "</row></sheetData>");
    zip_init(&zip);
    zip_add_book(&zip, &(struct zip_book){.sheet = sheet.data, .strings = strings.data});
    zip_finish(&zip);
    snprintf(whole, sizeof whole, "%s", rows_of(zip.bytes.data, zip.bytes.length));
    assert_non_null(strstr(whole, "|Hal 1575881"));
    char *part = memmem(zip.bytes.data, zip.bytes.length, name, strlen(name));
    assert_non_null(part);
    for (size_t i = 100; i < 700; i += 20) {
        part[i] ^= 1;
        const char *rows = rows_of(zip.bytes.data, zip.bytes.length);
        if (strcmp(rows, whole) != 0)
            assert_string_equal(rows, "=" UNREADABLE);
        part[i] ^= 1;
    }
    zip_deinit(&zip);
    buffer_deinit(&strings);
    buffer_deinit(&sheet);
}

static void test_a_file_beyond_the_cap(void **state)
{
    const size_t size = SHEET_READER_FILE_CAP + 1;
    char *file = mem_zalloc(size);
    (void)state;

    assert_string_equal(rows_of(file, size), "=Regnearket er større end 64 MiB; gem det som CSV.");
    mem_free(file);
}

/* --- limits of the helper ----------------------------------------------------------------------
 */

#define LARGE 25000

/* Rows of four texts, each its own. */
static void large(struct zip *zip)
{
    struct buffer sheet;

    buffer_init(&sheet, CAP);
    buffer_text(&sheet, "<sheetData>");
    for (int i = 1; i <= LARGE; i++) {
        buffer_printf(&sheet, "<row r=\"%d\">", i);
        for (int j = 0; j < 4; j++)
            buffer_printf(&sheet, "<c r=\"%c%d\" t=\"inlineStr\"><is><t>Byggeri %d.%d</t></is></c>",
                          'A' + j, i, i, j);
        buffer_text(&sheet, "</row>");
    }
    buffer_text(&sheet, "</sheetData>");
    zip_init(zip);
    zip_add_book(zip, &(struct zip_book){.sheet = sheet.data});
    zip_finish(zip);
    buffer_deinit(&sheet);
}

static int read_within(const struct zip *zip, const struct workbook_limits *limits,
                       struct error_detail *detail)
{
    struct feed feed = {zip->bytes.data, zip->bytes.length};
    struct workbook *workbook = NULL;
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    int rows = 0, found = workbook_read(feed_read, &feed, limits, &workbook, detail);

    while (found >= 0 && (found = workbook_next(workbook, arena, &row, detail)) == 1) {
        rows++;
        arena_reset(arena);
    }
    workbook_destroy(&workbook);
    arena_destroy(&arena);
    return found == 0 ? rows : found;
}

/* All rows or one clear text: never some of them. */
static void test_limits(void **state)
{
    struct workbook_limits limits = workbook_limits;
    struct error_detail detail;
    struct zip zip;
    int refused = 0;
    (void)state;

    large(&zip);
    assert_int_equal(read_within(&zip, &limits, &detail), LARGE);
    limits.wall_ms = 1;
    assert_int_equal(read_within(&zip, &limits, &detail), ERROR_UNAVAILABLE);
    limits = workbook_limits;
    limits.helper.output = 1 << 20;
    assert_int_equal(read_within(&zip, &limits, &detail), ERROR_LIMIT);
    assert_non_null(strstr(detail.public_text, "256 MiB"));
    limits = workbook_limits;
    for (size_t memory = (size_t)1 << 21; memory < (size_t)1 << 28 && !CONFINE_LIMITS_ONLY;
         memory *= 2) {
        limits.helper.memory = memory;
        const int rows = read_within(&zip, &limits, &detail);
        refused += rows == ERROR_LIMIT && strstr(detail.public_text, "hukommelse") != NULL;
        if (rows != LARGE && rows != ERROR_LIMIT)
            fail_msg("%zu bytes: %d, %s", memory, rows, detail.public_text);
    }
    assert_true(refused > 1 || CONFINE_LIMITS_ONLY);
    zip_deinit(&zip);
}

/* --- places ------------------------------------------------------------------------------------
 */

static void test_held(void **state)
{
    struct workbook *books[WORKBOOK_HELD + 1] = {NULL};
    struct error_detail detail = {0};
    struct zip zip;
    (void)state;

    zip_init(&zip);
    zip_add_book(&zip,
                 &(struct zip_book){.sheet = DATA("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>")});
    zip_finish(&zip);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i <= WORKBOOK_HELD; i++) {
            struct feed feed = {zip.bytes.data, zip.bytes.length};
            assert_int_equal(workbook_read(feed_read, &feed, &workbook_limits, &books[i], &detail),
                             i < WORKBOOK_HELD ? 0 : ERROR_UNAVAILABLE);
        }
        assert_string_equal(detail.public_text, "Mange regneark læses lige nu; prøv igen.");
        for (size_t i = 0; i <= WORKBOOK_HELD; i++)
            workbook_destroy(&books[i]);
    }
    zip_deinit(&zip);
}

struct reading {
    const struct zip *zip;
    int patience_ms;
    int result;
};

static void *read_beside(void *argument)
{
    struct reading *reading = argument;
    struct workbook_limits limits = workbook_limits;
    struct error_detail detail;

    limits.patience_ms = reading->patience_ms;
    reading->result = read_within(reading->zip, &limits, &detail);
    return NULL;
}

/* Children of this process that run emnebank-sheet. */
static size_t helpers(void)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(folder)) != NULL) {
        char path[300], name[32] = "";
        long parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        count += fscanf(file, "%*d %31s %*c %ld", name, &parent) == 2 && parent == getpid() &&
                 strcmp(name, "(emnebank-sheet)") == 0;
        fclose(file);
    }
    closedir(folder);
    return count;
}

/* Two at once; who has patience waits, who has none is told. */
static void test_living(void **state)
{
    struct zip zip;
    struct reading readings[5];
    pthread_t threads[5];
    const time_t deadline = time(NULL) + 60;
    size_t most = 0;
    (void)state;

    large(&zip);
    for (size_t i = 0; i < 4; i++) {
        readings[i] = (struct reading){&zip, 120000, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, read_beside, &readings[i]), 0);
    }
    while (most < WORKBOOK_LIVING && time(NULL) < deadline)
        most = helpers();
    readings[4] = (struct reading){&zip, 0, 0};
    read_beside(&readings[4]);
    for (size_t seen = 2; seen > 0; most = seen > most ? seen : most)
        seen = helpers();
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(readings[i].result, LARGE);
    }
    assert_int_equal(most, WORKBOOK_LIVING);
    assert_int_equal(readings[4].result, ERROR_UNAVAILABLE);
    assert_int_equal(helpers(), 0);
    zip_deinit(&zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_texts_in_cells),
        cmocka_unit_test(test_written_signs),
        cmocka_unit_test(test_parts_named_from_the_root),
        cmocka_unit_test(test_hidden_sheets),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_many_styles),
        cmocka_unit_test(test_many_strings),
        cmocka_unit_test(test_a_text_that_is_said_often),
        cmocka_unit_test(test_xml_that_grows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_a_part_beyond_the_file),
        cmocka_unit_test(test_a_damaged_part),
        cmocka_unit_test(test_a_file_beyond_the_cap),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_living),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
