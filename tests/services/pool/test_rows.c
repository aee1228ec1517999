/* Rows of NDJSON and CSV as PUT's bodies, and the faults of the rules for them. */
#include "services/pool/body.h"
#include "services/pool/rows.h"
#include "services/pool/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADING                                                                                    \
    "\xEF\xBB\xBFreference;navn;telefon;email;adresse;cpr;postnummer;rejseafstand_km;ledig_fra;"   \
    "arbejdsformer;beskyttelse;screenet_af;screenet_den;screening_til;kompetencer;certifikater;"   \
    "koerekort;sprog;erhverv\r\n"

/* Gives a text in bites, as a socket would. */
struct feed {
    const char *text;
    size_t length;
    size_t taken;
    size_t bite;
};

static ssize_t feed_read(void *argument, void *bytes, size_t size)
{
    struct feed *feed = argument;
    size_t count = feed->length - feed->taken;

    if (count > feed->bite)
        count = feed->bite;
    if (count > size)
        count = size;
    memcpy(bytes, feed->text + feed->taken, count);
    feed->taken += count;
    return (ssize_t)count;
}

struct scene {
    struct arena *arena;
    struct feed feed;
    struct rows *rows;
    struct json_check check;
    struct row row;
};

static void scene_open(struct scene *scene, enum rows_form form, const char *text)
{
    memset(scene, 0, sizeof *scene);
    scene->arena = arena_create(0);
    scene->feed = (struct feed){.text = text, .length = strlen(text), .bite = 7};
    scene->rows = rows_create(&(struct rows_type){.form = form}, feed_read, &scene->feed);
}

static void scene_close(struct scene *scene)
{
    json_decref(scene->row.body);
    rows_destroy(&scene->rows);
    arena_destroy(&scene->arena);
}

static int next(struct scene *scene)
{
    json_decref(scene->row.body);
    json_check_init(&scene->check, scene->arena);
    return rows_next(scene->rows, &scene->check, &scene->row);
}

/* "column code" of each fault, after the body's own rules too. */
static const char *faults(struct scene *scene)
{
    struct pool_body good;
    const char *text = "";

    if (scene->row.body != NULL)
        pool_body_check(&scene->check, scene->row.body, true, &good);
    for (size_t i = 0; i < scene->check.count; i++)
        text = arena_printf(
            scene->arena, "%s%s%s %s", text, i > 0 ? ", " : "",
            rows_column(scene->rows, scene->arena, scene->row.body, scene->check.errors[i].pointer),
            scene->check.errors[i].code);
    return text;
}

static void assert_body(const struct scene *scene, const char *expected)
{
    json_t *wanted = json_loads(expected, 0, NULL);

    assert_non_null(wanted);
    if (!json_equal(scene->row.body, wanted))
        fail_msg("%s", json_canonical(scene->arena, scene->row.body));
    json_decref(wanted);
}

static void a_csv_row_is_puts_body(void **state)
{
    struct scene scene;
    (void)state;

    scene_open(&scene, ROWS_SHEET,
               HEADING
               "JC-1;Søren Prøve (fiktiv);20 00 00 00;s@example.dk;Prøvevej 1;010190-1234;8000;"
               "37,5;1-12-2026;fast|temporary;ingen;MK;01-11-2026;2027-05-01;"
               "formwork:4:12|reinforcement:3;epoxy-isocyanate:01-03-2029|first-aid;B|CE;"
               "da:C2|pl:5;9312.1:10\r\n");
    assert_int_equal(next(&scene), 1);
    assert_int_equal(scene.row.line, 2);
    assert_body(
        &scene,
        "{\"external_ref\":\"JC-1\",\"person\":{\"name\":\"Søren Prøve (fiktiv)\",\"phone\":"
        "\"20 00 00 00\",\"email\":\"s@example.dk\",\"address\":\"Prøvevej 1\",\"cpr\":"
        "\"010190-1234\"},\"postcode\":\"8000\",\"max_travel_km\":37,\"available_from\":"
        "\"2026-12-01\",\"kinds\":[\"permanent\",\"temporary\"],\"protection\":\"none\","
        "\"screening\":{\"by\":\"MK\",\"on\":\"2026-11-01\",\"until\":\"2027-05-01\"},\"facts\":["
        "{\"kind\":\"competence\",\"code\":\"formwork\",\"level\":4,\"years\":12,\"stated_on\":"
        "\"2026-11-01\",\"source\":\"register\"},"
        "{\"kind\":\"competence\",\"code\":\"reinforcement\",\"level\":3,\"stated_on\":"
        "\"2026-11-01\",\"source\":\"register\"},"
        "{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":\"2029-03-01\","
        "\"stated_on\":\"2026-11-01\",\"source\":\"register\"},"
        "{\"kind\":\"certificate\",\"code\":\"first-aid\",\"stated_on\":\"2026-11-01\",\"source\":"
        "\"register\"},"
        "{\"kind\":\"licence\",\"code\":\"B\",\"stated_on\":\"2026-11-01\",\"source\":\"register\"}"
        ","
        "{\"kind\":\"licence\",\"code\":\"CE\",\"stated_on\":\"2026-11-01\",\"source\":"
        "\"register\"},"
        "{\"kind\":\"language\",\"code\":\"da\",\"level\":6,\"stated_on\":\"2026-11-01\","
        "\"source\":"
        "\"register\"},"
        "{\"kind\":\"language\",\"code\":\"pl\",\"level\":5,\"stated_on\":\"2026-11-01\","
        "\"source\":"
        "\"register\"},"
        "{\"kind\":\"occupation\",\"code\":\"9312.1\",\"years\":10,\"stated_on\":\"2026-11-01\","
        "\"source\":\"register\"}]}");
    assert_string_equal(faults(&scene), "");
    assert_int_equal(next(&scene), 0);
    scene_close(&scene);
}

static void csv_faults_are_named_by_column(void **state)
{
    static const struct {
        const char *row;
        const char *faults;
    } table[] = {
        {"a;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;", ""},
        {"a;;;;;;8000;50;2026-12-01;fast;;;;;;;;;", "navn REQUIRED"},
        {"a;N;ring;;;;8000;50;2026-12-01;fast;;;;;;;;;", "telefon FORMAT"},
        {"a;N;;x;;;8000;50;2026-12-01;fast;;;;;;;;;", "email FORMAT"},
        {"a;N;;;;320190-1234;8000;50;2026-12-01;fast;;;;;;;;;", "cpr FORMAT"},
        {"a;N;;;;;800;50;2026-12-01;fast;;;;;;;;;", "postnummer FORMAT"},
        {"a;N;;;;;8000;501;2026-12-01;fast;;;;;;;;;", "rejseafstand_km RANGE"},
        {"a;N;;;;;8000;50;31-02-2026;fast;;;;;;;;;", "ledig_fra FORMAT"},
        {"a;N;;;;;8000;50;2026-12-01;fast|natarbejde;;;;;;;;;", "arbejdsformer CHOICE"},
        {"a;N;;;;;8000;50;2026-12-01;fast;hemmelig;;;;;;;;",
         "beskyttelse CHOICE, beskyttelse REQUIRED"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;;;;;;;",
         "screenet_den REQUIRED, screening_til REQUIRED"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;2026-11-01;2026-10-01;;;;;", "screening_til RANGE"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;;;;formwork:3;;;;", "screenet_den REQUIRED"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;2026-11-01;2027-01-01;formwork:9;;;;",
         "kompetencer RANGE"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;2026-11-01;2027-01-01;formwork:x;;;;",
         "kompetencer FORMAT"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;2026-11-01;2027-01-01;;first-aid:1:2;;;",
         "certifikater FORMAT"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;MK;2026-11-01;2027-01-01;;;B|B;;",
         "koerekort DUPLICATE"},
        {"a;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;;x;y", "reference COLUMNS"},
        {"a;\"N;;;;;8000;50;2026-12-01;fast;;;;;;;;;", " QUOTES"},
        {"a;S\xf8ren;;;;;8000;50;2026-12-01;fast;;;;;;;;;", " ENCODING"},
        {"a;;;x;;;800;fem;;;;;;;;;;;",
         "rejseafstand_km FORMAT, navn REQUIRED, email FORMAT, postnummer FORMAT, "
         "rejseafstand_km REQUIRED, ledig_fra REQUIRED, arbejdsformer LENGTH"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[2048];
        struct scene scene;
        snprintf(text, sizeof text, "%s%s\r\n", HEADING, table[i].row);
        scene_open(&scene, ROWS_SHEET, text);
        assert_int_equal(next(&scene), 1);
        assert_string_equal(faults(&scene), table[i].faults);
        scene_close(&scene);
    }
}

static void a_bad_heading_refuses_the_file(void **state)
{
    static const struct {
        const char *text;
        const char *codes;
    } table[] = {
        {"", "HEADING"},
        {"\n\n", "HEADING"},
        {"reference;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer\n", "REQUIRED"},
        {"Reference;NAVN;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;kompetencer;alder\n",
         "UNKNOWN_MEMBER"},
        {"reference;navn;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;kompetencer\n",
         "DUPLICATE"},
        {"reference;bem\xe6rkning\n", "ENCODING"},
        {"reference,navn,postnummer,rejseafstand_km,ledig_fra,arbejdsformer\n", "REQUIRED"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scene scene;
        scene_open(&scene, ROWS_SHEET, table[i].text);
        assert_int_equal(next(&scene), ERROR_INVALID);
        assert_int_equal(scene.check.count, 1);
        assert_string_equal(scene.check.errors[0].code, table[i].codes);
        scene_close(&scene);
    }
}

static void bad_rows_do_not_hide_good_ones(void **state)
{
    static const size_t lines[] = {2, 3, 5, 7, 8};
    static const bool readable[] = {true, false, true, true, true};
    struct scene scene;
    (void)state;

    scene_open(&scene, ROWS_SHEET,
               HEADING "a;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;\r\n" /* line 2 */
                       "b;\"N;;;;;8000;50;2026-12-01;fast;;;;;;;;;\r\n"
                       "\r\n"
                       "c;N;;;\"Vej 1\r\n8000 Aarhus\";;8000;50;2026-12-01;fast;;;;;;;;;\r\n"
                       "d;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;\r\n"
                       "e;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(next(&scene), 1);
        assert_int_equal(scene.row.line, lines[i]);
        assert_int_equal(scene.row.body != NULL, readable[i]);
    }
    assert_int_equal(next(&scene), 0);
    scene_close(&scene);
}

static void ndjson_lines_are_judged_one_by_one(void **state)
{
    static const struct {
        size_t line;
        const char *faults;
    } table[] = {
        {1, ""},
        {2, " JSON"},
        {3, " TYPE"},
        {5, " ENCODING"},
        {6, " JSON"},
        {7, "person REQUIRED, postcode REQUIRED, max_travel_km REQUIRED, available_from REQUIRED, "
            "kinds REQUIRED, protection REQUIRED, facts REQUIRED"},
        {8, "facts FORMAT, facts CHOICE, facts RANGE"},
        {9, "alder UNKNOWN_MEMBER"},
    };
    static const char good[] =
        "{\"external_ref\":\"a\",\"person\":{\"name\":\"N\"},\"postcode\":\"8000\",\"max_travel_"
        "km\":"
        "50,\"available_from\":\"2026-12-01\",\"kinds\":[\"permanent\"],\"protection\":\"none\",";
    char text[4096];
    struct scene scene;
    (void)state;

    snprintf(
        text, sizeof text,
        "%s\"facts\":[]}\n{\n[1]\r\n \r\n{\"a\":\"\xf8\"}\n{\"a\":1,\"a\":2}\n"
        "{\"external_ref\":\"b\"}\n"
        "%s\"facts\":[{\"kind\":\"competence\",\"code\":\"x\",\"level\":6,\"stated_on\":\"i går\","
        "\"source\":\"nabo\"}]}\n"
        "%s\"facts\":[],\"alder\":40}",
        good, good, good);
    scene_open(&scene, ROWS_NDJSON, text);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(next(&scene), 1);
        assert_int_equal(scene.row.line, table[i].line);
        assert_string_equal(faults(&scene), table[i].faults);
    }
    assert_int_equal(next(&scene), 0);
    scene_close(&scene);
}

static void a_line_without_end_is_passed_over(void **state)
{
    size_t length = 700000;
    char *text = malloc(length + 64);
    struct scene scene;
    (void)state;

    for (int form = ROWS_NDJSON; form <= ROWS_SHEET; form++) {
        const char *heading = form == ROWS_SHEET ? HEADING : "";
        const char *after =
            form == ROWS_SHEET ? "\nz;N;;;;;8000;50;2026-12-01;fast;;;;;;;;;" : "\n{}";
        char *long_text = malloc(length + 1024);
        memset(text, 'x', length);
        text[length] = '\0';
        sprintf(long_text, "%s%s%s", heading, text, after);
        scene_open(&scene, (enum rows_form)form, long_text);
        scene.feed.bite = 65536;
        assert_int_equal(next(&scene), 1);
        assert_null(scene.row.body);
        assert_string_equal(scene.check.errors[0].code, "LENGTH");
        assert_int_equal(next(&scene), 1);
        assert_int_equal(scene.row.line, form == ROWS_SHEET ? 3 : 2);
        assert_non_null(scene.row.body);
        assert_int_equal(next(&scene), 0);
        scene_close(&scene);
        free(long_text);
    }
    free(text);
}

static void a_reference_is_seen_once(void **state)
{
    struct seen *seen = seen_create();
    (void)state;

    for (size_t i = 1; i <= 20000; i++) {
        char reference[16];
        snprintf(reference, sizeof reference, "JC-%zu", i);
        assert_int_equal(seen_before(seen, reference, i), 0);
    }
    assert_int_equal(seen_before(seen, "JC-17", 20001), 17);
    assert_int_equal(seen_before(seen, "JC-20000", 20002), 20000);
    seen_destroy(&seen);
}

/* What a sheet says of numbers and days, with and without a column for when it was stated. */
static void numbers_and_days_are_as_the_file_says(void **state)
{
    static const struct {
        const char *travel, *stated, *stated_on;
        int64_t km; /* 0: a fault */
    } rows[] = {
        {"37,5", "20-11-2026", "2026-11-20", 37},
        {"37.25", "1-9-2026", "2026-09-01", 37},
        {"1.000", "", "2026-11-01", 0},
        {"1234567", "", "2026-11-01", 0},
        {"40,", "", "2026-11-01", 0},
        {"40 km", "", "2026-11-01", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char file[400];
        struct scene scene;
        snprintf(file, sizeof file,
                 "reference;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;screenet_den;"
                 "kompetencer;oplyst_den\nR-1;N (fiktiv);8000;%s;01-12-2026;fast;01-11-2026;"
                 "formwork:3;%s\n",
                 rows[i].travel, rows[i].stated);
        scene_open(&scene, ROWS_SHEET, file);
        assert_int_equal(next(&scene), 1);
        assert_int_equal(json_integer_value(json_object_get(scene.row.body, "max_travel_km")),
                         rows[i].km);
        assert_int_equal(json_check_ok(&scene.check), rows[i].km != 0);
        const json_t *fact = json_array_get(json_object_get(scene.row.body, "facts"), 0);
        assert_string_equal(json_string_value(json_object_get(fact, "stated_on")),
                            rows[i].stated_on);
        scene_close(&scene);
    }
}

/* A list of resumes that ends before its bracket is a file that was cut, even behind a comma. */
static void a_list_of_resumes_has_an_end(void **state)
{
    static const char *const files[] = {"[{\"a\":\"}\\\"\"},{\"b\":1}]", "{\"a\":1}\n{\"b\":1}",
                                        "[{\"a\":1},{\"b\":1},", "[{\"a\":1},{\"b\":1}"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct scene scene;
        scene_open(&scene, ROWS_RESUME, files[i]);
        for (int row = 0; row < 2; row++) {
            assert_int_equal(next(&scene), 1);
            assert_true(json_check_ok(&scene.check));
        }
        assert_int_equal(next(&scene), i >= 2);
        assert_int_equal(scene.row.cut, i >= 2);
        scene_close(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_row_is_puts_body),
        cmocka_unit_test(csv_faults_are_named_by_column),
        cmocka_unit_test(a_bad_heading_refuses_the_file),
        cmocka_unit_test(bad_rows_do_not_hide_good_ones),
        cmocka_unit_test(ndjson_lines_are_judged_one_by_one),
        cmocka_unit_test(a_line_without_end_is_passed_over),
        cmocka_unit_test(a_reference_is_seen_once),
        cmocka_unit_test(numbers_and_days_are_as_the_file_says),
        cmocka_unit_test(a_list_of_resumes_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
