#include "services/pool/seen.h"

#include "common/base/arena.h"
#include "common/base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define FIRST_SLOTS ((size_t)1024)

struct mark {
    const char *reference;
    size_t line;
};

/* Open addressing; at most half of the slots are taken. */
struct seen {
    struct arena *arena;
    struct mark *slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

struct seen *seen_create(void)
{
    struct seen *seen = mem_zalloc(sizeof *seen);

    seen->arena = arena_create((size_t)128 << 20);
    seen->slot_count = FIRST_SLOTS;
    seen->slots = mem_array(FIRST_SLOTS, sizeof *seen->slots);
    return seen;
}

void seen_destroy(struct seen **seen)
{
    if (*seen == NULL)
        return;
    arena_destroy(&(*seen)->arena);
    mem_free((*seen)->slots);
    mem_free(*seen);
    *seen = NULL;
}

/* FNV-1a. */
static size_t hash(const char *text)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (; *text != '\0'; text++)
        value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return (size_t)(value ^ (value >> 32));
}

static struct mark *slot_of(const struct seen *seen, const char *reference)
{
    size_t place = hash(reference) & (seen->slot_count - 1);

    while (seen->slots[place].reference != NULL &&
           strcmp(seen->slots[place].reference, reference) != 0)
        place = (place + 1) & (seen->slot_count - 1);
    return &seen->slots[place];
}

static void grow(struct seen *seen)
{
    struct mark *old = seen->slots;
    size_t old_count = seen->slot_count;

    seen->slot_count *= 2;
    seen->slots = mem_array(seen->slot_count, sizeof *seen->slots);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].reference != NULL)
            *slot_of(seen, old[i].reference) = old[i];
    }
    mem_free(old);
}

size_t seen_before(struct seen *seen, const char *reference, size_t line)
{
    struct mark *slot = slot_of(seen, reference);

    if (slot->reference != NULL)
        return slot->line;
    assert(seen->count < SEEN_CAP);
    slot->reference = arena_strdup(seen->arena, reference);
    slot->line = line;
    seen->count++;
    if (seen->count * 2 > seen->slot_count)
        grow(seen);
    return 0;
}
