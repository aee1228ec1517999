/*
 * What the database keeps from whom, tried as its roles and not through the API; and that no name
 * and no CPR number stands in clear anywhere in it, nor in the log.
 */
#include "tests/services/pool/scene.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CANARY_NAME "Kanariefugl Prøvesen (fiktiv)"
#define CANARY_CPR "0404041234"
#define CANARY_PHONE "+45 29 99 99 99"

static const char *const tables[] = {"candidate", "candidate_person", "candidate_state",
                                     "candidate_fact"};

static int set_up(void **state)
{
    static const char body[] =
        "{\"person\":{\"name\":\"" CANARY_NAME "\",\"phone\":\"" CANARY_PHONE "\",\"cpr\":"
        "\"040404-1234\",\"note\":\"" CANARY_NAME
        " skrev\"},\"postcode\":\"8000\",\"max_travel_km\":"
        "30,\"available_from\":\"2026-12-24\",\"kinds\":[\"permanent\"],\"protection\":\"none\","
        "\"facts\":[{\"kind\":\"licence\",\"code\":\"B\",\"stated_on\":\"2026-11-01\",\"source\":"
        "\"self\"}]}";
    int error = scene_open(state);

    if (error != 0)
        return error;
    struct answer answer = scene_json(*state, AARHUS, "PUT /v1/candidates/0751/CANARY-1", "", body);
    assert_int_equal(answer.status, 201);
    return 0;
}

/* Rows of a table as a role sees them; -1 when it may not look. */
static int64_t rows_seen(struct scene *scene, const char *role, const char *tenant,
                         const char *what)
{
    struct session *session = scene_role(scene, role);
    const struct pg_result *result = NULL;
    const struct pg_context context = {.tenant = tenant};
    struct error_detail detail;
    char query[160];

    snprintf(query, sizeof query, "SELECT count(*) FROM (SELECT %s) x", what);
    assert_int_equal(session_exec(session, "BEGIN", &detail), 0);
    if (tenant != NULL)
        assert_int_equal(session_context(session, &context, &detail), 0);
    int error = session_query(session, query, NULL, 0, &result, &detail);
    int64_t rows = error == 0 ? pg_int64(result, 0, 0) : -1;
    session_close(&session);
    return rows;
}

static void only_the_home_sees_its_rows(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < 4; i++) {
        char what[64];
        snprintf(what, sizeof what, "* FROM %s", tables[i]);
        assert_int_equal(
            rows_seen(scene, "emnebank_front", scene_organisation(scene, AARHUS), what), 1);
        for (int other = RANDERS; other <= EMPLOYER; other++)
            assert_int_equal(rows_seen(scene, "emnebank_front",
                                       scene_organisation(scene, (enum caller)other), what),
                             0);
        assert_int_equal(rows_seen(scene, "emnebank_front", "", what), 0);
        assert_int_equal(rows_seen(scene, "emnebank_front", NULL, what), 0);
    }
}

static void the_engine_sees_facts_and_no_person(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "* FROM candidate_fact"), 1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "* FROM candidate_state"), 1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "id, changed_version FROM candidate"),
                     1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "external_ref FROM candidate"), -1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "screened_by FROM candidate"), -1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "* FROM candidate_person"), -1);
    assert_int_equal(rows_seen(scene, "emnebank_match", NULL, "* FROM api_key"), -1);
    assert_int_equal(rows_seen(scene, "emnebank_front", NULL, "* FROM api_key"), -1);
}

static void nobody_writes_in_anothers_name(void **state)
{
    struct scene *scene = *state;
    struct session *session = scene_role(scene, "emnebank_front");
    const struct pg_context context = {.tenant = scene_organisation(scene, RANDERS)};
    struct error_detail detail;
    char script[512];

    snprintf(
        script, sizeof script,
        "UPDATE candidate SET organisation_id = '%s'; INSERT INTO candidate_fact (candidate_id,"
        " organisation_id, kind, code, stated_on, source, from_version) SELECT '%s', '%s',"
        " 'licence', 'C', '2026-01-01', 'self', 1",
        scene_organisation(scene, RANDERS),
        scene_text(scene, "SELECT id FROM candidate WHERE external_ref = 'CANARY-1'"),
        scene_organisation(scene, AARHUS));
    assert_int_equal(session_exec(session, "BEGIN", &detail), 0);
    assert_int_equal(session_context(session, &context, &detail), 0);
    assert_int_not_equal(session_exec(session, script, &detail), 0);
    assert_string_equal(session_sqlstate(session), "42501");
    session_close(&session);
    assert_int_equal(scene_number(scene,
                                  "SELECT count(*) FROM candidate c JOIN organisation o ON o.id"
                                  " = c.organisation_id WHERE o.municipality_code = '0730'"),
                     0);
}

/* What the front role may not do in the name of `caller`. */
static void assert_refused(struct scene *scene, enum caller caller, const char *sqlstate,
                           const char *script)
{
    struct session *session = scene_role(scene, "emnebank_front");
    const struct pg_context context = {.tenant = scene_organisation(scene, caller)};
    struct error_detail detail;

    assert_int_equal(session_exec(session, "BEGIN", &detail), 0);
    assert_int_equal(session_context(session, &context, &detail), 0);
    assert_int_not_equal(session_exec(session, script, &detail), 0);
    assert_string_equal(session_sqlstate(session), sqlstate);
    session_close(&session);
}

/* In one's own name, of another's candidate: the engine would rank on it. */
static void nobody_says_anything_of_anothers_candidate(void **state)
{
    struct scene *scene = *state;
    const char *own = scene_organisation(scene, RANDERS);
    const char *candidate =
        scene_text(scene, "SELECT id FROM candidate WHERE external_ref = 'CANARY-1'");
    char script[512];

    snprintf(script, sizeof script,
             "INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, stated_on,"
             " source, from_version) SELECT '%s', '%s', 'licence', 'CE', '2026-01-01', 'self', 1",
             candidate, own);
    assert_refused(scene, RANDERS, "23503", script);
    snprintf(script, sizeof script,
             "INSERT INTO candidate_state (candidate_id, organisation_id, from_version, postcode,"
             " max_travel_km, available_from, kinds, protected, withdrawn) SELECT '%s', '%s', 99,"
             " '8000', 30, '2026-01-01', '{permanent}', false, false",
             candidate, own);
    assert_refused(scene, RANDERS, "23503", script);
}

static void only_municipalities_have_candidates(void **state)
{
    struct scene *scene = *state;
    char script[512];

    for (int other = RANDERS + 1; other <= EMPLOYER; other++) {
        snprintf(script, sizeof script,
                 "INSERT INTO candidate (organisation_id, external_ref, changed_version, postcode,"
                 " max_travel_km, available_from, kinds, content_mac) VALUES ('%s', 'x', 0, '8000',"
                 " 30, '2026-01-01', '{permanent}', '')",
                 scene_organisation(scene, (enum caller)other));
        assert_refused(scene, (enum caller)other, "42501", script);
    }
}

/* What ranking has seen stays as it was seen, for the home too. */
static void history_is_not_rewritten(void **state)
{
    struct scene *scene = *state;

    assert_refused(scene, AARHUS, "42501", "UPDATE candidate_fact SET code = 'CE'");
    assert_refused(scene, AARHUS, "42501", "UPDATE candidate_fact SET from_version = 0");
    assert_refused(scene, AARHUS, "42501", "UPDATE candidate_state SET protected = false");
    assert_refused(scene, AARHUS, "42501", "DELETE FROM candidate_fact");
}

/* Every row of every table as text; a bytea stands there as hex. */
static const char everything[] =
    "SELECT string_agg(query_to_xml(format('SELECT t::text FROM emnebank.%I t', tablename), true,"
    " false, '')::text, '') FROM pg_tables WHERE schemaname = 'emnebank'";

static void assert_absent(const char *haystack, const char *what, const char *secret)
{
    char hex[256];

    str_hex(secret, strlen(secret), hex);
    if (strstr(haystack, secret) != NULL || strstr(haystack, hex) != NULL)
        fail_msg("%s stands in clear", what);
}

static void no_name_and_no_cpr_stand_in_clear(void **state)
{
    struct scene *scene = *state;

    struct answer answer = scene_json(scene, AARHUS, "GET /v1/candidates/0751/CANARY-1", "", NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, CANARY_NAME));
    const char *dump = scene_text(scene, everything);
    const char *log = scene_log(scene);
    assert_non_null(strstr(dump, "CANARY-1")); /* the dump is one */
    assert_non_null(strstr(log, "/v1/candidates/{municipality}"));
    assert_absent(dump, "the name in the database", CANARY_NAME);
    assert_absent(dump, "the phone in the database", CANARY_PHONE);
    assert_absent(dump, "the CPR number in the database", CANARY_CPR);
    assert_absent(dump, "the CPR number in the database", "040404-1234");
    assert_absent(log, "the name in the log", CANARY_NAME);
    assert_absent(log, "the CPR number in the log", "040404");
    assert_absent(log, "the reference in the log", "CANARY-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_home_sees_its_rows),
        cmocka_unit_test(the_engine_sees_facts_and_no_person),
        cmocka_unit_test(nobody_writes_in_anothers_name),
        cmocka_unit_test(nobody_says_anything_of_anothers_candidate),
        cmocka_unit_test(only_municipalities_have_candidates),
        cmocka_unit_test(history_is_not_rewritten),
        cmocka_unit_test(no_name_and_no_cpr_stand_in_clear),
    };
    return cmocka_run_group_tests(tests, set_up, scene_close);
}
