/*
 * Readers rank while a writer swaps one snapshot after another in: every reader sees one whole
 * version, and the last one to let go frees it. Meant for the thread sanitizer too.
 */
#include "services/match/published.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define READERS 4
#define VERSIONS 300
#define CANDIDATES 50

struct scene {
    struct published *published;
    struct engine_vocabulary *vocabulary;
    atomic_bool done;
    atomic_int rankings;
    atomic_int wrong;
};

/* In version v every candidate has the one competence at level 1 + v % 5. */
static struct engine_snapshot *next_version(const struct engine_snapshot *previous, int64_t version,
                                            uint32_t code)
{
    const struct engine_fact fact = {.kind = ENGINE_COMPETENCE,
                                     .code = code,
                                     .level = (uint8_t)(1 + version % 5),
                                     .valid_until = ENGINE_NO_DAY,
                                     .last_used = ENGINE_NO_DAY};
    struct engine_candidate candidates[CANDIDATES];
    for (size_t i = 0; i < CANDIDATES; i++) {
        candidates[i] = (struct engine_candidate){
            .id = {(uint8_t)i},
            .place = ENGINE_NO_PLACE,
            .work = ENGINE_PERMANENT,
            .facts = &fact,
            .fact_count = 1,
        };
    }
    struct engine_snapshot *next = NULL;
    assert_int_equal(engine_apply(previous, version, candidates, CANDIDATES, &next), 0);
    return next;
}

static void *read_on(void *argument)
{
    struct scene *scene = argument;
    int64_t seen = 0;
    while (!atomic_load(&scene->done)) {
        const uint32_t occupation = engine_vocabulary_find(scene->vocabulary, "7114.8");
        const struct engine_requirement requirement = {
            .kind = ENGINE_COMPETENCE,
            .code = engine_vocabulary_find(scene->vocabulary, "formwork"),
            .weight = 5,
            .minimum_level = 5};
        const struct engine_order order = {.occupations = &occupation,
                                           .occupation_count = 1,
                                           .requirements = &requirement,
                                           .requirement_count = 1,
                                           .place = ENGINE_NO_PLACE,
                                           .end = ENGINE_NO_DAY,
                                           .work = ENGINE_PERMANENT};
        struct engine_ranking *ranking = NULL;
        struct published_reader *reader = published_take(scene->published);
        const int error = engine_rank(published_snapshot(reader), &order, CANDIDATES, &ranking);
        published_release(scene->published, &reader);
        if (error != 0) {
            atomic_fetch_add(&scene->wrong, 1);
            break;
        }
        const int level = (int)(1 + ranking->version % 5);
        const int points = level == 5 ? 500 : level == 4 ? 250 : 0;
        bool right = ranking->version >= seen && ranking->count == CANDIDATES;
        for (size_t i = 0; i < ranking->count; i++) {
            right = right && ranking->entries[i].score == points;
        }
        seen = ranking->version;
        engine_ranking_destroy(&ranking);
        atomic_fetch_add(&scene->rankings, 1);
        atomic_fetch_add(&scene->wrong, right ? 0 : 1);
    }
    return NULL;
}

static void readers_see_whole_versions_while_a_writer_swaps(void **state)
{
    (void)state;
    struct scene scene = {.published = published_create(),
                          .vocabulary = engine_vocabulary_create()};
    const uint32_t code = engine_vocabulary_add(scene.vocabulary, "formwork");
    assert_null(published_take(scene.published));
    assert_int_equal(published_version(scene.published), -1);
    published_swap(scene.published, next_version(NULL, 0, code));

    pthread_t threads[READERS];
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &scene), 0);
    }
    int64_t version = 1;
    while (version < VERSIONS || atomic_load(&scene.rankings) < 10 * READERS) {
        char word[16] = {(char)('a' + version % 26), (char)('a' + version / 26 % 26), '\0'};
        engine_vocabulary_add(scene.vocabulary, word);
        struct published_reader *reader = published_take(scene.published);
        struct engine_snapshot *next = next_version(published_snapshot(reader), version, code);
        published_swap(scene.published, next);
        published_release(scene.published, &reader);
        version++;
    }
    atomic_store(&scene.done, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&scene.wrong), 0);
    assert_int_equal(published_version(scene.published), version - 1);
    published_destroy(&scene.published);
    engine_vocabulary_destroy(&scene.vocabulary);
}

static void a_reader_keeps_what_it_holds(void **state)
{
    (void)state;
    struct published *published = published_create();
    published_swap(published, next_version(NULL, 1, 1));
    struct published_reader *reader = published_take(published);
    published_swap(published, next_version(NULL, 2, 1));
    assert_int_equal(engine_snapshot_version(published_snapshot(reader)), 1);
    assert_int_equal(published_version(published), 2);
    published_release(published, &reader);
    assert_null(reader);
    published_destroy(&published);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_versions_while_a_writer_swaps),
        cmocka_unit_test(a_reader_keeps_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
