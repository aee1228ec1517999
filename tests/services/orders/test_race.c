/* An order ends while people on its list are hired, leave, or are answered for: each is in one
 * state afterwards, nobody waits in a circle, and nothing that was recalled is still in force. */
#include "tests/services/shortlists/scene.h"

#include "common/base/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 60
#define RACERS 4

/* Each runs one statement a round, in the name of an actor, when all are ready. */
struct racer {
    const char *conninfo;
    enum actor actor;
    pthread_barrier_t *ready, *done;
    const char *text; /* of this round; NULL: no more */
    char refused[64]; /* "" when it went through */
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    const struct pg_context context = scene_context(racer->actor);
    struct session *session = NULL;

    if (session_open(racer->conninfo, "emnebank_front", &session, NULL) != 0)
        return NULL;
    for (;;) {
        struct error_detail detail = {{0}, {0}};
        const struct pg_result *rows = NULL;
        pthread_barrier_wait(racer->ready);
        if (!racer->text)
            break;
        racer->refused[0] = '\0';
        if (session_exec(session, "BEGIN", NULL) != 0 ||
            session_context(session, &context, NULL) != 0 ||
            session_query(session, racer->text, NULL, 0, &rows, &detail) != 0 ||
            session_exec(session, "COMMIT", &detail) != 0) {
            snprintf(racer->refused, sizeof racer->refused, "%.60s", detail.public_text);
            if (session_exec(session, "ROLLBACK", NULL) != 0)
                abort();
        }
        pthread_barrier_wait(racer->done);
    }
    session_close(&session);
    return NULL;
}

static void bring(struct scene *scene, const char *entry, bool released)
{
    scene_get(scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    if (!released)
        return;
    scene_get(scene, AARHUS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\":"
              " \"2026-11-20T10:00:00Z\", \"how\": \"telephone\", \"text_version\": \"2026-1\"}')",
              entry);
    scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    scene_get(scene, TEAM,
              "SELECT status FROM entry_release('POST', '/%s', 'k', 'f', '%s', 'public_task')",
              entry, entry);
}

static const char *state_of(struct scene *scene, const char *entry)
{
    return scene_root(scene, "SELECT state FROM shortlist_entry WHERE id = '%s'", entry);
}

/* One order: candidate 1 is hired, 2 leaves the pool, 3 is answered for, and meanwhile the order
 * ends. */
static void round_of(struct scene *scene, struct racer *racers, int round)
{
    const char *order = scene_order(scene);
    const char *entries[4];

    scene_shortlist(scene, order, 1, 3);
    for (int i = 1; i <= 3; i++) {
        entries[i] = scene_entry(scene, order, i);
        bring(scene, entries[i], i < 3);
    }
    racers[0].text = arena_printf(
        scene->arena, "SELECT status FROM order_set_state('%s', 0, '%s', '%s', NULL, NULL, NULL)",
        order, round % 2 ? "closed" : "filled", round % 2 ? "employer_withdrew" : "filled");
    racers[1].text = arena_printf(
        scene->arena, "SELECT status FROM entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')",
        entries[1]);
    racers[2].text =
        arena_printf(scene->arena,
                     "WITH held AS (SELECT id FROM candidate WHERE id = '%s' FOR UPDATE)"
                     " UPDATE candidate k SET withdrawn_at = now(), withdrawn_reason = 'moved'"
                     " FROM held WHERE k.id = held.id",
                     scene_candidate(scene, 2));
    racers[3].text = arena_printf(
        scene->arena, "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"no\"}')",
        entries[3]);
    pthread_barrier_wait(racers->ready);
    pthread_barrier_wait(racers->done);
    assert_string_equal(racers[0].refused, "");
    assert_string_equal(racers[2].refused, "");
    bool hired = racers[1].refused[0] == '\0';
    bool answered = racers[3].refused[0] == '\0';
    if (!hired)
        assert_true(str_starts(racers[1].refused, "answer-not-possible"));
    if (!answered)
        assert_true(str_starts(racers[3].refused, "state-conflict"));
    assert_string_equal(state_of(scene, entries[1]), hired ? "hired" : "obsolete");
    const char *left = state_of(scene, entries[2]);
    assert_true(str_equal(left, "withdrawn") || str_equal(left, "obsolete"));
    assert_string_equal(state_of(scene, entries[3]), answered ? "no" : "obsolete");
    assert_string_equal(scene_root(scene,
                                   "SELECT count(*) FROM release WHERE order_id = '%s'"
                                   " AND (release_in_force(id) OR revoked_at IS NULL AND"
                                   " entry_id <> '%s')",
                                   order, entries[1]),
                        "0");
    scene_root(scene, "UPDATE shortlist_entry SET hired_until = now() WHERE state = 'hired'");
    scene_root(scene, "UPDATE candidate SET withdrawn_at = NULL, withdrawn_reason = NULL");
}

static void an_order_ends_while_its_people_move(void **state)
{
    struct scene *scene = *state;
    static const enum actor actors[RACERS] = {TEAM, TEAM, AARHUS, AARHUS};
    /* Static: a test that fails leaves its racers where they wait. */
    static struct racer racers[RACERS];
    static pthread_barrier_t ready;
    static pthread_barrier_t done;
    pthread_t threads[RACERS];

    pthread_barrier_init(&ready, NULL, RACERS + 1);
    pthread_barrier_init(&done, NULL, RACERS + 1);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){
            .conninfo = scene->conninfo, .actor = actors[i], .ready = &ready, .done = &done};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++)
        round_of(scene, racers, round);
    for (int i = 0; i < RACERS; i++)
        racers[i].text = NULL;
    pthread_barrier_wait(&ready);
    for (int i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&ready);
    pthread_barrier_destroy(&done);
}

static int setup(void **state)
{
    *state = scene_open("orders_race");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_order_ends_while_its_people_move)};
    return cmocka_run_group_tests(tests, setup, scene_teardown);
}
