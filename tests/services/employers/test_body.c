/* What is good in a body about an employer, and which faults are named. */
#include "services/employers/body.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef void checker(struct json_check *check, const json_t *body);

/* "/pointer CODE" of each fault, in the order in which they are found. */
static const char *faults(struct arena *arena, checker *check_body, const char *text)
{
    struct json_check *check = arena_alloc(arena, sizeof *check);
    struct json_fault fault;
    const char *found = "";
    json_t *body;

    assert_int_equal(json_read(text, strlen(text), &body, &fault), 0);
    json_check_init(check, arena);
    check_body(check, body);
    for (size_t i = 0; i < check->count; i++)
        found = arena_printf(arena, "%s%s%s %s", found, i ? ", " : "", check->errors[i].pointer,
                             check->errors[i].code);
    json_decref(body);
    return found;
}

struct row {
    const char *body, *expected;
};

static void hold(checker *check_body, const struct row *rows, size_t count)
{
    struct arena *arena = arena_create(0);

    for (size_t i = 0; i < count; i++)
        assert_string_equal(faults(arena, check_body, rows[i].body), rows[i].expected);
    arena_destroy(&arena);
}

#define HOLD(check_body_, rows_) hold(check_body_, rows_, sizeof(rows_) / sizeof(rows_)[0])

static void a_name_is_needed_and_a_contact_may_be_nobody(void **state)
{
    static const struct row rows[] = {
        {"{\"name\": \"Beton A/S (fiktiv)\"}", ""},
        {"{\"name\": \"Beton A/S (fiktiv)\", \"contact\": null}", ""},
        {"{\"name\": \"Beton A/S (fiktiv)\", \"contact\": \"Tea Teamsen (fiktiv)\"}", ""},
        {"{\"contact\": \" \", \"cvr\": 1}",
         "/cvr UNKNOWN_MEMBER, /name REQUIRED, /contact FORMAT"},
        {"{\"name\": null}", "/name TYPE"},
    };

    (void)state;
    HOLD(employer_check, rows);
}

#define UNIT(number_)                                                                              \
    "{\"p_number\": \"" number_ "\", \"name\": \"Plads (fiktiv)\", \"postcode\": \"8000\"}"

static void a_p_number_is_ten_digits_and_stands_once(void **state)
{
    static const struct row rows[] = {
        {"{\"units\": []}", ""},
        {"{\"units\": [" UNIT("1000000001") ", " UNIT("1000000002") "]}", ""},
        {"{\"units\": [" UNIT("0000000000") "]}", ""}, /* nothing published says otherwise */
        {"{\"units\": [" UNIT("100000000") "]}", "/units/0/p_number FORMAT"},
        {"{\"units\": [" UNIT("10000000011") "]}", "/units/0/p_number LENGTH"},
        {"{\"units\": [" UNIT("100000000a") "]}", "/units/0/p_number FORMAT"},
        {"{\"units\": [" UNIT("1000000001") ", " UNIT("2") ", " UNIT("1000000001") "]}",
         "/units/1/p_number FORMAT, /units/2/p_number DUPLICATE"},
        {"{\"units\": [7, {\"postcode\": \"80\"}]}",
         "/units/0 TYPE, /units/1/p_number REQUIRED, /units/1/name REQUIRED, /units/1/postcode "
         "FORMAT"},
        {"{}", "/units REQUIRED"},
    };

    (void)state;
    HOLD(employer_units_check, rows);
}

static void an_agreement_has_a_period_and_each_point_once(void **state)
{
    static const struct row rows[] = {
        {"{\"state\": \"active\", \"starts_on\": \"2026-12-01\", \"ends_on\": \"2026-12-01\","
         " \"points\": [{\"kind\": \"courses\", \"posts\": null, \"text\": null}]}",
         ""},
        {"{\"state\": \"ended\", \"starts_on\": \"2026-12-01\", \"points\":"
         " [{\"kind\": \"trainee_posts\", \"posts\": 3}, {\"kind\": \"retention\"}]}",
         ""},
        {"{\"state\": \"active\", \"starts_on\": \"2026-12-01\", \"ends_on\": \"2026-11-30\","
         " \"points\": []}",
         "/ends_on RANGE, /points RANGE"},
        {"{\"state\": \"signed\", \"starts_on\": \"2026-02-30\", \"points\": [{\"kind\":"
         " \"courses\"}, {\"kind\": \"courses\", \"posts\": 0}]}",
         "/state CHOICE, /starts_on FORMAT, /points/1/posts RANGE, /points/1/kind DUPLICATE"},
    };

    (void)state;
    HOLD(employer_agreement_check, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_needed_and_a_contact_may_be_nobody),
        cmocka_unit_test(a_p_number_is_ten_digits_and_stands_once),
        cmocka_unit_test(an_agreement_has_a_period_and_each_point_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
