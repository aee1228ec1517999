#include "tests/common/sheet/zip.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define CAP ((size_t)1 << 29)
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define TYPES "application/vnd.openxmlformats-officedocument.spreadsheetml."

void zip_init(struct zip *zip)
{
    *zip = (struct zip){0};
    buffer_init(&zip->bytes, CAP);
    buffer_init(&zip->list, CAP);
}

void zip_deinit(struct zip *zip)
{
    buffer_deinit(&zip->bytes);
    buffer_deinit(&zip->list);
}

static void put(struct buffer *out, uint64_t value, size_t bytes)
{
    for (; bytes-- > 0; value >>= 8)
        buffer_char(out, (char)(value & 0xFF));
}

static void describe(const struct zip *zip, struct buffer *out, const char *name, uint32_t sum,
                     size_t packed, size_t unpacked)
{
    put(out, zip->flags, 2);
    put(out, 8, 2); /* deflated */
    put(out, 0, 4); /* time, date */
    put(out, sum, 4);
    put(out, packed, 4);
    put(out, unpacked, 4);
    put(out, strlen(name), 2);
    put(out, 0, 2);
}

void zip_add(struct zip *zip, const char *name, const void *part, size_t length)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)part, .avail_in = (uInt)length};
    const size_t at = zip->bytes.length;

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    const size_t bound = deflateBound(&stream, length);
    Bytef *packed = malloc(bound);
    stream.next_out = packed;
    stream.avail_out = (uInt)bound;
    if (packed == NULL || deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    const uint32_t sum = (uint32_t)crc32(0, part, (uInt)length);
    const size_t said = zip->claims > 0 ? zip->claims : length;

    buffer_append(&zip->bytes, "PK\3\4", 4);
    put(&zip->bytes, 20, 2);
    describe(zip, &zip->bytes, name, sum, stream.total_out, length);
    buffer_text(&zip->bytes, name);
    buffer_append(&zip->bytes, packed, stream.total_out);
    buffer_append(&zip->list, "PK\1\2", 4);
    put(&zip->list, 20, 2);
    put(&zip->list, 20, 2);
    describe(zip, &zip->list, name, sum, stream.total_out, said);
    put(&zip->list, 0, 10);
    put(&zip->list, at, 4);
    buffer_text(&zip->list, name);
    zip->count++;
    deflateEnd(&stream);
    free(packed);
}

void zip_text(struct zip *zip, const char *name, const char *text)
{
    zip_add(zip, name, text, strlen(text));
}

void zip_finish(struct zip *zip)
{
    const size_t begin = zip->bytes.length;

    buffer_append(&zip->bytes, zip->list.data, zip->list.length);
    buffer_append(&zip->bytes, "PK\5\6", 4);
    put(&zip->bytes, 0, 4);
    put(&zip->bytes, zip->count, 2);
    put(&zip->bytes, zip->count, 2);
    put(&zip->bytes, zip->list.length, 4);
    put(&zip->bytes, begin, 4);
    put(&zip->bytes, 0, 2);
}

static void add_around(struct zip *zip, const char *name, const char *element, const char *inner)
{
    struct buffer xml;

    if (inner == NULL)
        return;
    buffer_init(&xml, CAP);
    buffer_printf(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><%s xmlns=\"" MAIN "\">",
                  element);
    buffer_text(&xml, inner);
    buffer_printf(&xml, "</%s>", element);
    zip_add(zip, name, xml.data, xml.length);
    buffer_deinit(&xml);
}

static void add_relationships(struct zip *zip, const struct zip_book *book)
{
    const char *root = book->root != NULL ? book->root : "";
    const char *folder = root[0] == '/' ? "/xl/" : root;
    struct buffer xml;

    buffer_init(&xml, CAP);
    buffer_printf(&xml,
                  "<?xml version=\"1.0\"?><Relationships xmlns=\"" PACKAGE "relationships\">"
                  "<Relationship Id=\"rId1\" Type=\"" OFFICE "/officeDocument\" "
                  "Target=\"%sxl/workbook.xml\"/></Relationships>",
                  root);
    zip_add(zip, "_rels/.rels", xml.data, xml.length);
    buffer_clear(&xml);
    buffer_text(&xml, "<?xml version=\"1.0\"?><Relationships xmlns=\"" PACKAGE "relationships\">");
    buffer_printf(&xml,
                  "<Relationship Id=\"rId1\" Type=\"" OFFICE
                  "/worksheet\" Target=\"%sworksheets/sheet1.xml\"/>"
                  "<Relationship Id=\"rId2\" Type=\"" OFFICE "/styles\" Target=\"%sstyles.xml\"/>",
                  folder, folder);
    buffer_printf(&xml,
                  "<Relationship Id=\"rId3\" Type=\"" OFFICE
                  "/sharedStrings\" Target=\"%ssharedStrings.xml\"/>"
                  "<Relationship Id=\"rId4\" Type=\"" OFFICE
                  "/worksheet\" Target=\"%sworksheets/before.xml\"/></Relationships>",
                  folder, folder);
    zip_add(zip, "xl/_rels/workbook.xml.rels", xml.data, xml.length);
    buffer_deinit(&xml);
}

static void add_workbook(struct zip *zip, const struct zip_book *book)
{
    struct buffer xml;

    buffer_init(&xml, CAP);
    buffer_printf(&xml,
                  "<?xml version=\"1.0\"?><workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE
                  "\"><workbookPr date1904=\"%s\"/><sheets>",
                  book->from_1904 != NULL ? book->from_1904 : "false");
    if (book->before != NULL)
        buffer_printf(&xml, "<sheet name=\"Lister\" sheetId=\"2\" state=\"%s\" r:id=\"rId4\"/>",
                      book->state);
    buffer_text(&xml, "<sheet name=\"Ark1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
    zip_add(zip, "xl/workbook.xml", xml.data, xml.length);
    buffer_deinit(&xml);
}

void zip_add_book(struct zip *zip, const struct zip_book *book)
{
    zip_text(
        zip, "[Content_Types].xml",
        "<?xml version=\"1.0\"?><Types xmlns=\"" PACKAGE "content-types\">"
        "<Default Extension=\"rels\" "
        "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
        "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TYPES "sheet.main+xml\"/>"
        "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" TYPES "worksheet+xml\"/>"
        "<Override PartName=\"/xl/worksheets/before.xml\" ContentType=\"" TYPES "worksheet+xml\"/>"
        "<Override PartName=\"/xl/styles.xml\" ContentType=\"" TYPES "styles+xml\"/>"
        "<Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"" TYPES
        "sharedStrings+xml\"/></Types>");
    add_relationships(zip, book);
    add_workbook(zip, book);
    add_around(zip, "xl/sharedStrings.xml", "sst", book->strings);
    add_around(zip, "xl/styles.xml", "styleSheet", book->styles);
    add_around(zip, "xl/worksheets/before.xml", "worksheet", book->before);
    add_around(zip, "xl/worksheets/sheet1.xml", "worksheet", book->sheet);
}
