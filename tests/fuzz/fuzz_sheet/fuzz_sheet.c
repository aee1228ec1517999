/* Any bytes as a CSV file of either charset: each row is read or has a fault, lines only go up,
 * texts are UTF-8, and the file ends. XLSX is not here: what liborcus does to a broken file ends in
 * a process of its own (common/sheet/workbook.h). */
#include "common/base/str.h"
#include "common/sheet/sheet_reader.h"
#include "tests/fuzz/feed.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_all(enum sheet_reader_charset charset, const uint8_t *bytes, size_t length)
{
    const struct sheet_reader_options options = {.charset = charset};
    struct feed feed = {bytes, length};
    struct sheet_reader *reader = sheet_reader_create(&options, feed_read, &feed);
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    size_t line = 0;
    int found;

    while ((found = sheet_reader_next(reader, arena, &row, NULL)) == 1) {
        require(row.line > line && row.bytes > 0);
        require((row.fault == SHEET_READER_GOOD) == (row.count > 0));
        line = row.line;
        for (size_t i = 0; i < row.count; i++)
            require(str_utf8_valid(row.texts[i], strlen(row.texts[i])));
        arena_reset(arena);
    }
    require(found == 0);
    sheet_reader_destroy(&reader);
    arena_destroy(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    read_all(SHEET_READER_UTF8, bytes, length);
    read_all(SHEET_READER_WINDOWS_1252, bytes, length);
    return 0;
}
