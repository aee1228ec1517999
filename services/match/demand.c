#include "services/match/demand.h"

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "sql/match_sql.h"

#include <inttypes.h>
#include <string.h>

#define ENTRIES_MINIMUM 20
#define LONG_LIST_FACTOR 10
#define LONG_LIST_CAP 1000

/* The columns of sql/statements/match/order.sql. */
enum column {
    OPEN,
    VERSION,
    POOL_VERSION,
    POSTS,
    MINIMUM,
    LATITUDE,
    LONGITUDE,
    RADIUS,
    START,
    END,
    AS_OF,
    WORK,
    OCCUPATIONS,
    REQUIREMENTS,
    LONG_LIST
};

int demand_kind(const char *name, enum engine_kind *kind)
{
    const int index = kind_index(fact_kinds, name); /* in the order of enum engine_kind */
    if (index < 0) {
        return ERROR_INVALID;
    }
    *kind = (enum engine_kind)index;
    return 0;
}

uint8_t demand_work(struct arena *arena, const char *list)
{
    unsigned bits = 0;
    char *rest = arena_strdup(arena, list);
    for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
        const int index = kind_index(work_kinds, word); /* in the order of enum engine_work */
        bits |= index >= 0 ? 1U << index : 0;
    }
    return (uint8_t)bits;
}

static size_t count_pieces(const char *text, char separator)
{
    size_t count = *text != '\0' ? 1 : 0;
    for (; *text != '\0'; text++) {
        count += *text == separator ? 1 : 0;
    }
    return count;
}

static void read_occupations(struct arena *arena, const char *list, struct demand *demand)
{
    demand->occupation_count = count_pieces(list, ',');
    demand->occupations = arena_array(arena, demand->occupation_count, sizeof *demand->occupations);
    char *rest = arena_strdup(arena, list);
    for (size_t i = 0; i < demand->occupation_count; i++) {
        demand->occupations[i] = strsep(&rest, ",");
    }
}

/* kind|code|necessity|weight|minimum level|through the period */
static int read_requirement(char *line, struct demand_requirement *requirement)
{
    const char *fields[6];
    int64_t weight;
    int64_t level = 0;
    for (size_t i = 0; i < 6; i++) {
        fields[i] = strsep(&line, "|");
        if (fields[i] == NULL) {
            return ERROR_INVALID;
        }
    }
    if (demand_kind(fields[0], &requirement->kind) != 0 ||
        str_int64(fields[3], 1, 5, &weight) != 0 ||
        (fields[4][0] != '\0' && str_int64(fields[4], 1, 6, &level) != 0)) {
        return ERROR_INVALID;
    }
    requirement->code = fields[1];
    requirement->must = str_equal(fields[2], "must");
    requirement->weight = (uint8_t)weight;
    requirement->minimum_level = (uint8_t)level;
    requirement->through_period = str_equal(fields[5], "t");
    return 0;
}

static int read_requirements(struct arena *arena, const char *lines, struct demand *demand)
{
    demand->requirement_count = count_pieces(lines, '\n');
    demand->requirements =
        arena_array(arena, demand->requirement_count, sizeof *demand->requirements);
    char *rest = arena_strdup(arena, lines);
    for (size_t i = 0; i < demand->requirement_count; i++) {
        if (read_requirement(strsep(&rest, "\n"), &demand->requirements[i]) != 0) {
            return ERROR_INVALID;
        }
    }
    return 0;
}

void demand_ask(struct pg_pool *pg, struct arena *arena, const char *id, pg_done *done,
                void *argument)
{
    const int64_t now = clock_now();
    const struct pg_parameter parameters[] = {
        PG_TEXT(id),
        PG_TEXT(
            arena_printf(arena, "%" PRId64 ".%06" PRId64, now / CLOCK_SECOND, now % CLOCK_SECOND)),
    };
    const struct pg_step step = {&match_sql_order, parameters, 2};
    pg_run(pg, NULL, &step, 1, done, argument);
}

int demand_read(struct arena *arena, const struct pg_result *result, const char *id,
                struct demand *demand)
{
    *demand = (struct demand){
        .id = arena_strdup(arena, id),
        .open = pg_bool(result, 0, OPEN),
        .version = (int)pg_int64(result, 0, VERSION),
        .pool_version = pg_int64(result, 0, POOL_VERSION),
        .posts = (int)pg_int64(result, 0, POSTS),
        .minimum = (int)pg_int64(result, 0, MINIMUM),
        .place = {.latitude = (int32_t)pg_int64(result, 0, LATITUDE),
                  .longitude = (int32_t)pg_int64(result, 0, LONGITUDE)},
        .radius_km = (uint16_t)pg_int64(result, 0, RADIUS),
        .start = (int32_t)pg_int64(result, 0, START),
        .end = pg_is_null(result, 0, END) ? ENGINE_NO_DAY : (int32_t)pg_int64(result, 0, END),
        .as_of = (int32_t)pg_int64(result, 0, AS_OF),
        .work = demand_work(arena, pg_text(result, 0, WORK)),
        .long_list = pg_bool(result, 0, LONG_LIST),
    };
    read_occupations(arena, pg_text(result, 0, OCCUPATIONS), demand);
    return read_requirements(arena, pg_text(result, 0, REQUIREMENTS), demand);
}

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

size_t demand_entries(const struct demand *demand)
{
    const size_t thrice =
        3 * (size_t)demand->minimum; /* twice the minimum is put forward at once */
    const size_t entries = thrice > ENTRIES_MINIMUM ? thrice : ENTRIES_MINIMUM;
    if (demand->long_list && entries < LONG_LIST_CAP) {
        return smaller(LONG_LIST_FACTOR * entries, LONG_LIST_CAP);
    }
    return smaller(entries, ENGINE_ENTRIES_CAP);
}
