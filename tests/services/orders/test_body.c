/* What the body of an order may hold: one fault at a time, then many at once. */
#include "common/domain/order_body.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static const char good[] =
    "{\"employer\": {\"cvr\": \"12345674\", \"name\": \"Beton A/S (fiktiv)\"},"
    " \"title\": \"Struktører\", \"posts\": 12, \"minimum\": 24, \"occupations\": [\"7114.8\"],"
    " \"postcode\": \"8000\", \"radius_km\": 60, \"start_date\": \"2026-12-01\","
    " \"end_date\": \"2027-06-30\", \"kinds\": [\"permanent\", \"temporary\"],"
    " \"requirements\": ["
    "{\"kind\": \"certificate\", \"code\": \"epoxy-isocyanate\", \"necessity\": \"must\","
    " \"weight\": 5, \"through_period\": true},"
    "{\"kind\": \"competence\", \"code\": \"formwork\", \"necessity\": \"nice\", \"weight\": 3,"
    " \"minimum_level\": 3},"
    "{\"kind\": \"language\", \"code\": \"da\", \"necessity\": \"nice\", \"weight\": 1,"
    " \"minimum_level\": 6}],"
    " \"draft\": false}";

/* One member of the good body, replaced; NULL: left out. And the fault, NULL for none. */
static const struct {
    const char *name, *value, *pointer, *code;
} rows[] = {
    {"employer", NULL, "/employer", "REQUIRED"},
    {"employer", "[]", "/employer", "TYPE"},
    {"employer", "{\"cvr\": \"12345678\", \"name\": \"x\"}", "/employer/cvr", "FORMAT"},
    {"employer", "{\"cvr\": \"1234567\", \"name\": \"x\"}", "/employer/cvr", "FORMAT"},
    {"employer", "{\"cvr\": 12345674, \"name\": \"x\"}", "/employer/cvr", "TYPE"},
    {"employer", "{\"name\": \"x\"}", "/employer/cvr", "REQUIRED"},
    {"employer", "{\"cvr\": \"12345674\"}", "/employer/name", "REQUIRED"},
    {"employer", "{\"cvr\": \"12345674\", \"name\": \"x\", \"p\": 1}", "/employer/p",
     "UNKNOWN_MEMBER"},
    {"title", NULL, "/title", "REQUIRED"},
    {"title", "\"  \"", "/title", "FORMAT"},
    {"posts", NULL, "/posts", "REQUIRED"},
    {"posts", "0", "/posts", "RANGE"},
    {"posts", "501", "/posts", "RANGE"},
    {"posts", "1.0", "/posts", "TYPE"},
    {"minimum", NULL, NULL, NULL},
    {"minimum", "null", NULL, NULL},
    {"minimum", "0", "/minimum", "RANGE"},
    {"minimum", "2001", "/minimum", "RANGE"},
    {"occupations", NULL, "/occupations", "REQUIRED"},
    {"occupations", "[]", "/occupations", "LENGTH"},
    {"occupations", "[\"7114.8\", 7]", "/occupations/1", "TYPE"},
    {"occupations", "[\"7114.8\", \" \"]", "/occupations/1", "LENGTH"},
    {"occupations", "[\"a\", \"b\", \"a\"]", "/occupations/2", "DUPLICATE"},
    {"postcode", NULL, "/postcode", "REQUIRED"},
    {"postcode", "\"800\"", "/postcode", "FORMAT"},
    {"postcode", "8000", "/postcode", "TYPE"},
    {"radius_km", NULL, NULL, NULL},
    {"radius_km", "null", NULL, NULL},
    {"radius_km", "501", "/radius_km", "RANGE"},
    {"start_date", NULL, "/start_date", "REQUIRED"},
    {"start_date", "\"2026-02-30\"", "/start_date", "FORMAT"},
    {"end_date", NULL, "/end_date", "REQUIRED"}, /* one of its kinds of work ends */
    {"end_date", "null", "/end_date", "REQUIRED"},
    {"first_rung", "null", NULL, NULL},
    {"first_rung", "\"neighbours\"", NULL, NULL},
    {"first_rung", "\"relaxed\"", "/first_rung", "CHOICE"},
    {"first_rung", "1", "/first_rung", "TYPE"},
    {"end_date", "\"2026-12-01\"", NULL, NULL},
    {"end_date", "\"2026-11-30\"", "/end_date", "RANGE"},
    {"kinds", NULL, "/kinds", "REQUIRED"},
    {"kinds", "[]", "/kinds", "LENGTH"},
    {"kinds", "[\"permanent\", \"forever\"]", "/kinds/1", "CHOICE"},
    {"kinds", "[\"flex\", \"flex\"]", "/kinds/1", "DUPLICATE"},
    {"requirements", NULL, NULL, NULL},
    {"requirements", "[]", NULL, NULL},
    {"requirements", "{}", "/requirements", "TYPE"},
    {"requirements", "[7]", "/requirements/0", "TYPE"},
    {"draft", "\"no\"", "/draft", "TYPE"},
    {"lead_id", "null", NULL, NULL},
    {"lead_id", "\"7\"", "/lead_id", "FORMAT"},
    {"lead_id", "\"0190b2c4-7d1e-7f3a-9b6c-0123456789ab\"", NULL, NULL},
    {"state", "\"open\"", "/state", "UNKNOWN_MEMBER"},
};

static const struct {
    const char *requirement, *pointer, *code;
} requirements[] = {
    {"{\"code\": \"x\", \"necessity\": \"must\", \"weight\": 1}", "/kind", "REQUIRED"},
    {"{\"kind\": \"age\", \"code\": \"x\", \"necessity\": \"must\", \"weight\": 1}", "/kind",
     "CHOICE"},
    {"{\"kind\": \"licence\", \"necessity\": \"must\", \"weight\": 1}", "/code", "REQUIRED"},
    {"{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"maybe\", \"weight\": 1}",
     "/necessity", "CHOICE"},
    {"{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"must\"}", "/weight", "REQUIRED"},
    {"{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"must\", \"weight\": 6}", "/weight",
     "RANGE"},
    {"{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"must\", \"weight\": 1,"
     " \"minimum_level\": 1}",
     "/minimum_level", "NOT_ALLOWED"},
    {"{\"kind\": \"competence\", \"code\": \"x\", \"necessity\": \"must\", \"weight\": 1,"
     " \"minimum_level\": 6}",
     "/minimum_level", "RANGE"},
    {"{\"kind\": \"language\", \"code\": \"pl\", \"necessity\": \"must\", \"weight\": 1,"
     " \"minimum_level\": 7}",
     "/minimum_level", "RANGE"},
    {"{\"kind\": \"language\", \"code\": \"pl\", \"necessity\": \"must\", \"weight\": 1,"
     " \"minimum_level\": null}",
     NULL, NULL},
    {"{\"kind\": \"competence\", \"code\": \"x\", \"necessity\": \"must\", \"weight\": 1,"
     " \"through_period\": true}",
     "/through_period", "NOT_ALLOWED"},
    {"{\"kind\": \"competence\", \"code\": \"x\", \"necessity\": \"must\", \"weight\": 1,"
     " \"through_period\": false}",
     NULL, NULL},
    {"{\"kind\": \"licence\", \"code\": \"B\", \"necessity\": \"must\", \"weight\": 1, \"sex\": 1}",
     "/sex", "UNKNOWN_MEMBER"},
};

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (!value)
        fail_msg("not JSON: %s", text);
    return value;
}

static void expect(const json_t *body, enum order_body kind, const char *pointer, const char *code)
{
    struct arena *arena = arena_create(0);
    struct json_check check;

    json_check_init(&check, arena);
    order_body_check(&check, body, kind);
    if (check.count != (pointer ? 1U : 0U) ||
        (pointer &&
         (!str_equal(check.errors[0].pointer, pointer) || !str_equal(check.errors[0].code, code))))
        fail_msg("expected %s %s, got %zu, first %s %s\n%s", pointer, code, check.count,
                 check.count ? check.errors[0].pointer : "",
                 check.count ? check.errors[0].code : "", json_text(arena, body));
    arena_destroy(&arena);
}

static void each_fault_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *body = parse(good);
        if (rows[i].value)
            json_object_set_new(body, rows[i].name, parse(rows[i].value));
        else
            json_object_del(body, rows[i].name);
        expect(body, ORDER_NEW, rows[i].pointer, rows[i].code);
        json_decref(body);
    }
}

static void each_fault_of_a_requirement_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requirements); i++) {
        json_t *body = parse(good);
        json_t *list = json_object_get(body, "requirements");
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/requirements/%zu%s", json_array_size(list),
                 requirements[i].pointer ? requirements[i].pointer : "");
        json_array_append_new(list, parse(requirements[i].requirement));
        expect(body, ORDER_NEW, requirements[i].pointer ? pointer : NULL, requirements[i].code);
        json_decref(body);
    }
}

static void the_same_requirement_twice_is_one_too_many(void **state)
{
    json_t *body = parse(good);
    json_t *list = json_object_get(body, "requirements");
    (void)state;

    json_array_append(list, json_array_get(list, 1));
    expect(body, ORDER_NEW, "/requirements/3", "DUPLICATE");
    json_decref(body);
}

static void a_draft_may_be_without_occupations(void **state)
{
    json_t *body = parse(good);
    (void)state;

    json_object_set_new(body, "draft", json_true());
    json_object_set_new(body, "occupations", json_array());
    expect(body, ORDER_NEW, NULL, NULL);
    json_decref(body);
}

static void a_patch_holds_what_changes(void **state)
{
    static const struct {
        const char *body, *pointer, *code;
    } patches[] = {
        {"{}", NULL, NULL},
        {"{\"title\": \"x\"}", NULL, NULL},
        {"{\"state\": \"open\"}", NULL, NULL},
        {"{\"state\": \"closed\"}", "/state", "CHOICE"},
        {"{\"radius_km\": null, \"end_date\": null, \"minimum\": null}", NULL, NULL},
        {"{\"first_rung\": null}", NULL, NULL},
        {"{\"kinds\": [\"seasonal\"]}", NULL, NULL}, /* the database knows the whole */
        {"{\"title\": null}", "/title", "TYPE"},
        {"{\"draft\": true}", "/draft", "UNKNOWN_MEMBER"},
        {"{\"lead_id\": null}", "/lead_id", "UNKNOWN_MEMBER"},
        {"{\"employer\": {\"name\": \"x\"}}", "/employer/cvr", "REQUIRED"},
        {"{\"kinds\": []}", "/kinds", "LENGTH"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT(patches); i++) {
        json_t *body = parse(patches[i].body);
        expect(body, ORDER_PATCH, patches[i].pointer, patches[i].code);
        json_decref(body);
    }
}

static void a_close_has_a_reason(void **state)
{
    static const char *const bad[] = {"{}", "{\"reason\": \"bored\"}",
                                      "{\"reason\": \"filled\", \"x\": 1}"};
    struct arena *arena = arena_create(0);
    struct json_check check;
    (void)state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *body = parse(bad[i]);
        json_check_init(&check, arena);
        (void)order_close_check(&check, body);
        assert_int_equal(check.count, 1);
        json_decref(body);
    }
    json_t *body = parse("{\"reason\": \"employer_withdrew\"}");
    json_check_init(&check, arena);
    assert_string_equal(order_close_check(&check, body), "employer_withdrew");
    assert_int_equal(check.count, 0);
    json_decref(body);
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_found),
        cmocka_unit_test(each_fault_of_a_requirement_is_found),
        cmocka_unit_test(the_same_requirement_twice_is_one_too_many),
        cmocka_unit_test(a_draft_may_be_without_occupations),
        cmocka_unit_test(a_patch_holds_what_changes),
        cmocka_unit_test(a_close_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
