#include "services/vocabulary/suggest/symbols.h"

#include "common/base/mem.h"

#include <stdbool.h>
#include <string.h>

#define SLOTS_FIRST 64

struct symbol {
    uint32_t hash;
    uint32_t start; /* in `bytes` */
    uint32_t length;
};

struct symbols {
    struct symbol *items;
    uint32_t count, room;
    uint32_t *slots; /* number + 1; 0: free */
    uint32_t slot_mask;
    char *bytes;
    size_t used, held;
};

static uint32_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash ^ hash >> 32);
}

struct symbols *symbols_create(void)
{
    struct symbols *symbols = mem_zalloc(sizeof *symbols);

    symbols->slots = mem_array(SLOTS_FIRST, sizeof *symbols->slots);
    symbols->slot_mask = SLOTS_FIRST - 1;
    return symbols;
}

void symbols_destroy(struct symbols **symbols)
{
    if (*symbols == NULL)
        return;
    mem_free((*symbols)->bytes);
    mem_free((*symbols)->slots);
    mem_free((*symbols)->items);
    mem_free(*symbols);
    *symbols = NULL;
}

static bool same(const struct symbols *symbols, const struct symbol *item, uint32_t hash,
                 const char *bytes, size_t length)
{
    return item->hash == hash && item->length == length &&
           memcmp(symbols->bytes + item->start, bytes, length) == 0;
}

/* The slot that holds it, or the free one where it would stand. */
static uint32_t slot_of(const struct symbols *symbols, uint32_t hash, const char *bytes,
                        size_t length)
{
    uint32_t slot = hash & symbols->slot_mask;

    while (symbols->slots[slot] != 0 &&
           !same(symbols, &symbols->items[symbols->slots[slot] - 1], hash, bytes, length))
        slot = (slot + 1) & symbols->slot_mask;
    return slot;
}

uint32_t symbols_find(const struct symbols *symbols, const char *bytes, size_t length)
{
    const uint32_t held = symbols->slots[slot_of(symbols, hash_of(bytes, length), bytes, length)];

    return held != 0 ? held - 1 : SYMBOLS_NONE;
}

static void grow_slots(struct symbols *symbols)
{
    const uint32_t mask = symbols->slot_mask * 2 + 1;

    mem_free(symbols->slots);
    symbols->slots = mem_array((size_t)mask + 1, sizeof *symbols->slots);
    symbols->slot_mask = mask;
    for (uint32_t i = 0; i < symbols->count; i++) {
        uint32_t slot = symbols->items[i].hash & mask;
        while (symbols->slots[slot] != 0)
            slot = (slot + 1) & mask;
        symbols->slots[slot] = i + 1;
    }
}

static void hold_bytes(struct symbols *symbols, const char *bytes, size_t length)
{
    if (symbols->used + length > symbols->held) {
        symbols->held = 2 * (symbols->used + length) + 1024;
        symbols->bytes = mem_resize(symbols->bytes, symbols->held, 1);
    }
    if (length > 0)
        memcpy(symbols->bytes + symbols->used, bytes, length);
    symbols->used += length;
}

uint32_t symbols_add(struct symbols *symbols, const char *bytes, size_t length)
{
    const uint32_t hash = hash_of(bytes, length);
    const uint32_t slot = slot_of(symbols, hash, bytes, length);

    if (symbols->slots[slot] != 0)
        return symbols->slots[slot] - 1;
    if (symbols->count == symbols->room) {
        symbols->room = symbols->room > 0 ? 2 * symbols->room : 64;
        symbols->items = mem_resize(symbols->items, symbols->room, sizeof *symbols->items);
    }
    symbols->items[symbols->count] =
        (struct symbol){hash, (uint32_t)symbols->used, (uint32_t)length};
    hold_bytes(symbols, bytes, length);
    symbols->slots[slot] = ++symbols->count;
    if (symbols->count > symbols->slot_mask / 2)
        grow_slots(symbols);
    return symbols->count - 1;
}

uint32_t symbols_count(const struct symbols *symbols)
{
    return symbols->count;
}

const char *symbols_bytes(const struct symbols *symbols, uint32_t symbol, size_t *length)
{
    const struct symbol *item = &symbols->items[symbol];

    *length = item->length;
    return symbols->bytes + item->start;
}

size_t symbols_memory(const struct symbols *symbols)
{
    return sizeof *symbols + symbols->room * sizeof *symbols->items +
           ((size_t)symbols->slot_mask + 1) * sizeof *symbols->slots + symbols->held;
}
