#include "tests/services/match/running.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "services/match/explain.h"
#include "tests/services/match/owner.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PATIENCE (120 * CLOCK_SECOND)
#define LOOK_EVERY (5 * CLOCK_MILLISECOND)

static void look(void *argument)
{
    struct running *running = argument;
    running->found = running->there(running);
    if (running->found || clock_monotonic() > running->until) {
        event_base_loopbreak(loop_base(running->loop));
        return;
    }
    loop_timer_arm(running->look, LOOK_EVERY);
}

void running_until(struct running *running, bool (*there)(struct running *running))
{
    running->there = there;
    running->until = clock_monotonic() + PATIENCE;
    loop_timer_arm(running->look, 0);
    event_base_dispatch(loop_base(running->loop));
    assert_true(running->found);
}

static bool jobs_are_over(struct running *running)
{
    const struct pg_result *result = owner_ask(
        running->owner, "SELECT count(*) FROM emnebank.job WHERE state IN ('waiting', 'leased')");
    return pg_int64(result, 0, 0) == 0;
}

static bool pool_is_followed(struct running *running)
{
    const struct pg_result *result =
        owner_ask(running->owner, "SELECT version FROM emnebank.pool_version");
    return match_version(running->match) == pg_int64(result, 0, 0);
}

void running_follow(struct running *running)
{
    match_wake(running->match);
    running_until(running, pool_is_followed);
}

void running_jobs(struct running *running)
{
    job_runner_wake(running->runner);
    running_until(running, jobs_are_over);
}

void running_start(struct running *running)
{
    running->loop = loop_create();
    running->look = loop_timer_create(running->loop, look, running);
    running->options.loop = running->loop;
    running->front =
        pg_pool_create(running->loop, &(struct pg_options){.conninfo = running->conninfo,
                                                           .user = "emnebank_front",
                                                           .deadline = PATIENCE});
    running->match = match_create(&running->options);
    running->runner = job_runner_create(running->loop, running->front, 4);
    for (size_t i = 0; i < match_jobs.count; i++) {
        job_runner_add(running->runner, &match_jobs.kinds[i], running->match);
    }
    running_follow(running);
    job_runner_start(running->runner);
}

void running_end(struct running *running)
{
    match_destroy(&running->match);
    job_runner_destroy(&running->runner);
    pg_pool_destroy(&running->front);
    loop_timer_destroy(&running->look);
    loop_destroy(&running->loop); /* what was posted to it goes with it */
}

void running_restart(struct running *running)
{
    running_end(running);
    running_start(running);
}

struct running *running_open_on(const char *conninfo)
{
    struct running *running = mem_zalloc(sizeof *running);
    struct error_detail detail = {0};
    running->conninfo = conninfo;
    if (session_open(conninfo, NULL, &running->owner, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    owner_ask(running->owner, "SET search_path TO emnebank, public");
    running->options = (struct match_options){.pg = {.conninfo = conninfo, .deadline = PATIENCE}};
    running_start(running);
    return running;
}

struct running *running_open(const char *name)
{
    struct session *owner = NULL;
    struct error_detail detail = {0};
    const char *conninfo = pg_cluster_database(name);
    if (session_open(conninfo, NULL, &owner, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    owner_run_script(owner, SCENE_SQL);
    session_close(&owner);
    return running_open_on(conninfo);
}

void running_close(struct running **running)
{
    if (*running == NULL) {
        return;
    }
    running_end(*running);
    session_close(&(*running)->owner);
    mem_free(*running);
    *running = NULL;
}

char *running_written_down(struct match *match)
{
    const char *occupations[] = {"7114.8"};
    struct demand_requirement requirement = {
        .kind = ENGINE_COMPETENCE, .code = "formwork", .weight = 5, .minimum_level = 3};
    const struct demand demand = {
        .id = "0192a000-0000-7000-8000-000000000001",
        .place = ENGINE_NO_PLACE,
        .start = 40000,
        .end = ENGINE_NO_DAY,
        .as_of = 20800,
        .work = ENGINE_PERMANENT,
        .occupations = occupations,
        .occupation_count = 1,
        .requirements = &requirement,
        .requirement_count = 1,
    };
    struct arena *arena = arena_create(0);
    struct engine_order order;
    struct engine_ranking *ranking = NULL;
    struct buffer json;
    buffer_init(&json, (size_t)16 << 20);
    struct published_reader *reader = published_take(match->published);
    struct words *words = words_shelf_take(match->shelf);
    struct asked asked;
    assert_int_equal(asked_make(&demand, ENGINE_RULESET, words, arena, &asked), 0);
    assert_int_equal(asked_order(&asked, match->vocabulary, arena, &order), 0);
    assert_int_equal(engine_rank(published_snapshot(reader), &order, 1000, &ranking), 0);
    const struct explain explain = {
        .asked = &asked,
        .snapshot = published_snapshot(reader),
        .ranking = ranking,
        .vocabulary = match->vocabulary,
        .words = words,
    };
    explain_entries(&explain, &json);
    explain_excluded(ranking, &json);
    engine_ranking_destroy(&ranking);
    published_release(match->published, &reader);
    words_release(&words);
    arena_destroy(&arena);
    return json.data;
}
