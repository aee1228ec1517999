/* "Why not" as the daemon answers it. */
#include "common/base/clock.h"
#include "services/match/metrics.h"
#include "tests/services/match/asking.h"
#include "tests/services/match/owner.h"

#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE (120 * CLOCK_SECOND)
#define ORDER ASKING_ORDER
/* 20 better ones fill the list of an order whose minimum is 4. */
#define RIVALS "SELECT fictional(n, 2) FROM generate_series(101, 120) n"

static int send_question(struct asking *asking, enum actor actor, const char *order,
                         const char *candidate)
{
    char path[256];
    snprintf(path, sizeof path, "/v1/job-orders/%s/why-not/%s", order, candidate);
    return asking_send(asking, actor, "GET", path, "", "");
}

static const char *ask(struct asking *asking, enum actor actor, unsigned candidate, int status)
{
    return asking_receive(asking, send_question(asking, actor, ORDER, asking_id(candidate)),
                          status);
}

/* The whole answer: what stands between the head that every answer has and `rest`. */
static void assert_answer(struct asking *asking, enum actor actor, unsigned candidate,
                          const char *rest)
{
    char expected[4096];
    const struct pg_result *result = owner_ask(
        asking->owner,
        "SELECT version, (now() AT TIME ZONE 'Europe/Copenhagen')::date FROM pool_version");
    snprintf(expected, sizeof expected,
             "{\"order_id\":\"" ORDER "\",\"candidate\":{\"id\":\"%s\"},\"ruleset\":3,"
             "\"pool_version\":%" PRId64 ",\"as_of\":\"%s\",%s}",
             asking_id(candidate), pg_int64(result, 0, 0), pg_text(result, 0, 1), rest);
    assert_string_equal(ask(asking, actor, candidate, 200), expected);
}

/* ---- what is answered ---- */

#define EPOXY                                                                                      \
    "{\"part\":1,\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"label\":\"Epoxy og "     \
    "isocyanater\"}"
#define FORMWORK                                                                                   \
    "{\"part\":2,\"kind\":\"competence\",\"code\":\"formwork\",\"label\":\"Forskalling, "          \
    "traditionel\"}"

static void one_on_the_list_is_listed(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    owner_ask(asking->owner, "SELECT fictional(3, 2)");
    asking_new_order(asking);
    assert_answer(asking, AARHUS, 3,
                  "\"listed\":true,\"rank\":2,\"score\":833,\"points_short\":0,\"excluded_by\":[],"
                  "\"smallest_change\":[],\"explanation_da\":\"Plads 2 med 833 point.\"");
    const struct pg_result *result =
        owner_ask(asking->owner,
                  "SELECT organisation_id, action, subject_kind, subject_id, candidates::text, "
                  "detail ->> 'order_id' FROM audit ORDER BY seq DESC LIMIT 1");
    assert_string_equal(pg_text(result, 0, 0), "0a000000-0000-4000-8000-000000000001");
    assert_string_equal(pg_text(result, 0, 1), "candidate.why_not");
    assert_string_equal(pg_text(result, 0, 2), "candidate");
    assert_string_equal(pg_text(result, 0, 3), asking_id(3));
    assert_string_equal(pg_text(result, 0, 4), "{5f8d0000-0000-4000-8000-000000000003}");
    assert_string_equal(pg_text(result, 0, 5), ORDER);
}

/* Each change is made, and the next answer, which is of the pool with it, says what it was worth.
 */
static void the_smallest_change_puts_the_candidate_on_the_list(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 1)");
    owner_ask(asking->owner, RIVALS);
    owner_ask(asking->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', false)");
    asking_new_order(asking);
    const char *body = ask(asking, AARHUS, 1, 200);
    assert_contains(body, "\"listed\":false,\"rank\":21,\"score\":667,\"points_short\":16");
    assert_contains(body, "\"excluded_by\":[{\"reason\":\"must_missing\",\"requirement\":" EPOXY
                          ",\"text_da\":\"et ufravigeligt krav er ikke opfyldt\"}],"
                          "\"smallest_change\":[" FORMWORK "],\"explanation_da\":\"Ikke på listen");
    assert_contains(body, "Det ville være nok at opfylde fuldt ud: Forskalling, traditionel.\"}");

    owner_ask(asking->owner, "SELECT fictional_change(1, 3)");
    body = ask(asking, AARHUS, 1, 200);
    assert_contains(body, "\"listed\":false,\"rank\":1,\"score\":1000,\"points_short\":0");
    assert_contains(body, "\"smallest_change\":[],\"explanation_da\":\"Ikke på listen");

    owner_ask(asking->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', true)");
    assert_answer(asking, AARHUS, 1,
                  "\"listed\":true,\"rank\":1,\"score\":1000,\"points_short\":0,\"excluded_by\":[],"
                  "\"smallest_change\":[],\"explanation_da\":\"Plads 1 med 1000 point.\"");
}

#define NOT_AVAILABLE                                                                               \
    "\"listed\":false,\"rank\":null,\"score\":null,\"points_short\":null,\"excluded_by\":[{"        \
    "\"reason\":\"not_available\",\"requirement\":null,\"text_da\":\"kandidaten kan ikke indgå i " \
    "kandidatlisten\"}],\"smallest_change\":null,\"explanation_da\":\"Kandidaten kan ikke indgå "  \
    "i kandidatlisten.\""

static void a_protected_person_is_like_one_who_left(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    owner_ask(asking->owner, "SELECT fictional(3, 5)");
    owner_ask(asking->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', false)");
    owner_ask(asking->owner, "SELECT fictional_protect(1)");
    owner_ask(asking->owner, "SELECT fictional_change(3, NULL)");
    asking_new_order(asking);
    assert_answer(asking, AARHUS, 1, NOT_AVAILABLE);
    assert_answer(asking, AARHUS, 3, NOT_AVAILABLE);
}

static void an_order_of_any_state_is_answered(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    owner_ask(asking->owner, "SELECT fictional_order('" ORDER "', 'closed')");
    assert_contains(ask(asking, AARHUS, 1, 200), "\"listed\":true");
}

static void an_order_without_an_occupation_has_no_answer_yet(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    asking_new_order(asking);
    owner_ask(asking->owner, "ALTER TABLE job_order DISABLE TRIGGER order_step");
    owner_ask(asking->owner, "UPDATE job_order SET state = 'draft', occupations = '{}'");
    assert_contains(ask(asking, AARHUS, 1, 409), "Jobordren har ingen stilling endnu.");
}

/* ---- to whom ---- */

/* Puts the candidate on a list of another order. */
static void list(struct asking *asking, unsigned candidate)
{
    owner_ask(asking->owner,
              "SELECT fictional_order('0192a000-0000-7000-8000-000000000002', 'open')");
    owner_ask(
        asking->owner,
        "SELECT shortlist_store('0192a000-0000-7000-8000-000000000002', 1, 1, pool_current(), "
        "current_date, 1, '{}', '[]', '{%s}', '{1}', '{[]}', '{[]}', ARRAY['\"fordi\"'], '{}', 1)",
        asking_id(candidate));
}

static void anothers_candidate_is_answered_once_on_a_list(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(2, 2)");
    asking_new_order(asking);
    assert_contains(ask(asking, AARHUS, 2, 404), "Kandidaten findes ikke.");
    ask(asking, TEAM, 2, 404);
    ask(asking, RANDERS, 2, 200);
    const struct pg_result *result = owner_ask(asking->owner, "SELECT count(*) FROM audit");
    assert_int_equal(pg_int64(result, 0, 0), 1); /* who was refused learned nothing */
    list(asking, 2);
    assert_contains(ask(asking, AARHUS, 2, 200), "\"listed\":true,\"rank\":1,\"score\":833");
    ask(asking, TEAM, 2, 200);
    owner_ask(asking->owner, "SELECT fictional_protect(2)");
    assert_answer(asking, AARHUS, 2, NOT_AVAILABLE);
    assert_answer(asking, RANDERS, 2, NOT_AVAILABLE);
}

static void who_may_not_see_both_gets_404(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    asking_new_order(asking);
    list(asking, 1);
    ask(asking, EMPLOYER, 1, 403);
    assert_contains(ask(asking, EMPLOYER_WITH_SCOPE, 1, 404), "Jobordren findes ikke.");
    ask(asking, AARHUS, 77, 404);
    asking_receive(asking, send_question(asking, AARHUS, ORDER, "1"), 404);
    asking_receive(asking, send_question(asking, AARHUS, "1", asking_id(1)), 404);
    asking_receive(asking, send_question(asking, AARHUS, asking_id(1), asking_id(1)), 404);
    asking_receive(
        asking, send_question(asking, AARHUS, ORDER, "5F8D0000-0000-4000-8000-000000000001"), 200);
    asking_receive(asking,
                   send_question(asking, AARHUS, ORDER, "5f8d0000-0000-4000-8000-000000000001?a=b"),
                   400);
}

static void without_a_match_all_is_unavailable(void **state)
{
    struct asking *asking = *state;
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    asking_new_order(asking);
    asking_end_front_loop(asking);
    asking_free_front(asking);
    asking_start_front(asking, NULL);
    assert_contains(ask(asking, AARHUS, 1, 503), "temporarily-unavailable");
}

/* ---- across threads ---- */

static void many_questions_are_answered_while_the_pool_moves(void **state)
{
    struct asking *asking = *state;
    int clients[32];
    owner_ask(asking->owner, RIVALS);
    asking_new_order(asking);
    for (unsigned i = 0; i < 32; i++) {
        clients[i] = send_question(asking, AARHUS, ORDER, asking_id(101 + 2 * (i % 10)));
        if (i % 4 == 0) {
            owner_ask(asking->owner, "SELECT fictional_change(%u, %u)", 101 + i % 20, 1 + i % 5);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        assert_contains(asking_receive(asking, clients[i], 200), "\"listed\":true");
    }
}

static void hold(void *argument)
{
    struct asking *asking = argument;
    sem_post(&asking->held);
    sem_wait(&asking->go);
}

static void hold_match(struct asking *asking)
{
    loop_post(asking->match_loop, hold, asking);
    sem_wait(&asking->held);
}

static void wait_for_questions(int64_t count)
{
    const int64_t until = clock_monotonic() + PATIENCE;
    while (match_questions.value != count) {
        assert_true(clock_monotonic() < until);
        sched_yield();
    }
}

/* A question that the match has before it, and that it does not answer. */
static int leave_question(struct asking *asking)
{
    owner_ask(asking->owner, "SELECT fictional(1, 5)");
    asking_new_order(asking);
    hold_match(asking);
    const int client = send_question(asking, AARHUS, ORDER, asking_id(1));
    wait_for_questions(1);
    return client;
}

static void drained(void *argument)
{
    struct asking *asking = argument;
    sem_post(&asking->drained);
}

static void drain(void *argument)
{
    struct asking *asking = argument;
    http_server_drain(rest_router_server(asking->router), drained, asking);
    sem_post(&asking->draining);
}

static void a_front_that_drains_waits_for_the_answer(void **state)
{
    struct asking *asking = *state;
    const int client = leave_question(asking);
    loop_post(asking->front_loop, drain, asking);
    sem_wait(&asking->draining);
    assert_int_not_equal(sem_trywait(&asking->drained), 0);
    sem_post(&asking->go);
    assert_contains(asking_receive(asking, client, 200), "\"listed\":true");
    sem_wait(&asking->drained);
}

static void a_front_may_end_before_the_answer(void **state)
{
    struct asking *asking = *state;
    const int client = leave_question(asking);
    asking_end_front_loop(asking);
    asking_free_front(asking);
    sem_post(&asking->go);
    wait_for_questions(0); /* the match has freed it */
    close(client);
}

static void a_front_may_end_with_the_answer_on_its_way(void **state)
{
    struct asking *asking = *state;
    const int client = leave_question(asking);
    asking_end_front_loop(asking);
    sem_post(&asking->go);
    wait_for_questions(0);
    asking_free_front(asking);
    close(client);
}

static void a_match_may_end_with_questions_that_nobody_awaits(void **state)
{
    struct asking *asking = *state;
    const int client = leave_question(asking);
    asking_end_front_loop(asking);
    asking_free_front(asking);
    loop_stop(asking->match_loop);
    sem_post(&asking->go);
    asking_stop_match(asking);
    wait_for_questions(0);
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKING_TEST(one_on_the_list_is_listed),
        ASKING_TEST(the_smallest_change_puts_the_candidate_on_the_list),
        ASKING_TEST(a_protected_person_is_like_one_who_left),
        ASKING_TEST(an_order_of_any_state_is_answered),
        ASKING_TEST(an_order_without_an_occupation_has_no_answer_yet),
        ASKING_TEST(anothers_candidate_is_answered_once_on_a_list),
        ASKING_TEST(who_may_not_see_both_gets_404),
        ASKING_TEST(without_a_match_all_is_unavailable),
        ASKING_TEST(many_questions_are_answered_while_the_pool_moves),
        ASKING_TEST(a_front_that_drains_waits_for_the_answer),
        ASKING_TEST(a_front_may_end_before_the_answer),
        ASKING_TEST(a_front_may_end_with_the_answer_on_its_way),
        ASKING_TEST(a_match_may_end_with_questions_that_nobody_awaits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
