/*
 * The inbox of 0042_inbox.sql on a real PostgreSQL, as the daemon's role: what several sources say
 * of one company, one project and one stage becomes one lead, and nothing else does.
 */
#include "common/base/arena.h"
#include "common/json/json.h"
#include "common/pg/session.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEAM "00000000-0000-4000-8000-0000000000aa"
#define AARHUS "00000000-0000-4000-8000-000000000751"
#define EMPLOYER "00000000-0000-4000-8000-0000000000ee"
#define ACTOR "00000000-0000-4000-8000-0000000000cc"
#define CRM "11111111-0000-4000-8000-000000000001"
#define BCI "11111111-0000-4000-8000-000000000002"

struct fixture {
    struct arena *arena;
    struct session *owner; /* superuser, to set the scene and look behind it */
    struct session *front;
    char sqlstate[6]; /* of what was refused last */
};

static int setup(void **state)
{
    static struct fixture fixture;
    const char *database = pg_cluster_database("inbox_sql");
    fixture.arena = arena_create((size_t)16 << 20);
    assert_int_equal(session_open(database, NULL, &fixture.owner, NULL), 0);
    assert_int_equal(session_open(database, "emnebank_front", &fixture.front, NULL), 0);
    assert_int_equal(
        session_exec(
            fixture.owner,
            "SET search_path TO emnebank;"
            "INSERT INTO organisation (id, kind, name) VALUES ('" TEAM "', 'team', 'Team');"
            "INSERT INTO organisation (id, kind, name, cvr) VALUES ('" EMPLOYER
            "', 'employer', 'Arbejdsgiver (fiktiv)', '99300019');"
            "INSERT INTO organisation (id, kind, name, municipality_code)"
            " SELECT ('00000000-0000-4000-8000-00000000' || code)::uuid, 'municipality', name, code"
            " FROM municipality;"
            "INSERT INTO lead_source (id, name, mapping) VALUES ('" CRM "', 'CRM', '{}'), ('" BCI
            "', 'BCI', '{}')",
            NULL),
        0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    session_close(&fixture->front);
    session_close(&fixture->owner);
    arena_destroy(&fixture->arena);
    return 0;
}

/* Each test begins with an empty inbox. */
static int empty(void **state)
{
    struct fixture *fixture = *state;
    return session_exec(fixture->owner,
                        "DELETE FROM lead_likeness; DELETE FROM lead_origin;"
                        "DELETE FROM lead_municipality; DELETE FROM lead; DELETE FROM change;"
                        "DELETE FROM outbox",
                        NULL);
}

/* One statement in its own transaction, its only cell as JSON; NULL when it is refused. */
static json_t *ask(struct fixture *fixture, const char *tenant, const char *statement,
                   const struct pg_parameter *parameters, size_t count, struct error_detail *detail)
{
    const struct pg_context context = {
        .tenant = tenant, .actor = ACTOR, .request = "test", .purpose = "prøve"};
    const struct pg_result *result;
    memset(detail, 0, sizeof *detail);
    assert_int_equal(session_exec(fixture->front, "BEGIN", detail), 0);
    assert_int_equal(session_context(fixture->front, &context, detail), 0);
    int error = session_query(fixture->front, statement, parameters, count, &result, detail);
    snprintf(fixture->sqlstate, sizeof fixture->sqlstate, "%s",
             error ? session_sqlstate(fixture->front) : "");
    json_t *answer = error ? NULL : json_loads(pg_text(result, 0, 0), JSON_DECODE_ANY, NULL);
    assert_int_equal(session_exec(fixture->front, error ? "ROLLBACK" : "COMMIT", NULL), 0);
    return answer;
}

static json_t *must_ask(struct fixture *fixture, const char *statement,
                        const struct pg_parameter *parameters, size_t count)
{
    struct error_detail detail;
    json_t *answer = ask(fixture, TEAM, statement, parameters, count, &detail);
    if (!answer)
        fail_msg("%s: %s / %s", statement, detail.public_text, detail.private_text);
    return answer;
}

/* What of all leads, put into one text by a statement of the superuser. */
static const char *look(struct fixture *fixture, const char *statement)
{
    const struct pg_result *result;
    struct error_detail detail = {0};
    if (session_query(fixture->owner, statement, NULL, 0, &result, &detail))
        fail_msg("%s: %s / %s", statement, detail.public_text, detail.private_text);
    return arena_strdup(fixture->arena, pg_text(result, 0, 0));
}

static json_t *receive_rows(struct fixture *fixture, const char *source, const char *rows)
{
    const struct pg_parameter parameters[] = {PG_TEXT(source), PG_TEXT(rows)};
    return must_ask(fixture, "SELECT lead_receive_rows($1::uuid, $2::jsonb)", parameters, 2);
}

/* The outcomes of the rows, one word for each. */
static const char *outcomes(struct fixture *fixture, const char *source, const char *rows)
{
    json_t *answer = receive_rows(fixture, source, rows);
    const char *text = "";
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(answer, "rows"), index, row) text =
        arena_printf(fixture->arena, "%s%s%s", text, index > 0 ? " " : "",
                     json_string_value(json_object_get(row, "outcome")));
    json_decref(answer);
    return text;
}

#define ROW(reference, item)                                                                       \
    "{\"row\":\"" reference "\",\"raw\":{\"Firma\":\"…\"},\"item\":" item "}"
#define ITEM(...) ITEM_OF(__VA_ARGS__) /* JENSEN is two of its five */
#define ITEM_OF(cvr, company, project, stage, more)                                                \
    "{\"winner\":{\"cvr\":" cvr ",\"name\":\"" company "\"},\"project\":{" project                 \
    "},\"stage\":\"" stage "\"" more "}"
#define JENSEN "\"99426012\"", "Jensen Beton A/S (fiktiv)"
#define LETBANE "\"name\":\"Letbanen, etape 2\""

/* Each case: rows that come one after another into an empty inbox, in one set and then in sets of
 * one. */
static const struct {
    const char *what;
    const char *rows[4];
    const char *outcomes;
    const char *leads; /* how many */
} cases[] = {
    {"the same row again changes nothing",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", ""))},
     "created unchanged",
     "1"},
    {"a new stage of the same row moves its lead",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "construction", ""))},
     "created updated",
     "1"},
    {"another row of one company, project and stage joins",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen A/S", "\"name\":\"LETBANEN Etape 2\"", "tender", ""))},
     "created attached",
     "1"},
    {"the company's own name in the project's says nothing",
     {ROW("1", ITEM("\"99426012\"", "Jensen A/S", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen A/S", "\"name\":\"Jensen: Letbanen etape 2\"", "tender",
                    ""))},
     "created attached",
     "1"},
    {"another phase is another project",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", "\"name\":\"Letbanen, etape 3\"", "tender", ""))},
     "created created",
     "2"},
    {"another stage is another lead",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE, "awarded", ""))},
     "created created",
     "2"},
    {"another company is another lead",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99300019\"", "Jensen", LETBANE, "tender", ""))},
     "created created",
     "2"},
    {"references of one kind decide before names do",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A1\"", "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A2\"", "tender", "")),
      ROW("3", ITEM("\"99426012\"", "Jensen", "\"name\":\"Noget andet\",\"reference\":\"a 1\"",
                    "tender", ""))},
     "created created attached",
     "2"},
    {"references of two kinds say nothing of each other",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A1\"", "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen",
                    LETBANE ",\"reference\":\"A2\",\"reference_kind\":\"sag\"", "tender", ""))},
     "created attached",
     "1"},
    {"without a CVR number nothing joins",
     {ROW("1", ITEM("null", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("null", "Jensen", LETBANE, "tender", ""))},
     "created created",
     "2"},
    {"a row without a company is refused, and no other",
     {ROW("1", ITEM("\"123\"", " ", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", ""))},
     "refused created",
     "1"},
    {"a project of three letters is none to join by",
     {ROW("1", ITEM("\"99426012\"", "Jensen", "\"name\":\"Hus\"", "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", "\"name\":\"Hus\"", "tender", ""))},
     "created created",
     "2"},
    {"what was twice before it moved stays one",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE, "awarded", "")),
      ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", ""))},
     "created attached updated unchanged",
     "1"},
};

#define LEADS "SELECT count(*) FROM lead"

static void sets_and_single_rows_give_the_same(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *set = "";
        const char *single = "";
        assert_int_equal(empty(state), 0);
        for (size_t j = 0; j < 4 && cases[i].rows[j]; j++) {
            const char *row = cases[i].rows[j];
            set = arena_printf(fixture->arena, "%s%s%s", set, j > 0 ? "," : "", row);
            single =
                arena_printf(fixture->arena, "%s%s%s", single, j > 0 ? " " : "",
                             outcomes(fixture, CRM, arena_printf(fixture->arena, "[%s]", row)));
        }
        if (strcmp(single, cases[i].outcomes) != 0)
            fail_msg("%s, one by one: %s", cases[i].what, single);
        assert_string_equal(look(fixture, LEADS), cases[i].leads);
        assert_int_equal(empty(state), 0);
        const char *together = outcomes(fixture, CRM, arena_printf(fixture->arena, "[%s]", set));
        if (strcmp(together, cases[i].outcomes) != 0)
            fail_msg("%s, as a set: %s", cases[i].what, together);
        assert_string_equal(look(fixture, LEADS), cases[i].leads);
    }
}

static void the_newest_that_says_something_counts(void **state)
{
    struct fixture *fixture = *state;
    outcomes(
        fixture, CRM,
        "[" ROW("1",
                ITEM("\"99426012\"", "Jensen", LETBANE, "tender",
                     ",\"start_date\":\"2027-01-01\",\"value\":{\"raw\":\"5 mio\","
                     "\"currency\":\"DKK\",\"minor\":500000000},\"value_kind\":\"ceiling\"")) "]");
    outcomes(fixture, BCI,
             "[" ROW("x", ITEM("\"99426012\"", "Jensen Beton", LETBANE, "tender",
                               ",\"start_date\":\"2027-03-01\",\"value\":null,"
                               "\"value_kind\":\"tender\",\"places\":[]")) "]");
    assert_string_equal(look(fixture, "SELECT concat_ws(' ', data ->> 'start_date', data #>> "
                                      "'{value,raw}', data ->> 'value_kind', company_name, version)"
                                      " FROM lead"),
                        "2027-03-01 5 mio ceiling Jensen Beton 2");
    /* The older source says something new: now it is the newest. */
    outcomes(fixture, CRM,
             "[" ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender",
                               ",\"start_date\":\"2027-05-01\"")) "]");
    assert_string_equal(look(fixture, "SELECT concat_ws(' ', data ->> 'start_date', "
                                      "coalesce(data #>> '{value,raw}', '-'), company_name)"
                                      " FROM lead"),
                        "2027-05-01 - Jensen");
}

static void what_is_gone_from_its_source_counts_last(void **state)
{
    struct fixture *fixture = *state;
    outcomes(fixture, CRM, "[" ROW("1", ITEM(JENSEN, LETBANE, "tender", "")) "]");
    outcomes(fixture, BCI, "[" ROW("x", ITEM("\"99426012\"", "JB", LETBANE, "tender", "")) "]");
    json_t *gone = must_ask(
        fixture, "SELECT lead_unlist(ARRAY(SELECT id FROM lead_origin WHERE source = '" BCI "'))",
        NULL, 0);
    assert_int_equal(json_integer_value(gone), 1);
    json_decref(gone);
    assert_string_equal(look(fixture, "SELECT listed || ' ' || company_name FROM lead"),
                        "true Jensen Beton A/S (fiktiv)");
    json_decref(
        must_ask(fixture, "SELECT lead_unlist(ARRAY(SELECT id FROM lead_origin))", NULL, 0));
    assert_string_equal(look(fixture, "SELECT listed FROM lead"), "f");
    outcomes(fixture, CRM, "[" ROW("1", ITEM(JENSEN, LETBANE, "tender", "")) "]");
    assert_string_equal(look(fixture, "SELECT listed FROM lead"), "t");
}

/* All ten and the team hear of it once for a batch, but for the one who imports. */
static void everybody_is_told_once_for_a_batch(void **state)
{
    struct fixture *fixture = *state;
    outcomes(fixture, CRM,
             "[" ROW("1", ITEM(JENSEN, LETBANE, "tender", "")) "," ROW(
                 "2", ITEM(JENSEN, "\"name\":\"Skolen i Odder\"", "tender", "")) "]");
    assert_string_equal(look(fixture,
                             "SELECT concat_ws(' ', count(*), count(DISTINCT organisation_id),"
                             " min(jsonb_array_length(payload -> 'lead_ids')),"
                             " bool_or(organisation_id = '" TEAM "')) FROM outbox"),
                        "10 10 2 f");
    outcomes(fixture, CRM, "[" ROW("1", ITEM(JENSEN, LETBANE, "tender", "")) "]");
    assert_string_equal(look(fixture, "SELECT count(*) FROM outbox"), "10");
    /* It moves to Odder: Odder alone is told. */
    outcomes(
        fixture, CRM,
        "[" ROW("1", ITEM(JENSEN, LETBANE, "tender",
                          ",\"places\":[{\"postal_code\":\"8300\",\"country\":\"DNK\"}]")) "]");
    assert_string_equal(look(fixture,
                             "SELECT count(*) || ' ' || max(o.name) FROM outbox x JOIN "
                             "organisation o ON o.id = x.organisation_id WHERE x.payload = "
                             "(SELECT jsonb_build_object('lead_ids', jsonb_agg(lead_id)) "
                             "FROM lead_municipality)"),
                        "1 Odder");
}

static void names_alike_are_proposed(void **state)
{
    struct fixture *fixture = *state;
    outcomes(
        fixture, CRM,
        "[" ROW("1", ITEM("null", "Jensen Beton A/S", "\"name\":\"Letbanen Aarhus etape 2\"",
                          "tender", "")) "," ROW("2", ITEM("null", "Sol & Vind ApS",
                                                           "\"name\":\"Letbanen Aarhus etape 2\"",
                                                           "tender", "")) "]");
    assert_string_equal(look(fixture, "SELECT count(*) FROM lead_likeness"), "0");
    outcomes(
        fixture, BCI,
        "[" ROW("x",
                ITEM("\"99426012\"", "Jensens Beton", "\"name\":\"Letbanen i Aarhus, etape 2\"",
                     "unknown",
                     "")) "," ROW("y",
                                  ITEM("\"99426012\"", "Jensen Beton",
                                       "\"name\":\"Sygehuset i Horsens\"", "tender",
                                       "")) "," ROW("z",
                                                    ITEM("null", "Jensen Beton",
                                                         "\"name\":\"Letbanen Aarhus etape 2\"",
                                                         "construction", "")) "]");
    assert_string_equal(
        look(fixture,
             "SELECT string_agg(a.company_name || '/' || b.company_name || ' ' || s.state, "
             "'; ' ORDER BY a.company_name) FROM lead_likeness s JOIN lead a ON a.id = "
             "s.lead_id JOIN lead b ON b.id = s.other_id WHERE 'construction' NOT IN (a.stage, "
             "b.stage)"),
        "Jensens Beton/Jensen Beton A/S proposed");
    /* Two CVR numbers are two companies, however alike. */
    outcomes(fixture, BCI,
             "[" ROW("w", ITEM("\"99300019\"", "Jensens Beton",
                               "\"name\":\"Letbanen i Aarhus, etape 2\"", "unknown", "")) "]");
    assert_string_equal(
        look(fixture, "SELECT count(*) FROM lead_likeness s JOIN lead a ON a.id = s.lead_id JOIN "
                      "lead b ON b.id = s.other_id WHERE a.cvr <> b.cvr"),
        "0");
}

static void nobody_else_gets_in(void **state)
{
    struct fixture *fixture = *state;
    struct error_detail detail;
    const struct pg_parameter parameters[] = {
        PG_TEXT(CRM), PG_TEXT("[" ROW("1", ITEM(JENSEN, LETBANE, "tender", "")) "]")};
    static const char statement[] = "SELECT lead_receive_rows($1::uuid, $2::jsonb)";
    assert_null(ask(fixture, EMPLOYER, statement, parameters, 2, &detail));
    assert_string_equal(fixture->sqlstate, "EB403");
    assert_null(ask(fixture, NULL, statement, parameters, 2, &detail));
    json_decref(must_ask(fixture, statement, parameters, 2));
    json_t *seen = ask(fixture, EMPLOYER, "SELECT count(*) FROM lead_origin", NULL, 0, &detail);
    assert_int_equal(json_integer_value(seen), 0);
    json_decref(seen);
    seen = ask(fixture, AARHUS, "SELECT count(*) FROM lead_origin", NULL, 0, &detail);
    assert_int_equal(json_integer_value(seen), 1);
    json_decref(seen);
}

/* A set of 501 is refused whole. */
static void a_set_has_a_bound(void **state)
{
    struct fixture *fixture = *state;
    struct error_detail detail;
    assert_null(ask(fixture, TEAM,
                    "SELECT lead_receive_rows('" CRM
                    "', (SELECT jsonb_agg(jsonb_build_object('row', i,"
                    " 'item', '{}'::jsonb)) FROM generate_series(1, 501) AS i))",
                    NULL, 0, &detail));
    assert_string_equal(fixture->sqlstate, "EB422");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sets_and_single_rows_give_the_same, empty),
        cmocka_unit_test_setup(the_newest_that_says_something_counts, empty),
        cmocka_unit_test_setup(what_is_gone_from_its_source_counts_last, empty),
        cmocka_unit_test_setup(everybody_is_told_once_for_a_batch, empty),
        cmocka_unit_test_setup(names_alike_are_proposed, empty),
        cmocka_unit_test_setup(nobody_else_gets_in, empty),
        cmocka_unit_test_setup(a_set_has_a_bound, empty),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
