#include "services/pool/body.h"

#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"

#include <string.h>

#define NAME_CAP 200
#define PHONE_CAP 40
#define EMAIL_CAP 254
#define ADDRESS_CAP 300
#define NOTE_CAP 4000
#define INITIALS_CAP 60
#define CODE_CAP 64
#define YEARS_MAX 60

static void fail_in(struct json_check *check, const char *base, const char *name, const char *code,
                    const char *text)
{
    json_check_fail(check, json_check_pointer(check, base, name), code, "%s", text);
}

static const char *shaped(struct json_check *check, const json_t *object, const char *name,
                          size_t maximum, bool (*valid)(const char *), const char *text)
{
    const char *value = json_check_text(check, object, "/person", name, JSON_OPTIONAL, maximum);

    if (value == NULL || valid(value))
        return value;
    fail_in(check, "/person", name, "FORMAT", text);
    return NULL;
}

static void check_person(struct json_check *check, const json_t *body, struct person *person)
{
    static const char *const names[] = {"name", "phone", "email", "address", "note", "cpr", NULL};
    const json_t *object = json_check_object(check, body, "", "person", JSON_REQUIRED);
    char digits[CPR_SIZE];

    if (object == NULL)
        return;
    json_check_members(check, object, "/person", names);
    person->name = json_check_text(check, object, "/person", "name", JSON_REQUIRED, NAME_CAP);
    person->phone = shaped(check, object, "phone", PHONE_CAP, phone_valid,
                           "Skal være et telefonnummer, for eksempel +45 20 00 00 00.");
    person->email =
        shaped(check, object, "email", EMAIL_CAP, email_valid, "Skal være en e-mailadresse.");
    person->address =
        json_check_text(check, object, "/person", "address", JSON_OPTIONAL, ADDRESS_CAP);
    person->note = json_check_text(check, object, "/person", "note", JSON_OPTIONAL, NOTE_CAP);
    const char *cpr = shaped(check, object, "cpr", CPR_SIZE, cpr_valid,
                             "Skal være et personnummer på ti cifre med en dato, der findes.");
    if (cpr != NULL && cpr_normalise(cpr, digits))
        person->cpr = arena_strdup(check->arena, digits);
}

static bool same_before(const json_t *list, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (json_equal(json_array_get(list, i), json_array_get(list, index)))
            return true;
    }
    return false;
}

static const json_t *check_kinds(struct json_check *check, const json_t *body)
{
    const json_t *list = json_check_array(check, body, "", "kinds", JSON_REQUIRED, 7);
    size_t faults = check->count;

    if (list != NULL && json_array_size(list) == 0)
        json_check_fail(check, "/kinds", "LENGTH", "Skal have mindst én værdi.");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        const char *pointer = json_check_item(check, "/kinds", i);
        if (text == NULL || kind_index(work_kinds, text) < 0)
            json_check_fail(check, pointer, "CHOICE",
                            "Skal være permanent, temporary, seasonal, job_rotation, "
                            "wage_subsidy, work_trial eller flex.");
        else if (same_before(list, i))
            json_check_fail(check, pointer, "DUPLICATE", "Står der allerede.");
    }
    return check->count == faults ? list : NULL;
}

static void check_fact_limits(struct json_check *check, const json_t *fact, const char *base,
                              const char *kind)
{
    int maximum = fact_level_maximum(kind);
    const char *until = json_check_date(check, fact, base, "valid_until", JSON_OPTIONAL);

    if (json_object_get(fact, "level") != NULL && maximum == 0)
        fail_in(check, base, "level", "NOT_ALLOWED", "Kun kompetencer og sprog har et niveau.");
    else
        (void)json_check_integer(check, fact, base, "level", JSON_OPTIONAL, 1, maximum, 0);
    if (until != NULL && !str_equal(kind, "certificate") && !str_equal(kind, "licence"))
        fail_in(check, base, "valid_until", "NOT_ALLOWED", "Kun certifikater og kørekort udløber.");
}

static void check_fact(struct json_check *check, const json_t *fact, const char *base)
{
    static const char *const names[] = {"kind",        "code",      "level",  "years", "last_used",
                                        "valid_until", "stated_on", "source", NULL};

    json_check_members(check, fact, base, names);
    int kind = json_check_choice(check, fact, base, "kind", JSON_REQUIRED, fact_kinds);
    (void)json_check_text(check, fact, base, "code", JSON_REQUIRED, CODE_CAP);
    (void)json_check_integer(check, fact, base, "years", JSON_OPTIONAL, 0, YEARS_MAX, 0);
    (void)json_check_date(check, fact, base, "last_used", JSON_OPTIONAL);
    (void)json_check_date(check, fact, base, "stated_on", JSON_REQUIRED);
    (void)json_check_choice(check, fact, base, "source", JSON_REQUIRED, fact_sources);
    if (kind >= 0)
        check_fact_limits(check, fact, base, fact_kinds[kind]);
}

size_t pool_fact_before(const json_t *facts, size_t index)
{
    const json_t *fact = json_array_get(facts, index);
    const json_t *kind = json_object_get(fact, "kind");
    const json_t *code = json_object_get(fact, "code");

    for (size_t i = 0; i < index && kind != NULL && code != NULL; i++) {
        const json_t *earlier = json_array_get(facts, i);
        if (json_equal(json_object_get(earlier, "kind"), kind) &&
            json_equal(json_object_get(earlier, "code"), code))
            return i;
    }
    return index;
}

void pool_facts_check(struct json_check *check, const json_t *facts, const char *base)
{
    for (size_t i = 0; i < json_array_size(facts); i++) {
        const char *pointer = json_check_item(check, base, i);
        check_fact(check, json_array_get(facts, i), pointer);
        size_t earlier = pool_fact_before(facts, i);
        if (earlier != i)
            json_check_fail(check, pointer, "DUPLICATE", "Samme oplysning som nummer %zu.",
                            earlier + 1);
    }
}

void pool_screening_check(struct json_check *check, const json_t *screening, const char *base,
                          struct pool_body *good)
{
    const char *by = json_check_text(check, screening, base, "by", JSON_REQUIRED, INITIALS_CAP);
    const char *on = json_check_date(check, screening, base, "on", JSON_REQUIRED);
    const char *until = json_check_date(check, screening, base, "until", JSON_REQUIRED);

    if (by == NULL || on == NULL || until == NULL)
        return;
    if (strcmp(until, on) < 0) {
        fail_in(check, base, "until", "RANGE", "Screeningen kan ikke udløbe, før den er lavet.");
        return;
    }
    good->screened_by = by;
    good->screened_on = on;
    good->screening_until = until;
}

bool pool_reference_check(struct json_check *check, const char *pointer, const char *text)
{
    switch (reference_check(text)) {
    case REFERENCE_GOOD:
        return true;
    case REFERENCE_EMPTY:
        json_check_fail(check, pointer, "FORMAT", "Må ikke være tom.");
        return false;
    case REFERENCE_LONG:
        json_check_fail(check, pointer, "LENGTH", "Må højst være på %d tegn.", REFERENCE_CAP);
        return false;
    case REFERENCE_CHARACTER:
        json_check_fail(check, pointer, "FORMAT",
                        "Må ikke have mellemrum, styretegn eller / og ikke være . eller ..");
        return false;
    case REFERENCE_CPR:
        break;
    }
    json_check_fail(check, pointer, "CPR",
                    "Ligner et personnummer; brug en reference uden personoplysninger.");
    return false;
}

static const char *check_postcode(struct json_check *check, const json_t *body)
{
    const char *postcode = json_check_text(check, body, "", "postcode", JSON_REQUIRED, CODE_CAP);

    if (postcode == NULL || postcode_valid(postcode))
        return postcode;
    json_check_fail(check, "/postcode", "FORMAT", "Skal være et postnummer på fire cifre.");
    return NULL;
}

static void check_screening(struct json_check *check, const json_t *body, struct pool_body *good)
{
    static const char *const names[] = {"by", "on", "until", NULL};
    const json_t *screening = json_check_object(check, body, "", "screening", JSON_OPTIONAL);

    if (screening == NULL)
        return;
    json_check_members(check, screening, "/screening", names);
    pool_screening_check(check, screening, "/screening", good);
}

void pool_body_check(struct json_check *check, const json_t *body, bool import,
                     struct pool_body *good)
{
    static const char *const names[] = {
        "person",     "postcode",  "max_travel_km", "available_from", "kinds",
        "protection", "screening", "facts",         "external_ref",   NULL};
    static const char *const put_names[] = {"person",         "postcode", "max_travel_km",
                                            "available_from", "kinds",    "protection",
                                            "screening",      "facts",    NULL};

    memset(good, 0, sizeof *good);
    json_check_members(check, body, "", import ? names : put_names);
    check_person(check, body, &good->person);
    good->postcode = check_postcode(check, body);
    good->max_travel_km =
        json_check_integer(check, body, "", "max_travel_km", JSON_REQUIRED, 1, POOL_TRAVEL_MAX, 0);
    good->available_from = json_check_date(check, body, "", "available_from", JSON_REQUIRED);
    good->kinds = check_kinds(check, body);
    int protection = json_check_choice(check, body, "", "protection", JSON_REQUIRED, protections);
    good->protection = protection >= 0 ? protections[protection] : NULL;
    check_screening(check, body, good);
    good->facts = json_check_array(check, body, "", "facts", JSON_REQUIRED, POOL_FACTS_CAP);
    pool_facts_check(check, good->facts, "/facts");
}
