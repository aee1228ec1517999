/*
 * Byte strings as numbers from 0 up, in the order in which they were added. Built by one thread,
 * then only read, by any number. A search costs one hash and, as a rule, one comparison.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_NONE UINT32_MAX

struct symbols;

struct symbols *symbols_create(void);
void symbols_destroy(struct symbols **symbols);

uint32_t symbols_add(struct symbols *symbols, const char *bytes, size_t length); /* or finds it */
uint32_t symbols_find(const struct symbols *symbols, const char *bytes, size_t length);

uint32_t symbols_count(const struct symbols *symbols);
const char *symbols_bytes(const struct symbols *symbols, uint32_t symbol, size_t *length);
size_t symbols_memory(const struct symbols *symbols); /* bytes held */
