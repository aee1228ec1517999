/* Any bytes as a file of candidates: each row is read or has a fault, lines only go up, and the
 * file ends. */
#include "services/pool/body.h"
#include "services/pool/rows.h"
#include "tests/fuzz/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_all(enum rows_form form, const uint8_t *bytes, size_t length)
{
    struct feed feed = {bytes, length};
    struct arena *arena = arena_create(0);
    struct rows *rows = rows_create(&(struct rows_type){.form = form}, feed_read, &feed);
    struct json_check check;
    struct pool_body good;
    struct row row;
    size_t line = 0;

    json_check_init(&check, arena);
    while (rows_next(rows, &check, &row) == 1) {
        require(row.cut ? row.line >= line : row.line > line && row.bytes > 0);
        require(row.body != NULL || check.count > 0);
        line = row.line;
        if (row.body != NULL)
            pool_body_check(&check, row.body, true, &good);
        for (size_t i = 0; i < check.count; i++)
            require(rows_column(rows, arena, row.body, check.errors[i].pointer) != NULL);
        json_decref(row.body);
        arena_reset(arena);
        json_check_init(&check, arena);
    }
    rows_destroy(&rows);
    arena_destroy(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    read_all(ROWS_SHEET, bytes, length);
    read_all(ROWS_NDJSON, bytes, length);
    return 0;
}
