#include "common/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What the processors we know map at once when they can. */
#define LARGE_PAGE ((size_t)2 * 1024 * 1024)

static _Noreturn void die(const char *why, size_t count, size_t size)
{
    fprintf(stderr, "emnebank: out of memory: %s (%zu x %zu bytes)\n", why, count, size);
    abort();
}

static size_t product(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        die("size overflows", count, size);
    return total;
}

void *mem_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);

    if (!memory)
        die("malloc", 1, size);
    return memory;
}

void *mem_zalloc(size_t size)
{
    return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
    size_t total = product(count, size);
    void *memory = calloc(1, total ? total : 1);

    if (!memory)
        die("calloc", count, size);
    return memory;
}

void *mem_alloc_wide(size_t size)
{
    if (size < LARGE_PAGE)
        return mem_alloc(size);

    void *memory;
    if (posix_memalign(&memory, LARGE_PAGE, size) != 0)
        die("posix_memalign", 1, size);
    /* Advice: a kernel without them is only slower. Where memory was used before there are small
     * pages, which stay as they are unless they are let go first. */
    const size_t whole = size / LARGE_PAGE * LARGE_PAGE;
    (void)madvise(memory, whole, MADV_DONTNEED);
    (void)madvise(memory, whole, MADV_HUGEPAGE);
    return memory;
}

void *mem_settle(void *memory, size_t count, size_t size)
{
    size_t total = product(count, size);

    if (total < LARGE_PAGE)
        return mem_resize(memory, count, size);

    void *settled = mem_alloc_wide(total);
    memcpy(settled, memory, total);
    mem_free(memory);
    return settled;
}

void *mem_resize(void *memory, size_t count, size_t size)
{
    size_t total = product(count, size);
    void *moved = realloc(memory, total ? total : 1);

    if (!moved)
        die("realloc", count, size);
    return moved;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t length)
{
    size_t have = strnlen(text, length);
    size_t size;

    if (__builtin_add_overflow(have, (size_t)1, &size))
        die("size overflows", have, 1);

    char *copy = mem_alloc(size);
    memcpy(copy, text, have);
    copy[have] = '\0';
    return copy;
}

void mem_free(void *memory)
{
    free(memory);
}

void mem_wipe_free(void *memory, size_t size)
{
    if (!memory)
        return;
    explicit_bzero(memory, size);
    free(memory);
}
