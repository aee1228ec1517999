#include "services/vocabulary/suggest/gram.h"
#include "services/vocabulary/suggest/index.h"
#include "services/vocabulary/suggest/number.h"
#include "services/vocabulary/suggest/stem.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_CAP ((size_t)4 << 30)

struct suggest_build {
    struct suggest *suggest;
    struct symbols *code_keys; /* kind, NUL, code */
    uint32_t room, code_room;
    struct phrase phrase; /* of the label at hand */
    char key[PHRASE_KEY_CAP];
    struct list words, word_pieces, pieces, stricts;
    struct list gram_keys, gram_items;
    struct list stem_keys, stem_items;
    struct list exact_keys, joined_keys, bag_keys, key_items;
    struct list gram_seen; /* by gram: the last label that had it, + 1 */
};

/* --- adding ---------------------------------------------------------------------------------- */

struct suggest_build *suggest_begin(void)
{
    struct suggest_build *build = mem_zalloc(sizeof *build);

    build->suggest = mem_zalloc(sizeof *build->suggest);
    build->suggest->arena = arena_create(ARENA_CAP);
    build->code_keys = symbols_create();
    return build;
}

static bool fine(const char *text, size_t cap)
{
    const size_t length = strnlen(text, cap + 1);

    return length > 0 && length <= cap && str_utf8_valid(text, length);
}

/* The number of the code, a new one where it is new. */
static uint32_t take_code(struct suggest_build *build, const struct suggest_label *label)
{
    struct suggest *suggest = build->suggest;
    char key[2 * SUGGEST_CODE_CAP + 1];
    const size_t kind = strlen(label->kind) + 1, code = strlen(label->code);

    memcpy(key, label->kind, kind);
    memcpy(key + kind, label->code, code);
    const uint32_t number = symbols_add(build->code_keys, key, kind + code);
    if (number < suggest->code_count)
        return number;
    if (number >= build->code_room) {
        build->code_room = 2 * number + 64;
        suggest->codes = mem_resize(suggest->codes, build->code_room, sizeof *suggest->codes);
    }
    suggest->codes[number] = (struct index_code){.kind = arena_strdup(suggest->arena, label->kind),
                                                 .code = arena_strdup(suggest->arena, label->code),
                                                 .weight = -1,
                                                 .aside = label->aside};
    suggest->code_count++;
    return number;
}

int suggest_add(struct suggest_build *build, const struct suggest_label *label)
{
    struct suggest *suggest = build->suggest;

    if (!fine(label->code, SUGGEST_CODE_CAP) || !fine(label->text, SUGGEST_TEXT_CAP) ||
        (label->kind[0] != '\0' && !fine(label->kind, SUGGEST_CODE_CAP)))
        return ERROR_INVALID;
    if (suggest->label_count == SUGGEST_LABELS_CAP)
        return ERROR_LIMIT;
    if (suggest->label_count == build->room) {
        build->room = build->room > 0 ? 2 * build->room : 64;
        suggest->labels = mem_resize(suggest->labels, build->room, sizeof *suggest->labels);
    }
    const uint32_t code = take_code(build, label);
    suggest->labels[suggest->label_count] = (struct index_label){
        .code = code, .text = arena_strdup(suggest->arena, label->text), .weight = label->weight};
    struct index_code *of = &suggest->codes[code];
    if (of->shown == NULL || label->weight > of->weight) {
        of->shown = suggest->labels[suggest->label_count].text;
        of->weight = label->weight;
    }
    suggest->label_count++;
    return 0;
}

static int compare_labels(const void *left, const void *right, void *state)
{
    const struct index_label *a = left, *b = right;
    const struct suggest *suggest = state;
    int order = strcmp(suggest->codes[a->code].code, suggest->codes[b->code].code);

    if (order == 0)
        order = strcmp(suggest->codes[a->code].kind, suggest->codes[b->code].kind);
    if (order == 0)
        order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->weight < b->weight) - (a->weight > b->weight);
}

/* --- first pass: the words ------------------------------------------------------------------- */

static void learn_words(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;
    struct phrase *phrase = &build->phrase;
    const char *word;
    size_t length;

    for (uint32_t i = 0; i < suggest->label_count; i++) {
        const char *text = suggest->labels[i].text;
        phrase_read(suggest->lexicon, NULL, text, strlen(text), phrase);
        for (size_t w = 0; w < phrase->count; w++)
            symbols_add(suggest->words, phrase->words[w].loose, phrase->words[w].length);
    }
    for (uint32_t i = 0; (word = lexicon_word(suggest->lexicon, i, &length)) != NULL; i++)
        symbols_add(suggest->words, word, length);
    compound_learn(suggest->compound, suggest->words);
}

/* --- second pass: words, pieces, grams and keys of each label -------------------------------- */

/* Returns which of the label's pieces it is, as one bit; 0 beyond the 32nd. */
static uint32_t add_piece(struct suggest_build *build, uint32_t label,
                          const struct phrase_word *word, const struct compound_piece *piece)
{
    struct suggest *suggest = build->suggest;
    struct index_label *of = &suggest->labels[label];
    const uint32_t number = symbols_add(suggest->pieces, word->loose + piece->start, piece->length);
    const uint32_t strict =
        symbols_add(suggest->strict, word->strict + piece->start, piece->length);

    uint32_t at = 0;
    while (at < of->piece_count && build->pieces.items[of->first_piece + at] != number)
        at++;
    if (at == of->piece_count) {
        list_push(&build->pieces, number);
        list_push(&build->stricts, strict);
        of->piece_count++;
    }
    return at < 32 ? UINT32_C(1) << at : 0;
}

static void take_words(struct suggest_build *build, uint32_t label)
{
    struct suggest *suggest = build->suggest;
    struct index_label *of = &suggest->labels[label];

    of->first_word = (uint32_t)build->words.count;
    of->first_piece = (uint32_t)build->pieces.count;
    for (size_t w = 0; w < build->phrase.count; w++) {
        const struct phrase_word *word = &build->phrase.words[w];
        struct compound_piece pieces[COMPOUND_PIECES_CAP];
        const size_t count = compound_split(suggest->compound, word->loose, word->length, pieces);
        list_push(&build->words, symbols_add(suggest->words, word->loose, word->length));
        of->word_count++;
        uint32_t has = 0;
        for (size_t p = 0; p < count; p++)
            has |= add_piece(build, label, word, &pieces[p]);
        list_push(&build->word_pieces, has);
    }
}

struct gram_taker {
    struct suggest_build *build;
    uint32_t label;
};

static void take_gram(void *state, const char *bytes, size_t length)
{
    struct gram_taker *taker = state;
    struct suggest_build *build = taker->build;
    const uint32_t gram = symbols_add(build->suggest->grams, bytes, length);

    if (gram == build->gram_seen.count)
        list_push(&build->gram_seen, 0);
    if (build->gram_seen.items[gram] == taker->label + 1)
        return;
    build->gram_seen.items[gram] = taker->label + 1;
    list_push(&build->gram_keys, gram);
    list_push(&build->gram_items, taker->label);
}

static void take_keys(struct suggest_build *build, uint32_t label)
{
    struct suggest *suggest = build->suggest;
    size_t length = phrase_key_exact(&build->phrase, build->key);

    list_push(&build->exact_keys, symbols_add(suggest->exact, build->key, length));
    length = phrase_key_joined(&build->phrase, build->key);
    list_push(&build->joined_keys, symbols_add(suggest->joined, build->key, length));
    length = phrase_key_stems(&build->phrase, build->key);
    list_push(&build->bag_keys, symbols_add(suggest->bag, build->key, length));
    list_push(&build->key_items, label);
}

static void take_labels(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;

    for (uint32_t i = 0; i < suggest->label_count; i++) {
        struct gram_taker taker = {build, i};
        const char *text = suggest->labels[i].text;
        phrase_read(suggest->lexicon, suggest->compound, text, strlen(text), &build->phrase);
        take_words(build, i);
        gram_each(&build->phrase, true, take_gram, &taker);
        if (build->phrase.count > 0)
            take_keys(build, i);
    }
}

/* --- last: weights and postings -------------------------------------------------------------- */

static void take_stems(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;
    const uint32_t count = symbols_count(suggest->pieces);
    struct list group_keys = {0}, group_items = {0};

    suggest->piece_of = mem_array((size_t)count + 1, sizeof *suggest->piece_of);
    suggest->stem_of = mem_array((size_t)count + 1, sizeof *suggest->stem_of);
    for (uint32_t i = 0; i < count; i++) {
        size_t length;
        const char *piece = symbols_bytes(suggest->pieces, i, &length);
        const uint32_t known = symbols_count(suggest->stems);
        const uint32_t stem = symbols_add(suggest->stems, piece, stem_length(piece, length));
        suggest->piece_of[i] = (struct index_piece){stem, index_letters(piece, length)};
        if (stem < known)
            continue;
        struct lexicon_groups *groups = &suggest->stem_of[stem].groups;
        lexicon_groups_of(suggest->lexicon, piece, stem_length(piece, length), groups);
        for (size_t g = 0; g < groups->count; g++) {
            list_push(&group_keys, groups->group[g]);
            list_push(&group_items, stem);
        }
    }
    postings_build(&suggest->by_group, (uint32_t)lexicon_group_count(), &group_keys, &group_items);
    list_free(&group_keys);
    list_free(&group_items);
}

/* 16 times the logarithm of how many labels there are for each that has it; at least 1. */
static uint32_t rarity(const struct suggest *suggest, uint32_t labels)
{
    return 1 + number_log2(16 * ((uint64_t)suggest->label_count + 1)) -
           number_log2(16 * (uint64_t)labels);
}

static void weigh_stems(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;
    const uint32_t count = symbols_count(suggest->stems);
    uint32_t *last = mem_array((size_t)count + 1, sizeof *last);

    for (uint32_t i = 0; i < suggest->label_count; i++) {
        const struct index_label *label = &suggest->labels[i];
        for (uint32_t p = 0; p < label->piece_count; p++) {
            const uint32_t stem =
                suggest->piece_of[build->pieces.items[label->first_piece + p]].stem;
            if (last[stem] == i + 1)
                continue;
            last[stem] = i + 1;
            list_push(&build->stem_keys, stem);
            list_push(&build->stem_items, i);
        }
    }
    mem_free(last);
    postings_build(&suggest->by_stem, count, &build->stem_keys, &build->stem_items);
    for (uint32_t stem = 0; stem < count; stem++)
        suggest->stem_of[stem].weight =
            rarity(suggest, suggest->by_stem.start[stem + 1] - suggest->by_stem.start[stem]);
    for (uint32_t i = 0; i < suggest->label_count; i++) {
        struct index_label *label = &suggest->labels[i];
        for (uint32_t p = 0; p < label->piece_count; p++)
            label->piece_weight +=
                suggest
                    ->stem_of[suggest->piece_of[build->pieces.items[label->first_piece + p]].stem]
                    .weight;
    }
}

static void weigh_grams(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;
    const uint32_t count = symbols_count(suggest->grams);
    uint64_t *squares = mem_array((size_t)suggest->label_count + 1, sizeof *squares);

    postings_build(&suggest->by_gram, count, &build->gram_keys, &build->gram_items);
    suggest->gram_weight = mem_array((size_t)count + 1, sizeof *suggest->gram_weight);
    for (uint32_t gram = 0; gram < count; gram++) {
        const uint32_t first = suggest->by_gram.start[gram];
        const uint32_t end = suggest->by_gram.start[gram + 1];
        const uint32_t weight = rarity(suggest, end - first);
        suggest->gram_weight[gram] = weight;
        for (uint32_t i = first; i < end; i++)
            squares[suggest->by_gram.items[i]] += (uint64_t)weight * weight;
    }
    for (uint32_t i = 0; i < suggest->label_count; i++)
        suggest->labels[i].gram_norm = number_root(squares[i]);
    mem_free(squares);
}

static void take_key_postings(struct suggest_build *build)
{
    struct suggest *suggest = build->suggest;

    postings_build(&suggest->by_exact, symbols_count(suggest->exact), &build->exact_keys,
                   &build->key_items);
    postings_build(&suggest->by_joined, symbols_count(suggest->joined), &build->joined_keys,
                   &build->key_items);
    postings_build(&suggest->by_bag, symbols_count(suggest->bag), &build->bag_keys,
                   &build->key_items);
}

struct suggest *suggest_finish(struct suggest_build **build)
{
    struct suggest *suggest = (*build)->suggest;

    suggest->lexicon = lexicon_create();
    suggest->compound = compound_create();
    suggest->words = symbols_create();
    suggest->strict = symbols_create();
    suggest->pieces = symbols_create();
    suggest->stems = symbols_create();
    suggest->grams = symbols_create();
    suggest->exact = symbols_create();
    suggest->joined = symbols_create();
    suggest->bag = symbols_create();
    if (suggest->label_count > 0)
        qsort_r(suggest->labels, suggest->label_count, sizeof *suggest->labels, compare_labels,
                suggest); /* so that the order in which they came is forgotten */
    learn_words(*build);
    take_labels(*build);
    take_stems(*build);
    weigh_stems(*build);
    weigh_grams(*build);
    take_key_postings(*build);
    suggest->weight_most = rarity(suggest, 1);
    suggest->label_words = (*build)->words.items;
    suggest->word_pieces = (*build)->word_pieces.items;
    suggest->label_pieces = (*build)->pieces.items;
    suggest->label_stricts = (*build)->stricts.items;
    (*build)->words = (*build)->word_pieces = (struct list){0};
    (*build)->pieces = (*build)->stricts = (struct list){0};
    (*build)->suggest = NULL;
    suggest_abandon(build);
    return suggest;
}

void suggest_abandon(struct suggest_build **build)
{
    struct suggest_build *gone = *build;

    if (gone == NULL)
        return;
    struct list *lists[] = {&gone->words,       &gone->word_pieces, &gone->pieces,
                            &gone->stricts,     &gone->gram_keys,   &gone->gram_items,
                            &gone->stem_keys,   &gone->stem_items,  &gone->exact_keys,
                            &gone->joined_keys, &gone->bag_keys,    &gone->key_items,
                            &gone->gram_seen};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        list_free(lists[i]);
    symbols_destroy(&gone->code_keys);
    suggest_destroy(&gone->suggest);
    mem_free(gone);
    *build = NULL;
}

void suggest_destroy(struct suggest **suggest)
{
    struct suggest *gone = *suggest;

    if (gone == NULL)
        return;
    struct symbols **symbols[] = {&gone->words, &gone->strict, &gone->pieces, &gone->stems,
                                  &gone->grams, &gone->exact,  &gone->joined, &gone->bag};
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        symbols_destroy(symbols[i]);
    struct postings *postings[] = {&gone->by_gram,  &gone->by_stem,   &gone->by_group,
                                   &gone->by_exact, &gone->by_joined, &gone->by_bag};
    for (size_t i = 0; i < sizeof postings / sizeof postings[0]; i++)
        postings_free(postings[i]);
    void *const blocks[] = {gone->labels,      gone->codes,        gone->piece_of,
                            gone->stem_of,     gone->word_pieces,  gone->gram_weight,
                            gone->label_words, gone->label_pieces, gone->label_stricts};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        mem_free(blocks[i]);
    lexicon_destroy(&gone->lexicon);
    compound_destroy(&gone->compound);
    arena_destroy(&gone->arena);
    mem_free(gone);
    *suggest = NULL;
}

size_t suggest_labels(const struct suggest *suggest)
{
    return suggest->label_count;
}

size_t suggest_codes(const struct suggest *suggest)
{
    return suggest->code_count;
}

uint32_t index_letters(const char *text, size_t length)
{
    uint32_t letters = 0;

    for (size_t i = 0; i < length; i++)
        letters |= UINT32_C(1) << ((unsigned char)text[i] & 31);
    return letters;
}
