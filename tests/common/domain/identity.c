#include "common/domain/identity.h"
#include "common/domain/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void cvr_follows_the_weights(void **state)
{
    static const char *const good[] = {"55133018", "29189668", "29189641", "32264328", "12345674"};
    static const char *const bad[] = {"12345678",  "55133081", "02918966", "5513301",
                                      "551330188", "5513301a", "DK551330", ""};
    (void)state;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(cvr_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(cvr_valid(bad[i]));
    assert_false(cvr_valid(NULL));
}

/* All made up: no number below was looked up. */
static void cpr_needs_a_day_that_exists_and_no_modulus(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } table[] = {
        {"010190-1234", true},   {"0101901234", true},   {"010190 1234", false},
        {"310290-1234", false},  {"001290-1234", false}, {"011390-1234", false},
        {"290200-4000", true},  /* 2000 was a leap year … */
        {"290200-1000", false}, /* … and 1900 was not */
        {"290236-9000", true},   {"290237-9000", false}, {"290296-4000", true},
        {"290258-5000", false},  {"290256-5000", true},  {"010190-123", false},
        {"010190-12345", false}, {"01019o-1234", false}, {"", false},
        {"010190--123", false},
    };
    char digits[CPR_SIZE];
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (cpr_valid(table[i].text) != table[i].valid)
            fail_msg("%s", table[i].text);
    }
    assert_true(cpr_normalise("010190-1234", digits));
    assert_string_equal(digits, "0101901234");
    assert_false(cpr_valid(NULL));
}

static void a_p_number_is_ten_digits(void **state)
{
    (void)state;
    assert_true(p_number_valid("1000000001"));
    assert_true(p_number_valid("0000000000"));
    assert_false(p_number_valid("100000000"));
    assert_false(p_number_valid("10000000011"));
    assert_false(p_number_valid("100000000 "));
    assert_false(p_number_valid(""));
    assert_false(p_number_valid(NULL));
}

static void codes_are_four_digits(void **state)
{
    (void)state;
    assert_true(postcode_valid("8000"));
    assert_false(postcode_valid("800"));
    assert_false(postcode_valid("8000 "));
    assert_false(postcode_valid("8OOO"));
    assert_true(municipality_code_valid("0751"));
    assert_false(municipality_code_valid("751"));
    assert_false(municipality_code_valid("1751"));
}

static void a_reference_can_stand_in_a_url_and_is_no_cpr(void **state)
{
    char longest[REFERENCE_CAP + 2];
    (void)state;

    assert_int_equal(reference_check("JC-2026-00017"), REFERENCE_GOOD);
    assert_int_equal(reference_check("sag-æøå"), REFERENCE_GOOD);
    assert_int_equal(reference_check(""), REFERENCE_EMPTY);
    assert_int_equal(reference_check("a/b"), REFERENCE_CHARACTER);
    assert_int_equal(reference_check("a b"), REFERENCE_CHARACTER);
    assert_int_equal(reference_check("."), REFERENCE_CHARACTER);
    assert_int_equal(reference_check(".."), REFERENCE_CHARACTER);
    assert_int_equal(reference_check("..."), REFERENCE_GOOD);
    assert_int_equal(reference_check("a\x01"), REFERENCE_CHARACTER);
    assert_int_equal(reference_check("010190-1234"), REFERENCE_CPR);
    assert_int_equal(reference_check("0101901234"), REFERENCE_CPR);
    assert_int_equal(reference_check("9901901234"), REFERENCE_GOOD);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(reference_check(longest), REFERENCE_LONG);
    longest[REFERENCE_CAP] = '\0';
    assert_int_equal(reference_check(longest), REFERENCE_GOOD);
}

static void contact_has_a_shape(void **state)
{
    (void)state;
    assert_true(email_valid("a@b.dk"));
    assert_true(email_valid("søren@example.dk"));
    assert_false(email_valid("a@b"));
    assert_false(email_valid("@b.dk"));
    assert_false(email_valid("a@b@c.dk"));
    assert_false(email_valid("a b@c.dk"));
    assert_false(email_valid("a@.dk"));
    assert_false(email_valid("a@b."));
    assert_true(phone_valid("+45 20 00 00 00"));
    assert_true(phone_valid("20000000"));
    assert_false(phone_valid("20+000000"));
    assert_false(phone_valid("12345"));
    assert_false(phone_valid("ring til mig 20000000"));
}

static void lists_know_their_members(void **state)
{
    (void)state;
    assert_int_equal(kind_index(work_kinds, "permanent"), 0);
    assert_int_equal(kind_index(work_kinds, "flex"), 6);
    assert_int_equal(kind_index(work_kinds, "fast"), -1);
    assert_int_equal(kind_index(work_kinds, NULL), -1);
    assert_int_equal(fact_level_maximum("competence"), 5);
    assert_int_equal(fact_level_maximum("language"), 6);
    assert_int_equal(fact_level_maximum("licence"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cvr_follows_the_weights),
        cmocka_unit_test(cpr_needs_a_day_that_exists_and_no_modulus),
        cmocka_unit_test(a_p_number_is_ten_digits),
        cmocka_unit_test(codes_are_four_digits),
        cmocka_unit_test(a_reference_can_stand_in_a_url_and_is_no_cpr),
        cmocka_unit_test(contact_has_a_shape),
        cmocka_unit_test(lists_know_their_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
