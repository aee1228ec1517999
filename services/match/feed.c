#include "services/match/feed.h"

#include "common/base/str.h"
#include "services/match/demand.h"

#include <string.h>

/* The columns of sql/statements/match/pool_page.sql. */
enum column {
    ID,
    PRESENT,
    MUNICIPALITY,
    LATITUDE,
    LONGITUDE,
    MAX_TRAVEL,
    AVAILABLE_FROM,
    WORK,
    SCREENING_UNTIL,
    PROTECTED,
    WITHDRAWN,
    FACTS
};

/* An empty field is `unknown`. */
static int read_number(const char *field, int64_t unknown, int64_t minimum, int64_t maximum,
                       int64_t *number)
{
    *number = unknown;
    if (field == NULL) {
        return ERROR_INVALID;
    }
    return field[0] == '\0' ? 0 : str_int64(field, minimum, maximum, number);
}

/* kind|code|level|years|valid until|last used|stated on */
static int read_fact(char *line, struct engine_vocabulary *vocabulary, struct engine_fact *fact)
{
    const char *kind = strsep(&line, "|");
    const char *code = strsep(&line, "|");
    int64_t level, years, valid_until, last_used, stated_on;
    if (code == NULL || demand_kind(kind, &fact->kind) != 0 ||
        read_number(strsep(&line, "|"), ENGINE_LEVEL_UNKNOWN, 1, 6, &level) != 0 ||
        read_number(strsep(&line, "|"), ENGINE_YEARS_UNKNOWN, 0, 99, &years) != 0 ||
        read_number(strsep(&line, "|"), ENGINE_NO_DAY, INT32_MIN, INT32_MAX, &valid_until) != 0 ||
        read_number(strsep(&line, "|"), ENGINE_NO_DAY, INT32_MIN, INT32_MAX, &last_used) != 0 ||
        read_number(strsep(&line, "|"), ENGINE_NO_DAY, INT32_MIN, INT32_MAX, &stated_on) != 0) {
        return ERROR_INVALID;
    }
    fact->code = engine_vocabulary_add(vocabulary, code);
    fact->level = (uint8_t)level;
    fact->years = (uint8_t)years;
    fact->valid_until = (int32_t)valid_until;
    fact->last_used = (int32_t)last_used;
    fact->stated_on = (int32_t)stated_on;
    return 0;
}

static int read_facts(struct arena *arena, const char *lines, struct engine_vocabulary *vocabulary,
                      struct engine_candidate *candidate)
{
    size_t count = *lines != '\0' ? 1 : 0;
    for (const char *at = strchr(lines, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        count++;
    }
    struct engine_fact *facts = arena_array(arena, count, sizeof *facts);
    char *rest = arena_strdup(arena, lines);
    for (size_t i = 0; i < count; i++) {
        if (read_fact(strsep(&rest, "\n"), vocabulary, &facts[i]) != 0) {
            return ERROR_INVALID;
        }
    }
    candidate->facts = facts;
    candidate->fact_count = count;
    return 0;
}

static int32_t day_or_none(const struct pg_result *result, size_t row, enum column column)
{
    return pg_is_null(result, row, column) ? ENGINE_NO_DAY : (int32_t)pg_int64(result, row, column);
}

int feed_candidate(struct arena *arena, const struct pg_result *result, size_t row,
                   struct engine_vocabulary *vocabulary, struct engine_candidate *candidate)
{
    *candidate = (struct engine_candidate){.removed = !pg_bool(result, row, PRESENT)};
    if (engine_id_read(pg_text(result, row, ID), candidate->id) != 0) {
        return ERROR_INVALID;
    }
    if (candidate->removed) {
        return 0;
    }
    candidate->municipality = (uint16_t)pg_int64(result, row, MUNICIPALITY);
    candidate->place = (struct engine_place){
        .latitude = (int32_t)pg_int64(result, row, LATITUDE),
        .longitude = (int32_t)pg_int64(result, row, LONGITUDE),
    };
    candidate->max_travel_km = (uint16_t)pg_int64(result, row, MAX_TRAVEL);
    candidate->available_from = day_or_none(result, row, AVAILABLE_FROM);
    candidate->work = demand_work(arena, pg_text(result, row, WORK));
    candidate->screening_until = day_or_none(result, row, SCREENING_UNTIL);
    candidate->is_protected = pg_bool(result, row, PROTECTED);
    candidate->withdrawn = pg_bool(result, row, WITHDRAWN);
    return read_facts(arena, pg_text(result, row, FACTS), vocabulary, candidate);
}

int feed_names(const struct pg_result *result, struct words *words)
{
    for (size_t row = 0; row < pg_rows(result); row++) {
        enum engine_kind kind;
        if (demand_kind(pg_text(result, row, 0), &kind) != 0) {
            return ERROR_INVALID;
        }
        words_add(words, kind, pg_text(result, row, 1), pg_text(result, row, 2),
                  pg_bool(result, row, 3));
    }
    return 0;
}

int feed_relations(const struct pg_result *result, struct words *words)
{
    for (size_t row = 0; row < pg_rows(result); row++) {
        enum engine_kind kind;
        enum engine_relation relation;
        if (demand_kind(pg_text(result, row, 0), &kind) != 0 ||
            words_read_relation(pg_text(result, row, 3), &relation) != 0) {
            return ERROR_INVALID;
        }
        words_relate(words, kind, pg_text(result, row, 1), pg_text(result, row, 2), relation);
    }
    return 0;
}
