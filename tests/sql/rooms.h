/* The statements of all rooms; made by the build from the folders of sql/statements. */
#pragma once

#include "common/pg/statement.h"

#include <stddef.h>

struct sql_room {
    const char *name;
    const struct sql_statement *const *statements;
    const unsigned *count;
};

extern const struct sql_room sql_rooms[];
extern const size_t sql_rooms_count;
