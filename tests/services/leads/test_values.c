/* Amounts, days and stages as people and their systems write them. */
#include "services/leads/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *amount_text(const char *text, const struct value_amount_pattern *pattern)
{
    static char said[128];
    struct value_amount amount;
    enum value_fault fault = value_amount_read(text, pattern, &amount);

    if (fault != VALUE_GOOD) {
        snprintf(said, sizeof said, "%s", value_fault_code(fault));
        assert_non_null(value_fault_text(fault));
    } else if (amount.low == amount.high) {
        snprintf(said, sizeof said, "%s%lld.%02d %s", amount.about ? "~" : "",
                 (long long)(amount.low / 100), (int)(amount.low % 100), amount.currency);
    } else {
        snprintf(said, sizeof said, "%s%lld-%lld %s", amount.about ? "~" : "",
                 (long long)(amount.low / 100), (long long)(amount.high / 100), amount.currency);
    }
    return said;
}

static const struct {
    const char *text;
    const char *amount;
} amounts[] = {
    {"12,5 mio", "12500000.00 DKK"},
    {"12,5 mio.", "12500000.00 DKK"},
    {"12.5 mio. kr.", "12500000.00 DKK"},
    {"12,5 mio.kr.", "12500000.00 DKK"},
    {"1,2 mia.", "1200000000.00 DKK"},
    {"1,2 milliarder kroner", "1200000000.00 DKK"},
    {"kr. 1.250.000,-", "1250000.00 DKK"},
    {"1.250.000,00 kr", "1250000.00 DKK"},
    {"1.250.000", "1250000.00 DKK"},
    {"1,250,000", "1250000.00 DKK"},
    {"1 250 000", "1250000.00 DKK"},
    {"1\xC2\xA0"
     "250\xC2\xA0"
     "000 kr.",
     "1250000.00 DKK"},
    {"1'250'000", "1250000.00 DKK"},
    {"DKK 1,250,000.50", "1250000.50 DKK"},
    {"1250000", "1250000.00 DKK"},
    {"1250000,5", "1250000.50 DKK"},
    {"0,125 mio", "125000.00 DKK"},
    {"1.250", "1250.00 DKK"},
    {"1.1250", "1.13 DKK"},
    {"850 t.kr.", "850000.00 DKK"},
    {"850 tkr", "850000.00 DKK"},
    {"850.000 t.kr.", "850000000.00 DKK"},
    {"4 mio. euro", "4000000.00 EUR"},
    {"€ 4,5m", "4500000.00 EUR"},
    {"€4.5m", "4500000.00 EUR"},
    {"£2bn", "2000000000.00 GBP"},
    {"$ 100", "100.00 USD"},
    {"ca. 12 mio", "~12000000.00 DKK"},
    {"~12 mio", "~12000000.00 DKK"},
    {"over 100 mio. kr.", "~100000000.00 DKK"},
    {"op til 100 mio", "~100000000.00 DKK"},
    {"ca. 5-10 mio.", "~5000000-10000000 DKK"},
    {"5-10 mio", "~5000000-10000000 DKK"},
    {"5 – 10 mio", "~5000000-10000000 DKK"},
    {"5 mio - 1 mia", "~5000000-1000000000 DKK"},
    {"mellem 5 og 10 mio. kr.", "~5000000-10000000 DKK"},
    {"fra 5 til 10 mio. kr. ekskl. moms", "~5000000-10000000 DKK"},
    {"500.000-750.000 kr.", "~500000-750000 DKK"},
    {"12 mio. inkl. moms", "~12000000.00 DKK"},
    {"500,- til 750,- kr", "~500-750 DKK"},
    {"12345.678", "12345.68 DKK"},
    {"1,9999999999999999999999", "2.00 DKK"},
    /* nothing is said */
    {"", "EMPTY"},
    {"  ", "EMPTY"},
    {"-", "EMPTY"},
    {"N/A", "EMPTY"},
    {"ikke oplyst", "EMPTY"},
    {"0", "EMPTY"},
    /* two things may be said */
    {"1,250", "AMBIGUOUS"},
    {"12.500 mio", "AMBIGUOUS"},
    {"12,500 mio", "AMBIGUOUS"},
    {"2 billion", "AMBIGUOUS"},
    {"2 billioner kr.", "AMBIGUOUS"},
    /* none is */
    {"abc", "FORMAT"},
    {"12 skoler", "FORMAT"},
    {"1.2.3", "FORMAT"},
    {"1.25.000", "FORMAT"},
    {"12 13", "FORMAT"},
    {"5-10-15 mio", "FORMAT"},
    {"10 mio kr eur", "FORMAT"},
    {"mio", "FORMAT"},
    {"5 mio mio", "FORMAT"},
    {"-500", "FORMAT"},
    {"1,2,3", "FORMAT"},
    {"10-5 mio", "RANGE"},
    {"99999999 mia", "RANGE"},
    {"999999999999999999999999999999", "FORMAT"},
};

static void test_amounts(void **state)
{
    static const struct value_amount_pattern any;

    (void)state;
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const char *said = amount_text(amounts[i].text, &any);
        if (strcmp(said, amounts[i].amount) != 0)
            fail_msg("\"%s\": %s, not %s", amounts[i].text, said, amounts[i].amount);
    }
}

static void test_amount_patterns(void **state)
{
    const struct value_amount_pattern millions = {.unit = 1000000};
    const struct value_amount_pattern point = {.decimal = '.', .currency = "EUR"};
    const struct value_amount_pattern comma = {.decimal = ','};

    (void)state;
    assert_string_equal(amount_text("12,5", &millions), "12500000.00 DKK");
    assert_string_equal(amount_text("5-10", &millions), "~5000000-10000000 DKK");
    assert_string_equal(amount_text("850 tkr", &millions), "850000.00 DKK");
    assert_string_equal(amount_text("1,250", &point), "1250.00 EUR");
    assert_string_equal(amount_text("1.250", &point), "1.25 EUR");
    assert_string_equal(amount_text("1,250", &comma), "1.25 DKK");
    assert_string_equal(amount_text("1.250", &comma), "1250.00 DKK");
    assert_string_equal(amount_text("12.500 mio", &comma), "12500000000.00 DKK");
    assert_string_equal(amount_text("1.25", &comma), "FORMAT");
}

/* A column of millions where somebody wrote kroner all the same. */
static void test_bare_amounts(void **state)
{
    const struct value_amount_pattern millions = {.unit = 1000000};
    const struct value_amount_pattern thousands = {.unit = 1000};
    const struct value_amount_pattern ones = {.unit = 1};

    (void)state;
    assert_string_equal(amount_text("850000", &millions), "AMBIGUOUS");
    assert_string_equal(amount_text("12,5-850000", &millions), "AMBIGUOUS");
    assert_string_equal(amount_text("850000 mio", &millions), "850000000000.00 DKK");
    assert_string_equal(amount_text("99999", &millions), "99999000000.00 DKK");
    assert_string_equal(amount_text("1250000", &thousands), "1250000000.00 DKK");
    assert_string_equal(amount_text("100000000000", &ones), "100000000000.00 DKK");
}

static const char *date_text(const char *text, const struct value_date_pattern *pattern)
{
    static char said[128];
    struct value_date date;
    enum value_fault fault = value_date_read(text, pattern, &date);

    if (fault != VALUE_GOOD)
        snprintf(said, sizeof said, "%s", value_fault_code(fault));
    else
        snprintf(said, sizeof said, "%s%s %s %s", date.about ? "~" : "", date.from, date.to,
                 value_precision_word(date.precision));
    return said;
}

static const struct value_date_pattern today = {
    .today_year = 2026, .today_month = 11, .today_day = 22};

static const struct {
    const char *text;
    const char *date;
} dates[] = {
    {"Marts 2025", "2025-03-01 2025-03-31 month"},
    {"marts, 2025", "2025-03-01 2025-03-31 month"},
    {"Mar-25", "2025-03-01 2025-03-31 month"},
    {"03/2025", "2025-03-01 2025-03-31 month"},
    {"2025-03", "2025-03-01 2025-03-31 month"},
    {"februar 2028", "2028-02-01 2028-02-29 month"},
    {"Quarter 1, 2026", "2026-01-01 2026-03-31 quarter"},
    {"Q3 2026", "2026-07-01 2026-09-30 quarter"},
    {"2026 Q3", "2026-07-01 2026-09-30 quarter"},
    {"2026K1", "2026-01-01 2026-03-31 quarter"},
    {"2. kvartal 2026", "2026-04-01 2026-06-30 quarter"},
    {"4. kv. 2026", "2026-10-01 2026-12-31 quarter"},
    {"1.-2. kvartal 2026", "2026-01-01 2026-06-30 period"},
    {"uge 12 2026", "2026-03-16 2026-03-22 week"},
    {"uge 12, 2026", "2026-03-16 2026-03-22 week"},
    {"2026-W12", "2026-03-16 2026-03-22 week"},
    {"uge 53 2026", "2026-12-28 2027-01-03 week"},
    {"uge 53 2025", "RANGE"},
    {"uge 1 2026", "2025-12-29 2026-01-04 week"},
    {"uge 12", "2027-03-22 2027-03-28 week"},
    {"uge 40", "2026-09-28 2026-10-04 week"},
    {"uge 12-14 2026", "2026-03-16 2026-04-05 period"},
    {"12-03-2026", "2026-03-12 2026-03-12 day"},
    {"12.03.2026", "2026-03-12 2026-03-12 day"},
    {"12/3/2026", "2026-03-12 2026-03-12 day"},
    {"12/3-2026", "2026-03-12 2026-03-12 day"},
    {"12-03-26", "2026-03-12 2026-03-12 day"},
    {"2026-03-12", "2026-03-12 2026-03-12 day"},
    {"2026-03-12 07:30", "2026-03-12 2026-03-12 day"},
    {"2026-03-12T07:30:00Z", "2026-03-12 2026-03-12 day"},
    {"12-03-2026 07:30:00", "2026-03-12 2026-03-12 day"},
    {"2026-03-12T07:30:00.5+01:00", "2026-03-12 2026-03-12 day"},
    {"2026-03-12 07:30 +01:00", "2026-03-12 2026-03-12 day"},
    {"12-03-2026 07:30 - 14-03-2026 16:00", "FORMAT"},
    {"12-03-2026 07:30 til 14-03-2026", "FORMAT"},
    {"februar 2100", "2100-02-01 2100-02-28 month"},
    {"februar 2000", "2000-02-01 2000-02-29 month"},
    {"12. marts 2026", "2026-03-12 2026-03-12 day"},
    {"d. 12. marts 2026", "2026-03-12 2026-03-12 day"},
    {"March 12, 2026", "2026-03-12 2026-03-12 day"},
    {"12-mar-2026", "2026-03-12 2026-03-12 day"},
    {"medio maj 2026", "2026-05-11 2026-05-20 part"},
    {"primo maj 2026", "2026-05-01 2026-05-10 part"},
    {"ultimo februar 2026", "2026-02-21 2026-02-28 part"},
    {"slut maj 2026", "2026-05-21 2026-05-31 part"},
    {"efterår 2026", "2026-09-01 2026-11-30 season"},
    {"Efteråret 2026", "2026-09-01 2026-11-30 season"},
    {"foråret 2026", "2026-03-01 2026-05-31 season"},
    {"sommer 2026", "2026-06-01 2026-08-31 season"},
    {"vinter 2026", "2025-12-01 2026-02-28 season"},
    {"vinteren 2026/2027", "2026-12-01 2027-02-28 season"},
    {"vinter 2026/27", "2026-12-01 2027-02-28 season"},
    {"sommer 2026/27", "RANGE"},
    {"vinter 2026/28", "RANGE"},
    {"1. halvår 2026", "2026-01-01 2026-06-30 half"},
    {"H2 2026", "2026-07-01 2026-12-31 half"},
    {"2026", "2026-01-01 2026-12-31 year"},
    {"2026-2028", "2026-01-01 2028-12-31 period"},
    {"primo 2026", "2026-01-01 2026-04-30 period"},
    {"marts-maj 2026", "2026-03-01 2026-05-31 period"},
    {"1-15 marts 2026", "2026-03-01 2026-03-15 period"},
    {"fra 1. marts 2026 til 1. maj 2027", "2026-03-01 2027-05-01 period"},
    {"1. marts til 1. maj 2026", "2026-03-01 2026-05-01 period"},
    {"marts 2026 – maj 2027", "2026-03-01 2027-05-31 period"},
    {"ca. marts 2026", "~2026-03-01 2026-03-31 month"},
    {"forventet 2. kvartal 2026", "~2026-04-01 2026-06-30 quarter"},
    {"", "EMPTY"},
    {" - ", "EMPTY"},
    {"ukendt", "EMPTY"},
    {"ikke oplyst", "EMPTY"},
    {"marts 26", "AMBIGUOUS"},
    {"marts", "FORMAT"},
    {"snarest", "FORMAT"},
    {"12", "FORMAT"},
    {"45000", "FORMAT"},
    {"31-02-2026", "RANGE"},
    {"12-13-2026", "RANGE"},
    {"5. kvartal 2026", "RANGE"},
    {"uge 54 2026", "RANGE"},
    {"maj 2026 - marts 2026", "RANGE"},
    {"12-03-1066", "FORMAT"},
};

static void test_dates(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        const char *said = date_text(dates[i].text, &today);
        if (strcmp(said, dates[i].date) != 0)
            fail_msg("\"%s\": %s, not %s", dates[i].text, said, dates[i].date);
    }
}

static void test_date_patterns(void **state)
{
    const struct value_date_pattern american = {.order = "mdy"};
    const struct value_date_pattern timeless = {.order = "dmy"};

    (void)state;
    assert_string_equal(date_text("03/12/2026", &american), "2026-03-12 2026-03-12 day");
    assert_string_equal(date_text("03/12/2026", &timeless), "2026-12-03 2026-12-03 day");
    assert_string_equal(date_text("2026-03-12", &american), "2026-03-12 2026-03-12 day");
    assert_string_equal(date_text("uge 12", &timeless), "FORMAT");
    const struct value_date_pattern january = {
        .today_year = 2026, .today_month = 1, .today_day = 5};
    assert_string_equal(date_text("uge 52", &january), "2025-12-22 2025-12-28 week");
}

static void test_stages(void **state)
{
    static const struct {
        const char *text;
        const char *stage;
    } table[] = {
        {"Projektering", "planned"},
        {"Skitseprojekt", "planned"},
        {"I udbud", "tender"},
        {"Licitation", "tender"},
        {"Kontrakt indgået", "awarded"},
        {"Contract Awarded", "awarded"},
        {"I gang", "construction"},
        {"Under opførelse", "construction"},
        {"Construction", "construction"},
        {"Byggestart - igangsat", "construction"},
        {"Afsluttet", "completed"},
        {"Færdig", "completed"},
        {"UDBUD", "tender"},
        {"noget andet", NULL},
        {"", NULL},
        {"udbudsbrev", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *stage = value_stage_read(table[i].text);
        if (table[i].stage == NULL)
            assert_null(stage);
        else
            assert_string_equal(stage != NULL ? stage : table[i].text, table[i].stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),       cmocka_unit_test(test_amount_patterns),
        cmocka_unit_test(test_bare_amounts),  cmocka_unit_test(test_dates),
        cmocka_unit_test(test_date_patterns), cmocka_unit_test(test_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
