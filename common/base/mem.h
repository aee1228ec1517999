/*
 * Heap memory. Everything that grows has a cap (STYLE 16), so running out is a fault of
 * configuration: these functions never return NULL, they end the process with one line on stderr.
 * Sizes are overflow-checked.
 */
#pragma once

#include <stddef.h>

void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_array(size_t count, size_t size);                /* zeroed */
void *mem_resize(void *memory, size_t count, size_t size); /* new part is not zeroed */
/* For what is large and read at random for long: in large pages, where the kernel gives them, so
 * that finding a page costs no read of its own. Not zeroed; freed as any other. */
void *mem_alloc_wide(size_t size);
/* The first `count` of an array that grows no more, moved into such memory when that is worth it.
 */
void *mem_settle(void *memory, size_t count, size_t size);
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t length);
void mem_free(void *memory);

/* Wipes a secret in a way that the compiler keeps, then frees it. NULL is fine. */
void mem_wipe_free(void *memory, size_t size);
