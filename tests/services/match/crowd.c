#include "tests/services/match/crowd.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void adopt(struct crowd *crowd, struct engine_snapshot *next)
{
    if (!crowd->kept) {
        engine_snapshot_destroy(&crowd->snapshot);
    }
    crowd->kept = false;
    crowd->snapshot = next;
}

struct engine_snapshot *crowd_keep(struct crowd *crowd)
{
    crowd->kept = true;
    return crowd->snapshot;
}

struct crowd *crowd_create(void)
{
    return mem_zalloc(sizeof(struct crowd));
}

void crowd_destroy(struct crowd **crowd)
{
    adopt(*crowd, NULL);
    mem_free(*crowd);
    *crowd = NULL;
}

/* Most people have one language, each once: lists of it are dense. */
static void teach(uint64_t *state, struct engine_candidate *own, struct engine_fact *facts)
{
    for (size_t f = 0; f < own->fact_count; f++) {
        if (facts[f].kind == ENGINE_LANGUAGE && facts[f].code == 1) {
            facts[f].kind = ENGINE_LICENCE;
        }
    }
    if (own->fact_count > 0 && generate_below(state, 5) != 0) {
        facts[0].kind = ENGINE_LANGUAGE;
        facts[0].code = 1;
    }
}

/* Gives a person a new life, and keeps who they are. */
static void renew(struct crowd *crowd, uint64_t *state, size_t person)
{
    static struct generate_pool drawn;
    struct engine_candidate *own = &crowd->people[person];
    uint8_t id[ENGINE_ID_SIZE];
    memcpy(id, own->id, sizeof id);
    const bool is_new = person == crowd->count;
    generate_candidates(state, &drawn, 1);
    *own = drawn.candidates[0];
    own->facts = crowd->facts[person];
    memcpy(crowd->facts[person], drawn.facts[0], sizeof drawn.facts[0]);
    teach(state, own, crowd->facts[person]);
    if (is_new) {
        crowd->count++;
    } else {
        memcpy(own->id, id, sizeof id);
    }
}

static void apply(struct crowd *crowd, const struct engine_candidate *changed, size_t count)
{
    struct engine_snapshot *next = NULL;
    assert_int_equal(engine_apply(crowd->snapshot, ++crowd->version, changed, count, &next), 0);
    adopt(crowd, next);
}

static void come(struct crowd *crowd, uint64_t *state, size_t count)
{
    const size_t first = crowd->count;
    for (size_t i = 0; i < count && crowd->count < CROWD_CAP; i++) {
        crowd->here[crowd->count] = true;
        renew(crowd, state, crowd->count);
    }
    apply(crowd, crowd->people + first, crowd->count - first);
}

/* A run of neighbours in the array, drawn anew or gone. */
static void change(struct crowd *crowd, uint64_t *state, size_t count)
{
    const size_t first = (size_t)generate_below(state, crowd->count);
    const size_t end = first + count < crowd->count ? first + count : crowd->count;
    for (size_t i = first; i < end; i++) {
        renew(crowd, state, i);
        crowd->here[i] = generate_below(state, 4) != 0;
        crowd->people[i].removed = !crowd->here[i];
    }
    apply(crowd, crowd->people + first, end - first);
}

static void compact(struct crowd *crowd, bool everything)
{
    struct engine_compaction *compaction = NULL;
    struct engine_snapshot *next = NULL;
    assert_int_equal(engine_compaction_run(crowd->snapshot, everything, &compaction), 0);
    assert_int_equal(engine_compaction_adopt(crowd->snapshot, compaction, &next), 0);
    engine_compaction_destroy(&compaction);
    adopt(crowd, next);
}

static void gather(struct crowd *crowd)
{
    crowd->present_count = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->here[i]) {
            crowd->present[crowd->present_count++] = crowd->people[i];
        }
    }
}

void crowd_step(struct crowd *crowd, uint64_t *state)
{
    switch (generate_below(state, 6)) {
    case 0:
        come(crowd, state, 1 + (size_t)generate_below(state, 40));
        break;
    case 1:
        come(crowd, state, 130 + (size_t)generate_below(state, 30)); /* more than a tail holds */
        break;
    case 2:
        compact(crowd, generate_below(state, 2) == 0);
        break;
    case 3:
        change(crowd, state, 1 + (size_t)generate_below(state, 60));
        break;
    default:
        change(crowd, state, 1 + (size_t)generate_below(state, 5));
        break;
    }
    gather(crowd);
}

void crowd_live(struct crowd *crowd, uint64_t *state, size_t count, size_t steps)
{
    crowd->count = 0;
    adopt(crowd, NULL);
    come(crowd, state, count);
    gather(crowd);
    for (size_t i = 0; i < steps; i++) {
        crowd_step(crowd, state);
    }
}
