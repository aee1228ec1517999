/* Columns to leads, and what the columns of an export are guessed to be. */
#include "services/leads/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TODAY "2026-11-22"

static struct arena *arena;
static struct json_check check;

static json_t *parse(const char *text)
{
    json_t *value;
    struct json_fault fault;

    assert_int_equal(json_read(text, strlen(text), &value, &fault), 0);
    return value;
}

static struct sheet_reader_row row_of(size_t count, const char *const *texts)
{
    return (struct sheet_reader_row){.line = 2, .count = count, .texts = texts};
}

#define ROW(...)                                                                                   \
    row_of(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *),                           \
           (const char *const[]){__VA_ARGS__})

static const char PLAN[] =
    "{\"columns\":[{\"column\":\"Projekt-ID\",\"field\":\"project_reference\"},"
    "{\"column\":\"Projektnavn\",\"field\":\"project_name\"},"
    "{\"column\":\"Entreprenør\",\"field\":\"company_name\"},"
    "{\"column\":\"CVR\",\"field\":\"company_cvr\"},"
    "{\"column\":\"Byggesum (mio)\",\"field\":\"value\",\"unit\":\"1000000\"},"
    "{\"column\":\"Stade\",\"field\":\"stage\"},"
    "{\"column\":\"Byggestart\",\"field\":\"start_date\"},"
    "{\"column\":\"Postnr\",\"field\":\"postal_code\"}],"
    "\"stage\":\"awarded\",\"stages\":{\"S3\":\"construction\"}}";

static struct sheet_reader_row heading_row(void)
{
    static const char *const texts[] = {"PROJEKT ID",  "projektnavn", "Kontaktperson",
                                        "Entreprenør", "CVR",         "Byggesum (mio)",
                                        "Stade",       "Byggestart",  "Postnr"};
    return row_of(sizeof texts / sizeof texts[0], texts);
}

/* The row by a plan, as compact sorted JSON; its faults behind. */
static const char *read_by(const char *by, struct sheet_reader_row heading,
                           struct sheet_reader_row cells, struct mapping_row *row)
{
    static char text[8192];
    json_t *plan = parse(by);
    struct mapping_places places;

    json_check_init(&check, arena);
    const struct mapping *mapping = mapping_read(&check, plan, "/mapping");
    assert_non_null(mapping);
    assert_true(mapping_bind(mapping, &heading, &check, &places));
    mapping_row_read(mapping, &places, &cells, TODAY, arena, row);
    size_t used = (size_t)snprintf(text, sizeof text, "%s",
                                   row->item != NULL ? json_canonical(arena, row->item) : "null");
    for (size_t i = 0; i < row->fault_count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %s:%s", row->faults[i].column,
                                 row->faults[i].code);
    json_decref(plan);
    return text;
}

static const char *read_by_plan(struct sheet_reader_row cells, struct mapping_row *row)
{
    return read_by(PLAN, heading_row(), cells, row);
}

static void test_row(void **state)
{
    struct mapping_row row;

    (void)state;
    assert_string_equal(
        read_by_plan(ROW("P-17", "Ny skole", "Bo Bosen (fiktiv)", "Murer A/S (fiktiv)",
                         "DK 10 00 00 09", "12,5", "S3", "2. kvartal 2027", "8000 Aarhus C"),
                     &row),
        "{\"export\":{\"start_date\":{\"about\":false,\"from\":\"2027-04-01\",\"precision\":"
        "\"quarter\",\"raw\":\"2. kvartal 2027\","
        "\"to\":\"2027-06-30\"},\"value\":{\"about\":false,\"high\":1250000000,\"low\":1250000000,"
        "\"raw\":\"12,5\"}},"
        "\"places\":[{\"country\":\"DNK\",\"postal_code\":\"8000\"}],"
        "\"project\":{\"name\":\"Ny "
        "skole\",\"reference\":\"P-17\"},\"stage\":\"construction\",\"start_date\":\"2027-04-01\","
        "\"title\":\"Ny "
        "skole\",\"value\":{\"currency\":\"DKK\",\"minor\":1250000000,\"raw\":\"12,5\"},\"value_"
        "kind\":\"estimate\","
        "\"winner\":{\"country\":\"DNK\",\"cvr\":\"10000009\",\"id\":\"DK 10 00 00 "
        "09\",\"name\":\"Murer A/S (fiktiv)\"}}");
    /* What no column was given to is nowhere: it may be about people. */
    const char *raw = json_canonical(arena, row.raw);
    assert_null(strstr(raw, "Bosen"));
    assert_non_null(strstr(raw, "\"Byggestart\":\"2. kvartal 2027\""));
    mapping_row_release(&row);
}

static void test_faults(void **state)
{
    struct mapping_row row;

    (void)state;
    assert_string_equal(
        read_by_plan(
            ROW("", "Ny skole", "", "Murer A/S", "12345678", "mange", "hmm", "snarest", "80"),
            &row),
        "{\"places\":[],\"project\":{\"name\":\"Ny skole\"},\"stage\":\"awarded\",\"title\":\"Ny "
        "skole\","
        "\"winner\":{\"id\":\"12345678\",\"name\":\"Murer A/S\"}}"
        " CVR:FORMAT Stade:UNKNOWN Byggesum (mio):FORMAT Byggestart:FORMAT Postnr:FORMAT");
    assert_true(row.key[0] != '\0');
    mapping_row_release(&row);
    assert_string_equal(read_by_plan(ROW("P-17", "Ny skole"), &row), "null Entreprenør:NO_COMPANY");
    assert_string_equal(row.key, "");
    mapping_row_release(&row);
    assert_string_equal(read_by_plan(ROW("", "", "", "Murer A/S"), &row),
                        "null Projektnavn:NO_PROJECT");
    mapping_row_release(&row);
}

/* The same company on the same project is the same row, whatever else it says. */
static void test_key(void **state)
{
    struct mapping_row one, same, other;

    (void)state;
    read_by_plan(ROW("P-17", "Ny skole", "", "Murer A/S", "", "12", "Udbud"), &one);
    read_by_plan(ROW("P-17", "Ny skole nu med hal", "", "MURER  a/s", "", "14", "I gang"), &same);
    read_by_plan(ROW("P-18", "Ny skole", "", "Murer A/S", "", "12", "Udbud"), &other);
    assert_string_equal(one.key, same.key);
    assert_string_not_equal(one.key, other.key);
    mapping_row_release(&one);
    mapping_row_release(&same);
    mapping_row_release(&other);
}

static void keys_of(struct sheet_reader_row one, struct sheet_reader_row other, bool same)
{
    struct mapping_row rows[2];

    read_by_plan(one, &rows[0]);
    read_by_plan(other, &rows[1]);
    assert_int_equal(strcmp(rows[0].key, rows[1].key) == 0, same);
    mapping_row_release(&rows[0]);
    mapping_row_release(&rows[1]);
}

/* What cannot be folded, or not all of it, is compared as it stands. */
static void test_keys_apart(void **state)
{
    static char long_one[400], long_other[400];

    (void)state;
    memset(long_one, 'a', sizeof long_one - 1);
    memcpy(long_other, long_one, sizeof long_one);
    long_other[398] = 'b';
    keys_of(ROW("", long_one, "", "Murer A/S"), ROW("", long_other, "", "Murer A/S"), false);
    keys_of(ROW("", "\xD0\x9C", "", "Murer A/S"), ROW("", "\xD0\x9D", "", "Murer A/S"), false);
    keys_of(ROW("", "Skole", "", "Murer A/S"), ROW("", "Skole", "", "Tømrer A/S"), false);
    keys_of(ROW("", "Skole: ny", "", "Murer A/S"), ROW("", "SKOLE NY", "", "Murer  A/S"), true);
}

static const char ABROAD[] = "{\"columns\":[{\"column\":\"Nr\",\"field\":\"reference\"},"
                             "{\"column\":\"Firma\",\"field\":\"company_name\"},"
                             "{\"column\":\"CVR\",\"field\":\"company_cvr\"},"
                             "{\"column\":\"Firmaets land\",\"field\":\"company_country\"},"
                             "{\"column\":\"Projekt\",\"field\":\"project_name\"},"
                             "{\"column\":\"Postnr\",\"field\":\"postal_code\"},"
                             "{\"column\":\"Land\",\"field\":\"country\"}]}";

static void expect_abroad(struct sheet_reader_row cells, const char *expected)
{
    struct mapping_row row;

    assert_string_equal(
        read_by(ABROAD, ROW("Nr", "Firma", "CVR", "Firmaets land", "Projekt", "Postnr", "Land"),
                cells, &row),
        expected);
    mapping_row_release(&row);
}

#define SAYS(places, winner)                                                                       \
    "{\"places\":" places ",\"project\":{\"name\":\"Bro\"},\"stage\":\"unknown\","                 \
    "\"title\":\"Bro\",\"winner\":{" winner "}}"

/* A number of eight digits is a CVR number of a Danish company alone; four digits are a Danish
 * postcode in Denmark alone. */
static void test_abroad(void **state)
{
    (void)state;
    expect_abroad(ROW("1", "Bygg AB", "10000009", "Sverige", "Bro", "211 20", "Sverige"),
                  SAYS("[{\"country\":\"SWE\",\"postal_code\":\"211 20\"}]",
                       "\"country\":\"SWE\",\"id\":\"10000009\",\"name\":\"Bygg AB\""));
    expect_abroad(ROW("1", "Celtnieks", "", "Letland", "Bro", "1010", "Letland"),
                  SAYS("[]", "\"name\":\"Celtnieks\"") " Firmaets land:UNKNOWN Land:UNKNOWN");
    expect_abroad(ROW("1", "Murer", "", "", "Bro", "8000", ""),
                  SAYS("[{\"country\":\"DNK\",\"postal_code\":\"8000\"}]", "\"name\":\"Murer\""));
}

static const char DAYS[] = "{\"columns\":[{\"column\":\"Firma\",\"field\":\"company_name\"},"
                           "{\"column\":\"Projekt\",\"field\":\"project_name\"},"
                           "{\"column\":\"Sum\",\"field\":\"value\"},"
                           "{\"column\":\"Start\",\"field\":\"start_date\"},"
                           "{\"column\":\"Slut\",\"field\":\"end_date\"},"
                           "{\"column\":\"CPV\",\"field\":\"cpv\"}]}";

/* Members of the lead as text, a space between; "-" where it has none; faults behind. */
static void expect_days(struct sheet_reader_row cells, const char *expected)
{
    static const char *const members[] = {"start_date", "end_date", "cpv"};
    struct mapping_row row;
    char text[400];

    const char *all =
        read_by(DAYS, ROW("Firma", "Projekt", "Sum", "Start", "Slut", "CPV"), cells, &row);
    const char *faults = strrchr(all, '}') + 1;
    size_t used = (size_t)snprintf(text, sizeof text, "%lld",
                                   (long long)json_integer_value(json_object_get(
                                       json_object_get(row.item, "value"), "minor")));
    for (size_t i = 0; i < 3; i++) {
        const char *member = json_string_value(json_object_get(row.item, members[i]));
        used +=
            (size_t)snprintf(text + used, sizeof text - used, " %s", member != NULL ? member : "-");
    }
    snprintf(text + used, sizeof text - used, "%s", faults);
    assert_string_equal(text, expected);
    mapping_row_release(&row);
}

/* Of a range the least counts; an end before the start is none; a period in one cell has both. */
static void test_days_and_sums(void **state)
{
    (void)state;
    expect_days(ROW("Murer", "Bro", "5-10 mio.", "2027-03-01", "2027-05-01", "45210000-2"),
                "500000000 2027-03-01 2027-05-01 45210000");
    expect_days(ROW("Murer", "Bro", "", "2027-05-01", "2027-03-01", "45210000"),
                "0 2027-05-01 - 45210000 Slut:RANGE");
    expect_days(ROW("Murer", "Bro", "", "marts-maj 2027"), "0 2027-03-01 2027-05-31 -");
    expect_days(ROW("Murer", "Bro", "", "marts 2027"), "0 2027-03-01 - -");
    expect_days(ROW("Murer", "Bro", "", "", "", "452100001"), "0 - - - CPV:FORMAT");
    expect_days(ROW("Murer", "Bro", "", "", "", "45210000 Byggeri"), "0 - - 45210000");
    expect_days(ROW("Murer", "Bro", "", "", "", "45210000x"), "0 - - - CPV:FORMAT");
}

/* A text that is too long to keep is a fault, not half a text. */
static void test_long(void **state)
{
    static char long_name[600];
    struct mapping_row row;

    (void)state;
    memset(long_name, 'a', sizeof long_name - 1);
    const char *said = read_by_plan(ROW("P-1", long_name, "", "Murer A/S"), &row);
    assert_non_null(strstr(said, " Projektnavn:LENGTH"));
    assert_null(json_object_get(json_object_get(row.item, "project"), "name"));
    mapping_row_release(&row);
    said = read_by_plan(ROW("P-1", "Bro", "", "Murer A/S", long_name), &row);
    assert_non_null(strstr(said, " CVR:LENGTH"));
    assert_null(json_object_get(json_object_get(row.item, "winner"), "id"));
    mapping_row_release(&row);
}

/* Excel's own spaces, U+00A0 and U+202F, around and inside. */
static void test_spaces(void **state)
{
    (void)state;
    expect_abroad(ROW("1", "\xC2\xA0Murer\xC2\xA0 A/S ",
                      "10\xC2\xA0"
                      "00\xE2\x80\xAF"
                      "00 09",
                      "", "Bro",
                      "\xC2\xA0"
                      "8000\xC2\xA0"
                      "Aarhus",
                      "\xC2\xA0"),
                  SAYS("[{\"country\":\"DNK\",\"postal_code\":\"8000\"}]",
                       "\"country\":\"DNK\",\"cvr\":\"10000009\",\"id\":\"10 00 00 09\","
                       "\"name\":\"Murer  A/S\""));
}

/* A row that becomes no lead still says which it is: by its own reference, or by its project. */
static void test_present(void **state)
{
    struct mapping_row good, rejected;

    (void)state;
    const struct sheet_reader_row heading =
        ROW("Nr", "Firma", "CVR", "Firmaets land", "Projekt", "Postnr", "Land");
    read_by(ABROAD, heading, ROW("7", "Murer", "", "", "Bro"), &good);
    read_by(ABROAD, heading, ROW("7", "", "", "", ""), &rejected);
    assert_null(rejected.item);
    assert_string_equal(good.key, rejected.key);
    assert_null(rejected.project);
    mapping_row_release(&good);
    mapping_row_release(&rejected);
    read_by_plan(ROW("P-17", "Ny skole"), &rejected);
    assert_string_equal(rejected.key, "");
    assert_string_equal(json_canonical(arena, rejected.project),
                        "{\"name\":\"Ny skole\",\"reference\":\"P-17\"}");
    mapping_row_release(&rejected);
}

/* The column's own number, and nothing that only holds one. */
static void test_numbers(void **state)
{
    struct mapping_row row;

    (void)state;
    assert_string_equal(read_by_plan(ROW("P-1", "Skole", "", "Murer", "DK-10 00 00 09 5",
                                         "5-10 mio", "", "1. marts-1. maj 2027", "80001"),
                                     &row),
                        "{\"end_date\":\"2027-05-01\",\"export\":{\"start_date\":{\"about\":false,"
                        "\"from\":\"2027-03-01\","
                        "\"precision\":\"period\",\"raw\":\"1. marts-1. maj 2027\","
                        "\"to\":\"2027-05-01\"},\"value\":{\"about\":true,\"high\":1000000000,"
                        "\"low\":500000000,\"raw\":\"5-10 mio\"}},"
                        "\"places\":[],"
                        "\"project\":{\"name\":\"Skole\",\"reference\":\"P-1\"},"
                        "\"stage\":\"awarded\",\"start_date\":\"2027-03-01\",\"title\":\"Skole\","
                        "\"value\":{\"currency\":\"DKK\",\"minor\":500000000,\"raw\":\"5-10 mio\"},"
                        "\"value_kind\":\"estimate\",\"winner\":{\"id\":\"DK-10 00 00 09 5\","
                        "\"name\":\"Murer\"}} CVR:FORMAT Postnr:FORMAT");
    mapping_row_release(&row);
}

/* A text of 500 characters is kept, and one of 501 is not; what is no letter becomes a space. */
static void test_long_and_odd_texts(void **state)
{
    struct mapping_row row;
    char text[502];

    (void)state;
    memset(text, 'x', 501);
    text[501] = '\0';
    read_by_plan(ROW("P-1", text, "", "Murer"), &row);
    assert_int_equal(row.fault_count, 1);
    assert_string_equal(row.faults[0].code, "LENGTH");
    mapping_row_release(&row);
    text[500] = '\0';
    text[7] = '\x01';
    read_by_plan(ROW("P-1", text, "", "Murer"), &row);
    assert_int_equal(row.fault_count, 0);
    assert_int_equal(json_string_value(json_object_get(row.item, "title"))[7], ' ');
    assert_int_equal(strlen(json_string_value(json_object_get(row.item, "title"))), 500);
    mapping_row_release(&row);
}

#define PERIOD                                                                                     \
    "{\"columns\":[{\"column\":\"Firma\",\"field\":\"company_name\"},"                             \
    "{\"column\":\"Projekt\",\"field\":\"project_name\"},"                                         \
    "{\"column\":\"Start\",\"field\":\"start_date\"},{\"column\":\"Slut\",\"field\":\"end_date\"}" \
    "]}"

/* Two ends that overlap are no fault: only an end that is over before the start may begin. */
static void test_ends_that_overlap(void **state)
{
    const struct sheet_reader_row heading = ROW("Firma", "Projekt", "Start", "Slut");
    struct mapping_row row;

    (void)state;
    read_by(PERIOD, heading, ROW("Murer", "Bro", "2027", "maj 2027"), &row);
    assert_int_equal(row.fault_count, 0);
    assert_string_equal(json_string_value(json_object_get(row.item, "start_date")), "2027-01-01");
    assert_string_equal(json_string_value(json_object_get(row.item, "end_date")), "2027-05-31");
    mapping_row_release(&row);
    read_by(PERIOD, heading, ROW("Murer", "Bro", "2027", "maj 2026"), &row);
    assert_int_equal(row.fault_count, 1);
    assert_string_equal(row.faults[0].code, "RANGE");
    assert_null(json_object_get(row.item, "end_date"));
    mapping_row_release(&row);
}

static void plan_is_refused(const char *plan, const char *pointer, const char *code)
{
    json_t *object = parse(plan);

    json_check_init(&check, arena);
    assert_null(mapping_read(&check, object, "/mapping"));
    assert_string_equal(check.errors[0].pointer, pointer);
    assert_string_equal(check.errors[0].code, code);
    json_decref(object);
}

static void test_plans(void **state)
{
    (void)state;
    plan_is_refused("{}", "/mapping/columns", "REQUIRED");
    plan_is_refused("{\"columns\":[7]}", "/mapping/columns/0", "TYPE");
    plan_is_refused("{\"columns\":[{\"column\":\"a\",\"field\":\"telephone\"}]}",
                    "/mapping/columns/0/field", "CHOICE");
    plan_is_refused("{\"columns\":[{\"column\":\"a\",\"field\":\"company_name\"},"
                    "{\"column\":\"b\",\"field\":\"company_name\"}]}",
                    "/mapping/columns/1/field", "DUPLICATE");
    plan_is_refused("{\"columns\":[{\"column\":\"a\",\"field\":\"project_name\"}]}",
                    "/mapping/columns", "REQUIRED");
    plan_is_refused("{\"columns\":[{\"column\":\"a\",\"field\":\"company_name\"}]}",
                    "/mapping/columns", "REQUIRED");
    plan_is_refused("{\"columns\":[{\"column\":\"a\",\"field\":\"company_name\",\"unit\":\"7\"}]}",
                    "/mapping/columns/0/unit", "CHOICE");
    plan_is_refused(
        "{\"columns\":[{\"column\":\"a\",\"field\":\"company_name\"}],\"stages\":{\"x\":\"y\"}}",
        "/mapping/stages", "CHOICE");
    plan_is_refused("{\"columns\":[],\"more\":1}", "/mapping/more", "UNKNOWN_MEMBER");

    char many[4096] = "{\"columns\":[{\"column\":\"a\",\"field\":\"company_name\"},"
                      "{\"column\":\"b\",\"field\":\"project_name\"}],\"stages\":{\"0\":\"tender\"";
    for (int i = 1; i <= 100; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), ",\"%d\":\"tender\"", i);
    snprintf(many + strlen(many), sizeof many - strlen(many), "}}");
    plan_is_refused(many, "/mapping/stages", "RANGE");
}

static void test_headings(void **state)
{
    json_t *plan = parse(PLAN);
    struct mapping_places places;
    struct sheet_reader_row heading =
        ROW("Projekt-ID", "Projektnavn", "Projektnavn", "CVR", "Stade");

    (void)state;
    json_check_init(&check, arena);
    const struct mapping *mapping = mapping_read(&check, plan, "/mapping");
    assert_false(mapping_bind(mapping, &heading, &check, &places));
    assert_int_equal(check.count, 5); /* one is there twice, four are not */
    json_decref(plan);
}

/* "column=field confidence unit decimal order", a column each, those without a field left out. */
static const char *guess(struct sheet_reader_row heading, const struct sheet_reader_row *rows,
                         size_t count, int *least)
{
    static char text[4096];
    size_t used = 0;
    json_t *made = mapping_guess(&heading, rows, count);
    size_t i;
    json_t *column;

    *least = 100;
    text[0] = '\0';
    json_array_foreach(json_object_get(made, "columns"), i, column)
    {
        const char *field = json_string_value(json_object_get(column, "field"));
        if (field == NULL)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s=%s",
                                 json_string_value(json_object_get(column, "column")), field);
        const char *names[] = {"unit", "decimal", "order"};
        for (size_t j = 0; j < 3; j++) {
            const char *word = json_string_value(json_object_get(column, names[j]));
            if (word != NULL)
                used += (size_t)snprintf(text + used, sizeof text - used, " %s", word);
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "\n");
        int confidence = (int)json_integer_value(json_object_get(column, "confidence"));
        *least = confidence < *least ? confidence : *least;
    }
    json_decref(made);
    return text;
}

static void test_guess_danish(void **state)
{
    int least;
    const struct sheet_reader_row rows[] = {
        ROW("101", "Ny skole", "12,5", "I udbud", "2. kvartal 2027", "Skolevej 1", "8000",
            "Aarhus C", "Aarhus Kommune", "Murer A/S (fiktiv)", "10000009", "Bo Bosen (fiktiv)",
            "12345678"),
        ROW("102", "Ny hal", "1,2", "Projektering", "marts 2027", "Halvej 1", "8700", "Horsens",
            "Horsens Kommune", "Tømrer A/S (fiktiv)", "10000017", "Ib Ibsen (fiktiv)", "87654321")};

    (void)state;
    assert_string_equal(guess(ROW("Projekt-ID", "Projektnavn", "Byggesum (mio. kr.)", "Stadie",
                                  "Byggestart", "Adresse", "Postnr.", "By", "Bygherre",
                                  "Hovedentreprenør", "CVR-nr.", "Kontaktperson", "Telefon"),
                              rows, 2, &least),
                        "Projekt-ID=project_reference\nProjektnavn=project_name\n"
                        "Byggesum (mio. kr.)=value 1000000 ,\nStadie=stage\nByggestart=start_date\n"
                        "Postnr.=postal_code\nBy=city\nBygherre=developer\n"
                        "Hovedentreprenør=company_name\nCVR-nr.=company_cvr\n");
    assert_true(least >= 40);
}

static void test_guess_english(void **state)
{
    int least;
    const struct sheet_reader_row rows[] = {
        ROW("7001", "New school", "Contract Awarded", "12,500,000", "03/25/2027", "06/30/2028",
            "Main Contractor", "Murer A/S (fiktiv)", "Ib Ibsen (fiktiv)", "Denmark"),
        ROW("7002", "New hall", "Tender", "1,250,000.50", "04/01/2027", "Quarter 1, 2029",
            "Main Contractor", "Tømrer A/S (fiktiv)", "Bo Bosen (fiktiv)", "Denmark")};

    (void)state;
    assert_string_equal(
        guess(ROW("Project ID", "Project Name", "Project Stage", "Local Value",
                  "Construction Start Date (Original format)", "Construction End Date", "Role",
                  "Company Name", "Contact Name", "Country"),
              rows, 2, &least),
        "Project ID=project_reference\nProject Name=project_name\nProject Stage=stage\n"
        "Local Value=value .\nConstruction Start Date (Original format)=start_date mdy\n"
        "Construction End Date=end_date mdy\nCompany Name=company_name\nCountry=country\n");
    assert_true(least >= 40);
}

/* What the rows show both ways is left open, and a field has one column: the likelier heading. */
static void test_guess_in_doubt(void **state)
{
    int least;
    const struct sheet_reader_row rows[] = {
        ROW("12,5", "25/03/2027", "Murer A/S (fiktiv)", "Bo (fiktiv)"),
        ROW("1.5", "03/25/2027", "Tømrer A/S (fiktiv)", "Ib (fiktiv)")};

    (void)state;
    assert_string_equal(
        guess(ROW("Byggesum", "Byggestart", "Firma", "Firma (kort)"), rows, 2, &least),
        "Byggesum=value\nByggestart=start_date\nFirma=company_name\n");
}

/* A heading that only holds a known word is less sure than one that is it. */
static void test_guess_of_a_part(void **state)
{
    int least;

    (void)state;
    assert_string_equal(guess(ROW("Projektnavn på sagen"), NULL, 0, &least),
                        "Projektnavn på sagen=project_name\n");
    assert_int_equal(least, 97 * 2 / 3);
    assert_string_equal(guess(ROW("Kontaktperson i firma"), NULL, 0, &least), "");
}

/* A number that is one is known by itself, but not among what is of people; a heading that its rows
 * speak against is not believed. */
static void test_guess_content(void **state)
{
    int least;
    const struct sheet_reader_row rows[] = {ROW("10000009", "i går", "x"),
                                            ROW("10000017", "i morgen", "y")};

    (void)state;
    assert_string_equal(guess(ROW("Nummer", "Startdato", "Noget"), rows, 2, &least),
                        "Nummer=company_cvr\n");
    assert_string_equal(guess(ROW("Telefon", "Startdato", "Noget"), rows, 2, &least), "");
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_create(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_keys_apart),
        cmocka_unit_test(test_abroad),
        cmocka_unit_test(test_days_and_sums),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_and_odd_texts),
        cmocka_unit_test(test_ends_that_overlap),
        cmocka_unit_test(test_guess_in_doubt),
        cmocka_unit_test(test_guess_of_a_part),
        cmocka_unit_test(test_present),
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_headings),
        cmocka_unit_test(test_guess_danish),
        cmocka_unit_test(test_guess_english),
        cmocka_unit_test(test_guess_content),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
