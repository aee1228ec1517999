#include "services/orders/linter/words.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <string.h>

#define RING 0x30A  /* combining, as in a decomposed å */
#define ACUTE 0x301 /* and one that a reader of Danish may leave out */

enum kind { SEPARATOR, LETTER, NOTHING };

static unsigned long code_point(const char *text, size_t step)
{
    const unsigned char *at = (const unsigned char *)text;

    switch (step) {
    case 1:
        return at[0];
    case 2:
        return (at[0] & 0x1FUL) << 6 | (at[1] & 0x3FUL);
    case 3:
        return (at[0] & 0x0FUL) << 12 | (at[1] & 0x3FUL) << 6 | (at[2] & 0x3FUL);
    default:
        return (at[0] & 0x07UL) << 18 | (at[1] & 0x3FUL) << 12 | (at[2] & 0x3FUL) << 6 |
               (at[3] & 0x3FUL);
    }
}

static bool is_digit(unsigned long point)
{
    return point >= '0' && point <= '9';
}

static bool is_upper(unsigned long point)
{
    return (point >= 'A' && point <= 'Z') || (point >= 0xC0 && point <= 0xDE && point != 0xD7);
}

/* What is written but not seen is no part of a word, nor does it end one. */
static bool without_width(unsigned long point)
{
    return point == 0xAD || (point >= 0x200B && point <= 0x200D) || point == 0x2060 ||
           point == 0xFEFF || point == ACUTE;
}

static enum kind kind_of(unsigned long point)
{
    if (without_width(point))
        return NOTHING;
    if (point < 0x80) {
        const unsigned long lower = point | 0x20;
        return is_digit(point) || (lower >= 'a' && lower <= 'z') ? LETTER : SEPARATOR;
    }
    if (point < 0xC0 || point == 0xD7 || point == 0xF7 || (point >= 0x2000 && point <= 0x206F) ||
        (point >= 0x2190 && point <= 0x2BFF) || point == 0x3000)
        return SEPARATOR;
    return LETTER;
}

struct reader {
    struct words *words;
    char *to; /* the end of the normal form so far */
    struct word *open;
    bool begins;
    unsigned long stop; /* the full stop that may have ended a sentence, or 0 */
};

/* æ, ø and å stand in UTF-8 as C3 and one more. */
static void put_danish(struct reader *reader, char second)
{
    *reader->to++ = (char)0xC3;
    *reader->to++ = second;
}

/* The letter before becomes one with this: aa, ae, oe, and a with a ring of its own. */
static bool joins(struct reader *reader, unsigned long point)
{
    char *last = reader->to - 1;
    char second = 0;

    if (!reader->open || reader->to == reader->open->text)
        return false;
    if (*last == 'a' && (point == 'a' || point == RING))
        second = (char)0xA5;
    else if (*last == 'a' && point == 'e')
        second = (char)0xA6;
    else if (*last == 'o' && point == 'e')
        second = (char)0xB8;
    if (second == 0)
        return false;
    reader->to = last;
    put_danish(reader, second);
    return true;
}

static void put(struct reader *reader, const char *text, size_t step, unsigned long point)
{
    if (is_upper(point))
        point += 0x20;
    if (joins(reader, point))
        return;
    if (point < 0x80) {
        *reader->to++ = (char)point;
    } else if (point >= 0xE8 && point <= 0xEB) {
        *reader->to++ = 'e'; /* é and its like */
    } else if (point <= 0xFF) {
        put_danish(reader, (char)(0x80 | (point & 0x3F)));
    } else {
        memcpy(reader->to, text, step);
        reader->to += step;
    }
}

static void close_word(struct reader *reader)
{
    if (reader->open) {
        reader->open->length = (size_t)(reader->to - reader->open->text);
        reader->words->count++;
    }
    reader->open = NULL;
}

/* A full stop ends a sentence when the next word has a capital: "maks. 45 år" goes on. */
static void open_word(struct reader *reader, size_t at, unsigned long point)
{
    if (reader->stop == '.' && is_upper(point))
        reader->begins = true;
    reader->open = &reader->words->items[reader->words->count];
    *reader->open =
        (struct word){.text = reader->to, .start = at, .end = at, .begins = reader->begins};
    reader->begins = false;
    reader->stop = 0;
}

static void separate(struct reader *reader, unsigned long point)
{
    close_word(reader);
    if (point == '.')
        reader->stop = point;
    else if (point == '!' || point == '?' || point == ';' || point == '\n')
        reader->begins = true;
}

void words_read(struct words *words, const char *text, size_t length)
{
    struct reader reader = {.words = words, .begins = true};

    *words = (struct words){.items = mem_zalloc((length / 2 + 1) * sizeof *words->items),
                            .normal = mem_alloc(length + 1)};
    reader.to = words->normal;
    for (size_t at = 0; at < length;) {
        const size_t step = str_utf8_step(text + at, length - at);
        const unsigned long point = code_point(text + at, step);
        const enum kind kind = kind_of(point);
        if (kind == SEPARATOR)
            separate(&reader, point);
        if (kind == LETTER) {
            if (!reader.open)
                open_word(&reader, at, point);
            put(&reader, text + at, step, point);
            reader.open->end = at + step;
        }
        at += step;
    }
    close_word(&reader);
}

void words_deinit(struct words *words)
{
    mem_free(words->items);
    mem_free(words->normal);
    *words = (struct words){0};
}
