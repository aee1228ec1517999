#include "services/vocabulary/suggest/phrase.h"

#include "services/vocabulary/suggest/stem.h"

#include <string.h>

static void take_word(const struct lexicon *lexicon, const struct fold_word *folded,
                      struct phrase_word *word)
{
    word->length = folded->length;
    word->point = (folded->flags & FOLD_POINT) != 0;
    memcpy(word->strict, folded->text, folded->length);
    memcpy(word->loose, folded->text, folded->length);
    fold_loose(word->loose, word->length);
    word->sort = lexicon_sort(lexicon, word->loose, word->length);
}

static void append(struct phrase_word *word, const struct phrase_word *from, size_t start)
{
    const size_t length = from->length - start;

    if (word->length + length > FOLD_WORD_CAP)
        return;
    memcpy(word->strict + word->length, from->strict + start, length);
    memcpy(word->loose + word->length, from->loose + start, length);
    word->length = (uint8_t)(word->length + length);
    word->point = from->point;
}

/* "jord- og betonarbejder": the first lacks the last piece of a later one. */
static void complete_end(const struct compound *compound, struct phrase_word *word,
                         const struct phrase_word *full)
{
    struct compound_piece pieces[COMPOUND_PIECES_CAP];
    const size_t count = compound_split(compound, full->loose, full->length, pieces);

    if (count > 1)
        append(word, full, pieces[count - 1].start);
}

/* "betonarbejder og -støber": the second lacks the first pieces of an earlier one. */
static void complete_beginning(const struct compound *compound, struct phrase_word *word,
                               const struct phrase_word *full)
{
    struct compound_piece pieces[COMPOUND_PIECES_CAP];
    const size_t count = compound_split(compound, full->loose, full->length, pieces);
    const struct phrase_word end = *word;

    if (count < 2)
        return;
    *word = *full;
    word->length = pieces[count - 1].start;
    append(word, &end, 0);
    word->sort = LEXICON_WORD;
}

static void complete(const struct compound *compound, const struct fold_text *text,
                     struct phrase *phrase)
{
    for (size_t i = 0; i < text->count; i++) {
        size_t other = i;
        if ((text->words[i].flags & FOLD_HYPHEN_AFTER) != 0) {
            do
                other++;
            while (other < text->count && (phrase->words[other].sort == LEXICON_FUNCTION ||
                                           (text->words[other].flags & FOLD_HYPHEN_AFTER) != 0));
            if (other < text->count)
                complete_end(compound, &phrase->words[i], &phrase->words[other]);
        } else if ((text->words[i].flags & FOLD_HYPHEN_BEFORE) != 0 && i > 0) {
            do
                other--;
            while (other > 0 && phrase->words[other].sort == LEXICON_FUNCTION);
            complete_beginning(compound, &phrase->words[i], &phrase->words[other]);
        }
    }
}

static void drop_functions(struct phrase *phrase)
{
    size_t kept = 0;

    for (size_t i = 0; i < phrase->count; i++)
        kept += phrase->words[i].sort != LEXICON_FUNCTION;
    if (kept == 0)
        return;
    kept = 0;
    for (size_t i = 0; i < phrase->count; i++)
        if (phrase->words[i].sort != LEXICON_FUNCTION)
            phrase->words[kept++] = phrase->words[i];
    phrase->count = kept;
}

void phrase_read(const struct lexicon *lexicon, const struct compound *compound, const char *text,
                 size_t length, struct phrase *phrase)
{
    struct fold_text folded;

    fold_words(text, length, &folded);
    phrase->count = folded.count;
    for (size_t i = 0; i < folded.count; i++)
        take_word(lexicon, &folded.words[i], &phrase->words[i]);
    if (compound != NULL)
        complete(compound, &folded, phrase);
    drop_functions(phrase);
}

size_t phrase_key_exact(const struct phrase *phrase, char key[PHRASE_KEY_CAP])
{
    size_t length = 0;

    for (size_t i = 0; i < phrase->count; i++) {
        memcpy(key + length, phrase->words[i].strict, phrase->words[i].length);
        length += phrase->words[i].length;
        key[length++] = ' ';
    }
    return length;
}

size_t phrase_key_joined(const struct phrase *phrase, char key[PHRASE_KEY_CAP])
{
    size_t length = 0;

    for (size_t i = 0; i < phrase->count; i++) {
        memcpy(key + length, phrase->words[i].loose, phrase->words[i].length);
        length += phrase->words[i].length;
    }
    return length;
}

static int compare_stems(const struct phrase_word *left, const struct phrase_word *right)
{
    const size_t left_size = stem_length(left->loose, left->length);
    const size_t right_size = stem_length(right->loose, right->length);
    const int order =
        memcmp(left->loose, right->loose, left_size < right_size ? left_size : right_size);

    return order != 0 ? order : (left_size > right_size) - (left_size < right_size);
}

size_t phrase_key_stems(const struct phrase *phrase, char key[PHRASE_KEY_CAP])
{
    uint8_t order[FOLD_WORDS_CAP];
    size_t length = 0;

    for (size_t i = 0; i < phrase->count; i++) {
        size_t at = i;
        while (at > 0 && compare_stems(&phrase->words[order[at - 1]], &phrase->words[i]) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint8_t)i;
    }
    for (size_t i = 0; i < phrase->count; i++) {
        const struct phrase_word *word = &phrase->words[order[i]];
        const size_t size = stem_length(word->loose, word->length);
        memcpy(key + length, word->loose, size);
        length += size;
        key[length++] = ' ';
    }
    return length;
}
