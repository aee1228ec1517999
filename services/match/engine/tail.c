#include "services/match/engine/tail.h"

#include "common/base/mem.h"
#include "services/match/engine/segment.h"

#include <stddef.h>
#include <stdlib.h>

/* Candidates are small and die together, so they share allocations. */
#define CHUNK_SIZE ((size_t)32 * 1024)

struct tail_chunk {
    struct tail_chunk *next;
    size_t used, size;
    _Alignas(max_align_t) uint8_t bytes[];
};

struct tail *tail_create(void)
{
    struct tail *tail = mem_alloc(sizeof *tail);
    atomic_init(&tail->references, 1);
    atomic_init(&tail->used, 0);
    memset(&tail->chains, 0, sizeof tail->chains);
    tail->chunks = NULL;
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
    while (self->chunks != NULL) {
        struct tail_chunk *chunk = self->chunks;
        self->chunks = chunk->next;
        mem_free(chunk);
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
/* Copies the facts in the order of their keys. Most candidates have few facts, and those often come
 * in order: of these only keys move, each with the place that its fact comes from. */
static void copy_sorted(struct engine_fact *to, const struct engine_fact *from, size_t count)
{
    uint64_t order[FEW];
    if (count > FEW) {
        memcpy(to, from, count * sizeof *to);
        qsort(to, count, sizeof *to, compare_facts);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t entry = (uint64_t)key_of(&from[i]) << 32 | i;
        size_t at = i;
        for (; at > 0 && order[at - 1] > entry; at--) {
            order[at] = order[at - 1];
        }
        order[at] = entry;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = from[(uint32_t)order[i]];
    }
}

static void *take(struct tail *tail, size_t size)
{
    const size_t alignment = _Alignof(max_align_t);
    const size_t taken = (size + alignment - 1) / alignment * alignment;
    struct tail_chunk *chunk = tail->chunks;
    if (chunk == NULL || taken > chunk->size - chunk->used) {
        const size_t room = taken > CHUNK_SIZE ? taken : CHUNK_SIZE;
        chunk = mem_alloc(sizeof *chunk + room);
        chunk->next = tail->chunks;
        chunk->used = 0;
        chunk->size = room;
        tail->chunks = chunk;
    }
    void *memory = chunk->bytes + chunk->used;
    chunk->used += taken;
    return memory;
}

size_t tail_put(struct tail *tail, size_t at, const struct engine_candidate *candidate)
{
    const size_t size = sizeof *candidate + candidate->fact_count * sizeof *candidate->facts;
    struct engine_candidate *copy = take(tail, size);
    struct engine_fact *facts = (struct engine_fact *)(copy + 1);
    *copy = *candidate;
    copy->facts = facts;
    copy_sorted(facts, candidate->facts, candidate->fact_count);
    memcpy(tail->ids[at], candidate->id, ENGINE_ID_SIZE);
    tail->items[at] = copy;
    chain_add(&tail->chains, tail_chain(candidate->id), (uint32_t)at);
    return size;
}
