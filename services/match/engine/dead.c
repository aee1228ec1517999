#include "services/match/engine/dead.h"

#include "common/base/mem.h"

#include <string.h>

void dead_hold(struct dead *dead)
{
    if (dead != NULL) {
        atomic_fetch_add_explicit(&dead->references, 1, memory_order_relaxed);
    }
}

/* True when that was the last reference. */
static bool let_go(atomic_size_t *references)
{
    return atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

static void release_group(struct dead_group *group)
{
    if (group == NULL || !let_go(&group->references)) {
        return;
    }
    for (size_t i = 0; i < DEAD_GROUP; i++) {
        if (group->blocks[i] != NULL && let_go(&group->blocks[i]->references)) {
            mem_free(group->blocks[i]);
        }
    }
    mem_free(group);
}

void dead_release(struct dead **dead)
{
    struct dead *self = *dead;
    *dead = NULL;
    if (self == NULL || !let_go(&self->references)) {
        return;
    }
    for (uint32_t i = 0; i < self->group_count; i++) {
        release_group(self->groups[i]);
    }
    mem_free(self);
}

static bool shared(atomic_size_t *references)
{
    return atomic_load_explicit(references, memory_order_acquire) > 1;
}

/* The table of the caller's own: new, as it is, or a copy that holds what the old one holds. */
static struct dead *own_table(struct dead **dead, uint32_t block_count)
{
    struct dead *old = *dead;
    if (old != NULL && !shared(&old->references)) {
        return old;
    }
    const uint32_t groups = (block_count + DEAD_GROUP - 1) / DEAD_GROUP;
    const size_t size = sizeof *old + groups * sizeof old->groups[0];
    struct dead *table = mem_zalloc(size);
    atomic_init(&table->references, 1);
    table->group_count = groups;
    table->bytes = old != NULL ? old->bytes : size;
    for (uint32_t i = 0; old != NULL && i < groups; i++) {
        table->groups[i] = old->groups[i];
        if (table->groups[i] != NULL) {
            atomic_fetch_add_explicit(&table->groups[i]->references, 1, memory_order_relaxed);
        }
    }
    dead_release(dead);
    *dead = table;
    return table;
}

static struct dead_group *own_group(struct dead *table, uint32_t at)
{
    struct dead_group *old = table->groups[at];
    if (old != NULL && !shared(&old->references)) {
        return old;
    }
    struct dead_group *group = mem_zalloc(sizeof *group);
    atomic_init(&group->references, 1);
    table->bytes += old != NULL ? 0 : sizeof *group;
    for (size_t i = 0; old != NULL && i < DEAD_GROUP; i++) {
        group->blocks[i] = old->blocks[i];
        if (group->blocks[i] != NULL) {
            atomic_fetch_add_explicit(&group->blocks[i]->references, 1, memory_order_relaxed);
        }
    }
    release_group(old);
    table->groups[at] = group;
    return group;
}

static struct dead_block *own_block(struct dead *table, struct dead_group *group, uint32_t at)
{
    struct dead_block *old = group->blocks[at];
    if (old != NULL && !shared(&old->references)) {
        return old;
    }
    struct dead_block *block = mem_zalloc(sizeof *block);
    atomic_init(&block->references, 1);
    table->bytes += old != NULL ? 0 : sizeof *block;
    if (old != NULL) {
        memcpy(block->bits, old->bits, sizeof block->bits);
        if (let_go(&old->references)) {
            mem_free(old);
        }
    }
    group->blocks[at] = block;
    return block;
}

void dead_mark(struct dead **dead, uint32_t block_count, uint32_t block, uint32_t local)
{
    struct dead *table = own_table(dead, block_count);
    struct dead_group *group = own_group(table, block / DEAD_GROUP);
    struct dead_block *bits = own_block(table, group, block % DEAD_GROUP);
    bits->bits[local / 64] |= UINT64_C(1) << (local % 64);
}
