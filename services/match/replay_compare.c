#include "services/match/replay_compare.h"

#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENTRY_BYTES ((size_t)8 << 20)
#define EXCLUDED_BYTES ((size_t)4 << 10)
#define REQUIREMENTS_BYTES ((size_t)1 << 20)

struct compare {
    const struct replay_list *list;
    const struct explain *explain;
    struct arena *arena;
    struct replay_result *result;
    bool *found;    /* per recomputed entry: whether it is stored */
    uint32_t ahead; /* places that the erased had before the last entry compared */
};

/* ---- differences ---- */

static void digest(const char *bytes, char text[REPLAY_DIGEST_SIZE])
{
    uint8_t binary[CRYPTO_DIGEST_SIZE];
    text[0] = '\0';
    if (bytes != NULL) {
        crypto_sha256(bytes, strlen(bytes), binary);
        str_hex(binary, sizeof binary, text);
    }
}

static struct replay_difference *new_difference(struct replay_result *result, uint32_t rank,
                                                const char *candidate, const char *field)
{
    static const struct replay_difference none = {.rank = 0};
    result->difference_count++;
    if (result->difference_count > REPLAY_DIFFERENCES_CAP) {
        return NULL;
    }
    struct replay_difference *difference = &result->differences[result->difference_count - 1];
    *difference = none;
    difference->rank = rank;
    difference->candidate = candidate;
    difference->field = field;
    return difference;
}

static void differ_bytes(struct replay_result *result, uint32_t rank, const char *candidate,
                         const char *field, const char *stored, const char *recomputed)
{
    struct replay_difference *difference = new_difference(result, rank, candidate, field);
    if (difference != NULL) {
        digest(stored, difference->stored);
        digest(recomputed, difference->recomputed);
    }
}

static void differ_number(struct replay_result *result, uint32_t rank, const char *candidate,
                          const char *field, uint64_t stored, uint64_t recomputed)
{
    struct replay_difference *difference = new_difference(result, rank, candidate, field);
    if (difference != NULL) {
        snprintf(difference->stored, REPLAY_DIGEST_SIZE, "%" PRIu64, stored);
        snprintf(difference->recomputed, REPLAY_DIGEST_SIZE, "%" PRIu64, recomputed);
    }
}

void replay_differ(struct replay_result *result, const char *field, const char *stored,
                   const char *recomputed)
{
    differ_bytes(result, 0, NULL, field, stored, recomputed);
}

/* ---- one entry ---- */

/* The one form that a value has, whichever way it was written; what is no JSON stays as it is. */
static const char *canonical(struct arena *arena, const char *text)
{
    struct json_fault fault;
    json_t *value = NULL;
    if (json_read_own(text, strlen(text), &value, &fault) != 0) {
        return text;
    }
    const char *form = json_canonical(arena, value);
    json_decref(value);
    return form;
}

/* What would be stored of this entry, as an object; NULL when it is too long to be. */
static json_t *write_entry(const struct compare *compare, const struct engine_entry *entry)
{
    struct engine_entry copy = *entry;
    struct engine_ranking one = *compare->explain->ranking;
    struct explain explain = *compare->explain;
    struct json_fault fault;
    struct buffer text;
    json_t *list = NULL;
    json_t *object = NULL;
    one.entries = &copy;
    one.count = 1;
    explain.ranking = &one;
    buffer_init(&text, ENTRY_BYTES);
    explain_entries(&explain, &text);
    if (!buffer_full(&text) && json_read_own(text.data, text.length, &list, &fault) == 0) {
        object = json_incref(json_array_get(list, 0));
    }
    json_decref(list);
    buffer_deinit(&text);
    return object;
}

static const char *text_of(const struct compare *compare, const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "explanation_da"));
    return arena_strdup(compare->arena, text != NULL ? text : "");
}

/* The text says that others have as many points; so it may have been before they were erased. */
static bool said_tied(const struct compare *compare, const struct replay_entry *stored,
                      const struct engine_entry *entry)
{
    struct engine_entry tied = *entry;
    if (entry->tied || compare->list->departed == 0) {
        return false;
    }
    tied.tied = true;
    json_t *object = write_entry(compare, &tied);
    const bool same = str_equal(text_of(compare, object), stored->text);
    json_decref(object);
    return same;
}

/* Lists were first kept as jsonb, which has a form of its own: a blank after every colon. */
static bool kept_as_jsonb(const char *json)
{
    const char *colon = strstr(json, "\":"); /* the first one ends a name */
    return colon != NULL && colon[2] == ' ';
}

static void compare_json(const struct compare *compare, const struct replay_entry *stored,
                         const char *field, const char *stored_json, const json_t *recomputed)
{
    const char *was = stored_json;
    const char *is =
        json_text(compare->arena, recomputed); /* in the order in which it is written */
    if (kept_as_jsonb(stored_json)) {
        was = canonical(compare->arena, stored_json);
        is = json_canonical(compare->arena, recomputed);
    }
    if (!str_equal(was, is)) {
        differ_bytes(compare->result, stored->rank, stored->candidate, field, was, is);
    }
}

/* The stored rank counts the erased; the others keep their order, so they only stand further down.
 */
static void compare_rank(struct compare *compare, const struct replay_entry *stored, size_t place,
                         size_t index, struct engine_entry *entry)
{
    const bool in_order = index == place && stored->rank >= entry->rank + compare->ahead &&
                          stored->rank - entry->rank <= compare->list->departed;
    if (!in_order) {
        differ_number(compare->result, stored->rank, stored->candidate, "rank", stored->rank,
                      entry->rank);
        return;
    }
    compare->ahead = stored->rank - entry->rank;
    entry->rank = stored->rank;
}

static const struct engine_entry *find(const struct compare *compare, const char *candidate,
                                       size_t first, size_t *index)
{
    const struct engine_ranking *ranking = compare->explain->ranking;
    uint8_t id[ENGINE_ID_SIZE];
    if (engine_id_read(candidate, id) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < ranking->count; i++) {
        *index = (first + i) % ranking->count; /* mostly the first one looked at */
        if (memcmp(ranking->entries[*index].id, id, ENGINE_ID_SIZE) == 0) {
            return &ranking->entries[*index];
        }
    }
    return NULL;
}

static void compare_entry(struct compare *compare, size_t place)
{
    const struct replay_entry *stored = &compare->list->entries[place];
    size_t index = 0;
    const struct engine_entry *recomputed = find(compare, stored->candidate, place, &index);
    if (recomputed == NULL) {
        differ_bytes(compare->result, stored->rank, stored->candidate, "entry", stored->text, NULL);
        return;
    }
    struct engine_entry entry = *recomputed;
    compare->found[index] = true;
    compare_rank(compare, stored, place, index, &entry);
    if (stored->score != entry.score) {
        differ_number(compare->result, stored->rank, stored->candidate, "score", stored->score,
                      entry.score);
    }
    json_t *object = write_entry(compare, &entry);
    compare_json(compare, stored, "parts", stored->parts, json_object_get(object, "parts"));
    compare_json(compare, stored, "facts", stored->facts, json_object_get(object, "facts"));
    const char *text = text_of(compare, object);
    json_decref(object);
    if (!str_equal(text, stored->text) && !said_tied(compare, stored, &entry)) {
        differ_bytes(compare->result, stored->rank, stored->candidate, "explanation_da",
                     stored->text, text);
    }
}

/* ---- the list ---- */

/* Entries that are recomputed and were not stored: where the list was full and some of it was
 * erased, the next ones come up to the end of it. Others should have been stored. */
static void compare_further(const struct compare *compare)
{
    const struct engine_ranking *ranking = compare->explain->ranking;
    const size_t stored = compare->list->count;
    const bool came_up = ranking->count > stored && ranking->count == compare->explain->asked->k &&
                         ranking->count - stored <= compare->list->departed;
    for (size_t i = 0; i < ranking->count; i++) {
        if (!compare->found[i] && !(came_up && i >= stored)) {
            char *id = arena_alloc(compare->arena, ENGINE_ID_TEXT_SIZE);
            engine_id_write(ranking->entries[i].id, id);
            json_t *object = write_entry(compare, &ranking->entries[i]);
            differ_bytes(compare->result, ranking->entries[i].rank, id, "entry", NULL,
                         text_of(compare, object));
            json_decref(object);
        }
    }
}

/* More were counted then by as many as were erased, and no more of one kind than of all. */
static void compare_counts(const struct compare *compare)
{
    const struct replay_list *list = compare->list;
    const struct engine_ranking *ranking = compare->explain->ranking;
    struct replay_result *result = compare->result;
    if (list->considered < ranking->pool || list->considered - ranking->pool > list->departed ||
        list->considered - ranking->pool < result->erased_listed) {
        differ_number(result, 0, NULL, "considered", list->considered, ranking->pool);
        return;
    }
    result->erased = list->considered - ranking->pool;
}

/* Every reason had at least as many, and all together no more than were erased. */
static bool fits_erased(json_t *was, json_t *is, size_t erased)
{
    size_t more = 0;
    const char *reason;
    const json_t *count;
    json_object_foreach(was, reason, count)
    {
        const int64_t now = json_integer_value(json_object_get(is, reason));
        if (!json_is_integer(count) || json_integer_value(count) < now) {
            return false;
        }
        more += (size_t)(json_integer_value(count) - now);
    }
    json_object_foreach(is, reason, count)
    {
        if (json_object_get(was, reason) == NULL) {
            return false;
        }
    }
    return more <= erased;
}

static void compare_excluded(const struct compare *compare)
{
    struct json_fault fault;
    struct buffer text;
    json_t *was = NULL;
    json_t *is = NULL;
    const struct replay_result *result = compare->result;
    const size_t unlisted =
        result->erased > result->erased_listed ? result->erased - result->erased_listed : 0;
    buffer_init(&text, EXCLUDED_BYTES);
    explain_excluded(compare->explain->ranking, &text);
    const bool same = json_read_own(compare->list->excluded, strlen(compare->list->excluded), &was,
                                    &fault) == 0 &&
                      json_read_own(text.data, text.length, &is, &fault) == 0 &&
                      json_is_object(was) && fits_erased(was, is, unlisted);
    if (!same) {
        replay_differ(compare->result, "excluded",
                      canonical(compare->arena, compare->list->excluded),
                      canonical(compare->arena, text.data));
    }
    json_decref(was);
    json_decref(is);
    buffer_deinit(&text);
}

/* Of a list from before `asked` was kept with nobody on it nothing said what was asked. */
static void compare_requirements(const struct compare *compare)
{
    const struct replay_list *list = compare->list;
    struct buffer text;
    if (list->asked == NULL && list->count == 0) {
        return;
    }
    buffer_init(&text, REQUIREMENTS_BYTES);
    explain_requirements(compare->explain, &text);
    if (!str_equal(text.data, list->requirements)) {
        replay_differ(compare->result, "requirements", list->requirements, text.data);
    }
    buffer_deinit(&text);
}

/* What was asked must be what the list's own columns say. */
static void compare_asked(const struct compare *compare)
{
    const struct replay_list *list = compare->list;
    const struct asked *asked = compare->explain->asked;
    if (!str_equal(asked->order, list->order) || asked->ruleset != list->ruleset ||
        asked->as_of != list->as_of || asked->vocabulary_version != list->vocabulary_version) {
        replay_differ(compare->result, "asked", list->asked, NULL);
    }
}

/* Rows that went since they were stored: those of the erased, and no others. */
static void compare_rows(const struct compare *compare)
{
    const struct replay_list *list = compare->list;
    struct replay_result *result = compare->result;
    if (list->asked ==
        NULL) { /* how many there were is not known; the ranks say how many at least */
        result->erased_listed = result->erased_id_count;
        return;
    }
    if (list->listed < list->count || list->listed - list->count != result->erased_id_count) {
        differ_number(result, 0, NULL, "entry", list->listed, list->count);
        return;
    }
    result->erased_listed = result->erased_id_count;
    if (result->erased_listed == 0 && !str_equal(list->digest_then, list->digest_now)) {
        struct replay_difference *difference = new_difference(result, 0, NULL, "digest");
        if (difference != NULL) {
            snprintf(difference->stored, REPLAY_DIGEST_SIZE, "%s", list->digest_then);
            snprintf(difference->recomputed, REPLAY_DIGEST_SIZE, "%s", list->digest_now);
        }
    }
}

void replay_compare(const struct replay_list *list, const struct explain *explain,
                    struct arena *arena, struct replay_result *result)
{
    struct compare compare = {
        .list = list,
        .explain = explain,
        .arena = arena,
        .result = result,
        .found = arena_array(arena, explain->ranking->count, sizeof *compare.found),
    };
    compare_asked(&compare);
    compare_requirements(&compare);
    compare_rows(&compare);
    compare_counts(&compare);
    compare_excluded(&compare);
    for (size_t i = 0; i < list->count; i++) {
        compare_entry(&compare, i);
    }
    compare_further(&compare);
    result->entries = list->count;
    result->outcome = result->difference_count > 0 ? REPLAY_DIFFERS
                      : result->erased > 0         ? REPLAY_ERASED
                                                   : REPLAY_IDENTICAL;
}
