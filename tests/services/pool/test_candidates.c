/* One candidate at a time, over the socket. */
#include "tests/services/pool/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *member(const struct answer *answer, const char *name)
{
    return json_string_value(json_object_get(answer->json, name));
}

static bool is_true(const struct answer *answer, const char *name)
{
    return json_is_true(json_object_get(answer->json, name));
}

static void expect(const struct answer *answer, int status)
{
    if (answer->status != status)
        fail_msg("expected %d, got %d: %s", status, answer->status, answer->body);
}

/* "pointer code" of each error of a problem. */
static bool names_fault(const struct answer *answer, const char *pointer, const char *code)
{
    const json_t *errors = json_object_get(answer->json, "errors");

    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *error = json_array_get(errors, i);
        if (str_equal(json_string_value(json_object_get(error, "pointer")), pointer) &&
            str_equal(json_string_value(json_object_get(error, "code")), code))
            return true;
    }
    return false;
}

static void a_put_again_changes_nothing(void **state)
{
    struct scene *scene = *state;
    static const char line[] = "PUT /v1/candidates/0751/PUT-1";
    const char *body = scene_body(scene, "Ada Prøve (fiktiv)", "8000", SCENE_FACTS);

    struct answer first = scene_json(scene, AARHUS, line, "", body);
    expect(&first, 201);
    assert_true(is_true(&first, "changed"));
    assert_non_null(strstr(first.head, "ETag: \"v1\""));
    int64_t version = scene_number(scene, "SELECT pool_current()");

    struct answer again = scene_json(scene, AARHUS, line, "", body);
    expect(&again, 200);
    assert_false(is_true(&again, "changed"));
    assert_string_equal(member(&again, "id"), member(&first, "id"));
    assert_non_null(strstr(again.head, "ETag: \"v1\""));
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version);

    /* A new name is a change, but none that ranking sees. */
    struct answer renamed = scene_json(scene, AARHUS, line, "",
                                       scene_body(scene, "Ada Ny (fiktiv)", "8000", SCENE_FACTS));
    expect(&renamed, 200);
    assert_true(is_true(&renamed, "changed"));
    assert_non_null(strstr(renamed.head, "ETag: \"v2\""));
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version);

    struct answer moved = scene_json(scene, AARHUS, line, "",
                                     scene_body(scene, "Ada Ny (fiktiv)", "8200", SCENE_FACTS));
    expect(&moved, 200);
    assert_int_equal(scene_number(scene, "SELECT pool_current()"), version + 1);
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM candidate WHERE external_ref = 'PUT-1'"), 1);
}

static void history_keeps_what_was(void **state)
{
    struct scene *scene = *state;
    static const char line[] = "PUT /v1/candidates/0751/HIST-1";
    static const char facts[] =
        "[{\"kind\":\"competence\",\"code\":\"formwork\",\"level\":4,\"years\":5,\"stated_on\":"
        "\"2026-11-01\",\"source\":\"interview\"},{\"kind\":\"licence\",\"code\":\"B\","
        "\"stated_on\":\"2026-11-01\",\"source\":\"self\"}]";
    struct answer answer = scene_json(scene, AARHUS, line, "",
                                      scene_body(scene, "Bo Prøve (fiktiv)", "8000", SCENE_FACTS));

    expect(&answer, 201);
    int64_t made = scene_number(scene, "SELECT pool_current()");
    answer =
        scene_json(scene, AARHUS, line, "", scene_body(scene, "Bo Prøve (fiktiv)", "8000", facts));
    expect(&answer, 200);
    int64_t changed = scene_number(scene, "SELECT pool_current()");
    assert_int_equal(changed, made + 1);

    static const char query[] =
        "SELECT string_agg(concat_ws(' ', f.kind, f.code, f.level, f.from_version - %lld,"
        " coalesce((f.to_version - %lld)::text, 'now')), ', ' ORDER BY f.kind, f.code, f.level)"
        " FROM candidate_fact f JOIN candidate c ON c.id = f.candidate_id"
        " WHERE c.external_ref = 'HIST-1'";
    char text[512];
    snprintf(text, sizeof text, query, (long long)made, (long long)made);
    assert_string_equal(scene_text(scene, text),
                        "competence formwork 3 0 1, competence formwork 4 1 now, "
                        "language da 6 0 1, licence B 1 now");
    /* Facts alone changed, so the state has one row still. */
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM candidate_state s JOIN candidate c ON c.id ="
                            " s.candidate_id WHERE c.external_ref = 'HIST-1'"),
        1);
    assert_int_equal(scene_number(scene,
                                  "SELECT changed_version FROM candidate WHERE external_ref ="
                                  " 'HIST-1'"),
                     changed);
}

static void a_stranger_finds_nothing(void **state)
{
    struct scene *scene = *state;
    static const char get[] = "GET /v1/candidates/0751/OWN-1";
    const char *body = scene_body(scene, "Cem Prøve (fiktiv)", "8000", SCENE_FACTS);
    struct answer answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/OWN-1", "", body);

    expect(&answer, 201);
    answer = scene_json(scene, AARHUS, get, "", NULL);
    expect(&answer, 200);
    answer = scene_json(scene, RANDERS, get, "", NULL);
    expect(&answer, 404);
    answer = scene_json(scene, RANDERS, "PUT /v1/candidates/0751/OWN-1", "", body);
    expect(&answer, 404);
    answer = scene_json(scene, RANDERS, "GET /v1/candidates/0730/OWN-1", "", NULL);
    expect(&answer, 404);
    answer = scene_json(scene, RANDERS, "POST /v1/candidates/0751/OWN-1/withdrawal",
                        "If-Match: *\r\n", "{\"reason\":\"moved\"}");
    expect(&answer, 404);
    answer = scene_json(scene, RANDERS, "PATCH /v1/candidates/0751/OWN-1/facts", "If-Match: *\r\n",
                        "{\"set\":[]}");
    expect(&answer, 404);
    answer =
        scene_json(scene, RANDERS, "PUT /v1/candidates/0751/OWN-1/screening", "If-Match: *\r\n",
                   "{\"by\":\"x\",\"on\":\"2026-11-01\",\"until\":\"2027-01-01\"}");
    expect(&answer, 404);
    answer = scene_json(scene, TEAM, get, "", NULL);
    expect(&answer, 403);
    answer = scene_json(scene, EMPLOYER, get, "", NULL);
    expect(&answer, 403);
    answer = scene_json(scene, NOBODY, get, "", NULL);
    expect(&answer, 401);
}

static void a_home_reads_its_own_in_full(void **state)
{
    struct scene *scene = *state;
    static const char body[] =
        "{\"person\":{\"name\":\"Dorthe Prøve (fiktiv)\",\"email\":\"d@example.dk\",\"address\":"
        "\"Prøvevej 2\",\"note\":\"Cykler gerne\",\"cpr\":\"020291-4321\"},\"postcode\":\"8900\","
        "\"max_travel_km\":30,\"available_from\":\"2026-12-24\",\"kinds\":[\"flex\"],"
        "\"protection\":\"address\",\"screening\":{\"by\":\"MK\",\"on\":\"2026-11-01\",\"until\":"
        "\"2027-05-01\"},\"facts\":[]}";
    struct answer answer =
        scene_json(scene, RANDERS, "PUT /v1/candidates/0730/R-%C3%A6-1", "", body);

    expect(&answer, 201);
    answer = scene_json(scene, RANDERS, "GET /v1/candidates/0730/R-%C3%A6-1", "", NULL);
    expect(&answer, 200);
    const json_t *person = json_object_get(answer.json, "person");
    assert_string_equal(json_string_value(json_object_get(person, "name")),
                        "Dorthe Prøve (fiktiv)");
    assert_string_equal(json_string_value(json_object_get(person, "note")), "Cykler gerne");
    assert_string_equal(json_string_value(json_object_get(person, "cpr")), "020291-••••");
    assert_null(strstr(answer.body, "4321"));
    assert_string_equal(member(&answer, "external_ref"), "R-æ-1");
    assert_string_equal(member(&answer, "protection"), "address");
    assert_true(json_is_null(json_object_get(answer.json, "withdrawn")));
    assert_int_equal(scene_number(scene,
                                  "SELECT count(*) FROM audit a JOIN candidate c ON c.id = ANY"
                                  " (a.candidates) WHERE c.external_ref = 'R-æ-1' AND a.action ="
                                  " 'candidate.read' AND a.purpose <> '' AND a.organisation_id ="
                                  " c.organisation_id"),
                     1);

    answer = scene_json(scene, RANDERS, "GET /v1/candidates/0730/R-%C3%A6-1",
                        "If-None-Match: \"v1\"\r\n", NULL);
    expect(&answer, 304);
}

static void all_faults_are_named_at_once(void **state)
{
    struct scene *scene = *state;
    static const char body[] =
        "{\"person\":{\"email\":\"x\",\"cpr\":\"310290-0000\"},\"postcode\":\"9999\","
        "\"max_travel_km\":0,\"available_from\":\"2026-02-30\",\"kinds\":[],\"protection\":"
        "\"secret\",\"age\":40,\"facts\":[{\"kind\":\"competence\",\"code\":\"juggling\","
        "\"stated_on\":\"2026-11-01\",\"source\":\"cv\"},{\"kind\":\"licence\",\"code\":\"B\","
        "\"level\":2,\"stated_on\":\"2026-11-01\",\"source\":\"cv\"}]}";
    static const char *const faults[][2] = {
        {"/person/name", "REQUIRED"},
        {"/person/email", "FORMAT"},
        {"/person/cpr", "FORMAT"},
        {"/postcode", "UNKNOWN"},
        {"/max_travel_km", "RANGE"},
        {"/available_from", "FORMAT"},
        {"/kinds", "LENGTH"},
        {"/protection", "CHOICE"},
        {"/age", "UNKNOWN_MEMBER"},
        {"/facts/0/code", "UNKNOWN"},
        {"/facts/1/level", "NOT_ALLOWED"},
    };
    struct answer answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/BAD-1", "", body);

    expect(&answer, 422);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (!names_fault(&answer, faults[i][0], faults[i][1]))
            fail_msg("%s %s is not named: %s", faults[i][0], faults[i][1], answer.body);
    }
    assert_int_equal(json_array_size(json_object_get(answer.json, "errors")),
                     sizeof faults / sizeof faults[0]);
    assert_null(strstr(answer.body, "310290"));

    answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/BAD-1", "",
                        scene_body(scene, "N (fiktiv)", "9999",
                                   "[{\"kind\":\"language\",\"code\":\"qq\",\"stated_on\":"
                                   "\"2026-11-01\",\"source\":\"cv\"}]"));
    expect(&answer, 422);
    assert_true(names_fault(&answer, "/postcode", "UNKNOWN"));
    assert_true(names_fault(&answer, "/facts/0/code", "UNKNOWN"));
    answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/010190-1234", "",
                        scene_body(scene, "N (fiktiv)", "8000", "[]"));
    expect(&answer, 422);
    assert_true(names_fault(&answer, "", "CPR"));
    assert_int_equal(
        scene_number(scene, "SELECT count(*) FROM candidate WHERE external_ref = 'BAD-1'"), 0);
}

static void one_person_stands_once_in_a_municipality(void **state)
{
    struct scene *scene = *state;
    static const char body[] =
        "{\"person\":{\"name\":\"Eva Prøve (fiktiv)\",\"cpr\":\"%s\"},\"postcode\":\"8000\","
        "\"max_travel_km\":30,\"available_from\":\"2026-12-24\",\"kinds\":[\"permanent\"],"
        "\"protection\":\"none\",\"facts\":[]}";
    char text[512];

    snprintf(text, sizeof text, body, "030392-1111");
    struct answer answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/CPR-1", "", text);
    expect(&answer, 201);
    answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/CPR-2", "", text);
    expect(&answer, 422);
    assert_true(names_fault(&answer, "/person/cpr", "TAKEN"));
    answer = scene_json(scene, RANDERS, "PUT /v1/candidates/0730/CPR-2", "", text);
    expect(&answer, 201);
    snprintf(text, sizeof text, body, "0303921111");
    answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/CPR-1", "", text);
    expect(&answer, 200);
}

static void of_two_writers_one_wins(void **state)
{
    struct scene *scene = *state;
    static const char line[] = "PUT /v1/candidates/0751/RACE-1";
    const char *one = scene_body(scene, "F Prøve (fiktiv)", "8000", "[]");
    const char *two = scene_body(scene, "F Prøve (fiktiv)", "8200", "[]");

    struct answer answer = scene_json(scene, AARHUS, line, "If-Match: \"v1\"\r\n", one);
    expect(&answer, 412);
    answer = scene_json(scene, AARHUS, line, "", one);
    expect(&answer, 201);
    answer = scene_json(scene, AARHUS, line, "If-Match: \"v1\"\r\n", two);
    expect(&answer, 200);
    answer = scene_json(scene, AARHUS, line, "If-Match: \"v1\"\r\n", one);
    expect(&answer, 412);
    assert_string_equal(
        scene_text(scene, "SELECT postcode FROM candidate WHERE external_ref = 'RACE-1'"), "8200");
}

static void facts_are_patched_singly(void **state)
{
    struct scene *scene = *state;
    static const char line[] = "PATCH /v1/candidates/0751/PATCH-1/facts";
    static const char patch[] =
        "{\"set\":[{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"valid_until\":"
        "\"2029-01-01\",\"stated_on\":\"2026-11-20\",\"source\":\"certificate_seen\"}],"
        "\"remove\":[{\"kind\":\"language\",\"code\":\"da\"}]}";
    const char *body = scene_body(scene, "G Prøve (fiktiv)", "8000", SCENE_FACTS);
    struct answer answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/PATCH-1", "", body);

    expect(&answer, 201);
    answer = scene_json(scene, AARHUS, line, "", patch);
    expect(&answer, 428);
    answer = scene_json(scene, AARHUS, line, "If-Match: \"v9\"\r\n", patch);
    expect(&answer, 412);
    answer = scene_json(scene, AARHUS, line, "If-Match: \"v1\"\r\n", patch);
    expect(&answer, 200);
    assert_non_null(strstr(answer.head, "ETag: \"v2\""));
    assert_string_equal(
        scene_text(scene,
                   "SELECT string_agg(f.code, ' ' ORDER BY f.code) FROM candidate_fact f JOIN"
                   " candidate c ON c.id = f.candidate_id WHERE c.external_ref = 'PATCH-1'"
                   " AND f.to_version IS NULL"),
        "epoxy-isocyanate formwork");

    answer = scene_json(scene, AARHUS, line, "If-Match: *\r\n",
                        "{\"set\":[{\"kind\":\"competence\",\"code\":\"x\",\"stated_on\":"
                        "\"2026-11-20\",\"source\":\"cv\"}],\"remove\":[{\"kind\":\"licence\","
                        "\"code\":\"B\"}]}");
    expect(&answer, 422);
    assert_true(names_fault(&answer, "/set/0/code", "UNKNOWN"));
    assert_true(names_fault(&answer, "/remove/0", "UNKNOWN"));
    answer = scene_json(scene, AARHUS, line, "If-Match: *\r\n", "{}");
    expect(&answer, 422);

    /* The body that the home sent in full is true again when it is sent again. */
    answer = scene_json(scene, AARHUS, "PUT /v1/candidates/0751/PATCH-1", "", body);
    expect(&answer, 200);
    assert_true(is_true(&answer, "changed"));
}

static void screening_and_withdrawal(void **state)
{
    struct scene *scene = *state;
    static const char put[] = "PUT /v1/candidates/0751/OUT-1";
    static const char out[] = "POST /v1/candidates/0751/OUT-1/withdrawal";
    static const char screening[] = "PUT /v1/candidates/0751/OUT-1/screening";
    struct answer answer =
        scene_json(scene, AARHUS, put, "", scene_body(scene, "H Prøve (fiktiv)", "8000", "[]"));

    expect(&answer, 201);
    answer = scene_json(scene, AARHUS, screening, "If-Match: \"v1\"\r\n",
                        "{\"by\":\"MK\",\"on\":\"2026-11-01\",\"until\":\"2026-10-01\"}");
    expect(&answer, 422);
    assert_true(names_fault(&answer, "/until", "RANGE"));
    answer = scene_json(scene, AARHUS, screening, "If-Match: \"v1\"\r\n",
                        "{\"by\":\"MK\",\"on\":\"2020-11-01\",\"until\":\"2021-05-01\"}");
    expect(&answer, 200);
    answer = scene_json(scene, AARHUS, out, "If-Match: \"v2\"\r\n", "{\"reason\":\"tired\"}");
    expect(&answer, 422);
    answer = scene_json(scene, AARHUS, out, "If-Match: \"v2\"\r\n", "{\"reason\":\"employed\"}");
    expect(&answer, 200);
    assert_true(is_true(&answer, "withdrawn"));
    answer = scene_json(scene, AARHUS, out, "If-Match: \"v2\"\r\n", "{\"reason\":\"employed\"}");
    expect(&answer, 200);
    assert_false(is_true(&answer, "changed"));

    /* Other news leaves the candidate out; a new screening brings them back. */
    answer =
        scene_json(scene, AARHUS, put, "", scene_body(scene, "H Prøve (fiktiv)", "8200", "[]"));
    expect(&answer, 200);
    assert_true(is_true(&answer, "withdrawn"));
    const char *unscreened = scene_body(scene, "H Prøve (fiktiv)", "8200", "[]");
    char screened[1024];
    snprintf(screened, sizeof screened,
             "%.*s,\"screening\":{\"by\":\"MK\",\"on\":\"2999-01-01\",\"until\":\"2999-06-01\"}}",
             (int)strlen(unscreened) - 1, unscreened);
    answer = scene_json(scene, AARHUS, put, "", screened);
    expect(&answer, 200);
    assert_false(is_true(&answer, "withdrawn"));
    assert_string_equal(
        scene_text(scene, "SELECT string_agg(s.withdrawn::text, ' ' ORDER BY s.from_version) FROM"
                          " candidate_state s JOIN candidate c ON c.id = s.candidate_id WHERE"
                          " c.external_ref = 'OUT-1'"),
        "false false true true false");
}

static void own_candidates_are_listed_by_page(void **state)
{
    struct scene *scene = *state;
    size_t seen = 0;
    char line[600] = "GET /v1/candidates?limit=2";

    for (int i = 0; i < 5; i++) {
        char put[64];
        snprintf(put, sizeof put, "PUT /v1/candidates/0730/PAGE-%d", i);
        struct answer made = scene_json(scene, RANDERS, put, "",
                                        scene_body(scene, "I Prøve (fiktiv)", "8900", "[]"));
        expect(&made, 201);
    }
    int64_t all =
        scene_number(scene, "SELECT count(*) FROM candidate c JOIN organisation o ON o.id ="
                            " c.organisation_id WHERE o.municipality_code = '0730'");
    for (;;) {
        struct answer page = scene_json(scene, RANDERS, line, "", NULL);
        expect(&page, 200);
        seen += json_array_size(json_object_get(page.json, "items"));
        const char *next = member(&page, "next");
        assert_null(strstr(page.body, "Prøve"));
        if (next == NULL)
            break;
        assert_non_null(strstr(page.head, "rel=\"next\""));
        snprintf(line, sizeof line, "GET /v1/candidates?limit=2&cursor=%s", next);
        struct answer foreign = scene_json(scene, AARHUS, line, "", NULL);
        expect(&foreign, 400);
    }
    assert_int_equal(seen, all);
    assert_int_equal(scene_number(scene,
                                  "SELECT sum(cardinality(candidates)) FROM audit WHERE action"
                                  " = 'candidate.listed'"),
                     all);
}

static void lists_are_read_by_all(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *line;
        size_t least;
    } lists[] = {{"GET /v1/municipalities", 10},
                 {"GET /v1/trades", 40},
                 {"GET /v1/competences", 150},
                 {"GET /v1/certificates", 20}};

    for (size_t i = 0; i < 4; i++) {
        struct answer answer = scene_json(scene, EMPLOYER, lists[i].line, "", NULL);
        expect(&answer, 200);
        assert_true(json_array_size(json_object_get(answer.json, "items")) >= lists[i].least);
    }
    struct answer answer =
        scene_json(scene, TEAM, "GET /v1/organisations?kind=municipality", "", NULL);
    expect(&answer, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    answer = scene_json(scene, TEAM, "GET /v1/organisations?limit=3", "", NULL);
    expect(&answer, 200);
    assert_non_null(member(&answer, "next"));
    answer = scene_json(scene, TEAM, "GET /v1/organisations?kind=nobody", "", NULL);
    expect(&answer, 400);
    answer = scene_json(scene, EMPLOYER, "GET /v1/organisations", "", NULL);
    expect(&answer, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_put_again_changes_nothing),
        cmocka_unit_test(history_keeps_what_was),
        cmocka_unit_test(a_stranger_finds_nothing),
        cmocka_unit_test(a_home_reads_its_own_in_full),
        cmocka_unit_test(all_faults_are_named_at_once),
        cmocka_unit_test(one_person_stands_once_in_a_municipality),
        cmocka_unit_test(of_two_writers_one_wins),
        cmocka_unit_test(facts_are_patched_singly),
        cmocka_unit_test(screening_and_withdrawal),
        cmocka_unit_test(own_candidates_are_listed_by_page),
        cmocka_unit_test(lists_are_read_by_all),
    };
    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
