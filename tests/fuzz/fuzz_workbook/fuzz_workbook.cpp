/* Our own parts around liborcus. The first byte says as what the rest is taken: 'm' what the helper
 * has said, 'r' relationships, 's' a sheet's XML, 'z' the same in a file with one byte turned (its
 * place in two bytes, how in a third, '0' for not), 'f' a number's format, anything else a whole
 * file. What liborcus does to a broken file is not here: it ends in a program of its own
 * (common/sheet/workbook.h). */
extern "C" {
#include "common/base/str.h"
#include "common/sheet/messages.h"
#include "tests/common/sheet/zip.h"
}
#include "common/sheet/cell_text.hpp"
#include "common/sheet/package.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sys/mman.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

namespace
{

void require(bool holds)
{
    if (!holds)
        abort();
}

void take_messages(std::string_view said)
{
    int file = memfd_create("said", MFD_CLOEXEC);
    struct messages *messages = nullptr;
    struct sheet_reader_row row;
    struct error_detail detail;
    struct arena *arena = arena_create(0);
    size_t line = 0;
    int found;

    require(write(file, said.data(), said.size()) == ssize_t(said.size()));
    require(lseek(file, 0, SEEK_SET) == 0 && messages_create(file, &messages) == 0);
    while ((found = messages_next(messages, arena, &row, &detail)) == 1) {
        require(row.line > line && row.line <= SHEET_READER_ROWS_CAP);
        require((row.fault == SHEET_READER_GOOD) == (row.count > 0));
        line = row.line;
        for (size_t i = 0; i < row.count; i++)
            require(str_utf8_valid(row.texts[i], strlen(row.texts[i])));
        arena_reset(arena);
    }
    require(found == 0 || detail.public_text[0] != '\0');
    require(messages_next(messages, arena, &row, &detail) == 0);
    messages_destroy(&messages);
    arena_destroy(&arena);
}

void take_sheet(std::string_view xml)
{
    std::string out("before");

    try {
        package_plain_sheet(xml, out);
    } catch (const package_refused &) { /* a formula or a text that never ends */
    }
    require(out.compare(0, 6, "before") == 0 && out.size() <= 4 * xml.size() + 6);
}

/* Targets grow shorter alone. */
void take_rels(std::string_view xml)
{
    std::string out("before");

    package_plain_rels("xl/_rels/workbook.xml.rels", xml, out);
    require(out.compare(0, 6, "before") == 0 && out.size() <= xml.size() + 6);
    require(str_utf8_valid(xml.data(), xml.size()) <= str_utf8_valid(out.data(), out.size()));
}

void take_format(std::string_view code)
{
    double serial = 0;

    if (code.size() >= sizeof serial)
        memcpy(&serial, code.data(), sizeof serial);
    require(plain_text(code).size() <= code.size());
    const std::string text = moment_text(serial, moment_of_code(code), (code.size() & 1) != 0);
    require(text.size() < 64 && str_utf8_valid(text.data(), text.size()));
}

/* What is made anew is as good a file, and has nothing left to be made anew. */
void take_file(std::string_view file)
{
    try {
        const size_t unpacked = package_unpacked(file);
        const std::string plain = package_plain(file);
        (void)package_read_book(file);
        if (!plain.empty())
            require(package_unpacked(plain) <= 4 * unpacked + 64);
    } catch (const package_refused &) {
    } catch (const std::exception &) { /* liborcus's reader of zips */
    }
}

void take_turned(std::string_view bytes)
{
    struct zip zip;

    if (bytes.size() < 3)
        return;
    const size_t place = size_t(uint8_t(bytes[0])) << 8 | uint8_t(bytes[1]);
    const std::string sheet(bytes.substr(3));
    struct zip_book book = {};
    book.sheet = sheet.c_str();
    book.strings = "<si><t>a</t></si>";
    book.root = "/";
    book.from_1904 = "1";
    zip_init(&zip);
    zip_add_book(&zip, &book);
    zip_finish(&zip);
    zip.bytes.data[place % zip.bytes.length] ^= char(bytes[2] - '0');
    take_file(std::string_view(zip.bytes.data, zip.bytes.length));
    zip_deinit(&zip);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const std::string_view all(reinterpret_cast<const char *>(bytes), length);
    const char kind = length > 0 ? all[0] : '\0';

    if (kind == 'm')
        take_messages(all.substr(1));
    else if (kind == 's')
        take_sheet(all.substr(1));
    else if (kind == 'r')
        take_rels(all.substr(1));
    else if (kind == 'z')
        take_turned(all.substr(1));
    else if (kind == 'f')
        take_format(all.substr(1));
    else
        take_file(all);
    return 0;
}
