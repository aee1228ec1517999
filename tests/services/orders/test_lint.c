/* Orders whose title says what a job ad may not, over a real socket and a real PostgreSQL. */
#include "tests/services/shortlists/server.h"

#include "common/base/str.h"
#include "common/domain/order_body.h"
#include "services/orders/linter/linter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

#define REST                                                                                       \
    "\"employer\": {\"cvr\": \"12345674\", \"name\": \"Beton A/S (fiktiv)\"}, \"posts\": 2,"       \
    " \"occupations\": [\"7114.8\"], \"postcode\": \"8000\", \"start_date\": \"2026-12-01\","      \
    " \"kinds\": [\"permanent\"]"
#define TITLED(title_) "{" REST ", \"title\": \"" title_ "\"}"
#define EXEMPT(rule_, basis_)                                                                      \
    "\"exemptions\": [{\"rule\": \"" rule_ "\", \"reason\": \"Overenskomstens regler\","           \
    " \"legal_basis\": \"" basis_ "\"}]"

static struct answer post(struct world *world, enum actor actor, const char *body)
{
    char key[64];

    snprintf(key, sizeof key, "Idempotency-Key: \"k%d\"\r\n", world->keys++);
    return server_ask(world->server, actor, "POST", "/v1/job-orders", key, body);
}

static struct answer with(struct world *world, const char *method, const struct answer *order,
                          const char *tail, const char *body)
{
    return server_ask(
        world->server, TEAM, method,
        arena_printf(world->scene->arena, "/v1/job-orders/%s%s", answer_text(order, "id"), tail),
        body ? "If-Match: *\r\n" : NULL, body);
}

static const char *member(const json_t *list, size_t index, const char *name)
{
    return json_string_value(json_object_get(json_array_get(list, index), name));
}

static void a_title_that_discriminates_is_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = post(world, TEAM, TITLED("Ung murersvend, kun mænd"));

    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/title DISCRIMINATION\n/title DISCRIMINATION\n");
    const json_t *errors = json_object_get(answer.json, "errors");
    const char *detail = member(errors, 0, "detail");
    assert_non_null(strstr(detail, "»Ung murersvend«"));
    assert_non_null(strstr(detail, "(age)"));
    assert_non_null(strstr(detail, "forskelsbehandlingsloven § 5"));
    assert_non_null(strstr(member(errors, 1, "detail"), "ligebehandlingsloven § 6"));
    /* With the other faults, and for a draft too. */
    answer = post(world, TEAM,
                  "{" REST ", \"title\": \"Kun polakker\", \"draft\": true, \"y\": 1,"
                  " \"radius_km\": 0}");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/radius_km RANGE\n/title DISCRIMINATION\n/y UNKNOWN_MEMBER\n");
}

static void a_warning_stands_beside_the_order(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM, TITLED("Øjeblikkelig: 10 mand til støbning"));

    assert_answer(&made, 201, NULL);
    const json_t *findings = json_object_get(made.json, "findings");
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(member(findings, 0, "rule"), "sex");
    assert_string_equal(member(findings, 0, "severity"), "warn");
    assert_string_equal(member(findings, 0, "phrase"), "10 mand til");
    const json_t *first = json_array_get(findings, 0);
    assert_int_equal(json_integer_value(json_object_get(first, "start")), 14); /* code points */
    assert_int_equal(json_integer_value(json_object_get(first, "end")), 25);
    struct answer read = with(world, "GET", &made, "", NULL);
    assert_null(json_object_get(read.json, "findings"));
    made = post(world, TEAM, TITLED("Mandskabsvogn og ung beton"));
    assert_answer(&made, 201, NULL);
    assert_null(json_object_get(made.json, "findings"));
}

static void the_highest_level_of_a_language_is_warned_of(void **state)
{
    struct world *world = *state;
    struct answer made =
        post(world, TEAM,
             "{" REST ", \"title\": \"Struktør\", \"requirements\": [{\"kind\": \"language\","
             " \"code\": \"da\", \"necessity\": \"must\", \"weight\": 3, \"minimum_level\": 6}]}");

    assert_answer(&made, 201, NULL);
    const json_t *findings = json_object_get(made.json, "findings");
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(member(findings, 0, "pointer"), "/requirements/0/minimum_level");
    assert_string_equal(member(findings, 0, "rule"), "language");
}

static void a_named_person_goes_on_with_a_legal_basis(void **state)
{
    struct world *world = *state;
    static const char body[] =
        "{" REST ", \"title\": \"Ung murersvend\", " EXEMPT("age", "discrimination_act_5a") "}";
    struct answer answer = post(world, TEAM_MACHINE, body);

    assert_answer(&answer, 403, "named-person-required");
    struct answer made = post(world, TEAM, body);
    assert_answer(&made, 201, NULL);
    assert_int_equal(json_array_size(json_object_get(made.json, "findings")), 1);
    answer = with(world, "GET", &made, "/exemptions", NULL);
    assert_answer(&answer, 200, NULL);
    const json_t *items = json_object_get(answer.json, "items");
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(member(items, 0, "rule"), "age");
    assert_string_equal(member(items, 0, "legal_basis"), "discrimination_act_5a");
    assert_string_equal(member(items, 0, "legal_basis_da"), "forskelsbehandlingsloven § 5 a");
    assert_true(strlen(member(items, 0, "person")) > 0);
    /* The audit has codes and a digest: not a word that anybody wrote. */
    const char *logged = scene_root(
        world->scene,
        "SELECT detail - 'reason_digest' || jsonb_build_object('digest',"
        " detail ->> 'reason_digest' = encode(sha256(convert_to(x.salt::text"
        " || x.reason, 'UTF8')), 'hex'))"
        " FROM emnebank.audit a JOIN emnebank.order_exemption x ON x.order_id::text = a.subject_id"
        " WHERE a.action = 'order.exempted' AND a.subject_id = '%s'",
        answer_text(&made, "id"));
    assert_string_equal(logged, "{\"rule\": \"age\", \"digest\": true, \"legal_basis\": "
                                "\"discrimination_act_5a\"}");
    answer = server_ask(
        world->server, EMPLOYER, "GET",
        arena_printf(world->scene->arena, "/v1/job-orders/%s/exemptions", answer_text(&made, "id")),
        NULL, NULL);
    assert_answer(&answer, 403, "forbidden");
}

static void an_exemption_is_of_what_is_there(void **state)
{
    struct world *world = *state;
    struct answer answer = post(
        world, TEAM,
        "{" REST ", \"title\": \"Ung murersvend\", " EXEMPT("sex", "equal_treatment_act_13") "}");

    assert_string_equal(answer_errors(world->server, &answer),
                        "/exemptions/0/rule NOT_ALLOWED\n/title DISCRIMINATION\n");
    answer = post(world, TEAM,
                  "{" REST ", \"title\": \"Ung murersvend\", \"exemptions\":"
                  " [{\"rule\": \"weather\", \"reason\": \"\"}, 7]}");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/exemptions/0/legal_basis REQUIRED\n/exemptions/0/reason FORMAT\n"
                        "/exemptions/0/rule CHOICE\n/exemptions/1 TYPE\n"
                        "/title DISCRIMINATION\n");
}

/* Of the list, and an exception of that rule; the paragraph in words is its code, too. */
static void a_legal_basis_is_of_the_list(void **state)
{
    struct world *world = *state;
    struct answer answer =
        post(world, TEAM,
             "{" REST ", \"title\": \"Ung murersvend\", " EXEMPT("age", "fordi vi vil") "}");

    assert_string_equal(answer_errors(world->server, &answer),
                        "/exemptions/0/legal_basis CHOICE\n");
    answer = post(world, TEAM,
                  "{" REST
                  ", \"title\": \"Ung murersvend\", " EXEMPT("age", "equal_treatment_act_13") "}");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/exemptions/0/legal_basis NOT_ALLOWED\n");
    struct answer made = post(world, TEAM,
                              "{" REST ", \"title\": \"Ung murersvend\", " EXEMPT(
                                  "age", "forskelsbehandlingsloven § 6, stk. 2") "}");
    assert_answer(&made, 201, NULL);
    answer = with(world, "GET", &made, "/exemptions", NULL);
    const json_t *items = json_object_get(answer.json, "items");
    assert_string_equal(member(items, 0, "legal_basis"), "discrimination_act_6_2");
}

/* Whoever was written about five years ago is not written about any more (the watch calls this). */
static void a_reason_is_forgotten(void **state)
{
    struct world *world = *state;
    static const char body[] =
        "{" REST ", \"title\": \"Ung murersvend\", " EXEMPT("age", "discrimination_act_5a") "}";
    struct answer made = post(world, TEAM, body);

    assert_answer(&made, 201, NULL);
    scene_root(world->scene,
               "UPDATE emnebank.order_exemption SET at = at - interval '5 years 1 hour'"
               " WHERE order_id = '%s' RETURNING id",
               answer_text(&made, "id"));
    struct answer later = post(world, TEAM, body);
    assert_answer(&later, 201, NULL);
    scene_root(world->scene, "SELECT emnebank.exemption_forget()");
    struct answer answer = with(world, "GET", &made, "/exemptions", NULL);
    const json_t *first = json_array_get(json_object_get(answer.json, "items"), 0);
    assert_true(json_is_null(json_object_get(first, "reason")));
    assert_string_equal(json_string_value(json_object_get(first, "rule")), "age");
    answer = with(world, "GET", &later, "/exemptions", NULL);
    first = json_array_get(json_object_get(answer.json, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "reason")),
                        "Overenskomstens regler");
}

static void the_database_has_the_same_paragraphs(void **state)
{
    struct world *world = *state;

    for (const struct order_basis *basis = order_bases; basis->code != NULL; basis++) {
        assert_string_equal(
            scene_root(world->scene, "SELECT emnebank.exemption_law('%s')", basis->code),
            basis->law);
        assert_string_equal(
            scene_root(world->scene, "SELECT emnebank.exemption_basis('%s')", basis->law),
            basis->code);
    }
}

/* Which basis is good for which rule: as the linter's table of laws has it. */
static void a_basis_is_good_for_its_own_rules(void **state)
{
    static const struct {
        const char *basis, *rules;
    } table[] = {
        {"discrimination_act_1_3", "language "},
        {"discrimination_act_5a", "age "},
        {"discrimination_act_6_1", "religion politics "},
        {"discrimination_act_6_2", "age origin language religion health orientation politics "},
        {"discrimination_act_9", "age origin health "},
        {"equal_treatment_act_13", "sex family "},
        {"freedom_of_association_act_3", "union "},
        {"other_act", "age origin health "},
    };
    size_t count = 0;

    (void)state;
    for (const struct order_basis *basis = order_bases; basis->code != NULL; basis++, count++) {
        char allowed[256] = "";
        for (int rule = 0; order_rules[rule] != NULL; rule++)
            if (order_basis_allows(basis, order_rules[rule]))
                strcat(strcat(allowed, order_rules[rule]), " ");
        assert_string_equal(basis->code, table[count].basis);
        assert_string_equal(allowed, table[count].rules);
    }
    assert_int_equal(count, COUNT(table));
}

static void a_change_is_read_too(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM, TITLED("Struktør"));
    struct answer answer = with(world, "PATCH", &made, "", "{\"title\": \"Kun danskere\"}");

    assert_answer(&answer, 422, "invalid-body");
    answer = with(world, "PATCH", &made, "", "{" EXEMPT("origin", "discrimination_act_6_2") "}");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/exemptions/0/rule NOT_ALLOWED\n/title REQUIRED\n");
    answer = with(world, "PATCH", &made, "",
                  "{\"title\": \"Kun danskere\", " EXEMPT("origin", "discrimination_act_6_2") "}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "title"), "Kun danskere");
    assert_int_equal(json_array_size(json_object_get(answer.json, "findings")), 1);
    answer = with(world, "PATCH", &made, "", "{\"posts\": 3}");
    assert_answer(&answer, 200, NULL);
    /* Another title is another question, and the exception is no longer in force. */
    answer = with(world, "PATCH", &made, "", "{\"title\": \"Kun danskere, tak\"}");
    assert_answer(&answer, 422, "invalid-body");
    answer = with(world, "PATCH", &made, "", "{\"title\": \"Struktør\"}");
    assert_answer(&answer, 200, NULL);
    answer = with(world, "GET", &made, "/exemptions", NULL);
    assert_true(json_is_false(
        json_object_get(json_array_get(json_object_get(answer.json, "items"), 0), "in_force")));
}

/* Drafts are made of leads without passing here. */
static void a_draft_does_not_open_with_a_title_that_nobody_has_read(void **state)
{
    struct world *world = *state;
    struct answer draft = post(world, TEAM, "{" REST ", \"title\": \"Struktør\", \"draft\": true}");

    scene_root(world->scene,
               "UPDATE emnebank.job_order SET title = 'Ung mand' WHERE id = '%s' RETURNING id",
               answer_text(&draft, "id"));
    struct answer answer = with(world, "PATCH", &draft, "", "{\"state\": \"open\"}");
    assert_answer(&answer, 422, "invalid-body");
    answer = with(world, "POST", &draft, "/state", "{\"state\": \"open\"}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer),
                        "/title DISCRIMINATION\n/title DISCRIMINATION\n");
    answer = with(world, "PATCH", &draft, "",
                  "{\"title\": \"Ung murersvend\", " EXEMPT("age", "discrimination_act_5a") "}");
    assert_answer(&answer, 200, NULL);
    answer = with(world, "POST", &draft, "/state", "{\"state\": \"open\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "open");
}

static void a_text_is_read_without_an_order(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/lint", NULL,
                                      "{\"text\": \"Vi er et ungt team.\\nKun mænd.\"}");

    assert_answer(&answer, 200, NULL);
    assert_true(json_is_true(json_object_get(answer.json, "refused")));
    const json_t *findings = json_object_get(answer.json, "findings");
    assert_int_equal(json_array_size(findings), 2);
    assert_string_equal(member(findings, 0, "phrase"), "ungt team");
    const json_t *bases = json_object_get(json_array_get(findings, 1), "legal_bases");
    assert_int_equal(json_array_size(bases), 1);
    assert_string_equal(json_string_value(json_array_get(bases, 0)), "equal_treatment_act_13");
    assert_string_equal(member(findings, 1, "pointer"), "/text");
    answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/lint", NULL, "{\"x\": 1}");
    assert_answer(&answer, 422, "invalid-body");
    /* Within 20,000 characters, beyond what the linter reads: no clean bill. */
    char *body = arena_alloc(world->scene->arena, 4 * 17000 + 64);
    strcpy(body, "{\"text\": \"");
    for (size_t i = 0; i < 17000; i++)
        memcpy(body + strlen("{\"text\": \"") + 4 * i, "\xf0\x9f\x94\xa8", 5);
    strcat(body, " Kun mænd.\"}");
    answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/lint", NULL, body);
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/text LENGTH\n");
}

static void the_body_knows_the_rules_of_the_linter(void **state)
{
    (void)state;
    for (int rule = 0; rule < LINTER_RULES; rule++)
        assert_string_equal(order_rules[rule], linter_ground((enum linter_rule)rule)->code);
    assert_null(order_rules[LINTER_RULES]);
}

static int setup(void **state)
{
    return world_open(state, "orders_lint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_title_that_discriminates_is_refused),
        cmocka_unit_test(a_warning_stands_beside_the_order),
        cmocka_unit_test(the_highest_level_of_a_language_is_warned_of),
        cmocka_unit_test(a_named_person_goes_on_with_a_legal_basis),
        cmocka_unit_test(an_exemption_is_of_what_is_there),
        cmocka_unit_test(a_legal_basis_is_of_the_list),
        cmocka_unit_test(a_reason_is_forgotten),
        cmocka_unit_test(the_database_has_the_same_paragraphs),
        cmocka_unit_test(a_basis_is_good_for_its_own_rules),
        cmocka_unit_test(a_change_is_read_too),
        cmocka_unit_test(a_draft_does_not_open_with_a_title_that_nobody_has_read),
        cmocka_unit_test(a_text_is_read_without_an_order),
        cmocka_unit_test(the_body_knows_the_rules_of_the_linter),
    };

    return cmocka_run_group_tests(tests, setup, world_close);
}
