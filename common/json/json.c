#include "common/json/json.h"

#include "common/json/scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SLAB ((size_t)1024) /* an arena is asked for this much at a time */
#define ALIGNMENT ((size_t)16)

/* Where json_loadb takes its memory on this thread just now; no arena: from malloc. */
struct filling {
    struct arena *arena;
    unsigned char *next;
    size_t left; /* whole ALIGNMENTs */
};

static _Thread_local struct filling filling;

static void *take(size_t size)
{
    if (filling.arena == NULL) {
        return malloc(size);
    }
    if (size > SLAB / 4) {
        return arena_alloc(filling.arena, size);
    }
    if (size > filling.left) {
        filling.next = arena_alloc(filling.arena, SLAB);
        filling.left = SLAB;
    }
    void *memory = filling.next;
    const size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    filling.next += rounded;
    filling.left -= rounded;
    return memory;
}

/* While an arena is filled, jansson gives back nothing but what it took since, which is the
 * arena's. */
static void give_back(void *memory)
{
    if (filling.arena == NULL) {
        free(memory);
    }
}

/* Before main, so that no thread is in jansson yet. Blocks that it takes outside of json_read_in
 * are malloc's as ever, those of json_dumps too. */
__attribute__((constructor)) static void hook(void)
{
    json_set_alloc_funcs(take, give_back);
}

/* jansson's own texts quote the input; these never do. */
static const char *fault_text(enum json_error_code code)
{
    switch (code) {
    case json_error_premature_end_of_input:
        return "ends too early";
    case json_error_end_of_input_expected:
        return "something follows the value";
    case json_error_invalid_utf8:
        return "not valid UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "NUL character in a string or a name";
    case json_error_duplicate_key:
        return "the same name twice in one object";
    case json_error_numeric_overflow:
        return "number too large";
    case json_error_stack_overflow:
        return "nested too deep";
    default:
        return "not JSON (RFC 8259)";
    }
}

/* Once per process, so that names cannot be chosen to collide in jansson's tables. */
static void seed(void)
{
    json_object_seed(0);
}

int json_read(const char *bytes, size_t length, json_t **value, struct json_fault *fault)
{
    *value = NULL;
    *fault = (struct json_fault){.line = 0};
    int refused = json_scan(bytes, length, JSON_INPUT_CAP, SIZE_MAX, fault);

    return refused ? refused : json_read_own(bytes, length, value, fault);
}

int json_read_capped(const char *bytes, size_t length, size_t cap, size_t values, json_t **value,
                     struct json_fault *fault)
{
    *value = NULL;
    *fault = (struct json_fault){.line = 0};
    int refused = json_scan(bytes, length, cap, values, fault);

    return refused ? refused : json_read_own(bytes, length, value, fault);
}

int json_read_own(const char *bytes, size_t length, json_t **value, struct json_fault *fault)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_error_t error;

    *fault = (struct json_fault){.line = 0};
    pthread_once(&once, seed);
    *value = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*value)
        return 0;
    fault->line = error.line > 0 ? (size_t)error.line : 1;
    fault->column = error.column > 0 ? (size_t)error.column : 1;
    snprintf(fault->text, sizeof fault->text, "%s", fault_text(json_error_code(&error)));
    return ERROR_INVALID;
}

int json_read_in(struct arena *arena, const char *bytes, size_t length, const json_t **value,
                 struct json_fault *fault)
{
    json_t *tree;

    filling = (struct filling){.arena = arena};
    int error = json_read(bytes, length, &tree, fault);
    filling = (struct filling){.arena = NULL};
    *value = tree;
    return error;
}

static char *dump(struct arena *arena, const json_t *value, size_t flags)
{
    flags |= JSON_COMPACT | JSON_ENCODE_ANY;
    size_t length = json_dumpb(value, NULL, 0, flags);
    char *text = arena_alloc(arena, length + 1);

    json_dumpb(value, text, length, flags);
    return text;
}

char *json_text(struct arena *arena, const json_t *value)
{
    return dump(arena, value, 0);
}

char *json_canonical(struct arena *arena, const json_t *value)
{
    return dump(arena, value, JSON_SORT_KEYS);
}
