#include "common/pg/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct pg_result *pg_outcome_result(const struct pg_outcome *outcome, size_t step)
{
    assert(step < outcome->count);
    return &outcome->results[step];
}

size_t pg_rows(const struct pg_result *result)
{
    return (size_t)PQntuples(result->handle);
}

/* Out of range is a fault of the caller, and libpq would only print a notice. */
static void check_place(const struct pg_result *result, size_t row, size_t column)
{
    assert(row < (size_t)PQntuples(result->handle));
    assert(column < (size_t)PQnfields(result->handle));
    (void)result;
    (void)row;
    (void)column;
}

bool pg_is_null(const struct pg_result *result, size_t row, size_t column)
{
    check_place(result, row, column);
    return PQgetisnull(result->handle, (int)row, (int)column) != 0;
}

const char *pg_text(const struct pg_result *result, size_t row, size_t column)
{
    if (pg_is_null(result, row, column)) {
        return "";
    }
    return PQgetvalue(result->handle, (int)row, (int)column);
}

int64_t pg_int64(const struct pg_result *result, size_t row, size_t column)
{
    return strtoll(pg_text(result, row, column), NULL, 10);
}

bool pg_bool(const struct pg_result *result, size_t row, size_t column)
{
    return pg_text(result, row, column)[0] == 't';
}

uint8_t *pg_bytes(struct arena *arena, const struct pg_result *result, size_t row, size_t column,
                  size_t *length)
{
    uint8_t *bytes = NULL;

    *length = 0;
    if (pg_is_null(result, row, column)) {
        return NULL;
    }
    const char *text = pg_text(result, row, column);
    unsigned char *decoded = PQunescapeBytea((const unsigned char *)text, length);
    if (decoded == NULL) {
        return NULL;
    }
    bytes = arena_alloc(arena, *length + 1);
    memcpy(bytes, decoded, *length);
    PQfreemem(decoded);
    return bytes;
}
