/* What the tests of the notice readers share. */
#pragma once

#include "common/base/arena.h"
#include "services/leads/notice.h"

#include <stdio.h>
#include <string.h>

static inline ssize_t file_read(void *source, void *bytes, size_t size)
{
    return (ssize_t)fread(bytes, 1, size, source);
}

/* How many lines have this code, and this lot unless NULL. */
static inline size_t lines_of(const struct notice *notice, const char *code, const char *lot)
{
    size_t count = 0;
    for (size_t i = 0; i < notice->lines_count; i++) {
        const struct notice_line *line = &notice->lines[i];
        bool of_lot = !lot || (line->lot && strcmp(line->lot, lot) == 0);
        count += strcmp(line->code, code) == 0 && of_lot;
    }
    return count;
}
