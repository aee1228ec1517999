/* GET /v1/vocabulary/suggest while there is no index yet, on a real PostgreSQL: fronts share one
 * desk, each behind a door of its own. The labels are held up by a lock on their table. */
#include "services/vocabulary/suggest_route.h"
#include "tests/common/rest/harness.h"
#include "tests/services/vocabulary/scene.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define QUESTIONS 5
/* A connection that has answered a question's first step. */
#define ASKED_FOR_THE_VERSION "state = 'idle' AND query ~ 'app.tenant'"

struct front {
    struct harness harness;
    struct suggest_door *door;
};

struct fronts {
    const char *conninfo;
    struct session *owner;
    struct suggest_desk *desk;
    struct rest_route route;
    struct rest_table table;
    struct front first, second;
};

static void start(struct fronts *fronts, struct front *front)
{
    front->door = suggest_door_create(fronts->desk);
    harness_start(&front->harness, &fronts->table, front->door, fronts->conninfo);
}

/* As the daemon's fronts do. */
static void stop(struct front *front)
{
    loop_stop(front->harness.loop);
    pthread_join(front->harness.thread, NULL);
    rest_router_destroy(&front->harness.router);
    pg_pool_destroy(&front->harness.pg);
    suggest_door_destroy(&front->door);
    loop_destroy(&front->harness.loop);
    close(front->harness.net.socket);
}

static int set_up(void **state)
{
    static struct fronts fronts;
    static struct scene scene;
    scene_open(&scene, "suggest_route");
    fronts = (struct fronts){.conninfo = scene.conninfo, .owner = scene.owner};
    session_close(&scene.front);
    fronts.desk = suggest_desk_create();
    fronts.route = suggest_routes.routes[0];
    fronts.route.scope = "read"; /* that the harness's keys have */
    fronts.table = (struct rest_table){&fronts.route, 1};
    start(&fronts, &fronts.first);
    start(&fronts, &fronts.second);
    *state = &fronts;
    return 0;
}

static int tear_down(void **state)
{
    struct fronts *fronts = *state;
    stop(&fronts->first);
    if (fronts->second.door != NULL)
        stop(&fronts->second);
    suggest_desk_destroy(&fronts->desk);
    session_close(&fronts->owner);
    return 0;
}

static int ask(struct front *front)
{
    const int client = client_open(&front->harness.net);
    client_text(client, "GET /v1/vocabulary/suggest?q=beton HTTP/1.1\r\nHost: emnebank.test\r\n"
                        "Connection: close\r\nAuthorization: Bearer team\r\n\r\n");
    return client;
}

static const char *answer_of(int client)
{
    static char answer[65536];
    client_rest(client, answer, sizeof answer);
    close(client);
    return answer;
}

static void run(struct fronts *fronts, const char *statement)
{
    assert_int_equal(session_exec(fronts->owner, statement, NULL), 0);
}

/* Until `count` of the fronts' connections are as `condition` says. */
static void until(struct fronts *fronts, const char *condition, int64_t count)
{
    char query[512];
    const struct pg_result *rows;
    snprintf(query, sizeof query,
             "SELECT count(*) FROM pg_stat_activity "
             "WHERE datname = current_database() AND usename = 'emnebank_front' AND %s",
             condition);
    do {
        run(fronts, "SELECT pg_stat_clear_snapshot()");
        assert_int_equal(session_query(fronts->owner, query, NULL, 0, &rows, NULL), 0);
    } while (pg_int64(rows, 0, 0) < count);
}

/* The first front makes the index, and cannot go on. */
static int hold_the_maker(struct fronts *fronts)
{
    run(fronts, "BEGIN");
    run(fronts, "LOCK TABLE emnebank.vocabulary_word");
    const int maker = ask(&fronts->first);
    until(fronts, "wait_event_type = 'Lock'", 1);
    return maker;
}

static int64_t builds(void)
{
    struct buffer text;
    buffer_init(&text, 65536);
    metric_write(suggest_metrics, suggest_metrics_count, &text);
    const char *line = strstr(text.data, "\nemnebank_suggest_builds_total ");
    assert_non_null(line);
    const int64_t count = atoll(strchr(line + 1, ' ') + 1);
    buffer_deinit(&text);
    return count;
}

static void the_first_questions_wait_for_one_index(void **state)
{
    struct fronts *fronts = *state;
    const int64_t before = builds();
    int clients[QUESTIONS];
    const int maker = hold_the_maker(fronts);
    for (size_t i = 0; i < QUESTIONS; i++)
        clients[i] = ask(&fronts->second);
    until(fronts, ASKED_FOR_THE_VERSION, 1);
    run(fronts, "COMMIT");
    assert_status(answer_of(maker), 200);
    for (size_t i = 0; i < QUESTIONS; i++) {
        const char *answer = answer_of(clients[i]);
        assert_status(answer, 200);
        assert_non_null(strstr(answer, "\"code\":\""));
    }
    assert_int_equal(builds() - before, 1);
}

static void a_front_that_ends_takes_its_questions_back(void **state)
{
    struct fronts *fronts = *state;
    const int maker = hold_the_maker(fronts);
    const int client = ask(&fronts->second);
    until(fronts, ASKED_FOR_THE_VERSION, 1);
    stop(&fronts->second);
    run(fronts, "COMMIT");
    assert_status(answer_of(maker), 200); /* nobody was told who is not there */
    close(client);
}

static void who_makes_it_may_end_too(void **state)
{
    struct fronts *fronts = *state;
    const int maker = hold_the_maker(fronts);
    const int client = ask(&fronts->second);
    until(fronts, ASKED_FOR_THE_VERSION, 1);
    stop(&fronts->first);
    run(fronts, "COMMIT");
    assert_status(answer_of(client), 200); /* made by the next one */
    close(maker);
    start(fronts, &fronts->first);
}

#define FRONTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRONTS_TEST(the_first_questions_wait_for_one_index),
        FRONTS_TEST(a_front_that_ends_takes_its_questions_back),
        FRONTS_TEST(who_makes_it_may_end_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
