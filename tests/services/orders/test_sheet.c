/* Sheets of orders, CSV and XLSX: over a real socket and a real PostgreSQL. */
#include "tests/common/sheet/zip.h"
#include "tests/services/orders/drafts.h"

#include "common/base/buffer.h"
#include "common/base/str.h"
#include "services/orders/sheet_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IMPORT "/v1/job-orders/import"
#define XLSX "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n"

#define HEADING                                                                                    \
    "reference;cvr;arbejdsgiver;titel;antal;fag;postnummer;start;slut;ansættelse;krav;ønsker;"   \
    "tekst\r\n"
#define GOOD                                                                                       \
    "A-1;12345674;Beton A/S (fiktiv);To tømrere;2;tømrer;8900;01-03-2027;;fast;kørekort "       \
    "B;truckkort;Vi er fire i sjakket\r\n"

static struct answer import(struct world *world, const char *query, const char *rows)
{
    return post(world, TEAM, arena_printf(world->scene->arena, IMPORT "%s", query),
                "text/csv; charset=utf-8",
                arena_printf(world->scene->arena, "%s%s", HEADING, rows));
}

static void a_sheet_becomes_drafts_once(void **state)
{
    struct world *world = *state;
    const char *rows =
        GOOD "A-2;12345675;Beton A/S (fiktiv);Murer;0;7112.1;8900;1. marts 2027;;fast;;;\r\n";
    struct answer answer = import(world, "?dry_run=true", rows);

    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "created"), 1);
    assert_true(json_is_null(at(answer.json, "results/0/order_id")));
    answer = import(world, "", rows);
    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "created"), 1);
    assert_int_equal(answer_integer(&answer, "rejected"), 1);
    assert_int_equal(json_integer_value(at(answer.json, "results/1/line")), 3);
    assert_true(lists(at(answer.json, "results/1/errors"), "pointer", "/employer/cvr"));
    assert_true(lists(at(answer.json, "results/1/errors"), "pointer", "/posts"));
    assert_true(lists(at(answer.json, "results/0/not_understood"), "source", "/tekst"));
    const char *order = text_at(answer.json, "results/0/order_id");
    const struct answer made =
        server_ask(world->server, TEAM, "GET",
                   arena_printf(world->scene->arena, "/v1/job-orders/%s", order), NULL, NULL);
    assert_string_equal(answer_text(&made, "state"), "draft");
    assert_string_equal(text_at(made.json, "start_date"), "2027-03-01");
    assert_string_equal(text_at(made.json, "occupations/0"), "7115.1");
    assert_string_equal(text_at(made.json, "requirements/0/necessity"), "must");
    assert_string_equal(text_at(made.json, "requirements/1/necessity"), "nice");

    answer = import(world, "", GOOD);
    assert_int_equal(answer_integer(&answer, "unchanged"), 1);
    answer =
        import(world, "",
               "A-1;12345674;Beton A/S (fiktiv);Tre tømrere;3;tømrer;8900;01-03-2027;;fast;;;\r\n");
    assert_int_equal(answer_integer(&answer, "differs"), 1);
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM order_row"), "1");
}

static void a_sheet_that_is_none_is_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = post(world, TEAM, IMPORT, "text/csv", "titel;farve\r\nx;y\r\n");

    assert_answer(&answer, 422, "invalid-body");
    answer = post(world, TEAM, IMPORT, "text/csv", "");
    assert_answer(&answer, 422, "invalid-body");
    answer = post(world, TEAM, IMPORT, "application/pdf", "x");
    assert_answer(&answer, 415, "media-type-unsupported");
    answer = import(world, "?dry_run=ja", GOOD);
    assert_answer(&answer, 400, "query-invalid");
    answer = post(world, EMPLOYER, IMPORT, "text/csv", HEADING GOOD);
    assert_answer(&answer, 403, "forbidden");
    answer = post(world, EMPLOYER, IMPORT, "text/csv", "titel;farve\r\nx;y\r\n"); /* unread */
    assert_answer(&answer, 403, "forbidden");
}

/* --- XLSX ---------------------------------------------------------------------------------- */

/* '#' before a number: Excel keeps it as one. */
static void write_cell(struct buffer *sheet, const char *text)
{
    if (text[0] == '#')
        buffer_printf(sheet, "<c><v>%s</v></c>", text + 1);
    else
        buffer_printf(sheet, "<c t=\"inlineStr\"><is><t>%s</t></is></c>", text);
}

static void a_workbook_is_read_as_the_same_sheet(void **state)
{
    static const char *const cells[2][8] = {
        {"Ordrenummer", "CVR", "Firma", "Titel", "Antal", "Fag", "Postnr", "Startdato"},
        {"X-1", "#12345674", "Beton A/S (fiktiv)", "Murer", "#2", "7112.1", "#8900", "2027-03-01"}};
    struct world *world = *state;
    struct buffer sheet;
    struct zip zip;

    buffer_init(&sheet, 65536);
    buffer_text(&sheet, "<sheetData>");
    for (int row = 0; row < 2; row++) {
        buffer_text(&sheet, "<row>");
        for (int column = 0; column < 8; column++)
            write_cell(&sheet, cells[row][column]);
        buffer_text(&sheet, "</row>");
    }
    buffer_text(&sheet, "</sheetData>");
    zip_init(&zip);
    zip_add_book(&zip, &(struct zip_book){.sheet = sheet.data});
    zip_finish(&zip);
    struct answer answer =
        server_ask_bytes(world->server, TEAM, "POST", IMPORT "?dry_run=true",
                         XLSX "Idempotency-Key: \"x\"\r\n", zip.bytes.data, zip.bytes.length);
    zip_deinit(&zip);
    buffer_deinit(&sheet);
    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "rejected"), 1); /* no kind of work is in it */
    assert_string_equal(text_at(answer.json, "results/0/errors/0/pointer"), "/kinds");
    assert_int_equal(json_array_size(at(answer.json, "results/0/errors")), 1);
    assert_int_equal(json_array_size(at(answer.json, "results/0/not_understood")), 0);
    answer = server_ask_bytes(world->server, TEAM, "POST", IMPORT,
                              XLSX "Idempotency-Key: \"y\"\r\n", "PK", 2);
    assert_answer(&answer, 422, "invalid-body");
}

/* --- cells --------------------------------------------------------------------------------- */

static struct answer one(struct world *world, const char *heading, const char *row)
{
    return post(world, TEAM, IMPORT "?dry_run=true", "text/csv",
                arena_printf(world->scene->arena, "%s\r\n%s\r\n", heading, row));
}

static bool misses(const struct answer *answer, const char *source, const char *text)
{
    const json_t *list = at(answer->json, "results/0/not_understood");

    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_equal(text_at(json_array_get(list, i), "source"), source) &&
            str_equal(text_at(json_array_get(list, i), "text"), text))
            return true;
    return false;
}

static bool faulty(const struct answer *answer, const char *pointer)
{
    return lists(at(answer->json, "results/0/errors"), "pointer", pointer);
}

static void a_value_that_is_none_is_listed_as_it_stands(void **state)
{
    struct world *world = *state;
    struct answer answer =
        one(world, "cvr;antal;postnummer;radius_km;start", "12345670;501;80000;0;den dag da");

    assert_answer(&answer, 200, NULL);
    assert_true(misses(&answer, "/cvr", "12345670"));
    assert_true(misses(&answer, "/antal", "501"));
    assert_true(misses(&answer, "/postnummer", "80000"));
    assert_true(misses(&answer, "/radius_km", "0"));
    assert_true(faulty(&answer, "/start_date"));
    answer = one(world, "cvr;antal;postnummer;radius_km;start", "12345674;500;8000;500;2027-03-01");
    assert_int_equal(json_array_size(at(answer.json, "results/0/not_understood")), 0);
    assert_false(faulty(&answer, "/posts"));
    assert_false(faulty(&answer, "/postcode"));
    assert_false(faulty(&answer, "/start_date"));
}

static const char *letters(struct world *world, size_t count)
{
    char *text = arena_alloc(world->scene->arena, count + 1);

    memset(text, 'x', count);
    return text;
}

/* Of a cell that is too long nothing is read, and nothing is repeated. */
static void a_cell_has_an_end(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    struct answer answer = one(world, "tekst", letters(world, 5000));

    assert_true(misses(&answer, "/tekst", letters(world, 5000)));
    answer = one(world, "tekst", letters(world, 5001));
    assert_true(misses(&answer, "/tekst", ""));
    const char *title = letters(world, 200);
    answer = one(world, "titel", title);
    assert_false(faulty(&answer, "/title"));
    title = arena_printf(arena, "%sx", title);
    answer = one(world, "titel", title);
    assert_true(misses(&answer, "/titel", title));
}

/* The linter reads a sheet's titles as it reads those of POST /v1/job-orders. */
static void a_title_of_a_sheet_is_linted(void **state)
{
    struct world *world = *state;
    struct answer answer = one(world, "titel", "Ung murersvend");

    assert_true(lists(at(answer.json, "results/0/errors"), "code", "DISCRIMINATION"));
}

/* Headings in any case, with the letters that ASCII has not. */
static void headings_are_known_as_they_are_written(void **state)
{
    struct world *world = *state;
    struct answer answer =
        one(world, "TITEL;ANSÆTTELSE;ØNSKER;Krav", "Murer;permanent;truckkort;kørekort B");

    assert_answer(&answer, 200, NULL);
    assert_false(faulty(&answer, "/kinds"));
    answer = one(world, "titel;Title", "x;y");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/1 DUPLICATE\n");
    answer = one(world, "titel;farve", "x;y");
    assert_string_equal(answer_errors(world->server, &answer), "/1 UNKNOWN\n");
}

/* A cell of codes has an end: the rest of it is listed, not read. */
static void parts_of_a_cell_are_few(void **state)
{
    struct world *world = *state;
    struct buffer row;

    buffer_init(&row, 65536);
    for (int i = 0; i < 29; i++)
        buffer_text(&row, "|");
    buffer_text(&row, "7112.1|7115.1|murer;fast|temporary");
    struct answer answer = one(world, "fag;ansættelse", row.data);
    buffer_deinit(&row);
    assert_answer(&answer, 200, NULL);
    assert_true(misses(&answer, "/fag", "7115.1|murer"));
    assert_false(misses(&answer, "/fag", "7112.1"));
    assert_int_equal(json_array_size(at(answer.json, "results/0/not_understood")), 1);
    assert_false(faulty(&answer, "/kinds"));
}

static void a_row_that_cannot_be_read_is_named(void **state)
{
    struct world *world = *state;
    struct answer answer = import(world, "?dry_run=true", "\"A\"x;1\r\n" GOOD);

    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "rows"), 2);
    assert_int_equal(answer_integer(&answer, "rejected"), 1);
    assert_int_equal(answer_integer(&answer, "unchanged"), 1);
    assert_string_equal(text_at(answer.json, "results/0/errors/0/code"), "QUOTES");
    assert_string_equal(text_at(answer.json, "results/1/outcome"), "unchanged");
}

/* Without a reference a row is known by what it says, in all of its cells. */
static void a_row_without_a_reference_is_known_by_its_words(void **state)
{
    struct world *world = *state;
    const char *row = ";12345674;Beton A/S (fiktiv);Murer;2;7112.1;8900;01-03-2027;;fast;;;\r\n";
    struct answer answer = import(world, "", row);

    assert_int_equal(answer_integer(&answer, "created"), 1);
    answer = import(world, "", row);
    assert_int_equal(answer_integer(&answer, "unchanged"), 1);
    answer =
        import(world, "",
               ";12345674;Beton A/S (fiktiv);Murer;2;7112.1;8900;01-03-2027;;fast;;;haster\r\n");
    assert_int_equal(answer_integer(&answer, "created"), 1);
}

#define ROW(reference_, employer_, title_, text_)                                                  \
    reference_ ";12345674;" employer_ ";" title_ ";2;7112.1;8900;01-03-2027;;fast;;;" text_ "\r\n"

/* What stands in one cell is not what stands in two. */
static void cells_are_told_apart(void **state)
{
    struct world *world = *state;
    struct answer answer = import(world, "", ROW("", "Byg A/S (fiktiv)", "Murersvend", ""));

    assert_int_equal(answer_integer(&answer, "created"), 1);
    answer = import(world, "", ROW("", "Byg A/S (fiktiv)M", "urersvend", ""));
    assert_int_equal(answer_integer(&answer, "created"), 1);
}

/* One that is too long is no reference, and a row that lost it in silence would come in twice. */
static void a_reference_has_an_end(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    static const size_t lengths[] = {100, 101};
    static const char *const first[] = {"created", "rejected"};
    static const char *const outcomes[] = {"differs", "rejected"};

    for (size_t i = 0; i < 2; i++) {
        const char *reference = letters(world, lengths[i]);
        struct answer answer = import(
            world, "",
            arena_printf(arena, "%s%s", reference, ROW("", "Byg A/S (fiktiv)", "Murer", "a")));
        assert_int_equal(answer_integer(&answer, first[i]), 1);
        answer = import(
            world, "",
            arena_printf(arena, "%s%s", reference, ROW("", "Byg A/S (fiktiv)", "Murer", "b")));
        assert_int_equal(answer_integer(&answer, outcomes[i]), 1);
    }
}

static void rows_are_counted(void **state)
{
    struct world *world = *state;
    struct buffer rows;

    buffer_init(&rows, (size_t)1 << 20);
    for (int i = 0; i < SHEET_ROWS_CAP; i++)
        buffer_text(&rows, "x\r\n");
    struct answer answer = import(world, "?dry_run=true", rows.data);
    assert_answer(&answer, 200, NULL);
    assert_int_equal(answer_integer(&answer, "rejected"), SHEET_ROWS_CAP);
    buffer_text(&rows, "x\r\n");
    answer = import(world, "?dry_run=true", rows.data);
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), " LENGTH\n");
    buffer_deinit(&rows);
}

/* Neither rows nor what is not understood in one of them grow without end. */
static void a_file_of_much_text_is_refused(void **state)
{
    struct world *world = *state;
    struct buffer text;

    buffer_init(&text, 2 * SHEET_TEXT_CAP);
    for (int i = 0; i < 300; i++)
        buffer_text(&text, "qwx, ");
    struct answer answer = one(world, "tekst", text.data);
    assert_answer(&answer, 200, NULL);
    assert_int_equal(json_array_size(at(answer.json, "results/0/not_understood")), 200);
    assert_string_equal(text_at(answer.json, "results/0/remarks/0/code"), "MORE_NOT_UNDERSTOOD");
    buffer_clear(&text);
    for (size_t row = 0; text.length < SHEET_TEXT_CAP + 65536; row++)
        buffer_printf(&text, "%060000d\r\n", (int)row);
    answer = one(world, "tekst", text.data);
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), " LENGTH\n");
    buffer_deinit(&text);
}

static int setup(void **state)
{
    return world_open(state, "orders_sheet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sheet_becomes_drafts_once),
        cmocka_unit_test(a_sheet_that_is_none_is_refused),
        cmocka_unit_test(a_workbook_is_read_as_the_same_sheet),
        cmocka_unit_test(a_value_that_is_none_is_listed_as_it_stands),
        cmocka_unit_test(a_cell_has_an_end),
        cmocka_unit_test(a_title_of_a_sheet_is_linted),
        cmocka_unit_test(cells_are_told_apart),
        cmocka_unit_test(a_reference_has_an_end),
        cmocka_unit_test(headings_are_known_as_they_are_written),
        cmocka_unit_test(parts_of_a_cell_are_few),
        cmocka_unit_test(a_row_that_cannot_be_read_is_named),
        cmocka_unit_test(a_row_without_a_reference_is_known_by_its_words),
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(a_file_of_much_text_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
