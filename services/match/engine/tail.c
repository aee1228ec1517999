#include "services/match/engine/tail.h"

#include "common/base/mem.h"
#include "services/match/engine/segment.h"

#include <stdlib.h>
#include <string.h>

struct tail *tail_create(void)
{
    struct tail *tail = mem_zalloc(sizeof *tail);
    atomic_init(&tail->references, 1);
    atomic_init(&tail->used, 0);
    return tail;
}

void tail_hold(struct tail *tail)
{
    if (tail != NULL) {
        atomic_fetch_add_explicit(&tail->references, 1, memory_order_relaxed);
    }
}

void tail_release(struct tail **tail)
{
    struct tail *self = *tail;
    *tail = NULL;
    if (self == NULL ||
        atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < TAIL_CAP; i++) {
        mem_free(self->items[i]);
    }
    mem_free(self);
}

bool tail_claim(struct tail *tail, size_t from, size_t count)
{
    size_t expected = from;
    return count <= TAIL_CAP - from &&
           atomic_compare_exchange_strong(&tail->used, &expected, from + count);
}

static uint32_t key_of(const struct engine_fact *fact)
{
    return segment_key(fact->kind, fact->code);
}

static int compare_facts(const void *left, const void *right)
{
    const uint32_t left_key = key_of(left);
    const uint32_t right_key = key_of(right);
    return (left_key > right_key) - (left_key < right_key);
}

#define FEW 64
/* Most candidates have few facts, and those often come in order. */
static void sort_facts(struct engine_fact *facts, size_t count)
{
    if (count > FEW) {
        qsort(facts, count, sizeof *facts, compare_facts);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct engine_fact fact = facts[i];
        size_t to = i;
        for (; to > 0 && key_of(&facts[to - 1]) > key_of(&fact); to--) {
            facts[to] = facts[to - 1];
        }
        facts[to] = fact;
    }
}

size_t tail_cost(const struct engine_candidate *candidate)
{
    return sizeof *candidate + candidate->fact_count * sizeof *candidate->facts;
}

void tail_put(struct tail *tail, size_t at, const struct engine_candidate *candidate)
{
    struct engine_candidate *copy = mem_alloc(tail_cost(candidate));
    struct engine_fact *facts = (struct engine_fact *)(copy + 1);
    *copy = *candidate;
    copy->facts = facts;
    if (candidate->fact_count > 0) {
        memcpy(facts, candidate->facts, candidate->fact_count * sizeof *facts);
        sort_facts(facts, candidate->fact_count);
    }
    memcpy(tail->ids[at], candidate->id, ENGINE_ID_SIZE);
    tail->items[at] = copy;
}
