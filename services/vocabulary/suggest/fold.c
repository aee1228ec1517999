#include "services/vocabulary/suggest/fold.h"

#include "common/base/str.h"

#include <stdbool.h>
#include <string.h>

#define LATIN_FIRST 0xc0
#define LATIN_LAST 0x17f

/* U+00C0 to U+017F without their accents; a space is no letter. */
static const char latin[] = "aaaa{}{ceeeeiiiidnoooo| |uuuuyts"
                            "aaaa{}{ceeeeiiiidnoooo| |uuuuyty"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii"
                            "iijjkkkllllllllllnnnnnnnnnoooo||||rrrrrrsssssssstttttt"
                            "uuuuuuuuuuuuwwyyyzzzzzzs";

_Static_assert(sizeof latin - 1 == LATIN_LAST - LATIN_FIRST + 1, "one letter per code point");

enum sort {
    SORT_LETTER,
    SORT_MARK,    /* an accent of its own, behind its letter */
    SORT_NOTHING, /* not seen */
    SORT_HYPHEN,
    SORT_POINT,
    SORT_APOSTROPHE,
    SORT_SPACE,
    SORT_SIGN,
};

/* --- characters ------------------------------------------------------------------------------ */

static uint32_t decode(const char *bytes, size_t step)
{
    const unsigned char *at = (const unsigned char *)bytes;

    switch (step) {
    case 1:
        return at[0];
    case 2:
        return (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
    case 3:
        return (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
    default:
        return (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 |
               (uint32_t)(at[2] & 0x3f) << 6 | (at[3] & 0x3f);
    }
}

static enum sort sort_ascii(uint32_t point)
{
    if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
        (point >= '0' && point <= '9'))
        return SORT_LETTER;
    switch (point) {
    case '-':
        return SORT_HYPHEN;
    case '.':
        return SORT_POINT;
    case '\'':
    case '`':
        return SORT_APOSTROPHE;
    default:
        return point <= ' ' ? SORT_SPACE : SORT_SIGN;
    }
}

static enum sort sort_of(uint32_t point)
{
    if (point < 0x80)
        return sort_ascii(point);
    if (point == 0xad || (point >= 0x200b && point <= 0x200d) || point == 0xfeff)
        return SORT_NOTHING; /* soft hyphen, zero width */
    if (point == 0xb4 || point == 0x2bc || point == 0x2018 || point == 0x2019)
        return SORT_APOSTROPHE;
    if ((point >= 0x2010 && point <= 0x2015) || point == 0x2212)
        return SORT_HYPHEN;
    if (point >= 0x300 && point <= 0x36f)
        return SORT_MARK;
    if (point < LATIN_FIRST || (point >= 0x2000 && point <= 0x2bff) ||
        (point >= 0x3000 && point <= 0x303f) || (point >= 0xe000 && point <= 0xf8ff) ||
        (point >= 0xfe00 && point <= 0xfe0f) || point >= 0x1f000)
        return point == 0xa0 || point == 0x202f ? SORT_SPACE : SORT_SIGN;
    if (point <= LATIN_LAST)
        return latin[point - LATIN_FIRST] == ' ' ? SORT_SIGN : SORT_LETTER;
    return SORT_LETTER;
}

/* One code point of the text; what is not UTF-8 is a sign. */
struct reader {
    const char *bytes;
    size_t length;
    size_t at;
};

static enum sort peek(const struct reader *reader, uint32_t *point, size_t *step)
{
    const char *bytes = reader->bytes + reader->at;

    *step = str_utf8_step(bytes, reader->length - reader->at);
    *point = *step > 0 ? decode(bytes, *step) : '?';
    *step = *step > 0 ? *step : 1;
    return sort_of(*point);
}

static bool at_letter(const struct reader *reader)
{
    uint32_t point;
    size_t step;

    return reader->at < reader->length && peek(reader, &point, &step) == SORT_LETTER;
}

/* --- letters --------------------------------------------------------------------------------- */

static void push(struct fold_word *word, const char *bytes, size_t length)
{
    if (word->length + length > FOLD_WORD_CAP)
        return;
    memcpy(word->text + word->length, bytes, length);
    word->length = (uint8_t)(word->length + length);
}

/* a-z and 0-9; ae, oe and aa are what æ, ø and å are typed as. */
static void push_ascii(struct fold_word *word, char letter)
{
    char *last = word->length > 0 ? &word->text[word->length - 1] : NULL;

    if (letter >= 'A' && letter <= 'Z')
        letter = (char)(letter - 'A' + 'a');
    if (last != NULL && letter == 'e' && *last == 'a')
        *last = '{';
    else if (last != NULL && letter == 'e' && *last == 'o')
        *last = '|';
    else if (last != NULL && letter == 'a' && *last == 'a')
        *last = '}';
    else
        push(word, &letter, 1);
}

/* Greek and Cyrillic have their small letters a fixed step behind the capitals. */
static void push_other(struct fold_word *word, uint32_t point, const char *bytes, size_t step)
{
    uint32_t small = point;
    char two[2];

    if ((point >= 0x391 && point <= 0x3a9) || (point >= 0x410 && point <= 0x42f))
        small += 0x20;
    else if (point >= 0x400 && point <= 0x40f)
        small += 0x50;
    if (step != 2) {
        push(word, bytes, step);
        return;
    }
    two[0] = (char)(0xc0 | (small >> 6));
    two[1] = (char)(0x80 | (small & 0x3f));
    push(word, two, 2);
}

static void push_letter(struct fold_word *word, uint32_t point, const char *bytes, size_t step)
{
    if (point < 0x80)
        push_ascii(word, (char)point);
    else if (point >= LATIN_FIRST && point <= LATIN_LAST)
        push(word, &latin[point - LATIN_FIRST], 1);
    else
        push_other(word, point, bytes, step);
    if (point == 0xdf)
        push(word, "s", 1);
}

/* An accent written behind its letter: a ring makes å, two dots make æ and ø. */
static void push_mark(struct fold_word *word, uint32_t point)
{
    char *last = &word->text[word->length - 1];

    if (point == 0x30a && *last == 'a')
        *last = '}';
    else if (point == 0x308 && *last == 'a')
        *last = '{';
    else if (point == 0x308 && *last == 'o')
        *last = '|';
}

/* --- words ----------------------------------------------------------------------------------- */

/* "vvs'er", "JB'erne": the ending says nothing. In "o'brien" it is part of the word. */
static void drop_ending(struct fold_word *word, size_t from)
{
    static const char *const endings[] = {"er", "ere", "eren", "erne", "ers", "en", "et", "e", "s"};
    const size_t rest = word->length - from;

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strlen(endings[i]) == rest && memcmp(word->text + from, endings[i], rest) == 0)
            word->length = (uint8_t)from;
}

/* The letters from here on, across an apostrophe. */
static void read_letters(struct reader *reader, struct fold_word *word)
{
    size_t apostrophe = 0;
    uint32_t point;
    size_t step;

    while (reader->at < reader->length) {
        const enum sort sort = peek(reader, &point, &step);
        if (sort == SORT_LETTER)
            push_letter(word, point, reader->bytes + reader->at, step);
        else if (sort == SORT_MARK)
            push_mark(word, point);
        else if (sort == SORT_APOSTROPHE)
            apostrophe = word->length;
        else if (sort != SORT_NOTHING)
            break;
        reader->at += step;
    }
    if (apostrophe > 0)
        drop_ending(word, apostrophe);
}

struct gap {
    size_t count;
    enum sort first, last;
};

static struct gap read_gap(struct reader *reader)
{
    struct gap gap = {0, SORT_SPACE, SORT_SPACE};
    uint32_t point;
    size_t step;

    while (reader->at < reader->length && !at_letter(reader)) {
        gap.last = peek(reader, &point, &step);
        if (gap.count++ == 0)
            gap.first = gap.last;
        reader->at += step;
    }
    return gap;
}

static void mark_end(struct fold_word *word, const struct gap *gap, bool more)
{
    if (gap->count > 0 && gap->first == SORT_POINT)
        word->flags |= FOLD_POINT;
    if (gap->count > 0 && gap->first == SORT_HYPHEN && (gap->count > 1 || !more))
        word->flags |= FOLD_HYPHEN_AFTER;
    if (gap->count == 1 && gap->first != SORT_SPACE && more)
        word->flags |= FOLD_TIGHT;
}

static bool is_letter_alone(const struct fold_word *word)
{
    return word->length == 1 && word->text[0] >= 'a';
}

/* "C+E", "v.v.s.": letters alone, close together, are one word. */
static void join_letters(struct fold_text *text)
{
    size_t kept = 0;
    bool open = false; /* the last word kept takes a letter more */

    for (size_t i = 0; i < text->count; i++) {
        const struct fold_word word = text->words[i];
        const bool alone = is_letter_alone(&word);
        if (open && alone) {
            push(&text->words[kept - 1], word.text, 1);
            text->words[kept - 1].flags = word.flags & (uint8_t)~FOLD_POINT;
        } else {
            text->words[kept++] = word;
        }
        open = alone && (word.flags & FOLD_TIGHT) != 0;
    }
    text->count = kept;
}

void fold_words(const char *bytes, size_t length, struct fold_text *text)
{
    struct reader reader = {bytes, length, 0};

    text->count = 0;
    struct gap gap = read_gap(&reader);
    while (reader.at < length && text->count < FOLD_WORDS_CAP) {
        struct fold_word *word = &text->words[text->count];
        word->length = 0;
        word->flags =
            gap.last == SORT_HYPHEN && (gap.count > 1 || text->count == 0) ? FOLD_HYPHEN_BEFORE : 0;
        read_letters(&reader, word);
        gap = read_gap(&reader);
        mark_end(word, &gap, reader.at < length);
        if (word->length > 0)
            text->count++;
    }
    join_letters(text);
}

void fold_loose(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '{' || text[i] == '}')
            text[i] = 'a';
        else if (text[i] == '|')
            text[i] = 'o';
    }
}
