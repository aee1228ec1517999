/* How the forecast is written: numbers in both tongues, places, and text that would be a formula.
 */
#include "services/forecast/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CAP ((size_t)1 << 16)

static const struct forecast_row rows[] = {
    {"2027-01", "7112.1", "=Murer", "0751", "Aarhus", 105, 5, 70, 30, true, 3, false, 75},
    {"2027-01", "7112.1", "=Murer", "several", "Flere kommuner", 10, 10, 0, 0, false, 0, false, 0},
};
static const struct forecast_unknown unknown[] = {
    {"NO_VALUE", "Ingen \"værdi\"", 2, "[\"a\",\"b\"]", -1},
    {"NO_TRADE", "Intet fag", 0, "[]", 25},
};
static const struct forecast forecast = {.from = "2027-01",
                                         .to = "2027-01",
                                         .municipality = "0751",
                                         .rules = 3,
                                         .found_percent = 20,
                                         .rows = rows,
                                         .row_count = 2,
                                         .unknown = unknown,
                                         .unknown_count = 2};

static void json_says_what_is_not_known(void **state)
{
    struct buffer text;

    (void)state;
    buffer_init(&text, CAP);
    forecast_json(&forecast, &text);
    buffer_char(&text, '\0');
    assert_string_equal(
        text.data,
        "{\"from\":\"2027-01\",\"to\":\"2027-01\",\"trade\":null,\"municipality\":\"0751\","
        "\"rules\":{\"version\":3,\"draft\":false,\"found_percent\":20},\"rows\":["
        "{\"month\":\"2027-01\",\"trade\":{\"code\":\"7112.1\",\"title_da\":\"=Murer\"},"
        "\"place\":{\"kind\":\"municipality\",\"code\":\"0751\",\"name\":\"Aarhus\"},"
        "\"needed\":10.5,\"by_rule\":0.5,\"by_contact\":7.0,\"by_panel\":3.0,"
        "\"supply\":3,\"exact\":false,\"short\":7.5},"
        "{\"month\":\"2027-01\",\"trade\":{\"code\":\"7112.1\",\"title_da\":\"=Murer\"},"
        "\"place\":{\"kind\":\"several\",\"code\":null,\"name\":\"Flere kommuner\"},"
        "\"needed\":1.0,\"by_rule\":1.0,\"by_contact\":0.0,\"by_panel\":0.0,"
        "\"supply\":null,\"exact\":null,\"short\":null}],\"unknown\":["
        "{\"reason\":\"NO_VALUE\",\"text\":\"Ingen \\\"værdi\\\"\",\"leads\":2,"
        "\"newest\":[\"a\",\"b\"],\"people\":null},"
        "{\"reason\":\"NO_TRADE\",\"text\":\"Intet fag\",\"leads\":0,\"newest\":[],"
        "\"people\":2.5}]}");
    buffer_deinit(&text);
}

static void a_table_holds_no_formula(void **state)
{
    struct buffer text;

    (void)state;
    buffer_init(&text, CAP);
    forecast_sheet(&forecast, FORECAST_NEEDS, &text);
    buffer_char(&text, '\0');
    assert_non_null(strstr(text.data, "\r\n2027-01;7112.1;'=Murer;0751;Aarhus;10,5;0,5;7,0;3,0;3;"
                                      "mindst;7,5\r\n2027-01;7112.1;'=Murer;;Flere kommuner;1,0;"
                                      "1,0;0,0;0,0;;;\r\n"));
    buffer_clear(&text);
    forecast_sheet(&forecast, FORECAST_UNKNOWN, &text);
    buffer_char(&text, '\0');
    assert_non_null(strstr(text.data, "\r\nNO_VALUE;\"Ingen \"\"værdi\"\"\";2;\r\n"
                                      "NO_TRADE;Intet fag;0;2,5\r\n"));
    buffer_deinit(&text);
}

/* The names of trades and places are people's words. Danish Excel parts fields at ';' alone. */
static void no_name_becomes_a_formula_or_another_field(void **state)
{
    static const struct {
        const char *name, *field;
    } texts[] = {
        {"=1+1", "'=1+1"},
        {"+45", "'+45"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"  =1", "'  =1"},
        {"a;=1", "\"a;=1\""},
        {"\";=1", "\"\"\";=1\""},
        {"=A1;\"b", "\"'=A1;\"\"b\""},
        {"a\r\n=1", "\"a\r\n=1\""},
        {"Jord- og beton", "Jord- og beton"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct forecast_row row = rows[0];
        struct forecast_unknown reason = unknown[1];
        struct forecast one = forecast;
        struct buffer text, expected;

        row.trade = row.trade_title = row.place_name = reason.text = texts[i].name;
        one.rows = &row;
        one.unknown = &reason;
        one.row_count = one.unknown_count = 1;
        buffer_init(&text, CAP);
        buffer_init(&expected, CAP);
        forecast_sheet(&one, FORECAST_NEEDS, &text);
        buffer_char(&text, '\0');
        buffer_printf(&expected, "Mangler\r\n2027-01;%s;%s;0751;%s;10,5;", texts[i].field,
                      texts[i].field, texts[i].field);
        buffer_char(&expected, '\0');
        assert_non_null(strstr(text.data, expected.data));
        buffer_clear(&text);
        buffer_clear(&expected);
        forecast_sheet(&one, FORECAST_UNKNOWN, &text);
        buffer_char(&text, '\0');
        buffer_printf(&expected, "\r\nNO_TRADE;%s;0;2,5\r\n", texts[i].field);
        buffer_char(&expected, '\0');
        assert_non_null(strstr(text.data, expected.data));
        buffer_deinit(&expected);
        buffer_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_says_what_is_not_known),
        cmocka_unit_test(a_table_holds_no_formula),
        cmocka_unit_test(no_name_becomes_a_formula_or_another_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
