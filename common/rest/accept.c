/* Readings of single request headers: pure functions, no answer is sent here. */
#include "common/base/str.h"
#include "common/rest/internal.h"

#include <string.h>
#include <strings.h>

#define KEY_CAP 255

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t");
}

/* "0.8" in thousandths (RFC 9110 12.4.2); broken ones count as 0. */
static int read_quality(const char *text)
{
    if ((text[0] != '0' && text[0] != '1') ||
        (text[1] != '.' && text[1] != '\0' && strchr(" \t,;", text[1]) == NULL))
        return 0;
    int quality = (text[0] - '0') * 1000;
    if (text[1] != '.')
        return quality;
    int unit = 100;
    for (const char *digit = text + 2; *digit >= '0' && *digit <= '9' && unit > 0; digit++) {
        quality += (*digit - '0') * unit;
        unit /= 10;
    }
    return quality > 1000 ? 0 : quality;
}

/* One element of a list such as "text/html;level=1;q=0.5": its name's length and its quality.
 * Returns the start of the next one. */
static const char *next_element(const char *list, const char **name, size_t *length, int *quality)
{
    *name = skip_space(list);
    *length = strcspn(*name, ",; \t");
    *quality = 1000;
    const char *at = *name + *length;
    while (*at != '\0' && *at != ',') {
        at = skip_space(at);
        if (*at == ';') {
            at = skip_space(at + 1);
            if (strncasecmp(at, "q=", 2) == 0)
                *quality = read_quality(at + 2);
        } else if (*at != '\0' && *at != ',') {
            at++;
        }
        at += strcspn(at, ",;");
    }
    return *at == ',' ? at + 1 : at;
}

static bool named(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

/* How closely a range names a type: 3 the type, 2 its family, 1 everything, 0 not. */
static int closeness(const char *range, size_t length, const char *type)
{
    const size_t family = strcspn(type, "/") + 1;
    if (named(range, length, type))
        return 3;
    if (length == family + 1 && range[family] == '*' && strncasecmp(range, type, family) == 0)
        return 2;
    return named(range, length, "*/*") ? 1 : 0;
}

int accept_quality(const char *accept, const char *type)
{
    int best = 0;
    int result = 0;
    if (accept == NULL || str_blank(accept))
        return 1000;
    while (*accept != '\0') {
        const char *name;
        size_t length;
        int quality;
        accept = next_element(accept, &name, &length, &quality);
        const int close = closeness(name, length, type);
        if (close > best) {
            best = close;
            result = quality;
        }
    }
    return result;
}

static bool in_language(const char *range, size_t length, const char *language)
{
    return named(range, length, language) ||
           (length > 3 && range[2] == '-' && strncasecmp(range, language, 2) == 0);
}

/* Danish unless English is liked better. */
enum rest_language accept_language(const char *header)
{
    int danish = -1;
    int english = -1;
    int any = 0;
    if (header == NULL)
        return REST_DANISH;
    while (*header != '\0') {
        const char *name;
        size_t length;
        int quality;
        header = next_element(header, &name, &length, &quality);
        if (in_language(name, length, "da") && quality > danish)
            danish = quality;
        else if (in_language(name, length, "en") && quality > english)
            english = quality;
        else if (named(name, length, "*"))
            any = quality;
    }
    return (english < 0 ? any : english) > (danish < 0 ? any : danish) ? REST_ENGLISH : REST_DANISH;
}

static bool is_media(const char *content_type, const char *wanted)
{
    return content_type != NULL && named(content_type, strcspn(content_type, "; \t"), wanted);
}

bool accept_is_json(const char *content_type)
{
    return is_media(content_type, "application/json");
}

bool accept_is_form(const char *content_type)
{
    return is_media(content_type, "application/x-www-form-urlencoded");
}

static bool is_visible(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x21 || text[i] > 0x7e)
            return false;
    return true;
}

const char *accept_idempotency_key(struct arena *arena, const char *header)
{
    const size_t length = strlen(header);
    if (header[0] != '"') {
        const bool bare = length > 0 && length <= KEY_CAP && is_visible(header, length) &&
                          strpbrk(header, "\",;\\") == NULL;
        return bare ? arena_strdup(arena, header) : NULL;
    }
    char *key = arena_alloc(arena, length + 1);
    size_t at = 0;
    size_t i = 1;
    for (; i < length && header[i] != '"'; i++) {
        if (header[i] == '\\' && header[++i] != '"' && header[i] != '\\')
            return NULL;
        key[at++] = header[i];
    }
    const bool closed = i + 1 == length && header[i] == '"';
    return closed && at > 0 && at <= KEY_CAP && is_visible(key, at) ? key : NULL;
}

int64_t accept_if_match(const char *header)
{
    int64_t version;
    char digits[24];
    const size_t length = strlen(header);
    if (str_equal(header, "*"))
        return 0;
    if (length < 4 || length - 3 >= sizeof digits || !str_starts(header, "\"v") ||
        header[length - 1] != '"')
        return -1;
    memcpy(digits, header + 2, length - 3);
    digits[length - 3] = '\0';
    if ((digits[0] == '0' && digits[1] != '\0') || str_int64(digits, 1, INT64_MAX, &version) != 0)
        return -1;
    return version;
}

bool accept_if_none_match(const char *header, int64_t version)
{
    while (*header != '\0') {
        const char *tag = skip_space(header);
        size_t length = strcspn(tag, ",");
        header = tag + length + (tag[length] == ',');
        while (length > 0 && (tag[length - 1] == ' ' || tag[length - 1] == '\t'))
            length--;
        if (length > 2 && strncmp(tag, "W/", 2) == 0) { /* compared weakly: RFC 9110 13.1.2 */
            tag += 2;
            length -= 2;
        }
        char text[32] = "";
        if (length < sizeof text)
            memcpy(text, tag, length);
        const int64_t given = accept_if_match(text);
        if (given == 0 || given == version)
            return true;
    }
    return false;
}

static bool lower_hex(const char *text, size_t length)
{
    bool other_than_zero = false;
    for (size_t i = 0; i < length; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
        if (text[i] != '0')
            other_than_zero = true;
    }
    return other_than_zero;
}

/* "00-<32 hex>-<16 hex>-<2 hex>"; later versions may go on after that. */
bool accept_trace(const char *header, char trace[REST_TRACE_SIZE])
{
    if (header == NULL || strlen(header) < 55 || header[2] != '-' || header[35] != '-' ||
        header[52] != '-' || !lower_hex(header + 3, 32) || !lower_hex(header + 36, 16))
        return false;
    if (strncmp(header, "ff", 2) == 0 || (strncmp(header, "00", 2) == 0 && header[55] != '\0') ||
        (header[55] != '\0' && header[55] != '-'))
        return false;
    memcpy(trace, header + 3, 32);
    trace[32] = '\0';
    return true;
}

bool accept_request_id(const char *header)
{
    const size_t length = header != NULL ? strlen(header) : 0;
    return length >= 1 && length < REST_ID_SIZE &&
           strspn(header, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
               length;
}
