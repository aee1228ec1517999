/* What may be kept of an answer. */
#include "common/fetch/transfer.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A phone number, a CPR number: six digits or more with at most one separator between two. */
static void mask_numbers(char *text)
{
    for (char *at = text; *at != '\0';) {
        if (!is_digit(*at)) {
            at++;
            continue;
        }
        char *end = at;
        size_t digits = 0;
        while (is_digit(*end) || (strchr(" -.", *end) != NULL && *end != '\0' && is_digit(end[1])))
            digits += is_digit(*end++) ? 1 : 0;
        for (; at < end; at++) {
            if (digits >= 6 && is_digit(*at))
                *at = '#';
        }
    }
}

static void mask_mail(char *text)
{
    static const char around[] = " \"'<>,;:()[]{}";
    for (char *at = strchr(text, '@'); at != NULL; at = strchr(at, '@')) {
        char *start = at;
        while (start > text && strchr(around, start[-1]) == NULL)
            start--;
        size_t length = strcspn(start, around);
        memset(start, '*', length);
        at = start + length;
    }
}

void excerpt_scrub(const char *bytes, size_t length, char text[FETCH_EXCERPT_CAP + 1])
{
    size_t kept = length < FETCH_EXCERPT_CAP ? length : FETCH_EXCERPT_CAP;
    for (size_t i = 0; i < kept; i++)
        text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.';
    text[kept] = '\0';
    mask_mail(text);
    mask_numbers(text);
}
