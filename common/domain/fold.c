#include "common/domain/fold.h"

#include "common/base/str.h"

#include <string.h>

uint32_t fold_point(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;

    if (size == 2)
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    if (size == 3)
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    if (size == 4)
        return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 |
               (uint32_t)(b[2] & 0x3f) << 6 | (b[3] & 0x3f);
    return b[0];
}

const char *fold_letter(uint32_t point, const char *bytes, size_t size, char out[5])
{
    static const struct {
        uint32_t upper, lower;
        const char *text;
    } letters[] = {
        {0xc6, 0xe6, "ae"}, {0xd8, 0xf8, "oe"}, {0xc5, 0xe5, "aa"}, {0xc4, 0xe4, "ae"},
        {0xd6, 0xf6, "oe"}, {0xdc, 0xfc, "u"},  {0xc9, 0xe9, "e"},  {0xc8, 0xe8, "e"},
        {0xca, 0xea, "e"},  {0xc1, 0xe1, "a"},  {0xc0, 0xe0, "a"},  {0xd3, 0xf3, "o"},
    };

    memset(out, 0, 5);
    if (point < 0x80) {
        const bool upper = point >= 'A' && point <= 'Z';
        if (!upper && !(point >= 'a' && point <= 'z') && !(point >= '0' && point <= '9'))
            return NULL;
        out[0] = (char)(upper ? point + 'a' - 'A' : point);
        return out;
    }
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (point == letters[i].upper || point == letters[i].lower)
            return letters[i].text;
    /* Latin-1's signs, general punctuation, symbols and the like separate words. */
    if (point < 0xc0 || point == 0xd7 || point == 0xf7 || (point >= 0x2000 && point < 0x2c00) ||
        (point >= 0x3000 && point < 0x3040) || point == 0xfeff || point == 0xfffd)
        return NULL;
    memcpy(out, bytes, size);
    return out;
}

const char *fold_text(struct arena *arena, const char *text)
{
    const size_t length = strlen(text);
    char *folded = arena_alloc(arena, length + 1);
    size_t size = 0;
    bool between = false;

    for (size_t at = 0; at < length;) {
        const size_t step = str_utf8_step(text + at, length - at);
        char letter[5];
        const char *more =
            step > 0 ? fold_letter(fold_point(text + at, step), text + at, step, letter) : NULL;
        at += step > 0 ? step : 1;
        between |= more == NULL;
        if (more == NULL)
            continue;
        if (between && size > 0)
            folded[size++] = ' ';
        between = false;
        memcpy(folded + size, more, strlen(more)); /* no longer than the letter was */
        size += strlen(more);
    }
    return folded;
}
