/*
 * Writes many short texts one after another, into room that was made for all of them: no check and
 * no call per text, so that an answer of thousands of them costs little more than its bytes. Every
 * function takes the place to write at and returns the place after it.
 *
 * A piece is copied in whole steps of PEN_STEP bytes: what is read and written reaches up to
 * PEN_SLACK bytes past its end, where the source has that many and the target has room for them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PEN_STEP 32
#define PEN_SLACK PEN_STEP

struct piece {
    const char *bytes;
    size_t length;
};

/* A text that is known when compiling. */
#define PEN(at, literal)                                                                           \
    ((char *)memcpy((at), "" literal "", sizeof(literal) - 1) + sizeof(literal) - 1)

static inline char *pen_piece(char *at, struct piece piece)
{
    for (size_t done = 0; done < piece.length; done += PEN_STEP) {
        memcpy(at + done, piece.bytes + done, PEN_STEP);
    }
    return at + piece.length;
}

/* A short text that stands for itself. */
static inline char *pen_text(char *at, const char *text)
{
    while (*text != '\0') {
        *at++ = *text++;
    }
    return at;
}

/* A text of a table: short, with its slack inside. */
struct short_piece {
    char bytes[PEN_STEP];
    size_t length;
};
#define SHORT_PIECE(literal)                                                                       \
    {                                                                                              \
        .bytes = literal, .length = sizeof(literal) - 1                                            \
    }

static inline char *pen_short(char *at, const struct short_piece *piece)
{
    memcpy(at, piece->bytes, PEN_STEP);
    return at + piece->length;
}

static inline char *pen_char(char *at, char character)
{
    *at = character;
    return at + 1;
}

/* At most PEN_DIGITS. */
#define PEN_DIGITS 10
static inline char *pen_unsigned(char *at, uint32_t number)
{
    char digits[PEN_DIGITS];
    size_t count = 0;
    if (number < 10) { /* most of them */
        return pen_char(at, (char)('0' + number));
    }
    if (number < 100) { /* nearly all others */
        at = pen_char(at, (char)('0' + number / 10));
        return pen_char(at, (char)('0' + number % 10));
    }
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}
