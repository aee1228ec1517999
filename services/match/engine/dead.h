/*
 * Which candidates of a segment have left, as bits per block, shared by successive grounds: what
 * one of them changes it copies first, along one path (a table of groups of blocks). Immutable once
 * its ground is out; counted references.
 */
#pragma once

#include "services/match/engine/segment.h"

#define DEAD_GROUP 32

struct dead_block {
    atomic_size_t references;
    uint64_t bits[BLOCK_CAP / 64];
};

struct dead_group {
    atomic_size_t references;
    struct dead_block *blocks[DEAD_GROUP]; /* NULL: nobody of the block */
};

struct dead {
    atomic_size_t references;
    size_t bytes; /* of all that hangs here */
    uint32_t group_count;
    struct dead_group *groups[]; /* NULL: nobody of these blocks */
};

static inline const uint64_t *dead_bits(const struct dead *dead, uint32_t block)
{
    const struct dead_group *group = dead->groups[block / DEAD_GROUP];
    const struct dead_block *bits = group != NULL ? group->blocks[block % DEAD_GROUP] : NULL;
    return bits != NULL ? bits->bits : NULL;
}

/* Marks one, who is not marked yet, in `*dead` (NULL: nobody so far), which the caller is building:
 * what others hold as well is copied first. Cost: about a microsecond. */
void dead_mark(struct dead **dead, uint32_t block_count, uint32_t block, uint32_t local);
void dead_hold(struct dead *dead);     /* NULL is fine */
void dead_release(struct dead **dead); /* NULL is fine */
