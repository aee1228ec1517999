/* The vocabulary's labels and the places' names, ready to be looked up by their first word. */
#include "services/orders/text/internal.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <stdlib.h>
#include <string.h>

#define BEGINNING                                                                                  \
    ((size_t)4)        /* letters that two forms of a word share; shorter words have one form */
#define JOINED_LEAST 7 /* letters of two words written as one */
#define WORDS_CAP ((size_t)256 << 20)

struct text_words {
    struct arena *arena;
    struct label *labels;
    size_t label_count, label_room;
    struct place *places;
    size_t place_count, place_room;
};

struct text_words *text_words_create(void)
{
    struct text_words *words = mem_zalloc(sizeof *words);

    words->arena = arena_create(WORDS_CAP);
    return words;
}

void text_words_destroy(struct text_words **words)
{
    if (*words == NULL)
        return;
    arena_destroy(&(*words)->arena);
    mem_free((*words)->labels);
    mem_free((*words)->places);
    mem_free(*words);
    *words = NULL;
}

/* The folded words of a label; 0 when it is none. */
static size_t split(struct arena *arena, const char *text, const char *tokens[LABEL_TOKENS],
                    bool *commas)
{
    struct token found[LABEL_TOKENS + 1];
    size_t read;

    if (!str_utf8_valid(text, strlen(text)))
        return 0;
    const size_t count = tokens_read(arena, text, strlen(text), found, LABEL_TOKENS + 1, &read);
    if (count > LABEL_TOKENS)
        return 0;
    *commas = false;
    for (size_t i = 0; i < count; i++) {
        tokens[i] = found[i].text;
        *commas |= (found[i].flags & TOKEN_COMMA) != 0;
    }
    return count;
}

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room == 0 ? 256 : 2 * *room;
    return mem_resize(list, *room, size);
}

static bool known_kind(const char *kind)
{
    return str_equal(kind, "competence") || str_equal(kind, "certificate") ||
           str_equal(kind, "licence") || str_equal(kind, "occupation");
}

void text_words_label(struct text_words *words, const char *kind, const char *code,
                      const char *label, int weight)
{
    struct label made = {.weight = weight};

    if (!known_kind(kind))
        return;
    made.count = split(words->arena, label, made.tokens, &made.commas);
    /* One letter alone ("B", a licence) means too much. */
    if (made.count == 0 || (made.count == 1 && strlen(made.tokens[0]) < 2))
        return;
    made.kind = arena_strdup(words->arena, kind);
    made.code = arena_strdup(words->arena, code);
    words->labels = grow(words->labels, words->label_count, &words->label_room, sizeof made);
    words->labels[words->label_count++] = made;
    /* "fast spor" is written together too. */
    if (made.count == 2 && strlen(made.tokens[0]) + strlen(made.tokens[1]) >= JOINED_LEAST) {
        made.tokens[0] = arena_printf(words->arena, "%s%s", made.tokens[0], made.tokens[1]);
        made.count = 1;
        words->labels = grow(words->labels, words->label_count, &words->label_room, sizeof made);
        words->labels[words->label_count++] = made;
    }
}

void text_words_place(struct text_words *words, const char *postcode, const char *name)
{
    struct place made = {0};
    bool commas;

    made.count = split(words->arena, name, made.tokens, &commas);
    if (made.count == 0)
        return;
    made.postcode = arena_strdup(words->arena, postcode);
    words->places = grow(words->places, words->place_count, &words->place_room, sizeof made);
    words->places[words->place_count++] = made;
}

/* Code and kind too, so that the order of the words given does not matter. */
static int compare_labels(const void *left, const void *right)
{
    const struct label *a = left, *b = right;

    int order = strcmp(a->tokens[0], b->tokens[0]);
    if (order == 0)
        order = strcmp(a->kind, b->kind);
    if (order == 0)
        order = b->weight - a->weight;
    return order != 0 ? order : strcmp(a->code, b->code);
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return strcmp(a->postcode, b->postcode);
}

void text_words_settle(struct text_words *words)
{
    if (words->label_count > 0)
        qsort(words->labels, words->label_count, sizeof words->labels[0], compare_labels);
    if (words->place_count > 0)
        qsort(words->places, words->place_count, sizeof words->places[0], compare_places);
}

static bool is_ending(const char *rest)
{
    static const char *const endings[] = {"e",   "er",    "r",  "en",  "et", "n",   "t",
                                          "ene", "erne",  "ne", "rne", "s",  "ens", "ets",
                                          "ers", "ernes", "es", "nes", "te", NULL};

    for (size_t i = 0; endings[i] != NULL; i++)
        if (str_equal(rest, endings[i]))
            return true;
    return false;
}

/* `longer` is `shorter` with an ending, perhaps after a doubled consonant ("væg", "vægge"). */
static bool is_form(const char *longer, const char *shorter)
{
    const size_t length = strlen(shorter);

    if (length < BEGINNING - 1 || strncmp(longer, shorter, length) != 0)
        return false;
    const char *rest = longer + length;
    return is_ending(rest) || (rest[0] == shorter[length - 1] && is_ending(rest + 1));
}

int words_like(const char *word, const char *label)
{
    if (str_equal(word, label))
        return TEXT_SURE;
    if (strlen(word) < BEGINNING || strlen(label) < BEGINNING)
        return 0;
    if (is_form(word, label))
        return 950;
    return is_form(label, word) ? WORDS_SHORTER : 0;
}

size_t words_labels(const struct text_words *words, const char *word, const struct label **first)
{
    const size_t length = strlen(word) < BEGINNING ? strlen(word) : BEGINNING;
    size_t low = 0, high = words->label_count, end;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strncmp(words->labels[middle].tokens[0], word, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low;
         end < words->label_count && strncmp(words->labels[end].tokens[0], word, length) == 0;
         end++)
        continue;
    *first = words->labels + low;
    return end - low;
}

size_t words_places(const struct text_words *words, const struct place **first)
{
    *first = words->places;
    return words->place_count;
}
