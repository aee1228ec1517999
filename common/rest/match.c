/* Paths and queries: pure functions over what the guard let through (RFC 3986 characters only). */
#include "common/base/str.h"
#include "common/rest/internal.h"

#include <string.h>

static size_t segment(const char *text)
{
    return strcspn(text, "/");
}

bool match_pattern(const char *pattern, const char *path)
{
    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        const size_t wanted = segment(pattern);
        const size_t given = segment(path);
        if (*pattern == '{') {
            if (given == 0)
                return false;
        } else if (wanted != given || memcmp(pattern, path, wanted) != 0) {
            return false;
        }
        pattern += wanted;
        path += given;
    }
    return *pattern == '\0' && *path == '\0';
}

/* The first segment in which they differ decides: a word is closer than a parameter. */
int match_compare(const char *left, const char *right)
{
    while (*left == '/' && *right == '/') {
        const bool left_word = *++left != '{';
        const bool right_word = *++right != '{';
        if (left_word != right_word)
            return left_word ? 1 : -1;
        left += segment(left);
        right += segment(right);
    }
    return 0;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *match_decode(struct arena *arena, const char *text, size_t length, bool form)
{
    char *decoded = arena_alloc(arena, length + 1);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '%') {
            if (length - i < 3 || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
                return NULL;
            c = (unsigned char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return NULL;
        decoded[at++] = (char)c;
    }
    return str_utf8_valid(decoded, at) ? decoded : NULL;
}

bool match_parameters(struct arena *arena, const char *pattern, const char *path,
                      struct rest_pair *pairs, size_t *count)
{
    *count = 0;
    while (*pattern == '/') {
        pattern++;
        path++;
        const size_t wanted = segment(pattern);
        const size_t given = segment(path);
        if (*pattern == '{') {
            if (*count == REST_PARAMETERS)
                return false;
            struct rest_pair *pair = &pairs[(*count)++];
            pair->name = arena_strndup(arena, pattern + 1, wanted - 2);
            pair->value = match_decode(arena, path, given, false);
            if (pair->value == NULL || pair->value[0] == '\0')
                return false;
        }
        pattern += wanted;
        path += given;
    }
    return true;
}

bool match_query(struct arena *arena, const char *query, struct rest_pair *pairs, size_t *count)
{
    *count = 0;
    while (*query != '\0') {
        const size_t length = strcspn(query, "&");
        const size_t name = strcspn(query, "&=");
        if (length > 0) {
            if (*count == REST_QUERIES)
                return false;
            struct rest_pair *pair = &pairs[(*count)++];
            const size_t value = name < length ? name + 1 : name;
            pair->name = match_decode(arena, query, name, true);
            pair->value = match_decode(arena, query + value, length - value, true);
            if (pair->name == NULL || pair->value == NULL)
                return false;
        }
        query += length;
        if (*query == '&')
            query++;
    }
    return true;
}
