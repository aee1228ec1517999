/* The checks: every fault of a document at once, each with its pointer, code and Danish text. */
#include "common/json/json.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct json_check check;
    json_t *document;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.arena = arena_create(0);
    fixture.document = NULL;
    json_check_init(&fixture.check, fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    json_decref(fixture->document);
    arena_destroy(&fixture->arena);
    return 0;
}

static const json_t *read_document(struct fixture *fixture, const char *text)
{
    struct json_fault fault;

    json_decref(fixture->document);
    assert_int_equal(json_read(text, strlen(text), &fixture->document, &fault), 0);
    return fixture->document;
}

static void assert_fault(const struct json_check *check, size_t index, const char *pointer,
                         const char *code, const char *detail)
{
    assert_true(index < check->count);
    assert_string_equal(check->errors[index].pointer, pointer);
    assert_string_equal(check->errors[index].code, code);
    assert_string_equal(check->errors[index].detail, detail);
}

static void gives_what_is_right(void **state)
{
    static const char *const kinds[] = {"permanent", "temporary", NULL};
    static const char *const names[] = {"text", "count",  "yes",   "date",
                                        "kind", "object", "array", NULL};
    struct fixture *fixture = *state;
    struct json_check *check = &fixture->check;
    const json_t *root = read_document(
        fixture,
        "{\"text\":\"Jord\\n\\tøg beton\",\"count\":12,\"yes\":true,\"date\":\"2028-02-29\","
        "\"kind\":\"temporary\",\"object\":{},\"array\":[1,2]}");

    assert_string_equal(json_check_text(check, root, "", "text", JSON_REQUIRED, 14),
                        "Jord\n\tøg beton");
    assert_int_equal(json_check_integer(check, root, "", "count", JSON_REQUIRED, 12, 12, 1), 12);
    assert_true(json_check_bool(check, root, "", "yes", JSON_REQUIRED, false));
    assert_string_equal(json_check_date(check, root, "", "date", JSON_REQUIRED), "2028-02-29");
    assert_int_equal(json_check_choice(check, root, "", "kind", JSON_REQUIRED, kinds), 1);
    assert_non_null(json_check_object(check, root, "", "object", JSON_REQUIRED));
    assert_non_null(json_check_array(check, root, "", "array", JSON_REQUIRED, 2));
    json_check_members(check, root, "", names);
    assert_true(json_check_ok(check));
}

static void gives_fallbacks_for_what_is_absent(void **state)
{
    static const char *const kinds[] = {"a", NULL};
    struct fixture *fixture = *state;
    struct json_check *check = &fixture->check;
    const json_t *root = read_document(fixture, "{}");

    assert_null(json_check_text(check, root, "", "x", JSON_OPTIONAL, 10));
    assert_int_equal(json_check_integer(check, root, "", "x", JSON_OPTIONAL, 5, 9, 0), 0);
    assert_true(json_check_bool(check, root, "", "x", JSON_OPTIONAL, true));
    assert_null(json_check_date(check, root, "", "x", JSON_OPTIONAL));
    assert_int_equal(json_check_choice(check, root, "", "x", JSON_OPTIONAL, kinds), -1);
    const json_t *object = json_check_object(check, root, "", "x", JSON_OPTIONAL);
    assert_null(object);
    assert_null(json_check_array(check, root, "", "x", JSON_OPTIONAL, 1));
    /* What would be inside an absent object is not missing. */
    assert_null(json_check_text(check, object, "/x", "y", JSON_REQUIRED, 10));
    json_check_members(check, object, "/x", kinds);
    assert_true(json_check_ok(check));
}

static void collects_every_fault(void **state)
{
    static const char *const kinds[] = {"permanent", "temporary", "project", NULL};
    struct fixture *fixture = *state;
    struct json_check *check = &fixture->check;
    const json_t *root = read_document(
        fixture, "{\"text\":7,\"blank\":\" \\n\",\"long\":\"æøå!\",\"bell\":\"\\u0007\","
                 "\"c1\":\"\\u0085\",\"count\":\"12\",\"many\":501,\"half\":1.0,\"yes\":1,"
                 "\"date\":\"2026-02-29\",\"kind\":\"x\",\"object\":[],\"array\":{},"
                 "\"three\":[1,2,3],\"null\":null}");
    const char *base = "/job";

    json_check_text(check, root, base, "missing", JSON_REQUIRED, 3);
    json_check_text(check, root, base, "text", JSON_OPTIONAL, 3);
    json_check_text(check, root, base, "blank", JSON_OPTIONAL, 3);
    json_check_text(check, root, base, "long", JSON_OPTIONAL, 3);
    json_check_text(check, root, base, "bell", JSON_OPTIONAL, 3);
    json_check_text(check, root, base, "c1", JSON_OPTIONAL, 3);
    json_check_integer(check, root, base, "count", JSON_OPTIONAL, 1, 500, 0);
    assert_int_equal(json_check_integer(check, root, base, "many", JSON_OPTIONAL, 1, 500, 4), 4);
    json_check_integer(check, root, base, "half", JSON_OPTIONAL, 1, 500, 0);
    json_check_bool(check, root, base, "yes", JSON_OPTIONAL, false);
    json_check_date(check, root, base, "date", JSON_OPTIONAL);
    json_check_choice(check, root, base, "kind", JSON_OPTIONAL, kinds);
    json_check_object(check, root, base, "object", JSON_OPTIONAL);
    json_check_array(check, root, base, "array", JSON_OPTIONAL, 2);
    json_check_array(check, root, base, "three", JSON_OPTIONAL, 2);
    json_check_text(check, root, base, "null", JSON_OPTIONAL, 3);

    static const char control[] = "Må ikke indeholde styretegn ud over linjeskift og tabulator.";
    assert_int_equal(check->count, 16);
    assert_fault(check, 0, "/job/missing", "REQUIRED", "Skal udfyldes.");
    assert_fault(check, 1, "/job/text", "TYPE", "Skal være en tekst.");
    assert_fault(check, 2, "/job/blank", "FORMAT", "Må ikke være tom.");
    assert_fault(check, 3, "/job/long", "LENGTH", "Må højst være på 3 tegn.");
    assert_fault(check, 4, "/job/bell", "FORMAT", control);
    assert_fault(check, 5, "/job/c1", "FORMAT", control);
    assert_fault(check, 6, "/job/count", "TYPE", "Skal være et helt tal.");
    assert_fault(check, 7, "/job/many", "RANGE", "Skal være fra 1 til 500.");
    assert_fault(check, 8, "/job/half", "TYPE", "Skal være et helt tal.");
    assert_fault(check, 9, "/job/yes", "TYPE", "Skal være true eller false.");
    assert_string_equal(check->errors[10].code, "FORMAT");
    assert_fault(check, 11, "/job/kind", "CHOICE", "Skal være permanent, temporary eller project.");
    assert_fault(check, 12, "/job/object", "TYPE", "Skal være et objekt.");
    assert_fault(check, 13, "/job/array", "TYPE", "Skal være en liste.");
    assert_fault(check, 14, "/job/three", "LENGTH", "Må højst have 2 elementer.");
    assert_fault(check, 15, "/job/null", "TYPE", "Skal være en tekst.");
}

static void knows_which_days_exist(void **state)
{
    static const char *const good[] = {"1900-01-01", "2999-12-31", "2000-02-29", "2024-02-29",
                                       "2026-04-30"};
    static const char *const bad[] = {"1899-12-31",  "3000-01-01", "1900-02-29", "2026-02-29",
                                      "2026-04-31",  "2026-13-01", "2026-00-10", "2026-01-00",
                                      "2026-1-1",    "26-01-01",   "2026/01/01", "2026-01-01T",
                                      " 2026-01-01", "20260101",   "2026-01-0x", "-026-01-01"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *text = arena_printf(fixture->arena, "{\"d\":\"%s\"}", good[i]);
        const json_t *root = read_document(fixture, text);
        assert_string_equal(json_check_date(&fixture->check, root, "", "d", JSON_REQUIRED),
                            good[i]);
    }
    assert_true(json_check_ok(&fixture->check));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *text = arena_printf(fixture->arena, "{\"d\":\"%s\"}", bad[i]);
        const json_t *root = read_document(fixture, text);
        assert_null(json_check_date(&fixture->check, root, "", "d", JSON_REQUIRED));
        assert_int_equal(fixture->check.count, i + 1);
    }
}

static void names_unknown_members(void **state)
{
    static const char *const names[] = {"a", NULL};
    struct fixture *fixture = *state;
    const char *long_name = arena_printf(fixture->arena, "%0300d", 0);
    const json_t *root = read_document(
        fixture, arena_printf(fixture->arena, "{\"a\":1,\"b/c~d\":2,\"%s\":3}", long_name));

    json_check_members(&fixture->check, root, "/x/0", names);
    assert_int_equal(fixture->check.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct json_error *error = &fixture->check.errors[i];
        assert_string_equal(error->code, "UNKNOWN_MEMBER");
        assert_true(str_equal(error->pointer, "/x/0/b~1c~0d") || str_equal(error->pointer, "/x/0"));
    }
}

static void says_once_that_it_is_no_object(void **state)
{
    static const char *const names[] = {"a", NULL};
    struct fixture *fixture = *state;
    const json_t *root = read_document(fixture, "[1]");

    json_check_members(&fixture->check, root, "", names);
    assert_null(json_check_text(&fixture->check, root, "", "a", JSON_REQUIRED, 9));
    assert_null(json_check_array(&fixture->check, root, "", "b", JSON_REQUIRED, 9));
    assert_int_equal(fixture->check.count, 1);
    assert_fault(&fixture->check, 0, "", "TYPE", "Skal være et objekt.");
}

static void writes_pointers(void **state)
{
    struct fixture *fixture = *state;
    struct json_check *check = &fixture->check;

    assert_string_equal(json_check_pointer(check, "", "a"), "/a");
    assert_string_equal(json_check_pointer(check, "/a", "~/~1"), "/a/~0~1~01");
    assert_string_equal(json_check_pointer(check, "", ""), "/");
    assert_string_equal(json_check_item(check, "/requirements", 12), "/requirements/12");
}

static void stops_at_its_cap(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < JSON_CHECK_CAP + 20; i++)
        json_check_fail(&fixture->check, "/x", "FORMAT", "%d", i);
    assert_int_equal(fixture->check.count, JSON_CHECK_CAP);
    assert_string_equal(fixture->check.errors[JSON_CHECK_CAP - 1].detail, "99");
}

#define TEST(function_) cmocka_unit_test_setup_teardown(function_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_what_is_right),   TEST(gives_fallbacks_for_what_is_absent),
        TEST(collects_every_fault),  TEST(knows_which_days_exist),
        TEST(names_unknown_members), TEST(says_once_that_it_is_no_object),
        TEST(writes_pointers),       TEST(stops_at_its_cap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
