/* The vocabulary's labels and codes, each as a sorted list. */
#include "services/pool/resume.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/domain/fold.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_CAP ((size_t)64 << 20)

struct word {
    const char *kind;
    const char *key; /* the folded label, or the code itself */
    const char *code;
    int64_t weight;
};

struct resume_words {
    struct arena *arena;
    struct word *labels;
    struct word *codes;
    size_t count; /* of either */
};

/* The best of equal labels comes first. */
static int compare(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    int order = strcmp(a->kind, b->kind);

    if (order == 0)
        order = strcmp(a->key, b->key);
    if (order == 0)
        order = (b->weight > a->weight) - (b->weight < a->weight);
    return order != 0 ? order : strcmp(a->code, b->code);
}

static void add(struct resume_words *words, const json_t *row)
{
    const char *kind = json_string_value(json_object_get(row, "kind"));
    const char *code = json_string_value(json_object_get(row, "code"));
    const char *label = json_string_value(json_object_get(row, "label"));

    if (kind == NULL || code == NULL || label == NULL || strlen(label) > RESUME_WORD_BYTES)
        return;
    const char *folded = fold_text(words->arena, label);
    if (*folded == '\0')
        return;
    const struct word word = {
        .kind = arena_strdup(words->arena, kind),
        .key = folded,
        .code = arena_strdup(words->arena, code),
        .weight = json_integer_value(json_object_get(row, "weight")),
    };
    words->labels[words->count] = word;
    words->codes[words->count] = word;
    words->codes[words->count++].key = word.code;
}

struct resume_words *resume_words_create(const json_t *rows)
{
    struct resume_words *words = mem_zalloc(sizeof *words);
    const size_t room = json_array_size(rows);

    words->arena = arena_create(WORDS_CAP);
    words->labels = mem_array(room + 1, sizeof *words->labels);
    words->codes = mem_array(room + 1, sizeof *words->codes);
    for (size_t i = 0; i < room; i++)
        add(words, json_array_get(rows, i));
    qsort(words->labels, words->count, sizeof *words->labels, compare);
    qsort(words->codes, words->count, sizeof *words->codes, compare);
    return words;
}

void resume_words_destroy(struct resume_words **words)
{
    if (*words == NULL)
        return;
    arena_destroy(&(*words)->arena);
    mem_free((*words)->labels);
    mem_free((*words)->codes);
    mem_free(*words);
    *words = NULL;
}

static bool is(const struct word *word, const char *kind, const char *key)
{
    return str_equal(word->kind, kind) && str_equal(word->key, key);
}

/* The index of the first of that kind and key, or `count`. */
static size_t first_of(const struct word *list, size_t count, const char *kind, const char *key)
{
    size_t low = 0, high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        int order = strcmp(list[middle].kind, kind);
        if (order == 0)
            order = strcmp(list[middle].key, key);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && is(&list[low], kind, key) ? low : count;
}

enum resume_found resume_words_find(const struct resume_words *words, struct arena *arena,
                                    const char *kind, const char *text, const char **code)
{
    if (strlen(text) > RESUME_WORD_BYTES)
        return RESUME_UNKNOWN;
    const char *folded = fold_text(arena, text);
    const size_t first = first_of(words->labels, words->count, kind, folded);
    if (first == words->count)
        return RESUME_UNKNOWN;
    const struct word *best = &words->labels[first];
    for (size_t next = first + 1; next < words->count && is(&words->labels[next], kind, folded) &&
                                  words->labels[next].weight == best->weight;
         next++)
        if (!str_equal(words->labels[next].code, best->code))
            return RESUME_AMBIGUOUS;
    *code = best->code;
    return RESUME_FOUND;
}

const char *resume_words_code(const struct resume_words *words, const char *kind, const char *code)
{
    const size_t first = first_of(words->codes, words->count, kind, code);

    return first < words->count ? words->codes[first].code : NULL;
}
