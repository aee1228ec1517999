/* Many at once: one Idempotency-Key from 200 sides, and pages while orders come in. */
#include "tests/services/shortlists/server.h"

#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PARALLEL 200
#define ORDERS 60

static const char body[] =
    "{\"employer\": {\"cvr\": \"32264328\", \"name\": \"Nyt Beton A/S (fiktiv)\"},"
    " \"title\": \"Struktører\", \"posts\": 12, \"occupations\": [\"7114.8\"],"
    " \"postcode\": \"8000\", \"start_date\": \"2026-12-01\", \"kinds\": [\"permanent\"]}";

static void two_hundred_posts_make_one_order(void **state)
{
    struct world *world = *state;
    static int sockets[PARALLEL];
    const char *first = NULL;
    int fresh = 0;
    int replayed = 0;
    int in_progress = 0;

    for (int i = 0; i < PARALLEL; i++)
        sockets[i] = server_send(world->server, TEAM, "POST", "/v1/job-orders",
                                 "Idempotency-Key: \"one\"\r\n", body);
    for (int i = 0; i < PARALLEL; i++) {
        struct answer answer = server_receive(world->server, sockets[i]);
        if (answer.status == 409) {
            assert_answer(&answer, 409, "idempotency-in-progress");
            assert_non_null(server_header(world->server, &answer, "Retry-After"));
            in_progress++;
            continue;
        }
        assert_answer(&answer, 201, NULL);
        if (server_header(world->server, &answer, "Idempotency-Replayed"))
            replayed++;
        else
            fresh++;
        if (!first)
            first = answer.body;
        assert_string_equal(answer.body, first);
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(fresh + replayed + in_progress, PARALLEL);
    static const char orders[] = "SELECT count(*) FROM job_order o JOIN organisation e"
                                 " ON e.id = o.employer_id AND e.cvr = '32264328'";
    assert_string_equal(scene_root(world->scene, orders), "1");
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM job WHERE kind = 'rank'"),
                        "1");
    assert_string_equal(
        scene_root(world->scene, "SELECT count(*) FROM audit WHERE action = 'order.created'"), "1");
    print_message("1 made, %d replayed, %d told to wait\n", replayed, in_progress);
}

/* From many sides under keys of their own, with one employer that nobody has seen before. */
static void many_first_orders_make_one_employer(void **state)
{
    struct world *world = *state;
    static int sockets[40];
    const char *fresh_body =
        "{\"employer\": {\"cvr\": \"29189668\", \"name\": \"Første (fiktiv)\"},"
        " \"title\": \"x\", \"posts\": 1, \"occupations\": [\"7114.8\"], \"postcode\": \"8000\","
        " \"start_date\": \"2026-12-01\", \"kinds\": [\"flex\"]}";

    for (int i = 0; i < 40; i++) {
        char key[64];
        snprintf(key, sizeof key, "Idempotency-Key: \"first-%d\"\r\n", i);
        sockets[i] = server_send(world->server, TEAM, "POST", "/v1/job-orders", key, fresh_body);
    }
    for (int i = 0; i < 40; i++) {
        struct answer answer = server_receive(world->server, sockets[i]);
        assert_answer(&answer, 201, NULL);
    }
    assert_string_equal(scene_root(world->scene, "SELECT count(*) FROM organisation WHERE"
                                                 " kind = 'employer' AND cvr = '29189668'"),
                        "1");
}

/* Pulls the page at `target`; counts each known order that is on it; returns the next target. */
static const char *take_page(struct world *world, const char *target, char ids[][40], int *seen,
                             int count)
{
    struct answer page = server_ask(world->server, TEAM, "GET", target, NULL, NULL);
    const json_t *items = json_object_get(page.json, "items");

    assert_answer(&page, 200, NULL);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(items, i), "id"));
        for (int k = 0; k < count; k++)
            seen[k] += str_equal(ids[k], id);
    }
    const char *next = answer_text(&page, "next");
    const char *link = server_header(world->server, &page, "Link");
    assert_int_equal(link != NULL, *next != '\0');
    if (!link)
        return NULL;
    assert_non_null(strstr(link, next));
    return arena_printf(world->scene->arena, "/v1/job-orders?state=paused&limit=7&cursor=%s", next);
}

static void each_order_is_on_one_page(void **state)
{
    struct world *world = *state;
    static char ids[ORDERS][40];
    int seen[ORDERS] = {0};
    int pages = 0;

    for (int i = 0; i < ORDERS; i++) {
        const char *order = scene_order(world->scene);
        /* Several in one moment, so that the id must decide. */
        scene_root(world->scene,
                   "UPDATE job_order SET state = 'paused', closed_reason = 'other', created_at ="
                   " timestamptz '2026-01-01' + %d * interval '1 microsecond' WHERE id = '%s'",
                   i / 4, order);
        snprintf(ids[i], sizeof ids[i], "%s", order);
    }
    for (const char *target = "/v1/job-orders?state=paused&limit=7"; target; pages++) {
        target = take_page(world, target, ids, seen, ORDERS);
        /* New ones come in at the front meanwhile. */
        scene_root(world->scene,
                   "UPDATE job_order SET state = 'paused', closed_reason = 'other' WHERE id = '%s'",
                   scene_order(world->scene));
    }
    for (int i = 0; i < ORDERS; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(pages, ORDERS / 7 + 1);
}

static void refuse_page(struct world *world, enum actor actor, const char *query, const char *slug)
{
    struct answer answer =
        server_ask(world->server, actor, "GET",
                   arena_printf(world->scene->arena, "/v1/job-orders?%s", query), NULL, NULL);

    assert_answer(&answer, 400, slug);
}

static void a_cursor_is_its_makers_own(void **state)
{
    struct world *world = *state;
    struct answer page =
        server_ask(world->server, TEAM, "GET", "/v1/job-orders?state=paused&limit=7", NULL, NULL);
    const char *cursor = answer_text(&page, "next");
    struct arena *arena = world->scene->arena;
    size_t length = strlen(cursor);

    assert_true(length > 0);
    for (size_t i = 0; i < length; i++) {
        char *forged = arena_strdup(arena, cursor);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        refuse_page(world, TEAM, arena_printf(arena, "state=paused&cursor=%s", forged),
                    "cursor-invalid");
    }
    refuse_page(world, AARHUS, arena_printf(arena, "state=paused&cursor=%s", cursor),
                "cursor-invalid");
    refuse_page(world, TEAM, arena_printf(arena, "state=open&cursor=%s", cursor), "cursor-invalid");
    refuse_page(world, TEAM, arena_printf(arena, "cursor=%s", cursor), "cursor-invalid");
    refuse_page(world, TEAM, "cursor=x", "cursor-invalid");
    struct answer answer =
        server_ask(world->server, TEAM, "GET", arena_printf(arena, "/v1/changes?cursor=%s", cursor),
                   NULL, NULL);
    assert_answer(&answer, 400, "cursor-invalid");
}

static void a_query_is_strict(void **state)
{
    struct world *world = *state;
    static const char *const queries[] = {"limit=0",       "limit=201",   "limit=x",
                                          "state=waiting", "states=open", "limit=1&limit=2"};

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        refuse_page(world, TEAM, queries[i], "query-invalid");
}

static int setup(void **state)
{
    return world_open(state, "orders_many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_posts_make_one_order),
        cmocka_unit_test(many_first_orders_make_one_employer),
        cmocka_unit_test(each_order_is_on_one_page),
        cmocka_unit_test(a_cursor_is_its_makers_own),
        cmocka_unit_test(a_query_is_strict),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
