/*
 * The functions of 0006_leads.sql on a real PostgreSQL, as the daemon's role: notices of our own
 * are read and imported, repeated, changed, placed, moved and made into draft orders.
 */
#include "common/json/json.h"
#include "services/leads/notice_json.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/services/leads/leads_scene.h"

static int setup(void **state)
{
    notice_prepare();
    leads_scene(state, "leads_sql", 4 * NOTICE_MEMORY_CAP);
    return 0;
}

/* One statement of the API in its own transaction. The result lives until the next. */
static int ask_as(struct fixture *fixture, const char *tenant, const char *statement,
                  const struct pg_parameter *parameters, size_t count,
                  const struct pg_result **result, struct error_detail *detail)
{
    const struct pg_context context = {
        .tenant = tenant, .actor = ACTOR, .request = "test", .purpose = "prøve"};
    memset(detail, 0, sizeof *detail);
    assert_int_equal(session_exec(fixture->front, "BEGIN", detail), 0);
    assert_int_equal(session_context(fixture->front, &context, detail), 0);
    int error = session_query(fixture->front, statement, parameters, count, result, detail);
    return error;
}

static void finish(struct fixture *fixture, bool good)
{
    assert_int_equal(session_exec(fixture->front, good ? "COMMIT" : "ROLLBACK", NULL), 0);
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

/* The status and body of a function that answers api_reply. */
static json_t *call(struct fixture *fixture, const char *tenant, const char *statement,
                    const struct pg_parameter *parameters, size_t count, int *status)
{
    const struct pg_result *result;
    struct error_detail detail;
    int error = ask_as(fixture, tenant, statement, parameters, count, &result, &detail);
    if (error)
        fail_msg("%s: %s / %s", statement, detail.public_text, detail.private_text);
    *status = (int)pg_int64(result, 0, 0);
    json_t *body = parse(pg_text(result, 0, 1));
    finish(fixture, true);
    return body;
}

static ssize_t file_read(void *source, void *bytes, size_t size)
{
    return (ssize_t)fread(bytes, 1, size, source);
}

static const char *notice_json(struct fixture *fixture, const char *path, struct notice *notice)
{
    struct notice_fault fault;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int error = notice_parse(fixture->arena, file_read, file, notice, &fault);
    fclose(file);
    if (error || notice->kind == NOTICE_OTHER)
        return NULL;
    json_t *body = notice_to_json(notice);
    const char *text = json_text(fixture->arena, body);
    json_decref(body);
    return text;
}

static json_t *import_body(struct fixture *fixture, const char *body, int *status)
{
    const struct pg_parameter parameters[] = {PG_TEXT(body)};
    return call(fixture, TEAM, "SELECT status, body FROM lead_import($1::jsonb)", parameters, 1,
                status);
}

static json_t *import(struct fixture *fixture, const char *name, int *status)
{
    char path[512];
    struct notice notice;
    snprintf(path, sizeof path, "%s/%s", NOTICES, name);
    const char *body = notice_json(fixture, path, &notice);
    assert_non_null(body);
    return import_body(fixture, body, status);
}

static const char *outcome_of(const json_t *answer)
{
    return json_string_value(json_object_get(answer, "outcome"));
}

static int number_of(const json_t *answer, const char *name)
{
    return (int)json_integer_value(json_object_get(answer, name));
}

static const char *first_lead(struct fixture *fixture, const json_t *answer)
{
    const json_t *lead = json_array_get(json_object_get(answer, "leads"), 0);
    return arena_strdup(fixture->arena, json_string_value(json_object_get(lead, "id")));
}

static json_t *lead_read(struct fixture *fixture, const char *id)
{
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    int status;
    return call(fixture, AARHUS, "SELECT status, body FROM lead_read($1::uuid)", parameters, 1,
                &status);
}

static int64_t count_of(struct fixture *fixture, const char *statement)
{
    const struct pg_result *result;
    assert_int_equal(session_query(fixture->owner, statement, NULL, 0, &result, NULL), 0);
    return pg_int64(result, 0, 0);
}

#define RECORDS                                                                                    \
    "SELECT (SELECT count(*) FROM emnebank.outbox) + (SELECT count(*) FROM emnebank.audit)"        \
    " + (SELECT sum(version) FROM emnebank.lead)"

static void a_repeat_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    int status;
    json_t *answer = import(fixture, "one_winner.xml", &status);
    assert_int_equal(status, 201);
    assert_string_equal(outcome_of(answer), "created");
    assert_int_equal(number_of(answer, "created"), 1);
    json_decref(answer);
    const int64_t before = count_of(fixture, RECORDS);
    answer = import(fixture, "one_winner.xml", &status);
    assert_int_equal(status, 200);
    assert_string_equal(outcome_of(answer), "unchanged");
    assert_int_equal(json_array_size(json_object_get(answer, "leads")), 1);
    assert_int_equal(count_of(fixture, RECORDS), before);
    json_decref(answer);
}

static void a_later_version_updates_and_an_older_does_not(void **state)
{
    struct fixture *fixture = *state;
    int status;
    json_t *answer = import(fixture, "one_winner.xml", &status);
    const char *id = first_lead(fixture, answer);
    json_decref(answer);
    answer = import(fixture, "one_winner_v2.xml", &status);
    assert_string_equal(outcome_of(answer), "updated");
    assert_int_equal(number_of(answer, "updated"), 1);
    assert_string_equal(first_lead(fixture, answer), id);
    json_decref(answer);
    json_t *lead = lead_read(fixture, id);
    assert_string_equal(json_string_value(json_object_get(json_object_get(lead, "winner"), "city")),
                        "Viborg");
    assert_int_equal(number_of(json_object_get(lead, "notice"), "version"), 2);
    json_decref(lead);
    answer = import(fixture, "one_winner.xml", &status);
    assert_string_equal(outcome_of(answer), "superseded");
    json_decref(answer);
    answer = import(fixture, "one_winner_v2.xml", &status);
    assert_string_equal(outcome_of(answer), "unchanged");
    json_decref(answer);
}

/* `body` as it is, but of another version, publication number, correction or winners. */
static const char *altered(struct fixture *fixture, const char *body, int version,
                           const char *publication, const char *changes, bool keep_leads)
{
    json_t *value = parse(body);
    json_t *notice = json_object_get(value, "notice");
    json_object_set_new(notice, "version", json_integer(version));
    json_object_set_new(notice, "publication",
                        publication ? json_string(publication) : json_null());
    json_object_set_new(notice, "changes", changes ? json_string(changes) : json_null());
    if (changes)
        json_object_set_new(notice, "notice_id",
                            json_string("00000000-0000-4000-8000-0000000000fe"));
    if (!keep_leads)
        json_array_clear(json_object_get(value, "leads"));
    const char *text = json_text(fixture->arena, value);
    json_decref(value);
    return text;
}

static const char *expect_import(struct fixture *fixture, const char *body, const char *outcome,
                                 int gone)
{
    int status;
    json_t *answer = import_body(fixture, body, &status);
    assert_string_equal(outcome_of(answer), outcome);
    assert_int_equal(number_of(answer, "gone"), gone);
    const char *id =
        json_array_size(json_object_get(answer, "leads")) > 0 ? first_lead(fixture, answer) : NULL;
    json_decref(answer);
    return id;
}

static size_t origins_of(struct fixture *fixture, const char *id)
{
    json_t *lead = lead_read(fixture, id);
    const size_t count = json_array_size(json_object_get(lead, "origins"));
    json_decref(lead);
    return count;
}

static void one_id_may_stand_in_many_notices(void **state)
{
    struct fixture *fixture = *state;
    struct notice notice;
    const char *body = notice_json(fixture, NOTICES "/cvr_spaces.xml", &notice);
    const char *first =
        expect_import(fixture, altered(fixture, body, 1, "1-2026", NULL, true), "created", 0);
    const size_t known = origins_of(fixture, first);
    const char *second =
        expect_import(fixture, altered(fixture, body, 1, "2-2026", NULL, true), "created", 0);
    assert_string_equal(first, second); /* two notices, but one company on one project */
    expect_import(fixture, altered(fixture, body, 1, "2-2026", NULL, true), "unchanged", 0);
    /* Which of the two is this a version of? Neither is guessed. */
    expect_import(fixture, altered(fixture, body, 2, "3-2026", NULL, true), "created", 0);
    assert_int_equal(origins_of(fixture, first), known + 2);
}

static void a_correction_updates_and_what_is_gone_is_unlisted(void **state)
{
    struct fixture *fixture = *state;
    struct notice notice;
    const char *body = notice_json(fixture, NOTICES "/cvr_checksum.xml", &notice);
    const char *id =
        expect_import(fixture, altered(fixture, body, 1, "5-2026", NULL, true), "created", 0);
    const char *same =
        expect_import(fixture, altered(fixture, body, 1, "6-2026", notice.id, true), "updated", 0);
    assert_string_equal(id, same);
    expect_import(fixture, altered(fixture, body, 2, "7-2026", notice.id, false), "updated", 1);
    json_t *lead = lead_read(fixture, id);
    assert_true(json_is_false(json_object_get(lead, "listed")));
    json_decref(lead);
}

static void the_place_says_which_municipalities(void **state)
{
    static const struct {
        const char *places;
        const char *codes;
    } cases[] = {
        {"[{\"nuts\":\"DK042\"}]", "0615 0706 0707 0710 0727 0730 0740 0746 0751 0766"},
        {"[{\"nuts\":\"DK04\"}]", "0615 0706 0707 0710 0727 0730 0740 0746 0751 0766"},
        {"[{\"nuts\":\"DK042\",\"country\":\"DNK\",\"postal_code\":\"8000\"}]", "0751"},
        {"[{\"nuts\":\"DK042\",\"postal_code\":\"7100\"}]", ""},
        {"[{\"nuts\":\"CH040\",\"country\":\"CHE\",\"postal_code\":\"8000\"}]", ""},
        {"[{\"nuts\":\"DK\",\"country\":\"DNK\"}]", ""},
        {"[{\"nuts\":\"DK041\"},{\"country\":\"DNK\",\"postal_code\":\"8700\"}]", "0615"},
        {"[{\"region\":\"anyw-cou\",\"country\":\"DNK\"}]", ""},
        {"[]", ""},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pg_parameter parameters[] = {PG_TEXT(cases[i].places)};
        const struct pg_result *result;
        struct error_detail detail;
        assert_int_equal(ask_as(fixture, TEAM,
                                "SELECT coalesce(string_agg(code, ' ' ORDER BY code), '')"
                                " FROM lead_places($1::jsonb) AS p (code)",
                                parameters, 1, &result, &detail),
                         0);
        assert_string_equal(pg_text(result, 0, 0), cases[i].codes);
        finish(fixture, true);
    }
}

static void the_story_gives_a_draft_with_trades(void **state)
{
    struct fixture *fixture = *state;
    struct notice notice;
    int status;
    char *body = arena_strdup(fixture->arena, notice_json(fixture, STORY "/letbane.xml", &notice));
    /* A start that has passed is not taken over. */
    char *start = strstr(body, "2027-03-01");
    assert_non_null(start);
    memcpy(start, "2087", 4);
    json_t *answer = import_body(fixture, body, &status);
    const char *id = first_lead(fixture, answer);
    json_decref(answer);
    json_t *lead = lead_read(fixture, id);
    assert_int_equal(json_array_size(json_object_get(lead, "municipalities")), 1);
    assert_int_equal(json_array_size(json_object_get(lead, "lines")), 0);
    json_decref(lead);
    const struct pg_parameter parameters[] = {PG_TEXT("key-1"), PG_TEXT(id), PG_TEXT("{}")};
    static const char statement[] =
        "SELECT status, body FROM lead_job_order('POST', '/v1/leads/x/job-order', $1, 'f',"
        " $2::uuid, $3::jsonb)";
    json_t *order = call(fixture, TEAM, statement, parameters, 3, &status);
    assert_int_equal(status, 201);
    assert_string_equal(json_string_value(json_object_get(order, "state")), "draft");
    assert_string_equal(json_string_value(json_object_get(order, "postcode")), "8000");
    assert_string_equal(json_string_value(json_object_get(order, "start_date")), "2087-03-01");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(order, "employer"), "cvr")), "99426012");
    const json_t *trades = json_object_get(order, "occupations");
    assert_true(json_array_size(trades) >= 4 && json_array_size(trades) <= 8);
    assert_string_equal(json_string_value(json_array_get(trades, 0)), "7114.8");
    const json_t *assumed = json_object_get(order, "assumed");
    assert_int_equal(json_array_size(assumed), 2); /* /kinds and /posts */
    const char *order_id =
        arena_strdup(fixture->arena, json_string_value(json_object_get(order, "id")));
    json_decref(order);
    order = call(fixture, TEAM, statement, parameters, 3, &status);
    assert_string_equal(json_string_value(json_object_get(order, "id")), order_id);
    json_decref(order);
    lead = lead_read(fixture, id);
    assert_string_equal(json_string_value(json_object_get(lead, "state")), "order");
    assert_int_equal(json_array_size(json_object_get(lead, "order_ids")), 1);
    json_decref(lead);
}

static void expect_problem(struct fixture *fixture, const char *tenant, const char *statement,
                           const struct pg_parameter *parameters, size_t count, const char *state,
                           const char *slug)
{
    const struct pg_result *result;
    struct error_detail detail;
    assert_int_not_equal(ask_as(fixture, tenant, statement, parameters, count, &result, &detail),
                         0);
    assert_string_equal(session_sqlstate(fixture->front), state);
    assert_non_null(strstr(detail.public_text, slug));
    finish(fixture, false);
}

static void a_lead_without_cvr_asks_for_the_employer(void **state)
{
    struct fixture *fixture = *state;
    int status;
    json_t *answer = import(fixture, "cvr_name.xml", &status);
    const char *id = first_lead(fixture, answer);
    json_decref(answer);
    static const char statement[] =
        "SELECT status, body FROM lead_job_order('POST', '/v1/leads/y/job-order', $1, 'f',"
        " $2::uuid, $3::jsonb)";
    const struct pg_parameter bare[] = {PG_TEXT("key-2"), PG_TEXT(id), PG_TEXT("{}")};
    expect_problem(fixture, TEAM, statement, bare, 3, "EB422", "invalid-body");
    const struct pg_parameter full[] = {
        PG_TEXT("key-2"), PG_TEXT(id),
        PG_TEXT("{\"employer\":{\"cvr\":\"99100028\",\"name\":\"Midtjysk Beton (fiktiv)\"},"
                "\"posts\":3,\"postcode\":\"8600\"}")};
    json_t *order = call(fixture, TEAM, statement, full, 3, &status);
    assert_int_equal(number_of(order, "posts"), 3);
    assert_string_equal(json_string_value(json_object_get(order, "postcode")), "8600");
    json_decref(order);
}

/* A notice from abroad: nothing in it is a postcode that we know. */
static void a_lead_without_a_known_place_asks_for_it(void **state)
{
    struct fixture *fixture = *state;
    const struct pg_result *result;
    struct error_detail detail;
    assert_int_equal(ask_as(fixture, TEAM,
                            "SELECT d.draft ? 'postcode', d.assumed::text FROM lead_draft("
                            "jsonb_populate_record(NULL::lead, '{\"data\": {\"places\": [], "
                            "\"winner\": {}}}'), '{}') AS d",
                            NULL, 0, &result, &detail),
                     0);
    assert_false(pg_bool(result, 0, 0));
    assert_non_null(strstr(pg_text(result, 0, 1), "\"/postcode\""));
    finish(fixture, true);
}

#define MOVE "SELECT status, body FROM lead_move($1::uuid, $2::bigint, $3::jsonb)"

static void a_lead_is_assigned_moved_dismissed_and_reopened(void **state)
{
    static const struct {
        const char *version;
        const char *body;
        const char *state; /* after it; NULL: refused… */
        const char *problem;
    } steps[] = {
        {"1", "{\"state\":\"new\"}", NULL, "EB409"},
        {"9", "{\"assign\":\"me\"}", NULL, "EB412"},
        {"1", "{\"assign\":\"0101\"}", NULL, "EB422"},
        {"1", "{\"assign\":\"0740\"}", "new", NULL},
        {"2", "{\"state\":\"contacted\",\"assign\":\"me\"}", "contacted", NULL},
        {"3", "{\"state\":\"contacted\"}", NULL, "EB409"},
        {"3", "{\"state\":\"dismissed\",\"reason\":\"no_need\",\"text\":\"har folk nok\"}",
         "dismissed", NULL},
        {"4", "{\"assign\":\"nobody\"}", "dismissed", NULL},
        {"5", "{\"state\":\"new\"}", "new", NULL},
        {"0", "{\"state\":\"agreement\"}", "agreement", NULL},
    };
    struct fixture *fixture = *state;
    int status;
    json_t *answer = import(fixture, "cvr_foreign.xml", &status);
    const char *id = first_lead(fixture, answer);
    json_decref(answer);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct pg_parameter parameters[] = {PG_TEXT(id), PG_TEXT(steps[i].version),
                                                  PG_TEXT(steps[i].body)};
        if (!steps[i].state) {
            expect_problem(fixture, TEAM, MOVE, parameters, 3, steps[i].problem, "");
            continue;
        }
        json_t *lead = call(fixture, TEAM, MOVE, parameters, 3, &status);
        assert_string_equal(json_string_value(json_object_get(lead, "state")), steps[i].state);
        json_decref(lead);
    }
}

static void an_employer_sees_no_lead(void **state)
{
    struct fixture *fixture = *state;
    int status;
    json_t *answer = import(fixture, "framework.xml", &status);
    const struct pg_parameter parameters[] = {PG_TEXT(first_lead(fixture, answer))};
    json_decref(answer);
    expect_problem(fixture, EMPLOYER, "SELECT status, body FROM lead_read($1::uuid)", parameters, 1,
                   "EB404", "not-found");
    expect_problem(fixture, NULL, "SELECT status, body FROM lead_read($1::uuid)", parameters, 1,
                   "EB404", "not-found");
    const struct pg_parameter body[] = {PG_TEXT("{}")};
    expect_problem(fixture, EMPLOYER, "SELECT status, body FROM lead_import($1::jsonb)", body, 1,
                   "EB403", "forbidden");
    const struct pg_result *result;
    struct error_detail detail;
    assert_int_equal(
        ask_as(fixture, EMPLOYER, "SELECT count(*) FROM lead", NULL, 0, &result, &detail), 0);
    assert_int_equal(pg_int64(result, 0, 0), 0);
    finish(fixture, true);
}

/* Every page of two until the last; each lead once. */
static void pages_hold_each_lead_once(void **state)
{
    struct fixture *fixture = *state;
    const int64_t all = count_of(fixture, "SELECT count(*) FROM emnebank.lead");
    const char *position = "";
    int64_t seen = 0;
    assert_true(all > 4);
    while (position) {
        const struct pg_parameter parameters[] = {PG_TEXT("{}"), PG_TEXT(position), PG_TEXT("2")};
        const struct pg_result *result;
        struct error_detail detail;
        assert_int_equal(
            ask_as(fixture, AARHUS,
                   "SELECT items, next_position FROM lead_page($1::jsonb, $2, $3::int)", parameters,
                   3, &result, &detail),
            0);
        json_t *items = parse(pg_text(result, 0, 0));
        seen += (int64_t)json_array_size(items);
        json_decref(items);
        position =
            pg_is_null(result, 0, 1) ? NULL : arena_strdup(fixture->arena, pg_text(result, 0, 1));
        finish(fixture, true);
    }
    assert_int_equal(seen, all);
}

static void each_rule_names_known_trades(void **state)
{
    struct fixture *fixture = *state;
    assert_true(count_of(fixture, "SELECT count(DISTINCT prefix) FROM emnebank.cpv_trade") >= 50);
    assert_int_equal(count_of(fixture, "SELECT count(*) FROM (SELECT prefix, array_agg(place ORDER "
                                       "BY place) AS p FROM emnebank.cpv_trade GROUP BY 1) AS r "
                                       "WHERE p[1] <> 1 OR p[cardinality(p)] <> cardinality(p)"),
                     0);
}

/* TED XML and eForms of one publication are one notice: eForms says more, and has the last word. */
static void the_same_publication_is_one_notice(void **state)
{
    struct fixture *fixture = *state;
    struct notice notice;
    int status;
    const char *ted = notice_json(fixture, TED "/f03_lots.xml", &notice);
    json_t *answer = import_body(fixture, ted, &status);
    assert_int_equal(number_of(answer, "created"), 4);
    json_decref(answer);

    json_t *eforms = parse(ted);
    json_t *head = json_object_get(eforms, "notice");
    json_object_set_new(head, "notice_id", json_string("00000000-0000-4000-8000-000000000777"));
    json_object_set_new(head, "version", json_integer(1));
    json_t *first = json_array_get(json_object_get(eforms, "leads"), 0);
    json_object_set_new(first, "award_date", json_string("2021-06-01"));
    const char *body = json_text(fixture->arena, eforms);
    json_decref(eforms);
    answer = import_body(fixture, body, &status);
    assert_string_equal(outcome_of(answer), "updated");
    assert_int_equal(number_of(answer, "created"), 0);
    assert_int_equal(number_of(answer, "updated"), 1);
    assert_int_equal(number_of(answer, "unchanged"), 3);
    assert_int_equal(number_of(answer, "gone"), 0);
    json_decref(answer);

    int64_t before = count_of(fixture, RECORDS);
    answer = import_body(fixture, ted, &status);
    assert_string_equal(outcome_of(answer), "superseded");
    assert_int_equal(count_of(fixture, RECORDS), before);
    json_t *lines = json_object_get(answer, "lines");
    const json_t *last = json_array_get(lines, json_array_size(lines) - 1);
    assert_string_equal(json_string_value(json_object_get(last, "code")), "SAME_PUBLICATION");
    json_decref(answer);
    assert_int_equal(count_of(fixture, "SELECT count(*) FROM emnebank.lead_notice "
                                       "WHERE publication = '900001-2021'"),
                     1);
}

/* What became of each award in the file. */
static json_t *import_releases(struct fixture *fixture, const char *name)
{
    char path[512];
    struct ocds_file read;
    struct notice_fault fault;
    const struct pg_result *result;
    struct error_detail detail;
    const bool lines = strstr(name, ".jsonl") != NULL;
    snprintf(path, sizeof path, "%s/%s", OCDS, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(ocds_parse(fixture->arena, file_read, file, lines, &read, &fault), 0);
    fclose(file);
    json_t *batch = notice_batch_to_json(&read, 0, read.notices_count);
    const struct pg_parameter parameters[] = {PG_TEXT(json_text(fixture->arena, batch))};
    json_decref(batch);
    if (ask_as(fixture, TEAM, "SELECT lead_import_releases($1::jsonb)", parameters, 1, &result,
               &detail) != 0)
        fail_msg("%s: %s / %s", name, detail.public_text, detail.private_text);
    json_t *answers = parse(pg_text(result, 0, 0));
    finish(fixture, true);
    return answers;
}

static void expect_lead(struct fixture *fixture, const char *id, bool listed, const char *contract)
{
    json_t *lead = lead_read(fixture, id);
    const char *said = json_string_value(json_object_get(lead, "contract"));
    assert_int_equal(json_is_true(json_object_get(lead, "listed")), listed);
    assert_true((said == NULL) == (contract == NULL));
    if (contract)
        assert_string_equal(said, contract);
    json_decref(lead);
}

/* Award, contract, the award once more, and its end: one lead all the way. */
static void each_release_changes_its_award(void **state)
{
    struct fixture *fixture = *state;
    json_t *answers = import_releases(fixture, "award.json");
    assert_int_equal(number_of(json_array_get(answers, 0), "created"), 1);
    const char *lead = first_lead(fixture, json_array_get(answers, 0));
    json_decref(answers);
    expect_lead(fixture, lead, true, NULL);

    answers = import_releases(fixture, "contract.json");
    assert_int_equal(number_of(json_array_get(answers, 0), "updated"), 1);
    assert_int_equal(number_of(json_array_get(answers, 0), "created"), 0);
    assert_string_equal(first_lead(fixture, json_array_get(answers, 0)), lead);
    json_decref(answers);
    expect_lead(fixture, lead, true, "C1");

    int64_t before = count_of(fixture, RECORDS);
    answers = import_releases(fixture, "lines.jsonl");
    assert_string_equal(outcome_of(json_array_get(answers, 0)), "superseded");
    assert_string_equal(outcome_of(json_array_get(answers, 1)), "unchanged");
    json_decref(answers);
    assert_int_equal(count_of(fixture, RECORDS), before);
    expect_lead(fixture, lead, true, "C1");

    answers = import_releases(fixture, "cancelled.json");
    assert_int_equal(number_of(json_array_get(answers, 0), "gone"), 1);
    json_decref(answers);
    expect_lead(fixture, lead, false, "C1");
}

static void an_employer_imports_no_releases(void **state)
{
    struct fixture *fixture = *state;
    const struct pg_parameter parameters[] = {PG_TEXT("[]")};
    const struct pg_result *result;
    struct error_detail detail;
    assert_int_not_equal(ask_as(fixture, EMPLOYER, "SELECT lead_import_releases($1::jsonb)",
                                parameters, 1, &result, &detail),
                         0);
    finish(fixture, false);
}

/* Every award among the example files, twice: the second time nothing changes, and a notice that is
 * there as TED XML and as eForms gives its leads once. */
static void every_example_is_imported_and_repeated(void **state)
{
    struct fixture *fixture = *state;
    static const char *const folders[] = {SHARED "/sdk", SHARED "/ted"};
    int leads[2] = {0, 0};
    int changes = 0;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 2; i++) {
            DIR *folder = opendir(folders[i]);
            if (!folder) {
                print_message("skipped: no example data in %s\n", folders[i]);
                skip();
            }
            for (struct dirent *entry; (entry = readdir(folder));) {
                struct notice notice;
                int status;
                const char *path = arena_printf(fixture->arena, "%s/%s", folders[i], entry->d_name);
                const char *body =
                    strstr(entry->d_name, ".xml") ? notice_json(fixture, path, &notice) : NULL;
                if (!body)
                    continue;
                json_t *answer = import_body(fixture, body, &status);
                leads[round] += number_of(answer, "created");
                changes += round == 1 && strcmp(outcome_of(answer), "unchanged") != 0 &&
                           strcmp(outcome_of(answer), "superseded") != 0;
                json_decref(answer);
            }
            closedir(folder);
        }
    }
    assert_int_equal(leads[0], 30);
    assert_int_equal(leads[1], 0);
    assert_int_equal(changes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_changes_nothing),
        cmocka_unit_test(a_later_version_updates_and_an_older_does_not),
        cmocka_unit_test(one_id_may_stand_in_many_notices),
        cmocka_unit_test(a_correction_updates_and_what_is_gone_is_unlisted),
        cmocka_unit_test(the_place_says_which_municipalities),
        cmocka_unit_test(the_story_gives_a_draft_with_trades),
        cmocka_unit_test(a_lead_without_cvr_asks_for_the_employer),
        cmocka_unit_test(a_lead_without_a_known_place_asks_for_it),
        cmocka_unit_test(a_lead_is_assigned_moved_dismissed_and_reopened),
        cmocka_unit_test(an_employer_sees_no_lead),
        cmocka_unit_test(pages_hold_each_lead_once),
        cmocka_unit_test(each_rule_names_known_trades),
        cmocka_unit_test(the_same_publication_is_one_notice),
        cmocka_unit_test(each_release_changes_its_award),
        cmocka_unit_test(an_employer_imports_no_releases),
        cmocka_unit_test(every_example_is_imported_and_repeated),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
