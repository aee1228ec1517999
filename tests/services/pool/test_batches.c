/* A lay-off of 173 people in one file: the batch, its event, each row's result; and the same series
 * again with some changed, some missing and some new. */
#include "tests/services/pool/scene.h"

#include "common/base/buffer.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CSV "Content-Type: text/csv; charset=utf-8\r\n"
#define PEOPLE 173
#define HEADING                                                                                    \
    "reference;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;screenet_af;screenet_den;"  \
    "screening_til;kompetencer;erhverv\r\n"
#define BATCH                                                                                      \
    "{\"tag\":\"lukning-fabrik\",\"name\":\"Lukning af Fabrikken A/S (fiktiv)\",\"kind\":"         \
    "\"layoff\",\"on\":\"2026-11-20\"}"
#define SERIES "?source=fagsystem&complete=true&batch=lukning-fabrik"

static int64_t number(const struct answer *answer, const char *name)
{
    return json_integer_value(json_object_get(answer->json, name));
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value != NULL ? value : "";
}

/* One person: two of three are process operators, one in fifty is a carpenter. */
static void write_person(struct buffer *file, int person, int distance)
{
    buffer_printf(file,
                  "FAB-%03d;Person %d (fiktiv);8000;%d;01-12-2026;fast;MK;01-11-2026;01-05-2099;"
                  "formwork:3;%s\r\n",
                  person, person, distance,
                  person % 50 == 0  ? "7115.1:4"
                  : person % 3 == 0 ? "9312.1:2"
                                    : "7114.8:6");
}

/* People `from` to `to`; those up to `changed` travel farther than the file before said. */
static void write_file(struct buffer *file, int from, int to, int changed)
{
    buffer_init(file, (size_t)1 << 20);
    buffer_text(file, HEADING);
    for (int person = from; person <= to; person++)
        write_person(file, person, person <= changed ? 60 : 40);
}

static struct answer import(struct scene *scene, const char *query, const char *body, size_t length)
{
    char line[200];

    snprintf(line, sizeof line, "POST /v1/candidates/import%s", query);
    return scene_request(scene, AARHUS, line, CSV, body, length);
}

static struct answer send_people(struct scene *scene, const char *query, int from, int to,
                                 int changed)
{
    struct buffer file;

    write_file(&file, from, to, changed);
    const struct answer answer = import(scene, query, file.data, file.length);
    buffer_deinit(&file);
    return answer;
}

static void expect(const struct answer *answer, int64_t created, int64_t updated, int64_t unchanged,
                   int64_t missing, const char *unknown)
{
    if (answer->status != 200 || number(answer, "created") != created ||
        number(answer, "updated") != updated || number(answer, "unchanged") != unchanged ||
        number(answer, "missing") != missing ||
        !str_equal(text(answer->json, "missing_unknown"), unknown))
        fail_msg("%d: %.900s", answer->status, answer->body);
}

static int64_t events(struct scene *scene)
{
    return scene_number(scene, "SELECT count(*) FROM outbox WHERE kind = 'candidate.batch'");
}

static void a_lay_off_comes_in_one_go(void **state)
{
    struct scene *scene = *state;
    struct answer answer = scene_json(scene, AARHUS, "POST /v1/batches", "", BATCH);

    assert_int_equal(answer.status, 201);
    answer = send_people(scene, SERIES "&results=all", 1, PEOPLE, 0);
    expect(&answer, PEOPLE, 0, 0, 0, "");
    const json_t *results = json_object_get(answer.json, "rows_results");
    assert_int_equal(json_array_size(results), PEOPLE);
    assert_int_equal(number(&answer, "rows_more"), 0);
    for (size_t i = 0; i < PEOPLE; i++) {
        const json_t *row = json_array_get(results, i);
        char reference[16];
        snprintf(reference, sizeof reference, "FAB-%03zu", i + 1);
        assert_int_equal(json_integer_value(json_object_get(row, "line")), i + 2);
        assert_string_equal(text(row, "external_ref"), reference);
        assert_string_equal(text(row, "outcome"), "created");
    }
}

/* To the team and to the home, with counts and nothing else. */
static void team_and_home_are_told_once(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(events(scene), 2);
    assert_string_equal(
        scene_text(scene,
                   "SELECT string_agg(o.kind, ',' ORDER BY o.kind) FROM outbox b JOIN"
                   " organisation o ON o.id = b.organisation_id WHERE b.kind = 'candidate.batch'"),
        "municipality,team");
    assert_string_equal(scene_text(scene, "SELECT DISTINCT (payload - 'batch_id' - 'trades')::text "
                                          "FROM outbox WHERE kind = 'candidate.batch'"),
                        "{\"on\": \"2026-11-20\", \"new\": 173, \"tag\": \"lukning-fabrik\", "
                        "\"kind\": \"layoff\", \"candidates\": 173,"
                        " \"municipality\": \"0751\"}");
    /* Of 3 carpenters nothing is said, of 56 and 114 whole fives. */
    assert_string_equal(scene_text(scene, "SELECT DISTINCT (SELECT string_agg((t ->> 'code') || ' "
                                          "' || (t ->> 'candidates'), ',') FROM"
                                          " jsonb_array_elements(payload -> 'trades') AS t) FROM "
                                          "outbox WHERE kind = 'candidate.batch'"),
                        "7114.8 110,9312.1 55");
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM outbox WHERE kind = 'candidate.batch' AND"
                            " (payload::text LIKE '%FAB-%' OR payload::text LIKE '%fiktiv%')"),
        0);
}

/* Of 1 to 173 the first five are missing, the next ten have changed, and three are new. */
static void a_later_file_updates_and_names_who_is_missing(void **state)
{
    struct scene *scene = *state;
    struct answer answer = send_people(scene, SERIES, 6, PEOPLE + 3, 15);

    expect(&answer, 3, 10, PEOPLE - 15, 5, "");
    for (size_t i = 0; i < 5; i++) {
        char reference[16];
        snprintf(reference, sizeof reference, "FAB-%03zu", i + 1);
        assert_string_equal(
            text(json_array_get(json_object_get(answer.json, "missing_rows"), i), "external_ref"),
            reference);
    }
    assert_int_equal(json_array_size(json_object_get(answer.json, "missing_rows")), 5);
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate WHERE external_ref LIKE"
                                         " 'FAB-%' AND withdrawn_at IS NULL"),
                     PEOPLE + 3);
    assert_int_equal(events(scene), 4);
    assert_string_equal(
        scene_text(scene, "SELECT concat_ws(' ', payload ->> 'candidates', payload ->> 'new') FROM"
                          " outbox WHERE kind = 'candidate.batch' ORDER BY version DESC LIMIT 1"),
        "176");
}

static void a_repeat_tells_nobody_and_says_the_same(void **state)
{
    struct scene *scene = *state;
    struct answer answer = send_people(scene, SERIES, 6, PEOPLE + 3, 15);

    expect(&answer, 0, 0, PEOPLE - 2, 5, "");
    assert_int_equal(events(scene), 4);
    /* Who is back, or withdrawn, is missing no longer. */
    scene_exec(scene, "UPDATE candidate SET withdrawn_at = now(), withdrawn_reason = 'employed' "
                      "WHERE external_ref = 'FAB-002'");
    answer = send_people(scene, SERIES, 5, PEOPLE + 3, 15);
    expect(&answer, 0, 1, PEOPLE - 2, 3, "");
}

static void a_file_that_may_not_be_whole_names_nobody(void **state)
{
    static const char broken[] = HEADING "FAB-010;\"Person;8000;40;01-12-2026;fast;;;;;\r\n";
    static const char nameless[] =
        HEADING ";Person (fiktiv);8000;40;01-12-2026;fast;;;;formwork:3;\r\n";
    struct scene *scene = *state;
    struct answer answer = send_people(scene, "?source=fagsystem", 6, 6, 15);

    expect(&answer, 0, 0, 1, 0, "partial");
    answer = import(scene, SERIES, HEADING, strlen(HEADING));
    expect(&answer, 0, 0, 0, 0, "no_rows");
    answer = import(scene, SERIES, broken, strlen(broken));
    expect(&answer, 0, 0, 0, 0, "unreadable_rows");
    answer = import(scene, SERIES, nameless, strlen(nameless));
    expect(&answer, 0, 0, 0, 0, "unreadable_rows");
    answer = send_people(scene, SERIES, 6, 80, 15);
    expect(&answer, 0, 0, 75, 0, "too_few");
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate_source WHERE missing_since"
                                         " IS NOT NULL"),
                     4);
    answer = send_people(scene, SERIES "&confirmed=true", 6, 80, 15);
    expect(&answer, 0, 0, 75, 176 - 80 + 4, "");
    answer = send_people(scene, SERIES, 1, PEOPLE + 3, 15);
    assert_int_equal(number(&answer, "missing"), 0);
}

/* Rejected, and in the file all the same; and no member of the batch for that. */
static void a_rejected_row_is_not_missing(void **state)
{
    struct scene *scene = *state;
    struct buffer file;

    write_file(&file, 1, PEOPLE + 2, 15);
    buffer_text(&file, "FAB-176;Person 176 (fiktiv);9999;40;01-12-2026;fast;;;;formwork:3;\r\n"
                       "FAB-900;Person 900 (fiktiv);9999;40;01-12-2026;fast;;;;formwork:3;\r\n"
                       "FAB-001;Person 1 igen (fiktiv);8000;40;01-12-2026;fast;;;;formwork:3;\r\n");
    const struct answer answer = import(scene, SERIES, file.data, file.length);
    buffer_deinit(&file);
    assert_int_equal(number(&answer, "rejected"), 3);
    expect(&answer, 0, 0, PEOPLE + 2, 0, "");
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate_batch_member"), 176);
}

static void of_two_files_on_their_way_the_later_one_says(void **state)
{
    struct scene *scene = *state;

    scene_exec(scene, "ALTER TABLE candidate_import_run ALTER id RESTART WITH 1000000");
    scene_exec(scene, "INSERT INTO candidate_import_run (organisation_id, source) SELECT "
                      "organisation_id, 'fagsystem' FROM"
                      " candidate_import_run ORDER BY id DESC LIMIT 1");
    scene_exec(scene, "ALTER TABLE candidate_import_run ALTER id RESTART WITH 500000");
    struct answer answer = send_people(scene, SERIES, 2, PEOPLE + 3, 15);
    expect(&answer, 0, 0, PEOPLE + 2, 0, "later_import");
    scene_exec(scene, "DELETE FROM candidate_import_run WHERE id = 1000000");
    answer = send_people(scene, SERIES, 2, PEOPLE + 3, 15);
    expect(&answer, 0, 0, PEOPLE + 2, 1, "");
}

static void who_sees_what_of_a_batch(void **state)
{
    struct scene *scene = *state;
    char line[80];

    const char *id =
        scene_text(scene, "SELECT id::text FROM candidate_batch WHERE tag = 'lukning-fabrik'");
    snprintf(line, sizeof line, "GET /v1/batches/%s", id);
    struct answer answer = scene_json(scene, AARHUS, line, "", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(&answer, "candidates"), 176);
    assert_int_equal(json_array_size(json_object_get(answer.json, "members")), 176);
    assert_string_equal(text(json_array_get(json_object_get(answer.json, "members"), 1), "state"),
                        "withdrawn");
    assert_int_equal(json_array_size(json_object_get(answer.json, "trades")), 3);
    answer = scene_json(scene, TEAM, line, "", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(&answer, "candidates"), 176);
    assert_null(json_object_get(answer.json, "members"));
    assert_int_equal(json_array_size(json_object_get(answer.json, "trades")), 2);
    assert_null(strstr(answer.body, "FAB-"));
    assert_int_equal(scene_json(scene, RANDERS, line, "", NULL).status, 404);
    answer = scene_json(scene, RANDERS, "GET /v1/batches", "", NULL);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 0);
    assert_int_equal(scene_json(scene, EMPLOYER, line, "", NULL).status, 403);
    assert_int_equal(
        scene_number(scene,
                     "SELECT cardinality(candidates) FROM audit WHERE action = 'candidate.listed'"
                     " AND subject_kind = 'candidate_batch'"),
        176);
    /* Another municipality's batch takes nobody in. */
    assert_int_equal(scene_request(scene, RANDERS,
                                   "POST /v1/candidates/import?batch=lukning-fabrik", CSV, HEADING,
                                   strlen(HEADING))
                         .status,
                     404);
}

/* Each member once, in pages that a cursor joins; it names no reference. */
static void members_come_in_pages(void **state)
{
    struct scene *scene = *state;
    char line[600];
    char seen[200] = {0};
    const char *next = "";
    size_t members = 0, pages = 0;

    const char *id =
        scene_text(scene, "SELECT id::text FROM candidate_batch WHERE tag = 'lukning-fabrik'");
    while (next != NULL) {
        snprintf(line, sizeof line, "GET /v1/batches/%s?limit=50%s%s", id,
                 *next != '\0' ? "&cursor=" : "", next);
        const struct answer answer = scene_json(scene, AARHUS, line, "", NULL);
        assert_int_equal(answer.status, 200);
        const json_t *page = json_object_get(answer.json, "members");
        for (size_t i = 0; i < json_array_size(page); i++) {
            const char *reference = text(json_array_get(page, i), "external_ref");
            int person = 0;
            assert_int_equal(sscanf(reference, "FAB-%d", &person), 1);
            assert_int_equal(seen[person]++, 0);
        }
        members += json_array_size(page);
        pages++;
        assert_int_equal(number(&answer, "more"), 176 - members);
        next = json_string_value(json_object_get(answer.json, "next"));
        assert_int_equal(next != NULL, strstr(answer.head, "rel=\"next\"") != NULL);
    }
    assert_int_equal(members, 176);
    assert_int_equal(pages, 4);
    snprintf(line, sizeof line, "GET /v1/batches/%s?limit=201", id);
    assert_int_equal(scene_json(scene, AARHUS, line, "", NULL).status, 400);
    snprintf(line, sizeof line, "GET /v1/batches/%s?cursor=nej", id);
    assert_int_equal(scene_json(scene, AARHUS, line, "", NULL).status, 400);
}

/* By the watch, with whatever else expires: what a file's reading has counted is in the audit. */
static void readings_are_forgotten(void **state)
{
    static const char old[] = "SELECT count(*) FROM candidate_import_run"
                              " WHERE started_at < now() - interval '90 days'";
    static const char young[] = "SELECT count(*) FROM candidate_import_run";
    struct scene *scene = *state;
    const int64_t before = scene_number(scene, young);

    assert_true(before > 0);
    scene_exec(scene, "INSERT INTO candidate_import_run (organisation_id, source, started_at)"
                      " SELECT DISTINCT organisation_id, 'gammel', now() - interval '91 days' FROM"
                      " candidate_import_run");
    assert_int_equal(scene_number(scene, old), 1);
    struct session *watch = scene_role(scene, "emnebank_match");
    assert_int_equal(session_exec(watch, "SELECT fresh_tick()", NULL), 0);
    session_close(&watch);
    assert_int_equal(scene_number(scene, old), 0);
    assert_int_equal(scene_number(scene, young), before);
}

/* The team is told no number below five. */
static void of_a_few_no_number_is_told(void **state)
{
    static const char rejected[] =
        HEADING "FAB-020;Person 20 (fiktiv);9999;40;01-12-2026;fast;;;;formwork:3;\r\n";
    static const char course[] = "{\"tag\":\"kursus\",\"name\":\"Kursus "
                                 "(fiktivt)\",\"kind\":\"course\",\"on\":\"2026-11-20\"}";
    struct scene *scene = *state;
    struct answer answer = scene_json(scene, AARHUS, "POST /v1/batches", "", course);

    assert_int_equal(answer.status, 201);
    answer = import(scene, "?batch=kursus", rejected, strlen(rejected));
    assert_int_equal(number(&answer, "rejected"), 1);
    answer = send_people(scene, "?batch=kursus", 6, 9, 15);
    expect(&answer, 0, 0, 4, 0, "partial");
    assert_string_equal(
        scene_text(scene,
                   "SELECT (payload - 'batch_id')::text FROM outbox WHERE kind = 'candidate.batch'"
                   " ORDER BY version DESC LIMIT 1"),
        "{\"on\": \"2026-11-20\", \"new\": null, \"tag\": \"kursus\", \"kind\": \"course\", "
        "\"trades\": [],"
        " \"candidates\": null, \"municipality\": \"0751\"}");
    assert_int_equal(scene_number(scene, "SELECT count(*) FROM candidate_batch_member m JOIN"
                                         " candidate_batch b ON b.id = m.batch_id WHERE b.tag ="
                                         " 'kursus'"),
                     4);
    answer = scene_json(scene, TEAM, "GET /v1/batches?tag=kursus", "", NULL);
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(answer.json, "items"), 0), "candidates")));
}

static void what_is_no_batch_is_refused(void **state)
{
    static const struct {
        const char *body;
        const char *fault;
    } table[] = {
        {"{\"tag\":\"Fabrik\",\"name\":\"N\",\"kind\":\"layoff\",\"on\":\"2026-11-20\"}", "FORMAT"},
        {"{\"tag\":\"f-010190-1234\",\"name\":\"N\",\"kind\":\"layoff\",\"on\":\"2026-11-20\"}",
         "CPR"},
        {"{\"tag\":\"f\",\"name\":\"N 0101901234.\",\"kind\":\"layoff\",\"on\":\"2026-11-20\"}",
         "CPR"},
        {"{\"tag\":\"f\",\"name\":\"N\",\"kind\":\"layoff\",\"on\":\"2026-11-20\",\"note\":\"se "
         "010190-1234\"}",
         "CPR"},
        {"{\"tag\":\"f\",\"name\":\"N\",\"kind\":\"sick\",\"on\":\"2026-11-20\"}", "CHOICE"},
        {"{\"tag\":\"f\",\"name\":\"N\",\"kind\":\"layoff\",\"on\":\"2026-02-30\"}", "FORMAT"},
        {"{\"tag\":\"lukning-fabrik\",\"name\":\"Andet\",\"kind\":\"layoff\",\"on\":\"2026-11-"
         "20\"}",
         "TAKEN"},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct answer answer =
            scene_json(scene, AARHUS, "POST /v1/batches", "", table[i].body);
        assert_int_equal(answer.status, 422);
        assert_string_equal(text(json_array_get(json_object_get(answer.json, "errors"), 0), "code"),
                            table[i].fault);
    }
    assert_int_equal(scene_json(scene, AARHUS, "POST /v1/batches", "", BATCH).status, 200);
    assert_int_equal(scene_json(scene, TEAM, "POST /v1/batches", "", BATCH).status, 403);
    assert_int_equal(import(scene, "?batch=findes-ikke", HEADING, strlen(HEADING)).status, 404);
    assert_int_equal(import(scene, "?complete=true", HEADING, strlen(HEADING)).status, 400);
    assert_int_equal(import(scene, "?source=Fag", HEADING, strlen(HEADING)).status, 400);
}

/* A CVR number, or any longer number, is no CPR number. */
static void a_company_may_be_named(void **state)
{
    static const char body[] = "{\"tag\":\"cvr-10000009\",\"name\":\"Fabrikken A/S, sag "
                               "0101901234567\",\"kind\":\"layoff\","
                               "\"on\":\"2026-11-20\"}";
    struct scene *scene = *state;

    assert_int_equal(scene_json(scene, AARHUS, "POST /v1/batches", "", body).status, 201);
}

static void a_resume_becomes_a_candidate(void **state)
{
    static const char two[] =
        "[{\"basics\":{\"name\":\"Ole Prøve "
        "(fiktiv)\",\"location\":{\"postalCode\":\"8000\"}},\"skills\":[{\"name\":"
        "\"Tryllekunst\"}],\n\"meta\":{\"emnebank\":{\"external_ref\":\"CV-1\"}}},\n{\"basics\":{"
        "\"name\":\"Ida Prøve "
        "(fiktiv)\",\"location\":{\"postalCode\":\"80\"}},\"meta\":{\"emnebank\":{\"external_ref\":"
        "\"CV-2\"}}}, {\"basics\": }]";
    static const char query[] =
        "POST /v1/candidates/import?available_from=2026-12-01&max_travel_km=40&protection=none"
        "&kinds=permanent,flex&stated_on=2026-11-20";
    struct scene *scene = *state;

    struct answer answer =
        scene_request(scene, AARHUS, query, "Content-Type: application/vnd.jsonresume+json\r\n",
                      two, strlen(two));
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(&answer, "created"), 1);
    assert_int_equal(number(&answer, "rejected"), 2);
    const json_t *gap = json_array_get(json_object_get(answer.json, "not_understood"), 0);
    assert_string_equal(text(gap, "text"), "Tryllekunst");
    assert_int_equal(json_integer_value(json_object_get(gap, "line")), 1);
    const json_t *fault = json_array_get(json_object_get(answer.json, "rejections"), 0);
    assert_string_equal(text(fault, "pointer"), "/basics/location/postalCode");
    assert_int_equal(json_integer_value(json_object_get(fault, "line")), 3);
    assert_string_equal(text(json_array_get(json_object_get(answer.json, "rejections"), 1), "code"),
                        "JSON");
    assert_string_equal(
        scene_text(scene, "SELECT kinds::text FROM candidate WHERE external_ref = 'CV-1'"),
        "{permanent,flex}");
    answer = scene_request(scene, AARHUS, "POST /v1/candidates/import?kinds=nat",
                           "Content-Type: application/vnd.jsonresume+json\r\n", two, strlen(two));
    assert_int_equal(answer.status, 400);
}

/* Two files of a municipality are read at a time; a third is told so at once, and another
 * municipality's is read all the while. */
static void nobody_takes_the_places_of_others(void **state)
{
    static const char line[] = "POST /v1/candidates/import?source=plads";
    static const char row[] = HEADING "PLADS-1;;9999;40;01-12-2026;fast;;;;;\r\n";
    struct scene *scene = *state;
    int sockets[2];

    scene_exec(scene, "BEGIN; LOCK TABLE candidate_import_run IN ACCESS EXCLUSIVE MODE");
    for (size_t i = 0; i < 2; i++)
        sockets[i] = scene_send(scene, AARHUS, line, CSV, row, strlen(row));
    while (scene_number(scene, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation ="
                               " 'candidate_import_run'::regclass") < 2)
        continue;
    struct answer answer = scene_request(scene, AARHUS, line, CSV, row, strlen(row));
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.head, "Retry-After: 1"));
    assert_non_null(strstr(answer.body, "quota-exceeded"));
    answer = scene_request(scene, RANDERS, "POST /v1/candidates/import", CSV, row, strlen(row));
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(&answer, "rejected"), 1);
    scene_exec(scene, "COMMIT");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(scene_receive(scene, sockets[i]).status, 200);
    answer = scene_request(scene, AARHUS, line, CSV, row, strlen(row));
    assert_int_equal(answer.status, 200);
}

/* Rows that are small in the file and large once they are read: each is rejected, and none ends the
 * daemon. */
static void a_file_of_separators_is_rejected(void **state)
{
    struct scene *scene = *state;
    struct buffer file;

    buffer_init(&file, (size_t)4 << 20);
    buffer_text(&file, "reference;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;"
                       "kompetencer;certifikater;"
                       "oplyst_den\r\n");
    for (int row = 0; row < 40; row++) {
        buffer_printf(&file, "SEP-%d;N (fiktiv);8000;40;01-12-2026;fast;;", row);
        for (int i = 0; i < 32000; i++)
            buffer_text(&file, ":|");
        buffer_text(&file, ";20-11-2026\r\n");
    }
    const struct answer answer = import(scene, "", file.data, file.length);
    assert_int_equal(answer.status, 200);
    assert_int_equal(number(&answer, "rejected"), 40);
    buffer_deinit(&file);
}

/* Resumes as programs write them: a list on one line. Each has its own end there, and a list
 * without an end names nobody missing. */
static void resumes_of_one_line_are_rows_apart(void **state)
{
#define RESUME(ref_, name_, postcode_)                                                             \
    "{\"basics\":{\"name\":\"" name_ " (fiktiv)\",\"location\":{\"postalCode\":\"" postcode_       \
    "\"}},\"meta\":{\"emnebank\":{\"external_ref\":\"" ref_ "\"}}}"
    static const char type[] = "Content-Type: application/vnd.jsonresume+json\r\n";
    static const char query[] =
        "POST /v1/candidates/import?available_from=2026-12-01&max_travel_km=40&protection=none"
        "&kinds=permanent&stated_on=2026-11-20&source=linje&complete=true";
    static const char first[] =
        "[" RESUME("L-1", "Ole", "8000") "," RESUME("L-2", "Ida", "8000") "]";
    static const char second[] = "[" RESUME("L-1", "Ole Ny", "8000") "," RESUME(
        "L-8", "Eva", "9999") "," RESUME("L-9", "Bo", "8000") "," RESUME("L-2", "Ida", "8000") "]";
    static const char cut[] =
        "[" RESUME("L-1", "Ole Ny", "8000") "," RESUME("L-9", "Bo", "8000") ",";
    struct scene *scene = *state;

    struct answer answer = scene_request(scene, AARHUS, query, type, first, strlen(first));
    assert_int_equal(number(&answer, "created"), 2);
    answer = scene_request(scene, AARHUS, query, type, second, strlen(second));
    assert_int_equal(number(&answer, "created"), 1);
    assert_int_equal(number(&answer, "updated"), 1);
    assert_int_equal(number(&answer, "unchanged"), 1);
    assert_int_equal(number(&answer, "rejected"), 1);
    assert_string_equal(
        scene_text(scene, "SELECT string_agg(external_ref, ' ' ORDER BY external_ref) FROM "
                          "candidate WHERE external_ref LIKE 'L-%'"),
        "L-1 L-2 L-9");
    answer = scene_request(scene, AARHUS, query, type, cut, strlen(cut));
    assert_int_equal(number(&answer, "missing"), 0);
    assert_string_equal(text(answer.json, "missing_unknown"), "too_many_rows");
#undef RESUME
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lay_off_comes_in_one_go),
        cmocka_unit_test(team_and_home_are_told_once),
        cmocka_unit_test(a_later_file_updates_and_names_who_is_missing),
        cmocka_unit_test(a_repeat_tells_nobody_and_says_the_same),
        cmocka_unit_test(a_file_that_may_not_be_whole_names_nobody),
        cmocka_unit_test(a_rejected_row_is_not_missing),
        cmocka_unit_test(of_two_files_on_their_way_the_later_one_says),
        cmocka_unit_test(who_sees_what_of_a_batch),
        cmocka_unit_test(members_come_in_pages),
        cmocka_unit_test(readings_are_forgotten),
        cmocka_unit_test(of_a_few_no_number_is_told),
        cmocka_unit_test(what_is_no_batch_is_refused),
        cmocka_unit_test(a_company_may_be_named),
        cmocka_unit_test(a_resume_becomes_a_candidate),
        cmocka_unit_test(resumes_of_one_line_are_rows_apart),
        cmocka_unit_test(a_file_of_separators_is_rejected),
        cmocka_unit_test(nobody_takes_the_places_of_others),
    };
    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
