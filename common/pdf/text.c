#include "common/base/str.h"
#include "common/pdf/internal.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* The code point of a valid character. */
static uint32_t code_point(const unsigned char *bytes, size_t length)
{
    uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3FU);
    return code;
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

/* Controls; what turns the direction of text, so that no text rearranges what stands beside it;
 * annotations; and what is no character, which cairo refuses. */
static bool is_refused(uint32_t code)
{
    return code < 0x20 || is_between(code, 0x7F, 0x9F) || is_between(code, 0x202A, 0x202E) ||
           is_between(code, 0x2066, 0x2069) || is_between(code, 0xFFF9, 0xFFFC) ||
           is_between(code, 0xFDD0, 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
}

/* NULL: the character stays. */
static const char *replacement_of(const char *text, size_t step)
{
    if (step == 0)
        return REPLACEMENT;
    const uint32_t code = code_point((const unsigned char *)text, step);
    if (code == '\t' || code == '\r')
        return " ";
    if (code == '\n' || code == 0x2028 || code == 0x2029)
        return "\n";
    return is_refused(code) ? REPLACEMENT : NULL;
}

void pdf_clean(struct buffer *clean, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        const size_t step = str_utf8_step(text, left);
        const char *instead = replacement_of(text, step);
        if (instead != NULL)
            buffer_text(clean, instead);
        else
            buffer_append(clean, text, step);
        text += step == 0 ? 1 : step;
        left -= step == 0 ? 1 : step;
    }
}
