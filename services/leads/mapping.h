/*
 * A mapping (kolonneplan): which column of an export becomes which member of a lead, and how its
 * amounts and days are written. It is data, {"columns": [{"column", "field", "unit"?, "decimal"?,
 * "currency"?, "order"?}], "stage"?, "stages"?}, made by a person or guessed from the file
 * (mapping_guess). Pure.
 *
 * Columns that no field is given to are not read: exports have names and telephone numbers of
 * people, which are not ours.
 */
#pragma once

#include "common/json/json.h"
#include "common/sheet/sheet_reader.h"

#define MAPPING_COLUMNS_CAP 40
#define MAPPING_KEY_SIZE 37
#define MAPPING_FAULTS_CAP 40

struct mapping;

/* Reads the mapping at `base` of a body; NULL with faults in `check`. It lives as long as the
 * check's arena and `object`. */
const struct mapping *mapping_read(struct json_check *check, const json_t *object,
                                   const char *base);

/* Where the mapping's columns stand in this file, by its first row; names are compared without
 * regard to case, marks and signs. False with faults when one is not there, or two are. */
struct mapping_places {
    size_t of[MAPPING_COLUMNS_CAP]; /* in a row; SIZE_MAX: the file has it not, and may */
};
bool mapping_bind(const struct mapping *mapping, const struct sheet_reader_row *heading,
                  struct json_check *check, struct mapping_places *places);

struct mapping_fault {
    const char *column; /* "" for the whole row */
    const char *code;
    const char *detail; /* Danish */
};

struct mapping_row {
    /* The row in its source: its own reference, or a digest of company and project, so that the
     * same row with another stage or amount is the same. "" when neither can be read. */
    char key[MAPPING_KEY_SIZE];
    json_t *item;    /* for lead_receive_rows; NULL: the row becomes no lead */
    json_t *project; /* {"name", "reference"}, either may be left out; NULL: the row has none */
    json_t *raw;     /* {"column": text} of the mapped columns as they stand */
    struct mapping_fault faults[MAPPING_FAULTS_CAP];
    size_t fault_count;
};

/* A cell that cannot be read is a fault, and the lead comes without it. `today` is "2026-11-22".
 * Texts in the arena; the JSON is the caller's to release. */
void mapping_row_read(const struct mapping *mapping, const struct mapping_places *places,
                      const struct sheet_reader_row *row, const char *today, struct arena *arena,
                      struct mapping_row *result);
void mapping_row_release(struct mapping_row *row);

/* What the columns are likely to be: {"columns": [{"column", "field" or null, "confidence" (0-100),
 * "unit"?, "decimal"?, "order"?, "reason"}]}, from their names and some rows. No field is given
 * twice. A new reference. */
json_t *mapping_guess(const struct sheet_reader_row *heading, const struct sheet_reader_row *rows,
                      size_t count);

/* The fields' words, NULL-terminated: "company_name", "project_name" … */
extern const char *const mapping_fields[];
