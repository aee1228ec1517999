#include "common/domain/order_body.h"

#include "common/base/str.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "common/domain/uuid.h"

#include <string.h>

#define TITLE_CAP 200
#define STATE_TEXT_CAP 500
#define NAME_CAP 200
#define CODE_CAP 64
#define EXEMPTIONS_CAP 10
#define REASON_CAP 500
#define BASIS_CAP 200
#define OCCUPATIONS_CAP 20
#define KINDS_CAP 7
#define REQUIREMENTS_CAP 50
#define POSTS_MAX 500
#define MINIMUM_MAX 2000
#define RADIUS_MAX 500
#define WEIGHT_MAX 5

const char *const order_states[] = {"draft",  "open",    "in_treatment", "paused", "filled",
                                    "closed", "expired", "cancelled",    NULL};
const char *const order_rules[] = {"age",         "sex",      "family", "origin",
                                   "language",    "religion", "union",  "health",
                                   "orientation", "politics", NULL};
static const char *const justified[] = {"language", NULL};
static const char *const agreed[] = {"age", NULL};
static const char *const purposes[] = {"religion", "politics", NULL};
static const char *const decisive[] = {"age",    "origin",      "language", "religion",
                                       "health", "orientation", "politics", NULL};
static const char *const measures[] = {"age", "origin", "health", NULL};
static const char *const sexes[] = {"sex", "family", NULL};
static const char *const unions[] = {"union", NULL};
static const char *const elsewhere[] = {"age", "origin", "health", NULL};
const struct order_basis order_bases[] = {
    {"discrimination_act_1_3", "forskelsbehandlingsloven § 1, stk. 3", justified},
    {"discrimination_act_5a", "forskelsbehandlingsloven § 5 a", agreed},
    {"discrimination_act_6_1", "forskelsbehandlingsloven § 6, stk. 1", purposes},
    {"discrimination_act_6_2", "forskelsbehandlingsloven § 6, stk. 2", decisive},
    {"discrimination_act_9", "forskelsbehandlingsloven § 9", measures},
    {"equal_treatment_act_13", "ligebehandlingsloven § 13", sexes},
    {"freedom_of_association_act_3", "foreningsfrihedsloven § 3", unions},
    {"other_act", "en anden lov", elsewhere},
    {NULL, NULL, NULL}};
static const char *const patch_states[] = {"open", NULL};
static const char *const close_reasons[] = {"filled", "employer_found_others", "employer_withdrew",
                                            "other", NULL};
static const char *const rungs[] = {"own", "neighbours", "all", NULL};

/* What a caller may ask for, and why (sql/migrations/0022_orders_life.sql, in Danish). Expiry is
 * the daemon's own. */
static const char *const set_states[] = {"open",   "in_treatment", "paused", "filled",
                                         "closed", "cancelled",    NULL};
static const char *const open_reasons[] = {"more_wanted", "handed_back", NULL};
static const char *const treatment_reasons[] = {"more_wanted", NULL};
static const char *const pause_reasons[] = {"enough_referrals", "employer_waits", "other", NULL};
static const char *const fill_reasons[] = {"filled", NULL};
static const char *const end_reasons[] = {"employer_found_others", "employer_withdrew", "other",
                                          NULL};
static const char *const cancel_reasons[] = {"mistake", "duplicate", "other", NULL};
static const struct {
    const char *const *reasons;
    enum json_need need;
} state_reasons[] = {
    {open_reasons, JSON_OPTIONAL},  {treatment_reasons, JSON_OPTIONAL},
    {pause_reasons, JSON_REQUIRED}, {fill_reasons, JSON_REQUIRED},
    {end_reasons, JSON_REQUIRED},   {cancel_reasons, JSON_REQUIRED},
};
static const char *const necessities[] = {"must", "nice", NULL};

/* Null means absent where an empty value means something; elsewhere it is a fault of type. */
static bool is_null(const json_t *object, const char *name)
{
    return json_is_null(json_object_get(object, name));
}

static void check_employer(struct json_check *check, const json_t *body, enum json_need need)
{
    static const char *const names[] = {"cvr", "name", NULL};
    const json_t *employer = json_check_object(check, body, "", "employer", need);

    if (!employer)
        return;
    json_check_members(check, employer, "/employer", names);
    const char *cvr = json_check_text(check, employer, "/employer", "cvr", JSON_REQUIRED, 8);
    if (cvr && !cvr_valid(cvr))
        json_check_fail(check, "/employer/cvr", "FORMAT",
                        "Skal være et gyldigt CVR-nummer på otte cifre.");
    (void)json_check_text(check, employer, "/employer", "name", JSON_REQUIRED, NAME_CAP);
}

static bool same_before(const json_t *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (json_equal(json_array_get(list, i), json_array_get(list, index)))
            return true;
    return false;
}

static void check_occupations(struct json_check *check, const json_t *body, enum json_need need)
{
    const json_t *list = json_check_array(check, body, "", "occupations", need, OCCUPATIONS_CAP);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *pointer = json_check_item(check, "/occupations", i);
        if (!json_is_string(item))
            json_check_fail(check, pointer, "TYPE", "Skal være en tekst.");
        else if (str_blank(json_string_value(item)) || json_string_length(item) > CODE_CAP)
            json_check_fail(check, pointer, "LENGTH", "Skal være på 1 til %d tegn.", CODE_CAP);
        else if (same_before(list, i))
            json_check_fail(check, pointer, "DUPLICATE", "Står der allerede.");
    }
}

static void check_kinds(struct json_check *check, const json_t *body, enum json_need need)
{
    const json_t *list = json_check_array(check, body, "", "kinds", need, KINDS_CAP);

    if (list && json_array_size(list) == 0)
        json_check_fail(check, "/kinds", "LENGTH", "Skal have mindst én værdi.");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *pointer = json_check_item(check, "/kinds", i);
        if (!json_is_string(item))
            json_check_fail(check, pointer, "TYPE", "Skal være en tekst.");
        else if (kind_index(work_kinds, json_string_value(item)) < 0)
            json_check_fail(
                check, pointer, "CHOICE",
                "Skal være en ansættelsesform, for eksempel permanent eller temporary.");
        else if (same_before(list, i))
            json_check_fail(check, pointer, "DUPLICATE", "Står der allerede.");
    }
}

static void check_level(struct json_check *check, const json_t *item, const char *base,
                        const char *kind)
{
    int maximum = fact_level_maximum(kind);

    if (is_null(item, "minimum_level") || !json_object_get(item, "minimum_level"))
        return;
    if (maximum == 0)
        json_check_fail(check, json_check_pointer(check, base, "minimum_level"), "NOT_ALLOWED",
                        "Kun kompetencer og sprog har et niveau.");
    else
        (void)json_check_integer(check, item, base, "minimum_level", JSON_OPTIONAL, 1, maximum, 0);
}

/* Whether the requirement at `index` asks for what an earlier one asks for. */
static bool asked_before(const json_t *list, size_t index)
{
    const json_t *item = json_array_get(list, index);

    for (size_t i = 0; i < index; i++) {
        const json_t *earlier = json_array_get(list, i);
        if (json_is_object(earlier) &&
            json_equal(json_object_get(earlier, "kind"), json_object_get(item, "kind")) &&
            json_equal(json_object_get(earlier, "code"), json_object_get(item, "code")))
            return true;
    }
    return false;
}

static void check_requirement(struct json_check *check, const json_t *list, size_t index)
{
    static const char *const names[] = {"kind",          "code",           "necessity", "weight",
                                        "minimum_level", "through_period", NULL};
    const json_t *item = json_array_get(list, index);
    const char *base = json_check_item(check, "/requirements", index);

    json_check_members(check, item, base, names);
    int kind = json_check_choice(check, item, base, "kind", JSON_REQUIRED, fact_kinds);
    const char *code = json_check_text(check, item, base, "code", JSON_REQUIRED, CODE_CAP);
    (void)json_check_choice(check, item, base, "necessity", JSON_REQUIRED, necessities);
    (void)json_check_integer(check, item, base, "weight", JSON_REQUIRED, 1, WEIGHT_MAX, 0);
    bool through = json_check_bool(check, item, base, "through_period", JSON_OPTIONAL, false);
    if (kind < 0 || !code)
        return;
    check_level(check, item, base, fact_kinds[kind]);
    if (through && !str_equal(fact_kinds[kind], "certificate") &&
        !str_equal(fact_kinds[kind], "licence"))
        json_check_fail(check, json_check_pointer(check, base, "through_period"), "NOT_ALLOWED",
                        "Kun certifikater og kørekort udløber.");
    if (asked_before(list, index))
        json_check_fail(check, base, "DUPLICATE", "Kravet står der allerede.");
}

static void check_requirements(struct json_check *check, const json_t *body)
{
    const json_t *list =
        json_check_array(check, body, "", "requirements", JSON_OPTIONAL, REQUIREMENTS_CAP);

    for (size_t i = 0; i < json_array_size(list); i++)
        check_requirement(check, list, i);
}

static void check_period(struct json_check *check, const json_t *body, enum json_need need)
{
    const char *start = json_check_date(check, body, "", "start_date", need);
    const char *end = NULL;

    if (!is_null(body, "end_date"))
        end = json_check_date(check, body, "", "end_date", JSON_OPTIONAL);
    if (start && end && strcmp(end, start) < 0)
        json_check_fail(check, "/end_date", "RANGE", "Slutdatoen ligger før startdatoen.");
}

static void check_numbers(struct json_check *check, const json_t *body, enum json_need need)
{
    (void)json_check_integer(check, body, "", "posts", need, 1, POSTS_MAX, 0);
    if (!is_null(body, "minimum"))
        (void)json_check_integer(check, body, "", "minimum", JSON_OPTIONAL, 1, MINIMUM_MAX, 0);
    if (!is_null(body, "radius_km"))
        (void)json_check_integer(check, body, "", "radius_km", JSON_OPTIONAL, 1, RADIUS_MAX, 0);
}

static void check_place(struct json_check *check, const json_t *body, enum json_need need)
{
    const char *postcode = json_check_text(check, body, "", "postcode", need, CODE_CAP);

    if (postcode && !postcode_valid(postcode))
        json_check_fail(check, "/postcode", "FORMAT", "Skal være et postnummer på fire cifre.");
}

/* Kinds of work that end by their nature: their orders say when. (Wage subsidy and flex jobs may
 * both be without an end.) */
static bool kinds_end(const json_t *kinds)
{
    static const char *const ending[] = {"temporary", "seasonal", "job_rotation", "work_trial",
                                         NULL};

    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const char *kind = json_string_value(json_array_get(kinds, i));
        if (kind && kind_index(ending, kind) >= 0)
            return true;
    }
    return false;
}

/* What only one of the two kinds of body has. */
static void check_new(struct json_check *check, const json_t *body)
{
    bool draft = json_check_bool(check, body, "", "draft", JSON_OPTIONAL, false);
    const json_t *occupations = json_object_get(body, "occupations");

    if (!draft && json_is_array(occupations) && json_array_size(occupations) == 0)
        json_check_fail(check, "/occupations", "LENGTH", "Kun en kladde kan være uden stillinger.");
    if (!draft && kinds_end(json_object_get(body, "kinds")) &&
        (!json_object_get(body, "end_date") || is_null(body, "end_date")))
        json_check_fail(check, "/end_date", "REQUIRED", "Ansættelsesformen har en slutdato.");
    if (is_null(body, "lead_id"))
        return;
    const char *lead = json_check_text(check, body, "", "lead_id", JSON_OPTIONAL, CODE_CAP);
    if (lead && !uuid_valid(lead))
        json_check_fail(check, "/lead_id", "FORMAT", "Skal være en uuid.");
}

bool order_basis_allows(const struct order_basis *basis, const char *rule)
{
    return kind_index(basis->rules, rule) >= 0;
}

static const struct order_basis *basis_of(const char *said)
{
    for (const struct order_basis *basis = order_bases; basis->code != NULL; basis++)
        if (str_equal(basis->code, said) || str_equal(basis->law, said))
            return basis;
    return NULL;
}

static void check_basis(struct json_check *check, const json_t *item, const char *base)
{
    const char *said = json_check_text(check, item, base, "legal_basis", JSON_REQUIRED, BASIS_CAP);
    const char *rule = json_string_value(json_object_get(item, "rule"));
    const struct order_basis *basis = basis_of(said);

    if (said == NULL)
        return;
    if (basis == NULL)
        json_check_fail(check, json_check_pointer(check, base, "legal_basis"), "CHOICE",
                        "Hjemlen skal være en af de kendte: discrimination_act_1_3, "
                        "discrimination_act_5a, discrimination_act_6_1, discrimination_act_6_2, "
                        "discrimination_act_9, equal_treatment_act_13, "
                        "freedom_of_association_act_3 eller other_act.");
    else if (kind_index(order_rules, rule) >= 0 && !order_basis_allows(basis, rule))
        json_check_fail(check, json_check_pointer(check, base, "legal_basis"), "NOT_ALLOWED",
                        "%s giver ingen undtagelse fra den regel.", basis->law);
}

/* What a named person exempts the title from: which rule, why, and on which legal basis. */
static void check_exemptions(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"rule", "reason", "legal_basis", NULL};
    const json_t *list =
        json_check_array(check, body, "", "exemptions", JSON_OPTIONAL, EXEMPTIONS_CAP);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *base = json_check_item(check, "/exemptions", i);
        json_check_members(check, item, base, names);
        (void)json_check_choice(check, item, base, "rule", JSON_REQUIRED, order_rules);
        (void)json_check_text(check, item, base, "reason", JSON_REQUIRED, REASON_CAP);
        check_basis(check, item, base);
    }
    if (json_array_size(list) > 0 && !json_object_get(body, "title"))
        json_check_fail(check, "/title", "REQUIRED",
                        "Undtagelser gælder den titel, de står sammen med.");
}

void order_body_check(struct json_check *check, const json_t *body, enum order_body kind)
{
    static const char *const new_names[] = {"employer",    "title",    "posts",        "minimum",
                                            "occupations", "postcode", "radius_km",    "start_date",
                                            "end_date",    "kinds",    "requirements", "first_rung",
                                            "draft",       "lead_id",  "exemptions",   NULL};
    static const char *const patch_names[] = {
        "employer",     "title",      "posts",      "minimum",    "occupations",
        "postcode",     "radius_km",  "start_date", "end_date",   "kinds",
        "requirements", "first_rung", "state",      "exemptions", NULL};
    enum json_need need = kind == ORDER_NEW ? JSON_REQUIRED : JSON_OPTIONAL;

    json_check_members(check, body, "", kind == ORDER_NEW ? new_names : patch_names);
    check_employer(check, body, need);
    (void)json_check_text(check, body, "", "title", need, TITLE_CAP);
    check_numbers(check, body, need);
    check_occupations(check, body, need);
    check_place(check, body, need);
    check_period(check, body, need);
    check_kinds(check, body, need);
    check_requirements(check, body);
    check_exemptions(check, body);
    if (!is_null(body, "first_rung"))
        (void)json_check_choice(check, body, "", "first_rung", JSON_OPTIONAL, rungs);
    if (kind == ORDER_NEW)
        check_new(check, body);
    else
        (void)json_check_choice(check, body, "", "state", JSON_OPTIONAL, patch_states);
}

const char *order_close_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"reason", NULL};

    json_check_members(check, body, "", names);
    int reason = json_check_choice(check, body, "", "reason", JSON_REQUIRED, close_reasons);
    return reason < 0 ? NULL : close_reasons[reason];
}

struct order_move order_move_check(struct json_check *check, const json_t *body)
{
    static const char *const names[] = {"state", "reason", "text", NULL};
    struct order_move move = {0};

    json_check_members(check, body, "", names);
    int state = json_check_choice(check, body, "", "state", JSON_REQUIRED, set_states);
    move.text = json_check_text(check, body, "", "text", JSON_OPTIONAL, STATE_TEXT_CAP);
    if (state < 0)
        return move;
    const char *const *reasons = state_reasons[state].reasons;
    int reason = json_check_choice(check, body, "", "reason", state_reasons[state].need, reasons);
    move.state = set_states[state];
    move.reason = reason < 0 ? NULL : reasons[reason];
    if (str_equal(move.reason, "other") && !json_object_get(body, "text"))
        json_check_fail(check, "/text", "REQUIRED", "Andet skal siges med ord.");
    return move;
}
