/*
 * Exports over a real socket and a real PostgreSQL: sources with their mappings, the guess, a dry
 * run, an import, the same again, rows that change, move and go, and files that are no good.
 */
#include "common/base/str.h"
#include "common/pg/session.h"
#include "services/leads/leads.h"
#include "tests/support/api.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEAM "00000000-0000-4000-8000-0000000000aa"
#define EMPLOYER "00000000-0000-4000-8000-0000000000ee"

static struct arena *arena; /* of the answers */
static struct leads *leads;
static struct api *api;
static struct session *session; /* as superuser, to look */
static char source[37];

/* "Bearer team" and "Bearer employer". */
static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.organisation_kind = "team",
                                       .organisation = TEAM,
                                       .key = "00000000-0000-4000-8000-0000000000cc",
                                       .scopes = "leads:read leads:write"};

    (void)pg;
    (void)state;
    if (str_equal(authorization, "Bearer employer"))
        snprintf(principal.organisation, sizeof principal.organisation, "%s", EMPLOYER);
    done(0, &principal, argument);
}

static int set_up(void **state)
{
    const char *database = pg_cluster_database("exports_http");

    (void)state;
    assert_int_equal(session_open(database, NULL, &session, NULL), 0);
    assert_int_equal(
        session_exec(session,
                     "INSERT INTO emnebank.organisation (id, kind, name, cvr) VALUES ('" TEAM
                     "', 'team', 'Team', NULL), ('" EMPLOYER
                     "', 'employer', 'Arbejdsgiver (fiktiv)', '99300019')",
                     NULL),
        0);
    arena = arena_create((size_t)256 << 20);
    leads = leads_create();
    api = api_create(database, authenticate, NULL);
    api_add(api, &leads_routes, leads);
    api_start(api);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    api_stop(&api);
    leads_destroy(&leads);
    session_close(&session);
    arena_destroy(&arena);
    return 0;
}

static struct api_answer ask(const char *line, const char *who, const char *type, const char *body)
{
    const char *headers = arena_printf(arena, "Authorization: Bearer %s\r\n%s%s%s", who,
                                       type != NULL ? "Content-Type: " : "",
                                       type != NULL ? type : "", type != NULL ? "\r\n" : "");

    return api_receive(api_send(api, line, headers, body, body != NULL ? strlen(body) : 0), arena);
}

static struct api_answer import_as(const char *query, const char *type, const char *body)
{
    return ask(arena_printf(arena, "POST /v1/lead-sources/%s/import%s", source, query), "team",
               type, body);
}

static struct api_answer import(const char *query, const char *body)
{
    return import_as(query, "text/csv", body);
}

static void expect(struct api_answer answer, int status, const char *part)
{
    if (answer.status != status || strstr(answer.body, part) == NULL)
        fail_msg("expected %d with %s, got %d: %s", status, part, answer.status, answer.body);
}

/* The counts at the beginning of an import's answer. */
static void expect_counts(struct api_answer answer, int rows, int created, int updated,
                          int unchanged, int attached, int rejected)
{
    expect(answer, 200,
           arena_printf(arena,
                        "\"rows\":%d,\"created\":%d,\"updated\":%d,\"unchanged\":%d,"
                        "\"attached\":%d,\"rejected\":%d",
                        rows, created, updated, unchanged, attached, rejected));
}

static const char *look(const char *sql)
{
    const struct pg_result *result;
    struct error_detail detail;

    if (session_query(session, arena_printf(arena, "SELECT (%s)::text", sql), NULL, 0, &result,
                      &detail) != 0)
        fail_msg("%s: %s", sql, detail.private_text);
    return arena_strdup(arena, pg_text(result, 0, 0));
}

#define PLAN                                                                                       \
    "{\"columns\":[{\"column\":\"Projekt-ID\",\"field\":\"project_reference\"},"                   \
    "{\"column\":\"Projektnavn\",\"field\":\"project_name\"},"                                     \
    "{\"column\":\"Entreprenør\",\"field\":\"company_name\"},"                                    \
    "{\"column\":\"CVR\",\"field\":\"company_cvr\"},"                                              \
    "{\"column\":\"Byggesum\",\"field\":\"value\",\"unit\":\"1000000\"},"                          \
    "{\"column\":\"Stade\",\"field\":\"stage\"},"                                                  \
    "{\"column\":\"Byggestart\",\"field\":\"start_date\"},"                                        \
    "{\"column\":\"Postnr\",\"field\":\"postal_code\"}]}"
#define HEADING                                                                                    \
    "Projekt-ID;Projektnavn;Entreprenør;CVR;Byggesum;Stade;Byggestart;Postnr;Kontaktperson\n"
#define SCHOOL                                                                                     \
    "P1;Ny skole;Murer A/S (fiktiv);10000009;12,5;I udbud;2. kvartal 2027;8000;Bo Bosen "          \
    "(fiktiv)\n"
#define HALL "P2;Ny hal;Tømrer A/S (fiktiv);10000017;ca. 5-10;Projektering;snarest;8700;\n"
#define ROAD "P3;Ny vej;Vejfolk A/S (fiktiv);;mange;Igangsat;uge 12 2027;8000;\n"

static void sources_are_made_once(void **state)
{
    const char *body = "{\"name\":\"byggefakta\",\"mapping\":" PLAN "}";

    (void)state;
    struct api_answer made = ask("POST /v1/lead-sources", "team", "application/json", body);
    expect(made, 201, "\"byggefakta\"");
    const char *id = strstr(made.body, "\"id\": \"");
    assert_non_null(id);
    memcpy(source, id + 7, 36);
    expect(ask("POST /v1/lead-sources", "team", "application/json", body), 200, source);
    expect(ask("POST /v1/lead-sources", "team", "application/json",
               "{\"name\":\"Byggefakta\",\"mapping\":{\"columns\":[{\"column\":\"a\",\"field\":"
               "\"company_name\"},"
               "{\"column\":\"b\",\"field\":\"project_name\"}]}}"),
           422, "\"TAKEN\"");
    expect(ask("POST /v1/lead-sources", "team", "application/json",
               "{\"name\":\"byggefakta\",\"mapping\":{}}"),
           422, "\"/mapping/columns\"");
    expect(ask("POST /v1/lead-sources", "employer", "application/json", body), 403, "forbidden");
    expect(ask("GET /v1/lead-sources", "team", NULL, NULL), 200, source);
    expect(ask("GET /v1/lead-sources", "employer", NULL, NULL), 403, "forbidden");
    expect(ask(arena_printf(arena, "GET /v1/lead-sources/%s", source), "team", NULL, NULL), 200,
           "Entrepren");
    expect(ask(arena_printf(arena, "GET /v1/lead-sources/%s", source), "employer", NULL, NULL), 404,
           "not-found");
}

static void a_dry_run_keeps_nothing(void **state)
{
    (void)state;
    struct api_answer dry = import("?dry_run=true", HEADING SCHOOL HALL ROAD);
    expect_counts(dry, 3, 3, 0, 0, 0, 0);
    expect(dry, 200, "\"outcome\":\"created\"");
    expect(dry, 200,
           "{\"line\":4,\"column\":\"Byggesum\",\"severity\":\"warning\",\"code\":\"FORMAT\"");
    assert_null(strstr(dry.body, "Bosen"));
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead"), "0");
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead_source_row"), "0");
    assert_string_equal(look("SELECT count(*) FROM emnebank.outbox WHERE kind LIKE 'lead%'"), "0");
}

static void the_same_file_changes_nothing(void **state)
{
    (void)state;
    expect_counts(import("", HEADING SCHOOL HALL ROAD), 3, 3, 0, 0, 0, 0);
    expect_counts(import("", HEADING SCHOOL HALL ROAD), 3, 0, 0, 3, 0, 0);
    expect_counts(import("?dry_run=true", HEADING SCHOOL HALL ROAD), 3, 0, 0, 3, 0, 0);
    assert_string_equal(look("SELECT string_agg(stage, ',' ORDER BY data #>> "
                             "'{project,reference}') FROM emnebank.lead"),
                        "tender,planned,construction");
    assert_string_equal(look("SELECT data #>> '{value,minor}' || ' ' || (data ->> 'start_date') "
                             "FROM emnebank.lead WHERE data #>> "
                             "'{project,reference}' = 'P1'"),
                        "1250000000 2027-04-01");
    assert_string_equal(look("SELECT raw ->> 'Byggesum' FROM emnebank.lead_origin WHERE data #>> "
                             "'{project,reference}' = 'P2'"),
                        "ca. 5-10");
    assert_string_equal(
        look("SELECT count(*) FROM emnebank.lead_origin WHERE raw::text LIKE '%Bosen%'"), "0");
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead_municipality m JOIN emnebank.lead "
                             "l ON l.id = m.lead_id WHERE "
                             "m.municipality_code = '0751'"),
                        "2");
}

/* A new stage of a row moves its lead; a row that is gone is named and unlisted; one that comes
 * back is listed. */
static void rows_change_go_and_come_back(void **state)
{
    (void)state;
    struct api_answer later = import(
        "", HEADING
        "P1;Ny skole;Murer A/S (fiktiv);10000009;14;Kontrakt indgået;2. kvartal 2027;8000;\n" HALL);
    expect_counts(later, 2, 0, 1, 1, 0, 0);
    expect(later, 200, "\"missing\": 1");
    expect(later, 200, "Vejfolk");
    assert_string_equal(
        look("SELECT stage FROM emnebank.lead WHERE data #>> '{project,reference}' = 'P1'"),
        "awarded");
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead"), "3");
    assert_string_equal(
        look("SELECT listed FROM emnebank.lead WHERE data #>> '{project,reference}' = 'P3'"),
        "false");
    expect_counts(import("?complete=false", HEADING ROAD), 1, 0, 1, 0, 0, 0);
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead WHERE listed"), "3");
}

static void bad_rows_keep_no_good_one_out(void **state)
{
    (void)state;
    struct api_answer mixed =
        import("?complete=false", HEADING "P1;\"x\"y;;;;;;;\nP9;Ny bro;;;;;;;\n"
                                          "P4;Ny bro;Bro A/S (fiktiv);;3;;;8000;\n"
                                          "P4;Ny bro;Bro A/S (fiktiv);;4;;;8000;\n");
    expect_counts(mixed, 4, 1, 0, 0, 0, 3);
    expect(mixed, 200, "\"QUOTES\"");
    expect(mixed, 200, "\"NO_COMPANY\"");
    expect(mixed, 200, "Samme række som på linje 4");
    assert_string_equal(look("SELECT data #>> '{value,raw}' FROM emnebank.lead WHERE data #>> "
                             "'{project,reference}' = 'P4'"),
                        "3");
}

static void expect_unknown(struct api_answer answer, const char *why)
{
    expect(answer, 200, arena_printf(arena, "\"missing_unknown\": \"%s\"", why));
    expect(answer, 200, "\"missing\": 0");
    expect(answer, 200, "\"missing_rows\": []");
}

static void expect_listed(const char *references)
{
    assert_string_equal(look("SELECT string_agg(data #>> '{project,reference}', ',' ORDER BY data "
                             "#>> '{project,reference}') FROM emnebank.lead WHERE listed"),
                        references);
}

/* The lists of four weeks: P1 to P4 are listed before each. */
static void a_file_that_cannot_say_it_unlists_nobody(void **state)
{
    (void)state;
    expect_unknown(import("", HEADING), "no_rows");
    expect_unknown(import("", HEADING SCHOOL HALL ROAD "P4;\"x\"y;;;;;;;\n"), "unreadable_rows");
    expect_unknown(import("", HEADING SCHOOL HALL ROAD ";;;;;;;8000;\n"), "unreadable_rows");
    expect_unknown(import("", HEADING SCHOOL), "too_few");
    expect_unknown(import("?dry_run=true", HEADING SCHOOL), "too_few");
    expect_unknown(import("?complete=false&confirmed=true", HEADING SCHOOL), "partial");
    expect_listed("P1,P2,P3,P4");
    /* Another list by mistake: as many rows, and none of the old. */
    expect_unknown(import("",
                          HEADING "X1;a;Murer A/S (fiktiv);;;;;;\nX2;b;Murer A/S (fiktiv);;;;;;\n"
                                  "X3;c;Murer A/S (fiktiv);;;;;;\nX4;d;Murer A/S (fiktiv);;;;;;\n"),
                   "too_few");
    expect_listed("P1,P2,P3,P4,X1,X2,X3,X4");
    expect(import("", HEADING SCHOOL HALL ROAD "P4;Ny bro;Bro A/S (fiktiv);;3;;;8000;\n"), 200,
           "\"missing\": 4");
    expect_listed("P1,P2,P3,P4");
}

/* The company's cell is empty this week: the row is in the list all the same, and half of four is
 * no less than half. */
static void a_rejected_row_is_in_the_file(void **state)
{
    (void)state;
    struct api_answer answer = import("", HEADING SCHOOL HALL "p 3;;;;;;;;\n;NY BRO;;;;;;;\n");
    expect_counts(answer, 4, 0, 0, 2, 0, 2);
    expect(answer, 200, "\"missing\": 0");
    expect(answer, 200, "\"missing_unknown\": null");
    expect_listed("P1,P2,P3,P4");
    /* A row of the project that can be read comes later in the file, and is no second one. */
    expect_counts(import("", HEADING "P1;;;;;;;;\n" SCHOOL HALL), 3, 0, 0, 2, 0, 1);
    expect_listed("P1,P2");
}

static void a_confirmed_file_is_taken_at_its_word(void **state)
{
    (void)state;
    struct api_answer dry = import("?dry_run=true&confirmed=true", HEADING);
    expect(dry, 200, "\"missing\": 2");
    expect(dry, 200, "Murer");
    expect_listed("P1,P2");
    expect(import("?confirmed=true", HEADING "P1;\"x\"y;;;;;;;\n"), 200, "\"missing\": 2");
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead WHERE listed"), "0");
    expect_counts(import("", HEADING SCHOOL HALL ROAD), 3, 0, 3, 0, 0, 0);
    expect(import("?confirmed=ja", HEADING), 400, "query-invalid");
}

/* A later file of the source has begun: it says itself what is missing from it. */
static void a_file_that_was_overtaken_unlists_nobody(void **state)
{
    (void)state;
    expect_listed("P1,P2,P3");
    assert_int_equal(
        session_exec(
            session,
            arena_printf(arena,
                         "INSERT INTO emnebank.lead_source_run (id, source, dry) OVERRIDING "
                         "SYSTEM VALUE VALUES (1000000, '%s', false)",
                         source),
            NULL),
        0);
    expect_unknown(import("?confirmed=true", HEADING SCHOOL HALL), "later_import");
    expect_listed("P1,P2,P3");
    assert_int_equal(
        session_exec(session, "DELETE FROM emnebank.lead_source_run WHERE id = 1000000", NULL), 0);
    expect(import("", HEADING SCHOOL HALL), 200, "\"missing\": 1");
}

static void files_that_are_none_are_told(void **state)
{
    (void)state;
    expect(import("", ""), 422, "Filen er tom");
    expect(import("", "a;b\n1;2\n"), 422, "Kolonnen \\\"Projekt-ID\\\" mangler");
    expect(import_as("", "text/plain", HEADING), 415, "media-type-unsupported");
    expect(
        import_as("", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", HEADING),
        422, "ikke et XLSX-regneark");
    expect(import("?dry_run=ja", HEADING), 400, "query-invalid");
    expect(ask("POST /v1/lead-sources/00000000-0000-4000-8000-000000000001/import", "team",
               "text/csv", HEADING),
           404, "not-found");
    expect(ask(arena_printf(arena, "POST /v1/lead-sources/%s/import", source), "employer",
               "text/csv", HEADING),
           403, "forbidden");
}

static void columns_are_guessed(void **state)
{
    (void)state;
    expect(ask("POST /v1/lead-sources/guess", "team", "text/csv", HEADING SCHOOL HALL), 200,
           "\"project_reference\"");
    expect(ask("POST /v1/lead-sources/guess", "team", "text/csv", ""), 422, "Filen er tom");
}

static void a_mapping_is_changed_by_version(void **state)
{
    const char *line = arena_printf(arena, "PUT /v1/lead-sources/%s", source);
    const char *body = "{\"name\":\"byggefakta 2\",\"mapping\":" PLAN "}";

    (void)state;
    const char *headers =
        "Authorization: Bearer team\r\nContent-Type: application/json\r\nIf-Match: \"v7\"\r\n";
    expect(api_receive(api_send(api, line, headers, body, strlen(body)), arena), 412,
           "version-stale");
    headers =
        "Authorization: Bearer team\r\nContent-Type: application/json\r\nIf-Match: \"v1\"\r\n";
    expect(api_receive(api_send(api, line, headers, body, strlen(body)), arena), 200,
           "\"version\": 2");
}

/* Many rows by many batches are the same as by one. */
static void many_rows_come_in_batches(void **state)
{
    const size_t rows = 1600;
    struct buffer file;

    (void)state;
    buffer_init(&file, (size_t)4 << 20);
    buffer_text(&file, HEADING);
    for (size_t i = 0; i < rows; i++) {
        const unsigned name =
            (unsigned)(i % 97 + 1) * 2654435761U; /* names as unlike as companies' are */
        buffer_printf(&file, "Q%zu;Byggeri %08x;%c%c%c%c%c%c ApS;;%zu,5;I udbud;maj 2027;8000;\n",
                      i, (unsigned)i * 2246822519U, 'A' + name % 23, 'a' + name / 31 % 23,
                      'a' + name / 997 % 23, 'a' + name / 31013 % 23, 'a' + name / 1000003 % 23,
                      'a' + name / 29000041 % 23, i % 50 + 1);
    }
    expect_counts(import("?complete=false", file.data), 1600, 1600, 0, 0, 0, 0);
    expect_counts(import("?complete=false", file.data), 1600, 0, 0, 1600, 0, 0);
    /* What goes, goes in batches as well, and all of it. */
    expect(import("?confirmed=true", HEADING SCHOOL), 200, "\"missing\": 1601");
    expect_listed("P1");
    buffer_deinit(&file);
}

#define CROWD 40

/* More files at once than are let in: each is read to its end, or not begun. */
static void a_crowd_is_let_in_or_sent_away(void **state)
{
    const char *headers = "Authorization: Bearer team\r\nContent-Type: text/csv\r\n";
    const char *line = arena_printf(arena, "POST /v1/lead-sources/%s/import?dry_run=true", source);
    int sockets[CROWD];
    struct buffer file;
    size_t good = 0;

    (void)state;
    assert_int_equal(session_exec(session, "DELETE FROM emnebank.lead_source_run", NULL), 0);
    buffer_init(&file, (size_t)1 << 20);
    buffer_text(&file, HEADING);
    for (size_t i = 0; i < 500; i++)
        buffer_printf(&file, "C%zu;;;;;;;;\n", i);
    for (size_t i = 0; i < CROWD; i++)
        sockets[i] = api_send(api, line, headers, file.data, file.length);
    for (size_t i = 0; i < CROWD; i++) {
        struct api_answer answer = api_receive(sockets[i], arena);
        assert_true(answer.status == 200 || answer.status == 429);
        good += answer.status == 200;
    }
    assert_true(good > 0);
    assert_string_equal(
        look("SELECT count(*) FROM emnebank.lead_source_run WHERE ended_at IS NULL"), "0");
    assert_string_equal(look("SELECT count(*) FROM emnebank.lead_source_run"),
                        arena_printf(arena, "%zu", good));
    buffer_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_made_once),
        cmocka_unit_test(a_dry_run_keeps_nothing),
        cmocka_unit_test(the_same_file_changes_nothing),
        cmocka_unit_test(rows_change_go_and_come_back),
        cmocka_unit_test(bad_rows_keep_no_good_one_out),
        cmocka_unit_test(a_file_that_cannot_say_it_unlists_nobody),
        cmocka_unit_test(a_rejected_row_is_in_the_file),
        cmocka_unit_test(a_confirmed_file_is_taken_at_its_word),
        cmocka_unit_test(a_file_that_was_overtaken_unlists_nobody),
        cmocka_unit_test(files_that_are_none_are_told),
        cmocka_unit_test(columns_are_guessed),
        cmocka_unit_test(a_mapping_is_changed_by_version),
        cmocka_unit_test(many_rows_come_in_batches),
        cmocka_unit_test(a_crowd_is_let_in_or_sent_away),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
