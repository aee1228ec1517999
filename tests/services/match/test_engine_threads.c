/* Queries on several threads while the pool goes on changing (run it under `tsan`): each sees one
 * version, whole, and gets the answer that a query of that version alone would get. */
#include "tests/services/match/crowd.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define READERS 3
#define VERSIONS 40
#define K 10

/* Every version stays until the end, so that readers need not ask who frees it. */
struct stage {
    _Atomic(const struct engine_snapshot *) newest;
    atomic_bool over;
    struct generate_order order;
};

struct seen {
    const struct engine_snapshot *snapshot;
    size_t found, count;
    struct engine_standing standings[K];
};

struct reader {
    pthread_t thread;
    struct stage *stage;
    size_t count;
    struct seen seen[VERSIONS];
};

static void look(struct reader *reader, struct engine_scratch *scratch)
{
    const struct engine_snapshot *snapshot = atomic_load(&reader->stage->newest);
    const struct engine_answer *answer = NULL;
    if (engine_query(snapshot, &reader->stage->order.order, ENGINE_NEAR_MISS, K, scratch,
                     &answer) != 0) {
        abort();
    }
    if (reader->count > 0 && reader->seen[reader->count - 1].snapshot == snapshot) {
        reader->count--; /* the same version again: the answer that came last is kept */
    }
    struct seen *seen = &reader->seen[reader->count++];
    *seen = (struct seen){.snapshot = snapshot, .found = answer->found, .count = answer->count};
    memcpy(seen->standings, answer->standings, answer->count * sizeof *answer->standings);
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;
    struct engine_scratch *scratch = engine_scratch_create();
    do {
        look(reader, scratch);
    } while (!atomic_load(&reader->stage->over));
    engine_scratch_destroy(&scratch);
    return NULL;
}

static void assert_answers(const struct reader *reader, struct engine_scratch *scratch)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct seen *seen = &reader->seen[i];
        const struct engine_answer *answer = NULL;
        assert_int_equal(engine_query(seen->snapshot, &reader->stage->order.order, ENGINE_NEAR_MISS,
                                      K, scratch, &answer),
                         0);
        assert_int_equal(seen->found, answer->found);
        assert_int_equal(seen->count, answer->count);
        for (size_t s = 0; s < seen->count; s++) {
            assert_memory_equal(seen->standings[s].id, answer->standings[s].id, ENGINE_ID_SIZE);
            assert_int_equal(seen->standings[s].score, answer->standings[s].score);
            assert_int_equal(seen->standings[s].tied, answer->standings[s].tied);
        }
    }
}

static void readers_see_whole_versions(void **state)
{
    (void)state;
    static struct stage stage;
    static struct reader readers[READERS];
    static struct engine_snapshot *versions[VERSIONS];
    struct crowd *crowd = crowd_create();
    uint64_t random = 21;
    crowd_live(crowd, &random, 1500, 2);
    generate_order(&random, &stage.order);
    atomic_store(&stage.newest, crowd->snapshot);
    for (size_t i = 0; i < READERS; i++) {
        readers[i].stage = &stage;
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
    }
    for (size_t v = 0; v < VERSIONS - 1; v++) {
        versions[v] = crowd_keep(crowd);
        crowd_step(crowd, &random);
        atomic_store(&stage.newest, crowd->snapshot);
    }
    atomic_store(&stage.over, true);
    struct engine_scratch *scratch = engine_scratch_create();
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        assert_true(readers[i].count > 0);
        assert_answers(&readers[i], scratch);
    }
    engine_scratch_destroy(&scratch);
    for (size_t v = 0; v < VERSIONS - 1; v++) {
        engine_snapshot_destroy(&versions[v]);
    }
    crowd_destroy(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readers_see_whole_versions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
