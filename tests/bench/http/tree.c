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

static json_t *part_tree(const struct explain *explain, const struct engine_part *part,
                         size_t index)
{
    static const char *const relations[] = {"exact"};
    const struct asked_part *asked = &explain->asked->parts[index];
    json_t *object = json_object();
    (void)relations;
    set(object, "part", json_integer((json_int_t)index));
    return object;
}
