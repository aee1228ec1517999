#include "common/base/str.h"
#include "common/domain/kinds.h"
#include "services/ctl/offline.h"

#define ID_CAP 100
#define POSTS_MAX 500
#define MINIMUM_MAX 2000
#define RADIUS_MAX 1000
#define WEIGHT_MAX 5
#define LEVEL_MAX 6

static int64_t integer(struct json_check *check, const json_t *object, const char *base,
                       const char *name, int64_t maximum, int64_t fallback)
{
    return offline_said(object, name)
               ? json_check_integer(check, object, base, name, JSON_OPTIONAL, 1, maximum, fallback)
               : fallback;
}

static void read_occupations(struct json_check *check, const json_t *body, struct demand *demand)
{
    const json_t *list =
        json_check_array(check, body, "", "occupations", JSON_REQUIRED, ENGINE_OCCUPATIONS_CAP);
    const size_t count = json_array_size(list);
    if (list != NULL && count == 0) {
        json_check_fail(check, "/occupations", "LENGTH", "Skal have mindst én kode.");
    }
    demand->occupations = arena_array(check->arena, count, sizeof *demand->occupations);
    demand->occupation_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *code = json_string_value(json_array_get(list, i));
        if (code == NULL || str_blank(code)) {
            json_check_fail(check, json_check_item(check, "/occupations", i), "TYPE",
                            "Skal være en fagkode som tekst.");
            code = "";
        }
        demand->occupations[i] = arena_strdup(check->arena, code);
    }
}

static void read_requirement(struct json_check *check, const json_t *item, const char *base,
                             struct demand_requirement *requirement)
{
    static const char *const necessities[] = {"must", "nice", NULL};
    const int kind = json_check_choice(check, item, base, "kind", JSON_REQUIRED, fact_kinds);
    const char *code = json_check_text(check, item, base, "code", JSON_REQUIRED, ID_CAP);
    *requirement = (struct demand_requirement){
        .kind = kind >= 0 ? (enum engine_kind)kind : ENGINE_COMPETENCE,
        .code = code != NULL ? arena_strdup(check->arena, code) : "",
        .must = json_check_choice(check, item, base, "necessity", JSON_REQUIRED, necessities) == 0,
        .through_period =
            json_check_bool(check, item, base, "through_period", JSON_OPTIONAL, false),
        .weight = (uint8_t)json_check_integer(check, item, base, "weight", JSON_REQUIRED, 1,
                                              WEIGHT_MAX, 1),
        .minimum_level = (uint8_t)integer(check, item, base, "minimum_level", LEVEL_MAX, 0),
    };
}

static void read_requirements(struct json_check *check, const json_t *body, struct demand *demand)
{
    const json_t *list =
        json_check_array(check, body, "", "requirements", JSON_OPTIONAL, ENGINE_REQUIREMENTS_CAP);
    const size_t count = json_array_size(list);
    demand->requirements = arena_array(check->arena, count, sizeof *demand->requirements);
    demand->requirement_count = count;
    for (size_t i = 0; i < count; i++) {
        read_requirement(check, json_array_get(list, i), json_check_item(check, "/requirements", i),
                         &demand->requirements[i]);
    }
}

void offline_order_read(struct json_check *check, const json_t *body,
                        const struct offline_places *places, int32_t today, struct demand *demand)
{
    const char *id = json_check_text(check, body, "", "id", JSON_REQUIRED, ID_CAP);
    const int64_t posts = integer(check, body, "", "posts", POSTS_MAX, 1);
    const int64_t usual = 2 * posts > 4 ? 2 * posts : 4;
    *demand = (struct demand){
        .id = id != NULL ? arena_strdup(check->arena, id) : "",
        .open = true,
        .posts = (int)posts,
        .minimum = (int)integer(check, body, "", "minimum", MINIMUM_MAX, usual),
        .place = offline_read_place(check, body, places, true),
        .radius_km = (uint16_t)integer(check, body, "", "radius_km", RADIUS_MAX, 0),
        .start = offline_read_day(check, body, "", "start_date", JSON_REQUIRED),
        .end = offline_read_day(check, body, "", "end_date", JSON_OPTIONAL),
        .as_of = offline_said(body, "as_of")
                     ? offline_read_day(check, body, "", "as_of", JSON_REQUIRED)
                     : today,
        .work = offline_read_work(check, body),
    };
    if (demand->end != ENGINE_NO_DAY && demand->end < demand->start) {
        json_check_fail(check, "/end_date", "RANGE", "Skal ikke ligge før start_date.");
    }
    read_occupations(check, body, demand);
    read_requirements(check, body, demand);
}
