/*
 * The columns of a sheet (CSV or XLSX) of candidates (FILES.md), and a record's cells as the JSON
 * body that PUT takes, so that both ways in are checked by the same rules. Pure.
 */
#pragma once

#include "common/json/json.h"
#include "common/sheet/sheet_reader.h"
#include "services/pool/body.h"

struct columns; /* which column stands where; in an arena */

/* Reads the heading. Every fault (unknown, twice, missing) is recorded with "/" and the column's
 * name or place as its pointer; NULL then. */
const struct columns *columns_read(struct arena *arena, const struct sheet_reader_row *heading,
                                   struct json_check *check);

/* A new object from a record, good as far as the cells could be read; cells that could not are
 * recorded with the column's name as pointer, in `check`. */
json_t *columns_body(const struct columns *columns, const struct sheet_reader_row *record,
                     struct json_check *check);

/* The column that a pointer into the body of the latest columns_body came from: "/postcode" is
 * "postnummer", "/facts/3/code" the list that the fact stood in. */
const char *columns_name(const struct columns *columns, const json_t *body, const char *pointer);
