#include "common/base/arena.h"
#include "common/base/mem.h"
#include "services/match/engine/engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_CAP ((size_t)64 << 20) /* bytes of text: a million keys of the usual length */
#define FIRST_SLOTS 256             /* a power of two */
#define FIND_TOGETHER ((size_t)32)

/* An open-addressing table from key to code; code c is texts[c - 1]. */
struct engine_vocabulary {
    pthread_rwlock_t lock;
    struct arena *arena;
    const char **texts;
    uint32_t count;
    uint32_t *slots; /* codes; 0 is free */
    size_t slot_count;
};

struct engine_vocabulary *engine_vocabulary_create(void)
{
    struct engine_vocabulary *vocabulary = mem_zalloc(sizeof *vocabulary);
    pthread_rwlock_init(&vocabulary->lock, NULL);
    vocabulary->arena = arena_create(KEYS_CAP);
    vocabulary->slot_count = FIRST_SLOTS;
    vocabulary->slots = mem_array(FIRST_SLOTS, sizeof *vocabulary->slots);
    vocabulary->texts = mem_array(FIRST_SLOTS / 2, sizeof *vocabulary->texts);
    return vocabulary;
}

void engine_vocabulary_destroy(struct engine_vocabulary **vocabulary)
{
    struct engine_vocabulary *self = *vocabulary;
    if (self == NULL) {
        return;
    }
    *vocabulary = NULL;
    arena_destroy(&self->arena);
    mem_free(self->texts);
    mem_free(self->slots);
    pthread_rwlock_destroy(&self->lock);
    mem_free(self);
}

/* FNV-1a, 64 bits. Where a key lies in the table decides nothing that anybody sees. */
static uint64_t hash(const char *key)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (; *key != '\0'; key++) {
        value = (value ^ (uint8_t)*key) * UINT64_C(0x100000001b3);
    }
    return value;
}

/* The slot that holds the key with this hash, or the free one where it belongs. */
static uint32_t *slot_with(const struct engine_vocabulary *vocabulary, uint64_t hash,
                           const char *key)
{
    const size_t mask = vocabulary->slot_count - 1;
    size_t at = (size_t)hash & mask;
    while (vocabulary->slots[at] != 0 &&
           strcmp(vocabulary->texts[vocabulary->slots[at] - 1], key) != 0) {
        at = (at + 1) & mask;
    }
    return &vocabulary->slots[at];
}

static uint32_t *slot_of(const struct engine_vocabulary *vocabulary, const char *key)
{
    return slot_with(vocabulary, hash(key), key);
}

/* At most half full, so a search is short. */
static void grow(struct engine_vocabulary *vocabulary)
{
    mem_free(vocabulary->slots);
    vocabulary->slot_count *= 2;
    vocabulary->slots = mem_array(vocabulary->slot_count, sizeof *vocabulary->slots);
    vocabulary->texts =
        mem_resize(vocabulary->texts, vocabulary->slot_count / 2, sizeof *vocabulary->texts);
    for (uint32_t code = 1; code <= vocabulary->count; code++) {
        *slot_of(vocabulary, vocabulary->texts[code - 1]) = code;
    }
}

uint32_t engine_vocabulary_add(struct engine_vocabulary *vocabulary, const char *key)
{
    pthread_rwlock_wrlock(&vocabulary->lock);
    uint32_t *slot = slot_of(vocabulary, key);
    if (*slot == 0) {
        if (vocabulary->count == vocabulary->slot_count / 2) {
            grow(vocabulary);
            slot = slot_of(vocabulary, key);
        }
        vocabulary->texts[vocabulary->count] = arena_strdup(vocabulary->arena, key);
        *slot = ++vocabulary->count;
    }
    const uint32_t code = *slot;
    pthread_rwlock_unlock(&vocabulary->lock);
    return code;
}

uint32_t engine_vocabulary_find(struct engine_vocabulary *vocabulary, const char *key)
{
    pthread_rwlock_rdlock(&vocabulary->lock);
    const uint32_t code = *slot_of(vocabulary, key);
    pthread_rwlock_unlock(&vocabulary->lock);
    return code;
}

/* Step by step for all of them: the slots, where the texts are, the texts. A key that is not in the
 * first slot of its hash is waited for, like any other. */
static void find_together(const struct engine_vocabulary *vocabulary, const char *const *keys,
                          size_t count, uint32_t *codes)
{
    const size_t mask = vocabulary->slot_count - 1;
    uint64_t hashes[FIND_TOGETHER];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash(keys[i]);
        __builtin_prefetch(&vocabulary->slots[hashes[i] & mask]);
    }
    for (size_t i = 0; i < count; i++) {
        codes[i] = vocabulary->slots[hashes[i] & mask]; /* as a rule the key's */
        if (codes[i] != 0) {
            __builtin_prefetch(&vocabulary->texts[codes[i] - 1]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (codes[i] != 0) {
            __builtin_prefetch(vocabulary->texts[codes[i] - 1]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        codes[i] = *slot_with(vocabulary, hashes[i], keys[i]);
    }
}

void engine_vocabulary_find_all(struct engine_vocabulary *vocabulary, const char *const *keys,
                                size_t count, uint32_t *codes)
{
    pthread_rwlock_rdlock(&vocabulary->lock);
    for (size_t done = 0; done < count; done += FIND_TOGETHER) {
        const size_t left = count - done;
        find_together(vocabulary, keys + done, left < FIND_TOGETHER ? left : FIND_TOGETHER,
                      codes + done);
    }
    pthread_rwlock_unlock(&vocabulary->lock);
}

const char *engine_vocabulary_text(struct engine_vocabulary *vocabulary, uint32_t code)
{
    const char *text = NULL;
    pthread_rwlock_rdlock(&vocabulary->lock);
    if (code > 0 && code <= vocabulary->count) {
        text = vocabulary->texts[code - 1];
    }
    pthread_rwlock_unlock(&vocabulary->lock);
    return text;
}
