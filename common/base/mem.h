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
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t length);
void mem_free(void *memory);

/* Wipes a secret in a way that the compiler keeps, then frees it. NULL is fine. */
void mem_wipe_free(void *memory, size_t size);
