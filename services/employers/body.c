#include "services/employers/body.h"

#include "common/base/str.h"
#include "common/domain/identity.h"

#include <string.h>

#define NAME_CAP 200
#define PERSON_CAP 127 /* as a key's named person */
#define TEXT_CAP 500
#define POSTS_CAP 500
#define POINTS_CAP 5 /* one of each kind */
#define P_NUMBER_SIZE 10
#define POSTCODE_SIZE 4

const char *const agreement_states[] = {"proposed", "active", "ended", NULL};
const char *const agreement_points[] = {"trainee_posts",     "recruitment", "retention",
                                        "adult_apprentices", "courses",     NULL};

static bool is_null(const json_t *object, const char *name)
{
    return json_is_null(json_object_get(object, name));
}

void employer_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"name", "contact", NULL};

    json_check_members(check, body, "", members);
    (void)json_check_text(check, body, "", "name", JSON_REQUIRED, NAME_CAP);
    if (!is_null(body, "contact"))
        (void)json_check_text(check, body, "", "contact", JSON_OPTIONAL, PERSON_CAP);
}

/* --- units --- */

static const char *check_unit(struct json_check *check, const json_t *unit, const char *pointer)
{
    static const char *const members[] = {"p_number", "name", "postcode", NULL};

    json_check_members(check, unit, pointer, members);
    const char *number =
        json_check_text(check, unit, pointer, "p_number", JSON_REQUIRED, P_NUMBER_SIZE);
    if (number != NULL && !p_number_valid(number))
        json_check_fail(check, json_check_pointer(check, pointer, "p_number"), "FORMAT",
                        "Et P-nummer er ti cifre.");
    (void)json_check_text(check, unit, pointer, "name", JSON_REQUIRED, NAME_CAP);
    const char *postcode =
        json_check_text(check, unit, pointer, "postcode", JSON_REQUIRED, POSTCODE_SIZE);
    if (postcode != NULL && !postcode_valid(postcode))
        json_check_fail(check, json_check_pointer(check, pointer, "postcode"), "FORMAT",
                        "Et postnummer er fire cifre.");
    return number;
}

/* Whether one of the first `count` texts is this one. */
static bool stands_in(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (text != NULL && texts[i] != NULL && str_equal(texts[i], text))
            return true;
    return false;
}

void employer_units_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"units", NULL};
    const char *numbers[EMPLOYER_UNITS_CAP];

    json_check_members(check, body, "", members);
    const json_t *units =
        json_check_array(check, body, "", "units", JSON_REQUIRED, EMPLOYER_UNITS_CAP);
    for (size_t i = 0; i < json_array_size(units); i++) {
        const char *pointer = json_check_item(check, "/units", i);
        numbers[i] = check_unit(check, json_array_get(units, i), pointer);
        if (stands_in(numbers, i, numbers[i]))
            json_check_fail(check, json_check_pointer(check, pointer, "p_number"), "DUPLICATE",
                            "P-nummeret står på listen allerede.");
    }
}

/* --- the agreement --- */

static const char *check_point(struct json_check *check, const json_t *point, const char *pointer)
{
    static const char *const members[] = {"kind", "posts", "text", NULL};

    json_check_members(check, point, pointer, members);
    const int kind =
        json_check_choice(check, point, pointer, "kind", JSON_REQUIRED, agreement_points);
    if (!is_null(point, "posts"))
        (void)json_check_integer(check, point, pointer, "posts", JSON_OPTIONAL, 1, POSTS_CAP, 0);
    if (!is_null(point, "text"))
        (void)json_check_text(check, point, pointer, "text", JSON_OPTIONAL, TEXT_CAP);
    return kind < 0 ? NULL : agreement_points[kind];
}

static void check_points(struct json_check *check, const json_t *body)
{
    const char *kinds[POINTS_CAP];
    const json_t *points = json_check_array(check, body, "", "points", JSON_REQUIRED, POINTS_CAP);

    if (points != NULL && json_array_size(points) == 0)
        json_check_fail(check, "/points", "RANGE", "Mindst ét punkt skal nævnes.");
    for (size_t i = 0; i < json_array_size(points); i++) {
        const char *pointer = json_check_item(check, "/points", i);
        kinds[i] = check_point(check, json_array_get(points, i), pointer);
        if (stands_in(kinds, i, kinds[i]))
            json_check_fail(check, json_check_pointer(check, pointer, "kind"), "DUPLICATE",
                            "Punktet står i aftalen allerede.");
    }
}

void employer_agreement_check(struct json_check *check, const json_t *body)
{
    static const char *const members[] = {"state", "starts_on", "ends_on", "points", NULL};
    const char *ends = NULL;

    json_check_members(check, body, "", members);
    (void)json_check_choice(check, body, "", "state", JSON_REQUIRED, agreement_states);
    const char *starts = json_check_date(check, body, "", "starts_on", JSON_REQUIRED);
    if (!is_null(body, "ends_on"))
        ends = json_check_date(check, body, "", "ends_on", JSON_OPTIONAL);
    /* Days of one form sort as text. */
    if (starts != NULL && ends != NULL && strcmp(ends, starts) < 0)
        json_check_fail(check, "/ends_on", "RANGE", "Slutdatoen ligger før startdatoen.");
    check_points(check, body);
}
