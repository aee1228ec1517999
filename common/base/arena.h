/*
 * Memory by lifetime: an arena for a request, a job, a batch, a snapshot. What is taken from it
 * lives until the arena is destroyed or reset; nothing is freed singly. Not shared between threads.
 * Cost: a bump of a pointer; blocks double up to 1 MiB. `cap` bytes at most (0: 64 MiB); beyond it
 * the process ends, since a cap reached here means that a caller forgot its own limit.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_create(size_t cap);
void arena_destroy(struct arena **arena);
void arena_reset(struct arena *arena);
size_t arena_used(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);               /* aligned to 16, zeroed */
void *arena_array(struct arena *arena, size_t count, size_t size); /* overflow-checked, zeroed */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
