#include "common/base/str.h"
#include "services/ctl/offline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 4
#define CODE_CAP 100   /* bytes */
#define LABEL_CAP 1000 /* bytes: as long as an explanation of all parts has room for */

struct reading {
    struct offline_faults *faults;
    struct words *words;
    struct offline_places *places;
};

typedef void take_row(struct reading *reading, char *const columns[COLUMNS_MAX], size_t count);

static bool text_good(const char *text, size_t cap)
{
    const size_t length = strlen(text);
    return length <= cap && !str_blank(text) && str_utf8_valid(text, length);
}

static void take_word(struct reading *reading, char *const columns[COLUMNS_MAX], size_t count)
{
    enum engine_kind kind;
    const bool expires = count == 4 && str_equal(columns[3], "expires");
    if (count < 3 || (count == 4 && !expires && columns[3][0] != '\0')) {
        offline_fault(reading->faults, "",
                      "Skal være slags, kode, navn og eventuelt expires, med tabulator imellem.");
    } else if (demand_kind(columns[0], &kind) != 0) {
        offline_fault(
            reading->faults, "",
            "Slags skal være competence, certificate, licence, language eller occupation.");
    } else if (!text_good(columns[1], CODE_CAP) || !text_good(columns[2], LABEL_CAP)) {
        offline_fault(reading->faults, "",
                      "Kode og navn må ikke være tomme eller for lange og skal være UTF-8.");
    } else {
        words_add(reading->words, kind, columns[1], columns[2], expires);
    }
}

/* RANKING.md, Relations: what each is of. */
static bool holds_between(enum engine_kind kind, enum engine_relation relation)
{
    switch (relation) {
    case ENGINE_IMPLIED:
        return kind == ENGINE_LICENCE;
    case ENGINE_UNIT:
        return kind == ENGINE_OCCUPATION;
    case ENGINE_GROUP:
        return kind == ENGINE_COMPETENCE;
    default:
        return kind == ENGINE_COMPETENCE || kind == ENGINE_CERTIFICATE || kind == ENGINE_OCCUPATION;
    }
}

static void take_relation(struct reading *reading, char *const columns[COLUMNS_MAX], size_t count)
{
    enum engine_kind kind;
    enum engine_relation relation;
    if (count != 4) {
        offline_fault(
            reading->faults, "",
            "Skal være slags, kode, beslægtet kode og forbindelse, med tabulator imellem.");
    } else if (demand_kind(columns[0], &kind) != 0) {
        offline_fault(
            reading->faults, "",
            "Slags skal være competence, certificate, licence, language eller occupation.");
    } else if (words_read_relation(columns[3], &relation) != 0) {
        offline_fault(reading->faults, "",
                      "Forbindelsen skal være implied, unit, close, broader, narrower, group eller "
                      "occupation.");
    } else if (!holds_between(kind, relation)) {
        offline_fault(reading->faults, "", "Ord af den slags har ikke den forbindelse.");
    } else {
        words_relate(reading->words, kind, columns[1], columns[2], relation);
    }
}

static bool read_degrees(const char *text, double limit, int32_t *millionths)
{
    char *end;
    const double degrees = strtod(text, &end);
    if (end == text || *end != '\0' || !(degrees >= -limit && degrees <= limit)) {
        return false;
    }
    *millionths = offline_millionths(degrees);
    return true;
}

static void take_place(struct reading *reading, char *const columns[COLUMNS_MAX], size_t count)
{
    struct engine_place place;
    if (count < 3 || !read_degrees(columns[1], 90, &place.latitude) ||
        !read_degrees(columns[2], 180, &place.longitude)) {
        offline_fault(
            reading->faults, "",
            "Skal være postnummer, bredde og længde i grader (56.15), med tabulator imellem.");
    } else {
        offline_places_add(reading->places, columns[0], place);
    }
}

static size_t split(char *line, char *columns[COLUMNS_MAX])
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *column = strsep(&line, "\t"); column != NULL; column = strsep(&line, "\t")) {
        if (count < COLUMNS_MAX) {
            columns[count] = column;
        }
        count++;
    }
    return count;
}

/* A file that is not there is empty. */
static int read_file(struct reading *reading, const char *path, take_row *take)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        if (errno == ENOENT) {
            return 0;
        }
        fprintf(stderr, "emnebank: %s kan ikke læses: %s\n", path, strerror(errno));
        return ERROR_IO;
    }
    char *line = NULL;
    size_t room = 0;
    reading->faults->path = path;
    reading->faults->line = 0;
    ssize_t length;
    while ((length = getline(&line, &room, file)) >= 0) {
        char *columns[COLUMNS_MAX];
        reading->faults->line++;
        if (strlen(line) != (size_t)length) {
            offline_fault(reading->faults, "", "Linjen har et NUL-tegn.");
            continue;
        }
        if (str_blank(line)) {
            continue;
        }
        const size_t count = split(line, columns);
        if (count > COLUMNS_MAX) {
            offline_fault(reading->faults, "", "Linjen har for mange kolonner.");
        } else {
            take(reading, columns, count);
        }
    }
    offline_read_whole(file, reading->faults);
    free(line); /* getline's own */
    fclose(file);
    return 0;
}

int offline_words_read(struct arena *arena, const char *folder, struct offline_faults *faults,
                       struct words **words, struct offline_places *places)
{
    static const struct {
        const char *name;
        take_row *take;
    } files[] = {
        {"words.tsv", take_word}, {"relations.tsv", take_relation}, {"places.tsv", take_place}};
    struct reading reading = {.faults = faults, .words = words_create(0), .places = places};
    const size_t before = faults->count;
    int error = 0;
    for (size_t i = 0; folder != NULL && error == 0 && i < sizeof files / sizeof files[0]; i++) {
        error =
            read_file(&reading, arena_printf(arena, "%s/%s", folder, files[i].name), files[i].take);
    }
    offline_places_close(places);
    if (error == 0 && faults->count > before) {
        error = ERROR_INVALID;
    }
    if (error != 0) {
        words_release(&reading.words);
    }
    *words = reading.words;
    return error;
}
