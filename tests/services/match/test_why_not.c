/*
 * "Why not" as the daemon answers it: a router on one thread, the match on another, a socket before
 * and a real PostgreSQL behind.
 */
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pg/session.h"
#include "services/match/match.h"
#include "services/match/metrics.h"
#include "tests/common/http/fixture.h"
#include "tests/services/match/owner.h"
#include "tests/support/pg_cluster.h"

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

#define PATIENCE (20 * CLOCK_SECOND)
#define ANSWER_SIZE 65536
#define ORDER "0192a000-0000-7000-8000-000000000001"
#define KEY "0b000000-0000-4000-8000-000000000001"
/* 20 better ones fill the list of an order whose minimum is 4. */
#define RIVALS "SELECT fictional(n, 2) FROM generate_series(101, 120) n"

enum actor { AARHUS = 1, RANDERS, TEAM, EMPLOYER, EMPLOYER_WITH_SCOPE };

struct scene {
    const char *conninfo;
    struct session *owner; /* superuser: sets the scene and looks */
    char answer[ANSWER_SIZE];

    struct loop *match_loop;
    struct match *match;
    pthread_t match_thread;
    sem_t held; /* the match's loop stands still … */
    sem_t go;   /* … until this */
    sem_t draining;
    sem_t drained;

    struct loop *front_loop;
    struct pg_pool *pg;
    struct rest_router *router;
    struct match_door *door;
    struct fixture net; /* only its socket is used */
    pthread_t front_thread;
};

/* ---- the two threads ---- */

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.key = KEY, .scopes = "orders:read shortlists:read"};
    int64_t actor = 0;
    (void)pg;
    (void)state;
    if (authorization == NULL || strncmp(authorization, "Bearer ", 7) != 0 ||
        str_int64(authorization + 7, AARHUS, EMPLOYER_WITH_SCOPE, &actor) != 0) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    if (actor == EMPLOYER) {
        snprintf(principal.scopes, sizeof principal.scopes, "orders:read");
    }
    snprintf(principal.organisation, sizeof principal.organisation,
             "0a000000-0000-4000-8000-00000000000%d", actor < EMPLOYER ? (int)actor : EMPLOYER);
    done(0, &principal, argument);
}

static void *run_loop(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void start_match(struct scene *scene)
{
    scene->match_loop = loop_create();
    scene->match = match_create(
        &(struct match_options){.loop = scene->match_loop, .pg = {.conninfo = scene->conninfo}});
    assert_int_equal(pthread_create(&scene->match_thread, NULL, run_loop, scene->match_loop), 0);
}

static void stop_match(struct scene *scene)
{
    loop_stop(scene->match_loop);
    pthread_join(scene->match_thread, NULL);
    match_destroy(&scene->match);
    loop_destroy(&scene->match_loop);
}

static void start_front(struct scene *scene, struct match *match)
{
    scene->front_loop = loop_create();
    scene->pg = pg_pool_create(scene->front_loop, &(struct pg_options){.conninfo = scene->conninfo,
                                                                       .user = "emnebank_front"});
    struct rest_options options = {
        .loop = scene->front_loop, .pg = scene->pg, .authenticate = authenticate};
    crypto_key_random(&options.cursor_key);
    scene->router = rest_router_create(&options);
    scene->door = match_door_create(match);
    rest_router_add(scene->router, &match_routes, scene->door);
    assert_int_equal(http_listen("127.0.0.1:0", &scene->net.socket, NULL), 0);
    assert_int_equal(http_server_accept(rest_router_server(scene->router), scene->net.socket), 0);
    assert_int_equal(pthread_create(&scene->front_thread, NULL, run_loop, scene->front_loop), 0);
}

static void end_front_loop(struct scene *scene)
{
    loop_stop(scene->front_loop);
    pthread_join(scene->front_thread, NULL);
}

/* As the daemon's fronts do after their loop. */
static void free_front(struct scene *scene)
{
    rest_router_destroy(&scene->router);
    pg_pool_destroy(&scene->pg);
    match_door_destroy(&scene->door);
    loop_destroy(&scene->front_loop);
    close(scene->net.socket);
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct error_detail detail = {0};
    *state = scene;
    assert_int_equal(crypto_init(), 0);
    scene->conninfo = pg_cluster_database("why_not");
    if (session_open(scene->conninfo, NULL, &scene->owner, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    owner_run_script(scene->owner, SCENE_SQL);
    sem_init(&scene->held, 0, 0);
    sem_init(&scene->go, 0, 0);
    sem_init(&scene->draining, 0, 0);
    sem_init(&scene->drained, 0, 0);
    start_match(scene);
    start_front(scene, scene->match);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    if (scene->router != NULL) {
        end_front_loop(scene);
        free_front(scene);
    }
    if (scene->match != NULL) {
        stop_match(scene);
    }
    sem_destroy(&scene->drained);
    sem_destroy(&scene->draining);
    sem_destroy(&scene->go);
    sem_destroy(&scene->held);
    session_close(&scene->owner);
    free(scene);
    return 0;
}

/* ---- asking as a caller ---- */

static int send_question(struct scene *scene, enum actor actor, const char *order,
                         const char *candidate)
{
    char request[1024];
    const int client = client_open(&scene->net);
    snprintf(request, sizeof request,
             "GET /v1/job-orders/%s/why-not/%s HTTP/1.1\r\nHost: emnebank.test\r\n"
             "Connection: close\r\nAuthorization: Bearer %d\r\n\r\n",
             order, candidate, (int)actor);
    client_text(client, request);
    return client;
}

/* The body, until the next answer. */
static const char *receive(struct scene *scene, int client, int status)
{
    client_rest(client, scene->answer, sizeof scene->answer);
    close(client);
    const char *body = strstr(scene->answer, "\r\n\r\n");
    if (body == NULL || atoi(scene->answer + strlen("HTTP/1.1 ")) != status) {
        fail_msg("%d expected, got: %s", status, scene->answer);
    }
    return body + 4;
}

static const char *id_of(unsigned number)
{
    static char text[37];
    snprintf(text, sizeof text, "5f8d0000-0000-4000-8000-%012x", number);
    return text;
}

static const char *ask(struct scene *scene, enum actor actor, unsigned candidate, int status)
{
    return receive(scene, send_question(scene, actor, ORDER, id_of(candidate)), status);
}

/* The whole answer: what stands between the head that every answer has and `rest`. */
static void assert_answer(struct scene *scene, enum actor actor, unsigned candidate,
                          const char *rest)
{
    char expected[4096];
    const struct pg_result *result = owner_ask(
        scene->owner,
        "SELECT version, (now() AT TIME ZONE 'Europe/Copenhagen')::date FROM pool_version");
    snprintf(expected, sizeof expected,
             "{\"order_id\":\"" ORDER "\",\"candidate\":{\"id\":\"%s\"},\"ruleset\":3,"
             "\"pool_version\":%" PRId64 ",\"as_of\":\"%s\",%s}",
             id_of(candidate), pg_int64(result, 0, 0), pg_text(result, 0, 1), rest);
    assert_string_equal(ask(scene, actor, candidate, 200), expected);
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}

static void new_order(struct scene *scene)
{
    owner_ask(scene->owner, "SELECT fictional_order('" ORDER "', 'open')");
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
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    owner_ask(scene->owner, "SELECT fictional(3, 2)");
    new_order(scene);
    assert_answer(scene, AARHUS, 3,
                  "\"listed\":true,\"rank\":2,\"score\":833,\"points_short\":0,\"excluded_by\":[],"
                  "\"smallest_change\":[],\"explanation_da\":\"Plads 2 med 833 point.\"");
    const struct pg_result *result = owner_ask(
        scene->owner, "SELECT organisation_id, action, subject_kind, subject_id, candidates::text, "
                      "detail ->> 'order_id' FROM audit ORDER BY seq DESC LIMIT 1");
    assert_string_equal(pg_text(result, 0, 0), "0a000000-0000-4000-8000-000000000001");
    assert_string_equal(pg_text(result, 0, 1), "candidate.why_not");
    assert_string_equal(pg_text(result, 0, 2), "candidate");
    assert_string_equal(pg_text(result, 0, 3), id_of(3));
    assert_string_equal(pg_text(result, 0, 4), "{5f8d0000-0000-4000-8000-000000000003}");
    assert_string_equal(pg_text(result, 0, 5), ORDER);
}

/* Each change is made, and the next answer, which is of the pool with it, says what it was worth.
 */
static void the_smallest_change_puts_the_candidate_on_the_list(void **state)
{
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 1)");
    owner_ask(scene->owner, RIVALS);
    owner_ask(scene->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', false)");
    new_order(scene);
    const char *body = ask(scene, AARHUS, 1, 200);
    assert_contains(body, "\"listed\":false,\"rank\":21,\"score\":667,\"points_short\":16");
    assert_contains(body, "\"excluded_by\":[{\"reason\":\"must_missing\",\"requirement\":" EPOXY
                          ",\"text_da\":\"et ufravigeligt krav er ikke opfyldt\"}],"
                          "\"smallest_change\":[" FORMWORK "],\"explanation_da\":\"Ikke på listen");
    assert_contains(body, "Det ville være nok at opfylde fuldt ud: Forskalling, traditionel.\"}");

    owner_ask(scene->owner, "SELECT fictional_change(1, 3)");
    body = ask(scene, AARHUS, 1, 200);
    assert_contains(body, "\"listed\":false,\"rank\":1,\"score\":1000,\"points_short\":0");
    assert_contains(body, "\"smallest_change\":[],\"explanation_da\":\"Ikke på listen");

    owner_ask(scene->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', true)");
    assert_answer(scene, AARHUS, 1,
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
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    owner_ask(scene->owner, "SELECT fictional(3, 5)");
    owner_ask(scene->owner, "SELECT fictional_certificate(1, 'epoxy-isocyanate', false)");
    owner_ask(scene->owner, "SELECT fictional_protect(1)");
    owner_ask(scene->owner, "SELECT fictional_change(3, NULL)");
    new_order(scene);
    assert_answer(scene, AARHUS, 1, NOT_AVAILABLE);
    assert_answer(scene, AARHUS, 3, NOT_AVAILABLE);
}

static void an_order_of_any_state_is_answered(void **state)
{
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    owner_ask(scene->owner, "SELECT fictional_order('" ORDER "', 'closed')");
    assert_contains(ask(scene, AARHUS, 1, 200), "\"listed\":true");
}

/* ---- to whom ---- */

/* Puts the candidate on a list of another order. */
static void list(struct scene *scene, unsigned candidate)
{
    owner_ask(scene->owner,
              "SELECT fictional_order('0192a000-0000-7000-8000-000000000002', 'open')");
    owner_ask(
        scene->owner,
        "SELECT shortlist_store('0192a000-0000-7000-8000-000000000002', 1, 1, pool_current(), "
        "current_date, 1, '{}', '{%s}', '{1}', '[]', '[]', '\"fordi\"', '{}', 1)",
        id_of(candidate));
}

static void anothers_candidate_is_answered_once_on_a_list(void **state)
{
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(2, 2)");
    new_order(scene);
    assert_contains(ask(scene, AARHUS, 2, 404), "Kandidaten findes ikke.");
    ask(scene, TEAM, 2, 404);
    ask(scene, RANDERS, 2, 200);
    const struct pg_result *result = owner_ask(scene->owner, "SELECT count(*) FROM audit");
    assert_int_equal(pg_int64(result, 0, 0), 1); /* who was refused learned nothing */
    list(scene, 2);
    assert_contains(ask(scene, AARHUS, 2, 200), "\"listed\":true,\"rank\":1,\"score\":833");
    ask(scene, TEAM, 2, 200);
    owner_ask(scene->owner, "SELECT fictional_protect(2)");
    assert_answer(scene, AARHUS, 2, NOT_AVAILABLE);
    assert_answer(scene, RANDERS, 2, NOT_AVAILABLE);
}

static void who_may_not_see_both_gets_404(void **state)
{
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    new_order(scene);
    list(scene, 1);
    ask(scene, EMPLOYER, 1, 403);
    assert_contains(ask(scene, EMPLOYER_WITH_SCOPE, 1, 404), "Jobordren findes ikke.");
    ask(scene, AARHUS, 77, 404);
    receive(scene, send_question(scene, AARHUS, ORDER, "1"), 404);
    receive(scene, send_question(scene, AARHUS, "1", id_of(1)), 404);
    receive(scene, send_question(scene, AARHUS, id_of(1), id_of(1)), 404);
    receive(scene, send_question(scene, AARHUS, ORDER, "5F8D0000-0000-4000-8000-000000000001"),
            200);
    receive(scene, send_question(scene, AARHUS, ORDER, "5f8d0000-0000-4000-8000-000000000001?a=b"),
            400);
}

static void without_a_match_all_is_unavailable(void **state)
{
    struct scene *scene = *state;
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    new_order(scene);
    end_front_loop(scene);
    free_front(scene);
    start_front(scene, NULL);
    assert_contains(ask(scene, AARHUS, 1, 503), "temporarily-unavailable");
}

/* ---- across threads ---- */

static void many_questions_are_answered_while_the_pool_moves(void **state)
{
    struct scene *scene = *state;
    int clients[32];
    owner_ask(scene->owner, RIVALS);
    new_order(scene);
    for (unsigned i = 0; i < 32; i++) {
        clients[i] = send_question(scene, AARHUS, ORDER, id_of(101 + 2 * (i % 10)));
        if (i % 4 == 0) {
            owner_ask(scene->owner, "SELECT fictional_change(%u, %u)", 101 + i % 20, 1 + i % 5);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        assert_contains(receive(scene, clients[i], 200), "\"listed\":true");
    }
}

static void hold(void *argument)
{
    struct scene *scene = argument;
    sem_post(&scene->held);
    sem_wait(&scene->go);
}

static void hold_match(struct scene *scene)
{
    loop_post(scene->match_loop, hold, scene);
    sem_wait(&scene->held);
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
static int leave_question(struct scene *scene)
{
    owner_ask(scene->owner, "SELECT fictional(1, 5)");
    new_order(scene);
    hold_match(scene);
    const int client = send_question(scene, AARHUS, ORDER, id_of(1));
    wait_for_questions(1);
    return client;
}

static void drained(void *argument)
{
    struct scene *scene = argument;
    sem_post(&scene->drained);
}

static void drain(void *argument)
{
    struct scene *scene = argument;
    http_server_drain(rest_router_server(scene->router), drained, scene);
    sem_post(&scene->draining);
}

static void a_front_that_drains_waits_for_the_answer(void **state)
{
    struct scene *scene = *state;
    const int client = leave_question(scene);
    loop_post(scene->front_loop, drain, scene);
    sem_wait(&scene->draining);
    assert_int_not_equal(sem_trywait(&scene->drained), 0);
    sem_post(&scene->go);
    assert_contains(receive(scene, client, 200), "\"listed\":true");
    sem_wait(&scene->drained);
}

static void a_front_may_end_before_the_answer(void **state)
{
    struct scene *scene = *state;
    const int client = leave_question(scene);
    end_front_loop(scene);
    free_front(scene);
    sem_post(&scene->go);
    wait_for_questions(0); /* the match has freed it */
    close(client);
}

static void a_front_may_end_with_the_answer_on_its_way(void **state)
{
    struct scene *scene = *state;
    const int client = leave_question(scene);
    end_front_loop(scene);
    sem_post(&scene->go);
    wait_for_questions(0);
    free_front(scene);
    close(client);
}

static void a_match_may_end_with_questions_that_nobody_awaits(void **state)
{
    struct scene *scene = *state;
    const int client = leave_question(scene);
    end_front_loop(scene);
    free_front(scene);
    loop_stop(scene->match_loop);
    sem_post(&scene->go);
    stop_match(scene);
    wait_for_questions(0);
    close(client);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(one_on_the_list_is_listed),
        SCENE_TEST(the_smallest_change_puts_the_candidate_on_the_list),
        SCENE_TEST(a_protected_person_is_like_one_who_left),
        SCENE_TEST(an_order_of_any_state_is_answered),
        SCENE_TEST(anothers_candidate_is_answered_once_on_a_list),
        SCENE_TEST(who_may_not_see_both_gets_404),
        SCENE_TEST(without_a_match_all_is_unavailable),
        SCENE_TEST(many_questions_are_answered_while_the_pool_moves),
        SCENE_TEST(a_front_that_drains_waits_for_the_answer),
        SCENE_TEST(a_front_may_end_before_the_answer),
        SCENE_TEST(a_front_may_end_with_the_answer_on_its_way),
        SCENE_TEST(a_match_may_end_with_questions_that_nobody_awaits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
