/* What the daemon answers about an order besides its list: what-if and the gap, in steps and
 * without a name; near misses and proposals, by pseudonym and to whom they are for. */
#include "tests/services/match/asking.h"
#include "tests/services/match/owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WHAT_IF "/v1/job-orders/" ASKING_ORDER "/what-if"
#define GAP "/v1/job-orders/" ASKING_ORDER "/gap"
#define NEAR_MISSES "/v1/job-orders/" ASKING_ORDER "/near-misses"
#define PROPOSALS "/v1/job-orders/" ASKING_ORDER "/proposals"
#define WHY_NOT "/v1/job-orders/" ASKING_ORDER "/why-not/%s"
#define DRAFT(requirements)                                                                        \
    "{\"employer\":{\"cvr\":\"12345674\",\"name\":\"Entreprenør (fiktiv)\"},\"title\":\"Letbane " \
    "(fiktiv)\",\"posts\":2,\"occupations\":[\"7114.8\"],\"postcode\":\"8000\",\"radius_km\":100," \
    "\"start_date\":\"2089-01-03\",\"kinds\":[\"permanent\"],\"requirements\":[" requirements "]}"
#define EPOXY                                                                                      \
    "{\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"necessity\":\"must\",\"weight\":5}"

/* Candidates 1 to `count`: the odd ones in Aarhus, the even ones in Randers. */
static void people(struct asking *asking, int count)
{
    owner_ask(asking->owner, "SELECT fictional(n, 3) FROM generate_series(1, %d) n", count);
}

/* The first so many lose their epoxy certificate. */
static void without_epoxy(struct asking *asking, int count)
{
    owner_ask(asking->owner,
              "SELECT fictional_certificate(n, 'epoxy-isocyanate', false) "
              "FROM generate_series(1, %d) n",
              count);
}

static void counts_are_given_in_steps(void **state)
{
    struct asking *asking = *state;
    people(asking, 19);
    without_epoxy(asking, 6);
    asking_new_order(asking);
    const char *body = asking_get(asking, RANDERS, 200, WHAT_IF);
    assert_contains(body, "{\"order_id\":\"" ASKING_ORDER "\",\"ruleset\":3,\"pool_version\":");
    /* 13: 7 in Aarhus, 6 in Randers; 6 more without the certificate. */
    assert_contains(body,
                    "\"step\":5,\"eligible\":{\"at_least\":10,\"suppressed\":false},"
                    "\"municipalities\":[{\"municipality\":\"0730\",\"name\":\"Randers (fiktiv)\","
                    "\"at_least\":5},{\"municipality\":\"0751\",\"name\":\"Aarhus (fiktiv)\","
                    "\"at_least\":5}]");
    assert_contains(body, "\"costs\":[{\"rule\":\"requirement\",\"requirement\":{\"part\":1,"
                          "\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"label\":"
                          "\"Epoxy og isocyanater\"},\"at_least\":5,\"suppressed\":false},"
                          "{\"rule\":\"radius\",\"requirement\":null,\"at_least\":null,"
                          "\"suppressed\":true}");
    assert_contains(body, "Kandidater, der opfylder alle ufravigelige regler: mindst 10.\\nHeraf i "
                          "Randers (fiktiv) mindst 5, Aarhus (fiktiv) mindst 5.\\nUden kravet om "
                          "Epoxy og isocyanater: mindst 5 flere.");
    assert_contains(body, "Uden jobordrens afstandsgrænse: færre end 5 flere.");
    const struct pg_result *result = owner_ask(
        asking->owner, "SELECT organisation_id, action, subject_id FROM audit ORDER BY at DESC");
    assert_string_equal(pg_text(result, 0, 0), "0a000000-0000-4000-8000-000000000002");
    assert_string_equal(pg_text(result, 0, 1), "order.what_if");
    assert_string_equal(pg_text(result, 0, 2), ASKING_ORDER);
}

static void few_are_not_counted(void **state)
{
    struct asking *asking = *state;
    people(asking, 4);
    asking_new_order(asking);
    const char *body = asking_get(asking, TEAM, 200, WHAT_IF);
    assert_contains(body, "\"eligible\":{\"at_least\":null,\"suppressed\":true},"
                          "\"municipalities\":[],");
    assert_contains(body, "regler: færre end 5.\\nUden");
}

/* Without the requirement there is exactly one more, which taking one answer from the other does
 * not tell; and who tries many has left a trace of each. */
static void a_difference_is_no_head_count(void **state)
{
    struct asking *asking = *state;
    char with[ASKING_ANSWER_SIZE];
    people(asking, 13);
    without_epoxy(asking, 1);
    const int first = asking_send(asking, TEAM, "POST", "/v1/job-orders/what-if", "", DRAFT(EPOXY));
    snprintf(with, sizeof with, "%s", asking_receive(asking, first, 200));
    const int second = asking_send(asking, TEAM, "POST", "/v1/job-orders/what-if", "", DRAFT(""));
    const char *without = asking_receive(asking, second, 200);
    assert_contains(with, "{\"order_id\":null,");
    assert_contains(with, "\"eligible\":{\"at_least\":10,\"suppressed\":false}");
    assert_contains(without, "\"eligible\":{\"at_least\":10,\"suppressed\":false}");
    assert_contains(with,
                    "\"label\":\"Epoxy og isocyanater\"},\"at_least\":null,\"suppressed\":true}");
    const struct pg_result *result = owner_ask(
        asking->owner, "SELECT detail #>> '{requirements,0,code}', detail ->> 'postcode', "
                       "detail ->> 'radius_km', detail ->> 'start_date', detail ? 'title', "
                       "detail ? 'employer' FROM audit WHERE subject_id = 'draft' ORDER BY at");
    assert_int_equal(pg_rows(result), 2);
    assert_string_equal(pg_text(result, 0, 0), "epoxy-isocyanate");
    assert_string_equal(pg_text(result, 0, 1), "8000");
    assert_string_equal(pg_text(result, 0, 2), "100");
    assert_string_equal(pg_text(result, 0, 3), "2089-01-03");
    assert_false(pg_bool(result, 0, 4) || pg_bool(result, 0, 5));
    assert_true(pg_is_null(result, 1, 0));
}

static void each_rule_has_its_price(void **state)
{
    struct asking *asking = *state;
    people(asking, 10);
    asking_new_order(asking);
    owner_ask(asking->owner, "UPDATE job_order SET radius_km = 10"); /* the five in Randers */
    assert_contains(asking_get(asking, TEAM, 200, WHAT_IF),
                    "{\"rule\":\"radius\",\"requirement\":null,\"at_least\":5,");
    owner_ask(asking->owner, "UPDATE job_order SET radius_km = NULL, kinds = '{seasonal}'");
    assert_contains(asking_get(asking, TEAM, 200, WHAT_IF),
                    "{\"rule\":\"kinds\",\"requirement\":null,\"at_least\":10,");
    owner_ask(asking->owner,
              "UPDATE job_order SET kinds = '{permanent}', start_date = '2025-12-31'");
    assert_contains(asking_get(asking, TEAM, 200, WHAT_IF),
                    "{\"rule\":\"start\",\"requirement\":null,\"at_least\":10,");
}

static void what_is_wrong_with_a_draft_is_named(void **state)
{
    struct asking *asking = *state;
    int client = asking_send(asking, TEAM, "POST", "/v1/job-orders/what-if", "", "{\"posts\":0}");
    const char *body = asking_receive(asking, client, 422);
    assert_contains(body, "\"/posts\"");
    assert_contains(body, "\"/occupations\"");
    client = asking_send(asking, TEAM, "POST", "/v1/job-orders/what-if", "",
                         DRAFT("{\"kind\":\"certificate\",\"code\":\"ukendt\",\"necessity\":"
                               "\"must\",\"weight\":5}"));
    assert_contains(asking_receive(asking, client, 422), "\"/requirements/0/code\"");
    const struct pg_result *result = owner_ask(asking->owner, "SELECT count(*) FROM job_order");
    assert_int_equal(pg_int64(result, 0, 0), 0); /* nothing is posted */
}

static void who_may_not_see_the_order_gets_404(void **state)
{
    struct asking *asking = *state;
    people(asking, 1);
    asking_get(asking, TEAM, 404, WHAT_IF);
    asking_new_order(asking);
    asking_get(asking, EMPLOYER, 403, WHAT_IF);
    asking_get(asking, EMPLOYER_WITH_SCOPE, 404, WHAT_IF);
    asking_get(asking, EMPLOYER_WITH_SCOPE, 404, GAP);
    asking_get(asking, TEAM, 404, "/v1/job-orders/1/gap");
    asking_get(asking, TEAM, 400, GAP "?a=b");
    const int client = asking_send(asking, EMPLOYER_WITH_SCOPE, "POST", "/v1/job-orders/what-if",
                                   "", DRAFT(EPOXY));
    asking_receive(asking, client, 403);
    owner_ask(asking->owner, "ALTER TABLE job_order DISABLE TRIGGER order_step");
    owner_ask(asking->owner, "UPDATE job_order SET state = 'draft', occupations = '{}'");
    asking_get(asking, TEAM, 409, WHAT_IF);
}

static void a_course_would_give_more(void **state)
{
    struct asking *asking = *state;
    people(asking, 9);
    without_epoxy(asking, 6);
    owner_ask(asking->owner, "SELECT fictional_protect(1)"); /* is not counted */
    asking_new_order(asking);
    const char *body = asking_get(asking, TEAM, 200, GAP);
    assert_contains(body, "\"step\":1,\"start_date\":\"");
    assert_contains(body, "\"courses\":[{\"requirement\":{\"part\":1,\"kind\":\"certificate\","
                          "\"code\":\"epoxy-isocyanate\",\"label\":\"Epoxy og isocyanater\"},"
                          "\"course_days\":5,\"fits\":true,\"begin_by\":\"");
    assert_contains(body, "\"candidates\":{\"at_least\":5,\"suppressed\":false}}],"
                          "\"more_candidates\":{\"at_least\":5,\"suppressed\":false}");
    assert_contains(body, "Epoxy og isocyanater (kursus på 5 arbejdsdage): 5 mangler kun det. "
                          "Kurset kan nås før jobstart, hvis det begynder senest ");
    assert_contains(asking_get(asking, AARHUS, 200, GAP), "\"step\":5,");

    owner_ask(asking->owner, "UPDATE job_order SET start_date = current_date + 2");
    body = asking_get(asking, TEAM, 200, GAP);
    assert_contains(body, "\"fits\":false,\"begin_by\":null,\"candidates\":{\"at_least\":5,");
    assert_contains(body, "\"more_candidates\":{\"at_least\":0,");
    assert_contains(body, "Kurset kan ikke nås før jobstart.");

    owner_ask(asking->owner, "UPDATE job_requirement SET necessity = 'nice'");
    assert_contains(asking_get(asking, TEAM, 200, GAP), "\"courses\":[],");
}

static void who_lacks_one_must_is_listed_to_the_team(void **state)
{
    struct asking *asking = *state;
    char items[512];
    people(asking, 4);
    without_epoxy(asking, 3);
    owner_ask(asking->owner, "SELECT fictional_protect(1)");
    owner_ask(asking->owner, "SELECT fictional_change(3, NULL)");
    asking_new_order(asking);
    asking_get(asking, AARHUS, 403, NEAR_MISSES);
    asking_get(asking, TEAM, 400, NEAR_MISSES "?limit=0");
    snprintf(items, sizeof items,
             "\"items\": [{\"lacks\": {\"code\": \"epoxy-isocyanate\", \"kind\": "
             "\"certificate\", \"part\": 1, \"label\": \"Epoxy og isocyanater\"}, \"score\": "
             "667, \"status\": \"missing\", \"candidate\": {\"id\": \"%s\"}, "
             "\"municipality\": \"0730\"}]",
             asking_id(2));
    assert_contains(asking_get(asking, TEAM, 200, NEAR_MISSES), items);
    const struct pg_result *result =
        owner_ask(asking->owner, "SELECT organisation_id, candidates::text FROM audit "
                                 "WHERE action = 'candidate.near_miss' ORDER BY organisation_id");
    assert_int_equal(pg_rows(result), 2); /* her home's, and the team's */
    assert_string_equal(pg_text(result, 0, 0), "0a000000-0000-4000-8000-000000000002");
    assert_string_equal(pg_text(result, 0, 1), "{5f8d0000-0000-4000-8000-000000000002}");
    assert_string_equal(pg_text(result, 1, 1), "{}");
}

/* The team may ask about those that it was told of, for as long as it would be told of them. */
static void why_a_near_miss_is_not_on_the_list_is_told_to_the_team(void **state)
{
    struct asking *asking = *state;
    people(asking, 4);
    without_epoxy(asking, 3);
    asking_new_order(asking);
    asking_get(asking, TEAM, 404, WHY_NOT, asking_id(2));
    asking_get(asking, TEAM, 200, NEAR_MISSES);
    assert_contains(asking_get(asking, TEAM, 200, WHY_NOT, asking_id(2)), "\"must_missing\"");
    asking_get(asking, AARHUS, 404, WHY_NOT, asking_id(2)); /* another's, and it was told nothing */
    asking_get(asking, TEAM, 404, WHY_NOT, asking_id(4));
    owner_ask(asking->owner, "SELECT fictional_protect(2)");
    asking_get(asking, TEAM, 404, WHY_NOT, asking_id(2));
}

/* Proposed by hand: what finds them is test_proposals' matter. */
static void proposals_are_for_the_team_and_the_orders_own(void **state)
{
    struct asking *asking = *state;
    people(asking, 2);
    asking_new_order(asking);
    owner_ask(asking->owner,
              "SELECT shortlist_store('" ASKING_ORDER "', 1, 3, pool_current(), current_date, 2, "
              "'{}', '[]', '{%s}', '{1000}', '{[]}', '{[]}', ARRAY['\"fordi\"'], '{}', 1)",
              asking_id(1));
    owner_ask(asking->owner,
              "SELECT proposals_made(pool_current(), ARRAY[fictional_id(2)], jsonb_build_array("
              "jsonb_build_object('order_id', s.order_id, 'shortlist_id', s.id, 'candidate_id', "
              "fictional_id(2), 'score', 1000, 'last_score', 900))) FROM shortlist s");
    asking_get(asking, AARHUS, 404, PROPOSALS); /* the team received the order */
    assert_contains(asking_get(asking, TEAM, 200, WHY_NOT, asking_id(2)), "\"score\":1000");
    asking_get(asking, AARHUS, 404, WHY_NOT, asking_id(2));
    assert_contains(asking_get(asking, TEAM, 200, PROPOSALS),
                    "Der er en bedre kandidat: 1000 point. Den sidste på kandidatlisten har 900.");
    char path[128];
    const struct pg_result *result = owner_ask(asking->owner, "SELECT id FROM order_proposal");
    snprintf(path, sizeof path, "/v1/proposals/%s", pg_text(result, 0, 0));
    const char *dismiss = "{\"state\":\"dismissed\"}";
    asking_receive(
        asking, asking_send(asking, AARHUS, "PATCH", path, "If-Match: \"v1\"\r\n", dismiss), 404);
    asking_receive(asking,
                   asking_send(asking, TEAM, "PATCH", path, "If-Match: \"v2\"\r\n", dismiss), 412);
    asking_receive(asking,
                   asking_send(asking, TEAM, "PATCH", path, "If-Match: \"v1\"\r\n", dismiss), 200);
    assert_contains(asking_get(asking, TEAM, 200, PROPOSALS), "\"items\": []");

    const char *rerank = "/v1/job-orders/" ASKING_ORDER "/rerank";
    asking_receive(asking, asking_send(asking, AARHUS, "POST", rerank, "If-Match: *\r\n", "{}"),
                   404);
    assert_contains(
        asking_receive(
            asking, asking_send(asking, TEAM, "POST", rerank, "If-Match: \"v1\"\r\n", "{}"), 200),
        "\"version\": 2");
    result = owner_ask(asking->owner, "SELECT ranking_version, (SELECT count(*) FROM job WHERE "
                                      "kind = 'rank') FROM job_order");
    assert_int_equal(pg_int64(result, 0, 0), 2);
    assert_int_equal(pg_int64(result, 0, 1), 2); /* the order's own, and this */
}

static void without_a_match_all_is_unavailable(void **state)
{
    struct asking *asking = *state;
    asking_new_order(asking);
    asking_end_front_loop(asking);
    asking_free_front(asking);
    asking_start_front(asking, NULL);
    asking_get(asking, TEAM, 503, WHAT_IF);
    asking_get(asking, TEAM, 503, GAP);
    asking_receive(
        asking, asking_send(asking, TEAM, "POST", "/v1/job-orders/what-if", "", DRAFT(EPOXY)), 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKING_TEST(counts_are_given_in_steps),
        ASKING_TEST(few_are_not_counted),
        ASKING_TEST(a_difference_is_no_head_count),
        ASKING_TEST(each_rule_has_its_price),
        ASKING_TEST(what_is_wrong_with_a_draft_is_named),
        ASKING_TEST(who_may_not_see_the_order_gets_404),
        ASKING_TEST(a_course_would_give_more),
        ASKING_TEST(who_lacks_one_must_is_listed_to_the_team),
        ASKING_TEST(why_a_near_miss_is_not_on_the_list_is_told_to_the_team),
        ASKING_TEST(proposals_are_for_the_team_and_the_orders_own),
        ASKING_TEST(without_a_match_all_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
