/* Job postings in and out, and the feed of them: over a real socket and a real PostgreSQL. */
#include "tests/services/orders/drafts.h"

#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ORDER_TEXT                                                                                 \
    "{\"employer\": {\"cvr\": \"12345674\", \"name\": \"Beton A/S (fiktiv)\"}, \"title\": "        \
    "\"Struktører\", \"posts\": 3,"                                                               \
    " \"occupations\": [\"7114.8\"], \"postcode\": \"8000\", \"start_date\": \"2027-03-01\", "     \
    "\"end_date\": \"2027-08-31\","                                                                \
    " \"kinds\": [\"temporary\"], \"radius_km\": 60, \"requirements\": [{\"kind\": "               \
    "\"certificate\", \"code\": \"epoxy-isocyanate\","                                             \
    " \"necessity\": \"must\", \"weight\": 5}, {\"kind\": \"competence\", \"code\": "              \
    "\"light-rail\", \"necessity\": \"nice\", \"weight\": 3}]}"

static const char posting_text[] =
    "{\"@context\": \"https://schema.org/\", \"@graph\": [{\"@type\": \"Organization\", \"name\": "
    "\"Andet\"},"
    " {\"@type\": \"JobPosting\", \"title\": \"T\\u00f8mrer til facader\", \"totalJobOpenings\": "
    "\"2\","
    " \"description\": \"<p>Vi s&oslash;ger to t&#248;mrere.</p><ul><li>Krav: k\\u00f8rekort "
    "B</li><li>Gerne spiller p\\u00e5 tuba</li></ul>\","
    " \"hiringOrganization\": {\"@type\": \"Organization\", \"name\": \"Tr\\u00e6byg ApS "
    "(fiktiv)\", \"vatID\": \"DK12345674\"},"
    " \"jobLocation\": {\"@type\": \"Place\", \"address\": {\"@type\": \"PostalAddress\", "
    "\"postalCode\": 8900, \"addressCountry\": \"DK\"}},"
    " \"jobStartDate\": \"2027-03-01T07:00:00+01:00\", \"employmentType\": [\"FULL_TIME\", "
    "\"TEMPORARY\"],"
    " \"occupationalCategory\": {\"@type\": \"CategoryCode\", \"codeValue\": \"7115.1\"},"
    " \"baseSalary\": {\"@type\": \"MonetaryAmount\", \"currency\": \"DKK\"}, \"jobBenefits\": "
    "\"Frugt\"}]}";

static void a_posting_becomes_a_draft(void **state)
{
    struct world *world = *state;
    const struct answer answer =
        server_ask(world->server, TEAM, "POST", "/v1/job-orders/from-posting", NULL, posting_text);

    assert_answer(&answer, 200, NULL);
    const json_t *draft = at(answer.json, "draft");
    assert_string_equal(text_at(draft, "title"), "Tømrer til facader");
    assert_int_equal(json_integer_value(at(draft, "posts")), 2);
    assert_string_equal(text_at(draft, "employer/cvr"), "12345674");
    assert_string_equal(text_at(draft, "employer/name"), "Træbyg ApS (fiktiv)");
    assert_string_equal(text_at(draft, "postcode"), "8900");
    assert_string_equal(text_at(draft, "start_date"), "2027-03-01");
    assert_string_equal(text_at(draft, "kinds/0"), "temporary");
    assert_string_equal(text_at(draft, "occupations/0"), "7115.1");
    assert_int_equal(json_array_size(at(draft, "occupations")), 1);
    assert_true(lists(at(draft, "requirements"), "code", "B"));
    assert_string_equal(text_at(answer.json, "missing/0"), "/end_date");
    assert_true(lists(at(answer.json, "not_understood"), "text", "spiller på tuba"));
    assert_true(lists(at(answer.json, "not_understood"), "text", "Frugt"));
    assert_true(lists(at(answer.json, "not_understood"), "source", "/jobBenefits"));
    assert_true(lists(at(answer.json, "spans"), "source", "/baseSalary"));
}

static void what_is_no_posting_is_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/from-posting",
                                      NULL, "{\"@type\": \"Person\"}");

    assert_answer(&answer, 422, "invalid-body");
    /* Of any form inside. */
    answer = server_ask(world->server, TEAM, "POST", "/v1/job-orders/from-posting", NULL,
                        "{\"@type\": [\"x\", \"schema:JobPosting\"], \"title\": [], "
                        "\"totalJobOpenings\": {}, \"hiringOrganization\": 7,"
                        " \"jobLocation\": [[]], \"jobStartDate\": [1], \"employmentType\": [null, "
                        "{}], \"occupationalCategory\": [[], \"x\"],"
                        " \"skills\": [{\"name\": \"epoxy\"}, 4], \"description\": \"< 5 km & "
                        "<b\", \"a/b~c\": false}");
    assert_answer(&answer, 200, NULL);
    assert_true(lists(at(answer.json, "not_understood"), "source", "/a~1b~0c"));
}

/* Every text of it is linted, up to what a reader has seen enough of. */
static void a_posting_is_linted_in_all_its_texts(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    char *text = arena_alloc(arena, 2048);

    for (int i = 0; i < 120; i++)
        strcat(text, "Kun mænd. ");
    const struct answer answer = server_ask(
        world->server, TEAM, "POST", "/v1/job-orders/from-posting", NULL,
        arena_printf(
            arena,
            "{\"@type\": \"JobPosting\", \"description\": \"%s\", \"qualifications\": \"%s\"}",
            text, text));
    assert_answer(&answer, 200, NULL);
    assert_int_equal(json_array_size(at(answer.json, "findings")), 150);
}

/* What an ad says, and nothing that is the employer's or the team's own. */
static void an_order_is_a_posting(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM, "/v1/job-orders", "application/json", ORDER_TEXT);

    assert_answer(&made, 201, NULL);
    const char *target =
        arena_printf(world->scene->arena, "/v1/job-orders/%s/posting", answer_text(&made, "id"));
    struct answer posting = server_ask(world->server, HORSENS, "GET", target, NULL, NULL);
    assert_answer(&posting, 200, NULL);
    const char *match = arena_printf(world->scene->arena, "If-None-Match: %s\r\n",
                                     server_header(world->server, &posting, "ETag"));
    /* What Google asks of a posting, and what it would have besides. */
    static const char *const required[] = {"title",
                                           "description",
                                           "datePosted",
                                           "hiringOrganization/name",
                                           "jobLocation/address/addressCountry",
                                           "jobLocation/address/addressLocality",
                                           "validThrough",
                                           "identifier/value"};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        assert_string_not_equal(text_at(posting.json, required[i]), "");
    assert_true(json_is_false(at(posting.json, "directApply")));
    assert_string_equal(text_at(posting.json, "@type"), "JobPosting");
    assert_string_equal(text_at(posting.json, "hiringOrganization/identifier/value"), "12345674");
    assert_string_equal(text_at(posting.json, "jobLocation/address/postalCode"), "8000");
    assert_string_equal(text_at(posting.json, "occupationalCategory/0/codeValue"), "7114.8");
    assert_string_equal(text_at(posting.json, "skills/0/termCode"), "light-rail");
    assert_string_equal(text_at(posting.json, "jobDuration"), "P184D");
    static const char *const secret[] = {"weight",     "lead",      "due",
                                         "treated",    "minimum",   "radius",
                                         "state_text", "shortlist", "received_by"};
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++)
        assert_null(strstr(posting.body, secret[i]));
    posting = server_ask(world->server, TEAM, "GET", target, match, NULL);
    assert_answer(&posting, 304, NULL);
    /* The order is the same, and its employer is called something else. */
    const struct answer page =
        server_ask(world->server, TEAM, "GET", "/v1/job-orders/postings", NULL, NULL);
    const char *page_match = arena_printf(world->scene->arena, "If-None-Match: %s\r\n",
                                          server_header(world->server, &page, "ETag"));
    scene_root(world->scene, "UPDATE emnebank.organisation SET name = 'Beton & <Byg> A/S (fiktiv)'"
                             " WHERE cvr = '12345674' RETURNING id");
    posting = server_ask(world->server, TEAM, "GET", target, match, NULL);
    assert_answer(&posting, 200, NULL);
    assert_string_equal(text_at(posting.json, "hiringOrganization/name"),
                        "Beton & <Byg> A/S (fiktiv)");
    posting = server_ask(world->server, TEAM, "GET", "/v1/job-orders/postings", page_match, NULL);
    assert_answer(&posting, 200, NULL);

    /* And back again. */
    posting = server_ask(world->server, TEAM, "GET", target, NULL, NULL);
    const struct answer draft =
        server_ask(world->server, TEAM, "POST", "/v1/job-orders/from-posting", NULL, posting.body);
    assert_answer(&draft, 200, NULL);
    assert_int_equal(json_array_size(at(draft.json, "missing")),
                     1); /* the end: a duration is not read */
    assert_true(lists(at(draft.json, "draft/requirements"), "code", "epoxy-isocyanate"));
    assert_true(lists(at(draft.json, "draft/requirements"), "code", "light-rail"));
    assert_int_equal(json_integer_value(at(draft.json, "draft/posts")), 3);
}

/* What was searched for yesterday is still there today: an order is open past its start. */
static void a_posting_holds_while_its_order_is_open(void **state)
{
    struct world *world = *state;
    struct answer made = post(world, TEAM, "/v1/job-orders", "application/json", ORDER_TEXT);

    assert_answer(&made, 201, NULL);
    scene_root(world->scene,
               "UPDATE emnebank.job_order SET start_date = '2020-01-02', title = 'R&D <b>', "
               "occupations = '{}'"
               " WHERE id = '%s' RETURNING id",
               answer_text(&made, "id"));
    const char *target =
        arena_printf(world->scene->arena, "/v1/job-orders/%s/posting", answer_text(&made, "id"));
    const struct answer posting = server_ask(world->server, TEAM, "GET", target, NULL, NULL);
    assert_answer(&posting, 200, NULL);
    assert_string_equal(text_at(posting.json, "jobStartDate"), "2020-01-02");
    assert_string_equal(
        text_at(posting.json, "validThrough"),
        scene_root(world->scene,
                   "SELECT (emnebank.app_now() AT TIME ZONE 'Europe/Copenhagen')::date"));
    assert_non_null(strstr(text_at(posting.json, "description"), "R&amp;D &lt;b&gt;"));
    assert_string_equal(text_at(posting.json, "title"), "R&D <b>");
}

/* A lead that turned out to be another is named no more: the answer says which one it is. */
static void an_order_is_of_a_lead_that_lives(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    static const char make[] = "INSERT INTO emnebank.lead (data) VALUES ('{\"winner\": {\"name\": "
                               "\"Beton A/S (fiktiv)\"}}') RETURNING id";
    const char *kept = scene_root(world->scene, "%s", make),
               *gone = scene_root(world->scene, "%s", make);
    const char *body = arena_printf(arena, "{\"lead_id\": \"%s\", %s", gone, ORDER_TEXT + 1);
    struct answer answer = post(world, TEAM, "/v1/job-orders", "application/json", body);

    assert_answer(&answer, 201, NULL);
    assert_string_equal(answer_text(&answer, "lead_id"), gone);
    scene_root(world->scene,
               "UPDATE emnebank.lead SET merged_into = '%s' WHERE id = '%s' RETURNING id", kept,
               gone);
    answer = post(world, TEAM, "/v1/job-orders", "application/json", body);
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/lead_id MERGED\n");
    assert_non_null(strstr(answer.body, kept));
    body = arena_printf(arena, "{\"lead_id\": \"00000000-0000-4000-8000-000000000000\", %s",
                        ORDER_TEXT + 1);
    answer = post(world, TEAM, "/v1/job-orders", "application/json", body);
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/lead_id UNKNOWN\n");
}

static void the_feed_has_pages_and_tags(void **state)
{
    struct world *world = *state;
    const struct answer second =
        post(world, TEAM, "/v1/job-orders", "application/json", ORDER_TEXT);
    struct answer page =
        server_ask(world->server, HORSENS, "GET", "/v1/job-orders/postings?limit=1", NULL, NULL);

    assert_answer(&page, 200, NULL);
    assert_int_equal(json_array_size(at(page.json, "items")), 1);
    const char *match = arena_printf(world->scene->arena, "If-None-Match: %s\r\n",
                                     server_header(world->server, &page, "ETag"));
    const char *next =
        arena_printf(world->scene->arena, "/v1/job-orders/postings?limit=1&cursor=%s",
                     text_at(page.json, "next"));
    page =
        server_ask(world->server, HORSENS, "GET", "/v1/job-orders/postings?limit=1", match, NULL);
    assert_answer(&page, 304, NULL);
    page = server_ask(world->server, HORSENS, "GET", next, NULL, NULL);
    assert_answer(&page, 200, NULL);
    /* It is over, and the page is another. */
    const char *target =
        arena_printf(world->scene->arena, "/v1/job-orders/%s", answer_text(&second, "id"));
    const struct answer closed = server_ask(
        world->server, TEAM, "POST", arena_printf(world->scene->arena, "%s/close", target),
        "If-Match: *\r\n", "{\"reason\":\"employer_withdrew\"}");
    assert_answer(&closed, 200, NULL);
    page =
        server_ask(world->server, HORSENS, "GET", "/v1/job-orders/postings?limit=1", match, NULL);
    assert_answer(&page, 200, NULL);
    assert_null(strstr(page.body, answer_text(&second, "id")));
    page = server_ask(world->server, TEAM, "GET",
                      arena_printf(world->scene->arena, "%s/posting", target), NULL, NULL);
    assert_answer(&page, 404, "not-found");
}

static int setup(void **state)
{
    return world_open(state, "orders_posting");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_posting_becomes_a_draft),
        cmocka_unit_test(what_is_no_posting_is_refused),
        cmocka_unit_test(a_posting_is_linted_in_all_its_texts),
        cmocka_unit_test(an_order_is_a_posting),
        cmocka_unit_test(a_posting_holds_while_its_order_is_open),
        cmocka_unit_test(an_order_is_of_a_lead_that_lives),
        cmocka_unit_test(the_feed_has_pages_and_tags),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
