/* The answer as a tree of jansson, in the quickest way that jansson has: names and texts unchecked,
 * references given away. */
#include "common/domain/kinds.h"
#include "services/match/day.h"
#include "tests/bench/http/answer.h"

static void set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new_nocheck(object, name, value);
}

static void set_number(json_t *object, const char *name, unsigned number, unsigned unknown)
{
    if (number != unknown) {
        set(object, name, json_integer(number));
    }
}

static void set_day(json_t *object, const char *name, int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day != ENGINE_NO_DAY) {
        day_iso(day, text);
        set(object, name, json_string_nocheck(text));
    }
}

static json_t *fact_tree(const struct explain *explain, const struct engine_fact *fact)
{
    json_t *object = json_object();
    set(object, "code",
        json_string_nocheck(engine_vocabulary_text(explain->vocabulary, fact->code)));
    set_number(object, "level", fact->level, ENGINE_LEVEL_UNKNOWN);
    set_number(object, "years", fact->years, ENGINE_YEARS_UNKNOWN);
    set_day(object, "valid_until", fact->valid_until);
    set_day(object, "last_used", fact->last_used);
    set_day(object, "stated_on", fact->stated_on);
    return object;
}

static json_t *part_tree(const struct explain *explain, const struct engine_part *part,
                         size_t index)
{
    json_t *object = json_object();
    set(object, "part", json_integer((json_int_t)index));
    set(object, "status", json_string_nocheck(engine_status_code(part->status)));
    set(object, "points", json_integer(part->points));
    if (part->has_fact) {
        set(object, "relation", json_string_nocheck(engine_relation_code(part->relation)));
        set(object, "fact", fact_tree(explain, &part->fact));
    }
    return object;
}

static json_t *entry_tree(struct answer_writer *writer, const struct shop_ranked *ranked,
                          const struct engine_entry *entry)
{
    char id[ENGINE_ID_TEXT_SIZE];
    json_t *object = json_object();
    json_t *parts = json_array();
    engine_id_write(entry->id, id);
    for (size_t i = 0; i < ranked->asked.part_count; i++) {
        json_array_append_new(parts, part_tree(&ranked->explain, &entry->parts[i], i));
    }
    buffer_clear(&writer->text);
    explain_head_text(writer->plain, entry, &writer->text);
    set(object, "candidate_id", json_string_nocheck(id));
    set(object, "rank", json_integer(entry->rank));
    set(object, "score", json_integer(entry->score));
    set(object, "parts", parts);
    set(object, "explanation_da", json_stringn_nocheck(writer->text.data, writer->text.length));
    return object;
}

static json_t *requirement_tree(const struct explain *explain, size_t index, unsigned share,
                                struct buffer *label)
{
    const struct asked_part *asked = &explain->asked->parts[index];
    json_t *object = json_object();
    buffer_clear(label);
    explain_label(explain, index, label);
    set(object, "part", json_integer((json_int_t)index));
    set(object, "kind", json_string_nocheck(fact_kinds[asked->kind]));
    set(object, "code", index > 0 ? json_string_nocheck(asked->codes[0].code) : json_null());
    set(object, "label", json_stringn_nocheck(label->data, label->length));
    set(object, "necessity", json_string_nocheck(asked->must ? "must" : "nice"));
    set(object, "weight", json_integer(asked->weight));
    set(object, "minimum_level",
        asked->minimum_level > 0 ? json_integer(asked->minimum_level) : json_null());
    set(object, "through_period", json_boolean(asked->through_period));
    set(object, "of", json_integer(share));
    return object;
}

static json_t *requirements_tree(const struct explain *explain, struct buffer *label)
{
    uint16_t shares[ENGINE_PARTS_CAP];
    json_t *list = json_array();
    explain_shares(explain, shares);
    for (size_t i = 0; i < explain->asked->part_count; i++) {
        json_array_append_new(list, requirement_tree(explain, i, shares[i], label));
    }
    return list;
}

json_t *answer_tree(struct answer_writer *writer, struct shop *shop,
                    const struct shop_ranked *ranked)
{
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    json_t *answer = json_object();
    json_t *entries = json_array();
    explain_heads_write(writer->plain, &ranked->explain);
    for (size_t i = 0; i < ranked->answer->count; i++) {
        shop_entry(shop, ranked, i, &entry, parts);
        json_array_append_new(entries, entry_tree(writer, ranked, &entry));
    }
    set(answer, "order_id", json_string_nocheck(ranked->asked.order));
    set(answer, "pool_version", json_integer(ranked->answer->version));
    set(answer, "found", json_integer((json_int_t)ranked->answer->found));
    set(answer, "requirements", requirements_tree(&ranked->explain, &writer->text));
    set(answer, "entries", entries);
    return answer;
}
