/*
 * emnebank-sheet SECONDS MEMORY OUTPUT: reads an XLSX file from standard input and writes its rows
 * to standard output as orcus_rows.h has them. It shuts itself in before it reads the first byte.
 * Begun by process.c, and of use to nobody else.
 */
#include "common/base/str.h"
#include "common/sheet/confine.h"
#include "common/sheet/orcus_rows.h"
#include "common/sheet/process.h"
#include "common/sheet/sheet_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static bool read_limits(int count, char **texts, struct confine_limits *limits)
{
    int64_t seconds, memory, output;

    if (count != 4 || str_int64(texts[1], 1, 3600, &seconds) != 0 ||
        str_int64(texts[2], 1, INT64_C(1) << 40, &memory) != 0 ||
        str_int64(texts[3], 1, INT64_C(1) << 40, &output) != 0)
        return false;
    *limits = (struct confine_limits){(unsigned)seconds, (size_t)memory, (size_t)output};
    return true;
}

/* All of standard input, in memory of this process's own; `length` says how much. NULL: there is
 * no memory, or it cannot be read. */
static char *read_file(size_t *length)
{
    size_t allocated = SHEET_READER_WINDOW;
    char *bytes = malloc(allocated);

    *length = 0;
    while (bytes != NULL) {
        ssize_t got = read(STDIN_FILENO, bytes + *length, allocated - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? bytes : NULL;
        *length += (size_t)got;
        if (*length == allocated)
            bytes = allocated > SHEET_READER_FILE_CAP ? NULL : realloc(bytes, allocated *= 2);
    }
    return NULL;
}

int main(int count, char **texts)
{
    struct confine_limits limits;
    size_t length;

    if (!read_limits(count, texts, &limits) || confine(&limits) != 0)
        _exit(PROCESS_EXIT_AWAY);
    char *bytes = read_file(&length);
    if (bytes == NULL)
        _exit(PROCESS_EXIT_MEMORY);
    _exit(orcus_rows_write(bytes, length, STDOUT_FILENO, limits.output));
}
