/*
 * Cursors (A6): base64url of a MAC and the position. The MAC covers the route, the caller's
 * organisation, and every query parameter but cursor, limit and wait, so that a cursor of another
 * search or another caller is refused. A position is an id or a number of ours, never personal
 * data.
 */
#include "common/base/str.h"
#include "common/rest/internal.h"

#include <string.h>

#define MAC_SIZE 16
#define COVERED_CAP ((size_t)65536)

/* With its length in front, so that no two lists of parts give the same bytes. */
static void cover(struct buffer *buffer, const char *part)
{
    buffer_printf(buffer, "%zu:%s,", strlen(part), part);
}

/* Sorted, so that the order in which a client writes its parameters does not matter. */
static void cover_query(struct buffer *buffer, const struct rest_call *call)
{
    const struct rest_pair *sorted[REST_QUERIES];
    size_t count = 0;
    for (size_t i = 0; i < call->query_count; i++) {
        const struct rest_pair *pair = &call->query[i];
        if (str_equal(pair->name, "cursor") || str_equal(pair->name, "limit") ||
            str_equal(pair->name, "wait"))
            continue;
        size_t at = count++;
        for (; at > 0 && strcmp(sorted[at - 1]->name, pair->name) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = pair;
    }
    for (size_t i = 0; i < count; i++) {
        cover(buffer, sorted[i]->name);
        cover(buffer, sorted[i]->value);
    }
}

static void mac(const struct rest_call *call, const char *position,
                uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    struct buffer covered;
    buffer_init(&covered, COVERED_CAP);
    cover(&covered, call->route->pattern);
    cover(&covered, call->principal.organisation);
    cover(&covered, position);
    cover_query(&covered, call);
    crypto_hmac(call->router->options.cursor_key.bytes, CRYPTO_KEY_SIZE, covered.data,
                covered.length, digest);
    buffer_deinit(&covered);
}

const char *rest_cursor_write(struct rest_call *call, const char *position)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const size_t length = strlen(position);
    uint8_t *bytes = arena_alloc(call->arena, MAC_SIZE + length);
    mac(call, position, digest);
    memcpy(bytes, digest, MAC_SIZE);
    memcpy(bytes + MAC_SIZE, position, length);
    return crypto_base64url(call->arena, bytes, MAC_SIZE + length);
}

const char *rest_cursor_read(struct rest_call *call)
{
    const char *text = rest_query(call, "cursor");
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    uint8_t *bytes;
    size_t length;
    if (text == NULL)
        return "";
    if (crypto_unbase64url(call->arena, text, &bytes, &length) == 0 && length > MAC_SIZE &&
        memchr(bytes + MAC_SIZE, '\0', length - MAC_SIZE) == NULL) {
        const char *position =
            arena_strndup(call->arena, (const char *)bytes + MAC_SIZE, length - MAC_SIZE);
        mac(call, position, digest);
        if (crypto_equal(digest, bytes, MAC_SIZE))
            return position;
    }
    rest_problem(call, "cursor-invalid", "Markøren hører ikke til denne søgning; begynd forfra.");
    return NULL;
}
