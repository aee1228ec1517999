/* The answer as a tree of jansson, in the quickest way that jansson has: names and texts unchecked,
 * references given away. */
#include "common/domain/kinds.h"
#include "services/match/day.h"
#include "tests/bench/http/answer.h"

static void set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new_nocheck(object, name, value);
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string_nocheck(text) : json_null();
}

static json_t *number_or_null(unsigned number, unsigned unknown)
{
    return number != unknown ? json_integer(number) : json_null();
}

static json_t *day_or_null(int32_t day)
{
    char text[DAY_TEXT_SIZE];
    if (day == ENGINE_NO_DAY) {
        return json_null();
    }
    day_iso(day, text);
    return json_string_nocheck(text);
}

static json_t *fact_tree(const struct explain *explain, const struct engine_fact *fact)
{
    json_t *object = json_object();
    set(object, "code", text_or_null(engine_vocabulary_text(explain->vocabulary, fact->code)));
    set(object, "level", number_or_null(fact->level, ENGINE_LEVEL_UNKNOWN));
    set(object, "years", number_or_null(fact->years, ENGINE_YEARS_UNKNOWN));
    set(object, "valid_until", day_or_null(fact->valid_until));
    set(object, "last_used", day_or_null(fact->last_used));
    set(object, "stated_on", day_or_null(fact->stated_on));
    return object;
}

/* Under the newest ruleset. */
static json_t *part_tree(const struct explain *explain, const struct engine_part *part,
                         size_t index, const char *label)
{
    const struct asked_part *asked = &explain->asked->parts[index];
    json_t *object = json_object();
    set(object, "part", json_integer((json_int_t)index));
    set(object, "kind", json_string_nocheck(fact_kinds[asked->kind]));
    set(object, "code", text_or_null(index > 0 ? asked->codes[0].code : NULL));
    set(object, "label", json_string_nocheck(label));
    set(object, "necessity", json_string_nocheck(asked->must ? "must" : "nice"));
    set(object, "weight", json_integer(asked->weight));
    set(object, "minimum_level", number_or_null(asked->minimum_level, 0));
    set(object, "through_period", json_boolean(asked->through_period));
    set(object, "status", json_string_nocheck(engine_status_code(part->status)));
    set(object, "points", json_integer(part->points));
    set(object, "of", json_integer(part->of));
    set(object, "related", json_boolean(part->related));
    set(object, "relation",
        text_or_null(part->has_fact ? engine_relation_code(part->relation) : NULL));
    set(object, "fact", part->has_fact ? fact_tree(explain, &part->fact) : json_null());
    return object;
}

static json_t *entry_tree(struct answer_writer *writer, const struct shop_ranked *ranked,
                          const struct engine_entry *entry)
{
    char id[ENGINE_ID_TEXT_SIZE];
    json_t *object = json_object();
    json_t *parts = json_array();
    engine_id_write(entry->id, id);
    for (size_t i = 0; i < ranked->ranking.part_count; i++) {
        json_array_append_new(parts, part_tree(&ranked->explain, &entry->parts[i], i,
                                               ranked->asked.parts[i].codes[0].label));
    }
    buffer_clear(&writer->text);
    explain_head_text(writer->heads, entry, &writer->text);
    set(object, "candidate_id", json_string_nocheck(id));
    set(object, "rank", json_integer(entry->rank));
    set(object, "score", json_integer(entry->score));
    set(object, "parts", parts);
    set(object, "explanation_da", json_stringn_nocheck(writer->text.data, writer->text.length));
    return object;
}

json_t *answer_tree(struct answer_writer *writer, struct shop *shop,
                    const struct shop_ranked *ranked)
{
    struct engine_part parts[ENGINE_PARTS_CAP];
    struct engine_entry entry;
    json_t *answer = json_object();
    json_t *entries = json_array();
    explain_heads_write(writer->heads, &ranked->explain);
    for (size_t i = 0; i < ranked->answer->count; i++) {
        shop_entry(shop, ranked, i, &entry, parts);
        json_array_append_new(entries, entry_tree(writer, ranked, &entry));
    }
    set(answer, "order_id", json_string_nocheck(ranked->asked.order));
    set(answer, "pool_version", json_integer(ranked->answer->version));
    set(answer, "found", json_integer((json_int_t)ranked->answer->found));
    set(answer, "entries", entries);
    return answer;
}
