/* What changes a pool: caps, refusals, what is shared, compaction beside it, and many threads. */
#include "common/base/mem.h"
#include "tests/services/match/generate.h"
#include "tests/services/match/model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    uint64_t state;
    struct model *model;
    struct engine_snapshot *snapshot;
    struct engine_candidate changed[MODEL_PEOPLE];
};

static struct scene *scene_create(uint64_t seed)
{
    struct scene *scene = mem_zalloc(sizeof *scene);
    scene->state = seed;
    scene->model = model_create();
    assert_int_equal(engine_apply(NULL, 1, NULL, 0, &scene->snapshot), 0);
    return scene;
}

static void scene_destroy(struct scene *scene)
{
    engine_snapshot_destroy(&scene->snapshot);
    model_destroy(&scene->model);
    mem_free(scene);
}

static void replace(struct scene *scene, struct engine_snapshot *next)
{
    engine_snapshot_destroy(&scene->snapshot);
    scene->snapshot = next;
}

static void change(struct scene *scene, size_t count)
{
    struct engine_snapshot *next = NULL;
    model_change(scene->model, &scene->state, count, scene->changed);
    assert_int_equal(engine_apply(scene->snapshot, engine_snapshot_version(scene->snapshot) + 1,
                                  scene->changed, count, &next),
                     0);
    replace(scene, next);
}

/* ---- refusals ---- */

static void assert_refused(const struct scene *scene, const struct engine_candidate *changed,
                           size_t count, int error)
{
    struct engine_snapshot *next = NULL;
    assert_int_equal(engine_apply(scene->snapshot, 9, changed, count, &next), error);
    assert_null(next);
    model_check(scene->model, scene->snapshot);
}

static void what_cannot_be_is_refused(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(1);
    change(scene, 200);
    struct engine_fact fact = {.kind = ENGINE_KIND_COUNT, .code = 1};
    struct engine_candidate who = {.id = {7}, .facts = &fact, .fact_count = 1};
    assert_refused(scene, &who, 1, ERROR_INVALID);
    fact = (struct engine_fact){.kind = ENGINE_COMPETENCE, .code = UINT32_C(1) << 29};
    assert_refused(scene, &who, 1, ERROR_INVALID);
    fact.code = 1;
    who.place = (struct engine_place){.latitude = 90000001, .longitude = 0};
    assert_refused(scene, &who, 1, ERROR_INVALID);
    who.place = (struct engine_place){.latitude = 0, .longitude = -180000001};
    assert_refused(scene, &who, 1, ERROR_INVALID);
    scene_destroy(scene);
}

static void nobody_changes_twice_at_once(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(2);
    change(scene, 200);
    struct engine_candidate changed[300];
    for (size_t count = 2; count <= 300; count += count < 40 ? 1 : 130) {
        for (size_t i = 0; i < count; i++) {
            changed[i] = (struct engine_candidate){.id = {1, (uint8_t)i, (uint8_t)(i >> 8)},
                                                   .place = ENGINE_NO_PLACE,
                                                   .removed = i % 2};
        }
        memcpy(changed[count - 1].id, changed[count / 3].id, ENGINE_ID_SIZE);
        assert_refused(scene, changed, count, ERROR_INVALID);
    }
    scene_destroy(scene);
}

/* ---- the cap on memory ---- */

static void a_change_over_the_cap_leaves_all_as_it_was(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(3);
    change(scene, 300);
    engine_snapshot_limit(scene->snapshot, engine_snapshot_bytes(scene->snapshot) + 4000);
    bool refused = false;
    for (size_t count = 1; count < 300; count += 7) {
        struct model *before = model_copy(scene->model);
        struct engine_snapshot *next = NULL;
        model_change(scene->model, &scene->state, count, scene->changed);
        const int error = engine_apply(scene->snapshot, 2, scene->changed, count, &next);
        if (error == 0) {
            assert_in_range(engine_snapshot_bytes(next), 1, scene->snapshot->bytes_cap);
            replace(scene, next);
            model_destroy(&before);
        } else {
            assert_int_equal(error, ERROR_LIMIT);
            refused = true;
            model_destroy(&scene->model);
            scene->model = before;
        }
        model_check(scene->model, scene->snapshot);
    }
    assert_true(refused);
    engine_snapshot_limit(scene->snapshot, 0);
    change(scene, 400);
    model_check(scene->model, scene->snapshot);
    scene_destroy(scene);
}

static void bytes_are_those_of_the_parts(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(4);
    change(scene, 500);
    const struct segment *segment = scene->snapshot->pieces[0].segment;
    assert_true(engine_snapshot_bytes(scene->snapshot) >= segment->bytes + sizeof *scene->snapshot);
    assert_true(segment->bytes >= segment->count * (ENGINE_ID_SIZE + sizeof(struct attributes)) +
                                      segment->posting_count * (size_t)5);
    const size_t before = engine_snapshot_bytes(scene->snapshot);
    change(scene, 5);
    assert_true(engine_snapshot_bytes(scene->snapshot) > before);
    scene_destroy(scene);
}

/* ---- what successors share ---- */

#define PEOPLE 5000

/* People in a row from south to north, in one piece of several blocks. */
static struct engine_snapshot *row_of(struct engine_candidate *people)
{
    struct engine_snapshot *snapshot = NULL;
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = (struct engine_candidate){
            .id = {(uint8_t)i, (uint8_t)(i >> 8)},
            .place = {.latitude = 55000000 + (int32_t)i * 100, .longitude = 10000000}};
    }
    assert_int_equal(engine_apply(NULL, 1, people, PEOPLE, &snapshot), 0);
    assert_true(snapshot->pieces[0].segment->block_count > 3);
    return snapshot;
}

/* Applies that this one leaves. */
static struct engine_snapshot *without(const struct engine_snapshot *snapshot,
                                       const struct engine_candidate *who)
{
    struct engine_candidate gone = {.removed = true};
    struct engine_snapshot *next = NULL;
    memcpy(gone.id, who->id, ENGINE_ID_SIZE);
    assert_int_equal(engine_apply(snapshot, snapshot->version + 1, &gone, 1, &next), 0);
    return next;
}

static bool is_in(const struct engine_snapshot *snapshot, const struct engine_candidate *who)
{
    struct snapshot_at at;
    return snapshot_find(snapshot, who->id, &at) == 0;
}

static void one_change_copies_no_bits(void **unused)
{
    (void)unused;
    static struct engine_candidate people[PEOPLE];
    uint64_t room[BLOCK_CAP / 64];
    struct engine_snapshot *first = row_of(people);
    struct engine_snapshot *second = without(first, &people[0]);
    struct engine_snapshot *third = without(second, &people[PEOPLE - 1]);
    assert_ptr_equal(first->ground, third->ground);
    assert_null(third->pieces[0].dead);
    const uint32_t last = first->pieces[0].segment->block_count - 1;
    assert_null(snapshot_dead_bits(first, 0, 0, room));
    assert_non_null(snapshot_dead_bits(second, 0, 0, room));
    assert_null(snapshot_dead_bits(second, 0, last, room));
    assert_ptr_equal(snapshot_dead_bits(third, 0, last, room), room);
    size_t dead = 0;
    for (size_t word = 0; word < BLOCK_CAP / 64; word++) {
        dead += (size_t)__builtin_popcountll(room[word]);
    }
    assert_int_equal(dead, 1);
    assert_int_equal(engine_snapshot_count(third), PEOPLE - 2);
    assert_true(is_in(first, &people[0]) && is_in(second, &people[PEOPLE - 1]));
    assert_false(is_in(third, &people[0]) || is_in(third, &people[PEOPLE - 1]));
    engine_snapshot_destroy(&second);
    engine_snapshot_destroy(&first);
    assert_false(is_in(third, &people[0]));
    engine_snapshot_destroy(&third);
}

/* Two successors of one snapshot know nothing of each other. */
static void a_snapshot_has_two_successors(void **unused)
{
    (void)unused;
    static struct engine_candidate people[PEOPLE];
    struct engine_snapshot *first = row_of(people);
    struct engine_snapshot *left = without(first, &people[1]);
    struct engine_snapshot *right = without(first, &people[2]);
    struct engine_snapshot *after = without(left, &people[3]);
    assert_ptr_equal(first->ground, after->ground);
    assert_ptr_not_equal(first->ground, right->ground);
    assert_true(is_in(left, &people[2]) && is_in(right, &people[1]) && is_in(right, &people[3]));
    assert_false(is_in(after, &people[1]) || is_in(after, &people[3]) || is_in(right, &people[2]));
    engine_snapshot_destroy(&first);
    engine_snapshot_destroy(&left);
    engine_snapshot_destroy(&right);
    engine_snapshot_destroy(&after);
}

static void more_leave_than_the_log_has_graves(void **unused)
{
    (void)unused;
    static struct engine_candidate people[PEOPLE];
    struct engine_snapshot *first = row_of(people);
    struct engine_snapshot *newest = without(first, &people[0]);
    size_t most = 0;
    for (size_t i = 1; i < GROUND_GRAVES * 3; i++) {
        struct engine_snapshot *next = without(newest, &people[i]);
        engine_snapshot_destroy(&newest);
        newest = next;
        most = newest->grave_count > most ? newest->grave_count : most;
        assert_int_equal(newest->count, PEOPLE - 1 - i);
    }
    assert_int_equal(most, GROUND_GRAVES);
    assert_ptr_not_equal(first->ground, newest->ground);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_true(is_in(first, &people[i]));
        assert_int_equal(is_in(newest, &people[i]), i >= (size_t)GROUND_GRAVES * 3);
    }
    engine_snapshot_destroy(&first);
    engine_snapshot_destroy(&newest);
}

/* ---- when nobody compacts, and when two do ---- */

static void apply_compacts_when_nobody_else_does(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(5);
    for (size_t i = 0; i < 120; i++) {
        change(scene, 200);
        assert_in_range(scene->snapshot->piece_count, 1, SNAPSHOT_SEGMENTS_CAP - 1);
        if (i % 10 == 9) {
            model_check(scene->model, scene->snapshot);
        }
    }
    scene_destroy(scene);
}

static void a_compaction_that_comes_too_late_is_refused(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(6);
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    for (size_t i = 0; i < 10; i++) {
        change(scene, 200);
    }
    assert_int_equal(engine_compaction_run(scene->snapshot, true, &compaction), 0);
    for (size_t i = 0; i < 40; i++) {
        change(scene, 200);
    }
    assert_int_equal(engine_compaction_adopt(scene->snapshot, compaction, &next), ERROR_CONFLICT);
    assert_null(next);
    model_check(scene->model, scene->snapshot);
    engine_compaction_destroy(&compaction);
    scene_destroy(scene);
}

static void compaction_keeps_the_pieces_few(void **unused)
{
    (void)unused;
    struct scene *scene = scene_create(7);
    for (size_t i = 0; i < 3000; i++) {
        change(scene, 1 + i % 3);
        if (!engine_compaction_due(scene->snapshot)) {
            continue;
        }
        struct engine_compaction *compaction = NULL;
        struct engine_snapshot *next = NULL;
        assert_int_equal(engine_compaction_run(scene->snapshot, false, &compaction), 0);
        assert_int_equal(engine_compaction_adopt(scene->snapshot, compaction, &next), 0);
        engine_compaction_destroy(&compaction);
        replace(scene, next);
        assert_false(engine_compaction_due(scene->snapshot));
        assert_in_range(scene->snapshot->piece_count, 0, 8);
    }
    model_check(scene->model, scene->snapshot);
    scene_destroy(scene);
}

/* ---- threads ---- */

#define READERS 3
#define VERSIONS 400

/* The writer makes version after version; readers read any that is out; one thread compacts. */
struct crowded {
    struct scene *scene;
    struct engine_snapshot *versions[VERSIONS]; /* alive until all have joined */
    size_t counts[VERSIONS];
    atomic_size_t out; /* how many */
    _Atomic(struct engine_compaction *) done;
    atomic_int wrong;
};

static size_t count_facts(const struct engine_snapshot *snapshot)
{
    size_t living = 0;
    for (size_t p = 0; p < snapshot->piece_count; p++) {
        const struct segment *segment = snapshot->pieces[p].segment;
        for (uint32_t i = 0; i < segment->count; i++) {
            struct snapshot_at at;
            size_t facts = 0;
            if (snapshot_find(snapshot, segment->ids[i], &at) == 0 && at.piece == p &&
                at.candidate == i &&
                engine_snapshot_facts(snapshot, segment->ids[i], NULL, 0, &facts) == 0) {
                living++;
            }
        }
    }
    for (size_t i = 0; i < snapshot->tail_count; i++) {
        living += snapshot_tail_dead(snapshot, i) ? 0 : 1;
    }
    return living;
}

static void *read_on(void *argument)
{
    struct crowded *crowded = argument;
    size_t version = 0;
    while (version + 1 < VERSIONS) {
        const size_t out = atomic_load(&crowded->out);
        if (out > version + 1) {
            version = out - 1;
            if (count_facts(crowded->versions[version]) != crowded->counts[version]) {
                atomic_fetch_add(&crowded->wrong, 1);
            }
        }
    }
    return NULL;
}

static void *compact_on(void *argument)
{
    struct crowded *crowded = argument;
    for (;;) {
        const size_t out = atomic_load(&crowded->out);
        if (out == VERSIONS) {
            return NULL;
        }
        struct engine_compaction *compaction = NULL;
        if (out == 0 || atomic_load(&crowded->done) != NULL ||
            !engine_compaction_due(crowded->versions[out - 1])) {
            continue;
        }
        if (engine_compaction_run(crowded->versions[out - 1], out % 5 == 0, &compaction) != 0) {
            atomic_fetch_add(&crowded->wrong, 1);
        }
        atomic_store(&crowded->done, compaction);
    }
}

static struct engine_snapshot *next_version(struct crowded *crowded, size_t version)
{
    struct engine_snapshot *next = NULL;
    struct engine_compaction *compaction = atomic_load(&crowded->done);
    const struct engine_snapshot *newest = version > 0 ? crowded->versions[version - 1] : NULL;
    if (compaction == NULL) {
        struct scene *scene = crowded->scene;
        const size_t count = version % 9 == 0 ? 150 : 1 + version % 4;
        model_change(scene->model, &scene->state, count, scene->changed);
        assert_int_equal(engine_apply(newest, (int64_t)version, scene->changed, count, &next), 0);
        return next;
    }
    const int error = engine_compaction_adopt(newest, compaction, &next);
    engine_compaction_destroy(&compaction);
    atomic_store(&crowded->done, NULL);
    if (error != 0) {
        assert_int_equal(error, ERROR_CONFLICT);
        return next_version(crowded, version);
    }
    return next;
}

/* Every third version from `argument` on, so that three threads let go of all of them at once. */
struct leaving {
    struct crowded *crowded;
    size_t first;
};

static void *let_go(void *argument)
{
    struct leaving *leaving = argument;
    for (size_t i = leaving->first; i < VERSIONS; i += READERS) {
        engine_snapshot_destroy(&leaving->crowded->versions[i]);
    }
    return NULL;
}

static void readers_a_writer_and_a_compactor_get_along(void **unused)
{
    (void)unused;
    struct crowded *crowded = mem_zalloc(sizeof *crowded);
    pthread_t threads[READERS + 1];
    struct leaving leaving[READERS];
    crowded->scene = scene_create(8);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, crowded), 0);
    }
    assert_int_equal(pthread_create(&threads[READERS], NULL, compact_on, crowded), 0);
    for (size_t version = 0; version < VERSIONS; version++) {
        crowded->versions[version] = next_version(crowded, version);
        crowded->counts[version] = crowded->scene->model->count;
        atomic_store(&crowded->out, version + 1);
    }
    for (size_t i = 0; i <= READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    model_check(crowded->scene->model, crowded->versions[VERSIONS - 1]);
    for (size_t i = 0; i < READERS; i++) {
        leaving[i] = (struct leaving){.crowded = crowded, .first = i};
        assert_int_equal(pthread_create(&threads[i], NULL, let_go, &leaving[i]), 0);
    }
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    struct engine_compaction *compaction = atomic_load(&crowded->done);
    engine_compaction_destroy(&compaction);
    assert_int_equal(atomic_load(&crowded->wrong), 0);
    scene_destroy(crowded->scene);
    mem_free(crowded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(nobody_changes_twice_at_once),
        cmocka_unit_test(a_change_over_the_cap_leaves_all_as_it_was),
        cmocka_unit_test(bytes_are_those_of_the_parts),
        cmocka_unit_test(one_change_copies_no_bits),
        cmocka_unit_test(a_snapshot_has_two_successors),
        cmocka_unit_test(more_leave_than_the_log_has_graves),
        cmocka_unit_test(apply_compacts_when_nobody_else_does),
        cmocka_unit_test(a_compaction_that_comes_too_late_is_refused),
        cmocka_unit_test(compaction_keeps_the_pieces_few),
        cmocka_unit_test(readers_a_writer_and_a_compactor_get_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
