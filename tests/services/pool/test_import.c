/* Whole files over the socket: what is bad is named, what is good is in, a repeat changes nothing.
 */
#include "tests/common/sheet/zip.h"
#include "tests/services/pool/scene.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define IMPORT "POST /v1/candidates/import"
#define NDJSON "Content-Type: application/x-ndjson\r\n"
#define CSV "Content-Type: text/csv; charset=utf-8\r\n"
#define XLSX "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n"
#define ROWS 10000
#define HEADING "\xEF\xBB\xBF" OLD_HEADING
#define OLD_HEADING                                                                                \
    "reference;navn;telefon;email;adresse;cpr;postnummer;rejseafstand_km;ledig_fra;"               \
    "arbejdsformer;beskyttelse;screenet_af;screenet_den;screening_til;kompetencer;certifikater;"   \
    "koerekort;sprog;erhverv\r\n"

static int64_t count_of(const struct answer *answer, const char *name)
{
    return json_integer_value(json_object_get(answer->json, name));
}

static void expect_counts(const struct answer *answer, int64_t rows, int64_t created,
                          int64_t updated, int64_t unchanged, int64_t rejected)
{
    if (answer->status != 200 || count_of(answer, "rows") != rows ||
        count_of(answer, "created") != created || count_of(answer, "updated") != updated ||
        count_of(answer, "unchanged") != unchanged || count_of(answer, "rejected") != rejected)
        fail_msg("%d: %.600s", answer->status, answer->body);
}

/* "line column code" of rejection number `index`. */
static const char *rejection(struct scene *scene, const struct answer *answer, size_t index)
{
    static char text[128];
    const json_t *item = json_array_get(json_object_get(answer->json, "rejections"), index);

    (void)scene;
    snprintf(text, sizeof text, "%lld %s %s",
             (long long)json_integer_value(json_object_get(item, "line")),
             json_string_value(json_object_get(item, "column")),
             json_string_value(json_object_get(item, "code")));
    return text;
}

static struct answer import(struct scene *scene, const char *type, const char *text)
{
    return scene_request(scene, AARHUS, IMPORT, type, text, strlen(text));
}

/* The ways in which every hundredth row is broken, and how each is named. */
static const struct {
    const char *member; /* what takes the place of "postcode":"8000" */
    const char *column;
    const char *code;
} breaks[] = {
    {"\"postcode\":\"9999\"", "postcode", "UNKNOWN"},
    {"\"postcode\":\"80O0\"", "postcode", "FORMAT"},
    {"\"postcode\":8000", "postcode", "TYPE"},
    {"\"postcode\":\"8000\",\"age\":40", "age", "UNKNOWN_MEMBER"},
    {"\"postcode\":\"8000\"\"", "", "JSON"},
    {"\"postcode\":\"\xf8\"", "", "ENCODING"},
};
#define BREAKS (sizeof breaks / sizeof breaks[0])

static void write_rows(struct buffer *text)
{
    for (int i = 1; i <= ROWS; i++) {
        size_t kind = (size_t)(i / 100 - 1) % BREAKS;
        buffer_printf(
            text,
            "{\"external_ref\":\"BULK-%d\",\"person\":{\"name\":\"Person %d (fiktiv)\"},%s,"
            "\"max_travel_km\":%d,\"available_from\":\"2026-12-01\",\"kinds\":[\"permanent\"],"
            "\"protection\":\"none\",\"screening\":{\"by\":\"MK\",\"on\":\"2026-11-01\",\"until\":"
            "\"2027-05-01\"},\"facts\":[{\"kind\":\"competence\",\"code\":\"formwork\",\"level\":%"
            "d,"
            "\"stated_on\":\"2026-11-01\",\"source\":\"interview\"},{\"kind\":\"occupation\","
            "\"code\":\"9312.1\",\"years\":%d,\"stated_on\":\"2026-11-01\",\"source\":\"cv\"}]}\n",
            i, i, i % 100 == 0 ? breaks[kind].member : "\"postcode\":\"8000\"", 1 + i % 400,
            1 + i % 5, i % 40);
    }
}

static void of_ten_thousand_rows_a_hundred_are_named(void **state)
{
    struct scene *scene = *state;
    struct buffer text;

    buffer_init(&text, (size_t)32 << 20);
    write_rows(&text);
    assert_false(buffer_full(&text));
    int64_t before = scene_number(scene, "SELECT pool_current()");
    struct answer answer = scene_request(scene, AARHUS, IMPORT, NDJSON, text.data, text.length);
    expect_counts(&answer, ROWS, 9900, 0, 0, 100);
    const json_t *rejections = json_object_get(answer.json, "rejections");
    assert_int_equal(json_array_size(rejections), 100);
    for (size_t i = 0; i < 100; i++) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, "%zu %s %s", (i + 1) * 100, breaks[i % BREAKS].column,
                 breaks[i % BREAKS].code);
        assert_string_equal(rejection(scene, &answer, i), wanted);
    }
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate WHERE external_ref LIKE"
                                         " 'BULK-%'"),
                     9900);
    /* A batch is one version. */
    int64_t after = scene_number(scene, "SELECT pool_current()");
    assert_int_equal(after - before, ROWS / 500);

    answer = scene_request(scene, AARHUS, IMPORT, NDJSON, text.data, text.length);
    expect_counts(&answer, ROWS, 0, 0, 9900, 100);
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), after);
    assert_int_equal(scene_number(scene,
                                  "SELECT sum(cardinality(candidates)) FROM audit WHERE action"
                                  " = 'candidate.imported'"),
                     9900);
    buffer_deinit(&text);
}

static void a_danish_excel_file_is_read(void **state)
{
    struct scene *scene = *state;
    static const char text[] = HEADING
        "XL-1;Søren Prøve (fiktiv);20 00 00 00;s@example.dk;\"Prøvevej 1\r\n8000 "
        "Aarhus\";;8000;37,5;1-12-2026;fast|tidsbegrænset;ingen;MK;01-11-2026;01-05-2027;"
        "formwork:4:12|reinforcement:3;epoxy-isocyanate:01-03-2029;B|CE;da:C2|pl:B1;9312.1:10\r\n"
        "XL-2;Bo Prøve (fiktiv);;;;;9999;fem;1-12-2026;fast;;MK;01-11-2026;01-05-2027;"
        "juggling:3;;;;\r\n"
        "XL-3;\"Ida Prøve (fiktiv);;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n"
        "XL-1;Søren Igen (fiktiv);;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n"
        "XL-5;Eva Prøve (fiktiv);;;;;8600;50;1-12-2026;fast;;;;;;;;;\r\n";
    static const char *const named[] = {"4 rejseafstand_km FORMAT", "4 postnummer UNKNOWN",
                                        "4 kompetencer UNKNOWN", "5  QUOTES",
                                        "6 reference DUPLICATE"};

    struct answer answer = import(scene, CSV, text);
    expect_counts(&answer, 5, 2, 0, 0, 3);
    assert_int_equal(json_array_size(json_object_get(answer.json, "rejections")), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(rejection(scene, &answer, i), named[i]);
    assert_non_null(strstr(answer.body, "linje 2"));
    assert_int_equal(
        scene_number(scene, "SELECT max_travel_km FROM candidate WHERE external_ref = 'XL-1'"), 37);
    answer = import(scene, CSV, text);
    expect_counts(&answer, 5, 0, 0, 2, 3);
}

static void a_file_from_an_old_excel_is_told_how(void **state)
{
    struct scene *scene = *state;
    struct answer answer =
        import(scene, CSV, HEADING "OLD-1;S\xf8ren;;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n");

    expect_counts(&answer, 1, 0, 0, 0, 1);
    assert_string_equal(rejection(scene, &answer, 0), "2  ENCODING");
    assert_non_null(strstr(answer.body, "CSV UTF-8"));
    answer = import(scene, "Content-Type: text/csv; charset=windows-1252\r\n",
                    OLD_HEADING
                    "OLD-1;S\xf8ren Pr\xf8ve (fiktiv);;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n");
    expect_counts(&answer, 1, 1, 0, 0, 0);
    answer = import(scene, CSV,
                    HEADING "OLD-1;Søren Prøve (fiktiv);;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n");
    expect_counts(&answer, 1, 0, 0, 1, 0);
}

/* The cells of a row of a sheet; those that begin with '#' are numbers. */
static void write_row(struct buffer *sheet, int number, const char *const *cells)
{
    buffer_printf(sheet, "<row r=\"%d\">", number);
    for (int i = 0; cells[i] != NULL; i++) {
        if (cells[i][0] == '#')
            buffer_printf(sheet, "<c r=\"%c%d\"><v>%s</v></c>", 'A' + i, number, cells[i] + 1);
        else
            buffer_printf(sheet, "<c r=\"%c%d\" t=\"inlineStr\"><is><t>%s</t></is></c>", 'A' + i,
                          number, cells[i]);
    }
    buffer_text(sheet, "</row>");
}

static void a_workbook_is_read_as_a_csv_file_is(void **state)
{
    struct scene *scene = *state;
    static const char *const rows[][9] = {
        {"reference", "navn", "postnummer", "rejseafstand_km", "ledig_fra", "arbejdsformer",
         "kompetencer", "oplyst_den"},
        {"WB-1", "Søren Prøve (fiktiv)", "#8000", "#37.5", "01-12-2026", "fast", "formwork:3",
         "20-11-2026"},
        {"WB-2", "Ida Prøve (fiktiv)", "#9999", "#50", "01-12-2026", "fast", "formwork:3",
         "20-11-2026"},
    };
    struct buffer sheet;
    struct zip zip;

    buffer_init(&sheet, (size_t)1 << 20);
    buffer_text(&sheet, "<sheetData>");
    for (int i = 0; i < 3; i++)
        write_row(&sheet, i + 1, rows[i]);
    buffer_text(&sheet, "</sheetData>");
    zip_init(&zip);
    zip_add_book(&zip, &(struct zip_book){.sheet = sheet.data});
    zip_finish(&zip);
    struct answer answer =
        scene_request(scene, AARHUS, IMPORT, XLSX, zip.bytes.data, zip.bytes.length);
    expect_counts(&answer, 2, 1, 0, 0, 1);
    assert_string_equal(rejection(scene, &answer, 0), "3 postnummer UNKNOWN");
    assert_int_equal(
        scene_number(scene, "SELECT max_travel_km FROM candidate WHERE external_ref = 'WB-1'"), 37);
    answer = import(scene, CSV,
                    "reference,navn,postnummer,rejseafstand_km,ledig_fra,arbejdsformer,kompetencer,"
                    "oplyst_den\nWB-1,Søren Prøve (fiktiv),8000,\"37,5\",1-12-2026,fast,formwork:3,"
                    "20-11-2026\n");
    expect_counts(&answer, 1, 0, 0, 1, 0);
    zip_deinit(&zip);
    buffer_deinit(&sheet);
}

/* Nobody of them is known: an unknown word, and one CPR number on two rows. */
static void new_rows_have_their_own_faults(void **state)
{
    struct scene *scene = *state;
    static const char text[] =
        HEADING "NEW-1;A Prøve (fiktiv);;;;010190-4321;8000;50;1-12-2026;fast;;;;;;;;;\r\n"
                "NEW-2;B Prøve (fiktiv);;;;010190-4321;8000;50;1-12-2026;fast;;;;;;;;;\r\n"
                "NEW-3;C Prøve (fiktiv);;;;;8000;50;1-12-2026;fast;;MK;01-11-2026;01-05-2027;"
                "juggling:3;;;;\r\n"
                "NEW-4;D Prøve (fiktiv);;;;;8000;50;1-12-2026;fast;;;;;;;;;\r\n";
    struct answer answer = import(scene, CSV, text);

    expect_counts(&answer, 4, 2, 0, 0, 2);
    assert_string_equal(rejection(scene, &answer, 0), "3 cpr TAKEN");
    assert_string_equal(rejection(scene, &answer, 1), "4 kompetencer UNKNOWN");
}

static void put_and_import_know_each_others_rows(void **state)
{
    struct scene *scene = *state;
    const char *body = scene_body(scene, "Per Prøve (fiktiv)", "8000", SCENE_FACTS);
    struct answer answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/BOTH-1", "", body);
    char row[1024];

    assert_int_equal(answer.status, 201);
    snprintf(row, sizeof row, "{\"external_ref\":\"BOTH-1\",%s", body + 1);
    answer = import(scene, NDJSON, row);
    expect_counts(&answer, 1, 0, 0, 1, 0);
    char *postcode = strstr(row, "\"8000\"");
    memcpy(postcode, "\"8200\"", 6);
    answer = import(scene, NDJSON, row);
    expect_counts(&answer, 1, 0, 1, 0, 0);
}

static void files_that_are_none_are_refused(void **state)
{
    struct scene *scene = *state;
    struct answer answer = import(scene, "Content-Type: application/json\r\n", "{}");

    assert_int_equal(answer.status, 415);
    answer = import(scene, "Content-Type: text/csv; charset=utf-16\r\n", "a;b\n");
    assert_int_equal(answer.status, 415);
    answer = import(scene, XLSX, "reference;navn\n");
    assert_int_equal(answer.status, 422);
    assert_non_null(strstr(answer.body, "Filen er ikke et XLSX-regneark."));
    answer = import(scene, CSV, "navn;alder\n");
    assert_int_equal(answer.status, 422);
    assert_non_null(strstr(answer.body, "Kolonnen postnummer mangler."));
    answer = import(scene, CSV, "");
    assert_int_equal(answer.status, 422);
    answer = import(scene, NDJSON, "\n\n");
    expect_counts(&answer, 0, 0, 0, 0, 0);
    answer = scene_request(scene, TEAM, IMPORT, NDJSON, "{}", 2);
    assert_int_equal(answer.status, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_ten_thousand_rows_a_hundred_are_named),
        cmocka_unit_test(a_danish_excel_file_is_read),
        cmocka_unit_test(a_file_from_an_old_excel_is_told_how),
        cmocka_unit_test(a_workbook_is_read_as_a_csv_file_is),
        cmocka_unit_test(new_rows_have_their_own_faults),
        cmocka_unit_test(put_and_import_know_each_others_rows),
        cmocka_unit_test(files_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
