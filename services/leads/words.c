#include "services/leads/words.h"

#include <string.h>

/* U+00C0 to U+00FF, what each is without marks; "" for the signs among them. */
static const char *const latin[64] = {
    "a", "a", "a", "a", "ae", "aa", "ae", "c", "e",  "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o",  "o",  "oe", "",  "oe", "u", "u", "u", "u", "y", "th", "ss",
    "a", "a", "a", "a", "ae", "aa", "ae", "c", "e",  "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o",  "o",  "oe", "",  "oe", "u", "u", "u", "u", "y", "th", "y"};

/* What the character at `at` becomes; `*step` its bytes. NULL: a gap. */
static const char *fold_one(const unsigned char *at, char single[2], size_t *step)
{
    *step = 1;
    single[1] = '\0';
    if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9')) {
        single[0] = (char)*at;
        return single;
    }
    if (*at >= 'A' && *at <= 'Z') {
        single[0] = (char)(*at + ('a' - 'A'));
        return single;
    }
    if (*at == 0xC3 && at[1] >= 0x80 && at[1] <= 0xBF) {
        *step = 2;
        const char *text = latin[at[1] - 0x80];
        return *text != '\0' ? text : NULL;
    }
    return NULL;
}

bool words_fold(const char *text, char folded[WORDS_CAP])
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length = 0;
    bool gap = false;
    char single[2];
    size_t step;

    for (; *at != '\0'; at += step) {
        const char *piece = fold_one(at, single, &step);
        if (piece == NULL) {
            gap = length > 0;
            continue;
        }
        if (length + gap + strlen(piece) >= WORDS_CAP) {
            folded[length] = '\0';
            return false;
        }
        if (gap)
            folded[length++] = ' ';
        gap = false;
        memcpy(folded + length, piece, strlen(piece));
        length += strlen(piece);
    }
    folded[length] = '\0';
    return true;
}

bool words_contain(const char *folded, const char *phrase)
{
    size_t length = strlen(phrase);

    for (const char *at = strstr(folded, phrase); at != NULL; at = strstr(at + 1, phrase)) {
        if ((at == folded || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return true;
    }
    return false;
}
