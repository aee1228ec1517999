#include "services/ctl/offline.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/kinds.h"
#include "services/match/day.h"

#include <stdlib.h>
#include <string.h>

#define FAULTS_SHOWN 100
#define TEXTS_CAP ((size_t)8 << 30)
#define FIRST_SLOTS 1024 /* a power of two */
#define MILLIONTHS 1000000.0

/* ---- faults ---- */

void offline_fault(struct offline_faults *faults, const char *pointer, const char *detail)
{
    if (faults->count++ < FAULTS_SHOWN) {
        fprintf(stderr, "%s linje %zu%s%s: %s\n", faults->path, faults->line,
                pointer[0] != '\0' ? ", " : "", pointer, detail);
    }
}

void offline_faults_merge(struct offline_faults *faults, const struct json_check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        offline_fault(faults, check->errors[i].pointer, check->errors[i].detail);
    }
}

void offline_faults_close(const struct offline_faults *faults)
{
    if (faults->count > FAULTS_SHOWN) {
        fprintf(stderr, "… og %zu fejl mere\n", faults->count - FAULTS_SHOWN);
    }
}

/* ---- lines ---- */

json_t *offline_next(struct offline_lines *lines, struct offline_faults *faults)
{
    ssize_t length;
    while ((length = getline(&lines->text, &lines->room, lines->file)) >= 0) {
        faults->line++;
        if (strlen(lines->text) == (size_t)length && str_blank(lines->text)) {
            continue;
        }
        json_t *value = NULL;
        struct json_fault fault;
        if (json_read(lines->text, (size_t)length, &value, &fault) != 0) {
            offline_fault(faults, "", "Linjen er ikke gyldig JSON.");
        } else if (!json_is_object(value)) {
            offline_fault(faults, "", "Linjen skal være et JSON-objekt.");
            json_decref(value);
        } else {
            return value;
        }
    }
    offline_read_whole(lines->file, faults);
    return NULL;
}

void offline_read_whole(FILE *file, struct offline_faults *faults)
{
    if (ferror(file)) {
        offline_fault(faults, "", "Resten af filen kan ikke læses.");
    }
}

void offline_lines_close(struct offline_lines *lines)
{
    free(lines->text); /* getline's own */
    if (lines->file != NULL && lines->file != stdin) {
        fclose(lines->file);
    }
}

/* ---- ids ---- */

struct known_id {
    uint8_t id[ENGINE_ID_SIZE];
    size_t line;      /* 0: a free slot */
    const char *text; /* NULL: a UUID, which the id itself says */
};

struct offline_ids {
    struct arena *arena;
    struct known_id *slots;
    size_t slot_count;
    size_t count;
};

struct offline_ids *offline_ids_create(void)
{
    struct offline_ids *ids = mem_zalloc(sizeof *ids);
    ids->arena = arena_create(TEXTS_CAP);
    ids->slot_count = FIRST_SLOTS;
    ids->slots = mem_array(FIRST_SLOTS, sizeof *ids->slots);
    return ids;
}

void offline_ids_destroy(struct offline_ids **ids)
{
    if (*ids == NULL) {
        return;
    }
    arena_destroy(&(*ids)->arena);
    mem_free((*ids)->slots);
    mem_free(*ids);
    *ids = NULL;
}

/* FNV-1a over the id. */
static size_t first_slot(const struct offline_ids *ids, const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < ENGINE_ID_SIZE; i++) {
        hash = (hash ^ id[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)hash & (ids->slot_count - 1);
}

static struct known_id *slot_of(const struct offline_ids *ids, const uint8_t id[ENGINE_ID_SIZE])
{
    size_t at = first_slot(ids, id);
    while (ids->slots[at].line != 0 && memcmp(ids->slots[at].id, id, ENGINE_ID_SIZE) != 0) {
        at = (at + 1) & (ids->slot_count - 1);
    }
    return &ids->slots[at];
}

static void grow(struct offline_ids *ids)
{
    struct known_id *old = ids->slots;
    const size_t old_count = ids->slot_count;
    ids->slot_count *= 2;
    ids->slots = mem_array(ids->slot_count, sizeof *ids->slots);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].line != 0) {
            *slot_of(ids, old[i].id) = old[i];
        }
    }
    mem_free(old);
}

size_t offline_ids_add(struct offline_ids *ids, const char *text, size_t line,
                       uint8_t id[ENGINE_ID_SIZE])
{
    const bool is_uuid = engine_id_read(text, id) == 0;
    if (!is_uuid) {
        uint8_t digest[CRYPTO_DIGEST_SIZE];
        crypto_sha256(text, strlen(text), digest);
        memcpy(id, digest, ENGINE_ID_SIZE);
    }
    if (2 * ids->count >= ids->slot_count) {
        grow(ids);
    }
    struct known_id *slot = slot_of(ids, id);
    if (slot->line != 0) {
        return slot->line;
    }
    memcpy(slot->id, id, ENGINE_ID_SIZE);
    slot->line = line;
    slot->text = is_uuid ? NULL : arena_strdup(ids->arena, text);
    ids->count++;
    return 0;
}

const char *offline_ids_text(const struct offline_ids *ids, const uint8_t id[ENGINE_ID_SIZE])
{
    const struct known_id *slot = slot_of(ids, id);
    return slot->line != 0 ? slot->text : NULL;
}

/* ---- places ---- */

int32_t offline_millionths(double degrees)
{
    return (int32_t)(degrees * MILLIONTHS + (degrees < 0 ? -0.5 : 0.5));
}

struct named_place {
    const char *postcode;
    struct engine_place place;
};

struct offline_places {
    struct arena *arena;
    struct named_place *items;
    size_t count;
    size_t room;
};

struct offline_places *offline_places_create(void)
{
    struct offline_places *places = mem_zalloc(sizeof *places);
    places->arena = arena_create(TEXTS_CAP);
    return places;
}

void offline_places_destroy(struct offline_places **places)
{
    if (*places == NULL) {
        return;
    }
    arena_destroy(&(*places)->arena);
    mem_free((*places)->items);
    mem_free(*places);
    *places = NULL;
}

void offline_places_add(struct offline_places *places, const char *postcode,
                        struct engine_place place)
{
    if (places->count == places->room) {
        places->room = places->room > 0 ? 2 * places->room : 256;
        places->items = mem_resize(places->items, places->room, sizeof *places->items);
    }
    places->items[places->count++] =
        (struct named_place){.postcode = arena_strdup(places->arena, postcode), .place = place};
}

static int compare_places(const void *left, const void *right)
{
    const struct named_place *l = left;
    const struct named_place *r = right;
    return strcmp(l->postcode, r->postcode);
}

void offline_places_close(struct offline_places *places)
{
    if (places->count > 1) {
        qsort(places->items, places->count, sizeof *places->items, compare_places);
    }
}

struct engine_place offline_place(const struct offline_places *places, const char *postcode)
{
    const struct named_place wanted = {.postcode = postcode};
    const struct named_place *found =
        places->count > 0
            ? bsearch(&wanted, places->items, places->count, sizeof *places->items, compare_places)
            : NULL;
    return found != NULL ? found->place : ENGINE_NO_PLACE;
}

/* ---- members that pools and orders share ---- */

bool offline_said(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value != NULL && !json_is_null(value);
}

static int32_t read_degrees(struct json_check *check, const json_t *place, const char *name,
                            double limit)
{
    const json_t *value = json_object_get(place, name);
    const double degrees = json_number_value(value);
    if (!json_is_number(value) || degrees < -limit || degrees > limit) {
        json_check_fail(check, json_check_pointer(check, "/place", name), "RANGE",
                        "Skal være et tal i grader (WGS 84) fra -%.0f til %.0f.", limit, limit);
        return INT32_MIN;
    }
    return offline_millionths(degrees);
}

struct engine_place offline_read_place(struct json_check *check, const json_t *body,
                                       const struct offline_places *places, bool needed)
{
    if (offline_said(body, "place")) {
        const json_t *place = json_check_object(check, body, "", "place", JSON_OPTIONAL);
        return (struct engine_place){.latitude = read_degrees(check, place, "latitude", 90),
                                     .longitude = read_degrees(check, place, "longitude", 180)};
    }
    const char *postcode = offline_said(body, "postcode")
                               ? json_check_text(check, body, "", "postcode", JSON_OPTIONAL, 16)
                               : NULL;
    if (postcode == NULL) {
        if (needed) {
            json_check_fail(check, "/postcode", "REQUIRED",
                            "Angiv postcode, eller place med latitude og longitude.");
        }
        return ENGINE_NO_PLACE;
    }
    const struct engine_place found = offline_place(places, postcode);
    if (found.latitude == INT32_MIN) {
        json_check_fail(
            check, "/postcode", "UNKNOWN",
            "Postnummeret står ikke i places.tsv (--vocabulary); angiv i stedet place.");
    }
    return found;
}

int32_t offline_read_day(struct json_check *check, const json_t *body, const char *base,
                         const char *name, enum json_need need)
{
    int32_t day = ENGINE_NO_DAY;
    if (need == JSON_OPTIONAL && json_is_null(json_object_get(body, name))) {
        return day;
    }
    const char *text = json_check_date(check, body, base, name, need);
    if (text != NULL && day_read(text, &day) != 0) {
        day = ENGINE_NO_DAY;
    }
    return day;
}

uint8_t offline_read_work(struct json_check *check, const json_t *body)
{
    const json_t *kinds = json_check_array(check, body, "", "kinds", JSON_REQUIRED, 16);
    unsigned bits = 0;
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const char *word = json_string_value(json_array_get(kinds, i));
        const int index = word != NULL ? kind_index(work_kinds, word) : -1;
        if (index < 0) {
            json_check_fail(
                check, json_check_item(check, "/kinds", i), "CHOICE",
                "Skal være en ansættelsesform, for eksempel permanent eller temporary.");
        } else {
            bits |= 1U << index;
        }
    }
    return (uint8_t)bits;
}
