/* What an entry stores, as JSON (RANKING.md). */
#include "common/base/mem.h"
#include "common/domain/kinds.h"
#include "services/match/explain_heads.h"

#include <assert.h>
#include <stdlib.h>

#define FACTS_USUAL 128 /* more than nearly anybody has */
#define LABEL_CAP ((size_t)256 << 10)
#define PART_ROOM 512 /* for what a part has beside its pieces and its code */

/* ---- what was asked ---- */

/* "Anlægsstruktør eller Bygningsstruktør", or the requirement's label. */
void explain_label(const struct explain *explain, size_t index, struct buffer *text)
{
    const struct asked_part *part = &explain->asked->parts[index];
    for (size_t i = 0; i < part->code_count; i++) {
        buffer_text(text, i > 0 ? " eller " : "");
        buffer_text(text, part->codes[i].label);
    }
}

void explain_shares(const struct explain *explain, uint16_t shares[ENGINE_PARTS_CAP])
{
    const struct asked *asked = explain->asked;
    unsigned weights[ENGINE_PARTS_CAP];
    for (size_t i = 0; i < asked->part_count; i++) {
        weights[i] = asked->parts[i].weight;
    }
    engine_shares(weights, asked->part_count, shares);
}

/* Which part of the order is meant. */
void explain_reference(const struct explain *explain, size_t part, struct writer *json)
{
    const struct asked_part *wanted = &explain->asked->parts[part];
    struct buffer label;
    buffer_init(&label, LABEL_CAP);
    explain_label(explain, part, &label);
    writer_object(json);
    writer_member_unsigned(json, "part", part);
    writer_member_plain(json, "kind", fact_kinds[wanted->kind]);
    writer_member_text(json, "code", part > 0 ? wanted->codes[0].code : NULL);
    writer_name(json, "label");
    writer_text_bytes(json, label.data, label.length);
    writer_object_end(json);
    buffer_deinit(&label);
}

static char *put_requirement(const struct explain_heads *heads, char *at, size_t index)
{
    const struct asked_part *wanted = &heads->explain->asked->parts[index];
    const struct head_part *head = &heads->parts[index];
    at = PEN(at, "{\"part\":");
    at = pen_unsigned(at, (uint32_t)index);
    at = PEN(at, ",\"kind\":\"");
    at = pen_text(at, fact_kinds[wanted->kind]);
    at = PEN(at, "\",\"code\":");
    at = index > 0 ? pen_piece(at, heads_piece(heads, head->code)) : PEN(at, "null");
    at = PEN(at, ",\"label\":\"");
    at = pen_piece(at, heads_piece(heads, head->label));
    at = wanted->must ? PEN(at, "\",\"necessity\":\"must\",\"weight\":")
                      : PEN(at, "\",\"necessity\":\"nice\",\"weight\":");
    at = pen_unsigned(at, wanted->weight);
    at = PEN(at, ",\"minimum_level\":");
    at = wanted->minimum_level > 0 ? pen_unsigned(at, wanted->minimum_level) : PEN(at, "null");
    at = wanted->through_period ? PEN(at, ",\"through_period\":true,\"of\":")
                                : PEN(at, ",\"through_period\":false,\"of\":");
    at = pen_unsigned(at, head->share);
    return pen_char(at, '}');
}

void explain_head_requirements(struct explain_heads *heads, struct buffer *json)
{
    assert(heads->form == EXPLAIN_JSON);
    buffer_char(json, '[');
    for (size_t i = 0; i < heads->explain->asked->part_count; i++) {
        if (i > 0) {
            buffer_char(json, ',');
        }
        char *room = heads_room(heads, json, heads->parts[i].room + PART_ROOM);
        if (room != NULL) {
            buffer_wrote(json, (size_t)(put_requirement(heads, room, i) - room));
        }
    }
    buffer_char(json, ']');
}

void explain_requirements(const struct explain *explain, struct buffer *json)
{
    struct explain_heads *heads = explain_heads_create(EXPLAIN_JSON);
    explain_heads_write(heads, explain);
    explain_head_requirements(heads, json);
    json->full = json->full || explain_heads_full(heads);
    explain_heads_destroy(&heads);
}

/* ---- what the candidate has of it ---- */

static char *put_day(struct explain_heads *heads, char *at, int32_t day)
{
    at = pen_char(at, '"');
    memcpy(at, heads_day(heads, day)->iso, DAY_LENGTH);
    at += DAY_LENGTH;
    return pen_char(at, '"');
}

/* Of a fact what is known. */
static char *put_known(struct explain_heads *heads, char *at, const struct engine_fact *fact)
{
    if (fact->level != ENGINE_LEVEL_UNKNOWN) {
        at = PEN(at, ",\"level\":");
        at = pen_unsigned(at, fact->level);
    }
    if (fact->years != ENGINE_YEARS_UNKNOWN) {
        at = PEN(at, ",\"years\":");
        at = pen_unsigned(at, fact->years);
    }
    if (fact->valid_until != ENGINE_NO_DAY) {
        at = PEN(at, ",\"valid_until\":");
        at = put_day(heads, at, fact->valid_until);
    }
    if (fact->last_used != ENGINE_NO_DAY) {
        at = PEN(at, ",\"last_used\":");
        at = put_day(heads, at, fact->last_used);
    }
    if (fact->stated_on != ENGINE_NO_DAY) {
        at = PEN(at, ",\"stated_on\":");
        at = put_day(heads, at, fact->stated_on);
    }
    return at;
}

/* `name` is NULL where the code is the one asked for. */
static char *put_fact(struct explain_heads *heads, char *at, const struct engine_part *part,
                      const struct head_part *head, const struct head_name *name)
{
    if (name == NULL) {
        at = pen_piece(at, heads_piece(heads, head->exact));
    } else {
        at = PEN(at, ",\"relation\":\"");
        at = pen_text(at, engine_relation_code(part->relation));
        at = PEN(at, "\",\"fact\":{\"code\":");
        at = pen_piece(at, heads_piece(heads, name->json));
    }
    at = put_known(heads, at, &part->fact);
    return pen_char(at, '}');
}

static void write_part(struct explain_heads *heads, const struct engine_part *part, size_t index,
                       struct buffer *json)
{
    static const struct short_piece statuses[ENGINE_STATUS_COUNT] = {
        [ENGINE_MATCHED] = SHORT_PIECE("matched\",\"points\":"),
        [ENGINE_PARTIAL] = SHORT_PIECE("partial\",\"points\":"),
        [ENGINE_EXPIRED] = SHORT_PIECE("expired\",\"points\":"),
        [ENGINE_UNKNOWN] = SHORT_PIECE("unknown\",\"points\":"),
        [ENGINE_MISSING] = SHORT_PIECE("missing\",\"points\":"),
    };
    const struct head_part *head = &heads->parts[index];
    const struct head_name *name =
        part->has_fact && heads_looked_up(part, index) ? heads_name(heads, &part->fact) : NULL;
    char *room =
        heads_room(heads, json, head->room + (name != NULL ? name->json.length : 0) + PART_ROOM);
    char *at = room;
    if (room == NULL) {
        return;
    }
    at = index > 0 ? pen_char(at, ',') : at;
    if (!part->has_fact) {
        at = pen_piece(at, heads_piece(heads, head->missing));
    } else {
        at = pen_piece(at, heads_piece(heads, head->opening));
        at = pen_short(at, &statuses[part->status]);
        at = pen_unsigned(at, part->points);
        at = put_fact(heads, at, part, head, name);
        at = pen_char(at, '}');
    }
    buffer_wrote(json, (size_t)(at - room));
}

void explain_head_parts(struct explain_heads *heads, const struct engine_entry *entry,
                        struct buffer *json)
{
    buffer_char(json, '[');
    for (size_t i = 0; i < heads->explain->asked->part_count; i++) {
        write_part(heads, &entry->parts[i], i, json);
    }
    buffer_char(json, ']');
}

/* ---- all that the candidate has ---- */

struct named_fact {
    struct engine_fact fact;
    const char *code;
};

/* By kind and then the code's text: what number a code has is nobody's business. */
static int compare_named(const void *left, const void *right)
{
    const struct named_fact *l = left;
    const struct named_fact *r = right;
    if (l->fact.kind != r->fact.kind) {
        return l->fact.kind < r->fact.kind ? -1 : 1;
    }
    return strcmp(l->code, r->code);
}

static char *put_number_or_null(char *at, unsigned number, unsigned unknown)
{
    return number == unknown ? PEN(at, "null") : pen_unsigned(at, number);
}

static char *put_day_or_null(struct explain_heads *heads, char *at, int32_t day)
{
    return day == ENGINE_NO_DAY ? PEN(at, "null") : put_day(heads, at, day);
}

static void write_named(struct explain_heads *heads, const struct engine_fact *fact,
                        struct buffer *json)
{
    const struct head_name *name = heads_name(heads, fact);
    char *room =
        heads_room(heads, json, (size_t)name->json.length + name->label.length + PART_ROOM);
    char *at = room;
    if (room == NULL) {
        return;
    }
    at = PEN(at, "{\"kind\":\"");
    at = pen_text(at, fact_kinds[fact->kind]);
    at = PEN(at, "\",\"code\":");
    at = pen_piece(at, heads_piece(heads, name->json));
    at = PEN(at, ",\"label\":\"");
    at = pen_piece(at, heads_piece(heads, name->label));
    at = PEN(at, "\",\"level\":");
    at = put_number_or_null(at, fact->level, ENGINE_LEVEL_UNKNOWN);
    at = PEN(at, ",\"years\":");
    at = put_number_or_null(at, fact->years, ENGINE_YEARS_UNKNOWN);
    at = PEN(at, ",\"valid_until\":");
    at = put_day_or_null(heads, at, fact->valid_until);
    at = PEN(at, ",\"last_used\":");
    at = put_day_or_null(heads, at, fact->last_used);
    at = PEN(at, ",\"stated_on\":");
    at = put_day_or_null(heads, at, fact->stated_on);
    at = pen_char(at, '}');
    buffer_wrote(json, (size_t)(at - room));
}

/* All facts of the entry's candidate; the caller frees them. Finding them costs a search of the
 * whole block, so the usual number is asked for at once. */
static struct engine_fact *read_facts(const struct explain *explain,
                                      const struct engine_entry *entry, size_t *count)
{
    size_t room = FACTS_USUAL;
    struct engine_fact *facts = mem_array(room, sizeof *facts);
    int error = engine_snapshot_facts(explain->snapshot, entry->id, facts, room, count);
    if (error == 0 && *count > room) {
        room = *count;
        facts = mem_resize(facts, room, sizeof *facts);
        error = engine_snapshot_facts(explain->snapshot, entry->id, facts, room, count);
    }
    if (error != 0) {
        *count = 0;
    }
    return facts;
}

void explain_head_facts(struct explain_heads *heads, const struct engine_entry *entry,
                        struct buffer *json)
{
    const struct explain *explain = heads->explain;
    size_t count = 0;
    struct engine_fact *facts = read_facts(explain, entry, &count);
    struct named_fact *named = mem_array(count, sizeof *named);
    assert(heads->form == EXPLAIN_JSON);
    for (size_t i = 0; i < count; i++) {
        const char *code = engine_vocabulary_text(explain->vocabulary, facts[i].code);
        named[i] = (struct named_fact){.fact = facts[i], .code = code != NULL ? code : ""};
    }
    if (count > 1) {
        qsort(named, count, sizeof *named, compare_named);
    }
    buffer_char(json, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buffer_char(json, ',');
        }
        write_named(heads, &named[i].fact, json);
    }
    buffer_char(json, ']');
    mem_free(named);
    mem_free(facts);
}
