/* Whatever happens to the pool, every snapshot of it that is still held is what it was. */
#include "common/base/mem.h"
#include "tests/services/match/generate.h"
#include "tests/services/match/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HELD 5
#define ROUNDS 60
#define STEPS 40

struct history {
    uint64_t state;
    struct engine_candidate changed[MODEL_PEOPLE];
    struct model *models[HELD]; /* the newest first */
    struct engine_snapshot *snapshots[HELD];
    int64_t version;
};

static void forget(struct history *history, size_t at)
{
    engine_snapshot_destroy(&history->snapshots[at]);
    if (history->models[at] != NULL) {
        model_destroy(&history->models[at]);
    }
}

/* A new newest; one of the older ones makes room. */
static void push(struct history *history, struct model *model, struct engine_snapshot *snapshot)
{
    const size_t out = 1 + generate_below(&history->state, HELD - 1);
    forget(history, out);
    for (size_t i = out; i > 0; i--) {
        history->models[i] = history->models[i - 1];
        history->snapshots[i] = history->snapshots[i - 1];
    }
    history->models[0] = model;
    history->snapshots[0] = snapshot;
}

static size_t some(uint64_t *state)
{
    switch (generate_below(state, 8)) {
    case 0:
        return 0;
    case 1:
        return generate_below(state, MODEL_PEOPLE + 1);
    case 2:
        return generate_below(state, 140);
    default:
        return 1 + generate_below(state, 3);
    }
}

/* From `from` (seldom an older one than the newest) to a new newest. */
static void change(struct history *history, size_t from)
{
    struct model *model = model_copy(history->models[from]);
    struct engine_snapshot *next = NULL;
    const size_t count = some(&history->state);
    model_change(model, &history->state, count, history->changed);
    history->version++;
    assert_int_equal(
        engine_apply(history->snapshots[from], history->version, history->changed, count, &next),
        0);
    assert_int_equal(engine_snapshot_version(next), history->version);
    push(history, model, next);
}

/* Compacts, with `meanwhile` changes between the beginning and the end of it. */
static void compact(struct history *history, bool everything, size_t meanwhile)
{
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    assert_int_equal(engine_compaction_run(history->snapshots[0], everything, &compaction), 0);
    for (size_t i = 0; i < meanwhile; i++) {
        change(history, 0);
    }
    const int error = engine_compaction_adopt(history->snapshots[0], compaction, &next);
    engine_compaction_destroy(&compaction);
    if (error != 0) {
        assert_int_equal(error, ERROR_CONFLICT);
        assert_true(meanwhile > 0);
        return;
    }
    assert_int_equal(engine_snapshot_version(next), history->version);
    if (meanwhile == 0) {
        assert_false(engine_compaction_due(next));
    }
    if (everything && meanwhile == 0) {
        assert_int_equal(next->piece_count, history->models[0]->count > 0 ? 1 : 0);
        assert_int_equal(next->tail_count, 0);
    }
    push(history, model_copy(history->models[0]), next);
}

static void step(struct history *history)
{
    uint64_t *state = &history->state;
    const uint64_t what = generate_below(state, 12);
    if (what == 0) {
        compact(history, true, generate_below(state, 2) * generate_below(state, 12));
    } else if (what == 1 || (what < 6 && engine_compaction_due(history->snapshots[0]))) {
        compact(history, false, generate_below(state, 2) * generate_below(state, 12));
    } else {
        size_t from = generate_below(state, 10) == 0 ? generate_below(state, HELD) : 0;
        from = history->snapshots[from] != NULL ? from : 0;
        change(history, from);
    }
}

static void every_held_snapshot_is_what_it_was(void **unused)
{
    (void)unused;
    struct history *history = mem_zalloc(sizeof *history);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        history->state = round + 1;
        history->models[0] = model_create();
        assert_int_equal(engine_apply(NULL, 0, NULL, 0, &history->snapshots[0]), 0);
        history->version = 0;
        for (size_t i = 0; i < STEPS; i++) {
            step(history);
            if (i % 8 == 7) {
                for (size_t held = 0; held < HELD && history->models[held] != NULL; held++) {
                    model_check(history->models[held], history->snapshots[held]);
                }
            }
        }
        for (size_t held = 0; held < HELD; held++) {
            forget(history, held);
        }
    }
    mem_free(history);
}

static void after_every_single_change_the_pool_is_right(void **unused)
{
    (void)unused;
    struct history *history = mem_zalloc(sizeof *history);
    history->state = 99;
    history->models[0] = model_create();
    assert_int_equal(engine_apply(NULL, 0, NULL, 0, &history->snapshots[0]), 0);
    for (size_t i = 0; i < 300; i++) {
        step(history);
        model_check(history->models[0], history->snapshots[0]);
    }
    for (size_t held = 0; held < HELD; held++) {
        forget(history, held);
    }
    mem_free(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_held_snapshot_is_what_it_was),
        cmocka_unit_test(after_every_single_change_the_pool_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
