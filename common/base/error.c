#include "common/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *error_name(int code)
{
    static const char *const names[] = {
        "none", "invalid", "not_found",   "conflict",  "denied",   "limit",
        "io",   "timeout", "unavailable", "uncertain", "internal",
    };

    if (code > 0 || -code >= (int)(sizeof names / sizeof names[0]))
        return "unknown";
    return names[-code];
}

/* A text that was cut in the middle of a character would not be UTF-8 any more. */
static void cut_whole_characters(char *text, size_t length)
{
    size_t start = length;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;

    unsigned char lead = (unsigned char)text[start - 1];
    size_t needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < needed)
        text[start - 1] = '\0';
}

void error_detail_set(struct error_detail *detail, const char *private_text,
                      const char *public_format, ...)
{
    if (!detail)
        return;

    va_list arguments;
    va_start(arguments, public_format);
    int wanted =
        vsnprintf(detail->public_text, sizeof detail->public_text, public_format, arguments);
    va_end(arguments);
    if (wanted < 0)
        detail->public_text[0] = '\0';
    else if ((size_t)wanted >= sizeof detail->public_text)
        cut_whole_characters(detail->public_text, sizeof detail->public_text - 1);

    wanted = snprintf(detail->private_text, sizeof detail->private_text, "%s",
                      private_text ? private_text : "");
    if (wanted >= (int)sizeof detail->private_text)
        cut_whole_characters(detail->private_text, sizeof detail->private_text - 1);
}
