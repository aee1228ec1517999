/* What was asked as it is stored: JSON out by the streaming writer, in by jansson. */
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "common/json/json.h"
#include "common/json/writer.h"
#include "services/match/asked.h"
#include "services/match/day.h"

/* ---- out ---- */

static void write_day(struct writer *json, const char *name, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == ENGINE_NO_DAY) {
        writer_member_null(json, name);
        return;
    }
    day_iso(day, text);
    writer_member_text(json, name, text);
}

/* 0: none. */
static void write_limit(struct writer *json, const char *name, unsigned limit)
{
    if (limit == 0) {
        writer_member_null(json, name);
    } else {
        writer_member_unsigned(json, name, limit);
    }
}

static void write_place(struct writer *json, struct engine_place place)
{
    if (place.latitude == ENGINE_NO_PLACE.latitude) {
        writer_member_null(json, "place");
        return;
    }
    writer_member_object(json, "place");
    writer_member_integer(json, "latitude_e6", place.latitude);
    writer_member_integer(json, "longitude_e6", place.longitude);
    writer_object_end(json);
}

static void write_words(struct writer *json, const char *name, const struct asked_word *words,
                        size_t count)
{
    writer_member_array(json, name);
    for (size_t i = 0; i < count; i++) {
        writer_object(json);
        writer_member_text(json, "code", words[i].code);
        writer_member_text(json, "label", words[i].label);
        if (words[i].relation != ENGINE_EXACT) {
            writer_member_text(json, "relation", engine_relation_code(words[i].relation));
        }
        writer_object_end(json);
    }
    writer_array_end(json);
}

static void write_part(struct writer *json, const struct asked_part *part)
{
    writer_object(json);
    writer_member_text(json, "kind", fact_kinds[part->kind]);
    write_words(json, "codes", part->codes, part->code_count);
    writer_member_text(json, "necessity", part->must ? "must" : "nice");
    writer_member_unsigned(json, "weight", part->weight);
    write_limit(json, "minimum_level", part->minimum_level);
    writer_member_bool(json, "through_period", part->through_period);
    writer_member_bool(json, "expires", part->expires);
    write_words(json, "related", part->related, part->related_count);
    writer_object_end(json);
}

void asked_write(const struct asked *asked, struct buffer *text)
{
    struct writer json;
    writer_init(&json, text);
    writer_object(&json);
    writer_member_text(&json, "order_id", asked->order);
    writer_member_integer(&json, "ruleset", asked->ruleset);
    writer_member_integer(&json, "vocabulary_version", asked->vocabulary_version);
    write_day(&json, "as_of", asked->as_of);
    writer_member_unsigned(&json, "k", asked->k);
    write_place(&json, asked->place);
    write_limit(&json, "radius_km", asked->radius_km);
    write_day(&json, "start_date", asked->start);
    write_day(&json, "end_date", asked->end);
    writer_member_array(&json, "kinds");
    for (unsigned i = 0; work_kinds[i] != NULL; i++) {
        if ((asked->work & 1U << i) != 0) {
            writer_text(&json, work_kinds[i]);
        }
    }
    writer_array_end(&json);
    writer_member_array(&json, "parts");
    for (size_t i = 0; i < asked->part_count; i++) {
        write_part(&json, &asked->parts[i]);
    }
    writer_array_end(&json);
    writer_object_end(&json);
    writer_finish(&json);
}

/* ---- in ---- */

static int read_text(struct arena *arena, const json_t *object, const char *name, const char **text)
{
    const char *found = json_string_value(json_object_get(object, name));
    *text = found != NULL ? arena_strdup(arena, found) : NULL;
    return found != NULL ? 0 : ERROR_INVALID;
}

static int read_number(const json_t *object, const char *name, int64_t minimum, int64_t maximum,
                       int64_t *number)
{
    const json_t *found = json_object_get(object, name);
    *number = json_integer_value(found);
    return json_is_integer(found) && *number >= minimum && *number <= maximum ? 0 : ERROR_INVALID;
}

/* As read_number; null is 0. */
static int read_limit(const json_t *object, const char *name, int64_t maximum, int64_t *limit)
{
    *limit = 0;
    if (json_is_null(json_object_get(object, name))) {
        return 0;
    }
    return read_number(object, name, 1, maximum, limit);
}

static int read_bool(const json_t *object, const char *name, bool *value)
{
    const json_t *found = json_object_get(object, name);
    *value = json_is_true(found);
    return json_is_boolean(found) ? 0 : ERROR_INVALID;
}

static int read_day(const json_t *object, const char *name, bool needed, int32_t *day)
{
    const json_t *found = json_object_get(object, name);
    *day = ENGINE_NO_DAY;
    if (json_is_null(found)) {
        return needed ? ERROR_INVALID : 0;
    }
    return json_is_string(found) ? day_read(json_string_value(found), day) : ERROR_INVALID;
}

static int read_place(const json_t *object, struct engine_place *place)
{
    const json_t *found = json_object_get(object, "place");
    int64_t latitude, longitude;
    *place = ENGINE_NO_PLACE;
    if (json_is_null(found)) {
        return 0;
    }
    if (read_number(found, "latitude_e6", INT32_MIN + 1, INT32_MAX, &latitude) != 0 ||
        read_number(found, "longitude_e6", INT32_MIN + 1, INT32_MAX, &longitude) != 0) {
        return ERROR_INVALID;
    }
    *place = (struct engine_place){.latitude = (int32_t)latitude, .longitude = (int32_t)longitude};
    return 0;
}

static int read_work(const json_t *object, uint8_t *work)
{
    const json_t *found = json_object_get(object, "kinds");
    const json_t *item;
    size_t index;
    *work = 0;
    json_array_foreach(found, index, item)
    {
        const char *name = json_string_value(item);
        const int kind = name != NULL ? kind_index(work_kinds, name) : -1;
        if (kind < 0) {
            return ERROR_INVALID;
        }
        *work |= (uint8_t)(1U << kind);
    }
    return json_is_array(found) ? 0 : ERROR_INVALID;
}

static int read_words(struct arena *arena, const json_t *object, const char *name, bool related,
                      const struct asked_word **words, size_t *count)
{
    const json_t *found = json_object_get(object, name);
    struct asked_word *read = arena_array(arena, json_array_size(found), sizeof *read);
    const json_t *item;
    size_t index;
    json_array_foreach(found, index, item)
    {
        const char *relation = json_string_value(json_object_get(item, "relation"));
        struct asked_word *word = &read[index];
        if (read_text(arena, item, "code", &word->code) != 0 ||
            read_text(arena, item, "label", &word->label) != 0 || (relation != NULL) != related ||
            (related && words_read_relation(relation, &word->relation) != 0)) {
            return ERROR_INVALID;
        }
    }
    *words = read;
    *count = json_array_size(found);
    return json_is_array(found) ? 0 : ERROR_INVALID;
}

static int read_part(struct arena *arena, const json_t *object, struct asked_part *part)
{
    const char *kind, *necessity;
    int64_t weight, level;
    if (read_text(arena, object, "kind", &kind) != 0 || demand_kind(kind, &part->kind) != 0 ||
        read_words(arena, object, "codes", false, &part->codes, &part->code_count) != 0 ||
        read_text(arena, object, "necessity", &necessity) != 0 ||
        read_number(object, "weight", 1, 5, &weight) != 0 ||
        read_limit(object, "minimum_level", 6, &level) != 0 ||
        read_bool(object, "through_period", &part->through_period) != 0 ||
        read_bool(object, "expires", &part->expires) != 0 ||
        read_words(arena, object, "related", true, &part->related, &part->related_count) != 0) {
        return ERROR_INVALID;
    }
    part->must = str_equal(necessity, "must");
    part->weight = (uint8_t)weight;
    part->minimum_level = (uint8_t)level;
    return 0;
}

static int read_parts(struct arena *arena, const json_t *object, struct asked *asked)
{
    const json_t *found = json_object_get(object, "parts");
    const json_t *item;
    size_t index;
    asked->part_count = json_array_size(found);
    if (asked->part_count < 1 || asked->part_count > ENGINE_PARTS_CAP) {
        return ERROR_INVALID;
    }
    struct asked_part *parts = arena_array(arena, asked->part_count, sizeof *parts);
    json_array_foreach(found, index, item)
    {
        struct asked_part *part = &parts[index];
        const bool fits = read_part(arena, item, part) == 0;
        if (!fits || part->related_count > ENGINE_RELATED_CAP ||
            (index == 0
                 ? part->kind != ENGINE_OCCUPATION || part->code_count > ENGINE_OCCUPATIONS_CAP
                 : part->code_count != 1)) {
            return ERROR_INVALID;
        }
    }
    asked->parts = parts;
    return 0;
}

static int read_all(struct arena *arena, const json_t *object, struct asked *asked)
{
    int64_t ruleset, k, radius;
    if (read_text(arena, object, "order_id", &asked->order) != 0 ||
        read_number(object, "ruleset", ENGINE_RULESET_OLDEST, ENGINE_RULESET, &ruleset) != 0 ||
        read_number(object, "vocabulary_version", 1, INT64_MAX, &asked->vocabulary_version) != 0 ||
        read_day(object, "as_of", true, &asked->as_of) != 0 ||
        read_number(object, "k", 1, ENGINE_ENTRIES_CAP, &k) != 0 ||
        read_place(object, &asked->place) != 0 ||
        read_limit(object, "radius_km", UINT16_MAX, &radius) != 0 ||
        read_day(object, "start_date", true, &asked->start) != 0 ||
        read_day(object, "end_date", false, &asked->end) != 0 ||
        read_work(object, &asked->work) != 0) {
        return ERROR_INVALID;
    }
    asked->ruleset = (int)ruleset;
    asked->k = (size_t)k;
    asked->radius_km = (uint16_t)radius;
    return read_parts(arena, object, asked);
}

int asked_read(const char *text, size_t length, struct arena *arena, struct asked *asked)
{
    struct json_fault fault;
    json_t *object = NULL;
    *asked = (struct asked){.order = NULL};
    if (json_read_own(text, length, &object, &fault) != 0) {
        return ERROR_INVALID;
    }
    const int error = read_all(arena, object, asked);
    json_decref(object);
    return error;
}
