#include "common/base/arena.h"

#include "common/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((size_t)16)
#define FIRST_BLOCK ((size_t)4096)
#define LARGEST_BLOCK ((size_t)1048576)
#define DEFAULT_CAP ((size_t)67108864)

struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(16) unsigned char bytes[];
};

struct arena {
    struct block *current; /* the newest; older and filled ones follow */
    size_t next_size;
    size_t used;
    size_t cap;
};

static _Noreturn void die(const struct arena *arena, size_t size)
{
    fprintf(stderr, "emnebank: arena cap of %zu bytes passed: %zu in use, %zu more asked\n",
            arena->cap, arena->used, size);
    abort();
}

struct arena *arena_create(size_t cap)
{
    struct arena *arena = mem_zalloc(sizeof *arena);

    arena->cap = cap ? cap : DEFAULT_CAP;
    arena->next_size = FIRST_BLOCK;
    return arena;
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        mem_free(block);
        block = next;
    }
}

void arena_destroy(struct arena **arena)
{
    if (!*arena)
        return;
    free_blocks((*arena)->current);
    mem_free(*arena);
    *arena = NULL;
}

/* Keeps the newest block, which is as a rule the largest, for the next round. */
void arena_reset(struct arena *arena)
{
    arena->used = 0;
    if (!arena->current)
        return;
    free_blocks(arena->current->next);
    arena->current->next = NULL;
    arena->current->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

static struct block *new_block(struct arena *arena, size_t needed)
{
    size_t size = arena->next_size > needed ? arena->next_size : needed;
    struct block *block = mem_alloc(sizeof *block + size);

    block->size = size;
    block->used = 0;
    block->next = arena->current;
    arena->current = block;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > arena->cap - arena->used)
        die(arena, size);

    size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded < size || rounded > arena->cap - arena->used)
        rounded = arena->cap - arena->used;

    struct block *block = arena->current;
    if (!block || rounded > block->size - block->used)
        block = new_block(arena, rounded);

    void *memory = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    memset(memory, 0, size);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        die(arena, SIZE_MAX);
    return arena_alloc(arena, total);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    size_t have = strnlen(text, length);
    char *copy = arena_alloc(arena, have + 1);

    memcpy(copy, text, have);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        abort(); /* only a broken format string gets here */

    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}
