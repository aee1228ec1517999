/*
 * The inbox of 0042_inbox.sql on a real PostgreSQL, as the daemon's role: what several sources say
 * of one company, one project and one stage becomes one lead, and nothing else does.
 */
#include "common/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/services/leads/leads_scene.h"

static int setup(void **state)
{
    leads_scene(state, "inbox_sql", (size_t)16 << 20);
    return 0;
}

/* Each test begins with an empty inbox. Rows deleted would leave pages that are counted as empty,
 * and plans that know no better than one row for whatever comes. */
static int empty(void **state)
{
    struct fixture *fixture = *state;
    return session_exec(fixture->owner, "TRUNCATE lead, change, outbox CASCADE", NULL);
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
    {"a lead that has another reference of the kind is joined by no name",
     {ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A1\"", "tender", "")),
      ROW("3", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A2\"", "tender", ""))},
     "created attached created",
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

static void a_reference_goes_before_a_name(void **state)
{
    struct fixture *fixture = *state;
    outcomes(
        fixture, CRM,
        "[" ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")) "," ROW(
            "2", ITEM("\"99426012\"", "Jensen",
                      "\"name\":\"Skolen i Hadsten\",\"reference\":\"A1\"", "tender",
                      "")) "," ROW("3", ITEM("\"99426012\"", "Jensen",
                                             LETBANE ",\"reference\":\"A1\"", "tender", "")) "]");
    assert_string_equal(look(fixture,
                             "SELECT string_agg(DISTINCT o.data #>> '{project,name}', '; ') "
                             "FROM lead_origin o WHERE o.lead_id = (SELECT b.lead_id FROM "
                             "lead_origin b WHERE b.data #>> '{project,name}' LIKE "
                             "'Skolen%')"),
                        "Letbanen, etape 2; Skolen i Hadsten");
}

static void of_several_the_oldest_is_joined(void **state)
{
    struct fixture *fixture = *state;
    outcomes(fixture, CRM,
             "[" ROW("1", ITEM("\"99426012\"", "Jensen", LETBANE ",\"reference\":\"A1\"", "tender",
                               "")) "," ROW("2", ITEM("\"99426012\"", "Jensen",
                                                      LETBANE ",\"reference\":\"A2\"", "tender",
                                                      "")) "," ROW("3", ITEM("\"99426012\"",
                                                                             "Jensen", LETBANE,
                                                                             "tender", "")) "]");
    assert_string_equal(
        look(fixture,
             "SELECT string_agg(o.row_key, ' ' ORDER BY o.row_key) FROM lead_origin o "
             "WHERE o.lead_id = (SELECT b.lead_id FROM lead_origin b WHERE b.row_key = '1')"),
        "1 3");
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

/* A row that leaves its source, or its company, takes its place with it: whoever has the place that
 * is said now has the lead. */
static void a_lead_is_where_it_is_said_to_be_now(void **state)
{
#define PLACE(postcode) ",\"places\":[{\"postal_code\":\"" postcode "\",\"country\":\"DNK\"}]"
    static const char has[] = "SELECT string_agg(municipality_code, ' ' ORDER BY "
                              "municipality_code) FROM lead_municipality "
                              "m JOIN lead l ON l.id = m.lead_id WHERE l.cvr = '99426012'";
    struct fixture *fixture = *state;
    static const char crm[] = "[" ROW("1", ITEM(JENSEN, LETBANE, "tender", PLACE("8000"))) "]";
    static const char bci[] = "[" ROW("x", ITEM(JENSEN, LETBANE, "tender", PLACE("8700"))) "]";

    outcomes(fixture, CRM, crm);
    outcomes(fixture, BCI, bci);
    assert_string_equal(look(fixture, has), "0615");
    json_decref(must_ask(
        fixture, "SELECT lead_unlist(ARRAY(SELECT id FROM lead_origin WHERE source = '" BCI "'))",
        NULL, 0));
    assert_string_equal(look(fixture, has), "0751");
    outcomes(fixture, BCI, bci);
    assert_string_equal(look(fixture, has), "0615");
    outcomes(fixture, BCI,
             "[" ROW("x", ITEM("\"10000009\"", "Helt Andet ApS (fiktiv)", LETBANE, "tender",
                               PLACE("8700"))) "]");
    assert_string_equal(look(fixture, has), "0751");
#undef PLACE
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

/* Releases that come together are one batch, too; each has its line in the audit, after the leads.
 */
static void releases_that_come_together_tell_once(void **state)
{
    struct fixture *fixture = *state;
    const char *audited =
        look(fixture, "SELECT count(*) FROM audit WHERE action = 'lead.imported'");
    const struct pg_parameter parameters[] = {PG_TEXT(look(
        fixture, "SELECT jsonb_agg(jsonb_build_object('lines', '[]'::jsonb, 'notice', "
                 "jsonb_build_object('notice_id', 'n' || i, 'version', 1, 'kind', 'award'), "
                 "'leads', jsonb_build_array(jsonb_build_object('lot', '1', 'title', 'Vej ' || "
                 "i, 'winner', '{\"name\": \"Jensen\", \"cvr\": \"99426012\"}'::jsonb)))) "
                 "FROM generate_series(1, 3) AS i"))};
    json_decref(must_ask(fixture, "SELECT lead_import_releases($1::jsonb)", parameters, 1));
    assert_string_equal(look(fixture, "SELECT concat_ws(' ', count(*), min(jsonb_array_length("
                                      "payload -> 'lead_ids'))) FROM outbox"),
                        "10 3");
    assert_string_equal(look(fixture, arena_printf(fixture->arena,
                                                   "SELECT count(*) - %s FROM audit WHERE action = "
                                                   "'lead.imported'",
                                                   audited)),
                        "3");
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

/* Every lead as "company:state of its origins", the living ones. */
#define HOLDS                                                                                      \
    "SELECT string_agg(h.words, '; ' ORDER BY h.words COLLATE \"C\") FROM (SELECT "                \
    "concat_ws(' ', coalesce(l.data #>> '{winner,cvr}', '-'), l.data #>> '{winner,name}', "        \
    "CASE WHEN l.listed THEN 'listed' ELSE 'gone' END, (SELECT string_agg(o.row_key || CASE WHEN " \
    "o.former THEN '-' ELSE '+' END, ',' ORDER BY o.place) FROM lead_origin o WHERE o.lead_id = "  \
    "l.id)) AS words FROM lead l WHERE l.merged_into IS NULL) AS h"
#define OTHER "\"99300019\"", "Sol og Vind ApS"
#define BARE_OTHER "null", "Sol og Vind ApS"
#define BARE_JENSEN "null", "Jensen Beton"

/* Rows that name another company than before: what came of each, and which leads there are. */
static const struct {
    const char *what;
    const char *rows[4];
    const char *outcomes, *holds;
} renamed[] = {
    {"another number is another company: the lead keeps what it had",
     {ROW("1", ITEM(JENSEN, LETBANE, "tender", "")), ROW("1", ITEM(OTHER, LETBANE, "tender", ""))},
     "created created",
     "99300019 Sol og Vind ApS listed 1+; 99426012 Jensen Beton A/S (fiktiv) gone 1-"},
    {"the lead of others loses it, and its own company is no mixture",
     {ROW("1", ITEM(JENSEN, LETBANE, "tender", "")),
      ROW("2", ITEM("\"99426012\"", "Jensen", LETBANE, "tender", "")),
      ROW("2", ITEM(OTHER, LETBANE, "tender", ""))},
     "created attached created",
     "99300019 Sol og Vind ApS listed 2+; 99426012 Jensen Beton A/S (fiktiv) listed 1+,2-"},
    {"it joins the lead that the other company has",
     {ROW("1", ITEM(JENSEN, LETBANE, "tender", "")), ROW("2", ITEM(OTHER, LETBANE, "tender", "")),
      ROW("1", ITEM(OTHER, LETBANE, "tender", ""))},
     "created created attached",
     "99300019 Sol og Vind ApS listed 2+,1+; 99426012 Jensen Beton A/S (fiktiv) gone 1-"},
    {"there and back again it is where it was, and nothing grows",
     {ROW("1", ITEM(BARE_JENSEN, LETBANE, "tender", "")),
      ROW("1", ITEM(BARE_OTHER, LETBANE, "tender", "")),
      ROW("1", ITEM(BARE_JENSEN, LETBANE, "tender", "")),
      ROW("1", ITEM(BARE_OTHER, LETBANE, "tender", ""))},
     "created created attached attached",
     "- Jensen Beton gone 1-; - Sol og Vind ApS listed 1+"},
    {"a name that is nearly the same is the same company",
     {ROW("1", ITEM(BARE_JENSEN, LETBANE, "tender", "")),
      ROW("1", ITEM("null", "Jensens Beton A/S", LETBANE, "tender", ""))},
     "created updated",
     "- Jensens Beton A/S listed 1+"},
    {"a number that is found later is of the same company",
     {ROW("1", ITEM(BARE_JENSEN, LETBANE, "tender", "")),
      ROW("1", ITEM(JENSEN, LETBANE, "tender", ""))},
     "created updated",
     "99426012 Jensen Beton A/S (fiktiv) listed 1+"},
    {"a number stays with its own name",
     {ROW("1", ITEM("\"99426012\"", "Gammelt Navn", LETBANE, "tender", "")),
      ROW("1", ITEM("\"99426012\"", "Helt Andet", LETBANE, "tender", ""))},
     "created updated",
     "99426012 Helt Andet listed 1+"},
};

static void a_row_that_names_another_company_leaves(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        const char *said = "";
        assert_int_equal(empty(state), 0);
        for (size_t j = 0; j < 4 && renamed[i].rows[j]; j++)
            said = arena_printf(
                fixture->arena, "%s%s%s", said, j > 0 ? " " : "",
                outcomes(fixture, CRM, arena_printf(fixture->arena, "[%s]", renamed[i].rows[j])));
        if (strcmp(said, renamed[i].outcomes) != 0)
            fail_msg("%s: %s", renamed[i].what, said);
        said = look(fixture, HOLDS);
        if (strcmp(said, renamed[i].holds) != 0)
            fail_msg("%s: %s", renamed[i].what, said);
    }
}

/* Who the company is, is taken whole: never the name of one source and the number of another. */
static void the_company_is_taken_whole_from_one(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(
        look(fixture,
             "SELECT (lead_merge(ARRAY['{\"winner\": {\"name\": \"Ny\", \"country\": \"SWE\", "
             "\"city\": \"Malmö\"}, \"project\": {}}', '{\"winner\": {\"name\": \"Gl\", "
             "\"cvr\": \"99426012\", \"id\": \"7\", \"city\": \"Odder\", \"postal_code\": "
             "\"8300\"}, \"project\": {}}']::jsonb[]) -> 'winner') - '{natural_person,nuts,"
             "reference}'::text[]"),
        "{\"id\": \"7\", \"cvr\": \"99426012\", \"city\": \"Malmö\", \"name\": \"Gl\", "
        "\"country\": null, \"postal_code\": null}");
    /* One alone is what it is among itself. */
    assert_string_equal(
        look(fixture,
             "SELECT lead_merge(ARRAY[d]) = lead_merge(ARRAY[d, d]) FROM (SELECT "
             "'{\"winner\": {\"name\": \"\", \"cvr\": null, \"city\": \"Odder\"}, \"project\": "
             "{\"name\": \"P\", \"reference_kind\": \"k\"}, \"value_kind\": \"tender\", \"value\": "
             "null, \"role\": null, \"places\": [], \"more\": \"x\"}'::jsonb AS d) AS x"),
        "t");
}

/* Rows of few companies, projects, references and stages, some of them twice and changed: */
#define DRAWN                                                                                      \
    "SELECT i, jsonb_build_object('row', 'r' || d.a % 220, 'item', jsonb_build_object('winner', "  \
    "jsonb_build_object('cvr', CASE WHEN d.b % 5 > 0 THEN (99300010 + d.b % 4)::text END, "        \
    "'name', "                                                                                     \
    "(ARRAY['Jensen', 'Sol og Vind', 'Murer Holm', 'Bro og Vej', 'Nord Tag'])[1 + d.b % 5]), "     \
    "'project', jsonb_build_object('name', 'Letbanen etape ' || d.c % 6, 'reference', CASE WHEN "  \
    "d.c % 3 > 0 THEN 'A' || d.d % 7 END, 'reference_kind', CASE WHEN d.d % 2 > 0 THEN 'sag' "     \
    "END), 'stage', (ARRAY['tender', 'awarded', 'unknown'])[1 + d.a % 3], 'start_date', "          \
    "'2027-01-' || lpad((1 + i % 28)::text, 2, '0'))) AS item FROM (SELECT i, abs(hashint4(i * "   \
    "4)) AS a, abs(hashint4(i * 4 + 1)) AS b, abs(hashint4(i * 4 + 2)) AS c, abs(hashint4(i * 4 "  \
    "+ 3)) AS d FROM generate_series(1, 400) AS i) AS d"
/* Which rows are together, and what they say together. */
#define ALL_LEADS                                                                                  \
    "SELECT count(*) || ' ' || md5(string_agg(h.words, E'\\n' ORDER BY h.words COLLATE \"C\")) "   \
    "FROM (SELECT l.data::text || l.stage || l.listed || l.version || (SELECT "                    \
    "string_agg(o.row_key || o.former || o.data::text, '|' ORDER BY o.row_key COLLATE \"C\", "     \
    "o.former, o.data::text COLLATE \"C\") FROM lead_origin o WHERE o.lead_id = l.id) AS words "   \
    "FROM lead l) AS h"

static void receive_in_sets(struct fixture *fixture, const char *drawn, int size)
{
    for (int from = 0; from < 400; from += size) {
        const struct pg_parameter parameters[] = {
            PG_TEXT(CRM), PG_TEXT(look(fixture, arena_printf(fixture->arena,
                                                             "SELECT jsonb_agg(x.item ORDER BY "
                                                             "x.i) FROM (%s) AS x WHERE x.i > %d "
                                                             "AND x.i <= %d",
                                                             drawn, from, from + size)))};
        json_decref(
            must_ask(fixture, "SELECT lead_receive_rows($1::uuid, $2::jsonb)", parameters, 2));
    }
}

static void any_split_gives_the_same_leads(void **state)
{
    struct fixture *fixture = *state;
    static const int sizes[] = {1, 7, 200};
    assert_int_equal(empty(state), 0);
    receive_in_sets(fixture, DRAWN, 400);
    const char *whole = look(fixture, ALL_LEADS);
    assert_string_not_equal(whole, "400 ");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(empty(state), 0);
        receive_in_sets(fixture, DRAWN, sizes[i]);
        if (strcmp(look(fixture, ALL_LEADS), whole) != 0)
            fail_msg("in sets of %d: %s, not %s", sizes[i], look(fixture, ALL_LEADS), whole);
    }
}

/* Rows that say nothing against each other and have their projects' references: any order does. */
#define AGREED                                                                                     \
    "SELECT i, jsonb_build_object('row', 'r' || i, 'item', jsonb_build_object('winner', "          \
    "jsonb_build_object('cvr', (99300010 + i % 5)::text, 'name', 'Firma ' || i % 5), 'project', "  \
    "jsonb_build_object('name', 'Letbanen etape ' || i % 4, 'reference', 'A' || i % 4), 'stage', " \
    "'tender')) AS item FROM generate_series(1, 400) AS i"

static void an_order_that_decides_nothing_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(empty(state), 0);
    receive_in_sets(fixture, AGREED, 200);
    const char *straight = look(fixture, ALL_LEADS);
    assert_int_equal(empty(state), 0);
    receive_in_sets(fixture,
                    "SELECT row_number() OVER (ORDER BY md5(y.i::text)) AS i, y.item FROM (" AGREED
                    ") AS y",
                    200);
    assert_string_equal(look(fixture, ALL_LEADS), straight);
    assert_string_equal(look(fixture, LEADS), "20");
}

#define RECEIVED "120" /* rows of DRAWN */
#define RECEIVE_DRAWN                                                                              \
    "SELECT count(lead_receive_rows('" CRM                                                         \
    "', (SELECT jsonb_agg(x.item ORDER BY x.i) FROM (" DRAWN ") AS x WHERE x.i <= " RECEIVED ")))"
#define LOOKED_AT                                                                                  \
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname IN "     \
    "('lead', 'lead_origin')"

/* Tables that were counted when they held nothing, but had pages, are planned as one row (0064). */
static void tables_counted_as_empty_are_looked_up_by_key(void **state)
{
    struct fixture *fixture = *state;
    look(fixture, "SELECT set_config('app.tenant', '" TEAM "', false) || "
                  "set_config('app.actor', '" ACTOR "', false)");
    look(fixture, RECEIVE_DRAWN);
    assert_int_equal(session_exec(fixture->owner,
                                  "DELETE FROM lead_likeness; DELETE FROM lead_origin;"
                                  "DELETE FROM lead_municipality; DELETE FROM lead;"
                                  "ANALYZE lead, lead_origin; BEGIN",
                                  NULL),
                     0);
    look(fixture, RECEIVE_DRAWN);
    assert_in_range(atol(look(fixture, LOOKED_AT)), 1, 20000);
    assert_int_equal(session_exec(fixture->owner, "ROLLBACK", NULL), 0);
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
        cmocka_unit_test_setup(a_reference_goes_before_a_name, empty),
        cmocka_unit_test_setup(of_several_the_oldest_is_joined, empty),
        cmocka_unit_test_setup(the_newest_that_says_something_counts, empty),
        cmocka_unit_test_setup(what_is_gone_from_its_source_counts_last, empty),
        cmocka_unit_test_setup(a_lead_is_where_it_is_said_to_be_now, empty),
        cmocka_unit_test_setup(everybody_is_told_once_for_a_batch, empty),
        cmocka_unit_test_setup(releases_that_come_together_tell_once, empty),
        cmocka_unit_test_setup(names_alike_are_proposed, empty),
        cmocka_unit_test_setup(a_row_that_names_another_company_leaves, empty),
        cmocka_unit_test_setup(the_company_is_taken_whole_from_one, empty),
        cmocka_unit_test_setup(any_split_gives_the_same_leads, empty),
        cmocka_unit_test_setup(tables_counted_as_empty_are_looked_up_by_key, empty),
        cmocka_unit_test_setup(an_order_that_decides_nothing_changes_nothing, empty),
        cmocka_unit_test_setup(nobody_else_gets_in, empty),
        cmocka_unit_test_setup(a_set_has_a_bound, empty),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
