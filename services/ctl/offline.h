/*
 * Files in place of the database, for `emnebank rank`: a pool and job orders as NDJSON, words and
 * places as tab-separated text (services/ctl/README.md says which members and columns). Every fault
 * of a file is named with its line and what would be right; a file with a fault is not used at all.
 *
 * Names, contacts and CPR numbers may stand in a file that was made for an import; they are never
 * looked at.
 */
#pragma once

#include "common/base/arena.h"
#include "common/json/json.h"
#include "services/match/demand.h"
#include "services/match/engine/engine.h"
#include "services/match/words.h"

#include <stdio.h>

/* Prints faults as they are found, the first hundred of them, and counts all. */
struct offline_faults {
    const char *path;
    size_t line;
    size_t count; /* in all files */
};

void offline_fault(struct offline_faults *faults, const char *pointer, const char *detail);
/* Those of one line of JSON. */
void offline_faults_merge(struct offline_faults *faults, const struct json_check *check);
/* "… og N fejl mere", when more were found than printed. */
void offline_faults_close(const struct offline_faults *faults);

/* The next line that is not blank, as a new reference to a JSON object; NULL at the end. A line
 * that is no object is recorded and skipped. */
struct offline_lines {
    FILE *file;
    char *text;
    size_t room;
};
json_t *offline_next(struct offline_lines *lines, struct offline_faults *faults);
/* At the end of a file: a fault when it ended because no more of it could be read. */
void offline_read_whole(FILE *file, struct offline_faults *faults);
void offline_lines_close(struct offline_lines *lines);

/* Ids as the files write them. A UUID is itself; any other text stands for the first 16 bytes of
 * its SHA-256, so that ties fall the same way on every machine. */
struct offline_ids;

struct offline_ids *offline_ids_create(void);
void offline_ids_destroy(struct offline_ids **ids);
/* The line that brought the same id before, or 0. */
size_t offline_ids_add(struct offline_ids *ids, const char *text, size_t line,
                       uint8_t id[ENGINE_ID_SIZE]);
/* The text of an id that was added. */
const char *offline_ids_text(const struct offline_ids *ids, const uint8_t id[ENGINE_ID_SIZE]);

/* Degrees to the nearest millionth, halves away from zero. */
int32_t offline_millionths(double degrees);

/* Where postcodes lie. */
struct offline_places;

struct offline_places *offline_places_create(void);
void offline_places_destroy(struct offline_places **places);
void offline_places_add(struct offline_places *places, const char *postcode,
                        struct engine_place place);
void offline_places_close(struct offline_places *places); /* after the last one is added */
/* ENGINE_NO_PLACE when it is not known. */
struct engine_place offline_place(const struct offline_places *places, const char *postcode);

/* Whether the member is there and not null. */
bool offline_said(const json_t *object, const char *name);

/* "postcode", or "place": {"latitude", "longitude"} in degrees. `needed`: one of them must be
 * there, and a postcode must be known. */
struct engine_place offline_read_place(struct json_check *check, const json_t *body,
                                       const struct offline_places *places, bool needed);
/* A day, or ENGINE_NO_DAY where there is none or a wrong one. */
int32_t offline_read_day(struct json_check *check, const json_t *body, const char *base,
                         const char *name, enum json_need need);
/* "kinds" as bits of enum engine_work. */
uint8_t offline_read_work(struct json_check *check, const json_t *body);

/* Reads a pool. ERROR_INVALID when a line has a fault, ERROR_IO when it cannot be read. */
MUST_CHECK int offline_pool_read(const char *path, const struct offline_places *places,
                                 struct engine_vocabulary *vocabulary, struct offline_ids *ids,
                                 struct offline_faults *faults, struct engine_snapshot **snapshot);

/*
 * The words and places of a folder, each file optional: words.tsv (kind, code, label in Danish,
 * "expires" or nothing), relations.tsv (kind, code, related code, relation) and places.tsv
 * (postcode, latitude, longitude in degrees). `emnebank vocabulary export` writes them. Folder
 * NULL: codes stand for themselves, nothing is related and no postcode is known.
 */
MUST_CHECK int offline_words_read(struct arena *arena, const char *folder,
                                  struct offline_faults *faults, struct words **words,
                                  struct offline_places *places);

/* A job order of a file: the API's body (what is said of the employer is not looked at) with "id"
 * and "as_of"; `today` where that is not said. Memory is the arena's. Faults go to `check`. */
void offline_order_read(struct json_check *check, const json_t *body,
                        const struct offline_places *places, int32_t today, struct demand *demand);
