#include "services/match/words.h"

#include "common/base/arena.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define TEXT_CAP ((size_t)1 << 30)
#define SLOTS_FIRST 1024 /* a power of two, as every size of the table */
#define LOOK_TOGETHER ((size_t)32)

struct word {
    enum engine_kind kind;
    const char *code;
    const char *label; /* NULL: only related to others so far */
    bool expires;
    struct words_relation *related;
    size_t related_count;
    size_t related_room;
};

struct words {
    atomic_size_t holders;
    int64_t version;
    struct arena *arena;
    struct word *items;
    size_t count;
    size_t room;
    uint32_t *slots; /* 1 + index of the word, 0: free; open addressing, at most half full */
    size_t slot_count;
};

struct words *words_create(int64_t version)
{
    struct words *words = mem_zalloc(sizeof *words);
    atomic_init(&words->holders, 1);
    words->version = version;
    words->arena = arena_create(TEXT_CAP);
    words->slot_count = SLOTS_FIRST;
    words->slots = mem_array(words->slot_count, sizeof *words->slots);
    return words;
}

struct words *words_hold(struct words *words)
{
    atomic_fetch_add(&words->holders, 1);
    return words;
}

void words_release(struct words **words)
{
    struct words *held = *words;
    *words = NULL;
    if (held == NULL || atomic_fetch_sub(&held->holders, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < held->count; i++) {
        mem_free(held->items[i].related);
    }
    mem_free(held->items);
    mem_free(held->slots);
    arena_destroy(&held->arena);
    mem_free(held);
}

int64_t words_version(const struct words *words)
{
    return words->version;
}

/* ---- the table ---- */

/* FNV-1a over kind and code. */
static size_t hash(enum engine_kind kind, const char *code)
{
    uint64_t hash = (UINT64_C(14695981039346656037) ^ (unsigned)kind) * UINT64_C(1099511628211);
    for (; *code != '\0'; code++) {
        hash = (hash ^ (unsigned char)*code) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds the word with this hash, or the free one where it would stand. */
static size_t slot_with(const struct words *words, size_t hash, enum engine_kind kind,
                        const char *code)
{
    size_t slot = hash & (words->slot_count - 1);
    while (words->slots[slot] != 0) {
        const struct word *word = &words->items[words->slots[slot] - 1];
        if (word->kind == kind && strcmp(word->code, code) == 0) {
            break;
        }
        slot = (slot + 1) & (words->slot_count - 1);
    }
    return slot;
}

static size_t slot_of(const struct words *words, enum engine_kind kind, const char *code)
{
    return slot_with(words, hash(kind, code), kind, code);
}

/* What a slot holds; NULL: nothing. */
static const struct word *word_at(const struct words *words, size_t slot)
{
    const uint32_t place = words->slots[slot & (words->slot_count - 1)];
    return place != 0 ? &words->items[place - 1] : NULL;
}

static void grow(struct words *words)
{
    mem_free(words->slots);
    words->slot_count *= 2;
    words->slots = mem_array(words->slot_count, sizeof *words->slots);
    for (size_t i = 0; i < words->count; i++) {
        words->slots[slot_of(words, words->items[i].kind, words->items[i].code)] = (uint32_t)i + 1;
    }
}

static struct word *find_or_add(struct words *words, enum engine_kind kind, const char *code)
{
    if (2 * (words->count + 1) > words->slot_count) {
        grow(words);
    }
    const size_t slot = slot_of(words, kind, code);
    if (words->slots[slot] == 0) {
        if (words->count == words->room) {
            words->room = words->room > 0 ? 2 * words->room : SLOTS_FIRST / 2;
            words->items = mem_resize(words->items, words->room, sizeof *words->items);
        }
        words->items[words->count++] =
            (struct word){.kind = kind, .code = arena_strdup(words->arena, code)};
        words->slots[slot] = (uint32_t)words->count;
    }
    return &words->items[words->slots[slot] - 1];
}

/* ---- filling ---- */

void words_add(struct words *words, enum engine_kind kind, const char *code, const char *label,
               bool expires)
{
    struct word *word = find_or_add(words, kind, code);
    if (word->label == NULL) {
        word->label = arena_strdup(words->arena, label);
        word->expires = expires;
    }
}

void words_relate(struct words *words, enum engine_kind kind, const char *code, const char *related,
                  enum engine_relation relation)
{
    const char *kept = find_or_add(words, kind, related)->code;
    struct word *word = find_or_add(words, kind, code);
    if (word->related_count == word->related_room) {
        word->related_room = word->related_room > 0 ? 2 * word->related_room : 4;
        word->related = mem_resize(word->related, word->related_room, sizeof *word->related);
    }
    word->related[word->related_count++] =
        (struct words_relation){.code = kept, .relation = relation};
}

int words_read_relation(const char *name, enum engine_relation *relation)
{
    for (unsigned i = ENGINE_EXACT + 1; i < ENGINE_RELATION_COUNT; i++) {
        if (str_equal(engine_relation_code((enum engine_relation)i), name)) {
            *relation = (enum engine_relation)i;
            return 0;
        }
    }
    return ERROR_INVALID;
}

/* ---- asking ---- */

static struct words_found known_of(const struct word *word, const char *code)
{
    if (word == NULL) {
        return (struct words_found){.label = code};
    }
    return (struct words_found){
        .label = word->label != NULL ? word->label : code,
        .expires = word->expires,
        .related = word->related,
        .related_count = word->related_count,
    };
}

struct words_found words_look(const struct words *words, enum engine_kind kind, const char *code)
{
    return known_of(word_at(words, slot_of(words, kind, code)), code);
}

/* Step by step for all of them: the slots, the words, their texts. A word that is not in the first
 * slot of its hash is waited for, like any other. */
static void look_together(const struct words *words, const struct words_key *keys, size_t count,
                          struct words_found *found)
{
    size_t hashes[LOOK_TOGETHER];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash(keys[i].kind, keys[i].code);
        __builtin_prefetch(&words->slots[hashes[i] & (words->slot_count - 1)]);
    }
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(word_at(words, hashes[i]));
    }
    for (size_t i = 0; i < count; i++) {
        const struct word *word = word_at(words, hashes[i]);
        if (word != NULL) {
            __builtin_prefetch(word->code);
            __builtin_prefetch(word->label);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const size_t slot = slot_with(words, hashes[i], keys[i].kind, keys[i].code);
        found[i] = known_of(word_at(words, slot), keys[i].code);
    }
}

void words_look_all(const struct words *words, const struct words_key *keys, size_t count,
                    struct words_found *found)
{
    for (size_t done = 0; done < count; done += LOOK_TOGETHER) {
        const size_t left = count - done;
        look_together(words, keys + done, left < LOOK_TOGETHER ? left : LOOK_TOGETHER,
                      found + done);
    }
}

const char *words_label(const struct words *words, enum engine_kind kind, const char *code)
{
    return words_look(words, kind, code).label;
}

bool words_expires(const struct words *words, enum engine_kind kind, const char *code)
{
    return words_look(words, kind, code).expires;
}

size_t words_related(const struct words *words, enum engine_kind kind, const char *code,
                     const struct words_relation **related)
{
    const struct words_found found = words_look(words, kind, code);
    *related = found.related;
    return found.related_count;
}

/* ---- the shelf ---- */

struct words_shelf {
    pthread_mutex_t lock;
    struct words *newest;
};

struct words_shelf *words_shelf_create(void)
{
    struct words_shelf *shelf = mem_zalloc(sizeof *shelf);
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

void words_shelf_destroy(struct words_shelf **shelf)
{
    if (*shelf == NULL) {
        return;
    }
    words_release(&(*shelf)->newest);
    pthread_mutex_destroy(&(*shelf)->lock);
    mem_free(*shelf);
    *shelf = NULL;
}

void words_shelf_put(struct words_shelf *shelf, struct words *words)
{
    pthread_mutex_lock(&shelf->lock);
    struct words *old = shelf->newest;
    shelf->newest = words;
    pthread_mutex_unlock(&shelf->lock);
    words_release(&old);
}

struct words *words_shelf_take(struct words_shelf *shelf)
{
    pthread_mutex_lock(&shelf->lock);
    struct words *words = shelf->newest != NULL ? words_hold(shelf->newest) : NULL;
    pthread_mutex_unlock(&shelf->lock);
    return words;
}
